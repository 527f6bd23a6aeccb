//! The claims of an ID token (OIDC Core §2, §3.1.3.6, §12.2).

use jose::{Alg, digest};

use super::mint::{Stamp, about, of_environment};
use super::{IdToken, Json, person};
use crate::ctx::Ctx;
use crate::model::TokenProfile;
use crate::policy;
use crate::scope::Scope;
use crate::secret::Secret;

pub(super) fn claims(ctx: &Ctx<'_>, plan: &IdToken, access_token: &Secret, stamp: &Stamp<'_>, alg: Alg) -> String {
    match policy::token_profile(stamp.environment) {
        TokenProfile::PingOne | TokenProfile::Rfc9068 => full(ctx, plan, access_token, stamp, alg),
        TokenProfile::Spring => spring(ctx, plan, stamp),
    }
    .finish()
}

fn full(ctx: &Ctx<'_>, plan: &IdToken, access_token: &Secret, stamp: &Stamp<'_>, alg: Alg) -> Json {
    let IdToken { subject, nonce, .. } = plan;
    let now = ctx.now.secs();
    let claims = Json::object()
        .text("iss", stamp.issuer)
        .text("sub", &subject.identifier(stamp.environment))
        .text("aud", &stamp.client.application.client_id)
        .text("jti", &plan.jti.to_string())
        .number("iat", now)
        .number("exp", now + plan.lifetime);
    let claims = about(claims, subject).text_if("nonce", nonce.as_deref());
    let claims = match digest::half_hash(alg, access_token.expose().as_bytes()) {
        // OIDC Core §3.1.3.6: ties the two tokens together.
        Some(hash) => claims.text("at_hash", &hash),
        // Optional from the token endpoint, and no specification says what it is with ML-DSA. What tells an ID token from others
        // (RFC 8725 §3.12) is then to whom it was given.
        None => claims.text("azp", &stamp.client.application.client_id),
    };
    // RFC 9068's environments have nothing of PingOne's in them: these two are no claims of OpenID Connect.
    let claims = match policy::token_profile(stamp.environment) {
        TokenProfile::PingOne => of_environment(claims, stamp),
        TokenProfile::Rfc9068 | TokenProfile::Spring => claims,
    };
    person::about(claims, &plan.profile, &plan.scope, &subject.authorization.claims.id_token)
}

/// In Spring Authorization Server's order: no `at_hash`, and of the person only what was asked for claim by claim.
fn spring(ctx: &Ctx<'_>, plan: &IdToken, stamp: &Stamp<'_>) -> Json {
    let client_id = &stamp.client.application.client_id;
    let authorization = &plan.subject.authorization;
    let now = ctx.now.secs();
    let claims = Json::object()
        .text("sub", &plan.subject.identifier(stamp.environment))
        .text("aud", client_id)
        .text("azp", client_id)
        .number("auth_time", authorization.auth_time.secs())
        .text("iss", stamp.issuer)
        .number("exp", now + plan.lifetime)
        .number("iat", now)
        .text_if("nonce", plan.nonce.as_deref())
        .text("jti", &plan.jti.to_string())
        .text("sid", &authorization.session.to_string())
        // OIDC Core §5.5.1.1: whoever needs it is told.
        .text_if("acr", authorization.claims.acr.then_some(authorization.acr.as_str()));
    person::about(claims, &plan.profile, &Scope::default(), &authorization.claims.id_token)
}
