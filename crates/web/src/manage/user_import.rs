//! Users who are imported, told by the media type: they bring a state, and may bring a password.

use engine::Failure;
use engine::manage::Authorized;
use protocol::change::Change;
use protocol::model::describe;
use protocol::model::{ImportedUser, Key, NewPassword, PasswordState, Permission, User};

use super::answer::Answer;
use super::call::Call;
use super::crud::{self, Here};
use super::{password, user};

/// Creates a user, or imports one.
pub(super) async fn create(call: Call) -> Result<Answer, Failure> {
    if call.media_types().iter().any(|media| media == IMPORT) {
        return import(&call).await;
    }
    crud::create::<User>(call).await
}

async fn import(call: &Call) -> Result<Answer, Failure> {
    let (by, also) = (&call.by, call.also(Permission::ManageUserPasswords));
    let body = call.json_of(IMPORT).await?;
    let before = ImportedUser { user: user::blank(call, &body).await?, password: None };
    let ImportedUser { mut user, password } = describe::read(&body, &before, &Here::of(by))?;
    if let Some(password) = password {
        also?;
        user.password = Some(first_password(by, &user, &password).await?);
    }
    if let Some(provider) = user.identity_provider {
        by.expect(Change::Require(Key::IdentityProvider(user.environment, provider)));
    }
    crud::enter(call, user).await
}

async fn first_password(by: &Authorized, user: &User, password: &NewPassword) -> Result<PasswordState, Failure> {
    let population = user::population_of(by, user.population).await?;
    let policy = password::policy(by, &population)?;
    let hash = password::hash_brought(by, policy, user, &password.value, false).await?;
    Ok(PasswordState { hash, must_change: password.must_change, chosen: false, changed_at: by.now().to_millis() })
}

pub(crate) const IMPORT: &str = "application/vnd.pingidentity.user.import+json";
