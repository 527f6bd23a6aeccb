//! Connections that do not end by themselves, bodies that end badly, hosts that are not ours, and how many there is room for.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};
use web::layers::hosts::Hosts;
use web::server::Limits;

use crate::floods::{END_HEADERS, END_STREAM, HEADERS, frame, next_frame};
use crate::toy::{quick, raw, rest, start, start_for, start_with, status};

fn impatient() -> Limits {
    Limits { idle_time: Duration::from_secs(1), stall_time: Duration::from_millis(500), ..quick() }
}

/// F6: who asks and never reads is let go, whatever was made for them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_does_not_read_is_let_go() {
    let server = start_with(impatient(), None, false);
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(server.address).await.unwrap();
    let _ = timeout(
        Duration::from_secs(1),
        stream.write_all("GET /long HTTP/1.1\r\nHost: a\r\n\r\n".repeat(50).as_bytes()),
    )
    .await;
    gone(&server, Duration::from_secs(4)).await;
    // A client that reads slowly, but reads, gets everything.
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    slow.write_all(b"GET /long HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
    let (mut read, mut buffer) = (0, vec![0; 1024 * 1024]);
    loop {
        match slow.read(&mut buffer).await.unwrap() {
            0 => break,
            some => read += some,
        }
        sleep(Duration::from_millis(100)).await;
    }
    assert!(read > 8 * 1024 * 1024, "{read}");
}

/// F6: nor does HTTP/2 hold a connection whose windows stay shut, or whose request never ends; answering pings is no reason.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_that_never_end_hold_no_connection() {
    let shut = frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]);
    let get = |stream| frame(HEADERS, END_HEADERS | END_STREAM, stream, GET);
    let post = |stream| frame(HEADERS, END_HEADERS, stream, POST);
    let many: Vec<u8> = (0..50).flat_map(|number| get(2 * number + 1)).collect();
    for (what, settings, requests) in [
        ("no window", &shut, many),
        ("no end", &frame(SETTINGS, 0, 0, b""), post(1)),
        ("no end and no window", &shut, post(1)),
    ] {
        let server = start_with(impatient(), None, false);
        let (mut reading, mut writing) = TcpStream::connect(server.address).await.unwrap().into_split();
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        writing.write_all(&[preface, settings.as_slice(), &requests].concat()).await.unwrap();
        let answers = tokio::spawn(async move {
            while let Some((kind, payload)) = next_frame(&mut reading).await {
                if kind == PING && writing.write_all(&frame(PING, ACK, 0, &payload)).await.is_err() {
                    break;
                }
            }
        });
        let began = Instant::now();
        timeout(Duration::from_secs(5), answers).await.unwrap_or_else(|_| panic!("{what}: it is held")).unwrap();
        assert!(began.elapsed() > Duration::from_millis(900), "{what}: it had its time");
        gone(&server, Duration::from_secs(1)).await;
    }
}

/// F6: nor is it a reason to ask for more, with windows of an octet that are opened one by one. Whoever reads is served while it asks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trickle_holds_no_connection() {
    let asking = async |window: u8, most: u32| {
        let server = start_with(impatient(), None, false);
        let (mut reading, mut writing) = TcpStream::connect(server.address).await.unwrap().into_split();
        let settings = if window == 0 { Vec::new() } else { vec![0, 4, 0, 0, 0, window] };
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        writing.write_all(&[preface.as_slice(), &frame(SETTINGS, 0, 0, &settings)].concat()).await.unwrap();
        let asks = tokio::spawn(async move {
            for number in 0..most {
                let get = frame(HEADERS, END_HEADERS | END_STREAM, 2 * number + 1, GET);
                let more = frame(WINDOW_UPDATE, 0, 2 * number.saturating_sub(1) + 1, &[0, 0, 0, 1]);
                if writing.write_all(&[get, more].concat()).await.is_err() {
                    return number;
                }
                sleep(Duration::from_millis(200)).await;
            }
            most
        });
        let mut ended = 0;
        while let Some((kind, payload)) = next_frame(&mut reading).await {
            ended += u32::from(kind == DATA && !payload.is_empty());
            if ended == most {
                break;
            }
        }
        (ended, asks.await.unwrap())
    };
    let (_, asked) = timeout(Duration::from_secs(15), asking(1, 60)).await.expect("it is held");
    assert!((4..30).contains(&asked), "{asked} of 60 requests, one in 200 ms");
    assert_eq!(timeout(Duration::from_secs(15), asking(0, 20)).await.unwrap(), (20, 20));
}

/// Waits until the server counts no connection any more.
async fn gone(server: &crate::toy::Running, patience: Duration) {
    let began = Instant::now();
    let open = || {
        let text = server.metrics.text().unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("grantor_connections ").map(str::to_owned));
        line.unwrap_or_else(|| panic!("{text}"))
    };
    while open() != "0" {
        assert!(began.elapsed() < patience, "{} still open", open());
        sleep(Duration::from_millis(20)).await;
    }
}

/// F19: the answer to a malformed body does not wait for the rest of it, wherever the bytes are cut.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malformed_body_is_answered_at_once_however_it_is_cut() {
    let server = start();
    for body in [
        "3\r\na=bXX0\r\n\r\n",
        "3\r\na=b\r\nX\r\n",
        "3;x\0\r\na=b\r\n0\r\n\r\n",
        "3\r\na=b\r\n0\r\nA: \0\r\n\r\n",
        "3\na=b\r\n0\r\n\r\n",
        "-1\r\na",
    ] {
        let sent = (0..body.len()).map(|cut| tokio::spawn(answered(server.address, body, cut)));
        for (cut, answer) in sent.collect::<Vec<_>>().into_iter().enumerate() {
            let answer = answer.await.unwrap();
            assert_eq!(status(&answer), "400", "{body:?} cut at {cut}: {answer}");
            assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
        }
    }
}

/// What is answered to a body that comes in two parts. Waits less long than the server waits for bodies.
async fn answered(address: std::net::SocketAddr, body: &str, cut: usize) -> String {
    let head = "POST /token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream.write_all(&[head.as_bytes(), &body.as_bytes()[..cut]].concat()).await.unwrap();
    sleep(Duration::from_millis(100)).await;
    // It may have been refused already.
    let _ = stream.write_all(&body.as_bytes()[cut..]).await;
    rest(&mut stream).await
}

/// F19: empty lines before a request are let pass (RFC 9112 §2.2), but they are a head that must end in time like any other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn empty_lines_hold_no_connection() {
    let server = start();
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let began = Instant::now();
    for _ in 0..20 {
        sleep(Duration::from_millis(100)).await;
        if stream.write_all(b"\r\n").await.is_err() {
            break;
        }
    }
    rest(&mut stream).await;
    assert!(began.elapsed() < Duration::from_millis(1800), "{:?}", began.elapsed());
    let answer = raw(server.address, b"\r\n\r\nGET /jwks HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert_eq!(status(&answer), "200", "{answer}");
}

/// F10: a page whose name was turned to this machine gets nothing, by no version of HTTP and at no path.
#[tokio::test]
async fn a_server_answers_for_its_own_hosts_alone() {
    let server = start_for(Hosts::of_this_machine(["dev.example".to_owned()]));
    for (host, expected) in [
        ("localhost", "200"),
        ("a.localhost:8085", "200"),
        ("127.0.0.1", "200"),
        ("[::1]:8085", "200"),
        ("dev.example", "200"),
        ("rebind.evil.example", "421"),
        ("localhost.evil.example:8085", "421"),
        ("127.0.0.1.evil.example", "421"),
        ("10.0.0.1", "421"),
    ] {
        let answer =
            raw(server.address, format!("GET /jwks HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes())
                .await;
        assert_eq!(status(&answer), expected, "{host} {answer}");
        assert_eq!(answer.contains("keys"), expected == "200", "{answer}");
        assert!(answer.contains("correlation-id: "), "{answer}");
        let absolute = format!("GET http://{host}/jwks HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(status(&raw(server.address, absolute.as_bytes()).await), expected, "{host}");
    }
    let foreign =
        raw(server.address, b"OPTIONS /nowhere HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n").await;
    assert_eq!(status(&foreign), "421");
    // RFC 9113 §8.3.1: `:authority` is `a` here, or stands in `Host`.
    for block in [GET.to_vec(), [&[0x82, 0x86, 0x84, 0x66, 0x04], b"evil".as_slice()].concat()] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let preface = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), frame(SETTINGS, 0, 0, b"")].concat();
        stream.write_all(&[preface, frame(HEADERS, END_HEADERS | END_STREAM, 1, &block)].concat()).await.unwrap();
        let (mut reading, _writing) = stream.into_split();
        let head = async {
            loop {
                let (kind, payload) = next_frame(&mut reading).await.unwrap();
                if kind == HEADERS {
                    return payload;
                }
            }
        };
        let head = timeout(Duration::from_secs(5), head).await.unwrap();
        // RFC 7541 App. A has no entry for 421: name 8 with a value of its own; 200 is entry 8 itself.
        assert_ne!(head[0], 0x88, "{head:?}");
    }
}

/// F7: however few descriptors there are, no source takes so many that none is left for another.
#[test]
fn connections_follow_from_descriptors() {
    let within = |descriptors| {
        let limits = Limits::default().within(descriptors);
        (limits.connections, limits.connections_per_source)
    };
    assert_eq!(within(1 << 20), (10_000, 1_000));
    assert_eq!(within(1024), (960, 240));
    assert_eq!(within(128), (64, 16));
    assert_eq!(within(10), (1, 1));
}

// RFC 7541 App. A and B: GET http `/jwks` with the authority `a`; and POST http with the path `/token`.
const GET: &[u8] = b"\x82\x86\x44\x05/jwks\x41\x01a";
const POST: &[u8] = b"\x83\x86\x44\x06/token\x41\x01a";
const SETTINGS: u8 = 4;
const DATA: u8 = 0;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
const ACK: u8 = 1;
