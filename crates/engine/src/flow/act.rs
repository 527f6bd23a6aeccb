//! One step of a flow: check what was typed, decide, commit, and on a lost guard load and decide again.

use protocol::audit;
use protocol::change::Change;
use protocol::flow::{
    Action, Before, Checked, Flow, Followed, Input, NewPassword, OpenedSession, Rejected, Stepped, admit,
    knows_password, step,
};
use protocol::model::{PasswordPolicy, User};
use protocol::name::{typed_username, username_key};
use protocol::refusal::{Reason, Refused};
use protocol::secret::TokenHash;
use protocol::time::Time;

use crate::app::{App, Ask};
use crate::call::{Call, Stop};
use crate::failure::Failure;
use crate::finish::{Finished, Granted, Lost};
use crate::flow::view::{FlowView, about, client, load, policy, view};
use crate::flow::{Visitor, device, will};
use crate::password::{self, Passwords};
use crate::site::Site;

/// What somebody does to a flow.
#[derive(Clone, Copy)]
pub enum Act<'a> {
    Cancel,
    /// Of whoever holds the flow's session.
    Consent {
        allowed: bool,
        visitor: Visitor<'a>,
    },
    /// `current` may be left out by whoever typed it in this very flow.
    PasswordReset {
        current: Option<&'a str>,
        new: &'a str,
    },
    SessionReset,
    UsernamePassword(Typed<'a>),
    /// On a developer's server, which signs people on whom nobody asked for a password.
    Vouched {
        username: &'a str,
    },
}

/// What somebody typed to sign on.
#[derive(Clone, Copy)]
pub struct Typed<'a> {
    pub username: &'a str,
    pub password: &'a str,
    /// What the browser says of who signed on in it before ([`super::device`]).
    pub device: Option<&'a str>,
}

impl Act<'_> {
    /// What the event says before the step is decided.
    fn action(self) -> audit::Action {
        match self {
            Self::Cancel | Self::Consent { .. } | Self::SessionReset => audit::Action::FlowUpdated,
            Self::PasswordReset { .. } => audit::Action::PasswordChanged,
            Self::UsernamePassword(_) | Self::Vouched { .. } => audit::Action::PasswordChecked,
        }
    }
}

/// The flow after the step, and the session it opened.
#[derive(Clone, Debug)]
pub struct Acted {
    pub view: FlowView,
    pub opened: Option<OpenedSession>,
    /// What the browser says from now on of who signed on in it.
    pub device: Option<String>,
}

/// Performs one step. `browser` is what a page's form proved; the JSON API gives none.
///
/// 404 for an unknown flow, 403 for another browser's page, 400 for an action that the state does not allow, for
/// credentials that are not right and for a new password that breaks the policy, 503 when too many sign on at once.
pub async fn act(
    app: &App,
    site: &Site,
    ask: &Ask,
    flow: &str,
    act: Act<'_>,
    browser: Option<TokenHash>,
) -> Finished<Acted> {
    let mut call = match Call::begin(app, site, ask, act.action()).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    // It holds all that is known of a person, several times.
    match Box::pin(perform(&mut call, flow, act, browser)).await {
        Ok(finished) => finished,
        Err(stop) => call.stop(stop).await,
    }
}

/// Whether the person of this name signed on before in the browser that says so.
pub async fn knows_device(app: &App, site: &Site, typed: Typed<'_>) -> bool {
    let key = username_key(typed_username(typed.username));
    let (Some(cookie), Ok(key)) = (typed.device, key) else { return false };
    let Ok(Some(user)) = app.store.user_by_name(site.environment, &key).await else { return false };
    device::known(app, (site.environment, user.id), cookie, app.now(site.environment)).is_some()
}

async fn perform(
    call: &mut Call<'_>,
    id: &str,
    act: Act<'_>,
    browser: Option<TokenHash>,
) -> Result<Finished<Acted>, Stop> {
    let mut flow = load(call, id).await?;
    about(call, &flow);
    call.at.tenant.must_know_policies()?;
    if browser.is_some_and(|browser| browser != flow.browser) {
        return Err(Refused::new(Reason::CsrfTokenInvalid, "the browser that began the flow", "another").into());
    }
    let client = client(call, &flow).await?;
    let mut verdict = if admitted(&flow, act) { verify(call, &flow, act).await? } else { Verdict::none() };
    for _ in 0..ATTEMPTS {
        let facts = Facts::load(call, &verdict).await?;
        if !verdict.is_of(facts.user.as_ref()) {
            // The password was changed meanwhile, perhaps in this very flow: what was typed is judged by what counts now.
            flow = load(call, id).await?;
            verdict = if admitted(&flow, act) { verify(call, &flow, act).await? } else { Verdict::none() };
            continue;
        }
        let follows = Followed::of(&call.at.tenant.sign_on_policies, flow.purpose.policies(), call.ask.source);
        match step(&flow, facts.input(act, &verdict), &follows, &call.ctx) {
            Ok(stepped) => {
                let stepped = will::ask(call, &client, stepped).await?;
                match advance(call, facts.user, stepped, act).await? {
                    Ok(finished) => return Ok(finished),
                    Err(Lost) => flow = load(call, id).await?,
                }
            }
            Err(rejected) => {
                // Another form of this flow may have been first, and may even have changed the password: then what was typed is
                // held against the state that it left. Who has proved nothing escapes no count by moving the flow meanwhile.
                let latest = load(call, id).await?;
                let moved = latest.version != flow.version;
                if moved && !latest.proven.is_empty() {
                    flow = latest;
                    continue;
                }
                if let Ok(finished) = reject(call, *rejected, moved).await {
                    return Ok(finished);
                }
            }
        }
    }
    Err(Reason::FlowMovedOn.into())
}

async fn advance(
    call: &mut Call<'_>,
    user: Option<User>,
    stepped: Stepped,
    act: Act<'_>,
) -> Result<Result<Finished<Acted>, Lost>, Stop> {
    let Stepped { flow, opened, changes, event } = stepped;
    let user = user.filter(|user| flow.state.user() == Some(user.id));
    let view = view(call, flow, user).await?;
    call.tells(event);
    let cookie = match act {
        Act::UsernamePassword(typed) => typed.device,
        Act::Cancel | Act::Consent { .. } | Act::PasswordReset { .. } | Act::SessionReset | Act::Vouched { .. } => None,
    };
    let device = opened.as_ref().map(|opened| device::remembered(call.app, &call.ctx, &opened.session, cookie));
    Ok(call.attempt(Granted { value: Acted { view, opened, device }, changes }).await)
}

/// Of a flow that has moved on, nothing is written: whoever moved it extended its life.
async fn reject(call: &mut Call<'_>, rejected: Rejected, moved: bool) -> Result<Finished<Acted>, Lost> {
    let Rejected { refused, mut changes, event } = rejected;
    changes.retain(|change| !(moved && matches!(change, Change::UpdateFlow(_))));
    call.tells(event);
    // An unknown name must not be told from a wrong password by the time it takes.
    call.attempt_refusal(refused, changes).await
}

fn admitted(flow: &Flow, act: Act<'_>) -> bool {
    match act {
        Act::Cancel | Act::SessionReset => true,
        Act::Consent { .. } => admit(flow, Action::UserConsent).is_ok(),
        Act::PasswordReset { .. } => admit(flow, Action::PasswordReset).is_ok(),
        Act::UsernamePassword(_) | Act::Vouched { .. } => admit(flow, Action::UsernamePasswordCheck).is_ok(),
    }
}

/// What the slow checks found, made once whatever happens to the commit.
struct Verdict {
    /// Whose password was checked, and against which hash.
    user: Option<User>,
    right: bool,
    print: Option<String>,
    rehash: Option<String>,
    judged: Result<String, Refused>,
    /// The user signed on there before.
    on_known_device: bool,
}

impl Verdict {
    fn none() -> Self {
        Self {
            user: None,
            right: false,
            print: None,
            rehash: None,
            judged: Err(Reason::NewPasswordRefused.into()),
            on_known_device: false,
        }
    }

    /// Whether the password that was checked is the user's still.
    fn is_of(&self, user: Option<&User>) -> bool {
        user.and_then(hash_of) == self.user.as_ref().and_then(hash_of)
    }

    fn checked<'a>(&'a self, user: Option<&'a User>, policy: &'a PasswordPolicy) -> Checked<'a> {
        let (print, rehash) = (self.print.as_deref(), self.rehash.as_deref());
        let on_known_device = self.on_known_device;
        Checked { user, policy, right: self.right, print, rehash, on_known_device }
    }
}

async fn verify(call: &Call<'_>, flow: &Flow, act: Act<'_>) -> Result<Verdict, Stop> {
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
            let judged = judge(call, verdict.user.as_ref(), current, new).await?;
            Ok(Verdict { judged, ..verdict })
        }
    }
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
) -> Result<Result<String, Refused>, Stop> {
    let Some(user) = user else { return Ok(Err(Reason::UserUnknown.into())) };
    let policy = policy(call, Some(user)).await?;
    let passwords = call.app.passwords();
    let same = match (current, hash_of(user)) {
        (Some(current), _) => current == new,
        (None, Some(hash)) => passwords.check(call.claim(), hash, new).await?.right,
        (None, None) => false,
    };
    let before = Before { current, same, chosen_at: Some(call.ctx.now) };
    match password::judge(call.app, call.claim(), (&policy, user), before, new).await? {
        Ok(()) => Ok(Ok(passwords.hash(call.claim(), call.ctx.entropy, new).await?)),
        Err(problem) => Ok(Err(problem.into_refused("newPassword"))),
    }
}

/// The user as they are now, and the policy that counts their failures.
struct Facts {
    user: Option<User>,
    policy: PasswordPolicy,
}

impl Facts {
    async fn load(call: &Call<'_>, verdict: &Verdict) -> Result<Self, Stop> {
        // Read again also where nobody was found, for the time it takes.
        let id = verdict.user.as_ref().map_or(protocol::id::UserId::new(uuid::Uuid::nil()), |user| user.id);
        let user = call.app.store.user(call.environment(), id).await?;
        let policy = policy(call, user.as_ref()).await?;
        Ok(Self { user, policy })
    }

    fn input<'a>(&'a self, act: Act<'_>, verdict: &'a Verdict) -> Input<'a> {
        let checked = verdict.checked(self.user.as_ref(), &self.policy);
        match act {
            Act::Cancel => Input::Cancel,
            Act::Consent { allowed, .. } => Input::Consent { allowed },
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

/// The words typed are secrets.
impl std::fmt::Debug for Typed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typed(…)")
    }
}

/// The words typed are secrets.
impl std::fmt::Debug for Act<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Cancel => "Cancel",
            Self::Consent { .. } => "Consent(…)",
            Self::PasswordReset { .. } => "PasswordReset(…)",
            Self::SessionReset => "SessionReset",
            Self::UsernamePassword(_) => "UsernamePassword(…)",
            Self::Vouched { .. } => "Vouched(…)",
        })
    }
}

/// How often a lost guard is met with a new decision. Parallel guesses on one account lose to each other until the
/// account locks; after that nothing is counted and nothing lost.
const ATTEMPTS: usize = 32;
