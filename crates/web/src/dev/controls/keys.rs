//! A new signing key of a world, which signs at once.

use axum::extract::{Request, State};
use engine::Failure;
use engine::controls::keys::{MOST, Unmade, rotate};
use http::StatusCode;
use serde_json::json;

use super::{Answer, Members, Wrong, controlled, json, tokens};
use crate::state::AppState;

pub(super) async fn make(State(web): State<AppState>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let (id, control) = controlled(&web, &parts).await?;
    let mut members = Members::read(&parts, body).await?;
    let algorithm = tokens::algorithm(&mut members, "algorithm")?;
    members.end()?;
    let made = rotate(&web.app, (id, &control), algorithm);
    match control.snapshots.apart(made).await {
        Ok(kid) => Ok(json(StatusCode::CREATED, &json!({ "kid": kid }))),
        Err(Unmade::Many) => {
            Err(Wrong::conflict(format!("the world has {MOST} keys already; its reset leaves it with its first")))
        }
        Err(Unmade::Failed(Failure::Refused(refused))) => {
            let told = refused.details.first().map_or_else(|| refused.sentence().into_owned(), |of| of.message.clone());
            Err(Wrong::conflict(told))
        }
        Err(Unmade::Failed(Failure::Unavailable | Failure::Bug(_))) => Err(Wrong::unavailable()),
    }
}
