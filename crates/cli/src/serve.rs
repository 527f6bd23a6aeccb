//! `grantor serve`: the real thing.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::bootstrap::{self, Administrators, Wanted};
use engine::world::{System, World};
use engine::{App, Config};
use ipnet::IpNet;
use protocol::id::{ApplicationId, EnvironmentId};
use protocol::model::REGIONS;
use protocol::secret::Secret;
use web::layers::forwarded::{Field, Proxies};
use web::server;
use web::tls::Tls;

use crate::args::ServeArgs;
use crate::config::{Settings, default_database, origin};
use crate::exit::Exit;
use crate::start::{self, Ports};

pub(crate) fn run(args: &ServeArgs) -> Result<(), Exit> {
    let settings = Settings::read(args)?;
    let json = settings.parsed("log.format", |v| match v {
        "text" => Some(false),
        "json" => Some(true),
        _ => None,
    })?;
    start::log(json.unwrap_or_else(|| !std::io::IsTerminal::is_terminal(&std::io::stderr())));
    let runtime = server::runtime().enable_all().build().map_err(|e| Exit::Failure(format!("no runtime: {e}")))?;
    runtime.block_on(start(settings))
}

async fn start(settings: Settings) -> Result<(), Exit> {
    let ports = ports(&settings)?;
    let config = config(&settings, &ports)?;
    let (database, key) = database(&settings)?;
    if is_placeholder_key(&key) {
        return Err(Exit::Configuration(
            "master_key is a placeholder: make one with `head -c 32 /dev/urandom | base64`".into(),
        ));
    }
    let administrators = administrators(&settings)?;
    let listeners = start::bind(&ports)?;
    let store = start::open(&database, System.now()).await?;
    let app = App::new(store, Arc::new(System), config, &key);
    if !bootstrap::opens(&app).await.map_err(|f| failed(&f))? {
        return Err(Exit::Configuration(
            "master_key does not open this database: its signing keys were sealed under another one. Start with the key that the database was made with".into(),
        ));
    }
    if bootstrap::dev::is_seeded(&app).await.map_err(|f| failed(&f))? {
        return Err(Exit::Configuration(
            "the database holds the secrets of `grantor dev`, which everybody knows: serve wants another database"
                .into(),
        ));
    }
    first_start(&app, administrators).await?;
    tracing::info!(public_url = %app.config.public_url, listen = ?ports.public, "serving");
    start::run(app, listeners, ports, None).await
}

fn ports(settings: &Settings) -> Result<Ports, Exit> {
    let public = settings
        .parsed("http.listen", |v| v.split(',').map(|a| a.trim().parse().ok()).collect::<Option<Vec<SocketAddr>>>())?;
    let management = settings
        .parsed("http.management_listen", |v| if v == "off" { Some(None) } else { v.parse().ok().map(Some) })?;
    let tls = match (settings.text("http.tls.certificate"), settings.text("http.tls.key")) {
        (Some(certificate), Some(key)) => {
            Some(Tls::load(certificate, key).map_err(|e| Exit::Configuration(format!("http.tls is not right: {e}")))?)
        }
        (None, None) => None,
        (Some(_), None) => {
            return Err(Exit::Configuration("http.tls.key is missing: a certificate needs its key".into()));
        }
        (None, Some(_)) => {
            return Err(Exit::Configuration("http.tls.certificate is missing: a key needs its certificate".into()));
        }
    };
    let delay = settings.parsed("shutdown.delay", |v| v.parse().ok().filter(|seconds| *seconds <= 3600))?;
    let management = management.unwrap_or_else(|| Some(SocketAddr::from(([127, 0, 0, 1], 9090))));
    // Where nobody can ask whether the server is ready, nobody has to be waited for.
    let notice = delay.map_or(if management.is_some() { DELAY } else { Duration::ZERO }, Duration::from_secs);
    Ok(Ports {
        public: public.unwrap_or_else(|| vec![SocketAddr::from(([127, 0, 0, 1], 8085))]),
        tls,
        management,
        notice,
        proxies: proxies(settings)?,
    })
}

/// The proxies that may say where a request came from; none unless they are listed.
fn proxies(settings: &Settings) -> Result<Proxies, Exit> {
    let nets = settings
        .parsed("http.trusted_proxies", |v| v.split(',').map(|net| network(net.trim())).collect::<Option<Vec<_>>>())?;
    let field = settings.parsed("http.forwarded_header", |v| match v.to_ascii_lowercase().as_str() {
        "x-forwarded-for" => Some(Field::XForwardedFor),
        "forwarded" => Some(Field::Forwarded),
        _ => None,
    })?;
    Ok(Proxies::new(nets.unwrap_or_default(), field.unwrap_or_default()))
}

/// A network, or an address as the network of itself.
fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

fn config(settings: &Settings, ports: &Ports) -> Result<Config, Exit> {
    let scheme = if ports.tls.is_some() { "https" } else { "http" };
    let first = ports.public.first().copied().unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8085)));
    let host = if first.ip().is_loopback() || first.ip().is_unspecified() {
        "localhost".to_owned()
    } else {
        first.ip().to_string()
    };
    let public_url =
        settings.parsed("http.public_url", origin)?.unwrap_or_else(|| format!("{scheme}://{host}:{}", first.port()));
    let api_url = settings.parsed("http.api_url", origin)?.unwrap_or_else(|| public_url.clone());
    if public_url.starts_with("http://") && !web::state::plain_cookies(&public_url) {
        tracing::warn!(%public_url, "the public URL is plain http: browsers will not keep the sign-on cookies");
    }
    let strict = settings.parsed("audit.tokens", |v| match v {
        "batched" => Some(false),
        "strict" => Some(true),
        _ => None,
    })?;
    let days = settings.parsed("audit.days", |v| v.parse().ok().filter(|d| (1..=36_500).contains(d)))?;
    Ok(Config {
        public_url,
        api_url,
        mounts: settings.mounts.clone(),
        audit_strict: strict.unwrap_or(false),
        developer: false,
        activity_days: days.unwrap_or(90),
        regions: settings.parsed("regions", regions)?.unwrap_or_else(|| vec!["NA"]),
        outbound: crate::outbound::outbound(settings)?,
    })
}

/// The database and its master key.
pub(crate) fn database(settings: &Settings) -> Result<(String, [u8; 32]), Exit> {
    let given = settings.parsed("database.url", |v| {
        let known = v.starts_with("sqlite:") || v.starts_with("postgres://") || v.starts_with("postgresql://");
        known.then(|| v.to_owned())
    })?;
    let key = settings.parsed("master_key", master_key)?;
    let (default, default_key) = default_database();
    let url = given.unwrap_or(default);
    let Some(path) = url.strip_prefix("sqlite:").filter(|p| !p.starts_with(':')) else {
        let key = key.ok_or_else(|| {
            Exit::Configuration("master_key is missing: with this database it must be given, 32 bytes in base64 (GRANTOR_MASTER_KEY_FILE)".into())
        })?;
        return Ok((url, key));
    };
    let directory = Path::new(path).parent().filter(|d| !d.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory)
        .map_err(|e| Exit::CannotCreate(format!("{} cannot be created: {e}", directory.display())))?;
    let beside =
        if settings.text("database.url").is_none() { default_key } else { Path::new(path).with_extension("key") };
    let key = key.map_or_else(|| key_beside(&beside), Ok)?;
    Ok((url, key))
}

/// A key that everybody knows, or one that repeats as 32 random octets never do.
fn is_placeholder_key(key: &[u8; 32]) -> bool {
    *key == bootstrap::dev::MASTER_KEY || distinct(key) < 8
}

/// A secret that everybody knows, that says itself that it is to be replaced, or that was typed to get past the length.
/// What somebody chose on purpose is theirs to choose: a long sentence with the word "secret" in it is none of these.
fn is_placeholder_secret(secret: &str) -> bool {
    let letters: String = secret.to_ascii_lowercase().chars().filter(char::is_ascii_alphabetic).collect();
    distinct(secret.as_bytes()) <= 4
        || secret == bootstrap::dev::ADMIN_SECRET
        || PLACEHOLDERS.iter().any(|word| letters.contains(word))
}

fn distinct(octets: &[u8]) -> usize {
    octets.iter().collect::<std::collections::BTreeSet<_>>().len()
}

fn master_key(text: &str) -> Option<[u8; 32]> {
    STANDARD.decode(text.trim()).ok()?.try_into().ok()
}

/// The master key in a file beside the database; made, readable by its owner alone, when there is none.
pub(crate) fn key_beside(path: &Path) -> Result<[u8; 32], Exit> {
    match std::fs::read_to_string(path) {
        Ok(text) => master_key(&text).ok_or_else(|| {
            Exit::Configuration(format!(
                "master_key (from {}) is not right: it must be 32 bytes in base64",
                path.display()
            ))
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut key = [0; 32];
            protocol::ctx::Entropy::fill(&System, &mut key);
            crate::dev::write_private(path, &format!("{}\n", STANDARD.encode(key)))?;
            Ok(key)
        }
        Err(error) => Err(Exit::Configuration(format!("master_key (from {}) cannot be read: {error}", path.display()))),
    }
}

/// The administrators as configured; what is not is made at the first start.
fn administrators(settings: &Settings) -> Result<Wanted, Exit> {
    let long = |v: &str| {
        (v.len() >= SHORTEST_SECRET
            && v.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'~' | b'-')))
        .then(|| v.to_owned())
    };
    Ok(Wanted {
        environment: settings.parsed("admin.environment_id", EnvironmentId::parse)?,
        client_id: settings.parsed("admin.client_id", |v| ApplicationId::parse(v).map(|id| id.to_string()))?,
        client_secret: settings
            .parsed("admin.client_secret", |v| long(v).filter(|v| !is_placeholder_secret(v)))?
            .map(Secret::new),
    })
}

async fn first_start(app: &Arc<App>, wanted: Wanted) -> Result<(), Exit> {
    let generated = wanted.client_secret.is_none();
    let made = bootstrap::first_administrators(app, wanted).await.map_err(|f| failed(&f))?;
    if let Some(who) = made.filter(|_| generated) {
        announce(&who);
    }
    Ok(())
}

/// Shown once; afterwards only the management API tells the secret, to whoever may read it.
#[expect(clippy::print_stdout, reason = "the one time that the generated secret is shown")]
fn announce(who: &Administrators) {
    println!("The first administrators' worker was made. Its secret is shown this once:");
    println!("  admin.environment_id  {}", who.environment);
    println!("  admin.client_id       {}", who.client_id);
    println!("  admin.client_secret   {}", who.client_secret.expose());
}

fn failed(failure: &engine::Failure) -> Exit {
    Exit::Failure(format!("the first start failed: {:?}", failure.reason()))
}

/// Below this a secret could be guessed (RFC 6749 §10.10).
const SHORTEST_SECRET: usize = 16;
const PLACEHOLDERS: [&str; 5] = ["changeme", "changethis", "placeholder", "replaceme", "replacethis"];

/// How long a load balancer has to notice that the server is not ready.
const DELAY: Duration = Duration::from_secs(5);

/// Names of regions, separated by commas.
fn regions(list: &str) -> Option<Vec<&'static str>> {
    let known = |name: &str| REGIONS.into_iter().find(|region| *region == name.trim());
    list.split(',').map(known).collect()
}
