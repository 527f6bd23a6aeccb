//! A forgotten password: a code goes to who reads the user's mail, and whoever types it chooses a new password.
//!
//! Whether anybody has a name is told nobody, so the steps are the same for one that nobody has (OWASP ASVS 5.0, 6.3.8). PingOne says
//! NOT_FOUND there.

use crate::audit::{Action as Act, Actor, Event};
use crate::change::Change;
use crate::ctx::Ctx;
use crate::mailed::{CodeFor, MailedCode, judge_code, may_recover, send_code, wrong_code};
use crate::model::{PasswordPolicy, User};
use crate::refusal::{Reason, Refused};
use crate::secret::SecretDigest;

use super::step::{Proved, extend, go_on, moved, rejected, replace};
use super::{Flow, Followed, Proof, Rejected, State, Stepped};

/// Whose password was forgotten, and the code that they would be sent.
#[derive(Clone, Copy, Debug)]
pub struct Forgotten<'a> {
    /// None where nobody has the name.
    pub user: Option<&'a User>,
    pub fresh: Option<&'a MailedCode>,
    /// The code that was sent to them last.
    pub before: Option<&'a MailedCode>,
    /// Whether this server sends mail.
    pub sends: bool,
}

/// A code that was typed, with a new password.
#[derive(Clone, Copy, Debug)]
pub struct Recovering<'a> {
    pub user: Option<&'a User>,
    pub policy: &'a PasswordPolicy,
    /// The code that was sent to them last.
    pub sent: Option<&'a MailedCode>,
    pub typed: Option<SecretDigest>,
    /// The hash of the new password, or what the policy has against it.
    pub judged: Result<&'a str, &'a Refused>,
}

/// A code is sent, for the first time or once more. The next state is the same where there is nobody to send it to.
pub(super) fn send(
    flow: &Flow,
    of: &Forgotten<'_>,
    follows: &Followed<'_>,
    event: Event,
    ctx: &Ctx<'_>,
) -> Result<Stepped, Box<Rejected>> {
    if !of.sends {
        let (expected, came) = ("a server that sends mail", "one that has nothing to send it with");
        return Err(rejected(Refused::new(Reason::RecoveryUnavailable, expected, came), Vec::new(), event));
    }
    if let Err(refused) = allowed(follows, ctx) {
        return Err(rejected(refused, Vec::new(), event));
    }
    let user = match flow.state {
        // Once more: to nobody else.
        State::RecoveryCodeRequired { user: known } => of.user.filter(|user| Some(user.id) == known),
        _ => of.user,
    };
    let whom = user.ok_or("nobody has this name").and_then(|user| may_recover(user).map(|()| user));
    let sent = whom.and_then(|user| {
        let fresh = of.fresh.filter(|fresh| fresh.user == user.id).ok_or("no code was made")?;
        send_code(of.before, fresh, ctx.now)
    });
    let mut event = event;
    event.user = user.map(|user| user.id);
    match &sent {
        Ok(_) => event.action = Act::RecoveryCodeSent,
        Err(why) => event.note = Some(format!("no code was sent: {why}")),
    }
    let mut stepped = moved(flow, State::RecoveryCodeRequired { user: whom.ok().map(|user| user.id) }, event, ctx);
    stepped.changes.extend(sent.ok());
    Ok(stepped)
}

/// Whether the policies let a forgotten password be replaced: when a code is asked for, and when it is typed.
fn allowed(follows: &Followed<'_>, ctx: &Ctx<'_>) -> Result<(), Refused> {
    let refused = || {
        let expected = "recovery in the LOGIN of the sign-on policy";
        Refused::new(Reason::RecoveryUnavailable, expected, "it is disabled there")
    };
    if follows.allows_recovery(ctx.now) { Ok(()) } else { Err(refused()) }
}

/// The code first: what the policy has against a new password tells of the person.
pub(super) fn recover(
    flow: &Flow,
    new: Recovering<'_>,
    follows: &Followed<'_>,
    event: Event,
    ctx: &Ctx<'_>,
) -> Result<Stepped, Box<Rejected>> {
    let State::RecoveryCodeRequired { user: known } = flow.state else {
        return Err(rejected(Reason::ActionNotAllowed.into(), Vec::new(), event));
    };
    if let Err(refused) = allowed(follows, ctx) {
        return Err(rejected(refused, Vec::new(), event));
    }
    let mut event = event;
    event.user = known;
    let found = new.user.filter(|user| Some(user.id) == known).zip(new.typed);
    let Some((user, typed)) = found else {
        return Err(rejected(wrong_code(KIND, "none was sent"), extend(flow, ctx), event));
    };
    let once = match judge_code(new.sent, &typed, KIND, ctx.now) {
        Ok(once) => once,
        Err(wrong) => {
            let changes = extend(flow, ctx).into_iter().chain(wrong.counted).collect();
            return Err(rejected(wrong.refused, changes, event));
        }
    };
    if let Err(came) = may_recover(user) {
        return Err(rejected(wrong_code(KIND, came), extend(flow, ctx), event));
    }
    let hash = match new.judged {
        Ok(hash) => hash.to_owned(),
        Err(refused) => return Err(rejected(refused.clone(), extend(flow, ctx), event.by(Actor::User(user.id)))),
    };
    event.note = Some("by a code that was sent to the user".to_owned());
    let changes: Vec<Change> = [once].into_iter().chain(replace(user, hash, new.policy, ctx)).collect();
    let proved = Proved { user, proof: Proof::Password, must_change_password: false, password_expired: false, changes };
    go_on(flow, proved, follows, event, ctx)
}

const KIND: CodeFor = CodeFor::Recovery;
