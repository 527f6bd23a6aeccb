//! What of a user has a route of its own: enabled, mfaEnabled, verifyStatus, population, identity provider, and the actions on
//! the account.

use engine::Failure;
use engine::manage::Authorized;
use protocol::audit::Action;
use protocol::change::Change;
use protocol::model::check::user as check;
use protocol::model::{Account, Key, User};
use serde_json::Value;

use super::answer::Answer;
use super::authority;
use super::call::{Call, missing};
use super::crud::{self, Here, Include, Managed as _};
use super::list::whole;
use super::shape::{Object, linked};
use super::{mailed, user};

pub(super) async fn read_enabled(call: Call) -> Result<Answer, Failure> {
    let user = crud::load::<User>(&call).await?;
    Ok(Answer::ok(part(&call.by, &user, "enabled", user.enabled)).version(user.version))
}

/// A disabled user's sessions end at once; what the sessions gave is refused where it is used.
pub(super) async fn replace_enabled(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let before = crud::load::<User>(&call).await?;
    let enabled = check::read_switch(&call.json().await?, "enabled")?;
    if before.enabled && !enabled {
        authority::keep_without_user(&by, &before, "enabled").await?;
    }
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

pub(super) async fn read_verify_status(call: Call) -> Result<Answer, Failure> {
    let user = crud::load::<User>(&call).await?;
    Ok(Answer::ok(part(&call.by, &user, "verifyStatus", user.verify_status.as_str())).version(user.version))
}

pub(super) async fn replace_verify_status(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let before = crud::load::<User>(&call).await?;
    let verify_status = check::read_verify_status(&call.json().await?)?;
    let after = crud::write(&by, &before, User { verify_status, ..before.clone() }, Vec::new()).await?;
    Ok(Answer::ok(part(&by, &after, "verifyStatus", after.verify_status.as_str())).version(after.version))
}

pub(super) async fn read_identity_provider(call: Call) -> Result<Answer, Failure> {
    let user = crud::load::<User>(&call).await?;
    Ok(provider_answer(&call.by, &user))
}

/// `{}`, and an id that is null, mean PingOne. Whoever signs on elsewhere from now on does so at once: what they opened here ends.
pub(super) async fn replace_identity_provider(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let before = crud::load::<User>(&call).await?;
    let identity_provider = check::read_identity_provider(&call.json().await?, &Here::of(&by))?;
    let leaves = identity_provider.is_some() && before.identity_provider != identity_provider;
    if leaves {
        authority::keep_without_user(&by, &before, "id").await?;
    }
    let ended = Change::EndUserSessions(before.environment, before.id, by.now());
    let mut more = if leaves { vec![ended] } else { Vec::new() };
    // Whoever takes the provider away meanwhile is held up by whoever names it.
    more.extend(identity_provider.map(|id| Change::Require(Key::IdentityProvider(before.environment, id))));
    let after = crud::write(&by, &before, User { identity_provider, ..before.clone() }, more).await?;
    Ok(provider_answer(&by, &after))
}

fn provider_answer(by: &Authorized, user: &User) -> Answer {
    let path = format!("/environments/{}/users/{}", user.environment, user.id);
    let links = [("self", format!("{path}/identityProvider")), ("user", path)];
    Answer::ok(linked(by, &links).and(provider(by, user).into_map())).version(user.version)
}

/// Where the user signs on: the provider that is named, or this server.
pub(super) fn provider(by: &Authorized, user: &User) -> Object {
    let tenant = by.tenant().ok();
    let found = user.identity_provider.and_then(|id| tenant?.identity_provider(id));
    // Which type one has that another node just made is known in a moment; that it is not this server is known now.
    let kind = match (found, user.identity_provider) {
        (Some(provider), _) => Some(provider.kind.name()),
        (None, Some(_)) => None,
        (None, None) => Some(OWN_PROVIDER),
    };
    Object::default().maybe("id", user.identity_provider.map(|id| id.to_string())).maybe("type", kind)
}

/// Accounts elsewhere that the user may sign on with: there are no identity providers to have them.
pub(super) async fn linked_accounts(call: Call) -> Result<Answer, Failure> {
    crud::load::<User>(&call).await?;
    whole(&call, "linkedAccounts", Vec::new(), &["id"])
}

pub(super) async fn linked_account(call: Call) -> Result<Answer, Failure> {
    crud::load::<User>(&call).await?;
    let id = call.id("linkedAccount", protocol::id::canonical)?;
    Err(missing("linked account", id.to_string()))
}

/// The actions on an account, told apart by the media type. Ping's client sends the body `null`.
pub(super) async fn act(call: Call) -> Result<Answer, Failure> {
    let action = call.action(&[
        ("account.lock", Act::Lock),
        ("account.sendVerificationCode", Act::SendCode),
        ("account.unlock", Act::Unlock),
        ("account.verify", Act::Verify),
    ])?;
    let user = crud::load::<User>(&call).await?;
    let body = call.optional_json().await?;
    match action {
        Act::Lock => {
            authority::keep_without_user(&call.by, &user, "id").await?;
            let locked_at = Some(call.by.now().to_millis());
            let account = Account { locked_at, unlock_at: None, ..user.account.clone() };
            set_account(&call.by, user, account, Action::UserLocked).await
        }
        Act::Unlock => set_account(&call.by, user, Account::default(), Action::UserUnlocked).await,
        Act::SendCode => {
            mailed::send_verification_code(&call.by, &user).await?;
            crud::respond(&call.by, user, &Include::default(), Answer::ok).await
        }
        Act::Verify => {
            let user = mailed::verify(&call.by, &user, &body).await?;
            crud::respond(&call.by, user, &Include::default(), Answer::ok).await
        }
    }
}

#[derive(Clone, Copy)]
enum Act {
    Lock,
    SendCode,
    Unlock,
    Verify,
}

async fn set_account(by: &Authorized, mut user: User, account: Account, action: Action) -> Result<Answer, Failure> {
    let change = Change::SetAccount {
        environment: user.environment,
        user: user.id,
        was: user.account.clone(),
        judged: None,
        account: account.clone(),
    };
    by.finish(vec![change], action, user.target()).await?;
    user.account = account;
    crud::respond(by, user, &Include::default(), Answer::ok).await
}

fn part(by: &Authorized, user: &User, name: &str, value: impl Into<Value>) -> Value {
    let path = format!("/environments/{}/users/{}", user.environment, user.id);
    let own = match name {
        "id" => "population",
        name => name,
    };
    linked(by, &[("self", format!("{path}/{own}")), ("user", path)]).with(name, value).into()
}

/// What PingOne calls users who are nobody else's.
pub(super) const OWN_PROVIDER: &str = "PING_ONE";
