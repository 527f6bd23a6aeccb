//! Slow and plain readings that several targets compare with.

use jose::digest::{HmacKey, hmac_sha256};
use jose::{Alg, VerifyingKey, b64};

/// The octets that a base64 text stands for, read bit by bit, and how many bits are left over; None for another character or
/// for bits over that are not zero.
pub fn base64(text: &str, last_two: [u8; 2]) -> Option<(Vec<u8>, usize)> {
    let mut bits = Vec::new();
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            _ => 62 + u8::try_from(last_two.iter().position(|known| *known == letter)?).ok()?,
        };
        bits.extend((0..6).rev().map(|bit| value >> bit & 1));
    }
    let whole = bits.len() / 8 * 8;
    let octets = bits[..whole].chunks(8).map(|octet| octet.iter().fold(0, |number, bit| number << 1 | bit)).collect();
    (!bits[whole..].contains(&1)).then_some((octets, bits.len() - whole))
}

/// The last two letters of base64 and of base64url (RFC 4648 §4, §5).
pub const PLAIN: [u8; 2] = *b"+/";
pub const URL: [u8; 2] = *b"-_";

/// A token with a signature of [`verifying`], whatever stands in it.
pub fn signed(header: &str, payload: &[u8]) -> String {
    let input = format!("{}.{}", b64::encode(header.as_bytes()), b64::encode(payload));
    let signature = hmac_sha256(&HmacKey::new(&SECRET), input.as_bytes());
    format!("{input}.{}", b64::encode(&signature))
}

/// The key that verifies what is [`signed`].
pub fn verifying() -> VerifyingKey {
    VerifyingKey::from_secret(Alg::Hs256, &SECRET).expect("32 octets are an HS256 key")
}

const SECRET: [u8; 32] = [7; 32];
