//! What a server makes of the signals that it gets. None ends it but those that mean to: whatever else operators, log rotation
//! and reload commands send to any process is taken and at most logged.

use tokio::signal::unix::{Signal, SignalKind, signal};
use web::tls::Tls;

/// The signals are taken from now on.
#[derive(Debug)]
pub(crate) struct Signals {
    hangup: Option<Signal>,
}

impl Signals {
    /// Takes them over: first of all, because a reload may be asked for while the database is still being opened. Must run on a
    /// runtime.
    pub(crate) fn take() -> Self {
        for number in UNMEANT.into_iter().chain(FIRST_OF_REAL_TIME..=LAST_OF_REAL_TIME) {
            // Once registered it ends the process no more, although nobody waits for it. What this system does not have it
            // cannot send either.
            let _ = signal(SignalKind::from_raw(number));
        }
        Self { hangup: signal(SignalKind::hangup()).ok() }
    }

    /// Reads the certificate again whenever it is asked to.
    pub(crate) async fn follow(self, tls: Option<Tls>) {
        let Some(mut hangup) = self.hangup else { return };
        while hangup.recv().await.is_some() {
            match tls.as_ref().map(Tls::reload) {
                None => tracing::info!("SIGHUP: there is no certificate to read again"),
                Some(Ok(())) => tracing::info!("certificate reloaded"),
                Some(Err(error)) => tracing::error!(%error, "the certificate was not reloaded; the one before stays"),
            }
        }
    }
}

/// Signals that end a process by default and that are sent for other purposes: to open logs again (SIGUSR1), to upgrade
/// (SIGUSR2), by timers and profilers (SIGALRM, SIGVTALRM, SIGPROF), when input is ready (SIGIO), when a file is too large
/// (SIGXFSZ: the write fails instead). Ctrl-C, SIGTERM, SIGQUIT and SIGPWR mean the end.
#[cfg(target_os = "linux")]
const UNMEANT: [i32; 8] = [10, 12, 14, 16, 25, 26, 27, 29];
#[cfg(not(target_os = "linux"))]
const UNMEANT: [i32; 3] = [30, 31, 14];
/// Those below are the C library's own.
#[cfg(target_os = "linux")]
const FIRST_OF_REAL_TIME: i32 = 34;
#[cfg(target_os = "linux")]
const LAST_OF_REAL_TIME: i32 = 64;
#[cfg(not(target_os = "linux"))]
const FIRST_OF_REAL_TIME: i32 = 1;
#[cfg(not(target_os = "linux"))]
const LAST_OF_REAL_TIME: i32 = 0;
