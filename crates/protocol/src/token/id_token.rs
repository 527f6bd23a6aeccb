//! The claims of an ID token (OIDC Core §2, §3.1.3.6, §12.2).

use jose::{Alg, digest};

use super::mint::{Stamp, about, of_environment};
use super::{Beside, IdToken, Json, person};
use crate::ctx::Ctx;
use crate::model::TokenProfile;
use crate::policy;
use crate::scope::Scope;
use crate::secret::Secret;

pub(super) fn claims(ctx: &Ctx<'_>, plan: &IdToken, beside: Beside<'_>, stamp: &Stamp<'_>, alg: Alg) -> String {
    match policy::token_profile(stamp.environment) {
        TokenProfile::PingOne | TokenProfile::Rfc9068 => full(ctx, plan, beside, stamp, alg),
        TokenProfile::Spring => spring(ctx, plan, beside, stamp, alg),
    }
    .finish()
}

fn full(ctx: &Ctx<'_>, plan: &IdToken, beside: Beside<'_>, stamp: &Stamp<'_>, alg: Alg) -> Json {
    let IdToken { subject, nonce, .. } = plan;
    let now = ctx.now.secs();
    let claims = Json::object()
        .text("iss", stamp.issuer)
        .text("sub", &subject.sub)
        .text("aud", &stamp.client.application.client_id)
        .text("jti", &plan.jti.to_string())
        .number("iat", now)
        .number("exp", now + plan.lifetime);
    let claims = about(claims, subject).text_if("nonce", nonce.as_deref());
    let (claims, has_at_hash) = tied(claims, beside, alg);
    // What tells an ID token from others (RFC 8725 §3.12) is a hash of the access token, or else to whom it was given.
    let claims = if has_at_hash { claims } else { claims.text("azp", &stamp.client.application.client_id) };
    // RFC 9068's environments have nothing of PingOne's in them: these two are no claims of OpenID Connect.
    let claims = match policy::token_profile(stamp.environment) {
        TokenProfile::PingOne => of_environment(claims, stamp),
        TokenProfile::Rfc9068 | TokenProfile::Spring => claims,
    };
    let asked = (&plan.scope, subject.authorization.claims.id_token.as_slice());
    person::about(claims, &subject.user, asked, &plan.mapped)
}

/// Ties what comes beside the ID token to it, and says whether an access token was. Nobody has said what the hash is with ML-DSA: at
/// the token endpoint it is left out then, and the authorization endpoint gives no such answer ([`crate::authorize::answerable`]).
fn tied(claims: Json, beside: Beside<'_>, alg: Alg) -> (Json, bool) {
    let hash = |text: Option<&str>| digest::half_hash(alg, text?.as_bytes());
    match beside {
        Beside::Exchange(access_token) => {
            let at_hash = hash(Some(access_token.expose()));
            (claims.text_if("at_hash", at_hash.as_deref()), at_hash.is_some())
        }
        Beside::Response { access_token, code, state } => {
            let at_hash = hash(access_token.map(Secret::expose));
            let claims = claims
                .text_if("at_hash", at_hash.as_deref())
                .text_if("c_hash", hash(code.map(Secret::expose)).as_deref())
                // FAPI 1.0 Advanced §5.1.1: a detached signature of the response.
                .text_if("s_hash", hash(state).as_deref());
            (claims, at_hash.is_some())
        }
    }
}

/// In Spring Authorization Server's order: no `at_hash` from the token endpoint, and of the person only what was asked for
/// claim by claim.
fn spring(ctx: &Ctx<'_>, plan: &IdToken, beside: Beside<'_>, stamp: &Stamp<'_>, alg: Alg) -> Json {
    let client_id = &stamp.client.application.client_id;
    let authorization = &plan.subject.authorization;
    let now = ctx.now.secs();
    let claims = Json::object()
        .text("sub", &plan.subject.sub)
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
    let (claims, scope) = match beside {
        Beside::Exchange(_) => (claims, &Scope::default()),
        // OIDC Core §5.4: without an access token there is no userinfo to ask.
        Beside::Response { access_token: None, code: None, .. } => (tied(claims, beside, alg).0, &plan.scope),
        Beside::Response { .. } => (tied(claims, beside, alg).0, &Scope::default()),
    };
    person::about(claims, &plan.subject.user, (scope, authorization.claims.id_token.as_slice()), &plan.mapped)
}
