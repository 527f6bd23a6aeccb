//! Activities: the audit events of an environment, and for refusals the rule, what it expected, what came and how to mend it.

use engine::Failure;
use engine::manage::Authorized;
use protocol::audit::{Actor, Refusal};
use protocol::id::ActivityId;
use protocol::model::Activity;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::{Call, missing};
use super::list::{self, Asked};
use super::shape::{Object, href, linked, reference, stamp};

pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let asked = Asked::read(&call)?;
    let page = call.by.store().activities(call.environment()?, &asked.list).await.map_err(list::refused)?;
    Ok(asked.page(&call.by, "activities", &page, |activity| shape(&call.by, activity)))
}

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let (environment, id) = (call.environment()?, call.id("activity", ActivityId::parse)?);
    let found = call.by.store().activity(environment, id).await?;
    let activity = found.ok_or_else(|| missing("activity", id.to_string()))?;
    Ok(Answer::ok(shape(&call.by, &activity)))
}

fn shape(by: &Authorized, activity: &Activity) -> Value {
    let event = &activity.event;
    let environment = event.environment.map(|id| format!("/environments/{id}")).unwrap_or_default();
    let links = [("self", format!("{environment}/activities/{}", activity.id)), ("environment", environment.clone())];
    let refused = event.refusal.is_some();
    let resource = activity.target().map(|(kind, id)| json!([{ "type": kind, "id": id.to_string() }]));
    linked(by, &links)
        .with("id", activity.id.to_string())
        .maybe("environment", event.environment.map(reference))
        .with("recordedAt", stamp(event.at))
        .with("createdAt", stamp(event.at))
        .with("correlationId", event.correlation.to_string())
        .with("actors", actors(by, activity, &environment))
        .with("action", json!({ "type": activity.action() }))
        .maybe("resources", resource)
        .with("result", json!({ "status": if refused { "FAILED" } else { "SUCCESS" } }))
        .maybe("description", event.note.as_deref())
        .maybe("source", event.source.map(|address| json!({ "ipAddress": address.to_string() })))
        .maybe("refusal", event.refusal.as_ref().map(|refusal| told(activity, refusal)))
        .into()
}

/// PingOne's `actors`: the client that asked, and the user for whom.
fn actors(by: &Authorized, activity: &Activity, environment: &str) -> Object {
    let event = &activity.event;
    let one = |kind: &str, plural: &str, id: String| {
        let href = href(by, &format!("{environment}/{plural}/{id}"));
        json!({ "id": id, "type": kind, "href": href })
    };
    let client = match event.actor {
        Actor::Application(id) => Some(id),
        _ => event.application,
    };
    Object::default()
        .maybe("client", client.map(|id| one("CLIENT", "applications", id.to_string())))
        .maybe("user", event.user.map(|id| one("USER", "users", id.to_string())))
        .maybe("system", (event.actor == Actor::System).then(|| json!({ "type": "SYSTEM" })))
}

/// How to mend it is left out for a reason of a newer version.
fn told(activity: &Activity, refusal: &Refusal) -> Object {
    Object::default()
        .maybe("reason", activity.reason())
        .with("expected", refusal.expected.as_str())
        .with("came", refusal.came.as_str())
        .maybe("mend", activity.row().map(|row| row.mend))
}
