//! The real way out, to servers on this machine that do what no honest one does.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use engine::fetch::{Document, Notice, Outbound, Outgoing, Trust, Unfetched, Wanted};
use engine::world::System;
use protocol::outgoing::{Allowed, Policy};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{KEYS, environment, secret};

/// What the server sends, again and again if it is endless, and then whether it keeps the connection open.
#[derive(Clone)]
struct Script {
    head: Vec<u8>,
    repeated: Vec<u8>,
    pause: Duration,
}

impl Script {
    fn once(text: &str) -> Self {
        Self { head: text.into(), repeated: Vec::new(), pause: Duration::ZERO }
    }

    fn endless(head: &str, repeated: &[u8], pause: Duration) -> Self {
        Self { head: head.into(), repeated: repeated.into(), pause }
    }

    async fn play(self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let mut asked = vec![0; 4096];
        if stream.read(&mut asked).await.is_err() || stream.write_all(&self.head).await.is_err() {
            return;
        }
        // At most 128 MB, and at most a minute: then the test has failed anyway.
        let until = Instant::now() + Duration::from_mins(1);
        let mut left = 128 * 1024 * 1024_usize;
        while !self.repeated.is_empty() && left > 0 && Instant::now() < until {
            if stream.write_all(&self.repeated).await.is_err() {
                return;
            }
            left = left.saturating_sub(self.repeated.len());
            tokio::time::sleep(self.pause).await;
        }
        let _ = stream.shutdown().await;
    }
}

/// A server that plays the script to everybody, and counts them.
async fn serve(script: Script) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counting = count.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counting.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(script.clone().play(stream));
        }
    });
    (address, count)
}

fn allowing(entry: &str) -> Outbound {
    let policy = Policy { plain_http: true, allowed: vec![Allowed::parse(entry).unwrap()] };
    Outbound { policy, ..Outbound::default() }
}

async fn fetch(outbound: Outbound, url: &str) -> Result<Arc<Document>, Unfetched> {
    let outgoing = Outgoing::new(Arc::new(System), outbound);
    outgoing.document(environment(1), url, KEYS, Wanted::Kept).await
}

async fn from(script: Script) -> Result<Arc<Document>, Unfetched> {
    let (address, _) = serve(script).await;
    fetch(allowing("127.0.0.1"), &format!("http://{address}/keys")).await
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

#[tokio::test]
async fn a_document_arrives() {
    for (rest, body) in [
        ("content-length: 2\r\n\r\n{}", "{}"),
        ("transfer-encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", "{}"),
        ("\r\n{}", "{}"),
    ] {
        assert_eq!(from(Script::once(&format!("{OK}{rest}"))).await.unwrap().body, body.as_bytes());
    }
}

/// SS-01, SS-02: the same server without the operator's word.
#[tokio::test]
async fn ss_01_this_machine_is_not_called() {
    let (address, count) = serve(Script::once(&format!("{OK}\r\n{{}}"))).await;
    let open = Outbound { policy: Policy { plain_http: true, allowed: vec![] }, ..Outbound::default() };
    let port = address.port();
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "0", "localhost", "localhost.", "[::1]", "[::ffff:127.0.0.1]"] {
        let found = fetch(open.clone(), &format!("http://{host}:{port}/keys")).await;
        assert!(matches!(found, Err(Unfetched::Unfit(_))), "{host}");
    }
    assert_eq!(count.load(Ordering::Relaxed), 0);
}

/// SS-04: to a private address, to http, to another port, along a chain.
#[tokio::test]
async fn ss_04_no_redirect_is_followed() {
    let (inside, count) = serve(Script::once(&format!("{OK}\r\n{{}}"))).await;
    for status in [301, 302, 303, 307, 308] {
        for to in
            [format!("http://{inside}/"), "http://169.254.169.254/latest".into(), "/keys".into(), "file:///x".into()]
        {
            let text = format!("HTTP/1.1 {status} X\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
            assert_eq!(from(Script::once(&text)).await, Err(Unfetched::Status(status)), "{to}");
        }
    }
    assert_eq!(count.load(Ordering::Relaxed), 0);
}

/// SS-06
#[tokio::test]
async fn ss_06_slow_endless_and_exploding_answers_end_within_their_limits() {
    let started = Instant::now();
    let slowly = Duration::from_millis(100);
    let bomb = "content-encoding: gzip\r\ncontent-length: 6\r\n\r\n\u{1f}bomb!";
    let cases = [
        ("an end without an answer", Script::endless("", b"", Duration::ZERO), Unfetched::Unreachable),
        ("a slow head", Script::endless("HTTP/1.1 200 OK\r\nx: ", b"a", slowly), Unfetched::Late),
        ("a slow body", Script::endless(&format!("{OK}\r\n"), b" ", slowly), Unfetched::Late),
        (
            "an endless body",
            Script::endless(&format!("{OK}\r\n"), " ".repeat(65_536).as_bytes(), Duration::ZERO),
            Unfetched::TooLarge,
        ),
        (
            "an announced endless body",
            Script::once(&format!("{OK}content-length: 99999999999\r\n\r\n{}", " ".repeat(70_000))),
            Unfetched::TooLarge,
        ),
        (
            "endless chunks",
            Script::endless(
                &format!("{OK}transfer-encoding: chunked\r\n\r\n"),
                "8\r\n        \r\n".repeat(1_000).as_bytes(),
                Duration::ZERO,
            ),
            Unfetched::TooLarge,
        ),
        ("a compressed body", Script::once(&format!("{OK}{bomb}")), Unfetched::TooLarge),
        (
            "100 MB of one field",
            Script::endless("HTTP/1.1 200 OK\r\nx: ", "a".repeat(65_536).as_bytes(), Duration::ZERO),
            Unfetched::TooLarge,
        ),
        (
            "100 MB of fields",
            Script::endless("HTTP/1.1 200 OK\r\n", "x: y\r\n".repeat(10_000).as_bytes(), Duration::ZERO),
            Unfetched::TooLarge,
        ),
        ("no HTTP", Script::once("SSH-2.0-OpenSSH_9.9\r\n"), Unfetched::Unreachable),
    ];
    for (name, script, wanted) in cases {
        let (address, _) = serve(script).await;
        let outbound = Outbound { timeout: Duration::from_secs(1), ..allowing("127.0.0.1") };
        let found = fetch(outbound, &format!("http://{address}/keys")).await;
        assert_eq!(found, Err(wanted), "{name}");
    }
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    assert_eq!(Outbound::default().timeout, Duration::from_secs(5));
}

/// Whatever the receiver says beside its status, and however long: it has the notice.
#[tokio::test]
async fn a_notice_is_delivered_with_the_head_of_the_answer() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n";
    let large = " ".repeat(65_536);
    for (name, script) in [
        ("large", Script::once(&format!("{head}content-length: 65536\r\n\r\n{large}"))),
        ("compressed", Script::once(&format!("{head}content-encoding: gzip\r\ncontent-length: 6\r\n\r\n\u{1f}bomb!"))),
        ("endless", Script::endless(&format!("{head}\r\n"), large.as_bytes(), Duration::ZERO)),
        ("slow", Script::endless(&format!("{head}\r\n"), b" ", Duration::from_millis(100))),
        ("cut off", Script::once(&format!("{head}content-length: 65536\r\n\r\n"))),
    ] {
        let (address, _) = serve(script).await;
        let outbound = Outbound { timeout: Duration::from_secs(1), ..allowing("127.0.0.1") };
        let outgoing = Outgoing::new(Arc::new(System), outbound);
        let notice = Notice { media: "application/json", body: secret("{}"), bearer: None };
        let status = outgoing.notify(environment(1), &format!("http://{address}/ping"), notice).await;
        assert_eq!(status, Ok(200), "{name}");
    }
}

/// A TLS server at any port, with a certificate of its own for `localhost` in `file` as PEM.
async fn tls(file: &std::path::Path, params: impl FnOnce(&mut rcgen::CertificateParams)) -> u16 {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut wanted = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
    params(&mut wanted);
    let made = wanted.self_signed(&key).unwrap();
    std::fs::write(file, made.pem()).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![made.der().clone()], key).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                Script::once(&format!("{OK}\r\n{{}}")).play(stream).await;
            }
        }
    });
    port
}

fn authority(params: &mut rcgen::CertificateParams) {
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
}

/// Whether it signed itself as a server, or as an authority (as `openssl req -x509` does).
#[tokio::test]
async fn tls_is_believed_when_the_operator_vouches_for_it_and_for_its_host_only() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("ca.pem");
    for params in [|_: &mut _| {}, authority] {
        let port = tls(&file, params).await;
        let trust = Arc::new(Trust::with(&file).unwrap());
        let vouched = |allowed| Outbound { trust: trust.clone(), ..allowing(allowed) };
        let named = format!("https://localhost:{port}/");
        // `localhost` may resolve to ::1 first, where nobody listens: the next address is tried.
        assert!(fetch(vouched("localhost"), &named).await.is_ok());
        assert_eq!(fetch(allowing("localhost"), &named).await, Err(Unfetched::Unreachable));
        let other = format!("https://127.0.0.1:{port}/");
        assert_eq!(fetch(vouched("127.0.0.1"), &other).await, Err(Unfetched::Unreachable));
    }
    std::fs::write(&file, "no certificate").unwrap();
    assert!(Trust::with(&file).is_err() && Trust::with(&place.path().join("none")).is_err());
}

/// RFC 5280 §4.1.2.5
#[tokio::test]
async fn a_given_certificate_is_believed_within_its_time_alone() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("ca.pem");
    let year = rcgen::date_time_ymd;
    for (name, from, to) in
        [("over", year(2001, 1, 1), year(2002, 1, 1)), ("not yet", year(2400, 1, 1), year(2401, 1, 1))]
    {
        let params = |params: &mut rcgen::CertificateParams| {
            authority(params);
            (params.not_before, params.not_after) = (from, to);
        };
        let port = tls(&file, params).await;
        let outbound = Outbound { trust: Arc::new(Trust::with(&file).unwrap()), ..allowing("localhost") };
        let found = fetch(outbound, &format!("https://localhost:{port}/")).await;
        assert_eq!(found, Err(Unfetched::Unreachable), "{name}");
    }
}

/// A proxy that tunnels to where it is told, and says where that was.
async fn proxy() -> (SocketAddr, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut head = vec![0; 4096];
            let length = client.read(&mut head).await.unwrap();
            let head = String::from_utf8_lossy(&head[..length]).into_owned();
            let to = head.split(' ').nth(1).unwrap().to_owned();
            tell.send(head).unwrap();
            let mut server = TcpStream::connect(to).await.unwrap();
            client.write_all(b"HTTP/1.1 200 OK\r\nx: y\r\n\r\n").await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        }
    });
    (address, told)
}

/// SS-10
#[tokio::test]
async fn ss_10_a_proxy_is_used_when_the_operator_configures_it_and_is_told_the_checked_address() {
    let (address, count) = serve(Script::once("HTTP/1.1 204 No Content\r\n\r\n")).await;
    let (through, mut told) = proxy().await;
    let outbound = Outbound { proxy: Some(("127.0.0.1".into(), through.port())), ..allowing("localhost") };
    let outgoing = Outgoing::new(Arc::new(System), Outbound { timeout: Duration::from_secs(3), ..outbound });
    let notice = Notice { media: "application/json", body: secret("{}"), bearer: None };
    let url = format!("http://localhost:{}/ping", address.port());
    let status = outgoing.notify(environment(1), &url, notice).await;
    let head = told.recv().await.unwrap();
    assert!(head.starts_with("CONNECT ") && !head.contains("localhost"), "{head}");
    assert!(status == Ok(204) && count.load(Ordering::Relaxed) == 1 || head.contains("[::1]"), "{status:?} {head}");
}

/// SS-10: this very program again, with the variables that other HTTP clients obey.
#[tokio::test]
async fn ss_10_variables_of_the_environment_name_no_proxy() {
    let (trap, count) = serve(Script::once(&format!("{OK}\r\n{{}}"))).await;
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "live::a_document_arrives"]);
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        again.env(name, format!("http://{trap}"));
    }
    let ended = tokio::task::spawn_blocking(move || again.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(ended.status.success() && said.contains("1 passed"), "{said}");
    assert_eq!(count.load(Ordering::Relaxed), 0);
}
