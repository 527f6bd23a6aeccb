//! A tenant's management API, read by a worker of it: patiently, and only where it was named.

use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::App;
use engine::fetch::{Answer, Method, Outgoing, Question, Unfetched};
use protocol::id::EnvironmentId;
use protocol::outgoing::Allowed;
use protocol::secret::Secret;
use serde_json::{Map, Value};

use crate::args::PingOneArgs;
use crate::config::shown;
use crate::exit::Exit;
use crate::import::on_the_way;
use crate::{outbound, work, worker};

/// What answers.
pub(super) struct Tenant {
    outgoing: Arc<Outgoing>,
    environment: EnvironmentId,
    /// Without a slash at its end.
    api: String,
    token_url: String,
    client_id: String,
    secret: Secret,
    token: Option<(Secret, Instant)>,
}

/// What a reading came to.
pub(super) enum Found {
    Body(Value),
    /// The worker may not, or it is not there.
    Not(u16),
}

impl Tenant {
    /// The environment, as the worker of that or another one reads it.
    ///
    /// # Errors
    /// 78 for an address that is none, and without a secret.
    pub(super) fn new(
        app: &Arc<App>,
        args: &PingOneArgs,
        (environment, worker): (EnvironmentId, EnvironmentId),
    ) -> Result<Self, Exit> {
        let api = args.url.trim_end_matches('/').trim_end_matches("/v1").to_owned();
        let auth = match &args.auth_url {
            Some(auth) => auth.trim_end_matches('/').to_owned(),
            None => api.replacen("://api.", "://auth.", 1),
        };
        let token_url = format!("{auth}/{worker}/as/token");
        let secret = match (&args.client_secret_file, &args.client_secret) {
            (Some(file), _) => std::fs::read_to_string(file)
                .map_err(|error| Exit::Configuration(format!("{} cannot be read: {error}", file.display())))?
                .trim()
                .to_owned(),
            (None, Some(secret)) => secret.clone(),
            (None, None) => {
                let what =
                    "the worker's secret is missing: --client-secret-file, or the variable PINGONE_CLIENT_SECRET";
                return Err(Exit::Configuration(what.into()));
            }
        };
        let mut outbound = outbound::outbound(&work::settings(&args.bring.on)?)?;
        for address in [&api, &auth] {
            // The operator named it: it may be in their own network. What is not encrypted stays on this machine.
            let host = host(address)
                .ok_or_else(|| Exit::Configuration(format!("{} is not the address of a server", shown(address))))?;
            let here = worker::is_here(host);
            if !address.starts_with("https://") && !here {
                return Err(Exit::Configuration(format!(
                    "{} is not right: it must begin with https://",
                    shown(address)
                )));
            }
            outbound.policy.plain_http |= here;
            outbound.policy.allowed.extend(Allowed::parse(host.trim_matches(['[', ']'])));
        }
        outbound.timeout = TIMEOUT;
        let outgoing = Outgoing::new(app.world.clone(), outbound);
        let (client_id, secret) = (args.client_id.clone(), Secret::new(secret));
        Ok(Self { outgoing, environment, api, token_url, client_id, secret, token: None })
    }

    /// Finds that the environment is there.
    ///
    /// # Errors
    /// 1 where it is not, or not for the worker; of one that must not read it, its lists may tell.
    pub(super) async fn find(&mut self) -> Result<(), Exit> {
        match self.read("").await? {
            Found::Not(404) => Err(Exit::Failure(format!(
                "the tenant shows the worker no environment {}: status 404",
                self.environment
            ))),
            _ => Ok(()),
        }
    }

    /// Reads what is at a path below the environment.
    ///
    /// # Errors
    /// 69 for a tenant that does not answer, 1 for one that does not let the worker in.
    pub(super) async fn read(&mut self, path: &str) -> Result<Found, Exit> {
        let url = format!("{}/v1/environments/{}{path}", self.api, self.environment);
        self.at(&url).await
    }

    /// Reads the page that a link names: at the tenant that was named, whatever host stands there.
    pub(super) async fn follow(&mut self, link: &str) -> Result<Found, Exit> {
        let path = link.find("/v1/").and_then(|at| link.get(at..));
        let path = path.ok_or_else(|| Exit::Failure("the tenant links a page that is none of its own".into()))?;
        let url = format!("{}{path}", self.api);
        self.at(&url).await
    }

    async fn at(&mut self, url: &str) -> Result<Found, Exit> {
        let mut renewed = false;
        loop {
            let bearer = format!("Bearer {}", self.token().await?.expose());
            let answer = self.patiently(Method::Get, url, &bearer, "").await?;
            match answer.status {
                200 => {
                    let body = serde_json::from_slice(&answer.body);
                    return body.map(Found::Body).map_err(|_| Exit::Failure("the tenant answers no JSON".into()));
                }
                401 if !renewed => {
                    renewed = true;
                    self.token = None;
                }
                status @ (403 | 404) => return Ok(Found::Not(status)),
                status => return Err(Exit::Failure(format!("the tenant answers with status {status}"))),
            }
        }
    }

    /// A token of the worker, a new one before the last ends.
    async fn token(&mut self) -> Result<Secret, Exit> {
        if let Some((token, until)) = &self.token
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        let basic = worker::basic(&self.client_id, self.secret.expose());
        let (url, form) = (self.token_url.clone(), "grant_type=client_credentials");
        let answer = self.patiently(Method::Post, &url, &basic, form).await?;
        let body: Map<String, Value> = serde_json::from_slice(&answer.body).unwrap_or_default();
        let Some(token) = body.get("access_token").and_then(Value::as_str).filter(|_| answer.status == 200) else {
            return Err(Exit::Failure(format!("the tenant gives the worker no token: status {}", answer.status)));
        };
        let lives = body.get("expires_in").and_then(Value::as_u64).unwrap_or(60);
        let until = Instant::now() + Duration::from_secs(lives.saturating_sub(30).max(5));
        let token = Secret::new(token.to_owned());
        self.token = Some((token.clone(), until));
        Ok(token)
    }

    /// Asks again where the tenant is busy or does not answer, as late as it says, and not for ever.
    async fn patiently(&self, method: Method, url: &str, authorization: &str, form: &str) -> Result<Answer, Exit> {
        let mut attempt = 0;
        loop {
            let authorization = Secret::new(authorization.to_owned());
            let question = Question { method, url, authorization, form, largest: LARGEST };
            let came = self.outgoing.ask(self.environment, question).await;
            let again = match &came {
                Ok(answer) => matches!(answer.status, 429 | 500 | 502 | 503 | 504),
                Err(unfetched) => matches!(unfetched, Unfetched::Crowded | Unfetched::Unreachable | Unfetched::Late),
            };
            if !again || attempt == ATTEMPTS {
                return came.map_err(|unfetched| Exit::Unavailable(format!("the tenant cannot be asked: {unfetched}")));
            }
            let told = came.ok().and_then(|answer| answer.retry_after).and_then(|told| told.parse::<u64>().ok());
            let seconds = told.unwrap_or(1 << attempt).clamp(1, LONGEST_PAUSE);
            attempt += 1;
            on_the_way(&format!("the tenant is busy: asked again in {seconds} s"));
            tokio::time::sleep(Duration::from_secs(seconds)).await;
        }
    }
}

fn host(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    if let Some(end) = rest.strip_prefix('[').and_then(|rest| rest.find(']')) {
        return rest.get(..end + 2);
    }
    rest.split([':', '/', '?', '#', '@']).next().filter(|host| !host.is_empty() && !rest.contains('@'))
}

/// For one answer.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Octets of a page of a thousand.
const LARGEST: usize = 32 << 20;
const ATTEMPTS: u32 = 6;
/// In seconds.
const LONGEST_PAUSE: u64 = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_what_stands_before_its_port() {
        for (address, found) in [
            ("https://api.pingone.eu", Some("api.pingone.eu")),
            ("http://127.0.0.1:8085/x", Some("127.0.0.1")),
            ("http://[::1]:8085", Some("[::1]")),
            ("https://u:p@host", None),
            ("https://", None),
            ("api.pingone.eu", None),
        ] {
            assert_eq!(host(address), found, "{address}");
        }
    }
}
