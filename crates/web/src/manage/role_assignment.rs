//! The roles of an application. Nobody gives what they do not hold themselves (MG-05).

use engine::Failure;
use engine::manage::Authorized;
use protocol::audit::{Action, Kind};
use protocol::change::Change;
use protocol::id::ApplicationId;
use protocol::model::{Key, ROLES, RoleAssignment, RoleScope, RoleScopeKind};
use protocol::refusal::{Detail, Reason, Refused};
use serde_json::json;
use uuid::Uuid;

use super::application::load;
use super::authority;
use super::call::Call;
use super::crud::Managed;

impl Managed for RoleAssignment {
    const NOUN: &'static str = "role assignment";
    const TAKEN: &'static str = "May not assign duplicate Role";
    const RECORDED: [Action; 3] = [Action::ApplicationUpdated; 3];

    fn links(&self) -> Vec<(&'static str, String)> {
        let environment = format!("/environments/{}", self.environment);
        let path = format!("{environment}/applications/{}", self.actor);
        vec![
            ("self", format!("{path}/roleAssignments/{}", self.id)),
            ("environment", environment),
            ("application", path),
        ]
    }

    fn target(&self) -> (Kind, Uuid) {
        (Kind::Application, self.actor)
    }

    fn told(_: &Authorized, before: Option<&Self>, after: Option<&Self>) -> Option<String> {
        let verb = if after.is_some() { "granted" } else { "took" };
        after.or(before).map(|row| format!("{verb} {}", named(row)))
    }

    async fn blank(call: &Call) -> Result<Self, Failure> {
        let application = load(call).await?.application;
        Ok(Self { environment: application.environment, actor: application.id.uuid(), ..Self::default() })
    }

    async fn parents(call: &Call) -> Result<Vec<Uuid>, Failure> {
        Ok(vec![load(call).await?.application.id.uuid()])
    }

    async fn allow(by: &Authorized, _: Option<&Self>, after: &Self) -> Result<(), Failure> {
        applicable(after.scope)?;
        reaches(by, after).await?;
        let held = by.store().all::<Self>(after.environment, &[after.actor]).await?;
        if held.iter().any(|row| row.role == after.role && row.scope == after.scope) {
            return Err(Refused::fields(vec![Detail::new("UNIQUENESS_VIOLATION", "role", Self::TAKEN)]).into());
        }
        Ok(())
    }

    /// Whoever takes the application away, or what the role is over, meanwhile, leaves no row behind.
    fn completed(&mut self, _: &Authorized) -> Vec<Change> {
        let application = Key::Application(self.environment, ApplicationId::new(self.actor));
        let over = match self.scope {
            RoleScope::Environment(id) => Some(Key::Environment(id)),
            RoleScope::Organization(_) | RoleScope::Population(_) => None,
        };
        std::iter::once(application).chain(over).map(Change::Require).collect()
    }

    /// Whoever could not give it cannot take it either; what gives nothing is anybody's to take.
    async fn release(by: &Authorized, row: &Self) -> Result<(), Failure> {
        if row.read_only {
            let message = format!("Role assignment {} cannot be deleted as it is read only", row.id);
            let expected = "an assignment that is not read only";
            let refused = Refused::new(Reason::ConstraintViolated, expected, row.id.to_string());
            return Err(refused.saying(message).into());
        }
        if authority::gives(by, row.scope).await? { reaches(by, row).await } else { Ok(()) }
    }
}

/// Which role over what, as an event tells it.
fn named(row: &RoleAssignment) -> String {
    match ROLES.iter().find(|role| role.id == row.role) {
        Some(role) => format!("role {} ({}) over {} {}", role.name, role.id, row.scope.kind().name(), row.scope.id()),
        None => format!("role {} over {}", row.role, row.scope.id()),
    }
}

async fn reaches(by: &Authorized, row: &RoleAssignment) -> Result<(), Failure> {
    match ROLES.iter().find(|role| role.id == row.role) {
        Some(role) => authority::reaches(by, role, row.scope).await,
        None => Ok(()),
    }
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

/// What a role is given for.
pub(super) const APPLICABLE: [&str; 2] = [RoleScopeKind::Organization.name(), RoleScopeKind::Environment.name()];
