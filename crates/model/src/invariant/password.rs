//! Sign-ons: I13 for what a flow opens, I16, and that nobody gets in who may not.

use protocol::model::Account;
use protocol::refusal::Reason;

use super::{Done, Invariant};
use crate::checker::Broken;
use crate::judge::Answer;
use crate::password::is_right;
use crate::request::{Read, Typed};

pub(super) fn check(done: &Done<'_>, flow: u8, typed: Typed) -> Result<(), Broken> {
    let (Some(before), Some(after)) = (done.before.rows.users.first(), done.after.rows.users.first()) else {
        return Ok(());
    };
    if let Answer::SignedOn(_) = done.answer {
        let opened = done.before.history.opened.get(usize::from(flow)).copied().unwrap_or_default();
        Invariant::I13.unless(opened == 0, "a second session of one flow")?;
        Invariant::SignOn.unless(is_right(typed, before), "a session for another password than the present one")?;
        Invariant::SignOn.unless(before.enabled, "a session of a disabled user")?;
        return Invariant::SignOn.unless(!keeps_out(done, &before.account), "a session of a locked user");
    }
    served(done, typed)?;
    counted(done, typed, &before.account, &after.account)
}

/// A lock by guesses keeps nobody out where they signed on before; one by an administrator does.
fn keeps_out(done: &Done<'_>, account: &Account) -> bool {
    account.is_locked_for_good() || (account.is_locked(done.request.now) && !done.scenario.device)
}

/// Who may sign on, by all that was read and still is so, is not refused.
fn served(done: &Done<'_>, typed: Typed) -> Result<(), Broken> {
    let (Answer::Refused(_), Read::Password(read)) = (done.answer, &done.request.read) else { return Ok(()) };
    let rows = &done.before.rows;
    let (Some(user), Some(flow)) = (rows.users.first(), &read.flow) else { return Ok(()) };
    let same = read.checked == *user && read.user.as_ref() == Some(user) && rows.flows.contains(flow);
    let may = user.enabled && !keeps_out(done, &user.account) && is_right(typed, user) && flow.proven.is_empty();
    Invariant::Served.unless(!(same && may), "the right password of somebody who may sign on was refused")
}

fn counted(done: &Done<'_>, typed: Typed, before: &Account, after: &Account) -> Result<(), Broken> {
    let now = done.request.now;
    let lock_ended = before.locked_at.is_some() && !before.is_locked(now);
    let step = after.failures - before.failures;
    let starts_anew = lock_ended && after.failures == 1;
    Invariant::I16.unless((0..=1).contains(&step) || starts_anew, "a refusal changed the count by more than one")?;
    let unlocked = before.is_locked(now) && !after.is_locked(now);
    Invariant::I16.unless(!unlocked, "a refusal ended a lock")?;
    let Answer::Refused(Reason::PasswordWrong) = done.answer else { return Ok(()) };
    let Read::Password(read) = &done.request.read else { return Ok(()) };
    let known = |account: &Account| account.tried.split(' ').any(|one| one == typed.hash());
    let counts = read.user.as_ref().is_none_or(|user| !known(&user.account) && !user.account.is_locked(now));
    let counted = known(after) && (known(before) || step == 1 || starts_anew);
    Invariant::I16.unless(!counts || counted, "a wrong password was answered and not counted")
}
