//! Groups: who is alike to applications. Who is in one is told by `membership`.

use std::collections::BTreeSet;

use engine::Failure;
use engine::manage::Authorized;
use protocol::change::{Change, Guard};
use protocol::id::{EnvironmentId, PopulationId};
use protocol::model::{Application, Group, MAX_FILTERED, MAX_GROUPS, SchemaAttribute, SchemaType, UserFilter};
use protocol::refusal::{Detail, Refused};
use serde_json::{Map, Value, json};

use super::authority;
use super::crud::{Include, Managed, constraint, own_links};
use super::for_groups;
use super::list;
use super::room;

impl Managed for Group {
    const TAKEN: &'static str = "a group with this name exists";
    const POPULATION: Option<&'static str> = Some("population.id");

    fn in_population(&self) -> Option<PopulationId> {
        self.population
    }

    fn links(&self) -> Vec<(&'static str, String)> {
        let mut links = own_links(self);
        let path = format!("/environments/{}/groups/{}", self.environment, self.id);
        links.extend(["memberOfGroups", "roleAssignments"].map(|name| (name, format!("{path}/{name}"))));
        links
    }

    async fn allow(by: &Authorized, before: Option<&Self>, after: &Self) -> Result<(), Failure> {
        if before.is_some_and(|before| before.population != after.population) {
            let message = "the population of a group cannot be changed";
            return Err(Refused::fields(vec![Detail::new("INVALID_VALUE", "population.id", message)]).into());
        }
        if before.is_none() {
            has_room(by, after.environment).await?;
        }
        if before.is_none_or(|before| before.user_filter != after.user_filter) {
            has_attributes(by, after).await?;
        }
        if after.user_filter.is_some() && before.is_none_or(|before| before.user_filter.is_none()) {
            filters_left(by, after).await?;
        }
        Ok(())
    }

    /// With it goes what it gave. It may go while applications are for it: they are for the other groups then, or for nobody, and their
    /// activities say so.
    async fn release(by: &Authorized, group: &Self) -> Result<(), Failure> {
        authority::may_let_in(by, group.environment, group.id).await?;
        authority::end_group(by, group).await?;
        let applications = by.store().applications_for(group.environment, group.id).await.map_err(list::included)?;
        if applications.len() >= for_groups::MOST {
            let message =
                format!("The group cannot be deleted while {} or more applications are for it", for_groups::MOST);
            return Err(constraint("id", &message, "a group that many applications name"));
        }
        let mut named = Vec::new();
        for id in applications {
            named.extend(by.store().get::<Application>(group.environment, &[id.uuid()]).await?);
        }
        for_groups::let_go(by, &BTreeSet::from([group.id]), named);
        Ok(())
    }

    async fn made(by: &Authorized, groups: &[Self], include: &Include) -> Result<Vec<Map<String, Value>>, Failure> {
        let Some(first) = groups.first().filter(|_| include.has("totalMemberCounts")) else {
            return Ok(vec![Map::new(); groups.len()]);
        };
        let ids: Vec<_> = groups.iter().map(|group| group.id).collect();
        let users = by.store().users_within(first.environment, &ids).await.map_err(list::included)?;
        let users = |id| json!({ "users": users.get(&id).copied().unwrap_or_default() });
        Ok(ids.into_iter().map(|id| Map::from_iter([("totalMemberCounts".to_owned(), users(id))])).collect())
    }
}

async fn has_room(by: &Authorized, environment: EnvironmentId) -> Result<(), Failure> {
    let there = usize::try_from(by.store().group_count(environment).await?).unwrap_or_default();
    if there >= MAX_GROUPS {
        let message = format!("an environment has no more than {MAX_GROUPS} groups");
        return Err(constraint("name", &message, "one more"));
    }
    room::hold::<Group>(by, (environment, None), there, MAX_GROUPS);
    Ok(())
}

/// Whether all that a filter names is an attribute that users have, or may have here; and it is one when this is committed.
async fn has_attributes(by: &Authorized, group: &Group) -> Result<(), Failure> {
    let Some(filter) = group.user_filter.as_deref().and_then(|text| UserFilter::read(text).ok()) else {
        return Ok(());
    };
    let schema = &by.tenant()?.schema;
    let mut held = Vec::new();
    for path in filter.own() {
        let name = path.split('.').next().unwrap_or_default();
        let Some(known) = schema.own(name).filter(|_| schema.finds(path)) else { return Err(unknown(path)) };
        if held.contains(&known.id) {
            continue;
        }
        held.push(known.id);
        // As the store has it: the environment may be known here as it was a moment ago.
        let stored = by.store().get::<SchemaAttribute>(group.environment, &[known.id.uuid()]).await?;
        let Some(stored) = stored.filter(|one| one.enabled) else { return Err(unknown(path)) };
        // It is written as it is, in another version: who ends or disables it meanwhile found no group that names it, and does so in the
        // version that they saw. Of the two one is decided again.
        by.along(Change::put(stored, Guard::Version));
    }
    has_standard(by, group, &filter).await
}

/// The same for those that stand from the beginning: one that nobody wrote yet is written, so that whoever disables it meets that.
async fn has_standard(by: &Authorized, group: &Group, filter: &UserFilter) -> Result<(), Failure> {
    let known = by.tenant()?.schema.attributes().iter();
    for one in known.filter(|one| one.schema_type == SchemaType::Standard && filter.names(&one.name)) {
        let stored = by.store().get::<SchemaAttribute>(group.environment, &[one.id.uuid()]).await?;
        by.along(match stored {
            Some(stored) if !stored.enabled => return Err(unknown(&one.name)),
            Some(stored) => Change::put(stored, Guard::Version),
            None => Change::put(SchemaAttribute { version: 0, ..one.clone() }, Guard::New),
        });
    }
    Ok(())
}

fn unknown(path: &str) -> Failure {
    let named: String = path.chars().take(NAMED).collect();
    let message = format!("names {named}, which no user is put into a group by");
    Refused::fields(vec![Detail::new("INVALID_VALUE", "userFilter", message)]).into()
}

/// Characters of a name that are told.
const NAMED: usize = 100;

/// Whether one more group may have a filter: whoever writes a user looks at all of them.
async fn filters_left(by: &Authorized, group: &Group) -> Result<(), Failure> {
    let others = by.store().filtered_groups(group.environment).await?;
    let there = others.iter().filter(|other| **other != group.id).count();
    if there < MAX_FILTERED {
        room::hold_filtered(by, group, there, MAX_FILTERED);
        return Ok(());
    }
    let message = format!("no more than {MAX_FILTERED} groups of an environment have a filter");
    Err(constraint("userFilter", &message, "one more"))
}
