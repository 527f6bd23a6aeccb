//! Decides on the exchange of an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.6, RFC 9700 §4.5 and §4.8).
//!
//! What another client sends changes nothing (AC-04, AC-05); what the right one sends twice revokes what the code gave.

use super::issue::{Grounds, Line, hold, issue, narrow};
use super::{CodeRequest, Decision, Denial, Terms, active, admitted};
use crate::change::{Change, Code};
use crate::client_auth::AuthenticatedClient;
use crate::ctx::Ctx;
use crate::model::{Session, Standing, User};
use crate::refusal::Reason;
use crate::time::{LEEWAY, Time};
use crate::uri::{Leeway, match_redirect};

/// What the exchange reads of the store.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub code: Option<Code>,
    pub user: Option<User>,
    pub session: Option<Session>,
    /// Whether the application is still for the user.
    pub standing: Standing,
}

/// Decides with the facts as they were read; the guard of [`Change::ConsumeCode`] holds them to it at the commit.
///
/// # Errors
/// `invalid_grant` for everything that is wrong with the code, its redirect URI, verifier, user or session, all with one
/// public sentence; `invalid_target` and `invalid_scope` for what the token would reach.
pub fn decide(
    ctx: &Ctx<'_>,
    client: &AuthenticatedClient,
    request: &CodeRequest,
    facts: &Facts,
    terms: &Terms<'_>,
) -> Result<Decision, Denial> {
    let code = own(client, facts.code.as_ref())?;
    decide_own(ctx, client, request, facts, code, terms).map_err(|denial| denial.of(code.authorization.user))
}

fn decide_own(
    ctx: &Ctx<'_>,
    client: &AuthenticatedClient,
    request: &CodeRequest,
    facts: &Facts,
    code: &Code,
    terms: &Terms<'_>,
) -> Result<Decision, Denial> {
    hold(client, &code.authorization.confirmation)?;
    live(ctx, client, request, code)?;
    redirect(client, request, code, terms.developer)?;
    // D8: after client authentication one wrong verifier is the last (PK-10).
    prove(client, request, code).map_err(|denial| denial.changing(consume(ctx, code)))?;
    let user = person(ctx, facts, code, terms.developer)?;
    admitted(client.client(), user, &facts.standing)?;
    not_ended(code)?;
    let reach =
        narrow(client.client(), &code.authorization, (None, request.details.as_ref()), &request.resource, terms)?;
    let grounds = Grounds {
        authorization: &code.authorization,
        user,
        reach,
        nonce: code.nonce.clone(),
        line: Line::Begins(code.family),
        changes: vec![consume(ctx, code)],
    };
    issue(ctx, client, grounds, terms)
}

fn own<'a>(client: &AuthenticatedClient, code: Option<&'a Code>) -> Result<&'a Code, Denial> {
    let code = code.ok_or_else(|| Denial::new(Reason::CodeUnknown, "a code of this environment", "another string"))?;
    if code.authorization.application == client.client().application.id {
        return Ok(code);
    }
    let came = format!("a code of application {}", code.authorization.application);
    Err(Denial::new(Reason::CodeOfOtherClient, "a code of the application", came))
}

/// Single use and short life (RFC 6749 §4.1.2).
fn live(ctx: &Ctx<'_>, client: &AuthenticatedClient, request: &CodeRequest, code: &Code) -> Result<(), Denial> {
    if let Some(used) = code.consumed_at {
        let came = format!("a code that was used {} s before", ctx.now.since(used));
        let denial = Denial::new(Reason::CodeConsumed, "a code not used before", came);
        // D7: only whoever could have exchanged it revokes what it gave; who merely saw the code must not end a session.
        let proven = client.is_confidential() || verifier_matches(request, code) == Some(true);
        let revoke = |family| Change::RevokeFamily { environment: code.environment, family, at: ctx.now };
        let given = [Some(code.family), code.beside].into_iter().flatten().filter(|_| proven);
        return Err(given.map(revoke).fold(denial, Denial::changing));
    }
    if !code.is_ended() && ctx.now >= code.expires_at {
        let came = format!("a code that expired {} s before", ctx.now.since(code.expires_at));
        return Err(Denial::new(Reason::CodeExpired, "a live code", came));
    }
    Ok(())
}

/// RFC 6749 §4.1.3: identical when the authorization request had one, octet by octet.
fn redirect(client: &AuthenticatedClient, request: &CodeRequest, code: &Code, developer: bool) -> Result<(), Denial> {
    let authorized = code.redirect_uri.as_deref();
    let fits = match (request.redirect_uri.as_deref(), code.redirect_uri_sent) {
        (None, sent) => !sent,
        (Some(repeated), true) => authorized == Some(repeated),
        // It was left out before: then it may only name what is registered anyway (AC-09).
        (Some(named), false) => {
            let leeway = Leeway { any_port: developer, ..Leeway::default() };
            let registered = || match_redirect(&client.client().application.redirect_uris, named, leeway).is_some();
            authorized.map_or_else(registered, |authorized| authorized == named)
        }
    };
    if fits {
        return Ok(());
    }
    let came = if request.redirect_uri.is_some() { "another redirect_uri" } else { "no redirect_uri" };
    Err(Denial::new(Reason::RedirectUriMismatch, "the redirect_uri of the authorization request", came))
}

/// RFC 7636 §4.6; RFC 9700 §4.8.2: a verifier without a challenge is an injected code.
fn prove(client: &AuthenticatedClient, request: &CodeRequest, code: &Code) -> Result<(), Denial> {
    match (&code.challenge, &request.verifier) {
        (Some(_), None) => Err(Denial::new(Reason::VerifierMissing, "code_verifier", "none")),
        (Some(_), Some(_)) if verifier_matches(request, code) == Some(true) => Ok(()),
        (Some(challenge), Some(_)) => {
            let expected = format!("the verifier of the {} challenge", challenge.method().name());
            Err(Denial::new(Reason::VerifierInvalid, &expected, "another code_verifier"))
        }
        (None, Some(_)) => Err(Denial::new(
            Reason::VerifierUnexpected,
            "no code_verifier: the request had no challenge",
            "a code_verifier",
        )),
        // RFC 9700 §2.1.1: a public client is nobody without PKCE, whatever was allowed when the code was issued.
        (None, None) if !client.is_confidential() => {
            Err(Denial::new(Reason::VerifierMissing, "a public client's code_challenge", "a code without one"))
        }
        (None, None) => Ok(()),
    }
}

fn verifier_matches(request: &CodeRequest, code: &Code) -> Option<bool> {
    let challenge = code.challenge.as_ref()?;
    Some(challenge.verify(request.verifier.as_ref()?.expose()))
}

fn person<'a>(ctx: &Ctx<'_>, facts: &'a Facts, code: &Code, developer: bool) -> Result<&'a User, Denial> {
    let user = active(facts.user.as_ref(), facts.session.as_ref())?;
    // Whatever changes a password ends the codes of before in the same commit. This is the second wall, and another process may
    // have written either time: a code that a changed password gave may be the older one by its clock. On a
    // developer's server a time that no clock shows yet says nothing: the clock was put back since.
    let put_back = |at: Time| developer && at > ctx.now.plus(LEEWAY);
    let changed_after = |at: Time| at > code.issued_at.plus(LEEWAY) && !put_back(at);
    if user.password.as_ref().is_some_and(|password| changed_after(password.changed_at)) {
        let came = "a password changed after the code was issued";
        return Err(Denial::new(Reason::SubjectInactive, "the sign-on that gave the code", came).of(user.id));
    }
    Ok(user)
}

fn not_ended(code: &Code) -> Result<(), Denial> {
    if code.is_ended() {
        let came = "a code whose consent was withdrawn, or whose sign-on was ended";
        return Err(Denial::new(Reason::SubjectInactive, "a code that nobody ended", came));
    }
    Ok(())
}

fn consume(ctx: &Ctx<'_>, code: &Code) -> Change {
    Change::ConsumeCode { environment: code.environment, code: code.hash, at: ctx.now }
}
