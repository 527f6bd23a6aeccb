//! Who may use what everybody shares, and when: by where a request comes from and for whom it is.
//!
//! Everything shared asks here (TN-03): hashing of passwords, requests under way, lists, requests that leave the server, rows of refusals,
//! failed names. [`Line`] says whose turn it is among those who wait, and who goes when there are too many: pure, so that its
//! promises are tested for every order of events. [`Gate`] counts who is in and lets the others wait in a line. [`Buckets`]
//! is for what is counted over time. All of them are bounded, whoever comes and however many.

mod bucket;
mod gate;
mod heaviest;
mod line;
mod processor;
mod seat;

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use uuid::Uuid;

pub use bucket::{Buckets, Rate};
pub use gate::{Crowded, Gate, Place, Seats};
pub use heaviest::Heaviest;
pub use line::{Bounds, Level, Line, Shed};
pub use processor::Processor;
pub use seat::{Seat, aside, asking, idle, reading, seated, sending};

/// Where a request comes from: an IPv4 address, or an IPv6 /64 in its /48 (RFC 4291 §2.5.4, RFC 6177: a subscriber holds at least the
/// former, and at most sites the latter).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Source {
    net: u128,
    own: u128,
}

impl Source {
    /// Of this server itself, and of whoever has no address.
    pub const NONE: Self = Self { net: 0, own: 0 };

    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => {
                let own = u128::from(address.to_ipv6_mapped());
                Self { net: own, own }
            }
            IpAddr::V6(address) => {
                let bits = u128::from(address);
                Self { net: bits >> 80 << 80, own: bits >> 64 << 64 }
            }
        }
    }

    /// The bits of the network: an IPv4 address, as IPv6 maps it, or an IPv6 /48.
    pub fn net(self) -> u128 {
        self.net
    }

    /// The bits of an IPv4 address, as IPv6 maps it, or of an IPv6 /64.
    pub fn own(self) -> u128 {
        self.own
    }
}

impl fmt::Display for Source {
    /// An IPv4 address, or an IPv6 network.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match IpAddr::V6(Ipv6Addr::from(self.own)).to_canonical() {
            IpAddr::V4(address) => address.fmt(f),
            IpAddr::V6(network) => write!(f, "{network}/64"),
        }
    }
}

impl From<Option<IpAddr>> for Source {
    /// Whoever has no address, such as this server itself, is one source.
    fn from(address: Option<IpAddr>) -> Self {
        address.map_or(Self::NONE, Self::of)
    }
}

/// Who wants something: from where, and in which environment. Nil where in none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Claim {
    pub environment: Uuid,
    pub source: Source,
}

impl Claim {
    pub fn new(environment: Uuid, source: Option<IpAddr>) -> Self {
        Self { environment, source: source.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_ipv6_subscriber_is_one_source_and_mapped_ipv4_is_ipv4() {
        let [a, b, c, d] = ["2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1", "2001:db8:1::1"]
            .map(|address: &str| Source::of(address.parse().unwrap()));
        assert_eq!(a, b);
        assert!(a != c && a.net() == c.net() && c.net() != d.net());
        let [mapped, plain, other] =
            ["::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2"].map(|address: &str| Source::of(address.parse().unwrap()));
        assert_eq!(mapped, plain);
        assert_ne!(plain.net(), other.net());
    }
}
