//! Snapshots of a world: all rows of its environment as they were at one moment, taken back to in one commit (ADR 0062).

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::id::EnvironmentId;
use store::{Copied, StoreError};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use uuid::Uuid;

use super::Control;
use super::clock::Shown;
use super::sign_on::Settings;
use crate::app::App;

/// Those of one world.
#[derive(Debug, Default)]
pub struct Snapshots {
    kept: Mutex<Kept>,
    /// Held by every request that is under way, and alone by what takes the world back.
    under_way: RwLock<()>,
}

/// Worlds as they were made, whether or not anybody controls them.
#[derive(Debug, Default)]
pub struct Makings(Mutex<Made>);

#[derive(Debug, Default)]
struct Made {
    worlds: HashMap<EnvironmentId, Arc<Copied>>,
    octets: usize,
}

impl Makings {
    /// Whether it is known how the world was made.
    pub fn knows(&self, world: EnvironmentId) -> bool {
        self.all().worlds.contains_key(&world)
    }

    /// Whether they take so much that no more worlds are made.
    pub fn are_many(&self) -> bool {
        self.all().octets > MOST_OF_MAKINGS
    }

    pub(super) fn forget(&self, world: EnvironmentId) {
        let mut all = self.all();
        let octets = all.worlds.remove(&world).map_or(0, |gone| gone.octets());
        all.octets -= octets;
    }

    fn keep(&self, world: EnvironmentId, copied: Copied) {
        let mut all = self.all();
        all.octets += copied.octets();
        let before = all.worlds.insert(world, Arc::new(copied)).map_or(0, |before| before.octets());
        all.octets -= before;
    }

    fn all(&self) -> MutexGuard<'_, Made> {
        // Every change under the lock is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct Kept {
    taken: BTreeMap<Uuid, Arc<Snapshot>>,
}

#[derive(Debug)]
struct Snapshot {
    copied: Copied,
    /// What the clock showed; None where it was the machine's.
    clock: Option<Shown>,
    settings: Settings,
    /// Octets of all worlds' snapshots.
    all: Arc<AtomicUsize>,
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        self.all.fetch_sub(self.copied.octets(), Ordering::Relaxed);
    }
}

/// Why nothing was kept, or nothing taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unkept {
    /// There is no such world, or no snapshot of this id.
    Missing,
    /// It has [`MOST`] already.
    Many,
    /// With it all of them would take more than [`MOST_OCTETS`].
    Large,
    /// Another world has its name now.
    Named,
    Store(StoreError),
}

impl From<StoreError> for Unkept {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Lost { .. } => Self::Missing,
            StoreError::Conflict { .. } => Self::Named,
            error => Self::Store(error),
        }
    }
}

/// Keeps a world as it is now: what [`reset`] takes it back to.
///
/// # Errors
/// [`Unkept::Missing`] where it is gone, [`Unkept::Store`].
pub async fn keep_as_made(app: &App, id: EnvironmentId) -> Result<(), Unkept> {
    let copied = app.store.copied(id).await?.ok_or(Unkept::Missing)?;
    if let Some(controls) = &app.controls {
        controls.makings.keep(id, copied);
        controls.latest.made(id);
    }
    Ok(())
}

/// Takes a snapshot with this id.
///
/// # Errors
/// [`Unkept`]; then none was taken.
pub async fn take(app: &App, world: EnvironmentId, control: &Control, id: Uuid) -> Result<(), Unkept> {
    let _alone = alone(app, (world, control)).await;
    // What was answered before is in it.
    app.audit.flush().await;
    let copied = app.store.copied(world).await?.ok_or(Unkept::Missing)?;
    let all = app.controls.as_ref().map(|controls| controls.snapshot_octets.clone()).unwrap_or_default();
    let octets = copied.octets();
    let mut kept = control.snapshots.kept();
    if kept.taken.len() >= MOST {
        return Err(Unkept::Many);
    }
    if all.fetch_add(octets, Ordering::Relaxed) + octets > MOST_OCTETS {
        all.fetch_sub(octets, Ordering::Relaxed);
        return Err(Unkept::Large);
    }
    let clock = (!control.clock.is_machines()).then(|| control.clock.shown(app.world.now()));
    let settings = control.sign_on.settings();
    kept.taken.insert(id, Arc::new(Snapshot { copied, clock, settings, all }));
    Ok(())
}

/// Takes a world back to a snapshot, its clock and its settings too. What was recorded of it stays, and what its next answers are to be.
///
/// # Errors
/// [`Unkept`]; then nothing was changed.
pub async fn restore(app: &App, world: EnvironmentId, control: &Control, id: Uuid) -> Result<(), Unkept> {
    let snapshot = control.snapshots.kept().taken.get(&id).cloned().ok_or(Unkept::Missing)?;
    put_back(app, (world, control), &snapshot.copied, || {
        match snapshot.clock {
            Some(shown) => control.clock.put_back(app.world.now(), shown),
            None => control.clock.release(),
        }
        control.sign_on.set(snapshot.settings.clone());
    })
    .await
}

/// Takes a world back to what it was when it was made: nothing was asked of it, and nothing is told of its next answers.
///
/// # Errors
/// [`Unkept`]; [`Unkept::Missing`] where nobody knows how it was made.
pub async fn reset(app: &App, world: EnvironmentId, control: &Control) -> Result<(), Unkept> {
    let made = app.controls.as_ref().and_then(|controls| controls.makings.all().worlds.get(&world).cloned());
    let made = made.ok_or(Unkept::Missing)?;
    put_back(app, (world, control), &made, || {
        control.clock.release();
        control.sign_on.reset();
        if let Some(turn) = control.known.beginning() {
            // It could be turned so when the world was made.
            let _ = control.clock.turn(app.world.now(), turn);
        }
        if let Some(controls) = &app.controls {
            controls.empty(control);
        }
    })
    .await
}

/// Takes the rows back, and with them what is in memory; `done` does the rest of it. No request sees one without the other.
async fn put_back(
    app: &App,
    (world, control): (EnvironmentId, &Control),
    copied: &Copied,
    done: impl FnOnce(),
) -> Result<(), Unkept> {
    let _alone = alone(app, (world, control)).await;
    // What was answered before is not recorded behind it.
    app.audit.flush().await;
    let committed = admission::idle(app.writes.put_back(copied)).await;
    if committed.is_ok() {
        // The clock first: by it is judged what is kept from here on.
        done();
    }
    // Also after a failure: a commit whose answer was lost may have happened.
    app.forget(world);
    app.outgoing.forget(world);
    control.issued.clear();
    app.unanswered.forget(world);
    Ok(committed?)
}

/// Whatever is under way in a world ends before this, and whatever comes waits until it is dropped.
async fn alone<'a>(app: &App, (world, control): (EnvironmentId, &'a Control)) -> RwLockWriteGuard<'a, ()> {
    let alone = control.snapshots.under_way.write().await;
    if let Some(controls) = &app.controls {
        // What came before anybody controlled it.
        controls.entered.end(world).await;
    }
    alone
}

impl Snapshots {
    /// As long as this is held the world is not taken back.
    pub async fn held(&self) -> RwLockReadGuard<'_, ()> {
        self.under_way.read().await
    }

    /// Does the work of a request before or after the world is taken back, and never while it is.
    pub async fn apart<T>(&self, work: impl Future<Output = T>) -> T {
        let _held = self.held().await;
        work.await
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Every change under the lock is whole.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Of one world.
pub const MOST: usize = 100;
/// Of what worlds were made as, all of them together: some ten thousand usual ones.
pub const MOST_OF_MAKINGS: usize = 512 << 20;
/// Of all worlds together.
pub const MOST_OCTETS: usize = 256 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bootstrap::dev::tests::app;
    use crate::bootstrap::{dev, open};

    /// Whoever comes meanwhile sees the rows of then by the clock of then, and neither without the other.
    #[tokio::test]
    async fn a_world_is_taken_back_as_a_whole() {
        let store = open("sqlite::memory:").unwrap();
        store.migrate(protocol::time::Time::from_secs(1)).await.unwrap();
        let app = app("http://localhost:8085", &store);
        assert_eq!(dev::ensure(&app).await, Ok(dev::Outcome::Made));
        let world = EnvironmentId::new(dev::ENVIRONMENT);
        let control = app.controls.as_ref().unwrap().of(world);
        let copied = app.store.copied(world).await.unwrap().unwrap();
        let is_alone = || control.snapshots.under_way.try_read().is_err();
        let mut alone = false;
        put_back(&app, (world, &control), &copied, || alone = is_alone()).await.unwrap();
        assert!(alone && !is_alone());
        let makings = &app.controls.as_ref().unwrap().makings;
        let kept = makings.all().octets;
        keep_as_made(&app, world).await.unwrap();
        assert_eq!(makings.all().octets, kept, "one takes the other's place");
        makings.forget(world);
        assert_eq!(makings.all().octets, kept - copied.octets());
        assert!(!makings.knows(world) && !makings.are_many());
        makings.all().octets += MOST_OF_MAKINGS;
        assert!(makings.are_many());
    }
}
