//! Decides whether two `http` addresses name one resource (RFC 9449 §4.3, RFC 3986 §6.2.2 and §6.2.3).

use super::MAX_OCTETS;
use super::split::{port_number, split, split_authority};

/// The one text of all the addresses of a resource: without query and fragment, scheme and host in lower case, without the port
/// of the scheme, escapes as they need be, without dot segments. None for what is no `http` or `https` address, or has a user.
pub fn htu(uri: &str) -> Option<String> {
    if uri.len() > MAX_OCTETS || !uri.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'\\') {
        return None;
    }
    let parts = split(uri)?;
    let scheme = parts.scheme.to_ascii_lowercase();
    let default = match scheme.as_str() {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let authority = split_authority(parts.authority?).filter(|a| a.userinfo.is_none() && !a.host.is_empty())?;
    let host = escapes(authority.host)?.to_ascii_lowercase();
    // RFC 3986 §6.2.3: an empty port and the scheme's own are none.
    let port = match authority.port {
        None | Some("") => None,
        Some(port) => Some(port_number(port)?).filter(|port| *port != default),
    };
    let port = port.map_or_else(String::new, |port| format!(":{port}"));
    let path = without_dots(&escapes(parts.path)?);
    Some(format!("{scheme}://{host}{port}{path}"))
}

/// RFC 3986 §6.2.2.1, §6.2.2.2: an escape of an unreserved character is that character, any other has upper-case digits.
fn escapes(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let digits = after.get(..2).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let octet = u8::from_str_radix(digits, 16).ok()?;
        if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
            out.push(char::from(octet));
        } else {
            out.push('%');
            out.push_str(&digits.to_ascii_uppercase());
        }
        rest = &after[2..];
    }
    Some(out + rest)
}

/// RFC 3986 §5.2.4, of a path that begins with a slash or is empty, which is the same as one (§6.2.3).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            _ => kept.push(segment),
        }
        if last && matches!(segment, "." | "..") {
            kept.push("");
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::htu;

    /// DP-04: what is the same address, and what is another.
    #[test]
    fn an_address_has_one_text() {
        let same = "https://op.example/e/as/token";
        for spelled in [
            same,
            "HTTPS://OP.Example/e/as/token",
            "https://op.example:443/e/as/token",
            "https://op.example:/e/as/token",
            "https://op.example/e/as/token?x=y",
            "https://op.example/e/as/token#x",
            "https://op.example/e/%61s/t%6Fken",
            "https://op.example/e/./as/x/../token",
            "https://op.example/../e/as/token",
            "https://op%2eexample/e/as/token",
        ] {
            assert_eq!(htu(spelled).as_deref(), Some(same), "{spelled}");
        }
        for other in [
            "http://op.example/e/as/token",
            "https://op.example:8443/e/as/token",
            "https://op.example/e/as/token/",
            "https://op.example/E/as/token",
            "https://op.example/e%2Fas/token",
            "https://evil.example/e/as/token",
            "https://op.example.evil/e/as/token",
        ] {
            assert!(htu(other).is_some_and(|text| text != same), "{other}");
        }
        assert_eq!(htu("https://op.example"), htu("https://op.example/"));
        assert_eq!(htu("https://op.example/a%2fb"), htu("https://op.example/a%2Fb"));
        assert_eq!(htu("http://[::1]:80/x").as_deref(), Some("http://[::1]/x"));
    }

    #[test]
    fn what_is_no_address_of_a_resource_has_none() {
        for none in [
            "",
            "/e/as/token",
            "op.example/e",
            "urn:x:y",
            "ftp://op.example/",
            "https:op.example/",
            "https:///e",
            "https://user@op.example/",
            "https://op.example:0/",
            "https://op.example:x/",
            "https://op.example:99999/",
            "https://op.example/%zz",
            "https://op.example/%2",
            "https://op.example\\@evil.example/",
            "https://op.example/a b",
            "https://op.example/ä",
        ] {
            assert_eq!(htu(none), None, "{none}");
        }
        assert_eq!(htu(&format!("https://op.example/{}", "x".repeat(9_000))), None);
    }
}
