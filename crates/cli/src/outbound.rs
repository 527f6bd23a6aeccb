//! The settings of requests that leave the server.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine::fetch::{Outbound, Trust};
use protocol::outgoing::{Allowed, Policy};

use crate::config::{Parts, Settings, parts};
use crate::exit::Exit;

/// What `outbound.*` says. Variables such as `HTTPS_PROXY` are not read.
pub(crate) fn outbound(settings: &Settings) -> Result<Outbound, Exit> {
    let defaults = Outbound::default();
    let trust = settings.text("outbound.extra_ca").map(|path| Trust::with(Path::new(path))).transpose();
    let trust = trust.map_err(|why| match settings.wrong("outbound.extra_ca") {
        Exit::Configuration(told) => Exit::Configuration(format!("{told} ({why})")),
        exit => exit,
    })?;
    let allowed = settings.parsed("outbound.allow", |list| {
        list.split(',').map(|entry| Allowed::parse(entry.trim())).collect::<Option<Vec<_>>>()
    })?;
    let timeout = settings
        .parsed("outbound.timeout", |v| v.parse().ok().filter(|seconds| (1..=30).contains(seconds)))?
        .map(Duration::from_secs);
    Ok(Outbound {
        policy: Policy { plain_http: false, allowed: allowed.unwrap_or_default() },
        trust: trust.map_or(defaults.trust, Arc::new),
        proxy: settings.parsed("outbound.proxy", proxy)?,
        timeout: timeout.unwrap_or(defaults.timeout),
        patience: defaults.patience,
    })
}

/// Host and port of `http://proxy.example.com:3128`.
fn proxy(text: &str) -> Option<(String, u16)> {
    let Parts { scheme: "http", host, port: Some(port) } = parts(text)? else { return None };
    Some((host.trim_start_matches('[').trim_end_matches(']').to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_an_origin_with_a_port() {
        assert_eq!(proxy("http://proxy.example:3128"), Some(("proxy.example".into(), 3128)));
        assert_eq!(proxy("http://proxy.example:80"), Some(("proxy.example".into(), 80)));
        assert_eq!(proxy("http://[::1]:8080/"), Some(("::1".into(), 8080)));
        for wrong in
            ["proxy:1", "https://proxy:1", "http://proxy", "http://:1", "http://u:p@proxy:1", "http://proxy:70000"]
        {
            assert_eq!(proxy(wrong), None, "{wrong}");
        }
    }
}
