//! Whose certificates are believed: the system's authorities, and those that the operator adds.

mod given;

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::{ClientConfig, RootCertStore};
use rustls_native_certs::CertificateResult;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tokio::sync::OnceCell;

/// Reads the system's authorities at the first use: most servers never call another.
#[derive(Debug)]
pub struct Trust {
    added: Vec<CertificateDer<'static>>,
    system: fn() -> CertificateResult,
    client: OnceCell<Arc<ClientConfig>>,
}

impl Default for Trust {
    fn default() -> Self {
        Self { added: Vec::new(), system: rustls_native_certs::load_native_certs, client: OnceCell::new() }
    }
}

/// Why the operator's file of certificates cannot be used. Names nothing of its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustError {
    /// What the operating system says.
    Unread(String),
    /// It can be read, and is no PEM file of certificates.
    NoCertificates,
}

impl Trust {
    /// With the certificates of a PEM file besides the system's.
    ///
    /// # Errors
    /// The file cannot be read, holds no certificate, or one that is none.
    pub fn with(file: &Path) -> Result<Self, TrustError> {
        let text = std::fs::read(file).map_err(|error| TrustError::Unread(error.to_string()))?;
        let added: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
        let added = added.map_err(|_| TrustError::NoCertificates)?;
        let mut store = RootCertStore::empty();
        if added.is_empty() || added.iter().any(|certificate| store.add(certificate.clone()).is_err()) {
            return Err(TrustError::NoCertificates);
        }
        Ok(Self { added, ..Self::default() })
    }

    /// What connections are made with; None when nobody is believed. TLS 1.2 at least, HTTP/1.1 inside.
    pub async fn client(&self) -> Option<Arc<ClientConfig>> {
        let read = || async {
            let (system, added) = (self.system, self.added.clone());
            // Hundreds of files, on some systems: not on a thread that serves requests.
            tokio::task::spawn_blocking(move || read(system(), added)).await.unwrap_or(Err(None))
        };
        match self.client.get_or_try_init(read).await {
            Ok(client) => Some(client.clone()),
            Err(for_now) => for_now,
        }
    }
}

/// # Errors
/// The system's authorities could not be read, and what there is without them. It is not kept: they are asked for again.
fn read(
    system: CertificateResult,
    added: Vec<CertificateDer<'static>>,
) -> Result<Arc<ClientConfig>, Option<Arc<ClientConfig>>> {
    let failed = system.certs.is_empty() && !system.errors.is_empty();
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(system.certs);
    store.add_parsable_certificates(added.clone());
    if store.is_empty() {
        tracing::error!("no certificate authority is trusted: no other server can be called");
        return Err(None);
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let chains = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider.clone()).build();
    let verifier = Arc::new(given::Given { added, chains: chains.map_err(|_| None)? });
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|_| None)?.dangerous().with_custom_certificate_verifier(verifier);
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let client = Arc::new(config);
    if failed { Err(Some(client)) } else { Ok(client) }
}

impl std::fmt::Display for TrustError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unread(why) => write!(f, "it cannot be read: {why}"),
            Self::NoCertificates => f.write_str("it is not a PEM file of certificates"),
        }
    }
}

impl std::error::Error for TrustError {}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;

    static MOUNTED: AtomicBool = AtomicBool::new(false);
    static READ: AtomicUsize = AtomicUsize::new(0);

    fn system() -> CertificateResult {
        READ.fetch_add(1, Ordering::Relaxed);
        let mut found = CertificateResult::default();
        if MOUNTED.load(Ordering::Relaxed) {
            let made = rcgen::generate_simple_self_signed(["ca.example".to_owned()]).unwrap();
            found.certs.push(made.cert.der().clone());
        }
        found
    }

    #[tokio::test]
    async fn authorities_that_were_not_there_are_looked_for_again() {
        let trust = Trust { system, ..Trust::default() };
        assert!(trust.client().await.is_none() && trust.client().await.is_none());
        MOUNTED.store(true, Ordering::Relaxed);
        let client = trust.client().await.unwrap();
        assert!(Arc::ptr_eq(&client, &trust.client().await.unwrap()));
        assert_eq!(READ.load(Ordering::Relaxed), 3, "what was found is kept");
    }
}
