//! What a caller may learn of something that did not work.

use protocol::refusal::{Reason, Refused};
use store::StoreError;

/// Why there is no answer. Only `web` turns it into one.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    Refused(Box<Refused>),
    /// The database cannot be reached or is overloaded, or holds what only a newer version beside this one can read: the same
    /// request may succeed later, or at another process.
    Unavailable,
    /// A fault of this server. The text names the place for the log, never data of a request.
    Bug(&'static str),
}

/// A failure that is nobody's decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// As [`Failure::Unavailable`].
    Unavailable,
    /// As [`Failure::Bug`].
    Bug(&'static str),
}

impl Fault {
    pub fn reason(self) -> Reason {
        Failure::from(self).reason()
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unavailable => Self::Unavailable,
            Fault::Bug(place) => Self::Bug(place),
        }
    }
}

impl Failure {
    /// The reason as the table knows it.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Refused(refused) => refused.reason,
            Self::Unavailable => Reason::StoreUnavailable,
            Self::Bug(_) => Reason::Unexpected,
        }
    }

    /// The refusal that is answered; for the other two, one made from the reason alone.
    pub fn into_refused(self) -> Refused {
        let reason = self.reason();
        match self {
            Self::Refused(refused) => *refused,
            Self::Unavailable | Self::Bug(_) => reason.into(),
        }
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::Refused(Box::new(refused))
    }
}

impl From<Reason> for Failure {
    fn from(reason: Reason) -> Self {
        Refused::from(reason).into()
    }
}

impl From<StoreError> for Failure {
    /// A lost guard or a taken name means something to its caller, who looks at it first; what arrives here says only that
    /// somebody else was quicker.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Lost { .. } | StoreError::Conflict { .. } => Reason::StateChanged.into(),
            StoreError::Busy | StoreError::TooLong | StoreError::Unavailable(_) => {
                tracing::error!(%error, "the store is not available");
                Self::Unavailable
            }
            // Another process, of the version that wrote it, can answer.
            StoreError::Unreadable(what) => {
                if store::is_news(&what) {
                    tracing::error!(what, "a newer version stored it, or it is damaged: left to who can read it");
                }
                Self::Unavailable
            }
            StoreError::Unstorable { .. } => {
                Refused::new(Reason::ParameterInvalid, "text without NUL", "text with NUL").into()
            }
            StoreError::Crowded => {
                let mut refused = Refused::new(Reason::ListsCrowded, "a few lists at a time", "one more");
                refused.retry_after = Some(RETRY_SECONDS);
                refused.into()
            }
            StoreError::Costly { equal, .. } => {
                let expected = format!("a filter by one of {}", equal.join(", "));
                Refused::new(Reason::FilterTooCostly, expected, "a filter that no index answers in time").into()
            }
            other => {
                tracing::error!(error = %other, "the store and this program disagree");
                Self::Bug("store")
            }
        }
    }
}

/// What a stored value means is known to the process that wrote it alone.
pub fn unreadable(what: &str) -> Failure {
    StoreError::Unreadable(what.to_owned()).into()
}

/// A long list takes about one.
const RETRY_SECONDS: u64 = 1;
