//! What is checked before a step is decided: what is slow once, what may change meanwhile with every attempt.

use protocol::flow::{Before, Checked, Flow, Forgotten, Input, NewPassword, Recovering, State, knows_password};
use protocol::mailed::{CodeFor, MailedCode, digest_of, judge_code};
use protocol::model::{PasswordPolicy, User};
use protocol::name::{typed_username, username_key};
use protocol::refusal::{Reason, Refused};
use protocol::time::Time;

use crate::call::{Call, Stop};
use crate::failure::Failure;
use crate::flow::act::{Act, Typed};
use crate::flow::device;
use crate::flow::view::policy;
use crate::mail::CodeLetter;
use crate::password::{self, Passwords};

/// What the slow checks found, made once whatever happens to the commit.
pub(super) struct Verdict {
    /// Whose password was checked, and against which hash.
    user: Option<User>,
    right: bool,
    print: Option<String>,
    rehash: Option<String>,
    judged: Result<String, Refused>,
    /// The user signed on there before.
    on_known_device: bool,
    /// A fresh code for the user, and how it is told.
    mailed: Option<(MailedCode, CodeLetter)>,
}

impl Verdict {
    pub(super) fn none() -> Self {
        Self {
            user: None,
            right: false,
            print: None,
            rehash: None,
            judged: Err(Reason::NewPasswordRefused.into()),
            on_known_device: false,
            mailed: None,
        }
    }

    /// With a fresh code for the user, where there is one.
    fn with_code(call: &Call<'_>, user: Option<User>) -> Self {
        let mailed = user.as_ref().map(|user| call.app.code_for(&call.ctx, user, CodeFor::Recovery));
        Self { user, mailed, ..Self::none() }
    }

    /// How the code is told, once it is on record.
    pub(super) fn letter(&self) -> Option<CodeLetter> {
        self.mailed.as_ref().map(|(_, letter)| letter.clone())
    }

    /// Whether the password that was checked is the user's still.
    pub(super) fn is_of(&self, user: Option<&User>) -> bool {
        user.and_then(hash_of) == self.user.as_ref().and_then(hash_of)
    }

    fn checked<'a>(&'a self, user: Option<&'a User>, policy: &'a PasswordPolicy) -> Checked<'a> {
        let (print, rehash) = (self.print.as_deref(), self.rehash.as_deref());
        let on_known_device = self.on_known_device;
        Checked { user, policy, right: self.right, print, rehash, on_known_device }
    }
}

pub(super) async fn verify(call: &Call<'_>, flow: &Flow, act: Act<'_>) -> Result<Verdict, Stop> {
    let (app, environment) = (call.app, call.environment());
    match act {
        Act::Cancel | Act::SessionReset => Ok(Verdict::none()),
        // FL-01: the flow's id is no secret; who answers for the person is in front of their browser.
        Act::Consent { visitor, .. } => {
            let present = visitor.present_in(call, flow).await?;
            let own = present.filter(|present| Some(present.session.id) == flow.state.session());
            let missing = || Refused::new(Reason::SessionMissing, "the session cookie of the flow", "none or another");
            let user = own.ok_or_else(missing)?.user;
            Ok(Verdict { user: Some(user), ..Verdict::none() })
        }
        Act::Vouched { username } => {
            let here = app.controls.is_some();
            let user = if here { of_name(call, username).await? } else { None };
            Ok(Verdict { user, right: here, ..Verdict::none() })
        }
        Act::UsernamePassword(Typed { username, password, device }) => {
            let user = of_name(call, username).await?;
            let verdict = check(call, user, password).await?;
            let dated = verdict.right && verdict.user.as_ref().is_some_and(|user| is_dated(user, call.ctx.now));
            let rehash =
                if dated { Some(app.passwords().hash(call.claim(), call.ctx.entropy, password).await?) } else { None };
            let device = verdict
                .user
                .as_ref()
                .zip(device)
                .and_then(|(user, cookie)| device::known(app, (environment, user.id), cookie, call.ctx.now));
            if let Some(device) = device.filter(|_| !verdict.right) {
                app.devices.failed(device, call.ctx.now);
            }
            Ok(Verdict { rehash, on_known_device: device.is_some(), ..verdict })
        }
        Act::PasswordForgot { username } => Ok(Verdict::with_code(call, of_name(call, username).await?)),
        Act::PasswordSendRecoveryCode => Ok(Verdict::with_code(call, recovering(call, flow).await?)),
        Act::PasswordRecover { code, new } => recovered(call, recovering(call, flow).await?, code, new).await,
        Act::PasswordReset { current, new } => {
            let user = match flow.state.user() {
                Some(id) => app.store.user(environment, id).await?,
                None => None,
            };
            let verdict = if let Some(current) = current {
                check(call, user, current).await?
            } else {
                let right = user.as_ref().is_some_and(|user| knows_password(flow, user));
                Verdict { user, right, ..Verdict::none() }
            };
            if !verdict.right {
                return Ok(verdict);
            }
            let judged = judge(call, verdict.user.as_ref(), current, new, Some(call.ctx.now)).await?;
            Ok(Verdict { judged, ..verdict })
        }
    }
}

/// What the policy has against the new password is only told to who has the code. Nobody waits for an age of one that they forgot.
async fn recovered(call: &Call<'_>, user: Option<User>, code: &str, new: &str) -> Result<Verdict, Stop> {
    let sent = sent_to(call, user.as_ref()).await?;
    let right = user.as_ref().is_some_and(|user| is_code(call, user, sent.as_ref(), code));
    let judged = if right { judge(call, user.as_ref(), None, new, None).await? } else { Err(wrong()) };
    Ok(Verdict { user, right, judged, ..Verdict::none() })
}

/// The user whose password was forgotten in this flow.
async fn recovering(call: &Call<'_>, flow: &Flow) -> Result<Option<User>, Stop> {
    let State::RecoveryCodeRequired { user: Some(user) } = flow.state else { return Ok(None) };
    Ok(call.app.store.user(call.environment(), user).await?)
}

/// The code that was sent to the user last. Looked for also where there is nobody, for the time it takes.
async fn sent_to(call: &Call<'_>, user: Option<&User>) -> Result<Option<MailedCode>, Stop> {
    let id = user.map_or(protocol::id::UserId::new(uuid::Uuid::nil()), |user| user.id);
    Ok(call.app.store.mailed_code(call.environment(), id, CodeFor::Recovery).await?)
}

fn is_code(call: &Call<'_>, user: &User, sent: Option<&MailedCode>, code: &str) -> bool {
    let typed = digest_of(call.app.pepper(), user, CodeFor::Recovery, code);
    judge_code(sent, &typed, CodeFor::Recovery, call.ctx.now).is_ok()
}

fn wrong() -> Refused {
    Reason::MailedCodeWrong.into()
}

async fn of_name(call: &Call<'_>, typed: &str) -> Result<Option<User>, Stop> {
    match username_key(typed_username(typed)) {
        Ok(key) => Ok(call.app.store.user_by_name(call.environment(), &key).await?),
        Err(_) => Ok(None),
    }
}

/// One hash is computed whether or not there is anything to compare with.
async fn check(call: &Call<'_>, user: Option<User>, password: &str) -> Result<Verdict, Failure> {
    let passwords = call.app.passwords();
    let found = if let Some(hash) = user.as_ref().and_then(hash_of) {
        passwords.check(call.claim(), hash, password).await?
    } else {
        passwords.dummy_check(call.claim(), password).await?;
        password::Checked::default()
    };
    Ok(Verdict { user, right: found.right, print: found.print, ..Verdict::none() })
}

async fn judge(
    call: &Call<'_>,
    user: Option<&User>,
    current: Option<&str>,
    new: &str,
    chosen_at: Option<Time>,
) -> Result<Result<String, Refused>, Stop> {
    let Some(user) = user else { return Ok(Err(Reason::UserUnknown.into())) };
    let policy = policy(call, Some(user)).await?;
    let passwords = call.app.passwords();
    let same = match (current, hash_of(user)) {
        (Some(current), _) => current == new,
        (None, Some(hash)) => passwords.check(call.claim(), hash, new).await?.right,
        (None, None) => false,
    };
    let before = Before { current, same, chosen_at };
    match password::judge(call.app, call.claim(), (&policy, user), before, new).await? {
        Ok(()) => Ok(Ok(passwords.hash(call.claim(), call.ctx.entropy, new).await?)),
        Err(problem) => Ok(Err(problem.into_refused("newPassword"))),
    }
}

/// The user as they are now, and the policy that counts their failures.
pub(super) struct Facts {
    pub(super) user: Option<User>,
    policy: PasswordPolicy,
    /// The code that was sent to them last, where codes matter.
    sent: Option<MailedCode>,
    /// Whether mail can be sent at all.
    sends: bool,
}

impl Facts {
    pub(super) async fn load(call: &Call<'_>, act: Act<'_>, verdict: &Verdict) -> Result<Self, Stop> {
        // Read again also where nobody was found, for the time it takes.
        let id = verdict.user.as_ref().map_or(protocol::id::UserId::new(uuid::Uuid::nil()), |user| user.id);
        let user = call.app.store.user(call.environment(), id).await?;
        let policy = policy(call, user.as_ref()).await?;
        let sent = match act {
            Act::PasswordForgot { .. } | Act::PasswordRecover { .. } | Act::PasswordSendRecoveryCode => {
                sent_to(call, user.as_ref()).await?
            }
            _ => None,
        };
        Ok(Self { user, policy, sent, sends: call.app.sends_mail() })
    }

    pub(super) fn input<'a>(&'a self, call: &Call<'_>, act: Act<'_>, verdict: &'a Verdict) -> Input<'a> {
        let user = self.user.as_ref();
        let forgotten = || Forgotten {
            user,
            fresh: verdict.mailed.as_ref().map(|(code, _)| code),
            before: self.sent.as_ref(),
            sends: self.sends,
        };
        let checked = verdict.checked(user, &self.policy);
        match act {
            Act::Cancel => Input::Cancel,
            Act::Consent { allowed, .. } => Input::Consent { allowed },
            Act::PasswordForgot { .. } => Input::PasswordForgot(forgotten()),
            Act::PasswordRecover { code, .. } => Input::PasswordRecover(Recovering {
                user,
                policy: &self.policy,
                sent: self.sent.as_ref(),
                typed: user.map(|user| digest_of(call.app.pepper(), user, CodeFor::Recovery, code)),
                judged: verdict.judged.as_deref(),
            }),
            Act::PasswordSendRecoveryCode => Input::PasswordSendRecoveryCode(forgotten()),
            Act::SessionReset => Input::SessionReset,
            Act::UsernamePassword(_) => Input::UsernamePassword(checked),
            Act::Vouched { .. } => Input::Vouched(checked),
            Act::PasswordReset { .. } => {
                Input::PasswordReset(NewPassword { current: checked, judged: verdict.judged.as_deref() })
            }
        }
    }
}

/// Never of who is refused whatever they type: a second hash would tell by its time that the password is right (PW-01).
fn is_dated(user: &User, now: Time) -> bool {
    user.may_act().is_ok() && !user.account.is_locked(now) && hash_of(user).is_some_and(Passwords::is_dated)
}

fn hash_of(user: &User) -> Option<&str> {
    user.password.as_ref().map(|password| password.hash.as_str())
}
