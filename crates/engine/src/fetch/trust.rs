//! Whose certificates are believed: the system's authorities, and those that the operator adds.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

/// Reads the system's authorities at the first use: most servers never call another.
#[derive(Debug, Default)]
pub struct Trust {
    added: Vec<CertificateDer<'static>>,
    client: OnceLock<Option<Arc<ClientConfig>>>,
}

/// Why the operator's file of certificates cannot be used. Names nothing of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrustError;

impl Trust {
    /// With the certificates of a PEM file besides the system's.
    ///
    /// # Errors
    /// The file cannot be read, holds no certificate, or one that is none.
    pub fn with(file: &Path) -> Result<Self, TrustError> {
        let added: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
        let added = added.map_err(|_| TrustError)?;
        let mut store = RootCertStore::empty();
        if added.is_empty() || added.iter().any(|certificate| store.add(certificate.clone()).is_err()) {
            return Err(TrustError);
        }
        Ok(Self { added, client: OnceLock::new() })
    }

    /// What connections are made with; None when nobody is believed. TLS 1.2 at least, HTTP/1.1 inside.
    pub fn client(&self) -> Option<Arc<ClientConfig>> {
        self.client.get_or_init(|| self.read()).clone()
    }

    fn read(&self) -> Option<Arc<ClientConfig>> {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        store.add_parsable_certificates(self.added.iter().cloned());
        if store.is_empty() {
            tracing::error!("no certificate authority is trusted: no other server can be called");
            return None;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
        let mut config = builder.with_root_certificates(store).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Some(Arc::new(config))
    }
}

impl std::fmt::Display for TrustError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not a PEM file of certificates")
    }
}

impl std::error::Error for TrustError {}
