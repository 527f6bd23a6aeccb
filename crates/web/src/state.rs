//! What every handler holds.

use std::sync::Arc;

use engine::App;
use url::{Host, Url};

use crate::layers::rate::Failures;
use crate::metrics::Metrics;
use crate::page::{Around, Links};

/// The web server's state: the application, and what only HTTP knows.
#[derive(Debug)]
pub struct Web {
    pub app: Arc<App>,
    pub metrics: Arc<Metrics>,
    /// Failed client authentications and sign-ons, by source and account (RFC 6749 §2.3.1: protection against guessing).
    pub failures: Failures,
    /// Cookies may leave out `Secure`: the public address is `http` on this machine.
    pub plain_cookies: bool,
    /// What `grantor dev` shows on its front page; None on every other server.
    pub dev: Option<crate::dev::Front>,
    pub links: PageLinks,
}

/// Where the operator's words for people are: the pages link to them.
#[derive(Debug, Clone, Default)]
pub struct PageLinks {
    /// Their terms of service.
    pub terms: Option<String>,
    /// Their privacy policy.
    pub privacy: Option<String>,
    /// Where people find help; `mailto:` as well.
    pub support: Option<String>,
}

impl Web {
    /// What stands around a page: of this environment, and `here` if it can be asked for again in another language.
    pub(crate) fn around<'a>(&'a self, environment: Option<&'a str>, here: Option<&'a str>) -> Around<'a> {
        let PageLinks { terms, privacy, support } = &self.links;
        let links = Links { terms: terms.as_deref(), policy: privacy.as_deref(), support: support.as_deref() };
        let environment = environment.map(|name| if self.dev.is_some() { crate::dev::short(name) } else { name });
        Around { environment, links, here, front: self.dev.as_ref().map(|_| "/") }
    }
}

/// The state as axum shares it.
pub type AppState = Arc<Web>;

/// Whether cookies of `public_url` have to do without `Secure`: only plain HTTP on this machine may, and must, for there
/// are browsers that keep no such cookie from it.
pub fn plain_cookies(public_url: &str) -> bool {
    Url::parse(public_url).is_ok_and(|url| url.scheme() == "http" && is_this_machine(&url))
}

/// Whether an address is on this machine: 127.0.0.0/8, ::1, `localhost` and what is below it (RFC 6761 §6.3,
/// RFC 1122 §3.2.1.3, RFC 4291 §2.5.3), in every spelling. No name service can point these elsewhere.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::plain_cookies;

    /// D19: every spelling of this machine over plain HTTP, and nothing else.
    #[test]
    fn cookies_are_plain_on_this_machine_alone() {
        for host in [
            "localhost",
            "LOCALHOST",
            "LocalHost:8085",
            "localhost.",
            "x.localhost:1",
            "a.b.LOCALHOST",
            "127.0.0.1",
            "127.1",
            "127.0.0.2:80",
            "127.255.255.254",
            "0x7f.1",
            "2130706433",
            "[::1]",
            "[::1]:8085",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
            "%6cocalhost",
        ] {
            assert!(plain_cookies(&format!("http://{host}")), "{host}");
            assert!(plain_cookies(&format!("HTTP://{host}/")), "{host}");
            assert!(!plain_cookies(&format!("https://{host}")), "{host}");
        }
        for host in [
            "localhost.example",
            "xlocalhost",
            "127.0.0.1.example",
            "128.0.0.1",
            "10.0.0.1",
            "0.0.0.0",
            "[::]",
            "[::2]",
            "[fe80::1]",
            "[::ffff:10.0.0.1]",
            "localhost@evil.example",
            "auth.example",
            "",
        ] {
            assert!(!plain_cookies(&format!("http://{host}")), "{host}");
        }
        assert!(!plain_cookies("localhost") && !plain_cookies(""));
    }
}
