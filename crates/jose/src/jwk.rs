//! A public key as JSON: what it may contain, what its thumbprint is, and what it may verify.
//!
//! RFC 7517 §4, RFC 7518 §6, RFC 8037 §2, RFC 7638, RFC 9964 §4.

use serde_json::{Map, Value};

use crate::certificate::key_of_der;
use crate::{Alg, Error, b64, digest};

/// A public key with the members that say how it may be used. Private members have no place in this type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    key: PublicKey,
    kid: Option<String>,
    alg: Option<String>,
    key_use: Option<String>,
    may_verify: bool,
    /// `x5t#S256`.
    certificate: Option<String>,
    /// What is wrong with what it says of its certificate.
    misnamed: Option<&'static str>,
    /// From when to when its certificate is good, in seconds.
    good: Option<(i64, i64)>,
}

/// The key itself, by `kty` and `crv`; integers are big-endian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// Modulus and exponent, without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// Coordinates of exactly the width of the field; `alg` names the curve, which has one ES* algorithm each.
    Ec { alg: Alg, x: Vec<u8>, y: Vec<u8> },
    /// The 32 bytes of an Ed25519 key.
    Ed25519 { x: Vec<u8> },
    /// The octets of an ML-DSA key, whose type leaves no other algorithm than its `alg`.
    MlDsa { alg: Alg, public: Vec<u8> },
}

impl Jwk {
    /// A key for verifying signatures, as the server publishes its own: with its `kid`, `alg` and `use`.
    pub(crate) fn for_signatures(key: PublicKey, alg: Alg) -> Self {
        let alg_name = Some(alg.name().to_owned());
        let mut jwk = Self {
            key,
            kid: None,
            alg: alg_name,
            key_use: Some("sig".to_owned()),
            may_verify: true,
            certificate: None,
            misnamed: None,
            good: None,
        };
        jwk.kid = Some(jwk.thumbprint());
        jwk
    }

    /// The key of a certificate, named by its own thumbprint and by the certificate's (`x5t#S256`, RFC 7517 §4.9).
    pub(crate) fn certified(key: PublicKey, certificate: String, good: (i64, i64)) -> Result<Self, Error> {
        let jwk = Self {
            key,
            kid: None,
            alg: None,
            key_use: Some("sig".to_owned()),
            may_verify: true,
            certificate: Some(certificate),
            misnamed: None,
            good: None,
        };
        // Read back as everybody's, so that the same limits hold.
        let jwk = Self::from_json(&jwk.to_json())?;
        Ok(Self { kid: Some(jwk.thumbprint()), good: Some(good), ..jwk })
    }

    /// Reads a public JWK.
    ///
    /// Refused: a symmetric key, any private member, an RSA modulus outside 2048–8192 bits, a member of the wrong
    /// type, coordinates of the wrong width. Members this server does not use are ignored (RFC 7517 §4).
    pub fn from_json(value: &Value) -> Result<Self, Error> {
        let members = value.as_object().ok_or(Error::Key("not a JSON object"))?;
        if members.get("kty").and_then(Value::as_str) == Some("oct") || PRIVATE.iter().any(|m| members.contains_key(*m))
        {
            return Err(PRIVATE_KEY);
        }
        let key = read_key(members)?;
        let kid = text(members, "kid", "kid is not a string")?;
        if kid.as_ref().is_some_and(|kid| kid.len() > MAX_KID) {
            return Err(Error::Key("kid is too long"));
        }
        let (certificate, misnamed) = match certificate(members, &key) {
            Ok(certificate) => (certificate, None),
            Err(why) => (None, Some(why)),
        };
        Ok(Self {
            kid,
            alg: text(members, "alg", "alg is not a string")?,
            key_use: text(members, "use", "use is not a string")?,
            may_verify: key_ops_allow_verify(members)?,
            certificate,
            misnamed,
            key,
            good: None,
        })
    }

    /// The JSON object with the public members only.
    pub fn to_json(&self) -> Value {
        let mut members = self.required_members();
        for (name, value) in
            [("kid", &self.kid), ("alg", &self.alg), ("use", &self.key_use), (CERTIFICATE, &self.certificate)]
        {
            if let Some(value) = value {
                members.insert(name.to_owned(), Value::String(value.clone()));
            }
        }
        Value::Object(members)
    }

    /// base64url of the SHA-256 of the required members in lexicographic order (RFC 7638 §3).
    pub fn thumbprint(&self) -> String {
        let canonical = match &self.key {
            PublicKey::Rsa { n, e } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, b64::encode(e), b64::encode(n))
            }
            PublicKey::Ec { alg, x, y } => {
                let (x, y) = (b64::encode(x), b64::encode(y));
                format!(r#"{{"crv":"{}","kty":"EC","x":"{x}","y":"{y}"}}"#, curve_name(*alg))
            }
            PublicKey::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, b64::encode(x)),
            // RFC 9964 §6: `alg` is one of the required members.
            PublicKey::MlDsa { alg, public } => {
                format!(r#"{{"alg":"{}","kty":"AKP","pub":"{}"}}"#, alg.name(), b64::encode(public))
            }
        };
        b64::encode(&digest::sha256(canonical.as_bytes()))
    }

    /// The `kid` member.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The `x5t#S256` member, said or of its `x5c`: the base64url of the SHA-256 of its certificate.
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// Why nobody can know which certificate is meant, though the key says that one is. Its signatures hold all the same.
    pub fn misnamed(&self) -> Option<&'static str> {
        self.misnamed
    }

    /// From when to when the certificate is good that the key was registered by, in seconds. None: it was registered without one.
    pub fn good(&self) -> Option<(i64, i64)> {
        self.good
    }

    /// The `alg` member, when it names a signature algorithm.
    pub fn alg(&self) -> Option<Alg> {
        self.alg.as_deref().and_then(Alg::parse)
    }

    /// The key itself.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Whether the type of the key, its `use`, `key_ops` and `alg` all allow verifying `alg` (RFC 7517 §4.2–4.4). Keys of SPIFFE
    /// bundles that sign tokens say `jwt-svid` (SPIFFE Trust Domain and Bundle §4.2.2).
    pub fn verifies(&self, alg: Alg) -> bool {
        let type_fits = match &self.key {
            PublicKey::Rsa { .. } => alg.is_rsa(),
            PublicKey::Ec { alg: curve, .. } => *curve == alg,
            PublicKey::Ed25519 { .. } => alg.is_ed25519(),
            PublicKey::MlDsa { alg: own, .. } => *own == alg,
        };
        type_fits && self.proves() && self.alg.as_deref().is_none_or(|name| name == alg.name())
    }

    /// Whether its `use` and `key_ops` let it prove anything at all.
    pub fn proves(&self) -> bool {
        self.may_verify && self.key_use.as_deref().is_none_or(|key_use| matches!(key_use, "sig" | "jwt-svid"))
    }

    pub(crate) fn set_kid(&mut self, kid: String) {
        self.kid = Some(kid);
    }

    fn required_members(&self) -> Map<String, Value> {
        let members = match &self.key {
            PublicKey::Rsa { n, e } => {
                vec![("kty", "RSA".to_owned()), ("n", b64::encode(n)), ("e", b64::encode(e))]
            }
            PublicKey::Ec { alg, x, y } => vec![
                ("kty", "EC".to_owned()),
                ("crv", curve_name(*alg).to_owned()),
                ("x", b64::encode(x)),
                ("y", b64::encode(y)),
            ],
            PublicKey::Ed25519 { x } => {
                vec![("kty", "OKP".to_owned()), ("crv", "Ed25519".to_owned()), ("x", b64::encode(x))]
            }
            PublicKey::MlDsa { alg, public } => {
                vec![("kty", "AKP".to_owned()), ("alg", alg.name().to_owned()), ("pub", b64::encode(public))]
            }
        };
        members.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect()
    }
}

/// The `crv` of the algorithm, and the width of its coordinates in bytes (RFC 7518 §6.2.1).
pub(crate) fn curve_width(alg: Alg) -> usize {
    match alg {
        Alg::Es384 => 48,
        Alg::Es512 => 66,
        _ => 32,
    }
}

fn curve_name(alg: Alg) -> &'static str {
    match alg {
        Alg::Es384 => "P-384",
        Alg::Es512 => "P-521",
        _ => "P-256",
    }
}

fn read_key(members: &Map<String, Value>) -> Result<PublicKey, Error> {
    let kty = members.get("kty").and_then(Value::as_str).ok_or(Error::Key("kty is missing"))?;
    let crv = members.get("crv").and_then(Value::as_str);
    match (kty, crv) {
        ("RSA", _) => read_rsa(members),
        ("EC", Some("P-256")) => read_ec(members, Alg::Es256),
        ("EC", Some("P-384")) => read_ec(members, Alg::Es384),
        ("EC", Some("P-521")) => read_ec(members, Alg::Es512),
        ("OKP", Some("Ed25519")) => read_ed25519(members),
        ("AKP", _) => read_ml_dsa(members),
        _ => Err(UNKNOWN_TYPE),
    }
}

fn read_rsa(members: &Map<String, Value>) -> Result<PublicKey, Error> {
    let n = without_leading_zeros(&bytes(members, "n")?);
    let e = without_leading_zeros(&bytes(members, "e")?);
    // RFC 7518 §3.3, §3.5: 2048 bits or larger; the upper bound keeps a verification affordable.
    let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
    if !(2048..=8192).contains(&bits) {
        return Err(Error::Key("the RSA modulus is not of 2048 to 8192 bits"));
    }
    // An even exponent, or 1 with which every message is its own signature, is no RSA key.
    if e.len() > 8 || e.last().is_none_or(|byte| byte % 2 == 0) || e == [1] {
        return Err(Error::Key("the RSA exponent is not acceptable"));
    }
    Ok(PublicKey::Rsa { n, e })
}

fn read_ec(members: &Map<String, Value>, alg: Alg) -> Result<PublicKey, Error> {
    let width = curve_width(alg);
    Ok(PublicKey::Ec { alg, x: fixed(members, "x", width)?, y: fixed(members, "y", width)? })
}

fn read_ed25519(members: &Map<String, Value>) -> Result<PublicKey, Error> {
    let x = fixed(members, "x", 32)?;
    // The last bit is the sign of the other coordinate: the order is the same with it and without.
    let mut point = x.clone();
    if let Some(last) = point.last_mut() {
        *last &= 0x7f;
    }
    // A signature by such a key holds for messages that nobody signed (RFC 8032 §8.4, RFC 7748 §6).
    if SMALL_ORDER.iter().any(|weak| point == *weak) {
        return Err(Error::Key("the Ed25519 key is a point of small order"));
    }
    Ok(PublicKey::Ed25519 { x })
}

/// RFC 9964 §4: `alg` and `pub` are required.
fn read_ml_dsa(members: &Map<String, Value>) -> Result<PublicKey, Error> {
    let alg = members.get("alg").and_then(Value::as_str).ok_or(Error::Key("alg is missing"))?;
    let (alg, length) = match Alg::parse(alg) {
        Some(alg @ Alg::MlDsa44) => (alg, 1312),
        Some(alg @ Alg::MlDsa65) => (alg, 1952),
        Some(alg @ Alg::MlDsa87) => (alg, 2592),
        _ => return Err(UNKNOWN_TYPE),
    };
    Ok(PublicKey::MlDsa { alg, public: fixed(members, "pub", length)? })
}

fn bytes(members: &Map<String, Value>, name: &str) -> Result<Vec<u8>, Error> {
    let text = members.get(name).and_then(Value::as_str).ok_or(Error::Key("a required member is missing"))?;
    b64::decode(text).ok_or(UNREADABLE)
}

fn fixed(members: &Map<String, Value>, name: &str, width: usize) -> Result<Vec<u8>, Error> {
    let value = bytes(members, name)?;
    if value.len() == width { Ok(value) } else { Err(Error::Key("a coordinate has the wrong width")) }
}

/// RFC 7518 §6.3.1.1: some libraries prefix a zero byte, which must not reach the thumbprint.
fn without_leading_zeros(value: &[u8]) -> Vec<u8> {
    let zeros = value.iter().take_while(|byte| **byte == 0).count();
    value[zeros..].to_vec()
}

fn text(members: &Map<String, Value>, name: &str, wrong: &'static str) -> Result<Option<String>, Error> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Error::Key(wrong)),
    }
}

/// The thumbprint of the key's certificate: as it is said, or of the first of `x5c`, which is the one of the key (RFC 7517 §4.7, §4.9).
/// The error says why it cannot be known: a key that any certificate goes with would be another one.
fn certificate(members: &Map<String, Value>, key: &PublicKey) -> Result<Option<String>, &'static str> {
    let said = match members.get(CERTIFICATE) {
        None => None,
        Some(Value::String(said)) if b64::decode(said).is_some_and(|octets| octets.len() == 32) => Some(said.clone()),
        Some(_) => return Err("x5t#S256 is no thumbprint"),
    };
    let Some(chain) = members.get("x5c") else { return Ok(said) };
    let first = chain.as_array().and_then(|chain| chain.first()).and_then(Value::as_str);
    let der = first.and_then(b64::decode_standard).ok_or("x5c is not a list of certificates")?;
    if key_of_der(&der).as_ref() != Some(key) {
        return Err("x5c is not the certificate of the key");
    }
    let own = b64::encode(&digest::sha256(&der));
    if said.is_some_and(|said| said != own) {
        return Err("x5t#S256 is not of the certificate in x5c");
    }
    Ok(Some(own))
}

fn key_ops_allow_verify(members: &Map<String, Value>) -> Result<bool, Error> {
    match members.get("key_ops") {
        None => Ok(true),
        Some(Value::Array(operations)) => Ok(operations.iter().any(|operation| operation == "verify")),
        Some(_) => Err(Error::Key("key_ops is not an array")),
    }
}

pub(crate) const UNKNOWN_TYPE: Error = Error::Key("kty or crv is not supported");
pub(crate) const UNREADABLE: Error = Error::Key("a member is not base64url");
pub(crate) const PRIVATE_KEY: Error = Error::Key("private or symmetric key material");
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];
const CERTIFICATE: &str = "x5t#S256";
/// Every point of Ed25519 whose order divides 8, without its sign, and the two that are written in a second way.
const SMALL_ORDER: [[u8; 32]; 7] = [
    edge(0x00, 0x00, 0x00),
    edge(0x01, 0x00, 0x00),
    edge(0xec, 0xff, 0x7f),
    edge(0xed, 0xff, 0x7f),
    edge(0xee, 0xff, 0x7f),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

const fn edge(first: u8, between: u8, last: u8) -> [u8; 32] {
    let mut point = [between; 32];
    point[0] = first;
    point[31] = last;
    point
}

const MAX_KID: usize = 512;
