//! What a `postgres://` URL says, parameter by parameter: what is not understood is named, with the way where there is one.
//!
//! Neither the URL nor a value of it is ever shown: each may hold a password.

use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{SslMode, SslNegotiation, TargetSessionAttrs};

use crate::driver::StoreError;

/// A server to connect to.
pub(super) struct Asked {
    pub(super) config: Config,
    /// Path of a PEM file with the certificates to trust.
    pub(super) roots: Option<String>,
}

impl Asked {
    /// Reads the URL.
    ///
    /// # Errors
    /// [`StoreError::Unsuitable`] with the parameter that is not understood, or whose value is not.
    pub(super) fn read(url: &str) -> Result<Self, StoreError> {
        let (server, query) = url.split_once('?').unwrap_or((url, ""));
        if query.contains('@') && !server.contains('@') {
            return Err(wrong("its user name or password holds a question mark: write %3F for it"));
        }
        let (mut mode, mut roots, mut rest) = (SslMode::Disable, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (name, value) {
                ("sslmode", "disable" | "allow") => mode = SslMode::Disable,
                ("sslmode", "prefer") => mode = SslMode::Prefer,
                ("sslmode", "require" | "verify-ca" | "verify-full") => mode = SslMode::Require,
                ("sslmode", _) => {
                    return Err(wrong("sslmode must be disable, allow, prefer, require, verify-ca or verify-full"));
                }
                // A server that can be written to, whatever it is called: libpq's word, and the driver's.
                ("target_session_attrs", "primary" | "read-write") => rest.push("target_session_attrs=read-write"),
                ("target_session_attrs", "any") => rest.push(pair),
                ("target_session_attrs", _) => {
                    return Err(wrong("target_session_attrs must be primary, read-write or any: the server writes"));
                }
                ("sslrootcert", path) => roots = Some(decoded(path).ok_or_else(|| unreadable("sslrootcert"))?),
                _ if says_what_is_so(name, value) => {}
                _ if !KNOWN.contains(&name) => return Err(unknown(name)),
                _ if format!("postgres://h?{pair}").parse::<Config>().is_err() => return Err(unreadable(name)),
                _ => rest.push(pair),
            }
        }
        // The parser's error could quote the URL, and the URL may hold a password.
        let mut config: Config = format!("{server}?{}", rest.join("&")).parse().map_err(|_| {
            wrong("it must be postgres://user:password@host:port/database, with reserved characters as %XX")
        })?;
        config.ssl_mode(mode);
        if config.get_application_name().is_none() {
            config.application_name(APPLICATION);
        }
        fits(&config)?;
        let named = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
        // Of several hosts one is the leader.
        if config.get_hosts().len().max(config.get_hostaddrs().len()) > 1 && !named("target_session_attrs") {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        if !named("keepalives_idle") {
            config.keepalives_idle(Duration::from_secs(5));
        }
        if !named("keepalives_interval") {
            config.keepalives_interval(Duration::from_secs(2));
        }
        if !named("keepalives_retries") {
            config.keepalives_retries(2);
        }
        Ok(Self { config, roots })
    }
}

/// What the sessions of a server that opens the database by this URL are called.
///
/// # Errors
/// As [`Asked::read`].
pub(crate) fn application(url: &str) -> Result<String, StoreError> {
    let Asked { config, .. } = Asked::read(url)?;
    Ok(config.get_application_name().unwrap_or(APPLICATION).to_owned())
}

/// What the driver would find only when it connects, as a server that is away.
fn fits(config: &Config) -> Result<(), StoreError> {
    let (hosts, addresses) = (config.get_hosts().len(), config.get_hostaddrs().len());
    let (ports, negotiation) = (config.get_ports().len(), config.get_ssl_negotiation());
    if hosts == 0 && addresses == 0 {
        return Err(wrong(
            "it names no host: write postgres://user@host/database, or host=/var/run/postgresql behind the ?",
        ));
    }
    if hosts > 0 && addresses > 0 && hosts != addresses {
        return Err(wrong("as many of hostaddr as of host are wanted"));
    }
    if ports > 1 && ports != hosts.max(addresses) {
        return Err(wrong("its ports do not fit its hosts: write host:port, or host and port both behind the ?"));
    }
    if negotiation == SslNegotiation::Direct && config.get_ssl_mode() != SslMode::Require {
        return Err(wrong("sslnegotiation=direct wants sslmode=require or verify-full beside it"));
    }
    Ok(())
}

/// Parameters of libpq that ask for what happens anyway: no GSSAPI, UTF-8, no compression.
fn says_what_is_so(name: &str, value: &str) -> bool {
    match name {
        "gssencmode" => matches!(value, "disable" | "prefer"),
        "client_encoding" => matches!(value.to_ascii_lowercase().as_str(), "utf8" | "utf-8"),
        "sslcompression" => value == "0",
        "sslsni" => value == "1",
        "fallback_application_name" => true,
        _ => false,
    }
}

fn unknown(name: &str) -> StoreError {
    let way = match name {
        "search_path" | "schema" | "currentSchema" => "write options=-c search_path=… for it",
        "ssl" | "tls" => "write sslmode=verify-full for it",
        "gssencmode" => "GSSAPI is not spoken here, write gssencmode=disable",
        "client_encoding" => "everything is UTF-8",
        "statement_timeout" | "lock_timeout" => "write it as options=-c name=value",
        "sslcert" | "sslkey" | "sslpassword" => "client certificates are not supported",
        _ => "leave it out, or write a setting of the database as options=-c name=value",
    };
    // A name is shown only where it looks like one.
    let plain = name.len() <= 40 && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
    let shown = if plain { format!("the parameter {name}") } else { "a parameter".to_owned() };
    wrong(&format!("{shown} is not understood: {way}"))
}

fn unreadable(name: &str) -> StoreError {
    wrong(&format!("the value of {name} is not understood"))
}

fn wrong(what: &str) -> StoreError {
    StoreError::Unsuitable(format!("the database URL is not right: {what}"))
}

/// RFC 3986 §2.1.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).ok()
}

/// What sessions are called where the URL does not say.
const APPLICATION: &str = "grantor";
/// What the driver reads by itself.
const KNOWN: [&str; 18] = [
    "user",
    "password",
    "dbname",
    "options",
    "application_name",
    "sslnegotiation",
    "host",
    "hostaddr",
    "port",
    "connect_timeout",
    "tcp_user_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "target_session_attrs",
    "channel_binding",
    "load_balance_hosts",
];

#[cfg(test)]
mod tests {
    use super::{Asked, Duration, SslMode, StoreError, TargetSessionAttrs};

    fn complaint(query: &str) -> String {
        match Asked::read(&format!("postgres://user:hunter2@host/d{query}")) {
            Err(StoreError::Unsuitable(text)) => text,
            Err(other) => format!("another error: {other}"),
            Ok(_) => "none".to_owned(),
        }
    }

    #[test]
    fn sslmode_is_read_as_documented() {
        let mode = |query: &str| Asked::read(&format!("postgres://a:b@h/d{query}")).map(|a| a.config.get_ssl_mode());
        assert_eq!(mode(""), Ok(SslMode::Disable));
        assert_eq!(mode("?sslmode=prefer"), Ok(SslMode::Prefer));
        assert_eq!(mode("?application_name=x&sslmode=verify-full&sslrootcert=/ca.pem"), Ok(SslMode::Require));
        assert!(mode("?sslmode=maybe").is_err());
    }

    /// D15: each is named, with the way where there is one.
    #[test]
    fn a_parameter_that_is_not_understood_is_named() {
        for (query, wanted) in [
            ("?pgbouncer=true", "the parameter pgbouncer is not understood"),
            ("?sslmode=require&pool_max_conns=5", "the parameter pool_max_conns is not understood"),
            ("?search_path=app", "search_path is not understood: write options=-c search_path=…"),
            ("?schema=app", "schema is not understood: write options=-c search_path=…"),
            ("?gssencmode=require", "write gssencmode=disable"),
            ("?ssl=true", "ssl is not understood: write sslmode=verify-full"),
            ("?sslcert=/x.pem", "client certificates are not supported"),
            ("?client_encoding=LATIN1", "everything is UTF-8"),
            ("?alone", "the parameter alone is not understood"),
            ("?sslmode=no-verify", "sslmode must be disable, allow, prefer, require, verify-ca or verify-full"),
            ("?connect_timeout=soon", "the value of connect_timeout is not understood"),
            ("?target_session_attrs=standby", "target_session_attrs must be primary, read-write or any"),
            ("?target_session_attrs=read-only", "target_session_attrs must be primary, read-write or any"),
            ("?sslrootcert=%FF", "the value of sslrootcert is not understood"),
        ] {
            let told = complaint(query);
            assert!(told.contains(wanted), "{query}: {told}");
            assert!(told.starts_with("the database URL is not right: "), "{told}");
        }
    }

    /// D15: what no server is asked with.
    #[test]
    fn a_url_that_cannot_be_connected_to_is_refused() {
        for (url, wanted) in [
            ("postgres://", "it names no host"),
            ("postgres:///d", "it names no host"),
            ("postgres:///d?user=u&password=hunter2", "it names no host"),
            ("postgres://a,b/d?hostaddr=192.0.2.1", "as many of hostaddr as of host"),
            ("postgres://a:1,b:2/d?port=3", "its ports do not fit its hosts"),
            ("postgres://a/d?port=6432", "its ports do not fit its hosts"),
            ("postgres:///d?host=a&port=1,2", "its ports do not fit its hosts"),
            ("postgres://h/d?sslnegotiation=direct", "sslnegotiation=direct wants"),
            ("postgres://h/d?sslmode=prefer&sslnegotiation=direct", "sslnegotiation=direct wants"),
        ] {
            let Err(StoreError::Unsuitable(told)) = Asked::read(url).map(|_| ()) else { panic!("{url}") };
            assert!(told.contains(wanted) && !told.contains("hunter2"), "{url}: {told}");
        }
        for url in [
            "postgres:///d?host=/var/run/postgresql",
            "postgres:///d?hostaddr=192.0.2.1",
            "postgres:///d?host=a&port=1",
            "postgres://a:1,b:2/d",
            "postgres://a/d?hostaddr=192.0.2.1",
            "postgres://h/d?sslmode=verify-full&sslnegotiation=direct",
        ] {
            assert!(Asked::read(url).is_ok(), "{url}");
        }
    }

    /// H2, H11: of several hosts the leader is meant, by whichever word; and a connection that nobody answers ends.
    #[test]
    fn of_several_hosts_the_leader_is_meant() {
        let read = |hosts: &str, query: &str| Asked::read(&format!("postgres://u@{hosts}/d{query}")).unwrap().config;
        for (hosts, query, wanted) in [
            ("a", "", TargetSessionAttrs::Any),
            ("a", "?target_session_attrs=primary", TargetSessionAttrs::ReadWrite),
            ("a,b", "", TargetSessionAttrs::ReadWrite),
            ("a,b", "?target_session_attrs=any", TargetSessionAttrs::Any),
            ("a,b", "?target_session_attrs=read-write", TargetSessionAttrs::ReadWrite),
        ] {
            assert_eq!(read(hosts, query).get_target_session_attrs(), wanted, "{hosts}{query}");
        }
        let kept = |query: &str| {
            let config = read("a", query);
            (config.get_keepalives_idle().as_secs(), config.get_keepalives_interval(), config.get_keepalives_retries())
        };
        assert_eq!(kept(""), (5, Some(Duration::from_secs(2)), Some(2)));
        assert_eq!(kept("?keepalives_idle=60&keepalives_retries=9"), (60, Some(Duration::from_secs(2)), Some(9)));
    }

    /// D15: what asks for what happens anyway is let through, and so is what the driver reads.
    #[test]
    fn a_parameter_that_changes_nothing_is_let_through() {
        for query in [
            "?gssencmode=disable",
            "?client_encoding=UTF8&fallback_application_name=x&sslsni=1&sslcompression=0",
            "?options=-c search_path=app",
            "?options=-c%20search_path%3Dapp&connect_timeout=3&keepalives_idle=30&channel_binding=prefer",
            "?host=/var/run/postgresql&user=x",
        ] {
            assert_eq!(complaint(query), "none", "{query}");
        }
        let roots = |query: &str| Asked::read(&format!("postgres://h/d{query}")).ok().and_then(|asked| asked.roots);
        assert_eq!(roots("?sslrootcert=%2Fetc%2Fmy%20ca.pem").as_deref(), Some("/etc/my ca.pem"));
    }

    #[test]
    fn an_unreadable_url_is_not_quoted() {
        for url in [
            "postgres://user:hunter2@host:notaport/d",
            "postgres://user:hun?ter2=1@host/d",
            "postgres://user:x@host/d?hunter2 is my password=1",
            "postgres://user:x@host/d?connect_timeout=hunter2",
        ] {
            let error = Asked::read(url).map(|_| ()).err();
            assert!(matches!(error, Some(StoreError::Unsuitable(_))), "{error:?}");
            assert!(!format!("{error:?}").contains("hunter2") && !format!("{error:?}").contains("ter2"), "{error:?}");
        }
    }
}
