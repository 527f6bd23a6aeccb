//! The roles of an application. Nobody gives what they do not hold themselves (MG-05).

use engine::Failure;
use engine::manage::{About, Authorized};
use protocol::audit::Action;
use protocol::change::Change;
use protocol::id::RoleAssignmentId;
use protocol::model::check::role_assignment as check;
use protocol::model::{Application, ROLES, Role, RoleAssignment, RoleScope, RoleScopeKind};
use protocol::refusal::{Detail, Reason, Refused};
use serde_json::{Value, json};

use super::answer::Answer;
use super::application::{load, target};
use super::authority;
use super::call::{Call, missing};
use super::list::whole;
use super::shape::{linked, reference};

pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let application = load(&call).await?.application;
    let rows = held(&call.by, &application).await?;
    let rows = rows.iter().map(|row| shape(&call.by, &application, row)).collect();
    Ok(whole(&call, "roleAssignments", rows))
}

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let application = load(&call).await?.application;
    let id = call.id("assignment", RoleAssignmentId::parse)?;
    let rows = held(&call.by, &application).await?;
    let row = rows.iter().find(|row| row.id == id).ok_or_else(|| missing("role assignment", id.to_string()))?;
    Ok(Answer::ok(shape(&call.by, &application, row)))
}

pub(super) async fn create(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let application = load(&call).await?.application;
    let (role, scope) = check::read(&call.json().await?)?;
    applicable(scope)?;
    authority::reaches(&by, role, scope).await?;
    if held(&by, &application).await?.iter().any(|row| row.role == role.id && row.scope == scope) {
        return Err(Refused::fields(vec![Detail::new("UNIQUENESS_VIOLATION", "role", DUPLICATE)]).into());
    }
    let row = RoleAssignment {
        id: RoleAssignmentId::new(by.ctx().uuid()),
        environment: application.environment,
        actor: application.id.uuid(),
        role: role.id,
        scope,
        read_only: false,
    };
    let changes = vec![Change::CreateRoleAssignment(row.clone())];
    let about = About::from(target(&application)).noting(format!("granted {}", told(role, scope)));
    let done = by.try_finish(changes, Action::ApplicationUpdated, about).await;
    done.map_err(|error| super::call::taken(error, "role", DUPLICATE))?;
    Ok(Answer::created(shape(&by, &application, &row)))
}

/// Takes a role away. Whoever could not give it cannot take it either.
pub(super) async fn delete(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let application = load(&call).await?.application;
    let id = call.id("assignment", RoleAssignmentId::parse)?;
    let rows = held(&by, &application).await?;
    let row = rows.iter().find(|row| row.id == id).ok_or_else(|| missing("role assignment", id.to_string()))?;
    if row.read_only {
        let message = format!("Role assignment {id} cannot be deleted as it is read only");
        return Err(Refused::new(Reason::ConstraintViolated, "an assignment that is not read only", id.to_string())
            .saying(message)
            .into());
    }
    if let Some(role) = ROLES.iter().find(|role| role.id == row.role) {
        authority::reaches(&by, role, row.scope).await?;
    }
    let changes = vec![Change::DeleteRoleAssignment(row.environment, row.actor, row.id)];
    let role = ROLES.iter().find(|role| role.id == row.role);
    let taken = role.map_or_else(|| format!("role {} over {}", row.role, row.scope.id()), |role| told(role, row.scope));
    let about = About::from(target(&application)).noting(format!("took {taken}"));
    by.finish(changes, Action::ApplicationUpdated, about).await?;
    Ok(Answer::none())
}

/// Which role over what, as an event tells it.
fn told(role: &Role, scope: RoleScope) -> String {
    format!("role {} ({}) over {} {}", role.name, role.id, scope.kind().name(), scope.id())
}

async fn held(by: &Authorized, application: &Application) -> Result<Vec<RoleAssignment>, Failure> {
    Ok(by.store().role_assignments(application.environment, application.id.uuid()).await?)
}

/// Permissions are decided for environments; a role for one population would give nothing.
fn applicable(scope: RoleScope) -> Result<(), Failure> {
    if !matches!(scope, RoleScope::Population(_)) {
        return Ok(());
    }
    let detail = Detail::new("INVALID_VALUE", "scope", "Incompatible role and scope combination")
        .with_inner(json!({ "allowedValues": APPLICABLE }));
    Err(Refused::fields(vec![detail]).into())
}

fn shape(by: &Authorized, application: &Application, row: &RoleAssignment) -> Value {
    let environment = format!("/environments/{}", application.environment);
    let path = format!("{environment}/applications/{}", application.id);
    let links =
        [("self", format!("{path}/roleAssignments/{}", row.id)), ("environment", environment), ("application", path)];
    linked(by, &links)
        .with("id", row.id.to_string())
        .with("environment", reference(row.environment))
        .with("role", reference(row.role))
        .with("scope", json!({ "id": row.scope.id().to_string(), "type": row.scope.kind().name() }))
        .with("readOnly", row.read_only)
        .into()
}

/// What a role is given for.
pub(super) const APPLICABLE: [&str; 2] = [RoleScopeKind::Organization.name(), RoleScopeKind::Environment.name()];
const DUPLICATE: &str = "May not assign duplicate Role";
