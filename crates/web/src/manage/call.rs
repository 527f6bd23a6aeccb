//! One call: authorized first, then read within its limits, then answered. Every refusal is recorded with its actor.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::FromRequestParts as _;
use axum::extract::{RawPathParams, Request};
use axum::response::Response;
use bytes::Bytes;
use engine::manage::{Authorized, Needs, Within, authorize, nonce_environment};
use engine::resource::Shown;
use engine::{Ask, Failed, Failure};
use http::Method;
use http::header::{CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH};
use http::request::Parts;
use protocol::change::Change;
use protocol::id::{ApplicationId, EnvironmentId, UserId};
use protocol::model::Permission;
use protocol::multipart;
use protocol::params::Params;
use protocol::refusal::{Reason, Refused};
use protocol::secret::Secret;
use protocol::told;
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use super::Route;
use super::answer::{Answer, names};
use super::authority;
use crate::layers::form;
use crate::state::AppState;
use crate::{ask, error};

/// A call whose actor holds the permission that its route needs, and all that the object holds that it is about.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) by: Arc<Authorized>,
    request: Arc<Sent>,
}

/// What was sent: the same each time that it is decided again.
struct Sent {
    ids: Vec<(String, String)>,
    parts: Parts,
    body: Mutex<Content>,
}

/// The body: read once, before the first handler loads anything.
enum Content {
    Unread(Body),
    Read(Result<Bytes, Box<Refused>>),
}

/// Answers `route`. Authorization comes before anything else of the request is looked at.
pub(super) async fn answer(web: AppState, route: &'static Route, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let ask = ask::ask(&parts);
    // A segment that is no UTF-8 names nothing: then there are no ids at all, and the id that the route needs is missing.
    let ids = RawPathParams::from_request_parts(&mut parts, &())
        .await
        .map(|params| params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>());
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    let held = if reads { ask::held_tags(&parts.headers) } else { Vec::new() };
    let sent = Sent { ids: ids.unwrap_or_default(), parts, body: Mutex::new(Content::Unread(body)) };
    let shown = sent.shown(&web.app.config.api_url);
    match serve(&web, route, ask, shown.as_ref(), Arc::new(sent)).await {
        Ok((answer, dpop_nonce)) => {
            let mut response = answer.unless_held(&held).into_response();
            error::next_nonce(response.headers_mut(), dpop_nonce.as_deref());
            response
        }
        Err(failure) => {
            let mut response = error::api(&web.app.config.api_url, &failure, ask.correlation);
            let needy = shown.as_ref().filter(|_| error::wants_nonce(&failure));
            let environment = needy.and_then(|shown| nonce_environment(&web.app, shown));
            let nonce = environment.map(|environment| web.app.dpop_nonce(environment));
            error::next_nonce(response.headers_mut(), nonce.as_deref());
            response
        }
    }
}

/// Authorizes, loads, decides and commits; and all of it again while another writer was first. So two writers of one object
/// both succeed and neither undoes the other; who named a version by `If-Match` is told at the second time that it is gone.
async fn serve(
    web: &AppState,
    route: &Route,
    ask: Ask,
    shown: Option<&Shown>,
    sent: Arc<Sent>,
) -> Result<(Answer, Option<String>), Failed> {
    let (mut attempt, mut turn) = (1, None);
    loop {
        let environment = sent.id("environment").and_then(EnvironmentId::parse);
        let needs = Needs {
            deed: route.deed(),
            environment,
            application: sent.id("application").and_then(ApplicationId::parse),
            own: sent.id("user").and_then(UserId::parse).zip(route.own),
            again: attempt > 1,
        };
        let by = authorize(&web.app, ask, shown, needs).await.into_result().map(Arc::new)?;
        let outcome = once(route, &by, environment, &sent).await;
        let overtaken = outcome.as_ref().is_err_and(|failure| failure.reason() == Reason::StateChanged);
        if !overtaken || attempt == ATTEMPTS {
            let answer = by.answer(outcome).await.into_result()?;
            return Ok((answer, by.dpop_nonce.clone()));
        }
        attempt += 1;
        // Whoever was first goes on before this one tries again, and so do those who were overtaken before.
        if turn.is_none() {
            turn = web.app.turns.wait(sent.object()).await;
        }
    }
}

async fn once(
    route: &Route,
    by: &Arc<Authorized>,
    environment: Option<EnvironmentId>,
    sent: &Arc<Sent>,
) -> Result<Answer, Failure> {
    let above_environments = !route.path.starts_with("/environments/{environment}");
    if !above_environments && environment.is_none() {
        // MG-09: whatever is no canonical id names no environment.
        return Err(Refused::new(Reason::ResourceNotFound, "the id of an environment", "another text").into());
    }
    let call = Call { by: by.clone(), request: sent.clone() };
    call.of_oneself()?;
    // However slowly the body comes, what is loaded after it is as the store has it then. The handler says what it is worth.
    call.receive().await?;
    if let (Some(object), Some(environment)) = (route.over, environment)
        && let Some(id) = sent.id(object).and_then(protocol::id::canonical)
    {
        // MG-05: nobody gets hold of somebody who holds more, whatever the verb.
        authority::over(by, environment, id).await?;
    }
    (route.handle)(call).await
}

impl Sent {
    /// What is written: an object of an environment with all that is part of it, or the environment.
    fn object(&self) -> Vec<&str> {
        self.ids.iter().take(2).map(|(_, id)| id.as_str()).collect()
    }

    /// The access token, with the address that clients know of what is asked for.
    fn shown(&self, api: &str) -> Option<Shown> {
        let (scheme, token) = ask::access_token(&self.parts.headers)?;
        Some(Shown {
            token: Secret::new(token.to_owned()),
            scheme,
            proof: ask::proof(&self.parts.headers),
            certificate: ask::certificate(&self.parts.extensions),
            method: self.parts.method.to_string(),
            url: format!("{api}{}", self.path()),
        })
    }

    /// The path as it was sent.
    fn path(&self) -> &str {
        let original = self.parts.extensions.get::<axum::extract::OriginalUri>();
        original.map_or(self.parts.uri.path(), |uri| uri.path())
    }

    fn id(&self, name: &str) -> Option<&str> {
        self.ids.iter().find(|(known, _)| known == name).map(|(_, id)| id.as_str())
    }
}

impl Call {
    /// One of whose actor no token has to tell, with its body.
    pub(super) fn of(by: Authorized, ids: Vec<(String, String)>, parts: Parts, body: Vec<u8>) -> Self {
        let body = Mutex::new(Content::Read(Ok(body.into())));
        Self { by: Arc::new(by), request: Arc::new(Sent { ids, parts, body }) }
    }

    /// The id `name` of the path, read by its type.
    ///
    /// # Errors
    /// 404: what is not an id names nothing.
    pub(super) fn id<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, Failure> {
        self.request.id(name).and_then(parse).ok_or_else(|| missing(name, "another text"))
    }

    /// Whether the path has a part of this name.
    pub(super) fn names(&self, name: &str) -> bool {
        self.request.id(name).is_some()
    }

    /// The environment of the path.
    pub(super) fn environment(&self) -> Result<EnvironmentId, Failure> {
        Ok(self.by.tenant()?.id())
    }

    /// The path below `/v1`, for links.
    pub(super) fn path(&self) -> String {
        let mut below = self.request.path();
        while let Some(rest) = below.strip_prefix("/v1").filter(|rest| rest.starts_with('/')) {
            below = rest;
        }
        below.to_owned()
    }

    /// The parameters of the query.
    pub(super) fn query(&self) -> Result<Params, Failure> {
        let read = Params::query(self.request.parts.uri.query().unwrap_or_default());
        Ok(read.map_err(|error| Refused::new(Reason::ParametersNotReadable, "a query string", error.to_string()))?)
    }

    /// The body of a call that takes JSON.
    ///
    /// # Errors
    /// 415 for another media type, 413 above a mebibyte, 400 for what is not one strict JSON object.
    pub(super) async fn json(&self) -> Result<Map<String, Value>, Failure> {
        self.json_of("application/json").await
    }

    /// The body of a call whose media type `wanted` may be a special one.
    pub(super) async fn json_of(&self, wanted: &str) -> Result<Map<String, Value>, Failure> {
        self.json_of_any(&[wanted]).await
    }

    /// The body of a call that takes several media types.
    pub(super) async fn json_of_any(&self, wanted: &[&str]) -> Result<Map<String, Value>, Failure> {
        if !self.media_types().iter().any(|media| wanted.contains(&media.as_str())) {
            return Err(self.wrong_media(wanted));
        }
        match self.value().await? {
            Some(Value::Object(members)) => Ok(members),
            Some(_) => Err(form::no_json("another JSON value").into()),
            None => Err(form::no_json("no body").into()),
        }
    }

    /// The body of a call that may have none: nothing and `null` are the empty object.
    pub(super) async fn optional_json(&self) -> Result<Map<String, Value>, Failure> {
        let media = self.media_types();
        let takes = |m: &String| m.ends_with("+json") || m == "application/json" || m.starts_with(VENDOR);
        if !media.is_empty() && !media.iter().any(takes) {
            return Err(self.wrong_media(&["application/json"]));
        }
        match self.value().await? {
            Some(Value::Object(members)) => Ok(members),
            None | Some(Value::Null) => Ok(Map::new()),
            Some(_) => Err(form::no_json("another JSON value").into()),
        }
    }

    /// Which of PingOne's actions the media types name: `application/vnd.pingidentity.<action>+json`, or without `+json` as
    /// some of its documents write it where there is no body. Two Content-Type lines are what Ping's own client sends, the
    /// general one first.
    pub(super) fn action<T: Copy>(&self, actions: &[(&'static str, T)]) -> Result<T, Failure> {
        let media = self.media_types();
        let found = media
            .iter()
            .filter_map(|media| action_of(media))
            .filter_map(|name| actions.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)))
            .map(|(_, action)| *action)
            .last();
        let wanted: Vec<String> = actions.iter().map(|(name, _)| format!("{VENDOR}{name}+json")).collect();
        found.ok_or_else(|| self.wrong_media(&wanted.iter().map(String::as_str).collect::<Vec<_>>()))
    }

    /// The body of a call that takes something else than JSON.
    pub(super) async fn octets(&self) -> Result<Vec<u8>, Failure> {
        Ok(self.bytes().await?.to_vec())
    }

    /// The parts of a form with files, by their names.
    ///
    /// # Errors
    /// 415 for another media type, 400 for what is no such form.
    pub(super) async fn parts(&self) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
        let lines = self.request.parts.headers.get_all(CONTENT_TYPE).iter().filter_map(|line| line.to_str().ok());
        let line = lines.into_iter().find(|line| line.trim_start().to_ascii_lowercase().starts_with(MULTIPART));
        let line = line.ok_or_else(|| self.wrong_media(&[MULTIPART]))?;
        let body = self.bytes().await?;
        let parts = multipart::parse(line, &body)
            .map_err(|error| Refused::new(Reason::BodyNotReadable, error.to_string(), "another body"))?;
        Ok(parts.into_iter().map(|part| (part.name.to_owned(), part.content.to_vec())).collect())
    }

    /// Whether the caller asks for this media type by name, and no less than for JSON.
    pub(super) fn accepts(&self, media: &str) -> bool {
        ask::accepts(&self.request.parts.headers, media, "application/json")
    }

    /// The media types of the body.
    pub(super) fn media_types(&self) -> Vec<String> {
        ask::media_types(&self.request.parts.headers)
    }

    /// Refuses a write of an object that was made for another version than its own (RFC 9110 §13.1.1, §13.1.2). Without a
    /// condition any is right. Whoever loads an object asks this, so that every route of it minds conditions; with one every
    /// commit of the call has the `guard`, so that it holds also when another writer comes between the reading and the commit.
    pub(super) fn expect_version(&self, version: i64, guard: Change) -> Result<(), Failure> {
        if matches!(self.request.parts.method, Method::GET | Method::HEAD) {
            return Ok(());
        }
        let headers = &self.request.parts.headers;
        if headers.contains_key(IF_MATCH) || headers.contains_key(IF_NONE_MATCH) {
            self.by.expect(guard);
        }
        let unwanted = ask::held_tags(headers);
        if unwanted.iter().any(|tag| tag == "*" || names(tag, version)) {
            return Err(
                Refused::new(Reason::PreconditionFailed, "If-None-Match: another entity tag", "this one").into()
            );
        }
        let mut tags = headers.get_all(IF_MATCH).iter().peekable();
        if tags.peek().is_none() {
            return Ok(());
        }
        let matches = |line: &str| line.split(',').map(str::trim).any(|tag| tag == "*" || names(tag, version));
        if tags.any(|line| line.to_str().is_ok_and(matches)) {
            return Ok(());
        }
        Err(Refused::new(Reason::PreconditionFailed, format!("If-Match: \"{version}\""), "another entity tag").into())
    }

    /// Whether the actor also holds another permission here; refused where not.
    pub(super) fn also(&self, permission: Permission) -> Result<(), Failure> {
        self.by.also(permission)
    }

    /// Refuses an action that is an administrator's, where somebody calls for themselves, and what of themselves the scopes of their token
    /// do not reach.
    fn of_oneself(&self) -> Result<(), Failure> {
        let Within::Oneself(_, reaches) = &self.by.within else { return Ok(()) };
        // Behind `/environments/{environment}/users/{user}`.
        if let Some(attribute) = self.path().split('/').nth(5).filter(|attribute| !reaches.has(attribute)) {
            let expected = format!("a scope that reaches {attribute}");
            return Err(Refused::new(Reason::ActorNotAuthorized, expected, "scopes that reach other attributes").into());
        }
        let special = |media: &String| {
            media.starts_with("application/vnd.") && !action_of(media).is_some_and(|name| OWN_ACTIONS.contains(&name))
        };
        if self.media_types().iter().any(special) {
            let expected = "an action that somebody may do to themselves";
            return Err(Refused::new(Reason::ActorNotAuthorized, expected, "an administrator's action").into());
        }
        Ok(())
    }

    async fn receive(&self) -> Result<(), Failure> {
        let mut content = self.request.body.lock().await;
        if let Content::Unread(body) = &mut *content {
            let read = form::whole(&self.request.parts, std::mem::take(body), MAX_BODY).await;
            *content = Content::Read(read.map_err(Box::new));
        }
        match &*content {
            // Of such a body a rest is left that nobody reads, so nothing else can be answered on this connection.
            Content::Read(Err(refused)) if matches!(refused.reason, Reason::BodyTooLarge | Reason::BodyTooSlow) => {
                Err((**refused).clone().into())
            }
            _ => Ok(()),
        }
    }

    async fn value(&self) -> Result<Option<Value>, Failure> {
        let bytes = self.bytes().await?;
        Ok(if bytes.is_empty() { None } else { Some(form::json(&bytes)?) })
    }

    async fn bytes(&self) -> Result<Bytes, Failure> {
        match &*self.request.body.lock().await {
            Content::Read(read) => Ok(read.clone().map_err(|refused| *refused)?),
            Content::Unread(_) => Err(Failure::Bug("a body that was read is not there")),
        }
    }

    fn wrong_media(&self, wanted: &[&str]) -> Failure {
        let came = told::name(&self.media_types().join(", "));
        Refused::new(Reason::MediaTypeUnsupported, format!("Content-Type: {}", wanted.join(" or ")), came).into()
    }
}

/// 404 for an object of `kind` that is not there, or not in this environment.
pub(super) fn missing(kind: &str, came: impl Into<String>) -> Failure {
    Refused::new(Reason::ResourceNotFound, format!("an existing {kind} of this environment"), came).into()
}

/// The action that a media type names.
fn action_of(media: &str) -> Option<&str> {
    let name = media.strip_prefix(VENDOR)?;
    Some(name.strip_suffix("+json").unwrap_or(name))
}

/// PingOne's files come in it (RFC 7578).
pub(super) const MULTIPART: &str = "multipart/form-data";
/// What somebody may do to themselves that has a media type of its own: both need the present password.
const OWN_ACTIONS: [&str; 2] = ["password.check", "password.reset"];
const VENDOR: &str = "application/vnd.pingidentity.";
const MAX_BODY: usize = 1024 * 1024;
/// Of a hundred writers of one object the last is first at the hundredth time; more than these come with no end.
const ATTEMPTS: usize = 256;
