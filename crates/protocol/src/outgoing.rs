//! Which addresses this server may call on somebody else's word: a `jwks_uri`, a `request_uri`, a place to notify.
//!
//! Whoever registers such an address makes the server send a request from inside its network. So the text must have one
//! reading, the host must be out on the internet, and the connection goes to exactly the addresses that were checked
//! ([`Checked`] is made nowhere else): what a name resolves to a moment later does not matter (RFC 9700 §4.11 is about
//! redirects, RFC 9101 §10.4.1 and OIDC Core §16.20 about fetching; the blocks are those of RFC 6890).

mod address;

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use url::{Host, Url};

pub use address::is_public;

/// What the operator permits beyond the rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// `http` as well as `https`: for a developer's server.
    pub plain_http: bool,
    /// Hosts and networks that may be called although they are not on the internet.
    pub allowed: Vec<Allowed>,
}

/// One entry of the operator's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// A name in lower case; every address it resolves to.
    Host(String),
    Network(IpNet),
}

/// Why an address is not called. Says nothing about what is behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("the address is not a URL that has one reading")]
    Spelling,
    #[error("the address is longer than {LONGEST} characters")]
    TooLong,
    #[error("the scheme of the address is not https")]
    Scheme,
    #[error("the address holds a user name or a password")]
    Userinfo,
    #[error("the address has a fragment")]
    Fragment,
    #[error("the host of the address is not a full name, or an address spelled in the usual way")]
    Host,
    #[error("the port of the address is not one that documents are published at")]
    Port,
    #[error("the host of the address is not on the internet")]
    NotPublic,
    #[error("the name of the host has no address")]
    Unknown,
}

/// An address whose text is in order. Only [`Target::read`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    url: Url,
    host: Host<String>,
    port: u16,
}

/// A target with the socket addresses that may be connected to; at least one. Only [`Target::admit`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    target: Target,
    addresses: Vec<SocketAddr>,
}

impl Allowed {
    /// A network such as `10.1.0.0/16`, an address, or a host name.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(network) = text.parse::<IpNet>() {
            return Some(Self::Network(network.trunc()));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Some(Self::Network(address.into()));
        }
        let name = text.to_ascii_lowercase();
        let is_name = name.split('.').all(is_label) && !is_numeric(&name);
        is_name.then_some(Self::Host(name))
    }
}

impl Policy {
    fn allows_name(&self, name: &str) -> bool {
        self.allowed.iter().any(|entry| matches!(entry, Allowed::Host(host) if host == name))
    }

    fn allows_address(&self, address: IpAddr) -> bool {
        self.allowed.iter().any(|entry| matches!(entry, Allowed::Network(network) if network.contains(&address)))
    }
}

impl Target {
    /// Decides whether the text is an address that may be looked up.
    ///
    /// # Errors
    /// [`Unfit`], the first thing that is wrong. A literal address that is not on the internet is [`Unfit::NotPublic`].
    pub fn read(text: &str, policy: &Policy) -> Result<Self, Unfit> {
        if text.len() > LONGEST {
            return Err(Unfit::TooLong);
        }
        // The WHATWG parser repairs what it can: tabs vanish, backslashes turn. RFC 3986 §2 has none of these characters.
        if !text.bytes().all(|b| b.is_ascii_graphic() && !br#"\"<>^`{|}"#.contains(&b)) {
            return Err(Unfit::Spelling);
        }
        let (scheme, rest) = text.split_once(':').ok_or(Unfit::Spelling)?;
        if !(scheme.eq_ignore_ascii_case("https") || policy.plain_http && scheme.eq_ignore_ascii_case("http")) {
            return Err(Unfit::Scheme);
        }
        let authority = rest.strip_prefix("//").ok_or(Unfit::Spelling)?.split(['/', '?', '#']).next();
        let authority = authority.unwrap_or_default();
        if authority.contains('@') {
            return Err(Unfit::Userinfo);
        }
        if text.contains('#') {
            return Err(Unfit::Fragment);
        }
        let url = Url::parse(text).map_err(|_| Unfit::Host)?;
        let written = host_of(authority);
        // One reading: what the parser understood is what was written. `0x7f.1`, `2130706433` and `%6c` are not.
        if !url.host_str().is_some_and(|host| host.eq_ignore_ascii_case(written)) {
            return Err(Unfit::Host);
        }
        let host = url.host().ok_or(Unfit::Host)?.to_owned();
        let port = url.port_or_known_default().ok_or(Unfit::Port)?;
        if !is_published(port, url.scheme()) {
            return Err(Unfit::Port);
        }
        let target = Self { url, host, port };
        target.check_host(policy)?;
        Ok(target)
    }

    fn check_host(&self, policy: &Policy) -> Result<(), Unfit> {
        match &self.host {
            Host::Ipv4(address) => permit(IpAddr::V4(*address), policy),
            Host::Ipv6(address) => permit(IpAddr::V6(*address), policy),
            Host::Domain(name) if policy.allows_name(name) => Ok(()),
            // RFC 6761 §6.3, RFC 6762 §3, RFC 8375: names that are never looked up on the internet.
            Host::Domain(name) if HERE.iter().any(|here| is_below(name, here)) => Err(Unfit::NotPublic),
            // A name without a dot, or with one at its end, is whatever the resolver's search list makes of it.
            Host::Domain(name) if name.contains('.') && name.split('.').all(is_label) => Ok(()),
            Host::Domain(_) => Err(Unfit::Host),
        }
    }

    /// The name to look up; None for a literal address.
    pub fn name(&self) -> Option<&str> {
        match &self.host {
            Host::Domain(name) => Some(name),
            Host::Ipv4(_) | Host::Ipv6(_) => None,
        }
    }

    /// Decides with what the name resolved to (nothing, for a literal address). One address that is not on the internet
    /// refuses all: who mixes them hopes that the connection takes the other one.
    ///
    /// # Errors
    /// [`Unfit::Unknown`] without an address, [`Unfit::NotPublic`].
    pub fn admit(self, resolved: &[IpAddr], policy: &Policy) -> Result<Checked, Unfit> {
        let found = match &self.host {
            Host::Ipv4(address) => vec![IpAddr::V4(*address)],
            Host::Ipv6(address) => vec![IpAddr::V6(*address)],
            Host::Domain(_) => resolved.to_vec(),
        };
        if found.is_empty() {
            return Err(Unfit::Unknown);
        }
        if !self.name().is_some_and(|name| policy.allows_name(name)) {
            found.iter().try_for_each(|address| permit(*address, policy))?;
        }
        let addresses = found.into_iter().map(|address| SocketAddr::new(address, self.port)).collect();
        Ok(Checked { target: self, addresses })
    }

    /// The address as text, as it was understood.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }
}

impl Checked {
    /// The only addresses that a connection may go to.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    pub fn is_tls(&self) -> bool {
        self.target.url.scheme() == "https"
    }

    /// The host as in a URL, an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        self.target.url.host_str().unwrap_or_default()
    }

    /// What the `Host` field says (RFC 9110 §7.2).
    pub fn authority(&self) -> String {
        let port = self.target.url.port().map(|port| format!(":{port}"));
        format!("{}{}", self.host(), port.unwrap_or_default())
    }

    /// Path and query: the target in origin form (RFC 9112 §3.2.1).
    pub fn path(&self) -> String {
        let url = &self.target.url;
        url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    /// The address as text, as it was understood.
    pub fn as_str(&self) -> &str {
        self.target.as_str()
    }
}

fn permit(address: IpAddr, policy: &Policy) -> Result<(), Unfit> {
    if is_public(address) || policy.allows_address(address) { Ok(()) } else { Err(Unfit::NotPublic) }
}

/// The host as it was written, brackets included.
fn host_of(authority: &str) -> &str {
    let end = match authority.strip_prefix('[') {
        Some(rest) => rest.find(']').map(|end| end + 2),
        None => authority.find(':'),
    };
    end.and_then(|end| authority.get(..end)).unwrap_or(authority)
}

/// Letters, digits, hyphens inside (RFC 1123 §2.1), and underscores, which real hosts have.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Whether some parser takes the name for an IPv4 address: the last label begins with a digit.
fn is_numeric(name: &str) -> bool {
    name.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_digit()))
}

fn is_below(name: &str, parent: &str) -> bool {
    name.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Documents are published at the scheme's own port, or at one that an unprivileged program may open. Of those, what other
/// services are known to listen at is left out: a request that reaches them is either an attack or a mistake.
fn is_published(port: u16, scheme: &str) -> bool {
    match port {
        443 => true,
        80 => scheme == "http",
        0..1024 => false,
        _ => SERVICES.binary_search(&port).is_err(),
    }
}

/// Longer ones meet limits of other software anyway.
const LONGEST: usize = 2048;

const HERE: [&str; 6] = ["localhost", "local", "localdomain", "internal", "home.arpa", "invalid"];

/// Sorted. Databases, queues, remote control, container and cluster interfaces, mail and chat; among them what browsers
/// refuse to call ("bad ports" of the Fetch standard).
const SERVICES: [u16; 49] = [
    1080, 1433, 1521, 1719, 1720, 1723, 2049, 2181, 2375, 2376, 2379, 2380, 3128, 3260, 3306, 3389, 3659, 4045, 4190,
    4222, 5060, 5061, 5432, 5672, 5900, 5984, 5985, 5986, 6000, 6379, 6443, 6566, 6665, 6666, 6667, 6668, 6669, 6679,
    6697, 9042, 9092, 9200, 9300, 10080, 10250, 11211, 26379, 27017, 27018,
];

#[cfg(test)]
mod tests;
