//! The two ways to the server: through its service, or through a socket.

use std::fmt;
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::HeaderValue;
use http::header::{CONTENT_TYPE, HOST};
use http_body_util::BodyExt as _;
use protocol::mutual_tls::Sent;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tower::ServiceExt as _;
use web::layers::AtEdge;

use crate::answer::Answer;
use crate::request::Request;

/// Where requests go, and the origins under which the server is known.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub(crate) way: Way,
    /// Such as `http://localhost:41235`.
    pub(crate) origin: String,
    pub(crate) api: String,
}

#[derive(Clone)]
pub(crate) enum Way {
    /// In this process: everything from the edge inwards.
    Service(AtEdge<axum::Router>),
    /// Over TCP: connections, framing and limits as well.
    Socket(reqwest::Client),
}

impl Wire {
    pub(crate) async fn send(&self, request: Request) -> Answer {
        let path = self.path(&request.target).to_owned();
        match &self.way {
            Way::Service(service) => self.call(service.clone(), &path, request).await,
            Way::Socket(http) => self.transmit(http, &path, request).await,
        }
    }

    /// The path and query of an address of this server.
    pub(crate) fn path<'a>(&self, address: &'a str) -> &'a str {
        let found = [&self.origin, &self.api].into_iter().find_map(|origin| address.strip_prefix(origin.as_str()));
        found.filter(|path| path.starts_with('/')).unwrap_or(address)
    }

    async fn call(&self, service: AtEdge<axum::Router>, path: &str, request: Request) -> Answer {
        let mut sent = http::Request::new(Body::from(request.body.unwrap_or_default()));
        *sent.method_mut() = request.method;
        *sent.uri_mut() = path.parse().unwrap_or_else(|e| panic!("{path} is no target: {e}"));
        *sent.headers_mut() = request.headers;
        let host = self.origin.split("//").nth(1).unwrap_or_default();
        sent.headers_mut().entry(HOST).or_insert_with(|| HeaderValue::from_str(host).unwrap());
        sent.extensions_mut().insert(ConnectInfo(SocketAddr::from((request.source, PORT))));
        if request.certificate != Sent::None {
            sent.extensions_mut().insert(request.certificate);
        }
        let (parts, body) = service.oneshot(sent).await.unwrap().into_parts();
        let octets = body.collect().await.unwrap().to_bytes();
        // What is no text is a file.
        let binary = parts.headers.get(CONTENT_TYPE).is_some_and(|media| FILES.iter().any(|file| media == file));
        assert!(binary || std::str::from_utf8(&octets).is_ok(), "{octets:?}");
        let text = String::from_utf8_lossy(&octets).into_owned();
        Answer::new(parts.status.as_u16(), parts.headers, text)
    }

    async fn transmit(&self, http: &reqwest::Client, path: &str, request: Request) -> Answer {
        assert!(request.source.is_loopback(), "a socket has the source it has");
        assert_eq!(request.certificate, Sent::None, "a socket without TLS shows no certificate");
        let mut sent = reqwest::Request::new(request.method, format!("{}{path}", self.origin).parse().unwrap());
        *sent.headers_mut() = request.headers;
        *sent.body_mut() = request.body.map(Into::into);
        let response = http.execute(sent).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer::new(status, headers, response.text().await.unwrap())
    }
}

/// The media types of answers in octets of their own.
const FILES: [&str; 2] = ["application/pkcs10", "application/x-pkcs7-certificates"];

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Service(_) => "Service",
            Self::Socket(_) => "Socket",
        })
    }
}

/// Sends bytes as they are and reads until the server closes.
pub(crate) async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Of the clients that have no socket.
const PORT: u16 = 4711;
