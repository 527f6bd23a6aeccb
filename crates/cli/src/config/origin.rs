//! What an origin is: scheme, host and port, written as browsers write it (RFC 6454 §6.2, WHATWG URL §3.5). Issuers and links are
//! made of it, and are compared octet by octet.

use std::net::{Ipv4Addr, Ipv6Addr};

/// An origin, its host in small letters and without the port that its scheme implies. None for anything else: a path, a user,
/// a port that is none, a host that a browser would write in another way.
pub(crate) fn origin(text: &str) -> Option<String> {
    let Parts { scheme, host, port } = parts(text)?;
    let implied = if scheme == "https" { 443 } else { 80 };
    Some(match port.filter(|port| *port != implied) {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    })
}

/// An address for an error, without what stands before its @: that is where passwords are.
pub(crate) fn shown(address: &str) -> String {
    let Some((_, host)) = address.rsplit_once('@') else { return address.to_owned() };
    let scheme = address.split_once("://").map_or(String::new(), |(scheme, _)| format!("{scheme}://"));
    format!("{scheme}…@{host}")
}

/// What an origin consists of, the port as it was written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) scheme: &'static str,
    /// An IPv6 address in its brackets.
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

/// Takes an origin apart.
pub(crate) fn parts(text: &str) -> Option<Parts> {
    let text = text.trim();
    let text = text.strip_suffix('/').unwrap_or(text);
    let (scheme, rest) = text.split_once("://")?;
    let scheme = ["https", "http"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known))?;
    let (host, port) = if let Some(rest) = rest.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        (format!("[{}]", written(address.parse().ok()?)), port)
    } else {
        let (host, port) = rest.find(':').map_or((rest, ""), |at| rest.split_at(at));
        (name(host)?, port)
    };
    let port = match port.strip_prefix(':') {
        Some(digits) => Some(number(digits)?),
        None if port.is_empty() => None,
        None => return None,
    };
    Some(Parts { scheme, host, port })
}

/// An IPv6 address as browsers write it: in hexadecimal throughout (WHATWG URL §3.5), also what stands for an IPv4 address.
fn written(address: Ipv6Addr) -> String {
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] => format!("::ffff:{high:x}:{low:x}"),
        _ => address.to_string(),
    }
}

/// A port that can be connected to.
fn number(digits: &str) -> Option<u16> {
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|port| plain && *port != 0)
}

/// A host name or an IPv4 address. A dot at its end makes another name of it to a browser, and other certificates.
pub(crate) fn name(host: &str) -> Option<String> {
    let host = host.to_ascii_lowercase();
    let labels: Vec<&str> = host.split('.').collect();
    let label = |label: &&str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = labels.last()?;
    // WHATWG URL §3.5: whatever ends in a number is an address, and 127.1 is another way to write one.
    let numeric = last.bytes().all(|b| b.is_ascii_digit())
        || last.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_hexdigit()));
    let fits = host.len() <= 253 && labels.iter().all(label) && (!numeric || host.parse::<Ipv4Addr>().is_ok());
    fits.then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LG-01: whoever writes a password into an address does not read it in the log.
    #[test]
    fn an_address_is_shown_without_a_password() {
        for (address, seen) in [
            ("https://ann:se:cret@auth.example", "https://…@auth.example"),
            ("https://a:b@c@auth.example/x", "https://…@auth.example/x"),
            ("secret@auth.example", "…@auth.example"),
            ("https://auth.example:1", "https://auth.example:1"),
            ("nonsense", "nonsense"),
        ] {
            assert_eq!(shown(address), seen);
        }
    }

    #[test]
    fn an_origin_has_no_path() {
        assert_eq!(origin("https://a.example/").as_deref(), Some("https://a.example"));
        assert_eq!(origin("http://[::1]:8085").as_deref(), Some("http://[::1]:8085"));
        for bad in ["a.example", "ftp://a", "https://", "https://a/b", "https://a?b", "https://u@a", "https://a#b"] {
            assert_eq!(origin(bad), None, "{bad}");
        }
    }

    /// D18: a browser leaves out the port that the scheme implies, and writes names in small letters; so do issuers.
    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (given, written) in [
            ("https://h:443", "https://h"),
            ("https://h:443/", "https://h"),
            ("http://h:80", "http://h"),
            ("https://h:80", "https://h:80"),
            ("http://h:443", "http://h:443"),
            ("https://h:0443", "https://h"),
            ("https://[::1]:443", "https://[::1]"),
            ("https://[0:0::1]:8443", "https://[::1]:8443"),
            ("https://[::FFFF:192.0.2.1]", "https://[::ffff:c000:201]"),
            ("https://[::ffff:0:1]", "https://[::ffff:0:1]"),
            ("https://[2001:DB8::192.0.2.1]", "https://[2001:db8::c000:201]"),
            ("https://[::192.0.2.1]", "https://[::c000:201]"),
            ("https://[1:0:0:2:0:0:0:3]", "https://[1:0:0:2::3]"),
            ("https://[1:0:2:3:4:5:6:7]", "https://[1:0:2:3:4:5:6:7]"),
            ("HTTPS://Auth.Example.COM", "https://auth.example.com"),
            ("https://h:65535", "https://h:65535"),
            ("http://127.0.0.1:8085", "http://127.0.0.1:8085"),
        ] {
            assert_eq!(origin(given).as_deref(), Some(written), "{given}");
        }
    }

    /// D18: what no browser can be at.
    #[test]
    fn an_origin_that_is_none_is_refused() {
        for bad in [
            "https://h:99999",
            "https://h:65536",
            "https://h:0",
            "https://h:",
            "https://h:8a",
            "https://h:+1",
            "https://h:1:2",
            "https://h.",
            "https://.h",
            "https://a..b",
            "https://-a",
            "https://a-",
            "https://:443",
            "https://[::1",
            "https://[::1]8",
            "https://[h]",
            "https://127.1",
            "https://1.2.3.4.5",
            "https://256.1.1.1",
            "https://0x7f.1",
            "https://127.0.0.0x1",
            "https://b\u{fc}cher.example",
            "https://a b",
            "https:///h",
        ] {
            assert_eq!(origin(bad), None, "{bad}");
        }
    }
}
