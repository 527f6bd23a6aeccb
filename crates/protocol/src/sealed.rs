//! What is kept under the master key: where each sealed value is, and how it goes under another master key.
//!
//! A value opens only in its place, so a row that is copied to another one opens nothing.

use jose::digest::HmacKey;
use jose::seal::SealKey;

use crate::change::Change;
use crate::ctx::Entropy;
use crate::id::{EnvironmentId, FamilyId, IdentityProviderId, KeyPairId};
use crate::model::SecretOf;
use crate::secret::{SecretDigest, TokenHash};

/// Where a sealed value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The private key of a pair.
    KeyPair(EnvironmentId, KeyPairId),
    SigningKey(EnvironmentId, String),
    /// The current secret of an application or a resource, which authenticates by a digest that the master key is a part of.
    Secret(EnvironmentId, SecretOf),
    /// The secret before it, likewise.
    PreviousSecret(EnvironmentId, SecretOf),
    /// What this server proves itself with at an identity provider.
    ProviderSecret(EnvironmentId, IdentityProviderId),
    /// The successor of a refresh token, beside the token with this hash.
    Successor {
        environment: EnvironmentId,
        token: TokenHash,
        family: FamilyId,
        generation: i64,
    },
}

impl Place {
    /// What the value is bound to (the additional data of AES-GCM).
    pub fn context(&self) -> Vec<u8> {
        match self {
            Self::KeyPair(environment, id) => format!("key-pair:{environment}:{id}"),
            Self::SigningKey(environment, kid) => format!("signing-key:{environment}:{kid}"),
            // A rotation makes the current secret the previous one as it is.
            Self::Secret(environment, of) | Self::PreviousSecret(environment, of) => match of {
                SecretOf::Application(id) => format!("client-secret:{environment}:{id}"),
                SecretOf::Resource(id) => format!("resource-secret:{environment}:{id}"),
            },
            Self::ProviderSecret(environment, provider) => format!("provider-secret:{environment}:{provider}"),
            Self::Successor { environment, family, generation, .. } => {
                format!("refresh-token-successor:{environment}:{family}:{generation}")
            }
        }
        .into_bytes()
    }
}

/// A sealed value in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    pub place: Place,
    pub value: Vec<u8>,
}

/// What is derived of a master key for what is kept: what seals, and what digests of client secrets are made with.
#[derive(Debug)]
pub struct Keys {
    pub seal: SealKey,
    pub pepper: HmacKey,
}

/// What becomes of a sealed value when the master key changes.
#[derive(Clone, Debug)]
pub enum Resealed {
    /// It opened with the old one.
    Change(Box<Change>),
    /// It opens with the new one already.
    Done,
    /// It opens with neither.
    Lost,
}

impl Sealed {
    /// Seals the value under `new`, where it opens with `old`.
    pub fn reseal(&self, entropy: &dyn Entropy, old: &Keys, new: &Keys) -> Resealed {
        let context = self.place.context();
        if new.seal.open(&context, &self.value).is_some() {
            return Resealed::Done;
        }
        let Some(opened) = old.seal.open(&context, &self.value) else { return Resealed::Lost };
        let digest = match self.place {
            Place::Secret(..) | Place::PreviousSecret(..) => {
                let Ok(text) = str::from_utf8(&opened) else { return Resealed::Lost };
                Some(SecretDigest::of(&new.pepper, text))
            }
            Place::KeyPair(..) | Place::SigningKey(..) | Place::ProviderSecret(..) | Place::Successor { .. } => None,
        };
        let mut nonce = [0; 12];
        entropy.fill(&mut nonce);
        let sealed = new.seal.seal(nonce, &context, &opened);
        Resealed::Change(Box::new(Change::Reseal { was: self.clone(), sealed, digest }))
    }
}
