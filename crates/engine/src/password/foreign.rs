//! Hashes that other systems made: what of them is known, and what one may cost.
//!
//! A user who is migrated keeps their password as it was hashed before. It is checked on the same threads as this server's own,
//! and hashed anew at the next sign-on. What cannot be read, or would cost one sign-on too much, is refused when it is
//! written: kept, it would only keep its user out.

use std::num::NonZeroU32;

use aws_lc_rs::{digest, pbkdf2};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::phc;

/// A hash with its algorithm and all that it takes to compute it again.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Foreign {
    Bcrypt {
        cost: u32,
        salt: [u8; 16],
        hash: [u8; 23],
    },
    Pbkdf2 {
        of: Digest,
        iterations: NonZeroU32,
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
    /// The digest of the password and then the salt, as directories keep it, or the other way around.
    Salted {
        of: Digest,
        first: First,
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
    /// RFC 7914.
    Scrypt {
        params: scrypt::Params,
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
}

/// What is hashed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum First {
    Password,
    Salt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digest {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// What a text is that came in the place of a password.
#[derive(Debug, PartialEq)]
pub(super) enum Text {
    /// The password itself.
    Plain,
    /// A hash of this server's own algorithm.
    Own(phc::Encoded),
    Foreign(Foreign),
    /// A hash that is not known, or costs too much.
    Refused,
}

impl Text {
    /// Reads `{SCHEME}…` and the modular crypt forms `$…$`. Braces around what is no scheme are a password's.
    pub(super) fn read(text: &str) -> Self {
        let Some((scheme, rest)) = text.strip_prefix('{').and_then(|inner| inner.split_once('}')) else {
            let known = if text.starts_with('$') { modular(text) } else { None };
            return known.unwrap_or(if is_modular(text) { Self::Refused } else { Self::Plain });
        };
        let upper = scheme.to_ascii_uppercase();
        let known = match upper.as_str() {
            _ if text.len() > MAX_TEXT => None,
            "ARGON2" | "ARGON2D" | "ARGON2I" | "ARGON2ID" => argon2(rest),
            "BCRYPT" => bcrypt(rest),
            "CRYPT" => modular(rest),
            "SCRYPT" => modular_scrypt(rest),
            "SSHA" => salted(Digest::Sha1, First::Password, rest),
            "SSHA256" => salted(Digest::Sha256, First::Password, rest),
            "SSHA384" => salted(Digest::Sha384, First::Password, rest),
            "SSHA512" => salted(Digest::Sha512, First::Password, rest),
            other => named(other, rest),
        };
        known.unwrap_or(if is_scheme(scheme, &upper) { Self::Refused } else { Self::Plain })
    }
}

impl Foreign {
    /// The hash of `password`, to be compared with [`Foreign::expected`].
    pub(super) fn compute(&self, password: &[u8]) -> Vec<u8> {
        match self {
            Self::Bcrypt { cost, salt, .. } => {
                // What bcrypt never looked at is not looked at here: 72 octets with the NUL at the end.
                let mut octets = zeroize::Zeroizing::new([password, &[0]].concat());
                octets.truncate(72);
                bcrypt::bcrypt(*cost, *salt, &octets)[..23].to_vec()
            }
            Self::Pbkdf2 { of, iterations, salt, hash } => {
                let mut found = vec![0; hash.len()];
                pbkdf2::derive(of.pbkdf2(), *iterations, salt, password, &mut found);
                found
            }
            Self::Salted { of, first, salt, .. } => {
                let mut context = digest::Context::new(of.digest());
                let [one, other] = match first {
                    First::Password => [password, salt],
                    First::Salt => [salt, password],
                };
                context.update(one);
                context.update(other);
                context.finish().as_ref().to_vec()
            }
            Self::Scrypt { params, salt, hash } => {
                let mut found = vec![0; hash.len()];
                // Of a length that is none nothing is read (see `modular_scrypt`).
                if scrypt::scrypt(password, salt, params, &mut found).is_err() {
                    found.clear();
                }
                found
            }
        }
    }

    pub(super) fn expected(&self) -> &[u8] {
        match self {
            Self::Bcrypt { hash, .. } => hash,
            Self::Pbkdf2 { hash, .. } | Self::Salted { hash, .. } | Self::Scrypt { hash, .. } => hash,
        }
    }

    /// Whether it takes no time to speak of, so that something must stand in for it.
    pub(super) fn is_fast(&self) -> bool {
        matches!(self, Self::Salted { .. })
    }
}

impl Digest {
    fn named(name: &str) -> Option<Self> {
        match name.trim_start_matches(['-', '_']).replace('-', "").to_ascii_uppercase().as_str() {
            "SHA1" => Some(Self::Sha1),
            "SHA256" => Some(Self::Sha256),
            "SHA384" => Some(Self::Sha384),
            "SHA512" => Some(Self::Sha512),
            _ => None,
        }
    }

    fn digest(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }

    fn pbkdf2(self) -> pbkdf2::Algorithm {
        match self {
            Self::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Self::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Self::Sha384 => pbkdf2::PBKDF2_HMAC_SHA384,
            Self::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        }
    }

    fn size(self) -> usize {
        self.digest().output_len()
    }
}

/// The schemes that are a word with the name of a digest.
fn named(scheme: &str, rest: &str) -> Option<Text> {
    if let Some(of) = scheme.strip_prefix("SALTED-") {
        return salted(Digest::named(of)?, First::Salt, rest);
    }
    match scheme.strip_prefix("PBKDF2")? {
        "" => modular(rest).or_else(|| directory_pbkdf2(Digest::Sha1, rest)),
        of => directory_pbkdf2(Digest::named(of.trim_start_matches("-HMAC"))?, rest),
    }
}

/// `$scrypt$ln=14,r=8,p=1$salt$hash` (the PHC string format).
fn modular_scrypt(text: &str) -> Option<Text> {
    let [costs, salt, hash] = parts(text.strip_prefix("$scrypt$")?)?;
    let mut costs = costs.split(',');
    let mut cost = |name: &str| costs.next()?.strip_prefix(name)?.parse::<u32>().ok();
    let (exponent, block, lanes) = (cost("ln=")?, cost("r=")?, cost("p=")?);
    // 128 · r · 2^ln octets of memory, p times over.
    let memory = 128_u64.checked_mul(block.into())?.checked_mul(1_u64.checked_shl(exponent)?)?;
    let work = memory.checked_mul(lanes.into())?;
    let (salt, hash) = (loose(salt)?, loose(hash)?);
    let sound = costs.next().is_none()
        && (1..=MAX_SCRYPT_MEMORY).contains(&memory)
        && (memory..=MAX_SCRYPT_WORK).contains(&work)
        && SALTS.contains(&salt.len())
        && (16..=64).contains(&hash.len());
    let params = scrypt::Params::new(u8::try_from(exponent).ok()?, block, lanes).ok().filter(|_| sound)?;
    Some(Text::Foreign(Foreign::Scrypt { params, salt, hash }))
}

/// The forms that name their algorithm themselves.
fn modular(text: &str) -> Option<Text> {
    if text.starts_with("$scrypt$") {
        return modular_scrypt(text);
    }
    if text.starts_with("$argon2") {
        return argon2(text);
    }
    if text.starts_with("$2") {
        return bcrypt(text);
    }
    let rest = text.strip_prefix('$').unwrap_or(text).strip_prefix("pbkdf2")?;
    let (of, rest) = rest.split_once('$')?;
    let of = if of.is_empty() { Digest::Sha1 } else { Digest::named(of)? };
    let [cost, salt, hash] = parts(rest)?;
    // The first is Django's, whose salt is text; the second is of the PHC form, the third passlib's.
    if !text.starts_with('$') {
        return pbkdf2_of(of, cost, salt.as_bytes().to_vec(), loose(hash)?);
    }
    let Some(costs) = cost.strip_prefix("i=") else { return pbkdf2_of(of, cost, loose(salt)?, loose(hash)?) };
    let (iterations, hash) = (costs.split_once(",l="), loose(hash)?);
    let iterations = match iterations {
        Some((iterations, length)) if length.parse() == Ok(hash.len()) => iterations,
        Some(_) => return None,
        None => costs,
    };
    pbkdf2_of(of, iterations, loose(salt)?, hash)
}

/// `iterations$salt$hash` of OpenLDAP, and `iterations:` before the hash and the salt in one, of OpenDJ and its kin.
fn directory_pbkdf2(of: Digest, rest: &str) -> Option<Text> {
    if let Some([iterations, salt, hash]) = parts(rest) {
        return pbkdf2_of(of, iterations, loose(salt)?, loose(hash)?);
    }
    let (iterations, both) = rest.split_once(':')?;
    let both = loose(both)?;
    let (hash, salt) = both.split_at_checked(of.size())?;
    pbkdf2_of(of, iterations, salt.to_vec(), hash.to_vec())
}

fn pbkdf2_of(of: Digest, iterations: &str, salt: Vec<u8>, hash: Vec<u8>) -> Option<Text> {
    let iterations = NonZeroU32::new(iterations.parse().ok()?).filter(|count| count.get() <= MAX_ITERATIONS)?;
    let sound = SALTS.contains(&salt.len()) && (16..=64).contains(&hash.len());
    sound.then_some(Text::Foreign(Foreign::Pbkdf2 { of, iterations, salt, hash }))
}

fn parts(text: &str) -> Option<[&str; 3]> {
    text.split('$').collect::<Vec<_>>().try_into().ok()
}

/// `$2b$12$` and 53 characters: sixteen octets of salt and 23 of hash. `$2x$` has a fault of its own that nobody computes.
fn bcrypt(text: &str) -> Option<Text> {
    let rest = ["$2a$", "$2b$", "$2y$"].iter().find_map(|version| text.strip_prefix(version))?;
    let (cost, both) = rest.split_once('$')?;
    let cost = cost.parse().ok().filter(|c| cost.len() == 2 && (4..=MAX_BCRYPT_COST).contains(c))?;
    let (salt, hash) = both.split_at_checked(22)?;
    let salt = BCRYPT.decode(salt).ok()?.try_into().ok()?;
    let hash = BCRYPT.decode(hash).ok()?.try_into().ok()?;
    Some(Text::Foreign(Foreign::Bcrypt { cost, salt, hash }))
}

/// The PHC string, or its base64.
fn argon2(text: &str) -> Option<Text> {
    if let Some(own) = phc::Encoded::parse(text) {
        return Some(Text::Own(own));
    }
    let inner = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
    phc::Encoded::parse(&inner).map(Text::Own)
}

fn salted(of: Digest, first: First, text: &str) -> Option<Text> {
    let both = loose(text)?;
    let (hash, salt) = both.split_at_checked(of.size())?;
    let foreign = Foreign::Salted { of, first, salt: salt.to_vec(), hash: hash.to_vec() };
    SALTS.contains(&salt.len()).then_some(Text::Foreign(foreign))
}

/// Base64 with or without padding, and with `.` for `+`, as some write it.
fn loose(text: &str) -> Option<Vec<u8>> {
    LOOSE.decode(text.replace('.', "+")).ok()
}

/// Whether it is a hash in the modular crypt format, of whatever kind, and not a password that happens to begin so.
fn is_modular(text: &str) -> bool {
    text.len() >= 40 && text.matches('$').count() >= 3 && MODULAR.iter().any(|known| text.starts_with(known))
}

/// Whether the word in braces is a scheme and not the beginning of a password.
fn is_scheme(scheme: &str, upper: &str) -> bool {
    let shouted =
        scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b"-_".contains(&b));
    shouted || SCHEMES.iter().any(|known| upper.starts_with(known))
}

const LOOSE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);
const BCRYPT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);
const SCHEMES: [&str; 14] = [
    "3DES", "AES", "ARGON2", "BASE64", "BCRYPT", "CLEAR", "CRYPT", "MD5", "PBKDF2", "SALTED-", "SCRYPT", "SHA", "SMD5",
    "SSHA",
];
const MODULAR: [&str; 9] = ["$1$", "$2", "$5$", "$6$", "$7$", "$argon2", "$pbkdf2", "$scrypt$", "$y$"];
const SALTS: std::ops::RangeInclusive<usize> = 4..=128;
/// About a second of one core.
const MAX_BCRYPT_COST: u32 = 14;
/// About a second of one core.
const MAX_ITERATIONS: u32 = 2_000_000;
/// Of one lane: as much as argon2 may take.
const MAX_SCRYPT_MEMORY: u64 = 64 << 20;
/// Memory that all lanes together go over: about a second of one core.
const MAX_SCRYPT_WORK: u64 = 256 << 20;
const MAX_TEXT: usize = 1_024;
