//! What an application and others are judged by.

use crate::uri::{UriKind, register};

/// An address that is only shown or linked to: http or https and nothing that runs.
pub fn is_web_address(text: &str) -> Result<(), String> {
    register(text, UriKind::Web, false).map_err(|error| error.to_string())
}

/// An address that the server reads keys from: https, or http on this machine. Whoever changes them on the way signs as the client.
pub fn is_fetched_address(text: &str) -> Result<(), String> {
    register(text, UriKind::LoginPage, false).map_err(|error| error.to_string())
}
