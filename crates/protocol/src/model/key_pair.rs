//! Key pairs of an environment, each with a certificate (the contract, Annex A: Certificate). What a key rotation policy signs with is
//! a key pair as well; it follows its policy and nobody writes it.

use jose::{Alg, DistinguishedName, SignedWith};
use serde_json::{Map, Value};

use super::check::Fields;
use super::describe::{Absent, Described, Found, Listed, Place, Walk, property};
use super::environment::KeyStatus;
use crate::id::{EnvironmentId, KeyPairId, KeyRotationPolicyId};
use crate::names::names;
use crate::refusal::Refused;
use crate::time::Time;

names! {
    /// What a key or a certificate is for.
    #[derive(Default)]
    pub enum KeyUsage {
        Encryption = "ENCRYPTION",
        Issuance = "ISSUANCE",
        OutboundMtls = "OUTBOUND_MTLS",
        #[default]
        Signing = "SIGNING",
        Tls = "SSL/TLS",
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyPair {
    pub id: KeyPairId,
    pub environment: EnvironmentId,
    pub name: String,
    /// `RSA` or `EC`.
    pub algorithm: String,
    /// Bits.
    pub length: i64,
    /// How the certificate is signed.
    pub signature_algorithm: String,
    /// As they were written, or as the certificate has them.
    pub subject: String,
    pub issuer: Option<String>,
    /// Decimal digits; RFC 5280 §4.1.2.2 lets it have twenty octets.
    pub serial: String,
    pub usage: KeyUsage,
    /// Whether it is taken where a key of this usage is needed and none is named: one of each usage. Nothing here asks yet.
    pub default: bool,
    /// Days.
    pub validity: i64,
    /// `customCRL`: where a certificate of an authority tells which it took back.
    pub revocations: Option<String>,
    pub starts_at: Time,
    pub expires_at: Time,
    /// Base64 of DER; those above it follow in `chain`.
    pub certificate: String,
    pub chain: Vec<String>,
    /// PKCS #8 under the master key.
    pub sealed: Vec<u8>,
    /// The policy that it belongs to, and its place there; of all others none.
    pub policy: Option<KeyRotationPolicyId>,
    pub status: Option<KeyStatus>,
    pub retired_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

impl KeyPair {
    /// With what its private key is read, and signs tokens where a policy has it: what its certificate is signed with.
    pub fn alg(&self) -> Option<Alg> {
        alg(&self.algorithm, self.length, &self.signature_algorithm)
    }

    /// Whether it signs, will sign or has signed tokens.
    pub fn is_published(&self) -> bool {
        self.status.is_some()
    }
}

/// The algorithm of a key of this type and length.
pub fn alg(algorithm: &str, length: i64, signed_with: &str) -> Option<Alg> {
    Some(match (algorithm, length) {
        ("RSA", _) => match signed_with_hash(signed_with) {
            Some(SignedWith::Sha384) => Alg::Rs384,
            Some(SignedWith::Sha512) => Alg::Rs512,
            Some(SignedWith::Sha256) | None => Alg::Rs256,
        },
        ("EC", 256) => Alg::Es256,
        ("EC", 384) => Alg::Es384,
        ("EC", 521) => Alg::Es512,
        _ => return None,
    })
}

/// The hash in the name of a signature algorithm.
pub fn signed_with_hash(name: &str) -> Option<SignedWith> {
    match name.split_once("with")?.0 {
        "SHA256" => Some(SignedWith::Sha256),
        "SHA384" => Some(SignedWith::Sha384),
        "SHA512" => Some(SignedWith::Sha512),
        _ => None,
    }
}

/// Whether a text is a distinguished name (RFC 4514), of which at least one attribute has a value.
pub(super) fn is_name(text: &str) -> Result<(), String> {
    DistinguishedName::parse(text).map(drop).map_err(|error| error.to_string())
}

fn is_list_address(text: &str) -> Result<(), String> {
    let rest = text.strip_prefix("http://");
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/');
    match rest {
        Some(rest) if rest.chars().all(known) => Ok(()),
        _ => Err(r"must match ^http:\/\/[a-zA-Z0-9.-\/]*$".into()),
    }
}

/// What a replacement writes of a key, as PingOne's does: what it is for, and whether it is the default for that.
///
/// # Errors
/// What is wrong with the body. Its certificate says who issued it, so another issuer is none of it.
pub fn read_update(body: &Map<String, Value>, before: &KeyPair) -> Result<KeyPair, Refused> {
    let mut fields = Fields::new(body);
    let default = fields.boolean("default");
    let default = fields.require("default", default).unwrap_or_default();
    let usage = fields.choice("usageType", &KeyUsage::ALL, KeyUsage::name);
    let usage = fields.require("usageType", usage).unwrap_or_default();
    if before.revocations.is_some() && usage != KeyUsage::Issuance {
        fields.fault("INVALID_VALUE", "usageType", "must be ISSUANCE with customCRL", None);
    }
    let issuer = fields.checked("issuerDN", MAX_NAME, is_name).and_then(|text| DistinguishedName::parse(&text).ok());
    let said = before.issuer.as_deref().and_then(|text| DistinguishedName::parse(text).ok());
    if issuer.is_some() && issuer != said {
        fields.fault("INVALID_VALUE", "issuerDN", "is what the certificate says: make another key", None);
    }
    fields.finish(KeyPair { usage, default, ..before.clone() })
}

impl Described for KeyPair {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self {
            id,
            environment,
            name,
            algorithm,
            length,
            signature_algorithm,
            subject,
            issuer,
            serial,
            usage,
            default,
            validity,
            revocations,
            starts_at,
            expires_at,
            certificate,
            chain,
            sealed,
            policy,
            status,
            retired_at,
            created_at,
            updated_at,
            version,
        } = self;
        walk.id(&property("id").read_only().found("id", Found::Id), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.text(&property("name").text(1, 256).required(), name);
        walk.text(&property("algorithm").one_of(ALGORITHMS).required(), algorithm);
        walk.number(&property("keyLength").range(1, 16_384).required(), length);
        walk.text(&property("signatureAlgorithm").one_of(SIGNED_WITH).required(), signature_algorithm);
        walk.text(&property("subjectDN").checked(MAX_NAME, is_name).required(), subject);
        walk.text_if(&property("issuerDN").checked(MAX_NAME, is_name).absent(Absent::Kept), issuer);
        describe_serial(serial, walk);
        walk.choice(&property("usageType").required().column("usage_type"), usage);
        walk.flag(&property("default").column("is_default").inert(), default);
        walk.number(&property("validityPeriod").range(1, MAX_DAYS).required(), validity);
        walk.text_if(&property("customCRL").checked(MAX_NAME, is_list_address), revocations);
        walk.time(&property("startsAt").read_only(), starts_at);
        walk.time(&property("expiresAt").read_only(), expires_at);
        walk.made(&property("status"), "string");
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
        walk.text(&property("certificate").place(Place::Hidden("certificate")), certificate);
        walk.stored("chain", &mut Listed(chain));
        walk.octets(&property("sealed").place(Place::Hidden("sealed")).column("sealed"), sealed);
        walk.reference(&property("policy").place(Place::Hidden("policy")), policy);
        walk.choice(&property("state").place(Place::Hidden("state")), status);
        walk.time_if(&property("retiredAt").place(Place::Hidden("retired_at")).column("retired_at"), retired_at);
        walk.version(version);
    }

    fn rules(&self, _: &Self, fields: &mut Fields<'_>) {
        judge_spec(&self.algorithm, self.length, &self.signature_algorithm, fields);
        if self.revocations.is_some() && self.usage != KeyUsage::Issuance {
            fields.fault("INVALID_VALUE", "customCRL", "is for usageType ISSUANCE alone", None);
        }
    }
}

/// As a number, of which a body may say 63 bits; what a certificate from elsewhere has more is shown where it is answered.
pub(super) fn describe_serial(serial: &mut String, walk: &mut dyn Walk) {
    let mut number: Option<i64> = serial.parse().ok();
    walk.outside(&mut |walk| {
        walk.number(&property("serialNumber").range(1, i64::MAX).absent(Absent::Kept), &mut number);
    });
    if let Some(number) = number {
        *serial = number.to_string();
    }
    walk.text(&property("serial").place(Place::Hidden("serial")), serial);
}

/// What this server makes: no RSA key of 7680 bits, because that takes minutes, and none on P-224, which no algorithm here has.
pub(super) fn judge_spec(algorithm: &str, length: i64, signed_with: &str, fields: &mut Fields<'_>) {
    let (lengths, family): (&[i64], _) = match algorithm {
        "RSA" => (&[2_048, 3_072, 4_096], "withRSA"),
        "EC" => (&[256, 384, 521], "withECDSA"),
        _ => return,
    };
    if !lengths.contains(&length) {
        let all = lengths.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
        fields.fault("INVALID_VALUE", "keyLength", &format!("must be one of {all} with {algorithm}"), None);
    }
    if !signed_with.is_empty() && !signed_with.ends_with(family) {
        let message = format!("must be one of those that end in {family}");
        fields.fault("INVALID_VALUE", "signatureAlgorithm", &message, None);
    }
}

const ALGORITHMS: &[&str] = &["RSA", "EC"];
const SIGNED_WITH: &[&str] =
    &["SHA256withRSA", "SHA384withRSA", "SHA512withRSA", "SHA256withECDSA", "SHA384withECDSA", "SHA512withECDSA"];
pub(super) const MAX_NAME: usize = 2_048;
/// A hundred years.
pub(super) const MAX_DAYS: i64 = 36_500;
