//! Key pairs with certificates: made, brought in, sealed and opened; and the environment's own signing keys drawn as such.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jose::certificate::KeyType;
use jose::seal::SealKey;
use jose::{Alg, DistinguishedName, Facts, Pkcs12, Said, SignedWith, SigningKey};
use protocol::ctx::Ctx;
use protocol::id::{KeyPairId, canonical};
use protocol::model::key_pair::{alg, signed_with_hash};
use protocol::model::{KeyPair, KeyRotationPolicy, KeyStatus, KeyUsage, SigningKeyRecord};
use protocol::sealed::Place;
use protocol::time::Time;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::app::App;
use crate::failure::Failure;

/// The key and the certificate that a described pair is to have: of its type and length, under its names.
///
/// # Errors
/// As for [`crate::keys::pool::KeyPool::take`].
pub async fn new_pair(app: &App, ctx: &Ctx<'_>, mut pair: KeyPair) -> Result<KeyPair, Failure> {
    let alg = pair.alg().ok_or(Failure::Bug("a key of no known type"))?;
    let pkcs8 = if alg.is_rsa() {
        let bits = u32::try_from(pair.length).map_err(|_| Failure::Bug("a key of no known length"))?;
        app.keys().take_rsa(bits).await?
    } else {
        app.keys().take(alg).await?
    };
    let key = SigningKey::from_pkcs8(alg, &pkcs8).map_err(|_| Failure::Bug("a key that was made"))?;
    if pair.serial.is_empty() {
        pair.serial = serial(ctx.uuid());
    }
    // What a certificate says has whole seconds.
    pair.starts_at = Time::from_secs(ctx.now.secs());
    pair.expires_at = pair.starts_at.plus(pair.validity.saturating_mul(86_400));
    let pair = certified(pair, &key)?;
    Ok(sealed(ctx, pair, &pkcs8, app.seal()))
}

/// The pair with a certificate of its key that says what it says; by itself where nobody else is said to issue it.
///
/// # Errors
/// The key cannot sign so: [`Failure::Bug`], because what it says was judged.
pub fn certified(mut pair: KeyPair, key: &SigningKey) -> Result<KeyPair, Failure> {
    let unreadable = |_| Failure::Bug("a name that was judged");
    let subject = DistinguishedName::parse(&pair.subject).map_err(unreadable)?;
    let issuer = pair.issuer.get_or_insert_with(|| pair.subject.clone());
    let issuer = DistinguishedName::parse(issuer).map_err(unreadable)?;
    let serial: u64 = pair.serial.parse().map_err(|_| Failure::Bug("a serial number that was judged"))?;
    let said = Said {
        subject: &subject,
        issuer: &issuer,
        serial: &serial.to_be_bytes(),
        not_before: pair.starts_at.secs(),
        not_after: pair.expires_at.secs(),
        authority: pair.usage == KeyUsage::Issuance,
        revocations: pair.revocations.as_deref(),
    };
    let with = signed_with_hash(&pair.signature_algorithm).unwrap_or(SignedWith::Sha256);
    let der = key.certify(&said, with).map_err(|_| Failure::Bug("a certificate that is not signed"))?;
    pair.certificate = base64(&der);
    pair.chain = Vec::new();
    Ok(pair)
}

/// The pair with its private key under the master key.
fn sealed(ctx: &Ctx<'_>, pair: KeyPair, pkcs8: &[u8], seal: &SealKey) -> KeyPair {
    let mut nonce = [0; 12];
    ctx.entropy.fill(&mut nonce);
    KeyPair { sealed: seal.seal(nonce, &context(&pair), pkcs8), ..pair }
}

/// Opens the private key of a pair. None: it was sealed under another master key or for another place, or is of no known type.
pub fn open(pair: &KeyPair, seal: &SealKey) -> Option<SigningKey> {
    let pkcs8 = seal.open(&context(pair), &pair.sealed)?;
    Some(SigningKey::from_pkcs8(pair.alg()?, &pkcs8).ok()?.with_kid(pair.id.to_string()))
}

fn context(pair: &KeyPair) -> Vec<u8> {
    Place::KeyPair(pair.environment, pair.id).context()
}

/// A new key of a policy.
///
/// # Errors
/// As for [`new_pair`].
pub async fn of_policy(
    app: &App,
    ctx: &Ctx<'_>,
    policy: &KeyRotationPolicy,
    status: KeyStatus,
) -> Result<KeyPair, Failure> {
    let pair = KeyPair {
        id: ctx.uuid().into(),
        environment: policy.environment,
        name: policy.name.clone(),
        algorithm: policy.algorithm.clone(),
        length: policy.length,
        signature_algorithm: policy.signature_algorithm.clone(),
        subject: policy.dn.clone(),
        usage: KeyUsage::Signing,
        validity: policy.validity,
        policy: Some(policy.id),
        status: Some(status),
        created_at: ctx.now.to_millis(),
        updated_at: ctx.now.to_millis(),
        version: 1,
        ..KeyPair::default()
    };
    new_pair(app, ctx, pair).await
}

/// What a file has: a private key and the certificate of it, with those above.
#[derive(Debug)]
pub struct Opened {
    pkcs8: Zeroizing<Vec<u8>>,
    pub facts: Facts,
    chain: Vec<String>,
}

/// Opens a file that somebody brings: PKCS #12. It may take half a second.
///
/// # Errors
/// What is wrong with the file, its key or its certificate.
pub fn opened(file: &[u8], password: &str) -> Result<Opened, String> {
    let Pkcs12 { key: pkcs8, certificates } = Pkcs12::open(file, password).map_err(|error| error.to_string())?;
    let all: Result<Vec<Facts>, _> = certificates.iter().map(|der| Facts::read(der)).collect();
    let mut all = all.map_err(|error| error.to_string())?;
    let is_of_key = |facts: &Facts| {
        let alg = spec(facts).and_then(|(algorithm, length)| alg(algorithm, length, &facts.signed_with));
        let key = alg.and_then(|alg| SigningKey::from_pkcs8(alg, &pkcs8).ok());
        key.and_then(|key| key.public_key_info().ok()).is_some_and(|info| info == facts.public_key)
    };
    let Some(at) = all.iter().position(is_of_key) else { return Err(NO_PAIR.to_owned()) };
    let facts = all.remove(at);
    let chain = all.iter().map(|facts| base64(&facts.der)).collect();
    Ok(Opened { pkcs8, facts, chain })
}

/// The pair of a file, its members as its certificate has them. The id, the environment and the usage are those of `pair`.
pub fn imported(ctx: &Ctx<'_>, seal: &SealKey, pair: KeyPair, opened: Opened) -> KeyPair {
    let Opened { pkcs8, facts, chain } = opened;
    sealed(ctx, KeyPair { chain, ..as_certified(pair, &facts) }, &pkcs8, seal)
}

/// The pair with what a certificate of its key says.
pub fn as_certified(pair: KeyPair, facts: &Facts) -> KeyPair {
    let (algorithm, length) = spec(facts).unwrap_or(("UNKNOWN", 0));
    KeyPair {
        name: facts.name().chars().take(256).collect(),
        algorithm: algorithm.to_owned(),
        length,
        signature_algorithm: facts.signed_with.clone(),
        // As PingOne spells them for keys: the root last.
        subject: facts.subject.spelled(", ", false),
        issuer: Some(facts.issuer.spelled(", ", false)),
        serial: facts.serial.clone(),
        validity: (facts.not_after - facts.not_before) / 86_400,
        starts_at: Time::from_secs(facts.not_before),
        expires_at: Time::from_secs(facts.not_after),
        certificate: base64(&facts.der),
        ..pair
    }
}

/// What management calls the key of a certificate, and its bits.
pub fn spec(facts: &Facts) -> Option<(&'static str, i64)> {
    match facts.key? {
        (KeyType::Rsa, bits) => Some(("RSA", bits as i64)),
        (KeyType::Ec, bits) => Some(("EC", bits as i64)),
        (KeyType::Ed25519 | KeyType::MlDsa, _) => None,
    }
}

/// A signing key of the environment as a pair. Its certificate says what follows from the key alone, so that every process shows the
/// same; it is signed where it is asked for.
pub fn drawn(record: &SigningKeyRecord, policy: &KeyRotationPolicy, bits: Option<usize>) -> KeyPair {
    let id = key_id(&record.kid);
    let starts_at = Time::from_secs(record.created_at.secs());
    let validity = policy.validity;
    let (algorithm, length, signature_algorithm) = match record.alg {
        Alg::Es256 => ("EC", 256, "SHA256withECDSA"),
        Alg::Es384 => ("EC", 384, "SHA384withECDSA"),
        Alg::Es512 => ("EC", 521, "SHA512withECDSA"),
        Alg::Rs384 | Alg::Ps384 => ("RSA", 2_048, "SHA384withRSA"),
        Alg::Rs512 | Alg::Ps512 => ("RSA", 2_048, "SHA512withRSA"),
        alg if alg.is_rsa() => ("RSA", 2_048, "SHA256withRSA"),
        alg => ("UNKNOWN", 0, alg.name()),
    };
    KeyPair {
        id,
        environment: record.environment,
        name: if record.chosen { format!("{} of applications", record.alg) } else { policy.name.clone() },
        algorithm: algorithm.to_owned(),
        length: bits.map_or(length, |bits| bits as i64),
        signature_algorithm: signature_algorithm.to_owned(),
        subject: policy.dn.clone(),
        issuer: Some(policy.dn.clone()),
        serial: serial(id.uuid()),
        usage: KeyUsage::Signing,
        validity,
        starts_at,
        expires_at: starts_at.plus(validity.saturating_mul(86_400)),
        policy: (!record.chosen).then_some(policy.id),
        status: Some(record.status),
        retired_at: record.retired_at,
        created_at: record.created_at,
        updated_at: record.created_at,
        version: 1,
        ..KeyPair::default()
    }
}

/// The id of a signing key, whose name is one as a rule.
pub fn key_id(kid: &str) -> KeyPairId {
    canonical(kid)
        .unwrap_or_else(|| {
            let hash = jose::digest::sha256(format!("key:{kid}").as_bytes());
            let mut octets = [0; 16];
            octets.copy_from_slice(&hash[..16]);
            uuid::Builder::from_custom_bytes(octets).into_uuid()
        })
        .into()
}

/// As certificates are kept in a body.
fn base64(der: &[u8]) -> String {
    STANDARD.encode(der)
}

/// 53 bits of an id: what a reader of JSON that has no other numbers than binary64 still reads as it is (RFC 8259 §6).
fn serial(of: Uuid) -> String {
    let number = (of.as_u128() as u64) & ((1 << 53) - 1);
    number.max(1).to_string()
}

const NO_PAIR: &str = "there is no certificate of the private key in the file, or the key is of a type, curve or length that is not supported: \
                       RSA of 2048 bits or more, P-256, P-384, P-521";
