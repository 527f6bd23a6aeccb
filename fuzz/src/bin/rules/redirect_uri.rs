//! `protocol::uri`: a match means the same octets, or the loopback rule with equal text once the port is removed; what
//! is registered is read alike by RFC 3986 and by the WHATWG parser. The input is two lines, registered and requested.

use protocol::uri::{Leeway, UriKind, match_redirect, register};
use url::Url;

pub fn check(lines: &str) {
    let (known, requested) = lines.split_once('\n').unwrap_or((lines, lines));
    let registered = [known.to_owned()];
    let matches = |wildcard, any_port| match_redirect(&registered, requested, Leeway { wildcard, any_port });
    if let Some(matched) = matches(false, false) {
        assert_eq!(matched.as_str(), requested);
        assert!(requested == known || (is_loopback(known) && without_port(known) == without_port(requested)));
        assert!(matched.with_query(&[("code", "a b&"), ("state", "\r\n")]).is_ascii());
    }
    if register(known, UriKind::Redirect, true).is_ok() && matches(true, false).is_some() {
        let (known, requested) = (Url::parse(known).unwrap(), Url::parse(requested).unwrap());
        assert_eq!((known.scheme(), known.host_str()), (requested.scheme(), requested.host_str()));
        assert_eq!((requested.fragment(), requested.username(), requested.password()), (None, "", None));
        // A wildcard never leaves its segment.
        let segments = |uri: &Url| uri.path().matches('/').count();
        assert_eq!(segments(&known), segments(&requested));
    }
    // What a developer's server compares besides never leaves the machine, and no other server takes it.
    if let Some(matched) = matches(false, true).filter(|_| matches(false, false).is_none()) {
        let seen = Url::parse(matched.as_str()).unwrap();
        assert_eq!((seen.scheme(), seen.fragment(), seen.username(), seen.password()), ("http", None, "", None));
        assert!(matches!(seen.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")));
        assert!(known.contains(":*") && register(known, UriKind::Redirect, true).is_err());
    }
    for kind in [UriKind::Redirect, UriKind::PostLogout, UriKind::LoginPage] {
        if register(requested, kind, false).is_ok() {
            assert_one_reading(requested);
        }
    }
}

fn is_loopback(uri: &str) -> bool {
    uri.starts_with("http://127.0.0.1") || uri.starts_with("http://[::1]")
}

/// The URI without the digits of its port, found from the host's end.
fn without_port(uri: &str) -> String {
    let host = if uri.starts_with("http://[") { "http://[::1]".len() } else { "http://127.0.0.1".len() };
    let rest = uri[host..]
        .strip_prefix(':')
        .map_or(&uri[host..], |port| port.trim_start_matches(|c: char| c.is_ascii_digit()));
    format!("{}{rest}", &uri[..host])
}

/// The regular expression of RFC 3986 App. B, spelled out, and the WHATWG parser.
fn assert_one_reading(uri: &str) {
    let seen = Url::parse(uri).expect("registered");
    let (scheme, rest) = uri.split_once(':').expect("absolute");
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", rest),
    };
    assert!(seen.scheme().eq_ignore_ascii_case(scheme) && seen.query() == query && seen.fragment().is_none());
    assert!(seen.path() == path || (path.is_empty() && seen.path() == "/"));
    let host = seen.host_str().unwrap_or_default();
    assert!(authority.get(..host.len()).is_some_and(|start| start.eq_ignore_ascii_case(host)));
    let port = &authority[host.len()..];
    let default = seen.port().is_none() && (port.is_empty() || port == ":443" || port == ":80");
    assert!(default || port.strip_prefix(':').and_then(|port| port.parse().ok()) == seen.port());
}
