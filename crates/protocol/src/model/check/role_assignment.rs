//! Role assignments (the contract, Annex A: RoleAssignment).

use serde_json::{Map, Value};

use super::Fields;
use crate::model::{ROLES, Role, RoleScope, RoleScopeKind};
use crate::refusal::Refused;

/// Reads which role is given, and where it shall count.
pub fn read(body: &Map<String, Value>) -> Result<(&'static Role, RoleScope), Refused> {
    let mut fields = Fields::new(body);
    let role = fields.within("role", |role| {
        let id = role.id("id");
        role.require("id", id)
    });
    let role = fields.require("role", role).flatten();
    let known = role.and_then(|id| ROLES.iter().find(|r| r.id == id));
    if role.is_some() && known.is_none() {
        fields.fault("INVALID_VALUE", "role.id", "no role has this id", None);
    }
    let scope = fields.within("scope", read_scope);
    let scope = fields.require("scope", scope).flatten();
    super::complete(fields, known.zip(scope))
}

fn read_scope(fields: &mut Fields<'_>) -> Option<RoleScope> {
    let id = fields.id("id");
    let id = fields.require("id", id);
    let kind = fields.choice("type", &RoleScopeKind::ALL, RoleScopeKind::name);
    let kind = fields.require("type", kind);
    id.zip(kind).map(|(id, kind)| RoleScope::new(kind, id))
}
