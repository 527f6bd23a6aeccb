//! Decides whether a secret is the application's (RFC 6749 §2.3.1): the current one, or the previous one until its time.

use jose::digest::HmacKey;

use crate::change::Change;
use crate::model::{ClientSecret, SecretPair};
use crate::refusal::{Reason, Refused};
use crate::secret::SecretDigest;
use crate::time::Time;

/// What the sent secret is, found by the same work whatever it is.
#[derive(Clone, Copy)]
pub(super) struct Compared {
    is_sent: bool,
    is_kept: bool,
    is_current: bool,
    is_previous: bool,
    previous_lives: bool,
}

/// Both secrets are always compared, and something is compared where there is none.
pub(super) fn compare(sent: Option<&str>, kept: &SecretPair, pepper: &HmacKey, now: Time) -> Compared {
    let digest = SecretDigest::of(pepper, sent.unwrap_or_default());
    // An empty secret is an omitted one, and never authenticates (RFC 6749 §2.3.1).
    let is_filled = sent.is_some_and(|secret| !secret.is_empty());
    let matches = |secret: Option<&ClientSecret>| {
        let stand_in = SecretDigest::from_stored([0; 32]);
        digest.matches(secret.map_or(&stand_in, |s| &s.digest)) & secret.is_some() & is_filled
    };
    let previous = kept.previous.as_ref();
    Compared {
        is_sent: sent.is_some(),
        is_kept: kept.current.is_some(),
        is_current: matches(kept.current.as_ref()),
        is_previous: matches(previous),
        previous_lives: previous.and_then(|p| p.expires_at).is_some_and(|end| now < end),
    }
}

impl Compared {
    /// # Errors
    /// `invalid_client`, with the cause for the owner.
    pub(super) fn prove(self) -> Result<Vec<Change>, Refused> {
        if self.is_current || (self.is_previous && self.previous_lives) {
            return Ok(Vec::new());
        }
        if !self.is_sent {
            let expected = "a form-encoded secret (RFC 6749 App. B)";
            return Err(Refused::new(Reason::CredentialsMalformed, expected, "none or malformed"));
        }
        let came = match (self.is_kept, self.is_previous) {
            (false, _) => "a secret for an application that has none",
            (_, true) => "the previous secret, which has expired",
            _ => "another secret",
        };
        Err(Refused::new(Reason::SecretWrong, "the application's secret", came))
    }
}
