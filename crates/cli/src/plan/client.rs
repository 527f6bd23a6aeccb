//! The management API of a running server over HTTP: one connection that is kept, a token that is renewed, and patience where it is asked for.

use std::time::Duration;

use bytes::Bytes;
use engine::bootstrap::dev;
use engine::fetch::Trust;
use http_body_util::Full;
use hyper::Request as Http;
use hyper::header::{self, HeaderValue};
use plan::{Answer, Api, Request, Stopped};
use tokio::sync::Mutex;

use super::peer::{Peer, silent};
use crate::args::ServerArgs;
use crate::exit::Exit;
use crate::worker;

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
        let api = peer("--url", url, trust.clone())?;
        let auth = peer("--auth-url", args.auth_url.as_deref().unwrap_or(url), trust)?;
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
        let request = Http::post(format!("/{}/as/token", self.environment))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::AUTHORIZATION, worker::basic(&self.id, &self.secret))
            .body(Full::new(Bytes::from_static(b"grant_type=client_credentials")));
        let answer = self
            .auth
            .send(request.map_err(|_| silent(&self.auth.origin, "the worker's environment is no id"))?)
            .await?;
        let token = answer.body["access_token"].as_str().map(|token| HeaderValue::from_str(&format!("Bearer {token}")));
        if let Some(Ok(mut token)) = token {
            token.set_sensitive(true);
            *kept = Some(token.clone());
            return Ok(token);
        }
        let why = answer.body["error"].as_str().unwrap_or("no token");
        let (origin, status) = (&self.auth.origin, answer.status);
        let told = format!("{origin} gives the worker {} no token: it answered {status} {why}", self.id);
        Err(Stopped::Silent(told))
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
        let (mut renew, mut renewed, mut tries) = (false, false, 0);
        loop {
            let token = self.bearer(std::mem::take(&mut renew)).await?;
            let answer = self.api.send(Self::request(&request, token)?).await?;
            match answer.status {
                401 if !renewed => (renew, renewed) = (true, true),
                // It was not done, and may be in a while.
                429 | 503 if tries < TRIES => {
                    tries += 1;
                    // A token may end while it is waited.
                    renewed = false;
                    tokio::time::sleep(answer.retry_after.unwrap_or(PAUSE).min(LONGEST_PAUSE)).await;
                }
                _ => return Ok(Answer { status: answer.status, etag: answer.etag, body: answer.body }),
            }
        }
    }
}

fn peer(flag: &str, url: &str, trust: std::sync::Arc<Trust>) -> Result<Peer, Exit> {
    let seen = crate::config::shown(url);
    let wrong = || {
        Exit::Configuration(format!(
            "{flag} {seen} is not right: it must be an origin such as https://auth.example.com"
        ))
    };
    let origin = url.trim_end_matches('/');
    let origin = crate::config::origin(origin.strip_suffix("/v1").unwrap_or(origin)).ok_or_else(wrong)?;
    let peer = Peer::of(origin, trust).ok_or_else(wrong)?;
    // The worker's secret and its tokens go there.
    if peer.is_private() {
        Ok(peer)
    } else {
        Err(Exit::Configuration(format!("{flag} {seen} is not right: it must begin with https://")))
    }
}

const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
