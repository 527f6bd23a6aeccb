//! What happens in all worlds, as it happens.

use std::fmt;
use std::time::SystemTime;

use http_body_util::BodyExt as _;
use hyper::Method;
use hyper::body::Incoming;
use serde::Deserialize;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::calls::{Calls, aside, read};
use crate::clock::time_if_told;
use crate::{Call, Endpoint, Error, Message, Request};

/// What happened; members that a kind has not are None.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Event {
    /// `request`, `refusal`, `message`, `clock`, or `lost` where some were missed.
    #[serde(skip)]
    pub kind: String,
    /// The id of the world.
    pub world: Option<String>,
    /// Of a request.
    pub request: Option<Box<Request>>,
    /// Of a message.
    pub message: Option<Message>,
    /// Of a refusal, as the next four: the id of the request.
    pub id: Option<String>,
    pub endpoint: Option<Endpoint>,
    pub status: Option<u16>,
    pub client_id: Option<String>,
    pub reason: Option<String>,
    /// Of a clock, as the next two.
    #[serde(default, deserialize_with = "time_if_told")]
    pub now: Option<SystemTime>,
    pub frozen: Option<bool>,
    pub rate: Option<f64>,
    /// How many were missed.
    pub lost: Option<u64>,
}

/// Those that happen from now on. Whoever stops reading drops it.
pub struct Events(std::sync::Arc<tokio::sync::Mutex<Receiver<Result<Event, Error>>>>);

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events")
    }
}

impl Events {
    /// The next one, once it happens; None when the server ended. An event of a shape that is not known here is an error, and those
    /// behind it come all the same.
    pub fn next_event(&mut self) -> Call<Option<Event>> {
        let told = self.0.clone();
        Call::new(async move { told.lock().await.recv().await.transpose() })
    }

    pub(crate) async fn listen(calls: Calls) -> Result<Self, Error> {
        let (tells, told) = channel(64);
        let begins = async move {
            let answer = calls.send(Method::GET, "/events", None).await?;
            let status = answer.status().as_u16();
            if status != 200 {
                let text = answer.into_body().collect().await.map(http_body_util::Collected::to_bytes);
                let none = Error::Unreadable(format!("GET /events answered {status}"));
                return Err(read::<()>("GET /events", status, &text.unwrap_or_default()).err().unwrap_or(none));
            }
            tokio::spawn(pass_on(answer.into_body(), tells));
            Ok(())
        };
        let begun = aside()?.spawn(begins).await;
        begun.unwrap_or_else(|error| Err(Error::Unreachable(error.to_string())))?;
        Ok(Self(std::sync::Arc::new(tokio::sync::Mutex::new(told))))
    }
}

/// Passes on server-sent events (WHATWG HTML §9.2) as the server writes them: one line of data for an event.
async fn pass_on(mut body: Incoming, tells: Sender<Result<Event, Error>>) {
    let (mut unread, mut kind) = (Vec::new(), String::new());
    loop {
        let frame = tokio::select! {
            frame = body.frame() => frame,
            () = tells.closed() => return,
        };
        let Some(Ok(frame)) = frame else { return };
        unread.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
        while let Some(end) = unread.iter().position(|octet| *octet == b'\n') {
            let line: Vec<u8> = unread.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            match line.trim_end().split_once(':') {
                Some(("event", name)) => name.trim().clone_into(&mut kind),
                Some(("data", data)) => {
                    let event = serde_json::from_str::<Event>(data).map(|event| Event { kind: kind.clone(), ..event });
                    let event = event.map_err(|error| Error::Unreadable(format!("GET /events, {kind}: {error}")));
                    if tells.send(event).await.is_err() {
                        return;
                    }
                }
                _ => (),
            }
        }
    }
}
