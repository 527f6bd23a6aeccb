//! `mutual_tls::Sent` of `Client-Cert` and `Client-Cert-Chain`: the octets that a slower reading of RFC 8941 finds, of exactly one field;
//! what cannot be read is no certificate.

use jose::{b64, digest};
use protocol::mutual_tls::Sent;

pub fn check([certificate, again, chain]: [&str; 3]) {
    let line = certificate.as_bytes();
    let chain: Vec<&[u8]> = if chain.is_empty() { Vec::new() } else { vec![chain.as_bytes()] };
    let sent = Sent::of_proxy(&[line], &chain);
    let expected = octets(certificate.trim_ascii());
    match (&sent, expected) {
        (Sent::One(read), Some(octets)) => assert_eq!(read.thumbprint(), b64::encode(&digest::sha256(&octets))),
        (Sent::One(_), None) => panic!("octets that are none"),
        // The chain was at fault.
        (Sent::Unreadable(_), Some(_)) => assert!(!chain.is_empty()),
        (Sent::Unreadable(_), None) => {}
        (Sent::None, _) => panic!("a field that was there"),
    }
    assert!(matches!(Sent::of_proxy(&[line, again.as_bytes()], &chain), Sent::Unreadable(_)), "two are of two");
    assert_eq!(Sent::of_proxy(&[], &[]), Sent::None);
}

/// Bit by bit: base64 between colons, padding or none.
fn octets(text: &str) -> Option<Vec<u8>> {
    let inner = text.strip_prefix(':')?.strip_suffix(':')?;
    let digits = inner.trim_end_matches('=');
    let padding = inner.len() - digits.len();
    if digits.is_empty() || padding > 0 && (digits.len() + padding) % 4 != 0 || padding > 2 {
        return None;
    }
    let mut bits = Vec::new();
    for c in digits.bytes() {
        let value = ALPHABET.bytes().position(|one| one == c)?;
        bits.extend((0..6).rev().map(|bit| value >> bit & 1));
    }
    let whole = bits.len() / 8 * 8;
    if bits.len() - whole >= 6 || bits[whole..].contains(&1) {
        return None;
    }
    let octets: Vec<u8> =
        bits[..whole].chunks(8).map(|eight| eight.iter().fold(0, |all, bit| all << 1 | *bit as u8)).collect();
    (!octets.is_empty() && octets.len() <= 16 * 1024).then_some(octets)
}

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
