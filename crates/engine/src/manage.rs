//! The management API's door: who acts, what they may do, and the only way from there to the store.
//!
//! A resource needs no engine file of its own: its rules are in `protocol::model`, its SQL in `store`, its JSON in `web`.

mod given;
mod held;
mod holder;
mod operator;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use admission::Claim;
use protocol::audit::{self, Action, Actor, Event, Kind, Target};
use protocol::change::Change;
use protocol::ctx::Ctx;
use protocol::id::{ApplicationId, CorrelationId, EnvironmentId, OrganizationId, PopulationId, UserId};
use protocol::model::{Deed, Held, KeyStatus, Permission, Reaches, RoleScope, SigningKeyRecord};
use protocol::refusal::{Reason, Refused};
use protocol::time::Time;
use serde_json::Value;
use uuid::Uuid;

use self::given::{covering, given};
use self::held::{every_held, looked_up};
use self::holder::{Holder, identify};
use crate::app::{App, Ask};
use crate::call::{Call, Stop};
use crate::controls::forced;
use crate::failure::Failure;
use crate::finish::Finished;
use crate::reads::{Reads, StoreError};
use crate::resource::Shown;
use crate::tenant::Tenant;

pub(crate) use holder::holder_of;
pub use holder::nonce_environment;
pub use operator::{Brought, operator};

/// Proof that an administrator holds the permission that the call needs, where it needs it. Only [`authorize`] makes one,
/// and [`operator`] for whoever holds the database and its master key.
#[derive(Debug)]
pub struct Authorized {
    pub app: Arc<App>,
    pub actor: Actor,
    /// The environment that the call addresses; None for calls above environments.
    pub environment: Option<Arc<Tenant>>,
    /// The environment that the actor is of.
    pub home: EnvironmentId,
    /// The actor's own organization.
    pub organization: OrganizationId,
    /// For which part of the environment the permission was given.
    pub within: Within,
    /// The assignments that gave the permission.
    pub assignments: Vec<Held>,
    /// All of the actor's and of their groups, whatever they give.
    pub held: Vec<Held>,
    /// For the next proof, where they need one (RFC 9449 §8.2).
    pub dpop_nonce: Option<String>,
    /// What an operator brings along; nothing of what came over the network.
    pub brought: Brought,
    deed: Deed,
    /// What must hold of every commit of the call beside what its changes say themselves.
    expected: Mutex<Vec<Expected>>,
    ask: Ask,
    now: Time,
}

/// A guard, and what its loss means where that is more than that somebody else was quicker.
#[derive(Clone, Debug)]
struct Expected {
    guard: Change,
    told: Option<Box<Refused>>,
}

/// What a permission was given for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Within {
    /// All of the environment, or what lies above environments.
    Everything,
    /// What is in these populations.
    Populations(Vec<PopulationId>),
    /// The application that the call addresses.
    Application(ApplicationId),
    /// The user who calls, by scopes of their token, and what of themselves these reach.
    Oneself(UserId, Reaches),
}

/// What a call needs, and what it addresses.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    pub deed: Deed,
    pub environment: Option<EnvironmentId>,
    pub application: Option<ApplicationId>,
    /// The user that the call addresses, and the scope by which they may make it themselves.
    pub own: Option<(UserId, &'static str)>,
    /// Whether the same request is decided once more.
    pub again: bool,
}

/// Decides whether whoever shows a token may do what the call needs: 401 for a missing, foreign or inactive token, 403 without
/// the permission, 404 for an environment that does not exist. A refusal is recorded with the environment that was addressed, if
/// there is one.
pub async fn authorize(app: &Arc<App>, ask: Ask, shown: Option<&Shown>, needs: Needs) -> Finished<Authorized> {
    let mut call = Call::new(app, &ask, Action::ManagementRequested);
    call.note(needs.deed.permission.name());
    match admit(&mut call, app, shown, needs).await {
        Ok(authorized) => call.show(Ok(authorized)).await,
        Err(stop) => call.stop(stop).await,
    }
}

async fn admit(
    call: &mut Call<'_, ()>,
    app: &Arc<App>,
    shown: Option<&Shown>,
    needs: Needs,
) -> Result<Authorized, Stop> {
    let tenant = match needs.environment {
        Some(id) => app.tenant(id).await?,
        None => None,
    };
    call.event.environment = tenant.as_ref().map(|tenant| tenant.id());
    if let Some(environment) = call.event.environment {
        call.goes_by(environment);
    }
    let now = call.ctx.now;
    let holder = identify(app, shown, needs.again).await?;
    call.event = call.event.clone().by(holder.actor);
    call.event.actor_environment = elsewhere(holder.home, call.event.environment);
    if let (Some(id), None) = (needs.environment, &tenant) {
        return Err(missing(id).into());
    }
    let (within, assignments) = given(app, &holder, tenant.as_deref(), needs).await?;
    forced::decided()?;
    let Holder { actor, home, organization, held, dpop_nonce, .. } = holder;
    let ask = *call.ask;
    Ok(Authorized {
        app: app.clone(),
        actor,
        environment: tenant,
        home,
        organization,
        within,
        assignments,
        held,
        dpop_nonce,
        brought: Brought::default(),
        deed: needs.deed,
        expected: Mutex::default(),
        ask,
        now,
    })
}

/// What a management event is about, and what it says of it.
#[derive(Clone, Debug)]
pub struct About {
    target: Target,
    note: Option<String>,
}

impl From<(Kind, Uuid)> for About {
    fn from((kind, id): (Kind, Uuid)) -> Self {
        Self { target: Target { kind, id }, note: None }
    }
}

impl About {
    /// Says what was given to whom, or taken; never a secret.
    #[must_use]
    pub fn noting(self, note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..self }
    }

    /// Says which properties changed, by their names alone: what was in them may be somebody's own.
    #[must_use]
    pub fn changing(self, before: &Value, after: &Value) -> Self {
        Self { note: audit::changed(before, after), ..self }
    }
}

/// Where the actor is, when that is not where the event is.
fn elsewhere(home: EnvironmentId, environment: Option<EnvironmentId>) -> Option<EnvironmentId> {
    Some(home).filter(|home| Some(*home) != environment)
}

fn missing(id: EnvironmentId) -> Refused {
    Refused::new(Reason::ResourceNotFound, "an environment", id.to_string())
        .saying(format!("Unable to find environment with ID: '{id}'"))
}

impl Authorized {
    /// The store's reads. Writes go through [`Authorized::finish`].
    pub fn store(&self) -> &Reads {
        &self.app.store
    }

    /// The time of the request, by the clock of the environment that it addresses.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The world of the request, for decisions that need fresh ids and secrets.
    pub fn ctx(&self) -> Ctx<'_> {
        Ctx { now: self.now, entropy: &*self.app.world, correlation: self.ask.correlation }
    }

    /// The id of what the call makes: the one that it had elsewhere, or a fresh one.
    pub fn new_id(&self) -> Uuid {
        self.brought.id.unwrap_or_else(|| self.ctx().uuid())
    }

    /// Who wants what others want as well.
    pub fn claim(&self) -> Claim {
        Claim::new(self.environment.as_ref().map(|tenant| tenant.id().uuid()).unwrap_or_default(), self.ask.source)
    }

    pub fn correlation(&self) -> CorrelationId {
        self.ask.correlation
    }

    /// The addressed environment.
    ///
    /// # Errors
    /// [`Failure::Bug`] for a call above environments: its route asked for the wrong thing.
    pub fn tenant(&self) -> Result<&Arc<Tenant>, Failure> {
        self.environment.as_ref().ok_or(Failure::Bug("a call above environments has no tenant"))
    }

    /// Which environments the permission reaches: None means all of the actor's organization.
    pub fn environments(&self) -> Option<Vec<EnvironmentId>> {
        if self.is_organization_wide() {
            return None;
        }
        let own = self.assignments.iter().filter_map(|a| match a.row.scope {
            RoleScope::Environment(id) => Some(id),
            RoleScope::Application(_) | RoleScope::Organization(_) | RoleScope::Population(_) => None,
        });
        Some(own.collect())
    }

    /// Whether the permission was given for the whole organization.
    pub fn is_organization_wide(&self) -> bool {
        self.assignments.iter().any(|a| a.row.scope == RoleScope::Organization(self.organization))
    }

    /// What an application, group or user of the environment holds, by itself and by the groups that it is in.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] where a newer process gave something that cannot be weighed here.
    pub async fn every_held(&self, environment: EnvironmentId, actor: Uuid) -> Result<Vec<Held>, StoreError> {
        every_held(&self.app, environment, actor).await
    }

    /// The assignments, of actors of the environment, with their roles.
    pub async fn looked_up(
        &self,
        environment: EnvironmentId,
        rows: Vec<protocol::model::RoleAssignment>,
    ) -> Result<Vec<Held>, StoreError> {
        looked_up(&self.app, environment, rows).await
    }

    /// A new signing key for `environment`, sealed under the master key.
    pub async fn new_signing_key(
        &self,
        environment: EnvironmentId,
        alg: jose::Alg,
    ) -> Result<SigningKeyRecord, Failure> {
        self.app.new_signing_key(&self.ctx(), environment, alg, KeyStatus::Active).await
    }

    /// Nothing of the call is committed from now on but with `guard`: for a version that its client named, and for what was
    /// decided on an object that it does not write.
    pub fn expect(&self, guard: Change) {
        self.expected().push(Expected { guard, told: None });
    }

    /// What is committed with the call: what there must be before its own changes mean anything.
    pub fn along(&self, change: Change) {
        self.expect(change);
    }

    /// The same for a guard that decides by itself: where it does not hold, the call is refused with `told`.
    pub fn expect_or(&self, guard: Change, told: Refused) {
        self.expected().push(Expected { guard, told: Some(told.into()) });
    }

    /// Whether a commit failed because what was expected does not hold any more. Another guard may mean something else.
    pub fn is_outdated(&self, error: &StoreError) -> bool {
        matches!(error, StoreError::Lost { index } if *index < self.expected().len())
    }

    /// What it means that a commit failed, where its changes mean nothing of their own by it.
    pub fn meant(&self, error: StoreError) -> Failure {
        let told = match error {
            StoreError::Lost { index } => self.expected().get(index).and_then(|expected| expected.told.clone()),
            _ => None,
        };
        told.map_or_else(|| error.into(), Failure::Refused)
    }

    /// Commits `changes` with the event that tells of them.
    ///
    /// # Errors
    /// A taken name is [`StoreError::Conflict`], a lost guard [`StoreError::Lost`]: the resource says what it means.
    pub async fn try_finish(
        &self,
        changes: Vec<Change>,
        action: Action,
        about: impl Into<About>,
    ) -> Result<(), StoreError> {
        if self.brought.rehearsed {
            return Ok(());
        }
        let About { target, note } = about.into();
        let mut call = self.call(action);
        match target.kind {
            Kind::Application => call.event.application = Some(ApplicationId::new(target.id)),
            Kind::User => call.event.user = Some(UserId::new(target.id)),
            _ => {}
        }
        call.event.target = Some(target);
        call.event.note = note;
        let expected: Vec<Change> = self.expected().iter().map(|expected| expected.guard.clone()).collect();
        call.commit(expected.into_iter().chain(changes).collect()).await
    }

    fn expected(&self) -> MutexGuard<'_, Vec<Expected>> {
        // A list of values is whole whoever panicked while it was held.
        self.expected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Like [`Authorized::try_finish`], for calls in which neither can happen but by two writers at once.
    pub async fn finish(&self, changes: Vec<Change>, action: Action, about: impl Into<About>) -> Result<(), Failure> {
        self.try_finish(changes, action, about).await.map_err(|error| self.meant(error))
    }

    /// Whether the actor also holds another permission here.
    ///
    /// # Errors
    /// 403 where not.
    pub fn also(&self, permission: Permission) -> Result<(), Failure> {
        self.also_does(Deed::of(permission))
    }

    /// As [`also`](Self::also), of one deed: what a custom role gives is each by itself.
    ///
    /// # Errors
    /// 403 where not.
    pub fn also_does(&self, deed: Deed) -> Result<(), Failure> {
        // What the permission of the call was given by may give the other one as well, for the same part.
        if self.within != Within::Everything && self.assignments.iter().all(|a| a.role.gives(deed)) {
            return if self.assignments.is_empty() { Err(self.beyond()) } else { Ok(()) };
        }
        covering(&self.held, self.environment.as_deref(), deed)?;
        Ok(())
    }

    /// Whether the permission of the call was given for what is in `population`; None is in none.
    ///
    /// # Errors
    /// 403 where not.
    pub fn reaches(&self, population: Option<PopulationId>) -> Result<(), Failure> {
        match (&self.within, population) {
            (Within::Populations(own), Some(population)) if own.contains(&population) => Ok(()),
            (Within::Populations(_), _) => Err(self.beyond()),
            // The route's own path names what these are about.
            (Within::Application(_) | Within::Everything | Within::Oneself(..), _) => Ok(()),
        }
    }

    fn beyond(&self) -> Failure {
        let expected = format!("permission {} there", self.deed.permission.name());
        Refused::new(Reason::ActorNotAuthorized, expected, "an actor who has it for a part of the environment").into()
    }

    /// The end of the call. What it wrote was committed with an event of its own; a refusal is recorded here, with its actor.
    pub async fn answer<T>(&self, outcome: Result<T, Failure>) -> Finished<T> {
        let mut call = self.call(Action::ManagementRequested);
        call.note(self.deed.permission.name());
        call.show(outcome.map_err(Stop::from)).await
    }

    fn call(&self, action: Action) -> Call<'_, ()> {
        let mut call = Call::new(&self.app, &self.ask, action);
        call.event = Event { at: self.now, ..call.event }.by(self.actor);
        call.event.environment = self.environment.as_ref().map(|tenant| tenant.id());
        call.event.actor_environment = elsewhere(self.home, call.event.environment);
        call
    }
}
