//! Decides on the use of a refresh token: rotation, reuse, grace, narrowing (RFC 6749 §6, RFC 9700 §4.14.2, D5, D6).
//!
//! Of parallel uses one wins the guard of [`Change::SupersedeRefreshToken`]; the others read again and find a reuse.

use jose::seal::SealKey;

use super::authorization_code::narrowed;
use super::{Decision, Denial, RefreshRequest, Terms, active};
use crate::change::{Change, Family, RefreshToken};
use crate::client_auth::AuthenticatedClient;
use crate::ctx::Ctx;
use crate::model::{Session, User};
use crate::policy::{self, GRACE_REPLAYS, RefreshPolicy};
use crate::refusal::Reason;
use crate::scope::{OFFLINE_ACCESS, Scope};
use crate::secret::{Artefact, Secret, TokenHash};
use crate::token::{Access, IdToken, RefreshTokenText, Subject};

/// What the refresh reads of the store.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub token: Option<RefreshToken>,
    pub family: Option<Family>,
    pub user: Option<User>,
    pub session: Option<Session>,
    /// Of a superseded token whose successor is still sealed beside it: the successor.
    pub successor: Option<Successor>,
}

/// The token that took the place of a superseded one.
#[derive(Clone, Debug)]
pub struct Successor {
    pub text: Secret,
    pub token: RefreshToken,
}

/// Decides with the facts as they were read. `seal` hides a successor that a grace period may ask for again.
///
/// # Errors
/// `invalid_grant` for everything that is wrong with the token, its user or session, with one public sentence;
/// `invalid_scope` for more than was granted; `invalid_target`.
pub fn decide(
    ctx: &Ctx<'_>,
    client: &AuthenticatedClient,
    request: &RefreshRequest,
    facts: &Facts,
    terms: &Terms<'_>,
    seal: &SealKey,
) -> Result<Decision, Denial> {
    let (token, family) = own(client, facts)?;
    let policy = RefreshPolicy::of(client.client());
    let decided = decide_own(ctx, client, request, facts, terms, Line { token, family, policy, seal });
    decided.map_err(|denial| denial.of(family.user))
}

/// Opens what [`decide`] sealed into a superseded token.
pub fn open_successor(token: &RefreshToken, seal: &SealKey) -> Option<Secret> {
    let opened = seal.open(&context(token), token.sealed_successor.as_deref()?)?;
    Some(Secret::new(str::from_utf8(&opened).ok()?.to_owned()))
}

#[derive(Clone, Copy)]
struct Line<'a> {
    token: &'a RefreshToken,
    family: &'a Family,
    policy: RefreshPolicy,
    seal: &'a SealKey,
}

fn own<'a>(client: &AuthenticatedClient, facts: &'a Facts) -> Result<(&'a RefreshToken, &'a Family), Denial> {
    let (Some(token), Some(family)) = (&facts.token, &facts.family) else {
        return Err(Denial::new(Reason::RefreshTokenUnknown, "a refresh token of this environment", "another string"));
    };
    if family.application == client.client().application.id {
        return Ok((token, family));
    }
    let came = format!("a refresh token of application {}", family.application);
    Err(Denial::new(Reason::RefreshTokenOfOtherClient, "a refresh token of the application", came))
}

fn decide_own(
    ctx: &Ctx<'_>,
    client: &AuthenticatedClient,
    request: &RefreshRequest,
    facts: &Facts,
    terms: &Terms<'_>,
    line: Line<'_>,
) -> Result<Decision, Denial> {
    let Line { token, family, policy, .. } = line;
    if family.revoked_at.is_some() {
        return Err(Denial::new(Reason::RefreshTokenExpired, "a live refresh token", "one whose line was revoked"));
    }
    let replayed = match token.superseded_at {
        Some(_) => Some(within_grace(ctx, facts, line).ok_or_else(|| reused(ctx, line))?),
        None => None,
    };
    if ctx.now >= token.expires_at.min(family.expires_at) {
        return Err(Denial::new(Reason::RefreshTokenExpired, "a live refresh token", "one that has expired"));
    }
    let user = active(facts.user.as_ref(), facts.session.as_ref(), ctx.now)?;
    let scope = narrowed_scope(request.scope.as_ref(), &family.scope)?;
    let resource = narrowed(&request.resource, &family.resource)?;
    let Terms { environment, scopes, api, .. } = *terms;
    // Reread at each use: a scope taken from the application stops here (RT-10).
    let reach = policy::reach(&scope, resource, client.client(), environment, scopes, api)?;

    let (text, changes) = match replayed {
        Some(successor) => {
            let was = family.grace_replays;
            let count = Change::CountGraceReplay { environment: family.environment, family: family.id, was };
            (successor.text.clone(), vec![count])
        }
        None if policy.rotate => rotate(ctx, line),
        None => (request.refresh_token.clone(), Vec::new()),
    };
    let subject = subject(user, family);
    let id_token = reach.scope.contains("openid").then(|| IdToken {
        jti: ctx.uuid(),
        subject: subject.clone(),
        profile: Box::new(user.clone()),
        scope: reach.scope.clone(),
        // OIDC Core §12.2: SHOULD NOT have a nonce.
        nonce: None,
        lifetime: policy::id_token_seconds(environment),
    });
    let access = Access { jti: ctx.uuid(), reach, subject: Some(subject) };
    Ok(Decision { access, id_token, refresh_token: Some(RefreshTokenText(text)), changes, user: Some(user.id) })
}

/// D6: the immediately preceding token, within its seconds, once in the family's life, brings the same successor.
fn within_grace<'a>(ctx: &Ctx<'_>, facts: &'a Facts, line: Line<'_>) -> Option<&'a Successor> {
    let superseded = line.token.superseded_at?;
    let successor = facts.successor.as_ref()?;
    let in_time = ctx.now < superseded.plus(line.policy.grace);
    let is_preceding =
        successor.token.superseded_at.is_none() && successor.token.generation == line.token.generation + 1;
    (in_time && is_preceding && line.family.grace_replays < GRACE_REPLAYS).then_some(successor)
}

/// RFC 9700 §4.14.2: two parties hold the line, and nobody can tell which is the thief.
fn reused(ctx: &Ctx<'_>, line: Line<'_>) -> Denial {
    let came = format!("generation {}, which was replaced", line.token.generation);
    let denial = Denial::new(Reason::RefreshTokenReused, "the newest refresh token of its line", came);
    if !line.policy.revoke_on_reuse {
        return denial;
    }
    let (environment, family) = (line.family.environment, line.family.id);
    denial.changing(Change::RevokeFamily { environment, family, at: ctx.now })
}

/// RFC 6749 §6: omitted means the same as granted; more than that is refused (RT-08).
fn narrowed_scope(asked: Option<&Scope>, granted: &Scope) -> Result<Scope, Denial> {
    let Some(asked) = asked else { return Ok(granted.clone()) };
    // OIDC Core §11: the authorization request ignored an offline_access that it could not give; clients repeat here
    // what they asked for there, and the refresh token that they hold is all that it would have given.
    let meant = if granted.contains(OFFLINE_ACCESS) { asked.clone() } else { asked.without(OFFLINE_ACCESS) };
    if !meant.is_empty() && meant.subset_of(granted) {
        Ok(meant)
    } else {
        Err(Denial::new(Reason::ScopeWider, &granted.to_string(), "a scope outside of it"))
    }
}

fn rotate(ctx: &Ctx<'_>, line: Line<'_>) -> (Secret, Vec<Change>) {
    let Line { token, family, policy, seal } = line;
    let text = ctx.token::<96>();
    let sealed_successor = (policy.grace > 0).then(|| {
        let mut nonce = [0; 12];
        ctx.entropy.fill(&mut nonce);
        seal.seal(nonce, &context(token), text.expose().as_bytes())
    });
    let supersede = Change::SupersedeRefreshToken {
        environment: token.environment,
        token: token.hash,
        at: ctx.now,
        sealed_successor,
    };
    let issue = Change::IssueRefreshToken(RefreshToken {
        environment: token.environment,
        hash: TokenHash::of(Artefact::RefreshToken, text.expose()),
        family: family.id,
        // Order is counted, never timed: two uses may fall into one microsecond (RT-03).
        generation: token.generation + 1,
        issued_at: ctx.now,
        expires_at: policy.expiry(ctx.now, family.expires_at),
        superseded_at: None,
        sealed_successor: None,
    });
    (text, vec![supersede, issue])
}

fn subject(user: &User, family: &Family) -> Subject {
    Subject {
        user: user.id,
        username: user.username.clone(),
        session: family.session,
        family: family.id,
        auth_time: family.auth_time,
        acr: family.acr.clone(),
        amr: family.amr.clone(),
    }
}

/// Binds a sealed successor to its place.
fn context(token: &RefreshToken) -> Vec<u8> {
    format!("refresh-token-successor:{}:{}:{}", token.environment, token.family, token.generation).into_bytes()
}
