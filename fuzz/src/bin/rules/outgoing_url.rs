//! `protocol::outgoing`: what is admitted is read alike by the guard and by a cruder reading of RFC 3986, and leads to
//! public addresses only. The input is two lines: the address, and what its name resolves to.

use std::net::IpAddr;

use protocol::outgoing::{Policy, Target, is_public};

pub fn check(lines: &str) {
    let (url, resolved) = lines.split_once('\n').unwrap_or((lines, "8.8.8.8"));
    let resolved: Vec<IpAddr> = resolved.split(' ').filter_map(|address| address.parse().ok()).collect();
    let policy = Policy::default();
    let Ok(target) = Target::read(url, &policy) else { return };
    let Ok(checked) = target.admit(&resolved, &policy) else { return };
    assert!(checked.is_tls() && !checked.addresses().is_empty());
    assert!(checked.addresses().iter().all(|address| is_public(address.ip())));
    let (_, rest) = url.split_once("://").expect("absolute");
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = checked.host();
    assert!(authority.get(..host.len()).is_some_and(|start| start.eq_ignore_ascii_case(host)));
    assert!(matches!(authority[host.len()..].chars().next(), None | Some(':')));
    assert!(checked.path().starts_with('/') && checked.path().is_ascii());
}
