//! Administrators' roles: what a worker or a user may do through the management API, and where.

mod built_in;
mod custom;
mod deed;
mod given;

use uuid::Uuid;

pub use built_in::ROLES;
pub use custom::CustomRole;
pub use deed::{Deed, Verb};
pub use given::{Given, Held};

use super::describe::{Described, Place, Refers, Walk, property};
use crate::id::{ApplicationId, EnvironmentId, OrganizationId, PopulationId, RoleAssignmentId};
use crate::names::names;

names! {
    /// One thing that the management API lets an administrator do. Every route of it names exactly one.
    pub enum Permission {
        CreateEnvironments = "orgmgt:create:environment",
        DeleteEnvironments = "orgmgt:delete:environment",
        ManageApplications = "applications:update:application",
        ManageGroups = "dir:update:group",
        ManagePopulations = "dir:update:population",
        ManageRoles = "permissions:update:roles",
        ManageUserPasswords = "dir:update:userPassword",
        ManageUsers = "dir:update:user",
        ReadActivities = "audit_reporting:read:activity",
        ReadAdministratorSecurity = "admin:read:config",
        ReadApplicationSecrets = "applications:read:secret",
        ReadApplications = "applications:read:application",
        ReadEnvironments = "orgmgt:read:environment",
        ReadGroupRoleAssignments = "permissions:read:groupRoleAssignments",
        ReadGroups = "dir:read:group",
        ReadLicenses = "licensing:read:license",
        ReadOrganizations = "orgmgt:read:organization",
        ReadPopulations = "dir:read:population",
        ReadRoles = "permissions:read:roles",
        ReadUserRoleAssignments = "permissions:read:userRoleAssignments",
        ReadUsers = "dir:read:user",
        RotateApplicationSecrets = "applications:update:secret",
        UpdateAdministratorSecurity = "admin:update:config",
        UpdateEnvironments = "orgmgt:update:environment",
        UpdateGroupRoleAssignments = "permissions:update:groupRoleAssignments",
        UpdateLicenses = "licensing:update:license",
        UpdateUserRoleAssignments = "permissions:update:userRoleAssignments",
    }
}

impl Permission {
    /// Whether a role over one population gives it, for what is in that population.
    pub const fn is_of_populations(self) -> bool {
        match self {
            Self::ManageGroups
            | Self::ManagePopulations
            | Self::ManageUserPasswords
            | Self::ManageUsers
            | Self::ReadEnvironments
            | Self::ReadGroupRoleAssignments
            | Self::ReadGroups
            | Self::ReadPopulations
            | Self::ReadRoles
            | Self::ReadUserRoleAssignments
            | Self::ReadUsers
            | Self::UpdateGroupRoleAssignments
            | Self::UpdateUserRoleAssignments => true,
            Self::CreateEnvironments
            | Self::DeleteEnvironments
            | Self::ManageApplications
            | Self::ManageRoles
            | Self::ReadActivities
            | Self::ReadAdministratorSecurity
            | Self::ReadApplicationSecrets
            | Self::ReadApplications
            | Self::ReadLicenses
            | Self::ReadOrganizations
            | Self::RotateApplicationSecrets
            | Self::UpdateAdministratorSecurity
            | Self::UpdateEnvironments
            | Self::UpdateLicenses => false,
        }
    }

    /// Whether a role over one application gives it, for that application.
    pub const fn is_of_applications(self) -> bool {
        matches!(
            self,
            Self::ManageApplications
                | Self::ReadApplicationSecrets
                | Self::ReadApplications
                | Self::RotateApplicationSecrets
        )
    }
}

names! {
    /// What kind of thing an assigned role counts for.
    pub enum RoleScopeKind {
        Organization = "ORGANIZATION",
        Environment = "ENVIRONMENT",
        Population = "POPULATION",
        Application = "APPLICATION",
    }
}

/// Where an assigned role counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleScope {
    Application(ApplicationId),
    Environment(EnvironmentId),
    Organization(OrganizationId),
    Population(PopulationId),
}

impl RoleScope {
    pub const fn new(kind: RoleScopeKind, id: Uuid) -> Self {
        match kind {
            RoleScopeKind::Application => Self::Application(ApplicationId::new(id)),
            RoleScopeKind::Environment => Self::Environment(EnvironmentId::new(id)),
            RoleScopeKind::Organization => Self::Organization(OrganizationId::new(id)),
            RoleScopeKind::Population => Self::Population(PopulationId::new(id)),
        }
    }

    pub const fn kind(self) -> RoleScopeKind {
        match self {
            Self::Application(_) => RoleScopeKind::Application,
            Self::Environment(_) => RoleScopeKind::Environment,
            Self::Organization(_) => RoleScopeKind::Organization,
            Self::Population(_) => RoleScopeKind::Population,
        }
    }

    pub const fn id(self) -> Uuid {
        match self {
            Self::Application(id) => id.uuid(),
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
    /// What it is given for.
    pub applies_to: &'static [RoleScopeKind],
    assigns: Assigns,
}

/// Which roles somebody may give who holds a role, of those whose permissions they hold.
#[derive(Debug)]
enum Assigns {
    AllBut(Uuid),
    Only(&'static [Uuid]),
}

impl Role {
    /// Roles over an organization without which nobody could be made an administrator of it again: nobody gives what nobody holds.
    pub const KEPT: [Uuid; 3] = [Self::ORGANIZATION_ADMIN, Self::ENVIRONMENT_ADMIN, Self::IDENTITY_DATA_ADMIN];

    /// The built-in role with this id.
    pub fn find(id: Uuid) -> Option<&'static Self> {
        ROLES.iter().find(|role| role.id == id)
    }

    /// Whether whoever holds this role may give `other`, where they hold its permissions too.
    pub fn assigns(&self, other: &Self) -> bool {
        match self.assigns {
            Assigns::AllBut(id) => other.id != id,
            Assigns::Only(ids) => ids.contains(&other.id),
        }
    }

    /// What the first administrators hold over their organization; each other role gives a part of one of these.
    pub fn of_administrators() -> impl Iterator<Item = &'static Self> {
        ROLES.iter().take(OF_ADMINISTRATORS)
    }

    /// What whoever makes an environment is given over it, so that they can go on.
    pub fn of_creators() -> impl Iterator<Item = &'static Self> {
        [Self::ENVIRONMENT_ADMIN, Self::IDENTITY_DATA_ADMIN, Self::CLIENT_APPLICATION_DEVELOPER]
            .into_iter()
            .filter_map(Self::find)
    }
}

names! {
    /// Who a role is given to.
    #[derive(Default)]
    pub enum ActorKind {
        #[default]
        Application = "APPLICATION",
        Group = "GROUP",
        User = "USER",
    }
}

/// A role given to an actor of `environment`. Whoever is in a group holds what the group holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoleAssignment {
    pub id: RoleAssignmentId,
    /// The actor's own environment.
    pub environment: EnvironmentId,
    pub actor: Uuid,
    pub actor_kind: ActorKind,
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
        let Self { id, environment, actor, actor_kind, role, scope, read_only } = self;
        walk.id(&property("id").read_only().column("id"), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.id(&property("actor").place(Place::Hidden("actor")).column("actor"), actor);
        walk.choice(&property("actorKind").place(Place::Hidden("actor_kind")).column("actor_kind"), actor_kind);
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
    /// Whether the assignment covers all of `environment` of `organization`.
    pub fn covers(&self, organization: OrganizationId, environment: EnvironmentId) -> bool {
        match self.scope {
            RoleScope::Environment(id) => id == environment,
            RoleScope::Organization(id) => id == organization,
            RoleScope::Application(_) | RoleScope::Population(_) => false,
        }
    }
}

/// How many of the built-in roles, which begin with these.
const OF_ADMINISTRATORS: usize = 6;

#[cfg(test)]
mod tests;
