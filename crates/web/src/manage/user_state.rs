//! What of a user has a route of its own: enabled, mfaEnabled, population, and the lock of the account.

use engine::Failure;
use engine::manage::Authorized;
use protocol::audit::Action;
use protocol::change::Change;
use protocol::model::check::user as check;
use protocol::model::{Account, User};
use serde_json::Value;

use super::answer::Answer;
use super::call::Call;
use super::crud::{self, Include, Managed as _};
use super::shape::linked;
use super::user;

pub(super) async fn read_enabled(call: Call) -> Result<Answer, Failure> {
    let user = crud::load::<User>(&call).await?;
    Ok(Answer::ok(part(&call.by, &user, "enabled", user.enabled)).version(user.version))
}

/// A disabled user's sessions end at once; what the sessions gave is refused where it is used.
pub(super) async fn replace_enabled(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let before = crud::load::<User>(&call).await?;
    let enabled = check::read_switch(&call.json().await?, "enabled")?;
    let ended = Change::EndUserSessions(before.environment, before.id, by.now());
    let more = if enabled { Vec::new() } else { vec![ended] };
    let after = crud::write(&by, &before, User { enabled, ..before.clone() }, more).await?;
    Ok(Answer::ok(part(&by, &after, "enabled", after.enabled)).version(after.version))
}

pub(super) async fn read_mfa(call: Call) -> Result<Answer, Failure> {
    let user = crud::load::<User>(&call).await?;
    Ok(Answer::ok(part(&call.by, &user, "mfaEnabled", user.mfa_enabled)).version(user.version))
}

pub(super) async fn replace_mfa(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let before = crud::load::<User>(&call).await?;
    let mfa_enabled = check::read_switch(&call.json().await?, "mfaEnabled")?;
    let after = crud::write(&by, &before, User { mfa_enabled, ..before.clone() }, Vec::new()).await?;
    Ok(Answer::ok(part(&by, &after, "mfaEnabled", after.mfa_enabled)).version(after.version))
}

pub(super) async fn read_population(call: Call) -> Result<Answer, Failure> {
    let user = crud::load::<User>(&call).await?;
    Ok(Answer::ok(part(&call.by, &user, "id", user.population.to_string())).version(user.version))
}

pub(super) async fn replace_population(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let before = crud::load::<User>(&call).await?;
    let named = check::read_population(&call.json().await?)?;
    let population = user::population_of(&by, named).await?.id;
    let after = crud::write(&by, &before, User { population, ..before.clone() }, Vec::new()).await?;
    Ok(Answer::ok(part(&by, &after, "id", after.population.to_string())).version(after.version))
}

/// `account.lock` and `account.unlock`, told apart by the media type. Ping's client sends the body `null`.
pub(super) async fn act(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let lock = call.action(&[("account.lock", true), ("account.unlock", false)])?;
    let mut user = crud::load::<User>(&call).await?;
    call.optional_json().await?;
    let account = if lock {
        Account { locked_at: Some(by.now().to_millis()), unlock_at: None, failures: user.account.failures }
    } else {
        Account::default()
    };
    let change = Change::SetAccount {
        environment: user.environment,
        user: user.id,
        was: user.account.clone(),
        judged: None,
        account: account.clone(),
    };
    let action = if lock { Action::UserLocked } else { Action::UserUnlocked };
    by.finish(vec![change], action, user.target()).await?;
    user.account = account;
    crud::respond(&by, user, &Include::default(), Answer::ok).await
}

fn part(by: &Authorized, user: &User, name: &str, value: impl Into<Value>) -> Value {
    let path = format!("/environments/{}/users/{}", user.environment, user.id);
    let own = if name == "id" { "population" } else { name };
    linked(by, &[("self", format!("{path}/{own}")), ("user", path)]).with(name, value).into()
}
