//! Files of keys and certificates: PKCS #12 that opens holds one key and a certificate; PKCS #7 gives back what it holds, and is read
//! again as it is written.

use jose::{Facts, Pkcs12, pkcs7};

pub fn check(file: &[u8]) {
    for password in ["", "secret"] {
        if let Ok(read) = Pkcs12::open(file, password) {
            assert!(!read.certificates.is_empty() && !read.key.is_empty());
        }
    }
    if let Ok(all) = pkcs7::certificates(file) {
        assert!((1..=16).contains(&all.len()));
        let octets: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
        if all.iter().all(|der| Facts::read(der).is_ok()) {
            assert_eq!(pkcs7::certificates(&pkcs7::write(&octets)).as_ref(), Ok(&all));
        }
        for der in &all {
            let Ok(facts) = Facts::read(der) else { continue };
            assert!(!facts.serial.is_empty() && facts.der == *der);
            assert!(Facts::read(&der[..der.len() - 1]).is_err());
        }
    }
}
