//! The audit writer: events of stateless answers, gathered for a few milliseconds and committed together.
//!
//! Everything with state commits its event with its changes instead. What a crash can lose is what waits: the last window of events
//! about tokens that leave no other trace, and while the database is away those since then; the strict mode waits for the commit and
//! loses nothing. What the queue does not hold is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use protocol::audit::Event;
use store::{Store, StoreError};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

/// Hands events to the writer task.
#[derive(Clone, Debug)]
pub struct AuditWriter {
    queue: mpsc::Sender<Message>,
    dropped: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Message {
    Event(Box<Event>),
    Flush(oneshot::Sender<()>),
}

/// Where events go.
trait Sink: Send + Sync + 'static {
    /// Records all or none. Those that are there already are not recorded twice.
    fn record(&self, events: &[Box<Event>]) -> impl Future<Output = Result<(), StoreError>> + Send;
}

impl Sink for Store {
    async fn record(&self, events: &[Box<Event>]) -> Result<(), StoreError> {
        Self::record(self, events).await
    }
}

impl AuditWriter {
    /// Starts the writer on the present runtime. It ends when every handle is gone.
    pub fn start(store: Store) -> Self {
        Self::over(store, QUEUE)
    }

    fn over(sink: impl Sink, room: usize) -> Self {
        let (queue, waiting) = mpsc::channel(room);
        let dropped = Arc::<AtomicU64>::default();
        tokio::spawn(Writer { sink, waiting, dropped: dropped.clone() }.run());
        Self { queue, dropped }
    }

    /// Hands over one event, and waits where the store cannot keep up: whoever did something waits until it can be told. Whether
    /// there was room in time.
    pub async fn record(&self, event: Box<Event>) -> bool {
        let event = match self.queue.try_send(Message::Event(event)) {
            Ok(()) => return true,
            Err(TrySendError::Full(event) | TrySendError::Closed(event)) => event,
        };
        let sent = tokio::time::timeout(PATIENCE, admission::aside(self.queue.send(event))).await;
        let sent = matches!(sent, Ok(Ok(())));
        if !sent {
            count(&self.dropped, 1);
        }
        sent
    }

    /// Hands over an event that is one of many: it has no room that others may need, and is handed back where there is none.
    pub fn offer(&self, event: Box<Event>) -> Result<(), Box<Event>> {
        match self.queue.try_reserve() {
            Ok(permit) if self.queue.capacity() >= self.queue.max_capacity() / 2 => {
                permit.send(Message::Event(event));
                Ok(())
            }
            Ok(_) | Err(_) => Err(event),
        }
    }

    /// How many events were dropped since the start.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Waits until everything handed over before is committed, for a few seconds where the database is away.
    pub async fn flush(&self) {
        let (done, waiting) = oneshot::channel();
        let flushed = async {
            if self.queue.send(Message::Flush(done)).await.is_ok() {
                let _ = waiting.await;
            }
        };
        if tokio::time::timeout(FLUSH, flushed).await.is_err() {
            tracing::error!("audit events wait for the database, which is away");
        }
    }
}

fn count(dropped: &AtomicU64, more: u64) {
    let before = dropped.fetch_add(more, Ordering::Relaxed);
    if before.checked_ilog2() != (before + more).checked_ilog2() {
        tracing::error!(dropped = before + more, "audit events are lost: the store takes none");
    }
}

struct Writer<S> {
    sink: S,
    waiting: mpsc::Receiver<Message>,
    dropped: Arc<AtomicU64>,
}

impl<S: Sink> Writer<S> {
    async fn run(mut self) {
        let mut messages = Vec::new();
        while self.waiting.recv_many(&mut messages, QUEUE).await > 0 {
            if messages.len() < BATCH && !messages.iter().any(|m| matches!(m, Message::Flush(_))) {
                // One wake-up per window, not one per token.
                tokio::time::sleep(WINDOW).await;
                while messages.len() < QUEUE {
                    let Ok(message) = self.waiting.try_recv() else { break };
                    messages.push(message);
                }
            }
            let mut flushed = Vec::new();
            let mut batch = Vec::with_capacity(BATCH.min(messages.len()));
            for message in messages.drain(..) {
                match message {
                    Message::Event(event) => batch.push(event),
                    Message::Flush(done) => flushed.push(done),
                }
                if batch.len() == BATCH {
                    self.write(&std::mem::take(&mut batch)).await;
                }
            }
            self.write(&batch).await;
            for done in flushed {
                // Who asked may have stopped waiting.
                let _ = done.send(());
            }
        }
    }

    /// Writes events until they are in. Meanwhile others wait in the queue, and those that find no room there are counted.
    async fn write(&self, events: &[Box<Event>]) {
        let mut tries = 0_u32;
        loop {
            match self.sink.record(events).await {
                Ok(()) => {
                    if tries > 0 {
                        tracing::info!(events = events.len(), tries, "audit events that waited are written");
                    }
                    return;
                }
                Err(StoreError::Unavailable(_) | StoreError::Busy) if !self.waiting.is_closed() => {
                    if tries.is_power_of_two() {
                        tracing::warn!(events = events.len(), tries, "audit events wait for the database");
                    }
                    tries += 1;
                    tokio::time::sleep((PAUSE * tries).min(LONGEST_PAUSE)).await;
                }
                Err(error) => return self.write_each(events, &error).await,
            }
        }
    }

    /// One that the store does not take does not take the others along.
    async fn write_each(&self, events: &[Box<Event>], refused: &StoreError) {
        tracing::error!(error = %refused, events = events.len(), "audit events could not be written together");
        for event in events {
            if let Err(error) = self.sink.record(std::slice::from_ref(event)).await {
                tracing::error!(%error, "an audit event could not be written");
                count(&self.dropped, 1);
            }
        }
    }
}

const QUEUE: usize = 16_384;
const BATCH: usize = 512;
/// Then it is answered that there is no answer.
const PATIENCE: Duration = Duration::from_secs(5);
const WINDOW: Duration = Duration::from_millis(40);
/// Longer each time.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// What ends waits for the events so long.
const FLUSH: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests;
