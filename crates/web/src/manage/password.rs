//! A user's password: its state, and the actions that set, unset, reset, check or force a change of it.

use engine::Failure;
use engine::manage::{About, Authorized};
use engine::password::{Brought, Checked, Passwords};
use engine::reads::StoreError;
use protocol::audit::Action;
use protocol::change::Change;
use protocol::flow::{Before, WrongPassword, after_failure, judge_new_password, locked_out};
use protocol::model::check::Fields;
use protocol::model::{Account, PasswordPolicy, PasswordState, Population, Retiring, User};
use protocol::refusal::{Detail, Reason, Refused};
use protocol::secret::Secret;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::authority;
use super::call::Call;
use super::crud::{self, Managed as _};
use super::shape::{linked, reference, stamp};
use super::{mailed, user};

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let user = crud::load::<User>(&call).await?;
    state(&call.by, &user).await
}

/// `password.set` and `password.setValue` by an administrator, or `password.reset` by somebody who knows the present one.
pub(super) async fn replace(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let action = call.action(&[
        ("password.set", Replace::Set),
        ("password.setValue", Replace::SetValue),
        ("password.reset", Replace::Reset),
    ])?;
    let user = crud::load::<User>(&call).await?;
    let body = call.optional_json().await?;
    let population = user::population_of(&by, user.population).await?;
    let policy = policy(&by, &population)?;
    match action {
        Replace::Set | Replace::SetValue => {
            let Wanted { value, must_change, bypass_policy } = read_wanted(&body, matches!(action, Replace::Set))?;
            let retiring = policy.retiring(by.now());
            let Some(value) = value else { return store(&by, user, None, None, retiring).await };
            // Whoever sets the present one again retires none.
            let same = is_present(&by, policy, &user, &value).await?;
            let hash = hash_brought(&by, policy, &user, &value, bypass_policy || same).await?;
            if same && !bypass_policy {
                judge_new_password(policy, &user, Before::default(), value.expose())
                    .map_err(|problem| problem.into_refused("password"))?;
            }
            let changed_at = by.now().to_millis();
            let password = PasswordState { hash, must_change, chosen: false, changed_at };
            store(&by, user, None, Some(password), retiring.filter(|_| !same)).await
        }
        Replace::Reset => {
            let (current, new) = read_reset(&body)?;
            let (user, proved) = prove(&by, user, policy, &current, "currentPassword").await?;
            if Passwords::brought(new.expose()) != Brought::Password {
                // Whoever chooses a password types it: nobody shall find out later that it was taken for another.
                return Err(unreadable("newPassword", TYPED));
            }
            let same = current.expose() == new.expose();
            let before = Before { current: Some(current.expose()), same, chosen_at: Some(by.now()) };
            let hash = hash_new(&by, policy, &user, &new, before, "newPassword").await?;
            let changed_at = by.now().to_millis();
            let password = PasswordState { hash, must_change: false, chosen: true, changed_at };
            store(&by, user, Some(proved), Some(password), policy.retiring(by.now())).await
        }
    }
}

/// `password.check`, `password.forceChange`, and the two of a forgotten password.
pub(super) async fn act(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let action = call.action(&[
        ("password.check", Act::Check),
        ("password.forceChange", Act::ForceChange),
        ("password.recover", Act::Recover),
        ("password.sendRecoveryCode", Act::SendCode),
    ])?;
    let mut user = crud::load::<User>(&call).await?;
    let body = call.optional_json().await?;
    match action {
        Act::Check => {
            let mut fields = Fields::new(&body);
            let password = text(&mut fields, "password");
            let password = fields.finish(password)?.unwrap_or_else(|| Secret::new(String::new()));
            let population = user::population_of(&by, user.population).await?;
            let (user, _) = prove(&by, user, policy(&by, &population)?, &password, "password").await?;
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
                retiring: None,
            };
            by.finish(vec![change], Action::UserUpdated, user.target()).await?;
            user.password = Some(password);
            state(&by, &user).await
        }
        Act::Recover => state(&by, &mailed::recover(&by, user, &body).await?).await,
        Act::SendCode => {
            mailed::send_recovery_code(&by, &user).await?;
            state(&by, &user).await
        }
    }
}

/// The hash of a password that an administrator brings. One that another system made is kept as it is: it cannot be judged by
/// the policy, and is hashed anew when its user signs on.
///
/// # Errors
/// 400 at `password`: with one sentence for each rule of the policy that it breaks, or for a hash that cannot be read.
pub(super) async fn hash_brought(
    by: &Authorized,
    policy: &PasswordPolicy,
    user: &User,
    new: &Secret,
    bypass_policy: bool,
) -> Result<String, Failure> {
    match Passwords::brought(new.expose()) {
        Brought::Hash => Ok(new.expose().to_owned()),
        Brought::Unreadable => Err(unreadable("password", UNREADABLE)),
        Brought::Password if bypass_policy => by.app.passwords().hash(by.claim(), by.ctx().entropy, new.expose()).await,
        Brought::Password => hash_new(by, policy, user, new, Before::default(), "password").await,
    }
}

/// Whether it is what the user has already, where that matters: to a policy that remembers what was replaced.
async fn is_present(by: &Authorized, policy: &PasswordPolicy, user: &User, value: &Secret) -> Result<bool, Failure> {
    match &user.password {
        Some(present) if policy.history().is_some() && Passwords::brought(value.expose()) == Brought::Password => {
            Ok(by.app.passwords().check(by.claim(), &present.hash, value.expose()).await?.right)
        }
        _ => Ok(false),
    }
}

/// Judges a new password by the policy of its user's population, and hashes it.
///
/// # Errors
/// 400 with one sentence for each rule that it breaks, at `target`.
async fn hash_new(
    by: &Authorized,
    policy: &PasswordPolicy,
    user: &User,
    new: &Secret,
    before: Before<'_>,
    target: &'static str,
) -> Result<String, Failure> {
    let judged = engine::password::judge(&by.app, by.claim(), (policy, user), before, new.expose()).await?;
    judged.map_err(|problem| problem.into_refused(target))?;
    by.app.passwords().hash(by.claim(), by.ctx().entropy, new.expose()).await
}

#[derive(Clone, Copy)]
enum Replace {
    Set,
    SetValue,
    Reset,
}

#[derive(Clone, Copy)]
enum Act {
    Check,
    ForceChange,
    Recover,
    SendCode,
}

/// A new password, its hash and whether it must be changed, ends what the old one opened; so does having none. Whoever had to
/// know the old one writes over no other: `was` is its hash.
async fn store(
    by: &Authorized,
    mut user: User,
    was: Option<String>,
    password: Option<PasswordState>,
    retiring: Option<Retiring>,
) -> Result<Answer, Failure> {
    let (environment, id) = (user.environment, user.id);
    // The end of the sessions ends what they gave.
    let changes = vec![
        Change::SetPassword { environment, user: id, was, password: password.clone(), end_families: false, retiring },
        Change::EndUserSessions(environment, id, by.now()),
    ];
    if password.is_none() {
        authority::keep_without_user(by, &user, "value").await?;
    }
    let about = About::from(user.target());
    let about = if password.is_none() { about.noting("the user has no password any more") } else { about };
    by.finish(changes, Action::PasswordChanged, about).await?;
    user.password = password;
    state(by, &user).await
}

/// Decides whether `password` is the user's, and of which hash. Every wrong one counts towards the lock, however many come at
/// once.
async fn prove(
    by: &Authorized,
    mut user: User,
    policy: &PasswordPolicy,
    password: &Secret,
    target: &str,
) -> Result<(User, String), Failure> {
    let mut judged: Option<(String, Checked)> = None;
    for _ in 0..ATTEMPTS {
        let hash = user.password.as_ref().map(|p| p.hash.clone()).ok_or_else(no_password)?;
        // A password that was changed meanwhile was not the one that was compared.
        let found = match judged.take().filter(|(of, _)| *of == hash) {
            Some((_, found)) => found,
            None => by.app.passwords().check(by.claim(), &hash, password.expose()).await?,
        };
        let failed = after_failure(&user.account, policy, by.now(), found.print.as_deref());
        let account = match failed {
            WrongPassword::Locked => return Err(locked(by, &user.account)),
            _ if found.right && user.account == Account::default() => return Ok((user, hash)),
            _ if found.right => Account::default(),
            WrongPassword::Counts(account) => account,
            WrongPassword::Repeats => return Err(wrong(policy, &user.account, target)),
        };
        match count(by, &user, &hash, &account).await {
            Ok(()) if found.right => {
                user.account = account;
                return Ok((user, hash));
            }
            Ok(()) => return Err(wrong(policy, &account, target)),
            // Another attempt was counted in between, or the password changed: this one is counted after it.
            Err(lost @ StoreError::Lost { .. }) if !by.is_outdated(&lost) => {
                let again = by.store().user(user.environment, user.id).await?;
                user = again.ok_or_else(|| super::call::missing("user", user.id.to_string()))?;
                judged = Some((hash, found));
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

pub(super) fn policy<'a>(by: &'a Authorized, population: &Population) -> Result<&'a PasswordPolicy, Failure> {
    let tenant = by.tenant()?;
    tenant.must_know_policies()?;
    tenant.password_policy(population).ok_or_else(|| engine::failure::unreadable("every password policy"))
}

/// What an administrator asks for.
struct Wanted {
    /// None: the user shall have no password.
    value: Option<Secret>,
    must_change: bool,
    bypass_policy: bool,
}

fn read_wanted(body: &Map<String, Value>, demands_value: bool) -> Result<Wanted, Refused> {
    let mut fields = Fields::new(body);
    // The request calls it `value`; clients look for the fault at `password`.
    let value = fields.string("value").filter(|v| !v.is_empty());
    let must_change = fields.boolean("forceChange").unwrap_or(false);
    let bypass_policy = fields.boolean("bypassPolicy").unwrap_or(false);
    if value.is_none() && fields.has("value") {
        fields.fault("EMPTY_VALUE", "password", "must not be empty", None);
    } else if value.is_none() && demands_value {
        fields.fault("REQUIRED_VALUE", "value", "must be provided", None);
    }
    let value = value.map(|value| Secret::new(value.to_owned()));
    fields.finish(Wanted { value, must_change, bypass_policy })
}

fn read_reset(body: &Map<String, Value>) -> Result<(Secret, Secret), Refused> {
    let mut fields = Fields::new(body);
    let both = (text(&mut fields, "currentPassword"), text(&mut fields, "newPassword"));
    let none = || Secret::new(String::new());
    let (current, new) = fields.finish(both)?;
    Ok((current.unwrap_or_else(none), new.unwrap_or_else(none)))
}

pub(super) fn text(fields: &mut Fields<'_>, name: &str) -> Option<Secret> {
    let text = fields.string(name);
    if text == Some("") {
        fields.fault("EMPTY_VALUE", name, "must not be empty", None);
        return None;
    }
    fields.require(name, text).map(|text| Secret::new(text.to_owned()))
}

fn wrong(policy: &PasswordPolicy, account: &Account, target: &str) -> Failure {
    let mut detail = Detail::new("INVALID_VALUE", target, "The provided password did not match provisioned password");
    if policy.lockout_failures > 0 {
        let remaining = (policy.lockout_failures - account.failures).max(0);
        detail = detail.with_inner(json!({ "failuresRemaining": remaining }));
    }
    let refused = Refused::new(Reason::PasswordWrong, "the user's password", "another one");
    Refused { details: vec![detail], ..refused.saying(Reason::FieldsInvalid.row().public) }.into()
}

fn locked(by: &Authorized, account: &Account) -> Failure {
    let refused = Refused { retry_after: None, ..locked_out(account, "password", by.now()) };
    refused.saying(Reason::FieldsInvalid.row().public).into()
}

pub(super) fn no_password() -> Failure {
    let detail = Detail::new("NO_PASSWORD", "password", "The user has no password");
    let refused = Refused::new(Reason::PasswordMissing, "a user with a password", "one without");
    Refused { details: vec![detail], ..refused.saying(Reason::FieldsInvalid.row().public) }.into()
}

pub(super) fn unreadable(target: &'static str, message: &'static str) -> Failure {
    Refused::fields(vec![Detail::new("INVALID_VALUE", target, message)]).into()
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
        .with("status", user.password_status(policy, by.now()).name())
        .maybe("lastChangedAt", user.password.as_ref().map(|p| stamp(p.changed_at)));
    Ok(Answer::ok(body))
}

/// What PingOne links a password and its user to: the actions at the password's address (the contract, 1.B).
pub(super) const ACTIONS: [&str; 4] = ["password.check", "password.reset", "password.set", "password.recover"];
/// More attempts than the longest policy allows failures in a row would be lost only to an attack.
const ATTEMPTS: usize = 16;
/// Said of a hash where a person chooses.
pub(super) const TYPED: &str = "A new password of one's own is sent as it is, not as a hash";
const UNREADABLE: &str = "is a hash that this server does not check: it takes {BCRYPT}, {PBKDF2}, {ARGON2} and {SSHA}, {SSHA256}, {SSHA384}, {SSHA512}, up to a cost of about a second";
