//! What travels with a request to the place where its endpoint decides: a refusal that a test wants, or claims that it wants changed. So
//! the answer, its event and what `grantor explain` says are those of a real one.

use std::cell::Cell;
use std::sync::Arc;

use jose::{Compact, SigningKey, Typ};
use protocol::change::Change;
use protocol::refusal::{Reason, Refused};
use protocol::secret::{Artefact, Secret, TokenHash};
use protocol::token::minted::date;
use protocol::token::{Json, Minted};
use serde_json::{Map, Value};

use super::next::{Claims, Forced};

/// What one request is to be answered with.
struct Wish {
    refuse: Option<Reason>,
    claims: Option<Arc<Claims>>,
    /// Which choice of the test it is.
    id: u64,
    /// Whether the request came to it.
    granted: Cell<bool>,
}

/// Does the work of a request that is to be answered so; whether it came to that.
pub async fn forcing<T>(id: u64, forced: &Forced, work: impl Future<Output = T>) -> (T, bool) {
    let (refuse, claims) = match forced {
        Forced::Refuse(reason) => (Some(*reason), None),
        Forced::Claims(claims) => (None, Some(claims.clone())),
        Forced::Delay(_) | Forced::Drop | Forced::Malformed | Forced::Status { .. } => (None, None),
    };
    let wish = Wish { refuse, claims, id, granted: Cell::new(false) };
    FORCED
        .scope(wish, async {
            let done = work.await;
            (done, FORCED.with(|wish| wish.granted.get()))
        })
        .await
}

/// Where a client has proven itself, and wherever else an endpoint begins to decide.
///
/// # Errors
/// The refusal that is wanted.
pub(crate) fn decided() -> Result<(), Refused> {
    refusal(|_| true)
}

/// The same where it is decided whether a client has proven itself.
///
/// # Errors
/// The refusal that is wanted, where it is one of a client that has not.
pub(crate) fn proven() -> Result<(), Refused> {
    refusal(|reason| reason.row().oauth == "invalid_client")
}

fn refusal(is_of: impl FnOnce(Reason) -> bool) -> Result<(), Refused> {
    let wanted = |wish: &Wish| {
        let reason = wish.refuse.filter(|reason| is_of(*reason))?;
        wish.granted.set(true);
        let came = format!("whatever came: a test asked for this refusal (control {})", wish.id);
        let retry_after = (reason.status() == 429).then_some(1);
        Some(Refused { retry_after, ..Refused::new(reason, "what was sent", came) })
    };
    FORCED.try_with(wanted).ok().flatten().map_or(Ok(()), Err)
}

/// The text of an object of claims, as it is wanted.
pub(crate) fn claims(text: String) -> String {
    let Some(wanted) = wanted() else { return text };
    change(&wanted, &text).unwrap_or(text)
}

/// The same of one under construction.
pub(crate) fn drawn(json: Json) -> Json {
    let Some(wanted) = wanted() else { return json };
    let text = json.finish();
    let mut claims = serde_json::from_str::<Map<String, Value>>(&text).unwrap_or_default();
    wanted.change(&mut claims);
    claims.iter().fold(Json::object(), |json, (name, value)| json.value(name, value))
}

/// A token whose claims are what is wanted, signed anew.
///
/// # Errors
/// When the cryptographic library cannot sign.
pub(crate) fn token(token: Secret, key: &SigningKey) -> Result<Secret, jose::Error> {
    let Some(wanted) = wanted() else { return Ok(token) };
    Ok(Secret::new(signed(&wanted, token.expose(), key)?))
}

/// The same of an access token, which may be known by its record alone, and is known by its `jti` otherwise. Its record ends when it
/// says that it does.
///
/// # Errors
/// As for [`token`].
pub(crate) fn access(minted: Minted, key: &SigningKey) -> Result<Minted, jose::Error> {
    let Some(wanted) = wanted() else { return Ok(minted) };
    let Minted { mut text, mut record } = minted;
    if let (Some(Change::RecordAccessToken(known)), Some(ends)) = (&mut record, date(&wanted.set, "exp")) {
        known.expires_at = ends;
    }
    match &mut record {
        Some(Change::RecordAccessToken(known)) if known.claims.is_some() => {
            known.claims = known.claims.take().map(|claims| change(&wanted, &claims).unwrap_or(claims));
        }
        record => {
            text = Secret::new(signed(&wanted, text.expose(), key)?);
            let named = wanted.set.get("jti").and_then(Value::as_str);
            if let (Some(Change::RecordAccessToken(known)), Some(jti)) = (record, named) {
                known.hash = TokenHash::of(Artefact::AccessToken, jti);
            }
        }
    }
    Ok(Minted { text, record })
}

fn signed(wanted: &Claims, token: &str, key: &SigningKey) -> Result<String, jose::Error> {
    let typ = Compact::parse(token)?.typ().and_then(|typ| TYPES.into_iter().find(|(name, _)| *name == typ));
    let payload = token.split('.').nth(1).and_then(jose::b64::decode).unwrap_or_default();
    let payload = String::from_utf8(payload).unwrap_or_default();
    let payload = change(wanted, &payload).unwrap_or(payload);
    key.sign(typ.map(|(_, typ)| typ), payload.as_bytes())
}

fn change(wanted: &Claims, text: &str) -> Option<String> {
    let mut claims = serde_json::from_str::<Map<String, Value>>(text).ok()?;
    wanted.change(&mut claims);
    Some(Value::Object(claims).to_string())
}

fn wanted() -> Option<Arc<Claims>> {
    let wanted = |wish: &Wish| {
        let claims = wish.claims.clone()?;
        wish.granted.set(true);
        Some(claims)
    };
    FORCED.try_with(wanted).ok().flatten()
}

tokio::task_local! {
    static FORCED: Wish;
}

/// The types of access and ID tokens.
const TYPES: [(&str, Typ); 2] = [("at+jwt", Typ::AtJwt), ("JWT", Typ::Jwt)];
