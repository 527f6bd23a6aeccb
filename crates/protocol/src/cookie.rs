//! Decides which cookies a `Cookie` line holds (RFC 6265 §4.2, §5.4).

/// Every name and value of the line, in its order.
///
/// Applications on parent domains and other ports put theirs into the same line, in whatever octets they like (RFC 6265
/// §5.4 sends what was stored). A pair that is no pair of ours is passed over, and says nothing about its neighbours.
/// One name may come more than once: cookies of other paths and of parent domains arrive under it too, and neither order
/// nor position tells which is ours (§4.2.2). So each is a candidate, and who asks tries them.
pub fn pairs(line: &[u8]) -> impl Iterator<Item = (&str, &str)> {
    line.split(|&octet| octet == b';').filter_map(|pair| {
        let (name, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
        let (name, value) = (name.trim_matches(BLANKS), value.trim_matches(BLANKS));
        value.bytes().all(is_cookie_octet).then_some((name, value))
    })
}

/// cookie-octet = %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E
fn is_cookie_octet(octet: u8) -> bool {
    octet.is_ascii_graphic() && !b"\",;\\".contains(&octet)
}

const BLANKS: [char; 2] = [' ', '\t'];

#[cfg(test)]
mod tests;
