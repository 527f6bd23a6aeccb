//! An environment's signing keys: sealed at rest, parsed once, one active of its own and of each algorithm that applications chose
//! (OIDC Core §10.1.1).

mod pairs;
pub mod pool;

use std::collections::BTreeMap;

use jose::seal::SealKey;
use jose::{Alg, Jwks, SigningKey};
use protocol::ctx::Ctx;
use protocol::id::{EnvironmentId, KeyRotationPolicyId};
use protocol::model::{KeyPair, KeyStatus, SigningKeyRecord, key_rotation_policy};
use protocol::policy::Demands;
use protocol::rotation::PublishedKey;
use protocol::sealed::Place;
use protocol::time::Time;

use self::pool::{Private, USUAL};
use crate::app::App;
use crate::bootstrap::known;
use crate::failure::{Failure, Fault, unreadable};

pub use pairs::{as_certified, certified, drawn, imported, key_id, new_pair, of_policy, open, opened, spec};

/// The keys of one environment, ready to sign.
#[derive(Clone, Debug)]
pub struct KeyRing {
    active: SigningKey,
    /// Every active key, those of the environment first, then the oldest of each algorithm.
    signing: Vec<SigningKey>,
    /// What each key rotation policy but the environment's own signs with.
    policies: BTreeMap<KeyRotationPolicyId, SigningKey>,
    /// The environment's own policy.
    own: KeyRotationPolicyId,
    /// With the time of its retirement.
    published: Vec<(SigningKey, Option<Time>)>,
    jwks: String,
    etag: String,
    /// Whether there are no keys but these.
    whole: bool,
}

impl KeyRing {
    /// Opens and parses `records` and those of `pairs` that belong to policies, which are all keys or those that this version can read.
    /// The active key of the algorithm `wanted` signs; without one, any active key.
    ///
    /// # Errors
    /// [`Failure::Unavailable`] when none that this version can read is active: a newer process has stored it.
    pub fn open(
        (environment, wanted): (EnvironmentId, Alg),
        (records, pairs): (&[SigningKeyRecord], &[KeyPair]),
        mut whole: bool,
        seal: &SealKey,
    ) -> Result<Self, Failure> {
        let mut published = Vec::with_capacity(records.len());
        let mut signing: Vec<(bool, SigningKey)> = Vec::new();
        for record in records {
            let Some(key) = unseal(record, seal) else {
                tracing::error!(
                    kid = record.kid,
                    "a signing key opens neither under this master key nor for this version"
                );
                whole = false;
                continue;
            };
            if record.status == KeyStatus::Active {
                signing.push((record.chosen, key.clone()));
            }
            published.push((key, record.retired_at));
        }
        // Stable: of two that were made at the same moment every process signs with the same.
        signing.sort_by_key(|(chosen, _)| *chosen);
        let of_its_own = signing.iter().filter(|(chosen, _)| !chosen).map(|(_, key)| key);
        let active = of_its_own.clone().find(|key| key.alg() == wanted).or(of_its_own.clone().next()).cloned();
        let active = active.ok_or_else(|| unreadable("the active signing key"))?;
        let signing = signing.into_iter().map(|(_, key)| key).collect();
        let mut policies = BTreeMap::new();
        for pair in pairs.iter().filter(|pair| pair.is_published()) {
            let Some(key) = open(pair, seal) else {
                tracing::error!(kid = %pair.id, "a key of a policy opens neither under this master key nor for this version");
                whole = false;
                continue;
            };
            if let (Some(policy), Some(KeyStatus::Active)) = (pair.policy, pair.status) {
                policies.entry(policy).or_insert_with(|| key.clone());
            }
            published.push((key, pair.retired_at));
        }
        let jwks = Jwks::new(published.iter().map(|(k, _)| k.public().clone()).collect()).to_json().to_string();
        let etag = format!("\"{}\"", jose::b64::encode(&jose::digest::sha256(jwks.as_bytes())[..12]));
        let own = key_rotation_policy(environment).into();
        Ok(Self { active, signing, policies, own, published, jwks, etag, whole })
    }

    /// The environment's own key that signs now.
    pub fn active(&self) -> &SigningKey {
        &self.active
    }

    /// The key that a policy has as its current one: the environment's own where none is named.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] where it cannot be read: whoever verifies by the policy would not take another.
    pub fn of_policy(&self, policy: Option<KeyRotationPolicyId>) -> Result<&SigningKey, Fault> {
        let Some(policy) = policy.filter(|policy| *policy != self.own) else { return Ok(&self.active) };
        self.policies.get(&policy).ok_or_else(|| {
            tracing::error!(%policy, "no key of the policy that an application names can be read");
            Fault::Unavailable
        })
    }

    /// The key for what an application is sent: of the algorithm that it chose, or of its policy. What it chose and may not have counts
    /// for nothing, and where the key that takes its place is not made yet, the policy's signs.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] where there is no key of an algorithm that may be had: whoever verifies by it would not take another.
    pub fn signing_within(
        &self,
        demands: &Demands,
        policy: Option<KeyRotationPolicyId>,
        chosen: Option<Alg>,
    ) -> Result<&SigningKey, Fault> {
        let own = self.of_policy(policy)?;
        let wanted = demands.signs_with(chosen, own.alg());
        let Some(alg) = wanted else { return Ok(own) };
        let mut all = [own, &self.active].into_iter().chain(&self.signing);
        match all.find(|key| key.alg() == alg) {
            Some(key) => Ok(key),
            None if wanted != chosen => Ok(own),
            None => {
                tracing::error!(%alg, "no key of the algorithm that an application chose: `grantor keys rotate --now --chosen` makes one");
                Err(Fault::Unavailable)
            }
        }
    }

    /// The key that signs with an algorithm now, the environment's own first.
    pub fn of_alg(&self, alg: Alg) -> Option<&SigningKey> {
        std::iter::once(&self.active).chain(&self.signing).find(|key| key.alg() == alg)
    }

    /// Decides whether something may be said of all keys: which there are, or that one is none of them. Not where a newer process
    /// stored one that this version cannot read: who believed it would refuse what was signed with it.
    ///
    /// # Errors
    /// [`Fault::Unavailable`]: that process can say it.
    pub fn must_be_whole(&self) -> Result<(), Fault> {
        if self.whole { Ok(()) } else { Err(Fault::Unavailable) }
    }

    /// The key with this id, whatever its status: what it signed verifies as long as it is published.
    pub fn find(&self, kid: &str) -> Option<PublishedKey> {
        let (key, retired_at) = self.published.iter().find(|(key, _)| key.kid() == kid)?;
        Some(PublishedKey { verifying: key.verifying(), retired_at: *retired_at })
    }

    /// The JWK set as it is served, and its entity tag.
    pub fn jwks(&self) -> (&str, &str) {
        (&self.jwks, &self.etag)
    }
}

/// Makes a signing key for `environment` and seals it, here and now: where nobody waits for an answer. Requests take theirs
/// from the [`pool::KeyPool`]. Key generation draws on the cryptographic library's own randomness.
///
/// # Errors
/// [`Failure::Bug`] for an algorithm without a key pair.
pub fn generate(
    ctx: &Ctx<'_>,
    environment: EnvironmentId,
    alg: Alg,
    status: KeyStatus,
    seal: &SealKey,
) -> Result<SigningKeyRecord, Failure> {
    let key = SigningKey::generate(alg).map_err(|_| Failure::Bug("key generation"))?;
    Ok(bind(ctx, environment, (alg, key.pkcs8()), status, seal))
}

/// Gives a private key that belonged to nobody to `environment`: names it and seals it for this place.
pub(crate) fn bind(
    ctx: &Ctx<'_>,
    environment: EnvironmentId,
    (alg, pkcs8): (Alg, &[u8]),
    status: KeyStatus,
    seal: &SealKey,
) -> SigningKeyRecord {
    // The playground's and PingOne's key ids are UUIDs or short names; a UUID never denotes two keys either.
    let kid = ctx.uuid().to_string();
    let mut nonce = [0; 12];
    ctx.entropy.fill(&mut nonce);
    let sealed = seal.seal(nonce, &context(environment, &kid), pkcs8);
    SigningKeyRecord { environment, kid, alg, status, chosen: false, sealed, created_at: ctx.now, retired_at: None }
}

/// Opens a sealed key. None: it was sealed under another master key, or for another environment or id.
pub fn unseal(record: &SigningKeyRecord, seal: &SealKey) -> Option<SigningKey> {
    let pkcs8 = private(record, seal)?;
    Some(SigningKey::from_pkcs8(record.alg, &pkcs8).ok()?.with_kid(record.kid.clone()))
}

/// The same as PKCS #8, whether or not this version knows such keys.
pub(crate) fn private(record: &SigningKeyRecord, seal: &SealKey) -> Option<Private> {
    seal.open(&context(record.environment, &record.kid), &record.sealed)
}

fn context(environment: EnvironmentId, kid: &str) -> Vec<u8> {
    Place::SigningKey(environment, kid.to_owned()).context()
}

impl App {
    /// A new signing key for `environment`, sealed for it.
    ///
    /// # Errors
    /// [`Failure::Unavailable`] when too many wait for one already; [`Failure::Bug`] for an algorithm without a key pair.
    pub async fn new_signing_key(
        &self,
        ctx: &Ctx<'_>,
        environment: EnvironmentId,
        alg: Alg,
        status: KeyStatus,
    ) -> Result<SigningKeyRecord, Failure> {
        // What an environment begins with is its own: no other has it.
        let pkcs8 = match status {
            KeyStatus::Next => self.private_key(environment, alg).await?,
            _ => self.keys().take(alg).await?,
        };
        Ok(bind(ctx, environment, (alg, &pkcs8), status, self.seal()))
    }

    /// The same of so many bits, where it is an RSA key.
    ///
    /// # Errors
    /// As above.
    pub(crate) async fn new_signing_key_of(
        &self,
        ctx: &Ctx<'_>,
        environment: EnvironmentId,
        (alg, bits): (Alg, i64),
    ) -> Result<SigningKeyRecord, Failure> {
        let pkcs8 = match u32::try_from(bits) {
            Ok(bits) if alg.is_rsa() && bits != USUAL => self.keys().take_rsa(bits).await?,
            _ => self.private_key(environment, alg).await?,
        };
        Ok(bind(ctx, environment, (alg, &pkcs8), KeyStatus::Next, self.seal()))
    }

    /// A private key that the environment does not have. On a developer's server, where nothing protects anything, nobody waits for one:
    /// where none was made ahead it is one of the documented ones.
    async fn private_key(&self, environment: EnvironmentId, alg: Alg) -> Result<Private, Failure> {
        if self.controls.is_none() || !alg.is_rsa() {
            return self.keys().take(alg).await;
        }
        if let Some(ready) = self.keys().ready(alg)? {
            return Ok(ready);
        }
        let there = self.store.readable_keys(environment).await?;
        let there: Vec<_> = there.iter().filter_map(|key| private(key, self.seal())).collect();
        match known::another(&there)? {
            Some(key) => Ok(key),
            None => self.keys().take(alg).await,
        }
    }
}
