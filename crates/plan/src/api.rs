//! The seam to a server: one request of the management API, and its answer.

use std::fmt;

use serde_json::Value;

/// Who answers requests of the management API.
pub trait Api: Sync {
    /// Sends one, as often as it takes until somebody answers it for good.
    fn call(&self, request: Request) -> impl Future<Output = Result<Answer, Stopped>> + Send;
}

#[derive(Clone, Debug)]
pub struct Request {
    pub method: &'static str,
    /// Below `/v1`, with its query.
    pub path: String,
    pub body: Option<Value>,
    /// The entity tag that it is for (RFC 9110 §13.1.1).
    pub if_match: Option<String>,
}

impl Request {
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: "GET", path: path.into(), body: None, if_match: None }
    }

    pub fn with(method: &'static str, path: impl Into<String>, body: Value) -> Self {
        Self { method, path: path.into(), body: Some(body), if_match: None }
    }

    pub fn delete(path: impl Into<String>) -> Self {
        Self { method: "DELETE", path: path.into(), body: None, if_match: None }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub etag: Option<String>,
    /// `null` where there is none.
    pub body: Value,
}

/// Why the work did not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Nobody answered, or nobody could be asked.
    Silent(String),
    /// It was refused: what for, and the API's own sentences.
    Refused { request: String, status: u16, message: String, details: Vec<Detail> },
}

/// What the API says of one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    pub target: String,
    pub message: String,
}

impl Answer {
    /// The body of an answer that says yes.
    pub fn done(self, request: &str) -> Result<Self, Stopped> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let details = self.body["details"].as_array().into_iter().flatten();
        Err(Stopped::Refused {
            request: request.to_owned(),
            status: self.status,
            message: text(&self.body, "message"),
            details: details
                .map(|detail| Detail { target: text(detail, "target"), message: text(detail, "message") })
                .collect(),
        })
    }
}

/// Sends it, and takes only a yes.
pub(crate) async fn ask(api: &impl Api, request: Request) -> Result<Answer, Stopped> {
    let told = format!("{} {}", request.method, request.path);
    api.call(request).await?.done(&told)
}

/// Everything in a list, page after page.
pub(crate) async fn all(api: &impl Api, path: &str) -> Result<Vec<Value>, Stopped> {
    let mut found = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let mut answer = ask(api, Request::get(path)).await?.body;
        if let Some(embedded) = answer["_embedded"].as_object_mut() {
            found.extend(embedded.values_mut().filter_map(Value::as_array_mut).flat_map(std::mem::take));
        }
        // The address of the next page may have another host than the one that was asked.
        let href = answer.pointer("/_links/next/href").and_then(Value::as_str);
        next = href.and_then(|href| href.split_once("/v1/")).map(|(_, rest)| format!("/{rest}"));
    }
    Ok(found)
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent(why) => f.write_str(why),
            Self::Refused { request, status, message, details } => {
                write!(f, "{request} was answered {status}: {message}")?;
                details.iter().try_for_each(|Detail { target, message }| write!(f, "; {target}: {message}"))
            }
        }
    }
}
