//! Decides whether a `code_verifier` answers a `code_challenge` (RFC 7636). Whether a challenge is compulsory and
//! whether `plain` is allowed is the application's policy, and so the caller's.

use jose::{b64, digest};
use subtle::ConstantTimeEq as _;

/// The transformation of `code_challenge_method`; the name is case-sensitive (RFC 7636 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChallengeMethod {
    Plain,
    S256,
}

/// A well-formed code challenge and its method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    method: ChallengeMethod,
    challenge: String,
}

/// Why a challenge was refused; at the authorization endpoint each is `invalid_request` (RFC 7636 §4.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PkceError {
    #[error("the code_challenge_method is not supported")]
    Method,
    #[error("the code_challenge is malformed")]
    Challenge,
}

impl ChallengeMethod {
    /// The name in requests and in the metadata.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::S256 => "S256",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Plain, Self::S256].into_iter().find(|method| method.name() == name)
    }
}

impl Challenge {
    /// Reads `code_challenge` and `code_challenge_method`. An absent method means `plain` (RFC 7636 §4.3).
    pub fn read(challenge: &str, method: Option<&str>) -> Result<Self, PkceError> {
        let method = method.map_or(Some(ChallengeMethod::Plain), ChallengeMethod::named).ok_or(PkceError::Method)?;
        let well_formed = match method {
            ChallengeMethod::Plain => is_verifier(challenge),
            // 43 characters of base64url are 32 octets exactly when the unused low bits of the last one are zero.
            ChallengeMethod::S256 => {
                challenge.len() == S256_CHALLENGE
                    && challenge.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_'))
                    && challenge.ends_with(LAST_OF_32_OCTETS)
            }
        };
        if well_formed { Ok(Self { method, challenge: challenge.to_owned() }) } else { Err(PkceError::Challenge) }
    }

    /// Reads what [`Challenge::stored`] wrote.
    pub fn from_stored(stored: &str) -> Option<Self> {
        let (method, challenge) = stored.split_once(':')?;
        Self::read(challenge, Some(method)).ok()
    }

    /// The form in which a challenge is kept beside its code: method, colon, challenge.
    pub fn stored(&self) -> String {
        format!("{}:{}", self.method.name(), self.challenge)
    }

    /// `code_challenge`.
    pub fn text(&self) -> &str {
        &self.challenge
    }

    pub fn method(&self) -> ChallengeMethod {
        self.method
    }

    /// Whether the verifier is the one the challenge was made from, compared in constant time (RFC 7636 §4.6).
    ///
    /// Its length and alphabet are checked before anything is hashed: a verifier of one character could be guessed.
    pub fn verify(&self, verifier: &str) -> bool {
        if !is_verifier(verifier) {
            return false;
        }
        let expected = match self.method {
            ChallengeMethod::Plain => verifier.to_owned(),
            ChallengeMethod::S256 => b64::encode(&digest::sha256(verifier.as_bytes())),
        };
        expected.as_bytes().ct_eq(self.challenge.as_bytes()).into()
    }
}

/// RFC 7636 §4.1: code-verifier = 43*128unreserved
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~'))
}

const S256_CHALLENGE: usize = 43;
const LAST_OF_32_OCTETS: [char; 16] = ['A', 'E', 'I', 'M', 'Q', 'U', 'Y', 'c', 'g', 'k', 'o', 's', 'w', '0', '4', '8'];

#[cfg(test)]
mod tests;
