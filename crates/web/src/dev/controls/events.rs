//! What happens in all worlds, as it happens: server-sent events (WHATWG HTML §9.2).

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::{Answer, AppState, Request, Response, State, Wrong, clock, outbox};
use crate::server::Parting;
use axum::body::{Body, HttpBody};
use bytes::Bytes;
use engine::controls::told::Told;
use http::{HeaderValue, header};
use hyper::body::Frame;
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

pub(super) async fn stream(State(web): State<AppState>, _: Request) -> Answer {
    let Some(controls) = &web.app.controls else { return Err(Wrong::not_found("there are no controls")) };
    if controls.events.listeners() >= MOST {
        return Err(Wrong::conflict(format!("{MOST} listen already")));
    }
    let lines = Lines { web: web.clone(), receiver: controls.events.listen() };
    let mut response = Response::new(Body::new(Stream { next: Box::pin(async move { Some((OPENING, lines)) }) }));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(Parting { endless: true, ..Parting::default() });
    Ok(response)
}

/// Where what is to be told comes from.
struct Lines {
    web: AppState,
    receiver: Receiver<Told>,
}

impl Lines {
    /// The next lines, or a comment where nothing happens for long; none any more when the server ended.
    async fn next(mut self) -> Option<(Bytes, Self)> {
        let text = match tokio::time::timeout(QUIET, self.receiver.recv()).await {
            Ok(Ok(told)) => drawn(&self.web, &told),
            // Who reads too slowly is told how many it missed.
            Ok(Err(RecvError::Lagged(lost))) => event("lost", &json!({ "lost": lost }).to_string()),
            Ok(Err(RecvError::Closed)) => return None,
            Err(_) => ": nothing new\n\n".to_owned(),
        };
        Some((text.into(), self))
    }
}

fn drawn(web: &AppState, told: &Told) -> String {
    match told {
        Told::Request(world, recorded) => {
            let within = format!(r#"{{"world":"{world}","request":{}}}"#, recorded.text);
            let refusal = recorded.reason.map(|reason| {
                let mut told = json!({
                    "world": world.to_string(),
                    "id": recorded.id.to_string(),
                    "endpoint": recorded.place.name(),
                    "reason": reason,
                });
                if let Some(status) = recorded.status {
                    told["status"] = status.into();
                }
                if let Some(client) = &recorded.client {
                    told["clientId"] = client.as_str().into();
                }
                event("refusal", &told.to_string())
            });
            event("request", &within) + &refusal.unwrap_or_default()
        }
        Told::Message(world, sent) => {
            event("message", &json!({ "world": world.to_string(), "message": outbox::told(sent) }).to_string())
        }
        Told::Clock(world) => {
            let control = web.app.controls.as_ref().and_then(|controls| controls.find(*world));
            let Some(control) = control else { return String::new() };
            let mut told = clock::drawn(control.clock.shown(web.app.world.now()));
            told["world"] = world.to_string().into();
            event("clock", &told.to_string())
        }
    }
}

/// JSON has no line breaks but escaped ones.
fn event(name: &str, data: &str) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

/// The lines that are to come, and where those after them come from.
type Next = Pin<Box<dyn Future<Output = Option<(Bytes, Lines)>> + Send>>;

/// A body that is made as it is taken: who does not read it makes nobody else wait.
struct Stream {
    next: Next,
}

impl HttpBody for Stream {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Poll::Ready(next) = self.next.as_mut().poll(cx) else { return Poll::Pending };
        let Some((bytes, lines)) = next else {
            self.next = Box::pin(std::future::pending());
            return Poll::Ready(None);
        };
        self.next = Box::pin(lines.next());
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}

/// So that a client knows that it listens.
const OPENING: Bytes = Bytes::from_static(b": listening\n\n");
/// Listeners at a time.
const MOST: usize = 100;
/// Less than what proxies and clients take for an end.
const QUIET: Duration = Duration::from_secs(15);
