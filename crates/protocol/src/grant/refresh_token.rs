//! Decides on the use of a refresh token: rotation, reuse, grace, narrowing (RFC 6749 §6, RFC 9700 §4.14.2, D5, D6).
//!
//! Of parallel uses one wins the guard of [`Change::SupersedeRefreshToken`]; the others read again and find a reuse.

use jose::seal::SealKey;

use super::issue::{self, Grounds, Place, hold, issue, narrow, same_instance};
use super::{Decision, Denial, RefreshRequest, Terms, active, admitted};
use crate::change::{Change, Family, RefreshToken};
use crate::client_auth::AuthenticatedClient;
use crate::ctx::Ctx;
use crate::model::{Session, Standing, User};
use crate::policy::{self, GRACE_REPLAYS, RefreshPolicy};
use crate::refusal::Reason;
use crate::sealed;
use crate::secret::Secret;

/// What the refresh reads of the store.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub token: Option<RefreshToken>,
    pub family: Option<Family>,
    pub user: Option<User>,
    pub session: Option<Session>,
    /// Whether the application is still for the user.
    pub standing: Standing,
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
    let demands = policy::demands(terms.environment, &client.client().application);
    let policy = RefreshPolicy::of(client.client(), demands);
    let decided = decide_own(ctx, client, request, facts, terms, Line { token, family, policy, seal });
    decided.map_err(|denial| denial.of(family.authorization.user))
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
    if family.authorization.application == client.client().application.id {
        return Ok((token, family));
    }
    let came = format!("a refresh token of application {}", family.authorization.application);
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
    hold(client, &family.authorization.confirmation)?;
    same_instance(client, &family.authorization)?;
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
    // Back-Channel Logout §2.7: what was given for offline access outlives the sign-off.
    let session = facts.session.as_ref().filter(|_| !family.authorization.is_offline());
    let user = active(facts.user.as_ref(), session)?;
    admitted(client.client(), user, &facts.standing)?;
    // Reread at each use: a scope taken from the application stops here (RT-10).
    let asked = (request.scope.as_ref(), request.details.as_ref());
    let reach = narrow(client.client(), &family.authorization, asked, &request.resource, terms)?;
    let (text, changes) = match replayed {
        Some(successor) => {
            let was = family.grace_replays;
            let count = Change::CountGraceReplay { environment: family.environment, family: family.id, was };
            (successor.text.clone(), vec![count])
        }
        None if policy.rotate => rotate(ctx, line),
        None => {
            // Nothing of the line is written, so nothing else would notice that it was revoked since it was read.
            let lives = Change::UseFamily { environment: family.environment, family: family.id };
            (request.refresh_token.clone(), vec![lives])
        }
    };
    let grounds = Grounds {
        authorization: &family.authorization,
        user,
        reach,
        // OIDC Core §12.2: SHOULD NOT have a nonce.
        nonce: None,
        line: issue::Line::GoesOn(family.id, text),
        changes,
    };
    issue(ctx, client, grounds, terms)
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

fn rotate(ctx: &Ctx<'_>, line: Line<'_>) -> (Secret, Vec<Change>) {
    let Line { token, family, policy, seal } = line;
    let text = issue::refresh_text(ctx);
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
    let place = Place { family: family.id, generation: token.generation + 1, policy, ends: family.expires_at };
    let next = issue::refresh_token(ctx, token.environment, &text, place);
    (text, vec![supersede, next])
}

/// Binds a sealed successor to its place.
fn context(token: &RefreshToken) -> Vec<u8> {
    let RefreshToken { environment, hash, family, generation, .. } = *token;
    sealed::Place::Successor { environment, token: hash, family, generation }.context()
}
