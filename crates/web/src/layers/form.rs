//! Reads a request's body, for every endpoint alike: how much of it, of which media type, and what is said where it is no
//! such body.

use axum::body::Body;
use bytes::Bytes;
use http::Method;
use http::request::Parts;
use protocol::refusal::{Reason, Refused};
use serde_json::Value;

use super::body::{BodyError, BodyTime, bytes};
use crate::ask::is_form;

/// The whole body, of at most `limit` bytes.
///
/// # Errors
/// 413 for a longer one, 408 for one that does not come in time, 400 for one that does not come whole.
pub async fn whole(parts: &Parts, body: Body, limit: usize) -> Result<Bytes, Refused> {
    let time = BodyTime::of(&parts.extensions);
    bytes(body, limit, time).await.map_err(|error| match error {
        BodyError::TooLarge => Refused::new(Reason::BodyTooLarge, format!("at most {limit} bytes"), "more"),
        BodyError::Slow => Refused::new(Reason::BodyTooSlow, format!("a whole body within {time:?}"), "less of it"),
        BodyError::Crowded => Refused::new(Reason::RequestsCrowded, "few requests at a time from one source", "more"),
        BodyError::Broken => Refused::new(Reason::BodyNotReadable, "a whole body", error.to_string()),
    })
}

/// The text of a form of at most 64 KiB.
///
/// # Errors
/// As for [`whole`]; 400 for a body that is no form in UTF-8 (RFC 6749 App. B), whatever it holds.
pub async fn form(parts: &Parts, body: Body) -> Result<Bytes, Refused> {
    let body = whole(parts, body, LONGEST).await?;
    if is_form(&parts.headers) { Ok(body) } else { Err(no_form()) }
}

/// The same, where an empty body is an empty form of any media type: what then lacks is named by what reads it.
pub async fn form_or_nothing(parts: &Parts, body: Body) -> Result<Bytes, Refused> {
    let body = whole(parts, body, LONGEST).await?;
    if body.is_empty() || is_form(&parts.headers) { Ok(body) } else { Err(no_form()) }
}

/// The parameters of an endpoint for browsers, as they came: the form of a POST or, where nothing is posted, the query. Ping's
/// scripts post a request whose parameters are all in the address.
///
/// # Errors
/// As for [`form_or_nothing`].
pub async fn form_or_query(parts: &Parts, body: Body) -> Result<Bytes, Refused> {
    let posted = if parts.method == Method::POST { form_or_nothing(parts, body).await? } else { Bytes::new() };
    if posted.is_empty() {
        return Ok(Bytes::copy_from_slice(parts.uri.query().unwrap_or_default().as_bytes()));
    }
    Ok(posted)
}

/// One JSON value of a client, read strictly (RFC 8259 §4): two readers never understand a body differently.
///
/// # Errors
/// 400 for bytes that are none.
pub fn json(bytes: &[u8]) -> Result<Value, Refused> {
    jose::json::parse_strict(bytes, MAX_DEPTH).map_err(|_| no_json("something else"))
}

/// 400 for a body that is no JSON object.
pub fn no_json(came: &str) -> Refused {
    let expected = format!("one JSON object in UTF-8, no name twice, at most {MAX_DEPTH} levels");
    Refused::new(Reason::BodyNotReadable, expected, came)
}

fn no_form() -> Refused {
    let expected = "one Content-Type: application/x-www-form-urlencoded, in UTF-8";
    Refused::new(Reason::BodyNotReadable, expected, "another or none")
}

const LONGEST: usize = 64 * 1024;
const MAX_DEPTH: usize = 16;
