//! What a world does that no environment does: sign somebody on without asking them.

use axum::extract::{Request, State};
use axum::response::Response;
use engine::controls::sign_on::Settings;
use http::StatusCode;
use serde_json::json;

use super::{Answer, Members, Wrong, controlled, json};
use crate::state::AppState;

pub(super) async fn show(State(web): State<AppState>, request: Request) -> Answer {
    let (parts, _) = request.into_parts();
    let (_, control) = controlled(&web, &parts).await?;
    Ok(told(&control.sign_on.settings()))
}

pub(super) async fn set(State(web): State<AppState>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let (_, control) = controlled(&web, &parts).await?;
    let mut members = Members::read(&parts, body).await?;
    let settings = read(&mut members)?;
    members.end()?;
    control.sign_on.set(settings.clone());
    Ok(told(&settings))
}

/// Takes them out of an object that may have others.
pub(super) fn read(members: &mut Members) -> Result<Settings, Wrong> {
    let auto_sign_on = members.text("autoSignOn")?;
    if auto_sign_on.as_ref().is_some_and(|name| name.is_empty() || name.len() > LONGEST) {
        return Err(Wrong::invalid(
            members.at("autoSignOn"),
            format!("it must be a username of 1 to {LONGEST} octets"),
        ));
    }
    let login_hint_signs_on = members.boolean("loginHintSignsOn")?.unwrap_or_default();
    Ok(Settings { auto_sign_on, login_hint_signs_on })
}

fn told(settings: &Settings) -> Response {
    let mut body = json!({ "loginHintSignsOn": settings.login_hint_signs_on });
    if let Some(name) = &settings.auto_sign_on {
        body["autoSignOn"] = name.as_str().into();
    }
    json(StatusCode::OK, &body)
}

const LONGEST: usize = 512;
