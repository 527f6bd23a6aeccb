//! Refresh tokens: I3, I4, I7, I9, I10, I14.

use protocol::change::{Family, RefreshToken};
use protocol::policy::GRACE_REPLAYS;

use super::{Done, Invariant, grant, is_theirs, served};
use crate::checker::Broken;
use crate::judge::Answer;
use crate::request::{Ask, Breadth, Kind, Read, Word};

pub(super) fn check(done: &Done<'_>, word: Word, asked: Breadth) -> Result<(), Broken> {
    let Read::Refresh { token: Some(token), family: Some(family), user, .. } = &done.request.read else {
        return Ok(());
    };
    let Answer::Tokens { scope, .. } = done.answer else { return refused(done, word, token, family) };
    Invariant::I14.unless(word.kind == Kind::Refresh, "what is no refresh token brought tokens")?;
    let stored = done.before.rows.families.iter().find(|row| row.id == family.id);
    let revoked = stored.is_none_or(|row| row.revoked_at.is_some());
    Invariant::I4.unless(!revoked, "tokens of a line that was revoked before the commit")?;
    let acts = user.as_ref().is_some_and(|user| user.may_act().is_ok());
    Invariant::I3.unless(acts, "tokens for a user who may not act")?;
    let lives = done.request.now < token.expires_at.min(family.expires_at);
    Invariant::I3.unless(lives, "tokens for a refresh token that had expired")?;
    grant(done, family.authorization.session, &family.authorization.scope, scope)?;
    Invariant::I7.unless(asked == Breadth::Same, "a wider scope was not refused")?;
    if done.scenario.rotate { grace(done, word, token, family) } else { Ok(()) }
}

/// I10: what a token that was answered before may still bring.
fn grace(done: &Done<'_>, word: Word, token: &RefreshToken, family: &Family) -> Result<(), Broken> {
    let used = done.after.history.used(word);
    if used.times <= 1 {
        return Ok(());
    }
    Invariant::I10.unless(!used.strayed, "another successor than before")?;
    Invariant::I10.unless(is_in_grace(done, token, family), "a used refresh token was answered out of its grace")?;
    let same_line = |word: &Word| belongs(done, *word, family);
    let words = done.after.words.all(Kind::Refresh).filter(same_line);
    let replays: i64 = words.map(|word| i64::from(done.after.history.used(word).times.saturating_sub(1))).sum();
    Invariant::I10.unless(replays <= GRACE_REPLAYS, "more replays in one line than its budget")
}

/// By the facts as they were stored when the request read them.
fn is_in_grace(done: &Done<'_>, token: &RefreshToken, family: &Family) -> bool {
    let Read::Refresh { successor, .. } = &done.request.read else { return false };
    let in_time = token.superseded_at.is_some_and(|at| done.request.now < at.plus(done.scenario.grace));
    let current = successor
        .iter()
        .flatten()
        .any(|successor| successor.superseded_at.is_none() && successor.generation == token.generation + 1);
    in_time && current && family.grace_replays < GRACE_REPLAYS
}

fn belongs(done: &Done<'_>, word: Word, family: &Family) -> bool {
    let text = done.after.words.text(word);
    let hash = protocol::secret::TokenHash::of(protocol::secret::Artefact::RefreshToken, text);
    done.after.rows.refresh.iter().any(|row| row.hash == hash && row.family == family.id)
}

/// I9: whoever shows a used token shows that two parties hold the line.
fn refused(done: &Done<'_>, word: Word, token: &RefreshToken, family: &Family) -> Result<(), Broken> {
    let Ask::Refresh { by, scope, .. } = done.request.ask else { return Ok(()) };
    let Read::Refresh { user: Some(user), session: Some(session), .. } = &done.request.read else { return Ok(()) };
    let acts = user.may_act().is_ok() && session.ended_at.is_none() && family.revoked_at.is_none();
    let lives = done.request.now < token.expires_at.min(family.expires_at);
    let good = token.superseded_at.is_none() || is_in_grace(done, token, family);
    // In its grace a lost answer is asked for again, and nobody is signed out by that.
    served(done, is_theirs(done.request, by) && acts && lives && good && scope == Breadth::Same)?;
    let reused = done.scenario.rotate && done.before.history.used(word).times > 0 && token.superseded_at.is_some();
    if !reused || !is_theirs(done.request, by) || is_in_grace(done, token, family) {
        return Ok(());
    }
    let lives = done.after.rows.families.iter().any(|row| row.id == family.id && row.revoked_at.is_none());
    Invariant::I9.unless(!lives, "a used refresh token came again, and its line lives on")
}
