//! The page of one world, and the forms of pages that make a world and turn a clock. They pass the gate of the controls.

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use engine::controls::clock::{Rate, To, Turn};
use http::StatusCode;
use http::header::LOCATION;
use http::request::Parts;
use protocol::id::EnvironmentId;
use protocol::params::Params;
use protocol::refusal::{Reason, Refused};
use serde_json::Value;

use super::live::{self, Live};
use super::{controls, front};
use crate::error;
use crate::flow::html;
use crate::layers::form::form;
use crate::page::{DevValue, Forms, Part, RequestView, Theme, ValueGroup, WorldPage};
use crate::routes::refuse;
use crate::state::AppState;

pub(super) fn routes(web: &AppState) -> Router<AppState> {
    Router::new()
        .route("/worlds", post(make))
        .route("/worlds/{world}", get(show))
        .route("/worlds/{world}/clock", post(turn))
        .route_layer(axum::middleware::from_fn_with_state(web.clone(), controls::pass))
}

/// Makes a world with its usual furniture, and leads to its page.
async fn make(State(web): State<AppState>, _: Request) -> Response {
    match controls::usual(&web).await {
        Ok(world) => see(&live::url(world)),
        Err(wrong) => wrong.into_response(),
    }
}

async fn show(State(web): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let Some((id, name)) = found(&web, &parts).await else { return unknown(&web, &parts).await };
    let Some(control) = web.app.controls.as_ref().map(|controls| controls.of(id)) else {
        return unknown(&web, &parts).await;
    };
    let locale = html::locale(&parts.headers, None, "en");
    let live = Live::of_one(&web, (id, &name), &control);
    let (asked, letters) = (live.asked(), live.letters());
    let happening = live.view(&asked, &letters);
    if let Some(part) = part(&parts) {
        return html::page(StatusCode::OK, happening.render_part(part, locale), locale, Forms::Here);
    }
    let told = match controls::known(&web, id, &control).await {
        Ok(told) => told,
        Err(wrong) => return wrong.into_response(),
    };
    let groups = groups(&told);
    let values: Vec<ValueGroup<'_>> = groups.iter().map(|(title, values)| ValueGroup { title, values }).collect();
    let commands = commands(&web, &told);
    let requests: Vec<RequestView<'_>> =
        commands.iter().map(|(title, command)| RequestView { title, command }).collect();
    let page = WorldPage {
        locale,
        theme: &Theme::default(),
        version: web.dev.as_ref().map_or("", |front| front.version),
        name: &name,
        issuer: text(&told, "issuer"),
        discovery_url: text(&told, "discovery"),
        values: &values,
        requests: &requests,
        happening,
    };
    html::page(StatusCode::OK, page.render(), locale, Forms::Here)
}

/// Turns the clock: `turn` is `hour`, `day` or `reset`, which is the machine's time again.
async fn turn(State(web): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some((id, _)) = found(&web, &parts).await else { return unknown(&web, &parts).await };
    let read = form(&parts, body).await.and_then(|body| Params::form(&body).map_err(|error| error.refused()));
    let params = match read {
        Ok(params) => params,
        Err(refused) => return refuse(&web, &parts, refused).await,
    };
    let by = |seconds: i64| Turn { to: To::By(seconds * 1_000_000), ..Turn::default() };
    let turn = match params.text("turn") {
        Some("hour") => by(3_600),
        Some("day") => by(86_400),
        Some("reset") => Turn { to: To::At(web.app.world.now()), frozen: Some(false), rate: Some(Rate::ONE) },
        other => {
            let came = protocol::told::name(other.unwrap_or_default());
            let refused = Refused::new(Reason::ParameterInvalid, "hour, day or reset", came).about("turn");
            return refuse(&web, &parts, refused).await;
        }
    };
    match controls::turned(&web, id, turn).await {
        // Back to the page that it came from, which is one of two.
        Ok(_) if params.text("from") == Some("/") => see("/#clock"),
        Ok(_) => see(&format!("{}#clock", live::url(id))),
        Err(wrong) => wrong.into_response(),
    }
}

/// The part that the script asks for.
pub(super) fn part(parts: &Parts) -> Option<Part> {
    let (params, _) = Params::lenient(parts.uri.query().unwrap_or_default().as_bytes());
    let asked = params.text("part")?;
    Part::ALL.into_iter().find(|part| part.name() == asked)
}

/// The world of the path, and its name.
async fn found(web: &AppState, parts: &Parts) -> Option<(EnvironmentId, String)> {
    let id = parts.uri.path().split('/').find_map(EnvironmentId::parse)?;
    Some((id, live::name(web, id).await?))
}

async fn unknown(web: &AppState, parts: &Parts) -> Response {
    refuse(web, parts, Refused::new(Reason::PathUnknown, "a world of this server", "none")).await
}

fn see(place: &str) -> Response {
    let mut response = error::empty(StatusCode::SEE_OTHER);
    html::set(response.headers_mut(), LOCATION, place);
    response
}

fn text<'a>(told: &'a Value, name: &str) -> &'a str {
    told[name].as_str().unwrap_or_default()
}

/// What a control tells of the world, in groups.
fn groups(told: &Value) -> Vec<(&str, Vec<DevValue<'_>>)> {
    let mut groups = vec![("Addresses", shown(told, &["issuer", "apiUrl", "id"]))];
    let list = |name: &str| told[name].as_array().map_or(&[][..], Vec::as_slice);
    for application in list("applications").iter().take(front::SHOWN) {
        let mut values = shown(application, &["clientId", "clientSecret"]);
        let redirects = application["redirectUris"].as_array().map_or(&[][..], Vec::as_slice);
        values.extend(
            redirects.iter().take(3).filter_map(Value::as_str).map(|value| DevValue { name: "redirectUri", value }),
        );
        groups.push((text(application, "name"), values));
    }
    for user in list("users").iter().take(front::SHOWN) {
        groups.push(("User", shown(user, &["username", "password", "id"])));
    }
    groups.push(("Worker, which administers the world", shown(&told["worker"], &["clientId", "clientSecret"])));
    groups.retain(|(_, values)| !values.is_empty());
    groups
}

/// Those of the members that are there.
fn shown<'a>(of: &'a Value, names: &[&'static str]) -> Vec<DevValue<'a>> {
    let there = names.iter().filter_map(|name| Some((*name, of[*name].as_str()?)));
    there.map(|(name, value)| DevValue { name, value }).collect()
}

/// What to try in a terminal.
fn commands(web: &AppState, told: &Value) -> Vec<(&'static str, String)> {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let own = &web.app.config.public_url;
    let world = text(told, "id");
    let mut commands = vec![(
        "A token without a flow",
        format!("curl {own}/dev/v1/worlds/{world}/tokens \\\n  -d '{{\"kind\": \"access\", \"expiresIn\": 60}}'"),
    )];
    let worker = &told["worker"];
    if worker["clientId"].is_string() {
        let credentials = quoted(&format!("{}:{}", text(worker, "clientId"), text(worker, "clientSecret")));
        let issuer = text(told, "issuer");
        let command = format!("curl {issuer}/token \\\n  -u {credentials} \\\n  -d grant_type=client_credentials");
        commands.push(("A token for its management API", command));
    }
    let refused = format!(
        "curl {own}/dev/v1/worlds/{world}/next \\\n  -d '{{\"endpoint\": \"token\", \"refuse\": \"secret_wrong\"}}'"
    );
    commands.push(("Refuse the next token request", refused));
    commands
}
