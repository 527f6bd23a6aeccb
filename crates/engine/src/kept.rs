//! What this process keeps in memory of the store, up to a bound: what nobody asked for longest goes first.
//!
//! Reading takes no lock that a load or an eviction holds for long: entries are spread over shards, and an eviction makes
//! room in one of them for many that come later.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A bounded map. Clone the values cheaply: they are handed out.
#[derive(Debug)]
pub(crate) struct Kept<K, V> {
    shards: Box<[RwLock<Shard<K, V>>]>,
    hasher: RandomState,
    /// Entries per shard at most.
    room: usize,
    /// Counts what was kept: the time by which an entry's age is told.
    clock: AtomicU64,
}

#[derive(Debug)]
struct Shard<K, V> {
    entries: HashMap<K, Entry<V>>,
    /// Counts what was forgotten, so that what was read before a change is not kept after it.
    forgotten: u64,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    used: AtomicU64,
}

/// A moment before a read: what was read since is kept only while nothing was forgotten.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment(u64);

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    /// `shards` is how many threads find room beside each other, `capacity` how much is kept in all.
    pub(crate) fn new(shards: usize, capacity: usize) -> Self {
        let shard = || RwLock::new(Shard { entries: HashMap::new(), forgotten: 0 });
        Self {
            shards: (0..shards.max(1)).map(|_| shard()).collect(),
            hasher: RandomState::new(),
            room: (capacity / shards.max(1)).max(1),
            clock: AtomicU64::new(0),
        }
    }

    pub(crate) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let shard = self.read(key);
        let entry = shard.entries.get(key)?;
        let now = self.clock.load(Ordering::Relaxed);
        // Written only when it says something new, so that readers do not take the line from each other.
        if entry.used.load(Ordering::Relaxed) != now {
            entry.used.store(now, Ordering::Relaxed);
        }
        Some(entry.value.clone())
    }

    /// Some entry, whichever.
    pub(crate) fn any(&self) -> Option<V> {
        let values = self.shards.iter().map(|shard| shard.read().unwrap_or_else(PoisonError::into_inner));
        values.into_iter().find_map(|shard| shard.entries.values().next().map(|entry| entry.value.clone()))
    }

    /// Before the read of what will be kept under `key`.
    pub(crate) fn moment<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Moment
    where
        K: Borrow<Q>,
    {
        Moment(self.read(key).forgotten)
    }

    /// Keeps what was read since `moment`, unless something was forgotten meanwhile.
    pub(crate) fn keep(&self, key: K, value: V, moment: Moment) {
        let now = self.clock.fetch_add(1, Ordering::Relaxed) + 1;
        let mut shard = self.write(&key);
        if shard.forgotten != moment.0 {
            return;
        }
        if shard.entries.len() >= self.room && !shard.entries.contains_key(&key) {
            shard.lose_the_oldest(self.room.div_ceil(PART));
        }
        shard.entries.insert(key, Entry { value, used: AtomicU64::new(now) });
    }

    pub(crate) fn forget<Q: Eq + Hash + ?Sized>(&self, key: &Q)
    where
        K: Borrow<Q>,
    {
        let mut shard = self.write(key);
        shard.forgotten += 1;
        shard.entries.remove(key);
    }

    pub(crate) fn forget_all(&self) {
        for shard in &self.shards {
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            shard.forgotten += 1;
            shard.entries.clear();
        }
    }

    fn shard<Q: Hash + ?Sized>(&self, key: &Q) -> &RwLock<Shard<K, V>> {
        let hash = if self.shards.len() == 1 { 0 } else { self.hasher.hash_one(key) };
        &self.shards[(hash % self.shards.len() as u64) as usize]
    }

    // No panic leaves a shard half changed.
    fn read<Q: Hash + ?Sized>(&self, key: &Q) -> RwLockReadGuard<'_, Shard<K, V>> {
        self.shard(key).read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write<Q: Hash + ?Sized>(&self, key: &Q) -> RwLockWriteGuard<'_, Shard<K, V>> {
        self.shard(key).write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash, V> Shard<K, V> {
    fn lose_the_oldest(&mut self, count: usize) {
        let mut ages: Vec<u64> = self.entries.values().map(|entry| entry.used.load(Ordering::Relaxed)).collect();
        let index = count.min(ages.len()).saturating_sub(1);
        let (_, last, _) = ages.select_nth_unstable(index);
        let (last, mut left) = (*last, count);
        self.entries.retain(|_, entry| {
            let goes = left > 0 && entry.used.load(Ordering::Relaxed) <= last;
            left -= usize::from(goes);
            !goes
        });
    }
}

/// An eviction makes room for one in so many.
const PART: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_first() {
        let kept = Kept::new(1, 32);
        for n in 0..32 {
            kept.keep(n, n, kept.moment(&n));
        }
        assert_eq!((kept.get(&0), kept.get(&1)), (Some(0), Some(1)));
        kept.keep(32, 32, kept.moment(&32));
        assert_eq!((kept.get(&0), kept.get(&1), kept.get(&32)), (Some(0), Some(1), Some(32)), "used a moment ago");
        assert_eq!((kept.get(&2), kept.get(&3)), (None, None), "nobody asked for them longest");
        assert!((4..32).all(|n| kept.get(&n).is_some()), "all others stay");
        for n in 33..10_000 {
            kept.keep(n, n, kept.moment(&n));
        }
        assert!((0..10_000).filter(|n| kept.get(n).is_some()).count() <= 32);
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let kept = Kept::new(4, 8);
        let before = kept.moment("a");
        kept.forget("a");
        kept.keep("a".to_owned(), 1, before);
        assert_eq!(kept.get("a"), None);
        kept.keep("a".to_owned(), 2, kept.moment("a"));
        assert_eq!((kept.get("a"), kept.any()), (Some(2), Some(2)));
    }
}
