//! The one exit: an endpoint can answer only with [`Finished`], and only `finish` makes one, after the commit.

use protocol::audit::Event;
use protocol::change::Change;
use protocol::id::ActivityId;
use protocol::refusal::Refused;
use store::StoreError;

use crate::app::App;
use crate::failure::Failure;

/// A decision: the value to answer with, and the changes that make it true.
#[derive(Debug)]
pub struct Granted<T> {
    pub value: T,
    pub changes: Vec<Change>,
    pub event: Event,
}

/// A decision against the request. It may still change something: the replay of a code revokes what the code gave.
#[derive(Debug)]
pub struct Denied {
    pub refused: Refused,
    pub changes: Vec<Change>,
    pub event: Event,
}

/// An outcome whose event and changes are on disk. Nobody can forget the audit, because nothing else can be answered.
#[derive(Debug)]
pub struct Finished<T>(Result<T, Failure>);

impl<T> Finished<T> {
    pub fn into_result(self) -> Result<T, Failure> {
        self.0
    }

    /// An outcome that concerns no decision: the store is down, or this server is at fault. It is logged, not recorded.
    pub fn failed(failure: Failure) -> Self {
        Self(Err(failure))
    }
}

/// A guard did not hold: somebody else was first. The caller loads again and decides again, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost;

/// Commits a decision and its event together.
pub async fn finish<T>(app: &App, outcome: Result<Granted<T>, Denied>) -> Finished<T> {
    match outcome {
        Ok(granted) => match attempt(app, granted).await {
            Ok(finished) => finished,
            Err(Lost) => Finished(Err(protocol::refusal::Reason::StateChanged.into())),
        },
        Err(denied) => deny(app, denied).await,
    }
}

/// Commits a decision whose guards may lose.
///
/// # Errors
/// [`Lost`] when one did; then nothing was changed and nothing recorded.
pub async fn attempt<T>(app: &App, granted: Granted<T>) -> Result<Finished<T>, Lost> {
    match commit(app, granted.changes, Some(granted.event)).await {
        Ok(()) => Ok(Finished(Ok(granted.value))),
        Err(StoreError::Lost { .. }) => Err(Lost),
        Err(error) => Ok(Finished(Err(error.into()))),
    }
}

/// Answers a decision that changes nothing. Its event is handed to the writer; in strict mode it is committed first.
pub async fn finish_stateless<T>(app: &App, outcome: Result<Granted<T>, Denied>) -> Finished<T> {
    match outcome {
        Ok(granted) if app.config.audit_strict || !granted.changes.is_empty() => finish(app, Ok(granted)).await,
        Ok(granted) => {
            app.audit.record(Box::new(named(app, granted.event)));
            Finished(Ok(granted.value))
        }
        Err(denied) => deny(app, denied).await,
    }
}

/// Refusals are recorded by the batch writer, so that a flood of them costs no commit each; what one changes is committed first.
async fn deny<T>(app: &App, denied: Denied) -> Finished<T> {
    let event = denied.event.refused(&denied.refused);
    if denied.changes.is_empty() {
        app.audit.record(Box::new(named(app, event)));
        return Finished(Err(denied.refused.into()));
    }
    match commit(app, denied.changes, Some(event)).await {
        // A lost guard means that another request made the same change: the refusal stands.
        Ok(()) | Err(StoreError::Lost { .. }) => Finished(Err(denied.refused.into())),
        Err(error) => Finished(Err(error.into())),
    }
}

/// Commits changes with their event and drops what this node keeps of the environments that they configure.
pub(crate) async fn commit(app: &App, mut changes: Vec<Change>, event: Option<Event>) -> Result<(), StoreError> {
    let mut configured: Vec<_> = changes.iter().filter_map(Change::configures).collect();
    configured.sort_unstable();
    configured.dedup();
    changes.extend(event.map(|e| Change::Record(Box::new(named(app, e)))));
    let result = app.store.commit(changes).await;
    // Also after a failure: a commit whose answer was lost may have happened.
    for environment in configured {
        app.forget(environment);
    }
    result
}

/// Gives the event its id: one that grows with time (RFC 9562 §5.7), so that events are stored one behind the other.
pub(crate) fn named(app: &App, mut event: Event) -> Event {
    let mut bytes = [0; 10];
    app.world.fill(&mut bytes);
    let millis = u64::try_from(event.at.millis()).unwrap_or_default();
    event.id = ActivityId::new(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid());
    event
}
