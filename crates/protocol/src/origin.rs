//! Decides whether a browser's `Origin` may read an answer: exact scheme, host and port (RFC 6454 §5), with PingOne's
//! `*` for the leftmost label of a host.

use crate::model::Application;
use crate::refusal::{Reason, Refused};
use crate::uri;

/// Why an origin cannot be registered in `corsSettings.origins`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    #[error("The origin must be http or https, a host and an optional port, and nothing else.")]
    Malformed,
    #[error("A wildcard must be the whole leftmost label of a host with at least two more labels.")]
    Wildcard,
}

/// Checks an origin before it is stored: `https://app.example`, `http://localhost:3000`, `https://*.app.example`.
pub fn register_origin(origin: &str) -> Result<(), OriginError> {
    let (scheme, authority) = split(origin).ok_or(OriginError::Malformed)?;
    let plain = match authority.strip_prefix("*.") {
        Some(parent) if host_of(parent).split('.').count() < 2 => return Err(OriginError::Wildcard),
        Some(parent) => format!("{scheme}://wildcard.{parent}"),
        None => origin.to_owned(),
    };
    if plain.contains('*') {
        return Err(OriginError::Wildcard);
    }
    let bare = !authority.contains(['/', '?', '#', '@']);
    if bare && uri::register(&plain, uri::UriKind::Web, false).is_ok() { Ok(()) } else { Err(OriginError::Malformed) }
}

/// Whether the value of the `Origin` header is one of the registered origins. `null`, which every sandboxed page and
/// every `data:` document sends, never is, and neither is a list.
pub fn allowed(registered: &[String], origin: &str) -> bool {
    // RFC 6454 §6.2: a browser writes an origin in one way, small letters and no default port.
    let Some((scheme, authority)) = split(origin) else { return false };
    let written_by_a_browser = !authority.is_empty()
        && authority
            .bytes()
            .all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit() || b".-_:[]".contains(&octet));
    written_by_a_browser && registered.iter().any(|known| covers(&canonical(known), scheme, authority))
}

/// Whether a page of `origin` may drive the application's flows itself: one of the registered origins, or this server's
/// own, which stands before the path of `issuer`. A program that is no browser sends no origin and is not asked.
///
/// # Errors
/// 403. What such a page could not read, it could still set off (FiPA §1; FL-12).
pub fn may_drive(application: &Application, issuer: &str, origin: &str) -> Result<(), Refused> {
    let own = issuer.strip_prefix(origin).is_some_and(|rest| rest.starts_with('/'));
    if own || application.allows_origin(origin) {
        return Ok(());
    }
    let came = crate::told::address(origin);
    Err(Refused::new(Reason::OriginNotAllowed, "one of corsSettings.origins of the application", came))
}

fn covers(known: &str, scheme: &str, authority: &str) -> bool {
    let Some((known_scheme, known_authority)) = split(known) else { return false };
    let same_host = match known_authority.strip_prefix("*.") {
        Some(parent) => authority.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == parent),
        None => known_authority == authority,
    };
    known_scheme == scheme && same_host
}

/// The registered origin as a browser would write it.
fn canonical(known: &str) -> String {
    let small = known.to_ascii_lowercase();
    let default_port = if small.starts_with("https:") { ":443" } else { ":80" };
    small.strip_suffix(default_port).map_or(small.clone(), str::to_owned)
}

fn split(origin: &str) -> Option<(&str, &str)> {
    origin.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"))
}

fn host_of(authority: &str) -> &str {
    authority.split_once(':').map_or(authority, |(host, _)| host)
}

#[cfg(test)]
mod tests;
