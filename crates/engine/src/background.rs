//! Threads for work that must not compete with the requests.

use std::thread;

/// Starts a named thread of low priority. One that cannot be started is logged: then its work is not done.
pub(crate) fn thread(name: &str, work: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().name(name.to_owned());
    let lowered = move || {
        yield_to_others();
        work();
    };
    if let Err(error) = thread.spawn(lowered) {
        tracing::error!(%error, name, "a thread could not be started");
    }
}

/// Linux schedules each thread by its own niceness, so that on a single core the work runs in what the requests leave over.
#[cfg(target_os = "linux")]
fn yield_to_others() {
    let thread = rustix::thread::gettid();
    if let Err(error) = rustix::process::setpriority_process(Some(thread), NICENESS) {
        tracing::warn!(%error, "the priority of a thread could not be lowered");
    }
}

#[cfg(not(target_os = "linux"))]
fn yield_to_others() {}

/// About a tenth of a normal thread's share while others want the core.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;
