//! Applications that are for some groups, when one of those ends: they are for the other groups then, or for nobody, and their
//! activities say so.

use std::collections::BTreeSet;

use engine::Failure;
use engine::manage::Authorized;
use protocol::audit::{Action, Event, Kind};
use protocol::change::{Change, Guard};
use protocol::id::GroupId;
use protocol::model::{AccessControl, AccessGroups, Application, Group, Population};

use super::crud::constraint;
use super::list;

/// Takes the groups that end with the call out of these applications.
pub(super) fn let_go(by: &Authorized, gone: &BTreeSet<GroupId>, applications: Vec<Application>) {
    for application in applications {
        let Some(own) = application.access.groups.as_deref() else { continue };
        let ending: Vec<GroupId> = own.groups.iter().copied().filter(|group| gone.contains(group)).collect();
        let Some(first) = ending.first() else { continue };
        let note = format!("its group {first} was deleted");
        let left = ending.iter().fold(own.clone(), |left, group| AccessGroups::without(&left, *group));
        let (environment, id) = (application.environment, application.id);
        let access = AccessControl { groups: Some(Box::new(left)), ..application.access.clone() };
        let updated_at = by.now().to_millis();
        by.along(Change::put(Application { access, updated_at, ..application }, Guard::Version));
        let event = Event::new(Some(environment), by.now(), by.correlation(), Action::ApplicationUpdated);
        let event = event.by(by.actor).on(Kind::Application, id.uuid()).noting(note);
        by.along(Change::Record(Box::new(Event { application: Some(id), ..event })));
    }
}

/// The same for all groups of a population, which end with it.
pub(super) async fn let_go_of_population(by: &Authorized, population: &Population) -> Result<(), Failure> {
    let environment = population.environment;
    let mut applications = by.store().applications_for_groups(environment).await.map_err(list::included)?;
    let named = |application: &Application| {
        application.access.groups.as_ref().map(|own| own.groups.clone()).unwrap_or_default()
    };
    let mut gone = BTreeSet::new();
    for id in applications.iter().flat_map(named).collect::<BTreeSet<_>>() {
        let group = by.store().get::<Group>(environment, &[id.uuid()]).await?;
        gone.extend(group.filter(|group| group.population == Some(population.id)).map(|group| group.id));
    }
    applications.retain(|application| named(application).iter().any(|group| gone.contains(group)));
    if applications.len() >= MOST {
        let message = format!("The population can not be deleted while {MOST} or more applications are for its groups");
        return Err(constraint("population", &message, "a population whose groups many applications name"));
    }
    let_go(by, &gone, applications);
    Ok(())
}

/// So many applications are written when groups end, in one commit.
pub(super) const MOST: usize = 100;
