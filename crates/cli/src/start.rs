//! What `dev` and `serve` have in common: from an application to a running server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use engine::housekeeping;
use engine::{App, Config};
use tower::Layer;
use web::health::{self, Check, Health};
use web::layers::Edge;
use web::layers::forwarded::Proxies;
use web::layers::rate::{FailureLimits, Failures};
use web::metrics::Metrics;
use web::server::{self, Limits, Listener, Shutdown};
use web::state::plain_cookies;
use web::tls::Tls;
use web::{Web, routes};

use crate::exit::Exit;

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

/// Opens the database and brings it to this version.
pub(crate) async fn open(url: &str, now: protocol::time::Time) -> Result<engine::bootstrap::Store, Exit> {
    let store =
        engine::bootstrap::Store::open(url, &engine::reads::Options::default()).map_err(|e| unavailable(url, &e))?;
    store.migrate(now).await.map_err(|e| unavailable(url, &e))?;
    Ok(store)
}

/// The URL is shown without what stands before its @: that is where passwords are.
pub(crate) fn unavailable(url: &str, error: &dyn std::fmt::Display) -> Exit {
    let shown = url.rsplit_once('@').map_or_else(|| url.to_owned(), |(_, host)| format!("postgres://…@{host}"));
    Exit::Unavailable(format!("the database {shown} is not available: {error}"))
}

/// Binds the public ports: done before anything is announced.
pub(crate) fn bind(ports: &Ports) -> Result<Vec<Listener>, Exit> {
    let bound = ports.public.iter().map(|address| {
        let listener = Listener::bind(*address).map_err(|error| Exit::Unavailable(error.to_string()))?;
        Ok(match &ports.tls {
            Some(tls) => listener.with_tls(tls.clone()),
            None => listener,
        })
    });
    bound.collect()
}

/// Serves until a signal ends it.
pub(crate) async fn run(
    app: Arc<App>,
    listeners: Vec<Listener>,
    ports: Ports,
    dev: Option<web::dev::Front>,
) -> Result<(), Exit> {
    let metrics = Arc::new(Metrics::new());
    let shutdown = Shutdown::new();
    tokio::spawn(shutdown.clone().on_signals(ports.notice));
    tokio::spawn(housekeeping::follow_changes(app.clone()));
    tokio::spawn(housekeeping::purge_expired(app.clone()));
    tokio::spawn(engine::rotation::finish_rotations(app.clone()));
    app.keys().make_ahead();
    if let Some(tls) = ports.tls.clone() {
        tokio::spawn(reload_on_hangup(tls));
    }
    let edge = edge(&app, &app.config, &metrics);
    if let Some(address) = ports.management {
        tokio::spawn(management(app.clone(), address, metrics.clone(), shutdown.clone(), &edge)?);
    }
    let state = Web {
        plain_cookies: plain_cookies(&app.config.public_url),
        metrics: metrics.clone(),
        failures: Failures::new(FailureLimits::default()),
        dev,
        app: app.clone(),
    };
    let limits = Limits { proxies: ports.proxies.nets().to_vec(), ..Limits::default() };
    let service = edge.behind(ports.proxies).layer(routes::router(Arc::new(state)));
    let ended = server::serve(listeners, service, limits, shutdown, metrics).await;
    // What was answered is recorded before the process ends.
    let closed = app.close().await;
    ended.map_err(|error| Exit::Failure(format!("the server ended: {error}")))?;
    closed.map_err(|error| Exit::Failure(format!("the database did not close: {error}")))
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
    app: Arc<App>,
    address: SocketAddr,
    metrics: Arc<Metrics>,
    shutdown: Shutdown,
    edge: &Edge,
) -> Result<impl Future<Output = ()> + Send + 'static, Exit> {
    let listener =
        Listener::bind(address).map_err(|error| Exit::Unavailable(format!("http.management_listen: {error}")))?;
    let audit = app.audit.clone();
    let health = Health {
        events_dropped: Arc::new(move || audit.dropped()),
        readiness: Arc::new(move || {
            let app = app.clone();
            Box::pin(async move { readiness(&app).await })
        }),
        started: Arc::new(std::sync::atomic::AtomicBool::new(true)),
        shutdown: shutdown.clone(),
        metrics: metrics.clone(),
        version: env!("CARGO_PKG_VERSION"),
    };
    let service = edge.layer(health::router(health));
    Ok(async move {
        if let Err(error) = server::serve(vec![listener], service, Limits::default(), shutdown, metrics).await {
            tracing::error!(%error, "the management listener ended");
        }
    })
}

async fn readiness(app: &App) -> Vec<Check> {
    let database = app.store.ping().await;
    let schema = app.store.check().await.is_ok_and(|pending| pending.is_current());
    vec![
        Check {
            name: "database",
            ok: database.is_ok(),
            detail: database.err().map_or_else(|| "answers".into(), |e| e.to_string()),
        },
        Check {
            name: "schema",
            ok: schema,
            detail: if schema { "current".into() } else { "not of this version".into() },
        },
    ]
}

async fn reload_on_hangup(tls: Tls) {
    let Ok(mut hangups) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()) else { return };
    while hangups.recv().await.is_some() {
        match tls.reload() {
            Ok(()) => tracing::info!("certificate reloaded"),
            Err(error) => tracing::error!(%error, "the certificate was not reloaded; the one before stays"),
        }
    }
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
        builder.json().init();
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

#[cfg(test)]
mod tests;
