//! Decides whether one more connection may be open, in all and from one source, and which one goes for it: slow and idle connections
//! must not shut others out (F7, TN-03).

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use admission::Source;
use ipnet::IpNet;
use tokio::sync::Notify;

use super::Limits;

/// The connections open now.
#[derive(Debug)]
pub(super) struct Crowd {
    most: usize,
    most_per_source: usize,
    exempt: Vec<IpNet>,
    began: Instant,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    by_source: HashMap<Source, Vec<Arc<Connection>>>,
}

/// What is known of a connection: whether something is under way on it, and since when nothing is.
#[derive(Debug, Default)]
struct Connection {
    under_way: AtomicUsize,
    quiet_since: AtomicU64,
    leave: Notify,
}

impl Crowd {
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            most: limits.connections,
            most_per_source: limits.connections_per_source,
            exempt: limits.proxies.clone(),
            began: Instant::now(),
            open: Mutex::default(),
        })
    }

    /// A place for a connection from `peer`, given back on drop; or which limit stands against it. Where there is none, the idlest of
    /// whoever has most leaves for it, and of a source that has all it may have its own.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr) -> Result<Place, &'static str> {
        self.admit_at(peer, self.began.elapsed())
    }

    fn admit_at(self: &Arc<Self>, peer: IpAddr, now: Duration) -> Result<Place, &'static str> {
        let source = Source::of(peer);
        let counted = !self.exempt.iter().any(|net| net.contains(&peer.to_canonical()));
        let mut open = self.open();
        let own = open.by_source.get(&source).map_or(0, Vec::len);
        if counted && own >= self.most_per_source && !open.let_go(source, now) {
            return Err("source");
        }
        if open.all >= self.most {
            let most = open.by_source.iter().max_by_key(|(_, connections)| connections.len());
            let most = most.map(|(source, _)| *source);
            if !most.is_some_and(|source| open.let_go(source, now)) {
                return Err("total");
            }
        }
        let connection = Arc::new(Connection::default());
        connection.quiet_since.store(millis(now), Ordering::Relaxed);
        open.all += 1;
        if counted {
            open.by_source.entry(source).or_default().push(connection.clone());
        }
        Ok(Place { crowd: Arc::clone(self), source: counted.then_some(source), connection })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        // Every change under the lock is whole.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Tells the idlest connection of the source to leave, and whether there was one: nothing may be under way on it, and its first
    /// request had its time to come.
    fn let_go(&mut self, source: Source, now: Duration) -> bool {
        let idle = |connection: &Connection| {
            let quiet = millis(now).saturating_sub(connection.quiet_since.load(Ordering::Relaxed));
            (connection.under_way.load(Ordering::Relaxed) == 0 && quiet >= millis(QUIET)).then_some(quiet)
        };
        let connections = self.by_source.get(&source).into_iter().flatten();
        let idlest = connections.filter_map(|one| Some((idle(one)?, one.clone()))).max_by_key(|(quiet, _)| *quiet);
        let Some((_, connection)) = idlest else { return false };
        connection.leave.notify_one();
        self.forget(source, &connection)
    }

    /// Whether the connection was counted still.
    fn forget(&mut self, source: Source, connection: &Arc<Connection>) -> bool {
        let Some(connections) = self.by_source.get_mut(&source) else { return false };
        let Some(at) = connections.iter().position(|one| Arc::ptr_eq(one, connection)) else { return false };
        connections.swap_remove(at);
        if connections.is_empty() {
            self.by_source.remove(&source);
        }
        self.all -= 1;
        true
    }
}

/// One open connection's place.
#[derive(Debug)]
pub(super) struct Place {
    crowd: Arc<Crowd>,
    /// None of a reverse proxy, which is not counted by source and never told to leave.
    source: Option<Source>,
    connection: Arc<Connection>,
}

impl Place {
    /// Something that is under way on the connection until what comes back is dropped.
    pub(super) fn under_way(&self) -> UnderWay {
        self.connection.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay { crowd: self.crowd.clone(), connection: self.connection.clone() }
    }

    /// Ends when somebody else needs the place more.
    pub(super) async fn given_up(&self) {
        self.connection.leave.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.crowd.open();
        match self.source {
            // One that was told to leave is counted no more.
            Some(source) => drop(open.forget(source, &self.connection)),
            None => open.all -= 1,
        }
    }
}

/// A request under way.
#[derive(Debug)]
pub(super) struct UnderWay {
    crowd: Arc<Crowd>,
    connection: Arc<Connection>,
}

impl UnderWay {
    /// Lasts until the answer is there.
    pub(super) async fn until<T>(self, answer: impl Future<Output = T>) -> T {
        answer.await
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.connection.quiet_since.store(millis(self.crowd.began.elapsed()), Ordering::Relaxed);
        self.connection.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A connection on which nothing came for so long is idle. Whoever connects sends its request sooner.
const QUIET: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    fn crowd() -> Arc<Crowd> {
        Crowd::new(&Limits { connections: 3, connections_per_source: 2, ..Limits::default() })
    }

    fn sources() -> [IpAddr; 3] {
        ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(|address| address.parse().unwrap())
    }

    const START: Duration = Duration::ZERO;

    #[test]
    fn a_full_source_leaves_room_for_others() {
        let (crowd, [a, b, _]) = (crowd(), sources());
        let first = crowd.admit_at(a, START).unwrap();
        let _second = crowd.admit_at(a, START).unwrap();
        assert_eq!(crowd.admit_at(a, START).unwrap_err(), "source");
        let _third = crowd.admit_at(b, START).unwrap();
        assert_eq!(crowd.admit_at(b, START).unwrap_err(), "total");
        drop(first);
        assert!(crowd.admit_at(a, START).is_ok());
    }

    /// F7: TN-03. Idle connections are closed for a newcomer, the idlest of whoever has most, and none on which something is under way.
    #[tokio::test]
    async fn the_idle_make_room_for_a_newcomer() {
        let (crowd, [a, b, c]) = (crowd(), sources());
        let first = crowd.admit_at(a, START).unwrap();
        let busy = crowd.admit_at(a, START).unwrap();
        let request = busy.under_way();
        let _other = crowd.admit_at(b, START).unwrap();
        assert_eq!(crowd.admit_at(c, Duration::from_secs(1)).unwrap_err(), "total", "all of them are new");
        let newcomer = crowd.admit_at(c, Duration::from_secs(5)).unwrap();
        tokio::time::timeout(Duration::from_secs(5), first.given_up()).await.unwrap();
        assert_eq!(crowd.open().all, 3);
        drop(first);
        assert_eq!(crowd.open().all, 3, "it was counted no more");
        drop((newcomer, request, busy));
        let open = crowd.open();
        assert_eq!((open.all, open.by_source.len()), (1, 1));
    }
}
