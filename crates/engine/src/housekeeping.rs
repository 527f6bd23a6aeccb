//! What runs beside the requests: following other nodes' changes, and deleting what has expired.

use std::sync::Arc;
use std::time::Duration;

use protocol::id::EnvironmentId;
use store::{Revisions, StoreError};
use tokio::time::Instant;

use crate::app::App;

/// Follows the store's revision until the app is dropped: what another node changed is forgotten here within a second.
pub async fn follow_changes(app: Arc<App>) {
    let app = Arc::downgrade(&{ app });
    let mut following = Following::default();
    loop {
        let Some(app) = app.upgrade() else { return };
        match following.learn(&app).await {
            Ok(()) => tell_older(&app, &following.seen).await,
            Err(error) => tracing::warn!(%error, "changes of other nodes cannot be followed"),
        }
        drop(app);
        tokio::time::sleep(POLL).await;
    }
}

/// A process of the version before, which may still run beside this one, looks for changes elsewhere.
async fn tell_older(app: &App, latest: &Revisions) {
    if let Err(error) = app.writes.tell_older(latest).await {
        tracing::warn!(%error, "processes of an older version cannot be told of changes");
    }
}

/// How far the others' changes were followed.
#[derive(Debug, Default)]
pub struct Following {
    seen: Revisions,
    breaks: u64,
    /// A poll was not answered, or a connection was lost: what is kept may be of another history.
    in_doubt: bool,
    /// When everything was read anew last.
    anew: Option<Instant>,
}

#[derive(Debug, PartialEq, Eq)]
enum Forgotten {
    All,
    These(Vec<EnvironmentId>),
}

impl Following {
    /// Forgets what was configured since the last time. From the first time on, whatever came of it, this process answers nothing
    /// that rests on a configuration once it could not do so for [`crate::Config::max_stale`] seconds.
    ///
    /// # Errors
    /// What the store says, when it does not tell.
    pub async fn learn(&mut self, app: &App) -> Result<(), StoreError> {
        // What was changed after this is learned the next time.
        let asked = app.world.now();
        app.followed.begins(asked);
        // Before the poll: a connection that is lost during it counts for the next.
        let breaks = app.store.breaks();
        let (latest, changed) = match app.store.revisions(&self.seen).await {
            Ok(told) => told,
            Err(error) => {
                self.in_doubt = true;
                return Err(error);
            }
        };
        match self.take(latest, changed, breaks, Instant::now()) {
            Forgotten::All => app.forget_all(),
            Forgotten::These(changed) => changed.into_iter().for_each(|environment| app.forget(environment)),
        }
        app.followed.at(asked);
        Ok(())
    }

    /// A database that was away may come back as another one: a standby that was promoted without the last changes, a backup. Its
    /// counter is then less than it was, or again what it was and tells of other changes; so whatever was kept is read anew. As long
    /// as it is away nothing is forgotten: what is kept is all that there is to answer with. A database that is only slow is not
    /// asked for everything again and again.
    fn take(&mut self, latest: Revisions, changed: Vec<EnvironmentId>, breaks: u64, now: Instant) -> Forgotten {
        self.in_doubt |= self.breaks != breaks;
        let rested = self.anew.is_none_or(|anew| now.saturating_duration_since(anew) >= REST);
        let another = latest.went_back_since(&self.seen) || self.in_doubt && rested;
        (self.seen, self.breaks) = (latest, breaks);
        if !another {
            return Forgotten::These(changed);
        }
        (self.in_doubt, self.anew) = (false, Some(now));
        Forgotten::All
    }
}

/// Deletes expired artefacts and old activities every few minutes, and puts counters right, until the app is dropped.
pub async fn purge_expired(app: Arc<App>) {
    let app = Arc::downgrade(&{ app });
    for round in 0_u64.. {
        tokio::time::sleep(PURGE).await;
        let Some(app) = app.upgrade() else { return };
        purge_due(&app).await;
        match crate::unused::end_unused(&app).await {
            Ok(0) => {}
            Ok(clients) => tracing::info!(clients, "clients ended that registered themselves and were never used"),
            Err(failure) => tracing::warn!(reason = ?failure.reason(), "unused clients could not be ended"),
        }
        // Afterwards: what an environment left that was deleted is nothing wrong.
        if round % RECOUNT == 0 {
            recount(&app).await;
        }
    }
}

/// Deletes what expired, once. Where clocks are apart, what expired by all of them: what one that is behind holds good stays.
pub async fn purge_due(app: &App) {
    let now = app.earliest();
    match app.writes.purge(now, now.plus(-app.config.activity_days * DAY)).await {
        Ok(0) => {}
        Ok(rows) => tracing::debug!(rows, "expired rows deleted"),
        Err(error) => tracing::warn!(%error, "expired rows could not be deleted"),
    }
}

/// Says once a minute how many refusals were not recorded one by one, until the app is dropped.
pub async fn tell_rest(app: Arc<App>) {
    let app = Arc::downgrade(&{ app });
    loop {
        tokio::time::sleep(MINUTE).await;
        let Some(app) = app.upgrade() else { return };
        app.tell_rest().await;
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
const MINUTE: Duration = Duration::from_mins(1);
/// Between two times that everything is read anew for no more than a doubt.
const REST: Duration = Duration::from_secs(10);
const PURGE: Duration = Duration::from_mins(5);
/// Once an hour.
const RECOUNT: u64 = 12;
const DAY: i64 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    /// H4: a counter that went back, a poll that failed and a connection that was lost each make everything be read anew, once; a
    /// database that does so all the time does it every few seconds.
    #[test]
    fn a_history_that_went_back_is_followed_from_there() {
        let (one, begun) = (|| vec![EnvironmentId::default()], Instant::now());
        let after = |seconds| begun + Duration::from_secs(seconds);
        let at = |value| [(0, value), (3, 7)].into_iter().collect::<Revisions>();
        let mut following = Following::default();
        assert_eq!(following.take(at(16), one(), 0, after(0)), Forgotten::These(one()));
        assert_eq!(following.take(at(4), vec![], 0, after(0)), Forgotten::All);
        assert_eq!(following.take(at(3), vec![], 0, after(1)), Forgotten::All, "that is no doubt");
        assert_eq!(
            (following.seen.clone(), following.take(at(5), one(), 0, after(1))),
            (at(3), Forgotten::These(one()))
        );
        following.in_doubt = true;
        assert_eq!(following.take(at(9), one(), 0, after(20)), Forgotten::All);
        assert_eq!(following.take(at(9), one(), 1, after(21)), Forgotten::These(one()), "a moment ago");
        assert_eq!(following.take(at(9), vec![], 1, after(30)), Forgotten::All, "the same number may be another's");
        assert_eq!(following.take(at(9), vec![], 1, after(50)), Forgotten::These(vec![]));
        assert_eq!(
            following.take([(0, 9)].into_iter().collect(), vec![], 1, after(50)),
            Forgotten::All,
            "a slot is gone"
        );
    }
}
