//! Floods of HTTP/2 frames that cost the sender nothing (RFC 9113 §10.5). Each ends its connection, within bounded memory, and
//! whoever else calls is served.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::time::timeout;

use crate::toy::{Running, client, start};

/// CVE-2023-44487: streams are opened and reset as fast as they can be written. HT-16
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rapid_reset_is_told_to_calm_down() {
    let server = start();
    let ended = flood(server.address, Vec::new(), |id| [get(id), reset(id)].concat(), STREAMS).await;
    assert_eq!(ended, Some(ENHANCE_YOUR_CALM));
    assert!(served(&server) < FEW, "{} of {STREAMS} requests were worked on", served(&server));
    others_are_served(&server).await;
}

/// CVE-2025-8671: the same, but the server is made to reset the streams. Where the offence is one of the connection, the first
/// ends it. HT-16
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resets_that_the_server_is_made_to_send_are_counted_too() {
    let open = |id| frame(HEADERS, END_HEADERS, id, GET);
    let nothing = |id: u32| [open(id), frame(WINDOW_UPDATE, 0, id, &[0; 4])].concat();
    let too_much = |id: u32| [open(id), frame(WINDOW_UPDATE, 0, id, &0x7fff_ffff_u32.to_be_bytes())].concat();
    let after_the_end = |id: u32| [get(id), frame(DATA, 0, id, b"x")].concat();
    let on_itself = |id: u32| [open(id), frame(PRIORITY, 0, id, &[&id.to_be_bytes()[..], &[0]].concat())].concat();
    let upper_case = |id: u32| frame(HEADERS, END_HEADERS | END_STREAM, id, &[GET, b"\x40\x01A\x01b"].concat());
    for (what, offence, code) in [
        ("a window update of nothing", &nothing as &(dyn Fn(u32) -> Vec<u8> + Send + Sync), PROTOCOL_ERROR),
        ("a window beyond its limit", &too_much, ENHANCE_YOUR_CALM),
        ("data after the end", &after_the_end, PROTOCOL_ERROR),
        ("a priority on itself", &on_itself, ENHANCE_YOUR_CALM),
        ("a name in upper case", &upper_case, PROTOCOL_ERROR),
    ] {
        let server = start();
        assert_eq!(flood(server.address, Vec::new(), offence, STREAMS).await, Some(code), "{what}");
        assert!(served(&server) < FEW, "{what}: {} of {STREAMS} requests were worked on", served(&server));
        others_are_served(&server).await;
    }
}

/// A million frames each, of every kind that needs no request. HT-17
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_that_bring_nothing_end_the_connection() {
    let post = frame(HEADERS, END_HEADERS, 1, POST);
    let begun = frame(HEADERS, 0, 1, GET);
    for (what, first, each, code) in [
        ("empty DATA", &post[..], frame(DATA, 0, 1, b""), ENHANCE_YOUR_CALM),
        ("DATA that is padding", &post, frame(DATA, PADDED, 1, &[3, 0, 0, 0]), ENHANCE_YOUR_CALM),
        // CVE-2024-27316 and its kind.
        ("empty CONTINUATION", &begun, frame(CONTINUATION, 0, 1, b""), ENHANCE_YOUR_CALM),
        ("CONTINUATION", &begun, frame(CONTINUATION, 0, 1, b"\x40\x01a\x01b"), ENHANCE_YOUR_CALM),
        // CVE-2019-9512, CVE-2019-9515, and what belongs to them.
        ("PING", &[], frame(PING, 0, 0, &[0; 8]), PROTOCOL_ERROR),
        ("answers to no PING", &[], frame(PING, ACK, 0, &[0; 8]), PROTOCOL_ERROR),
        ("SETTINGS", &[], frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 100]), PROTOCOL_ERROR),
        ("empty SETTINGS", &[], frame(SETTINGS, 0, 0, b""), PROTOCOL_ERROR),
        ("WINDOW_UPDATE", &[], frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1]), PROTOCOL_ERROR),
        ("PRIORITY", &[], frame(PRIORITY, 0, 1, &[0, 0, 0, 3, 0]), PROTOCOL_ERROR),
        ("frames of no known type", &[], frame(0x42, 0, 0, b""), PROTOCOL_ERROR),
    ] {
        let server = start();
        let before = resident();
        let told = flood(server.address, first.to_vec(), |_| each.clone(), FRAMES).await;
        // Whoever goes on sending may lose the GOAWAY to the reset of the connection; that it is closed is seen all the same.
        assert!(told.is_none_or(|told| told == code), "{what}: {told:?}");
        let more = resident().saturating_sub(before);
        assert!(more < MOST_MEMORY, "{what} took {more} KiB");
        others_are_served(&server).await;
    }
}

/// Sends frames, one for each stream, while it reads what comes back: the code of the GOAWAY before the server closed.
async fn flood(address: SocketAddr, first: Vec<u8>, each: impl Fn(u32) -> Vec<u8>, count: u32) -> Option<u32> {
    let (mut reading, mut writing) = TcpStream::connect(address).await.unwrap().into_split();
    let sending = async {
        let preface = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), frame(SETTINGS, 0, 0, b""), first].concat();
        let mut sent = writing.write_all(&preface).await;
        for batch in (0..count).step_by(BATCH) {
            let frames: Vec<u8> = (batch..batch + BATCH as u32).flat_map(|number| each(2 * number + 1)).collect();
            if sent.is_ok() {
                sent = writing.write_all(&frames).await;
            }
        }
        std::future::pending::<()>().await;
    };
    let told = async {
        let mut told = None;
        while let Some((kind, payload)) = next_frame(&mut reading).await {
            if kind == GOAWAY {
                told = Some(u32::from_be_bytes(payload[4..8].try_into().unwrap()));
            }
        }
        told
    };
    let told = async { timeout(PATIENCE, told).await.expect("the server closes") };
    tokio::select! {
        told = told => told,
        () = sending => None,
    }
}

/// The type and payload of the next frame; None at the end of the connection.
pub(crate) async fn next_frame(reading: &mut OwnedReadHalf) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 9];
    reading.read_exact(&mut head).await.ok()?;
    let mut payload = vec![0; usize::from(head[2]) | usize::from(head[1]) << 8];
    reading.read_exact(&mut payload).await.ok()?;
    Some((head[3], payload))
}

/// Requests that reached the router.
fn served(server: &Running) -> u32 {
    let text = server.metrics.text().unwrap();
    let counts = text.lines().filter(|line| line.starts_with("grantor_http_requests_total{"));
    counts.filter_map(|line| line.rsplit(' ').next()?.parse::<u32>().ok()).sum()
}

async fn others_are_served(server: &Running) {
    let answer = client().get(format!("http://{}/jwks", server.address)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(served(server) > 0, "requests are counted");
}

/// Resident memory of this process, client and server together, in KiB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// RFC 9113 §4.1.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

fn get(stream: u32) -> Vec<u8> {
    frame(HEADERS, END_HEADERS | END_STREAM, stream, GET)
}

fn reset(stream: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &CANCEL.to_be_bytes())
}

// RFC 7541 App. A and B: GET http / with the authority `a`; and POST http with the path `/token`.
const GET: &[u8] = &[0x82, 0x86, 0x84, 0x41, 0x01, b'a'];
const POST: &[u8] = b"\x83\x86\x44\x06/token\x41\x01a";
pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
pub(crate) const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const ACK: u8 = 1;
const PROTOCOL_ERROR: u32 = 1;
const CANCEL: u32 = 8;
const ENHANCE_YOUR_CALM: u32 = 11;
const STREAMS: u32 = 10_000;
const FRAMES: u32 = 1_000_000;
/// Frames that are written together.
const BATCH: usize = 1_000;
/// Requests that may begin before the flood is seen.
const FEW: u32 = 500;
/// KiB, for client and server and whatever else is tested meanwhile.
const MOST_MEMORY: usize = 32 * 1024;
const PATIENCE: Duration = Duration::from_mins(1);
