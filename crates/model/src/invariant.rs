//! What no step may do: the invariants of codes, refresh families, flows and sign-ons, as far as they can be said here.
//!
//! They are checked against what was answered, which the model remembers, and not only against the rows that a store keeps.

mod exchange;
mod password;
mod refresh;
mod rows;

pub(crate) use rows::{of_act, of_rows, of_sent, of_words};

use protocol::id::{ApplicationId, FamilyId, SessionId};
use protocol::scope::Scope;

use crate::checker::Broken;
use crate::fixture::application;
use crate::judge::Answer;
use crate::request::{Ask, By, Read, Request, Revocable};
use crate::scenario::Scenario;
use crate::state::State;

macro_rules! invariants {
    ($($name:ident = $says:literal),+ $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Invariant {
            $(#[doc = $says] $name),+
        }

        impl Invariant {
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),+];

            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name)),+
                }
            }
        }
    };
}

invariants! {
    I1 = "a code is exchanged once, whoever asks where and when",
    I2 = "a family has one refresh token that was not replaced",
    I3 = "only the client of the grant, proven and bound, for a user who may act, is given tokens",
    I4 = "what was revoked gives nothing, and who was told that it is revoked was told the truth",
    I5 = "the replay of a code by whoever could have used it revokes what it gave",
    I6 = "who is not the client of a grant changes nothing of it, and nobody another's",
    I7 = "no token reaches further than its grant, no refresh token lives longer",
    I8 = "what is sent was committed, and a lost commit changed nothing",
    I9 = "a refresh token that was used and comes again, outside of its grace, ends its line",
    I10 = "grace gives the same successor, in its time, once in a line's life",
    I11 = "after the end of a session nothing that it gave gives tokens",
    I12 = "an assertion, a proof and a pushed request are good once, whichever process is asked",
    I13 = "a flow gives one code and opens one session, to whoever holds its cookie",
    I14 = "nothing is taken for what it was not made as",
    I15 = "one key signs, and what signed stays published as long as its tokens live",
    I16 = "wrong passwords are counted, each, and only success or time ends the count",
    I17 = "a code is given for what its person allowed, and did not withdraw, at the commit",
    I18 = "after the answer to a withdrawal nothing that the application has of the person gives tokens",
    Pk10 = "after a wrong verifier of its own client a code is dead",
    SignOn = "a session opens only for the right password of a user who is enabled and not locked, at its commit",
    NoError = "nobody's request makes a 5xx",
    Served = "who may have tokens by all that was read is given them",
    Known = "every change that something decides on is known to the model, and its own acts come about",
}

/// A request that was answered.
#[derive(Debug)]
pub(crate) struct Done<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) before: &'a State,
    pub(crate) after: &'a State,
    pub(crate) request: &'a Request,
    pub(crate) answer: &'a Answer,
}

impl Invariant {
    /// Broken, if it is.
    pub(crate) fn unless(self, holds: bool, how: &str) -> Result<(), Broken> {
        if holds { Ok(()) } else { Err(Broken { invariant: self, how: how.to_owned() }) }
    }
}

/// What the answer to a request broke.
pub(crate) fn of_answer(done: &Done<'_>) -> Option<Broken> {
    let Done { request, .. } = done;
    let checked = match request.ask {
        Ask::Exchange { word, by, .. } => party(done, by).and_then(|()| exchange::check(done, word)),
        Ask::Refresh { word, by, scope } => party(done, by).and_then(|()| refresh::check(done, word, scope)),
        Ask::Revoke { by, .. } => party(done, by).and_then(|()| revoke(done, by)),
        Ask::Resume { flow, cookie } => resume(done, flow, cookie),
        Ask::Password { flow, typed } => password::check(done, flow, typed),
    };
    checked.and_then(|()| error(done)).err()
}

/// I6, and the first half of I3.
fn party(done: &Done<'_>, by: By) -> Result<(), Broken> {
    if is_theirs(done.request, by) {
        let others = rows::others_stay(done.before, done.after, line(&done.request.read));
        return Invariant::I6.unless(others, "a request about one line changed another");
    }
    let granted = matches!(done.answer, Answer::Tokens { .. } | Answer::Revoked);
    Invariant::I3.unless(!granted, "tokens for, or the end of, what is not the client's")?;
    Invariant::I6.unless(done.before.rows == done.after.rows, "somebody else's request changed what is stored")
}

/// Whether the client proved itself and the grant is its own.
fn is_theirs(request: &Request, by: By) -> bool {
    by.proves && request.client_on && owner(&request.read) == Some(application(by.client))
}

/// Whose the grant is that the request read.
fn owner(read: &Read) -> Option<ApplicationId> {
    match read {
        Read::Code { code, .. } => code.as_ref().map(|code| code.authorization.application),
        Read::Refresh { family, .. } => family.as_ref().map(|family| family.authorization.application),
        Read::Revoke(Revocable::Family(family)) => Some(family.authorization.application),
        Read::Revoke(Revocable::Access(access)) => Some(access.application),
        Read::Revoke(Revocable::Unknown) | Read::Nothing | Read::Resume { .. } | Read::Password(_) => None,
    }
}

/// Which line the request is about: that of the code, of the refresh token, or of the access token.
fn line(read: &Read) -> Option<FamilyId> {
    match read {
        Read::Code { code, .. } => code.as_ref().map(|code| code.family),
        Read::Refresh { family, .. } => family.as_ref().map(|family| family.id),
        Read::Revoke(Revocable::Family(family)) => Some(family.id),
        Read::Revoke(Revocable::Access(access)) => access.family,
        Read::Revoke(Revocable::Unknown) | Read::Nothing | Read::Resume { .. } | Read::Password(_) => None,
    }
}

/// The rest of I3, and I7 and I11, which every grant of tokens keeps.
fn grant(done: &Done<'_>, session: SessionId, allowed: &Scope, given: &Scope) -> Result<(), Broken> {
    let rows = &done.before.rows;
    let user = rows.users.first().is_some_and(|user| user.enabled);
    Invariant::I3.unless(user, "tokens for a user who was disabled before the commit")?;
    let place = rows.sessions.iter().position(|row| row.id == session);
    let over = place.is_none_or(|place| done.before.history.is_over(place));
    Invariant::I11.unless(!over, "tokens for a session that was ended before the commit")?;
    Invariant::I7.unless(given.subset_of(allowed), "a scope that was not allowed")
}

fn revoke(done: &Done<'_>, by: By) -> Result<(), Broken> {
    if !is_theirs(done.request, by) {
        return Ok(());
    }
    let ended = match &done.request.read {
        Read::Revoke(Revocable::Family(f)) => {
            done.after.rows.families.iter().any(|row| row.id == f.id && row.revoked_at.is_some())
        }
        Read::Revoke(Revocable::Access(t)) => {
            let revoked = |row: &protocol::change::AccessToken| row.hash == t.hash && row.revoked_at.is_some();
            done.after.rows.access.iter().any(|row| revoked(row)) || done.request.now >= t.expires_at
        }
        _ => true,
    };
    Invariant::I4.unless(ended, "a token whose client was told that it is revoked lives")
}

fn resume(done: &Done<'_>, flow: u8, cookie: Option<u8>) -> Result<(), Broken> {
    let Answer::Code(_) = done.answer else {
        return Invariant::I6.unless(done.before.rows == done.after.rows, "a refused resume changed what is stored");
    };
    let yielded = done.before.history.yielded.get(usize::from(flow)).copied().unwrap_or_default();
    Invariant::I13.unless(yielded == 0, "a second code of one flow")?;
    let session = cookie.and_then(|cookie| done.before.rows.sessions.get(usize::from(cookie)));
    let Read::Resume { flow, present } = &done.request.read else { return Ok(()) };
    let own = session.is_some_and(|session| flow.state.session() == Some(session.id));
    Invariant::I13.unless(own, "a code for whoever does not hold the flow's cookie")?;
    let live = present.iter().flatten().all(|(session, user)| session.ended_at.is_none() && user.may_act().is_ok());
    Invariant::I11.unless(live, "a code of a session that had ended when it was read")
}

/// A server that refuses everything breaks nothing else. Whoever lost a guard is told something else.
fn served(done: &Done<'_>, may: bool) -> Result<(), Broken> {
    let refused = matches!(done.answer, Answer::Refused(_));
    Invariant::Served.unless(!(may && refused), "tokens were refused that nothing stood against")
}

/// A guard that is lost again and again ([`Answer::Contended`]) is the one thing for which a request may be sent away.
fn error(done: &Done<'_>) -> Result<(), Broken> {
    match done.answer {
        Answer::Failed(why) => Invariant::NoError.unless(false, why),
        _ => Ok(()),
    }
}
