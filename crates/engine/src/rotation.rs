//! Rotating signing keys: begun by the operator, finished by the time.

use std::sync::Arc;
use std::time::Duration;

use jose::Alg;
use protocol::audit::{Action, Actor, Event};
use protocol::change::Change;
use protocol::id::{CorrelationId, EnvironmentId};
use protocol::model::{KeyStatus, SigningKeyRecord};
use protocol::refusal::{Reason, Refused};
use protocol::rotation;
use store::StoreError;
use uuid::Uuid;

use crate::app::{App, Ask};
use crate::failure::Failure;

/// Makes a new key of `alg`, by default of the present algorithm, and begins the rotation to it. Returns its id.
///
/// # Errors
/// 404 for an environment that does not exist; that another key already waits.
pub async fn rotate(app: &App, environment: EnvironmentId, alg: Option<Alg>, at_once: bool) -> Result<String, Failure> {
    let ask = Ask { correlation: CorrelationId::new(Uuid::nil()), source: None };
    let ctx = app.ctx(&ask);
    let found = app.store.environment(environment).await?;
    let found =
        found.ok_or_else(|| Refused::new(Reason::EnvironmentUnknown, "an environment", environment.to_string()))?;
    let alg = alg.unwrap_or(found.settings.signing_alg);
    let new = app.new_signing_key(&ctx, environment, alg, KeyStatus::Next).await?;
    let kid = new.kid.clone();
    let changes = rotation::begin(&found, &app.store.keys(environment).await?, new, at_once, ctx.now)?;
    let event = Event::new(Some(environment), ctx.now, ctx.correlation, Action::KeyRotated).by(Actor::System);
    crate::finish::commit(app, changes.clone(), Some(event.noting(told(&changes)))).await?;
    Ok(kid)
}

/// The keys of an environment that this version can read, the oldest first.
pub async fn list(app: &App, environment: EnvironmentId) -> Result<Vec<SigningKeyRecord>, Failure> {
    Ok(app.store.readable_keys(environment).await?)
}

/// Does what is due in every environment, once a minute, until the app is dropped. Of nodes that do it at the same time one
/// makes the changes; the others lose their guards and find nothing to do later.
pub async fn finish_rotations(app: Arc<App>) {
    let app = Arc::downgrade(&{ app });
    loop {
        let Some(app) = app.upgrade() else { return };
        if let Err(failure) = finish_due(&app).await {
            tracing::warn!(reason = ?failure.reason(), "key rotation is behind");
        }
        drop(app);
        tokio::time::sleep(PERIOD).await;
    }
}

/// Does what is due now.
pub async fn finish_due(app: &App) -> Result<(), Failure> {
    let now = app.world.now();
    for environment in app.store.rotating().await? {
        let Some(found) = app.store.environment(environment).await? else { continue };
        let keys = match app.store.keys(environment).await {
            // A newer process does what is due here.
            Err(StoreError::Unreadable(_)) => continue,
            keys => keys?,
        };
        let changes = rotation::due(&found, &keys, now);
        if changes.is_empty() {
            continue;
        }
        let event = Event::new(Some(environment), now, CorrelationId::new(Uuid::nil()), Action::KeyRotated);
        let event = event.by(Actor::System).noting(told(&changes));
        match crate::finish::commit(app, changes, Some(event)).await {
            // Another node was first.
            Ok(()) | Err(StoreError::Lost { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Which keys become what; their names are public.
fn told(changes: &[Change]) -> String {
    let keys = changes.iter().filter_map(|change| match change {
        Change::CreateKey(key) | Change::UpdateKey { key, .. } => {
            Some(format!("{} {} {}", key.alg.name(), key.kid, key.status.name()))
        }
        Change::DeleteKey(_, kid, _) => Some(format!("{kid} DELETED")),
        _ => None,
    });
    keys.collect::<Vec<_>>().join(", ")
}

const PERIOD: Duration = Duration::from_mins(1);
