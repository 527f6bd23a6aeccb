//! Ending what lives before its time, for tests: as if its time had passed, and that of nothing else.

use protocol::id::{ApplicationId, EnvironmentId, UserId};
use protocol::name::username_key;
use store::{StoreError, Whose};

pub use store::Expiring;

use crate::app::App;
use crate::tenant::Tenant;

/// What is to expire, and of whom; of everybody where nobody is named.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub what: Expiring,
    pub client_id: Option<&'a str>,
    pub username: Option<&'a str>,
}

/// Why nothing expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unexpired {
    NoApplication,
    NoUser,
    Unavailable,
}

impl From<StoreError> for Unexpired {
    fn from(_: StoreError) -> Self {
        Self::Unavailable
    }
}

/// Lets it expire by the environment's clock. Returns how many lived until now; of tokens on no record, those that are remembered.
///
/// # Errors
/// [`Unexpired`].
pub async fn expire(app: &App, tenant: &Tenant, wanted: Wanted<'_>) -> Result<u64, Unexpired> {
    let (environment, now) = (tenant.id(), app.now(tenant.id()));
    let application = match wanted.client_id {
        Some(client_id) => Some(application(app, tenant, client_id).await?),
        None => None,
    };
    let user = match wanted.username {
        Some(username) => Some(user(app, environment, username).await?),
        None => None,
    };
    let whose = Whose { environment, application, user };
    let recorded = app.writes.expire(wanted.what, whose, now).await?;
    let control = app.controls.as_ref().map(|controls| controls.of(environment));
    let unrecorded = match control {
        // They are of no user.
        Some(control) if wanted.what == Expiring::AccessTokens && user.is_none() => {
            control.issued.expire(application, now)
        }
        _ => 0,
    };
    Ok(recorded + unrecorded)
}

async fn application(app: &App, tenant: &Tenant, client_id: &str) -> Result<ApplicationId, Unexpired> {
    match tenant.client(app, client_id).await {
        Ok(Some(client)) => Ok(client.application.id),
        Err(crate::Failure::Unavailable) => Err(Unexpired::Unavailable),
        Ok(None) | Err(_) => Err(Unexpired::NoApplication),
    }
}

async fn user(app: &App, environment: EnvironmentId, username: &str) -> Result<UserId, Unexpired> {
    let key = username_key(username).map_err(|_| Unexpired::NoUser)?;
    let found = app.store.user_by_name(environment, &key).await?;
    found.map(|user| user.id).ok_or(Unexpired::NoUser)
}
