//! The PHC string of an argon2 hash: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`, read with bounds on what it may cost.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as B64;

/// A hash with all that it takes to compute it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Encoded {
    algorithm: Algorithm,
    memory: u32,
    passes: u32,
    lanes: u32,
    pub(super) salt: Vec<u8>,
    pub(super) hash: Vec<u8>,
}

impl Encoded {
    /// None for other algorithms, other versions, and parameters that would let one sign-on cost too much.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut fields = text.strip_prefix('$')?.split('$');
        let algorithm = match fields.next()? {
            "argon2id" => Algorithm::Argon2id,
            "argon2i" => Algorithm::Argon2i,
            "argon2d" => Algorithm::Argon2d,
            _ => return None,
        };
        let (version, costs) = (fields.next()?, fields.next()?);
        let mut costs = costs.split(',');
        let mut cost = |name: &str, max: u32| {
            let value: u32 = costs.next()?.strip_prefix(name)?.parse().ok()?;
            (1..=max).contains(&value).then_some(value)
        };
        let (memory, passes, lanes) = (cost("m=", MAX_MEMORY)?, cost("t=", MAX_PASSES)?, cost("p=", MAX_LANES)?);
        let (salt, hash) = (B64.decode(fields.next()?).ok()?, B64.decode(fields.next()?).ok()?);
        let sound = version == "v=19"
            && costs.next().is_none()
            && fields.next().is_none()
            && (8..=64).contains(&salt.len())
            && (16..=64).contains(&hash.len());
        sound.then_some(Self { algorithm, memory, passes, lanes, salt, hash })
    }

    /// Today's parameters: argon2id, 19 MiB, two passes, one lane (OWASP).
    pub(super) fn today(salt: Vec<u8>) -> Self {
        Self { algorithm: Algorithm::Argon2id, memory: MEMORY, passes: PASSES, lanes: LANES, salt, hash: vec![0; HASH] }
    }

    /// As little as argon2id can be.
    pub(super) fn slight(salt: Vec<u8>) -> Self {
        Self { memory: 8, passes: 1, ..Self::today(salt) }
    }

    /// What is computed where there is nothing to compare with.
    pub(super) fn dummy() -> Self {
        Self::today(vec![0; SALT])
    }

    pub(super) fn with_hash(self, hash: Vec<u8>) -> Self {
        Self { hash, ..self }
    }

    pub(super) fn is_today(&self) -> bool {
        let today = Self { salt: self.salt.clone(), hash: self.hash.clone(), ..Self::dummy() };
        *self == today && self.salt.len() == SALT && self.hash.len() == HASH
    }

    pub(super) fn argon2(&self) -> Option<Argon2<'static>> {
        let params = Params::new(self.memory, self.passes, self.lanes, Some(self.hash.len())).ok()?;
        Some(Argon2::new(self.algorithm, Version::V0x13, params))
    }
}

impl fmt::Display for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { memory, passes, lanes, .. } = self;
        let (salt, hash) = (B64.encode(&self.salt), B64.encode(&self.hash));
        write!(f, "${}$v=19$m={memory},t={passes},p={lanes}${salt}${hash}", self.algorithm.as_str())
    }
}

pub(super) const SALT: usize = 16;
const HASH: usize = 32;
const MEMORY: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const MAX_MEMORY: u32 = 65_536;
const MAX_PASSES: u32 = 8;
const MAX_LANES: u32 = 8;
