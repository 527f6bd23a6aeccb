//! Decides whether a URI may be registered for an application: RFC 6749 §3.1.2, RFC 8252 §7 and the URL rules of
//! PingOne's applications.

use url::{Url, form_urlencoded};

use super::MAX_OCTETS;
use super::split::{Authority, Parts, port_number, split, split_authority};

/// The application property that a URI is registered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UriKind {
    /// `redirectUris`: https, http to this machine, or a private-use scheme (RFC 8252 §7.1).
    Redirect,
    /// `postLogoutRedirectUris`: http, https, or a private-use scheme: an application on a device is also left for itself.
    PostLogout,
    /// `loginPageUrl`: https, or http to `localhost` or `127.0.0.1`.
    LoginPage,
    /// `homePageUrl`: as `loginPageUrl`.
    HomePage,
    /// `initiateLoginUri`: as `loginPageUrl`.
    InitiateLogin,
    /// `targetLinkUri`: as `postLogoutRedirectUris`.
    TargetLink,
    /// What is only shown, linked to or fetched, such as `icon.href`: http or https.
    Web,
}

impl UriKind {
    /// Whether an application's own scheme will do (RFC 8252 §7.1): where the browser is sent to the application.
    const fn may_be_private(self) -> bool {
        match self {
            Self::Redirect | Self::PostLogout | Self::TargetLink => true,
            Self::LoginPage | Self::HomePage | Self::InitiateLogin | Self::Web => false,
        }
    }
}

/// Why a URI cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UriError {
    TooLong,
    NotAbsolute,
    Character,
    Fragment,
    Scheme,
    PlainHttp,
    UserInfo,
    Host,
    Port,
    PathSegment,
    ResponseParameter,
    WildcardNotAllowed,
    WildcardPlace,
}

impl UriError {
    /// The reason as one sentence for an error's message. Clients match the start of the wildcard's.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::TooLong => "The URI is longer than 2048 characters.",
            Self::NotAbsolute => "The URI must be absolute.",
            Self::Character => "The URI contains a character or an escape that is not allowed.",
            Self::Fragment => "The URI must not contain a fragment.",
            Self::Scheme => "The scheme of the URI is not allowed.",
            Self::PlainHttp => "The URI must use https unless its host is localhost or 127.0.0.1.",
            Self::UserInfo => "The URI must not contain user information.",
            Self::Host => "The host of the URI is not valid.",
            Self::Port => "The port of the URI is not valid.",
            Self::PathSegment => "The path of the URI must not contain dot segments or encoded separators.",
            Self::ResponseParameter => "The query of the URI must not contain a parameter of the response.",
            Self::WildcardNotAllowed => "Wildcards are not allowed in redirect URIs.",
            Self::WildcardPlace => "A wildcard is allowed once, with https, in the path or in the query.",
        }
    }
}

impl std::fmt::Display for UriError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.sentence())
    }
}

impl std::error::Error for UriError {}

/// Checks a URI before it is stored. `allow_wildcard` is the application's `allowWildcardInRedirectUris`.
///
/// What passes has one reading only: a URI parser and a browser see the same scheme, host, port and path in it.
pub fn register(uri: &str, kind: UriKind, allow_wildcard: bool) -> Result<(), UriError> {
    if uri.len() > MAX_OCTETS {
        return Err(UriError::TooLong);
    }
    check_characters(uri)?;
    if kind == UriKind::Redirect && !allow_wildcard && uri.contains('*') {
        return Err(UriError::WildcardNotAllowed);
    }
    let parts = split(uri).ok_or(UriError::NotAbsolute)?;
    if parts.fragment.is_some() {
        return Err(UriError::Fragment);
    }
    let authority = check_authority(&parts)?;
    check_scheme(&parts, authority.as_ref(), kind)?;
    check_path(parts.path)?;
    if matches!(kind, UriKind::Redirect | UriKind::PostLogout) {
        check_query(parts.query)?;
        check_wildcard(uri, &parts, allow_wildcard)?;
    }
    check_one_reading(uri, &parts, authority.as_ref())
}

/// Whether the one `*` of a registered URI stands where it is a wildcard and not a plain character.
pub(super) fn has_wildcard(uri: &str) -> bool {
    split(uri).is_some_and(|parts| uri.contains('*') && check_wildcard(uri, &parts, true).is_ok())
}

/// RFC 3986 §2: visible ASCII without the characters no URI holds; complete escapes, none of a control character.
fn check_characters(uri: &str) -> Result<(), UriError> {
    if !uri.bytes().all(|octet| octet.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&octet)) {
        return Err(UriError::Character);
    }
    let complete = uri.split('%').skip(1).all(|after| escape(after).is_some_and(|octet| !octet.is_ascii_control()));
    if complete { Ok(()) } else { Err(UriError::Character) }
}

fn check_authority<'a>(parts: &Parts<'a>) -> Result<Option<Authority<'a>>, UriError> {
    let Some(text) = parts.authority else { return Ok(None) };
    let authority = split_authority(text).ok_or(UriError::Host)?;
    if authority.userinfo.is_some() {
        return Err(UriError::UserInfo);
    }
    if authority.port.is_some_and(|port| port_number(port).is_none()) {
        return Err(UriError::Port);
    }
    let bare = authority.host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let (name, colon) = bare.map_or((authority.host, false), |literal| (literal, true));
    let in_host = |octet: u8| octet.is_ascii_alphanumeric() || b"-._".contains(&octet) || (colon && octet == b':');
    if name.bytes().all(in_host) {
        Ok(Some(authority))
    } else if authority.host.contains('*') {
        Err(UriError::WildcardPlace)
    } else {
        Err(UriError::Host)
    }
}

fn check_scheme(parts: &Parts<'_>, authority: Option<&Authority<'_>>, kind: UriKind) -> Result<(), UriError> {
    let scheme = parts.scheme.to_ascii_lowercase();
    let host = authority.map_or("", |authority| authority.host);
    match scheme.as_str() {
        "https" | "http" if host.is_empty() => Err(UriError::Host),
        "https" => Ok(()),
        "http" => {
            let allowed = match kind {
                UriKind::PostLogout | UriKind::TargetLink | UriKind::Web => true,
                UriKind::LoginPage | UriKind::HomePage | UriKind::InitiateLogin => LOCAL_HOSTS.contains(&host),
                UriKind::Redirect => LOCAL_HOSTS.contains(&host) || host == "[::1]",
            };
            if allowed { Ok(()) } else { Err(UriError::PlainHttp) }
        }
        _ if !kind.may_be_private() || REFUSED_SCHEMES.contains(&scheme.as_str()) => Err(UriError::Scheme),
        // RFC 8252 §7.1 wants a reversed domain name, and then a single slash will do; PingOne takes any `xyz://`.
        _ if authority.is_some() && !(host.is_empty() && parts.path.len() <= 1) => Ok(()),
        _ if authority.is_none() && scheme.contains('.') && parts.path.starts_with('/') => Ok(()),
        _ => Err(UriError::Scheme),
    }
}

/// No segment that a browser, a proxy or a servlet container would resolve or unescape into another path.
fn check_path(path: &str) -> Result<(), UriError> {
    let hidden = path.split('%').skip(1).filter_map(escape).any(|octet| b"./\\%".contains(&octet));
    let dots = path.split('/').any(|segment| matches!(segment.split(';').next(), Some("." | "..")));
    if hidden || dots { Err(UriError::PathSegment) } else { Ok(()) }
}

/// A registered query that already holds a response parameter would make the client read the wrong one.
fn check_query(query: Option<&str>) -> Result<(), UriError> {
    let mut keys = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    if keys.any(|(key, _)| RESPONSE_PARAMETERS.contains(&&*key)) { Err(UriError::ResponseParameter) } else { Ok(()) }
}

fn check_wildcard(uri: &str, parts: &Parts<'_>, allowed: bool) -> Result<(), UriError> {
    match uri.matches('*').count() {
        0 => Ok(()),
        _ if !allowed => Err(UriError::WildcardNotAllowed),
        1 if parts.scheme.eq_ignore_ascii_case("https") => {
            let in_query = parts.query.is_some_and(|query| query.contains('*'));
            if parts.path.contains('*') || in_query { Ok(()) } else { Err(UriError::WildcardPlace) }
        }
        _ => Err(UriError::WildcardPlace),
    }
}

/// Browsers follow the WHATWG algorithm, everybody else RFC 3986; only a URI on which both agree is stored.
fn check_one_reading(uri: &str, parts: &Parts<'_>, authority: Option<&Authority<'_>>) -> Result<(), UriError> {
    let Ok(seen) = Url::parse(uri) else { return Err(UriError::Host) };
    let host = authority.map_or("", |authority| authority.host);
    let port = authority.and_then(|authority| authority.port).and_then(port_number);
    let default_port = match seen.scheme() {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    };
    let path = if seen.has_host() && parts.path.is_empty() && default_port.is_some() { "/" } else { parts.path };
    if !seen.host_str().unwrap_or_default().eq_ignore_ascii_case(host) {
        Err(UriError::Host)
    } else if seen.port().or(default_port) != port.or(default_port) {
        Err(UriError::Port)
    } else if seen.path() != path || seen.query() != parts.query {
        Err(UriError::Character)
    } else if !seen.scheme().eq_ignore_ascii_case(parts.scheme) {
        Err(UriError::Scheme)
    } else {
        Ok(())
    }
}

/// The octet that the two characters after a `%` stand for.
fn escape(after: &str) -> Option<u8> {
    let digits = after.get(..2)?;
    if digits.bytes().all(|octet| octet.is_ascii_hexdigit()) { u8::from_str_radix(digits, 16).ok() } else { None }
}

const LOCAL_HOSTS: [&str; 2] = ["localhost", "127.0.0.1"];

/// Schemes that run code, read local data or hand the response to another protocol than the application's own.
const REFUSED_SCHEMES: [&str; 17] = [
    "about",
    "blob",
    "chrome",
    "data",
    "file",
    "filesystem",
    "ftp",
    "intent",
    "jar",
    "javascript",
    "mailto",
    "resource",
    "tel",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

const RESPONSE_PARAMETERS: [&str; 13] = [
    "access_token",
    "code",
    "error",
    "error_description",
    "error_uri",
    "expires_in",
    "id_token",
    "iss",
    "response",
    "scope",
    "session_state",
    "state",
    "token_type",
];
