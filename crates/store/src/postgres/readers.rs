//! The connections that reads share: what several requests ask at the same time travels and is answered in one go.
//!
//! A connection answers in order, so only short reads share one: those of the program's own texts. A list, whose text is
//! made for it, has a connection to itself.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use deadpool_postgres::Object;

use super::generation::Generation;
use super::link::Link;
use crate::driver::StoreError;

/// The shared connections: one per core, so that as many of the database's processes can work.
#[derive(Debug)]
pub(super) struct Readers {
    lanes: Vec<Mutex<Weak<Shared>>>,
    next: AtomicUsize,
}

/// A connection with reads under way. It goes back to the pool with the last of them.
#[derive(Debug)]
pub(super) struct Shared {
    connection: Option<Link>,
    broken: AtomicBool,
    lent: Instant,
    /// Milliseconds after that: when it last answered one of those who share it.
    heard: AtomicU64,
}

impl Readers {
    pub(super) fn new(lanes: usize) -> Self {
        Self { lanes: (0..lanes.max(1)).map(|_| Mutex::default()).collect(), next: AtomicUsize::new(0) }
    }

    /// A connection that other reads use too; `open` brings one when none is in use.
    pub(super) async fn shared(
        &self,
        open: impl Future<Output = Result<Link, StoreError>>,
        generation: &Generation,
    ) -> Result<Arc<Shared>, StoreError> {
        let lane = &self.lanes[self.next.fetch_add(1, Ordering::Relaxed) % self.lanes.len()];
        let used = lane.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
        if let Some(shared) = used.filter(|shared| shared.usable(generation)) {
            return Ok(shared);
        }
        let shared = Shared::alone(open.await?);
        *lane.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&shared);
        Ok(shared)
    }
}

impl Shared {
    /// A connection for one read.
    pub(super) fn alone(connection: Link) -> Arc<Self> {
        Arc::new(Self {
            connection: Some(connection),
            broken: AtomicBool::new(false),
            lent: Instant::now(),
            heard: AtomicU64::new(0),
        })
    }

    /// None only while it is being dropped.
    pub(super) fn connection(&self) -> Option<&Link> {
        self.connection.as_ref()
    }

    /// Nobody else shall use it: it broke, or does not answer.
    pub(super) fn give_up(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }

    /// It answered somebody: it is not silent, however many more it has to answer.
    pub(super) fn answered(&self) {
        let after = u64::try_from(self.lent.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.heard.fetch_max(after, Ordering::Relaxed);
    }

    /// When it was lent out, or last answered anybody.
    pub(super) fn heard(&self) -> Instant {
        self.lent + Duration::from_millis(self.heard.load(Ordering::Relaxed))
    }

    fn usable(&self, generation: &Generation) -> bool {
        let believed = |link: &Link| !link.is_closed() && !generation.is_past(Object::metrics(link).created);
        !self.broken.load(Ordering::Relaxed) && self.connection.as_ref().is_some_and(believed)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if self.broken.load(Ordering::Relaxed) {
            self.connection.take().into_iter().for_each(Link::close);
        }
    }
}
