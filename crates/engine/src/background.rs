//! Threads for work that must not compete with the requests.

use std::thread;

/// How far a thread gives way to those that serve requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Niceness(i32);

impl Niceness {
    /// Not at all. A thread of a program without privileges cannot take back what it gave up, so whoever may have to be
    /// quick later is another thread from the beginning.
    pub(crate) const NONE: Self = Self(0);
    /// A third of a core is left of it while others want all of that.
    pub(crate) const THIRD: Self = Self(3);
    /// A tenth.
    pub(crate) const TENTH: Self = Self(10);
}

/// Starts a named thread. One that cannot be started is logged: then its work is not done.
pub(crate) fn thread(name: &str, niceness: Niceness, work: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().name(name.to_owned());
    let lowered = move || {
        yield_to_others(niceness);
        work();
    };
    if let Err(error) = thread.spawn(lowered) {
        tracing::error!(%error, name, "a thread could not be started");
    }
}

/// Linux schedules each thread by its own niceness, so that on a single core the work runs in what the requests leave over.
#[cfg(target_os = "linux")]
fn yield_to_others(Niceness(niceness): Niceness) {
    if niceness == 0 {
        return;
    }
    let thread = rustix::thread::gettid();
    if let Err(error) = rustix::process::setpriority_process(Some(thread), niceness) {
        tracing::warn!(%error, "the priority of a thread could not be lowered");
    }
}

#[cfg(not(target_os = "linux"))]
fn yield_to_others(_: Niceness) {}
