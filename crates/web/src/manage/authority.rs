//! Who may give, take or act as whom: nobody gives what they do not hold, and nobody gets hold of somebody who holds more
//! (MG-05, MG-06). Whoever reads a worker's secret is that worker.
//!
//! Being in a group gives nothing here, and a group in another moves everybody who is in it. So memberships of users and of groups, and
//! groups themselves, are for whoever manages groups: none of them is getting hold of anybody.

use engine::Failure;
use engine::manage::Authorized;
use engine::reads::StoreError;
use protocol::audit::Actor;
use protocol::id::EnvironmentId;
use protocol::model::{ROLES, Role, RoleAssignment, RoleScope};
use protocol::refusal::{Reason, Refused};
use uuid::Uuid;

/// Decides whether the actor holds every permission of `role` in all of `scope`.
pub(super) async fn reaches(by: &Authorized, role: &Role, scope: RoleScope) -> Result<(), Failure> {
    let own = &by.held;
    let covers = match scope {
        RoleScope::Environment(id) => {
            let Some(tenant) = by.app.tenant(id).await? else { return Err(unreachable("an environment that exists")) };
            let organization = tenant.environment.organization;
            own.iter().filter(|held| held.covers(organization, id)).collect::<Vec<_>>()
        }
        RoleScope::Organization(_) | RoleScope::Population(_) => {
            own.iter().filter(|held| held.scope == scope).collect()
        }
    };
    let lacking = role.permissions.iter().find(|p| !covers.iter().any(|held| held.permissions().contains(p)));
    lacking.map_or(Ok(()), |permission| Err(unreachable(&format!("an actor who holds {} there", permission.name()))))
}

/// Decides whether the actor may act as `target`, an application or user of `environment`: only with all of its roles.
pub(super) async fn over(by: &Authorized, environment: EnvironmentId, target: Uuid) -> Result<(), Failure> {
    if actor(by)? == target {
        return Ok(());
    }
    outweighs(by, by.store().every::<RoleAssignment>(environment, &[target]).await).await
}

/// Decides whether the actor may end everybody of `environment`: only with all of their roles.
pub(super) async fn over_all(by: &Authorized, environment: EnvironmentId) -> Result<(), Failure> {
    outweighs(by, by.store().every_within::<RoleAssignment>(environment).await).await
}

async fn outweighs(by: &Authorized, held: Result<Vec<RoleAssignment>, StoreError>) -> Result<(), Failure> {
    // What a newer process gave cannot be weighed here, so nobody is known to hold as much.
    let held = held.map_err(|error| match error {
        StoreError::Corrupt(_) => unreachable("an actor whose every role is known to this version"),
        error => error.into(),
    })?;
    for row in held {
        if !gives(by, row.scope).await? {
            continue;
        }
        let role = ROLES.iter().find(|role| role.id == row.role);
        let role = role.ok_or_else(|| unreachable("an actor whose every role is known to this version"))?;
        reaches(by, role, row.scope).await?;
    }
    Ok(())
}

/// Whether a role over `scope` gives anything at all: one for a population alone does not, nor one over an environment that is
/// gone, which is never there again.
pub(super) async fn gives(by: &Authorized, scope: RoleScope) -> Result<bool, Failure> {
    Ok(match scope {
        RoleScope::Environment(id) => by.app.tenant(id).await?.is_some(),
        RoleScope::Organization(_) => true,
        RoleScope::Population(_) => false,
    })
}

fn actor(by: &Authorized) -> Result<Uuid, Failure> {
    match by.actor {
        Actor::Application(id) => Ok(id.uuid()),
        Actor::User(id) => Ok(id.uuid()),
        Actor::Anonymous | Actor::System => Err(Failure::Bug("an authorized actor without an id")),
    }
}

fn unreachable(expected: &str) -> Failure {
    Refused::new(Reason::ActorNotAuthorized, expected, "an actor who holds less").into()
}
