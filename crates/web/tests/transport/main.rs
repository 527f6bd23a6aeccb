//! The transport against raw sockets and a real client.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod bodies;
mod certificates;
mod endings;
mod floods;
mod lifecycle;
mod toy;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use axum::http::{Method, StatusCode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};
use toy::{BODY_LIMIT, client, quick, raw, rest, start, start_behind, start_with, status};
use uuid::Uuid;
use web::layers::forwarded::{Field, Proxies};

#[tokio::test]
async fn ambiguous_framing_is_refused_and_closed() {
    let server = start();
    for (case, bytes) in [
        // HT-01: both lengths, in both orders.
        (
            "HT-01",
            "POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        (
            "HT-01",
            "POST /token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        ),
        // HT-02: lengths that are no lengths.
        ("HT-02", "POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\naaaaa"),
        ("HT-02", "POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\naaaaa"),
        ("HT-02", "POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\naaaaa"),
        ("HT-02", "POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\naaaaa"),
        // HT-04: a chunk of more than 64 bits.
        (
            "HT-04",
            "POST /token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\na\r\n0\r\n\r\n",
        ),
        // HT-05: bare LF, obs-fold, space before the colon.
        ("HT-05", "GET /jwks HTTP/1.1\nHost: a\n\n"),
        ("HT-05", "GET /jwks HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n"),
        ("HT-05", "GET /jwks HTTP/1.1\r\nHost : a\r\n\r\n"),
        // HT-06: NUL and CR in a value.
        ("HT-06", "GET /jwks HTTP/1.1\r\nHost: a\r\nA: b\0c\r\n\r\n"),
        ("HT-06", "GET /jwks HTTP/1.1\r\nHost: a\r\nA: b\rc\r\n\r\n"),
    ] {
        let answer = raw(server.address, bytes.as_bytes()).await;
        assert_eq!(status(&answer), "400", "{case} {bytes:?} {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{case}: nothing after the refusal");
    }
    // HT-04: an endless chunk extension.
    let extension =
        format!("POST /token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;{}", "a".repeat(1 << 20));
    assert_eq!(status(&raw(server.address, extension.as_bytes()).await), "400");
}

#[tokio::test]
async fn a_request_names_one_host() {
    let server = start();
    for (case, head, expected) in [
        ("HT-07", "GET /jwks HTTP/1.1\r\nHost: a\r\nHost: a\r\n", "400"),
        ("HT-07", "GET /jwks HTTP/1.1\r\n", "400"),
        ("HT-07", "GET /jwks HTTP/1.1\r\nHost: evil.example\r\n", "200"),
        ("HT-09", "GET http://evil.example/jwks HTTP/1.1\r\nHost: a\r\n", "400"),
        ("HT-09", "GET http://u:p@a/jwks HTTP/1.1\r\nHost: a\r\n", "400"),
        // HT-22: an expectation nobody knows.
        ("HT-22", "GET /jwks HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n", "417"),
    ] {
        let answer = raw(server.address, format!("{head}Connection: close\r\n\r\n").as_bytes()).await;
        assert_eq!(status(&answer), expected, "{case} {answer}");
        assert!(answer.contains("\r\ncorrelation-id: "), "{case} {answer}");
        assert!(!answer.contains("evil"), "{case}: nothing is derived from the host");
    }
    // HT-08: what a proxy would say is not believed from anybody.
    let spoofed = "GET /mirror HTTP/1.1\r\nHost: a\r\nX-Forwarded-Host: evil\r\nX-Forwarded-For: 9.9.9.9\r\nForwarded: for=9.9.9.9\r\n\
        X-Original-URL: /jwks\r\nX-Rewrite-URL: /jwks\r\nX-HTTP-Method-Override: POST\r\nConnection: close\r\n\r\n";
    assert!(raw(server.address, spoofed.as_bytes()).await.ends_with("GET /mirror 127.0.0.1 a"));
}

// HT-08: a listed proxy is believed about the source and about nothing else.
#[tokio::test]
async fn a_listed_proxy_says_where_a_request_came_from() {
    let proxies = Proxies::new(vec!["127.0.0.0/8".parse().unwrap()], Field::XForwardedFor);
    let server = start_behind(proxies, quick(), None, false);
    for (fields, expected) in [
        (
            "X-Forwarded-For: 203.0.113.9, 192.0.2.7\r\nX-Forwarded-Host: evil\r\nX-Original-URL: /jwks\r\n",
            "192.0.2.7 a",
        ),
        ("Forwarded: for=192.0.2.7;host=evil\r\n", "127.0.0.1 a"),
        ("X-Forwarded-For: nonsense\r\n", "127.0.0.1 a"),
    ] {
        let bytes = format!("GET /mirror HTTP/1.1\r\nHost: a\r\n{fields}Connection: close\r\n\r\n");
        let answer = raw(server.address, bytes.as_bytes()).await;
        assert!(answer.ends_with(&format!("GET /mirror {expected}")), "{fields} {answer}");
    }
}

// HT-10: never normalised into another tenant's route.
#[tokio::test]
async fn paths_are_never_normalised() {
    let server = start();
    for path in [
        "/env/a/../b/token",
        "/env/a/%2e%2e/token",
        "/env//token",
        "/env/a;x=1/token",
        "/env/a%2fb/token",
        "/env/a%5cb/token",
        "/env/a%00/token",
        "/env/a/token.",
        "/ENV/a/token",
        "/env/a/token/",
        "/env/./a/token",
    ] {
        let answer =
            raw(server.address, format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").as_bytes())
                .await;
        assert_eq!(status(&answer), "404", "{path}");
    }
}

// HT-11
#[tokio::test]
async fn heads_are_bounded() {
    let server = start();
    let block = format!("GET /jwks HTTP/1.1\r\nHost: a\r\nA: {}\r\n\r\n", "a".repeat(64 * 1024));
    assert_eq!(status(&raw(server.address, block.as_bytes()).await), "431");
    let many = format!("GET /jwks HTTP/1.1\r\nHost: a\r\n{}\r\n", "A: b\r\n".repeat(200));
    assert_eq!(status(&raw(server.address, many.as_bytes()).await), "431");
    let long = format!("GET /jwks?{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(17 * 1024));
    assert_eq!(status(&raw(server.address, long.as_bytes()).await), "414");
}

// HT-12: refused at the limit, and the client can read why.
#[tokio::test]
async fn large_bodies_are_not_read() {
    let server = start();
    let declared = "POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: 1073741824\r\n\r\n";
    let answer = raw(server.address, [declared.as_bytes(), &vec![b'a'; 300_000]].concat().as_slice()).await;
    assert_eq!(status(&answer), "413", "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    let mut chunked = b"POST /token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..20 {
        chunked.extend(b"4000\r\n");
        chunked.extend([b'a'; 0x4000]);
        chunked.extend(b"\r\n");
    }
    assert_eq!(status(&raw(server.address, &chunked).await), "413");
    let fits =
        client().post(format!("http://{}/token", server.address)).body(vec![b'a'; BODY_LIMIT]).send().await.unwrap();
    assert_eq!(fits.text().await.unwrap(), BODY_LIMIT.to_string());
}

// HT-14: a byte now and then does not hold a connection, nor does silence.
#[tokio::test]
async fn slow_heads_are_closed() {
    let server = start();
    for first in ["", "G", "PRI * HT"] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let began = Instant::now();
        stream.write_all(first.as_bytes()).await.unwrap();
        for byte in "ET /jwks HTTP/1.1\r\nHost: aaaaaaaaaaaaaaa".bytes().take(if first == "G" { 40 } else { 0 }) {
            sleep(Duration::from_millis(50)).await;
            if stream.write_all(&[byte]).await.is_err() {
                break;
            }
        }
        rest(&mut stream).await;
        assert!(began.elapsed() < Duration::from_millis(2600), "{first:?} {:?}", began.elapsed());
    }
}

// HT-18: HTTP/2 fields that HTTP/2 forbids.
#[tokio::test]
async fn http2_is_spoken_and_kept_to() {
    let server = start();
    let h2 = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let answer = h2.get(format!("http://{}/jwks", server.address)).send().await.unwrap();
    assert_eq!((answer.version(), answer.status()), (reqwest::Version::HTTP_2, StatusCode::OK));
    // HPACK: GET http / a, then `transfer-encoding: chunked`; and an upper-case name; and two paths.
    let good: &[u8] = &[0x82, 0x86, 0x84, 0x41, 0x01, b'a'];
    assert!(!resets(server.address, good).await, "the block without the fault is answered");
    let coding = [&[0x00, 17], b"transfer-encoding".as_slice(), &[7], b"chunked"].concat();
    for bad in [coding, vec![0x00, 1, b'A', 1, b'b'], vec![0x84]] {
        assert!(resets(server.address, &[good, &bad].concat()).await, "{bad:?}");
    }
}

/// D7: HTTP/2 sends each cookie as a field of its own (RFC 9113 §8.2.3), and a browser that restores a hundred tabs has many. Only
/// what is no cookie counts one by one.
#[tokio::test]
async fn many_cookies_are_one_field() {
    let server = start();
    let h2 = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let send = async |name: &str, count: usize| {
        let fields = (0..count).map(|n| format!("FLOW-{n:0>36}={n:0>43}"));
        let request = h2.get(format!("http://{}/jwks", server.address));
        let request = fields.fold(request, |request, field| request.header(name, field));
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(send("cookie", 180).await, 200);
    assert_eq!(send("a", 180).await, 431);
}

/// Whether a request with this header block is answered by RST_STREAM or GOAWAY and not by a response.
async fn resets(address: SocketAddr, block: &[u8]) -> bool {
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    bytes.extend([0, 0, u8::try_from(block.len()).unwrap(), 1, 5, 0, 0, 0, 1]);
    bytes.extend(block);
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&bytes).await.unwrap();
    loop {
        let mut head = [0; 9];
        if timeout(Duration::from_secs(3), stream.read_exact(&mut head)).await.expect("an answer").is_err() {
            return true;
        }
        let mut payload = vec![0; usize::from(head[2]) | usize::from(head[1]) << 8];
        stream.read_exact(&mut payload).await.unwrap();
        match head[3] {
            1 => return false,
            3 | 7 => return true,
            _ => {}
        }
    }
}

// HT-21, HT-24
#[tokio::test]
async fn head_has_no_body_and_ranges_are_ignored() {
    let server = start();
    let answer = raw(server.address, b"HEAD /jwks HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert_eq!(status(&answer), "200");
    assert!(answer.contains("content-length: 11") && answer.ends_with("\r\n\r\n"), "{answer}");
    let answer =
        client().get(format!("http://{}/jwks", server.address)).header("range", "bytes=0-1").send().await.unwrap();
    assert_eq!((answer.status(), answer.text().await.unwrap().len()), (StatusCode::OK, 11));
}

// HT-25: whatever the answer.
#[tokio::test]
async fn every_response_is_marked_and_protected() {
    let server = start_with(quick(), None, true);
    let url = |path: &str| format!("http://{}{path}", server.address);
    let mut seen = std::collections::HashSet::new();
    for (method, path, expected) in [
        (Method::GET, "/jwks", 200),
        (Method::GET, "/nothing", 404),
        (Method::POST, "/jwks", 405),
        (Method::GET, "/a;b", 404),
        (Method::GET, "/panic/hunter2", 500),
    ] {
        let answer = client().request(method, url(path)).header("correlation-id", "mine").send().await.unwrap();
        assert_eq!(answer.status(), expected);
        let header =
            |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let id: Uuid = header("correlation-id").parse().unwrap();
        assert_eq!(id.get_version_num(), 4);
        assert!(seen.insert(id));
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("strict-transport-security"), "max-age=31536000");
        assert!(!answer.headers().contains_key("server"));
        let body = answer.text().await.unwrap();
        assert!(!body.contains("hunter2") && !body.contains("secret"));
        if expected == 500 {
            let json: serde_json::Value = serde_json::from_str(&body).unwrap();
            assert_eq!(
                (json["id"].as_str(), json["code"].as_str()),
                (Some(id.to_string().as_str()), Some("UNEXPECTED_ERROR"))
            );
        }
    }
    let page = client().get(url("/page")).send().await.unwrap();
    assert_eq!(
        (&page.headers()["content-security-policy"], &page.headers()["cache-control"]),
        (&"default-src 'self'".parse().unwrap(), &"public".parse().unwrap())
    );
    let plain = client().get(format!("http://{}/jwks", start().address)).send().await.unwrap();
    assert!(!plain.headers().contains_key("strict-transport-security"));
}
