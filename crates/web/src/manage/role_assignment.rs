//! The roles of an application, a group or a user. Nobody gives what they do not hold themselves (MG-05).

use engine::Failure;
use engine::manage::Authorized;
use protocol::audit::{Action, Kind};
use protocol::change::{Change, Ending};
use protocol::id::{ApplicationId, GroupId, UserId};
use protocol::model::{ActorKind, Given, Group, Held, Kept as _, Key, RoleAssignment, RoleScope, RoleScopeKind, User};
use protocol::refusal::{Detail, Reason, Refused};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::application::load;
use super::authority;
use super::call::Call;
use super::crud::{self, Include, Managed};
use super::shape::{Object, reference};

impl Managed for RoleAssignment {
    const NOUN: &'static str = "role assignment";
    const TAKEN: &'static str = "May not assign duplicate Role";
    const ATTRIBUTES: &'static [&'static str] = &["id", "role.id", "scope.id", "scope.type", "readOnly"];
    const RECORDED: [Action; 3] = [Action::ApplicationUpdated; 3];

    fn reached(&self, _: &Authorized) -> Result<(), Failure> {
        Ok(())
    }

    fn recorded(&self) -> [Action; 3] {
        match self.actor_kind {
            ActorKind::Application => Self::RECORDED,
            ActorKind::Group => [Action::GroupUpdated; 3],
            ActorKind::User => [Action::UserUpdated; 3],
        }
    }

    fn links(&self) -> Vec<(&'static str, String)> {
        let environment = format!("/environments/{}", self.environment);
        let (actor, many) = match self.actor_kind {
            ActorKind::Application => ("application", "applications"),
            ActorKind::Group => ("group", "groups"),
            ActorKind::User => ("user", "users"),
        };
        let path = format!("{environment}/{many}/{}", self.actor);
        vec![("self", format!("{path}/roleAssignments/{}", self.id)), ("environment", environment), (actor, path)]
    }

    fn target(&self) -> (Kind, Uuid) {
        let kind = match self.actor_kind {
            ActorKind::Application => Kind::Application,
            ActorKind::Group => Kind::Group,
            ActorKind::User => Kind::User,
        };
        (kind, self.actor)
    }

    fn told(_: &Authorized, before: Option<&Self>, after: Option<&Self>) -> Option<String> {
        let verb = if after.is_some() { "granted" } else { "took" };
        after.or(before).map(|row| format!("{verb} {}", authority::named(row)))
    }

    async fn blank(call: &Call) -> Result<Self, Failure> {
        let (actor, actor_kind) = holder(call).await?;
        Ok(Self { environment: call.environment()?, actor, actor_kind, ..Self::default() })
    }

    async fn parents(call: &Call) -> Result<Vec<Uuid>, Failure> {
        Ok(vec![holder(call).await?.0])
    }

    async fn allow(by: &Authorized, _: Option<&Self>, after: &Self) -> Result<(), Failure> {
        let Held { role, .. } = looked_up(by, after).await?;
        applicable(&role, after.scope)?;
        let Some(required) = authority::required(by, after.scope).await? else {
            let message = format!("there is no {} with this id", after.scope.kind().name().to_ascii_lowercase());
            return Err(Refused::fields(vec![Detail::new("INVALID_VALUE", "scope.id", message)]).into());
        };
        authority::may_give(by, &role, after.scope).await?;
        let held = by.store().all::<Self>(after.environment, &[after.actor]).await?;
        if held.iter().any(|row| row.role == after.role && row.scope == after.scope) {
            return Err(Refused::fields(vec![Detail::new("UNIQUENESS_VIOLATION", "role", Self::TAKEN)]).into());
        }
        // Whoever takes away meanwhile what the role is over leaves no row behind, nor does whoever takes the role away; and what
        // it gives is what it gave when it was weighed.
        for key in required {
            by.expect(Change::Require(key));
        }
        if let Given::Custom(role) = &role {
            by.expect(Change::Expect(role.key(), role.version));
        }
        Ok(())
    }

    /// Nor does whoever takes away whom it is given to.
    fn completed(&mut self, _: &Authorized) -> Vec<Change> {
        vec![Change::Require(match self.actor_kind {
            ActorKind::Application => Key::Application(self.environment, ApplicationId::new(self.actor)),
            ActorKind::Group => Key::Group(self.environment, GroupId::new(self.actor)),
            ActorKind::User => Key::User(self.environment, UserId::new(self.actor)),
        })]
    }

    /// Whoever could not give it cannot take it either; what gives nothing is anybody's to take.
    async fn release(by: &Authorized, row: &Self) -> Result<(), Failure> {
        if !is_read_only(by, row).await? {
            // A group stands in for nobody, so none of its roles is anybody's last.
            let ending = match row.actor_kind {
                ActorKind::Application => Ending::Application(row.environment, ApplicationId::new(row.actor)),
                ActorKind::User => Ending::User(row.environment, UserId::new(row.actor)),
                ActorKind::Group => return Ok(()),
            };
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
            let group = (row.actor_kind == ActorKind::Group).then(|| reference(row.actor));
            let read_only = is_read_only(by, row).await?;
            made.push(Object::default().maybe("group", group).with("readOnly", read_only).into_map());
        }
        Ok(made)
    }
}

/// Whose roles the path is about.
async fn holder(call: &Call) -> Result<(Uuid, ActorKind), Failure> {
    if call.names("user") {
        return Ok((crud::load::<User>(call).await?.id.uuid(), ActorKind::User));
    }
    if call.names("group") {
        return Ok((crud::load::<Group>(call).await?.id.uuid(), ActorKind::Group));
    }
    Ok((load(call).await?.application.id.uuid(), ActorKind::Application))
}

async fn looked_up(by: &Authorized, row: &RoleAssignment) -> Result<Held, Failure> {
    let mut found = by.looked_up(row.environment, vec![row.clone()]).await?;
    found.pop().ok_or(Failure::Bug("an assignment that was looked up and is none"))
}

/// Whether the actor cannot take it: it is their own, or they could not give it.
async fn is_read_only(by: &Authorized, row: &RoleAssignment) -> Result<bool, Failure> {
    if row.read_only || authority::is(by, row.actor)? {
        return Ok(true);
    }
    let Held { role, .. } = looked_up(by, row).await?;
    if matches!(role, Given::Unknown(_)) {
        return Ok(false);
    }
    if !authority::gives(by, row.scope).await? {
        return Ok(false);
    }
    match authority::may_give(by, &role, row.scope).await {
        Ok(()) => Ok(false),
        Err(Failure::Refused(_)) => Ok(true),
        Err(failure) => Err(failure),
    }
}

/// Clients look for the target `scope`.
fn applicable(role: &Given, scope: RoleScope) -> Result<(), Failure> {
    if role.applies_to().contains(&scope.kind()) {
        return Ok(());
    }
    let allowed: Vec<_> = role.applies_to().iter().copied().map(RoleScopeKind::name).collect();
    let detail = Detail::new("INVALID_VALUE", "scope", "Incompatible role and scope combination")
        .with_inner(json!({ "allowedValues": allowed }));
    Err(Refused::fields(vec![detail]).into())
}
