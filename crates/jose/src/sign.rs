//! Signing: a key parsed once, its headers encoded once, and one buffer for each token.
//!
//! RFC 7515 §5.1, §7.1.

mod octets;

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, PqdsaKeyPair, RsaKeyPair};
use zeroize::Zeroizing;

use crate::jwk::curve_width;
use crate::verify::hmac_key;
use crate::{Alg, Error, Jwk, PublicKey, VerifyingKey, b64, material};

/// A private key with its algorithm; clones share it.
///
/// Generating keys, RSA blinding, PSS salts and ECDSA nonces use the generator inside aws-lc, not the caller's.
#[derive(Clone)]
pub struct SigningKey(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    alg: Alg,
    pair: Arc<Pair>,
    pkcs8: Arc<Zeroizing<Vec<u8>>>,
    public: Jwk,
    kid: String,
    verifying: VerifyingKey,
    headers: Headers,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    MlDsa(PqdsaKeyPair),
}

/// The `typ` of a token, which keeps one kind from passing as another (RFC 8725 §3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typ {
    /// `at+jwt`, RFC 9068 §2.1.
    AtJwt,
    /// `JWT`, RFC 7519 §5.1.
    Jwt,
    /// `logout+jwt`, OIDC Back-Channel Logout §2.4.
    LogoutJwt,
    /// `token-introspection+jwt`, RFC 9701 §5.
    TokenIntrospectionJwt,
    /// `oauth-authz-req+jwt`, RFC 9101 §10.8.
    OauthAuthzReqJwt,
    /// `secevent+jwt`, RFC 8417 §2.3.
    SeceventJwt,
    /// `dpop+jwt`, RFC 9449 §4.2.
    DpopJwt,
    /// `client-authentication+jwt`, RFC 10070.
    ClientAuthenticationJwt,
    /// `oauth-client-attestation+jwt`, draft-ietf-oauth-attestation-based-client-auth §5.
    OauthClientAttestationJwt,
    /// `oauth-client-attestation-pop+jwt`, the same §6.1.
    OauthClientAttestationPopJwt,
}

impl SigningKey {
    /// A new key, named by its thumbprint (RFC 7638); RSA keys have 2048 bits.
    pub fn generate(alg: Alg) -> Result<Self, Error> {
        if alg.is_rsa() {
            return Self::generate_rsa(alg, 2048);
        }
        let pkcs8 = if let Some(curve) = material::ecdsa_signing(alg) {
            EcdsaKeyPair::generate(curve).and_then(|pair| pair.to_pkcs8v1())
        } else if alg.is_ed25519() {
            Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8v1())
        } else if let Some((signing, ..)) = material::ml_dsa(alg) {
            PqdsaKeyPair::generate(signing).and_then(|pair| pair.to_pkcs8v1())
        } else {
            return Err(SYMMETRIC);
        };
        Self::from_pkcs8(alg, pkcs8.map_err(|_| GENERATION)?.as_ref())
    }

    /// A new RSA key of 2048, 3072 or 4096 bits, named by its thumbprint.
    pub fn generate_rsa(alg: Alg, bits: u32) -> Result<Self, Error> {
        let size = match bits {
            2048 => KeySize::Rsa2048,
            3072 => KeySize::Rsa3072,
            4096 => KeySize::Rsa4096,
            _ => return Err(Error::Key("an RSA key has 2048, 3072 or 4096 bits")),
        };
        let pair = RsaKeyPair::generate(size).map_err(|_| GENERATION)?;
        Self::from_pkcs8(alg, pair.as_der().map_err(|_| GENERATION)?.as_ref())
    }

    /// The unencrypted PKCS #8 key, named by its thumbprint; it must be of the type and curve `alg` needs.
    pub fn from_pkcs8(alg: Alg, pkcs8: &[u8]) -> Result<Self, Error> {
        let (pair, key) = if material::rsa_signing(alg).is_some() {
            let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| REJECTED)?;
            let key = rsa_public(pair.public_key().as_ref()).ok_or(REJECTED)?;
            (Pair::Rsa(pair), key)
        } else if let Some(curve) = material::ecdsa_signing(alg) {
            let pair = EcdsaKeyPair::from_pkcs8(curve, pkcs8).map_err(|_| REJECTED)?;
            let key = ec_public(alg, pair.public_key().as_ref()).ok_or(REJECTED)?;
            (Pair::Ec(pair), key)
        } else if alg.is_ed25519() {
            let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| REJECTED)?;
            let key = PublicKey::Ed25519 { x: pair.public_key().as_ref().to_vec() };
            (Pair::Ed25519(pair), key)
        } else if let Some((signing, ..)) = material::ml_dsa(alg) {
            let pair = PqdsaKeyPair::from_pkcs8(signing, pkcs8).map_err(|_| REJECTED)?;
            let key = PublicKey::MlDsa { alg, public: pair.public_key().as_ref().to_vec() };
            (Pair::MlDsa(pair), key)
        } else {
            return Err(SYMMETRIC);
        };
        // Read back what will be published, so that the limits on other people's keys hold for the server's own.
        let public = Jwk::from_json(&Jwk::for_signatures(key, alg).to_json())?;
        let verifying = VerifyingKey::from_jwk(&public, alg)?;
        let kid = public.thumbprint();
        let headers = Headers::encode(Some(&kid), alg);
        let pkcs8 = Arc::new(Zeroizing::new(pkcs8.to_vec()));
        Ok(Self(Arc::new(Inner { alg, pair: Arc::new(pair), pkcs8, public, kid, verifying, headers })))
    }

    /// The same key under another name.
    #[must_use]
    pub fn with_kid(self, kid: String) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.headers = Headers::encode(Some(&kid), inner.alg);
        inner.public.set_kid(kid.clone());
        inner.kid = kid;
        Self(Arc::new(inner))
    }

    /// The private key, for keeping it sealed.
    pub fn pkcs8(&self) -> &Zeroizing<Vec<u8>> {
        &self.0.pkcs8
    }

    /// How many bits it has, as its kind is measured.
    pub fn bits(&self) -> usize {
        match &*self.0.pair {
            Pair::Rsa(pair) => 8 * pair.public_modulus_len(),
            Pair::Ec(_) => material::curve_bits(self.0.alg),
            Pair::Ed25519(_) => 256,
            Pair::MlDsa(pair) => 8 * pair.public_key().as_ref().len(),
        }
    }

    /// The one algorithm of the key.
    pub fn alg(&self) -> Alg {
        self.0.alg
    }

    /// The name under which it is published.
    pub fn kid(&self) -> &str {
        &self.0.kid
    }

    /// The public half, as published.
    pub fn public(&self) -> &Jwk {
        &self.0.public
    }

    /// The public half, ready for verifying.
    pub fn verifying(&self) -> VerifyingKey {
        self.0.verifying.clone()
    }

    /// The compact JWS of `payload`, which is serialised JSON already.
    ///
    /// The header is `{"kid":…,"alg":…}` in this order, followed by `typ` when there is one.
    pub fn sign(&self, typ: Option<Typ>, payload: &[u8]) -> Result<String, Error> {
        compact(self.0.headers.of(typ), payload, self.0.pair.signature_len(self.0.alg), |message, out| {
            self.0.pair.sign(self.0.alg, message, out)
        })
    }

    /// The same under a header of the caller's own, which is a JSON object already: a proof brings its key in it (RFC 9449 §4.2).
    pub fn sign_under(&self, header: &[u8], payload: &[u8]) -> Result<String, Error> {
        let mut encoded = b64::encode(header);
        encoded.push('.');
        compact(&encoded, payload, self.0.pair.signature_len(self.0.alg), |message, out| {
            self.0.pair.sign(self.0.alg, message, out)
        })
    }
}

/// Shows the name and the algorithm only.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid()).field("alg", &self.alg()).finish_non_exhaustive()
    }
}

impl Typ {
    const ALL: [Self; 10] = [
        Self::AtJwt,
        Self::Jwt,
        Self::LogoutJwt,
        Self::TokenIntrospectionJwt,
        Self::OauthAuthzReqJwt,
        Self::SeceventJwt,
        Self::DpopJwt,
        Self::ClientAuthenticationJwt,
        Self::OauthClientAttestationJwt,
        Self::OauthClientAttestationPopJwt,
    ];

    /// The value of the header parameter.
    pub fn name(self) -> &'static str {
        match self {
            Self::AtJwt => "at+jwt",
            Self::Jwt => "JWT",
            Self::LogoutJwt => "logout+jwt",
            Self::TokenIntrospectionJwt => "token-introspection+jwt",
            Self::OauthAuthzReqJwt => "oauth-authz-req+jwt",
            Self::SeceventJwt => "secevent+jwt",
            Self::DpopJwt => "dpop+jwt",
            Self::ClientAuthenticationJwt => "client-authentication+jwt",
            Self::OauthClientAttestationJwt => "oauth-client-attestation+jwt",
            Self::OauthClientAttestationPopJwt => "oauth-client-attestation-pop+jwt",
        }
    }
}

/// The compact JWS of `payload` under a shared secret (`client_secret_jwt`, ID tokens with HS*).
///
/// The secret must be as long as the hash (RFC 7518 §3.2); the header has no `kid`, since a secret has no name.
pub fn sign_with_secret(alg: Alg, secret: &[u8], typ: Option<Typ>, payload: &[u8]) -> Result<String, Error> {
    let key = hmac_key(alg, secret)?;
    let header = encode_header(None, alg, typ);
    let length = alg.hash().ok_or(Error::UnsupportedAlg)?.size();
    compact(&header, payload, length, |message, out| {
        hmac::sign_to_buffer(&key, message, &mut out[..length]).map_err(|_| SIGNING)?;
        Ok(length)
    })
}

impl Pair {
    fn signature_len(&self, alg: Alg) -> usize {
        match self {
            Self::Rsa(pair) => pair.public_modulus_len(),
            Self::Ec(_) => 2 * curve_width(alg),
            Self::Ed25519(_) => 64,
            Self::MlDsa(_) => material::ml_dsa(alg).map_or(MAX_SIGNATURE, |(.., length)| length),
        }
    }

    /// Writes the signature to `out` and says how long it is.
    fn sign(&self, alg: Alg, message: &[u8], out: &mut [u8; MAX_SIGNATURE]) -> Result<usize, Error> {
        let signature = match self {
            Self::Rsa(pair) => {
                let padding = material::rsa_signing(alg).ok_or(Error::UnsupportedAlg)?;
                let length = pair.public_modulus_len();
                pair.sign(padding, &SystemRandom::new(), message, &mut out[..length]).map_err(|_| SIGNING)?;
                return Ok(length);
            }
            Self::MlDsa(pair) => return pair.sign(message, out).map_err(|_| SIGNING),
            Self::Ec(pair) => pair.sign(&SystemRandom::new(), message),
            Self::Ed25519(pair) => pair.try_sign(message),
        };
        let signature = signature.map_err(|_| SIGNING)?;
        let signature = signature.as_ref();
        out[..signature.len()].copy_from_slice(signature);
        Ok(signature.len())
    }
}

/// Every header a key can send, base64url-encoded and with its dot, indexed by `typ`.
#[derive(Clone)]
struct Headers {
    untyped: String,
    typed: [String; Typ::ALL.len()],
}

impl Headers {
    fn encode(kid: Option<&str>, alg: Alg) -> Self {
        Self { untyped: encode_header(kid, alg, None), typed: Typ::ALL.map(|typ| encode_header(kid, alg, Some(typ))) }
    }

    fn of(&self, typ: Option<Typ>) -> &str {
        typ.map_or(&self.untyped, |typ| &self.typed[typ as usize])
    }
}

fn encode_header(kid: Option<&str>, alg: Alg, typ: Option<Typ>) -> String {
    let kid = kid.map_or(String::new(), |kid| format!(r#""kid":{},"#, serde_json::Value::from(kid)));
    let typ = typ.map_or(String::new(), |typ| format!(r#","typ":"{}""#, typ.name()));
    let mut header = b64::encode(format!(r#"{{{kid}"alg":"{}"{typ}}}"#, alg.name()).as_bytes());
    header.push('.');
    header
}

fn compact(
    header: &str,
    payload: &[u8],
    signature_len: usize,
    sign: impl FnOnce(&[u8], &mut [u8; MAX_SIGNATURE]) -> Result<usize, Error>,
) -> Result<String, Error> {
    let room_for_signature = 1 + b64::encoded_len(signature_len);
    let mut token = String::with_capacity(header.len() + b64::encoded_len(payload.len()) + room_for_signature);
    token.push_str(header);
    b64::encode_into(payload, &mut token);
    let mut signature = [0; MAX_SIGNATURE];
    let length = sign(token.as_bytes(), &mut signature)?;
    token.push('.');
    b64::encode_into(&signature[..length], &mut token);
    Ok(token)
}

/// Modulus and exponent out of the RSAPublicKey that aws-lc wrote (RFC 8017 §A.1.1).
fn rsa_public(der: &[u8]) -> Option<PublicKey> {
    let (sequence, _) = der_element(der, 0x30)?;
    let (n, rest) = der_element(sequence, 0x02)?;
    let (e, _) = der_element(rest, 0x02)?;
    let unsigned = |integer: &[u8]| integer.strip_prefix(&[0]).unwrap_or(integer).to_vec();
    Some(PublicKey::Rsa { n: unsigned(n), e: unsigned(e) })
}

/// The content of the leading element with this tag, and what follows it (X.690 §8.1.3).
fn der_element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = der.strip_prefix(&[tag])?.split_first()?;
    if first < 0x80 {
        return rest.split_at_checked(first.into());
    }
    let (length, rest) = rest.split_at_checked((first & 0x7f).into())?;
    let length = length.iter().try_fold(0_usize, |sum, byte| sum.checked_mul(256)?.checked_add((*byte).into()))?;
    rest.split_at_checked(length)
}

/// The coordinates out of the uncompressed point (SEC 1 §2.3.3).
fn ec_public(alg: Alg, point: &[u8]) -> Option<PublicKey> {
    let (x, y) = point.strip_prefix(&[4])?.split_at_checked(curve_width(alg))?;
    (x.len() == y.len()).then(|| PublicKey::Ec { alg, x: x.to_vec(), y: y.to_vec() })
}

/// The signature of the largest RSA key that is accepted, 8192 bits.
/// Of ML-DSA-87.
const MAX_SIGNATURE: usize = 4627;
const SYMMETRIC: Error = Error::Key("a shared secret is not a key pair");
const REJECTED: Error = Error::Key("the private key is not valid for this algorithm");
const GENERATION: Error = Error::Key("the key could not be generated");
const SIGNING: Error = Error::Key("the key could not sign");
