//! One server's side of a kept connection, over TLS or without.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use engine::fetch::Trust;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{self, HeaderValue};
use hyper::{Request as Http, Response};
use hyper_util::rt::TokioIo;
use plan::Stopped;
use rustls_pki_types::ServerName;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_rustls::TlsConnector;

use crate::worker;

/// An answer as it came.
pub(super) struct Came {
    pub(super) status: u16,
    pub(super) etag: Option<String>,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Value,
}

/// The other side of a connection.
pub(super) struct Peer {
    pub(super) origin: String,
    tls: bool,
    host: String,
    port: u16,
    authority: String,
    trust: Arc<Trust>,
    open: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

impl Peer {
    /// Of an origin as it is written everywhere. None where it is none.
    pub(super) fn of(origin: String, trust: Arc<Trust>) -> Option<Self> {
        let (tls, authority) = match origin.split_once("://")? {
            ("https", authority) => (true, authority.to_owned()),
            ("http", authority) => (false, authority.to_owned()),
            _ => return None,
        };
        let usual = if tls { 443 } else { 80 };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host.to_owned(), port.parse().ok()?),
            _ => (authority.clone(), usual),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Some(Self { origin, tls, host, port, authority, trust, open: Mutex::default() })
    }

    /// Whether nobody between here and there reads what is sent: it is encrypted, or stays on this machine.
    pub(super) fn is_private(&self) -> bool {
        self.tls || worker::is_here(&self.host)
    }

    pub(super) async fn send(&self, mut request: Http<Full<Bytes>>) -> Result<Came, Stopped> {
        let authority = HeaderValue::from_str(&self.authority).map_err(|_| silent(&self.origin, "its name"))?;
        request.headers_mut().insert(header::HOST, authority);
        let mut open = self.open.lock().await;
        // Of a connection that the server ended meanwhile nothing was sent.
        let mut kept = open.take();
        if let Some(sender) = &mut kept
            && sender.ready().await.is_err()
        {
            kept = None;
        }
        let mut sender = match kept {
            Some(sender) => sender,
            None => self.connect().await?,
        };
        let exchange = async {
            let answer = match sender.try_send_request(request).await {
                Ok(answer) => answer,
                Err(mut failed) => {
                    // It ended after it was ready. Who gets the request back sent nothing of it, so nothing is done twice.
                    let Some(request) = failed.take_message() else {
                        return Err(silent(&self.origin, &failed.error().to_string()));
                    };
                    sender = self.connect().await?;
                    sender.send_request(request).await.map_err(|error| silent(&self.origin, &error.to_string()))?
                }
            };
            self.read(answer).await
        };
        let late = |_| silent(&self.origin, "it took too long");
        let came = tokio::time::timeout(TIME, exchange).await.map_err(late)??;
        *open = Some(sender);
        Ok(came)
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Stopped> {
        let failed = |why: &str| silent(&self.origin, why);
        let stream = tokio::time::timeout(TIME, TcpStream::connect((self.host.as_str(), self.port))).await;
        let stream = stream.map_err(|_| failed("no connection in time"))?.map_err(|e| failed(&e.to_string()))?;
        let _ = stream.set_nodelay(true);
        if !self.tls {
            let (sender, connection) =
                http1::handshake(TokioIo::new(stream)).await.map_err(|e| failed(&e.to_string()))?;
            tokio::spawn(connection);
            return Ok(sender);
        }
        let name = ServerName::try_from(self.host.clone()).map_err(|_| failed("its name is none"))?;
        let client = self.trust.client().await.ok_or_else(|| failed("no certificate authority is trusted"))?;
        let stream = TlsConnector::from(client).connect(name, stream).await.map_err(|e| failed(&e.to_string()))?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|e| failed(&e.to_string()))?;
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn read(&self, answer: Response<hyper::body::Incoming>) -> Result<Came, Stopped> {
        let text = |name: header::HeaderName| answer.headers().get(name).and_then(|value| value.to_str().ok());
        let (status, etag) = (answer.status().as_u16(), text(header::ETAG).map(str::to_owned));
        let retry_after = text(header::RETRY_AFTER).and_then(|text| text.parse().ok()).map(Duration::from_secs);
        let body = Limited::new(answer.into_body(), LARGEST).collect().await;
        let body = body.map_err(|error| silent(&self.origin, &error.to_string()))?.to_bytes();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap_or_default() };
        Ok(Came { status, etag, retry_after, body })
    }
}

pub(super) fn silent(origin: &str, why: &str) -> Stopped {
    Stopped::Silent(format!("{origin} does not answer: {why}"))
}

const TIME: Duration = Duration::from_mins(1);
/// Octets of an answer.
const LARGEST: usize = 64 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::Pin;
    use std::task::Poll;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// A connection that ends when a request is handed to it, before anything of it is sent: it is asked again on a new one.
    #[tokio::test]
    async fn a_request_of_which_nothing_was_sent_is_sent_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let peer = Peer::of(format!("http://{address}"), Arc::new(Trust::default())).unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        let (old, _) = listener.accept().await.unwrap();
        let (sender, mut connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        let mut is_new = true;
        tokio::spawn(poll_fn(move |context| {
            // It gets ready, and the next that happens to it is its end.
            if std::mem::take(&mut is_new) {
                Pin::new(&mut connection).poll(context).map(drop)
            } else {
                Poll::Ready(())
            }
        }));
        tokio::task::yield_now().await;
        *peer.open.lock().await = Some(sender);
        let server = tokio::spawn(async move {
            let (mut new, _) = listener.accept().await.unwrap();
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") {
                new.read_buf(&mut asked).await.unwrap();
            }
            new.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
            asked
        });
        let request = Http::get("/v1/x").body(Full::default()).unwrap();
        let came = peer.send(request).await.map_err(|stopped| stopped.to_string());
        assert_eq!(came.map(|came| came.status), Ok(200));
        assert!(server.await.unwrap().starts_with(b"GET /v1/x "));
        drop(old);
    }
}
