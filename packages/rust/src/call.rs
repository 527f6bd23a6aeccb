//! What a control is before it is asked: awaited, or waited for.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use crate::Error;

/// A control that is asked once it is awaited, or waited for.
#[must_use = "nothing is asked before it is awaited, or waited for"]
pub struct Call<T>(Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>);

impl<T> Call<T> {
    pub(crate) fn new(asks: impl Future<Output = Result<T, Error>> + Send + 'static) -> Self {
        Self(Box::pin(asks))
    }

    /// Waits for it on this thread. The server has threads of its own, so it may be on any.
    ///
    /// # Errors
    /// What the control was refused with.
    pub fn wait(mut self) -> Result<T, Error> {
        let waker = Waker::from(Arc::new(Parked(std::thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            match self.0.as_mut().poll(&mut context) {
                Poll::Ready(answer) => return answer,
                Poll::Pending => std::thread::park(),
            }
        }
    }
}

impl<T> Future for Call<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Call")
    }
}

/// The thread that waits.
struct Parked(Thread);

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
