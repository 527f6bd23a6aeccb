//! Decides where an answer goes, in the terms that matter to the person who is asked.

use crate::uri::authority_of;

/// Who gets the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// A site of the web: its host is whom the person deals with (RFC 9700 §4.14).
    Web,
    /// Some program on the person's own device, whichever listens there (RFC 8252 §8.6).
    Device,
}

/// Where an answer to this redirection URI goes. Without one the caller drives the flow itself, from wherever it is.
pub fn direction(redirect_uri: Option<&str>) -> Direction {
    let Some(uri) = redirect_uri else { return Direction::Web };
    let https = uri.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
    match host(uri) {
        Some(host) if https && !is_loopback(host) => Direction::Web,
        _ => Direction::Device,
    }
}

/// The host of an address of the web, with its port where it has one.
pub fn host(uri: &str) -> Option<&str> {
    authority_of(uri)
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let is_loopback = |address: std::net::IpAddr| address.is_loopback();
    name.eq_ignore_ascii_case("localhost")
        || name.to_ascii_lowercase().ends_with(".localhost")
        || name.parse().is_ok_and(is_loopback)
}
