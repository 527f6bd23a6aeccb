//! Audit events, read back.

use protocol::audit::{Action, Actor, Event, Kind as About, Refusal, Target};
use protocol::id::{ActivityId, ApplicationId, CorrelationId, EnvironmentId, UserId};
use protocol::model::{Activity, Foreign};
use protocol::refusal::Reason;

use super::time;
use crate::list::{Indexed, Kind, Scope, Table};
use crate::{List, Page, Reads, Row, StoreError};

impl Reads {
    pub async fn activity(&self, environment: EnvironmentId, id: ActivityId) -> Result<Option<Activity>, StoreError> {
        let sql = "SELECT environment_id, id, at, correlation, action, actor_kind, actor_id, application_id, user_id, target_kind, target_id, reason, expected, came, note, source, actor_environment_id
             FROM activities WHERE environment_id = $1 AND id = $2";
        let row = self.first(sql, vec![environment.uuid().into(), id.uuid().into()]).await?;
        row.map(|row| activity(&row)).transpose()
    }

    pub async fn activities(&self, environment: EnvironmentId, list: &List) -> Result<Page<Activity>, StoreError> {
        self.page(&ACTIVITIES, Scope::environment(environment), list, activity).await
    }

    /// What one request caused, in every environment: the operator's question, asked beside the server and not through it.
    pub async fn explain(&self, correlation: CorrelationId) -> Result<Vec<Activity>, StoreError> {
        let sql = "SELECT environment_id, id, at, correlation, action, actor_kind, actor_id, application_id, user_id, target_kind, target_id, reason, expected, came, note, source, actor_environment_id
             FROM activities WHERE correlation = $1 ORDER BY at, id";
        self.rows(sql, vec![correlation.uuid().into()]).await?.iter().map(activity).collect()
    }
}

/// Names that a newer version wrote are handed on as they stand: its events stay readable.
fn activity(row: &Row) -> Result<Activity, StoreError> {
    let environment = row.uuid(0)?;
    let id = ActivityId::new(row.uuid(1)?);
    let actor = match (row.text(5)?, row.opt_uuid(6)?) {
        ("APPLICATION", Some(id)) => Actor::Application(ApplicationId::new(id)),
        ("USER", Some(id)) => Actor::User(UserId::new(id)),
        ("SYSTEM", _) => Actor::System,
        _ => Actor::Anonymous,
    };
    let (action, reason, target) = (row.text(4)?, row.opt_text(11)?, row.opt_text(9)?.zip(row.opt_uuid(10)?));
    let known = (Action::parse(action), reason.map(Reason::parse), target.map(|(kind, _)| About::parse(kind)));
    let foreign = Foreign {
        action: known.0.is_none().then(|| action.to_owned()),
        reason: reason.filter(|_| known.1 == Some(None)).map(str::to_owned),
        target: target.filter(|_| known.2 == Some(None)).map(|(kind, id)| (kind.to_owned(), id)),
    };
    let refusal = |reason: Option<Reason>| -> Result<Refusal, StoreError> {
        let text = |index| Ok::<_, StoreError>(row.opt_text(index)?.unwrap_or_default().to_owned());
        Ok(Refusal { reason: reason.unwrap_or(Reason::Unexpected), expected: text(12)?, came: text(13)? })
    };
    let event = Event {
        id,
        environment: (!environment.is_nil()).then(|| EnvironmentId::new(environment)),
        at: time(row, 2)?,
        correlation: CorrelationId::new(row.uuid(3)?),
        action: known.0.unwrap_or(Action::RequestReceived),
        actor,
        application: row.opt_uuid(7)?.map(ApplicationId::new),
        user: row.opt_uuid(8)?.map(UserId::new),
        target: known.2.flatten().zip(target).map(|(kind, (_, id))| Target { kind, id }),
        refusal: known.1.map(refusal).transpose()?,
        note: row.opt_text(14)?.map(str::to_owned),
        source: row.opt_text(15)?.and_then(|text| text.parse().ok()),
        actor_environment: row.opt_uuid(16)?.map(EnvironmentId::new),
    };
    Ok(Activity { id, event, foreign })
}

const ACTIVITIES: Table = Table {
    select: "environment_id, id, at, correlation, action, actor_kind, actor_id, application_id, user_id, target_kind, target_id, reason, expected, came, note, source, actor_environment_id",
    from: "activities",
    order: "at",
    attributes: &[
        ("id", "id", Kind::Id),
        ("correlationId", "correlation", Kind::Id),
        ("recordedAt", "at", Kind::Time),
        ("action.type", "action", Kind::Exact),
        ("actors.client.id", "application_id", Kind::Id),
        ("actors.user.id", "user_id", Kind::Id),
        ("actors.user.name", NAME_OF_USER, Kind::Username),
        ("resources.id", "target_id", Kind::Id),
        ("resources.type", "target_kind", Kind::Exact),
        ("resources.population.id", POPULATION_OF_TARGET, Kind::Id),
        ("refusal.reason", "reason", Kind::Exact),
    ],
    indexed: &[Indexed::Few("id"), Indexed::Few("correlation")],
    counted: None,
    groups: None,
};

/// Of users who are there still: an event has their ids alone.
const NAME_OF_USER: &str = "(SELECT u.username_key FROM users u WHERE u.environment_id = activities.environment_id AND u.id = activities.user_id)";
/// Of users and groups as they are now, and of populations themselves.
const POPULATION_OF_TARGET: &str = "COALESCE(
    (SELECT u.population_id FROM users u WHERE u.environment_id = activities.environment_id AND u.id = activities.target_id),
    (SELECT g.population_id FROM groups g WHERE g.environment_id = activities.environment_id AND g.id = activities.target_id),
    (SELECT p.id FROM populations p WHERE p.environment_id = activities.environment_id AND p.id = activities.target_id))";
