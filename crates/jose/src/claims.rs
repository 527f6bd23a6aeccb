//! The registered claims: which must be there, of which type, and acceptable at this moment to this audience.
//!
//! RFC 7519 §4.1, RFC 8725 §3.8–3.11. A claim of the wrong type is an error, never an absent claim.

use serde_json::{Map, Value};

use crate::{Error, Verified};

/// What the receiver demands of a token.
#[derive(Clone, Copy, Debug)]
pub struct Checks<'a> {
    /// The only acceptable `iss`; `None` accepts any, for tokens that have no issuer (DPoP proofs).
    pub issuer: Option<&'a str>,
    /// `aud` must name one of these; `None` leaves `aud` to the caller.
    pub audience: Option<&'a [&'a str]>,
    /// The acceptable `typ`.
    pub typ: TypRule<'a>,
    /// Claims that must be present, by name.
    pub required: &'a [&'static str],
    /// Seconds since the epoch.
    pub now: i64,
    /// Seconds that a token is good for after its `exp`, because the clocks may differ.
    pub skew: i64,
    /// Seconds that the clock of whoever made the token may be ahead: `iat` and `nbf` may lie as far in the future. All of
    /// them, `i64::MAX`, where the times of its making decide nothing.
    pub ahead: i64,
}

/// Which `typ` a token may have (RFC 8725 §3.11).
#[derive(Clone, Copy, Debug)]
pub enum TypRule<'a> {
    /// Present and one of these.
    Required(&'a [&'a str]),
    /// One of these when it is present.
    Optional(&'a [&'a str]),
}

/// Claims that passed. Times are whole seconds, rounded towards the shorter life.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CheckedClaims {
    pub issuer: Option<String>,
    pub subject: Option<String>,
    pub audience: Vec<String>,
    pub expires_at: Option<i64>,
    pub not_before: Option<i64>,
    pub issued_at: Option<i64>,
    pub jwt_id: Option<String>,
    /// Every claim, the registered ones included.
    pub all: Map<String, Value>,
}

impl Checks<'_> {
    /// The claims of `token`, or [`Error::Claim`] with the name of the first that is not acceptable.
    pub fn check(&self, token: Verified) -> Result<CheckedClaims, Error> {
        self.check_typ(&token)?;
        let claims = read(token.payload)?;
        if let Some(missing) = self.required.iter().find(|name| !claims.all.contains_key(**name)) {
            return Err(Error::Claim(missing));
        }
        if self.issuer.is_some() && claims.issuer.as_deref() != self.issuer {
            return Err(Error::Claim("iss"));
        }
        if let Some(accepted) = self.audience
            && !claims.audience.iter().any(|named| accepted.contains(&named.as_str()))
        {
            return Err(Error::Claim("aud"));
        }
        self.check_times(&claims)?;
        Ok(claims)
    }

    fn check_typ(&self, token: &Verified) -> Result<(), Error> {
        let (names, absent_is_fine) = match self.typ {
            TypRule::Required(names) => (names, false),
            TypRule::Optional(names) => (names, true),
        };
        let accepted = names.iter().any(|name| token.is_typ(name)) || (absent_is_fine && token.typ.is_none());
        if accepted { Ok(()) } else { Err(Error::Claim("typ")) }
    }

    fn check_times(&self, claims: &CheckedClaims) -> Result<(), Error> {
        // RFC 7519 §4.1.4: not accepted on or after `exp`.
        if claims.expires_at.is_some_and(|exp| self.now >= exp.saturating_add(self.skew)) {
            return Err(Error::Claim("exp"));
        }
        let latest = self.now.saturating_add(self.ahead);
        if claims.not_before.is_some_and(|nbf| nbf > latest) {
            return Err(Error::Claim("nbf"));
        }
        if claims.issued_at.is_some_and(|iat| iat > latest) {
            return Err(Error::Claim("iat"));
        }
        Ok(())
    }
}

fn read(all: Map<String, Value>) -> Result<CheckedClaims, Error> {
    Ok(CheckedClaims {
        issuer: text(&all, "iss")?,
        subject: text(&all, "sub")?,
        audience: audience(&all)?,
        expires_at: numeric_date(&all, "exp", f64::floor)?,
        not_before: numeric_date(&all, "nbf", f64::ceil)?,
        issued_at: numeric_date(&all, "iat", f64::ceil)?,
        jwt_id: text(&all, "jti")?,
        all,
    })
}

fn text(claims: &Map<String, Value>, name: &'static str) -> Result<Option<String>, Error> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Error::Claim(name)),
    }
}

/// RFC 7519 §4.1.3: one string, or an array of strings.
fn audience(claims: &Map<String, Value>) -> Result<Vec<String>, Error> {
    let wrong = Error::Claim("aud");
    match claims.get("aud") {
        None => Ok(Vec::new()),
        Some(Value::String(one)) => Ok(vec![one.clone()]),
        Some(Value::Array(several)) => several.iter().map(|one| one.as_str().map(str::to_owned).ok_or(wrong)).collect(),
        Some(_) => Err(wrong),
    }
}

/// RFC 7519 §2, NumericDate: seconds, possibly with decimals. One that no JSON parser need read exactly (RFC 8259 §6) is none:
/// a token that lives for ever was never meant, and adding the skew cannot overflow.
fn numeric_date(claims: &Map<String, Value>, name: &'static str, round: fn(f64) -> f64) -> Result<Option<i64>, Error> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = match (value.as_i64(), value.as_f64()) {
        (Some(whole), _) => whole,
        // The conversion saturates, beyond what is taken.
        (None, Some(decimal)) => round(decimal) as i64,
        (None, None) => return Err(Error::Claim(name)),
    };
    if (-MAX_SECONDS..=MAX_SECONDS).contains(&seconds) { Ok(Some(seconds)) } else { Err(Error::Claim(name)) }
}

/// 2^53 − 1, the largest integer every JSON parser agrees on (RFC 8259 §6).
const MAX_SECONDS: i64 = (1 << 53) - 1;
