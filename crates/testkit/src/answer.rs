//! What comes back.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::HeaderMap;
use serde_json::Value;

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    /// `null` where the body is no JSON.
    pub body: Value,
}

impl Answer {
    pub(crate) fn new(status: u16, headers: HeaderMap, text: String) -> Self {
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer = Self { status, headers, text, body };
        answer.keeps_the_form();
        answer
    }

    /// What holds for every answer of this server, whatever was asked.
    fn keeps_the_form(&self) {
        let unavailable = self.status == 503 && self.headers.contains_key("retry-after");
        assert!(self.status < 500 || unavailable, "a client's mistake is never this server's: {}", self.text);
        assert!(self.status != 204 || self.text.is_empty(), "{}", self.text);
        assert!(!self.body.is_object() || self.header("content-type").starts_with("application/"), "{self:?}");
        let absent = self.body.is_null() || !holds_null(&self.body);
        assert!(absent, "what is absent is left out: {}", self.text);
        if self.status >= 400 && self.body.get("code").is_some() {
            assert_eq!(self.body["id"].as_str(), Some(self.correlation()), "{}", self.text);
            assert!(self.body["message"].as_str().is_some_and(|message| !message.is_empty()), "{}", self.text);
        }
    }

    /// The body of an answer with this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// A refusal of the management or the flow API: status, code, and code and target of the first detail.
    #[track_caller]
    pub fn refuses(self, status: u16, code: &str, detail: &str, target: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.body["code"], code, "{}", self.text);
        let first = &self.body["details"][0];
        assert_eq!(first["code"].as_str().unwrap_or_default(), detail, "{}", self.text);
        assert_eq!(first["target"].as_str().unwrap_or_default(), target, "{}", self.text);
        self.body
    }

    /// A refusal of a protocol endpoint: status, error, and what every such refusal has (RFC 6749 §5.2).
    #[track_caller]
    pub fn is_refused(&self, status: u16, error: &str) {
        assert_eq!((self.status, self.body["error"].as_str()), (status, Some(error)), "{self:?}");
        assert!(self.header("cache-control").contains("no-store"), "{self:?}");
        assert_eq!(self.headers.contains_key("www-authenticate"), status == 401, "{self:?}");
    }

    /// A text member of the body.
    #[track_caller]
    pub fn member(&self, name: &str) -> &str {
        let found = self.body[name].as_str();
        assert!(found.is_some(), "no {name} in {}", self.text);
        found.unwrap_or_default()
    }

    /// The same, kept.
    #[track_caller]
    pub fn text_of(&self, name: &str) -> String {
        self.member(name).to_owned()
    }

    /// The number of the request.
    #[track_caller]
    pub fn correlation(&self) -> &str {
        self.header("correlation-id")
    }

    /// A header; the empty text where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Where a redirect of this status leads.
    #[track_caller]
    pub fn leads(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text);
        assert!(self.headers.contains_key("location"), "{self:?}");
        self.header("location").to_owned()
    }

    /// The hidden value of a form.
    #[track_caller]
    pub fn hidden(&self, name: &str) -> String {
        let found = self.text.split_once(&format!("name=\"{name}\" value=\""));
        assert!(found.is_some(), "{name} in {}", self.text);
        found.and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default().to_owned()
    }
}

/// The parameters of an address's query or fragment.
#[track_caller]
pub fn parameters(address: &str) -> BTreeMap<String, String> {
    let at = address.find(['?', '#']);
    assert!(at.is_some(), "no parameters in {address:?}");
    url::form_urlencoded::parse(&address.as_bytes()[at.unwrap_or_default() + 1..]).into_owned().collect()
}

/// The claims of a JWT, without looking at its signature.
pub fn claims(token: &str) -> Value {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.iter().any(holds_null),
        // What is kept as it was sent may say so.
        Value::Object(members) => members.iter().any(|(name, value)| name != "customData" && holds_null(value)),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
