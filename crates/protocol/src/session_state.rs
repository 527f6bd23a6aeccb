//! What an application is told of the session in a browser, so that a frame of this server can tell it of a change
//! (OpenID Connect Session Management 1.0).
//!
//! The frame knows what a cookie says of the session; the application holds a hash of that, made for it and its origin alone. Neither
//! opens anything.

use jose::b64;
use jose::digest::sha256;

use crate::model::Application;
use crate::uri::authority_of;

/// What the browser keeps, and what the application is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionState {
    /// The value of the cookie that the frame reads. It is no session's: whoever has it can ask whether it changed.
    pub browser: String,
    /// `session_state` (§2).
    pub told: String,
}

impl SessionState {
    /// What a response to `redirect_uri` says of the session that the browser knows as `browser`. None: no page is at that address, so
    /// that nobody could ask.
    pub fn of(browser: String, client_id: &str, redirect_uri: &str, salt: &str) -> Option<Self> {
        let told = told(&browser, client_id, &origin(redirect_uri)?, salt);
        Some(Self { browser, told })
    }
}

/// §4.2: a salted hash of client, origin and the browser's state, as the script of the frame makes it.
fn told(browser: &str, client_id: &str, origin: &str, salt: &str) -> String {
    let hash = sha256(format!("{client_id} {origin} {browser} {salt}").as_bytes());
    format!("{}.{salt}", b64::encode(&hash))
}

/// The origin of an address of the web as a browser writes it (RFC 6454 §6.2). None for what is none, or none that anything is compared
/// with octet for octet: a wildcard, a user name, letters beyond ASCII.
pub fn origin(address: &str) -> Option<String> {
    let scheme = address.split_once("://")?.0.to_ascii_lowercase();
    let default_port = match scheme.as_str() {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    let authority = authority_of(address)?.to_ascii_lowercase();
    is_plain(&authority).then(|| format!("{scheme}://{}", authority.strip_suffix(default_port).unwrap_or(&authority)))
}

/// A host, and perhaps a port, in the one way in which a browser writes both: nothing of it ends a source in a policy.
fn is_plain(authority: &str) -> bool {
    let end = match authority.strip_prefix('[') {
        Some(literal) => literal.find(']').map_or(0, |at| at + 2),
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at(end);
    let named =
        host.bytes().all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit() || b"-._".contains(&octet));
    let literal = host.starts_with('[')
        && host[1..host.len() - 1].bytes().all(|octet| octet.is_ascii_hexdigit() || b":.".contains(&octet));
    let port = port.strip_prefix(':').map_or(port.is_empty(), |port| {
        !port.starts_with('0') && port.bytes().all(|octet| octet.is_ascii_digit()) && port.parse::<u16>().is_ok()
    });
    !host.is_empty() && (named || literal) && port
}

/// The origins of the pages of an application, to which its responses go: those that may hold the frame.
pub fn origins(application: &Application) -> Vec<String> {
    let mut origins: Vec<String> = application.redirect_uris.iter().filter_map(|uri| origin(uri)).collect();
    origins.sort_unstable();
    origins.dedup();
    origins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_as_a_browser_writes_it() {
        for (address, expected) in [
            ("https://rp.example/cb?x#y", Some("https://rp.example")),
            ("HTTPS://RP.Example:443/cb", Some("https://rp.example")),
            ("https://rp.example:8443", Some("https://rp.example:8443")),
            ("http://localhost:80/", Some("http://localhost")),
            ("http://localhost:3000/callback", Some("http://localhost:3000")),
            ("http://[::1]:3000/", Some("http://[::1]:3000")),
            ("https://rp.example:80/", Some("https://rp.example:80")),
            ("https://*.rp.example/cb", None),
            ("https://user@rp.example/", None),
            ("https://rp.example; script-src */", None),
            ("https://rp example/", None),
            ("https://\u{e4}.example/", None),
            ("com.example.app://cb", None),
            ("com.example.app:/cb", None),
            ("https://rp.example:443:443/", None),
            ("https://rp.example:/", None),
            ("https://rp.example:080/", None),
            ("https://rp.example:99999/", None),
            ("https://[::1", None),
            ("https://[::1]x/", None),
            ("https://[x;y]/", None),
            ("https://", None),
            ("https:///cb", None),
            ("", None),
        ] {
            assert_eq!(origin(address).as_deref(), expected, "{address}");
        }
    }

    /// Another client, page, session or salt has another one.
    #[test]
    fn it_is_one_clients_and_one_pages() {
        let one = SessionState::of("b".into(), "c1", "https://rp.example/cb", "s").unwrap();
        assert_eq!(one.told, told("b", "c1", "https://rp.example", "s"));
        assert!(one.told.strip_suffix(".s").is_some() && one.told.len() == 45 && !one.told.contains(' '), "{one:?}");
        for other in [
            SessionState::of("b".into(), "c2", "https://rp.example/cb", "s"),
            SessionState::of("b".into(), "c1", "https://other.example/cb", "s"),
            SessionState::of("x".into(), "c1", "https://rp.example/cb", "s"),
            SessionState::of("b".into(), "c1", "https://rp.example/cb", "t"),
        ] {
            assert_ne!(other.unwrap().told, one.told);
        }
        assert_eq!(SessionState::of("b".into(), "c1", "https://rp.example/another", "s"), Some(one));
        assert_eq!(SessionState::of("b".into(), "c1", "com.example.app:/cb", "s"), None);
    }
}
