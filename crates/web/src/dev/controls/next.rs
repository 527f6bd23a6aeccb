//! The next answers of a world: chosen, and taken back.

use std::time::Duration;

use super::{Answer, AppState, Arc, Members, Request, State, StatusCode, Value, Wrong, controlled, error, json};
use engine::controls::next::{Claims, Forced, MOST};
use engine::controls::place::Place;
use protocol::refusal::Reason;
use serde_json::json;

pub(super) async fn choose(State(web): State<AppState>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let (_, control) = controlled(&web, &parts).await?;
    let mut members = Members::read(&parts, body).await?;
    let place = place(&mut members)?;
    let client = members.text("clientId")?;
    if client.as_ref().is_some_and(|client| client.is_empty() || client.len() > LONGEST_CLIENT) {
        return Err(Wrong::invalid("clientId", format!("it must have 1 to {LONGEST_CLIENT} octets")));
    }
    let times = members.integer("times", 1..=MOST_TIMES)?.unwrap_or(1);
    let forced = forced(&mut members, place)?;
    members.end()?;
    if times > 1 && place == Place::Token && sets(&forced, "jti") {
        // RFC 7519 §4.1.7: it is of one token, by which that is remembered.
        return Err(Wrong::invalid("times", "a jti is of one token: it must be 1 where claims.set has one"));
    }
    let times = u32::try_from(times).unwrap_or(1);
    let added = control.next.add(place, client, times, forced);
    let id = added.map_err(|_| Wrong::conflict(format!("{MOST} next answers are chosen already: empty the list")))?;
    Ok(json(StatusCode::CREATED, &json!({ "id": id.to_string() })))
}

pub(super) async fn forget(State(web): State<AppState>, request: Request) -> Answer {
    let (parts, _) = request.into_parts();
    let (_, control) = controlled(&web, &parts).await?;
    control.next.clear();
    Ok(error::empty(StatusCode::NO_CONTENT))
}

fn place(members: &mut Members) -> Result<Place, Wrong> {
    let forced: Vec<&str> = Place::ALL.into_iter().filter(|place| place.is_forced()).map(Place::name).collect();
    let wrong = || Wrong::invalid("endpoint", format!("it must be one of {}", forced.join(", ")));
    let name = members.text("endpoint")?.ok_or_else(wrong)?;
    Place::parse(&name).filter(|place| place.is_forced()).ok_or_else(wrong)
}

/// Exactly one of what an answer can be made.
fn forced(members: &mut Members, place: Place) -> Result<Forced, Wrong> {
    let refuse = members.text("refuse")?.map(|name| reason(&name)).transpose()?.map(Forced::Refuse);
    let claims = members.members("claims")?.map(|members| claims(members, place)).transpose()?.map(Forced::Claims);
    let delay = members.integer("delayMs", 0..=LONGEST_DELAY)?;
    let delay = delay.map(|millis| Forced::Delay(Duration::from_millis(millis.unsigned_abs())));
    let dropped = truth(members, "drop")?.then_some(Forced::Drop);
    let malformed = truth(members, "malformed")?.then_some(Forced::Malformed);
    let status = status(members)?;
    let mut chosen = [refuse, claims, delay, dropped, malformed, status].into_iter().flatten();
    match (chosen.next(), chosen.next()) {
        (Some(forced), None) => Ok(forced),
        (None, _) => Err(Wrong::invalid("", format!("it must have one of {ANSWERS}"))),
        (Some(_), Some(_)) => Err(Wrong::invalid("", format!("it must have only one of {ANSWERS}"))),
    }
}

fn truth(members: &mut Members, name: &str) -> Result<bool, Wrong> {
    match members.boolean(name)? {
        None => Ok(false),
        Some(true) => Ok(true),
        Some(false) => Err(Wrong::invalid(members.at(name), "it must be true, or left out")),
    }
}

fn status(members: &mut Members) -> Result<Option<Forced>, Wrong> {
    let status = members.integer("status", 400..=599)?.and_then(|status| u16::try_from(status).ok());
    let retry_after = members.integer("retryAfter", 0..=LONGEST_RETRY)?.map(i64::unsigned_abs);
    match (status, retry_after) {
        (None, Some(_)) => Err(Wrong::invalid("retryAfter", "it goes with status alone")),
        (status, retry_after) => Ok(status.map(|status| Forced::Status { status, retry_after })),
    }
}

fn claims(mut members: Members, place: Place) -> Result<Arc<Claims>, Wrong> {
    if !place.makes_claims() {
        let message = "only authorize, token, userinfo and introspect make claims";
        return Err(Wrong::invalid("claims", message));
    }
    let set = members.object("set")?.unwrap_or_default();
    let remove = members.texts("remove")?.unwrap_or_default();
    members.end()?;
    if set.is_empty() && remove.is_empty() {
        return Err(Wrong::invalid("claims", "it must have set, remove or both, and a claim in them"));
    }
    let both = remove.iter().find(|name| set.contains_key(*name));
    if let Some(name) = both {
        let message = format!("{} is also in set", protocol::told::name(name));
        return Err(Wrong::invalid("claims.remove", message));
    }
    let claims = Claims { set, remove };
    let octets =
        Value::from(claims.set.clone()).to_string().len() + claims.remove.iter().map(String::len).sum::<usize>();
    if octets > LONGEST_CLAIMS {
        return Err(Wrong::invalid("claims", format!("it must have at most {LONGEST_CLAIMS} octets")));
    }
    Ok(Arc::new(claims))
}

fn sets(forced: &Forced, claim: &str) -> bool {
    matches!(forced, Forced::Claims(claims) if claims.set.contains_key(claim))
}

/// A row of the table of refusals.
fn reason(name: &str) -> Result<Reason, Wrong> {
    Reason::parse(name).ok_or_else(|| {
        let near = near(name);
        let hint = if near.is_empty() {
            "docs/reference/refusals.md lists them".to_owned()
        } else {
            format!("near it are {}", near.join(", "))
        };
        Wrong::invalid("refuse", format!("there is no such reason: {hint}"))
    })
}

/// The names that have most pairs of letters in common with this one.
fn near(name: &str) -> Vec<&'static str> {
    let pairs = |text: &str| text.as_bytes().windows(2).map(<[u8]>::to_vec).collect::<Vec<_>>();
    let asked = pairs(&name.to_ascii_lowercase().chars().take(64).collect::<String>());
    let likeness = |other: &str| {
        let other = pairs(other);
        let common = asked.iter().filter(|pair| other.contains(pair)).count();
        // In hundredths of all pairs (Dice).
        200 * common / (asked.len() + other.len()).max(1)
    };
    let names = Reason::ALL.iter().map(|reason| reason.row().name);
    let mut found: Vec<_> = names.map(|name| (likeness(name), name)).filter(|(like, _)| *like >= ALIKE).collect();
    found.sort_by_key(|(like, name)| (std::cmp::Reverse(*like), *name));
    found.into_iter().take(3).map(|(_, name)| name).collect()
}

const ANSWERS: &str = "refuse, claims, delayMs, drop, malformed and status";
const MOST_TIMES: i64 = 1000;
/// Milliseconds.
const LONGEST_DELAY: i64 = 120_000;
/// Seconds.
const LONGEST_RETRY: i64 = 86_400;
const LONGEST_CLIENT: usize = 2048;
/// Octets: as long as a token can still be sent.
const LONGEST_CLAIMS: usize = 4096;
const ALIKE: usize = 50;
