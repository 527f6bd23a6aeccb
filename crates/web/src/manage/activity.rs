//! Activities: the audit events of an environment, and for refusals the rule, what it expected, what came and how to mend it.

use std::collections::{BTreeSet, HashMap};

use engine::Failure;
use engine::manage::Authorized;
use protocol::audit::{Actor, Kind, Refusal};
use protocol::id::{ActivityId, EnvironmentId, PopulationId, UserId};
use protocol::model::{Activity, Application, Group, ObjectKind, Population, Resource};
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::Answer;
use super::call::{Call, missing};
use super::list::{self, Asked};
use super::shape::{Object, href, linked, reference, stamp};

pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    page(&call, Asked::read(&call)?).await
}

/// The list, with its filter in the body.
pub(super) async fn search(call: Call) -> Result<Answer, Failure> {
    page(&call, Asked::posted(&call).await?).await
}

async fn page(call: &Call, asked: Asked) -> Result<Answer, Failure> {
    let page = call.by.store().activities(call.environment()?, &asked.list).await.map_err(list::refused)?;
    let names = Names::of(&call.by, &page.rows).await?;
    Ok(asked.page(&call.by, "activities", &page, |activity| shape(&call.by, activity, &names)))
}

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let (environment, id) = (call.environment()?, call.id("activity", ActivityId::parse)?);
    let found = call.by.store().activity(environment, id).await?;
    let activity = found.ok_or_else(|| missing("activity", id.to_string()))?;
    let names = Names::of(&call.by, std::slice::from_ref(&activity)).await?;
    Ok(Answer::ok(shape(&call.by, &activity, &names)))
}

fn shape(by: &Authorized, activity: &Activity, names: &Names) -> Value {
    let event = &activity.event;
    let environment = event.environment.map(|id| format!("/environments/{id}")).unwrap_or_default();
    let links = [("self", format!("{environment}/activities/{}", activity.id)), ("environment", environment)];
    linked(by, &links)
        .with("id", activity.id.to_string())
        .maybe("environment", event.environment.map(reference))
        .with("recordedAt", stamp(event.at))
        .with("createdAt", stamp(event.at))
        .with("correlationId", event.correlation.to_string())
        .with("actors", actors(by, activity, names))
        .with("action", json!({ "type": activity.action(), "description": words(activity.action()) }))
        .maybe("resources", resource(by, activity, names).map(|resource| json!([Value::from(resource)])))
        .with("result", result(activity))
        .maybe("description", event.note.as_deref())
        .maybe("source", event.source.map(|address| json!({ "ipAddress": address.to_string() })))
        .maybe("refusal", event.refusal.as_ref().map(|refusal| told(activity, refusal)))
        .into()
}

/// PingOne's `actors`: the client that asked, and the user for whom. Each is where it is registered, which need not be the
/// environment that it acted on.
fn actors(by: &Authorized, activity: &Activity, names: &Names) -> Object {
    let event = &activity.event;
    let home = event.actor_environment.or(event.environment);
    let client = match event.actor {
        Actor::Application(id) => Some((home, id)),
        _ => event.application.map(|id| (event.environment, id)),
    };
    let user = match event.actor {
        Actor::User(id) if event.user.is_none_or(|user| user == id) => Some((home, id)),
        _ => event.user.map(|id| (event.environment, id)),
    };
    Object::default()
        .maybe("client", client.map(|(at, id)| one(by, names, "CLIENT", "applications", (at, id.uuid()))))
        .maybe("user", user.map(|(at, id)| one(by, names, "USER", "users", (at, id.uuid()))))
        .maybe("system", (event.actor == Actor::System).then(|| json!({ "type": "SYSTEM" })))
}

/// What it was about. Only what has a list of its own in its environment has an address here.
fn resource(by: &Authorized, activity: &Activity, names: &Names) -> Option<Object> {
    let (kind, id) = activity.target()?;
    let at = activity.event.environment;
    let listed = LISTED.iter().find(|listed| Kind::from(**listed).name() == kind);
    Some(match listed {
        Some(listed) => one(by, names, kind, listed.many(), (at, id)),
        None => Object::default().with("type", kind).with("id", id.to_string()),
    })
}

fn one(by: &Authorized, names: &Names, kind: &str, plural: &str, (at, id): (Option<EnvironmentId>, Uuid)) -> Object {
    let environment = at.map(|at| format!("/environments/{at}")).unwrap_or_default();
    let path = if plural == "environments" { environment } else { format!("{environment}/{plural}/{id}") };
    let known = names.0.get(&id);
    Object::default()
        .with("id", id.to_string())
        .with("type", kind)
        .maybe("name", known.map(|(name, _)| name.as_str()))
        .maybe("environment", at.map(reference))
        .maybe("population", known.and_then(|(_, population)| *population).map(reference))
        .with("href", href(by, &path))
}

fn result(activity: &Activity) -> Object {
    let (status, description) = match (&activity.event.refusal, activity.row()) {
        (None, _) => ("SUCCESS", words(activity.action())),
        (Some(_), Some(row)) => ("FAILED", row.public.to_owned()),
        (Some(_), None) => ("FAILED", "The request was refused".to_owned()),
    };
    Object::default().with("status", status).with("description", description)
}

/// `USER.UPDATED` as a person reads it.
fn words(action: &str) -> String {
    let words = action.split(['.', '_']).map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        format!("{first}{}", rest.to_ascii_lowercase())
    });
    words.collect::<Vec<_>>().join(" ")
}

/// What those are called today whose ids the events have, and the population of users. Who is gone has no name.
struct Names(HashMap<Uuid, (String, Option<PopulationId>)>);

impl Names {
    async fn of(by: &Authorized, activities: &[Activity]) -> Result<Self, Failure> {
        let mut names = HashMap::new();
        let mut asked: BTreeSet<(EnvironmentId, Kind, Uuid)> = BTreeSet::new();
        for activity in activities {
            asked.extend(named(activity));
        }
        let mut users: HashMap<EnvironmentId, Vec<UserId>> = HashMap::new();
        for (environment, kind, id) in asked {
            if kind == Kind::User {
                users.entry(environment).or_default().push(UserId::new(id));
            } else if let Some(name) = name(by, environment, kind, id).await? {
                names.insert(id, (name, None));
            }
        }
        for (environment, users) in users {
            let found = by.store().users_named(environment, &users).await?;
            names.extend(found.into_iter().map(|(id, (name, population))| (id.uuid(), (name, Some(population)))));
        }
        Ok(Self(names))
    }
}

/// Whose names the event is drawn with.
fn named(activity: &Activity) -> Vec<(EnvironmentId, Kind, Uuid)> {
    let event = &activity.event;
    let Some(at) = event.environment else { return Vec::new() };
    let home = event.actor_environment.unwrap_or(at);
    let actor = match event.actor {
        Actor::Application(id) => Some((home, Kind::Application, id.uuid())),
        Actor::User(id) => Some((home, Kind::User, id.uuid())),
        Actor::Anonymous | Actor::System => None,
    };
    let application = event.application.map(|id| (at, Kind::Application, id.uuid()));
    let user = event.user.map(|id| (at, Kind::User, id.uuid()));
    let target = event.target.filter(|_| activity.foreign.target.is_none()).map(|target| (at, target.kind, target.id));
    [actor, application, user, target].into_iter().flatten().collect()
}

async fn name(by: &Authorized, at: EnvironmentId, kind: Kind, id: Uuid) -> Result<Option<String>, Failure> {
    let store = by.store();
    Ok(match kind {
        Kind::Application => store.get::<Application>(at, &[id]).await?.map(|application| application.name),
        Kind::Environment => by.app.tenant(at).await?.map(|tenant| tenant.environment.name.clone()),
        Kind::Group => store.get::<Group>(at, &[id]).await?.map(|group| group.name),
        Kind::Population => store.get::<Population>(at, &[id]).await?.map(|population| population.name),
        Kind::Resource => store.get::<Resource>(at, &[id]).await?.map(|resource| resource.name),
        _ => None,
    })
}

/// How to mend it is left out for a reason of a newer version.
fn told(activity: &Activity, refusal: &Refusal) -> Object {
    Object::default()
        .maybe("reason", activity.reason())
        .with("expected", refusal.expected.as_str())
        .with("came", refusal.came.as_str())
        .maybe("mend", activity.row().map(|row| row.mend))
}

const LISTED: [ObjectKind; 6] = [
    ObjectKind::Application,
    ObjectKind::Environment,
    ObjectKind::Group,
    ObjectKind::Population,
    ObjectKind::Resource,
    ObjectKind::User,
];
