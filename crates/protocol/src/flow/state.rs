//! What a flow is and what may be done with it in each state.

use crate::id::{EnvironmentId, FlowId, SessionId, UserId};
use crate::names::names;
use crate::secret::TokenHash;
use crate::time::Time;

use super::{Proof, Purpose};

/// A sign-on in progress. Its purpose never changes: one application, one redirect URI, one challenge.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    pub id: FlowId,
    pub environment: EnvironmentId,
    pub purpose: Purpose,
    pub state: State,
    /// What the person proved in this flow, in order.
    pub proven: Vec<Proof>,
    /// The address of the metadata document that is the application, where it is nowhere registered.
    pub document: Option<String>,
    /// Whether the person allowed what the application asks for, once they were asked.
    pub consented: Option<bool>,
    /// The browser that started it. Pages demand it; the JSON API is bound by the session cookie at resume.
    pub browser: TokenHash,
    pub created_at: Time,
    /// 15 minutes after the last interaction.
    pub expires_at: Time,
    /// Counts writes; the guard of the next one.
    pub version: i64,
}

/// Each variant holds only what that state may use.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// USERNAME_PASSWORD_REQUIRED
    UsernamePasswordRequired,
    /// MUST_CHANGE_PASSWORD: the old password was right.
    MustChangePassword { user: UserId },
    /// PASSWORD_EXPIRED: the same of a password that grew too old.
    PasswordExpired { user: UserId },
    /// RECOVERY_CODE_REQUIRED: somebody forgot the password of a name. A user only where a code may be sent to them; nobody proved yet
    /// to be them.
    RecoveryCodeRequired { user: Option<UserId> },
    /// CONSENT_REQUIRED: a session was made or found, and its person is asked what the application may do.
    ConsentRequired { user: UserId, session: SessionId },
    /// COMPLETED: a session was made or found; `resume` has not answered yet.
    Completed { user: UserId, session: SessionId },
    /// COMPLETED and answered: no second code comes from it.
    Resumed { user: UserId, session: SessionId },
    /// FAILED: the user cancelled.
    Cancelled,
}

impl State {
    /// The status as the flow API writes it.
    pub const fn status(&self) -> &'static str {
        match self {
            Self::UsernamePasswordRequired => "USERNAME_PASSWORD_REQUIRED",
            Self::MustChangePassword { .. } => "MUST_CHANGE_PASSWORD",
            Self::PasswordExpired { .. } => "PASSWORD_EXPIRED",
            Self::RecoveryCodeRequired { .. } => "RECOVERY_CODE_REQUIRED",
            Self::ConsentRequired { .. } => "CONSENT_REQUIRED",
            Self::Completed { .. } | Self::Resumed { .. } => "COMPLETED",
            Self::Cancelled => "FAILED",
        }
    }

    /// Who proved to be themselves in it.
    pub const fn user(&self) -> Option<UserId> {
        match self {
            Self::UsernamePasswordRequired | Self::RecoveryCodeRequired { .. } | Self::Cancelled => None,
            Self::MustChangePassword { user }
            | Self::PasswordExpired { user }
            | Self::ConsentRequired { user, .. }
            | Self::Completed { user, .. }
            | Self::Resumed { user, .. } => Some(*user),
        }
    }

    /// Whether nothing is asked of the person any more.
    pub const fn is_complete(&self) -> bool {
        matches!(self, Self::Completed { .. } | Self::Resumed { .. })
    }

    pub const fn session(&self) -> Option<SessionId> {
        match self {
            Self::ConsentRequired { session, .. } | Self::Completed { session, .. } | Self::Resumed { session, .. } => {
                Some(*session)
            }
            Self::UsernamePasswordRequired
            | Self::MustChangePassword { .. }
            | Self::PasswordExpired { .. }
            | Self::RecoveryCodeRequired { .. }
            | Self::Cancelled => None,
        }
    }
}

names! {
    /// What a caller may do with a flow. The name is the link and, with its prefix, the media type.
    pub enum Action {
        PasswordForgot = "password.forgot",
        PasswordRecover = "password.recover",
        PasswordReset = "password.reset",
        PasswordSendRecoveryCode = "password.sendRecoveryCode",
        SessionReset = "session.reset",
        /// Of whoever holds the flow's session.
        UserConsent = "user.consent",
        UsernamePasswordCheck = "usernamePassword.check",
    }
}

impl Action {
    /// Reads `application/vnd.pingidentity.<action>+json`, in any case (RFC 9110 §8.3.1). The one that has no body PingOne writes
    /// without a format.
    pub fn from_media_type(media_type: &str) -> Option<Self> {
        let media_type = media_type.to_ascii_lowercase();
        let name = media_type.strip_prefix("application/vnd.pingidentity.")?;
        let is = |action: Self, name: &str| action.name().eq_ignore_ascii_case(name);
        match name.strip_suffix("+json") {
            Some(name) => Self::ALL.into_iter().find(|action| is(*action, name)),
            None => Some(Self::PasswordSendRecoveryCode).filter(|action| is(*action, name)),
        }
    }
}

/// The actions that `state` allows, in the order in which they are offered. That a password was forgotten may be said where the sign-on
/// policy and the server allow it as well ([`super::Followed::allows_recovery`]).
pub const fn actions(state: &State) -> &'static [Action] {
    match state {
        State::UsernamePasswordRequired => {
            &[Action::UsernamePasswordCheck, Action::PasswordForgot, Action::SessionReset]
        }
        State::RecoveryCodeRequired { .. } => {
            &[Action::PasswordRecover, Action::PasswordSendRecoveryCode, Action::SessionReset]
        }
        State::MustChangePassword { .. } | State::PasswordExpired { .. } => {
            &[Action::PasswordReset, Action::SessionReset]
        }
        State::ConsentRequired { .. } => &[Action::UserConsent, Action::SessionReset],
        State::Completed { .. } => &[Action::SessionReset],
        State::Resumed { .. } | State::Cancelled => &[],
    }
}
