//! Which connections are still believed: none that is older than the last silence or break.
//!
//! The server that one connection lost is the one that all others of its time go to. Asked one after the other, each would take a
//! silence to find out; and one that went to a leader which was frozen and wakes up would tell what was true before.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use deadpool_postgres::{Hook, HookError};
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// The age from which on connections are believed. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Generation(Arc<State>);

#[derive(Debug)]
struct State {
    opened: Instant,
    /// Microseconds after that.
    since: AtomicU64,
    breaks: AtomicU64,
}

/// What is to become of a connection that was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It goes back to the pool.
    Fit,
    /// It is closed, and says nothing of the others: it is inside a transaction, or its prepared statement predates a migration.
    Unfit,
    /// It answered nothing since this time.
    Silent(Instant),
    /// It broke, or the server is ending.
    Broken,
    /// The server takes no writes any more: it is no leader, or was told so.
    ReadOnly,
}

impl Fate {
    /// What an error says of its connection.
    pub(super) fn of(error: &Error) -> Self {
        match error.code() {
            // The statement predates a migration.
            Some(&SqlState::FEATURE_NOT_SUPPORTED) => Self::Unfit,
            _ if super::failure::misnamed(error) => Self::Unfit,
            Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => Self::ReadOnly,
            Some(code) if code.code().starts_with("57P0") => Self::Broken,
            None if error.is_closed() || super::failure::is_io(error) => Self::Broken,
            _ => Self::Fit,
        }
    }

    /// Whether the same may succeed on another connection, because of this one's state and nothing else.
    pub(super) fn suggests_another(self) -> bool {
        self != Self::Fit
    }
}

impl Default for Generation {
    fn default() -> Self {
        let state = State { opened: Instant::now(), since: AtomicU64::new(0), breaks: AtomicU64::new(0) };
        Self(Arc::new(state))
    }
}

impl Generation {
    /// Takes note of what became of a connection. True when others are to be given up with it.
    pub(super) fn learn(&self, fate: Fate) -> bool {
        let since = match fate {
            Fate::Fit | Fate::Unfit => return false,
            // Whoever connected after that was greeted meanwhile.
            Fate::Silent(since) => since,
            Fate::Broken => Instant::now(),
            // Where every server refuses, connections are not made anew for each refusal.
            Fate::ReadOnly => Instant::now().checked_sub(RECENT).unwrap_or(self.0.opened),
        };
        let since = micros(since.saturating_duration_since(self.0.opened));
        self.0.breaks.fetch_add(1, Ordering::Relaxed);
        self.0.since.fetch_max(since, Ordering::Relaxed) < since
    }

    /// Whether a connection of that time is not believed any more.
    pub(super) fn is_past(&self, connected: Instant) -> bool {
        micros(connected.saturating_duration_since(self.0.opened)) < self.0.since.load(Ordering::Relaxed)
    }

    pub(super) fn breaks(&self) -> u64 {
        self.0.breaks.load(Ordering::Relaxed)
    }

    /// Looks at each connection before it is lent out again.
    pub(super) fn guard(&self) -> Hook {
        let generation = self.clone();
        Hook::sync_fn(move |_, metrics| {
            if generation.is_past(metrics.created) {
                return Err(HookError::message("connected before the last silence or break"));
            }
            Ok(())
        })
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

const RECENT: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    /// H1, H3: what is older than a silence is not believed, what was greeted during it is.
    #[test]
    fn a_silence_retires_what_is_older() {
        let generation = Generation::default();
        let at = |millis| generation.0.opened + Duration::from_millis(millis);
        assert!(!generation.is_past(at(0)));
        assert!(generation.learn(Fate::Silent(at(100))));
        assert!(generation.is_past(at(99)) && !generation.is_past(at(100)));
        assert!(!generation.learn(Fate::Silent(at(50))), "an older silence tells nothing new");
        assert!(!generation.learn(Fate::Unfit) && !generation.learn(Fate::Fit));
        assert_eq!(generation.breaks(), 2);
    }
}
