//! Decides when wrong passwords lock an account (PingOne's password policy, `lockout`), and what is said of it.

use serde_json::json;

use crate::model::{Account, PasswordPolicy};
use crate::refusal::{Detail, Reason, Refused};
use crate::time::Time;

/// The account after one more wrong password; `None` when it is locked, so that guessing cannot prolong the lock.
///
/// The count is exact under parallel guesses, because it is written only where it still is what was read.
pub fn after_failure(account: &Account, policy: &PasswordPolicy, now: Time) -> Option<Account> {
    if account.is_locked(now) {
        return None;
    }
    // A lock that ended begins a new count.
    let before = if account.locked_at.is_some() { 0 } else { account.failures };
    let failures = before.saturating_add(1);
    let locks = policy.lockout_failures > 0 && failures >= policy.lockout_failures;
    let unlock_at = now.to_millis().plus(policy.lockout_seconds);
    Some(Account { locked_at: locks.then(|| now.to_millis()), unlock_at: locks.then_some(unlock_at), failures })
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
