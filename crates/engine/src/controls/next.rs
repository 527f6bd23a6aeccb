//! What the next answers of an environment are to be, in the order in which they were asked for.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use protocol::refusal::Reason;
use serde_json::{Map, Value};

use super::place::Place;

/// The next answers that were chosen.
#[derive(Debug, Default)]
pub struct Next {
    /// How many there are: where there is none, nobody waits for a lock.
    count: AtomicUsize,
    last: AtomicU64,
    list: Mutex<List>,
}

#[derive(Debug, Default)]
struct List {
    wanted: Vec<Wanted>,
    /// How often it was emptied.
    emptied: u64,
}

/// One choice: for which requests, and how often.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub id: u64,
    pub place: Place,
    /// Of this client alone.
    pub client: Option<String>,
    pub times: u32,
    pub forced: Forced,
}

/// What an answer is to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Forced {
    Refuse(Reason),
    Claims(Arc<Claims>),
    /// As it is, and later.
    Delay(Duration),
    /// The connection ends without one.
    Drop,
    /// 200, and JSON that breaks off.
    Malformed,
    Status {
        status: u16,
        /// Seconds.
        retry_after: Option<u64>,
    },
}

/// What is said otherwise of somebody.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims {
    pub set: Map<String, Value>,
    pub remove: Vec<String>,
}

/// A choice that a request took; it is given back where the request did not come to it.
#[derive(Debug)]
pub struct Taken {
    pub forced: Forced,
    pub id: u64,
    wanted: Wanted,
    emptied: u64,
}

/// There are as many as are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl Next {
    /// Adds a choice behind the others.
    ///
    /// # Errors
    /// There are [`MOST`] already.
    pub fn add(&self, place: Place, client: Option<String>, times: u32, forced: Forced) -> Result<u64, Full> {
        let mut list = self.list();
        if list.wanted.len() >= MOST {
            return Err(Full);
        }
        let id = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        list.wanted.push(Wanted { id, place, client, times, forced });
        self.count.store(list.wanted.len(), Ordering::Release);
        Ok(id)
    }

    pub fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }

    pub fn clear(&self) {
        let mut list = self.list();
        list.wanted.clear();
        list.emptied += 1;
        self.count.store(0, Ordering::Release);
    }

    /// Takes the first choice for a request of this client at this endpoint.
    pub fn take(&self, place: Place, client: Option<&str>) -> Option<Taken> {
        if self.is_empty() {
            return None;
        }
        let mut list = self.list();
        let at = list.wanted.iter().position(|wanted| wanted.is_for(place, client))?;
        let found = &mut list.wanted[at];
        found.times -= 1;
        let wanted = found.clone();
        if wanted.times == 0 {
            list.wanted.remove(at);
        }
        self.count.store(list.wanted.len(), Ordering::Release);
        Some(Taken { forced: wanted.forced.clone(), id: wanted.id, wanted, emptied: list.emptied })
    }

    /// Takes a choice back that came to nothing: the request was refused, or no token was made of it.
    pub fn give_back(&self, taken: Taken) {
        let mut list = self.list();
        if list.emptied != taken.emptied {
            return;
        }
        if let Some(wanted) = list.wanted.iter_mut().find(|wanted| wanted.id == taken.id) {
            wanted.times += 1;
        } else {
            let before = list.wanted.iter().position(|wanted| wanted.id > taken.id);
            let at = before.unwrap_or(list.wanted.len());
            list.wanted.insert(at, Wanted { times: 1, ..taken.wanted });
        }
        self.count.store(list.wanted.len(), Ordering::Release);
    }

    fn list(&self) -> MutexGuard<'_, List> {
        // Every change under the lock is whole.
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wanted {
    fn is_for(&self, place: Place, client: Option<&str>) -> bool {
        // Tokens of the authorization endpoint come from the end of the flow that it began.
        let ends = self.place == Place::Authorize && place == Place::Resume;
        let here = self.place == place || ends && matches!(self.forced, Forced::Claims(_));
        here && self.client.as_deref().is_none_or(|wanted| client == Some(wanted))
    }
}

impl Claims {
    /// What is said then.
    pub fn change(&self, claims: &mut Map<String, Value>) {
        for name in &self.remove {
            claims.remove(name);
        }
        for (name, value) in &self.set {
            claims.insert(name.clone(), value.clone());
        }
    }
}

/// Choices that an environment keeps.
pub const MOST: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16) -> Forced {
        Forced::Status { status, retry_after: None }
    }

    fn told(next: &Next, client: &str) -> Option<Forced> {
        next.take(Place::Token, Some(client)).map(|taken| taken.forced)
    }

    #[test]
    fn choices_are_taken_in_their_order_by_whom_they_are_for() {
        let next = Next::default();
        next.add(Place::Token, Some("a".into()), 2, status(500)).unwrap();
        next.add(Place::Token, None, 1, status(429)).unwrap();
        assert_eq!(told(&next, "b"), Some(status(429)));
        assert_eq!(told(&next, "b"), None);
        assert_eq!(
            (told(&next, "a"), told(&next, "a"), told(&next, "a")),
            (Some(status(500)), Some(status(500)), None)
        );
        assert!(next.is_empty());
    }

    #[test]
    fn what_came_to_nothing_is_there_again_unless_the_list_was_emptied() {
        let next = Next::default();
        for times in [1, 2] {
            next.add(Place::Token, None, times, status(500)).unwrap();
            let taken = next.take(Place::Token, None).unwrap();
            next.give_back(taken);
            assert_eq!(next.list().wanted[0].times, times);
            let taken = next.take(Place::Token, None).unwrap();
            next.clear();
            next.give_back(taken);
            assert!(next.is_empty());
        }
        let first = next.add(Place::Token, None, 1, status(500)).unwrap();
        next.add(Place::Token, None, 1, status(501)).unwrap();
        let taken = next.take(Place::Token, None).unwrap();
        next.give_back(taken);
        assert_eq!(next.take(Place::Token, None).unwrap().id, first, "it has its place again");
    }

    #[test]
    fn no_more_are_kept_than_there_is_room_for() {
        let next = Next::default();
        for _ in 0..MOST {
            next.add(Place::Jwks, None, 1, Forced::Drop).unwrap();
        }
        assert_eq!(next.add(Place::Jwks, None, 1, Forced::Drop), Err(Full));
    }
}
