//! Decides what TLS this server speaks: 1.3, and 1.2 with forward secrecy and authenticated encryption only (BCP 195, RFC 9325 §4.2).

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject};

/// A certificate chain with its key, read from two PEM files and read again on demand. Clones share what was read.
#[derive(Clone)]
pub struct Tls {
    current: Arc<RwLock<Arc<ServerConfig>>>,
    certificate: PathBuf,
    key: PathBuf,
}

impl Tls {
    /// Reads the chain (leaf first) and its private key (PKCS #8, PKCS #1 or SEC 1); refuses a pair that does not belong together.
    pub fn load(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Result<Self, TlsError> {
        let (certificate, key) = (certificate.into(), key.into());
        let config = configure(&certificate, &key)?;
        Ok(Self { current: Arc::new(RwLock::new(Arc::new(config))), certificate, key })
    }

    /// Reads the files again, for connections from now on. When they are not usable, what is served stays.
    pub fn reload(&self) -> Result<(), TlsError> {
        let fresh = Arc::new(configure(&self.certificate, &self.key)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// What the next handshake uses.
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("certificate", &self.certificate).field("key", &self.key).finish_non_exhaustive()
    }
}

/// Why TLS cannot be served. Names files, never their content.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file cannot be read or is not PEM of the kind wanted.
    #[error("{}: no {wanted} could be read: {error}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What it should hold.
        wanted: &'static str,
        /// What was wrong.
        #[source]
        error: pem::Error,
    },
    /// The file holds no certificate.
    #[error("{}: holds no certificate", .0.display())]
    Empty(PathBuf),
    /// Certificate and key are not a usable pair.
    #[error("certificate and key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
}

fn configure(certificate: &Path, key: &Path) -> Result<ServerConfig, TlsError> {
    let unreadable = |file: &Path, wanted| {
        let file = file.to_owned();
        move |error| TlsError::Unreadable { file, wanted, error }
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable(certificate, "certificate"))?;
    if chain.is_empty() {
        return Err(TlsError::Empty(certificate.to_owned()));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key, "private key"))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_no_client_auth()
        .with_single_cert(chain, secret)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // RFC 8470: early data can be replayed; no token request may come in it. Zero is the default and is meant.
    config.max_early_data_size = 0;
    config.ticketer = aws_lc_rs::Ticketer::new()?;
    Ok(config)
}

/// The suites of RFC 9325 §4.2 and §4.2.1 by name, so that an update of the library cannot widen them.
fn provider() -> CryptoProvider {
    use aws_lc_rs::cipher_suite as suite;
    let cipher_suites = vec![
        suite::TLS13_AES_256_GCM_SHA384,
        suite::TLS13_AES_128_GCM_SHA256,
        suite::TLS13_CHACHA20_POLY1305_SHA256,
        suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ];
    // The provider's own groups: X25519MLKEM768 first, then X25519, P-256, P-384.
    CryptoProvider { cipher_suites, ..aws_lc_rs::default_provider() }
}
