//! Decides when the server stops: not ready, then not accepting, then draining, then gone.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// The stages of an orderly end, shared by every part of the process. Clones are the same shutdown.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    draining: CancellationToken,
    stopping: CancellationToken,
    now: CancellationToken,
}

impl Shutdown {
    /// Nothing is ending yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// `/readyz` answers 503 from now on; requests are still served.
    pub fn drain(&self) {
        self.draining.cancel();
    }

    /// No connection is accepted any more; what runs may end (HTTP/2: GOAWAY, RFC 9113 §6.8).
    pub fn stop(&self) {
        self.draining.cancel();
        self.stopping.cancel();
    }

    /// Everything ends now.
    pub fn abort(&self) {
        self.stop();
        self.now.cancel();
    }

    /// Whether the end has begun.
    pub fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// Whether connections are no longer accepted.
    pub fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Comes back when [`Self::stop`] was called.
    pub async fn stopped(&self) {
        self.stopping.cancelled().await;
    }

    /// The same for what lasts as long as the server.
    pub(super) fn until_stopped(&self) -> WaitForCancellationFutureOwned {
        self.stopping.clone().cancelled_owned()
    }

    /// Comes back when [`Self::abort`] was called.
    pub async fn aborted(&self) {
        self.now.cancelled().await;
    }

    /// Waits for a signal that means the end and then ends in order: not ready; after `delay`, so that load balancers notice,
    /// stop. A second signal at any time ends everything at once. The signals are taken when this comes back: announce nothing
    /// before. What it hands out runs until then; spawn it.
    pub fn on_signals(self, delay: Duration) -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
        let end = ends()?;
        Ok(self.end_on(end, delay))
    }

    async fn end_on(self, mut end: Vec<Signal>, delay: Duration) {
        received(&mut end).await;
        tracing::info!(event = "shutdown", "ending; a second signal ends at once");
        self.drain();
        tokio::select! {
            () = tokio::time::sleep(delay) => self.stop(),
            () = received(&mut end) => self.abort(),
        }
        received(&mut end).await;
        self.abort();
    }
}

/// The signals that mean the end: of service managers, of terminals, of images that say so (SIGQUIT), and of a failing supply.
fn ends() -> std::io::Result<Vec<Signal>> {
    let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::quit()];
    let kinds = kinds.into_iter().chain(cfg!(target_os = "linux").then_some(SignalKind::from_raw(POWER)));
    kinds.map(signal).collect()
}

/// Comes back when one of them arrived.
async fn received(signals: &mut [Signal]) {
    poll_fn(|cx| {
        // Each is asked, so that each wakes the task.
        let arrived = signals.iter_mut().filter_map(|signal| signal.poll_recv(cx).is_ready().then_some(())).count();
        if arrived > 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// SIGPWR, as Linux numbers it.
const POWER: i32 = 30;
