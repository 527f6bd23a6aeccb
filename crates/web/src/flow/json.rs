//! `GET|POST …/flows/{id}`: the flow API in PingOne's shapes. What may be done with a flow is its links, and each is sent
//! with the media type of its name, `application/vnd.pingidentity.<action>+json`.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use engine::flow::{Act, Acted, Asking, FlowView, Typed, act, peek, read};
use engine::resume::DENIED;
use engine::{Ask, Failed, Site, refuse};
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ORIGIN, VARY};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use protocol::audit::Action as Step;
use protocol::authorize::{BEARER, Bearer, Given};
use protocol::client::Client;
use protocol::flow::{Action, Flow, Purpose, State, actions};
use protocol::model::{Icon, PasswordPolicy, User, describe};
use protocol::origin::may_drive;
use protocol::refusal::{Detail, Reason, Refused};
use protocol::time::Time;
use protocol::told;
use serde_json::{Map, Value, json};

use super::cookies::{self, Cookies};
use super::guesses::sign_on;
use super::recovery;
use crate::layers::form;
use crate::oauth::cors;
use crate::state::AppState;
use crate::{ask, error};

/// Reads a flow, or does what the media type says.
pub async fn handle(web: AppState, site: Site, parts: Parts, body: Body) -> Response {
    let ask = ask::ask(&parts);
    let id = parts.uri.path().rsplit('/').next().unwrap_or_default().to_owned();
    let cookies = Cookies::read(&parts.headers, &web.cookies(&site));
    if parts.method != Method::POST {
        return match read(&web.app, &site, &ask, &id, &cookies.visitor()).await.into_result() {
            Ok(view) => share(flow(StatusCode::OK, &site, &view, Answer::Whole { given: None }), &parts, &view.client),
            Err(failure) => error::management(&failure, ask.correlation),
        };
    }
    let page = match page(&web, &site, &ask, &parts, &id).await {
        Ok(page) => page,
        Err(failure) => return error::management(&failure, ask.correlation),
    };
    match (post(&web, &site, &ask, &parts, &id, body).await, page) {
        (Ok(acted), _) => stepped(&web, &site, (&parts, &cookies), &acted),
        // The answer may be read by the pages that may call, errors included.
        (Err(failure), Some(client)) => share(error::management(&failure, ask.correlation), &parts, &client),
        (Err(failure), None) => error::management(&failure, ask.correlation),
    }
}

/// The application of the flow, where a page calls by script and may.
async fn page(web: &AppState, site: &Site, ask: &Ask, parts: &Parts, id: &str) -> Result<Option<Arc<Client>>, Failed> {
    let Some(origin) = origin(parts) else { return Ok(None) };
    let view = read(&web.app, site, ask, id, &engine::flow::Visitor::default()).await.into_result()?;
    match may_drive(&view.client.application, &site.issuer, origin) {
        Ok(()) => Ok(Some(view.client)),
        Err(refused) => Err(refuse::at_flow(&web.app, site, ask, Step::FlowUpdated, id, refused).await),
    }
}

/// The origin of the page that calls by script (RFC 6454 §7). One that cannot be read is as good as `null`.
pub(crate) fn origin(parts: &Parts) -> Option<&str> {
    parts.headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or("null"))
}

/// What a browser asks before it sends a media type of this API from another origin (WHATWG Fetch).
pub async fn preflight(web: AppState, site: Site, parts: Parts, _body: Body) -> Response {
    let ask = ask::ask(&parts);
    let id = parts.uri.path().rsplit('/').next().unwrap_or_default();
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(VARY, HeaderValue::from_static("Origin"));
    let visitor = engine::flow::Visitor::default();
    let Some(view) = peek(&web.app, &site, &ask, id, &visitor).await else { return response };
    let mut response = share(response, &parts, &view.client);
    if response.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
        cors::permit(&mut response, &parts.headers);
    }
    response
}

/// Lets the pages of the application's registered origins read the answer, with their cookies: the exact origin, never a
/// wildcard.
pub(crate) fn share(mut response: Response, parts: &Parts, client: &Client) -> Response {
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Origin"));
    let allowed = |origin: &&HeaderValue| origin.to_str().is_ok_and(|origin| client.application.allows_origin(origin));
    let Some(origin) = parts.headers.get(ORIGIN).filter(allowed) else { return response };
    cors::share(headers, origin);
    response
}

/// Which members an answer has.
#[derive(Clone, Copy)]
pub(crate) enum Answer<'a> {
    /// At authorize, resume and GET; with what was asked for at resume.
    Whole { given: Option<&'a Given> },
    /// The answer to the step that completed the flow.
    Completing,
}

/// A flow that was answered: with its code and tokens, or by nothing at all where the request asked for neither.
pub(crate) fn granted(web: &AppState, site: &Site, view: &FlowView, given: &Given) -> Response {
    if given.is_nothing() {
        return nothing();
    }
    let mut response = flow(StatusCode::OK, site, view, Answer::Whole { given: Some(given) });
    let state = given.session.as_ref().map(|session| session.browser.as_str());
    cookies::set_state(response.headers_mut(), &web.cookies(site), state);
    response
}

/// That it is so, for a script.
pub(crate) fn nothing() -> Response {
    let mut response = error::empty(StatusCode::NO_CONTENT);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A flow as PingOne shows it.
pub(crate) fn flow(status: StatusCode, site: &Site, view: &FlowView, answer: Answer<'_>) -> Response {
    let mut response = Response::new(Body::from(members(site, view, answer).to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn members(site: &Site, view: &FlowView, answer: Answer<'_>) -> Value {
    let FlowView { flow, .. } = view;
    let mut body = Map::new();
    body.insert("_links".into(), links(site, view, answer));
    body.insert("_embedded".into(), embedded(view));
    body.insert("id".into(), flow.id.to_string().into());
    if matches!(answer, Answer::Whole { .. }) {
        body.insert("environment".into(), json!({ "id": flow.environment.to_string() }));
    }
    if let (Some(session), Some(_)) = (flow.state.session(), &view.user) {
        body.insert("session".into(), json!({ "id": session.to_string() }));
    }
    body.insert("resumeUrl".into(), site.resume_url(flow.id).into());
    body.insert("status".into(), flow.state.status().into());
    body.insert("createdAt".into(), moment(flow.created_at).into());
    body.insert("expiresAt".into(), moment(flow.expires_at).into());
    if flow.state == State::Cancelled {
        let message = if flow.consented == Some(false) { DENIED } else { "The user cancelled the sign-on" };
        body.insert("error".into(), json!({ "code": "FAILED", "message": message }));
    }
    if let Answer::Whole { given: Some(given) } = answer {
        body.insert("authorizeResponse".into(), response(flow, given).into());
    }
    body.into()
}

/// The parameters that another response mode would have sent.
fn response(flow: &Flow, given: &Given) -> Map<String, Value> {
    let Purpose::Code(request) = &flow.purpose;
    let Given { code, access_token, id_token, session } = given;
    let mut response = Map::new();
    response.extend(code.iter().map(|code| ("code".to_owned(), code.expose().into())));
    if let Some(Bearer { text, expires_in, scope }) = access_token {
        response.insert("access_token".into(), text.expose().into());
        response.insert("token_type".into(), BEARER.into());
        response.insert("expires_in".into(), (*expires_in).into());
        response.insert("scope".into(), scope.to_string().into());
    }
    response.extend(id_token.iter().map(|token| ("id_token".to_owned(), token.expose().into())));
    response.extend(session.iter().map(|session| ("session_state".to_owned(), session.told.as_str().into())));
    response.extend(request.state.iter().map(|state| ("state".to_owned(), state.as_str().into())));
    // RFC 9207 §2.
    response.insert("iss".into(), request.issuer.as_str().into());
    response
}

fn links(site: &Site, view: &FlowView, answer: Answer<'_>) -> Value {
    let address = json!({ "href": site.flow_url(view.flow.id) });
    let mut links = Map::new();
    // A completed flow can be restarted, but PingOne shows no link for it.
    if !view.flow.state.is_complete() {
        let offered =
            actions(&view.flow.state).iter().filter(|action| **action != Action::PasswordForgot || view.recovers);
        links.extend(offered.map(|action| (action.name().to_owned(), address.clone())));
    }
    links.insert("self".into(), address);
    if matches!(answer, Answer::Whole { .. }) {
        links.insert("signOnPage".into(), json!({ "href": site.sign_on_url(view.flow.id) }));
    }
    links.into()
}

fn embedded(view: &FlowView) -> Value {
    let application = &view.client.application;
    let mut shown = Map::new();
    shown.insert("name".into(), application.name.as_str().into());
    if let Some(Icon { id, href }) = &application.icon {
        shown.insert("icon".into(), json!({ "id": id.to_string(), "href": href }));
    }
    let mut embedded = Map::new();
    embedded.extend(view.user.as_ref().map(|user| ("user".to_owned(), person(user))));
    embedded.insert("application".into(), shown.into());
    embedded.extend(view.asking.as_ref().map(|asking| ("consent".to_owned(), consent(asking))));
    embedded.extend(view.password_policy.as_ref().map(|policy| ("passwordPolicy".to_owned(), rules(policy))));
    embedded.into()
}

/// What the person is asked to allow: all of it, and which of it they did not allow before.
fn consent(asking: &Asking) -> Value {
    let Asking { new, known, words, details } = asking;
    let scopes = words.iter().map(|(name, words)| {
        let mut scope = json!({ "name": name, "allowed": known.scope.contains(name) });
        if let Some(words) = words {
            scope["description"] = words.as_str().into();
        }
        scope
    });
    let listed = |known: &[String], new: &[String]| known.iter().chain(new).cloned().collect::<Vec<_>>();
    let mut shown = json!({ "scopes": scopes.collect::<Vec<_>>() });
    for (member, values) in
        [("claims", listed(&known.claims, &new.claims)), ("resources", listed(&known.resource, &new.resource))]
    {
        if !values.is_empty() {
            shown[member] = values.into();
        }
    }
    if !details.is_empty() {
        let detail = |(words, object): &(String, String)| json!({ "description": words, "value": serde_json::from_str::<Value>(object).unwrap_or_default() });
        shown["authorizationDetails"] = details.iter().map(detail).collect();
    }
    shown
}

fn person(user: &User) -> Value {
    let mut shown = json!({ "id": user.id.to_string(), "username": user.username });
    let name = &user.profile.name;
    if name.given.is_some() || name.family.is_some() {
        let known = [("given", &name.given), ("family", &name.family)];
        let known = known.into_iter().filter_map(|(member, value)| Some((member.to_owned(), value.clone()?.into())));
        shown["name"] = Value::Object(known.collect());
    }
    shown
}

/// The policy as it is managed, but for what is of no use to whoever chooses a password.
fn rules(policy: &PasswordPolicy) -> Value {
    let mut shown = describe::draw(policy);
    for member in ["createdAt", "default", "description", "environment", "lockout", "updatedAt"] {
        shown.remove(member);
    }
    shown.into()
}

/// RFC 3339 in UTC with milliseconds.
fn moment(at: Time) -> String {
    at.to_string()
}

async fn post(web: &AppState, site: &Site, ask: &Ask, parts: &Parts, id: &str, body: Body) -> Result<Acted, Failed> {
    let cookies = Cookies::read(&parts.headers, &web.cookies(site));
    let (action, body) = match sent(parts, body).await {
        Ok(sent) => sent,
        Err(refused) => return Err(refuse::at_flow(&web.app, site, ask, Step::FlowUpdated, id, refused).await),
    };
    let read = match action {
        Action::PasswordForgot => required(["username"], &body).map(|[username]| Act::PasswordForgot { username }),
        Action::PasswordRecover => {
            required(["recoveryCode", "newPassword"], &body).map(|[code, new]| Act::PasswordRecover { code, new })
        }
        Action::PasswordSendRecoveryCode => Ok(Act::PasswordSendRecoveryCode),
        Action::PasswordReset => required(["currentPassword", "newPassword"], &body)
            .map(|[current, new]| Act::PasswordReset { current: Some(current), new }),
        Action::SessionReset => Ok(Act::SessionReset),
        Action::UserConsent => {
            flag("accept", &body).map(|allowed| Act::Consent { allowed, visitor: cookies.visitor() })
        }
        Action::UsernamePasswordCheck => required(["username", "password"], &body)
            .map(|[username, password]| Act::UsernamePassword(Typed { username, password, device: cookies.device() })),
    };
    match read {
        Err(refused) => Err(refuse::at_flow(&web.app, site, ask, Step::FlowUpdated, id, refused).await),
        Ok(Act::UsernamePassword(typed)) => sign_on(web, site, ask, id, typed, None).await,
        Ok(deed @ (Act::PasswordForgot { .. } | Act::PasswordRecover { .. } | Act::PasswordSendRecoveryCode)) => {
            recovery::perform(web, site, ask, id, deed, None).await
        }
        Ok(deed) => act(&web.app, site, ask, id, deed, None).await.into_result(),
    }
}

/// What is to be done, and the words for it.
async fn sent(parts: &Parts, body: Body) -> Result<(Action, Map<String, Value>), Refused> {
    let action = action(&parts.headers)?;
    Ok((action, object(&form::whole(parts, body, MAX_BODY).await?)?))
}

fn stepped(web: &AppState, site: &Site, (parts, cookies): (&Parts, &Cookies), acted: &Acted) -> Response {
    let completing = acted.opened.is_some() && acted.view.flow.state.is_complete();
    let answer = if completing { Answer::Completing } else { Answer::Whole { given: None } };
    let mut response = flow(StatusCode::OK, site, &acted.view, answer);
    cookies::signed_on(response.headers_mut(), &web.cookies(site), cookies, acted);
    share(response, parts, &acted.view.client)
}

/// The action that the vendor's media type names. Clients may send a general type before it.
fn action(headers: &HeaderMap) -> Result<Action, Refused> {
    let mut foreign = None;
    for media_type in ask::media_types(headers).into_iter().filter(|media_type| media_type.starts_with(VENDOR)) {
        if let Some(action) = Action::from_media_type(&media_type) {
            return Ok(action);
        }
        foreign = Some(told::name(&media_type));
    }
    if let Some(came) = foreign {
        return Err(Refused::new(Reason::ActionNotAllowed, "an action that the flow links to", came));
    }
    // Without a vendor's type PingOne takes the call for one that needs a bearer token.
    let mut refused = Refused::new(Reason::AccessTokenMissing, "application/vnd.pingidentity.<action>+json", "none");
    let sentence = "The request is missing a valid access token";
    refused.details.push(Detail::new("INVALID_TOKEN", "Authentication Credentials", sentence));
    Err(refused)
}

/// No body is an empty object.
fn object(bytes: &[u8]) -> Result<Map<String, Value>, Refused> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    match form::json(bytes)? {
        Value::Object(object) => Ok(object),
        _ => Err(form::no_json("another JSON value")),
    }
}

fn text<'a>(body: &'a Map<String, Value>, member: &str) -> Option<&'a str> {
    body.get(member).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// What is said in so many words: whoever leaves it out has not answered.
fn flag(name: &'static str, body: &Map<String, Value>) -> Result<bool, Refused> {
    let told = || Refused::fields(vec![Detail::new("INVALID_VALUE", name, "must be true or false")]);
    body.get(name).and_then(Value::as_bool).ok_or_else(told)
}

/// All of the texts, or a detail for each that is missing.
fn required<'a, const N: usize>(
    names: [&'static str; N],
    body: &'a Map<String, Value>,
) -> Result<[&'a str; N], Refused> {
    let missing = names.into_iter().filter(|name| text(body, name).is_none());
    let details: Vec<Detail> = missing.map(|name| Detail::new("EMPTY_VALUE", name, "must not be empty")).collect();
    if details.is_empty() {
        return Ok(names.map(|name| text(body, name).unwrap_or_default()));
    }
    Err(Refused::fields(details))
}

const VENDOR: &str = "application/vnd.pingidentity.";
const MAX_BODY: usize = 16 * 1024;
