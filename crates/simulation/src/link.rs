//! A process's way to the database: the driver below its store, which ends with the process and fails as ways do.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use store::{Dialect, Driver, Fut, Listed, Manner, Pending, Row, Script, Statement, StoreError, Work};
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep, timeout_at};

use crate::database::{Database, unavailable};
use crate::fault::Fault;
use crate::planted::Planted;

/// The life of a process from a start to its death.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) process: usize,
    pub(crate) number: u64,
    over: AtomicBool,
    /// Wakes in the order in which they began to wait; a watch does not.
    told: Notify,
}

impl Life {
    pub(crate) fn new(process: usize, number: u64) -> Self {
        Self { process, number, over: AtomicBool::new(false), told: Notify::new() }
    }

    /// The process dies: whatever it was about goes no further.
    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
        self.told.notify_waiters();
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    pub(crate) async fn ended(&self) {
        // From here on it is woken, so nothing is missed between.
        let told = self.told.notified();
        if !self.is_over() {
            told.await;
        }
    }
}

/// What a process has in its hand.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    database: Arc<Database>,
    life: Arc<Life>,
}

impl Link {
    pub(crate) fn new(database: Arc<Database>, life: Arc<Life>) -> Self {
        Self { database, life }
    }

    async fn query(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        self.one_way().await;
        self.database.reached(self.life.process, READ).await?;
        if self.database.happens(Fault::ReadLost) {
            sleep(self.database.way()).await;
            return Err(unavailable("the connection broke"));
        }
        if self.database.plants(Planted::Silent, 2) {
            pending::<()>().await;
        }
        let found = self.database.look(&statement);
        self.one_way().await;
        found
    }

    /// One way. Nobody who is dead comes to its end.
    async fn one_way(&self) {
        sleep(self.database.way()).await;
        if self.life.is_over() {
            pending::<()>().await;
        }
    }

    /// Takes a commit to the database and its answer back, whether or not anybody waits for it.
    async fn carry(self, batch: Vec<Statement>, terms: Terms, answer: oneshot::Sender<Result<(), StoreError>>) {
        let number = self.database.numbered();
        sleep(self.database.way()).await;
        if self.life.is_over() {
            if self.database.happens(Fault::Outlived) {
                // Nobody is there to hear what became of it.
                let _ = self.database.apply(number, &batch);
            }
            return;
        }
        let outcome = match self.decide(number, &batch).await {
            Told::Decided(outcome) => outcome,
            Told::Nothing => self.settle(&batch, terms).await,
        };
        sleep(self.database.way()).await;
        let _ = answer.send(outcome);
    }

    /// What the driver for PostgreSQL does: it looks for what proves the commit, and makes it again where that is not there.
    async fn settle(&self, batch: &[Statement], terms: Terms) -> Result<(), StoreError> {
        // The connection broke, or was silent for a while.
        sleep(if self.database.millis(0, 1).is_zero() { SILENCE } else { self.database.way() }).await;
        let Some(proof) = terms.proof else { return Err(unknown()) };
        if self.is_there(&proof).await? {
            return Ok(());
        }
        if Instant::now() >= terms.until {
            return Err(unknown());
        }
        match self.decide(self.database.numbered(), batch).await {
            Told::Nothing => Err(unknown()),
            Told::Decided(Err(error @ (StoreError::Lost { .. } | StoreError::Conflict { .. }))) => {
                if self.is_there(&proof).await? { Ok(()) } else { Err(error) }
            }
            Told::Decided(outcome) => outcome,
        }
    }

    async fn is_there(&self, proof: &Statement) -> Result<bool, StoreError> {
        Ok(!self.query(proof.clone()).await?.is_empty())
    }

    async fn decide(&self, number: u64, batch: &[Statement]) -> Told {
        let base = &self.database;
        if let Err(error) = base.reached(self.life.process, COMMIT).await {
            return Told::Decided(Err(error));
        }
        match base.fault_of_commit() {
            Some(Fault::AnswerLost) => match base.apply(number, batch) {
                Ok(()) if base.plants(Planted::TakenForLost, 500) => {
                    return Told::Decided(Err(StoreError::Lost { index: 0 }));
                }
                Ok(()) => return Told::Nothing,
                refused => return Told::Decided(refused),
            },
            Some(Fault::CommitLost) => return Told::Nothing,
            Some(Fault::CommitLate) => {
                let (late, base, batch) = (base.millis(20, LATEST), base.clone(), batch.to_vec());
                tokio::spawn(async move {
                    sleep(late).await;
                    base.apply(number, &batch)
                });
                return Told::Nothing;
            }
            // What was tried first left nothing behind, so its repetition is one that comes later.
            Some(Fault::Contended) => sleep(base.millis(5, 155)).await,
            Some(Fault::Slow) => sleep(base.millis(300, 3500)).await,
            Some(Fault::Outrun) => {
                sleep(Duration::from_millis(155)).await;
                return Told::Decided(Err(unavailable("SQLSTATE 40001")));
            }
            Some(Fault::KilledBefore) => {
                self.life.end();
                return Told::Decided(Err(unavailable("killed")));
            }
            Some(Fault::KilledAfter) => {
                let outcome = base.apply(number, batch);
                self.life.end();
                return Told::Decided(outcome);
            }
            _ => {}
        }
        Told::Decided(base.apply(number, batch))
    }
}

/// What is known of a commit beside its statements.
struct Terms {
    proof: Option<Statement>,
    until: Instant,
}

/// What came back of a commit.
enum Told {
    Decided(Result<(), StoreError>),
    /// Whether it happened nobody knows.
    Nothing,
}

fn unknown() -> StoreError {
    unavailable("nobody knows whether it was committed")
}

impl Driver for Link {
    fn read(&self, statement: Statement) -> Fut<'_, Vec<Row>> {
        Box::pin(self.query(statement))
    }

    fn list(&self, statement: Statement, _: Work) -> Fut<'_, Listed> {
        Box::pin(async move { Ok(Listed { rows: self.query(statement).await?, took: Duration::ZERO }) })
    }

    fn commit_as(&self, batch: Vec<Statement>, manner: Manner) -> Fut<'_, ()> {
        Box::pin(async move {
            if batch.is_empty() {
                return Ok(());
            }
            let (answer, answered) = oneshot::channel();
            let until = Instant::now() + COMMIT;
            let carried = self.clone().carry(batch, Terms { proof: manner.proof, until }, answer);
            if self.database.plants(Planted::AnswerBeforeCommit, 100) {
                let later = self.database.millis(100, 2000);
                tokio::spawn(async move {
                    sleep(later).await;
                    carried.await;
                });
                return Ok(());
            }
            tokio::spawn(carried);
            let outcome = timeout_at(until, answered).await;
            if self.life.is_over() {
                return pending().await;
            }
            match outcome {
                Ok(answer) => answer.unwrap_or_else(|_| Err(unavailable("the commit was interrupted"))),
                Err(_) => Err(unknown()),
            }
        })
    }

    fn migrate(&self, _: &'static [Script], _: i64) -> Fut<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn check(&self, _: &'static [Script]) -> Fut<'_, Pending> {
        Box::pin(async { Ok(Pending::default()) })
    }

    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn close(&self) -> Fut<'_, ()> {
        Box::pin(async { Ok(()) })
    }
}

/// What one waits for a read, for a commit, and for a connection that says nothing.
const READ: Duration = Duration::from_secs(2);
const COMMIT: Duration = Duration::from_secs(4);
const SILENCE: Duration = Duration::from_secs(2);
/// Milliseconds after which even the latest commit has happened.
pub(crate) const LATEST: u64 = 8000;
