//! The management API of a running server over HTTP: one connection that is kept, a token that is renewed, and patience where it is asked for.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use engine::bootstrap::dev;
use engine::fetch::Trust;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{self, HeaderValue};
use hyper::{Request as Http, Response};
use hyper_util::rt::TokioIo;
use plan::{Answer, Api, Request, Stopped};
use rustls_pki_types::ServerName;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_rustls::TlsConnector;

use crate::args::ServerArgs;
use crate::exit::Exit;

/// A server, and as whom it is asked.
pub(super) struct Client {
    api: Peer,
    auth: Peer,
    environment: String,
    id: String,
    secret: String,
    token: Mutex<Option<HeaderValue>>,
}

impl Client {
    pub(super) fn new(args: &ServerArgs) -> Result<Self, Exit> {
        let trust = match &args.ca {
            Some(file) => Trust::with(file)
                .map_err(|why| Exit::Configuration(format!("--ca {} is not right: {why}", file.display())))?,
            None => Trust::default(),
        };
        let trust = std::sync::Arc::new(trust);
        let url = args.url.as_deref().unwrap_or("http://localhost:8085");
        let api = Peer::of("--url", url, trust.clone())?;
        let auth = Peer::of("--auth-url", args.auth_url.as_deref().unwrap_or(url), trust)?;
        let secret = match &args.client_secret_file {
            Some(file) => std::fs::read_to_string(file)
                .map(|text| Some(text.trim_end_matches(['\r', '\n']).to_owned()))
                .map_err(|e| Exit::Configuration(format!("--client-secret-file {}: {e}", file.display())))?,
            None => std::env::var("GRANTOR_ADMIN_CLIENT_SECRET").ok(),
        };
        let (environment, id, secret) = match (&args.admin_environment, &args.client_id, secret) {
            (Some(environment), Some(id), Some(secret)) => (environment.clone(), id.clone(), secret),
            // Dev's worker is known to everybody, and to nobody but dev.
            (None, None, None) => {
                (dev::ADMIN_ENVIRONMENT.to_string(), dev::ADMIN_APPLICATION.to_string(), dev::ADMIN_SECRET.to_owned())
            }
            _ => {
                return Err(Exit::Configuration(
                    "the worker that administers is not whole: it takes --admin-environment, --client-id and \
                     --client-secret-file, or their variables GRANTOR_ADMIN_ENVIRONMENT_ID, GRANTOR_ADMIN_CLIENT_ID \
                     and GRANTOR_ADMIN_CLIENT_SECRET"
                        .into(),
                ));
            }
        };
        Ok(Self { api, auth, environment, id, secret, token: Mutex::default() })
    }

    /// The client id of the worker.
    pub(super) fn actor(&self) -> &str {
        &self.id
    }

    /// The worker's token, a new one where `renew` is said.
    async fn bearer(&self, renew: bool) -> Result<HeaderValue, Stopped> {
        let mut kept = self.token.lock().await;
        if let Some(token) = kept.as_ref().filter(|_| !renew) {
            return Ok(token.clone());
        }
        let basic = BASE64_STANDARD.encode(format!("{}:{}", self.id, self.secret));
        let request = Http::post(format!("/{}/as/token", self.environment))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::AUTHORIZATION, format!("Basic {basic}"))
            .body(Full::new(Bytes::from_static(b"grant_type=client_credentials")));
        let answer = self
            .auth
            .send(request.map_err(|_| silent(&self.auth.origin, "the worker's environment is no id"))?)
            .await?;
        let token = answer.body["access_token"].as_str().map(|token| HeaderValue::from_str(&format!("Bearer {token}")));
        match token {
            Some(Ok(mut token)) => {
                token.set_sensitive(true);
                *kept = Some(token.clone());
                Ok(token)
            }
            _ => Err(silent(
                &self.auth.origin,
                &format!("the worker {} gets no token: {} {}", self.id, answer.status, answer.body["error"]),
            )),
        }
    }

    fn request(request: &Request, token: HeaderValue) -> Result<Http<Full<Bytes>>, Stopped> {
        let mut http = Http::builder().method(request.method).uri(format!("/v1{}", request.path));
        http = http.header(header::AUTHORIZATION, token);
        if let Some(tag) = &request.if_match {
            http = http.header(header::IF_MATCH, tag);
        }
        let body = request.body.as_ref().map(|body| Bytes::from(body.to_string()));
        if body.is_some() {
            http = http.header(header::CONTENT_TYPE, "application/json");
        }
        let http = http.body(Full::new(body.unwrap_or_default()));
        http.map_err(|_| Stopped::Silent(format!("{} {} cannot be asked for", request.method, request.path)))
    }
}

impl Api for Client {
    async fn call(&self, request: Request) -> Result<Answer, Stopped> {
        let (mut renewed, mut tries) = (false, 0);
        loop {
            let token = self.bearer(renewed && tries == 0).await?;
            let answer = self.api.send(Self::request(&request, token)?).await?;
            match answer.status {
                401 if !renewed => renewed = true,
                // It was not done, and may be in a while.
                429 | 503 if tries < TRIES => {
                    tries += 1;
                    tokio::time::sleep(answer.retry_after.unwrap_or(PAUSE).min(LONGEST_PAUSE)).await;
                }
                _ => return Ok(Answer { status: answer.status, etag: answer.etag, body: answer.body }),
            }
        }
    }
}

/// An answer as it came.
struct Came {
    status: u16,
    etag: Option<String>,
    retry_after: Option<Duration>,
    body: Value,
}

/// The other side of a connection.
struct Peer {
    origin: String,
    tls: bool,
    host: String,
    port: u16,
    authority: String,
    trust: std::sync::Arc<Trust>,
    open: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

impl Peer {
    fn of(flag: &str, url: &str, trust: std::sync::Arc<Trust>) -> Result<Self, Exit> {
        let wrong = || {
            Exit::Configuration(format!(
                "{flag} {url} is not right: it must be an origin such as https://auth.example.com"
            ))
        };
        let url = url.trim_end_matches('/');
        let origin = crate::config::origin(url.strip_suffix("/v1").unwrap_or(url)).ok_or_else(wrong)?;
        let (tls, authority) = match origin.split_once("://") {
            Some(("https", authority)) => (true, authority.to_owned()),
            Some(("http", authority)) => (false, authority.to_owned()),
            _ => return Err(wrong()),
        };
        let usual = if tls { 443 } else { 80 };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host.to_owned(), port.parse().map_err(|_| wrong())?),
            _ => (authority.clone(), usual),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { origin, tls, host, port, authority, trust, open: Mutex::default() })
    }

    async fn send(&self, mut request: Http<Full<Bytes>>) -> Result<Came, Stopped> {
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
            let answer =
                sender.send_request(request).await.map_err(|error| silent(&self.origin, &error.to_string()))?;
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

fn silent(origin: &str, why: &str) -> Stopped {
    Stopped::Silent(format!("{origin} does not answer: {why}"))
}

const TIME: Duration = Duration::from_mins(1);
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// Octets of an answer.
const LARGEST: usize = 64 * 1024 * 1024;
