//! Which variables of the environment are the configuration's, which are Kubernetes', and which are typing mistakes.

use super::keys::KEYS;
use crate::exit::Exit;

/// Every `GRANTOR_*` of the environment that is a key's, in the order of their names.
///
/// # Errors
/// The first that is no key and that nobody but a person can have written; one that is not UTF-8.
pub(super) fn variables() -> Result<Vec<(String, String)>, Exit> {
    let own = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let mut found = Vec::new();
    for (name, value) in own.filter(|(name, _)| name.starts_with("GRANTOR_")) {
        let value = value.into_string().map_err(|_| {
            Exit::Configuration(format!("{name} (from the environment) is not right: it must be UTF-8"))
        })?;
        if KEYS.iter().any(|k| name == k.env || name.strip_suffix("_FILE") == Some(k.env)) {
            found.push((name, value));
        } else if !announces_a_service(&name, &value) {
            return Err(Exit::Configuration(format!("{name} (from the environment) is no key of the configuration")));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Whether Kubernetes, or a link of Docker, sets this variable for a service whose name begins with `grantor`: it is then in
/// every container beside that service, and nobody wrote it.
fn announces_a_service(name: &str, value: &str) -> bool {
    let number = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
    let words: Vec<&str> = name.split('_').collect();
    let is_port = |words: &[&str]| matches!(words, [port, proto] if number(port) && PROTOCOLS.contains(proto));
    match words.as_slice() {
        [_, .., "SERVICE", "HOST"] => true,
        // tcp://10.0.0.5:8085: somebody who takes it for a key would write a number.
        [_, .., "PORT"] if value.contains("://") => true,
        // /web/grantor, of a link.
        [_, .., "NAME"] if value.starts_with('/') => true,
        [_, .., "PORT", port, proto] if is_port(&[*port, *proto]) => true,
        [_, .., "PORT", port, proto, "ADDR" | "PORT" | "PROTO"] if is_port(&[*port, *proto]) => true,
        // With or without the name of the port, which may consist of several words.
        _ => words.windows(2).skip(1).any(|pair| pair == ["SERVICE", "PORT"]) && number(value),
    }
}

const PROTOCOLS: [&str; 3] = ["TCP", "UDP", "SCTP"];

#[cfg(test)]
mod tests {
    use super::announces_a_service;

    /// D5: what kubelet and links of Docker write for services called grantor, grantor-http, grantor-database, grantor-2.
    #[test]
    fn variables_of_a_service_are_told_from_typing_mistakes() {
        for (name, value) in [
            ("GRANTOR_SERVICE_HOST", "10.0.0.5"),
            ("GRANTOR_SERVICE_PORT", "8085"),
            ("GRANTOR_SERVICE_PORT_HTTP", "8085"),
            ("GRANTOR_SERVICE_PORT_HTTP_METRICS", "9090"),
            ("GRANTOR_PORT", "tcp://10.0.0.5:8085"),
            ("GRANTOR_PORT", "udp://[fd00::5]:8085"),
            ("GRANTOR_PORT_8085_TCP", "tcp://10.0.0.5:8085"),
            ("GRANTOR_PORT_8085_TCP_ADDR", "10.0.0.5"),
            ("GRANTOR_PORT_8085_TCP_PORT", "8085"),
            ("GRANTOR_PORT_8085_TCP_PROTO", "tcp"),
            ("GRANTOR_PORT_53_UDP_ADDR", "10.0.0.5"),
            ("GRANTOR_PORT_53_SCTP", "sctp://10.0.0.5:53"),
            ("GRANTOR_HTTP_SERVICE_HOST", "10.0.0.5"),
            ("GRANTOR_HTTP_SERVICE_PORT", "80"),
            ("GRANTOR_HTTP_PORT", "tcp://10.0.0.5:80"),
            ("GRANTOR_HTTP_PORT_80_TCP_ADDR", "10.0.0.5"),
            ("GRANTOR_DATABASE_SERVICE_PORT_POSTGRES", "5432"),
            ("GRANTOR_2_PORT", "tcp://10.0.0.5:80"),
            ("GRANTOR_NAME", "/web/grantor"),
        ] {
            assert!(announces_a_service(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("GRANTOR_HTTP_LISTNE", "127.0.0.1:8085"),
            ("GRANTOR_PORT", "8085"),
            ("GRANTOR_HTTP_PORT", "8085"),
            ("GRANTOR_SERVICE_PORT", "http"),
            ("GRANTOR_PORT_8085", "tcp://10.0.0.5:8085"),
            ("GRANTOR_PORT_X_TCP", "tcp://10.0.0.5:8085"),
            ("GRANTOR_PORT_8085_TCP_NAME", "x"),
            ("GRANTOR_NAME", "auth"),
            ("GRANTOR_HTTP_HOST", "auth.example.com"),
            ("GRANTOR_SERVICE", "x"),
        ] {
            assert!(!announces_a_service(name, value), "{name}={value}");
        }
    }
}
