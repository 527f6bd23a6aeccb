//! Groups: who is alike to applications. Who is in one is told by `membership`.

use engine::Failure;
use engine::manage::Authorized;
use protocol::audit::{Action, Kind};
use protocol::model::Group;
use protocol::refusal::{Detail, Refused};
use protocol::time::Time;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::call::Call;
use super::crud::{Include, Managed};
use super::list;

impl Managed for Group {
    const PATH: &'static str = "groups";
    const PARAMETER: &'static str = "group";
    const NOUN: &'static str = "group";
    const TAKEN: &'static str = "a group with this name exists";
    const RECORDED: [Action; 3] = [Action::GroupCreated, Action::GroupUpdated, Action::GroupDeleted];

    fn links(&self) -> Vec<(&'static str, String)> {
        let environment = format!("/environments/{}", self.environment);
        let path = format!("{environment}/groups/{}", self.id);
        vec![("self", path.clone()), ("environment", environment), ("memberOfGroups", format!("{path}/memberOfGroups"))]
    }

    fn target(&self) -> (Kind, Uuid) {
        (Kind::Group, self.id.uuid())
    }

    async fn blank(call: &Call) -> Result<Self, Failure> {
        let now = call.by.now().to_millis();
        Ok(Self { environment: call.environment()?, created_at: now, updated_at: now, ..Self::default() })
    }

    fn written(&mut self) -> (Option<&mut Time>, Option<&mut i64>) {
        (Some(&mut self.updated_at), Some(&mut self.version))
    }

    async fn allow(_: &Authorized, before: Option<&Self>, after: &Self) -> Result<(), Failure> {
        if before.is_some_and(|before| before.population != after.population) {
            let message = "the population of a group cannot be changed";
            return Err(Refused::fields(vec![Detail::new("INVALID_VALUE", "population.id", message)]).into());
        }
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
