//! Requests to the suite and to the server, both on this machine with certificates of their own.

use anyhow::{Context as _, Result, ensure};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

/// # Errors
/// TLS cannot be set up.
pub(crate) fn client() -> Result<Client> {
    Ok(Client::builder().danger_accept_invalid_certs(true).build()?)
}

/// Sends, and reads the JSON that must come with a status of success.
///
/// # Errors
/// No answer, another status, or no JSON: with what came.
pub(crate) async fn answer(request: RequestBuilder) -> Result<Value> {
    let answer = request.send().await?;
    let (status, url) = (answer.status(), answer.url().clone());
    let text = answer.text().await?;
    ensure!(status.is_success(), "{url} answered {status}: {}", text.chars().take(400).collect::<String>());
    if text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&text).with_context(|| format!("{url} answered something else than JSON"))
}

/// A member that must be a text.
///
/// # Errors
/// It is none.
pub(crate) fn text(value: &Value, pointer: &str) -> Result<String> {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .with_context(|| format!("no {pointer} in {value}"))
}

/// # Errors
/// As for [`answer`].
pub(crate) async fn json(client: &Client, method: Method, url: &str, bearer: &str, body: &Value) -> Result<Value> {
    let request = client.request(method, url).bearer_auth(bearer);
    answer(if body.is_null() { request } else { request.json(body) }).await
}
