//! Codes: I1, I3, I5, I14 and the end of a code by a wrong verifier.

use protocol::change::Code;

use super::{Done, Invariant, grant, is_theirs, served};
use crate::checker::Broken;
use crate::judge::Answer;
use crate::request::{Ask, Client, Kind, Read, Said, Word};
use crate::row::Row;

pub(super) fn check(done: &Done<'_>, word: Word) -> Result<(), Broken> {
    let Read::Code { code, user, .. } = &done.request.read else { return Ok(()) };
    let Some(code) = code else { return Ok(()) };
    let Answer::Tokens { scope, .. } = done.answer else { return refused(done, word, code) };
    Invariant::I14.unless(word.kind == Kind::Code, "what is no code was exchanged for tokens")?;
    Invariant::I1.unless(done.before.history.redeemed(word) == 0, "tokens for a code that gave some before")?;
    bound(done)?;
    let acts = user.as_ref().is_some_and(|user| user.may_act().is_ok());
    Invariant::I3.unless(acts, "tokens for a user who may not act")?;
    // Of a code that ended early the store has forgotten when it was made to end.
    let lived = code.issued_at.plus(protocol::policy::CODE_SECONDS);
    Invariant::I3.unless(done.request.now < lived, "tokens for a code that had expired")?;
    grant(done, code.authorization.session, &code.authorization.scope, scope)
}

/// What the request shows of the authorization request: its redirect_uri and the verifier of its challenge.
fn bound(done: &Done<'_>) -> Result<(), Broken> {
    let Ask::Exchange { redirect, .. } = done.request.ask else { return Ok(()) };
    Invariant::I3.unless(redirect == Said::Right, "tokens without the redirect_uri of the authorization request")?;
    Invariant::I3.unless(is_verified(done), "tokens without the proof of the browser that asked")
}

fn is_verified(done: &Done<'_>) -> bool {
    let Ask::Exchange { verifier, .. } = done.request.ask else { return false };
    verifier == if done.scenario.pkce { Said::Right } else { Said::Nothing }
}

fn refused(done: &Done<'_>, word: Word, code: &Row<Code>) -> Result<(), Broken> {
    let Ask::Exchange { by, redirect, .. } = done.request.ask else { return Ok(()) };
    if !is_theirs(done.request, by) {
        return Ok(());
    }
    let public = done.scenario.public && by.client == Client::Honest;
    let replayed = code.consumed_at.is_some() && done.before.history.redeemed(word) > 0;
    if replayed && (!public || is_verified(done)) {
        let lives = done.after.rows.families.iter().any(|row| row.id == code.family && row.revoked_at.is_none());
        return Invariant::I5.unless(!lives, "a code came again, and what it gave lives on");
    }
    let live = code.consumed_at.is_none() && done.request.now < code.expires_at;
    let Read::Code { user: Some(user), session: Some(session), .. } = &done.request.read else { return Ok(()) };
    let acts = user.may_act().is_ok() && session.ended_at.is_none();
    served(done, live && acts && redirect == Said::Right && is_verified(done))?;
    if live && redirect == Said::Right && done.scenario.pkce && !is_verified(done) {
        let is_dead = |row: &Row<Code>| row.consumed_at.is_some() || row.expires_at < done.request.now;
        let dead = done.after.rows.codes.iter().any(|row| row.hash == code.hash && is_dead(row));
        return Invariant::Pk10.unless(dead, "a code lives on after a wrong verifier");
    }
    Ok(())
}
