//! The controls of a developer's server, below `/dev/v1`: what tests make, set, force and ask for (ADR 0062). No other server has them.
//!
//! A handler reads its body with [`body::Members`], asks or changes the engine's `Controls`, and answers with JSON; what makes no sense is
//! a [`Wrong`], which says in a sentence what, and where.

mod around;
mod body;
mod clock;
mod described;
mod events;
mod expire;
mod gate;
mod keys;
mod next;
mod outbox;
mod query;
mod requests;
pub(super) mod seed;
mod settings;
mod snapshots;
mod tokens;
mod waited;
mod worlds;
mod wrong;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use engine::controls::Control;
use http::StatusCode;
use http::request::Parts;
use protocol::id::EnvironmentId;
use serde_json::Value;
use std::sync::Arc;

use crate::error;
use crate::state::AppState;

pub(crate) use around::around;
pub use around::recorded;
use body::Members;
pub(super) use clock::turned;
pub(crate) use gate::is_open_to;
pub(super) use gate::{holds_key, near, pass};
pub(super) use worlds::{known, usual};
use wrong::Wrong;
pub(super) use wrong::unknown;

/// Their routes, behind their gate.
pub(super) fn routes(web: &AppState) -> Router<AppState> {
    Router::new()
        .route("/worlds", get(worlds::list).post(worlds::make))
        .route("/worlds/{world}", get(worlds::show).delete(worlds::end))
        .route("/worlds/{world}/reset", post(snapshots::reset))
        .route("/worlds/{world}/snapshots", post(snapshots::take))
        .route("/worlds/{world}/snapshots/{snapshot}/restore", post(snapshots::restore))
        .route("/worlds/{world}/clock", get(clock::show).put(clock::set))
        .route("/worlds/{world}/expire", post(expire::end))
        .route("/worlds/{world}/settings", get(settings::show).put(settings::set))
        .route("/worlds/{world}/keys", post(keys::make))
        .route("/worlds/{world}/tokens", post(tokens::make))
        .route("/worlds/{world}/next", post(next::choose).delete(next::forget))
        .route("/worlds/{world}/requests", get(requests::list).delete(requests::clear))
        .route("/worlds/{world}/outbox", get(outbox::list).delete(outbox::clear))
        .route("/events", get(events::stream))
        .route("/openapi.json", get(described::answer))
        .method_not_allowed_fallback(wrong::not_allowed)
        .fallback(unknown)
        .route_layer(axum::middleware::from_fn(gate::asked))
        .route_layer(axum::middleware::from_fn_with_state(web.clone(), pass))
}

/// What a control answers.
type Answer = Result<Response, Wrong>;

/// The environment of the path, whether or not it is there.
fn named(parts: &Parts) -> Result<EnvironmentId, Wrong> {
    let mut segments = parts.uri.path().split('/').skip_while(|segment| *segment != "worlds").skip(1);
    let id = segments.next().and_then(EnvironmentId::parse);
    id.ok_or_else(|| Wrong::not_found("there is no such world: it is named by the id of its environment"))
}

/// The environment of the path, which is there, and its controls.
async fn controlled(web: &AppState, parts: &Parts) -> Result<(EnvironmentId, Arc<Control>), Wrong> {
    let id = named(parts)?;
    let there = web.app.serves(id).await.map_err(|_| Wrong::unavailable())?;
    let controls = web.app.controls.as_ref().filter(|_| there);
    let controls = controls.ok_or_else(|| Wrong::not_found("there is no such world"))?;
    Ok((id, controls.of(id)))
}

fn json(status: StatusCode, body: &Value) -> Response {
    error::with_json(status.as_u16(), body.to_string())
}
