//! A user's password: its state, and the actions that set, reset, check or force a change of it.

use engine::Failure;
use engine::manage::Authorized;
use engine::reads::StoreError;
use protocol::audit::Action;
use protocol::change::Change;
use protocol::flow::{after_failure, judge_new_password, locked_out};
use protocol::model::check::Fields;
use protocol::model::{Account, PasswordPolicy, PasswordState, Population, User};
use protocol::refusal::{Detail, Reason, Refused};
use protocol::secret::Secret;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::Call;
use super::crud::{self, Managed as _};
use super::shape::{linked, reference, stamp};
use super::user;

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let user = crud::load::<User>(&call).await?;
    state(&call.by, &user).await
}

/// `password.set` by an administrator, or `password.reset` by somebody who knows the present one.
pub(super) async fn replace(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let action = call.action(&[("password.set", Replace::Set), ("password.reset", Replace::Reset)])?;
    let user = crud::load::<User>(&call).await?;
    let body = call.optional_json().await?;
    match action {
        Replace::Set => {
            let (value, must_change) = read_set(&body)?;
            let population = user::population_of(&by, user.population).await?;
            let hash = hash_new(&by, &population, &user, &value, "", "password").await?;
            store(&by, user, None, hash, must_change).await
        }
        Replace::Reset => {
            let (current, new) = read_reset(&body)?;
            let (user, proved) = prove(&by, user, &current, "currentPassword").await?;
            let population = user::population_of(&by, user.population).await?;
            let hash = hash_new(&by, &population, &user, &new, current.expose(), "newPassword").await?;
            store(&by, user, Some(proved), hash, false).await
        }
    }
}

/// `password.check`, or `password.forceChange`.
pub(super) async fn act(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let action = call.action(&[("password.check", Act::Check), ("password.forceChange", Act::ForceChange)])?;
    let mut user = crud::load::<User>(&call).await?;
    let body = call.optional_json().await?;
    match action {
        Act::Check => {
            let mut fields = Fields::new(&body);
            let password = text(&mut fields, "password");
            let password = fields.finish(password)?.unwrap_or_else(|| Secret::new(String::new()));
            let (user, _) = prove(&by, user, &password, "password").await?;
            by.finish(Vec::new(), Action::PasswordChecked, user.target()).await?;
            state(&by, &user).await
        }
        Act::ForceChange => {
            let before = user.password.take().ok_or_else(no_password)?;
            let was = Some(before.hash.clone());
            let password = PasswordState { must_change: true, ..before };
            let change = Change::SetPassword {
                environment: user.environment,
                user: user.id,
                was,
                password: Some(password.clone()),
                end_families: false,
            };
            by.finish(vec![change], Action::UserUpdated, user.target()).await?;
            user.password = Some(password);
            state(&by, &user).await
        }
    }
}

/// Judges a new password by the policy of its user's population, and hashes it.
///
/// # Errors
/// 400 with one sentence for each rule that it breaks, at `target`.
pub(super) async fn hash_new(
    by: &Authorized,
    population: &Population,
    user: &User,
    new: &Secret,
    current: &str,
    target: &'static str,
) -> Result<String, Failure> {
    if is_encoded(new.expose()) {
        let message = "Passwords that are already hashed are not supported: send the password itself";
        return Err(Refused::fields(vec![Detail::new("INVALID_VALUE", target, message)]).into());
    }
    let policy = policy(by, population)?;
    judge_new_password(policy, user, current == new.expose(), new.expose())
        .map_err(|problem| problem.into_refused(target))?;
    by.app.passwords().hash(by.ctx().entropy, new.expose()).await
}

#[derive(Clone, Copy)]
enum Replace {
    Set,
    Reset,
}

#[derive(Clone, Copy)]
enum Act {
    Check,
    ForceChange,
}

/// A new password ends what the old one opened. Whoever had to know that one writes over no other: `was` is its hash.
async fn store(
    by: &Authorized,
    mut user: User,
    was: Option<String>,
    hash: String,
    must_change: bool,
) -> Result<Answer, Failure> {
    let password = PasswordState { hash, must_change, changed_at: by.now().to_millis() };
    let (environment, id) = (user.environment, user.id);
    // The end of the sessions ends what they gave.
    let changes = vec![
        Change::SetPassword { environment, user: id, was, password: Some(password.clone()), end_families: false },
        Change::EndUserSessions(environment, id, by.now()),
    ];
    by.finish(changes, Action::PasswordChanged, user.target()).await?;
    user.password = Some(password);
    state(by, &user).await
}

/// Decides whether `password` is the user's, and of which hash. Every wrong one counts towards the lock, however many come at
/// once.
async fn prove(by: &Authorized, mut user: User, password: &Secret, target: &str) -> Result<(User, String), Failure> {
    let population = user::population_of(by, user.population).await?;
    let policy = policy(by, &population)?;
    let mut judged: Option<(String, bool)> = None;
    for _ in 0..ATTEMPTS {
        let hash = user.password.as_ref().map(|p| p.hash.clone()).ok_or_else(no_password)?;
        // A password that was changed meanwhile was not the one that was compared.
        let matched = match judged.take().filter(|(of, _)| *of == hash) {
            Some((_, matched)) => matched,
            None => by.app.passwords().check(&hash, password.expose()).await?,
        };
        if user.account.is_locked(by.now()) {
            return Err(locked(by, &user.account));
        }
        let untouched = user.account == Account::default();
        let account = if matched { Some(Account::default()) } else { after_failure(&user.account, policy, by.now()) };
        let Some(account) = account.filter(|_| !(matched && untouched)) else { return Ok((user, hash)) };
        match count(by, &user, &hash, &account).await {
            Ok(()) if matched => {
                user.account = account;
                return Ok((user, hash));
            }
            Ok(()) => return Err(wrong(policy, &account, target)),
            // Another attempt was counted in between, or the password changed: this one is counted after it.
            Err(lost @ StoreError::Lost { .. }) if !by.is_outdated(&lost) => {
                let again = by.store().user(user.environment, user.id).await?;
                user = again.ok_or_else(|| super::call::missing("user", user.id.to_string()))?;
                judged = Some((hash, matched));
            }
            Err(other) => return Err(other.into()),
        }
    }
    Err(Reason::StateChanged.into())
}

async fn count(by: &Authorized, user: &User, judged: &str, account: &Account) -> Result<(), StoreError> {
    let change = Change::SetAccount {
        environment: user.environment,
        user: user.id,
        was: user.account.clone(),
        judged: Some(judged.to_owned()),
        account: account.clone(),
    };
    let action = if account.locked_at.is_some() { Action::UserLocked } else { Action::UserUpdated };
    by.try_finish(vec![change], action, user.target()).await
}

fn policy<'a>(by: &'a Authorized, population: &Population) -> Result<&'a PasswordPolicy, Failure> {
    let tenant = by.tenant()?;
    tenant.must_know_policies()?;
    tenant.password_policy(population).ok_or(Failure::Bug("an environment has no password policy"))
}

fn read_set(body: &Map<String, Value>) -> Result<(Secret, bool), Refused> {
    let mut fields = Fields::new(body);
    // The request calls it `value`; clients look for the fault at `password`.
    let value = fields.string("value").filter(|v| !v.is_empty());
    let must_change = fields.boolean("forceChange").unwrap_or(false);
    if value.is_none() && fields.has("value") {
        fields.fault("EMPTY_VALUE", "password", "must not be empty", None);
    } else if value.is_none() {
        fields.fault("REQUIRED_VALUE", "value", "must be provided", None);
    }
    fields.finish((Secret::new(value.unwrap_or_default().to_owned()), must_change))
}

fn read_reset(body: &Map<String, Value>) -> Result<(Secret, Secret), Refused> {
    let mut fields = Fields::new(body);
    let both = (text(&mut fields, "currentPassword"), text(&mut fields, "newPassword"));
    let none = || Secret::new(String::new());
    let (current, new) = fields.finish(both)?;
    Ok((current.unwrap_or_else(none), new.unwrap_or_else(none)))
}

fn text(fields: &mut Fields<'_>, name: &str) -> Option<Secret> {
    let text = fields.string(name);
    if text == Some("") {
        fields.fault("EMPTY_VALUE", name, "must not be empty", None);
        return None;
    }
    fields.require(name, text).map(|text| Secret::new(text.to_owned()))
}

fn wrong(policy: &PasswordPolicy, account: &Account, target: &str) -> Failure {
    let remaining = (policy.lockout_failures - account.failures).max(0);
    let detail = Detail::new("INVALID_VALUE", target, "The provided password did not match provisioned password")
        .with_inner(json!({ "failuresRemaining": remaining }));
    let refused = Refused::new(Reason::PasswordWrong, "the user's password", "another one");
    Refused { details: vec![detail], ..refused.saying(Reason::FieldsInvalid.row().public) }.into()
}

fn locked(by: &Authorized, account: &Account) -> Failure {
    let refused = Refused { retry_after: None, ..locked_out(account, "password", by.now()) };
    refused.saying(Reason::FieldsInvalid.row().public).into()
}

fn no_password() -> Failure {
    let detail = Detail::new("NO_PASSWORD", "password", "The user has no password");
    let refused = Refused::new(Reason::PasswordMissing, "a user with a password", "one without");
    Refused { details: vec![detail], ..refused.saying(Reason::FieldsInvalid.row().public) }.into()
}

/// Whether the text is a hash with its scheme in front, as directories export it.
fn is_encoded(text: &str) -> bool {
    let scheme =
        text.strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(scheme, _)| scheme.to_ascii_uppercase());
    scheme.is_some_and(|scheme| SCHEMES.iter().any(|known| scheme.starts_with(known)))
}

/// The state of the password; never the password.
async fn state(by: &Authorized, user: &User) -> Result<Answer, Failure> {
    let population = by.store().get::<Population>(user.environment, &[user.population.uuid()]).await?;
    let policy = population.as_ref().and_then(|p| by.tenant().ok()?.password_policy(p));
    let environment = format!("/environments/{}", user.environment);
    let path = format!("{environment}/users/{}", user.id);
    let own = format!("{path}/password");
    let mut links = vec![("self", own.clone()), ("environment", environment.clone()), ("user", path)];
    links.extend(policy.map(|p| ("passwordPolicy", format!("{environment}/passwordPolicies/{}", p.id))));
    links.extend(ACTIONS.map(|action| (action, own.clone())));
    let body = linked(by, &links)
        .with("environment", reference(user.environment))
        .with("user", reference(user.id))
        .maybe("passwordPolicy", policy.map(|p| reference(p.id)))
        .with("status", user.password_status(by.now()).name())
        .maybe("lastChangedAt", user.password.as_ref().map(|p| stamp(p.changed_at)));
    Ok(Answer::ok(body.into()))
}

/// What PingOne links a password and its user to: the actions at the password's address (the contract, 1.B).
pub(super) const ACTIONS: [&str; 4] = ["password.check", "password.reset", "password.set", "password.recover"];
/// More attempts than the longest policy allows failures in a row would be lost only to an attack.
const ATTEMPTS: usize = 16;
const SCHEMES: [&str; 7] = ["ARGON2", "BCRYPT", "CRYPT", "MD5", "PBKDF2", "SHA", "SSHA"];
