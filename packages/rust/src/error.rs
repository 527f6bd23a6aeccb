//! Why a control did not do what it was asked to.

use std::fmt;
use std::time::Duration;

/// Why a control did not do what it was asked to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The server refused it, and says why.
    Refused {
        /// The status of its answer.
        status: u16,
        /// A word for programs: `invalid`, `not_found`, `conflict` and others.
        code: String,
        /// Its sentence.
        message: String,
        /// The path of the member that it is about.
        at: Option<String>,
    },
    /// The server did not start.
    NotStarted(String),
    /// The server was not reached.
    Unreachable(String),
    /// What answered is no `grantor dev`.
    Unreadable(String),
    /// What was waited for did not come.
    Absent {
        /// How many came.
        came: usize,
        /// How many were waited for.
        wanted: usize,
        /// How long.
        waited: Duration,
        /// Which.
        which: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { message, at: Some(at), .. } if !at.is_empty() => write!(f, "grantor: {message} (at {at})"),
            Self::Refused { message, .. } => write!(f, "grantor: {message}"),
            Self::NotStarted(why) => write!(f, "grantor did not start: {why}"),
            Self::Unreachable(why) | Self::Unreadable(why) => write!(f, "grantor: {why}"),
            Self::Absent { came, wanted, waited, which } => {
                write!(f, "grantor: {came} of {wanted} requests came within {waited:?} ({which})")
            }
        }
    }
}

impl std::error::Error for Error {}
