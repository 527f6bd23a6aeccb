//! Clock, randomness and an outside that a test owns: the same start gives the same tokens.
//!
//! A test about randomness itself takes the server's own instead.

use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use engine::fetch::{Answer, Call, Unfetched};
use engine::world::{Pending, System, World};
use protocol::ctx::Entropy;
use protocol::time::Time;
use tokio::time::Instant;

use crate::outside::Outside;

/// A clock that stands still but for one microsecond a reading, so that what happens later is later; and a counted
/// stream of SHA-256 as randomness.
#[derive(Debug)]
pub struct FakeWorld {
    now: AtomicI64,
    /// Of a world whose clock goes with the runtime's, and which has no threads: since when.
    simulated: Option<Instant>,
    randomness: Randomness,
    holding: Mutex<Option<Holding>>,
    /// Other servers.
    pub outside: Outside,
}

/// The server's side of a [`Held`].
#[derive(Debug)]
struct Holding {
    length: usize,
    reached: Sender<()>,
    go_on: Receiver<()>,
}

/// A request that waits where it draws randomness, so that something else can come between its decision and its commit.
#[derive(Debug)]
pub struct Held {
    reached: Receiver<()>,
    go_on: Sender<()>,
}

impl Held {
    /// Blocks until the request is there.
    pub fn reached(&self) {
        self.reached.recv().unwrap();
    }

    /// Lets it go on.
    pub fn go_on(self) {
        drop(self.go_on);
    }
}

#[derive(Debug)]
enum Randomness {
    Counted { seed: u64, drawn: AtomicU64 },
    System,
}

impl FakeWorld {
    /// A world at [`FakeWorld::BEGIN`].
    pub fn new(seed: u64) -> Self {
        Self::with(Randomness::Counted { seed, drawn: AtomicU64::new(0) })
    }

    /// The same clock with the randomness that a server in use draws on.
    pub fn with_system_randomness() -> Self {
        Self::with(Randomness::System)
    }

    /// A world for a runtime whose time is not the machine's: its clock goes with the runtime's, `ahead` microseconds before the
    /// clock that began at `begun`, and passwords are hashed without a thread, and badly.
    pub fn simulated(seed: u64, begun: Instant, ahead: i64) -> Self {
        let mut world = Self::new(seed);
        world.simulated = Some(begun);
        *world.now.get_mut() += ahead;
        world
    }

    fn with(randomness: Randomness) -> Self {
        Self {
            now: AtomicI64::new(Self::BEGIN.0),
            simulated: None,
            randomness,
            holding: Mutex::default(),
            outside: Outside::default(),
        }
    }

    /// Holds the next draw of so many bytes, on a thread of the server: the test needs a runtime with several.
    pub fn hold(&self, length: usize) -> Held {
        let ((reached, at), (on, go_on)) = (channel(), channel());
        *self.holding.lock().unwrap_or_else(PoisonError::into_inner) = Some(Holding { length, reached, go_on });
        Held { reached: at, go_on: on }
    }

    fn wait_if_held(&self, length: usize) {
        let mut holding = self.holding.lock().unwrap_or_else(PoisonError::into_inner);
        let held = holding.take_if(|held| held.length == length);
        drop(holding);
        if let Some(held) = held {
            // Another thread takes over what this one runs and the sockets that it watches: else nobody might see the request
            // that lets this one go on.
            tokio::task::block_in_place(|| {
                // Nobody waits any more where these fail, and nobody is held.
                let _ = held.reached.send(());
                let _ = held.go_on.recv();
            });
        }
    }

    /// Lets time pass.
    pub fn advance(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    /// 2026-01-01T00:00:00Z.
    pub const BEGIN: Time = Time::from_secs(1_767_225_600);
}

impl World for FakeWorld {
    fn now(&self) -> Time {
        let gone = self.simulated.map_or(0, |begun| i64::try_from(begun.elapsed().as_micros()).unwrap());
        Time(self.now.fetch_add(1, Ordering::Relaxed) + gone)
    }

    fn hash(&self, password: &[u8], salt: &[u8], octets: usize) -> Option<Pending<'_, Vec<u8>>> {
        self.simulated?;
        let hash = jose::digest::sha256(&[salt, password].concat());
        Some(Box::pin(async move {
            // Long enough for much to happen meanwhile.
            tokio::time::sleep(HASHING).await;
            hash.into_iter().cycle().take(octets).collect()
        }))
    }

    fn resolve(&self, name: String) -> Pending<'_, Result<Vec<IpAddr>, Unfetched>> {
        Box::pin(async move {
            // Nothing is found at once, so that those who ask at the same time meet.
            tokio::task::yield_now().await;
            self.outside.resolve(&name)
        })
    }

    fn fetch(&self, call: Call) -> Pending<'_, Result<Answer, Unfetched>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.outside.fetch(&call)
        })
    }
}

impl Entropy for FakeWorld {
    fn fill(&self, bytes: &mut [u8]) {
        self.wait_if_held(bytes.len());
        let Randomness::Counted { seed, drawn } = &self.randomness else { return System.fill(bytes) };
        for chunk in bytes.chunks_mut(32) {
            let number = drawn.fetch_add(1, Ordering::Relaxed);
            let block = jose::digest::sha256(&[seed.to_be_bytes(), number.to_be_bytes()].concat());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

const HASHING: Duration = Duration::from_millis(20);
