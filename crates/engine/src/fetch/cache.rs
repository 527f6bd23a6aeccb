//! The documents that are kept, each with a lock that the one who fetches it holds while the others wait.
//!
//! An environment has documents of its own even where two name the same address: none waits for another's queue, and none
//! learns what another asked for. So it is within an environment with what the document should be: an address that is named
//! for two purposes is two documents, and fails as one without the other. When the room is used up, the environment with the
//! most entries loses one: of what could not be had, and then of all, the one that it used least recently.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use protocol::id::EnvironmentId;
use protocol::time::Time;

use super::{Answer, Document, Expected, Freshness, Unfetched, Wanted};

type Lock = Arc<tokio::sync::Mutex<Entry>>;

#[derive(Debug, Default)]
pub(super) struct Cache {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    of: HashMap<EnvironmentId, HashMap<Name, Used>>,
    entries: usize,
    uses: u64,
}

/// The address of a document, and what it should be.
type Name = (String, Expected);

#[derive(Debug)]
struct Used {
    lock: Lock,
    at: u64,
}

/// What is known of one document.
#[derive(Debug, Default)]
pub(super) struct Entry {
    document: Option<Arc<Document>>,
    etag: Option<String>,
    fresh_until: Time,
    asked_at: Option<Time>,
    /// The last failure, and until when nobody asks again.
    failed: Option<(Unfetched, Time)>,
}

impl Cache {
    /// The entry of what is `expected` at `url`, where there is one.
    pub(super) fn find(&self, environment: EnvironmentId, url: &str, expected: Expected) -> Option<Lock> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.used(environment, &(url.to_owned(), expected))
    }

    /// The entry of what is `expected` at `url`, made when there is none.
    pub(super) fn entry(&self, environment: EnvironmentId, url: &str, expected: Expected) -> Lock {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let name = (url.to_owned(), expected);
        if let Some(lock) = kept.used(environment, &name) {
            return lock;
        }
        if kept.entries >= MOST {
            kept.shed();
        }
        let (lock, at) = (Lock::default(), kept.uses);
        kept.of.entry(environment).or_default().insert(name, Used { lock: lock.clone(), at });
        kept.entries += 1;
        lock
    }

    /// Drops all entries of an environment; whoever waits for one gets what comes.
    pub(super) fn forget(&self, environment: EnvironmentId) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = kept.of.remove(&environment).map_or(0, |own| own.len());
        kept.entries -= gone;
    }
}

impl Kept {
    fn used(&mut self, environment: EnvironmentId, name: &Name) -> Option<Lock> {
        self.uses += 1;
        let used = self.of.get_mut(&environment)?.get_mut(name)?;
        used.at = self.uses;
        Some(used.lock.clone())
    }

    fn shed(&mut self) {
        let Some((environment, own)) = self.of.iter_mut().max_by_key(|(_, own)| own.len()) else { return };
        let oldest = own.iter().min_by_key(|(_, used)| (used.serves(), used.at));
        let (environment, oldest) = (*environment, oldest.map(|(name, _)| name.clone()));
        if oldest.is_some_and(|name| own.remove(&name).is_some()) {
            self.entries -= 1;
        }
        if own.is_empty() {
            self.of.remove(&environment);
        }
    }
}

impl Used {
    /// Whether somebody could be answered from it, or waits for it.
    fn serves(&self) -> bool {
        self.lock.try_lock().map_or(true, |entry| entry.document.is_some())
    }
}

impl Entry {
    /// What may be answered without asking.
    pub(super) fn usable(
        &self,
        now: Time,
        wanted: Wanted,
        freshness: &Freshness,
    ) -> Option<Result<Arc<Document>, Unfetched>> {
        if let Some((failure, until)) = self.failed
            && now < until
        {
            return Some(self.in_grace(now, freshness).ok_or(failure));
        }
        let recent = self.asked_at.is_some_and(|asked| now < asked.plus(freshness.floor));
        let fresh = now < self.fresh_until && (wanted == Wanted::Kept || recent);
        self.document.clone().filter(|_| fresh).map(Ok)
    }

    /// The document that serves although it is not fresh.
    pub(super) fn in_grace(&self, now: Time, freshness: &Freshness) -> Option<Arc<Document>> {
        self.document.clone().filter(|_| now < self.fresh_until.plus(freshness.grace))
    }

    /// The headers of the request for it (RFC 9110 §13.1.2).
    pub(super) fn conditional(&self, expected: Expected) -> Vec<(&'static str, String)> {
        let etag = self.etag.clone().filter(|_| self.document.is_some());
        let condition = etag.map(|etag| ("if-none-match", etag));
        std::iter::once(("accept", expected.media.join(", "))).chain(condition).collect()
    }

    /// Keeps what came, and says what to answer now.
    pub(super) fn learn(
        &mut self,
        came: Result<Answer, Unfetched>,
        expected: Expected,
        now: Time,
        freshness: &Freshness,
    ) -> Result<Arc<Document>, Unfetched> {
        // It never left, so nothing was learnt.
        if came == Err(Unfetched::Crowded) {
            return self.in_grace(now, freshness).ok_or(Unfetched::Crowded);
        }
        self.asked_at = Some(now);
        match came.and_then(|answer| self.read(answer, expected)) {
            Ok((document, etag, cache_control)) => {
                self.fresh_until = now.plus(freshness.of(cache_control.as_deref()));
                (self.document, self.etag, self.failed) = (Some(document.clone()), etag, None);
                Ok(document)
            }
            Err(failure) => {
                if expected.withdrawn && matches!(failure, Unfetched::Status(404 | 410)) {
                    (self.document, self.etag) = (None, None);
                }
                self.failed = Some((failure, now.plus(freshness.failure)));
                self.in_grace(now, freshness).ok_or(failure)
            }
        }
    }

    fn read(&self, answer: Answer, expected: Expected) -> Result<Learned, Unfetched> {
        match (answer.status, &self.document) {
            (304, Some(kept)) if self.etag.is_some() => {
                Ok((kept.clone(), answer.etag.or_else(|| self.etag.clone()), answer.cache_control))
            }
            (200, _) => {
                let media = expected.takes(answer.media.as_deref()).ok_or(Unfetched::Media)?;
                Ok((
                    Arc::new(Document { media, body: answer.body, ..Document::default() }),
                    answer.etag,
                    answer.cache_control,
                ))
            }
            (status, _) => Err(Unfetched::Status(status)),
        }
    }
}

/// A document with its entity tag and what was said about its age.
type Learned = (Arc<Document>, Option<String>, Option<String>);

/// Documents of all environments. With documents of 64 KiB at most this is 64 MiB at the very worst, and a few in practice.
const MOST: usize = 1024;

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const KEYS: Expected = Expected { media: &["application/json"], largest: 64, withdrawn: false };

    fn environment(number: u128) -> EnvironmentId {
        EnvironmentId::new(Uuid::from_u128(number))
    }

    #[test]
    fn who_fills_the_room_loses_their_own_oldest() {
        let cache = Cache::default();
        let (greedy, modest) = (environment(1), environment(2));
        let modests = cache.entry(modest, "https://modest.example/keys", KEYS);
        let first = cache.entry(greedy, "https://greedy.example/0", KEYS);
        let second = cache.entry(greedy, "https://greedy.example/1", KEYS);
        for number in 2..2 * MOST {
            cache.entry(greedy, &format!("https://greedy.example/{number}"), KEYS);
            assert!(Arc::ptr_eq(&first, &cache.entry(greedy, "https://greedy.example/0", KEYS)), "used all the time");
        }
        assert_eq!(cache.kept.lock().unwrap().entries, MOST);
        assert!(Arc::ptr_eq(&modests, &cache.entry(modest, "https://modest.example/keys", KEYS)));
        assert!(!Arc::ptr_eq(&second, &cache.entry(greedy, "https://greedy.example/1", KEYS)));
    }

    /// CD-07: looking leaves nothing behind, and what could not be had goes before what serves.
    #[tokio::test]
    async fn what_serves_outlives_what_was_made_up() {
        let cache = Cache::default();
        let all = environment(1);
        let serving = cache.entry(all, "https://client.example/kept", KEYS);
        serving.lock().await.document = Some(Arc::default());
        for number in 0..2 * MOST {
            let url = format!("https://made.example/{number}");
            assert!(cache.find(all, &url, KEYS).is_none());
            assert_eq!(cache.kept.lock().unwrap().entries, (number + 1).min(MOST));
            cache.entry(all, &url, KEYS);
        }
        let found = cache.find(all, "https://client.example/kept", KEYS).expect("kept");
        assert!(Arc::ptr_eq(&serving, &found));
    }
}
