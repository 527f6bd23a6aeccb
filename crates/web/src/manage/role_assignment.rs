//! The roles of an application. Nobody gives what they do not hold themselves (MG-05).

use engine::Failure;
use engine::manage::Authorized;
use protocol::audit::{Action, Kind};
use protocol::change::{Change, Ending};
use protocol::id::ApplicationId;
use protocol::model::{Key, Role, RoleAssignment, RoleScope, RoleScopeKind};
use protocol::refusal::{Detail, Reason, Refused};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::application::load;
use super::authority;
use super::call::Call;
use super::crud::{Include, Managed};
use super::shape::Object;

impl Managed for RoleAssignment {
    const NOUN: &'static str = "role assignment";
    const TAKEN: &'static str = "May not assign duplicate Role";
    const ATTRIBUTES: &'static [&'static str] = &["id", "role.id", "scope.id", "scope.type", "readOnly"];
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
        after.or(before).map(|row| format!("{verb} {}", authority::named(row)))
    }

    async fn blank(call: &Call) -> Result<Self, Failure> {
        let application = load(call).await?.application;
        Ok(Self { environment: application.environment, actor: application.id.uuid(), ..Self::default() })
    }

    async fn parents(call: &Call) -> Result<Vec<Uuid>, Failure> {
        Ok(vec![load(call).await?.application.id.uuid()])
    }

    async fn allow(by: &Authorized, _: Option<&Self>, after: &Self) -> Result<(), Failure> {
        // What is unknown was told when the body was read.
        let role = Role::find(after.role).ok_or(Failure::Bug("a role that was read and is none"))?;
        applicable(role, after.scope)?;
        let Some(required) = authority::required(by, after.scope).await? else {
            let message = format!("there is no {} with this id", after.scope.kind().name().to_ascii_lowercase());
            return Err(Refused::fields(vec![Detail::new("INVALID_VALUE", "scope.id", message)]).into());
        };
        authority::may_give(by, role, after.scope).await?;
        let held = by.store().all::<Self>(after.environment, &[after.actor]).await?;
        if held.iter().any(|row| row.role == after.role && row.scope == after.scope) {
            return Err(Refused::fields(vec![Detail::new("UNIQUENESS_VIOLATION", "role", Self::TAKEN)]).into());
        }
        // Whoever takes away meanwhile what the role is over leaves no row behind.
        for key in required {
            by.expect(Change::Require(key));
        }
        Ok(())
    }

    /// Nor does whoever takes the application away.
    fn completed(&mut self, _: &Authorized) -> Vec<Change> {
        vec![Change::Require(Key::Application(self.environment, ApplicationId::new(self.actor)))]
    }

    /// Whoever could not give it cannot take it either; what gives nothing is anybody's to take.
    async fn release(by: &Authorized, row: &Self) -> Result<(), Failure> {
        if !is_read_only(by, row).await? {
            let ending = Ending::Application(row.environment, ApplicationId::new(row.actor));
            authority::keep(by, std::slice::from_ref(row), ending, "id");
            return Ok(());
        }
        let message = format!("Role assignment {} cannot be deleted as it is read only", row.id);
        let expected = "an assignment that is not read only";
        let refused = Refused::new(Reason::ConstraintViolated, expected, row.id.to_string());
        Err(refused.saying(message).into())
    }

    async fn made(by: &Authorized, rows: &[Self], _: &Include) -> Result<Vec<Map<String, Value>>, Failure> {
        let mut made = Vec::new();
        for row in rows {
            made.push(Object::default().with("readOnly", is_read_only(by, row).await?).into_map());
        }
        Ok(made)
    }
}

/// Whether the actor cannot take it: it is their own, or they could not give it.
async fn is_read_only(by: &Authorized, row: &RoleAssignment) -> Result<bool, Failure> {
    if row.read_only || authority::is(by, row.actor)? {
        return Ok(true);
    }
    let Some(role) = Role::find(row.role) else { return Ok(false) };
    if !authority::gives(by, row.scope).await? {
        return Ok(false);
    }
    match authority::may_give(by, role, row.scope).await {
        Ok(()) => Ok(false),
        Err(Failure::Refused(_)) => Ok(true),
        Err(failure) => Err(failure),
    }
}

/// Clients look for the target `scope`.
fn applicable(role: &Role, scope: RoleScope) -> Result<(), Failure> {
    if role.applies_to.contains(&scope.kind()) {
        return Ok(());
    }
    let allowed: Vec<_> = role.applies_to.iter().copied().map(RoleScopeKind::name).collect();
    let detail = Detail::new("INVALID_VALUE", "scope", "Incompatible role and scope combination")
        .with_inner(json!({ "allowedValues": allowed }));
    Err(Refused::fields(vec![detail]).into())
}
