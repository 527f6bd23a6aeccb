//! From an application to a running server: what `grantor dev`, `grantor serve` and a test's own process have in common.

pub mod dev;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use engine::housekeeping;
use engine::{App, Config};
use tower::Layer;
use web::health::{self, Check, Health, Readiness};
use web::layers::Edge;
use web::layers::forwarded::Proxies;
use web::layers::hosts::Hosts;
use web::layers::rate::{FailureLimits, Failures};
use web::metrics::Metrics;
use web::server::{self, Limits, Listener, Shutdown};
use web::state::plain_cookies;
use web::tls::Tls;
use web::{Web, routes};

/// Where a server listens.
#[derive(Debug)]
pub struct Ports {
    pub public: Vec<SocketAddr>,
    pub tls: Option<Tls>,
    /// Health and metrics.
    pub management: Option<SocketAddr>,
    /// Seconds between the signal and the closing of the port, so that load balancers notice.
    pub notice: Duration,
    /// Who may say where a request came from.
    pub proxies: Proxies,
}

impl Ports {
    /// Whether a certificate of a client can arrive.
    pub fn bring_certificates(&self) -> bool {
        self.tls.as_ref().is_some_and(Tls::asks) || self.proxies.hand_certificates_on()
    }
}

/// How a server runs, beside where it listens.
#[derive(Debug)]
pub struct Manner {
    /// What `grantor dev` shows.
    pub front: Option<web::dev::Front>,
    /// What the pages link to.
    pub links: web::state::PageLinks,
    /// A line of the log for each request.
    pub requests: bool,
    /// Which hosts are answered for; None for any.
    pub hosts: Option<Hosts>,
    pub shutdown: Shutdown,
}

/// Why there is no server, or none any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// This process may not listen there, now and whenever it asks again.
    Forbidden(String),
    /// The port is taken, and may be free at the next try.
    Taken(String),
    /// It ended otherwise than it was asked to.
    Ended(String),
}

/// Ports that are taken.
#[derive(Debug)]
pub struct Listeners {
    pub public: Vec<Listener>,
    management: Option<Listener>,
}

impl Listeners {
    /// The same, speaking https where there is a certificate.
    #[must_use]
    pub fn speaking(mut self, tls: Option<&Tls>) -> Self {
        if let Some(tls) = tls {
            self.public = self.public.into_iter().map(|listener| listener.with_tls(tls.clone())).collect();
        }
        self
    }
}

/// Binds all ports: done before anything is made or announced.
pub fn bind(ports: &Ports) -> Result<Listeners, Fault> {
    let public = ports.public.iter().map(|address| {
        let listener = listener("http.listen", *address)?;
        Ok(match &ports.tls {
            Some(tls) => listener.with_tls(tls.clone()),
            None => listener,
        })
    });
    let public = public.collect::<Result<_, Fault>>()?;
    let management = ports.management.map(|address| listener(MANAGEMENT, address)).transpose()?;
    Ok(Listeners { public, management })
}

fn listener(key: &str, address: SocketAddr) -> Result<Listener, Fault> {
    Listener::bind(address).map_err(|error| {
        let option = if key == MANAGEMENT { "--management-listen" } else { "--listen" };
        let told = format!("{key}: {error} ({option} says another; port 0 takes one that is free)");
        // A port that is taken may be free at the next try; one that the process may not take is not.
        if error.is_forbidden() { Fault::Forbidden(told) } else { Fault::Taken(told) }
    })
}

/// Serves until the shutdown is asked for.
pub async fn run(app: Arc<App>, listeners: Listeners, ports: Ports, manner: Manner) -> Result<(), Fault> {
    let metrics = Arc::new(Metrics::new());
    let shutdown = manner.shutdown;
    tokio::spawn(housekeeping::follow_changes(app.clone()));
    tokio::spawn(housekeeping::purge_expired(app.clone()));
    tokio::spawn(housekeeping::tell_rest(app.clone()));
    tokio::spawn(engine::groups::fill_groups(app.clone()));
    tokio::spawn(engine::logout::tell_ended(app.clone()));
    tokio::spawn(engine::rotation::finish_rotations(app.clone()));
    tokio::spawn(keys_ahead(app.clone(), manner.front.is_some()));
    let edge = edge(&app, &app.config, &metrics);
    if let Some(listener) = listeners.management {
        tokio::spawn(management(&app, listener, metrics.clone(), shutdown.clone(), &edge));
    }
    let state = Web {
        plain_cookies: plain_cookies(&app.config.public_url),
        metrics: metrics.clone(),
        failures: Failures::new(FailureLimits { names: app.config.allowance.failed_names, ..FailureLimits::default() }),
        dev: manner.front,
        links: manner.links,
        app: app.clone(),
    };
    let limits = limits(&ports);
    let edge = if manner.requests { edge.logging() } else { edge };
    let edge = manner.hosts.into_iter().fold(edge.admitting(app.clone()), Edge::for_hosts);
    // Where there is no management listener, whoever starts a server for a test asks at its own port.
    let probes = state.dev.is_some().then(|| health::probes(ready(&app), shutdown.clone()));
    let router = routes::router(Arc::new(state));
    let router = probes.into_iter().fold(router, |router, probes| router.merge(probes));
    let service = edge.behind(ports.proxies).layer(router);
    let ended = server::serve(listeners.public, service, limits, shutdown, metrics).await;
    // What was answered is recorded before the process ends.
    let closed = app.close().await;
    ended.map_err(|error| Fault::Ended(format!("the server ended: {error}")))?;
    closed.map_err(|error| Fault::Ended(format!("the database did not close: {error}")))
}

/// Keeps signing keys ready. On a developer's server not before those who start it for one test are gone: it takes seconds of a core.
async fn keys_ahead(app: Arc<App>, developer: bool) {
    if developer {
        tokio::time::sleep(A_TEST).await;
    }
    app.keys().make_ahead();
}

/// As many connections as there may be descriptors.
fn limits(ports: &Ports) -> Limits {
    let wanted = Limits { proxies: ports.proxies.nets().to_vec(), ..Limits::default() };
    let Some(descriptors) = engine::descriptors::raise() else { return wanted };
    let limits = wanted.clone().within(descriptors);
    if limits.connections < wanted.connections {
        let (connections, wanted) = (limits.connections, wanted.connections);
        tracing::warn!(
            descriptors,
            connections,
            wanted,
            "the hard limit of open files leaves room for few connections"
        );
    }
    limits
}

fn edge(app: &Arc<App>, config: &Config, metrics: &Arc<Metrics>) -> Edge {
    let world = app.world.clone();
    let new_id = Arc::new(move || {
        let mut bytes = [0; 10];
        world.fill(&mut bytes);
        let millis = u64::try_from(world.now().millis()).unwrap_or_default();
        // RFC 9562 §5.7: correlation ids grow with time, so their index does not scatter its pages.
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    });
    Edge::new(config.public_url.starts_with("https://"), new_id, metrics.clone()).recording(app.clone())
}

/// The management listener: health for whoever watches, metrics for whoever counts.
fn management(
    app: &Arc<App>,
    listener: Listener,
    metrics: Arc<Metrics>,
    shutdown: Shutdown,
    edge: &Edge,
) -> impl Future<Output = ()> + Send + 'static {
    let audit = app.audit.clone();
    let (turned_away, most, notices) = (app.clone(), app.clone(), app.clone());
    let health = Health {
        events_dropped: Arc::new(move || audit.dropped()),
        turned_away: Arc::new(move || {
            turned_away.turned_away().into_iter().map(|(what, by, total)| (what, by.name(), total)).collect()
        }),
        most_turned_away: Arc::new(move || {
            let most = most.most_turned_away().into_iter();
            most.map(|(what, claim, total)| (what, claim.environment.to_string(), claim.source.to_string(), total))
                .collect()
        }),
        logout_notices: Arc::new(move || notices.logouts.outcomes()),
        readiness: ready(app),
        started: Arc::new(std::sync::atomic::AtomicBool::new(true)),
        shutdown: shutdown.clone(),
        metrics: metrics.clone(),
        version: env!("CARGO_PKG_VERSION"),
    };
    let service = edge.layer(health::router(health));
    async move {
        if let Err(error) = server::serve(vec![listener], service, Limits::default(), shutdown, metrics).await {
            tracing::error!(%error, "the management listener ended");
        }
    }
}

fn ready(app: &Arc<App>) -> Readiness {
    let app = app.clone();
    Arc::new(move || {
        let app = app.clone();
        Box::pin(async move { readiness(&app).await })
    })
}

async fn readiness(app: &App) -> Vec<Check> {
    let (database, schema) = tokio::join!(app.store.ping(), app.store.check());
    let schema = schema.is_ok_and(|pending| pending.is_current());
    vec![
        Check {
            name: "database",
            ok: database.is_ok(),
            detail: database.err().map_or_else(|| "answers and takes writes".into(), |e| e.to_string()),
        },
        Check {
            name: "schema",
            ok: schema,
            detail: if schema { "current".into() } else { "not of this version".into() },
        },
    ]
}

/// As long as the tests of a program may take at most that start a server for it.
const A_TEST: Duration = Duration::from_secs(5);

const MANAGEMENT: &str = "http.management_listen";
