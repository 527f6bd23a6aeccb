//! Decides whether one more connection may be open, in all and from one source (slow and idle connections must not shut others out).

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use ipnet::IpNet;

use super::Limits;

/// The connections open now.
#[derive(Debug)]
pub(super) struct Crowd {
    most: usize,
    most_per_source: usize,
    exempt: Vec<IpNet>,
    open: AtomicUsize,
    by_source: Mutex<HashMap<IpAddr, usize>>,
}

impl Crowd {
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            most: limits.connections,
            most_per_source: limits.connections_per_source,
            exempt: limits.proxies.clone(),
            open: AtomicUsize::new(0),
            by_source: Mutex::default(),
        })
    }

    /// A place for a connection from `peer`, given back on drop; or which limit stands against it.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr) -> Result<Place, &'static str> {
        let source = source(peer);
        let counted = !self.exempt.iter().any(|net| net.contains(&peer.to_canonical()));
        if self.open.fetch_add(1, Ordering::Relaxed) >= self.most {
            self.open.fetch_sub(1, Ordering::Relaxed);
            return Err("total");
        }
        let place = Place { crowd: Arc::clone(self), source: counted.then_some(source) };
        if counted {
            let mut by_source = self.by_source.lock().unwrap_or_else(PoisonError::into_inner);
            let open = by_source.entry(source).or_insert(0);
            *open += 1;
            if *open > self.most_per_source {
                // `place` gives the count back on its way out, after the lock.
                drop(by_source);
                return Err("source");
            }
        }
        Ok(place)
    }
}

/// One open connection's place.
#[derive(Debug)]
pub(super) struct Place {
    crowd: Arc<Crowd>,
    source: Option<IpAddr>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.crowd.open.fetch_sub(1, Ordering::Relaxed);
        let Some(source) = self.source else { return };
        let mut by_source = self.crowd.by_source.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = by_source.get_mut(&source) {
            *open -= 1;
            if *open == 0 {
                by_source.remove(&source);
            }
        }
    }
}

/// The source that an address stands for: IPv4 itself, IPv6 its /64 (RFC 4291 §2.5.4: one subscriber holds at least that).
pub(crate) fn source(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_source_leaves_room_for_others() {
        let crowd = Crowd::new(&Limits { connections: 3, connections_per_source: 2, ..Limits::default() });
        let [a, b]: [IpAddr; 2] = ["192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap()];
        let first = crowd.admit(a).unwrap();
        let _second = crowd.admit(a).unwrap();
        assert_eq!(crowd.admit(a).unwrap_err(), "source");
        let _third = crowd.admit(b).unwrap();
        assert_eq!(crowd.admit(b).unwrap_err(), "total");
        drop(first);
        assert!(crowd.admit(a).is_ok());
    }

    #[test]
    fn one_ipv6_subscriber_is_one_source_and_mapped_ipv4_is_ipv4() {
        let [a, b, c]: [IpAddr; 3] = ["2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1"].map(|a| a.parse().unwrap());
        assert_eq!(source(a), source(b));
        assert_ne!(source(a), source(c));
        assert_eq!(source("::ffff:192.0.2.1".parse().unwrap()), "192.0.2.1".parse::<IpAddr>().unwrap());
    }
}
