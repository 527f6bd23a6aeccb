use super::{Pkcs12, Pkcs12Error};
use crate::{Alg, Facts, SigningKey};

/// Made with OpenSSL 3: `openssl pkcs12 -export`, password `secret`.
const OF_OPENSSL: &[u8] = include_bytes!("openssl.p12");
/// The same with `-keypbe NONE -certpbe NONE -nomac`.
const OPEN: &[u8] = include_bytes!("open.p12");
/// The same with `-legacy`.
const OF_OLD: &[u8] = include_bytes!("legacy.p12");
/// The same with `-iter 2000000`.
const SLOW: &[u8] = include_bytes!("slow.p12");

#[test]
fn a_file_gives_its_key_and_certificate() {
    for (file, password) in [(OF_OPENSSL, "secret"), (OPEN, "")] {
        let read = Pkcs12::open(file, password).unwrap();
        let facts = Facts::read(&read.certificates[0]).unwrap();
        let key = SigningKey::from_pkcs8(Alg::Es256, &read.key).unwrap();
        assert_eq!(key.public_key_info().unwrap(), facts.public_key);
        assert_eq!(facts.subject.spelled(", ", false), "CN=terraform, O=Grantor, C=GB");
    }
}

/// A file from outside costs no more than is allowed, and is never a panic.
#[test]
fn hostile_files_are_refused() {
    assert_eq!(Pkcs12::open(OF_OPENSSL, "other").unwrap_err(), Pkcs12Error::Password);
    assert_eq!(Pkcs12::open(OF_OPENSSL, "").unwrap_err(), Pkcs12Error::Password);
    assert_eq!(Pkcs12::open(OF_OLD, "secret").unwrap_err(), Pkcs12Error::Unsupported);
    assert_eq!(Pkcs12::open(SLOW, "secret").unwrap_err(), Pkcs12Error::Iterations);
    assert_eq!(Pkcs12::open(&vec![0x30; 200_000], "").unwrap_err(), Pkcs12Error::TooLarge);
    for cut in 0..OF_OPENSSL.len() {
        assert!(Pkcs12::open(&OF_OPENSSL[..cut], "secret").is_err());
    }
    for place in 0..OPEN.len() {
        let mut changed = OPEN.to_vec();
        changed[place] ^= 0x55;
        let _ = Pkcs12::open(&changed, "");
    }
}
