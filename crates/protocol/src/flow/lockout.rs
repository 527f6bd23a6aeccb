//! Decides when wrong passwords lock an account (PingOne's password policy, `lockout`), and what is said of it.

use serde_json::json;

use crate::model::{Account, PasswordPolicy};
use crate::refusal::{Detail, Reason, Refused};
use crate::time::Time;

/// What one more wrong password means for an account.
#[derive(Clone, Debug, PartialEq)]
pub enum WrongPassword {
    /// The account as it is then.
    Counts(Account),
    /// It is one that was tried and counted before: a program that was never told the new password locks nobody out.
    Repeats,
    /// The account is locked, and guessing cannot prolong the lock.
    Locked,
}

/// Counts a wrong password, told from others by its `print`; without one it is like none before.
///
/// The count is exact under parallel guesses, because it is written only where it still is what was read.
pub fn after_failure(account: &Account, policy: &PasswordPolicy, now: Time, print: Option<&str>) -> WrongPassword {
    if account.is_locked(now) {
        return WrongPassword::Locked;
    }
    // A lock that ended begins a new count.
    let fresh = Account::default();
    let before = if account.locked_at.is_some() { &fresh } else { account };
    if print.is_some_and(|print| before.tried.split(' ').any(|tried| tried == print)) {
        return WrongPassword::Repeats;
    }
    let failures = before.failures.saturating_add(1);
    let locks = policy.lockout_failures > 0 && failures >= policy.lockout_failures;
    let unlock_at = now.to_millis().plus(policy.lockout_seconds);
    WrongPassword::Counts(Account {
        locked_at: locks.then(|| now.to_millis()),
        unlock_at: locks.then_some(unlock_at),
        failures,
        tried: remembering(&before.tried, print),
    })
}

/// That the account is locked, and for how long where that is known: for whoever proved that it is theirs, and for those who
/// manage it.
pub fn locked_out(account: &Account, target: &str, now: Time) -> Refused {
    let mut detail = Detail::new("PASSWORD_LOCKED_OUT", target, "The account is locked");
    let seconds = account.unlock_at.map(|at| at.since(now).max(0));
    if let Some(seconds) = seconds {
        detail = detail.with_inner(json!({ "secondsUntilUnlock": seconds }));
    }
    let mut refused = Refused::new(Reason::AccountLocked, "an account that is not locked", "a locked one");
    refused.details.push(detail);
    refused.retry_after = seconds.and_then(|seconds| u64::try_from(seconds).ok());
    refused
}

/// The newest ones, as many as are worth it.
fn remembering(tried: &str, print: Option<&str>) -> String {
    let all: Vec<&str> = tried.split(' ').filter(|one| !one.is_empty()).chain(print).collect();
    all[all.len().saturating_sub(REMEMBERED)..].join(" ")
}

/// More than a policy allows to fail, in practice.
const REMEMBERED: usize = 16;
