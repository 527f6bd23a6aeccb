//! Tokens as a test wants them, right or with one thing wrong, without a flow.

use axum::extract::{Request, State};
use axum::response::Response;
use engine::controls::mint::{Unminted, Wish, mint};
use http::StatusCode;
use jose::Alg;
use protocol::grant::minted::Kind;
use protocol::scope::Scope;
use protocol::token::minted::{Altered, Struck, Wrong as Amiss};
use serde_json::{Map, Value};

use super::{Answer, Members, Wrong, named};
use crate::ask::ask;
use crate::error;
use crate::state::AppState;

pub(super) async fn make(State(web): State<AppState>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let id = named(&parts)?;
    let wish = wish(Members::read(&parts, body).await?)?;
    let controls = web.app.controls.as_ref();
    let entering = controls.map(|controls| controls.entering(id));
    let _held = match &entering {
        Some(Ok(control)) => Some(control.snapshots.held().await),
        Some(Err(_)) | None => None,
    };
    match mint(&web.app, &ask(&parts), id, &wish).await {
        Ok(struck) => Ok(told(&struck)),
        Err(Unminted::World) => Err(Wrong::not_found("there is no such world")),
        Err(Unminted::Member(at, message)) => Err(Wrong::invalid(at, message)),
        Err(Unminted::Conflict(message)) => Err(Wrong::conflict(message)),
        Err(Unminted::Unavailable) => Err(Wrong::unavailable()),
    }
}

fn wish(mut members: Members) -> Result<Wish, Wrong> {
    let kind = match members.text("kind")?.as_deref() {
        Some("access") => Kind::Access,
        Some("id") => Kind::Id,
        Some("refresh") => Kind::Refresh,
        _ => return Err(Wrong::invalid("kind", "it must be access, id or refresh")),
    };
    let wish = Wish {
        kind,
        client_id: short(&mut members, "clientId")?,
        subject: short(&mut members, "subject")?,
        username: short(&mut members, "username")?,
        scope: scope(&mut members)?,
        audience: audience(&mut members)?,
        lifetime: members.integer("expiresIn", -LONGEST..=LONGEST)?,
        algorithm: algorithm(&mut members, "algorithm")?,
        altered: Altered { set: claims(&mut members)?, removed: removed(&mut members)?, wrong: amiss(&mut members)? },
    };
    members.end()?;
    Ok(wish)
}

fn short(members: &mut Members, name: &str) -> Result<Option<String>, Wrong> {
    let text = members.text(name)?;
    if text.as_ref().is_some_and(|text| text.is_empty() || text.len() > MOST_TEXT || text.contains('\0')) {
        return Err(Wrong::invalid(
            members.at(name),
            format!("it must be a text of 1 to {MOST_TEXT} octets without NUL"),
        ));
    }
    Ok(text)
}

fn scope(members: &mut Members) -> Result<Option<Scope>, Wrong> {
    let Some(text) = members.text("scope")? else { return Ok(None) };
    let wrong = || Wrong::invalid("scope", "it must be at most 100 scope-tokens with single spaces between");
    Scope::parse(&text).map(Some).map_err(|_| wrong())
}

/// One text or several.
fn audience(members: &mut Members) -> Result<Vec<String>, Wrong> {
    let list = match members.any("audience") {
        None => return Ok(Vec::new()),
        Some(Value::String(one)) => Some(vec![one]),
        Some(Value::Array(several)) => several.iter().map(|one| Some(one.as_str()?.to_owned())).collect(),
        Some(_) => None,
    };
    let fits = |list: &Vec<String>| {
        (1..=MOST_AUDIENCES).contains(&list.len()) && list.iter().all(|one| (1..=MOST_TEXT).contains(&one.len()))
    };
    let wrong =
        || format!("it must be a text, or a list of 1 to {MOST_AUDIENCES} texts, each of 1 to {MOST_TEXT} octets");
    list.filter(fits).ok_or_else(|| Wrong::invalid("audience", wrong()))
}

/// One of those that have a key pair.
pub(super) fn algorithm(members: &mut Members, name: &str) -> Result<Option<Alg>, Wrong> {
    let Some(text) = members.text(name)? else { return Ok(None) };
    let alg = Alg::parse(&text).filter(|alg| Alg::ASYMMETRIC.contains(alg));
    let names = || Alg::ASYMMETRIC.iter().map(|alg| alg.name()).collect::<Vec<_>>().join(", ");
    alg.map(Some).ok_or_else(|| Wrong::invalid(members.at(name), format!("it must be one of {}", names())))
}

fn claims(members: &mut Members) -> Result<Map<String, Value>, Wrong> {
    let claims = members.object("claims")?.unwrap_or_default();
    if !claims.is_empty() && Value::Object(claims.clone()).to_string().len() > MOST_CLAIMS {
        return Err(Wrong::invalid("claims", format!("it may be {MOST_CLAIMS} octets long")));
    }
    Ok(claims)
}

fn removed(members: &mut Members) -> Result<Vec<String>, Wrong> {
    let removed = members.texts("removeClaims")?.unwrap_or_default();
    if removed.len() > MOST_REMOVED {
        return Err(Wrong::invalid("removeClaims", format!("it may have {MOST_REMOVED} names")));
    }
    Ok(removed)
}

fn amiss(members: &mut Members) -> Result<Option<Amiss>, Wrong> {
    let Some(text) = members.text("wrong")? else { return Ok(None) };
    let names = || Amiss::ALL.map(|(name, _)| name).join(", ");
    let wrong = || Wrong::invalid("wrong", format!("it must be one of {}", names()));
    Amiss::parse(&text).map(Some).ok_or_else(wrong)
}

/// What was made is JSON already: it is not read again to be told.
fn told(struck: &Struck) -> Response {
    let part = |name: &str, part: &Option<String>| {
        part.as_ref().map_or_else(String::new, |part| format!(r#","{name}":{part}"#))
    };
    let (token, claims, header) =
        (struck.text.expose(), part("claims", &struck.claims), part("header", &struck.header));
    let body = format!(r#"{{"token":"{token}"{claims}{header}}}"#);
    error::with_json(StatusCode::CREATED.as_u16(), body)
}

/// Seconds: a hundred years.
const LONGEST: i64 = 3_155_760_000;
const MOST_TEXT: usize = 1024;
const MOST_AUDIENCES: usize = 50;
const MOST_CLAIMS: usize = 16 * 1024;
const MOST_REMOVED: usize = 100;
