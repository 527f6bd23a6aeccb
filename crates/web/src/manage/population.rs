//! Populations: every user is in one, and exactly one is the default.

use engine::Failure;
use engine::manage::Authorized;
use engine::reads::List;
use protocol::change::Change;
use protocol::filter::{Filter, FilterValue, Op};
use protocol::id::{EnvironmentId, PopulationId};
use protocol::model::check::user as check;
use protocol::model::describe::Refers;
use protocol::model::{Kept as _, Key, Population, Role, RoleScope};
use protocol::refusal::Reason;
use serde_json::{Map, Value};

use super::answer::Answer;
use super::authority;
use super::call::Call;
use super::crud::{self, Here, Include, Managed, constraint, own_links};
use super::shape::{Object, linked};
use super::{for_groups, for_policies};

impl Managed for Population {
    const TAKEN: &'static str = "a population with this name exists";
    const POPULATION: Option<&'static str> = Some("id");

    fn in_population(&self) -> Option<PopulationId> {
        Some(self.id)
    }

    fn links(&self) -> Vec<(&'static str, String)> {
        let mut links = own_links(self);
        links.push(("theme", format!("/environments/{}/themes/{}", self.environment, self.theme)));
        links
    }

    async fn blank(call: &Call) -> Result<Self, Failure> {
        let (by, environment) = (&call.by, call.environment()?);
        let default = default(by, environment).await?;
        Ok(Self {
            // The first one is what users without a population are put into.
            default: default.is_none(),
            theme: default.map_or_else(|| by.ctx().uuid(), |p| p.theme),
            ..Self::begun(environment, by.now().to_millis())
        })
    }

    /// Whoever makes one and manages nobody in the environment manages who is in it.
    fn completed(&mut self, by: &Authorized) -> Vec<Change> {
        Role::find(Role::IDENTITY_DATA_ADMIN).map_or_else(Vec::new, |role| {
            let over = RoleScope::Population(self.id);
            authority::of_creator(by, by.organization, self.environment, over, std::iter::once(role))
        })
    }

    async fn allow(by: &Authorized, before: Option<&Self>, after: &Self) -> Result<(), Failure> {
        if before.is_some_and(|before| before.default) && !after.default {
            let message = "The default population stays the default until another one is made it";
            return Err(constraint("default", message, message));
        }
        if after.default && !before.is_some_and(|before| before.default) {
            // Another one loses it, and whoever is created for no population is in this one.
            by.reaches(None)?;
        }
        Ok(())
    }

    /// Nobody registers into it any more. Its groups end with it.
    async fn release(by: &Authorized, population: &Self) -> Result<(), Failure> {
        let named = (Refers::Population, population.id.uuid());
        for_policies::let_go(by, population.environment, "population", named).await?;
        for_groups::let_go_of_population(by, population).await
    }

    /// The guard says that something holds it; which of the three it was is read for the message alone.
    async fn why_kept(by: &Authorized, population: &Self) -> Result<Failure, Failure> {
        let environment = population.environment;
        let list = List { filter: None, after: None, limit: 2 };
        if by.store().list::<Self>(environment, &list).await?.total <= 1 {
            let message = "The environment must contain at least one population";
            return Ok(constraint("population", message, message));
        }
        let stored = by.store().get::<Self>(environment, &[population.id.uuid()]).await?;
        if stored.is_some_and(|stored| stored.default) {
            let message = "The default population can not be deleted";
            return Ok(constraint("population", message, message));
        }
        let users = by.store().user_count(environment, population.id).await?;
        if users == 0 {
            return Ok(Reason::StateChanged.into());
        }
        let message = "The request could not be completed. The population still has users";
        Ok(constraint("population", message, &format!("a population of {users} users")))
    }

    async fn made(by: &Authorized, populations: &[Self], _: &Include) -> Result<Vec<Map<String, Value>>, Failure> {
        let mut made = Vec::new();
        for population in populations {
            let users = by.store().user_count(population.environment, population.id).await?;
            made.push(Object::default().with("userCount", users).into_map());
        }
        Ok(made)
    }
}

pub(super) async fn read_default_provider(call: Call) -> Result<Answer, Failure> {
    let population = crud::load::<Population>(&call).await?;
    Ok(default_provider(&call.by, &population).version(population.version))
}

/// `{}`, and an id that is null, mean PingOne.
pub(super) async fn replace_default_provider(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let before = crud::load::<Population>(&call).await?;
    let default_provider = check::read_identity_provider(&call.json().await?, &Here::of(&by))?;
    // Whoever takes the provider away meanwhile is held up by whoever names it.
    let named = default_provider.map(|id| Change::Require(Key::IdentityProvider(before.environment, id)));
    let after = Population { default_provider, ..before.clone() };
    let after = crud::write(&by, &before, after, named.into_iter().collect()).await?;
    Ok(self::default_provider(&by, &after).version(after.version))
}

/// The provider's id and type; neither where it is this server, as Ping's clients expect it.
fn default_provider(by: &Authorized, population: &Population) -> Answer {
    let path = format!("/environments/{}/populations/{}", population.environment, population.id);
    let named = by.tenant().ok().zip(population.default_provider);
    let found = named.and_then(|(tenant, id)| tenant.identity_provider(id));
    let links = [("self", format!("{path}/defaultIdentityProvider")), ("population", path)];
    let body = linked(by, &links).maybe("id", found.map(|provider| provider.id.to_string()));
    Answer::ok(body.maybe("type", found.map(|provider| provider.kind.name())))
}

/// The default population; none only in an environment that was made without one.
pub(super) async fn default(by: &Authorized, environment: EnvironmentId) -> Result<Option<Population>, Failure> {
    let filter = Filter::Compare { path: "default".into(), op: Op::Eq, value: FilterValue::Bool(true) };
    let list = List { filter: Some(filter), after: None, limit: 1 };
    Ok(by.store().list::<Population>(environment, &list).await?.rows.pop())
}
