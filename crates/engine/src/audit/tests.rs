//! What becomes of events while the database is away.

use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use protocol::audit::Action;
use protocol::id::{ActivityId, CorrelationId};
use protocol::time::Time;

use super::*;

/// A store that is away until it is told otherwise, and never takes one event.
#[derive(Clone, Default)]
struct Fake(Arc<State>);

#[derive(Default)]
struct State {
    back: AtomicBool,
    calls: AtomicU64,
    written: Mutex<Vec<ActivityId>>,
}

impl Sink for Fake {
    async fn record(&self, events: &[Box<Event>]) -> Result<(), StoreError> {
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        if !self.0.back.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("away".to_owned()));
        }
        if events.iter().any(|event| event.id == id(POISON)) {
            return Err(StoreError::Corrupt("never".to_owned()));
        }
        let mut written = self.0.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.extend(events.iter().map(|event| event.id));
        Ok(())
    }
}

impl Fake {
    fn written(&self) -> Vec<ActivityId> {
        self.0.written.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// H5: events of what was granted while the database was away are written when it is back, each once. Whoever finds no room waits, and
/// is told after a while: then the event is counted.
#[tokio::test(start_paused = true)]
async fn events_wait_for_the_database() {
    let fake = Fake::default();
    let writer = AuditWriter::over(fake.clone(), 100);
    for number in 0..40 {
        assert!(writer.record(event(number)).await);
    }
    while fake.0.calls.load(Ordering::SeqCst) < 3 {
        tokio::time::sleep(WINDOW).await;
    }
    for number in 40..140 {
        assert!(writer.record(event(number)).await, "the queue holds 100");
    }
    assert!(!writer.record(event(140)).await);
    assert_eq!(writer.dropped(), 1);
    let (waits, ()) = tokio::join!(writer.record(event(141)), async { fake.0.back.store(true, Ordering::SeqCst) });
    assert!(waits, "there is room in time");
    writer.flush().await;
    assert_eq!(fake.written(), (0..140).chain([141]).map(id).collect::<Vec<_>>());
    assert_eq!(writer.dropped(), 1, "nothing else is lost");
}

/// F8: one of many takes no room that others may need, and is handed back.
#[tokio::test(start_paused = true)]
async fn one_of_many_leaves_room() {
    let writer = AuditWriter::over(Fake::default(), 100);
    let taken = (0..100).filter(|number| writer.offer(event(*number)).is_ok()).count();
    assert_eq!(taken, 50);
    assert_eq!(writer.offer(event(100)).map_err(|event| event.id), Err(id(100)));
    assert!(writer.record(event(101)).await);
    assert_eq!(writer.dropped(), 0);
}

/// H5: what the store will never take is counted, and takes nobody along.
#[tokio::test(start_paused = true)]
async fn one_bad_event_is_counted() {
    let fake = Fake::default();
    fake.0.back.store(true, Ordering::SeqCst);
    let writer = AuditWriter::over(fake.clone(), 100);
    for number in [1, POISON, 2] {
        writer.record(event(number)).await;
    }
    writer.flush().await;
    assert_eq!((fake.written(), writer.dropped()), (vec![id(1), id(2)], 1));
}

/// H5: whoever ends the server waits some seconds for a database that is away, not for ever.
#[tokio::test(start_paused = true)]
async fn the_end_does_not_wait_for_ever() {
    let writer = AuditWriter::over(Fake::default(), 100);
    writer.record(event(1)).await;
    let begun = tokio::time::Instant::now();
    writer.flush().await;
    assert!(begun.elapsed() < Duration::from_secs(11), "{:?}", begun.elapsed());
}

fn event(number: u128) -> Box<Event> {
    let mut event = Event::new(None, Time(0), CorrelationId::new(uuid::Uuid::nil()), Action::TokenIssued);
    event.id = id(number);
    Box::new(event)
}

fn id(number: u128) -> ActivityId {
    ActivityId::new(uuid::Uuid::from_u128(number))
}

const POISON: u128 = 666;
