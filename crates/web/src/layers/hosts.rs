//! Decides for which hosts a server answers (RFC 9110 §7.4: 421 for what it is no authority for).
//!
//! Whose name leads to this machine can change while a page of that name is open (DNS rebinding): the page is then of one origin
//! with whatever answers here. A server that answers to its own names alone is of one origin with nobody.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use axum::body::Body;
use http::Request;
use http::header::HOST;
use http::uri::Authority;

/// The hosts that are answered for.
#[derive(Clone, Debug)]
pub struct Hosts {
    names: Arc<BTreeSet<String>>,
    /// Every name of this machine as well.
    this_machine: bool,
    /// Every address as well.
    addresses: bool,
}

impl Hosts {
    /// These and no others, in small letters; an IPv6 address in its brackets.
    pub fn listed(names: impl IntoIterator<Item = String>) -> Self {
        Self { names: Arc::new(names.into_iter().collect()), this_machine: false, addresses: false }
    }

    /// What cannot be turned from elsewhere to this machine: `localhost` and what is below it (RFC 6761 §6.3), loopback
    /// addresses, and the names that the server was given.
    pub fn of_this_machine(names: impl IntoIterator<Item = String>) -> Self {
        Self { this_machine: true, ..Self::listed(names) }
    }

    /// The same, and whatever is no name: an address leads to one machine alone, whoever wrote it down.
    #[must_use]
    pub fn and_addresses(self) -> Self {
        Self { addresses: true, ..self }
    }

    /// Whether the request is for one of them. One that names no host (HTTP/1.0) comes from no browser.
    pub fn answer_for(&self, request: &Request<Body>) -> bool {
        let named = request.headers().get(HOST).and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
        named.iter().chain(request.uri().authority()).all(|authority| self.have(authority.host()))
    }

    pub(crate) fn have(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        // A dot at the end makes the same name of it (RFC 1034 §3.1).
        let host = host.strip_suffix('.').unwrap_or(&host);
        self.names.contains(host)
            || (self.this_machine && is_this_machine(host))
            || (self.addresses && is_address(host))
    }
}

fn is_address(host: &str) -> bool {
    let bracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    bracketed.map_or_else(|| host.parse::<Ipv4Addr>().is_ok(), |address| address.parse::<Ipv6Addr>().is_ok())
}

fn is_this_machine(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok_and(|address| address.to_canonical().is_loopback());
    }
    host == "localhost" || host.ends_with(".localhost") || host.parse::<Ipv4Addr>().is_ok_and(|a| a.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// F10: what a stranger's name can never be.
    #[test]
    fn names_of_this_machine() {
        let hosts = Hosts::of_this_machine(["dev.example".to_owned()]);
        for host in [
            "localhost",
            "LocalHost",
            "a.b.localhost",
            "localhost.",
            "127.0.0.1",
            "127.3.2.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(hosts.have(host), "{host}");
        }
        assert!(hosts.have("dev.example") && hosts.have("Dev.Example."));
        for host in [
            "rebind.evil.example",
            "localhost.evil.example",
            "xlocalhost",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "[::2]",
            "0.0.0.0",
            "",
        ] {
            assert!(!hosts.have(host), "{host}");
        }
        let remote = hosts.and_addresses();
        assert!(["10.0.0.1", "[::2]", "localhost", "dev.example"].iter().all(|host| remote.have(host)));
        assert!(
            ["rebind.evil.example", "127.0.0.1.evil.example", "1.2.3", "::2"].iter().all(|host| !remote.have(host))
        );
        let listed = Hosts::listed(["auth.example".to_owned()]);
        assert!(listed.have("auth.example") && !listed.have("localhost"));
    }
}
