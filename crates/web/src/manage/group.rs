//! Groups: who is alike to applications. Who is in one is told by `membership`.

use engine::Failure;
use engine::manage::Authorized;
use protocol::id::PopulationId;
use protocol::model::Group;
use protocol::refusal::{Detail, Refused};
use serde_json::{Map, Value, json};

use super::authority;
use super::crud::{Include, Managed, own_links};
use super::list;

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

    async fn allow(_: &Authorized, before: Option<&Self>, after: &Self) -> Result<(), Failure> {
        if before.is_some_and(|before| before.population != after.population) {
            let message = "the population of a group cannot be changed";
            return Err(Refused::fields(vec![Detail::new("INVALID_VALUE", "population.id", message)]).into());
        }
        Ok(())
    }

    /// With it goes what it gave.
    async fn release(by: &Authorized, group: &Self) -> Result<(), Failure> {
        authority::may_let_in(by, group.environment, group.id).await
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
