//! What an answer gives: codes, tokens and references, wherever they stand in it, and as it may be shown.

use axum::body::{Body, HttpBody as _};
use axum::response::Response;
use engine::controls::place::Place;
use engine::controls::recorder::Mark;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, LOCATION};
use http_body_util::BodyExt as _;
use serde_json::{Map, Value, json};

use super::redact;
use super::sent::{pairs, payload};

/// What was given, and what is shown of the answer.
#[derive(Debug)]
pub(super) struct Gave {
    /// Codes and tokens.
    handed: Vec<Mark>,
    /// The flow that it is about.
    flow: Option<Mark>,
    pub(super) answer: Value,
}

impl Gave {
    /// What an answer gives, and the answer as it was.
    pub(super) async fn read(place: Place, response: Response) -> (Self, Response) {
        let mut gave = Self { handed: Vec::new(), flow: None, answer: json!({}) };
        gave.headers(response.headers());
        let response = gave.body(place, response).await;
        (gave, response)
    }

    /// All by which a later request may be known to come from this one.
    pub(super) fn marks(&self) -> Vec<Mark> {
        self.handed.iter().chain(&self.flow).copied().collect()
    }

    pub(super) fn told(&self) -> Option<Value> {
        let shown: Vec<Value> = self.handed.iter().map(|mark| redact::marked(mark).into()).collect();
        (!shown.is_empty()).then_some(Value::Array(shown))
    }

    fn headers(&mut self, headers: &HeaderMap) {
        self.answer["headers"] = redact::headers(headers);
        let Some(address) = headers.get(LOCATION).and_then(|address| address.to_str().ok()) else { return };
        let (before, fragment) = address.split_once('#').unwrap_or((address, ""));
        let query = before.split_once('?').map_or("", |(_, query)| query);
        for (name, value) in pairs(query.as_bytes()).iter().chain(&pairs(fragment.as_bytes())) {
            self.parameter(name, value);
        }
    }

    /// Of what this server makes itself all is there at once.
    async fn body(&mut self, place: Place, response: Response) -> Response {
        let short = response.body().size_hint().exact().is_some_and(|length| length <= LONGEST);
        let media = response.headers().get(CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
        let (is_json, is_page) = (media.starts_with("application/json"), media.starts_with("text/html"));
        let public = matches!(place, Place::Jwks | Place::Discovery | Place::Management);
        if !short || public || !(is_json || is_page) {
            return response;
        }
        let (parts, body) = response.into_parts();
        let Ok(octets) = body.collect().await else { return Response::from_parts(parts, Body::empty()) };
        let octets = octets.to_bytes();
        let granted = parts.status.is_success();
        match serde_json::from_slice::<Value>(&octets) {
            Ok(body) if is_json => {
                self.answer["body"] = redact::answered(&body);
                if granted {
                    self.members(&body);
                }
                if let Some(id) = body.get("id").and_then(Value::as_str).filter(|_| body.get("resumeUrl").is_some()) {
                    self.flow = Some(jose::digest::sha256(id.as_bytes()));
                }
            }
            _ if is_page && granted => self.inputs(&String::from_utf8_lossy(&octets)),
            _ => {}
        }
        Response::from_parts(parts, Body::from(octets))
    }

    fn members(&mut self, value: &Value) {
        match value {
            Value::Object(members) => self.object(members),
            Value::Array(values) => values.iter().for_each(|value| self.members(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn object(&mut self, members: &Map<String, Value>) {
        for (name, value) in members {
            match value {
                Value::String(text) => self.parameter(name, text),
                value => self.members(value),
            }
        }
    }

    /// OAuth 2.0 Form Post Response Mode §2: hidden inputs, as our own pages write them.
    fn inputs(&mut self, page: &str) {
        for input in page.split(INPUT).skip(1) {
            let Some((name, rest)) = input.split_once("\" value=\"") else { continue };
            if let Some((value, _)) = rest.split_once('"') {
                self.parameter(name, value);
            }
        }
    }

    fn parameter(&mut self, name: &str, value: &str) {
        let mark = || jose::digest::sha256(value.as_bytes());
        match name {
            "flowId" if self.flow.is_none() => self.flow = Some(mark()),
            // JARM §2.1: what is given is in a JWT.
            "response" => {
                let parameters = payload(value).unwrap_or_default();
                self.object(&parameters.into_iter().filter(|(name, _)| HANDED.contains(&name.as_str())).collect());
            }
            name if HANDED.contains(&name) && self.handed.len() < MOST => self.handed.push(mark()),
            _ => {}
        }
    }
}

/// What a later request shows.
const HANDED: [&str; 7] =
    ["code", "access_token", "refresh_token", "id_token", "request_uri", "device_code", "logout_token"];
const INPUT: &str = r#"<input type="hidden" name=""#;
const MOST: usize = 20;
/// Octets of an answer that is read.
const LONGEST: u64 = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(value: &str) -> Mark {
        jose::digest::sha256(value.as_bytes())
    }

    async fn given(response: http::response::Builder, body: &str) -> Vec<Mark> {
        let (gave, after) = Gave::read(Place::Resume, response.body(Body::from(body.to_owned())).unwrap()).await;
        assert_eq!(after.into_body().collect().await.unwrap().to_bytes(), body.as_bytes());
        assert!(!gave.answer.to_string().contains("canary"), "{}", gave.answer);
        gave.marks()
    }

    #[tokio::test]
    async fn what_is_given_is_found_wherever_it_stands() {
        let new = || Response::builder();
        let redirect = |to: &str| new().status(302).header(LOCATION, to);
        assert_eq!(given(redirect("https://a/cb?code=canary1&state=x"), "").await, [mark("canary1")]);
        assert_eq!(given(redirect("https://a/cb#access_token=canary2"), "").await, [mark("canary2")]);
        assert_eq!(given(redirect("/signon?flowId=f"), "").await, [mark("f")]);
        let jarm = format!("https://a/cb?response=h.{}.s", jose::b64::encode(br#"{"code":"canary3","iss":"i"}"#));
        assert_eq!(given(redirect(&jarm), "").await, [mark("canary3")]);
        let json = || new().header(CONTENT_TYPE, "application/json");
        let flow = r#"{"id":"f","resumeUrl":"u","authorizeResponse":{"code":"canary4"}}"#;
        assert_eq!(given(json(), flow).await, [mark("canary4"), mark("f")]);
        assert!(given(json().status(400), r#"{"code":"INVALID_DATA"}"#).await.is_empty());
        let page =
            r#"<p><input type="hidden" name="code" value="canary5"><input type="hidden" name="state" value="x">"#;
        assert_eq!(given(new().header(CONTENT_TYPE, "text/html; charset=utf-8"), page).await, [mark("canary5")]);
    }
}
