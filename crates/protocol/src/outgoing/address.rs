//! Which IP addresses are on the internet: the table of special-purpose blocks (RFC 6890, as IANA keeps it).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// Whether the address may be anybody's server on the internet.
///
/// Addresses that carry an IPv4 address inside them (mapped, NAT64, 6to4, Teredo) are none, whatever they carry: where they
/// lead is decided by a translator that this server does not know.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|block| block.contains(&address)),
        IpAddr::V6(address) => GLOBAL_V6.contains(&address) && !SPECIAL_V6.iter().any(|block| block.contains(&address)),
    }
}

const SPECIAL_V4: [Ipv4Net; 18] = [
    v4([0, 0, 0, 0], 8),        // this network
    v4([10, 0, 0, 0], 8),       // private use
    v4([100, 64, 0, 0], 10),    // shared by carriers (RFC 6598)
    v4([127, 0, 0, 0], 8),      // loopback
    v4([168, 63, 129, 16], 32), // inside each network of one cloud: its metadata and its agent of the host
    v4([169, 254, 0, 0], 16),   // link-local; the clouds keep their credentials here
    v4([172, 16, 0, 0], 12),    // private use
    v4([192, 0, 0, 0], 24),     // IETF protocol assignments
    v4([192, 0, 2, 0], 24),     // documentation
    v4([192, 31, 196, 0], 24),  // AS112
    v4([192, 52, 193, 0], 24),  // automatic multicast tunnelling
    v4([192, 88, 99, 0], 24),   // 6to4 relays, deprecated
    v4([192, 168, 0, 0], 16),   // private use
    v4([192, 175, 48, 0], 24),  // AS112
    v4([198, 18, 0, 0], 15),    // benchmarks
    v4([198, 51, 100, 0], 24),  // documentation
    v4([203, 0, 113, 0], 24),   // documentation
    v4([224, 0, 0, 0], 3),      // multicast, reserved, broadcast
];

/// What is assigned for global unicast (RFC 4291 §2.4). Outside are loopback, mapped and compatible addresses, NAT64
/// (`64:ff9b::/96`, `64:ff9b:1::/48`), discard-only, segment routing, unique-local, link- and site-local, and multicast.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0], 3);

const SPECIAL_V6: [Ipv6Net; 5] = [
    v6([0x2001, 0, 0], 23),         // IETF protocol assignments: Teredo, benchmarks, ORCHID
    v6([0x2001, 0xdb8, 0], 32),     // documentation
    v6([0x2002, 0, 0], 16),         // 6to4
    v6([0x2620, 0x4f, 0x8000], 48), // AS112
    v6([0x3fff, 0, 0], 20),         // documentation
];

const fn v4(octets: [u8; 4], length: u8) -> Ipv4Net {
    let [a, b, c, d] = octets;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6(first: [u16; 3], length: u8) -> Ipv6Net {
    let [a, b, c] = first;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), length)
}
