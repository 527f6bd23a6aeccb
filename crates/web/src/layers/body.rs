//! Decides how much of a request's body is read, and for how long it is waited for (RFC 9110 §15.5.9, §15.5.14).

use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use http::Extensions;
use http_body_util::BodyExt;

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
    tokio::time::timeout(time, collect(body, limit)).await.unwrap_or(Err(BodyError::Slow))
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

const BODY_TIME: Duration = Duration::from_secs(15);
