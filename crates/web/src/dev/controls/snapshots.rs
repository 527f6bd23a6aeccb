//! Snapshots of a world, and the way back to them and to its making.

use axum::extract::{Request, State};
use engine::controls::snapshot::{self, MOST, MOST_OCTETS, Unkept};
use http::StatusCode;
use protocol::id::canonical;
use serde_json::json;

use super::body::Members;
use super::wrong::Wrong;
use super::{Answer, controlled, json, worlds};
use crate::error;
use crate::state::AppState;

pub(super) async fn take(State(web): State<AppState>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let (world, control) = controlled(&web, &parts).await?;
    Members::read(&parts, body).await?.end()?;
    let id = worlds::new_id(&web);
    snapshot::take(&web.app, world, &control, id).await.map_err(refused)?;
    Ok(json(StatusCode::CREATED, &json!({ "id": id.to_string() })))
}

pub(super) async fn restore(State(web): State<AppState>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let (world, control) = controlled(&web, &parts).await?;
    Members::read(&parts, body).await?.end()?;
    let id = parts.uri.path().trim_end_matches("/restore").rsplit('/').next().and_then(canonical);
    let id = id.ok_or_else(|| refused(Unkept::Missing))?;
    snapshot::restore(&web.app, world, &control, id).await.map_err(refused)?;
    Ok(error::empty(StatusCode::NO_CONTENT))
}

pub(super) async fn reset(State(web): State<AppState>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let (world, control) = controlled(&web, &parts).await?;
    Members::read(&parts, body).await?.end()?;
    if !web.app.controls.as_ref().is_some_and(|controls| controls.makings.knows(world)) {
        let message = "this world was not made here, so nobody knows what it was: take a snapshot, and restore that";
        return Err(Wrong::conflict(message));
    }
    snapshot::reset(&web.app, world, &control).await.map_err(refused)?;
    Ok(error::empty(StatusCode::NO_CONTENT))
}

pub(super) fn refused(unkept: Unkept) -> Wrong {
    match unkept {
        Unkept::Missing => Wrong::not_found("the world has no such snapshot"),
        Unkept::Many => Wrong::conflict(format!("a world has at most {MOST} snapshots, and this one has as many")),
        Unkept::Large => Wrong::conflict(format!(
            "all snapshots together may take {} MiB, and with this one it is more",
            MOST_OCTETS >> 20
        )),
        Unkept::Named => Wrong::conflict("another world has the name by now that this one had then"),
        Unkept::Store(error) => worlds::unread(error),
    }
}
