//! What a decision may know of the world: the time, fresh randomness, and the number of the request.

use uuid::Uuid;

use crate::id::CorrelationId;
use crate::secret::Secret;
use crate::time::Time;

/// Source of randomness. The engine's world implements it with the operating system's; tests with a seed.
pub trait Entropy: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

/// The world as one request sees it. `now` is read once, so everything in a request has the same time.
#[derive(Clone, Copy)]
pub struct Ctx<'a> {
    pub now: Time,
    pub entropy: &'a dyn Entropy,
    pub correlation: CorrelationId,
}

impl Ctx<'_> {
    /// A fresh random (version 4) identifier.
    pub fn uuid(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.entropy.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// A fresh bearer string of `N` random bytes in base64url. 32 bytes exceed what RFC 6749 §10.10 asks.
    pub fn token<const N: usize>(&self) -> Secret {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        Secret::new(jose::b64::encode(&bytes))
    }

    /// A fresh code to be sent to somebody, who types it: eight letters and digits without those that look alike (2^40 of them).
    pub fn mailed_code(&self) -> Secret {
        let mut bytes = [0; 8];
        self.entropy.fill(&mut bytes);
        // 256 is a multiple of the alphabet: no character is likelier than another.
        Secret::new(bytes.iter().map(|b| char::from(CODE[usize::from(*b) % CODE.len()])).collect())
    }

    /// A fresh client secret: 64 characters of `[A-Za-z0-9_.~-]`, unreserved so that it reads the same with and without
    /// form-encoding (RFC 6749 §2.3.1, App. B).
    pub fn client_secret(&self) -> Secret {
        let mut out = String::with_capacity(SECRET_CHARS);
        let mut bytes = [0; 96];
        while out.len() < SECRET_CHARS {
            self.entropy.fill(&mut bytes);
            // Bytes over the last whole multiple of the alphabet are dropped: no character is likelier than another.
            let fair = bytes.iter().filter(|b| usize::from(**b) < 256 - 256 % ALPHABET.len());
            let room = SECRET_CHARS - out.len();
            out.extend(fair.map(|b| char::from(ALPHABET[usize::from(*b) % ALPHABET.len()])).take(room));
        }
        Secret::new(out)
    }
}

impl std::fmt::Debug for Ctx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ctx({:?}, {:?})", self.now, self.correlation)
    }
}

const CODE: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const SECRET_CHARS: usize = 64;
const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~-";
