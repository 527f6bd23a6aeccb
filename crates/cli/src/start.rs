//! What `dev` and `serve` have in common: from an application to a running server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use engine::housekeeping;
use engine::reads::StoreError;
use engine::{App, Config, Failure};
use protocol::refusal::Reason;
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

use crate::exit::Exit;
use crate::signals::Signals;

/// Where a server listens.
#[derive(Debug)]
pub(crate) struct Ports {
    pub(crate) public: Vec<SocketAddr>,
    pub(crate) tls: Option<Tls>,
    /// Health and metrics.
    pub(crate) management: Option<SocketAddr>,
    /// Seconds between the signal and the closing of the port, so that load balancers notice.
    pub(crate) notice: Duration,
    /// Who may say where a request came from.
    pub(crate) proxies: Proxies,
}

impl Ports {
    /// Whether a certificate of a client can arrive.
    pub(crate) fn bring_certificates(&self) -> bool {
        self.tls.as_ref().is_some_and(Tls::asks) || self.proxies.hand_certificates_on()
    }
}

/// How a server runs, beside where it listens.
pub(crate) struct Manner {
    /// What `grantor dev` shows.
    pub(crate) front: Option<web::dev::Front>,
    /// What the pages link to.
    pub(crate) links: web::state::PageLinks,
    /// A line of the log for each request.
    pub(crate) requests: bool,
    /// Which hosts are answered for; None for any.
    pub(crate) hosts: Option<Hosts>,
    pub(crate) signals: Signals,
    pub(crate) shutdown: Shutdown,
}

/// From here on the server ends in order when it is asked to: done before anything is announced.
pub(crate) fn ending(ports: &Ports) -> Result<Shutdown, Exit> {
    let shutdown = Shutdown::new();
    let ending = shutdown.clone().on_signals(ports.notice);
    tokio::spawn(ending.map_err(|error| Exit::Failure(format!("signals cannot be taken: {error}")))?);
    Ok(shutdown)
}

/// Opens the database and brings it to this version.
pub(crate) async fn open(url: &str, now: protocol::time::Time) -> Result<engine::bootstrap::Store, Exit> {
    let store =
        engine::bootstrap::Store::open(url, &engine::reads::Options::default()).map_err(|e| unavailable(url, &e))?;
    store.migrate(now).await.map_err(|e| unavailable(url, &e))?;
    Ok(store)
}

/// Why a database cannot be used. The URL is shown without what stands before its @ and behind its ?: that is where passwords are.
pub(crate) fn unavailable(url: &str, error: &StoreError) -> Exit {
    let shown = match url.split_once("://").filter(|(scheme, _)| scheme.starts_with("postgres")) {
        Some((_, rest)) => {
            let server = rest.split('?').next().unwrap_or_default();
            // Where an @ comes only behind the ?, a password with an ? in it was not encoded.
            let bare = if rest.contains('@') { "" } else { server };
            format!("postgres://…@{}", server.rsplit_once('@').map_or(bare, |(_, host)| host))
        }
        None => url.to_owned(),
    };
    match error {
        StoreError::Unsuitable(what) => {
            let what = what.strip_prefix("the database URL is not right: ").unwrap_or(what);
            Exit::Configuration(format!("database.url is not right: {what}"))
        }
        // Nothing changes that by itself: whoever starts the server again and again only repeats it.
        StoreError::Corrupt(_) => Exit::Configuration(format!("the database {shown} cannot be used: {error}")),
        error => Exit::Unavailable(format!("the database {shown} is not available: {error}")),
    }
}

/// What the start made of the database did not work, or of what is in it: what another try may mend is told from what it does not.
pub(crate) fn failed(what: &str, failure: &Failure) -> Exit {
    match failure {
        Failure::Unavailable => Exit::Unavailable(format!("{what}: the database is not available")),
        // Another process did the same at the same moment.
        Failure::Refused(refused) if refused.reason == Reason::StateChanged => {
            Exit::Unavailable(format!("{what}: another process was first; the next start finds what it made"))
        }
        failure => Exit::Failure(format!("{what}: {:?}", failure.reason())),
    }
}

/// Ports that are taken.
pub(crate) struct Listeners {
    pub(crate) public: Vec<Listener>,
    management: Option<Listener>,
}

impl Listeners {
    /// The same, speaking https where there is a certificate.
    pub(crate) fn speaking(mut self, tls: Option<&Tls>) -> Self {
        if let Some(tls) = tls {
            self.public = self.public.into_iter().map(|listener| listener.with_tls(tls.clone())).collect();
        }
        self
    }
}

/// Binds all ports: done before anything is made or announced.
pub(crate) fn bind(ports: &Ports) -> Result<Listeners, Exit> {
    let public = ports.public.iter().map(|address| {
        let listener = listener("http.listen", *address)?;
        Ok(match &ports.tls {
            Some(tls) => listener.with_tls(tls.clone()),
            None => listener,
        })
    });
    let public = public.collect::<Result<_, Exit>>()?;
    let management = ports.management.map(|address| listener("http.management_listen", address)).transpose()?;
    Ok(Listeners { public, management })
}

fn listener(key: &str, address: SocketAddr) -> Result<Listener, Exit> {
    Listener::bind(address).map_err(|error| {
        let told = format!("{key}: {error}");
        // A port that is taken may be free at the next try; one that the process may not take is not.
        if error.is_forbidden() { Exit::Configuration(told) } else { Exit::Unavailable(told) }
    })
}

/// Serves until a signal ends it.
pub(crate) async fn run(app: Arc<App>, listeners: Listeners, ports: Ports, manner: Manner) -> Result<(), Exit> {
    let metrics = Arc::new(Metrics::new());
    let shutdown = manner.shutdown;
    tokio::spawn(housekeeping::follow_changes(app.clone()));
    tokio::spawn(housekeeping::purge_expired(app.clone()));
    tokio::spawn(housekeeping::tell_rest(app.clone()));
    tokio::spawn(engine::groups::fill_groups(app.clone()));
    tokio::spawn(engine::logout::tell_ended(app.clone()));
    tokio::spawn(engine::rotation::finish_rotations(app.clone()));
    tokio::spawn(keys_ahead(app.clone(), manner.front.is_some()));
    tokio::spawn(manner.signals.follow(ports.tls.clone()));
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
    ended.map_err(|error| Exit::Failure(format!("the server ended: {error}")))?;
    closed.map_err(|error| Exit::Failure(format!("the database did not close: {error}")))
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

/// Logs to standard error: text for people, JSON lines for programs.
pub(crate) fn log(json: bool) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    // Colours are for people, unless they said otherwise (no-color.org).
    let person = std::io::IsTerminal::is_terminal(&std::io::stderr()) && std::env::var_os("NO_COLOR").is_none();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(person)
        // Where nobody reads the log any more, a complaint about that would end the task that logs.
        .log_internal_errors(false);
    if json {
        // One object a line, its members those of the event: what collects logs looks no deeper.
        builder.json().flatten_event(true).with_current_span(false).with_span_list(false).init();
    } else {
        builder.with_target(false).init();
    }
    std::panic::set_hook(Box::new(report));
}

/// A panic says where, never what: its message may hold what a client sent.
fn report(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(event = "panic", place, thread = std::thread::current().name().unwrap_or_default(), "panicked");
}

/// As long as the tests of a program may take at most that start a server for it.
const A_TEST: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
