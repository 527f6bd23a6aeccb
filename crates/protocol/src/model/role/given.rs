//! What somebody holds: an assignment with the role that it gives, which is built in or their environment's own.

use std::borrow::Cow;
use std::sync::Arc;

use uuid::Uuid;

use super::{CustomRole, Deed, Role, RoleAssignment, RoleScopeKind};

/// A role that was looked up.
#[derive(Clone, Debug)]
pub enum Given {
    BuiltIn(&'static Role),
    Custom(Arc<CustomRole>),
    /// One that is not there, or that this version cannot read: it gives nothing.
    Unknown(Uuid),
}

/// An assignment with its role.
#[derive(Clone, Debug)]
pub struct Held {
    pub row: RoleAssignment,
    pub role: Given,
}

impl From<&'static Role> for Given {
    fn from(role: &'static Role) -> Self {
        Self::BuiltIn(role)
    }
}

impl Given {
    pub fn id(&self) -> Uuid {
        match self {
            Self::BuiltIn(role) => role.id,
            Self::Custom(role) => role.id.uuid(),
            Self::Unknown(id) => *id,
        }
    }

    pub fn name(&self) -> Cow<'_, str> {
        match self {
            Self::BuiltIn(role) => role.name.into(),
            Self::Custom(role) => role.name.as_str().into(),
            Self::Unknown(id) => id.to_string().into(),
        }
    }

    /// What it is given for.
    pub fn applies_to(&self) -> &[RoleScopeKind] {
        match self {
            Self::BuiltIn(role) => role.applies_to,
            Self::Custom(role) => &role.applies_to,
            Self::Unknown(_) => &[],
        }
    }

    /// Whether whoever holds it may do this, where it counts.
    pub fn gives(&self, deed: Deed) -> bool {
        match self {
            Self::BuiltIn(role) => role.permissions.contains(&deed.permission),
            Self::Custom(role) => role.has(&deed.identifier()),
            Self::Unknown(_) => false,
        }
    }

    /// Whether whoever holds it may give `other`, where they hold what that gives. A custom role is given by who holds it and by
    /// whom it names; it gives no built-in one.
    pub fn assigns(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::BuiltIn(own), Self::BuiltIn(other)) => own.assigns(other),
            (Self::BuiltIn(_) | Self::Custom(_), Self::Custom(other)) => {
                self.id() == other.id.uuid() || other.assigned_by.iter().any(|by| by.uuid() == self.id())
            }
            (Self::Custom(_), Self::BuiltIn(_)) | (Self::Unknown(_), _) | (_, Self::Unknown(_)) => false,
        }
    }
}
