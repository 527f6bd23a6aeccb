//! One request to an endpoint with client authentication, on its way: token, introspection, revocation (RFC 6749 §2.3,
//! RFC 7662 §2.1, RFC 7009 §2.1). All three authenticate in the same way, here.

use std::sync::Arc;

use protocol::audit::{Action, Actor, Event};
use protocol::client_auth::{AuthenticatedClient, Presented, authenticate};
use protocol::ctx::Ctx;
use protocol::grant::Denial;
use protocol::refusal::{Reason, Refused};

use crate::app::{App, Ask};
use crate::failure::Failure;
use crate::finish::{Denied, Finished, finish};
use crate::site::Site;
use crate::tenant::Tenant;

/// What every step of the request needs, and the event that will tell of it.
pub(crate) struct Call<'a> {
    pub(crate) app: &'a App,
    pub(crate) site: &'a Site,
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) ctx: Ctx<'a>,
    pub(crate) event: Event,
}

/// Why a request goes no further.
pub(crate) enum Stop {
    Denied(Box<Denied>),
    Failed(Failure),
}

impl<'a> Call<'a> {
    /// # Errors
    /// 404 for an environment that does not exist; that the store cannot be read.
    pub(crate) async fn begin(app: &'a App, site: &'a Site, ask: &Ask, action: Action) -> Result<Self, Stop> {
        let ctx = app.ctx(ask);
        let tenant = app.tenant(site.environment).await?.ok_or_else(|| {
            Failure::from(Refused::new(Reason::EnvironmentUnknown, "an environment", site.environment.to_string()))
        })?;
        let mut event = Event::new(Some(site.environment), ctx.now, ctx.correlation, action);
        event.source = ask.source;
        Ok(Self { app, site, tenant, ctx, event })
    }

    /// The client that the request proves to come from.
    ///
    /// # Errors
    /// `invalid_client`. The event still names the application that the request claimed.
    pub(crate) async fn authenticate(&mut self, presented: &Presented) -> Result<AuthenticatedClient, Stop> {
        let (pepper, now) = (self.app.pepper(), self.ctx.now);
        let mut client = self.tenant.kept_client(presented.client_id());
        let mut proven = authenticate(presented, client.as_ref(), pepper, now);
        if proven.is_err() {
            // This node may not have read the client yet, or another may have rotated the secret a moment ago. Of a known
            // client and of an unknown one the store is asked the same (CA-38).
            let newer = self.tenant.newer_client(self.app, presented.client_id()).await?;
            if newer.is_some() {
                proven = authenticate(presented, newer.as_ref(), pepper, now);
                client = newer;
            }
        }
        self.event.application = client.as_ref().map(|client| client.application.id);
        let client = proven.map_err(|refused| self.refuse(refused))?;
        self.event.actor = Actor::Application(client.client().application.id);
        self.event.application = Some(client.client().application.id);
        Ok(client)
    }

    /// Tells the event what the request was about; never a secret.
    pub(crate) fn note(&mut self, note: &str) {
        self.event.note = Some(note.to_owned());
    }

    pub(crate) fn refuse(&self, refused: Refused) -> Stop {
        self.deny(refused.into())
    }

    pub(crate) fn deny(&self, denial: Denial) -> Stop {
        let mut event = self.event.clone();
        event.user = denial.user.or(event.user);
        Stop::Denied(Box::new(Denied { refused: *denial.refused, changes: denial.changes, event }))
    }
}

impl Stop {
    /// Commits what the refusal changes, and records it.
    pub(crate) async fn finish<T>(self, app: &App) -> Finished<T> {
        match self {
            Self::Denied(denied) => finish(app, Err(*denied)).await,
            Self::Failed(failure) => Finished::failed(failure),
        }
    }
}

impl<E: Into<Failure>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
