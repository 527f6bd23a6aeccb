//! What goes around every request for an environment that somebody controls: its next answer may have been chosen, and what it was asked
//! and answered is recorded. Of all other environments nothing is done.

mod chosen;
mod gave;
mod known;
pub mod recorded;
mod redact;
mod sent;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use engine::controls::next::Forced;
use engine::controls::place::Place;
use engine::controls::recorder::Facts;
use engine::controls::{Control, Controls, forcing};
use engine::noted::noting;
use http::{HeaderValue, Method, StatusCode, header};
use protocol::id::{CorrelationId, EnvironmentId};
use protocol::time::Time;
use serde_json::{Value, json};
use std::sync::Arc;

use crate::ask;
use crate::error::with_json;
use crate::oauth::cors;
use crate::server::Parting;
use crate::state::AppState;

use chosen::Chosen;
use gave::Gave;
use sent::Sent;

/// The layer.
pub(crate) async fn around(State(web): State<AppState>, request: Request, next: Next) -> Response {
    let placed = web.app.place(request.uri().path());
    let Some((controls, (environment, place))) = web.app.controls.as_ref().zip(placed) else {
        return next.run(request).await;
    };
    let entering = controls.entering(environment);
    if entering.is_err() && controls.events.listeners() == 0 {
        return next.run(request).await;
    }
    let (control, _entry) = match entering {
        Ok(control) => (Some(control), None),
        Err(entry) => (None, Some(entry)),
    };
    let watched = Watched { controls, environment, place, control };
    Box::pin(watched.run(&web, request, next)).await
}

/// A request that is looked at.
struct Watched<'a> {
    controls: &'a Controls,
    environment: EnvironmentId,
    place: Place,
    /// None where somebody only listens to what happens everywhere.
    control: Option<Arc<Control>>,
}

impl Watched<'_> {
    async fn run(self, web: &AppState, request: Request, next: Next) -> Response {
        let (parts, body) = request.into_parts();
        let correlation = ask::ask(&parts).correlation;
        let (sent, body) = Sent::read(&parts, body).await;
        // From here to the record of it the world is one: what a request takes, finds, gives and leaves is all of before its reset, or
        // nothing of it is.
        let _held = match &self.control {
            Some(control) => Some(control.snapshots.held().await),
            None => None,
        };
        let at = web.app.now(self.environment);
        let client = self.client(&sent);
        let taken = self.taken(&sent.method, client.as_deref());
        let forced = taken.as_ref().map(|taken| taken.id);
        let work = next.run(Request::from_parts(parts, body));
        let (response, noted) = noting(self.answered(taken, work)).await;
        // Nobody's id is none of ours.
        let control = self.control.clone().or_else(|| {
            let known = web.app.knows(self.environment);
            known.then(|| self.controls.of(self.environment))
        });
        let Some(control) = control else { return response };
        let (gave, response) = Gave::read(self.place, response).await;
        let dropped = response.extensions().get::<Parting>().is_some_and(|parting| parting.dropped);
        let status = (!dropped).then(|| response.status().as_u16());
        let facts = Facts {
            place: self.place,
            status,
            client: client.or(noted.client.clone()).map(|client| redact::clipped(&client)),
            reason: noted.reason,
            used: sent.used(self.place),
            gave: gave.marks(),
        };
        let (client, user) = (facts.client.clone(), noted.user.map(|user| user.to_string()));
        let mut shown = self.shown((at, correlation), &sent);
        let optional = [
            ("status", status.map(Into::into)),
            ("reason", noted.reason.map(Into::into)),
            ("clientId", client.map(Into::into)),
            ("userId", user.map(Into::into)),
            ("forced", forced.map(|forced| forced.to_string().into())),
            ("gave", gave.told()),
            ("answer", (!dropped).then_some(gave.answer)),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                shown[name] = value;
            }
        }
        // Who comes meanwhile waits for this, so the rest was done before.
        self.controls.record((self.environment, &control), facts, |id, from| {
            shown["id"] = id.to_string().into();
            if let Some(from) = from {
                shown["from"] = from.to_string().into();
            }
            shown.to_string()
        });
        response
    }

    /// What is told of every request; its id is not known yet.
    fn shown(&self, (at, correlation): (Time, CorrelationId), sent: &Sent) -> Value {
        let mut shown = sent.shown();
        shown["at"] = at.to_string().into();
        shown["correlationId"] = correlation.to_string().into();
        shown["endpoint"] = self.place.name().into();
        shown
    }

    /// Whose request it says it is, or that what it shows was given to.
    fn client(&self, sent: &Sent) -> Option<String> {
        let given = || self.control.as_ref()?.recorder.client_of(&sent.used(self.place));
        sent.client().or_else(given).or_else(|| sent.client_of_token())
    }

    fn taken(&self, method: &Method, client: Option<&str>) -> Option<Chosen> {
        // What a browser asks before it sends something is no request of the client's.
        let control = self.control.as_ref().filter(|_| *method != Method::OPTIONS)?;
        Chosen::take(control, self.place, client)
    }

    /// The answer, as it was chosen where it was.
    async fn answered(&self, chosen: Option<Chosen>, work: impl Future<Output = Response>) -> Response {
        let Some(chosen) = chosen else { return work.await };
        let parting = |parting: Parting, mut response: Response| {
            response.extensions_mut().insert(parting);
            response
        };
        let (response, used) = match &chosen.forced {
            forced @ (Forced::Refuse(_) | Forced::Claims(_)) => forcing(chosen.id, forced, work).await,
            Forced::Delay(delay) => (parting(Parting { delay: *delay, ..Parting::default() }, work.await), true),
            Forced::Drop => {
                (parting(Parting { dropped: true, ..Parting::default() }, Response::new(Body::empty())), true)
            }
            Forced::Malformed => (cors::open(with_json(200, MALFORMED.into())), true),
            Forced::Status { status, retry_after } => (failed(*status, *retry_after), true),
        };
        if used {
            chosen.used();
        }
        response
    }
}

/// As a server that cannot answer, or will not now.
fn failed(status: u16, retry_after: Option<u64>) -> Response {
    let error = match status {
        429 | 503 => "temporarily_unavailable",
        500.. => "server_error",
        _ => "invalid_request",
    };
    let body = json!({ "error": error, "error_description": "A test wanted this status" });
    let mut response = cors::open(with_json(status, body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    cors::expose(response)
}

/// It breaks off.
const MALFORMED: &str = r#"{"malformed": [tru"#;
