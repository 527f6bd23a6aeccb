//! What admission costs a request: both doors and one wait for the database. `cargo run --release -p grantor-admission --example cost`.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use admission::{Bounds, Claim, Gate, Seat, Seats, idle, seated};
use tokio::task::{JoinSet, yield_now};
use uuid::Uuid;

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "the figures")]
async fn main() {
    for (at_a_time, turns) in [(1, 16), (64, 1000), (64, 3)] {
        let without = requests(None, at_a_time).await;
        let with = requests(Some([door(1000), door(turns)]), at_a_time).await;
        println!("{at_a_time} at a time, {turns} of a source in turn: {:.0} ns for each request", with - without);
    }
}

/// Nanoseconds of a request that waits once, with so many of one source at a time.
async fn requests(doors: Option<[Arc<Gate>; 2]>, at_a_time: u32) -> f64 {
    let claim = Claim::new(Uuid::from_u128(1), Some(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    let mut tasks = JoinSet::new();
    let began = Instant::now();
    for _ in 0..at_a_time {
        let doors = doors.clone();
        tasks.spawn(async move {
            for _ in 0..REQUESTS / at_a_time {
                let Some([under_way, turns]) = &doors else {
                    yield_now().await;
                    continue;
                };
                let (Ok(under_way), Ok(turn)) = (under_way.enter(claim).await, turns.enter(claim).await) else {
                    return;
                };
                seated(Seat::new(claim, under_way, turn), idle(yield_now())).await;
            }
        });
    }
    while tasks.join_next().await.is_some() {}
    began.elapsed().as_secs_f64() * 1e9 / f64::from(REQUESTS)
}

fn door(of_a_source: u32) -> Arc<Gate> {
    let seats = Seats { all: 4000, reserved: 1000, environment: 2000, net: 2000, source: of_a_source };
    Gate::new(
        seats,
        Bounds { all: 4096, environment: 2048, net: 512, source: 256, alone: 1024 },
        Duration::from_secs(10),
    )
}

const REQUESTS: u32 = 640_000;
