//! Populations: every user is in one, and exactly one is the default.

use engine::Failure;
use engine::manage::Authorized;
use engine::reads::{List, StoreError};
use protocol::audit::{Action, Kind};
use protocol::change::Change;
use protocol::filter::{Filter, FilterValue, Op};
use protocol::id::{EnvironmentId, PopulationId};
use protocol::model::Population;
use protocol::model::check::population as check;
use protocol::refusal::{Detail, Reason, Refused};
use serde_json::Value;

use super::answer::Answer;
use super::call::{Call, missing};
use super::list::{self, Asked};
use super::shape::{linked, reference, stamp};

pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let (asked, environment) = (Asked::read(&call)?, call.environment()?);
    let page = call.by.store().populations(environment, &asked.list).await.map_err(list::refused)?;
    let mut counts = std::collections::HashMap::new();
    for population in &page.rows {
        counts.insert(population.id, call.by.store().user_count(environment, population.id).await?);
    }
    let count = |population: &Population| counts.get(&population.id).copied().unwrap_or_default();
    Ok(asked.page(&call.by, "populations", &page, |population| shape(&call.by, population, count(population))))
}

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let population = load(&call).await?;
    respond(&call.by, &population, Answer::ok).await
}

pub(super) async fn create(call: Call) -> Result<Answer, Failure> {
    let (by, environment) = (call.by.clone(), call.environment()?);
    let written = check::read(&call.json().await?, &by.tenant()?.password_policies)?;
    let default = default(&by, environment).await?;
    let now = by.now().to_millis();
    let blank = Population {
        id: PopulationId::new(by.ctx().uuid()),
        environment,
        name: String::new(),
        description: None,
        // The first one is what users without a population are put into.
        default: default.is_none(),
        preferred_language: String::new(),
        password_policy: None,
        theme: default.map_or_else(|| by.ctx().uuid(), |p| p.theme),
        alternative_identifiers: Vec::new(),
        created_at: now,
        updated_at: now,
        version: 0,
    };
    let population = written.onto(&blank, by.now());
    let changes = vec![Change::CreatePopulation(population.clone())];
    by.try_finish(changes, Action::PopulationCreated, target(&population)).await.map_err(taken)?;
    respond(&by, &population, Answer::created).await
}

pub(super) async fn replace(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let before = load(&call).await?;
    call.expect_version(before.version)?;
    let written = check::read(&call.json().await?, &by.tenant()?.password_policies)?;
    if before.default && written.default == Some(false) {
        let message = "The default population stays the default until another one is made it";
        return Err(constraint("default", message, message));
    }
    let mut after = written.onto(&before, by.now());
    let changes = vec![Change::UpdatePopulation(after.clone())];
    by.try_finish(changes, Action::PopulationUpdated, target(&after)).await.map_err(taken)?;
    after.version += 1;
    respond(&by, &after, Answer::ok).await
}

pub(super) async fn delete(call: Call) -> Result<Answer, Failure> {
    let (by, environment) = (&call.by, call.environment()?);
    let population = load(&call).await?;
    call.expect_version(population.version)?;
    let changes = vec![Change::DeletePopulation(environment, population.id)];
    match by.try_finish(changes, Action::PopulationDeleted, target(&population)).await {
        Ok(()) => Ok(Answer::none()),
        // The guard says that something holds it; which of the three it was is read for the message alone.
        Err(StoreError::Lost { .. }) => Err(why_kept(by, &population).await?),
        Err(other) => Err(other.into()),
    }
}

async fn why_kept(by: &Authorized, population: &Population) -> Result<Failure, Failure> {
    let environment = population.environment;
    let all = by.store().populations(environment, &List { filter: None, after: None, limit: 2 }).await?;
    if all.total <= 1 {
        let message = "The environment must contain at least one population";
        return Ok(constraint("population", message, message));
    }
    if population.default {
        let message = "The default population can not be deleted";
        return Ok(constraint("population", message, message));
    }
    let users = by.store().user_count(environment, population.id).await?;
    let message = "The request could not be completed. The population still has users";
    Ok(constraint("population", message, &format!("a population of {users} users")))
}

/// The default population; none only in an environment that was made without one.
pub(super) async fn default(by: &Authorized, environment: EnvironmentId) -> Result<Option<Population>, Failure> {
    let filter = Filter::Compare { path: "default".into(), op: Op::Eq, value: FilterValue::Bool(true) };
    let list = List { filter: Some(filter), after: None, limit: 1 };
    Ok(by.store().populations(environment, &list).await?.rows.pop())
}

async fn load(call: &Call) -> Result<Population, Failure> {
    let (environment, id) = (call.environment()?, call.id("population", PopulationId::parse)?);
    let found = call.by.store().population(environment, id).await?;
    found.ok_or_else(|| missing("population", id.to_string()))
}

async fn respond(by: &Authorized, population: &Population, answer: fn(Value) -> Answer) -> Result<Answer, Failure> {
    let users = by.store().user_count(population.environment, population.id).await?;
    Ok(answer(shape(by, population, users)).version(population.version))
}

fn target(population: &Population) -> (Kind, uuid::Uuid) {
    (Kind::Population, population.id.uuid())
}

fn taken(error: StoreError) -> Failure {
    // Two populations were made the default at once: nothing is wrong with the name of either.
    if matches!(&error, StoreError::Conflict { constraint } if constraint == ONE_DEFAULT) {
        return error.into();
    }
    super::call::taken(error, "name", "a population with this name exists")
}

fn constraint(target: &str, message: &str, came: &str) -> Failure {
    let detail = Detail::new("CONSTRAINT_VIOLATION", target, message);
    Refused { details: vec![detail], ..Refused::new(Reason::ConstraintViolated, message, came) }.into()
}

fn shape(by: &Authorized, population: &Population, users: i64) -> Value {
    let environment = format!("/environments/{}", population.environment);
    let links = [
        ("self", format!("{environment}/populations/{}", population.id)),
        ("environment", environment.clone()),
        ("theme", format!("{environment}/themes/{}", population.theme)),
    ];
    let identifiers = Some(population.alternative_identifiers.clone()).filter(|all| !all.is_empty());
    linked(by, &links)
        .with("id", population.id.to_string())
        .with("environment", reference(population.environment))
        .with("name", population.name.as_str())
        .maybe("description", population.description.as_deref())
        .with("userCount", users)
        .with("createdAt", stamp(population.created_at))
        .with("updatedAt", stamp(population.updated_at))
        .maybe("alternativeIdentifiers", identifiers)
        .with("preferredLanguage", population.preferred_language.as_str())
        .maybe("passwordPolicy", population.password_policy.map(reference))
        .with("theme", reference(population.theme))
        .with("default", population.default)
        .into()
}

/// The index that lets an environment have one default population.
const ONE_DEFAULT: &str = "populations_one_default";
