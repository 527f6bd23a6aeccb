//! The only transition of a flow: state and input to the next state, with the changes that make it true.

use crate::audit::{Action as Act, Actor, Event, Kind};
use crate::change::Change;
use crate::ctx::Ctx;
use crate::id::UserId;
use crate::model::{Account, PasswordPolicy, PasswordState, User};
use crate::refusal::{Detail, Reason, Refused};

use super::session::{self, OpenedSession};
use super::{
    Action, Flow, Followed, Forgotten, Next, Person, Proof, Recovering, State, WrongPassword, actions, after_failure,
    locked_out, next,
};
use super::{consent, recovery};

/// A password as the engine checked it. `user` is absent when nobody has the name; the check took the same time.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'a> {
    pub user: Option<&'a User>,
    pub policy: &'a PasswordPolicy,
    pub right: bool,
    /// Tells a wrong password from others.
    pub print: Option<&'a str>,
    /// The same password hashed with today's parameters, where the stored hash has older ones.
    pub rehash: Option<&'a str>,
    /// The user signed on before on the device that this came from.
    pub on_known_device: bool,
}

/// A new password that the policy takes, hashed.
#[derive(Clone, Copy, Debug)]
pub struct NewPassword<'a> {
    pub current: Checked<'a>,
    /// The hash, or what the policy has against it.
    pub judged: Result<&'a str, &'a Refused>,
}

/// What is done to a flow.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// The person turned away. A page's button; the API has no action for it.
    Cancel,
    /// What the person, whose session the flow has, answers to what the application asks for.
    Consent {
        allowed: bool,
    },
    PasswordForgot(Forgotten<'a>),
    PasswordRecover(Recovering<'a>),
    PasswordReset(NewPassword<'a>),
    PasswordSendRecoveryCode(Forgotten<'a>),
    SessionReset,
    UsernamePassword(Checked<'a>),
    /// A developer's server answers for the person (ADR 0062): no password is asked for, and none is judged.
    Vouched(Checked<'a>),
}

/// A transition.
#[derive(Clone, Debug)]
pub struct Stepped {
    /// As it will be stored; its version counts on at the commit.
    pub flow: Flow,
    pub opened: Option<OpenedSession>,
    pub changes: Vec<Change>,
    pub event: Event,
}

/// A refused input. The state is as before; an account may have one failure more.
#[derive(Clone, Debug)]
pub struct Rejected {
    pub refused: Refused,
    pub changes: Vec<Change>,
    pub event: Event,
}

/// Whether the flow takes `action` now, before anything expensive is done about it.
///
/// # Errors
/// 400 and the state unchanged: no stage can be skipped or repeated.
pub fn admit(flow: &Flow, action: Action) -> Result<(), Refused> {
    let allowed = actions(&flow.state);
    if allowed.contains(&action) {
        return Ok(());
    }
    let expected = allowed.iter().map(|a| a.name()).collect::<Vec<_>>().join(", ");
    Err(Refused::new(Reason::ActionNotAllowed, expected, action.name()))
}

/// Decides what `input` makes of `flow`, which follows this sign-on policy.
///
/// # Errors
/// The refusal, with a failure to count where a password was wrong.
pub fn step(flow: &Flow, input: Input<'_>, follows: &Followed<'_>, ctx: &Ctx<'_>) -> Result<Stepped, Box<Rejected>> {
    let event = event(flow, &input, ctx);
    let admitted = match input {
        // A person may turn away until the flow is answered.
        Input::Cancel if matches!(flow.state, State::Resumed { .. } | State::Cancelled) => {
            Err(Refused::new(Reason::ActionNotAllowed, "a flow that goes on", flow.state.status()))
        }
        Input::Cancel => Ok(()),
        Input::Consent { .. } => admit(flow, Action::UserConsent),
        Input::PasswordForgot(_) => admit(flow, Action::PasswordForgot),
        Input::PasswordRecover(_) => admit(flow, Action::PasswordRecover),
        Input::PasswordReset(_) => admit(flow, Action::PasswordReset),
        Input::PasswordSendRecoveryCode(_) => admit(flow, Action::PasswordSendRecoveryCode),
        Input::SessionReset => admit(flow, Action::SessionReset),
        Input::UsernamePassword(_) | Input::Vouched(_) => admit(flow, Action::UsernamePasswordCheck),
    };
    if let Err(refused) = admitted {
        return Err(rejected(refused, Vec::new(), event));
    }
    match input {
        // What was proven in the flow is forgotten with it: neither user nor session is carried over.
        Input::Cancel => Ok(moved(&forgotten(flow), State::Cancelled, event, ctx)),
        Input::Consent { allowed } => Ok(consent::answer(flow, allowed, event, ctx)),
        Input::SessionReset => match follows.begins(ctx.now) {
            Ok(state) => Ok(moved(&forgotten(flow), state, event, ctx)),
            Err(refused) => Err(rejected(refused, Vec::new(), event)),
        },
        Input::UsernamePassword(checked) => check_password(flow, checked, follows, event, ctx),
        Input::PasswordForgot(of) | Input::PasswordSendRecoveryCode(of) => {
            recovery::send(flow, &of, follows, event, ctx)
        }
        Input::PasswordRecover(new) => recovery::recover(flow, new, follows, event, ctx),
        Input::PasswordReset(new) => reset_password(flow, new, follows, event, ctx),
        Input::Vouched(checked) => vouch(flow, &checked, follows, event, ctx),
    }
}

pub(super) fn rejected(refused: Refused, changes: Vec<Change>, event: Event) -> Box<Rejected> {
    let event = event.refused(&refused);
    Box::new(Rejected { refused, changes, event })
}

pub(super) fn forgotten(flow: &Flow) -> Flow {
    Flow { proven: Vec::new(), consented: None, ..flow.clone() }
}

fn check_password(
    flow: &Flow,
    checked: Checked<'_>,
    follows: &Followed<'_>,
    event: Event,
    ctx: &Ctx<'_>,
) -> Result<Stepped, Box<Rejected>> {
    let user = match identify(&checked, ctx) {
        Ok(user) => user,
        Err(reason) => return Err(fail(flow, &checked, reason, "password", event, ctx)),
    };
    let mut changes = vec![forgive(user)];
    changes.extend(rehash(user, &checked));
    let must_change = user.password.as_ref().is_some_and(|password| password.must_change);
    let password_expired = user.password.as_ref().is_some_and(|p| p.has_expired(checked.policy, ctx.now));
    let proved = Proved { user, proof: Proof::Password, must_change_password: must_change, password_expired, changes };
    go_on(flow, proved, follows, event, ctx)
}

fn vouch(
    flow: &Flow,
    checked: &Checked<'_>,
    follows: &Followed<'_>,
    event: Event,
    ctx: &Ctx<'_>,
) -> Result<Stepped, Box<Rejected>> {
    let reason = match checked.user {
        Some(user) if user.may_act().is_ok() && !user.account.is_locked(ctx.now) => {
            let (proof, changes) = (Proof::Password, Vec::new());
            let proved = Proved { user, proof, must_change_password: false, password_expired: false, changes };
            return go_on(
                flow,
                proved,
                follows,
                Event { note: Some("signed on without a password".into()), ..event },
                ctx,
            );
        }
        Some(user) if user.enabled => Reason::AccountLocked,
        Some(_) => Reason::AccountDisabled,
        None => Reason::UserUnknown,
    };
    Err(fail(flow, checked, reason, "username", event, ctx))
}

fn reset_password(
    flow: &Flow,
    new: NewPassword<'_>,
    follows: &Followed<'_>,
    event: Event,
    ctx: &Ctx<'_>,
) -> Result<Stepped, Box<Rejected>> {
    // The flow remembers whose password was right; another user's cannot be put in its place.
    let current = Checked { user: new.current.user.filter(|user| Some(user.id) == flow.state.user()), ..new.current };
    let user = match identify(&current, ctx) {
        Ok(user) => user,
        Err(reason) => return Err(fail(flow, &current, reason, "currentPassword", event, ctx)),
    };
    let hash = match new.judged {
        Ok(hash) => hash.to_owned(),
        Err(refused) => return Err(rejected(refused.clone(), extend(flow, ctx), event.by(Actor::User(user.id)))),
    };
    let changes = replace(user, hash, current.policy, ctx);
    let proved = Proved { user, proof: Proof::Password, must_change_password: false, password_expired: false, changes };
    go_on(flow, proved, follows, event, ctx)
}

/// A new password that its own person chose, in place of the one that they have.
pub(super) fn replace(user: &User, hash: String, policy: &PasswordPolicy, ctx: &Ctx<'_>) -> Vec<Change> {
    let password = PasswordState { hash, must_change: false, chosen: true, changed_at: ctx.now.to_millis() };
    let set = Change::SetPassword {
        environment: user.environment,
        user: user.id,
        was: hash_of(user),
        password: Some(password),
        end_families: false,
        retiring: policy.retiring(ctx.now),
    };
    // Whoever knew the old password may hold a session, and what it gave: all that was opened by it ends before the new session
    // is made (RFC 9700 §4.14.2).
    let end = Change::EndUserSessions(user.environment, user.id, ctx.now);
    vec![forgive(user), set, end]
}

/// What an input showed, and the changes that it makes whatever comes next.
pub(super) struct Proved<'a> {
    pub(super) user: &'a User,
    pub(super) proof: Proof,
    pub(super) must_change_password: bool,
    pub(super) password_expired: bool,
    pub(super) changes: Vec<Change>,
}

/// A proof was given: on to what comes next.
pub(super) fn go_on(
    flow: &Flow,
    proved: Proved<'_>,
    follows: &Followed<'_>,
    event: Event,
    ctx: &Ctx<'_>,
) -> Result<Stepped, Box<Rejected>> {
    let Proved { user, proof, must_change_password, password_expired, changes } = proved;
    let flow = flow.clone().with(proof);
    let event = event.by(Actor::User(user.id));
    let renews = must_change_password || password_expired;
    match next(&flow, follows, Person { user, must_change_password: renews }, ctx.now) {
        Next::Ask(state) => {
            let state = match state {
                State::MustChangePassword { user } if !must_change_password => State::PasswordExpired { user },
                state => state,
            };
            let mut stepped = moved(&flow, state, event, ctx);
            stepped.changes.extend(changes);
            Ok(stepped)
        }
        Next::SignedOn { acr, amr } => {
            let opened = session::open(ctx, user, acr, amr);
            Ok(sign_on(&flow, user, opened, changes, event, ctx))
        }
        // What was right stays right, and opens nothing.
        Next::Refused(refused) => Err(rejected(refused, changes, event)),
    }
}

/// The user whose password was right and whose account may be used, or the reason that only the owner is told.
fn identify<'a>(checked: &Checked<'a>, ctx: &Ctx<'_>) -> Result<&'a User, Reason> {
    let user = checked.user.ok_or(Reason::UserUnknown)?;
    if user.password.is_none() {
        Err(Reason::PasswordMissing)
    } else if !checked.right {
        Err(Reason::PasswordWrong)
    } else if user.identity_provider.is_some() {
        Err(Reason::AccountElsewhere)
    } else if !user.enabled {
        Err(Reason::AccountDisabled)
    } else if user.account.is_locked_for_good() || (user.account.is_locked(ctx.now) && !checked.on_known_device) {
        Err(Reason::AccountLocked)
    } else {
        Ok(user)
    }
}

/// One and the same answer for every reason, but for whoever knows the password of a locked account; a wrong password of an
/// account counts, each once.
fn fail(
    flow: &Flow,
    checked: &Checked<'_>,
    reason: Reason,
    target: &'static str,
    event: Event,
    ctx: &Ctx<'_>,
) -> Box<Rejected> {
    let refused = match checked.user.filter(|_| reason == Reason::AccountLocked) {
        Some(user) => locked_out(&user.account, target, ctx.now),
        None => not_right(reason, target),
    };
    let mut changes = extend(flow, ctx);
    let mut event = event.refused(&refused);
    if let Some(user) = checked.user {
        event = event.on(Kind::User, user.id.uuid());
        event.user = Some(user.id);
    }
    if let Some(user) = checked.user.filter(|_| reason == Reason::PasswordWrong)
        && let WrongPassword::Counts(account) = after_failure(&user.account, checked.policy, ctx.now, checked.print)
    {
        changes.extend(locked(user.id, &account, &event));
        changes.push(set_account(user, account));
    }
    Box::new(Rejected { refused, changes, event })
}

/// That a user name and a password do not go together, whatever the reason.
pub fn not_right(reason: Reason, target: &'static str) -> Refused {
    let mut refused = Refused::new(reason, "the right username and password of a usable account", "others");
    refused.details.push(Detail::new("INVALID_CREDENTIALS", target, reason.row().public));
    refused
}

fn sign_on(
    flow: &Flow,
    user: &User,
    opened: OpenedSession,
    changes: Vec<Change>,
    event: Event,
    ctx: &Ctx<'_>,
) -> Stepped {
    let state = State::Completed { user: user.id, session: opened.session.id };
    let session_event =
        Event { action: Act::SessionCreated, ..event.clone() }.on(Kind::Session, opened.session.id.uuid());
    let mut stepped = moved(flow, state, event, ctx);
    stepped.changes.extend(changes);
    stepped.changes.extend([
        Change::RecordSignOn { environment: user.environment, user: user.id, at: ctx.now.to_millis() },
        Change::CreateSession(opened.session.clone()),
        Change::Record(Box::new(session_event)),
    ]);
    stepped.opened = Some(opened);
    stepped
}

pub(super) fn moved(flow: &Flow, state: State, event: Event, ctx: &Ctx<'_>) -> Stepped {
    let flow = flow.moved(state, ctx.now);
    Stepped { changes: vec![Change::UpdateFlow(Box::new(flow.clone()))], flow, opened: None, event }
}

pub(super) fn extend(flow: &Flow, ctx: &Ctx<'_>) -> Vec<Change> {
    let lags = flow.lags(ctx.now);
    lags.then(|| Change::UpdateFlow(Box::new(flow.moved(flow.state.clone(), ctx.now)))).into_iter().collect()
}

/// A right password ends the count. Written even at zero: its guard fails when the account was just locked, or the password
/// changed.
fn forgive(user: &User) -> Change {
    set_account(user, Account::default())
}

fn set_account(user: &User, account: Account) -> Change {
    Change::SetAccount {
        environment: user.environment,
        user: user.id,
        was: user.account.clone(),
        judged: hash_of(user),
        account,
    }
}

fn hash_of(user: &User) -> Option<String> {
    user.password.as_ref().map(|password| password.hash.clone())
}

fn rehash(user: &User, checked: &Checked<'_>) -> Option<Change> {
    let (password, hash) = (user.password.as_ref()?, checked.rehash?);
    Some(Change::Rehash {
        environment: user.environment,
        user: user.id,
        was: password.hash.clone(),
        hash: hash.to_owned(),
    })
}

fn locked(user: UserId, account: &Account, event: &Event) -> Option<Change> {
    account.locked_at?;
    let event = Event { action: Act::UserLocked, refusal: None, ..event.clone() }.on(Kind::User, user.uuid());
    Some(Change::Record(Box::new(event)))
}

fn event(flow: &Flow, input: &Input<'_>, ctx: &Ctx<'_>) -> Event {
    let action = match input {
        Input::Cancel
        | Input::Consent { .. }
        | Input::PasswordForgot(_)
        | Input::PasswordSendRecoveryCode(_)
        | Input::SessionReset => Act::FlowUpdated,
        Input::PasswordRecover(_) | Input::PasswordReset(_) => Act::PasswordChanged,
        Input::UsernamePassword(_) | Input::Vouched(_) => Act::PasswordChecked,
    };
    let mut event = Event::new(Some(flow.environment), ctx.now, ctx.correlation, action).on(Kind::Flow, flow.id.uuid());
    event.application = Some(flow.purpose.application());
    event
}
