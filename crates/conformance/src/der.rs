//! As much DER as it takes to read an RSA key that was just made (X.690 §8.1; RFC 8017 App. A.1.2).

use anyhow::{Context as _, Result};

/// The numbers of a private key in PKCS #8, without leading zeros: n, e, d, p, q, dp, dq, qi.
///
/// # Errors
/// It is no such key.
pub(crate) fn rsa_numbers(pkcs8: &[u8]) -> Result<Vec<&[u8]>> {
    let fields = elements(value(pkcs8)?)?;
    let key = fields.get(2).context("PKCS #8 has three fields")?;
    let numbers = elements(value(key)?)?;
    // The first is the version.
    Ok(numbers.into_iter().skip(1).map(|number| number.strip_prefix(&[0]).unwrap_or(number)).collect())
}

/// The content of the one element.
fn value(der: &[u8]) -> Result<&[u8]> {
    elements(der)?.into_iter().next().context("an element")
}

/// The contents of elements that follow each other.
fn elements(mut der: &[u8]) -> Result<Vec<&[u8]>> {
    let mut all = Vec::new();
    while !der.is_empty() {
        let (length, head) = match *der.get(1).context("a length")? {
            short @ 0..0x80 => (usize::from(short), 2),
            long => {
                let octets = usize::from(long & 0x7f);
                let digits = der.get(2..2 + octets).context("a long length")?;
                (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), 2 + octets)
            }
        };
        all.push(der.get(head..head + length).context("the content")?);
        der = &der[head + length..];
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_found_with_short_and_long_lengths() {
        let long = [&[0x04, 0x81, 0x80][..], &[7; 0x80]].concat();
        let both = [&[0x02, 0x01, 0x05][..], &long].concat();
        let found = elements(&both).unwrap();
        assert_eq!((found[0], found[1]), (&[5][..], &[7; 0x80][..]));
        for cut in 1..both.len() {
            assert!(cut == 3 || elements(&both[..cut]).is_err(), "{cut}");
        }
    }
}
