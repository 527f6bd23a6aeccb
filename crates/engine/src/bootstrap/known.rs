//! What a developer's server has ready, so that no world waits for it: private keys, and the hash of its people's password. They are
//! documented like its secrets, and [`super::dev::is_seeded`] keeps every other server from them.

use std::sync::atomic::{AtomicUsize, Ordering};

use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::keys::pool::Private;

/// Of [`super::dev::PASSWORD`], with the parameters that a new password is hashed with.
pub const PASSWORD_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$Z3JhbnRvci1kZXYtc2FsdA$S2n6IFC0KpWhE+ZLhxsX2RyYNbH4Sogs62g37jFPXn4";

/// RSA keys of 2048 bits, PKCS #8 as base64url.
const KEYS: &str = include_str!("keys.txt");

/// One of the keys, the first again behind the last.
pub(crate) fn key(number: usize) -> Result<Private, Failure> {
    let texts = || KEYS.lines();
    let text = texts().cycle().nth(number % texts().count().max(1));
    let octets = text.and_then(jose::b64::decode).ok_or(Failure::Bug("the keys of a developer's server"))?;
    Ok(Zeroizing::new(octets))
}

/// The key for whoever finds none that nobody knows: each time the next one.
pub(crate) fn next() -> Result<Private, Failure> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    key(NEXT.fetch_add(1, Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use jose::{Alg, SigningKey};

    use super::*;

    fn has(pkcs8: &[u8]) -> bool {
        let text = jose::b64::encode(pkcs8);
        KEYS.lines().any(|known| known == text)
    }

    #[test]
    fn each_key_is_another_and_signs() {
        let keys: Vec<_> = (0..KEYS.lines().count()).map(|number| key(number).unwrap()).collect();
        for (at, key) in keys.iter().enumerate() {
            let signing = SigningKey::from_pkcs8(Alg::Rs256, key).unwrap();
            assert!(signing.bits() == 2048 && has(signing.pkcs8()) && !keys[..at].contains(key));
        }
        assert!(keys.len() >= 3 && *key(keys.len()).unwrap() == *keys[0] && !has(&keys[0][1..]));
    }
}
