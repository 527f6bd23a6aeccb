//! What an application and others are judged by.

use crate::uri::{UriError, UriKind, register};

/// An address that is only shown or linked to: http or https and nothing that runs.
pub fn web_address(text: &str) -> Result<(), UriError> {
    register(text, UriKind::TargetLink, false)
}

/// The same, for a description.
pub fn is_web_address(text: &str) -> Result<(), String> {
    web_address(text).map_err(|error| error.to_string())
}
