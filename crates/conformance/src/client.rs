//! A client of the suite's: its key, and a certificate of the same key that it signed itself.

use anyhow::{Context as _, Result};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{CertificateParams, DnType};
use rustls_pki_types::PrivatePkcs8KeyDer;
use serde_json::{Value, json};

use crate::der::rsa_numbers;

/// For `private_key_jwt` and for mutual TLS.
pub(crate) struct Client {
    /// For the suite.
    pub(crate) private: Value,
    /// For the server, with the certificate in `x5c` (RFC 8705 §2.2.2).
    pub(crate) public: Value,
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Client {
    /// # Errors
    /// The key or the certificate could not be made.
    pub(crate) fn make(name: &str) -> Result<Self> {
        let pair = KeyPair::generate(KeySize::Rsa2048)?;
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der()?;
        let signer = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(
            &PrivatePkcs8KeyDer::from(pkcs8.as_ref()),
            &rcgen::PKCS_RSA_SHA256,
        )?;
        let mut wanted = CertificateParams::default();
        wanted.distinguished_name.push(DnType::CommonName, name);
        let made = wanted.self_signed(&signer)?;
        let numbers = rsa_numbers(pkcs8.as_ref())?;
        let number = |at: usize| numbers.get(at).map(|number| URL_SAFE_NO_PAD.encode(number)).context("eight numbers");
        let common =
            json!({ "kty": "RSA", "kid": name, "use": "sig", "alg": "PS256", "n": number(0)?, "e": number(1)? });
        let (mut public, mut private) = (common.clone(), common);
        public["x5c"] = json!([STANDARD.encode(made.der())]);
        for (at, name) in ["d", "p", "q", "dp", "dq", "qi"].into_iter().enumerate() {
            private[name] = number(at + 2)?.into();
        }
        Ok(Self {
            private: json!({ "keys": [private] }),
            public: json!({ "keys": [public] }),
            certificate: made.pem(),
            key: signer.serialize_pem(),
        })
    }
}
