//! Audit events, read back.

use protocol::audit::{Action, Actor, Event, Refusal, Target};
use protocol::id::{ActivityId, ApplicationId, CorrelationId, EnvironmentId, UserId};
use protocol::model::Activity;
use protocol::refusal::Reason;

use super::time;
use crate::list::{Kind, Table};
use crate::shape::corrupt;
use crate::{List, Page, Row, Store, StoreError};

impl Store {
    pub async fn activity(&self, environment: EnvironmentId, id: ActivityId) -> Result<Option<Activity>, StoreError> {
        let sql = "SELECT environment_id, id, at, correlation, action, actor_kind, actor_id, application_id, user_id, target_kind, target_id, reason, expected, came, note, source
             FROM activities WHERE environment_id = $1 AND id = $2";
        let row = self.first(sql, vec![environment.uuid().into(), id.uuid().into()]).await?;
        row.map(|row| activity(&row)).transpose()
    }

    pub async fn activities(&self, environment: EnvironmentId, list: &List) -> Result<Page<Activity>, StoreError> {
        self.page(&ACTIVITIES, ("environment_id = $1", vec![environment.uuid().into()]), list, activity).await
    }

    /// What one request caused, in every environment: the operator's question, asked beside the server and not through it.
    pub async fn explain(&self, correlation: CorrelationId) -> Result<Vec<Activity>, StoreError> {
        let sql = "SELECT environment_id, id, at, correlation, action, actor_kind, actor_id, application_id, user_id, target_kind, target_id, reason, expected, came, note, source
             FROM activities WHERE correlation = $1 ORDER BY at, id";
        self.rows(sql, vec![correlation.uuid().into()]).await?.iter().map(activity).collect()
    }
}

fn activity(row: &Row) -> Result<Activity, StoreError> {
    let environment = row.uuid(0)?;
    let id = ActivityId::new(row.uuid(1)?);
    let actor = match (row.text(5)?, row.opt_uuid(6)?) {
        ("APPLICATION", Some(id)) => Actor::Application(ApplicationId::new(id)),
        ("USER", Some(id)) => Actor::User(UserId::new(id)),
        ("SYSTEM", _) => Actor::System,
        _ => Actor::Anonymous,
    };
    let action = Action::parse(row.text(4)?).ok_or_else(|| corrupt("action"))?;
    let event = Event {
        id,
        environment: (!environment.is_nil()).then(|| EnvironmentId::new(environment)),
        at: time(row, 2)?,
        correlation: CorrelationId::new(row.uuid(3)?),
        action,
        actor,
        application: row.opt_uuid(7)?.map(ApplicationId::new),
        user: row.opt_uuid(8)?.map(UserId::new),
        target: target(row)?,
        refusal: refusal(row)?,
        note: row.opt_text(14)?.map(str::to_owned),
        source: row.opt_text(15)?.and_then(|text| text.parse().ok()),
    };
    Ok(Activity { id, event })
}

fn target(row: &Row) -> Result<Option<Target>, StoreError> {
    let (Some(kind), Some(id)) = (row.opt_text(9)?, row.opt_uuid(10)?) else { return Ok(None) };
    // A kind that a newer version wrote is read as what every target is.
    let kind = KINDS.iter().find(|k| **k == kind).copied().unwrap_or("RESOURCE");
    Ok(Some(Target { kind, id }))
}

fn refusal(row: &Row) -> Result<Option<Refusal>, StoreError> {
    let Some(name) = row.opt_text(11)? else { return Ok(None) };
    // A reason that a newer version wrote is unknown here, but that it was refused is not.
    let reason = Reason::parse(name).unwrap_or(Reason::Unexpected);
    Ok(Some(Refusal {
        reason,
        expected: row.opt_text(12)?.unwrap_or_default().to_owned(),
        came: row.opt_text(13)?.unwrap_or_default().to_owned(),
    }))
}

const KINDS: &[&str] = &[
    "ACCESS_TOKEN",
    "APPLICATION",
    "AUTHORIZATION_CODE",
    "ENVIRONMENT",
    "FLOW",
    "GRANT",
    "KEY",
    "POPULATION",
    "RESOURCE",
    "ROLE_ASSIGNMENT",
    "SECRET",
    "SESSION",
    "TOKEN_FAMILY",
    "USER",
];

const ACTIVITIES: Table = Table {
    select: "environment_id, id, at, correlation, action, actor_kind, actor_id, application_id, user_id, target_kind, target_id, reason, expected, came, note, source",
    from: "activities",
    order: "at",
    attributes: &[
        ("id", "id", Kind::Id),
        ("correlationId", "correlation", Kind::Id),
        ("recordedAt", "at", Kind::Time),
        ("action.type", "action", Kind::Exact),
        ("actors.client.id", "application_id", Kind::Id),
        ("actors.user.id", "user_id", Kind::Id),
        ("resources.id", "target_id", Kind::Id),
        ("refusal.reason", "reason", Kind::Exact),
    ],
};
