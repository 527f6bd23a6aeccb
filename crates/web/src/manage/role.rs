//! The built-in roles, to be read.

#![expect(
    clippy::unused_async,
    reason = "the rows of the route table are asynchronous; these are answered from memory"
)]

use engine::Failure;
use engine::manage::Authorized;
use protocol::model::{Permission, ROLES, Role, RoleScopeKind};
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::{Call, missing};
use super::list::whole;
use super::shape::linked;

pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let rows = ROLES.iter().map(|role| shape(&call.by, role)).collect();
    whole(&call, "roles", rows, &["id", "name", "description", "applicableTo"])
}

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let id = call.id("role", protocol::id::RoleId::parse)?;
    let role = Role::find(id.uuid()).ok_or_else(|| missing("role", id.to_string()))?;
    Ok(Answer::ok(shape(&call.by, role)))
}

fn shape(by: &Authorized, role: &Role) -> Value {
    let applicable: Vec<_> = role.applies_to.iter().copied().map(RoleScopeKind::name).collect();
    let permissions: Vec<Value> = role.permissions.iter().map(|p| permission(*p)).collect();
    linked(by, &[("self", format!("/roles/{}", role.id))])
        .with("id", role.id.to_string())
        .with("name", role.name)
        .with("description", role.description)
        .with("applicableTo", applicable)
        .with("permissions", permissions)
        .into()
}

/// PingOne writes a permission as `service:verb:object`.
fn permission(permission: Permission) -> Value {
    let name = permission.name();
    let classifier = name.rsplit(':').next().unwrap_or(name);
    json!({ "id": name, "classifier": classifier, "description": name })
}
