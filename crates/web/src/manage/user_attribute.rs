//! Attributes of users that others name by their names: a later attribute of the same name is another one, and is not meant.

use engine::Failure;
use engine::manage::Authorized;
use protocol::change::{Change, Guard};
use protocol::expression::Expression;
use protocol::id::EnvironmentId;
use protocol::model::{
    ApplicationAttribute, IdentityProviderAttribute, ResourceAttribute, SchemaAttribute, SignOnPolicy,
};

/// While the call is committed nobody ends or disables those of the environment's own making that `after` names and `before` did not: each is
/// written as it is, in another version, which whoever ends it did not see.
pub(super) async fn hold(
    by: &Authorized,
    environment: EnvironmentId,
    before: impl Fn(&str) -> bool,
    after: impl Fn(&str) -> bool,
) -> Result<(), Failure> {
    let own = by.store().all::<SchemaAttribute>(environment, &[]).await?;
    for one in own.into_iter().filter(|one| one.is_custom() && after(&one.name) && !before(&one.name)) {
        by.along(Change::put(one, Guard::Version));
    }
    Ok(())
}

/// The same for the expression of a mapping.
pub(super) async fn hold_read(
    by: &Authorized,
    environment: EnvironmentId,
    before: Option<&str>,
    after: &str,
) -> Result<(), Failure> {
    if before == Some(after) {
        return Ok(());
    }
    let (was, now) = (before.and_then(|text| Expression::parse(text).ok()), Expression::parse(after).ok());
    let reads = |of: &Option<Expression>, name: &str| of.as_ref().is_some_and(|read| read.reads("user", name));
    hold(by, environment, |name| reads(&was, name), |name| reads(&now, name)).await
}

/// The first that names the attribute, in words: a mapping, or a sign-on policy. What nobody wrote names none that was made here.
pub(super) async fn named_by(by: &Authorized, attribute: &SchemaAttribute) -> Result<Option<String>, Failure> {
    let (store, environment, name) = (by.store(), attribute.environment, attribute.name.as_str());
    let reads = |value: &str| {
        // Most texts have not even the name in them, and need not be read.
        value.contains(name) && Expression::parse(value).is_ok_and(|expression| expression.reads("user", name))
    };
    for one in store.every_within::<ApplicationAttribute>(environment).await? {
        if reads(&one.value) {
            return Ok(Some(format!("the mapping {} of the application {}", one.name, one.application)));
        }
    }
    for one in store.every_within::<ResourceAttribute>(environment).await? {
        if reads(&one.value) {
            return Ok(Some(format!("the mapping {} of the resource {}", one.name, one.resource)));
        }
    }
    // What it writes is a user's.
    for one in store.every_within::<IdentityProviderAttribute>(environment).await? {
        if begins(&one.name, name) {
            return Ok(Some(format!("the mapping {} of the identity provider {}", one.name, one.provider)));
        }
    }
    let policies = store.every_within::<SignOnPolicy>(environment).await?;
    let names =
        |policy: &&SignOnPolicy| policy.actions.iter().flat_map(|one| one.attributes()).any(|path| begins(path, name));
    Ok(policies.iter().find(names).map(|policy| format!("the sign-on policy {}", policy.name)))
}

/// Whether the path is the attribute's, or below it.
pub(super) fn begins(path: &str, attribute: &str) -> bool {
    path.split('.').next() == Some(attribute)
}
