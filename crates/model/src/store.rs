//! The modelled store: a commit writes all of its changes or none, each under the guard that its statement has in
//! `store/src/commit`.

mod shown;

pub(crate) use shown::Shown;

use std::hash::Hash;

use protocol::change::{Absence, AccessToken, Change, Code, Family, Guard, PushedRequest, RefreshToken};
use protocol::consent::Consent;
use protocol::flow::Flow;
use protocol::id::{EnvironmentId, SessionId, UserId};
use protocol::model::{Object, Session, User};
use protocol::time::Time;

use crate::mutant::Mutant;
use crate::row::{Hidden, Row};

/// What is stored. Rows are only ever added, so their places name them; but for what was shown once, and consents.
#[derive(Clone, Debug, Default, Hash, PartialEq)]
pub(crate) struct Rows {
    pub(crate) users: Vec<Row<User>>,
    pub(crate) sessions: Vec<Row<Session>>,
    pub(crate) flows: Vec<Row<Flow>>,
    pub(crate) codes: Vec<Row<Code>>,
    pub(crate) families: Vec<Row<Family>>,
    pub(crate) refresh: Vec<Row<RefreshToken>>,
    pub(crate) access: Vec<Row<AccessToken>>,
    pub(crate) shown: Vec<Shown>,
    pub(crate) pushed: Vec<Row<PushedRequest>>,
    pub(crate) consents: Vec<Row<Consent>>,
    /// How many there ever were.
    pub(crate) given: u8,
}

/// Why nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failed {
    /// A guard did not hold.
    Lost,
    /// A key was there already: in the product an error of the server.
    Conflict(&'static str),
    /// A change that nothing in the model decides on.
    Foreign(String),
}

/// Commits all changes or none. `without` are the guards that a mutant left out.
pub(crate) fn commit(rows: &Rows, changes: &[Change], without: Without<'_>) -> Result<Rows, Box<(Failed, Rows)>> {
    let mut after = rows.clone();
    for change in changes {
        if let Err(failed) = after.write(change, without) {
            let kept = if without.has(Mutant::CommitsHalf) { after } else { rows.clone() };
            return Err(Box::new((failed, kept)));
        }
    }
    Ok(after)
}

/// The rules that are left out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Without<'a>(pub(crate) &'a [Mutant]);

impl Without<'_> {
    pub(crate) fn has(self, mutant: Mutant) -> bool {
        self.0.contains(&mutant)
    }

    /// A guard: it holds, or a mutant dropped it.
    fn guards(self, dropped: Mutant, holds: bool) -> Result<(), Failed> {
        if holds || self.has(dropped) { Ok(()) } else { Err(Failed::Lost) }
    }
}

impl Rows {
    /// How many rows were ever made, of those that stay: what is made at two counts is not the same.
    pub(crate) fn count(&self) -> usize {
        let Self { users: _, sessions, flows, codes, families, refresh, access, shown: _, pushed, consents: _, given } =
            self;
        let rows = sessions.len() + flows.len() + codes.len() + families.len() + refresh.len() + access.len();
        rows + pushed.len() + usize::from(*given)
    }

    fn write(&mut self, change: &Change, without: Without<'_>) -> Result<(), Failed> {
        match change {
            Change::IssueCode(code) => insert(&mut self.codes, Code::clone(code), |row| row.hash == code.hash, "code"),
            Change::ConsumeCode { code, at, .. } => self.consume(*code, *at, without),
            Change::CreateFamily(f) => {
                let same = |row: &Family| row.id == f.id && !without.has(Mutant::FamilyMadeTwice);
                insert(&mut self.families, f.clone(), same, "family")
            }
            Change::RevokeFamily { family, at, .. } => {
                let all = without.has(Mutant::RevokesEveryLine);
                revoke(&mut self.families, *at, |row| all || row.id == *family);
                Ok(())
            }
            Change::IssueRefreshToken(t) => {
                insert(&mut self.refresh, t.clone(), |row| row.hash == t.hash, "refresh token")
            }
            Change::SupersedeRefreshToken { .. } => self.supersede(change, without),
            Change::UseFamily { family, .. } => {
                let lives = self.families.iter().any(|row| row.id == *family && row.revoked_at.is_none());
                without.guards(Mutant::RevokedUsed, lives)
            }
            Change::CountGraceReplay { family, was, .. } => self.count_replay(*family, *was, without),
            Change::RecordAccessToken(t) => {
                insert(&mut self.access, t.clone(), |row| row.hash == t.hash, "access token")
            }
            Change::RevokeAccessToken(t) => {
                self.revoke_access(t, without);
                Ok(())
            }
            Change::Absent(absence) => {
                if self.lacks(absence) {
                    Ok(())
                } else {
                    Err(Failed::Lost)
                }
            }
            // Events are not modelled: what is recorded decides nothing.
            Change::Record(_) => Ok(()),
            change => self.sign_on(change, without),
        }
    }

    fn sign_on(&mut self, change: &Change, without: Without<'_>) -> Result<(), Failed> {
        match change {
            Change::CreateFlow(flow) => insert(&mut self.flows, Flow::clone(flow), |row| row.id == flow.id, "flow"),
            Change::UpdateFlow(flow) => {
                let row = find(&mut self.flows, |row| row.id == flow.id)?;
                without.guards(Mutant::FlowVersionUnguarded, row.version == flow.version)?;
                *row = Row::new(Flow { version: flow.version + 1, ..Flow::clone(flow) });
                Ok(())
            }
            Change::CreateSession(s) => insert(&mut self.sessions, s.clone(), |row| row.id == s.id, "session"),
            Change::EndSession(_, session, at) => {
                self.end(|s| s.id == *session, |of, _| of == *session, *at, without);
                Ok(())
            }
            Change::EndUserSessions(_, user, at) => {
                self.end(|s| s.user == *user, |_, of| of == *user, *at, without);
                Ok(())
            }
            change => self.person(change, without),
        }
    }

    fn person(&mut self, change: &Change, without: Without<'_>) -> Result<(), Failed> {
        match change {
            Change::Put(object, guard) => match (&**object, guard) {
                (Object::User(user), Guard::Version) => self.put_user(user),
                (object, guard) => Err(Failed::Foreign(format!("{guard:?} of a {}", object.kind().one()))),
            },
            Change::SetPassword { user, was, password, end_families: false, .. } => {
                let row = find(&mut self.users, |row| row.id == *user)?;
                let stored = row.password.as_ref().map(|p| &p.hash);
                if was.is_some() && stored != was.as_ref() {
                    return Err(Failed::Lost);
                }
                *row = row.with(|user| user.password.clone_from(password));
                Ok(())
            }
            Change::SetAccount { user, was, judged, account, .. } => {
                let row = find(&mut self.users, |row| row.id == *user)?;
                let stored = row.password.as_ref().map(|p| &p.hash);
                without.guards(Mutant::AccountUnguarded, row.account == *was)?;
                without.guards(Mutant::JudgedUnguarded, judged.is_none() || stored == judged.as_ref())?;
                *row = row.with(|user| user.account = account.clone());
                Ok(())
            }
            Change::RecordSignOn { user, at, .. } => {
                let row = find(&mut self.users, |row| row.id == *user)?;
                without.guards(Mutant::DisabledSignsOn, row.enabled)?;
                without.guards(Mutant::LockedSignsOn, !row.account.is_locked(*at))?;
                *row = row.with(|user| user.last_sign_on = Some(*at));
                Ok(())
            }
            change => self.show(change, without),
        }
    }

    /// Only a server that is no leader any more could have said so of what is there, and here every read is of the one store.
    fn lacks(&self, absence: &Absence) -> bool {
        match absence {
            Absence::Token { access, refresh, at, .. } => {
                let ended = |id| self.families.iter().any(|row| row.id == id && row.revoked_at.is_some());
                let opaque = self.access.iter().any(|row| {
                    let lives = row.claims.is_some() && row.revoked_at.is_none() && row.expires_at > *at;
                    row.hash == *access && lives && !row.family.is_some_and(ended)
                });
                let line = self.refresh.iter().any(|row| row.hash == *refresh && !ended(row.family));
                !opaque && !line
            }
            Absence::Session { token, at, .. } => {
                let lives = |row: &Row<Session>| row.ended_at.is_none() && row.expires_at > *at;
                !self.sessions.iter().any(|row| row.token == *token && lives(row))
            }
            // Keys have a model of their own, and nobody is given a role here.
            Absence::Given { .. }
            | Absence::Key(..)
            | Absence::ChosenKey(..)
            | Absence::Most { .. }
            | Absence::MostFiltered { .. }
            | Absence::Role { .. } => true,
        }
    }

    /// What stands in columns of its own is another change's to write.
    fn put_user(&mut self, user: &User) -> Result<(), Failed> {
        let row = find(&mut self.users, |row| row.id == user.id)?;
        if row.version != user.version {
            return Err(Failed::Lost);
        }
        *row = row.with(|stored| {
            let User { account, password, last_sign_on, .. } = stored.clone();
            *stored = User { account, password, last_sign_on, version: user.version + 1, ..user.clone() };
        });
        Ok(())
    }

    fn consume(&mut self, code: protocol::secret::TokenHash, at: Time, without: Without<'_>) -> Result<(), Failed> {
        let row = find(&mut self.codes, |row| row.hash == code)?;
        without.guards(Mutant::UsedCodeConsumed, row.consumed_at.is_none())?;
        let only_expired = row.expires_at > Time(0) && without.has(Mutant::ExpiredCodeConsumed);
        without.guards(Mutant::EndedCodeConsumed, row.expires_at > at || only_expired)?;
        *row = row.with(|code| code.consumed_at = Some(at));
        Ok(())
    }

    fn supersede(&mut self, change: &Change, without: Without<'_>) -> Result<(), Failed> {
        let Change::SupersedeRefreshToken { token, at, sealed_successor, .. } = change else {
            return Err(foreign(change));
        };
        let Self { families, refresh, .. } = self;
        let row = find(refresh, |row| row.hash == *token)?;
        without.guards(Mutant::SupersededRotates, row.superseded_at.is_none())?;
        let lives = families.iter().any(|f| f.id == row.family && f.revoked_at.is_none());
        without.guards(Mutant::RevokedRotates, lives)?;
        if without.has(Mutant::SupersedesNothing) {
            return Ok(());
        }
        *row = row.with(|token| {
            token.superseded_at = Some(*at);
            token.sealed_successor.clone_from(sealed_successor);
        });
        Ok(())
    }

    fn count_replay(&mut self, family: protocol::id::FamilyId, was: i64, without: Without<'_>) -> Result<(), Failed> {
        let row = find(&mut self.families, |row| row.id == family)?;
        without.guards(Mutant::ReplaysUncounted, row.grace_replays == was)?;
        without.guards(Mutant::RevokedReplays, row.revoked_at.is_none())?;
        *row = row.with(|family| family.grace_replays += 1);
        Ok(())
    }

    fn revoke_access(&mut self, token: &AccessToken, without: Without<'_>) {
        let Some(row) = self.access.iter_mut().find(|row| row.hash == token.hash) else {
            self.access.push(Row::new(token.clone()));
            return;
        };
        if row.revoked_at.is_none() && !without.has(Mutant::RecordedStaysGood) {
            *row = row.with(|row| row.revoked_at = token.revoked_at);
        }
    }

    /// Ends sessions and what they gave. Codes that end have the time of it as a negative one.
    fn end(
        &mut self,
        session: impl Fn(&Session) -> bool,
        given: impl Fn(SessionId, UserId) -> bool,
        at: Time,
        without: Without<'_>,
    ) {
        for row in self.sessions.iter_mut().filter(|row| row.ended_at.is_none() && session(row)) {
            *row = row.with(|session| session.ended_at = Some(at));
        }
        let due = |code: &Code| code.consumed_at.is_none() && code.expires_at > Time(0);
        let ends = |code: &&mut Row<Code>| due(code) && given(code.authorization.session, code.authorization.user);
        if !without.has(Mutant::CodesOutliveSession) {
            for row in self.codes.iter_mut().filter(ends) {
                *row = row.with(|code| code.expires_at = Time(-at.0));
            }
        }
        if !without.has(Mutant::FamiliesOutliveSession) {
            revoke(&mut self.families, at, |f| given(f.authorization.session, f.authorization.user));
        }
    }
}

/// What nothing in the model decides on, by name, so that a new change is asked about here. Keys have a model of their own.
fn foreign(change: &Change) -> Failed {
    match change {
        Change::Put(..)
        | Change::Remove(_)
        | Change::Expect(..)
        | Change::Require(_)
        | Change::Absent(_)
        | Change::KeepRole { .. }
        | Change::CreateKey(_)
        | Change::UpdateKey { .. }
        | Change::DeleteKey(..)
        | Change::RotateSecret { .. }
        | Change::UseInitialToken { .. }
        | Change::MarkClient { .. }
        | Change::ExpectUnused { .. }
        | Change::DeletePreviousSecret { .. }
        | Change::Reseal { .. }
        | Change::MasterKeyRotation(_)
        | Change::ImportUsers(_)
        | Change::SetPassword { .. }
        | Change::SetAccount { .. }
        | Change::Rehash { .. }
        | Change::RecordSignOn { .. }
        | Change::SendMailedCode { .. }
        | Change::CountMailedTry { .. }
        | Change::UseMailedCode { .. }
        | Change::JoinGroup { .. }
        | Change::LeaveGroup { .. }
        | Change::GiveConsent { .. }
        | Change::UseConsent { .. }
        | Change::WithdrawConsent { .. }
        | Change::CreateFlow(_)
        | Change::UpdateFlow(_)
        | Change::CreateSession(_)
        | Change::EndSession(..)
        | Change::EndUserSessions(..)
        | Change::JoinSession(_)
        | Change::MoveNotice { .. }
        | Change::LeaveSession(_)
        | Change::IssueCode(_)
        | Change::ConsumeCode { .. }
        | Change::CreateFamily(_)
        | Change::RevokeFamily { .. }
        | Change::IssueRefreshToken(_)
        | Change::SupersedeRefreshToken { .. }
        | Change::UseAssertion(_)
        | Change::PushRequest(_)
        | Change::UsePushedRequest { .. }
        | Change::UseProof(_)
        | Change::UseFamily { .. }
        | Change::CountGraceReplay { .. }
        | Change::RecordAccessToken(_)
        | Change::RevokeAccessToken(_)
        | Change::Record(_) => Failed::Foreign(format!("{change:?}")),
    }
}

fn insert<T: Hidden>(
    table: &mut Vec<Row<T>>,
    value: T,
    same: impl Fn(&T) -> bool,
    what: &'static str,
) -> Result<(), Failed> {
    if table.iter().any(|row| same(row)) {
        return Err(Failed::Conflict(what));
    }
    table.push(Row::new(value));
    Ok(())
}

/// The row that an update finds; a guarded one that finds none is lost.
fn find<T>(table: &mut [Row<T>], is: impl Fn(&T) -> bool) -> Result<&mut Row<T>, Failed> {
    table.iter_mut().find(|row| is(row)).ok_or(Failed::Lost)
}

fn revoke(families: &mut [Row<Family>], at: Time, which: impl Fn(&Family) -> bool) {
    for row in families.iter_mut().filter(|row| row.revoked_at.is_none() && which(row)) {
        *row = row.with(|family| family.revoked_at = Some(at));
    }
}

/// Whose rows they are is the same everywhere: there is one environment.
pub(crate) const ENVIRONMENT: EnvironmentId = EnvironmentId::new(uuid::Uuid::from_u128(1));
