//! What a world was asked and answered, and what its people were sent.

use std::time::{Duration, Instant, SystemTime};

use hyper::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Error;
use crate::calls::{Calls, query};
use crate::clock::time;
use crate::grantor::segment;

/// What is asked: the endpoints whose answers can be chosen, and others that are only recorded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Endpoint {
    Authorize,
    Token,
    Userinfo,
    Introspect,
    Revoke,
    Jwks,
    Discovery,
    Par,
    Management,
    /// Any other, by its name.
    #[serde(untagged)]
    Other(String),
}

impl Endpoint {
    fn name(&self) -> String {
        let named = serde_json::to_value(self).ok();
        named.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

/// Which requests are meant; nothing said, all.
#[derive(Debug, Clone)]
pub struct Filter {
    endpoint: Option<Endpoint>,
    client_id: Option<String>,
    status: Option<u16>,
    after: Option<String>,
    count: usize,
    timeout: Duration,
}

impl Default for Filter {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Endpoint> for Filter {
    fn from(endpoint: Endpoint) -> Self {
        Self::new().endpoint(endpoint)
    }
}

impl Filter {
    /// All; one of them is waited for, 5 seconds long.
    pub fn new() -> Self {
        Self { endpoint: None, client_id: None, status: None, after: None, count: 1, timeout: Duration::from_secs(5) }
    }

    #[must_use]
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    #[must_use]
    pub fn client(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Those behind this one, by its id.
    #[must_use]
    pub fn after(mut self, request: impl Into<String>) -> Self {
        self.after = Some(request.into());
        self
    }

    /// How many are waited for.
    #[must_use]
    pub fn count(mut self, count: usize) -> Self {
        self.count = count;
        self
    }

    /// For how long they are waited for.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    pub(crate) fn path(&self, world: &str, wait_ms: u64) -> String {
        let words = query(&[
            ("endpoint", self.endpoint.as_ref().map(Endpoint::name)),
            ("clientId", self.client_id.clone()),
            ("status", self.status.map(|status| status.to_string())),
            ("after", self.after.clone()),
            ("waitMs", (wait_ms > 0).then(|| wait_ms.to_string())),
        ]);
        format!("/worlds/{}/requests{words}", segment(world))
    }
}

/// What the world was asked, and what it answered. Secrets, codes and tokens are `sha256:…` of their values.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Request {
    pub id: String,
    #[serde(deserialize_with = "time")]
    pub at: SystemTime,
    pub correlation_id: Option<String>,
    pub endpoint: Endpoint,
    pub method: String,
    pub path: String,
    #[serde(default)]
    pub query: Map<String, Value>,
    /// A list where one came more than once.
    #[serde(default)]
    pub headers: Map<String, Value>,
    #[serde(default)]
    pub form: Map<String, Value>,
    /// None where the connection was dropped.
    pub status: Option<u16>,
    /// The name of the refusal.
    pub reason: Option<String>,
    pub client_id: Option<String>,
    pub user_id: Option<String>,
    /// The hashes of the codes and tokens that the answer hands out.
    #[serde(default)]
    pub gave: Vec<String>,
    /// The id of the request that gave what this one shows.
    pub from: Option<String>,
    /// The id of the choice by which it was answered.
    pub forced: Option<String>,
    pub answer: Option<Answer>,
}

/// What was answered.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct Answer {
    /// A list where one was sent more than once, as `set-cookie` is.
    #[serde(default)]
    pub headers: Map<String, Value>,
    #[serde(default)]
    pub body: Value,
}

#[derive(Deserialize)]
pub(crate) struct Requests {
    pub(crate) requests: Vec<Request>,
}

/// Waits for as many as are wanted.
pub(crate) async fn recorded(calls: Calls, world: String, mut filter: Filter) -> Result<Vec<Request>, Error> {
    let (which, began) = (filter.path(&world, 0), Instant::now());
    let mut found: Vec<Request> = Vec::new();
    let mut wait_ms = 0;
    loop {
        let told: Requests = calls.clone().ask(Method::GET, filter.path(&world, wait_ms), None).await?;
        found.extend(told.requests);
        if found.len() >= filter.count {
            return Ok(found);
        }
        let left = filter.timeout.saturating_sub(began.elapsed());
        if left.is_zero() {
            return Err(Error::Absent { came: found.len(), wanted: filter.count, waited: filter.timeout, which });
        }
        if let Some(last) = found.last() {
            filter.after = Some(last.id.clone());
        }
        wait_ms = u64::try_from(left.as_millis()).unwrap_or(LONGEST_WAIT).saturating_add(1).min(LONGEST_WAIT);
    }
}

/// What a person was sent.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct Message {
    pub id: String,
    #[serde(deserialize_with = "time")]
    pub at: SystemTime,
    /// `email`, `sms` or `push`.
    pub kind: String,
    pub to: String,
    pub subject: Option<String>,
    pub text: String,
    pub html: Option<String>,
    /// The code that it tells.
    pub code: Option<String>,
    #[serde(default)]
    pub links: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct Messages {
    pub(crate) messages: Vec<Message>,
}

/// Which messages are meant; nothing said, all.
#[derive(Debug, Clone, Default)]
pub struct MessageFilter {
    to: Option<String>,
    kind: Option<String>,
    wait: Duration,
}

impl MessageFilter {
    pub fn new() -> Self {
        Self::default()
    }

    /// Those to this address or number.
    #[must_use]
    pub fn to(mut self, to: impl Into<String>) -> Self {
        self.to = Some(to.into());
        self
    }

    /// `email`, `sms` or `push`.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = Some(kind.into());
        self
    }

    /// For how long a message is waited for where there is none.
    #[must_use]
    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    pub(crate) fn words(&self) -> [(&'static str, Option<String>); 3] {
        let wait = (!self.wait.is_zero()).then(|| self.wait.as_millis().to_string());
        [("to", self.to.clone()), ("kind", self.kind.clone()), ("waitMs", wait)]
    }
}

/// Milliseconds, as long as a control waits.
const LONGEST_WAIT: u64 = 30_000;
