//! The one thread that writes: decides which batches share a transaction, and when the WAL is copied back.
//!
//! Group commit: all batches that wait when the writer comes free share one transaction and one fsync. Each has a
//! savepoint, so a batch that loses its guard rolls back alone. Answers are sent after COMMIT.
//!
//! Checkpoints: SQLite's automatic checkpoint runs inside whichever commit crosses 1000 pages and makes that one slow.
//! Here a second thread copies pages back while the writer goes on (a passive checkpoint blocks nobody). What is left
//! for the writer is the short rest, when nothing waits or the WAL has grown large, after which the WAL starts over.
//! Both threads sleep without a timer when there is nothing to do.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::statement::{run, unavailable};
use super::{BUSY, CACHE_KIB_IN_MEMORY, CACHE_KIB_WRITER, Gate, Place, closed};
use crate::driver::{Statement, StoreError};

/// The way to the writing thread.
#[derive(Debug)]
pub(super) struct Writer {
    /// Taken by `close`; the thread ends when the queue is empty and the sender gone.
    queue: Mutex<Option<SyncSender<Job>>>,
    ended: Mutex<Option<oneshot::Receiver<()>>>,
}

struct Job {
    batch: Vec<Statement>,
    answer: oneshot::Sender<Result<(), StoreError>>,
}

impl Writer {
    /// Opens the connection for writing and starts its threads.
    pub(super) fn start(place: &Place, gate: Option<Gate>, queue: usize) -> Result<Self, StoreError> {
        let cache = if matches!(place, Place::Memory(_)) { CACHE_KIB_IN_MEMORY } else { CACHE_KIB_WRITER };
        let mut connection = place.connect(cache)?;
        let wal = match place {
            Place::File(_) => Some(Wal::watch(place, &mut connection)?),
            Place::Memory(_) => None,
        };
        let (sender, jobs) = sync_channel(queue.max(1));
        let (end, ended) = oneshot::channel();
        spawn("store-writer", Turn::Commit, move || {
            Thread { connection, gate, wal }.serve(&jobs);
            // Nobody may be waiting for the end.
            let _ = end.send(());
        })?;
        Ok(Self { queue: Mutex::new(Some(sender)), ended: Mutex::new(Some(ended)) })
    }

    /// Queues the batch and waits for its answer.
    pub(super) async fn commit(&self, batch: Vec<Statement>) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        // Cloned out of the lock, which is never held while waiting.
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(closed)?;
        queue.try_send(Job { batch, answer }).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => closed(),
        })?;
        drop(queue);
        answered.await.unwrap_or_else(|_| Err(StoreError::Unavailable("the writer ended".to_owned())))
    }

    /// Waits until everything queued is written and the connection is closed.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).take();
        match ended {
            Some(ended) => ended.await.map_err(|_| StoreError::Unavailable("the writer ended early".to_owned())),
            None => Ok(()),
        }
    }
}

struct Thread {
    connection: Connection,
    gate: Option<Gate>,
    wal: Option<Wal>,
}

impl Thread {
    fn serve(mut self, jobs: &Receiver<Job>) {
        while let Some(first) = self.next(jobs) {
            let mut group = vec![first];
            group.extend(jobs.try_iter().take(GROUP - 1));
            let outcomes = self.commit(&group);
            for (job, outcome) in group.into_iter().zip(outcomes) {
                // A caller that went away gets no answer; its batch is decided all the same.
                let _ = job.answer.send(outcome);
            }
            if let Some(wal) = &mut self.wal {
                wal.after_commit(&self.connection);
            }
        }
        if let Some(wal) = &mut self.wal {
            wal.rest(&self.connection);
        }
    }

    /// The next batch, however long that takes; None when the store closes.
    fn next(&mut self, jobs: &Receiver<Job>) -> Option<Job> {
        if let Some(wal) = self.wal.as_mut().filter(|wal| wal.unsettled) {
            match jobs.recv_timeout(IDLE) {
                Ok(job) => return Some(job),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => wal.rest(&self.connection),
            }
        }
        jobs.recv().ok()
    }

    fn commit(&self, group: &[Job]) -> Vec<Result<(), StoreError>> {
        // The lock guards no data, so a panic under it leaves nothing to mistrust.
        let _alone = self.gate.as_ref().map(|gate| gate.write().unwrap_or_else(PoisonError::into_inner));
        let outcomes = self.execute("BEGIN IMMEDIATE").and_then(|()| match group {
            [only] => Ok(vec![run(&self.connection, &only.batch)]),
            many => self.run_each(many),
        });
        match outcomes.and_then(|outcomes| self.finish(outcomes)) {
            Ok(outcomes) => outcomes,
            Err(error) => {
                if !self.connection.is_autocommit() {
                    // If even this fails, the next BEGIN does too, and its batches are answered with that.
                    let _ = self.execute("ROLLBACK");
                }
                vec![Err(error); group.len()]
            }
        }
    }

    /// Commits if any batch is to be kept.
    fn finish(&self, outcomes: Vec<Result<(), StoreError>>) -> Result<Vec<Result<(), StoreError>>, StoreError> {
        if self.connection.is_autocommit() {
            // Disk full and the like end the transaction, with all that succeeded in it before.
            let cause = outcomes.iter().find_map(|outcome| outcome.as_ref().err()).map(ToString::to_string);
            return Err(StoreError::Unavailable(cause.unwrap_or_else(|| "the transaction ended early".to_owned())));
        }
        self.execute(if outcomes.iter().any(Result::is_ok) { "COMMIT" } else { "ROLLBACK" })?;
        Ok(outcomes)
    }

    fn run_each(&self, group: &[Job]) -> Result<Vec<Result<(), StoreError>>, StoreError> {
        let mut outcomes = Vec::with_capacity(group.len());
        for job in group {
            self.execute("SAVEPOINT batch")?;
            outcomes.push(run(&self.connection, &job.batch));
            if self.connection.is_autocommit() {
                break;
            }
            if outcomes.last().is_some_and(Result::is_err) {
                self.execute("ROLLBACK TO batch")?;
            }
            self.execute("RELEASE batch")?;
        }
        Ok(outcomes)
    }

    fn execute(&self, sql: &'static str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.raw_execute())
            .map(drop)
            .map_err(|error| unavailable(&error))
    }
}

/// How much of the write-ahead log is not yet in the database file, and who copies it.
struct Wal {
    /// Pages in the log since it last started over, as of the last commit.
    pages: Arc<AtomicU32>,
    /// Pages when the second thread was last woken.
    asked: u32,
    /// Whether anything was written since the last rest.
    unsettled: bool,
    wake: SyncSender<()>,
}

impl Wal {
    fn watch(place: &Place, connection: &mut Connection) -> Result<Self, StoreError> {
        let pages = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&pages);
        let hook = move |_: &mut rusqlite::hooks::Wal, count: i32| {
            seen.store(count.unsigned_abs(), Ordering::Relaxed);
            Ok(())
        };
        connection.wal_hook(Some(hook)).map_err(|error| unavailable(&error))?;
        let copier = place.connect(CACHE_KIB_COPIER)?;
        let (wake, woken) = sync_channel(1);
        spawn("store-checkpoint", Turn::Commit, move || {
            while woken.recv().is_ok() {
                checkpoint(&copier, "PASSIVE");
            }
        })?;
        Ok(Self { pages, asked: 0, unsettled: false, wake })
    }

    fn after_commit(&mut self, connection: &Connection) {
        self.unsettled = true;
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.asked {
            // The log started over.
            self.asked = 0;
        }
        if pages - self.asked < WAL_COPY {
            return;
        }
        self.asked = pages;
        if pages >= WAL_LARGE {
            checkpoint(connection, "PASSIVE");
        } else {
            // Full: the thread is about to look anyway.
            let _ = self.wake.try_send(());
        }
    }

    /// Copies everything and empties the log, unless a reader still needs it.
    fn rest(&mut self, connection: &Connection) {
        self.unsettled = false;
        self.asked = 0;
        // Without patience: a batch may come in the meantime. The next rest tries again.
        if connection.busy_timeout(Duration::ZERO).is_ok() {
            checkpoint(connection, "TRUNCATE");
        }
        if let Err(error) = connection.busy_timeout(BUSY) {
            tracing::warn!(%error, "busy timeout not restored");
        }
    }
}

fn checkpoint(connection: &Connection, mode: &'static str) {
    // Failing costs nothing but a longer log: the next checkpoint does the work.
    if let Err(error) = connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(())) {
        tracing::debug!(%error, mode, "checkpoint put off");
    }
}

/// Which work a thread leaves the core to. Linux schedules each thread by its own rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Somebody waits for it, as for a request.
    Request,
    /// About a tenth of a request's share. Where one core does everything, a commit of many events must not stop the requests
    /// that wait for nothing. Those that wait for a commit gain too: the longer it is put off while others are served, the
    /// more of them share it.
    Commit,
    /// What nobody else wants. A thread of the lowest niceness would still end its turn of some milliseconds before a
    /// request that has just come; one of this class ends it at once.
    Leftover,
}

#[cfg(target_os = "linux")]
fn take(turn: Turn) {
    use thread_priority::{NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy};
    let lowered = match turn {
        Turn::Request => return,
        Turn::Commit => {
            rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICENESS).map_err(|e| e.to_string())
        }
        Turn::Leftover => {
            let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
            let thread = thread_priority::thread_native_id();
            thread_priority::set_thread_priority_and_policy(thread, ThreadPriority::Min, idle)
                .map_err(|e| format!("{e:?}"))
        }
    };
    if let Err(error) = lowered {
        tracing::debug!(error, "a thread keeps its priority");
    }
}

#[cfg(not(target_os = "linux"))]
fn take(_: Turn) {}

/// Starts a thread.
pub(super) fn spawn(name: &str, turn: Turn, body: impl FnOnce() + Send + 'static) -> Result<(), StoreError> {
    let spawned = std::thread::Builder::new().name(name.to_owned()).stack_size(STACK).spawn(move || {
        take(turn);
        body();
    });
    spawned.map(drop).map_err(|error| StoreError::Unavailable(format!("thread {name}: {error}")))
}

/// Batches in one transaction at most, so that the first does not wait long for the last.
const GROUP: usize = 256;
/// Quiet time after which the log is emptied.
const IDLE: Duration = Duration::from_millis(500);
/// Pages of 4 KiB after which the second thread copies: 4 MiB.
const WAL_COPY: u32 = 1000;
/// Pages after which the writer copies the rest itself, so that the log can start over: 64 MiB.
const WAL_LARGE: u32 = 16_000;
const CACHE_KIB_COPIER: i64 = 64;
const STACK: usize = 512 << 10;
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::sync::mpsc::channel;

    use super::{Turn, spawn};

    /// Niceness and policy: the 19th and the 41st field (proc_pid_stat(5)). SCHED_OTHER is 0, SCHED_IDLE 5.
    fn standing() -> [String; 2] {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        [fields[16], fields[38]].map(str::to_owned)
    }

    #[test]
    fn a_thread_takes_its_turn_as_linux_schedules_it() {
        let [own, _] = standing();
        for (turn, expected) in
            [(Turn::Request, [&own, "0"]), (Turn::Commit, ["10", "0"]), (Turn::Leftover, ["0", "5"])]
        {
            let (sender, told) = channel();
            spawn("turn", turn, move || sender.send(standing()).unwrap()).unwrap();
            assert_eq!(told.recv().unwrap(), expected, "{turn:?}");
        }
    }
}
