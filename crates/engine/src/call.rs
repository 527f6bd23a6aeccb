//! One request on its way, whatever endpoint it is for. Every endpoint makes a [`Call`], and a call ends in the one exit
//! ([`crate::finish`]): nothing is granted or refused without the event that tells of it.

use std::sync::Arc;

use admission::Claim;
use protocol::audit::{Action, Event};
use protocol::change::Change;
use protocol::ctx::Ctx;
use protocol::grant::Denial;
use protocol::id::EnvironmentId;
use protocol::refusal::{Reason, Refused};

use crate::app::{App, Ask};
use crate::controls::forced;
use crate::failure::{Failure, Fault};
use crate::finish::Finished;
use crate::site::Site;
use crate::tenant::Tenant;

/// What every step of a request needs, and the event that will tell of it. `At` is where it arrived: [`Here`] inside an
/// environment, `()` outside of all.
pub(crate) struct Call<'a, At = Here<'a>> {
    pub(crate) app: &'a App,
    pub(crate) ask: &'a Ask,
    pub(crate) ctx: Ctx<'a>,
    /// Committed with whatever comes of the request, a refusal too.
    pub(crate) changes: Vec<Change>,
    pub(crate) event: Event,
    pub(crate) at: At,
}

/// The environment that a request is for, and the site by which it came.
pub(crate) struct Here<'a> {
    pub(crate) site: &'a Site,
    pub(crate) tenant: Arc<Tenant>,
}

/// Where a request arrived.
pub(crate) trait Arrival {
    /// As [`Tenant::may_refuse`].
    fn may_refuse(&self, _: Reason) -> Result<(), Fault> {
        Ok(())
    }
}

impl Arrival for () {}

impl Arrival for Here<'_> {
    fn may_refuse(&self, reason: Reason) -> Result<(), Fault> {
        self.tenant.may_refuse(reason)
    }
}

/// Why a request goes no further.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A decision against it. It may change something: the replay of a code revokes what the code gave.
    Denied(Denial),
    /// No decision: the store is down, or this server is at fault.
    Failed(Fault),
}

impl<'a> Call<'a, ()> {
    /// A request of which no more is known than that it came.
    pub(crate) fn new(app: &'a App, ask: &'a Ask, action: Action) -> Self {
        let ctx = app.ctx(ask);
        let mut event = Event::new(None, ctx.now, ctx.correlation, action);
        event.source = ask.source;
        Self { app, ask, ctx, changes: Vec::new(), event, at: () }
    }
}

impl<'a> Call<'a> {
    /// A request for the environment of a site.
    ///
    /// # Errors
    /// 404 for an environment that does not exist, which is recorded under none: nobody could ask for its activities. That
    /// the store cannot be read.
    pub(crate) async fn begin<T>(
        app: &'a App,
        site: &'a Site,
        ask: &'a Ask,
        action: Action,
    ) -> Result<Self, Finished<T>> {
        match Self::find(app, site, ask, action).await {
            Ok(call) => Ok(call),
            Err((call, stop)) => Err(call.stop(stop).await),
        }
    }

    /// The same for what is published, however long ago this process learned of changes: whoever checks tokens needs keys.
    pub(crate) async fn begin_document<T>(app: &'a App, site: &'a Site, ask: &'a Ask) -> Result<Self, Finished<T>> {
        let call = Call::new(app, ask, Action::RequestReceived);
        match found(site, app.publishing(site.environment).await) {
            Ok(tenant) => {
                let call = call.inside(site, tenant);
                match forced::decided() {
                    Ok(()) => Ok(call),
                    Err(refused) => Err(call.stop(refused.into()).await),
                }
            }
            Err(stop) => Err(call.stop(stop).await),
        }
    }

    /// The same, and otherwise the call as it stands outside.
    pub(crate) async fn find(
        app: &'a App,
        site: &'a Site,
        ask: &'a Ask,
        action: Action,
    ) -> Result<Self, (Call<'a, ()>, Stop)> {
        let call = Call::new(app, ask, action);
        match found(site, app.serving(site.environment).await) {
            Ok(tenant) => Ok(call.inside(site, tenant)),
            Err(stop) => Err((call, stop)),
        }
    }

    pub(crate) fn environment(&self) -> EnvironmentId {
        self.at.tenant.id()
    }

    /// Who wants what others want as well.
    pub(crate) fn claim(&self) -> Claim {
        Claim::new(self.environment().uuid(), self.ask.source)
    }
}

impl<'a> Call<'a, ()> {
    /// From here on the time is what the environment's clock shows.
    pub(crate) fn goes_by(&mut self, environment: EnvironmentId) {
        if let Some(controls) = &self.app.controls {
            self.ctx.now = controls.now(environment, self.ctx.now);
            self.event.at = self.ctx.now;
        }
    }

    /// The call in the environment that was found for it.
    fn inside(self, site: &'a Site, tenant: Arc<Tenant>) -> Call<'a> {
        let mut call = self;
        call.goes_by(site.environment);
        let Call { app, ask, ctx, changes, mut event, at: () } = call;
        event.environment = Some(site.environment);
        Call { app, ask, ctx, changes, event, at: Here { site, tenant } }
    }
}

fn found(site: &Site, found: Result<Option<Arc<Tenant>>, Failure>) -> Result<Arc<Tenant>, Stop> {
    let unknown = || Refused::new(Reason::EnvironmentUnknown, "an environment", site.environment.to_string());
    found?.ok_or_else(|| unknown().into())
}

impl<At: Arrival> Call<'_, At> {
    /// Tells the event what the request was about; never a secret.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        // Which workload it was is told as well.
        self.event.note = Some(match self.event.note.take() {
            Some(told) if told.starts_with("workload ") => format!("{note}, {told}"),
            _ => note,
        });
    }

    /// Takes over the event that a decision brought, which knows more of the request than the call did.
    pub(crate) fn tells(&mut self, event: Event) {
        self.event = Event { source: self.ask.source, ..event };
    }
}

impl From<Denial> for Stop {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        Self::Denied(refused.into())
    }
}

impl From<Reason> for Stop {
    fn from(reason: Reason) -> Self {
        Refused::from(reason).into()
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refused) => (*refused).into(),
            Failure::Unavailable => Self::Failed(Fault::Unavailable),
            Failure::Bug(place) => Self::Failed(Fault::Bug(place)),
        }
    }
}

impl From<store::StoreError> for Stop {
    fn from(error: store::StoreError) -> Self {
        Failure::from(error).into()
    }
}
