//! By which names and addresses `grantor dev` is reached, and what follows where other machines may.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use engine::world::System;
use jose::b64;
use protocol::ctx::Entropy as _;
use web::layers::hosts::Hosts;

use crate::args::DevArgs;
use crate::exit::Exit;

/// By which containers and emulators call the machine that they run on.
const OF_GUESTS: [&str; 2] = ["host.docker.internal", "10.0.2.2"];

/// Decides whether it may listen there: its secrets are known to everybody.
pub(super) fn permit(args: &DevArgs) -> Result<(), Exit> {
    let address = args.listen();
    if let Some(name) = args.host.iter().find(|name| host(name).is_none()) {
        return Err(Exit::Configuration(format!(
            "--host {name} is not right: it must be a name or an IPv4 address without a port, such as grantor.test"
        )));
    }
    if args.allow_remote || address.ip().is_loopback() {
        return Ok(());
    }
    Err(Exit::Configuration(format!(
        "--listen {address} is not right: dev has fixed secrets and listens on a loopback address only; --allow-remote lets other \
         machines reach it, and serve is for others than your own"
    )))
}

/// As requests and certificates have it: in small letters, and without the dot at its end, which makes the same name of it
/// (RFC 1034 §3.1). Names of containers may have an underscore, and clients call them by it.
fn host(said: &str) -> Option<String> {
    let said = said.strip_suffix('.').unwrap_or(said);
    crate::config::name(&said.replace('_', "u"))?;
    Some(said.to_ascii_lowercase())
}

/// What the controls ask for where other machines may reach them.
pub(super) fn control_key(args: &DevArgs) -> Option<String> {
    args.allow_remote.then(|| {
        let mut octets = [0; 32];
        System.fill(&mut octets);
        b64::encode(&octets)
    })
}

/// The hosts that are answered for.
pub(super) fn hosts(args: &DevArgs, names: impl IntoIterator<Item = String>) -> Hosts {
    let own = args.host.iter().filter_map(|name| host(name));
    let hosts = names.into_iter().chain(own);
    if !args.allow_remote {
        return Hosts::of_this_machine(hosts);
    }
    // A page of another site can turn its name to this machine, and no address: whoever comes by one is of this server's own origin.
    Hosts::of_this_machine(hosts.chain(OF_GUESTS.map(str::to_owned))).and_addresses()
}

/// The names and addresses that a certificate is for.
pub(super) fn certified(args: &DevArgs, public_host: Option<&str>) -> Vec<String> {
    let own = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let public = public_host.map(|host| host.trim_matches(['[', ']']).to_owned());
    let mut names: Vec<String> = own.into_iter().chain(public).collect();
    names.extend(args.host.iter().filter_map(|name| host(name)));
    if args.allow_remote {
        names.extend(OF_GUESTS.map(str::to_owned));
        names.extend(addresses(args.listen()).iter().map(IpAddr::to_string));
    }
    names.sort();
    names.dedup();
    names
}

/// By which other machines reach it, as far as it knows.
pub(super) fn addresses(listen: SocketAddr) -> Vec<IpAddr> {
    if !listen.ip().is_unspecified() {
        return vec![listen.ip()];
    }
    // Nothing is sent: the system only says from which address it would be. Both are addresses of documentation (RFC 5737, RFC 3849).
    let ways = [("0.0.0.0:0", "192.0.2.1:9"), ("[::]:0", "[2001:db8::1]:9")];
    let from = ways.into_iter().filter_map(|(from, to)| {
        let socket = UdpSocket::bind(from).ok()?;
        socket.connect(to).ok()?;
        Some(socket.local_addr().ok()?.ip())
    });
    from.filter(|address| !address.is_unspecified()).collect()
}

/// What whoever starts it must know.
pub(super) fn warn(listen: SocketAddr) {
    let by: Vec<String> = addresses(listen).iter().map(IpAddr::to_string).collect();
    let by = if by.is_empty() { String::new() } else { format!(", by {}", by.join(", ")) };
    eprintln!(
        "grantor: warning: other machines reach this server on {listen}{by}. Whoever does has its documented secrets and passwords and \
         administers it with them. The controls below /dev/v1, the pages of worlds, sign-on by a click and the registration of applications \
         ask for a key (GRANTOR_CONTROL_KEY)."
    );
}

#[cfg(test)]
mod tests {
    use super::host;

    /// What no client can call, no certificate can be for.
    #[test]
    fn a_host_is_a_name_that_clients_call() {
        for (said, taken) in [
            ("grantor.test", "grantor.test"),
            ("Grantor.Test.", "grantor.test"),
            ("a_b", "a_b"),
            ("_a.b", "_a.b"),
            ("192.168.7.7", "192.168.7.7"),
        ] {
            assert_eq!(host(said).as_deref(), Some(taken), "{said}");
        }
        for said in [
            "",
            ".",
            "-",
            "-a",
            "a-",
            "a_b..",
            "a..b",
            ".a",
            "a b",
            "a:1",
            "http://a",
            "a/",
            "127.1",
            "[::1]",
            "b\u{fc}cher",
        ] {
            assert_eq!(host(said), None, "{said}");
        }
        assert_eq!(host(&"a".repeat(64)), None);
    }
}
