//! Sends one checked request: HTTP/1.1 on a connection of its own, which ends with the answer.
//!
//! The connection goes to the addresses in the proof and nowhere else; no variable of the environment is read. The caller
//! bounds the time, so dropping the future must end everything: the task that drives the connection is aborted with it.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use crate::fetch::{Answer, Call, Method, Unfetched};

pub(super) async fn send(call: Call) -> Result<Answer, Unfetched> {
    let stream = connect(&call).await.ok_or(Unfetched::Unreachable)?;
    if !call.to().is_tls() {
        return exchange(stream, &call).await;
    }
    let host = call.to().host().trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(host).map_err(|_| Unfetched::Unreachable)?;
    let client = call.trust().client().await.ok_or(Unfetched::Unreachable)?;
    let stream = TlsConnector::from(client).connect(name, stream).await.map_err(|_| Unfetched::Unreachable)?;
    exchange(stream, &call).await
}

/// To the first address that accepts, itself or through the proxy.
async fn connect(call: &Call) -> Option<TcpStream> {
    for address in call.to().addresses() {
        let attempt = async {
            match call.proxy() {
                None => TcpStream::connect(address).await.ok(),
                Some(proxy) => tunnel(TcpStream::connect(proxy).await.ok()?, &address.to_string()).await,
            }
        };
        if let Ok(Some(stream)) = tokio::time::timeout(ATTEMPT, attempt).await {
            let _ = stream.set_nodelay(true);
            return Some(stream);
        }
    }
    None
}

/// A tunnel to the checked address, not to the name: the proxy would look it up again (RFC 9110 §9.3.6).
async fn tunnel(mut proxy: TcpStream, address: &str) -> Option<TcpStream> {
    let head = format!("CONNECT {address} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    proxy.write_all(head.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    // One byte at a time: what follows the head belongs to the tunnel.
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() >= LARGEST_HEAD {
            return None;
        }
        answer.push(proxy.read_u8().await.ok()?);
    }
    let agreed = answer.starts_with(b"HTTP/1.1 2") || answer.starts_with(b"HTTP/1.0 2");
    agreed.then_some(proxy)
}

async fn exchange<S>(stream: S, call: &Call) -> Result<Answer, Unfetched>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = http1::Builder::new();
    builder.max_buf_size(LARGEST_HEAD).max_headers(MOST_FIELDS);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(unread)?;
    let mut driving = JoinSet::new();
    driving.spawn(connection);
    let response = sender.send_request(request(call)?).await.map_err(unread)?;
    match (call.method(), call.largest()) {
        // A notice was delivered with the head.
        (Method::Post, 0) => Ok(Answer { status: response.status().as_u16(), ..Answer::default() }),
        (_, largest) => read(response, largest).await,
    }
}

fn request(call: &Call) -> Result<Request<Full<Bytes>>, Unfetched> {
    let mut builder = Request::builder().method(call.method().name()).uri(call.to().path());
    builder = builder.header(header::HOST, call.to().authority()).header(header::USER_AGENT, "grantor");
    builder = builder.header(header::ACCEPT_ENCODING, "identity").header(header::CONNECTION, "close");
    for (name, value) in call.headers() {
        // What cannot stand in a field was not sent by anybody honest: an entity tag, a token of a receiver.
        let mut value = HeaderValue::from_str(value).map_err(|_| Unfetched::Unreachable)?;
        value.set_sensitive(name == header::AUTHORIZATION.as_str());
        builder = builder.header(name, value);
    }
    builder.body(Full::new(Bytes::from(call.body().to_owned()))).map_err(|_| Unfetched::Unreachable)
}

/// The answer, its body read to the end or to the limit.
async fn read(response: Response<Incoming>, largest: usize) -> Result<Answer, Unfetched> {
    let text = |name: HeaderName| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
    // RFC 9110 §12.5.3: `identity` was asked for. A few octets could become gigabytes otherwise.
    if text(header::CONTENT_ENCODING).is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return Err(Unfetched::TooLarge);
    }
    let mut answer = Answer {
        status: response.status().as_u16(),
        media: text(header::CONTENT_TYPE),
        etag: text(header::ETAG),
        cache_control: text(header::CACHE_CONTROL),
        retry_after: text(header::RETRY_AFTER),
        body: Vec::new(),
    };
    let mut body = response.into_body();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(unread)?.into_data() else { continue };
        if answer.body.len() + data.len() > largest {
            return Err(Unfetched::TooLarge);
        }
        answer.body.extend_from_slice(&data);
    }
    Ok(answer)
}

#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
fn unread(error: hyper::Error) -> Unfetched {
    if error.is_parse_too_large() { Unfetched::TooLarge } else { Unfetched::Unreachable }
}

/// Bytes, and fields, of an answer's head.
const LARGEST_HEAD: usize = 32 * 1024;
const MOST_FIELDS: usize = 100;
/// For one address of several: one that swallows packets must not use up the time of all.
const ATTEMPT: std::time::Duration = std::time::Duration::from_secs(2);
