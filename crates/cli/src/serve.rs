//! `grantor serve`: the real thing.

use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use engine::bootstrap::{self, Administrators, Wanted};
use engine::world::{System, World};
use engine::{Allowance, App, Config};
use ipnet::IpNet;
use protocol::id::{ApplicationId, EnvironmentId};
use protocol::model::REGIONS;
use protocol::secret::Secret;
use serving::{Manner, Ports};
use web::layers::forwarded::{Field, Proxies};
use web::layers::hosts::Hosts;
use web::server;
use web::state::PageLinks;
use web::tls::Tls;

use crate::args::ServeArgs;
use crate::certificates::Certificates;
use crate::config::{Settings, origin, parts};
use crate::database::Database;
use crate::exit::Exit;
use crate::signals::Signals;
use crate::start;

pub(crate) fn run(args: &ServeArgs) -> Result<(), Exit> {
    let settings = Settings::read(args)?;
    start::log(log_format(&settings)?.unwrap_or_else(|| !std::io::IsTerminal::is_terminal(&std::io::stderr())));
    let runtime = server::runtime().enable_all().build().map_err(|e| Exit::Failure(format!("no runtime: {e}")))?;
    runtime.block_on(start(settings))
}

/// Whether the log is JSON; None where nobody said.
fn log_format(settings: &Settings) -> Result<Option<bool>, Exit> {
    settings.parsed("log.format", |v| match v {
        "text" => Some(false),
        "json" => Some(true),
        _ => None,
    })
}

/// Everything that the configuration says, read and found right.
pub(crate) struct Plan {
    pub(crate) ports: Ports,
    pub(crate) config: Config,
    pub(crate) database: Database,
    administrators: Wanted,
    links: PageLinks,
    requests: bool,
    /// Which hosts are answered for, where somebody said so.
    hosts: Option<Hosts>,
}

impl Plan {
    /// Reads it, and files that it names; makes nothing and connects to nothing.
    ///
    /// # Errors
    /// What is wrong in any part of it, a line for each.
    pub(crate) fn of(settings: &Settings) -> Result<Self, Exit> {
        let ports = ports(settings);
        let config = config(settings, ports.as_ref().ok());
        let hosts = hosts(settings, config.as_ref().ok());
        let (database, administrators) = (Database::of(settings), administrators(settings));
        let requests = settings.parsed("log.requests", |v| v.parse().ok());
        let format = log_format(settings);
        let links = page_links(settings);
        match (ports, config, database, administrators, links, requests, hosts, format) {
            (Ok(ports), Ok(config), Ok(database), Ok(administrators), Ok(links), Ok(requests), Ok(hosts), Ok(_)) => {
                let requests = requests.unwrap_or(false);
                Ok(Self { ports, config, database, administrators, links, requests, hosts })
            }
            (ports, config, database, administrators, links, requests, hosts, format) => {
                let faults = [
                    ports.err(),
                    config.err(),
                    database.err(),
                    administrators.err(),
                    links.err(),
                    requests.err(),
                    hosts.err(),
                    format.err(),
                ];
                let told: Vec<String> = faults.into_iter().flatten().map(|fault| fault.to_string()).collect();
                Err(Exit::Configuration(told.join("\n")))
            }
        }
    }
}

async fn start(settings: Settings) -> Result<(), Exit> {
    let signals = Signals::take();
    let Plan { ports, config, database, administrators, links, requests, hosts } = Plan::of(&settings)?;
    if is_plain(&config.public_url) {
        let public_url = &config.public_url;
        tracing::warn!(%public_url, "the public URL is plain http: browsers will not keep the sign-on cookies");
    }
    let listeners = start::bind(&ports)?;
    let _alone = database.alone()?;
    let store = start::open(&database.url, System.now()).await?;
    let key = database.key(&store).await?;
    let app = App::new(store, Arc::new(System), config, &key);
    if bootstrap::dev::is_seeded(&app).await.map_err(|f| failed(&f))? {
        return Err(Exit::Configuration(
            "the database holds the secrets of `grantor dev`, which everybody knows: serve wants another database"
                .into(),
        ));
    }
    first_start(&app, administrators).await?;
    missing_environments(&app).await?;
    let shutdown = start::ending(&ports)?;
    tracing::info!(public_url = %app.config.public_url, listen = ?ports.public, "serving");
    start::run(app, listeners, ports, Manner { front: None, links, requests, hosts, shutdown }, signals).await
}

/// Says which mounts lead nowhere yet: their environments may still be made.
async fn missing_environments(app: &App) -> Result<(), Exit> {
    for mount in &app.config.mounts {
        if app.tenant(mount.environment).await.map_err(|f| failed(&f))?.is_none() {
            let (path, environment) = (&mount.path, &mount.environment);
            tracing::warn!(%path, %environment, "a mount names an environment that does not exist: it answers 404");
        }
    }
    Ok(())
}

fn ports(settings: &Settings) -> Result<Ports, Exit> {
    let public = settings
        .parsed("http.listen", |v| v.split(',').map(|a| a.trim().parse().ok()).collect::<Option<Vec<SocketAddr>>>())?;
    let management = settings
        .parsed("http.management_listen", |v| if v == "off" { Some(None) } else { v.parse().ok().map(Some) })?;
    let certificates = Certificates::of(settings)?;
    let asks = certificates == Certificates::Connection;
    let tls = match (settings.text("http.tls.certificate"), settings.text("http.tls.key")) {
        (Some(certificate), Some(key)) => Some(
            Tls::load(certificate, key, asks)
                .map_err(|e| Exit::Configuration(format!("http.tls is not right: {e}")))?,
        ),
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
        proxies: match certificates {
            Certificates::Header => proxies(settings)?.with_certificates(),
            Certificates::Connection | Certificates::Off => proxies(settings)?,
        },
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

fn config(settings: &Settings, ports: Option<&Ports>) -> Result<Config, Exit> {
    let scheme = if ports.is_some_and(|ports| ports.tls.is_some()) { "https" } else { "http" };
    let first = ports.and_then(|ports| ports.public.first().copied());
    let first = first.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8085)));
    let own = if first.ip().is_loopback() || first.ip().is_unspecified() {
        format!("{scheme}://localhost:{}", first.port())
    } else {
        // An IPv6 address in its brackets.
        format!("{scheme}://{first}")
    };
    let public_url = settings.parsed("http.public_url", origin)?.unwrap_or_else(|| origin(&own).unwrap_or(own));
    let api_url = settings.parsed("http.api_url", origin)?.unwrap_or_else(|| public_url.clone());
    encrypted(settings, &public_url, &api_url)?;
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
        resource: settings.parsed("http.dev_resource", |v| v.parse().ok())?.unwrap_or(false),
        activity_days: days.unwrap_or(90),
        max_stale: settings.parsed("database.max_stale", Stale::read)?.map_or(Some(MAX_STALE), |stale| stale.0),
        regions: settings.parsed("regions", regions)?.unwrap_or_else(|| vec!["NA"]),
        certificates: ports.is_some_and(Ports::bring_certificates),
        outbound: crate::outbound::outbound(settings)?,
        allowance: allowance(settings)?,
    })
}

/// What one source or environment may have.
fn allowance(settings: &Settings) -> Result<Allowance, Exit> {
    let default = Allowance::default();
    let requests = settings.parsed("admission.requests", |v| v.parse().ok().filter(|n| (4..=4096).contains(n)))?;
    let sign_ons = settings.parsed("admission.sign_ons", |v| v.parse().ok().filter(|n| (1..=1024).contains(n)))?;
    let refusals = settings.parsed("admission.refusals", |v| v.parse().ok().filter(|n| (1..=1000).contains(n)))?;
    let flows = settings.parsed("admission.flows", |v| v.parse().ok().filter(|n| (1..=10_000).contains(n)))?;
    let names = settings.parsed("admission.failed_names", |v| v.parse().ok().filter(|n| (1..=100_000).contains(n)))?;
    let failures = settings.parsed("admission.failures", |v| v.parse().ok().filter(|n| (1..=10_000).contains(n)))?;
    Ok(Allowance {
        failures: failures.unwrap_or(default.failures),
        failed_names: names.unwrap_or(default.failed_names),
        patience: default.patience,
        requests: requests.unwrap_or(default.requests),
        sign_ons: sign_ons.unwrap_or(default.sign_ons),
        refusals: refusals.unwrap_or(default.refusals),
        flows: flows.unwrap_or(default.flows),
        cores: default.cores,
    })
}

/// RFC 8414 §2, RFC 6749 §3.1: what leaves this machine is encrypted, also where a proxy does that. Whoever has no other way says so.
fn encrypted(settings: &Settings, public_url: &str, api_url: &str) -> Result<(), Exit> {
    if settings.parsed("http.insecure", |v| v.parse().ok())?.unwrap_or(false) {
        return Ok(());
    }
    let plain = [("http.public_url", public_url), ("http.api_url", api_url)].into_iter().find(|(_, url)| is_plain(url));
    let Some((key, url)) = plain else { return Ok(()) };
    let origin = settings.origin(key).map_or("which follows from http.listen", |origin| origin);
    Err(Exit::Configuration(format!(
        "{key} (from {origin}) is not safe: {url} is plain HTTP and not on this machine, so anybody on the way reads passwords and \
         tokens; use https, also where a proxy speaks it, or say http.insecure = true"
    )))
}

/// Whether the URL is plain HTTP to another machine.
fn is_plain(url: &str) -> bool {
    url.starts_with("http://") && !web::state::plain_cookies(url)
}

/// Those that are listed, and those of our own URLs.
fn hosts(settings: &Settings, config: Option<&Config>) -> Result<Option<Hosts>, Exit> {
    let listed = settings.parsed("http.hosts", |v| {
        let host = |text: &str| parts(&format!("https://{}", text.trim())).filter(|p| p.port.is_none()).map(|p| p.host);
        v.split(',').map(host).collect::<Option<Vec<_>>>()
    })?;
    let own = config.into_iter().flat_map(|config| [&config.public_url, &config.api_url]);
    Ok(listed.map(|listed| Hosts::listed(listed.into_iter().chain(own.filter_map(|url| Some(parts(url)?.host))))))
}

/// For how many seconds what is known is good; none for ever.
struct Stale(Option<i64>);

impl Stale {
    fn read(text: &str) -> Option<Self> {
        if text == "unlimited" {
            return Some(Self(None));
        }
        text.parse().ok().filter(|seconds| (2..=86_400).contains(seconds)).map(|seconds| Self(Some(seconds)))
    }
}

/// Where the operator's words for people are.
fn page_links(settings: &Settings) -> Result<PageLinks, Exit> {
    let web = |text: &str| {
        let (scheme, rest) = text.split_once("://")?;
        let known = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
        let plain = text.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b));
        (known && plain && !rest.is_empty() && !rest.starts_with(['/', '?', '#'])).then(|| text.to_owned())
    };
    let mail = |text: &str| {
        let (name, place) = text.strip_prefix("mailto:")?.split_once('@')?;
        let plain = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b".+-_".contains(&b));
        (!name.is_empty() && !place.is_empty() && plain(name) && plain(place)).then(|| text.to_owned())
    };
    Ok(PageLinks {
        terms: settings.parsed("pages.terms_url", web)?,
        privacy: settings.parsed("pages.privacy_url", web)?,
        support: settings.parsed("pages.support_url", |text| web(text).or_else(|| mail(text)))?,
    })
}

/// A secret that everybody knows, that says itself that it is to be replaced, or that was typed to get past the length.
/// What somebody chose on purpose is theirs to choose: a long sentence with the word "secret" in it is none of these.
fn is_placeholder_secret(secret: &str) -> bool {
    let letters: String = secret.to_ascii_lowercase().chars().filter(char::is_ascii_alphabetic).collect();
    secret.bytes().collect::<std::collections::BTreeSet<_>>().len() <= 4
        || secret == bootstrap::dev::ADMIN_SECRET
        || PLACEHOLDERS.iter().any(|word| letters.contains(word))
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
    let given = !generated || wanted.environment.is_some() || wanted.client_id.is_some();
    let made = bootstrap::first_administrators(app, wanted).await.map_err(|f| failed(&f))?;
    match made {
        Some(who) => announce(&who, generated),
        None if given => tracing::info!("admin.* was not looked at: it counts at the first start, and this is none"),
        None => {}
    }
    Ok(())
}

/// The ids are shown whoever chose the secret: without them nobody gets in. A secret that was made is shown this once; afterwards
/// only the management API tells it, to whoever may read it.
fn announce(who: &Administrators, generated: bool) {
    let secret = if generated { who.client_secret.expose() } else { "(as it was given)" };
    let shown = if generated { " Its secret is shown this once:" } else { "" };
    let text = format!("The first administrators' worker was made.{shown}\n{}", crate::admin::lines(who, secret));
    // Where nobody reads standard output, the log has the ids as well.
    let _ = std::io::stdout().write_all(text.as_bytes());
    tracing::info!(environment_id = %who.environment, client_id = %who.client_id, "the first administrators' worker was made");
}

fn failed(failure: &engine::Failure) -> Exit {
    start::failed("the start failed", failure)
}

/// Below this a secret could be guessed (RFC 6749 §10.10).
const SHORTEST_SECRET: usize = 16;
const PLACEHOLDERS: [&str; 5] = ["changeme", "changethis", "placeholder", "replaceme", "replacethis"];

/// A process asks for changes every 400 ms; the longest that a failover of the database takes is not yet a reason to refuse.
const MAX_STALE: i64 = 10;
/// How long a load balancer has to notice that the server is not ready.
const DELAY: Duration = Duration::from_secs(5);

/// Names of regions, separated by commas, each once: the licence lists them.
fn regions(list: &str) -> Option<Vec<&'static str>> {
    let mut regions = Vec::new();
    for name in list.split(',') {
        let region = REGIONS.into_iter().find(|region| *region == name.trim())?;
        if regions.contains(&region) {
            return None;
        }
        regions.push(region);
    }
    Some(regions)
}
