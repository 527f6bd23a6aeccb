//! Decides whether a request is one that handlers may see: of bounded size, for one host, with a path that means one thing,
//! and with a body as it stands (RFC 9110 §7.2 and §10.1.1, RFC 9112 §3.2, RFC 3986 §6).

use axum::body::Body;
use http::{HeaderMap, Request, Uri, Version, header, uri::Authority};

use super::refusal::Refusal;

/// The first thing that stands against the request, which may have a body without an octet in it.
pub(super) fn admit(request: &Request<Body>, empty: bool) -> Result<(), Refusal> {
    let (uri, headers) = (request.uri(), request.headers());
    if headers.len() > MOST_FIELDS && fields(headers) > MOST_FIELDS {
        return Err(Refusal::FieldsTooLarge);
    }
    if length(uri) > LONGEST_URI {
        return Err(Refusal::UriTooLong);
    }
    names_one_host(uri, headers, request.version())?;
    if !is_plain(uri.path()) {
        return Err(Refusal::Path);
    }
    if !empty && is_coded(headers) {
        return Err(Refusal::ContentCoding);
    }
    if headers.get_all(header::EXPECT).iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
        return Err(Refusal::Expectation);
    }
    Ok(())
}

/// Whether a coding is named that would have to be undone (RFC 9110 §8.4). `identity` says that there is none (§12.5.3), and where
/// no content is, nothing is coded.
pub(super) fn is_coded(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::CONTENT_ENCODING).iter();
    let codings = lines.flat_map(|line| line.as_bytes().split(|octet| *octet == b',')).map(<[u8]>::trim_ascii);
    codings.filter(|coding| !coding.is_empty()).any(|coding| !coding.eq_ignore_ascii_case(b"identity"))
}

/// RFC 9113 §8.2.3: HTTP/2 sends each cookie as a field of its own, and together they are one.
fn fields(headers: &HeaderMap) -> usize {
    headers.len() - headers.get_all(header::COOKIE).iter().count().saturating_sub(1)
}

fn length(uri: &Uri) -> usize {
    uri.path().len()
        + uri.query().map_or(0, |query| query.len() + 1)
        + uri.authority().map_or(0, |authority| authority.as_str().len())
}

/// RFC 9112 §3.2: exactly one `Host` in HTTP/1.1, and the same as an absolute-form target's.
/// RFC 9113 §8.3.1: `:authority`, or `Host` in its place, or both the same.
fn names_one_host(uri: &Uri, headers: &HeaderMap, version: Version) -> Result<(), Refusal> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (host, more) = (hosts.next(), hosts.next());
    if more.is_some() {
        return Err(Refusal::Host);
    }
    let target = uri.authority();
    // RFC 9110 §4.2.4: user information in an http target is an attempt to mislead.
    if target.is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(Refusal::Host);
    }
    match (host, target) {
        (Some(host), target) => {
            let host = host.to_str().ok().filter(|host| is_host(host)).ok_or(Refusal::Host)?;
            let same = target.is_none_or(|target| target.as_str().eq_ignore_ascii_case(host));
            if same { Ok(()) } else { Err(Refusal::Host) }
        }
        (None, Some(_)) if version >= Version::HTTP_2 => Ok(()),
        // RFC 9112 §3.2 asks it of 1.1 only; 1.0 had no `Host`.
        (None, _) if version < Version::HTTP_11 => Ok(()),
        (None, _) => Err(Refusal::Host),
    }
}

fn is_host(host: &str) -> bool {
    let ordinary = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':');
    // The ordinary ones are told without the parser, which allocates.
    let plain =
        !host.is_empty() && host.as_bytes().iter().all(ordinary) && host.bytes().filter(|b| *b == b':').count() < 2;
    plain || (!host.contains('@') && host.parse::<Authority>().is_ok())
}

/// A path is never normalised, so whatever another reader might normalise is no route: dot segments, empty segments,
/// parameters, encoded separators and dots, control characters, malformed escapes (RFC 3986 §2.1, §3.3, §6.2.2).
pub fn is_plain(path: &str) -> bool {
    let bytes = path.as_bytes();
    let mut previous = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let sound = match byte {
            b'/' | b'.' => *byte != previous,
            b';' | b'\\' | 0..=0x20 | 0x7f.. => false,
            b'%' => bytes.get(at + 1..at + 3).and_then(decoded).is_some_and(is_harmless),
            _ => true,
        };
        // `/./` and a last `/.` as well as `/../`.
        let dot_segment = previous == b'.' && *byte == b'/' && at >= 2 && bytes[at - 2] == b'/';
        if !sound || dot_segment {
            return false;
        }
        previous = *byte;
    }
    !path.ends_with("/.")
}

fn decoded(escape: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    Some((digit(escape[0])? << 4 | digit(escape[1])?) as u8)
}

fn is_harmless(byte: u8) -> bool {
    !matches!(byte, b'.' | b'/' | b'\\' | 0..=0x1f | 0x7f)
}

const MOST_FIELDS: usize = 100;
const LONGEST_URI: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_another_reader_might_normalise_are_not_plain() {
        for path in ["/", "/env/as/token", "/a.b/c", "/.well-known/x", "/a%20b", "/%E2%82%AC", "/a%2Cb", "*", "/a/"] {
            assert!(is_plain(path), "{path}");
        }
        for path in [
            "/a/../b",
            "/..",
            "//",
            "/a//b",
            "/a/./b",
            "/a/.",
            "/.",
            "/a..b",
            "/%2e%2e/b",
            "/a%2E",
            "/a%2fb",
            "/a%2Fb",
            "/a%5cb",
            "/a\\b",
            "/a;x=1",
            "/a%00",
            "/a%0d%0a",
            "/a%7f",
            "/a%",
            "/a%2",
            "/a%zz",
            "/a\u{e9}",
        ] {
            assert!(!is_plain(path), "{path}");
        }
    }

    fn host(target: &str, hosts: &[&str], version: Version) -> Result<(), Refusal> {
        let headers = hosts.iter().map(|host| (header::HOST, host.parse().unwrap())).fold(
            HeaderMap::new(),
            |mut headers, (name, value)| {
                headers.append(name, value);
                headers
            },
        );
        names_one_host(&target.parse().unwrap(), &headers, version)
    }

    #[test]
    fn a_request_is_for_one_host() {
        let (one, two) = (Version::HTTP_11, Version::HTTP_2);
        assert_eq!(host("/", &["a.example:8085"], one), Ok(()));
        assert_eq!(host("/", &["[::1]:80"], one), Ok(()));
        assert_eq!(host("/", &[], Version::HTTP_10), Ok(()));
        assert_eq!(host("http://a.example/", &["A.example"], one), Ok(()));
        assert_eq!(host("https://a.example/", &[], two), Ok(()));
        assert_eq!(host("https://a.example/", &["a.example"], two), Ok(()));
        for (target, hosts, version) in [
            ("/", &[] as &[&str], one),
            ("/", &["a", "a"], one),
            ("/", &[""], one),
            ("/", &["u@a"], one),
            ("/", &["a b"], one),
            ("/", &["a/b"], one),
            ("http://a.example/", &["b.example"], one),
            ("http://u:p@a.example/", &["a.example"], one),
            ("https://a.example/", &["b.example"], two),
            ("https://u@a.example/", &[], two),
            ("/", &[], two),
        ] {
            assert_eq!(host(target, hosts, version), Err(Refusal::Host), "{target} {hosts:?}");
        }
    }
}
