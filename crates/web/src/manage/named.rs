//! What an object names by its id and the database has no column for: it stays as long as it is named.
//!
//! Whoever names it writes it along as it is, in another version. Whoever ends it looks for what names it, and ends the version
//! that they saw before. So of the two who come at once one is decided again.

use std::collections::BTreeSet;

use engine::Failure;
use engine::manage::Authorized;
use protocol::change::{Change, Guard};
use protocol::id::EnvironmentId;
use protocol::model::describe::{self, Described, Refers};
use protocol::model::{
    Application, Certificate, CustomRole, Group, IdentityProvider, Kept, KeyPair, PasswordPolicy, Population, Resource,
    ResourceScope, Role, SignOnPolicy,
};
use protocol::refusal::Reason;
use uuid::Uuid;

use super::key_rotation_policy;

/// While the call is committed nobody ends what has one of these ids.
///
/// # Errors
/// [`Reason::StateChanged`]: one ended since the body was judged.
pub(super) async fn hold<T: Kept>(
    by: &Authorized,
    environment: EnvironmentId,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<(), Failure> {
    // Each once, in the order in which everybody holds them.
    for id in ids.into_iter().collect::<BTreeSet<_>>() {
        hold_at::<T>(by, environment, &[id]).await?;
    }
    Ok(())
}

/// The same of the one at this path.
async fn hold_at<T: Kept>(by: &Authorized, environment: EnvironmentId, path: &[Uuid]) -> Result<(), Failure> {
    let stored = by.store().get::<T>(environment, path).await?.ok_or(Reason::StateChanged)?;
    by.along(Change::put(stored, Guard::Version));
    Ok(())
}

/// The same for all that an object names, but for what `before` named already.
pub(super) async fn hold_all<R: Described>(
    by: &Authorized,
    environment: EnvironmentId,
    before: Option<&R>,
    after: &R,
) -> Result<(), Failure> {
    let was = before.map(of).unwrap_or_default();
    let mut new: BTreeSet<(Refers, Uuid)> = of(after).into_iter().filter(|named| !was.contains(named)).collect();
    // A group of a population ends with that as well.
    for (_, id) in new.clone().into_iter().filter(|(what, _)| *what == Refers::Group) {
        let group = by.store().get::<Group>(environment, &[id]).await?.ok_or(Reason::StateChanged)?;
        new.extend(group.population.map(|population| (Refers::Population, population.uuid())));
    }
    for (what, id) in new {
        hold_one(by, environment, what, id).await?;
    }
    Ok(())
}

async fn hold_one(by: &Authorized, environment: EnvironmentId, what: Refers, id: Uuid) -> Result<(), Failure> {
    match what {
        Refers::Application => hold_at::<Application>(by, environment, &[id]).await,
        Refers::Certificate => hold_at::<Certificate>(by, environment, &[id]).await,
        Refers::Group => hold_at::<Group>(by, environment, &[id]).await,
        Refers::IdentityProvider => hold_at::<IdentityProvider>(by, environment, &[id]).await,
        Refers::KeyPair => hold_at::<KeyPair>(by, environment, &[id]).await,
        Refers::KeyRotationPolicy(_) => {
            key_rotation_policy::named(by, Some(id.into()))?.into_iter().for_each(|change| by.along(change));
            Ok(())
        }
        Refers::PasswordPolicy => hold_at::<PasswordPolicy>(by, environment, &[id]).await,
        Refers::Population => hold_at::<Population>(by, environment, &[id]).await,
        Refers::Resource => hold_at::<Resource>(by, environment, &[id]).await,
        // An environment makes only some of them itself.
        Refers::Role if Role::find(id).is_some() => Ok(()),
        Refers::Role => hold_at::<CustomRole>(by, environment, &[id]).await,
        Refers::Scope(_) => hold_scope(by, environment, id).await,
        Refers::SignOnPolicy => hold_at::<SignOnPolicy>(by, environment, &[id]).await,
    }
}

/// A scope, whichever resource it is of.
pub(super) async fn hold_scope(by: &Authorized, environment: EnvironmentId, id: Uuid) -> Result<(), Failure> {
    let known = by.tenant()?.scopes.scope(id.into()).ok_or(Reason::StateChanged)?;
    hold_at::<ResourceScope>(by, environment, &[known.resource.uuid(), id]).await
}

/// The same for roles, of which an environment makes some itself; one that names itself is written anyway.
pub(super) async fn hold_roles(
    by: &Authorized,
    environment: EnvironmentId,
    before: Option<&CustomRole>,
    after: &CustomRole,
) -> Result<(), Failure> {
    let was = before.map(|before| before.assigned_by.as_slice()).unwrap_or_default();
    let new = after.assigned_by.iter().filter(|id| !was.contains(id) && **id != after.id);
    let new = new.map(|id| id.uuid()).filter(|id| Role::find(*id).is_none());
    hold::<CustomRole>(by, environment, new).await
}

/// What an object names.
pub(super) fn of<R: Described>(object: &R) -> Vec<(Refers, Uuid)> {
    describe::referred(&describe::draw(object), object)
}
