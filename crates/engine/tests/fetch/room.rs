//! Who waits for whom, with an outside that does not answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use admission::{Bounds, Claim, Gate, Seat, Seats, seated};
use engine::fetch::{Answer, Call, Document, Outbound, Outgoing, Unfetched, Wanted};
use engine::world::{Pending, World};
use protocol::ctx::Entropy;
use protocol::time::Time;
use tokio::sync::Semaphore;

use super::{KEYS, environment};

/// Answers at `/keys` once for each permit, elsewhere never; and finds the address of `lost.example` once for each.
#[derive(Debug)]
struct Silent {
    answers: Semaphore,
    found: Semaphore,
    sent: AtomicUsize,
}

impl World for Silent {
    fn now(&self) -> Time {
        Time::from_secs(0)
    }

    fn resolve(&self, name: String) -> Pending<'_, Result<Vec<IpAddr>, Unfetched>> {
        Box::pin(async move {
            if name == "lost.example" {
                self.found.acquire().await.unwrap().forget();
            }
            Ok(vec![IpAddr::from([8, 8, 8, 8])])
        })
    }

    fn fetch(&self, call: Call) -> Pending<'_, Result<Answer, Unfetched>> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            if !call.to().as_str().ends_with("/keys") {
                std::future::pending::<()>().await;
            }
            self.answers.acquire().await.unwrap().forget();
            let media = Some("application/json".to_owned());
            Ok(Answer { status: 200, media, body: b"{}".to_vec(), ..Answer::default() })
        })
    }
}

impl Entropy for Silent {
    fn fill(&self, _bytes: &mut [u8]) {}
}

/// With so little patience that a test need not have any, and so much time that nothing of it ends by itself.
fn silent() -> (Arc<Silent>, Arc<Outgoing>) {
    silent_for(Duration::from_mins(10))
}

fn silent_for(timeout: Duration) -> (Arc<Silent>, Arc<Outgoing>) {
    let (answers, found) = (Semaphore::new(0), Semaphore::new(0));
    let world = Arc::new(Silent { answers, found, sent: AtomicUsize::new(0) });
    let patience = Duration::from_millis(20);
    (world.clone(), Outgoing::new(world, Outbound { timeout, patience, ..Outbound::default() }))
}

async fn ask(outgoing: &Arc<Outgoing>, by: u128, path: &str) -> Result<Arc<Document>, Unfetched> {
    outgoing.document(environment(by), &format!("https://client.example/{path}"), KEYS, Wanted::Kept).await
}

/// As many requests of the environment as wait at hanging addresses.
async fn hang(world: &Silent, outgoing: &Arc<Outgoing>, by: u128, many: usize) {
    let before = world.sent.load(Ordering::Relaxed);
    for number in 0..many {
        let outgoing = outgoing.clone();
        tokio::spawn(async move { ask(&outgoing, by, &format!("hangs/{number}")).await });
    }
    while world.sent.load(Ordering::Relaxed) < before + many {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_never_left_is_not_held_against_its_address() {
    let (world, outgoing) = silent();
    hang(&world, &outgoing, 1, 7).await;
    let last = tokio::spawn({
        let outgoing = outgoing.clone();
        async move { ask(&outgoing, 1, "other/keys").await }
    });
    while world.sent.load(Ordering::Relaxed) < 8 {
        tokio::task::yield_now().await;
    }
    assert_eq!(ask(&outgoing, 1, "keys").await, Err(Unfetched::Crowded));
    assert_eq!(world.sent.load(Ordering::Relaxed), 8, "it never left");
    world.answers.add_permits(2);
    last.await.unwrap().unwrap();
    assert_eq!(ask(&outgoing, 1, "keys").await.unwrap().body, b"{}");
}

#[tokio::test]
async fn hanging_addresses_of_eight_environments_stop_no_other() {
    let (world, outgoing) = silent();
    for by in 1..=6 {
        hang(&world, &outgoing, by, 8).await;
    }
    hang(&world, &outgoing, 7, 1).await;
    hang(&world, &outgoing, 8, 1).await;
    for (by, path) in (7..=8).flat_map(|by| ["a", "b", "c", "d", "e", "f", "g"].map(|path| (by, path))) {
        assert_eq!(ask(&outgoing, by, path).await, Err(Unfetched::Crowded), "they have their part");
    }
    world.answers.add_permits(1);
    assert_eq!(ask(&outgoing, 9, "keys").await.unwrap().body, b"{}");
}

#[tokio::test]
async fn a_look_up_holds_its_room_until_it_ends() {
    let (world, outgoing) = silent_for(Duration::from_millis(20));
    let lost = |number: usize| format!("https://lost.example/{number}");
    for number in 0..8 {
        let late = outgoing.document(environment(1), &lost(number), KEYS, Wanted::Kept).await;
        assert_eq!(late, Err(Unfetched::Late));
    }
    let ninth = outgoing.document(environment(1), &lost(8), KEYS, Wanted::Kept).await;
    assert_eq!(ninth, Err(Unfetched::Crowded), "eight threads are looking still");
    world.found.add_permits(8);
    world.answers.add_permits(1);
    assert_eq!(ask(&outgoing, 1, "keys").await.unwrap().body, b"{}");
}

/// SS-07: requests that wait for somebody outside keep no turn at the processor from others, neither the first nor those behind it.
#[tokio::test]
async fn who_waits_for_a_document_leaves_the_turn_to_others() {
    let (world, outgoing) = silent();
    let seats = Seats { all: 2, reserved: 0, environment: 2, net: 2, source: 2 };
    let bounds = Bounds { all: 9, environment: 9, net: 9, source: 9, alone: 9 };
    let gate = || Gate::new(seats, bounds, Duration::from_mins(10));
    let (under_way, turns) = (gate(), gate());
    let request = || {
        let (claim, outgoing) = (Claim::default(), outgoing.clone());
        let seat = Seat::new(claim, under_way.try_enter(claim).unwrap(), turns.try_enter(claim).unwrap());
        tokio::spawn(seated(seat, async move { ask(&outgoing, 1, "keys").await.map(|document| document.body.clone()) }))
    };
    let (first, second) = (request(), request());
    assert_eq!((under_way.taken(), turns.taken()), (2, 2));
    while world.sent.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    // On this one thread both have gone as far as they come by then.
    tokio::task::yield_now().await;
    assert_eq!((under_way.taken(), turns.taken()), (2, 0), "what waits is bounded still");
    world.answers.add_permits(1);
    for answered in [first, second] {
        assert_eq!(answered.await.unwrap().unwrap(), b"{}");
    }
    assert_eq!((under_way.taken(), turns.taken(), world.sent.load(Ordering::Relaxed)), (0, 0, 1));
}
