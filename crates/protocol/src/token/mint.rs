//! Makes an access token of its plan: a JWT of the environment's profile, or an opaque text with its claims on record.

use jose::{SigningKey, Typ};

use super::person::added;
use super::{Access, Beside, IdToken, Json, Subject, id_token};
use crate::authorization::Authorization;
use crate::change::{AccessToken, Change};
use crate::client::Client;
use crate::ctx::Ctx;
use crate::details::PARAMETER;
use crate::model::{Environment, TokenFormat, TokenProfile};
use crate::policy;
use crate::secret::{Artefact, Secret, TokenHash};

/// What stands on every token of one answer.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    pub issuer: &'a str,
    pub client: &'a Client,
    pub environment: &'a Environment,
}

/// A finished access token.
#[derive(Debug)]
pub struct Minted {
    pub text: Secret,
    /// Its record; None for an application's own JWT, which is recorded only when it is revoked.
    pub record: Option<Change>,
}

/// Makes the access token.
///
/// # Errors
/// When the cryptographic library cannot sign.
pub fn mint(ctx: &Ctx<'_>, access: &Access, stamp: &Stamp<'_>, key: &SigningKey) -> Result<Minted, jose::Error> {
    let claims = claims(ctx, access, stamp);
    if stamp.client.application.token_format == TokenFormat::Opaque {
        // As long as Spring's: 128 characters.
        let text = ctx.token::<96>();
        let hash = TokenHash::of(Artefact::AccessToken, text.expose());
        let record = record(ctx, access, stamp, hash, Some(claims));
        return Ok(Minted { text, record: Some(Change::RecordAccessToken(record)) });
    }
    let text = Secret::new(key.sign(typ(stamp.environment), claims.as_bytes())?);
    let hash = || TokenHash::of(Artefact::AccessToken, &access.jti.to_string());
    let record = access.subject.is_some().then(|| record(ctx, access, stamp, hash(), None));
    Ok(Minted { text, record: record.map(Change::RecordAccessToken) })
}

/// Of access tokens (RFC 9068 §2.1).
pub(super) fn typ(environment: &Environment) -> Option<Typ> {
    match policy::token_profile(environment) {
        TokenProfile::Rfc9068 => Some(Typ::AtJwt),
        TokenProfile::PingOne | TokenProfile::Spring => None,
    }
}

/// Signs the ID token of an answer.
///
/// # Errors
/// When the cryptographic library cannot sign.
pub fn sign_id_token(
    ctx: &Ctx<'_>,
    plan: &IdToken,
    beside: Beside<'_>,
    stamp: &Stamp<'_>,
    key: &SigningKey,
) -> Result<Secret, jose::Error> {
    let claims = id_token::claims(ctx, plan, beside, stamp, key.alg());
    Ok(Secret::new(key.sign(None, claims.as_bytes())?))
}

pub(super) fn record(
    ctx: &Ctx<'_>,
    access: &Access,
    stamp: &Stamp<'_>,
    hash: TokenHash,
    claims: Option<String>,
) -> AccessToken {
    AccessToken {
        environment: stamp.environment.id,
        hash,
        application: stamp.client.application.id,
        family: access.subject.as_ref().map(|s| s.family),
        claims,
        expires_at: ctx.now.plus(access.reach.lifetime),
        revoked_at: None,
    }
}

pub(super) fn claims(ctx: &Ctx<'_>, access: &Access, stamp: &Stamp<'_>) -> String {
    let claims = match policy::token_profile(stamp.environment) {
        TokenProfile::PingOne => pingone(ctx, access, stamp),
        TokenProfile::Rfc9068 => rfc9068(ctx, access, stamp),
        TokenProfile::Spring => spring(ctx, access, stamp),
    };
    added(claims, &access.mapped).finish()
}

/// Whom it speaks of: the first resource that it is for may name them otherwise.
fn named(access: &Access, subject: &Subject) -> String {
    access.mapped.sub.clone().unwrap_or_else(|| subject.authorization.user.to_string())
}

/// The contract §4: no `sub` without a user, audiences always a list.
fn pingone(ctx: &Ctx<'_>, access: &Access, stamp: &Stamp<'_>) -> Json {
    let jti = access.jti.to_string();
    let mut claims = Json::object().text("client_id", &stamp.client.application.client_id).text("iss", stamp.issuer);
    if let Some(subject) = &access.subject {
        claims = about(claims.text("sub", &named(access, subject)), subject);
        // The contract §4: who it is stays in the token where `sub` is remapped.
        if access.mapped.sub.is_some() {
            claims = claims.text("p1.userId", &subject.authorization.user.to_string());
        }
    }
    claims = times(claims.text("jti", &jti), ctx, access).texts("aud", audience(access));
    claims = detailed(scope(claims, access), access);
    confirmed(of_environment(claims, stamp).text("p1.rid", &jti), access)
}

/// RFC 9068 §2.2: `sub` is the client's own id where nobody signed on.
fn rfc9068(ctx: &Ctx<'_>, access: &Access, stamp: &Stamp<'_>) -> Json {
    let client_id = &stamp.client.application.client_id;
    let subject = access.subject.as_ref();
    let sub = subject.map_or_else(|| client_id.clone(), |subject| named(access, subject));
    let mut claims = Json::object().text("iss", stamp.issuer).text("sub", &sub).texts("aud", audience(access));
    claims = times(claims.text("client_id", client_id), ctx, access).text("jti", &access.jti.to_string());
    claims = detailed(scope(claims, access), access);
    if let Some(subject) = subject {
        claims = about(claims, subject);
    }
    confirmed(of_environment(claims, stamp), access)
}

/// Spring Authorization Server's, in its order; `sub` is a name and `aud` always the client.
fn spring(ctx: &Ctx<'_>, access: &Access, stamp: &Stamp<'_>) -> Json {
    let client_id = &stamp.client.application.client_id;
    let mapped = access.mapped.sub.as_ref();
    let sub = access.subject.as_ref().map_or(client_id, |subject| mapped.unwrap_or(&subject.user.username));
    let now = ctx.now.secs();
    let mut claims = Json::object().text("sub", sub).text("aud", client_id).number("nbf", now);
    if !access.reach.scope.is_empty() {
        claims = claims.texts("scope", access.reach.scope.iter());
    }
    claims = claims
        .text("iss", stamp.issuer)
        .number("exp", now + access.reach.lifetime)
        .number("iat", now)
        .text("jti", &access.jti.to_string());
    confirmed(detailed(claims, access), access)
}

/// RFC 9068 §2.2.1: of the sign-on itself, unchanged when refreshed.
pub(super) fn about(claims: Json, subject: &Subject) -> Json {
    // Every member by name: a new fact of an authorization is told in tokens, or here is why not. Issuer, client, subject,
    // scope, details, audience and key are claims of the token as a whole; what was asked of the person is for the ID token and userinfo. The instance is for
    // refresh tokens.
    let Authorization {
        session,
        auth_time,
        acr,
        amr,
        application: _,
        issuer: _,
        user: _,
        scope: _,
        resource: _,
        claims: _,
        details: _,
        confirmation: _,
        instance: _,
    } = &subject.authorization;
    claims
        .text("sid", &session.to_string())
        .text("acr", acr)
        .texts("amr", amr.iter().map(String::as_str))
        .number("auth_time", auth_time.secs())
}

fn times(claims: Json, ctx: &Ctx<'_>, access: &Access) -> Json {
    let now = ctx.now.secs();
    claims.number("iat", now).number("exp", now + access.reach.lifetime)
}

/// RFC 7800 §3.1, RFC 9449 §6.1.
fn confirmed(claims: Json, access: &Access) -> Json {
    match access.confirmation.claim() {
        Some(cnf) => claims.nested("cnf", cnf),
        None => claims,
    }
}

/// RFC 9396 §9.1.
fn detailed(claims: Json, access: &Access) -> Json {
    let details = &access.reach.details;
    if details.is_empty() { claims } else { claims.value(PARAMETER, &details.to_value()) }
}

fn scope(claims: Json, access: &Access) -> Json {
    if access.reach.scope.is_empty() { claims } else { claims.text("scope", &access.reach.scope.to_string()) }
}

fn audience(access: &Access) -> impl Iterator<Item = &str> {
    access.reach.audience.iter().map(String::as_str)
}

pub(super) fn of_environment(claims: Json, stamp: &Stamp<'_>) -> Json {
    let Environment { id, organization, .. } = stamp.environment;
    claims.text("env", &id.to_string()).text("org", &organization.to_string())
}
