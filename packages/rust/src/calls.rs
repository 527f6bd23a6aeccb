//! The calls below `/dev/v1` of one server, on a thread of their own: no runtime of a test ends them.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::runtime::Runtime;
use url::{Position, Url};

use crate::Error;

/// Where the controls are, and what they ask for.
#[derive(Clone)]
pub(crate) struct Calls {
    /// The origin.
    pub(crate) url: String,
    key: Option<HeaderValue>,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Calls({})", self.url)
    }
}

impl Calls {
    pub(crate) fn to(origin: &str, key: Option<&str>) -> Result<Self, Error> {
        let wrong = || Error::Unreachable(format!("{origin:?} is no origin such as http://localhost:8085"));
        let parsed = Url::parse(origin).ok().filter(Url::has_host).ok_or_else(wrong)?;
        if parsed.scheme() != "http" {
            return Err(Error::Unreachable(format!("{origin}: this crate speaks no https to the controls")));
        }
        let key = key.map(|key| HeaderValue::from_str(&format!("Bearer {key}"))).transpose();
        let mut key = key.map_err(|_| Error::Unreachable("the control key is none".into()))?;
        if let Some(key) = &mut key {
            key.set_sensitive(true);
        }
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { url: parsed[..Position::BeforePath].to_owned(), key, client })
    }

    /// Asks, and reads the answer as what it has to be.
    pub(crate) async fn ask<T: DeserializeOwned + Send + 'static>(
        self,
        method: Method,
        path: String,
        body: Option<Value>,
    ) -> Result<T, Error> {
        let asked = format!("{method} {}/dev/v1{path}", self.url);
        let whole = async move {
            let answer = self.send(method, &path, body).await?;
            let status = answer.status().as_u16();
            let text = answer.into_body().collect().await.map_err(|error| unreachable(&self.url, &error))?.to_bytes();
            read(&asked, status, &text)
        };
        // Longer than any control waits: no test hangs on one.
        let patient = async {
            let late = |_| Err(Error::Unreachable(format!("no answer within {LONGEST:?}")));
            tokio::time::timeout(LONGEST, whole).await.unwrap_or_else(late)
        };
        aside()?.spawn(patient).await.unwrap_or_else(|error| Err(Error::Unreachable(error.to_string())))
    }

    /// The answer before its body is read. Must run on [`aside`].
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Response<Incoming>, Error> {
        let mut request = Request::builder().method(method).uri(format!("{}/dev/v1{path}", self.url));
        if let Some(key) = &self.key {
            request = request.header(AUTHORIZATION, key);
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let request = request.body(Full::new(body)).map_err(|error| unreachable(&self.url, &error))?;
        self.client.request(request).await.map_err(|error| unreachable(&self.url, &error))
    }
}

/// An answer as what it has to be, or why it is none.
pub(crate) fn read<T: DeserializeOwned>(asked: &str, status: u16, text: &[u8]) -> Result<T, Error> {
    if status >= 400 {
        let told: Value = serde_json::from_slice(text).unwrap_or_default();
        let word = |name: &str| told[name].as_str().map(str::to_owned);
        let strange = || format!("{asked} answered {status}: is it a grantor dev?");
        return Err(Error::Refused {
            status,
            code: word("error").unwrap_or_default(),
            message: word("message").unwrap_or_else(strange),
            at: word("at"),
        });
    }
    // What answers nothing is read as null.
    let text = if text.is_empty() { b"null" } else { text };
    serde_json::from_slice(text).map_err(|error| Error::Unreadable(format!("{asked}: {error}")))
}

fn unreachable(url: &str, error: &dyn std::error::Error) -> Error {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(because) = cause {
        told = format!("{told}: {because}");
        cause = because.source();
    }
    Error::Unreachable(format!("{url}: {told}"))
}

/// What can be said in JSON.
pub(crate) fn said(body: &impl Serialize) -> Result<Option<Value>, Error> {
    serde_json::to_value(body).map(Some).map_err(|error| Error::Unreadable(error.to_string()))
}

/// A query of those words that say something.
pub(crate) fn query(words: &[(&str, Option<String>)]) -> String {
    let mut written = url::form_urlencoded::Serializer::new("?".to_owned());
    for (name, value) in words {
        if let Some(value) = value {
            written.append_pair(name, value);
        }
    }
    let written = written.finish();
    if written == "?" { String::new() } else { written }
}

/// The runtime of all calls of the process.
pub(crate) fn aside() -> Result<&'static Runtime, Error> {
    static ASIDE: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let made = ASIDE.get_or_init(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let built = builder.worker_threads(1).thread_name("grantor-calls").enable_all().build();
        built.map_err(|error| error.to_string())
    });
    made.as_ref().map_err(|error| Error::NotStarted(format!("no runtime: {error}")))
}

const LONGEST: Duration = Duration::from_mins(1);
