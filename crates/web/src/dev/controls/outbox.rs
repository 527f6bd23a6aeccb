//! What was sent to the people of a world.

use std::time::Duration;

use super::query::Query;
use super::{Answer, AppState, Request, State, StatusCode, Value, Wrong, controlled, error, json, waited};
use engine::controls::outbox::{Means, Message, Sent};
use serde_json::json;

pub(super) async fn list(State(web): State<AppState>, request: Request) -> Answer {
    let (parts, _) = request.into_parts();
    let (_, control) = controlled(&web, &parts).await?;
    let mut query = Query::read(&parts)?;
    let to = query.text("to");
    let means = query.text("kind").map(|name| {
        let found = Means::ALL.into_iter().find(|means| means.name() == name);
        found.ok_or_else(|| Wrong::invalid("kind", "it must be one of email, sms and push"))
    });
    let means = means.transpose()?;
    let wait = query.integer("waitMs", 0..=waited::LONGEST)?.unwrap_or_default();
    query.end()?;
    let picks = |sent: &Sent| {
        let Message { means: by, to: whom, .. } = &sent.message;
        means.is_none_or(|means| means == *by) && to.as_ref().is_none_or(|to| to.eq_ignore_ascii_case(whom))
    };
    let outbox = &control.outbox;
    let found = waited::until(outbox.changes(), Duration::from_millis(wait), || outbox.list(picks)).await;
    let messages: Vec<Value> = found.iter().map(|sent| told(sent)).collect();
    Ok(json(StatusCode::OK, &json!({ "messages": messages })))
}

pub(super) async fn clear(State(web): State<AppState>, request: Request) -> Answer {
    let (parts, _) = request.into_parts();
    let (_, control) = controlled(&web, &parts).await?;
    control.outbox.clear();
    Ok(error::empty(StatusCode::NO_CONTENT))
}

/// A message as it is told.
pub(super) fn told(sent: &Sent) -> Value {
    let Sent { id, at, message: Message { means, to, subject, text, html, code, links } } = sent;
    let mut told = json!({
        "id": id.to_string(),
        "at": at.to_string(),
        "kind": means.name(),
        "to": to,
        "text": text,
        "links": links,
    });
    for (name, value) in [("subject", subject), ("html", html), ("code", code)] {
        if let Some(value) = value {
            told[name] = value.as_str().into();
        }
    }
    told
}
