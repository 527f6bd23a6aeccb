//! A network, by the address of one of its members and how many bits they share (RFC 4632 §3.1), or one address.

use std::net::IpAddr;

use ipnet::IpNet;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    text: String,
    network: IpNet,
}

impl Range {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let network = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))?;
        Some(Self { text: text.to_owned(), network })
    }

    /// As it was sent.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        self.network.contains(&address.to_canonical())
    }
}
