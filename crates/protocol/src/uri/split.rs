//! Splits a URI into the components of RFC 3986 §3, without decoding or normalising any of them.

/// The components, each exactly as written.
pub(super) struct Parts<'a> {
    pub(super) scheme: &'a str,
    pub(super) authority: Option<&'a str>,
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    pub(super) fragment: Option<&'a str>,
}

/// The components of the authority. `port` is `Some("")` when a colon stands without a number.
pub(super) struct Authority<'a> {
    pub(super) userinfo: Option<&'a str>,
    pub(super) host: &'a str,
    pub(super) port: Option<&'a str>,
}

/// The components of an absolute URI (RFC 3986 App. B); `None` without a scheme.
pub(super) fn split(uri: &str) -> Option<Parts<'_>> {
    let (scheme, rest) = uri.split_once(':')?;
    let mut letters = scheme.bytes();
    if !letters.next()?.is_ascii_alphabetic()
        || !letters.all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'-' | b'.'))
    {
        return None;
    }
    let (rest, fragment) = cut(rest, '#');
    let (rest, query) = cut(rest, '?');
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            (Some(authority), path)
        }
        None => (None, rest),
    };
    Some(Parts { scheme, authority, path, query, fragment })
}

/// The authority of a URI, as written; `None` where it has none.
pub fn authority_of(uri: &str) -> Option<&str> {
    split(uri)?.authority.filter(|authority| !authority.is_empty())
}

/// The host of a URI, as written, without user name and port; `None` where it has none.
pub fn host_of(uri: &str) -> Option<&str> {
    Some(split_authority(authority_of(uri)?)?.host)
}

/// The components of the authority; `None` when the brackets of an IP literal do not close.
pub(super) fn split_authority(authority: &str) -> Option<Authority<'_>> {
    let (userinfo, host_port) = match authority.rsplit_once('@') {
        Some((userinfo, rest)) => (Some(userinfo), rest),
        None => (None, authority),
    };
    let host_end = match host_port.strip_prefix('[') {
        Some(literal) => literal.find(']')? + 2,
        None => host_port.find(':').unwrap_or(host_port.len()),
    };
    let (host, rest) = host_port.split_at(host_end);
    let port = match rest {
        "" => None,
        _ => Some(rest.strip_prefix(':')?),
    };
    Some(Authority { userinfo, host, port })
}

/// The number of a port written the one way it can be: 1 to 65535, no sign, no leading zero.
pub(super) fn port_number(port: &str) -> Option<u16> {
    if port.starts_with(['0', '+']) { None } else { port.parse().ok() }
}

fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}
