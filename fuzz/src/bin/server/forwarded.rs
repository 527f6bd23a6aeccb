//! `web::layers::forwarded`: what a client writes before the address that a believed proxy wrote changes nothing; only a listed
//! proxy is believed at all; and no address comes out that did not come in. The first octet chooses field and peer; the input
//! is two lines of the field.

use std::net::IpAddr;

use http::{HeaderMap, HeaderValue};
use web::layers::forwarded::{Field, Proxies};

pub fn check((choice, [first, second]): (u8, [&str; 2])) {
    let (field, name) = match choice & 1 {
        0 => (Field::XForwardedFor, "x-forwarded-for"),
        _ => (Field::Forwarded, "forwarded"),
    };
    let nets = ["10.0.0.0/8", "192.0.2.7/32", "fd00::/8"].map(|net| net.parse().expect("a network"));
    let proxies = Proxies::new(nets.to_vec(), field);
    let listed = |address: IpAddr| nets.iter().any(|net| net.contains(&address));
    let peer: IpAddr = ["10.1.2.3", "203.0.113.9", "fd00::1", "::ffff:10.0.0.1"][usize::from(choice >> 1) % 4]
        .parse()
        .expect("an address");
    let source = |lines: &[&str]| {
        let mut headers = HeaderMap::new();
        for line in lines {
            let Ok(value) = HeaderValue::from_str(line) else { continue };
            headers.append(name, value);
        }
        proxies.source(peer, &headers)
    };
    let found = source(&[first, second]);
    let peer = peer.to_canonical();
    assert!(found == peer || listed(peer), "nobody else is believed");
    assert_eq!(found, found.to_canonical());
    // An address stands there in one of its spellings, so its last group does.
    let written = format!("{first},{second}").to_ascii_lowercase();
    let last = match found {
        IpAddr::V4(address) => address.octets()[3].to_string(),
        IpAddr::V6(_) => String::new(),
    };
    assert!(found == peer || written.contains(&last) || written.contains(':'), "{found}");
    if !listed(found) {
        let spoofed = match field {
            Field::XForwardedFor => "198.51.100.1",
            Field::Forwarded => "for=198.51.100.1",
        };
        assert_eq!(source(&[spoofed, first, second]), found, "a line before");
        assert_eq!(source(&[&format!("{spoofed},{first}"), second]), found, "a hop before");
    }
}
