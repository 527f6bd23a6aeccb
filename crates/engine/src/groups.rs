//! Groups whose filter changed: their users are gone through, some by whoever changed it and the rest beside the requests.

use std::sync::Arc;
use std::time::Duration;

use protocol::change::Change;
use protocol::id::{EnvironmentId, GroupId};
use protocol::model::Object;
use store::{Filled, StoreError};
use tokio::sync::Notify;

use crate::app::App;

/// That there is something to be gone through.
#[derive(Debug, Default)]
pub struct Fillings(Arc<Notify>);

/// The groups that are written, whose filter may be another one now.
pub(crate) fn written(changes: &[Change]) -> Vec<(EnvironmentId, GroupId)> {
    let group = |change: &Change| match change {
        Change::Put(object, _) => match &**object {
            Object::Group(group) => Some((group.environment, group.id)),
            _ => None,
        },
        _ => None,
    };
    changes.iter().filter_map(group).collect()
}

/// Goes through the first users at once: where there are few, the group is as its filter wants it when its writer is answered.
pub(crate) async fn begin(app: &App, written: Vec<(EnvironmentId, GroupId)>) {
    for (environment, group) in written {
        if fill(app, environment, group).await != Some(Filled::Wholly) {
            app.fillings.0.notify_one();
        }
    }
}

/// Goes through what is left, until the app is dropped. What another process left is found by looking for it.
pub async fn fill_groups(app: Arc<App>) {
    let new = app.fillings.0.clone();
    let app = Arc::downgrade(&{ app });
    loop {
        let Some(app) = app.upgrade() else { return };
        fill_all(&app).await;
        end_attributes(&app).await;
        drop(app);
        let _ = tokio::time::timeout(POLL, new.notified()).await;
    }
}

/// Goes through all that is left now, a part of each group in turn.
pub async fn fill_all(app: &App) {
    loop {
        let left = match app.store.fillings().await {
            Ok(left) => left,
            Err(error) => return tracing::warn!(%error, "groups whose filter changed cannot be found"),
        };
        let mut goes_on = false;
        for (environment, group) in left {
            goes_on |= fill(app, environment, group).await == Some(Filled::Partly);
            // Whoever waits for the database comes first.
            tokio::time::sleep(REST).await;
        }
        if !goes_on {
            return;
        }
    }
}

/// Takes the values of attributes that ended from users, a part of each in turn.
pub async fn end_attributes(app: &App) {
    loop {
        let left = match app.store.schema_endings().await {
            Ok(left) => left,
            Err(error) => return tracing::warn!(%error, "attributes that ended cannot be found"),
        };
        let mut goes_on = false;
        for (environment, attribute) in left {
            match app.writes.end_attribute(environment, attribute).await {
                Ok(ended) => goes_on |= ended == Filled::Partly,
                Err(error) => tracing::warn!(%error, %environment, "the values of an attribute are left for now"),
            }
            // Whoever waits for the database comes first.
            tokio::time::sleep(REST).await;
        }
        if !goes_on {
            return;
        }
    }
}

/// None: it could not be done, and is tried again.
async fn fill(app: &App, environment: EnvironmentId, group: GroupId) -> Option<Filled> {
    match app.writes.fill_group(environment, group, app.now(environment).to_millis()).await {
        Ok(filled) => Some(filled),
        // The newer process that wrote it does it.
        Err(StoreError::Unreadable(what)) => {
            if store::is_news(&what) {
                tracing::warn!(what, "a group is left to a newer version");
            }
            None
        }
        Err(error) => {
            tracing::warn!(%error, %environment, %group, "a group's users could not be gone through");
            None
        }
    }
}

const POLL: Duration = Duration::from_secs(2);
const REST: Duration = Duration::from_millis(2);
