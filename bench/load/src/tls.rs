//! TLS 1.3 with a certificate of the client's own, and a session that is resumed from the second connection on (RFC 8446 §2.2).

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result};
use rustls::client::Resumption;
use rustls::{ClientConfig, HandshakeKind, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Each has tickets of its own: what one connection is given, the next one shows.
pub(crate) struct Tls {
    connector: TlsConnector,
}

impl Tls {
    /// Believes the server certificate in `trusted`, and shows that in `own`; both PEM, the key beside the latter.
    pub(crate) fn new(trusted: &str, own: &str, key: &str) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(trusted)?)?;
        let chain = vec![CertificateDer::from_pem_file(own)?];
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, PrivateKeyDer::from_pem_file(key)?)?;
        config.resumption = Resumption::in_memory_sessions(8);
        Ok(Self { connector: TlsConnector::from(Arc::new(config)) })
    }

    /// A connection, and whether it resumed a session.
    pub(crate) async fn connect(&self, to: &str) -> Result<(TlsStream<TcpStream>, bool)> {
        let port = to.rsplit_once(':').context("no port")?.1.parse()?;
        let stream = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        stream.set_nodelay(true)?;
        let stream = self.connector.connect(ServerName::try_from("localhost")?, stream).await?;
        let resumed = stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed);
        Ok((stream, resumed))
    }
}
