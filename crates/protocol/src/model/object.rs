//! Every kind of managed object as one value, and what names one: what [`crate::change::Change::Put`] and `Remove` take.

use uuid::Uuid;

use super::describe::{Described, Walk};
use super::{
    Application, Environment, Group, License, Organization, PasswordPolicy, Population, Resource, ResourceGrant,
    ResourceScope, RoleAssignment, SignOnPolicy,
};
use crate::id::{
    ApplicationId, EnvironmentId, GroupId, LicenseId, OrganizationId, PasswordPolicyId, PopulationId, ResourceGrantId,
    ResourceId, RoleAssignmentId, ScopeId, SignOnPolicyId,
};
use crate::names::names;

/// A described object that is stored under its own name.
pub trait Kept: Described + Into<Object> {
    const KIND: ObjectKind;

    /// Its own id, without its parents'.
    fn id(&self) -> Uuid;

    fn set_id(&mut self, id: Uuid);

    fn key(&self) -> Key;
}

/// Lists the kinds once: the name, what names one of it, and whether it configures its environment. Of those `within` an environment the
/// environment's id comes first and is not said.
macro_rules! objects {
    (
        above { $($top:ident = $top_name:literal by ($($top_part:ident: $top_id:ty),+) configures $top_configures:literal),+ $(,)? }
        within { $($kind:ident = $name:literal by ($($part:ident: $id:ty),+) configures $configures:literal),+ $(,)? }
    ) => {
        names! {
            /// A kind of managed object.
            pub enum ObjectKind {
                $($top = $top_name,)+
                $($kind = $name,)+
            }
        }

        impl ObjectKind {
            /// Whether it is part of what every node keeps of its environment, and a change of it raises the revision.
            pub const fn configures(self) -> bool {
                match self {
                    $(Self::$top => $top_configures,)+
                    $(Self::$kind => $configures,)+
                }
            }

            /// Walks the description of an object of which nothing is known.
            pub fn describe(self, walk: &mut dyn Walk) {
                match self {
                    $(Self::$top => $top::default().describe(walk),)+
                    $(Self::$kind => $kind::default().describe(walk),)+
                }
            }
        }

        #[expect(clippy::large_enum_variant, reason = "whoever holds one for long boxes it, as a change does")]
        #[derive(Clone, Debug, PartialEq)]
        pub enum Object {
            $($top($top),)+
            $($kind($kind),)+
        }

        /// The name of one managed object: where it is in an environment, that first.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Key {
            $($top($($top_id),+),)+
            $($kind(EnvironmentId, $($id),+),)+
        }

        impl Object {
            pub const fn kind(&self) -> ObjectKind {
                match self {
                    $(Self::$top(_) => ObjectKind::$top,)+
                    $(Self::$kind(_) => ObjectKind::$kind,)+
                }
            }

            /// The environment that it is, or is in.
            pub const fn environment(&self) -> Option<EnvironmentId> {
                match self {
                    Self::Environment(environment) => Some(environment.id),
                    Self::License(_) | Self::Organization(_) => None,
                    $(Self::$kind(object) => Some(object.environment),)+
                }
            }

            /// Walks the object's description.
            pub fn describe(&mut self, walk: &mut dyn Walk) {
                match self {
                    $(Self::$top(object) => object.describe(walk),)+
                    $(Self::$kind(object) => object.describe(walk),)+
                }
            }
        }

        impl Key {
            pub const fn kind(&self) -> ObjectKind {
                match self {
                    $(Self::$top(..) => ObjectKind::$top,)+
                    $(Self::$kind(..) => ObjectKind::$kind,)+
                }
            }

            /// The environment that it names, or in which it names something.
            pub const fn environment(&self) -> Option<EnvironmentId> {
                match self {
                    Self::Environment(environment) => Some(*environment),
                    Self::License(..) | Self::Organization(_) => None,
                    $(Self::$kind(environment, ..) => Some(*environment),)+
                }
            }

            /// Its ids in the order of the path.
            pub fn ids(&self) -> Vec<Uuid> {
                match *self {
                    $(Self::$top($($top_part),+) => vec![$(Uuid::from($top_part)),+],)+
                    $(Self::$kind(environment, $($part),+) => vec![environment.uuid(), $(Uuid::from($part)),+],)+
                }
            }
        }

        $(objects!(@kept $top, object => Key::$top($(object.$top_part),+));)+
        $(objects!(@kept $kind, object => Key::$kind(object.environment, $(object.$part),+));)+
    };
    (@kept $kind:ident, $object:ident => $key:expr) => {
        impl Kept for $kind {
            const KIND: ObjectKind = ObjectKind::$kind;

            fn id(&self) -> Uuid {
                self.id.uuid()
            }

            fn set_id(&mut self, id: Uuid) {
                self.id = id.into();
            }

            fn key(&self) -> Key {
                let $object = self;
                $key
            }
        }

        impl From<$kind> for Object {
            fn from(object: $kind) -> Self {
                Self::$kind(object)
            }
        }
    };
}

objects! {
    above {
        Environment = "ENVIRONMENT" by (id: EnvironmentId) configures true,
        License = "LICENSE" by (organization: OrganizationId, id: LicenseId) configures false,
        Organization = "ORGANIZATION" by (id: OrganizationId) configures false,
    }
    within {
        Application = "APPLICATION" by (id: ApplicationId) configures true,
        Group = "GROUP" by (id: GroupId) configures false,
        PasswordPolicy = "PASSWORD_POLICY" by (id: PasswordPolicyId) configures true,
        Population = "POPULATION" by (id: PopulationId) configures true,
        Resource = "RESOURCE" by (id: ResourceId) configures true,
        ResourceGrant = "GRANT" by (application: ApplicationId, id: ResourceGrantId) configures true,
        ResourceScope = "SCOPE" by (id: ScopeId) configures true,
        RoleAssignment = "ROLE_ASSIGNMENT" by (actor: Uuid, id: RoleAssignmentId) configures true,
        SignOnPolicy = "SIGN_ON_POLICY" by (id: SignOnPolicyId) configures true,
    }
}
