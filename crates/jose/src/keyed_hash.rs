//! HMAC (RFC 2104) by any hash that somebody else may still ask for. Nothing of this server's own is protected by them.

use std::fmt::Write as _;

use aws_lc_rs::hmac;

mod md5;

/// A hash that is keyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyedHash {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl KeyedHash {
    /// As Java's standard names call it, such as `HmacSHA256`.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name.strip_prefix("Hmac")? {
            "MD5" => Self::Md5,
            "SHA1" => Self::Sha1,
            "SHA224" => Self::Sha224,
            "SHA256" => Self::Sha256,
            "SHA384" => Self::Sha384,
            "SHA512" => Self::Sha512,
            _ => return None,
        })
    }

    /// The keyed hash of `data`, in hexadecimal. `key` has any length.
    pub fn hex(self, key: &[u8], data: &[u8]) -> String {
        let with = match self {
            Self::Md5 => return hex(&md5::keyed(key, data)),
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha224 => hmac::HMAC_SHA224,
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha384 => hmac::HMAC_SHA384,
            Self::Sha512 => hmac::HMAC_SHA512,
        };
        hex(hmac::sign(&hmac::Key::new(with, key), data).as_ref())
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::with_capacity(octets.len() * 2), |mut text, octet| {
        // Writing into a text cannot fail.
        _ = write!(text, "{octet:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::KeyedHash;

    /// RFC 2202 §2 and §3, case 2 (MD5, SHA-1), and RFC 4231 §4.3 (the others); a key longer than a block is hashed first (RFC 2202 §2, case 6).
    #[test]
    fn the_vectors_of_the_specifications() {
        let (key, data) = (b"Jefe".as_slice(), b"what do ya want for nothing?".as_slice());
        for (name, expected) in [
            ("HmacMD5", "750c783e6ab0b503eaa86e310a5db738"),
            ("HmacSHA1", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            ("HmacSHA224", "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44"),
            ("HmacSHA256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        ] {
            assert_eq!(KeyedHash::named(name).unwrap().hex(key, data), expected, "{name}");
        }
        let (key, data) = ([0xaa; 80], b"Test Using Larger Than Block-Size Key - Hash Key First".as_slice());
        assert_eq!(KeyedHash::Md5.hex(&key, data), "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
        assert_eq!(KeyedHash::named("HmacSHA3"), None);
        for name in ["HmacSHA384", "HmacSHA512"] {
            assert!(KeyedHash::named(name).unwrap().hex(b"k", b"").len() >= 96, "{name}");
        }
    }
}
