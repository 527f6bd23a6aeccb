//! Roles that an environment makes for itself (the contract, Annex A: CustomAdminRole).

use super::RoleScopeKind;
use crate::id::{EnvironmentId, RoleId};
use crate::model::check::Fields;
use crate::model::describe::{Absent, Described, Found, Refers, Walk, each, property};
use crate::time::Time;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CustomRole {
    pub id: RoleId,
    pub environment: EnvironmentId,
    pub name: String,
    pub description: Option<String>,
    /// What it is given for.
    pub applies_to: Vec<RoleScopeKind>,
    /// `canBeAssignedBy`: whoever holds one of these roles may give it, as may whoever holds this one.
    pub assigned_by: Vec<RoleId>,
    /// Identifiers of permissions. What this version does not know gives nothing; a call writes none of those.
    pub permissions: Vec<String>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

impl CustomRole {
    /// Whether it holds this identifier.
    pub fn has(&self, identifier: &str) -> bool {
        self.permissions.iter().any(|held| held == identifier)
    }
}

impl Described for CustomRole {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self {
            id,
            environment,
            name,
            description,
            applies_to,
            assigned_by,
            permissions,
            created_at,
            updated_at,
            version,
        } = self;
        walk.id(&property("id").read_only().found("id", Found::Id), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.text(&property("name").text(1, 256).required().found("name_key", Found::Folded), name);
        walk.text_if(&property("description").inert().prose(4_096), description);
        walk.choices(&property("applicableTo").absent(Absent::Kept).stored_as("applies_to").shown(), applies_to);
        let by = property("canBeAssignedBy").up_to(MOST_ROLES).refers(Refers::Role).stored_as("assigned_by").shown();
        walk.references(&by, assigned_by);
        walk.made(&property("canAssign"), "array");
        each(walk, &property("permissions").up_to(MOST).required().shown(), permissions, |one, walk| {
            walk.text(&property("id").checked(256, is_identifier).required(), one);
        });
        walk.made(&property("type"), "string");
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
        walk.version(version);
    }

    fn rules(&self, _: &Self, fields: &mut Fields<'_>) {
        if fields.has("permissions") && self.permissions.is_empty() {
            fields.fault("EMPTY_VALUE", "permissions", "must hold at least one permission", None);
        }
        if self.applies_to.is_empty() {
            fields.fault("EMPTY_VALUE", "applicableTo", "must hold at least one type of scope", None);
        }
        // Annex A: it is required, and may be empty.
        if !fields.has("canBeAssignedBy") {
            fields.fault("REQUIRED_VALUE", "canBeAssignedBy", "must not be empty", None);
        }
    }
}

/// PingOne writes a permission as `service:verb:object`.
fn is_identifier(text: &str) -> Result<(), String> {
    let is_word = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    };
    if text.split(':').count() == 3 && text.split(':').all(is_word) {
        return Ok(());
    }
    Err("must be the identifier of a permission: service:verb:object".into())
}

const MOST: usize = 1_000;
const MOST_ROLES: usize = 200;
