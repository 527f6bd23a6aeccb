//! Limits, the orderly end, TLS, and what the management listener says.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::http::StatusCode;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};
use tower::Layer;
use web::{
    health::{self, Check, Health},
    layers::Edge,
    metrics::Metrics,
    server::{Limits, Listener, Shutdown, serve},
    tls::Tls,
};

use crate::toy::{client, ids, quick, rest, start, start_with, status};

// OP: one source cannot take every connection.
#[tokio::test]
async fn a_crowded_source_is_told_so() {
    let server = start_with(Limits { connections_per_source: 2, ..Limits::default() }, None, false);
    let _open = [TcpStream::connect(server.address).await.unwrap(), TcpStream::connect(server.address).await.unwrap()];
    sleep(Duration::from_millis(50)).await;
    let mut third = TcpStream::connect(server.address).await.unwrap();
    let answer = rest(&mut third).await;
    assert_eq!(status(&answer), "503");
    assert!(server.metrics.text().unwrap().contains("grantor_connections_refused_total{limit=\"source\"} 1"));
}

#[tokio::test]
async fn the_end_waits_for_requests_but_not_for_ever() {
    let server = start();
    let url = format!("http://{}/slow", server.address);
    let running = tokio::spawn(async move { client().get(url).send().await.unwrap().status() });
    sleep(Duration::from_millis(150)).await;
    server.shutdown.stop();
    assert_eq!(running.await.unwrap(), StatusCode::OK);
    timeout(Duration::from_secs(1), server.ended).await.expect("ends with its last request").unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());

    let server = start();
    let mut stuck = TcpStream::connect(server.address).await.unwrap();
    stuck.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    sleep(Duration::from_millis(50)).await;
    server.shutdown.abort();
    timeout(Duration::from_millis(200), server.ended).await.expect("ends now").unwrap().unwrap();
}

// HT-23
#[tokio::test]
async fn tls_is_modern_reloads_and_is_not_plain() {
    let dir = tempfile::tempdir().unwrap();
    let (certificate, key) = (dir.path().join("c.pem"), dir.path().join("k.pem"));
    let write = || {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap()
    };
    let first = write();
    let tls = Tls::load(&certificate, &key, true).unwrap();
    let server = start_with(quick(), Some(tls.clone()), true);
    let url = format!("https://localhost:{}/jwks", server.address.port());
    let trusting = |root: &reqwest::Certificate| {
        reqwest::Client::builder().no_proxy().tls_certs_only([root.clone()]).build().unwrap()
    };
    let answer = trusting(&first).get(&url).send().await.unwrap();
    assert_eq!((answer.status(), answer.version()), (StatusCode::OK, reqwest::Version::HTTP_2));
    let mut plain = TcpStream::connect(server.address).await.unwrap();
    plain.write_all(b"GET /jwks HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    plain.read_to_end(&mut answer).await.ok();
    assert!(!answer.starts_with(b"HTTP"), "plain HTTP is not answered");

    // What only speaks what is broken is told so, before anything of a handshake: the alert of RFC 8446 §6.2.
    for version in [[3, 0], [3, 1], [3, 2]] {
        let mut old = TcpStream::connect(server.address).await.unwrap();
        old.write_all(&hello(version, &[[0, 0x2f], [0, 0x05], [0, 0x03], [0xc0, 0x13]])).await.unwrap();
        let mut answer = Vec::new();
        old.read_to_end(&mut answer).await.ok();
        assert_eq!((answer.first(), answer.get(5)), (Some(&ALERT), Some(&FATAL)), "{version:?} {answer:?}");
    }
    // The present version with ciphers that are none: RC4, export, NULL, 3DES.
    let mut weak = TcpStream::connect(server.address).await.unwrap();
    weak.write_all(&hello([3, 3], &[[0, 0x05], [0, 0x03], [0, 0x02], [0, 0x0a]])).await.unwrap();
    let mut answer = Vec::new();
    weak.read_to_end(&mut answer).await.ok();
    assert_eq!((answer.first(), answer.get(5)), (Some(&ALERT), Some(&FATAL)), "{answer:?}");

    let second = write();
    tls.reload().unwrap();
    assert!(trusting(&first).get(&url).send().await.is_err());
    assert_eq!(trusting(&second).get(&url).send().await.unwrap().status(), StatusCode::OK);

    std::fs::write(&key, "nothing").unwrap();
    assert!(tls.reload().unwrap_err().to_string().contains("k.pem"));
    assert_eq!(trusting(&second).get(&url).send().await.unwrap().status(), StatusCode::OK, "what was served stays");
}

#[tokio::test]
async fn the_management_listener_tells_the_truth() {
    let (shutdown, metrics) = (Shutdown::new(), Arc::new(Metrics::new()));
    let health = Health {
        readiness: Arc::new(|| {
            Box::pin(async { vec![Check { name: "database", ok: true, detail: "1 ms".to_owned() }] })
        }),
        started: Arc::default(),
        shutdown: shutdown.clone(),
        metrics: Arc::clone(&metrics),
        events_dropped: Arc::new(|| 3),
        turned_away: Arc::new(|| vec![("requests", "source", 4)]),
        most_turned_away: Arc::new(|| vec![("requests", "an environment".into(), "192.0.2.1".into(), 3)]),
        logout_notices: Arc::new(|| [("delivered", 5), ("failed", 2), ("given_up", 1)]),
        version: "1.2.3",
    };
    let started = Arc::clone(&health.started);
    let listener = Listener::bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = listener.address().unwrap();
    let service = Edge::new(false, ids(), Arc::clone(&metrics)).layer(health::router(health));
    tokio::spawn(serve(vec![listener], service, quick(), Shutdown::new(), Arc::clone(&metrics)));
    let fetch = async |path: &str| {
        let answer = client().get(format!("http://{address}{path}")).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(fetch("/livez").await.0, 200);
    assert_eq!(fetch("/healthz").await.0, 200);
    assert_eq!(fetch("/startupz").await.0, 503);
    started.store(true, Ordering::Release);
    assert_eq!(fetch("/startupz").await.0, 200);
    assert_eq!(fetch("/readyz").await, (200, "ok\n".to_owned()));
    assert!(fetch("/readyz?verbose").await.1.contains("[+] database 1 ms\n"));
    assert!(fetch("/version").await.1.contains("\"1.2.3\""));
    metrics.token_issued("client_credentials");
    metrics.refused("invalid_client");
    let hash = metrics.password_hash();
    let text = fetch("/metrics").await.1;
    assert!(text.contains("grantor_audit_events_dropped_total 3"), "{text}");
    assert!(text.contains(r#"grantor_turned_away_total{what="requests",by="source"} 4"#), "{text}");
    let who = r#"grantor_most_turned_away{what="requests",environment="an environment",source="192.0.2.1"} 3"#;
    assert!(text.contains(who), "{text}");
    for line in [
        "grantor_tokens_issued_total{grant=\"client_credentials\"} 1",
        "grantor_refusals_total{reason=\"invalid_client\"} 1",
        "grantor_password_hashes_waiting 1",
        "grantor_logout_notices_total{outcome=\"delivered\"} 5",
        "grantor_logout_notices_total{outcome=\"given_up\"} 1",
        "grantor_http_requests_total{route=\"unmatched\",method=\"GET\",status=\"5xx\"} 1",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    drop(hash);
    shutdown.drain();
    assert_eq!(fetch("/readyz").await.0, 503);
    assert!(fetch("/readyz?verbose").await.1.contains("[-] draining"));
    assert_eq!(fetch("/livez").await.0, 200);
}

#[tokio::test]
async fn requests_are_counted_by_pattern() {
    let server = start();
    for id in ["a", "b"] {
        client().get(format!("http://{}/env/{id}/token", server.address)).send().await.unwrap();
    }
    client().get(format!("http://{}/guess", server.address)).send().await.unwrap();
    let text = server.metrics.text().unwrap();
    assert!(
        text.contains("grantor_http_requests_total{route=\"/env/{id}/token\",method=\"GET\",status=\"2xx\"} 2"),
        "{text}"
    );
    assert!(
        text.contains("{route=\"unmatched\",method=\"GET\",status=\"4xx\"} 1") && !text.contains("guess"),
        "{text}"
    );
}

/// A ClientHello of RFC 5246 §7.4.1.2 for this version and these cipher suites, without extensions.
fn hello(version: [u8; 2], suites: &[[u8; 2]]) -> Vec<u8> {
    let suites = suites.concat();
    let length = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap();
    let body = [&version[..], &[7; 32], &[0], &[0, length(&suites)], &suites, &[1, 0]].concat();
    let message = [&[1, 0, 0, length(&body)], &body[..]].concat();
    [&[22, 3, 1, 0, length(&message)], &message[..]].concat()
}

const ALERT: u8 = 21;
const FATAL: u8 = 2;
