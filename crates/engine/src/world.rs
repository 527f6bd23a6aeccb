//! The only caller of the system clock and of the operating system's randomness.

use std::sync::Arc;

use protocol::ctx::Entropy;
use protocol::time::Time;

/// Clock and entropy. Tests bring their own, so that every token and id can be made again.
pub trait World: Entropy + 'static {
    fn now(&self) -> Time;
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

/// A shared world.
pub type SharedWorld = Arc<dyn World>;
