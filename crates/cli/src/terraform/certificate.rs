//! A certificate for the names, by an authority of its own whose key is forgotten at once: it can vouch for nothing else.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::{NAMES, led};
use crate::exit::Exit;

pub(super) struct Certificate {
    authority: String,
    config: Arc<ServerConfig>,
}

impl Certificate {
    pub(super) fn issue() -> Result<Self, Exit> {
        let failed =
            |error: &dyn std::fmt::Display| Exit::Failure(format!("--terraform: no certificate was made: {error}"));
        let (authority, chain, key) = signed().map_err(|error| failed(&error))?;
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map(|mut config| {
                config.alpn_protocols = vec![b"http/1.1".to_vec()];
                config
            })
            .map_err(|error| failed(&error))?;
        Ok(Self { authority, config: Arc::new(config) })
    }

    /// Whom to trust, in PEM.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }
}

type Signed = (String, Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn signed() -> Result<Signed, rcgen::Error> {
    let mut above = CertificateParams::new(Vec::new())?;
    above.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    above.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    above.distinguished_name.push(DnType::CommonName, "grantor dev");
    let authority = CertifiedIssuer::self_signed(above, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(led().map(str::to_owned).collect::<Vec<_>>())?;
    params.distinguished_name.push(DnType::CommonName, NAMES[0]);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.signed_by(&key, &authority)?;
    let secret = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    Ok((authority.pem(), vec![certificate.der().clone()], secret))
}
