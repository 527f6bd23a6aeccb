//! Calls of the management API that an operator makes within a process that has the database and its master key: what is brought along
//! from another system is held to the rules of every other write.

use std::sync::Arc;

use engine::manage::{Brought, operator};
use engine::{App, Failure};
use http::Request;
use http::header::CONTENT_TYPE;
use protocol::id::EnvironmentId;
use protocol::refusal::Reason;
use serde_json::{Map, Value};

use super::answer::Answer;
use super::call::{Call, missing};
use super::{Route, all};

/// What an operator asks for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub environment: EnvironmentId,
    /// GET, POST, PUT …
    pub method: &'a str,
    /// Below the environment: `/applications/…`, with its query.
    pub path: &'a str,
    pub body: Option<&'a Map<String, Value>>,
}

/// Answers a call as the management API does, without its token. `brought` is made for each attempt.
///
/// # Errors
/// Every refusal of the management API, and 404 for what it does not know.
pub async fn call(app: &Arc<App>, asked: Asked<'_>, brought: impl Fn() -> Brought) -> Result<Value, Failure> {
    call_as(app, asked, "application/json", brought).await
}

/// The same with a body of this media type, which is JSON.
///
/// # Errors
/// As for [`call`].
pub async fn call_as(
    app: &Arc<App>,
    asked: Asked<'_>,
    media: &str,
    brought: impl Fn() -> Brought,
) -> Result<Value, Failure> {
    let Asked { environment, method, path, body } = asked;
    let whole = format!("/environments/{environment}{path}");
    let path = whole.split('?').next().unwrap_or_default();
    let found = all().filter(|route| route.name == method).find_map(|route| Some((route, ids(route, path)?)));
    let (route, ids) = found.ok_or_else(|| missing("call", "another path"))?;
    let body = body.map_or_else(Vec::new, |body| Value::from(body.clone()).to_string().into_bytes());
    let request = Request::builder().method(method).uri(format!("/v1{whole}")).header(CONTENT_TYPE, media);
    let (parts, ()) = request.body(()).map_err(|_| missing("call", "a path that is none"))?.into_parts();
    let mut attempt = 1;
    loop {
        let by = operator(app, environment, route.deed(), brought()).await?;
        match (route.handle)(Call::of(by, ids.clone(), parts.clone(), body.clone())).await {
            // A server that runs was first: it is decided again.
            Err(failure) if failure.reason() == Reason::StateChanged && attempt < ATTEMPTS => attempt += 1,
            outcome => return outcome.map(Answer::into_value),
        }
    }
}

/// The parameters that the path has as one of the route's.
fn ids(route: &Route, path: &str) -> Option<Vec<(String, String)>> {
    let (mut pattern, mut given) = (route.path.split('/'), path.split('/'));
    let mut ids = Vec::new();
    loop {
        match (pattern.next(), given.next()) {
            (None, None) => return Some(ids),
            (Some(part), Some(text)) => match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                Some(name) => ids.push((name.to_owned(), text.to_owned())),
                None if part == text => {}
                None => return None,
            },
            _ => return None,
        }
    }
}

/// Whoever meets others more often than this meets them without end.
const ATTEMPTS: usize = 16;
