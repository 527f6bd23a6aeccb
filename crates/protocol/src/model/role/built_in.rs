//! The built-in roles: their names and what they are given for are PingOne's (the contract, Annex A: Role).
//!
//! Environment Admin, Identity Data Admin and Custom Roles Admin have PingOne's ids, which people write down. Those of the others
//! are not in public material; they are this server's own.

use uuid::{Uuid, uuid};

use super::{Assigns, Permission, Role, RoleScopeKind};

impl Role {
    pub const ORGANIZATION_ADMIN: Uuid = uuid!("073969d7-dce3-4661-870e-e5cc50e79eb3");
    pub const ENVIRONMENT_ADMIN: Uuid = uuid!("29ddce68-cd7f-4b2a-b6fc-f7a19553b496");
    pub const IDENTITY_DATA_ADMIN: Uuid = uuid!("0bd9c966-7664-4ac1-b059-0ff9293908e2");
    pub const CLIENT_APPLICATION_DEVELOPER: Uuid = uuid!("9225e8cf-3c53-4c7e-9a3e-6a3c2a0c8f36");
    pub const IDENTITY_DATA_READ_ONLY: Uuid = uuid!("efbed4fc-fcdb-4a1a-9c9b-5c6a4e5c5b3b");
    pub const HELP_DESK_ADMIN: Uuid = uuid!("ef1fb27b-9553-45d7-98ef-c06985dcde67");
}

/// The built-in roles, the same in every installation.
pub const ROLES: &[Role] = &[
    Role {
        id: Role::ORGANIZATION_ADMIN,
        name: "Organization Admin",
        description: "Reads the organization and its licences, and makes environments.",
        permissions: &[
            CreateEnvironments,
            ManageRoles,
            ReadAdministratorSecurity,
            ReadEnvironments,
            ReadGroupRoleAssignments,
            ReadLicenses,
            ReadOrganizations,
            ReadRoles,
            ReadUserRoleAssignments,
            UpdateAdministratorSecurity,
            UpdateGroupRoleAssignments,
            UpdateLicenses,
            UpdateUserRoleAssignments,
        ],
        applies_to: &[Organization],
        assigns: Assigns::Only(&[Role::ORGANIZATION_ADMIN, Role::ENVIRONMENT_ADMIN]),
    },
    Role {
        id: Role::ENVIRONMENT_ADMIN,
        name: "Environment Admin",
        description: "Changes environments and everything configured in them.",
        permissions: &[
            CreateEnvironments,
            DeleteEnvironments,
            ManageApplications,
            ManagePopulations,
            ManageRoles,
            ReadActivities,
            ReadAdministratorSecurity,
            ReadApplicationSecrets,
            ReadApplications,
            ReadEnvironments,
            ReadGroupRoleAssignments,
            ReadGroups,
            ReadLicenses,
            ReadOrganizations,
            ReadPopulations,
            ReadRoles,
            ReadUserRoleAssignments,
            RotateApplicationSecrets,
            UpdateAdministratorSecurity,
            UpdateEnvironments,
            UpdateGroupRoleAssignments,
            UpdateUserRoleAssignments,
        ],
        applies_to: &[Organization, Environment],
        assigns: Assigns::AllBut(Role::ORGANIZATION_ADMIN),
    },
    Role {
        id: Role::IDENTITY_DATA_ADMIN,
        name: "Identity Data Admin",
        description: "Manages users, their passwords, groups and populations.",
        permissions: &[
            ManageGroups,
            ManagePopulations,
            ManageUserPasswords,
            ManageUsers,
            ReadActivities,
            ReadEnvironments,
            ReadGroupRoleAssignments,
            ReadGroups,
            ReadPopulations,
            ReadRoles,
            ReadUserRoleAssignments,
            ReadUsers,
            UpdateGroupRoleAssignments,
            UpdateUserRoleAssignments,
        ],
        applies_to: &[Environment, Population],
        assigns: Assigns::Only(&[Role::IDENTITY_DATA_ADMIN, Role::IDENTITY_DATA_READ_ONLY, Role::HELP_DESK_ADMIN]),
    },
    Role {
        id: Role::CLIENT_APPLICATION_DEVELOPER,
        name: "Client Application Developer",
        description: "Manages applications and their secrets.",
        permissions: &[
            ManageApplications,
            ReadActivities,
            ReadApplicationSecrets,
            ReadApplications,
            ReadEnvironments,
            ReadGroups,
            ReadRoles,
            RotateApplicationSecrets,
        ],
        applies_to: &[Environment],
        assigns: NOBODY,
    },
    Role {
        id: Role::IDENTITY_DATA_READ_ONLY,
        name: "Identity Data Read Only",
        description: "Reads users, groups and populations.",
        permissions: &[
            ReadEnvironments,
            ReadGroupRoleAssignments,
            ReadGroups,
            ReadPopulations,
            ReadRoles,
            ReadUserRoleAssignments,
            ReadUsers,
        ],
        applies_to: &[Environment, Population],
        assigns: NOBODY,
    },
    Role {
        id: uuid!("05d1fe69-c1ac-4ab9-a8ae-9e4a4c5d55a1"),
        name: "Configuration Read Only",
        description: "Reads what is configured, without secrets.",
        permissions: &[
            ReadActivities,
            ReadAdministratorSecurity,
            ReadApplications,
            ReadEnvironments,
            ReadGroupRoleAssignments,
            ReadGroups,
            ReadPopulations,
            ReadRoles,
        ],
        applies_to: &[Environment],
        assigns: NOBODY,
    },
    Role {
        id: uuid!("ddb13824-f191-40c6-9602-97c6e54a2545"),
        name: "Application Owner",
        description: "Manages the applications that it is given for, and their secrets.",
        permissions: &[ManageApplications, ReadApplicationSecrets, ReadApplications, RotateApplicationSecrets],
        applies_to: &[Environment, Application],
        assigns: NOBODY,
    },
    Role {
        id: Role::HELP_DESK_ADMIN,
        name: "Help Desk Admin",
        description: "Reads users and sets their passwords.",
        permissions: &[ManageUserPasswords, ReadEnvironments, ReadGroups, ReadPopulations, ReadUsers],
        applies_to: &[Environment],
        assigns: NOBODY,
    },
    Role {
        id: uuid!("6f770b08-793f-4393-b2aa-b1d1587a0324"),
        name: "Custom Roles Admin",
        description: "Manages roles of an organization's own making.",
        permissions: &[ManageRoles, ReadEnvironments, ReadGroupRoleAssignments, ReadRoles, ReadUserRoleAssignments],
        applies_to: &[Environment],
        assigns: NOBODY,
    },
    Role {
        applies_to: &[Organization, Environment],
        ..only_seen(uuid!("c58d99af-b6c4-4d9d-90da-80a87777b1ae"), "DaVinci Admin", "Manages DaVinci.")
    },
    Role {
        applies_to: &[Organization, Environment],
        ..only_seen(
            uuid!("247a16ed-8699-4664-a3eb-7ecfa3682dce"),
            "DaVinci Admin Read Only",
            "Reads what is configured in DaVinci.",
        )
    },
    only_seen(
        uuid!("b1dc827f-58e8-4d4a-93f1-8c6b24e47fb4"),
        "Authorize Gateway Policy Evaluator",
        "Evaluates policies for a gateway.",
    ),
    only_seen(
        uuid!("02c2817a-9ac9-4e08-a7af-83243e9aa796"),
        "Advanced Identity Cloud Super Admin",
        "Manages Advanced Identity Cloud.",
    ),
    only_seen(
        uuid!("355fa894-88ee-4c11-872a-23324c023ad0"),
        "Advanced Identity Cloud Tenant Admin",
        "Manages a tenant of Advanced Identity Cloud.",
    ),
    only_seen(uuid!("3d0194d3-6387-4a5f-a53c-f57774e9a163"), "PingFederate Administrator", "Manages PingFederate."),
    only_seen(
        uuid!("8d260093-d4cc-43c2-872c-75b8eeea3a53"),
        "PingFederate Auditor",
        "Reads what is configured in PingFederate.",
    ),
    only_seen(
        uuid!("5d8d4db8-3866-4514-ba09-7e3dcb7a0df7"),
        "PingFederate Crypto Administrator",
        "Manages the keys and certificates of PingFederate.",
    ),
    only_seen(
        uuid!("217d1969-b86d-4d6c-a975-7eeb3206e2ae"),
        "PingFederate Expression Administrator",
        "Writes expressions of PingFederate.",
    ),
    only_seen(
        uuid!("2a00975f-65b7-411d-95cb-5174ec957c34"),
        "PingFederate User Administrator",
        "Manages the administrators of PingFederate.",
    ),
];

/// A role for what does not exist here: it lets its holder see the environment.
const fn only_seen(id: Uuid, name: &'static str, description: &'static str) -> Role {
    Role { id, name, description, permissions: &[ReadEnvironments], applies_to: &[Environment], assigns: NOBODY }
}

const NOBODY: Assigns = Assigns::Only(&[]);

use Permission::{
    CreateEnvironments, DeleteEnvironments, ManageApplications, ManageGroups, ManagePopulations, ManageRoles,
    ManageUserPasswords, ManageUsers, ReadActivities, ReadAdministratorSecurity, ReadApplicationSecrets,
    ReadApplications, ReadEnvironments, ReadGroupRoleAssignments, ReadGroups, ReadLicenses, ReadOrganizations,
    ReadPopulations, ReadRoles, ReadUserRoleAssignments, ReadUsers, RotateApplicationSecrets,
    UpdateAdministratorSecurity, UpdateEnvironments, UpdateGroupRoleAssignments, UpdateLicenses,
    UpdateUserRoleAssignments,
};
use RoleScopeKind::{Application, Environment, Organization, Population};
