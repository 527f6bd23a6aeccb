//! Audit events: who did what to what, with which outcome. Committed with the change they describe.

use std::net::IpAddr;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::id::{ActivityId, ApplicationId, CorrelationId, EnvironmentId, UserId};
use crate::model::ObjectKind;
use crate::names::names;
use crate::refusal::Reason;
use crate::time::Time;

/// What is recorded: of managed objects what their list says, and of all else what stands here.
macro_rules! recorded {
    ($($place:ident { $($kind:ident = $name:literal, $one:literal of $many:literal by $id:ident with $with:tt
        stamps $stamps:tt configures $configures:literal told ($($created:ident $updated:ident $deleted:ident)?);)+ })+) => {
        names! {
            /// What an event may be about: PingOne's resource types.
            pub enum Kind {
                $($($kind = $name,)+)+
                Consent = "OAUTH_CONSENT",
                Flow = "FLOW",
                Session = "SESSION",
            }
        }

        impl From<ObjectKind> for Kind {
            fn from(kind: ObjectKind) -> Self {
                match kind {
                    $($(ObjectKind::$kind => Self::$kind,)+)+
                }
            }
        }

        names! {
            /// What was done. The names are PingOne's action types where it has one.
            pub enum Action {
                AuthorizationRequested = "AUTHORIZATION.REQUESTED",
                ConsentGiven = "OAUTH_CONSENT.CREATED",
                ConsentWithdrawn = "OAUTH_CONSENT.DELETED",
                CodeIssued = "AUTHORIZATION_CODE.CREATED",
                FlowUpdated = "FLOW.UPDATED",
                GroupJoined = "MEMBER_OF_GROUP.CREATED",
                GroupLeft = "MEMBER_OF_GROUP.DELETED",
                /// A signing key that leaked was taken away.
                KeyRevoked = "KEY.REVOKED",
                KeyRotated = "KEY.ROTATED",
                /// An application was told that a session ended, or was not.
                LogoutTold = "LOGOUT_TOKEN.SENT",
                ManagementRequested = "MANAGEMENT.REQUESTED",
                PasswordChanged = "PASSWORD.CHANGED",
                PasswordChecked = "PASSWORD.CHECKED",
                /// A code by which its reader chooses a new password.
                RecoveryCodeSent = "RECOVERY_CODE.CREATED",
                RequestPushed = "AUTHORIZATION.PUSHED",
                /// A request that no endpoint took, or that was answered with what another had come to.
                RequestReceived = "REQUEST.RECEIVED",
                SecretDeleted = "SECRET.DELETED",
                SecretRead = "SECRET.READ",
                SecretRotated = "SECRET.ROTATED",
                SessionCreated = "SESSION.CREATED",
                SessionEnded = "SESSION.DELETED",
                /// One network failed on more names than a person has.
                SprayingSuspected = "SIGN_ON.SPRAYING_SUSPECTED",
                TokenIntrospected = "TOKEN.INTROSPECTED",
                TokenIssued = "ACCESS_TOKEN.CREATED",
                TokenRevoked = "TOKEN.REVOKED",
                UserInfoRead = "USER.ACCESS_ALLOWED",
                UserLocked = "USER.LOCKED",
                UserUnlocked = "USER.UNLOCKED",
                /// A code by which its reader shows that the address is theirs.
                VerificationCodeSent = "VERIFICATION_CODE.CREATED",
                $($($(
                    $created = (concat!($name, ".CREATED")),
                    $updated = (concat!($name, ".UPDATED")),
                    $deleted = (concat!($name, ".DELETED")),
                )?)+)+
            }
        }
    };
}

crate::objects!(recorded);

/// Which properties differ between two drawings of an object: their names, a nested one by its path. Links, versions and
/// stamps of time follow from the change itself and are no part of it. None where nothing differs.
pub fn changed(before: &Value, after: &Value) -> Option<String> {
    let mut names = Vec::new();
    differing("", before, after, &mut names);
    (!names.is_empty()).then(|| format!("changed {}", names.join(", ")))
}

fn differing(path: &str, before: &Value, after: &Value, names: &mut Vec<String>) {
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        if before != after {
            names.push(path.to_owned());
        }
        return;
    };
    let mut members: Vec<&String> = old.keys().chain(new.keys()).collect();
    members.sort_unstable();
    members.dedup();
    for member in members.into_iter().filter(|member| !IMPLIED.contains(&member.as_str())) {
        let at = if path.is_empty() { member.clone() } else { format!("{path}.{member}") };
        let value = |object: &Map<String, Value>| object.get(member).cloned().unwrap_or_default();
        differing(&at, &value(old), &value(new), names);
    }
}

const IMPLIED: [&str; 5] = ["_embedded", "_links", "createdAt", "updatedAt", "version"];

/// Who acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody proved who they are.
    Anonymous,
    Application(ApplicationId),
    System,
    User(UserId),
}

/// What was acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    pub kind: Kind,
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
    /// The environment that the actor is of, where it is another one.
    pub actor_environment: Option<EnvironmentId>,
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
            actor_environment: None,
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
    pub fn on(mut self, kind: Kind, id: Uuid) -> Self {
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
