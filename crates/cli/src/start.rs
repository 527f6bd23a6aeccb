//! What `dev` and `serve` have in common: the database, the signals and the log of a running server.

use std::sync::Arc;

use engine::reads::StoreError;
use engine::{App, Failure};
use protocol::refusal::Reason;
use serving::{Fault, Listeners, Manner, Ports};
use web::server::Shutdown;

use crate::exit::Exit;
use crate::signals::Signals;

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

/// Binds all ports: done before anything is made or announced.
pub(crate) fn bind(ports: &Ports) -> Result<Listeners, Exit> {
    serving::bind(ports).map_err(ended)
}

/// Serves until a signal ends it.
pub(crate) async fn run(
    app: Arc<App>,
    listeners: Listeners,
    ports: Ports,
    manner: Manner,
    signals: Signals,
) -> Result<(), Exit> {
    tokio::spawn(signals.follow(ports.tls.clone()));
    serving::run(app, listeners, ports, manner).await.map_err(ended)
}

fn ended(fault: Fault) -> Exit {
    match fault {
        Fault::Forbidden(why) => Exit::Configuration(why),
        Fault::Taken(why) => Exit::Unavailable(why),
        Fault::Ended(why) => Exit::Failure(why),
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

#[cfg(test)]
mod tests;
