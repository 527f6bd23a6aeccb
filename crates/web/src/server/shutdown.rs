//! Decides when the server stops: not ready, then not accepting, then draining, then gone.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

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

    /// Comes back when [`Self::abort`] was called.
    pub async fn aborted(&self) {
        self.now.cancelled().await;
    }

    /// Waits for SIGTERM or SIGINT and then ends in order: not ready; after `delay`, so that load balancers notice, stop.
    /// A second signal at any time ends everything at once. Runs until then; spawn it.
    pub async fn on_signals(self, delay: Duration) -> std::io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        tracing::info!(event = "shutdown", "ending; a second signal ends at once");
        self.drain();
        tokio::select! {
            () = tokio::time::sleep(delay) => self.stop(),
            _ = terminate.recv() => self.abort(),
            _ = interrupt.recv() => self.abort(),
        }
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        self.abort();
        Ok(())
    }
}
