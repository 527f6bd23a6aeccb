//! Signs a JWT with one key made at start (RFC 7515 §5.1, RFC 7518 §3.1, RFC 8037 §3.1).

use anyhow::{Result, bail};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

#[derive(Clone, Copy)]
pub(crate) enum Algorithm {
    Rs256,
    Es256,
    EdDsa,
}

impl Algorithm {
    pub(crate) fn named(name: &str) -> Result<Self> {
        Ok(match name {
            "RS256" => Self::Rs256,
            "ES256" => Self::Es256,
            "EdDSA" => Self::EdDsa,
            _ => bail!("--alg is RS256, ES256 or EdDSA"),
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

enum Key {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

pub(crate) struct Signer {
    key: Key,
    public: ParsedPublicKey,
    random: SystemRandom,
    access_header: String,
    id_header: String,
}

impl Signer {
    pub(crate) fn generate(algorithm: Algorithm) -> Result<Self> {
        let key = match algorithm {
            Algorithm::Rs256 => Key::Rsa(RsaKeyPair::generate(KeySize::Rsa2048)?),
            Algorithm::Es256 => Key::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?),
            Algorithm::EdDsa => Key::Ed(Ed25519KeyPair::generate()?),
        };
        let public = match &key {
            Key::Rsa(key) => ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key())?,
            Key::Ec(key) => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key())?,
            Key::Ed(key) => ParsedPublicKey::new(&ED25519, key.public_key())?,
        };
        // The header never changes, so it is encoded once.
        let header =
            |kind| URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{}","typ":"{kind}","kid":"ideal"}}"#, algorithm.name()));
        let (random, access_header, id_header) = (SystemRandom::new(), header("at+jwt"), header("JWT"));
        Ok(Self { key, public, random, access_header, id_header })
    }

    /// The claims of an access token of this key, as they stand in it (RFC 7515 §5.2).
    pub(crate) fn claims(&self, token: &str) -> Option<Vec<u8>> {
        let (message, signature) = token.rsplit_once('.')?;
        self.public.verify_sig(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        let claims = message.strip_prefix(&self.access_header)?.strip_prefix('.')?;
        URL_SAFE_NO_PAD.decode(claims).ok()
    }

    pub(crate) fn access_token(&self, claims: &impl Serialize) -> Result<String> {
        self.sign(&self.access_header, claims)
    }

    pub(crate) fn id_token(&self, claims: &impl Serialize) -> Result<String> {
        self.sign(&self.id_header, claims)
    }

    fn sign(&self, header: &str, claims: &impl Serialize) -> Result<String> {
        let mut jws = String::with_capacity(1024);
        jws.push_str(header);
        jws.push('.');
        URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims)?, &mut jws);
        let signature = self.signature(jws.as_bytes())?;
        jws.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut jws);
        Ok(jws)
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>> {
        Ok(match &self.key {
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &self.random, message, &mut signature)?;
                signature
            }
            Key::Ec(key) => key.sign(&self.random, message)?.as_ref().to_vec(),
            Key::Ed(key) => key.sign(message).as_ref().to_vec(),
        })
    }
}
