//! What a body may refer to, and who knows what there is.

use uuid::Uuid;

use crate::id::EnvironmentId;
use crate::model::key_rotation_policy;
use crate::model::schema::UserSchema;

/// What an id in a body may have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refers {
    Application,
    Certificate,
    IdentityProvider,
    /// A key that no key rotation policy ends.
    KeyPair,
    /// A key rotation policy of this environment, which always has its own.
    KeyRotationPolicy(EnvironmentId),
    Group,
    PasswordPolicy,
    Population,
    Resource,
    Role,
    /// A scope, of this resource where one is named.
    Scope(Option<Uuid>),
    SignOnPolicy,
}

impl Refers {
    /// Whether what has this id is there wherever it may be named.
    pub(super) fn is_always(self, id: Uuid) -> bool {
        matches!(self, Self::KeyRotationPolicy(environment) if key_rotation_policy(environment) == id)
    }

    /// The sentence for a client whose id is none.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Application => "no application of this environment has this id",
            Self::Certificate => "no certificate of this environment has this id",
            Self::IdentityProvider => "no identity provider of this environment has this id",
            Self::KeyPair => "no key of this environment that stays until it is deleted has this id",
            Self::KeyRotationPolicy(_) => "no key rotation policy of this environment has this id",
            Self::Group => "no group of this environment has this id",
            Self::PasswordPolicy => "no password policy of this environment has this id",
            Self::Population => "no population of this environment has this id",
            Self::Resource => "no resource of this environment has this id",
            Self::Role => "no role has this id",
            Self::Scope(_) => "no scope of the resource has this id",
            Self::SignOnPolicy => "no sign-on policy of this environment has this id",
        }
    }
}

/// What the environment has that a body may refer to. A fact of the moment: where it may end meanwhile, the commit guards it.
pub trait Known {
    fn has(&self, what: Refers, id: Uuid) -> bool;

    /// What users may have; None where no schema is known: then nothing is disabled, and there is nothing of the environment's own.
    fn schema(&self) -> Option<&UserSchema> {
        None
    }

    /// Whether applications may register every port of this machine: on a developer's server alone.
    fn any_port(&self) -> bool {
        false
    }
}
