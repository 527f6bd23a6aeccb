//! Decides for what an actor has a permission: all of an environment, a part of it, or themselves.

use protocol::audit::Actor;
use protocol::model::{Deed, Held, RoleScope};
use protocol::refusal::{Reason, Refused};

use super::{Holder, Needs, Within};
use crate::app::App;
use crate::failure::Failure;
use crate::tenant::Tenant;

/// For what the permission is given, and by which of the actor's assignments.
pub(super) async fn given(
    app: &App,
    holder: &Holder,
    tenant: Option<&Tenant>,
    needs: Needs,
) -> Result<(Within, Vec<Held>), Failure> {
    let refused = match covering(&holder.held, tenant, needs.deed) {
        Ok(assignments) => return Ok((Within::Everything, assignments)),
        Err(refused) => refused,
    };
    let Some(tenant) = tenant else { return Err(refused.into()) };
    if let Some(narrow) = narrow(app, &holder.held, tenant, needs).await? {
        return Ok(narrow);
    }
    // PingOne: what a user may do to themselves is said by scopes of their token, whatever roles they hold.
    let own = needs.own.filter(|(user, _)| holder.actor == Actor::User(*user) && holder.home == tenant.id());
    match own.and_then(|(user, scope)| Some((user, tenant.scopes.reached(scope, &holder.scope)?))) {
        Some((user, reaches)) => Ok((Within::Oneself(user, reaches), Vec::new())),
        None => Err(refused.into()),
    }
}

/// For which application or populations of the environment alone the permission is given.
async fn narrow(
    app: &App,
    held: &[Held],
    tenant: &Tenant,
    needs: Needs,
) -> Result<Option<(Within, Vec<Held>)>, Failure> {
    let giving = held.iter().filter(|held| held.role.gives(needs.deed));
    if needs.deed.permission.is_of_applications()
        && let Some(id) = needs.application
    {
        let scope = RoleScope::Application(id);
        let mut over: Vec<_> = giving.filter(|held| held.row.scope == scope).cloned().collect();
        // Another environment's application can have the same id.
        if !over.is_empty() && app.store.environment_of(scope).await? != Some(tenant.id()) {
            over.clear();
        }
        return Ok((!over.is_empty()).then_some((Within::Application(id), over)));
    }
    if !needs.deed.permission.is_of_populations() {
        return Ok(None);
    }
    let (mut populations, mut over) = (Vec::new(), Vec::new());
    for one in giving {
        if let RoleScope::Population(id) = one.row.scope
            && app.store.environment_of(one.row.scope).await? == Some(tenant.id())
        {
            if !populations.contains(&id) {
                populations.push(id);
            }
            over.push(one.clone());
        }
    }
    Ok((!over.is_empty()).then_some((Within::Populations(populations), over)))
}

/// Which of the actor's assignments give the permission in all of the environment, or above environments where none is addressed.
pub(super) fn covering(held: &[Held], tenant: Option<&Tenant>, deed: Deed) -> Result<Vec<Held>, Refused> {
    let covers =
        |held: &Held| tenant.is_none_or(|tenant| held.row.covers(tenant.environment.organization, tenant.id()));
    let giving = held.iter().filter(|held| held.role.gives(deed) && covers(held));
    let covering: Vec<Held> = giving.cloned().collect();
    if covering.is_empty() {
        let came = match held.len() {
            0 => "an actor without any role".to_owned(),
            n => format!("an actor whose {n} role assignments do not give it here"),
        };
        return Err(Refused::new(Reason::ActorNotAuthorized, format!("permission {}", deed.permission.name()), came));
    }
    Ok(covering)
}
