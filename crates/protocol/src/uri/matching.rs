//! Decides whether a requested redirection URI is a registered one: simple string comparison (RFC 6749 §3.1.2.3,
//! RFC 3986 §6.2.1), with the port of a loopback IP literal as the only exception (RFC 8252 §7.3), PingOne's
//! wildcard where an application allows it, and every port of this machine on a developer's server.

use url::form_urlencoded::Serializer;

use super::MAX_OCTETS;
use super::register::{UriKind, has_wildcard, register};
use super::split::{port_number, split};

/// A redirection URI that was found among the registered ones: the proof that a response may be sent there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchedRedirectUri {
    uri: String,
}

/// What a registered URI may stand for beside itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leeway {
    /// The application's `allowWildcardInRedirectUris`; without it a `*` in a registered URI is only a character.
    pub wildcard: bool,
    /// What [`is_any_port`] for every port: on a developer's server.
    pub any_port: bool,
}

/// Compares a requested URI with those of one application.
pub fn match_redirect(registered: &[String], requested: &str, leeway: Leeway) -> Option<MatchedRedirectUri> {
    // Stored data is not trusted to have passed today's rules: a fragment or a control character is never sent out.
    let sendable = requested.len() <= MAX_OCTETS && requested.bytes().all(|b| b.is_ascii_graphic() && b != b'#');
    let found = sendable
        && registered.iter().any(|known| {
            known == requested
                || equal_but_for_port(known, requested)
                || (leeway.wildcard && fits(known, requested))
                || (leeway.any_port && fits_any_port(known, requested))
        });
    found.then(|| MatchedRedirectUri { uri: requested.to_owned() })
}

/// Whether an application of a developer's server may register it for every port of this machine: `http://localhost:*` for every path
/// too, with a path for that one, with one that ends in `/*` for all below it. `serve` takes none of them for more than a text.
pub fn is_any_port(uri: &str) -> bool {
    let Some(rest) = any_port(uri) else { return false };
    let path = rest.strip_suffix("/*").unwrap_or(rest);
    !path.contains('*') && register(&format!("http://localhost{path}"), UriKind::Redirect, false).is_ok()
}

/// Whether one that [`is_any_port`] covers the request; every name of the loopback interface is as good as another.
fn fits_any_port(known: &str, requested: &str) -> bool {
    let Some(path) = any_port(known) else { return false };
    let Some(rest) = LOCAL.iter().find_map(|start| rest_after_port(requested, start)) else { return false };
    let below = |path: &str| path.ends_with('/') && rest.starts_with(path);
    let covered = path.is_empty() || path == rest || path.strip_suffix('*').is_some_and(below);
    covered && register(requested, UriKind::Redirect, false).is_ok()
}

/// What follows the port that stands for all.
fn any_port(uri: &str) -> Option<&str> {
    let rest = LOCAL.iter().find_map(|start| uri.strip_prefix(start))?.strip_prefix(":*")?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

impl MatchedRedirectUri {
    /// The URI that an earlier request of this flow named, compared anew with what is registered now.
    pub fn from_flow(registered: &[String], stored: &str, leeway: Leeway) -> Option<Self> {
        match_redirect(registered, stored, leeway)
    }

    pub fn as_str(&self) -> &str {
        &self.uri
    }

    /// The URI with the parameters added to its query, form-urlencoded; the registered query stays in front of them
    /// (RFC 6749 §3.1.2, §4.1.2).
    pub fn with_query(&self, params: &[(&str, &str)]) -> String {
        let joint = match self.uri.split_once('?') {
            None => "?",
            Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        };
        self.with(joint, params)
    }

    /// The URI with the parameters as its fragment (OAuth 2.0 Multiple Response Type Encoding Practices §2.1).
    pub fn with_fragment(&self, params: &[(&str, &str)]) -> String {
        self.with("#", params)
    }

    /// Scheme, host and port, as a Content Security Policy or a CORS header names them; `None` for a private-use
    /// scheme, which has no origin.
    pub fn origin(&self) -> Option<String> {
        let parts = split(&self.uri)?;
        let scheme = parts.scheme.to_ascii_lowercase();
        let authority = parts.authority.filter(|_| matches!(scheme.as_str(), "http" | "https"))?;
        Some(format!("{scheme}://{}", authority.to_ascii_lowercase()))
    }

    fn with(&self, joint: &str, params: &[(&str, &str)]) -> String {
        if params.is_empty() {
            return self.uri.clone();
        }
        let encoded = Serializer::new(String::new()).extend_pairs(params).finish();
        format!("{}{joint}{encoded}", self.uri)
    }
}

/// Whether an address leads to the machine of whoever is redirected, in a way that nobody else answers for (RFC 8252 §7.3, §8.3).
pub fn is_loopback(uri: &str) -> bool {
    LOOPBACK.iter().any(|start| rest_after_port(uri, start).is_some())
}

/// RFC 8252 §7.3: for `http` to a loopback IP literal any port will do, and everything else is still identical.
/// `localhost` is a name and not covered (§8.3).
fn equal_but_for_port(known: &str, requested: &str) -> bool {
    LOOPBACK.iter().any(|start| match (rest_after_port(known, start), rest_after_port(requested, start)) {
        (Some(known), Some(requested)) => known == requested,
        _ => false,
    })
}

/// What follows the host and the port, when the URI begins with this host and nothing stands between.
fn rest_after_port<'a>(uri: &'a str, start: &str) -> Option<&'a str> {
    let rest = uri.strip_prefix(start)?;
    let rest = match rest.strip_prefix(':') {
        Some(after) => {
            let (port, rest) = after.split_at(after.find(['/', '?']).unwrap_or(after.len()));
            port_number(port)?;
            rest
        }
        None => rest,
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(rest)
}

/// Whether a registered URI with a wildcard covers the request. The `*` stands for one or more characters that mean
/// nothing in a URI, so it cannot leave its path segment; the result must itself be fit for registration.
fn fits(known: &str, requested: &str) -> bool {
    if !has_wildcard(known) {
        return false;
    }
    let Some((before, after)) = known.split_once('*') else { return false };
    let Some(covered) = requested.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)) else { return false };
    let in_query = before.contains('?');
    let plain =
        |octet: u8| octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) || (in_query && b"=&+%".contains(&octet));
    !covered.is_empty() && covered.bytes().all(plain) && register(requested, UriKind::Redirect, false).is_ok()
}

const LOOPBACK: [&str; 2] = ["http://127.0.0.1", "http://[::1]"];
/// With the name that developers write.
const LOCAL: [&str; 3] = ["http://localhost", LOOPBACK[0], LOOPBACK[1]];
