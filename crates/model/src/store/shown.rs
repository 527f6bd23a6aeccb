//! What is shown once, and what people allow: the guards of `store/src/commit/shown.rs` and `consents.rs`.

use protocol::change::Change;
use protocol::id::{ApplicationId, UserId};
use protocol::secret::TokenHash;
use protocol::time::Time;

use super::{Failed, Rows, Without, find, foreign, insert, revoke};
use crate::mutant::Mutant;
use crate::row::Row;

/// An assertion or a proof that was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Shown {
    /// A proof is its key's, and no application's.
    pub(crate) application: ApplicationId,
    pub(crate) hash: TokenHash,
    pub(crate) expires_at: Time,
}

impl Rows {
    pub(super) fn show(&mut self, change: &Change, without: Without<'_>) -> Result<(), Failed> {
        match change {
            Change::UseAssertion(used) => {
                let (application, hash, expires_at) = (used.application, used.hash, used.expires_at);
                self.use_once(Shown { application, hash, expires_at }, Mutant::AssertionUsedAgain, without)
            }
            Change::UseProof(used) => {
                let (application, hash, expires_at) = (ApplicationId::default(), used.hash, used.expires_at);
                self.use_once(Shown { application, hash, expires_at }, Mutant::ProofUsedAgain, without)
            }
            Change::PushRequest(pushed) => {
                insert(&mut self.pushed, (**pushed).clone(), |row| row.hash == pushed.hash, "pushed request")
            }
            Change::UsePushedRequest { reference, at, .. } => {
                let row = find(&mut self.pushed, |row| row.hash == *reference)?;
                without.guards(Mutant::PushedUsedAgain, row.used_at.is_none())?;
                *row = row.with(|pushed| pushed.used_at = Some(*at));
                Ok(())
            }
            change => self.consent(change, without),
        }
    }

    fn consent(&mut self, change: &Change, without: Without<'_>) -> Result<(), Failed> {
        match change {
            Change::GiveConsent { consent, new: true } => {
                let there =
                    self.consents.iter().any(|row| is(row.user, row.application, consent.user, consent.application));
                if there {
                    return Err(Failed::Lost);
                }
                let mut consent = (**consent).clone();
                if without.has(Mutant::ConsentCountsAnew) {
                    consent.version = 0;
                }
                self.consents.push(Row::new(consent));
                self.given += 1;
                // Whose it is tells consents apart, and not who was asked first.
                self.consents.sort_by_key(|row| row.application);
                Ok(())
            }
            Change::GiveConsent { consent, new: false } => {
                let own = |user, application| is(user, application, consent.user, consent.application);
                let row = find(&mut self.consents, |row| own(row.user, row.application))?;
                without.guards(Mutant::ConsentVersionUnguarded, row.version == consent.version)?;
                let mut consent = (**consent).clone();
                consent.version += 1;
                *row = Row::new(consent);
                Ok(())
            }
            Change::UseConsent { user, application, version, .. } => {
                let stands = |row: &Row<_>| -> bool {
                    let row: &protocol::consent::Consent = row;
                    is(row.user, row.application, *user, *application) && row.version == *version
                };
                without.guards(Mutant::ConsentUseUnguarded, self.consents.iter().any(stands))
            }
            Change::WithdrawConsent { user, application, at, .. } => self.withdraw(*user, *application, *at, without),
            change => Err(foreign(change)),
        }
    }

    /// Only what nobody showed before is let in.
    fn use_once(&mut self, shown: Shown, dropped: Mutant, without: Without<'_>) -> Result<(), Failed> {
        let anybodys = without.has(Mutant::UsedByAnybody);
        let there = |row: &Shown| row.hash == shown.hash && (anybodys || row.application == shown.application);
        let there = self.shown.iter().any(there);
        without.guards(dropped, !there)?;
        if !there {
            self.shown.push(shown);
        }
        Ok(())
    }

    /// What `store/src/purge.rs` deletes of what was shown: what has expired for so long that no process takes it, whatever its clock.
    pub(crate) fn purge(&mut self, now: Time, without: Without<'_>) {
        let kept = if without.has(Mutant::PurgedAtOnce) { 0 } else { RECOGNISED };
        self.shown.retain(|row| row.expires_at >= now.plus(-kept));
    }

    fn withdraw(
        &mut self,
        user: UserId,
        application: ApplicationId,
        at: Time,
        without: Without<'_>,
    ) -> Result<(), Failed> {
        let place = self.consents.iter().position(|row| is(row.user, row.application, user, application));
        self.consents.remove(place.ok_or(Failed::Lost)?);
        let all = without.has(Mutant::WithdrawnOfEverybody);
        let theirs =
            |of: &protocol::authorization::Authorization| of.user == user && (all || of.application == application);
        if !without.has(Mutant::CodesOutliveConsent) {
            for row in self.codes.iter_mut().filter(|row| theirs(&row.authorization)) {
                if row.consumed_at.is_none() && row.expires_at > Time(0) {
                    *row = row.with(|code| code.expires_at = Time(-at.0));
                }
            }
        }
        if !without.has(Mutant::FamiliesOutliveConsent) {
            revoke(&mut self.families, at, |family| theirs(&family.authorization));
        }
        Ok(())
    }
}

fn is(user: UserId, application: ApplicationId, of: UserId, at: ApplicationId) -> bool {
    user == of && application == at
}

/// Seconds that what has expired is kept, as `store/src/purge.rs` has it.
const RECOGNISED: i64 = 3_600;
