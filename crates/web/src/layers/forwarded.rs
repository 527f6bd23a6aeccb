//! Decides whose address a request came from, and which certificate its client showed, when it came through a proxy (RFC 7239 §4, §5.2,
//! RFC 9440).
//!
//! A client can send the fields as well as a proxy can. So they are read only on connections from the listed proxies, from
//! the last hop to the first, and no further than the first address that is no listed proxy: whoever stands behind that
//! one could write anything. Only the source address and the client's certificate ever come from them; host, scheme and path never do.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName, HeaderValue, Request};
use ipnet::IpNet;
use protocol::mutual_tls::Sent;

/// The proxies that are believed, and the one field that they set.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    nets: Vec<IpNet>,
    field: Field,
    certificates: bool,
}

/// Which field the proxies set. One is chosen: a proxy passes the other on as its client sent it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Field {
    /// `X-Forwarded-For`: addresses, the nearest last.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239 §4), its `for`.
    Forwarded,
}

impl Proxies {
    /// Nobody is believed when `nets` is empty.
    pub fn new(nets: Vec<IpNet>, field: Field) -> Self {
        Self { nets, field, certificates: false }
    }

    /// The same, and they are believed to say which certificate a client showed them (RFC 9440). Apart, because a proxy that does not
    /// set `Client-Cert` passes it on as its client sent it.
    #[must_use]
    pub fn with_certificates(self) -> Self {
        Self { certificates: true, ..self }
    }

    /// Whether they say which certificate a client showed them.
    pub fn hand_certificates_on(&self) -> bool {
        self.certificates && !self.nets.is_empty()
    }

    /// Gives the request the certificate that its client showed to whoever ended its TLS: this server, or a listed proxy (CJ-35). That of
    /// a proxy itself is nobody's. What anybody else says in the fields is dropped.
    pub fn certificate<T>(&self, peer: IpAddr, request: &mut Request<T>) {
        let listed = self.lists(peer.to_canonical());
        if listed {
            let lines = |name| request.headers().get_all(name).iter().map(HeaderValue::as_bytes).collect::<Vec<_>>();
            let said = if self.certificates {
                Sent::of_proxy(&lines(CLIENT_CERT), &lines(CLIENT_CERT_CHAIN))
            } else {
                Sent::None
            };
            request.extensions_mut().insert(said);
        }
        request.headers_mut().remove(CLIENT_CERT);
        request.headers_mut().remove(CLIENT_CERT_CHAIN);
    }

    /// The listed networks.
    pub fn nets(&self) -> &[IpNet] {
        &self.nets
    }

    /// The address that the request came from. It is the last one that is known for sure: what is unreadable, hidden
    /// (RFC 7239 §6) or absent ends the search at the proxy before it.
    pub fn source(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut source = peer.to_canonical();
        if !self.lists(source) {
            return source;
        }
        for hop in self.hops(headers).into_iter().rev() {
            let Some(address) = hop else { break };
            source = address;
            if !self.lists(source) {
                break;
            }
        }
        source
    }

    fn lists(&self, address: IpAddr) -> bool {
        self.nets.iter().any(|net| net.contains(&address))
    }

    /// Every hop of every line, in their order (RFC 9110 §5.3); None for one that says nothing.
    fn hops(&self, headers: &HeaderMap) -> Vec<Option<IpAddr>> {
        let name = match self.field {
            Field::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
            Field::Forwarded => http::header::FORWARDED,
        };
        let mut hops = Vec::new();
        for line in headers.get_all(name) {
            match line.to_str() {
                Ok(line) => hops.extend(line.split(',').map(|hop| self.read(hop))),
                Err(_) => hops.push(None),
            }
        }
        hops
    }

    fn read(&self, hop: &str) -> Option<IpAddr> {
        match self.field {
            Field::XForwardedFor => node(hop.trim()),
            // No node holds a comma, a semicolon or an escape, so a text that does is none, however it is cut.
            Field::Forwarded => node(hop.split(';').find_map(named_for)?.trim_matches('"')),
        }
    }
}

/// The value of `for`. RFC 7239 §4: the name in any case, no white space around the sign.
fn named_for(pair: &str) -> Option<&str> {
    let (name, value) = pair.trim().split_once('=')?;
    name.eq_ignore_ascii_case("for").then_some(value)
}

/// RFC 7239 §6: an address, with a port perhaps, an IPv6 one then in brackets.
fn node(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

/// RFC 9440 §2.
const CLIENT_CERT: HeaderName = HeaderName::from_static("client-cert");
const CLIENT_CERT_CHAIN: HeaderName = HeaderName::from_static("client-cert-chain");

#[cfg(test)]
mod tests;
