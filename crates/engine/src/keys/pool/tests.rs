use std::collections::BTreeSet;
use std::future::Future as _;
use std::pin::pin;
use std::task::{Context, Waker};

use super::*;

/// Spins no longer than a key takes.
fn until(pool: &KeyPool, holds: impl Fn(&State) -> bool) {
    while !holds(&pool.shared.lock()) {
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn a_key_that_is_ready_is_taken_at_once_and_made_again() {
    let pool = KeyPool::default();
    pool.shared.lock().ahead = 2;
    let first = pool.take(Alg::Rs256).await.unwrap();
    until(&pool, |state| state.ready.len() == 2);
    let mut second = pin!(pool.take(Alg::Ps512));
    let second = second.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    let std::task::Poll::Ready(Ok(second)) = second else { panic!("it was ready") };
    assert_ne!(first, second);
    assert!(SigningKey::from_pkcs8(Alg::Ps512, &second).is_ok());
    until(&pool, |state| state.ready.len() == 2);
}

#[tokio::test]
async fn nothing_is_made_that_nobody_asked_for() {
    let pool = KeyPool::default();
    assert!(!pool.shared.lock().running);
    let key = pool.take(Alg::Es256).await.unwrap();
    assert!(SigningKey::from_pkcs8(Alg::Es256, &key).is_ok());
    assert!(!pool.shared.lock().running, "what is quick needs no thread");
    pool.take(Alg::Rs256).await.unwrap();
    assert_eq!(pool.shared.lock().ready.len(), 0);
}

#[tokio::test]
async fn who_waits_is_served_in_order_and_who_left_is_passed_over() {
    let (first, mut gets_first) = oneshot::channel();
    let (gone, _) = oneshot::channel();
    let (second, mut gets_second) = oneshot::channel();
    let (longer, mut gets_longer) = oneshot::channel();
    let line = [(USUAL, first), (USUAL, gone), (4096, longer), (USUAL, second)].into();
    let mut state = State { line, ..State::default() };
    let key = |octet: u8| Ok(Zeroizing::new(vec![octet]));
    state.place(USUAL, key(1));
    assert_eq!(gets_first.try_recv().unwrap(), key(1));
    state.place(USUAL, key(2));
    assert_eq!(gets_second.try_recv().unwrap(), key(2));
    assert!(gets_longer.try_recv().is_err(), "it is of another length");
    state.place(4096, key(4));
    assert_eq!(gets_longer.try_recv().unwrap(), key(4));
    state.place(USUAL, key(3));
    assert_eq!((state.line.len(), state.ready.len()), (0, 1), "a key that nobody wants is kept");
}

#[tokio::test]
async fn the_line_has_an_end() {
    let pool = KeyPool::default();
    pool.shared.lock().running = true;
    let mut line = Vec::new();
    for _ in 0..LONGEST_LINE {
        let mut waiting = Box::pin(pool.take(Alg::Rs256));
        assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        line.push(waiting);
    }
    assert_eq!(pool.take(Alg::Rs256).await, Err(Failure::Unavailable));
    pool.shared.lock().place(USUAL, Err(Failure::Bug("a test")));
    assert_eq!(line.remove(0).await, Err(Failure::Bug("a test")));
}

#[tokio::test]
async fn nobody_waits_for_a_thread_that_ended_and_the_next_one_starts_another() {
    let pool = KeyPool::default();
    // As after a start that failed, and after a panic: then the thread lets go of this.
    let running = Running(pool.shared.clone());
    pool.shared.lock().running = true;
    let mut waiting = pin!(pool.take(Alg::Rs256));
    assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(running);
    let std::task::Poll::Ready(ended) = waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("it waits for nobody")
    };
    assert!(matches!(ended, Err(Failure::Bug(_))), "{ended:?}");
    assert!(pool.take(Alg::Rs256).await.is_ok());
}

#[tokio::test]
async fn no_key_is_given_twice() {
    let pool = KeyPool::default();
    pool.make_ahead();
    let mut keys = BTreeSet::new();
    for _ in 0..4 {
        keys.insert(pool.take(Alg::Rs256).await.unwrap().to_vec());
    }
    assert_eq!(keys.len(), 4);
}
