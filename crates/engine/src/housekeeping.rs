//! What runs beside the requests: following other nodes' changes, and deleting what has expired.

use std::sync::Arc;
use std::time::Duration;

use crate::app::App;

/// Follows the store's revision until the app is dropped: what another node changed is forgotten here within a second.
pub async fn follow_changes(app: Arc<App>) {
    let app = Arc::downgrade(&{ app });
    let mut seen = 0;
    loop {
        let Some(app) = app.upgrade() else { return };
        match app.store.revisions(seen).await {
            Ok((latest, changed)) => {
                for environment in changed {
                    app.forget(environment);
                }
                seen = latest;
            }
            Err(error) => tracing::warn!(%error, "changes of other nodes cannot be followed"),
        }
        drop(app);
        tokio::time::sleep(POLL).await;
    }
}

/// Deletes expired artefacts and old activities every few minutes, and puts counters right, until the app is dropped.
pub async fn purge_expired(app: Arc<App>) {
    let app = Arc::downgrade(&{ app });
    for round in 0_u64.. {
        tokio::time::sleep(PURGE).await;
        let Some(app) = app.upgrade() else { return };
        if round % RECOUNT == 0 {
            recount(&app).await;
        }
        let now = app.world.now();
        match app.writes.purge(now, now.plus(-app.config.activity_days * DAY)).await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "expired rows deleted"),
            Err(error) => tracing::warn!(%error, "expired rows could not be deleted"),
        }
    }
}

async fn recount(app: &App) {
    match app.writes.recount().await {
        Ok(0) => {}
        Ok(counters) => tracing::warn!(counters, "counters put right"),
        Err(error) => tracing::warn!(%error, "counters could not be compared with what is there"),
    }
}

const POLL: Duration = Duration::from_millis(400);
const PURGE: Duration = Duration::from_mins(5);
/// Once an hour.
const RECOUNT: u64 = 12;
const DAY: i64 = 86_400;
