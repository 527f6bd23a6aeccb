//! Who may give, take or act as whom: nobody gives what they do not hold, and nobody gets hold of somebody who holds more
//! (MG-05, MG-06). Whoever reads a worker's secret is that worker.
//!
//! Being in a group gives nothing here, and a group in another moves everybody who is in it. So memberships of users and of groups, and
//! groups themselves, are for whoever manages groups: none of them is getting hold of anybody.

use engine::Failure;
use engine::manage::Authorized;
use engine::reads::StoreError;
use protocol::audit::Actor;
use protocol::change::{Absence, Change, Ending, Guard};
use protocol::id::{EnvironmentId, OrganizationId, RoleAssignmentId};
use protocol::model::{Application, Kept as _, Key, Object, Role, RoleAssignment, RoleScope, User};
use protocol::refusal::{Reason, Refused};
use uuid::Uuid;

use super::crud::constrained;

/// Decides whether the actor may give `role` over `scope`: by a role of theirs there that gives it, and with every permission of
/// it. The same decides who may take it.
pub(super) async fn may_give(by: &Authorized, role: &Role, scope: RoleScope) -> Result<(), Failure> {
    let own = covering(by, scope).await?;
    // Who takes one of them away meanwhile takes what it gives.
    for held in &own {
        by.expect(Change::Require(held.key()));
    }
    if !own.iter().any(|held| Role::find(held.role).is_some_and(|held| held.assigns(role))) {
        return Err(unreachable(&format!("an actor whose roles there let them give {}", role.name)));
    }
    holds(&own, role)
}

/// Decides whether the actor holds every permission of `role` in all of `scope`.
async fn reaches(by: &Authorized, role: &Role, scope: RoleScope) -> Result<(), Failure> {
    holds(&covering(by, scope).await?, role)
}

fn holds(own: &[&RoleAssignment], role: &Role) -> Result<(), Failure> {
    let lacking = role.permissions.iter().find(|p| !own.iter().any(|held| held.permissions().contains(p)));
    lacking.map_or(Ok(()), |permission| Err(unreachable(&format!("an actor who holds {} there", permission.name()))))
}

/// The actor's assignments that count in all of `scope`.
async fn covering(by: &Authorized, scope: RoleScope) -> Result<Vec<&RoleAssignment>, Failure> {
    let own = by.held.iter();
    let RoleScope::Organization(_) = scope else {
        let Some((organization, environment)) = place_of(by, scope).await? else {
            return Err(unreachable("a role over something that exists"));
        };
        return Ok(own.filter(|held| held.scope == scope || held.covers(organization, environment)).collect());
    };
    Ok(own.filter(|held| held.scope == scope).collect())
}

/// Organization and environment of what a role is over, where that is there and no organization itself.
async fn place_of(by: &Authorized, scope: RoleScope) -> Result<Option<(OrganizationId, EnvironmentId)>, Failure> {
    let environment = match scope {
        RoleScope::Environment(id) => Some(id),
        RoleScope::Application(_) | RoleScope::Population(_) => by.store().environment_of(scope).await?,
        RoleScope::Organization(_) => None,
    };
    let Some(environment) = environment else { return Ok(None) };
    Ok(by.app.tenant(environment).await?.map(|tenant| (tenant.environment.organization, environment)))
}

/// Whether a role over `scope` gives anything at all: one over what is gone does not, which is never there again.
pub(super) async fn gives(by: &Authorized, scope: RoleScope) -> Result<bool, Failure> {
    Ok(matches!(scope, RoleScope::Organization(_)) || place_of(by, scope).await?.is_some())
}

/// What must still be there when a role over `scope` is given, which is of the actor's organization; None for what is not there.
pub(super) async fn required(by: &Authorized, scope: RoleScope) -> Result<Option<Vec<Key>>, Failure> {
    if let RoleScope::Organization(id) = scope {
        return Ok((id == by.organization).then(Vec::new));
    }
    let Some((_, environment)) =
        place_of(by, scope).await?.filter(|(organization, _)| *organization == by.organization)
    else {
        return Ok(None);
    };
    Ok(Some(vec![match scope {
        RoleScope::Application(id) => Key::Application(environment, id),
        RoleScope::Population(id) => Key::Population(environment, id),
        RoleScope::Environment(_) | RoleScope::Organization(_) => Key::Environment(environment),
    }]))
}

/// What gives the actor, who makes something now, these of the roles over it that they do not hold already.
pub(super) fn of_creator(
    by: &Authorized,
    organization: OrganizationId,
    environment: EnvironmentId,
    scope: RoleScope,
    roles: impl Iterator<Item = &'static Role>,
) -> Vec<Change> {
    let (actor, key) = match by.actor {
        Actor::Application(id) => (id.uuid(), Key::Application(by.home, id)),
        Actor::User(id) => (id.uuid(), Key::User(by.home, id)),
        Actor::Anonymous | Actor::System => return Vec::new(),
    };
    let held = |role: &Role| by.held.iter().any(|row| row.role == role.id && row.covers(organization, environment));
    let given: Vec<Change> =
        roles.filter(|role| !held(role)).map(|role| given(by, by.home, actor, role, scope)).collect();
    // Whoever takes the actor away meanwhile leaves no row behind.
    let there = (!given.is_empty()).then_some(Change::Require(key));
    there.into_iter().chain(given).collect()
}

/// What gives a worker that the actor makes all that the actor holds, which nobody takes away meanwhile.
pub(super) fn of_actor(by: &Authorized, environment: EnvironmentId, worker: Uuid) -> Vec<Change> {
    let known = by.held.iter().filter_map(|row| Some((Role::find(row.role)?, row)));
    known
        .flat_map(|(role, row)| [Change::Require(row.key()), given(by, environment, worker, role, row.scope)])
        .collect()
}

/// Which roles the changes give to whom, as the event of something that is made tells it.
pub(super) fn told(changes: &[Change]) -> Option<String> {
    let given = changes.iter().filter_map(|change| match change {
        Change::Put(object, _) => match &**object {
            Object::RoleAssignment(row) => Some(row),
            _ => None,
        },
        _ => None,
    });
    let name =
        |row: &RoleAssignment| Role::find(row.role).map_or_else(|| row.role.to_string(), |role| role.name.into());
    let what = |row: &RoleAssignment| format!("{} over {} {}", name(row), row.scope.kind().name(), row.scope.id());
    let given: Vec<&RoleAssignment> = given.collect();
    let roles: Vec<_> = given.iter().copied().map(what).collect();
    given.first().map(|row| format!("granted to {}: {}", row.actor, roles.join(", ")))
}

/// Which role over what, as an event tells it.
pub(super) fn named(row: &RoleAssignment) -> String {
    match Role::find(row.role) {
        Some(role) => format!("role {} ({}) over {} {}", role.name, role.id, row.scope.kind().name(), row.scope.id()),
        None => format!("role {} over {}", row.role, row.scope.id()),
    }
}

fn given(by: &Authorized, environment: EnvironmentId, actor: Uuid, role: &Role, scope: RoleScope) -> Change {
    let id = RoleAssignmentId::new(by.ctx().uuid());
    Change::put(RoleAssignment { id, environment, actor, role: role.id, scope, read_only: false }, Guard::New)
}

/// Whether the actor is `target`.
pub(super) fn is(by: &Authorized, target: Uuid) -> Result<bool, Failure> {
    Ok(actor(by)? == target)
}

/// Decides whether the actor may act as `target`, an application or user of `environment`: only with all of its roles.
pub(super) async fn over(by: &Authorized, environment: EnvironmentId, target: Uuid) -> Result<(), Failure> {
    if actor(by)? == target {
        return Ok(());
    }
    outweighs(by, by.store().every::<RoleAssignment>(environment, &[target]).await).await.map(drop)
}

/// Decides whether the actor may end everybody of `environment`: only with all of their roles. Those are handed out.
pub(super) async fn over_all(by: &Authorized, environment: EnvironmentId) -> Result<Vec<RoleAssignment>, Failure> {
    outweighs(by, by.store().every_within::<RoleAssignment>(environment).await).await
}

async fn outweighs(
    by: &Authorized,
    held: Result<Vec<RoleAssignment>, StoreError>,
) -> Result<Vec<RoleAssignment>, Failure> {
    // What a newer process gave cannot be weighed here, so nobody is known to hold as much.
    let held = held.map_err(|error| match error {
        StoreError::Unreadable(_) => unreachable("an actor whose every role is known to this version"),
        error => error.into(),
    })?;
    for row in &held {
        if !gives(by, row.scope).await? {
            continue;
        }
        let role = Role::find(row.role);
        let role = role.ok_or_else(|| unreachable("an actor whose every role is known to this version"))?;
        reaches(by, role, row.scope).await?;
    }
    Ok(held)
}

/// Lets what holds `rows` end only where it is not the last that may act by one of the roles that somebody must hold over an
/// organization: the commit decides that ([`Change::KeepRole`]). The organization would have no administrator any more, and there is
/// no way back. `target` is what the refusal names.
pub(super) fn keep(by: &Authorized, rows: &[RoleAssignment], ending: Ending, target: &str) {
    let mut kept = Vec::new();
    for row in rows {
        let RoleScope::Organization(organization) = row.scope else { continue };
        if !Role::KEPT.contains(&row.role) || kept.contains(&(row.role, organization)) {
            continue;
        }
        kept.push((row.role, organization));
        let name = Role::find(row.role).map_or("the role", |role| role.name);
        let other = match ending {
            Ending::Application(..) => "application",
            Ending::User(..) | Ending::Environment(_) => "application or user",
        };
        let message =
            format!("No other {other} that may act holds {name} for the organization: give it to another first");
        let told = constrained(target, &message, "the end of its last administrator");
        by.expect_or(Change::KeepRole { role: row.role, organization, ending }, told);
    }
}

/// The same of an application.
pub(super) async fn keep_without(by: &Authorized, application: &Application) -> Result<(), Failure> {
    let Application { environment, id, .. } = *application;
    let rows = by.store().all::<RoleAssignment>(environment, &[id.uuid()]).await?;
    keep(by, &rows, Ending::Application(environment, id), "id");
    Ok(())
}

/// Lets an application end with the roles that are weighed here, and with no other: whoever was given more meanwhile is not ended by
/// somebody who holds less (MG-06).
pub(super) async fn end_application(by: &Authorized, application: &Application) -> Result<(), Failure> {
    let (environment, actor) = (application.environment, application.id.uuid());
    let rows = if is(by, actor)? {
        by.store().all::<RoleAssignment>(environment, &[actor]).await?
    } else {
        outweighs(by, by.store().every::<RoleAssignment>(environment, &[actor]).await).await?
    };
    keep(by, &rows, Ending::Application(environment, application.id), "id");
    // Whoever gives a role holds the row: once it is expected, no more are given.
    by.expect(Change::Expect(application.key(), application.version));
    let known = rows.iter().map(|row| row.id.uuid()).collect();
    by.expect(Change::Absent(Absence::Role { environment, actor, known }));
    Ok(())
}

/// The same of a user.
pub(super) async fn keep_without_user(by: &Authorized, user: &User, target: &str) -> Result<(), Failure> {
    let rows = by.store().all::<RoleAssignment>(user.environment, &[user.id.uuid()]).await?;
    keep(by, &rows, Ending::User(user.environment, user.id), target);
    Ok(())
}

fn actor(by: &Authorized) -> Result<Uuid, Failure> {
    match by.actor {
        Actor::Application(id) => Ok(id.uuid()),
        Actor::User(id) => Ok(id.uuid()),
        Actor::Anonymous | Actor::System => Err(Failure::Bug("an authorized actor without an id")),
    }
}

pub(super) fn unreachable(expected: &str) -> Failure {
    Refused::new(Reason::ActorNotAuthorized, expected, "an actor who holds less").into()
}
