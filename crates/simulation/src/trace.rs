//! What happened in a run, in its order: the same seed gives the same, line by line.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

/// The lines, and a number that differs where one of them does.
#[derive(Debug)]
pub(crate) struct Trace {
    begun: Instant,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    digest: u64,
    lines: Vec<String>,
}

impl Trace {
    /// At the beginning of a run.
    pub(crate) fn new() -> Self {
        Self { begun: Instant::now(), kept: Mutex::default() }
    }

    pub(crate) fn tell(&self, what: &str) {
        let line = format!("{:>12.3} {what}", self.begun.elapsed().as_secs_f64());
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        for byte in line.bytes() {
            // FNV-1a.
            kept.digest = (kept.digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        kept.lines.push(line);
    }

    pub(crate) fn digest(&self) -> u64 {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).digest
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).lines.clone()
    }

    pub(crate) fn begun(&self) -> Instant {
        self.begun
    }
}
