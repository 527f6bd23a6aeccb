//! What may be shown once: in memory, or as a row of the journal that the disk has before the answer (RFC 7523 §3).

use std::collections::HashMap;
use std::sync::Mutex;

use crate::durable::Journal;
use crate::token::{Digest, Refusal, SERVER_ERROR, locked};

#[derive(Default)]
pub(crate) struct Once {
    /// Until when each counts.
    seen: Mutex<HashMap<Digest, u64>>,
}

impl Once {
    /// # Errors
    /// `used` where it was shown before.
    pub(crate) async fn only(
        &self,
        journal: Option<&Journal>,
        digest: Digest,
        until: u64,
        used: Refusal,
    ) -> Result<(), Refusal> {
        match journal {
            // The primary key lets nobody in twice.
            Some(journal) => journal.record(digest, "").await.map_err(|_| SERVER_ERROR),
            None if locked(&self.seen).insert(digest, until).is_some() => Err(used),
            None => Ok(()),
        }
    }

    /// As many that nobody will show.
    pub(crate) fn fill(&self, count: u64, until: u64) {
        let mut seen = locked(&self.seen);
        for n in 0..count {
            seen.insert(crate::token::digest_of(&n.to_string()), until);
        }
    }
}
