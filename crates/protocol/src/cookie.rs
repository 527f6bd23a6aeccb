//! Decides which value a `Cookie` header gives a name (RFC 6265 §4.2, §5.4).

/// The value of the one cookie called `name`.
///
/// `None` when there is none or more than one: cookies of other paths and of parent domains arrive under the same
/// name, and neither order nor position tells which one is ours (RFC 6265 §4.2.2). `None` too when the value holds
/// an octet outside cookie-octet, or when the header is over 16 KiB or has over 200 cookies.
pub fn cookie<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    if header.len() > MAX_OCTETS || header.bytes().filter(|&octet| octet == b';').count() >= MAX_COOKIES {
        return None;
    }
    let mut values = header
        .split(';')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(found, _)| found.trim_matches([' ', '\t']) == name)
        .map(|(_, value)| value.trim_matches([' ', '\t']));
    let value = values.next()?;
    (values.next().is_none() && value.bytes().all(is_cookie_octet)).then_some(value)
}

/// cookie-octet = %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E
fn is_cookie_octet(octet: u8) -> bool {
    octet.is_ascii_graphic() && !b"\",;\\".contains(&octet)
}

const MAX_OCTETS: usize = 16 * 1024;
const MAX_COOKIES: usize = 200;

#[cfg(test)]
mod tests;
