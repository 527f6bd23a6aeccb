use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;

use super::{Reach, led, quoted};

const VALUES: [(&str, &str); 5] = [
    ("adminAppID", "id"),
    ("adminAppSecret", "it's"),
    ("adminEnvID", "env"),
    ("orgID", "org"),
    ("licenseID", "licence"),
];

fn values() -> Vec<(&'static str, String)> {
    VALUES.map(|(name, value)| (name, value.to_owned())).to_vec()
}

/// A server that says what it was sent, once.
async fn mirror() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut sent = [0; 4];
                stream.read_exact(&mut sent).await.unwrap();
                stream.write_all(&sent).await.unwrap();
            });
        }
    });
    address
}

/// What the proxy answers to one request line, and the connection.
async fn ask(proxy: SocketAddr, line: &str) -> (String, TcpStream) {
    let mut stream = TcpStream::connect(proxy).await.unwrap();
    stream.write_all(format!("{line} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") && stream.read_buf(&mut answer).await.unwrap() > 0 {}
    (String::from_utf8(answer).unwrap(), stream)
}

#[tokio::test]
async fn the_names_lead_to_the_server_and_no_other_does() {
    let place = tempfile::tempdir().unwrap();
    let reach = Reach::open().await.unwrap();
    reach.write(place.path(), &values()).unwrap();
    let proxy = reach.proxy;
    tokio::spawn(reach.serve(mirror().await));

    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(place.path().join("grantor.crt")).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    for name in led() {
        let (answer, stream) = ask(proxy, &format!("CONNECT {name}:443")).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let mut secure = connector.connect(ServerName::try_from(name).unwrap(), stream).await.unwrap();
        secure.write_all(b"ping").await.unwrap();
        let mut told = [0; 4];
        secure.read_exact(&mut told).await.unwrap();
        assert_eq!(&told, b"ping");
    }
    for line in [
        "CONNECT elsewhere.example:443",
        "CONNECT api.pingone.com:443",
        "CONNECT auth.pingone.eu:443",
        "CONNECT pingone.com:443",
        "CONNECT auth.grantor.test:8443",
        "CONNECT x.auth.grantor.test:443",
        "CONNECT auth.grantor.test",
        "GET http://auth.grantor.test/",
        "GET /",
    ] {
        let (answer, _) = ask(proxy, line).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{line} {answer}");
    }
}

#[tokio::test]
async fn what_the_provider_has_to_know_is_written() {
    let place = tempfile::tempdir().unwrap();
    let reach = Reach::open().await.unwrap();
    let own = place.path().join("new/configuration");
    reach.write(&own, &values()).unwrap();
    let text = std::fs::read_to_string(own.join("grantor.env")).unwrap();
    assert_eq!(std::fs::metadata(own.join("grantor.env")).unwrap().permissions().mode() & 0o777, 0o600);
    // A shell reads it back letter by letter.
    let script =
        "set -a; . ./grantor.env; printf '%s|%s|%s' \"$PINGONE_CLIENT_SECRET\" \"$HTTPS_PROXY\" \"$SSL_CERT_FILE\"";
    let told = std::process::Command::new("sh").args(["-c", script]).current_dir(&own).output().unwrap();
    let authority = std::fs::canonicalize(own.join("grantor.crt")).unwrap();
    assert_eq!(String::from_utf8(told.stdout).unwrap(), format!("it's|http://{}|{}", reach.proxy, authority.display()));
    assert!(text.contains("PINGONE_API_SERVICE_HOSTNAME='api.grantor.test'"), "{text}");
    assert!(text.contains("PINGONE_API_DOMAIN='api.grantor.test'") && !text.contains("pingone.com"), "{text}");
    let provider = std::fs::read_to_string(own.join("grantor.tf")).unwrap();
    assert!(provider.contains("provider \"pingone\" {}") && !provider.contains("it's"), "{provider}");

    // Written again it is the same file; beside a configuration of somebody's own there is none.
    reach.write(&own, &values()).unwrap();
    let other = place.path().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("main.tf"), provider).unwrap();
    reach.write(&other, &values()).unwrap();
    assert!(!other.join("grantor.tf").exists() && other.join("grantor.env").exists());
}

#[test]
fn a_shell_takes_what_is_quoted_as_it_is() {
    assert_eq!(quoted("a b$c"), "'a b$c'");
    assert_eq!(quoted("a'b"), r"'a'\''b'");
}
