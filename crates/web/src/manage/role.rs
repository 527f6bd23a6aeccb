//! Roles: the built-in ones, and those that an environment makes for itself (the contract, Annex A: Role, CustomAdminRole).

#![expect(
    clippy::unused_async,
    reason = "the rows of the route table are asynchronous; these are answered from memory"
)]

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use engine::Failure;
use engine::manage::Authorized;
use protocol::change::{Absence, Change};
use protocol::id::{EnvironmentId, RoleId};
use protocol::model::{CustomRole, Given, Kept as _, Permission, ROLES, Role, RoleScope, RoleScopeKind};
use protocol::refusal::{Detail, Reason, Refused};
use protocol::told;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::answer::Answer;
use super::authority;
use super::call::{Call, missing};
use super::crud::{self, Include, Managed, constraint};
use super::list::whole;
use super::named;
use super::shape::{Object, linked, reference};

pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let rows = ROLES.iter().map(|role| shape(&call.by, "", role).into()).collect();
    whole(&call, "roles", rows, &["id", "name", "description", "applicableTo", "type"])
}

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let id = call.id("role", RoleId::parse)?;
    let role = Role::find(id.uuid()).ok_or_else(|| missing("role", id.to_string()))?;
    Ok(Answer::ok(Value::from(shape(&call.by, "", role))))
}

/// The built-in roles and the environment's own.
pub(super) async fn list_in_environment(call: Call) -> Result<Answer, Failure> {
    let (by, environment) = (&call.by, call.environment()?);
    let custom = by.store().all::<CustomRole>(environment, &[]).await?;
    let own = custom.iter().map(|role| crud::shape(by, role, &role.links(), made(role, &custom)));
    let path = format!("/environments/{environment}");
    let built_in = ROLES.iter().map(|role| platform(by, &path, role, &custom));
    let rows = built_in.chain(own).collect();
    whole(&call, "roles", rows, &["id", "name", "description", "applicableTo", "type"])
}

pub(super) async fn read_in_environment(call: Call) -> Result<Answer, Failure> {
    let environment = call.environment()?;
    let Some(role) = call.id("role", RoleId::parse).ok().and_then(|id| Role::find(id.uuid())) else {
        return crud::read::<CustomRole>(call).await;
    };
    let custom = call.by.store().all::<CustomRole>(environment, &[]).await?;
    Ok(Answer::ok(platform(&call.by, &format!("/environments/{environment}"), role, &custom)))
}

impl Managed for CustomRole {
    const TAKEN: &'static str = "a role with this name exists";

    /// Clients look for the sentence.
    fn unknown(_: EnvironmentId, id: Uuid) -> Failure {
        if Role::find(id).is_some() {
            let message = "A built-in role is neither changed nor deleted";
            return constraint("id", message, "a built-in role");
        }
        let refused = Refused::new(Reason::ResourceNotFound, "a role of this environment", id.to_string());
        refused.saying(format!("There is no role with id '{id}'")).into()
    }

    async fn blank(call: &Call) -> Result<Self, Failure> {
        let begun = Self::begun(call.environment()?, call.by.now().to_millis());
        Ok(Self { applies_to: vec![RoleScopeKind::Environment], ..begun })
    }

    /// Nobody makes a role with permissions that they lack: in the environment, and wherever somebody holds it.
    async fn allow(by: &Authorized, before: Option<&Self>, after: &Self) -> Result<(), Failure> {
        if ROLES.iter().any(|role| role.name.eq_ignore_ascii_case(&after.name)) {
            return Err(Refused::fields(vec![Detail::new("UNIQUENESS_VIOLATION", "name", Self::TAKEN)]).into());
        }
        are_known(before, after)?;
        let role = Given::Custom(Arc::new(after.clone()));
        authority::reaches(by, &role, RoleScope::Environment(after.environment)).await?;
        named::hold_roles(by, after.environment, before, after).await?;
        let Some(before) = before else { return Ok(()) };
        // Who changes it takes it from its holders as it was: whoever could give that.
        let was = Given::Custom(Arc::new(before.clone()));
        authority::reaches(by, &was, RoleScope::Environment(after.environment)).await?;
        let rows = by.store().given(before.environment, before.id).await?;
        if let Some(row) = rows.iter().find(|row| !after.applies_to.contains(&row.scope.kind())) {
            let message = format!("The role is assigned with a scope of type {}", row.scope.kind().name());
            return Err(constraint("applicableTo", &message, &row.id.to_string()));
        }
        for row in &rows {
            if authority::gives(by, row.scope).await? {
                authority::reaches(by, &role, row.scope).await?;
                authority::reaches(by, &was, row.scope).await?;
            }
        }
        by.expect(Change::Expect(before.key(), before.version));
        let known = rows.iter().map(|row| row.id.uuid()).collect();
        by.expect(Change::Absent(Absence::Given { environment: before.environment, role: before.id.uuid(), known }));
        Ok(())
    }

    async fn release(by: &Authorized, role: &Self) -> Result<(), Failure> {
        let others = by.store().all::<Self>(role.environment, &[]).await?;
        match others.iter().find(|other| other.id != role.id && other.assigned_by.contains(&role.id)) {
            Some(_) => {
                let message = "The role must not be in use: another role can be assigned by it";
                Err(constraint("id", message, "a role that another one names"))
            }
            None => Ok(()),
        }
    }

    async fn why_kept(_: &Authorized, _: &Self) -> Result<Failure, Failure> {
        let message = "The role must not be in use: it is assigned to somebody";
        Ok(constraint("id", message, "a role that somebody holds"))
    }

    async fn made(by: &Authorized, roles: &[Self], _: &Include) -> Result<Vec<Map<String, Value>>, Failure> {
        let Some(first) = roles.first() else { return Ok(Vec::new()) };
        let all = by.store().all::<Self>(first.environment, &[]).await?;
        Ok(roles.iter().map(|role| made(role, &all)).collect())
    }
}

/// A permission that no call needs would give nothing, and nobody would learn of it. One that a role has already stays.
fn are_known(before: Option<&CustomRole>, after: &CustomRole) -> Result<(), Failure> {
    let new = |id: &str| before.is_none_or(|before| !before.has(id));
    let unknown = after.permissions.iter().enumerate().filter(|(_, id)| new(id) && !is_known(id));
    let told = |(place, id): (usize, &String)| {
        let message = format!("no permission is called {}", told::name(id));
        Detail::new("INVALID_VALUE", format!("permissions[{place}].id"), message)
    };
    let details: Vec<Detail> = unknown.take(MOST_TOLD).map(told).collect();
    if details.is_empty() { Ok(()) } else { Err(Refused::fields(details).into()) }
}

/// Whether a call needs it, a built-in role lists it, or PingOne has it for what is not here.
fn is_known(identifier: &str) -> bool {
    static KNOWN: OnceLock<HashSet<Cow<'static, str>>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let calls = super::identifiers().map(|(.., identifier)| identifier);
        let listed = ROLES.iter().flat_map(|role| role.permissions).map(|listed| listed.name().into());
        calls.chain(listed).chain(OF_PINGONE.map(Cow::from)).collect()
    });
    known.contains(identifier)
}

/// What follows from the others.
fn made(role: &CustomRole, all: &[CustomRole]) -> Map<String, Value> {
    Object::default().with("canAssign", assigned_by(role.id.uuid(), all)).with("type", "CUSTOM").into_map()
}

/// The environment's own roles that whoever holds this one may give, as references; itself is not said.
fn assigned_by(id: Uuid, all: &[CustomRole]) -> Vec<Value> {
    let named = all.iter().filter(|other| other.assigned_by.iter().any(|by| by.uuid() == id));
    named.map(|other| reference(other.id)).collect()
}

/// A built-in role as one of an environment.
fn platform(by: &Authorized, environment: &str, role: &Role, custom: &[CustomRole]) -> Value {
    let built_in = |other: &&Role| role.assigns(other);
    let mut assigns: Vec<Value> = ROLES.iter().filter(built_in).map(|other| reference(other.id)).collect();
    assigns.extend(assigned_by(role.id, custom));
    let by_whom: Vec<Value> =
        ROLES.iter().filter(|other| other.assigns(role)).map(|other| reference(other.id)).collect();
    shape(by, environment, role).with("canAssign", assigns).with("canBeAssignedBy", by_whom).into()
}

fn shape(by: &Authorized, environment: &str, role: &Role) -> Object {
    let applicable: Vec<_> = role.applies_to.iter().copied().map(RoleScopeKind::name).collect();
    let permissions: Vec<Value> = role.permissions.iter().map(|p| permission(*p)).collect();
    linked(by, &[("self", format!("{environment}/roles/{}", role.id))])
        .with("id", role.id.to_string())
        .with("name", role.name)
        .with("description", role.description)
        .with("applicableTo", applicable)
        .with("permissions", permissions)
        .with("type", "PLATFORM")
}

/// PingOne writes a permission as `service:verb:object`.
fn permission(permission: Permission) -> Value {
    let name = permission.name();
    let classifier = name.rsplit(':').next().unwrap_or(name);
    json!({ "id": name, "classifier": classifier, "description": name })
}

/// PingOne's own that give nothing here: roles that were made there have them.
const OF_PINGONE: [&str; 5] = [
    "applications:delete:secret",
    "applications:import:application",
    "applications:issue:certificate",
    "orgmgt:read:deployment",
    "permissions:read:gatewayRoleAssignments",
];
const MOST_TOLD: usize = 20;
