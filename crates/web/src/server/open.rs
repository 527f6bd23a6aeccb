//! Counts the responses of one HTTP/2 connection that were made and are not taken yet (RFC 9113 §5.2, §10.5): a client's window says how
//! much of them is sent, and asking for more is no sign that it reads.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::body::{Body, Bytes};
use http::{Response, Version};
use hyper::body::{Body as _, Buf, Frame, SizeHint};

use super::Limits;

/// The responses of one connection.
#[derive(Debug)]
pub(super) struct Open {
    began: Instant,
    count: AtomicUsize,
    /// When, in milliseconds of the connection, the first came of those that followed without a pause.
    since: AtomicU64,
}

impl Open {
    pub(super) fn new(began: Instant) -> Arc<Self> {
        Arc::new(Self { began, count: AtomicUsize::new(0), since: AtomicU64::new(0) })
    }

    /// The response, counted until all of it was taken. HTTP/1.1 has one at a time, which is asked for before the next.
    pub(super) fn hold(self: &Arc<Self>, version: Version, response: Response<Body>) -> Response<Taken> {
        response.map(|body| {
            let counted = version == Version::HTTP_2 && !body.is_end_stream();
            Taken { body, held: counted.then(|| self.one()) }
        })
    }

    fn one(self: &Arc<Self>) -> Arc<Held> {
        if self.count.fetch_add(1, Ordering::Relaxed) == 0 {
            self.since.store(self.began.elapsed().as_millis() as u64, Ordering::Relaxed);
        }
        Arc::new(Held(Arc::clone(self)))
    }

    /// For how long there was always one; none where there is none.
    pub(super) fn time(&self) -> Option<Duration> {
        let since = Duration::from_millis(self.since.load(Ordering::Relaxed));
        (self.count.load(Ordering::Relaxed) > 0).then(|| self.began.elapsed().saturating_sub(since))
    }
}

/// When one connection ends that its client keeps.
#[derive(Debug)]
pub(super) struct Watch {
    idle_time: Duration,
    stall_time: Duration,
    /// When the last request came, in milliseconds of the connection.
    last: Arc<AtomicU64>,
    /// Octets that were written, and as many as they were when it was last looked at.
    written: Arc<AtomicU64>,
    seen: u64,
    open: Arc<Open>,
    /// It was told to end.
    pub(super) ending: bool,
}

/// What becomes of a connection, and when to look again: so long after it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Stays(Duration),
    /// It is told to end.
    Ends(Duration),
    Cut,
}

impl Watch {
    pub(super) fn new(limits: &Limits, last: Arc<AtomicU64>, written: Arc<AtomicU64>, open: Arc<Open>) -> Self {
        let Limits { idle_time, stall_time, .. } = *limits;
        Self { idle_time, stall_time, last, written, seen: 0, open, ending: false }
    }

    pub(super) fn next(&mut self) -> Next {
        let now = self.open.began.elapsed();
        let until = Duration::from_millis(self.last.load(Ordering::Relaxed)) + self.idle_time;
        let so_far = self.written.load(Ordering::Relaxed);
        // Whoever takes answers at any reasonable speed is waited for, the more the more of them it asked for; nobody else holds what was
        // made for them.
        let asked = self.open.count.load(Ordering::Relaxed).max(1) as u64;
        let takes = so_far - self.seen >= SLOWEST * asked;
        let held = self.open.time();
        let later = now + self.stall_time;
        if self.ending {
            self.seen = so_far;
            return if takes { Next::Stays(later) } else { Next::Cut };
        }
        // Whoever asks for more and takes nothing of what it asked for before is idle as well.
        if until <= now || held.is_some_and(|time| time >= self.idle_time) && !takes {
            (self.ending, self.seen) = (true, so_far);
            return Next::Ends(later);
        }
        if held.is_none() {
            return Next::Stays(until);
        }
        self.seen = so_far;
        Next::Stays(until.max(later))
    }
}

/// One response that is not taken yet: its body has it, and each part of that, which the library drops when it was written.
#[derive(Debug)]
struct Held(Arc<Open>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A body whose parts are known to be with the library still.
#[derive(Debug)]
pub(super) struct Taken {
    body: Body,
    held: Option<Arc<Held>>,
}

impl hyper::body::Body for Taken {
    type Data = Part;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        polled.map_ok(|frame| frame.map_data(|bytes| Part { bytes, _held: self.held.clone() }))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Octets of a body.
#[derive(Debug)]
pub(super) struct Part {
    bytes: Bytes,
    _held: Option<Arc<Held>>,
}

impl Buf for Part {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
    }
}

/// Octets that whoever is still reading takes in the time that an end may take.
const SLOWEST: u64 = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    /// F6: sixteen KiB in half a minute show that somebody reads one response; not that they read a hundred.
    #[test]
    fn whoever_asked_for_more_takes_more() {
        let limits = Limits::default();
        for (asked, octets, stays) in
            [(1, SLOWEST, true), (1, SLOWEST - 1, false), (3, 3 * SLOWEST, true), (3, SLOWEST, false)]
        {
            let began = Instant::now().checked_sub(limits.idle_time * 3).unwrap();
            let (last, written) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
            let open = Open::new(began);
            let held: Vec<_> = (0..asked).map(|_| open.one()).collect();
            open.since.store(0, Ordering::Relaxed);
            let mut watch = Watch::new(&limits, Arc::clone(&last), Arc::clone(&written), open);
            last.store(began.elapsed().as_millis() as u64, Ordering::Relaxed);
            written.store(octets, Ordering::Relaxed);
            let next = watch.next();
            assert_eq!(matches!(next, Next::Stays(_)), stays, "{asked} {octets} {next:?}");
            drop(held);
        }
    }
}
