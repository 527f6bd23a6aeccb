//! The nonce that says when a proof was made by this server's clock (RFC 9449 §8): nothing is stored, and every process that has the
//! master key makes and knows the same.

use jose::digest::{self, HmacKey};

use crate::id::EnvironmentId;
use crate::policy::NONCE_SECONDS;
use crate::refusal::{Reason, Refused};
use crate::time::Time;

/// The nonces of an environment at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Nonces<'a> {
    pub key: &'a HmacKey,
    pub environment: EnvironmentId,
    pub now: Time,
}

impl Nonces<'_> {
    /// The one to use now. Whoever does not know the key cannot tell the next one.
    pub fn current(&self) -> String {
        self.of(self.slot())
    }

    /// Whether a proof with this nonce was made lately.
    ///
    /// # Errors
    /// `use_dpop_nonce`; the answer brings the one to use.
    pub(crate) fn judge(&self, nonce: Option<&str>) -> Result<(), Refused> {
        let slot = self.slot();
        let known =
            |nonce: &str| (slot - 1..=slot + 1).any(|slot| digest::eq(self.of(slot).as_bytes(), nonce.as_bytes()));
        if nonce.is_some_and(known) {
            return Ok(());
        }
        let came =
            if nonce.is_some() { "nonce: an older one, or another server's or environment's" } else { "nonce: none" };
        Err(Refused::new(Reason::DpopNonceRequired, "nonce: the one of the last DPoP-Nonce", came))
    }

    /// The challenge of the next proof of a client attestation: no nonce, and no nonce is one.
    pub fn challenge(&self) -> String {
        self.named(CHALLENGE, self.slot())
    }

    /// Whether it was given lately, by whichever process.
    pub(crate) fn knows_challenge(&self, text: &str) -> bool {
        let slot = self.slot();
        (slot - 1..=slot + 1).any(|slot| digest::eq(self.named(CHALLENGE, slot).as_bytes(), text.as_bytes()))
    }

    fn slot(&self) -> i64 {
        self.now.secs().div_euclid(NONCE_SECONDS)
    }

    fn of(&self, slot: i64) -> String {
        self.named("", slot)
    }

    fn named(&self, what: &str, slot: i64) -> String {
        let mac = digest::hmac_sha256(self.key, format!("{what}{}:{slot}", self.environment).as_bytes());
        jose::b64::encode(&mac[..OCTETS])
    }
}

const CHALLENGE: &str = "challenge:";
/// 192 bits: nobody guesses one.
const OCTETS: usize = 24;
