//! Requests that this server sends on somebody else's word: documents that are fetched and kept, notices that are sent.
//!
//! The only way out. An address passes `protocol::outgoing` first, then each of these holds: a redirect is not followed, a
//! body has a limit and is not decompressed, everything together takes [`Outbound::timeout`] at most, an environment has few
//! requests under way and waits [`Outbound::patience`] for its turn ([`admission::Gate`]), and a document is asked for once, however
//! many wait for it ([`cache`]).

mod age;
mod cache;
mod freshness;
mod question;
mod trust;

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use admission::{Bounds, Claim, Gate, Place, Seats};
use jose::Jwks;
use protocol::id::EnvironmentId;
use protocol::outgoing::{Checked, Policy, Target, Unfit};
use protocol::secret::Secret;

use crate::controls::Controls;
use crate::world::SharedWorld;
use cache::Cache;

pub use freshness::Freshness;
pub use question::Question;
pub use trust::{Trust, TrustError};

/// What the operator decided about requests that leave the server.
#[derive(Clone, Debug)]
pub struct Outbound {
    pub policy: Policy,
    /// Whose certificates are believed.
    pub trust: Arc<Trust>,
    /// Host and port of an HTTP proxy; no environment variable names one (the `httpoxy` class of faults).
    pub proxy: Option<(String, u16)>,
    /// For looking up, connecting, sending and reading together.
    pub timeout: Duration,
    /// For its turn, before any of that.
    pub patience: Duration,
}

/// The shape in which a document must come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Expected {
    /// Media types without parameters, in lower case.
    pub media: &'static [&'static str],
    /// Bytes of the body.
    pub largest: usize,
    /// Whether 404 and 410 say that there is none any more: what is kept of it is then forgotten, without grace.
    pub withdrawn: bool,
}

/// What is kept of a document now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// Nothing that could be answered.
    Nothing,
    /// [`Outgoing::document`] asks nobody: it is fresh, it failed a moment ago, or somebody asks already.
    Current,
    /// It is to be asked for again, and serves meanwhile ([`Freshness::grace`]).
    Stale(Arc<Document>),
}

/// What the caller knows about the document that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing: whatever is fresh will do.
    Kept,
    /// It lacks something, for instance the key that a token names. It is fetched again unless that was done a moment ago
    /// ([`Freshness::floor`]), so that made-up key ids cannot turn this server on somebody.
    Newer,
}

/// A document as it came.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// Without parameters, in lower case.
    pub media: String,
    pub body: Vec<u8>,
    /// The key set that it is, once somebody asked for it as one.
    keys: OnceLock<KeySet>,
}

/// A set of keys, or why there is none.
pub type KeySet = Arc<Result<Jwks, String>>;

/// What is sent to somebody who asked for it (back-channel logout, a ping of CIBA).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub media: &'static str,
    /// A logout token opens nothing, but tells who signed off where.
    pub body: Secret,
    /// A bearer token that the receiver gave (CIBA §10.2).
    pub bearer: Option<Secret>,
}

/// One request that may leave, with everything the world needs to send it. Only this module makes one.
#[derive(Clone)]
pub struct Call {
    to: Checked,
    method: Method,
    /// The values may be bearer strings.
    headers: Vec<(&'static str, Secret)>,
    body: Secret,
    largest: usize,
    trust: Arc<Trust>,
    proxy: Option<(String, u16)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

/// What came back. The body is not longer than [`Call::largest`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// As received.
    pub media: Option<String>,
    pub etag: Option<String>,
    pub cache_control: Option<String>,
    pub retry_after: Option<String>,
    pub body: Vec<u8>,
}

/// Why there is no document. Nothing in it was chosen by the other side but the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfetched {
    Unfit(Unfit),
    /// It did not leave: too many others were under way. It tells nothing of the address, so it is not remembered.
    Crowded,
    /// No connection, no TLS, or no HTTP.
    Unreachable,
    Late,
    /// The head or the body is beyond its limit, or the body is compressed.
    TooLarge,
    /// Not 200; redirects are among these.
    Status(u16),
    /// Another media type than expected.
    Media,
}

/// The requests of this node.
pub struct Outgoing {
    world: SharedWorld,
    /// What is kept grows old by the clock of the environment that it is for.
    controls: Option<Arc<Controls>>,
    outbound: Outbound,
    freshness: Freshness,
    gate: Arc<Gate>,
    cache: Cache,
}

impl Outgoing {
    pub fn new(world: SharedWorld, outbound: Outbound) -> Arc<Self> {
        Self::timed(world, outbound, None)
    }

    pub(crate) fn timed(world: SharedWorld, outbound: Outbound, controls: Option<Arc<Controls>>) -> Arc<Self> {
        Arc::new(Self {
            gate: Gate::new(SEATS, WAITING, outbound.patience),
            world,
            controls,
            outbound,
            freshness: Freshness::default(),
            cache: Cache::default(),
        })
    }

    /// The document at `url`, from memory or fetched for `environment`. Callers that want the same one share a request.
    ///
    /// # Errors
    /// [`Unfetched`]; but for [`Unfetched::Crowded`] it is remembered for [`Freshness::failure`].
    pub async fn document(
        self: &Arc<Self>,
        environment: EnvironmentId,
        url: &str,
        expected: Expected,
        wanted: Wanted,
    ) -> Result<Arc<Document>, Unfetched> {
        let target = Target::read(url, &self.outbound.policy).map_err(Unfetched::Unfit)?;
        let entry = self.cache.entry(environment, target.as_str(), expected);
        // Whoever waits for somebody outside leaves the turn at the processor to others, and so do those who wait for the same.
        let mut entry = match entry.clone().try_lock_owned() {
            Ok(entry) => entry,
            Err(_) => admission::reading(entry.lock_owned()).await,
        };
        if let Some(kept) = entry.usable(self.now(environment), wanted, &self.freshness) {
            return kept;
        }
        let outgoing = self.clone();
        let claim = claim(environment);
        // A task of its own: when whoever asked is gone, those who wait get the answer all the same.
        let flight = tokio::spawn(async move {
            let headers = entry.conditional(expected).into_iter().map(|(name, value)| (name, Secret::new(value)));
            let call = (Method::Get, headers.collect(), Secret::new(String::new()));
            let came = outgoing.send(claim, target, call, expected.largest).await;
            entry.learn(came, expected, outgoing.now(environment), &outgoing.freshness)
        });
        admission::reading(flight).await.unwrap_or(Err(Unfetched::Unreachable))
    }

    /// Which addresses may be called.
    pub fn policy(&self) -> &Policy {
        &self.outbound.policy
    }

    /// Sends a notice for `environment` and returns the status of the answer, whatever it is. What the receiver says beside
    /// it is not waited for: the notice was delivered with the head.
    ///
    /// # Errors
    /// [`Unfetched`]; nothing is remembered.
    pub async fn notify(&self, environment: EnvironmentId, url: &str, notice: Notice) -> Result<u16, Unfetched> {
        let target = Target::read(url, &self.outbound.policy).map_err(Unfetched::Unfit)?;
        let mut headers = vec![("content-type", Secret::new(notice.media.to_owned()))];
        let bearer = |token: Secret| Secret::new(format!("Bearer {}", token.expose()));
        headers.extend(notice.bearer.map(|token| ("authorization", bearer(token))));
        let call = (Method::Post, headers, notice.body);
        Ok(self.send(claim(environment), target, call, 0).await?.status)
    }

    /// How many requests did not leave because of a bound of this kind.
    pub fn turned_away(&self, by: admission::Level) -> u64 {
        self.gate.turned_away(by)
    }

    async fn send(
        &self,
        claim: Claim,
        target: Target,
        (method, headers, body): (Method, Vec<(&'static str, Secret)>, Secret),
        largest: usize,
    ) -> Result<Answer, Unfetched> {
        let Outbound { policy, trust, proxy, timeout, .. } = &self.outbound;
        let admitted = Arc::new(self.gate.enter(claim).await.map_err(|_| Unfetched::Crowded)?);
        let work = async {
            let resolved = match target.name() {
                Some(name) => {
                    let found = self.look_up(name.to_owned(), admitted.clone()).await;
                    found.map_err(|_| Unfetched::Unfit(Unfit::Unknown))?
                }
                None => Vec::new(),
            };
            let to = target.admit(&resolved, policy).map_err(Unfetched::Unfit)?;
            let (trust, proxy) = (trust.clone(), proxy.clone());
            self.world.fetch(Call { to, method, headers, body, largest, trust, proxy }).await
        };
        tokio::time::timeout(*timeout, work).await.unwrap_or(Err(Unfetched::Late))
    }

    /// The operating system's look-up holds a thread until it ends, whoever still waits for it: so long it holds its room too.
    async fn look_up(&self, name: String, admitted: Arc<Place>) -> Result<Vec<IpAddr>, Unfetched> {
        let world = self.world.clone();
        let looking = tokio::spawn(async move {
            let found = world.resolve(name).await;
            drop(admitted);
            found
        });
        looking.await.unwrap_or(Err(Unfetched::Unreachable))
    }
}

impl Document {
    /// The document as a key set, parsed the first time alone.
    pub fn keys(&self) -> KeySet {
        let parse = || Arc::new(Jwks::parse(&self.body).map_err(|error| error.to_string()));
        self.keys.get_or_init(parse).clone()
    }
}

/// What is parsed follows from what came.
impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        (&self.media, &self.body) == (&other.media, &other.body)
    }
}

impl Eq for Document {}

/// Whose word a request leaves on.
fn claim(environment: EnvironmentId) -> Claim {
    Claim { environment: environment.uuid(), ..admission::asking() }
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outgoing").field("outbound", &self.outbound).finish_non_exhaustive()
    }
}

impl Outbound {
    /// For a developer's server: `http` will do, and so will this machine.
    pub fn developer() -> Self {
        use protocol::outgoing::Allowed;
        let here = ["localhost", "127.0.0.0/8", "::1"].iter().filter_map(|entry| Allowed::parse(entry));
        Self { policy: Policy { plain_http: true, allowed: here.collect() }, ..Self::default() }
    }
}

impl Default for Outbound {
    fn default() -> Self {
        Self { policy: Policy::default(), trust: Arc::default(), proxy: None, timeout: TIMEOUT, patience: PATIENCE }
    }
}

impl Expected {
    fn takes(&self, media: Option<&str>) -> Option<String> {
        let essence = media?.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        self.media.contains(&essence.as_str()).then_some(essence)
    }
}

impl Call {
    pub fn to(&self) -> &Checked {
        &self.to
    }

    pub fn method(&self) -> Method {
        self.method
    }

    /// Besides those that every request has.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.headers.iter().map(|(name, value)| (*name, value.expose()))
    }

    pub fn body(&self) -> &str {
        self.body.expose()
    }

    /// Bytes of the answer's body that are read; of the answer to a notice none are.
    pub fn largest(&self) -> usize {
        self.largest
    }

    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    pub fn proxy(&self) -> Option<(&str, u16)> {
        self.proxy.as_ref().map(|(host, port)| (host.as_str(), *port))
    }
}

/// Where it goes and what it names, never what it carries.
impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.headers().map(|(name, _)| name).collect();
        f.debug_struct("Call")
            .field("to", &self.to.host())
            .field("method", &self.method)
            .field("headers", &names)
            .finish_non_exhaustive()
    }
}

impl Method {
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

impl std::fmt::Display for Unfetched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unfit(unfit) => unfit.fmt(f),
            Self::Crowded => f.write_str("too many requests to other servers are under way"),
            Self::Unreachable => f.write_str("the address could not be reached"),
            Self::Late => f.write_str("the address did not answer in time"),
            Self::TooLarge => f.write_str("the answer is larger than it may be, or compressed"),
            Self::Status(status) => write!(f, "the address answered with status {status}"),
            Self::Media => f.write_str("the answer has another media type than it should have"),
        }
    }
}

impl std::error::Error for Unfetched {}

/// Few for an environment, and more in all than any few environments can use.
const SEATS: Seats = Seats { all: 64, reserved: 16, environment: 8, net: 16, source: 16 };
const WAITING: Bounds = Bounds { all: 256, environment: 64, net: 64, source: 64, alone: 128 };
const TIMEOUT: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(2);
