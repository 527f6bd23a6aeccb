//! The only caller of the system clock and of the operating system's randomness, and the only way to other servers.

mod wire;

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use protocol::ctx::Entropy;
use protocol::time::Time;

use crate::fetch::{Answer, Call, Unfetched};

/// What is under way outside.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Clock, entropy, and what is outside. Tests bring their own, so that every token and id can be made again; without a word
/// from them there is nothing outside.
pub trait World: Entropy + 'static {
    fn now(&self) -> Time;

    /// Every address of a host name.
    fn resolve(&self, _name: String) -> Pending<'_, Result<Vec<IpAddr>, Unfetched>> {
        Box::pin(async { Err(Unfetched::Unreachable) })
    }

    /// A hash of so many octets in the place of the one that the password threads compute. None: they do. Only a simulated world,
    /// whose time waits for no thread, has one.
    fn hash(&self, _password: &[u8], _salt: &[u8], _octets: usize) -> Option<Pending<'_, Vec<u8>>> {
        None
    }

    /// Sends one request to one of the addresses that [`Call::to`] was checked for, and reads the answer. Follows nothing.
    fn fetch(&self, _call: Call) -> Pending<'_, Result<Answer, Unfetched>> {
        Box::pin(async { Err(Unfetched::Unreachable) })
    }
}

/// The world as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl World for System {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    fn now(&self) -> Time {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Time(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    fn resolve(&self, name: String) -> Pending<'_, Result<Vec<IpAddr>, Unfetched>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await.map_err(|_| Unfetched::Unreachable)?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }

    fn fetch(&self, call: Call) -> Pending<'_, Result<Answer, Unfetched>> {
        Box::pin(wire::send(call))
    }
}

impl Entropy for System {
    #[expect(
        clippy::expect_used,
        reason = "without randomness no token may be made; ending the request is the only safe answer"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the operating system gives randomness");
    }
}

/// The same for a developer's server: each call asks the operating system for its randomness, so that the start does not wait for a
/// generator within the process, which takes longer to begin than everything else ([`warm`]).
#[derive(Clone, Copy, Debug, Default)]
pub struct Direct;

impl World for Direct {
    fn now(&self) -> Time {
        System.now()
    }

    fn resolve(&self, name: String) -> Pending<'_, Result<Vec<IpAddr>, Unfetched>> {
        System.resolve(name)
    }

    fn fetch(&self, call: Call) -> Pending<'_, Result<Answer, Unfetched>> {
        System.fetch(call)
    }
}

impl Entropy for Direct {
    fn fill(&self, bytes: &mut [u8]) {
        let mut left = &mut *bytes;
        while !left.is_empty() {
            match rustix::rand::getrandom(&mut *left, rustix::rand::GetRandomFlags::empty()) {
                Ok(filled) => left = &mut left[filled..],
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return System.fill(bytes),
            }
        }
    }
}

/// Begins the generator that signatures draw on, beside whatever else is done.
pub fn warm() {
    crate::background::thread("randomness", crate::background::Niceness::NONE, || System.fill(&mut [0; 16]));
}

/// A shared world.
pub type SharedWorld = Arc<dyn World>;
