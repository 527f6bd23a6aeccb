//! Tokens that a developer's server makes for a test (ADR 0062): as the profile writes them, or with claims set over, or with one thing
//! wrong. No other server comes here.

use jose::digest::{self, HmacKey};
use jose::{SigningKey, Typ, b64};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::mint::{claims, record, typ};
use super::{Access, Beside, IdToken, Json, Stamp, id_token};
use crate::change::{AccessToken, Change};
use crate::ctx::Ctx;
use crate::id::EnvironmentId;
use crate::model::TokenFormat;
use crate::secret::{Artefact, Secret, TokenHash};
use crate::time::Time;

/// What is wrong with a token, and nothing else is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It was good an hour ago and before: all its times are moved back.
    Expired,
    /// It is good in an hour.
    NotYetValid,
    Issuer,
    Audience,
    /// Of the right form and length.
    Signature,
    /// RFC 7519 §6: unsecured.
    AlgNone,
    /// The right key signed it, and its name is nobody's.
    UnknownKid,
    /// RFC 8725 §3.11: the type of another kind of token.
    Typ,
}

impl Wrong {
    /// With the names by which they are asked for.
    pub const ALL: [(&'static str, Self); 8] = [
        ("expired", Self::Expired),
        ("notYetValid", Self::NotYetValid),
        ("issuer", Self::Issuer),
        ("audience", Self::Audience),
        ("signature", Self::Signature),
        ("algNone", Self::AlgNone),
        ("unknownKid", Self::UnknownKid),
        ("typ", Self::Typ),
    ];

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find_map(|(known, wrong)| (known == name).then_some(wrong))
    }

    /// Whether it is said by a claim: the rest stands in the header, or is the signature.
    fn is_said(self) -> bool {
        matches!(self, Self::Expired | Self::NotYetValid | Self::Issuer | Self::Audience)
    }
}

/// In what a token is to differ from the one that the profile writes.
#[derive(Clone, Debug, Default)]
pub struct Altered {
    /// Claims set over those of the profile.
    pub set: Map<String, Value>,
    /// Claims taken away, after that.
    pub removed: Vec<String>,
    /// After both.
    pub wrong: Option<Wrong>,
}

/// A token, and what it says. A refresh token says nothing, an opaque one has no header.
#[derive(Debug)]
pub struct Struck {
    pub text: Secret,
    /// JSON objects.
    pub header: Option<String>,
    pub claims: Option<String>,
}

/// Makes an access token, and its record where it has one: where it is opaque, or `of_user`.
///
/// # Errors
/// When the cryptographic library cannot sign.
pub fn strike_access(
    ctx: &Ctx<'_>,
    (plan, of_user): (&Access, bool),
    stamp: &Stamp<'_>,
    key: &SigningKey,
    altered: &Altered,
) -> Result<(Struck, Option<Change>), jose::Error> {
    let said = Said::of(claims(ctx, plan, stamp), altered, ctx.now);
    let ends = said.expires_at;
    let recorded = |hash, claims| {
        let row = record(ctx, plan, stamp, hash, claims);
        // Whoever is no user gave nothing that it could be revoked with.
        let family = row.family.filter(|_| of_user);
        Change::RecordAccessToken(AccessToken { family, expires_at: ends.unwrap_or(row.expires_at), ..row })
    };
    if stamp.client.application.token_format == TokenFormat::Opaque {
        // As long as those of the token endpoint.
        let text = ctx.token::<96>();
        let hash = TokenHash::of(Artefact::AccessToken, text.expose());
        let record = recorded(hash, Some(said.text.clone()));
        return Ok((Struck { text, header: None, claims: Some(said.text) }, Some(record)));
    }
    let hash = || match &said.jwt_id {
        Some(jwt_id) => TokenHash::of(Artefact::AccessToken, jwt_id),
        None => TokenHash::of(Artefact::AccessToken, &plan.jti.to_string()),
    };
    let record = of_user.then(|| recorded(hash(), None));
    Ok((signed(ctx, key, typ(stamp.environment), said.text, altered.wrong)?, record))
}

/// Makes an ID token as the authorization endpoint gives one alone: nothing beside it is tied to it.
///
/// # Errors
/// When the cryptographic library cannot sign.
pub fn strike_id_token(
    ctx: &Ctx<'_>,
    plan: &IdToken,
    stamp: &Stamp<'_>,
    key: &SigningKey,
    altered: &Altered,
) -> Result<Struck, jose::Error> {
    let alone = Beside::Response { access_token: None, code: None, state: None };
    let said = Said::of(id_token::claims(ctx, plan, alone, stamp, key.alg()), altered, ctx.now);
    signed(ctx, key, None, said.text, altered.wrong)
}

/// The `jti` of an access token that is on nobody's record: it tells this server by itself that it is one. The first half is random.
pub fn access_jti(key: &HmacKey, environment: EnvironmentId, random: Uuid) -> Uuid {
    let (first, _) = random.as_bytes().split_at(8);
    let tag = digest::hmac_sha256(key, format!("minted:{environment}:{}", b64::encode(first)).as_bytes());
    let mut octets = [0; 16];
    octets[..8].copy_from_slice(first);
    octets[8..].copy_from_slice(&tag[..8]);
    // The version stands in the first half: whoever makes one anew of it finds the same.
    uuid::Builder::from_random_bytes(octets).into_uuid()
}

/// Whether a token with these claims was made so.
pub fn is_minted(key: &HmacKey, environment: EnvironmentId, claims: &Map<String, Value>) -> bool {
    let jti = claims.get("jti").and_then(Value::as_str).and_then(crate::id::canonical);
    jti.is_some_and(|jti| access_jti(key, environment, jti) == jti)
}

/// Claims as text, and what of them decides about a record where it is another than the plan's.
struct Said {
    text: String,
    jwt_id: Option<String>,
    expires_at: Option<Time>,
}

impl Said {
    fn of(text: String, altered: &Altered, now: Time) -> Self {
        let Altered { set, removed, wrong } = altered;
        let said = wrong.filter(|wrong| wrong.is_said());
        if set.is_empty() && removed.is_empty() && said.is_none() {
            return Self { text, jwt_id: None, expires_at: None };
        }
        let mut all: Map<String, Value> = serde_json::from_str(&text).unwrap_or_default();
        all.extend(set.clone());
        for name in removed {
            all.remove(name);
        }
        if let Some(wrong) = said {
            spoil(&mut all, wrong, now.secs());
        }
        Self {
            jwt_id: all.get("jti").and_then(Value::as_str).map(str::to_owned),
            expires_at: date(&all, "exp"),
            text: Value::Object(all).to_string(),
        }
    }
}

/// The time that a claim says, to the second before it where it says one between two (RFC 7519 §2, NumericDate).
pub fn date(claims: &Map<String, Value>, name: &str) -> Option<Time> {
    let said = claims.get(name)?;
    let floor = || said.as_f64().map(|seconds| seconds.floor() as i64);
    said.as_i64().or_else(floor).map(Time::from_secs)
}

fn spoil(claims: &mut Map<String, Value>, wrong: Wrong, now: i64) {
    let number = |claims: &Map<String, Value>, name: &str| claims.get(name).and_then(Value::as_i64);
    match wrong {
        Wrong::Expired => {
            let back = number(claims, "exp").unwrap_or(now).saturating_sub(now.saturating_sub(AWAY));
            claims.entry("exp").or_insert_with(|| now.into());
            for name in ["auth_time", "iat", "nbf", "exp"] {
                if let Some(time) = number(claims, name) {
                    claims.insert(name.to_owned(), time.saturating_sub(back).into());
                }
            }
        }
        Wrong::NotYetValid => {
            claims.insert("nbf".to_owned(), now.saturating_add(AWAY).into());
            if let Some(exp) = number(claims, "exp") {
                claims.insert("exp".to_owned(), exp.saturating_add(AWAY).into());
            }
        }
        Wrong::Issuer => {
            claims.insert("iss".to_owned(), OTHER_ISSUER.into());
        }
        Wrong::Audience => {
            let many = claims.get("aud").is_some_and(Value::is_array);
            let other = if many { Value::from(vec![OTHER_AUDIENCE]) } else { OTHER_AUDIENCE.into() };
            claims.insert("aud".to_owned(), other);
        }
        Wrong::Signature | Wrong::AlgNone | Wrong::UnknownKid | Wrong::Typ => {}
    }
}

fn signed(
    ctx: &Ctx<'_>,
    key: &SigningKey,
    typ: Option<Typ>,
    claims: String,
    wrong: Option<Wrong>,
) -> Result<Struck, jose::Error> {
    let kid = if wrong == Some(Wrong::UnknownKid) { ctx.uuid().to_string() } else { key.kid().to_owned() };
    let alg = if wrong == Some(Wrong::AlgNone) { "none" } else { key.alg().name() };
    let typ = if wrong == Some(Wrong::Typ) { Some(Typ::LogoutJwt) } else { typ };
    let header = Json::object().text("kid", &kid).text("alg", alg).text_if("typ", typ.map(Typ::name)).finish();
    let text = match wrong {
        Some(Wrong::AlgNone) => format!("{}.{}.", b64::encode(header.as_bytes()), b64::encode(claims.as_bytes())),
        Some(Wrong::Signature) => broken(&key.sign_under(header.as_bytes(), claims.as_bytes())?),
        _ => key.sign_under(header.as_bytes(), claims.as_bytes())?,
    };
    Ok(Struck { text: Secret::new(text), header: Some(header), claims: Some(claims) })
}

/// The token with one bit of its signature turned: in the middle, where no algorithm has a form that it must keep to.
fn broken(token: &str) -> String {
    let (message, signature) = token.rsplit_once('.').unwrap_or((token, ""));
    let mut octets = b64::decode(signature).unwrap_or_default();
    let middle = octets.len() / 2;
    if let Some(octet) = octets.get_mut(middle.saturating_sub(1)) {
        *octet ^= 1;
    }
    format!("{message}.{}", b64::encode(&octets))
}

/// Seconds: more than any verifier allows clocks to differ.
pub const AWAY: i64 = 3600;
const OTHER_ISSUER: &str = "https://other-issuer.example";
const OTHER_AUDIENCE: &str = "https://other-audience.example";
