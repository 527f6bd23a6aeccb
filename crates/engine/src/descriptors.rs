//! How many files and connections this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit to the hard one, and says what holds then; None where there is none. The soft one is 1024 nearly everywhere,
/// for the sake of programs that could not count further (`select`), and is every program's own to raise.
pub fn raise() -> Option<u64> {
    let before = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: before.maximum, ..before };
    if wanted.current != before.current
        && let Err(error) = setrlimit(Resource::Nofile, wanted)
    {
        // Some systems have a limit of their own below the one that they name.
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
    getrlimit(Resource::Nofile).current
}
