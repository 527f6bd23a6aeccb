//! What an application and others are judged by.

use crate::uri::{UriKind, register};

/// An address that is only shown or linked to: http or https and nothing that runs.
pub fn is_web_address(text: &str) -> Result<(), String> {
    register(text, UriKind::Web, false).map_err(|error| error.to_string())
}
