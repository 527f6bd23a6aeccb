//! Administrators' roles: what a worker or a user may do through the management API, and where.

use uuid::{Uuid, uuid};

use super::describe::{Described, Place, Refers, Walk, property};
use crate::id::{EnvironmentId, OrganizationId, PopulationId, RoleAssignmentId};
use crate::names::names;

names! {
    /// One thing that the management API lets an administrator do. Every route of it names exactly one.
    pub enum Permission {
        CreateEnvironments = "orgmgt:create:environment",
        DeleteEnvironments = "orgmgt:delete:environment",
        ManageApplications = "applications:update:application",
        ManageGroups = "dir:update:group",
        ManagePopulations = "dir:update:population",
        ManageUserPasswords = "dir:update:userPassword",
        ManageUsers = "dir:update:user",
        ReadActivities = "audit:read:activity",
        ReadApplicationSecrets = "applications:read:applicationSecret",
        ReadApplications = "applications:read:application",
        ReadEnvironments = "orgmgt:read:environment",
        ReadGroups = "dir:read:group",
        ReadLicenses = "licensing:read:license",
        ReadOrganizations = "orgmgt:read:organization",
        ReadPopulations = "dir:read:population",
        ReadUsers = "dir:read:user",
        RotateApplicationSecrets = "applications:update:applicationSecret",
        UpdateEnvironments = "orgmgt:update:environment",
    }
}

names! {
    /// What kind of thing an assigned role counts for.
    pub enum RoleScopeKind {
        Organization = "ORGANIZATION",
        Environment = "ENVIRONMENT",
        Population = "POPULATION",
    }
}

/// Where an assigned role counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleScope {
    Environment(EnvironmentId),
    Organization(OrganizationId),
    Population(PopulationId),
}

impl RoleScope {
    pub const fn new(kind: RoleScopeKind, id: Uuid) -> Self {
        match kind {
            RoleScopeKind::Environment => Self::Environment(EnvironmentId::new(id)),
            RoleScopeKind::Organization => Self::Organization(OrganizationId::new(id)),
            RoleScopeKind::Population => Self::Population(PopulationId::new(id)),
        }
    }

    pub const fn kind(self) -> RoleScopeKind {
        match self {
            Self::Environment(_) => RoleScopeKind::Environment,
            Self::Organization(_) => RoleScopeKind::Organization,
            Self::Population(_) => RoleScopeKind::Population,
        }
    }

    pub const fn id(self) -> Uuid {
        match self {
            Self::Environment(id) => id.uuid(),
            Self::Organization(id) => id.uuid(),
            Self::Population(id) => id.uuid(),
        }
    }
}

/// A built-in role.
#[derive(Debug)]
pub struct Role {
    pub id: Uuid,
    pub name: &'static str,
    pub description: &'static str,
    pub permissions: &'static [Permission],
}

/// A role given to an actor (an application or a user) of `environment`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoleAssignment {
    pub id: RoleAssignmentId,
    /// The actor's own environment.
    pub environment: EnvironmentId,
    pub actor: Uuid,
    pub role: Uuid,
    pub scope: RoleScope,
    pub read_only: bool,
}

impl Default for RoleScope {
    fn default() -> Self {
        Self::Environment(EnvironmentId::default())
    }
}

/// The contract, Annex A: RoleAssignment.
impl Described for RoleAssignment {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { id, environment, actor, role, scope, read_only } = self;
        walk.id(&property("id").read_only().column("id"), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.id(&property("actor").place(Place::Hidden("actor")).column("actor"), actor);
        walk.reference(&property("role").required().refers(Refers::Role).column("role"), role);
        let (mut kind, mut target) = (scope.kind(), scope.id());
        walk.within(&property("scope").required().place(Place::Flat), &mut |walk| {
            walk.id(&property("id").required().column("scope_id"), &mut target);
            walk.choice(&property("type").required().column("scope_kind"), &mut kind);
        });
        *scope = RoleScope::new(kind, target);
        walk.flag(&property("readOnly").read_only().column("read_only"), read_only);
    }
}

impl RoleAssignment {
    /// The role's permissions; none for a role that does not exist.
    pub fn permissions(&self) -> &'static [Permission] {
        ROLES.iter().find(|r| r.id == self.role).map_or(&[], |r| r.permissions)
    }

    /// Whether the assignment covers `environment` of `organization`. A population's never covers more than its users.
    pub fn covers(&self, organization: OrganizationId, environment: EnvironmentId) -> bool {
        match self.scope {
            RoleScope::Environment(id) => id == environment,
            RoleScope::Organization(id) => id == organization,
            RoleScope::Population(_) => false,
        }
    }
}

/// The built-in roles, the same in every installation.
pub const ROLES: &[Role] = &[
    Role {
        id: uuid!("29ddce68-cd7f-4b2a-b6fc-f7a19553b496"),
        name: "Organization Admin",
        description: "Reads the organization and its licences, and makes environments.",
        permissions: &[CreateEnvironments, ReadEnvironments, ReadLicenses, ReadOrganizations],
    },
    Role {
        id: uuid!("6f770b08-793f-4393-b2aa-b1d1587a0324"),
        name: "Environment Admin",
        description: "Changes environments and everything configured in them.",
        permissions: &[
            CreateEnvironments,
            DeleteEnvironments,
            ManageApplications,
            ManagePopulations,
            ReadActivities,
            ReadApplicationSecrets,
            ReadApplications,
            ReadEnvironments,
            ReadGroups,
            ReadLicenses,
            ReadOrganizations,
            ReadPopulations,
            RotateApplicationSecrets,
            UpdateEnvironments,
        ],
    },
    Role {
        id: uuid!("0bd9c966-7664-4ac1-b059-0ff9293908e2"),
        name: "Identity Data Admin",
        description: "Manages users, their passwords, groups and populations.",
        permissions: &[
            ManageGroups,
            ManagePopulations,
            ManageUserPasswords,
            ManageUsers,
            ReadActivities,
            ReadEnvironments,
            ReadGroups,
            ReadPopulations,
            ReadUsers,
        ],
    },
    Role {
        id: uuid!("9225e8cf-3c53-4c7e-9a3e-6a3c2a0c8f36"),
        name: "Client Application Developer",
        description: "Manages applications and their secrets.",
        permissions: &[
            ManageApplications,
            ReadActivities,
            ReadApplicationSecrets,
            ReadApplications,
            ReadEnvironments,
            ReadGroups,
            RotateApplicationSecrets,
        ],
    },
    Role {
        id: uuid!("efbed4fc-fcdb-4a1a-9c9b-5c6a4e5c5b3b"),
        name: "Identity Data Read Only",
        description: "Reads users, groups and populations.",
        permissions: &[ReadEnvironments, ReadGroups, ReadPopulations, ReadUsers],
    },
    Role {
        id: uuid!("05d1fe69-c1ac-4ab9-a8ae-9e4a4c5d55a1"),
        name: "Configuration Read Only",
        description: "Reads what is configured, without secrets.",
        permissions: &[ReadActivities, ReadApplications, ReadEnvironments, ReadGroups, ReadPopulations],
    },
];

use Permission::{
    CreateEnvironments, DeleteEnvironments, ManageApplications, ManageGroups, ManagePopulations, ManageUserPasswords,
    ManageUsers, ReadActivities, ReadApplicationSecrets, ReadApplications, ReadEnvironments, ReadGroups, ReadLicenses,
    ReadOrganizations, ReadPopulations, ReadUsers, RotateApplicationSecrets, UpdateEnvironments,
};
