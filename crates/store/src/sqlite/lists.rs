//! The threads that read lists: a few for pages, and fewer, of lower priority, for what looks at row after row.
//!
//! Each has a connection of its own, opened when it is first needed, and a queue with a bound before it. A read is interrupted
//! when its budget is used up, or when nobody waits for it any more.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::writer::Turn;
use super::{CACHE_KIB_READER, Gate, Place, closed, statement, unavailable};
use crate::driver::{Extent, Listed, Options, Statement, StoreError, Work};

/// The way to the threads.
#[derive(Debug)]
pub(super) struct Lists {
    /// Taken by `close`; the threads end when the queue is empty and the sender gone.
    pages: Mutex<Option<SyncSender<Job>>>,
    scans: Mutex<Option<SyncSender<Job>>>,
}

struct Job {
    statement: Statement,
    budget: Duration,
    answer: oneshot::Sender<Result<Listed, StoreError>>,
}

impl Lists {
    pub(super) fn start(place: &Place, gate: Option<&Gate>, options: &Options) -> Result<Self, StoreError> {
        let pages = threads("store-page", options.pages, Turn::Request, place, gate)?;
        let scans = threads("store-scan", options.scans, Turn::Leftover, place, gate)?;
        Ok(Self { pages: Mutex::new(Some(pages)), scans: Mutex::new(Some(scans)) })
    }

    /// Queues the read and waits for its rows.
    pub(super) async fn read(&self, statement: Statement, work: Work) -> Result<Listed, StoreError> {
        statement.storable()?;
        let lane = match work.extent {
            Extent::Page => &self.pages,
            Extent::Scan => &self.scans,
        };
        let queue = lane.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(closed)?;
        let (answer, answered) = oneshot::channel();
        queue.try_send(Job { statement, budget: work.time, answer }).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Crowded,
            TrySendError::Disconnected(_) => closed(),
        })?;
        drop(queue);
        answered.await.unwrap_or_else(|_| Err(StoreError::Unavailable("a reading thread ended".to_owned())))
    }

    pub(super) fn close(&self) {
        for lane in [&self.pages, &self.scans] {
            drop(lane.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
    }
}

fn threads(
    name: &str,
    count: usize,
    turn: Turn,
    place: &Place,
    gate: Option<&Gate>,
) -> Result<SyncSender<Job>, StoreError> {
    let (sender, jobs) = sync_channel(QUEUE);
    let jobs = Arc::new(Mutex::new(jobs));
    for number in 0..count.max(1) {
        let thread = Thread { jobs: Arc::clone(&jobs), place: place.clone(), gate: gate.cloned(), connection: None };
        super::writer::spawn(&format!("{name}-{number}"), turn, move || thread.serve())?;
    }
    Ok(sender)
}

struct Thread {
    jobs: Arc<Mutex<Receiver<Job>>>,
    place: Place,
    gate: Option<Gate>,
    connection: Option<Connection>,
}

impl Thread {
    fn serve(mut self) {
        // The lock is held only while waiting for a job.
        while let Ok(job) = { self.jobs.lock().unwrap_or_else(PoisonError::into_inner).recv() } {
            if !job.answer.is_closed() {
                self.run(job);
            }
        }
    }

    fn run(&mut self, job: Job) {
        let Job { statement, budget, answer } = job;
        let shared = self.gate.clone();
        let _shared = shared.as_ref().map(|gate| gate.read().unwrap_or_else(PoisonError::into_inner));
        let connection = match self.connection() {
            Ok(connection) => connection,
            Err(error) => {
                let _ = answer.send(Err(error));
                return;
            }
        };
        let (answer, begun) = (Arc::new(answer), Instant::now());
        let asked = Arc::downgrade(&answer);
        let over = move || begun.elapsed() >= budget || asked.upgrade().is_none_or(|answer| answer.is_closed());
        let rows = connection
            .progress_handler(STEPS, Some(over))
            .map_err(|error| unavailable(&error))
            .and_then(|()| statement::query(connection, &statement));
        if let Err(error) = connection.progress_handler(0, None::<fn() -> bool>) {
            tracing::debug!(%error, "a progress handler stays");
        }
        if let Some(answer) = Arc::into_inner(answer) {
            // Nobody may be waiting any more.
            let _ = answer.send(rows.map(|rows| Listed { rows, took: begun.elapsed() }));
        }
    }

    fn connection(&mut self) -> Result<&mut Connection, StoreError> {
        if self.connection.is_none() {
            let connection = self.place.connect(CACHE_KIB_READER)?;
            connection.pragma_update(None, "query_only", true).map_err(|error| unavailable(&error))?;
            self.connection = Some(connection);
        }
        self.connection.as_mut().ok_or_else(closed)
    }
}

/// Reads that may wait for a lane's threads.
const QUEUE: usize = 256;
/// Steps of SQLite's machine between two looks at the clock: some ten microseconds.
const STEPS: i32 = 1000;
