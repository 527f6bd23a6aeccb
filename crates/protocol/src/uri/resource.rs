//! Decides what a resource indicator names (RFC 8707 §2).

use super::MAX_OCTETS;
use super::split::{Parts, split, split_authority};

/// The form in which two resource indicators are compared; `None` for what is no absolute URI without a fragment.
///
/// RFC 3986 §6.2.2.1 and §6.2.3: scheme and host in lower case, the port of the scheme left out, and for the web an empty path
/// is `/`. Nothing is decoded, so that no two resources become one.
pub fn resource_key(uri: &str) -> Option<String> {
    if uri.len() > MAX_OCTETS || !is_written_well(uri) {
        return None;
    }
    let Parts { scheme, authority, path, query, fragment } = split(uri)?;
    // RFC 8707 §2: MUST NOT include a fragment component.
    if fragment.is_some() {
        return None;
    }
    let scheme = scheme.to_ascii_lowercase();
    let port = match scheme.as_str() {
        "https" => Some("443"),
        "http" => Some("80"),
        _ => None,
    };
    let (authority, path) = match (authority, port) {
        (Some(authority), Some(port)) => (Some(of_the_web(authority, port)?), if path.is_empty() { "/" } else { path }),
        // RFC 9110 §4.2.1: the web has no address without a host.
        (None, Some(_)) => return None,
        (authority, None) => (authority.map(str::to_ascii_lowercase), path),
    };
    if authority.is_none() && path.is_empty() {
        return None;
    }
    let authority = authority.map(|authority| format!("//{authority}")).unwrap_or_default();
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("{scheme}:{authority}{path}{query}"))
}

/// Whether the identifier is one that a client can look up metadata for (RFC 9728 §1.2), where `http` is as good as `https`.
pub fn is_web_resource(uri: &str) -> bool {
    resource_key(uri).is_some_and(|key| key.starts_with("https:") || key.starts_with("http:"))
}

/// A host without user information (RFC 9110 §4.2.4) and without the port that the scheme has anyway.
fn of_the_web(authority: &str, default_port: &str) -> Option<String> {
    let parts = split_authority(authority).filter(|parts| parts.userinfo.is_none() && !parts.host.is_empty())?;
    let host = parts.host.to_ascii_lowercase();
    match parts.port {
        None | Some("") => Some(host),
        Some(port) if port == default_port => Some(host),
        Some(port) if port.bytes().all(|octet| octet.is_ascii_digit()) => Some(format!("{host}:{port}")),
        Some(_) => None,
    }
}

/// RFC 3986 §2: unreserved and reserved characters, and `%` with two hexadecimal digits.
fn is_written_well(uri: &str) -> bool {
    let octets = uri.as_bytes();
    octets.iter().enumerate().all(|(at, octet)| match octet {
        b'%' => octets.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)),
        other => other.is_ascii_alphanumeric() || MARKS.contains(other),
    })
}

const MARKS: &[u8] = b"-._~:/?#[]@!$&'()*+,;=";
