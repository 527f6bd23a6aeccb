//! How a command ends when it did not succeed.

use std::fmt;
use std::process::ExitCode;

/// The exit codes of the command line: 1 failure, 2 something is to be done (of `plan` and `diff`), 69 a dependency is unavailable, 73 data cannot be created, 78 configuration.
#[derive(Debug)]
pub(crate) enum Exit {
    Failure(String),
    Changes(String),
    Unavailable(String),
    CannotCreate(String),
    Configuration(String),
}

impl Exit {
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failure(_) => 1,
            Self::Changes(_) => 2,
            Self::Unavailable(_) => 69,
            Self::CannotCreate(_) => 73,
            Self::Configuration(_) => 78,
        })
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failure(text)
            | Self::Changes(text)
            | Self::Unavailable(text)
            | Self::CannotCreate(text)
            | Self::Configuration(text) => f.write_str(text),
        }
    }
}
