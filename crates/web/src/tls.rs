//! Decides what TLS this server speaks: 1.3, and 1.2 with forward secrecy and authenticated encryption only (BCP 195, RFC 9325 §4.2).
//!
//! A client may be asked for a certificate, and need not have one (RFC 8705 §7.2). Whatever chain it shows is taken: the handshake proves that it
//! holds the key, and whose certificate it is, the registration of the client that the request names decides later.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use jose::ClientCertificate;
use protocol::mutual_tls::Sent;
use rustls::{
    DigitallySignedStruct, DistinguishedName, ServerConfig, ServerConnection, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem, pem::PemObject};

/// A certificate chain with its key, read from two PEM files and read again on demand. Clones share what was read.
#[derive(Clone)]
pub struct Tls {
    current: Arc<RwLock<Arc<ServerConfig>>>,
    certificate: PathBuf,
    key: PathBuf,
    asks: bool,
}

impl Tls {
    /// Reads the chain (leaf first) and its private key (PKCS #8, PKCS #1 or SEC 1); refuses a pair that does not belong together.
    /// Whoever connects is asked for a certificate where `asks`.
    pub fn load(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>, asks: bool) -> Result<Self, TlsError> {
        let (certificate, key) = (certificate.into(), key.into());
        let config = configure(&certificate, &key, asks)?;
        Ok(Self { current: Arc::new(RwLock::new(Arc::new(config))), certificate, key, asks })
    }

    /// Whether clients are asked for a certificate.
    pub fn asks(&self) -> bool {
        self.asks
    }

    /// Reads the files again, for connections from now on. When they are not usable, what is served stays.
    pub fn reload(&self) -> Result<(), TlsError> {
        let fresh = Arc::new(configure(&self.certificate, &self.key, self.asks)?);
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

fn configure(certificate: &Path, key: &Path, asks: bool) -> Result<ServerConfig, TlsError> {
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
    let provider = Arc::new(provider());
    let any = AnyCertificate(provider.signature_verification_algorithms);
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?;
    let config = if asks { config.with_client_cert_verifier(Arc::new(any)) } else { config.with_no_client_auth() };
    let mut config = config.with_single_cert(chain, secret)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // RFC 8470: early data can be replayed; no token request may come in it. Zero is the default and is meant.
    config.max_early_data_size = 0;
    // A ticket holds the client's certificate, encrypted: a handshake that is resumed has it as well.
    config.ticketer = aws_lc_rs::Ticketer::new()?;
    Ok(config)
}

/// The certificate that a client showed in the handshake, or in the one that this one resumes.
pub(crate) fn shown(connection: &ServerConnection) -> Sent {
    let chain = connection.peer_certificates().into_iter().flatten().map(|one| one.to_vec());
    ClientCertificate::new(chain).map_or(Sent::None, |certificate| Sent::One(Arc::new(certificate)))
}

/// Asks for a certificate and takes any, or none. Possession of its key is proved; nothing else is judged here.
#[derive(Debug)]
struct AnyCertificate(WebPkiSupportedAlgorithms);

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    /// None: every environment has authorities of its own, and a self-signed certificate has none.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

/// The suites of RFC 9325 §4.2 by name, so that an update of the library cannot widen them. For TLS 1.2 those that it recommends and no
/// other, which FAPI 2.0 §5.2.2 demands.
fn provider() -> CryptoProvider {
    use aws_lc_rs::cipher_suite as suite;
    let cipher_suites = vec![
        suite::TLS13_AES_256_GCM_SHA384,
        suite::TLS13_AES_128_GCM_SHA256,
        suite::TLS13_CHACHA20_POLY1305_SHA256,
        suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ];
    // The provider's own groups: X25519MLKEM768 first, then X25519, P-256, P-384.
    CryptoProvider { cipher_suites, ..aws_lc_rs::default_provider() }
}
