//! The audit writer: events of stateless answers, gathered for a few milliseconds and committed together.
//!
//! Everything with state commits its event with its changes instead. What a crash can lose is the last window of
//! events about tokens that leave no other trace; the strict mode waits for the commit and loses nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use protocol::audit::Event;
use protocol::change::Change;
use store::Store;
use tokio::sync::{mpsc, oneshot};

/// Hands events to the writer task.
#[derive(Clone, Debug)]
pub struct AuditWriter {
    queue: mpsc::Sender<Message>,
    dropped: Arc<AtomicU64>,
}

enum Message {
    Event(Box<Event>),
    Flush(oneshot::Sender<()>),
}

impl AuditWriter {
    /// Starts the writer on the present runtime. It ends when every handle is gone.
    pub fn start(store: Store) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(write(store, waiting));
        Self { queue, dropped: Arc::default() }
    }

    /// Hands over one event; never waits. When the store cannot keep up the event is counted as dropped, not the answer delayed.
    pub fn record(&self, event: Box<Event>) {
        if self.queue.try_send(Message::Event(event)).is_err() {
            let dropped = self.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            if dropped.is_power_of_two() {
                tracing::warn!(dropped, "audit events are dropped: the store is slower than the requests");
            }
        }
    }

    /// How many events were dropped since the start.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Waits until everything handed over before is committed.
    pub async fn flush(&self) {
        let (done, waiting) = oneshot::channel();
        if self.queue.send(Message::Flush(done)).await.is_ok() {
            let _ = waiting.await;
        }
    }
}

async fn write(store: Store, mut waiting: mpsc::Receiver<Message>) {
    let mut messages = Vec::new();
    while waiting.recv_many(&mut messages, QUEUE).await > 0 {
        if messages.len() < BATCH && !messages.iter().any(|m| matches!(m, Message::Flush(_))) {
            // One wake-up per window, not one per token.
            tokio::time::sleep(WINDOW).await;
            while messages.len() < QUEUE {
                let Ok(message) = waiting.try_recv() else { break };
                messages.push(message);
            }
        }
        let mut flushed = Vec::new();
        let mut batch = Vec::with_capacity(BATCH.min(messages.len()));
        for message in messages.drain(..) {
            match message {
                Message::Event(event) => batch.push(Change::Record(event)),
                Message::Flush(done) => flushed.push(done),
            }
            if batch.len() == BATCH {
                commit(&store, std::mem::take(&mut batch)).await;
            }
        }
        commit(&store, batch).await;
        for done in flushed {
            // Who asked may have stopped waiting.
            let _ = done.send(());
        }
    }
}

async fn commit(store: &Store, batch: Vec<Change>) {
    if batch.is_empty() {
        return;
    }
    let events = batch.len();
    if let Err(error) = store.commit(batch).await {
        tracing::error!(%error, events, "audit events could not be written");
    }
}

const QUEUE: usize = 16_384;
const BATCH: usize = 512;
const WINDOW: Duration = Duration::from_millis(40);
