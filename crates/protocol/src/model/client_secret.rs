//! How a client secret is kept: a digest to compare with and the text under the master key, bound to whose it is.

use jose::digest::HmacKey;
use jose::seal::SealKey;

use crate::ctx::Ctx;
use crate::id::EnvironmentId;
use crate::model::{ClientSecret, SecretOf};
use crate::sealed::Place;
use crate::secret::{Secret, SecretDigest};

impl ClientSecret {
    /// The secret as it is stored for whose it is; it opens again only there (attacks: a row copied to another client).
    pub fn new(
        ctx: &Ctx<'_>,
        (pepper, seal): (&HmacKey, &SealKey),
        (environment, of): (EnvironmentId, impl Into<SecretOf>),
        secret: &Secret,
    ) -> Self {
        let mut nonce = [0; 12];
        ctx.entropy.fill(&mut nonce);
        Self {
            digest: SecretDigest::of(pepper, secret.expose()),
            sealed: seal.seal(nonce, &Place::Secret(environment, of.into()).context(), secret.expose().as_bytes()),
            created_at: ctx.now.to_millis(),
            expires_at: None,
            last_used: None,
        }
    }

    /// The text again. None: it was sealed under another master key, or for another holder.
    pub fn reveal(&self, seal: &SealKey, environment: EnvironmentId, of: impl Into<SecretOf>) -> Option<Secret> {
        let text = seal.open(&Place::Secret(environment, of.into()).context(), &self.sealed)?;
        Some(Secret::new(std::str::from_utf8(&text).ok()?.to_owned()))
    }
}
