//! Decides how much of a request's body is read, and for how long it is waited for (RFC 9110 §15.5.9, §15.5.14).

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use http::Extensions;
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};

/// Why there is no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BodyError {
    /// It is longer than the limit, or says so. What is beyond was not read.
    #[error("the body is too large")]
    TooLarge,
    /// It did not come whole in time.
    #[error("the body did not arrive in time")]
    Slow,
    /// The client's framing is wrong, or the client is gone.
    #[error("the body is broken")]
    Broken,
    /// It is there, and too many came with theirs at the same time.
    #[error("too many requests at a time")]
    Crowded,
}

/// How long a request's body is waited for: among its extensions, where that is not [`BODY_TIME`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BodyTime(pub(super) Duration);

impl BodyTime {
    /// The time of the request with these extensions.
    pub(super) fn of(extensions: &Extensions) -> Duration {
        extensions.get::<Self>().map_or(BODY_TIME, |time| time.0)
    }
}

/// The whole body, of at most `limit` bytes, arriving within `time`.
pub(super) async fn bytes(body: Body, limit: usize, time: Duration) -> Result<Bytes, BodyError> {
    // A declared length is enough to refuse: nothing is read, nor does a client that awaits 100-continue get it.
    if body.size_hint().lower() > limit as u64 {
        return Err(BodyError::TooLarge);
    }
    // What came with the head is taken in the seat, and no timer is set for it; who has to be waited for takes nobody's.
    let mut reading = pin!(collect(body, limit));
    match there(reading.as_mut()).await {
        Poll::Ready(read) => read,
        Poll::Pending => {
            let read = admission::sending(tokio::time::timeout(time, reading)).await;
            read.map_err(|_| BodyError::Crowded)?.unwrap_or(Err(BodyError::Slow))
        }
    }
}

/// What can be read without waiting for the client. The connection hands over what it has once it is asked, when it has its next turn.
async fn there<T>(mut reading: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
    let mut asked = false;
    std::future::poll_fn(|cx| match reading.as_mut().poll(cx) {
        Poll::Pending if !asked => {
            asked = true;
            cx.waker().wake_by_ref();
            Poll::Pending
        }
        polled => Poll::Ready(polled),
    })
    .await
}

async fn collect(mut body: Body, limit: usize) -> Result<Bytes, BodyError> {
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
        if first.len() + all.len() + data.len() > limit {
            return Err(BodyError::TooLarge);
        }
        // Most bodies come in one piece, and that one is not copied.
        if first.is_empty() && all.is_empty() {
            first = data;
        } else {
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&data);
        }
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}

/// A body that is lent to whoever answers. What they leave of it can still be read.
#[derive(Clone)]
pub(super) struct Lent(Arc<Mutex<Held>>);

struct Held {
    /// Read already, and not handed on.
    begun: Option<Bytes>,
    rest: Body,
    /// Its client asks before it sends it.
    awaited: bool,
    ended: bool,
}

impl Lent {
    pub(super) fn of(rest: Body, awaited: bool) -> Self {
        Self(Arc::new(Mutex::new(Held { begun: None, rest, awaited, ended: false })))
    }

    pub(super) fn lend(&self) -> Body {
        Body::new(self.clone())
    }

    /// Whether there is nothing in it, which its framing need not say.
    pub(super) async fn is_empty(&self, time: Duration) -> bool {
        let first = async {
            while let Some(frame) = self.clone().frame().await {
                match frame.map(Frame::into_data) {
                    Ok(Ok(data)) if data.is_empty() => {}
                    Ok(Ok(data)) => {
                        self.held().begun = Some(data);
                        return false;
                    }
                    Ok(Err(_)) => {}
                    Err(_) => return false,
                }
            }
            true
        };
        tokio::time::timeout(time, first).await.unwrap_or(false)
    }

    /// Reads what is left, where that is little and comes soon; whether it is at its end then.
    pub(super) async fn drain(&self) -> bool {
        if self.is_end_stream() {
            return true;
        }
        if self.is_worth_nothing() {
            return false;
        }
        let rest = async {
            let mut left = MOST_LEFT;
            while let Some(frame) = self.clone().frame().await {
                let length = frame.map(|frame| frame.data_ref().map_or(0, Bytes::len));
                let Some(less) = length.ok().and_then(|length| left.checked_sub(length)) else { return false };
                left = less;
            }
            true
        };
        tokio::time::timeout(TIME_LEFT, rest).await.unwrap_or(false)
    }

    /// It is long, or its client would be asked for it.
    fn is_worth_nothing(&self) -> bool {
        let held = self.held();
        held.awaited || held.rest.size_hint().lower() > MOST_LEFT as u64
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut held = self.held();
        if let Some(data) = held.begun.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        let polled = Pin::new(&mut held.rest).poll_frame(cx);
        held.ended |= matches!(polled, Poll::Ready(None));
        polled
    }

    fn is_end_stream(&self) -> bool {
        let held = self.held();
        held.begun.is_none() && (held.ended || held.rest.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        let held = self.held();
        let begun = held.begun.as_ref().map_or(0, Bytes::len) as u64;
        let rest = held.rest.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(begun + rest.lower());
        if let Some(upper) = rest.upper() {
            hint.set_upper(begun + upper);
        }
        hint
    }
}

/// As much as a stream may have on its way unread.
const MOST_LEFT: usize = 128 * 1024;
const TIME_LEFT: Duration = Duration::from_secs(1);
const BODY_TIME: Duration = Duration::from_secs(15);

#[cfg(test)]
mod tests {
    use super::*;

    /// A future that ends when it was asked so often, and wakes whoever asks.
    fn at_the(ask: usize) -> impl Future<Output = usize> {
        let mut asked = 0;
        std::future::poll_fn(move |cx| {
            asked += 1;
            cx.waker().wake_by_ref();
            if asked < ask { Poll::Pending } else { Poll::Ready(asked) }
        })
    }

    #[tokio::test]
    async fn what_comes_once_it_is_asked_for_is_not_waited_for() {
        for (ask, found) in [(1, Poll::Ready(1)), (2, Poll::Ready(2)), (3, Poll::Pending)] {
            assert_eq!(there(pin!(at_the(ask))).await, found);
        }
    }
}
