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
    key(turn())
}

fn turn() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// One that is none of these, each time another to begin with; None where they are all of them.
pub(crate) fn another(than: &[Private]) -> Result<Option<Private>, Failure> {
    let first = turn();
    for (number, _) in KEYS.lines().enumerate() {
        let key = key(first.wrapping_add(number))?;
        if !than.contains(&key) {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use jose::{Alg, SigningKey};
    use protocol::id::EnvironmentId;

    use super::*;
    use crate::bootstrap::dev::tests::app;
    use crate::bootstrap::{dev, open};
    use crate::rotation::{Line, rotate};

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
        let (last, others) = keys.split_last().unwrap();
        assert_eq!(another(others).unwrap().as_ref(), Some(last));
        assert_eq!(another(&keys).unwrap(), None);
        assert!(keys.len() >= 3 && *key(keys.len()).unwrap() == *keys[0] && !has(&keys[0][1..]));
    }

    /// Whoever rotates keys there waits for none to be found, and never gets one again that the environment has.
    #[tokio::test]
    async fn a_developers_server_rotates_to_another_of_them() {
        let store = open("sqlite::memory:").unwrap();
        store.migrate(protocol::time::Time::from_secs(1)).await.unwrap();
        let app = app("http://localhost:8085", &store);
        dev::ensure(&app).await.unwrap();
        let environment = EnvironmentId::new(dev::ENVIRONMENT);
        for there in 2..=KEYS.lines().count() {
            rotate(&app, environment, Line::Own(None), true).await.unwrap();
            let keys = app.store.readable_keys(environment).await.unwrap();
            let keys: HashSet<_> =
                keys.iter().map(|key| crate::keys::private(key, app.seal()).unwrap().to_vec()).collect();
            assert!(keys.len() == there && keys.iter().all(|key| has(key)));
        }
    }
}
