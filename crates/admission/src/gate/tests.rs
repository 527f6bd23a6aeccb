use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::Source;

fn claim(environment: u128, address: &str) -> Claim {
    let source = Source::of(address.parse::<IpAddr>().unwrap());
    Claim { environment: Uuid::from_u128(environment), source }
}

fn gate(seats: Seats) -> Arc<Gate> {
    let bounds = Bounds { all: 64, environment: 48, net: 32, source: 16, alone: 32 };
    Gate::new(seats, bounds, Duration::from_secs(2))
}

fn now<T>(waiting: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    match waiting.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(ready) => Some(ready),
        Poll::Pending => None,
    }
}

const SEATS: Seats = Seats { all: 13, reserved: 1, environment: 8, net: 6, source: 4 };

/// F15: whoever holds as much as it may waits, and nobody waits for it.
#[tokio::test(start_paused = true)]
async fn each_has_seats_of_its_own() {
    let gate = gate(SEATS);
    let [greedy, beside, other] = [claim(1, "192.0.2.1"), claim(1, "192.0.2.2"), claim(2, "192.0.2.3")];
    let mut held: Vec<_> = (0..4).map(|_| gate.try_enter(greedy).unwrap()).collect();
    assert_eq!(gate.try_enter(greedy).unwrap_err(), Level::Source);
    held.extend((0..4).map(|_| gate.try_enter(beside).unwrap()));
    assert_eq!(gate.try_enter(claim(1, "192.0.2.4")).unwrap_err(), Level::Environment);
    held.extend((0..4).map(|_| gate.try_enter(other).unwrap()));
    assert_eq!(gate.try_enter(claim(2, "192.0.2.5")).unwrap_err(), Level::All);
    let newcomer = gate.try_enter(claim(3, "192.0.2.5")).unwrap();
    assert_eq!(gate.try_enter(claim(4, "192.0.2.6")).unwrap_err(), Level::All);
    drop(newcomer);
    let mut waiting = pin!(gate.enter(greedy));
    assert!(now(waiting.as_mut()).is_none());
    drop(held.pop());
    assert!(now(waiting.as_mut()).is_none(), "its own seats are taken still");
    drop(held.remove(0));
    held.push(now(waiting.as_mut()).unwrap().unwrap());
    drop(held);
    assert_eq!((gate.taken(), gate.waiting()), (0, 0));
    assert!(gate.taken.iter().flatten().all(|count| count.load(Ordering::Relaxed) == 0));
}

#[tokio::test(start_paused = true)]
async fn an_ipv6_site_has_more_than_one_of_its_subnets_and_less_than_all() {
    let gate = gate(SEATS);
    let _held: Vec<_> = (0..4).map(|_| gate.try_enter(claim(1, "2001:db8:0:1::1")).unwrap()).collect();
    let _more: Vec<_> = (0..2).map(|_| gate.try_enter(claim(1, "2001:db8:0:2::1")).unwrap()).collect();
    assert_eq!(gate.try_enter(claim(1, "2001:db8:0:3::1")).unwrap_err(), Level::Net);
    assert!(gate.try_enter(claim(1, "2001:db8:1:1::1")).is_ok());
}

#[tokio::test(start_paused = true)]
async fn patience_ends_and_whoever_left_is_not_waited_for() {
    let gate = gate(SEATS);
    let one = claim(1, "192.0.2.1");
    let mut held: Vec<_> = (0..4).map(|_| gate.try_enter(one).unwrap()).collect();
    assert_eq!(gate.enter(one).await.unwrap_err(), Crowded(Level::Source));
    assert_eq!((gate.waiting(), gate.turned_away(Level::Source)), (0, 1));
    {
        let mut gone = pin!(gate.enter(one));
        assert!(now(gone.as_mut()).is_none());
        assert_eq!(gate.waiting(), 1);
    }
    assert_eq!(gate.waiting(), 0);
    let mut called_and_gone = Box::pin(gate.enter(one));
    assert!(now(called_and_gone.as_mut()).is_none());
    drop(held.pop());
    drop(called_and_gone);
    assert!(gate.try_enter(one).is_ok(), "its seat was given back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_seat_is_lost_and_no_turn_forgotten() {
    let gate = gate(SEATS);
    let tasks = (0..48_u32).map(|number| {
        let gate = gate.clone();
        tokio::spawn(async move {
            for _ in 0..200 {
                let place = gate.enter(claim(u128::from(number % 3), &format!("192.0.2.{}", number % 5))).await;
                tokio::task::yield_now().await;
                drop(place);
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!((gate.taken(), gate.waiting()), (0, 0));
}

proptest! {
    /// F15: whatever comes and goes, from wherever: nobody has more than its seats, what is counted is who is in, and nothing else is kept.
    #[test]
    fn who_is_in_is_counted_and_nothing_else(came in proptest::collection::vec((0..4_u8, 0..4_u128, 0..6_u8), 0..300)) {
        let gate = gate(SEATS);
        let mut held = Vec::new();
        for (does, environment, host) in came {
            let who = claim(environment, &format!("192.0.2.{host}"));
            match does {
                0 | 1 => held.extend(gate.try_enter(who).ok().map(|place| (who, place))),
                2 if !held.is_empty() => drop(held.swap_remove(usize::from(host) % held.len())),
                _ => drop(gate.enter_again(who)),
            }
            let of = |same: &dyn Fn(&Claim) -> bool| held.iter().filter(|(held, _)| same(held)).count() as u32;
            prop_assert!(of(&|held| held.source == who.source) <= SEATS.source);
            prop_assert!(of(&|held| held.environment == who.environment) <= SEATS.environment);
            prop_assert!(gate.taken() == held.len() as u32 && gate.taken() <= SEATS.all);
        }
        for table in &gate.taken {
            let counted: u32 = table.iter().map(|count| count.load(Ordering::Relaxed)).sum();
            prop_assert_eq!(counted, 3 * held.len() as u32);
        }
    }
}
