//! `web::server::Framing` against a plain reading of RFC 9112 line by line: whatever that finds wrong in a whole line, a whole
//! chunk or a whole message is refused, and what is sound to its end is not; and the verdict and its place are the same however
//! the octets are cut. The first octet says how.

use web::server::{Fault, Framing};

pub fn check((cut, octets): (u8, &[u8])) {
    let whole = Framing::default().accept(octets);
    let mut framing = Framing::default();
    let size = usize::from(cut).max(1);
    let mut pieces = octets.chunks(size).enumerate();
    let found = pieces
        .find_map(|(number, piece)| framing.accept(piece).err().map(|(sound, fault)| (number * size + sound, fault)));
    let places =
        |fault: Option<(usize, Fault)>| fault.map(|(at, fault)| (usize::from(told_by_place(fault)) * at, fault));
    assert_eq!(places(whole.err()), places(found));
    assert!(whole.err().is_none_or(|(sound, _)| sound <= octets.len()));
    if let Some(sound) = sound(octets) {
        assert_eq!(whole.is_ok(), sound);
    }
}

/// A head is refused as a whole: how much of it was looked at before depends on the cut.
fn told_by_place(fault: Fault) -> bool {
    matches!(fault, Fault::MalformedBody | Fault::LongRequestLine)
}

/// Whether all messages are sound; None where something has not come to its end, or HTTP/2 begins.
fn sound(mut rest: &[u8]) -> Option<bool> {
    while !rest.is_empty() {
        let (mut lines, mut length, mut coded) = (0, None, false);
        loop {
            let (line, after) = line(&mut rest)?;
            let Some(line) = line else { return Some(false) };
            rest = after;
            match (lines, line) {
                (0, b"") => {
                    if rest.is_empty() {
                        return None;
                    }
                    continue;
                }
                (_, b"") => break,
                (0, b"PRI * HTTP/2.0") => return None,
                (0, _) => {}
                (_, field) => {
                    let name = field.split(|octet| *octet == b':').next().unwrap_or_default();
                    let value = field.get(name.len() + 1..).map(<[u8]>::trim_ascii);
                    let Some(value) = value else { return Some(false) };
                    if name.is_empty() || b" \t".contains(&name[0]) || name[name.len() - 1].is_ascii_whitespace() {
                        return Some(false);
                    }
                    if name.eq_ignore_ascii_case(b"content-length") {
                        let digits = !value.is_empty() && value.len() <= 19 && value.iter().all(u8::is_ascii_digit);
                        if length.is_some() || !digits {
                            return Some(false);
                        }
                        length = str::from_utf8(value).ok().and_then(|text| text.parse::<u64>().ok());
                    }
                    if name.eq_ignore_ascii_case(b"transfer-encoding") {
                        if coded || !value.eq_ignore_ascii_case(b"chunked") {
                            return Some(false);
                        }
                        coded = true;
                    }
                }
            }
            lines += 1;
        }
        match (length, coded) {
            (Some(_), true) => return Some(false),
            (_, true) => match chunked(rest)? {
                Some(after) => rest = after,
                None => return Some(false),
            },
            (length, false) => rest = rest.get(usize::try_from(length.unwrap_or(0)).ok()?..)?,
        }
    }
    Some(true)
}

/// A line without its end, or None in its place where that is no CR LF, and what follows it; None where its end has not come.
fn line<'a>(rest: &mut &'a [u8]) -> Option<(Option<&'a [u8]>, &'a [u8])> {
    let end = rest.iter().position(|octet| *octet == b'\n')?;
    Some((rest[..=end].strip_suffix(b"\r\n"), &rest[end + 1..]))
}

/// What follows a chunked body (RFC 9112 §7.1); an inner None where it is malformed.
fn chunked(mut rest: &[u8]) -> Option<Option<&[u8]>> {
    loop {
        let (size, after) = line(&mut rest)?;
        let Some(size) = size.filter(|line| !line.contains(&b'\r')) else { return Some(None) };
        let digits = size.iter().take_while(|octet| octet.is_ascii_hexdigit()).count();
        let (digits, extension) = size.split_at(digits);
        let printable = |octet: &u8| matches!(octet, b'\t' | b' '..=b'~');
        let sound = (1..=16).contains(&digits.len())
            && extension.first().is_none_or(|octet| b"; \t".contains(octet))
            && extension.iter().all(printable)
            && extension.len() <= 4097;
        if !sound {
            return Some(None);
        }
        let size = str::from_utf8(digits).ok().and_then(|digits| u64::from_str_radix(digits, 16).ok())?;
        rest = after;
        if size == 0 {
            break;
        }
        let after = rest.get(usize::try_from(size).ok()?..)?;
        rest = match after {
            [b'\r', b'\n', rest @ ..] => rest,
            [] | [b'\r'] => return None,
            _ => return Some(None),
        };
    }
    loop {
        let (trailer, after) = line(&mut rest)?;
        let fit = |octet: &u8| matches!(octet, b'\t' | b' '..=b'~' | 0x80..);
        match trailer {
            Some(b"") => return Some(Some(after)),
            Some(trailer) if trailer.iter().all(fit) && trailer.len() <= 4096 => rest = after,
            _ => return Some(None),
        }
    }
}
