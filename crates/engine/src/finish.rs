//! The one exit: an endpoint can answer only with [`Finished`], and only a [`Call`] that ends here makes one, after the event
//! that tells of it was committed or handed to the writer.

use protocol::audit::Event;
use protocol::change::Change;
use protocol::grant::Denial;
use protocol::id::{ActivityId, EnvironmentId};
use protocol::model::Key;
use protocol::refusal::{Reason, Refused};
use store::StoreError;

use crate::app::App;
use crate::budget::Budget;
use crate::call::{Arrival, Call, Stop};
use crate::failure::Failure;

/// A decision: the value to answer with, and the changes that make it true.
#[derive(Debug)]
pub(crate) struct Granted<T> {
    pub(crate) value: T,
    pub(crate) changes: Vec<Change>,
}

/// An outcome whose event and changes are on disk, or on their way where nothing but the event is to be kept. Nobody can
/// forget the audit, because nothing else can be answered.
#[derive(Debug)]
pub struct Finished<T>(Result<T, Failure>);

/// A failure that is recorded. Only the exit makes one, and every answer to a failure is drawn of one: nothing is refused
/// without the event that tells why.
#[derive(Clone, Debug, PartialEq)]
pub struct Failed(Failure);

impl Failed {
    pub fn reason(&self) -> Reason {
        self.0.reason()
    }

    /// The refusal that is answered.
    pub fn refused(&self) -> Refused {
        self.0.clone().into_refused()
    }

    /// The same, answered by another refusal than the one that its owner is told.
    #[must_use]
    pub fn answered_as(self, refused: Refused) -> Self {
        Self(refused.into())
    }
}

impl<T> Finished<T> {
    pub fn into_result(self) -> Result<T, Failed> {
        self.0.map_err(Failed)
    }

    pub(crate) fn is_refused(&self) -> bool {
        self.0.is_err()
    }
}

/// A guard did not hold: somebody else was first. The caller loads again and decides again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lost;

impl<At: Arrival> Call<'_, At> {
    /// Commits a decision and its event together.
    pub(crate) async fn finish<T>(self, outcome: Result<Granted<T>, Stop>) -> Finished<T> {
        match outcome {
            Ok(granted) => match self.attempt(granted).await {
                Ok(finished) => finished,
                Err(Lost) => self.stop(Reason::StateChanged.into()).await,
            },
            Err(stop) => self.stop(stop).await,
        }
    }

    /// Answers a decision that may change nothing, as [`Call::settle`] does.
    pub(crate) async fn finish_stateless<T>(mut self, outcome: Result<Granted<T>, Stop>) -> Finished<T> {
        match self.settle(outcome).await {
            Ok(finished) => finished,
            Err(Lost) => self.stop(Reason::StateChanged.into()).await,
        }
    }

    /// Answers what gives nobody anything and changes nothing: the public documents, a flow to whoever drives it. Only a
    /// refusal is recorded.
    pub(crate) async fn show<T>(self, outcome: Result<T, Stop>) -> Finished<T> {
        match outcome {
            Ok(value) => Finished(Ok(value)),
            Err(stop) => self.stop(stop).await,
        }
    }

    /// Commits changes with the event. What it means that a guard did not hold, or that a name is taken, is for the caller to
    /// say.
    pub(crate) async fn commit(self, changes: Vec<Change>) -> Result<(), StoreError> {
        commit(self.app, changes, Some(self.event)).await
    }

    /// Commits a decision whose guards may lose.
    ///
    /// # Errors
    /// [`Lost`] when one did; then nothing was changed and nothing recorded.
    pub(crate) async fn attempt<T>(&self, granted: Granted<T>) -> Result<Finished<T>, Lost> {
        self.attempt_or(granted, |_, _| ()).await
    }

    /// The same; `unknown` has what is not told because the store did not say whether it happened, and the event that is on record
    /// if it did.
    ///
    /// # Errors
    /// [`Lost`] as for [`Call::attempt`].
    pub(crate) async fn attempt_or<T>(
        &self,
        granted: Granted<T>,
        unknown: impl FnOnce(T, ActivityId),
    ) -> Result<Finished<T>, Lost> {
        let Granted { value, mut changes } = granted;
        changes.extend_from_slice(&self.changes);
        let mut event = self.event.clone();
        name(self.app, &mut event);
        let id = event.id;
        match commit(self.app, changes, self.row(event)).await {
            Ok(()) => Ok(Finished(Ok(value))),
            // Whoever was quicker wrote what this would have made new.
            Err(StoreError::Lost { .. } | StoreError::Conflict { .. }) => Err(Lost),
            Err(error) => {
                unknown(value, id);
                Ok(self.fail(error.into()).await)
            }
        }
    }

    /// Commits a refusal whose guards may lose: a failure that was not counted is decided again. It waits for its commit
    /// also where it changes nothing, so that the time it takes tells nobody which of the two it was.
    ///
    /// # Errors
    /// [`Lost`] as for [`Call::attempt`].
    pub(crate) async fn attempt_refusal<T>(&self, refused: Refused, changes: Vec<Change>) -> Result<Finished<T>, Lost> {
        let mut changes = changes;
        changes.extend_from_slice(&self.changes);
        let event = self.event.clone().refused(&refused);
        // What was decided besides came from where the request did, whether or not that has a row.
        for change in &mut changes {
            if let Change::Record(besides) = change {
                besides.source = event.source;
            }
        }
        match commit(self.app, changes, self.row(event)).await {
            Ok(()) => Ok(Finished(Err(refused.into()))),
            Err(StoreError::Lost { .. }) => Err(Lost),
            Err(error) => Ok(self.fail(error.into()).await),
        }
    }

    /// Ends a request that is decided again where a guard was lost, a refusal too where the call leaves something: whoever shows
    /// a proof that another request used up meanwhile must learn that, and not what was decided on it.
    ///
    /// # Errors
    /// [`Lost`] as for [`Call::attempt`].
    pub(crate) async fn settle<T>(&mut self, outcome: Result<Granted<T>, Stop>) -> Result<Finished<T>, Lost> {
        match outcome {
            // What leaves no trace hands its event to the writer; anything else is answered after its commit.
            Ok(Granted { value, changes })
                if changes.is_empty() && self.changes.is_empty() && !self.app.config.audit_strict =>
            {
                Ok(Finished(self.record(self.event.clone()).await.map(|()| value)))
            }
            Ok(granted) => self.attempt(granted).await,
            Err(Stop::Denied(Denial { refused, changes, user }))
                if !self.changes.is_empty() && self.at.may_refuse(refused.reason).is_ok() =>
            {
                self.event.user = user.or(self.event.user);
                self.attempt_refusal(*refused, changes).await
            }
            Err(stop) => Ok(self.refuse(stop).await),
        }
    }

    /// Answers a refusal by what `draw` makes of it, which says where it may be told.
    pub(crate) async fn tell<T>(self, refused: Refused, draw: impl FnOnce(Failed) -> T) -> Finished<T> {
        match self.stop(refused.into()).await.0 {
            Err(failure @ Failure::Refused(_)) => Finished(Ok(draw(Failed(failure)))),
            other => Finished(other),
        }
    }

    /// Answers why the request goes no further. Refusals are recorded by the batch writer, so that a flood of them costs no
    /// commit each; what one changes is committed first.
    pub(crate) async fn stop<T>(mut self, stop: Stop) -> Finished<T> {
        self.refuse(stop).await
    }

    async fn refuse<T>(&mut self, stop: Stop) -> Finished<T> {
        let Denial { refused, mut changes, user } = match stop {
            Stop::Denied(denial) => denial,
            Stop::Failed(fault) => return self.fail(fault.into()).await,
        };
        if let Err(fault) = self.at.may_refuse(refused.reason) {
            return self.fail(fault.into()).await;
        }
        self.event.user = user.or(self.event.user);
        changes.append(&mut self.changes);
        if changes.is_empty() {
            return self.fail(Failure::Refused(refused)).await;
        }
        match commit(self.app, changes, self.row(self.event.clone().refused(&refused))).await {
            Ok(()) => Finished(Err(Failure::Refused(refused))),
            // A lost guard means that another request made the same change: the refusal stands, and is recorded alone.
            Err(StoreError::Lost { .. }) => self.fail(Failure::Refused(refused)).await,
            Err(error) => self.fail(error.into()).await,
        }
    }

    /// Records that the request failed, and so is answered. Also what concerns no decision: it was logged where it arose.
    async fn fail<T>(&self, failure: Failure) -> Finished<T> {
        let event = self.event.clone().refused(&failure.clone().into_refused());
        crate::noted::outcome(crate::noted::of(&event));
        if let Some(mut event) = self.row(event) {
            name(self.app, &mut event);
            if Budget::is_of_nobody(&event) {
                // Nobody waits for nobody's rows.
                if let Err(event) = self.app.audit.offer(Box::new(event)) {
                    self.app.budget.missed(&event);
                }
            } else {
                self.app.audit.record(Box::new(event)).await;
            }
        }
        Finished(Err(failure))
    }

    /// Hands the event of what succeeded to the writer, and waits for it where the store is slower: it is never dropped.
    ///
    /// # Errors
    /// [`Failure::Unavailable`] when there was no room in time.
    async fn record(&self, event: Event) -> Result<(), Failure> {
        crate::noted::outcome(crate::noted::of(&event));
        let Some(mut event) = self.row(event) else { return Ok(()) };
        name(self.app, &mut event);
        if self.app.audit.record(Box::new(event)).await { Ok(()) } else { Err(Failure::Unavailable) }
    }

    /// The event, where there is a row for it. Whoever proved who they are has all theirs; nobody has so many, whatever comes of
    /// what they ask for, and the rest is counted (F8).
    fn row(&self, event: Event) -> Option<Event> {
        (!Budget::is_of_nobody(&event) || self.app.budget.tells(&event, self.app.world.now())).then_some(event)
    }
}

/// Commits changes with their event and drops what this node keeps of the environments that they configure. Events that a
/// decision brought among its changes are of the same request: they came from where it did.
pub(crate) async fn commit(app: &App, mut changes: Vec<Change>, event: Option<Event>) -> Result<(), StoreError> {
    let mut configured: Vec<_> = changes.iter().filter_map(Change::configures).collect();
    configured.sort_unstable();
    configured.dedup();
    let source = event.as_ref().and_then(|event| event.source);
    changes.extend(event.map(|event| Change::Record(Box::new(event))));
    for change in &mut changes {
        if let Change::Record(event) = change {
            event.source = source.or(event.source);
            if event.id.uuid().is_nil() {
                name(app, event);
            }
        }
    }
    let noted = crate::noted::of_all(&changes);
    let ends = changes.iter().any(protocol::logout::ends_sessions);
    let groups = crate::groups::written(&changes);
    let controlled = app.controls.as_ref().map(|controls| (controls, environments_ended(&changes)));
    let result = admission::idle(app.writes.commit(changes)).await;
    if result.is_ok() {
        crate::noted::outcome(noted);
        if ends {
            app.logouts.wake();
        }
        crate::groups::begin(app, groups).await;
        if let Some((controls, ended)) = controlled {
            for environment in ended {
                controls.end(environment);
            }
        }
    }
    // Also after a failure: a commit whose answer was lost may have happened.
    for environment in configured {
        app.forget(environment);
    }
    result
}

fn environments_ended(changes: &[Change]) -> Vec<EnvironmentId> {
    let ended = |change: &Change| match change {
        Change::Remove(Key::Environment(environment)) => Some(*environment),
        _ => None,
    };
    changes.iter().filter_map(ended).collect()
}

/// Gives the event its id: one that grows with time (RFC 9562 §5.7), so that events are stored one behind the other.
pub(crate) fn name(app: &App, event: &mut Event) {
    let mut bytes = [0; 10];
    app.world.fill(&mut bytes);
    let millis = u64::try_from(event.at.millis()).unwrap_or_default();
    event.id = ActivityId::new(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid());
}
