//! The configuration of `serve`: one table of keys, and where each value may come from.
//!
//! Flags > `GRANTOR_*_FILE` > `GRANTOR_*` > `--config FILE` > default. What is unknown is an error, and every error names
//! the key, where its value came from, and what would be right.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use engine::{Layout, Mount};
use protocol::id::EnvironmentId;

use crate::args::ServeArgs;
use crate::exit::Exit;

/// A key of the configuration.
struct Key {
    name: &'static str,
    env: &'static str,
    /// What would be right, for the error message.
    right: &'static str,
}

const KEYS: &[Key] = &[
    Key { name: "http.listen", env: "GRANTOR_HTTP_LISTEN", right: "an address such as 127.0.0.1:8085" },
    Key {
        name: "http.public_url",
        env: "GRANTOR_HTTP_PUBLIC_URL",
        right: "an origin such as https://auth.example.com, without a path",
    },
    Key {
        name: "http.api_url",
        env: "GRANTOR_HTTP_API_URL",
        right: "an origin such as https://api.example.com, without a path",
    },
    Key { name: "http.tls.certificate", env: "GRANTOR_HTTP_TLS_CERTIFICATE", right: "the path of a PEM file" },
    Key { name: "http.tls.key", env: "GRANTOR_HTTP_TLS_KEY", right: "the path of a PEM file" },
    Key {
        name: "http.management_listen",
        env: "GRANTOR_HTTP_MANAGEMENT_LISTEN",
        right: "an address such as 127.0.0.1:9090, or off",
    },
    Key {
        name: "http.trusted_proxies",
        env: "GRANTOR_HTTP_TRUSTED_PROXIES",
        right: "addresses or networks such as 10.0.0.0/8, separated by commas",
    },
    Key { name: "http.forwarded_header", env: "GRANTOR_HTTP_FORWARDED_HEADER", right: "x-forwarded-for or forwarded" },
    Key { name: "shutdown.delay", env: "GRANTOR_SHUTDOWN_DELAY", right: "a number of seconds from 0 to 3600" },
    Key { name: "database.url", env: "GRANTOR_DATABASE_URL", right: "sqlite:PATH or postgres://…" },
    Key { name: "master_key", env: "GRANTOR_MASTER_KEY", right: "32 bytes in base64" },
    Key { name: "admin.environment_id", env: "GRANTOR_ADMIN_ENVIRONMENT_ID", right: "a lower-case UUID" },
    Key { name: "admin.client_id", env: "GRANTOR_ADMIN_CLIENT_ID", right: "a lower-case UUID" },
    Key {
        name: "admin.client_secret",
        env: "GRANTOR_ADMIN_CLIENT_SECRET",
        right: "at least 16 characters of A-Z a-z 0-9 . _ ~ -, and no placeholder",
    },
    Key { name: "regions", env: "GRANTOR_REGIONS", right: "some of AP, AU, CA, EU, NA and SG, separated by commas" },
    Key { name: "audit.tokens", env: "GRANTOR_AUDIT_TOKENS", right: "batched or strict" },
    Key { name: "audit.days", env: "GRANTOR_AUDIT_DAYS", right: "a number of days from 1 to 36500" },
    Key { name: "log.format", env: "GRANTOR_LOG_FORMAT", right: "text or json" },
    Key { name: "outbound.extra_ca", env: "GRANTOR_OUTBOUND_EXTRA_CA", right: "the path of a PEM file" },
    Key { name: "outbound.allow", env: "GRANTOR_OUTBOUND_ALLOW", right: "host names or CIDRs, separated by commas" },
    Key {
        name: "outbound.proxy",
        env: "GRANTOR_OUTBOUND_PROXY",
        right: "an address such as http://proxy.example.com:3128",
    },
    Key { name: "outbound.timeout", env: "GRANTOR_OUTBOUND_TIMEOUT", right: "a number of seconds from 1 to 30" },
];

/// A value and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) value: String,
    origin: String,
}

/// Every value that was given.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    values: BTreeMap<&'static str, Setting>,
    pub(crate) mounts: Vec<Mount>,
}

impl Settings {
    /// Reads files, environment and flags, in this order; later ones win.
    pub(crate) fn read(args: &ServeArgs) -> Result<Self, Exit> {
        let mut settings = Self::default();
        for path in &args.config {
            settings.read_file(path)?;
        }
        settings.read_environment()?;
        settings.read_flags(args)?;
        Ok(settings)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|s| s.value.as_str())
    }

    /// The value parsed, or the error that says what would be right.
    pub(crate) fn parsed<T>(&self, name: &'static str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Exit> {
        let Some(setting) = self.values.get(name) else { return Ok(None) };
        parse(&setting.value).map(Some).ok_or_else(|| self.wrong(name))
    }

    /// The error for a key whose value is not right. The value itself is not shown: it may be a secret.
    pub(crate) fn wrong(&self, name: &'static str) -> Exit {
        let origin = self.values.get(name).map_or("the default", |s| s.origin.as_str());
        let right = KEYS.iter().find(|k| k.name == name).map_or("another value", |k| k.right);
        Exit::Configuration(format!("{name} (from {origin}) is not right: it must be {right}"))
    }

    fn set(&mut self, name: &'static str, value: String, origin: String) {
        self.values.insert(name, Setting { value, origin });
    }

    fn read_file(&mut self, path: &Path) -> Result<(), Exit> {
        let origin = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Exit::Configuration(format!("{origin} cannot be read: {error}")))?;
        let table: toml::Table =
            text.parse().map_err(|error| Exit::Configuration(format!("{origin} is not TOML: {error}")))?;
        self.read_table("", &table, &origin)
    }

    fn read_table(&mut self, prefix: &str, table: &toml::Table, origin: &str) -> Result<(), Exit> {
        for (name, value) in table {
            let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            if path == "mounts" {
                self.mounts = mounts(value, origin)?;
                continue;
            }
            if let toml::Value::Table(inner) = value {
                self.read_table(&path, inner, origin)?;
                continue;
            }
            let key = KEYS
                .iter()
                .find(|k| k.name == path)
                .ok_or_else(|| Exit::Configuration(format!("{path} (from {origin}) is no key of the configuration")))?;
            let text = match value {
                toml::Value::String(text) => text.clone(),
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Array(items) => items.iter().filter_map(toml::Value::as_str).collect::<Vec<_>>().join(","),
                _ => {
                    return Err(Exit::Configuration(format!(
                        "{path} (from {origin}) is not right: it must be {}",
                        key.right
                    )));
                }
            };
            self.set(key.name, text, origin.to_owned());
        }
        Ok(())
    }

    fn read_environment(&mut self) -> Result<(), Exit> {
        if let Ok(url) = std::env::var("DATABASE_URL") {
            self.set("database.url", url, "DATABASE_URL".into());
        }
        for (name, value) in own_variables()? {
            if !KEYS.iter().any(|k| name == k.env || name.strip_suffix("_FILE") == Some(k.env)) {
                return Err(Exit::Configuration(format!(
                    "{name} (from the environment) is no key of the configuration"
                )));
            }
            if let Some(key) = KEYS.iter().find(|k| k.env == name) {
                self.set(key.name, value, name);
            }
        }
        for key in KEYS {
            let name = format!("{}_FILE", key.env);
            let Ok(path) = std::env::var(&name) else { continue };
            if std::env::var(key.env).is_ok() {
                return Err(Exit::Configuration(format!("{} and {name} are both set: use one of them", key.env)));
            }
            self.set(key.name, content(Path::new(&path), &name)?, name);
        }
        Ok(())
    }

    fn read_flags(&mut self, args: &ServeArgs) -> Result<(), Exit> {
        let listen = (!args.listen.is_empty()).then(|| args.listen.join(","));
        let flags: [(&'static str, Option<&String>, &str); 7] = [
            ("http.listen", listen.as_ref(), "--listen"),
            ("http.public_url", args.public_url.as_ref(), "--public-url"),
            ("http.api_url", args.api_url.as_ref(), "--api-url"),
            ("http.tls.certificate", args.tls_certificate.as_ref(), "--tls-certificate"),
            ("http.tls.key", args.tls_key.as_ref(), "--tls-key"),
            ("database.url", args.database.as_ref(), "--database"),
            ("http.management_listen", args.management_listen.as_ref(), "--management-listen"),
        ];
        for (name, value, flag) in flags {
            if let Some(value) = value {
                self.set(name, value.clone(), flag.to_owned());
            }
        }
        if let Some(path) = &args.master_key_file {
            self.set("master_key", content(Path::new(path), "--master-key-file")?, "--master-key-file".into());
        }
        Ok(())
    }
}

/// Every `GRANTOR_*` of the environment. Other variables are none of ours, whatever they hold.
fn own_variables() -> Result<Vec<(String, String)>, Exit> {
    let own = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let own = own.filter(|(name, _)| name.starts_with("GRANTOR_"));
    let readable = own.map(|(name, value)| match value.into_string() {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(Exit::Configuration(format!("{name} (from the environment) is not right: it must be UTF-8"))),
    });
    readable.collect()
}

/// A secret's file: its content without one newline at its end.
fn content(path: &Path, origin: &str) -> Result<String, Exit> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Exit::Configuration(format!("{origin} names {}, which cannot be read: {error}", path.display()))
    })?;
    Ok(text.strip_suffix('\n').map_or(text.as_str(), |t| t.strip_suffix('\r').unwrap_or(t)).to_owned())
}

fn mounts(value: &toml::Value, origin: &str) -> Result<Vec<Mount>, Exit> {
    let wrong = |what: &str| Exit::Configuration(format!("mounts (from {origin}) is not right: {what}"));
    let items = value.as_array().ok_or_else(|| wrong("write [[mounts]] tables"))?;
    items.iter().map(|item| mount(item, &wrong)).collect()
}

fn mount(item: &toml::Value, wrong: &dyn Fn(&str) -> Exit) -> Result<Mount, Exit> {
    let table = item.as_table().ok_or_else(|| wrong("write [[mounts]] tables"))?;
    if let Some(unknown) = table.keys().find(|k| !matches!(k.as_str(), "path" | "layout" | "environment")) {
        return Err(wrong(&format!("{unknown} is no key of a mount; path, layout and environment are")));
    }
    let text = |name: &str| table.get(name).and_then(toml::Value::as_str);
    let path = text("path").filter(|p| mountable(p));
    let path = path
        .ok_or_else(|| wrong("path must be one or more plain segments such as /ms-auth-server, not /v1 or a UUID"))?;
    let layout = match text("layout") {
        Some("pingone") => Layout::PingOne,
        Some("spring") => Layout::Spring,
        _ => return Err(wrong("layout must be pingone or spring")),
    };
    let environment = text("environment").and_then(EnvironmentId::parse);
    let environment = environment.ok_or_else(|| wrong("environment must be a lower-case UUID"))?;
    Ok(Mount { path: path.to_owned(), layout, environment })
}

fn mountable(path: &str) -> bool {
    let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let Some(segments) = path.strip_prefix('/') else { return false };
    let first = segments.split('/').next().unwrap_or_default();
    segments.split('/').all(plain) && !matches!(first, "v1" | "assets" | "try") && EnvironmentId::parse(first).is_none()
}

/// An origin: scheme and authority, nothing else.
pub(crate) fn origin(text: &str) -> Option<String> {
    let text = text.strip_suffix('/').unwrap_or(text);
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let fits = !rest.is_empty()
        && rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'));
    fits.then(|| text.to_owned())
}

/// The default database, and where its master key lies.
pub(crate) fn default_database() -> (String, PathBuf) {
    ("sqlite:./data/grantor.db".to_owned(), PathBuf::from("./data/master.key"))
}

/// Whether a `sqlite:` URL names a file that is not there. Reading commands must not make an empty database instead.
pub(crate) fn missing_file(url: &str) -> bool {
    url.strip_prefix("sqlite:").is_some_and(|path| !path.starts_with(':') && !Path::new(path).exists())
}

#[cfg(test)]
mod tests;
