//! Certificates of clients: asked for in the handshake and insisted on by nobody, kept when it is resumed, and believed of listed
//! proxies alone (RFC 8705 §7, RFC 9440 §4; CJ-35).

use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rcgen::CertificateParams;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, HandshakeKind, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use testkit::{Badge, wanted};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use web::layers::forwarded::{Field, Proxies};
use web::tls::Tls;

use crate::toy::{Running, quick, raw, start_behind, start_with};

/// What a server certifies itself with, and who trusts it.
struct Server {
    tls: Tls,
    roots: RootCertStore,
    _dir: tempfile::TempDir,
}

fn server(asks: bool) -> Server {
    let dir = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (dir.path().join("c.pem"), dir.path().join("k.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    Server { tls: Tls::load(certificate, key, asks).unwrap(), roots, _dir: dir }
}

fn config(server: &Server, version: &'static SupportedProtocolVersion, badge: Option<&Badge>) -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[version]).unwrap();
    let builder = builder.with_root_certificates(server.roots.clone());
    Arc::new(match badge {
        None => builder.with_no_client_auth(),
        Some(badge) => {
            let key = PrivateKeyDer::try_from(badge.key.serialize_der()).unwrap();
            builder.with_client_auth_cert(vec![CertificateDer::from(badge.der.clone())], key).unwrap()
        }
    })
}

/// Asks over a new connection which certificate the server sees. Whether the handshake was resumed.
async fn ask(address: SocketAddr, config: &Arc<ClientConfig>, fields: &str) -> (String, bool) {
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::clone(config)).connect(name, stream).await.unwrap();
    let request = format!("GET /shown HTTP/1.1\r\nHost: a\r\n{fields}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok();
    let resumed = stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed);
    (body(&String::from_utf8(answer).unwrap()), resumed)
}

fn body(answer: &str) -> String {
    answer.split("\r\n\r\n").nth(1).unwrap().to_owned()
}

fn badge() -> Badge {
    Badge::self_signed(&wanted("client"))
}

fn running(server: &Server) -> Running {
    start_with(quick(), Some(server.tls.clone()), true)
}

#[tokio::test]
async fn a_certificate_is_asked_for_and_any_is_taken() {
    let server = server(true);
    let running = running(&server);
    let mut strange = CertificateParams::default();
    strange.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    strange.not_after = rcgen::date_time_ymd(2000, 1, 1);
    for version in [&TLS12, &TLS13] {
        assert_eq!(ask(running.address, &config(&server, version, None), "").await, ("none 0".to_owned(), false));
        for badge in [badge(), Badge::self_signed(&strange)] {
            let config = config(&server, version, Some(&badge));
            let expected = format!("{} 0", badge.thumbprint());
            assert_eq!(ask(running.address, &config, "").await, (expected.clone(), false));
            // The ticket has it, so what is resumed has it as well; and who shows none brings none.
            assert_eq!(ask(running.address, &config, "").await, (expected.clone(), true), "{version:?}");
            assert_eq!(ask(running.address, &config, "").await, (expected, true));
        }
        assert_eq!(ask(running.address, &config(&server, version, None), "").await.0, "none 0");
    }
}

/// Possession is proved: the certificate of somebody else shows nothing (CJ-35).
#[tokio::test]
async fn a_certificate_without_its_key_ends_the_handshake() {
    let server = server(true);
    let running = running(&server);
    for version in [&TLS12, &TLS13] {
        let stolen = Badge { key: badge().key, ..badge() };
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let key = PrivateKeyDer::try_from(stolen.key.serialize_der()).unwrap();
        let key = provider.key_provider.load_private_key(key).unwrap();
        let certified = rustls::sign::CertifiedKey::new(vec![CertificateDer::from(stolen.der.clone())], key);
        let resolver = Arc::new(rustls::sign::SingleCertAndKey::from(certified));
        let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[version]).unwrap();
        let config = config.with_root_certificates(server.roots.clone()).with_client_cert_resolver(resolver);
        let stream = TcpStream::connect(running.address).await.unwrap();
        let connector = TlsConnector::from(Arc::new(config));
        // In TLS 1.3 the client learns of it with the first answer.
        let Ok(mut stream) = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await else {
            continue;
        };
        let request = b"GET /shown HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let mut answer = Vec::new();
        let sent = stream.write_all(request).await;
        let read = stream.read_to_end(&mut answer).await;
        assert!(sent.is_err() || read.is_err(), "{version:?}");
        assert!(answer.is_empty(), "{version:?}");
    }
}

#[tokio::test]
async fn nobody_is_asked_where_the_operator_says_so() {
    let server = server(false);
    let running = running(&server);
    for version in [&TLS12, &TLS13] {
        let config = config(&server, version, Some(&badge()));
        assert_eq!(ask(running.address, &config, "").await.0, "none 0");
    }
}

fn fields(badge: &Badge) -> String {
    format!("Client-Cert: :{}:\r\n", BASE64_STANDARD.encode(&badge.der))
}

async fn plain(address: SocketAddr, fields: &str) -> String {
    let request = format!("GET /shown HTTP/1.1\r\nHost: a\r\n{fields}Connection: close\r\n\r\n");
    body(&raw(address, request.as_bytes()).await)
}

/// CJ-35: only a listed proxy is believed, where the operator says that it sets the field; everybody else's is dropped.
#[tokio::test]
async fn only_listed_proxies_hand_certificates_on() {
    let (own, other) = (badge(), badge());
    let proxies = |nets: &[&str]| Proxies::new(nets.iter().map(|net| net.parse().unwrap()).collect(), Field::default());
    let listed = proxies(&["127.0.0.0/8"]);
    let believed = start_behind(listed.clone().with_certificates(), quick(), None, false);
    assert_eq!(plain(believed.address, &fields(&own)).await, format!("{} 0", own.thumbprint()));
    assert_eq!(plain(believed.address, "").await, "none 0");
    let twice = format!("{}{}", fields(&own), fields(&other));
    assert_eq!(plain(believed.address, &twice).await, "several headers Client-Cert 0");
    assert!(plain(believed.address, "Client-Cert: junk\r\n").await.starts_with("a header Client-Cert that is no byte"));
    for nobody in
        [proxies(&[]), listed, proxies(&["192.0.2.1/32"]).with_certificates(), proxies(&[]).with_certificates()]
    {
        let running = start_behind(nobody, quick(), None, false);
        assert_eq!(plain(running.address, &fields(&own)).await, "none 0");
    }
    // Over TLS that ends here the client's own certificate counts, whatever it says; and that of a listed proxy is the proxy's.
    let server = server(true);
    let config = config(&server, &TLS13, Some(&own));
    let direct = running(&server);
    assert_eq!(ask(direct.address, &config, &fields(&other)).await.0, format!("{} 0", own.thumbprint()));
    let believed = proxies(&["127.0.0.0/8"]).with_certificates();
    let behind = start_behind(believed, quick(), Some(server.tls.clone()), true);
    assert_eq!(ask(behind.address, &config, "").await.0, "none 0");
    assert_eq!(ask(behind.address, &config, &fields(&other)).await.0, format!("{} 0", other.thumbprint()));
}
