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
            Self::ConsentRequired { .. } => "CONSENT_REQUIRED",
            Self::Completed { .. } | Self::Resumed { .. } => "COMPLETED",
            Self::Cancelled => "FAILED",
        }
    }

    pub const fn user(&self) -> Option<UserId> {
        match self {
            Self::UsernamePasswordRequired | Self::Cancelled => None,
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
            | Self::Cancelled => None,
        }
    }
}

names! {
    /// What a caller may do with a flow. The name is the link and, with its prefix, the media type.
    pub enum Action {
        PasswordReset = "password.reset",
        SessionReset = "session.reset",
        /// Of whoever holds the flow's session.
        UserConsent = "user.consent",
        UsernamePasswordCheck = "usernamePassword.check",
    }
}

impl Action {
    /// Reads `application/vnd.pingidentity.<action>+json`, in any case (RFC 9110 §8.3.1).
    pub fn from_media_type(media_type: &str) -> Option<Self> {
        let media_type = media_type.to_ascii_lowercase();
        let name = media_type.strip_prefix("application/vnd.pingidentity.")?.strip_suffix("+json")?;
        Self::ALL.into_iter().find(|a| a.name().eq_ignore_ascii_case(name))
    }
}

/// The actions that `state` allows, in the order in which they are offered.
pub const fn actions(state: &State) -> &'static [Action] {
    match state {
        State::UsernamePasswordRequired => &[Action::UsernamePasswordCheck, Action::SessionReset],
        State::MustChangePassword { .. } | State::PasswordExpired { .. } => {
            &[Action::PasswordReset, Action::SessionReset]
        }
        State::ConsentRequired { .. } => &[Action::UserConsent, Action::SessionReset],
        State::Completed { .. } => &[Action::SessionReset],
        State::Resumed { .. } | State::Cancelled => &[],
    }
}
