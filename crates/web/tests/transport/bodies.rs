//! Bodies that nobody needed: what is said of their coding, and what an HTTP/2 client still sends when it is answered.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::floods::{DATA, END_HEADERS, END_STREAM, HEADERS, RST_STREAM, frame, next_frame};
use crate::toy::{Running, raw, start, status};

/// D23: a coding is judged where there is something that it could be of, and `identity` is none (RFC 9110 §8.4, §12.5.3).
#[tokio::test]
async fn a_coding_of_nothing_is_none() {
    let server = start();
    let chunked = "Transfer-Encoding: chunked\r\n";
    for (request, fields, body, expected) in [
        ("GET /jwks", "Content-Encoding: gzip\r\n", "", "200"),
        ("GET /jwks", "Content-Encoding: gzip\r\nContent-Length: 0\r\n", "", "200"),
        ("POST /token", "Content-Encoding: gzip\r\nContent-Length: 0\r\n", "", "200"),
        ("POST /token", &format!("Content-Encoding: br\r\n{chunked}"), "0\r\n\r\n", "200"),
        ("POST /token", "Content-Encoding: identity\r\nContent-Length: 3\r\n", "a=b", "200"),
        (
            "POST /token",
            "Content-Encoding: IDENTITY\r\nContent-Encoding: identity, \r\nContent-Length: 3\r\n",
            "a=b",
            "200",
        ),
        ("POST /token", &format!("Content-Encoding: identity\r\n{chunked}"), "3\r\na=b\r\n0\r\n\r\n", "200"),
        // HT-13: a coded body is not undone.
        ("POST /token", "Content-Encoding: gzip\r\nContent-Length: 3\r\n", "a=b", "415"),
        ("POST /token", "Content-Encoding: identity, gzip\r\nContent-Length: 3\r\n", "a=b", "415"),
        ("POST /token", "Content-Encoding: identity\r\nContent-Encoding: br\r\nContent-Length: 3\r\n", "a=b", "415"),
        ("POST /token", &format!("Content-Encoding: gzip\r\n{chunked}"), "3\r\na=b\r\n0\r\n\r\n", "415"),
    ] {
        let bytes = format!("{request} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fields}\r\n{body}");
        let answer = raw(server.address, bytes.as_bytes()).await;
        assert_eq!(status(&answer), expected, "{bytes:?} {answer}");
        if request.starts_with("POST") && expected == "200" {
            // The handler has every octet, also of a body that was looked into.
            let length = if body.contains("a=b") { "3" } else { "0" };
            assert!(answer.ends_with(&format!("\r\n\r\n{length}")), "{bytes:?} {answer}");
        }
    }
}

/// What is told on the one stream: the types of its frames up to its end, and how long that took.
async fn told(server: &Running, rest: impl Fn(usize) -> Option<Vec<u8>>) -> (Vec<u8>, Duration) {
    let began = Instant::now();
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    // RFC 7541 App. A: POST http with the authority `a` and a path of one letter, which no route has.
    let head = b"\x83\x86\x44\x02/x\x41\x01a";
    let opening = [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"[..], &frame(HEADERS, END_HEADERS, 1, head)];
    writing.write_all(&opening.concat()).await.unwrap();
    let sending = async {
        for number in 0.. {
            sleep(Duration::from_millis(20)).await;
            let Some(frame) = rest(number) else { break };
            if writing.write_all(&frame).await.is_err() {
                break;
            }
        }
        std::future::pending::<()>().await;
    };
    let reading = async {
        let (mut kinds, mut until) = (Vec::new(), began + PATIENCE);
        loop {
            match timeout(until.saturating_duration_since(Instant::now()), next_frame(&mut reading)).await {
                Ok(Some((HEADERS, _))) => {
                    kinds.push(HEADERS);
                    // The answer has no body; only a reset can follow, and it follows at once.
                    until = Instant::now() + SOON;
                }
                Ok(Some((RST_STREAM, _))) => kinds.push(RST_STREAM),
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break kinds,
            }
        }
    };
    let kinds = tokio::select! { kinds = reading => kinds, () = sending => Vec::new() };
    (kinds, began.elapsed())
}

/// curl of Debian 12 loses an answer whose stream is reset while it sends: a small rest is read before (RFC 9113 §8.1).
#[tokio::test]
async fn a_refused_stream_ends_without_a_reset_where_little_is_left() {
    let server = start();
    let pieces =
        |number: usize| (number < 5).then(|| frame(DATA, if number == 4 { END_STREAM } else { 0 }, 1, &[b'x'; 900]));
    let (kinds, _) = told(&server, pieces).await;
    assert_eq!(kinds, [HEADERS]);
}

/// A client that goes on and on, or says nothing more, is not waited for.
#[tokio::test]
async fn what_is_left_is_waited_for_but_not_for_long() {
    let server = start();
    let endless = |_| Some(frame(DATA, 0, 1, &[b'x'; 9000]));
    for (what, rest) in [("endless", &endless as &dyn Fn(usize) -> Option<Vec<u8>>), ("silent", &|_| None)] {
        let (kinds, took) = told(&server, rest).await;
        assert_eq!(kinds, [HEADERS, RST_STREAM], "{what}");
        assert!(took < PATIENCE, "{what} {took:?}");
    }
}

/// What two requests on one connection are told, the body of the first sent in `pieces`, each a little later than what was before.
async fn both(server: &Running, head: &str, pieces: &[&[u8]]) -> String {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(format!("POST /nowhere HTTP/1.1\r\nHost: a\r\n{head}\r\n").as_bytes()).await.unwrap();
    for piece in pieces {
        sleep(Duration::from_millis(60)).await;
        stream.write_all(piece).await.unwrap();
    }
    // Whoever was told that the connection ends sends nothing more on it.
    let _ = stream.write_all(b"GET /jwks HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    let mut told = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut told)).await.unwrap();
    String::from_utf8(told).unwrap()
}

/// Many clients send the head and the body of a request in two pieces, and keep the connection. One that was refused before its body was
/// there found the connection closed at its next request, and nothing had said that it would be (RFC 9112 §9.6).
#[tokio::test]
async fn a_connection_outlives_a_body_that_nobody_read() {
    let server = start();
    for (head, pieces) in [
        ("Content-Length: 3\r\n", &[&b"a=b"[..]][..]),
        ("Content-Length: 3\r\n", &[b"a", b"=", b"b"]),
        ("Transfer-Encoding: chunked\r\n", &[b"3\r\na=b\r\n", b"0\r\n\r\n"]),
    ] {
        let told = both(&server, head, pieces).await;
        assert!(told.starts_with("HTTP/1.1 404") && told.ends_with("{\"keys\":[]}"), "{head:?} {told}");
        let first = told.split("\r\n\r\n").next().unwrap();
        assert!(!first.contains("connection: close"), "{first}");
    }
}

/// Where the rest is not read the client is told that the connection ends.
#[tokio::test]
async fn a_connection_that_ends_says_so() {
    let server = start();
    let long = vec![b'x'; 300_000];
    for (head, pieces) in [
        ("Content-Length: 300000\r\n", &[&long[..]][..]),
        ("Content-Length: 300\r\n", &[b"a=b"]),
        ("Content-Length: 3\r\nExpect: 100-continue\r\n", &[]),
    ] {
        let told = both(&server, head, pieces).await;
        let first = told.split("\r\n\r\n").next().unwrap();
        assert!(told.starts_with("HTTP/1.1 404") && first.contains("connection: close"), "{head:?} {told}");
        assert!(!told.contains("HTTP/1.1 200") && !told.contains("100 Continue"), "{told}");
    }
}

const PATIENCE: Duration = Duration::from_secs(3);
const SOON: Duration = Duration::from_millis(500);
