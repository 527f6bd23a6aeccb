//! How an answer of a developer's server leaves where a test has chosen that: late, not at all, or without an end before the server's.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::body::{Body, Bytes};
use http::{Response, Version};
use hyper::body::{Frame, SizeHint};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::Shutdown;

/// What becomes of an answer, among its extensions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parting {
    /// So much later.
    pub delay: Duration,
    /// HTTP/1.1: the connection ends without it; HTTP/2: its stream is reset.
    pub dropped: bool,
    /// Its body goes on until its client or the server ends.
    pub endless: bool,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("dropped, as a test wanted")]
pub(super) struct Dropped;

/// What a connection has to know of answers that take long: when the server stops, and that they are no sign of idleness.
#[derive(Debug)]
pub(super) struct Ends {
    began: Instant,
    /// When something last happened, in milliseconds of the connection.
    last: Arc<AtomicU64>,
    shutdown: Shutdown,
}

impl Ends {
    pub(super) fn new(began: Instant, last: Arc<AtomicU64>, shutdown: Shutdown) -> Arc<Self> {
        Arc::new(Self { began, last, shutdown })
    }

    /// The answer when it may leave, and the version whose rules count for what is not taken of it.
    pub(super) async fn part(
        self: Arc<Self>,
        version: Version,
        Ok(mut response): Result<Response<Body>, Infallible>,
    ) -> Result<(Version, Response<Body>), Dropped> {
        let Some(parting) = response.extensions_mut().remove::<Parting>() else { return Ok((version, response)) };
        self.wait(parting.delay).await;
        if parting.dropped {
            return Err(Dropped);
        }
        if !parting.endless {
            return Ok((version, response));
        }
        // Who takes little of what has no end is not idle: it is counted as HTTP/1.1 is, not at all.
        Ok((Version::HTTP_11, response.map(|body| Body::new(Endless::new(body, self)))))
    }

    async fn wait(&self, delay: Duration) {
        let mut left = delay;
        while !left.is_zero() {
            self.lives();
            let step = left.min(STEP);
            tokio::select! {
                () = tokio::time::sleep(step) => left -= step,
                () = self.shutdown.stopped() => return,
            }
        }
    }

    fn lives(&self) {
        self.last.store(self.began.elapsed().as_millis() as u64, Ordering::Relaxed);
    }
}

/// A body that ends with the server at the latest.
struct Endless {
    body: Body,
    stopped: Pin<Box<WaitForCancellationFutureOwned>>,
    ends: Arc<Ends>,
}

impl Endless {
    fn new(body: Body, ends: Arc<Ends>) -> Self {
        Self { body, stopped: Box::pin(ends.shutdown.until_stopped()), ends }
    }
}

impl hyper::body::Body for Endless {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.ends.lives();
        if self.stopped.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Less than the time after which a connection is idle.
const STEP: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    fn ends() -> (Arc<Ends>, Shutdown) {
        let shutdown = Shutdown::new();
        (Ends::new(Instant::now(), Arc::default(), shutdown.clone()), shutdown)
    }

    fn response(parting: Parting) -> Response<Body> {
        let mut response = Response::new(Body::from("late"));
        response.extensions_mut().insert(parting);
        response
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_answer_is_waited_for_until_the_server_stops() {
        let late = || Ok(response(Parting { delay: Duration::from_mins(2), ..Parting::default() }));
        let (ends, shutdown) = ends();
        let began = tokio::time::Instant::now();
        let (version, answer) = Arc::clone(&ends).part(Version::HTTP_2, late()).await.unwrap();
        assert_eq!((version, answer.extensions().get::<Parting>()), (Version::HTTP_2, None));
        assert_eq!(began.elapsed(), Duration::from_mins(2));
        shutdown.stop();
        ends.part(Version::HTTP_2, late()).await.unwrap();
        assert_eq!(began.elapsed(), Duration::from_mins(2));
    }

    #[tokio::test]
    async fn what_has_no_end_ends_with_the_server() {
        let (ends, shutdown) = ends();
        let dropped = response(Parting { dropped: true, ..Parting::default() });
        assert!(Arc::clone(&ends).part(Version::HTTP_2, Ok(dropped)).await.is_err());
        let endless = response(Parting { endless: true, ..Parting::default() });
        let (version, mut answer) = ends.part(Version::HTTP_2, Ok(endless)).await.unwrap();
        assert_eq!(version, Version::HTTP_11, "it is not among those that have to be taken");
        let first = answer.body_mut().frame().await.unwrap().unwrap();
        assert_eq!(first.into_data().unwrap(), "late");
        shutdown.stop();
        assert!(answer.body_mut().frame().await.is_none());
    }
}
