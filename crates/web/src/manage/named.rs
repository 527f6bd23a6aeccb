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
use protocol::model::{CustomRole, IdentityProvider, Kept, Population, SignOnAction, SignOnPolicy};
use protocol::refusal::Reason;
use uuid::Uuid;

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
        let stored = by.store().get::<T>(environment, &[id]).await?.ok_or(Reason::StateChanged)?;
        by.along(Change::put(stored, Guard::Version));
    }
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
    let new: Vec<(Refers, Uuid)> = of(after).into_iter().filter(|named| !was.contains(named)).collect();
    let ids = |wanted: Refers| new.iter().filter(move |(what, _)| *what == wanted).map(|(_, id)| *id);
    hold::<IdentityProvider>(by, environment, ids(Refers::IdentityProvider)).await?;
    hold::<Population>(by, environment, ids(Refers::Population)).await
}

/// The same for roles, of which an environment makes some itself.
pub(super) async fn hold_roles(
    by: &Authorized,
    environment: EnvironmentId,
    before: Option<&CustomRole>,
    after: &CustomRole,
) -> Result<(), Failure> {
    let was = before.map(|before| before.assigned_by.as_slice()).unwrap_or_default();
    let new = after.assigned_by.iter().filter(|id| !was.contains(id) && **id != after.id);
    let new = new.map(|id| id.uuid()).filter(|id| protocol::model::Role::find(*id).is_none());
    hold::<CustomRole>(by, environment, new).await
}

/// The sign-on policy whose actions name it, by its name.
///
/// # Errors
/// That one cannot be read, which may be what names it.
pub(super) async fn sign_on_policy(
    by: &Authorized,
    environment: EnvironmentId,
    named: (Refers, Uuid),
) -> Result<Option<String>, Failure> {
    let policies = by.store().every_within::<SignOnPolicy>(environment).await?;
    let is = |policy: &&SignOnPolicy| policy.actions.iter().any(|action: &SignOnAction| of(action).contains(&named));
    Ok(policies.iter().find(is).map(|policy| policy.name.clone()))
}

/// What an object names.
pub(super) fn of<R: Described>(object: &R) -> Vec<(Refers, Uuid)> {
    describe::referred(&describe::draw(object), object)
}
