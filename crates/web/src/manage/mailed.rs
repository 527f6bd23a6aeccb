//! Codes that are sent to a user: for a new password in place of a forgotten one, and that shows that the address is theirs.

use engine::Failure;
use engine::manage::{About, Authorized};
use engine::password::{self as passwords, Brought, Passwords};
use protocol::audit::Action;
use protocol::change::Change;
use protocol::flow::Before;
use protocol::mailed::{CodeFor, digest_of, judge_code, may_recover, send_code};
use protocol::model::check::Fields;
use protocol::model::{ACCOUNT_OK, Account, PasswordState, User};
use protocol::secret::Secret;
use serde_json::{Map, Value};

use super::crud::{self, Managed as _, constraint};
use super::{password, user};
use crate::mail;

/// `password.sendRecoveryCode`
pub(super) async fn send_recovery_code(by: &Authorized, user: &User) -> Result<(), Failure> {
    if !by.app.sends_mail() {
        return Err(no_mail("password"));
    }
    recoverable(user)?;
    send(by, user, CodeFor::Recovery, Action::RecoveryCodeSent).await
}

/// `account.sendVerificationCode`
pub(super) async fn send_verification_code(by: &Authorized, user: &User) -> Result<(), Failure> {
    if !by.app.sends_mail() {
        return Err(no_mail("email"));
    }
    if user.email.is_empty() {
        return Err(constraint("email", "The user has no e-mail address", "a user without an e-mail address"));
    }
    send(by, user, CodeFor::Verification, Action::VerificationCodeSent).await
}

/// What can be read is on record before it is sent.
async fn send(by: &Authorized, user: &User, kind: CodeFor, action: Action) -> Result<(), Failure> {
    let (fresh, letter) = by.app.code_for(&by.ctx(), user, kind);
    let before = by.store().mailed_code(user.environment, user.id, kind).await?;
    let sent = send_code(before.as_ref(), &fresh, by.now());
    let sent = sent.map_err(|came| constraint("email", "Too many codes were sent: use the last one, or wait", came))?;
    by.finish(vec![sent], action, user.target()).await?;
    mail::send(&by.app, &by.tenant()?.environment, letter);
    Ok(())
}

/// `password.recover`: whoever reads the user's mail chooses a new password. It ends what the old one opened, and a lock by guesses.
pub(super) async fn recover(by: &Authorized, mut user: User, body: &Map<String, Value>) -> Result<User, Failure> {
    let mut fields = Fields::new(body);
    let both = (password::text(&mut fields, "recoveryCode"), password::text(&mut fields, "newPassword"));
    let none = || Secret::new(String::new());
    let (code, new) = fields.finish(both)?;
    let (code, new) = (code.unwrap_or_else(none), new.unwrap_or_else(none));
    let once = use_code(by, &user, CodeFor::Recovery, code.expose()).await?;
    recoverable(&user)?;
    if Passwords::brought(new.expose()) != Brought::Password {
        return Err(password::unreadable("newPassword", password::TYPED));
    }
    let (environment, id, now) = (user.environment, user.id, by.now());
    let was = user.password.take().map(|password| password.hash).unwrap_or_default();
    let population = user::population_of(by, user.population).await?;
    let policy = password::policy(by, &population)?;
    let same = by.app.passwords().check(by.claim(), &was, new.expose()).await?.right;
    // Nobody waits for an age of a password that they do not know.
    let before = Before { current: None, same, chosen_at: None };
    let judged = passwords::judge(&by.app, by.claim(), (policy, &user), before, new.expose()).await?;
    judged.map_err(|problem| problem.into_refused("newPassword"))?;
    let hash = by.app.passwords().hash(by.claim(), by.ctx().entropy, new.expose()).await?;
    let set = PasswordState { hash, must_change: false, chosen: true, changed_at: now.to_millis() };
    let unlocked = Account::default();
    let changes = vec![
        once,
        Change::SetAccount {
            environment,
            user: id,
            was: user.account.clone(),
            judged: Some(was.clone()),
            account: unlocked.clone(),
        },
        Change::SetPassword {
            environment,
            user: id,
            was: Some(was),
            password: Some(set.clone()),
            end_families: false,
            retiring: policy.retiring(now),
        },
        Change::EndUserSessions(environment, id, now),
    ];
    let about = About::from(user.target()).noting("by a code that was sent to the user");
    by.finish(changes, Action::PasswordChanged, about).await?;
    (user.password, user.account) = (Some(set), unlocked);
    Ok(user)
}

/// `account.verify`: the address is the user's, and the account no longer waits for that.
pub(super) async fn verify(by: &Authorized, user: &User, body: &Map<String, Value>) -> Result<User, Failure> {
    let mut fields = Fields::new(body);
    let code = password::text(&mut fields, "verificationCode");
    let code = fields.finish(code)?.unwrap_or_else(|| Secret::new(String::new()));
    let once = use_code(by, user, CodeFor::Verification, code.expose()).await?;
    let verified = User { email_verified: true, lifecycle: ACCOUNT_OK.into(), ..user.clone() };
    crud::write(by, user, verified, vec![once]).await
}

/// The change that uses the code up. A wrong one is counted before it is refused; where the guard of either is lost, the whole call is
/// decided again.
async fn use_code(by: &Authorized, user: &User, kind: CodeFor, typed: &str) -> Result<Change, Failure> {
    let sent = by.store().mailed_code(user.environment, user.id, kind).await?;
    let typed = digest_of(by.app.pepper(), user, kind, typed);
    match judge_code(sent.as_ref(), &typed, kind, by.now()) {
        Ok(once) => Ok(once),
        Err(wrong) => {
            if let Some(counted) = wrong.counted {
                let about = About::from(user.target()).noting("a code that was not right was counted");
                by.finish(vec![counted], Action::UserUpdated, about).await?;
            }
            Err(wrong.refused.into())
        }
    }
}

/// Nobody gets a password by mail whose account was closed, or who has none to forget.
fn recoverable(user: &User) -> Result<(), Failure> {
    match may_recover(user) {
        Ok(()) => Ok(()),
        Err(_) if user.password.is_none() => Err(password::no_password()),
        Err(_) if user.email.is_empty() => {
            Err(constraint("email", "The user has no e-mail address", "a user without an e-mail address"))
        }
        Err(came) => Err(constraint("password", "The user may not sign on with a password here", came)),
    }
}

/// What a message would carry cannot be sent: that is said, and nobody waits for it.
fn no_mail(target: &str) -> Failure {
    constraint(target, "This server sends no e-mail, so no code can be sent", "a code to send")
}
