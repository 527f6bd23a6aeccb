//! Certificates of clients, and the authorities that sign them.

use std::sync::Arc;

use jose::ClientCertificate;
use protocol::mutual_tls::Sent;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair};
use serde_json::{Value, json};

/// A certificate, and the key that it is of.
#[derive(Debug)]
pub struct Badge {
    pub key: KeyPair,
    pub der: Vec<u8>,
    pub pem: String,
    /// What is sent with it.
    pub between: Vec<Vec<u8>>,
}

/// Who signs certificates.
#[derive(Debug)]
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// What is asked for, of somebody in an organization.
pub fn wanted(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, "US");
    params.distinguished_name.push(DnType::OrganizationName, "Example Corp");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

impl Authority {
    pub fn new(name: &str) -> Self {
        Self(CertifiedIssuer::self_signed(of_authority(name), KeyPair::generate().unwrap()).unwrap())
    }

    /// One that this one lets sign.
    #[must_use]
    pub fn below(&self, name: &str) -> Self {
        Self(CertifiedIssuer::signed_by(of_authority(name), KeyPair::generate().unwrap(), &self.0).unwrap())
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    pub fn sign(&self, wanted: &CertificateParams) -> Badge {
        let key = KeyPair::generate().unwrap();
        let made = wanted.signed_by(&key, &self.0).unwrap();
        Badge { key, der: made.der().to_vec(), pem: made.pem(), between: Vec::new() }
    }

    /// The same, sent with the certificate of its authority.
    pub fn sign_and_send(&self, wanted: &CertificateParams) -> Badge {
        Badge { between: vec![self.0.der().to_vec()], ..self.sign(wanted) }
    }
}

fn of_authority(name: &str) -> CertificateParams {
    let mut params = wanted(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

impl Badge {
    /// One that its holder made.
    pub fn self_signed(wanted: &CertificateParams) -> Self {
        Self::again(wanted, KeyPair::generate().unwrap())
    }

    /// Another one of the same key.
    pub fn again(wanted: &CertificateParams, key: KeyPair) -> Self {
        let made = wanted.self_signed(&key).unwrap();
        Self { key, der: made.der().to_vec(), pem: made.pem(), between: Vec::new() }
    }

    /// As a request has it.
    pub fn sent(&self) -> Sent {
        let chain = std::iter::once(&self.der).chain(&self.between).cloned();
        Sent::One(Arc::new(ClientCertificate::new(chain).unwrap()))
    }

    /// `x5t#S256`.
    pub fn thumbprint(&self) -> String {
        jose::b64::encode(&jose::digest::sha256(&self.der))
    }

    /// The key as a key set has it, without the certificate.
    pub fn jwk(&self) -> Value {
        let point = self.key.public_key_raw();
        let (x, y) = point[1..].split_at(32);
        json!({ "kty": "EC", "crv": "P-256", "x": jose::b64::encode(x), "y": jose::b64::encode(y) })
    }

    /// The key with the certificate (RFC 8705 §2.2.2).
    pub fn certified_jwk(&self) -> Value {
        use base64::Engine as _;
        let mut jwk = self.jwk();
        jwk["x5c"] = json!([base64::prelude::BASE64_STANDARD.encode(&self.der)]);
        jwk
    }
}
