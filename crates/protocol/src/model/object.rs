//! Every kind of managed object as one value, and what names one: what [`crate::change::Change::Put`] and `Remove` take.

use uuid::Uuid;

use super::describe::{Described, Walk};
use super::{PasswordPolicy, Population, Resource, ResourceGrant, ResourceScope, RoleAssignment, SignOnPolicy};
use crate::id::{
    ApplicationId, EnvironmentId, PasswordPolicyId, PopulationId, ResourceGrantId, ResourceId, RoleAssignmentId,
    ScopeId, SignOnPolicyId,
};
use crate::names::names;

/// A described object that is stored under its own name.
pub trait Kept: Described + Into<Object> {
    const KIND: ObjectKind;

    fn environment(&self) -> EnvironmentId;

    /// Its own id, without its parents'.
    fn id(&self) -> Uuid;

    fn set_id(&mut self, id: Uuid);

    fn key(&self) -> Key;
}

/// Lists the kinds once: the name, what names one of it beside its environment, and whether it configures the environment.
macro_rules! objects {
    ($($kind:ident = $name:literal by ($($part:ident: $id:ty),+) configures $configures:literal),+ $(,)?) => {
        names! {
            /// A kind of managed object.
            pub enum ObjectKind {
                $($kind = $name,)+
            }
        }

        impl ObjectKind {
            /// Whether it is part of what every node keeps of its environment, and a change of it raises the revision.
            pub const fn configures(self) -> bool {
                match self {
                    $(Self::$kind => $configures,)+
                }
            }

            /// Walks the description of an object of which nothing is known.
            pub fn describe(self, walk: &mut dyn Walk) {
                match self {
                    $(Self::$kind => $kind::default().describe(walk),)+
                }
            }
        }

        #[derive(Clone, Debug, PartialEq)]
        pub enum Object {
            $($kind($kind),)+
        }

        /// The name of one managed object: its environment first.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Key {
            $($kind(EnvironmentId, $($id),+),)+
        }

        impl Object {
            pub const fn kind(&self) -> ObjectKind {
                match self {
                    $(Self::$kind(_) => ObjectKind::$kind,)+
                }
            }

            pub const fn environment(&self) -> EnvironmentId {
                match self {
                    $(Self::$kind(object) => object.environment,)+
                }
            }

            /// Walks the object's description.
            pub fn describe(&mut self, walk: &mut dyn Walk) {
                match self {
                    $(Self::$kind(object) => object.describe(walk),)+
                }
            }
        }

        impl Key {
            pub const fn kind(&self) -> ObjectKind {
                match self {
                    $(Self::$kind(..) => ObjectKind::$kind,)+
                }
            }

            pub const fn environment(&self) -> EnvironmentId {
                match self {
                    $(Self::$kind(environment, ..) => *environment,)+
                }
            }

            /// The ids below the environment, in the order of the path.
            pub fn path(&self) -> Vec<Uuid> {
                match *self {
                    $(Self::$kind(_, $($part),+) => vec![$(Uuid::from($part)),+],)+
                }
            }
        }

        $(impl Kept for $kind {
            const KIND: ObjectKind = ObjectKind::$kind;

            fn environment(&self) -> EnvironmentId {
                self.environment
            }

            fn id(&self) -> Uuid {
                self.id.uuid()
            }

            fn set_id(&mut self, id: Uuid) {
                self.id = id.into();
            }

            fn key(&self) -> Key {
                Key::$kind(self.environment, $(self.$part),+)
            }
        })+

        $(impl From<$kind> for Object {
            fn from(object: $kind) -> Self {
                Self::$kind(object)
            }
        })+
    };
}

objects! {
    PasswordPolicy = "PASSWORD_POLICY" by (id: PasswordPolicyId) configures true,
    Population = "POPULATION" by (id: PopulationId) configures true,
    Resource = "RESOURCE" by (id: ResourceId) configures true,
    ResourceGrant = "GRANT" by (application: ApplicationId, id: ResourceGrantId) configures true,
    ResourceScope = "SCOPE" by (id: ScopeId) configures true,
    RoleAssignment = "ROLE_ASSIGNMENT" by (actor: Uuid, id: RoleAssignmentId) configures true,
    SignOnPolicy = "SIGN_ON_POLICY" by (id: SignOnPolicyId) configures true,
}
