//! Audit events: who did what to what, with which outcome. Committed with the change they describe.

use std::net::IpAddr;

use uuid::Uuid;

use crate::id::{ActivityId, ApplicationId, CorrelationId, EnvironmentId, UserId};
use crate::refusal::Reason;
use crate::time::Time;

/// What was done. The names are PingOne's action types where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    ApplicationCreated,
    ApplicationDeleted,
    ApplicationUpdated,
    AuthorizationRequested,
    CodeIssued,
    EnvironmentCreated,
    EnvironmentDeleted,
    EnvironmentUpdated,
    FlowUpdated,
    KeyRotated,
    ManagementRequested,
    PasswordChanged,
    PasswordChecked,
    PopulationCreated,
    PopulationDeleted,
    PopulationUpdated,
    /// A request that no route took.
    RequestReceived,
    SecretDeleted,
    SecretRead,
    SecretRotated,
    SessionCreated,
    SessionEnded,
    TokenFamilyRevoked,
    TokenIntrospected,
    TokenIssued,
    TokenRevoked,
    UserCreated,
    UserDeleted,
    UserInfoRead,
    UserLocked,
    UserUnlocked,
    UserUpdated,
}

impl Action {
    pub const ALL: &'static [Self] = &[
        Self::ApplicationCreated,
        Self::ApplicationDeleted,
        Self::ApplicationUpdated,
        Self::AuthorizationRequested,
        Self::CodeIssued,
        Self::EnvironmentCreated,
        Self::EnvironmentDeleted,
        Self::EnvironmentUpdated,
        Self::FlowUpdated,
        Self::KeyRotated,
        Self::ManagementRequested,
        Self::PasswordChanged,
        Self::PasswordChecked,
        Self::PopulationCreated,
        Self::PopulationDeleted,
        Self::PopulationUpdated,
        Self::RequestReceived,
        Self::SecretDeleted,
        Self::SecretRead,
        Self::SecretRotated,
        Self::SessionCreated,
        Self::SessionEnded,
        Self::TokenFamilyRevoked,
        Self::TokenIntrospected,
        Self::TokenIssued,
        Self::TokenRevoked,
        Self::UserCreated,
        Self::UserDeleted,
        Self::UserInfoRead,
        Self::UserLocked,
        Self::UserUnlocked,
        Self::UserUpdated,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::ApplicationCreated => "APPLICATION.CREATED",
            Self::ApplicationDeleted => "APPLICATION.DELETED",
            Self::ApplicationUpdated => "APPLICATION.UPDATED",
            Self::AuthorizationRequested => "AUTHORIZATION.REQUESTED",
            Self::CodeIssued => "AUTHORIZATION_CODE.CREATED",
            Self::EnvironmentCreated => "ENVIRONMENT.CREATED",
            Self::EnvironmentDeleted => "ENVIRONMENT.DELETED",
            Self::EnvironmentUpdated => "ENVIRONMENT.UPDATED",
            Self::FlowUpdated => "FLOW.UPDATED",
            Self::KeyRotated => "KEY.ROTATED",
            Self::ManagementRequested => "MANAGEMENT.REQUESTED",
            Self::PasswordChanged => "PASSWORD.CHANGED",
            Self::PasswordChecked => "PASSWORD.CHECKED",
            Self::PopulationCreated => "POPULATION.CREATED",
            Self::PopulationDeleted => "POPULATION.DELETED",
            Self::PopulationUpdated => "POPULATION.UPDATED",
            Self::RequestReceived => "REQUEST.RECEIVED",
            Self::SecretDeleted => "SECRET.DELETED",
            Self::SecretRead => "SECRET.READ",
            Self::SecretRotated => "SECRET.ROTATED",
            Self::SessionCreated => "SESSION.CREATED",
            Self::SessionEnded => "SESSION.DELETED",
            Self::TokenFamilyRevoked => "TOKEN_FAMILY.REVOKED",
            Self::TokenIntrospected => "TOKEN.INTROSPECTED",
            Self::TokenIssued => "ACCESS_TOKEN.CREATED",
            Self::TokenRevoked => "TOKEN.REVOKED",
            Self::UserCreated => "USER.CREATED",
            Self::UserDeleted => "USER.DELETED",
            Self::UserInfoRead => "USER.ACCESS_ALLOWED",
            Self::UserLocked => "USER.LOCKED",
            Self::UserUnlocked => "USER.UNLOCKED",
            Self::UserUpdated => "USER.UPDATED",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|a| a.name() == name)
    }
}

/// Who acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody proved who they are.
    Anonymous,
    Application(ApplicationId),
    System,
    User(UserId),
}

/// What was acted on: PingOne's resource type and its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Such as USER or APPLICATION.
    pub kind: &'static str,
    pub id: Uuid,
}

/// Why a request was refused: the rule, what it expected, and what came. Never a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub reason: Reason,
    pub expected: String,
    pub came: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Nil until the engine commits the event and names it.
    pub id: ActivityId,
    /// None where no environment could be told.
    pub environment: Option<EnvironmentId>,
    pub at: Time,
    pub correlation: CorrelationId,
    pub action: Action,
    pub actor: Actor,
    /// The application that the request claimed to come from, also when it could not prove it.
    pub application: Option<ApplicationId>,
    pub user: Option<UserId>,
    pub target: Option<Target>,
    /// None: it succeeded.
    pub refusal: Option<Refusal>,
    /// Such as the grant type; short, never a secret.
    pub note: Option<String>,
    pub source: Option<IpAddr>,
}

impl Event {
    pub fn new(environment: Option<EnvironmentId>, at: Time, correlation: CorrelationId, action: Action) -> Self {
        Self {
            id: ActivityId::new(Uuid::nil()),
            environment,
            at,
            correlation,
            action,
            actor: Actor::Anonymous,
            application: None,
            user: None,
            target: None,
            refusal: None,
            note: None,
            source: None,
        }
    }

    #[must_use]
    pub fn by(mut self, actor: Actor) -> Self {
        self.actor = actor;
        match actor {
            Actor::Application(id) => self.application = Some(id),
            Actor::User(id) => self.user = Some(id),
            Actor::Anonymous | Actor::System => {}
        }
        self
    }

    #[must_use]
    pub fn on(mut self, kind: &'static str, id: Uuid) -> Self {
        self.target = Some(Target { kind, id });
        self
    }

    #[must_use]
    pub fn noting(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    #[must_use]
    pub fn refused(mut self, refused: &crate::refusal::Refused) -> Self {
        self.refusal =
            Some(Refusal { reason: refused.reason, expected: refused.expected.clone(), came: refused.came.clone() });
        self
    }
}
