//! What is shown of any request and of any answer, for whoever tries it on all of them.

use axum::extract::Request;
use axum::response::Response;
use engine::controls::place::Place;
use serde_json::Value;

use super::gave::Gave;
use super::known::{HEADERS, NAMES};
use super::sent::Sent;

/// Of a request.
pub async fn request(request: Request) -> Value {
    let (parts, body) = request.into_parts();
    Sent::read(&parts, body).await.0.shown()
}

/// Of the answer of an endpoint that gives something.
pub async fn answer(response: Response) -> Value {
    Gave::read(Place::Other, response).await.0.answer
}

/// Whether what goes by this name is shown as it is.
pub fn is_harmless(name: &str) -> bool {
    NAMES.contains(&name) || HEADERS.contains(&name)
}
