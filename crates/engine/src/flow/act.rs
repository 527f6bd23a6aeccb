//! One step of a flow: check what was typed, decide, commit, and on a lost guard load and decide again.

use protocol::audit;
use protocol::change::Change;
use protocol::flow::{Action, Flow, Followed, OpenedSession, Rejected, Stepped, admit, step};
use protocol::model::User;
use protocol::name::{typed_username, username_key};
use protocol::refusal::{Reason, Refused};
use protocol::secret::TokenHash;

use crate::app::{App, Ask};
use crate::call::{Call, Stop};
use crate::finish::{Finished, Granted, Lost};
use crate::flow::verdict::{Facts, Verdict, verify};
use crate::flow::view::{FlowView, about, client, load, view};
use crate::flow::{Visitor, device, will};
use crate::mail::CodeLetter;
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
    /// Somebody forgot the password of this name.
    PasswordForgot {
        username: &'a str,
    },
    PasswordRecover {
        code: &'a str,
        new: &'a str,
    },
    PasswordSendRecoveryCode,
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
            Self::Cancel
            | Self::Consent { .. }
            | Self::PasswordForgot { .. }
            | Self::PasswordSendRecoveryCode
            | Self::SessionReset => audit::Action::FlowUpdated,
            Self::PasswordRecover { .. } | Self::PasswordReset { .. } => audit::Action::PasswordChanged,
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
    /// A code that is on record and is to be sent.
    pub letter: Option<CodeLetter>,
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
        let facts = Facts::load(call, act, &verdict).await?;
        if !verdict.is_of(facts.user.as_ref()) {
            // The password was changed meanwhile, perhaps in this very flow: what was typed is judged by what counts now.
            flow = load(call, id).await?;
            verdict = if admitted(&flow, act) { verify(call, &flow, act).await? } else { Verdict::none() };
            continue;
        }
        let follows = Followed::of(&call.at.tenant.sign_on_policies, flow.purpose.policies(), call.ask.source);
        match step(&flow, facts.input(call, act, &verdict), &follows, &call.ctx) {
            Ok(stepped) => {
                let stepped = will::ask(call, &client, stepped).await?;
                match advance(call, facts.user, stepped, act, &verdict).await? {
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
    verdict: &Verdict,
) -> Result<Result<Finished<Acted>, Lost>, Stop> {
    let Stepped { flow, opened, changes, event } = stepped;
    let user = user.filter(|user| flow.state.user() == Some(user.id));
    let view = view(call, flow, user).await?;
    call.tells(event);
    let cookie = match act {
        Act::UsernamePassword(typed) => typed.device,
        _ => None,
    };
    let sends = changes.iter().any(|change| matches!(change, Change::SendMailedCode { .. }));
    let letter = verdict.letter().filter(|_| sends);
    let device = opened.as_ref().map(|opened| device::remembered(call.app, &call.ctx, &opened.session, cookie));
    Ok(call.attempt(Granted { value: Acted { view, opened, device, letter }, changes }).await)
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
        Act::PasswordForgot { .. } => admit(flow, Action::PasswordForgot).is_ok(),
        Act::PasswordRecover { .. } => admit(flow, Action::PasswordRecover).is_ok(),
        Act::PasswordReset { .. } => admit(flow, Action::PasswordReset).is_ok(),
        Act::PasswordSendRecoveryCode => admit(flow, Action::PasswordSendRecoveryCode).is_ok(),
        Act::UsernamePassword(_) | Act::Vouched { .. } => admit(flow, Action::UsernamePasswordCheck).is_ok(),
    }
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
            Self::PasswordForgot { .. } => "PasswordForgot(…)",
            Self::PasswordRecover { .. } => "PasswordRecover(…)",
            Self::PasswordReset { .. } => "PasswordReset(…)",
            Self::PasswordSendRecoveryCode => "PasswordSendRecoveryCode",
            Self::SessionReset => "SessionReset",
            Self::UsernamePassword(_) => "UsernamePassword(…)",
            Self::Vouched { .. } => "Vouched(…)",
        })
    }
}

/// How often a lost guard is met with a new decision. Parallel guesses on one account lose to each other until the
/// account locks; after that nothing is counted and nothing lost.
const ATTEMPTS: usize = 32;
