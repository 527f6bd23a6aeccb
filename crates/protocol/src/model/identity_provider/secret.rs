//! What this server proves itself with at an identity provider: sealed where it is kept, in PingOne's answers as it was written.

use jose::seal::SealKey;

use super::IdentityProviderType as Type;
use crate::ctx::Entropy;
use crate::id::{EnvironmentId, IdentityProviderId};
use crate::model::describe::{Place, Walk, property};
use crate::sealed;
use crate::secret::Secret;

/// A client's secret, or the key that makes one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProviderSecret {
    /// As a body wrote it, until it is sealed.
    pub written: Option<Secret>,
    /// Empty where the type has none.
    pub sealed: Vec<u8>,
}

impl ProviderSecret {
    pub(super) fn describe(&mut self, kind: Type, walk: &mut dyn Walk) {
        let Self { written, sealed } = self;
        if let Some(name) = kind.secret() {
            walk.outside(&mut |walk| {
                let mut text = written.take().map(|secret| secret.expose().to_owned());
                walk.text_if(&property(name).inert().verbatim(8_192, is_secret).required(), &mut text);
                *written = text.map(Secret::new);
            });
        }
        walk.octets(&property("secret").place(Place::Hidden("secret")).column("secret_sealed"), sealed);
    }

    /// Seals what was written, in its place.
    pub fn seal(&mut self, seal: &SealKey, entropy: &dyn Entropy, of: (EnvironmentId, IdentityProviderId)) {
        if let Some(written) = &self.written {
            let mut nonce = [0; 12];
            entropy.fill(&mut nonce);
            let context = sealed::Place::ProviderSecret(of.0, of.1).context();
            self.sealed = seal.seal(nonce, &context, written.expose().as_bytes());
        }
    }

    /// The text again; None where there is none, or under another master key, or for another provider.
    pub fn reveal(&self, seal: &SealKey, of: (EnvironmentId, IdentityProviderId)) -> Option<Secret> {
        let text = seal.open(&sealed::Place::ProviderSecret(of.0, of.1).context(), &self.sealed)?;
        Some(Secret::new(std::str::from_utf8(&text).ok()?.to_owned()))
    }
}

impl Type {
    /// What its secret is called.
    pub const fn secret(self) -> Option<&'static str> {
        match self {
            Self::Apple => Some("clientSecretSigningKey"),
            Self::Facebook => Some("appSecret"),
            Self::Saml => None,
            _ => Some("clientSecret"),
        }
    }
}

/// Apple's is a key with line breaks.
fn is_secret(text: &str) -> Result<(), String> {
    if text.is_empty() { Err("must not be empty".into()) } else { Ok(()) }
}
