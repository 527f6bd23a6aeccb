//! Who may give, take or act as whom: nobody gives what they do not hold, and nobody gets hold of somebody who holds more
//! (MG-05, MG-06). Whoever reads a worker's secret is that worker.
//!
//! Whoever is in a group holds what it holds. So to let somebody into it, or a group into another, is to give that, and to take them
//! out is to take it. A group that holds nothing is for whoever manages groups.

use engine::Failure;
use engine::manage::Authorized;
use engine::reads::StoreError;
use protocol::audit::Actor;
use protocol::change::{Absence, Change, Ending, Guard};
use protocol::id::{EnvironmentId, GroupId, OrganizationId, RoleAssignmentId};
use protocol::model::{
    ActorKind, Application, Given, Group, Held, Kept as _, Key, Object, Role, RoleAssignment, RoleScope, User,
};
use protocol::refusal::{Reason, Refused};
use uuid::Uuid;

use super::crud::constrained;
use super::deeds;

/// Decides whether the actor may give `role` over `scope`: by a role of theirs there that gives it, and with every permission of
/// it. The same decides who may take it.
pub(super) async fn may_give(by: &Authorized, role: &Given, scope: RoleScope) -> Result<(), Failure> {
    let own = covering(by, scope).await?;
    // Who takes one of them away meanwhile takes what it gives.
    for held in &own {
        by.expect(Change::Require(held.row.key()));
    }
    if !own.iter().any(|held| held.role.assigns(role)) {
        return Err(unreachable(&format!("an actor whose roles there let them give {}", role.name())));
    }
    // PingOne: who administers the organization says who administers its environments, without doing it.
    let stands_above =
        |held: &&Held| held.role.id() == Role::ORGANIZATION_ADMIN && role.id() == Role::ENVIRONMENT_ADMIN;
    if own.iter().any(stands_above) {
        return Ok(());
    }
    holds(&own, role)
}

/// Decides whether the actor may let somebody into the group, or take them out of it: whoever could give what it holds, by itself
/// and by the groups that it is in.
pub(super) async fn may_let_in(by: &Authorized, environment: EnvironmentId, group: GroupId) -> Result<(), Failure> {
    for Held { row, role } in weighed(by.every_held(environment, group.uuid()).await)? {
        if gives(by, row.scope).await? {
            may_give(by, &role, row.scope).await?;
        }
    }
    Ok(())
}

/// Decides whether the actor holds every permission of `role` in all of `scope`.
pub(super) async fn reaches(by: &Authorized, role: &Given, scope: RoleScope) -> Result<(), Failure> {
    holds(&covering(by, scope).await?, role)
}

fn holds(own: &[&Held], role: &Given) -> Result<(), Failure> {
    let mut given = deeds::all().iter().filter(|deed| role.gives(**deed));
    let lacking = given.find(|deed| !own.iter().any(|held| held.role.gives(**deed)));
    lacking.map_or(Ok(()), |deed| Err(unreachable(&format!("an actor who holds {} there", deed.identifier()))))
}

/// The actor's assignments that count in all of `scope`.
async fn covering(by: &Authorized, scope: RoleScope) -> Result<Vec<&Held>, Failure> {
    let own = by.held.iter();
    let RoleScope::Organization(_) = scope else {
        let Some((organization, environment)) = place_of(by, scope).await? else {
            return Err(unreachable("a role over something that exists"));
        };
        return Ok(own.filter(|held| held.row.scope == scope || held.row.covers(organization, environment)).collect());
    };
    Ok(own.filter(|held| held.row.scope == scope).collect())
}

/// Organization and environment of what a role is over, where that is there and no organization itself.
async fn place_of(by: &Authorized, scope: RoleScope) -> Result<Option<(OrganizationId, EnvironmentId)>, Failure> {
    let environment = match scope {
        RoleScope::Environment(id) => Some(id),
        RoleScope::Application(_) | RoleScope::Population(_) => by.store().environment_of(scope).await?,
        RoleScope::Organization(_) => None,
    };
    let Some(environment) = environment else { return Ok(None) };
    Ok(by.app.tenant(environment).await?.map(|tenant| (tenant.environment.organization, environment)))
}

/// Whether a role over `scope` gives anything at all: one over what is gone does not, which is never there again.
pub(super) async fn gives(by: &Authorized, scope: RoleScope) -> Result<bool, Failure> {
    Ok(matches!(scope, RoleScope::Organization(_)) || place_of(by, scope).await?.is_some())
}

/// What must still be there when a role over `scope` is given, which is of the actor's organization; None for what is not there.
pub(super) async fn required(by: &Authorized, scope: RoleScope) -> Result<Option<Vec<Key>>, Failure> {
    if let RoleScope::Organization(id) = scope {
        return Ok((id == by.organization).then(Vec::new));
    }
    let Some((_, environment)) =
        place_of(by, scope).await?.filter(|(organization, _)| *organization == by.organization)
    else {
        return Ok(None);
    };
    Ok(Some(vec![match scope {
        RoleScope::Application(id) => Key::Application(environment, id),
        RoleScope::Population(id) => Key::Population(environment, id),
        RoleScope::Environment(_) | RoleScope::Organization(_) => Key::Environment(environment),
    }]))
}

/// What gives the actor, who makes something now, these of the roles over it that they do not hold already.
pub(super) fn of_creator(
    by: &Authorized,
    organization: OrganizationId,
    environment: EnvironmentId,
    scope: RoleScope,
    roles: impl Iterator<Item = &'static Role>,
) -> Vec<Change> {
    let (actor, key) = match by.actor {
        Actor::Application(id) => ((id.uuid(), ActorKind::Application), Key::Application(by.home, id)),
        Actor::User(id) => ((id.uuid(), ActorKind::User), Key::User(by.home, id)),
        Actor::Anonymous | Actor::System => return Vec::new(),
    };
    let held =
        |role: &Role| by.held.iter().any(|held| held.row.role == role.id && held.row.covers(organization, environment));
    let given: Vec<Change> =
        roles.filter(|role| !held(role)).map(|role| given(by, by.home, actor, role.id, scope)).collect();
    // Whoever takes the actor away meanwhile leaves no row behind.
    let there = (!given.is_empty()).then_some(Change::Require(key));
    there.into_iter().chain(given).collect()
}

/// What gives a worker that the actor makes all that the actor holds, which nobody takes away meanwhile. A role of an environment's own
/// making is for its actors alone.
pub(super) fn of_actor(by: &Authorized, environment: EnvironmentId, worker: Uuid) -> Vec<Change> {
    let known = by.held.iter().filter(|held| match held.role {
        Given::BuiltIn(_) => true,
        Given::Custom(_) => environment == by.home,
        Given::Unknown(_) => false,
    });
    let mut once: Vec<(Uuid, RoleScope)> = Vec::new();
    let mut changes = Vec::new();
    for Held { row, .. } in known {
        // They may hold the same by themselves and by a group.
        if !once.contains(&(row.role, row.scope)) {
            once.push((row.role, row.scope));
            let actor = (worker, ActorKind::Application);
            changes.extend([Change::Require(row.key()), given(by, environment, actor, row.role, row.scope)]);
        }
    }
    changes
}

/// Which roles the changes give to whom, as the event of something that is made tells it.
pub(super) fn told(changes: &[Change]) -> Option<String> {
    let given = changes.iter().filter_map(|change| match change {
        Change::Put(object, _) => match &**object {
            Object::RoleAssignment(row) => Some(row),
            _ => None,
        },
        _ => None,
    });
    let name =
        |row: &RoleAssignment| Role::find(row.role).map_or_else(|| row.role.to_string(), |role| role.name.into());
    let what = |row: &RoleAssignment| format!("{} over {} {}", name(row), row.scope.kind().name(), row.scope.id());
    let given: Vec<&RoleAssignment> = given.collect();
    let roles: Vec<_> = given.iter().copied().map(what).collect();
    given.first().map(|row| format!("granted to {}: {}", row.actor, roles.join(", ")))
}

/// Which role over what, as an event tells it.
pub(super) fn named(row: &RoleAssignment) -> String {
    match Role::find(row.role) {
        Some(role) => format!("role {} ({}) over {} {}", role.name, role.id, row.scope.kind().name(), row.scope.id()),
        None => format!("role {} over {}", row.role, row.scope.id()),
    }
}

fn given(
    by: &Authorized,
    environment: EnvironmentId,
    (actor, actor_kind): (Uuid, ActorKind),
    role: Uuid,
    scope: RoleScope,
) -> Change {
    let id = RoleAssignmentId::new(by.ctx().uuid());
    Change::put(RoleAssignment { id, environment, actor, actor_kind, role, scope, read_only: false }, Guard::New)
}

/// Whether the actor is `target`.
pub(super) fn is(by: &Authorized, target: Uuid) -> Result<bool, Failure> {
    Ok(actor(by)? == target)
}

/// Decides whether the actor may act as `target`, an application, group or user of `environment`: only with all of its roles, and those
/// of the groups that it is in.
pub(super) async fn over(by: &Authorized, environment: EnvironmentId, target: Uuid) -> Result<(), Failure> {
    if actor(by)? == target {
        return Ok(());
    }
    outweighs(by, by.every_held(environment, target).await).await.map(drop)
}

/// Decides whether the actor may end everybody of `environment`: only with all of their roles. Those are handed out.
pub(super) async fn over_all(by: &Authorized, environment: EnvironmentId) -> Result<Vec<RoleAssignment>, Failure> {
    let rows = weighed(by.store().every_within::<RoleAssignment>(environment).await)?;
    outweighs(by, by.looked_up(environment, rows).await).await
}

async fn outweighs(by: &Authorized, held: Result<Vec<Held>, StoreError>) -> Result<Vec<RoleAssignment>, Failure> {
    let held = weighed(held)?;
    for Held { row, role } in &held {
        if !gives(by, row.scope).await? {
            continue;
        }
        if matches!(role, Given::Unknown(_)) {
            return Err(unreachable(KNOWN));
        }
        reaches(by, role, row.scope).await?;
    }
    Ok(held.into_iter().map(|held| held.row).collect())
}

/// What a newer process gave cannot be weighed here, so nobody is known to hold as much.
fn weighed<T>(held: Result<Vec<T>, StoreError>) -> Result<Vec<T>, Failure> {
    held.map_err(|error| match error {
        StoreError::Unreadable(_) => unreachable(KNOWN),
        error => error.into(),
    })
}

/// Lets what holds `rows` end only where it is not the last that may act by one of the roles that somebody must hold over an
/// organization: the commit decides that ([`Change::KeepRole`]). The organization would have no administrator any more, and there is
/// no way back. `target` is what the refusal names.
pub(super) fn keep(by: &Authorized, rows: &[RoleAssignment], ending: Ending, target: &str) {
    let mut kept = Vec::new();
    for row in rows {
        let RoleScope::Organization(organization) = row.scope else { continue };
        if !Role::KEPT.contains(&row.role) || kept.contains(&(row.role, organization)) {
            continue;
        }
        kept.push((row.role, organization));
        let name = Role::find(row.role).map_or("the role", |role| role.name);
        let other = match ending {
            Ending::Application(..) => "application",
            Ending::User(..) | Ending::Environment(_) => "application or user",
        };
        let message =
            format!("No other {other} that may act holds {name} for the organization: give it to another first");
        let told = constrained(target, &message, "the end of its last administrator");
        by.expect_or(Change::KeepRole { role: row.role, organization, ending }, told);
    }
}

/// The same of an application.
pub(super) async fn keep_without(by: &Authorized, application: &Application) -> Result<(), Failure> {
    let Application { environment, id, .. } = *application;
    let rows = by.store().all::<RoleAssignment>(environment, &[id.uuid()]).await?;
    keep(by, &rows, Ending::Application(environment, id), "id");
    no_more(by, (environment, id.uuid()), (application.key(), application.version), &rows);
    Ok(())
}

/// Lets an application end with the roles that are weighed here, and with no other.
pub(super) async fn end_application(by: &Authorized, application: &Application) -> Result<(), Failure> {
    let rows =
        end(by, application.environment, application.id.uuid(), (application.key(), application.version)).await?;
    keep(by, &rows, Ending::Application(application.environment, application.id), "id");
    Ok(())
}

/// The same of a user.
pub(super) async fn end_user(by: &Authorized, user: &User) -> Result<(), Failure> {
    let rows = end(by, user.environment, user.id.uuid(), (user.key(), user.version)).await?;
    keep(by, &rows, Ending::User(user.environment, user.id), "id");
    Ok(())
}

/// The same of a group.
pub(super) async fn end_group(by: &Authorized, group: &Group) -> Result<(), Failure> {
    end(by, group.environment, group.id.uuid(), (group.key(), group.version)).await.map(drop)
}

/// Weighs what holds roles and is to end; gives its roles. Whoever was given more meanwhile is not ended by somebody who holds
/// less (MG-06).
async fn end(
    by: &Authorized,
    environment: EnvironmentId,
    actor: Uuid,
    (key, version): (Key, i64),
) -> Result<Vec<RoleAssignment>, Failure> {
    let rows = if is(by, actor)? {
        by.store().all::<RoleAssignment>(environment, &[actor]).await?
    } else {
        outweighs(by, by.every_held(environment, actor).await).await?
    };
    no_more(by, (environment, actor), (key, version), &rows);
    Ok(rows)
}

/// What is decided of these roles is not done where there are more of them by then. Whoever gives a role holds the row of whom it is given
/// to: once that is expected, no more are given.
fn no_more(by: &Authorized, of: (EnvironmentId, Uuid), (key, version): (Key, i64), rows: &[RoleAssignment]) {
    by.expect(Change::Expect(key, version));
    let known = rows.iter().map(|row| row.id.uuid()).collect();
    by.expect(Change::Absent(Absence::Role { environment: of.0, actor: of.1, known }));
}

/// The same of a user.
pub(super) async fn keep_without_user(by: &Authorized, user: &User, target: &str) -> Result<(), Failure> {
    let rows = by.store().all::<RoleAssignment>(user.environment, &[user.id.uuid()]).await?;
    keep(by, &rows, Ending::User(user.environment, user.id), target);
    no_more(by, (user.environment, user.id.uuid()), (user.key(), user.version), &rows);
    Ok(())
}

fn actor(by: &Authorized) -> Result<Uuid, Failure> {
    match by.actor {
        Actor::Application(id) => Ok(id.uuid()),
        Actor::User(id) => Ok(id.uuid()),
        Actor::Anonymous | Actor::System => Err(Failure::Bug("an authorized actor without an id")),
    }
}

pub(super) fn unreachable(expected: &str) -> Failure {
    Refused::new(Reason::ActorNotAuthorized, expected, "an actor who holds less").into()
}

const KNOWN: &str = "an actor whose every role is known to this version";
