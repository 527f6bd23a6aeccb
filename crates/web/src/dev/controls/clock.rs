//! The clock of a world.

use super::*;
use protocol::time::Time;
use serde_json::json;

pub(super) async fn show(State(web): State<AppState>, request: Request) -> Answer {
    let (parts, _) = request.into_parts();
    let (id, _) = controlled(&web, &parts).await?;
    Ok(told(web.app.now(id)))
}

pub(super) async fn set(State(web): State<AppState>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let (id, _) = controlled(&web, &parts).await?;
    let members = Members::read(&parts, body).await?;
    members.end()?;
    Ok(told(web.app.now(id)))
}

fn told(now: Time) -> Response {
    super::json(StatusCode::OK, &json!({ "now": now.to_string(), "frozen": false, "rate": 1 }))
}
