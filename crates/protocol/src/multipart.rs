//! Forms that carry files (RFC 7578), read whole: what the management API takes of keys and certificates.

/// One part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// `name` of its `Content-Disposition`.
    pub name: &'a str,
    pub content: &'a [u8],
}

/// Why a body is no such form. The texts name the rule and never quote the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MultipartError {
    #[error("Content-Type: multipart/form-data with a boundary of 1 to 70 characters (RFC 2046 §5.1.1)")]
    Boundary,
    #[error("parts between lines of the boundary, the last of which ends the form (RFC 2046 §5.1.1)")]
    Malformed,
    #[error("at most 16 parts, each named once in its Content-Disposition (RFC 7578 §4.2)")]
    Parts,
}

/// The parts of a body, in their order. `media` is the value of its `Content-Type`.
///
/// # Errors
/// What is wrong with it.
pub fn parse<'a>(media: &str, body: &'a [u8]) -> Result<Vec<Part<'a>>, MultipartError> {
    let delimiter = format!("\r\n--{}", boundary(media).ok_or(MultipartError::Boundary)?).into_bytes();
    // Before the first one stands nothing that matters, and the line break in front of it may be the body's beginning.
    let mut rest = match body.strip_prefix(&delimiter[2..]) {
        Some(rest) => rest,
        None => split(body, &delimiter).ok_or(MultipartError::Malformed)?.1,
    };
    let mut parts: Vec<Part<'a>> = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        let line = rest.iter().position(|octet| !matches!(octet, b' ' | b'\t')).unwrap_or(rest.len());
        let whole = rest[line..].strip_prefix(b"\r\n").ok_or(MultipartError::Malformed)?;
        let (part, behind) = split(whole, &delimiter).ok_or(MultipartError::Malformed)?;
        let part = read(part)?;
        if parts.len() == MOST || parts.iter().any(|known| known.name == part.name) {
            return Err(MultipartError::Parts);
        }
        parts.push(part);
        rest = behind;
    }
}

/// The boundary of a media type, which may stand in quotes.
fn boundary(media: &str) -> Option<&str> {
    let (kind, parameters) = media.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let named = parameters.split(';').filter_map(|parameter| parameter.split_once('='));
    let (_, value) = named.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"))?;
    let value = value.trim();
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    let allowed = |c: char| c.is_ascii_alphanumeric() || "'()+_,-./:=? ".contains(c);
    ((1..=70).contains(&value.len()) && value.chars().all(allowed)).then_some(value)
}

/// What stands before and behind the first place where `at` does.
fn split<'a>(octets: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = octets.windows(at.len()).position(|window| window == at)?;
    Some((&octets[..place], &octets[place + at.len()..]))
}

/// Headers, an empty line, and the content.
fn read(part: &[u8]) -> Result<Part<'_>, MultipartError> {
    let (headers, content) = split(part, b"\r\n\r\n").ok_or(MultipartError::Malformed)?;
    let headers = std::str::from_utf8(headers).map_err(|_| MultipartError::Malformed)?;
    let disposition = headers.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    });
    let name = disposition.and_then(named).ok_or(MultipartError::Parts)?;
    Ok(Part { name, content })
}

/// `form-data; name="…"`. Names here have no quotes in them.
fn named(disposition: &str) -> Option<&str> {
    let mut parameters = disposition.split(';');
    if !parameters.next()?.trim().eq_ignore_ascii_case("form-data") {
        return None;
    }
    let named = parameters.filter_map(|parameter| parameter.split_once('='));
    let (_, value) = named.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("name"))?;
    let value = value.trim();
    Some(value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value))
}

const MOST: usize = 16;

#[cfg(test)]
mod tests {
    use super::{MultipartError, parse};

    const MEDIA: &str = "multipart/form-data; boundary=xyz";
    const BODY: &[u8] = b"--xyz\r\nContent-Disposition: form-data; name=\"usageType\"\r\n\r\nSSL/TLS\r\n--xyz\r\nContent-Disposition: \
        form-data; name=\"file\"; filename=\"file\"\r\nContent-Type: application/octet-stream\r\n\r\n\x00\r\n\xff--\r\n--xyz--\r\n";

    #[test]
    fn parts_are_told_apart() {
        let parts = parse(MEDIA, BODY).unwrap();
        let told: Vec<(&str, &[u8])> = parts.iter().map(|part| (part.name, part.content)).collect();
        assert_eq!(told, [("usageType", &b"SSL/TLS"[..]), ("file", &b"\x00\r\n\xff--"[..])]);
        assert_eq!(parse("multipart/form-data; boundary=\"xyz\"", BODY).unwrap(), parts);
    }

    #[test]
    fn what_is_no_form_is_told() {
        for media in [
            "application/json",
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/mixed; boundary=xyz",
        ] {
            assert_eq!(parse(media, BODY), Err(MultipartError::Boundary), "{media}");
        }
        for cut in 0..BODY.len() - 4 {
            assert!(parse(MEDIA, &BODY[..cut]).is_err(), "{cut}");
        }
        let twice = b"--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\n2\r\n--xyz--";
        assert_eq!(parse(MEDIA, twice), Err(MultipartError::Parts));
        assert_eq!(parse(MEDIA, b"--xyz\r\nX: y\r\n\r\n1\r\n--xyz--"), Err(MultipartError::Parts));
    }
}
