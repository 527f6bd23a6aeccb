//! Ends codes, tokens, sessions and flows of a world before their time.

use engine::controls::expire::{Expiring, Unexpired, Wanted, expire};

use super::{Answer, AppState, Members, Request, State, StatusCode, Wrong, controlled, json};

pub(super) async fn end(State(web): State<AppState>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let (id, control) = controlled(&web, &parts).await?;
    let mut members = Members::read(&parts, body).await?;
    let what = what(members.text("what")?.as_deref())?;
    let (client_id, username) = (members.text("clientId")?, members.text("username")?);
    members.end()?;
    let tenant = web.app.serving(id).await.map_err(|_| Wrong::unavailable())?;
    let tenant = tenant.ok_or_else(|| Wrong::not_found("there is no such world"))?;
    let wanted = Wanted { what, client_id: client_id.as_deref(), username: username.as_deref() };
    let expired = control.snapshots.apart(expire(&web.app, &tenant, wanted)).await;
    let expired = expired.map_err(|unexpired| match unexpired {
        Unexpired::NoApplication => Wrong::not_found("the world has no application of this clientId"),
        Unexpired::NoUser => Wrong::not_found("the world has no user of this username"),
        Unexpired::Unavailable => Wrong::unavailable(),
    })?;
    Ok(json(StatusCode::OK, &serde_json::json!({ "expired": expired })))
}

fn what(named: Option<&str>) -> Result<Expiring, Wrong> {
    let of = |name: &str| WHAT.iter().find(|(known, _)| *known == name);
    let found = named.and_then(of).map(|(_, what)| *what);
    found.ok_or_else(|| {
        let all = WHAT.map(|(name, _)| name).join(", ");
        Wrong::invalid("what", format!("it must be one of {all}"))
    })
}

const WHAT: [(&str, Expiring); 5] = [
    ("codes", Expiring::Codes),
    ("accessTokens", Expiring::AccessTokens),
    ("refreshTokens", Expiring::RefreshTokens),
    ("sessions", Expiring::Sessions),
    ("flows", Expiring::Flows),
];
