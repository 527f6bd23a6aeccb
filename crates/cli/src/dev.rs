//! `grantor dev`: everything ready, nothing to configure, reachable from this machine only.

mod certificate;
mod remote;
mod seed;

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine::App;
use engine::bootstrap::dev::{self as world, variables};
use engine::world::{System, World, warm};
use protocol::secret::Secret;
use serving::dev::Unmade;
use serving::{Manner, Ports};
use web::dev::Front;
use web::layers::forwarded::Proxies;
use web::server::{self, Shutdown};
use web::state::PageLinks;
use web::tls::Tls;

use crate::args::{DevArgs, DevCommand};
use crate::config::mounts;
use crate::database::{Alone, Database};
use crate::exit::Exit;
use crate::signals::Signals;
use crate::start;
use crate::terraform::{self, Reach};
use seed::Seeds;

pub(crate) fn run(args: &DevArgs) -> Result<(), Exit> {
    if let Some(DevCommand::Trust(args)) = &args.command {
        return certificate::trust(args);
    }
    remote::permit(args)?;
    start::log(false);
    let runtime = server::runtime().enable_all().build().map_err(|e| Exit::Failure(format!("no runtime: {e}")))?;
    runtime.block_on(start(args))
}

async fn start(args: &DevArgs) -> Result<(), Exit> {
    let signals = Signals::take();
    let listen = args.listen();
    let ports = Ports {
        public: vec![listen],
        tls: None,
        management: None,
        notice: Duration::ZERO,
        proxies: Proxies::default(),
    };
    // A chosen port opens when all is ready and the files are written. Port 0 is chosen here, and nobody knows it yet.
    let early = if listen.port() == 0 { Some(start::bind(&ports)?) } else { None };
    let bound = early.iter().flat_map(|l| &l.public).find_map(|l| l.address().ok()).unwrap_or(listen);
    let public_url = public_url(args, bound)?;
    let public_host = crate::config::parts(&public_url).map(|parts| parts.host);
    let secured = if args.tls { Some(secure(args, public_host.as_deref())?) } else { None };
    let (tls, authority) = secured.unzip();
    let ports = Ports { tls: tls.clone(), ..ports };
    let (app, store, _alone) = world(args, public_url, &Seeds::read(&args.seed)?).await?;
    let values = variables(&app.config.public_url, &app.config.api_url);
    let control_key = remote::control_key(args);
    let told = told(&values, control_key.as_deref(), authority.as_deref());
    write_files(args, &told)?;
    reach(args, bound, &values).await?;
    let listeners = early.map_or_else(|| start::bind(&ports), |early| Ok(early.speaking(tls.as_ref())))?;
    let shutdown = start::ending(&ports)?;
    if args.until_stdin_ends {
        end_with_stdin(shutdown.clone());
    }
    banner(&app.config.public_url, bound, &store, &values, &told);
    if args.allow_remote {
        remote::warn(bound);
    }
    // A page of another site whose name was turned to this machine would be of one origin with ours (DNS rebinding).
    let reached = args.terraform.iter().flat_map(|_| terraform::led().map(str::to_owned));
    let hosts = remote::hosts(args, public_host.into_iter().chain(reached));
    warm();
    let front = Front {
        version: env!("CARGO_PKG_VERSION"),
        store,
        values,
        control_key: control_key.map(Secret::new),
        hosts: Some(hosts.clone()),
    };
    start::run(
        app,
        listeners,
        ports,
        Manner { front: Some(front), links: PageLinks::default(), requests: false, hosts: Some(hosts), shutdown },
        signals,
    )
    .await
}

/// What it speaks https with, and the file of whom to trust.
fn secure(args: &DevArgs, public_host: Option<&str>) -> Result<(Tls, String), Exit> {
    let directory = certificate::place(args.data_dir.as_deref())?;
    let (tls, made) = certificate::load(&directory, &remote::certified(args, public_host), System.now())?;
    let authority = certificate::authority(&directory);
    let authority = std::fs::canonicalize(&authority).unwrap_or(authority).display().to_string();
    if made {
        eprintln!(
            "grantor: a certificate was made, by an authority that nobody trusts yet: `grantor dev trust` says how to"
        );
    }
    tokio::spawn(certificate::follow(directory, tls.clone()));
    Ok((tls, authority))
}

/// A thread of its own: a read of standard input cannot be given up, and the runtime would wait for it.
fn end_with_stdin(shutdown: Shutdown) {
    std::thread::spawn(move || {
        // What cannot be read has ended as well.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        shutdown.stop();
    });
}

/// What is told to whoever started it: the ids and secrets, and how it is reached.
fn told(
    values: &[(&'static str, String)],
    control_key: Option<&str>,
    authority: Option<&str>,
) -> Vec<(&'static str, String)> {
    let more = [("GRANTOR_CONTROL_KEY", control_key), ("GRANTOR_CA", authority)];
    let more = more.into_iter().filter_map(|(name, value)| Some((name, value?.to_owned())));
    values.iter().cloned().chain(more).collect()
}

/// Writes what Ping's provider has to know, and leads it here.
async fn reach(args: &DevArgs, bound: SocketAddr, values: &[(&'static str, String)]) -> Result<(), Exit> {
    if let Some(directory) = &args.terraform {
        let reach = Reach::open().await?;
        reach.write(directory, values)?;
        tokio::spawn(reach.serve(bound));
    }
    Ok(())
}

fn public_url(args: &DevArgs, bound: SocketAddr) -> Result<String, Exit> {
    let scheme = if args.tls { "https" } else { "http" };
    let own = format!("{scheme}://localhost:{}", bound.port());
    let url = args.public_url.as_ref().unwrap_or(&own);
    crate::config::origin(url).ok_or_else(|| {
        Exit::Configuration(format!(
            "--public-url {} is not right: it must be an origin such as http://localhost:8085",
            crate::config::shown(url)
        ))
    })
}

/// The application with its seeded world, its store in words, and the hold on its database.
async fn world(args: &DevArgs, public_url: String, seeds: &Seeds) -> Result<(Arc<App>, String, Alone), Exit> {
    let mounts = seeds.mounts()?;
    mounts::fit(&[vec![world::mount()], mounts.clone()].concat(), "--seed")?;
    let (database, shown) = place(args);
    let alone = database.alone()?;
    let store = start::open(&database.url, System.now()).await?;
    let key = if args.data_dir.is_some() { database.key(&store).await? } else { world::MASTER_KEY };
    let app = serving::dev::app(store, public_url, mounts, &key).await.map_err(|unmade| match unmade {
        Unmade::Failed(failure) => start::failed("the dev world could not be made", &failure),
        refused => Exit::Configuration(refused.to_string()),
    })?;
    seeds.sow(&app).await?;
    Ok((app, shown, alone))
}

/// The database, and how it is shown.
fn place(args: &DevArgs) -> (Database, String) {
    if let Some(directory) = &args.data_dir {
        let path = directory.join("grantor.db");
        return (Database::at(&path), format!("SQLite, {}", path.display()));
    }
    // A database server has no place for a key, and dev's secrets are known to everybody: its key is a constant then.
    let (url, shown) = match &args.database {
        Some(url) if url.starts_with("sqlite:") => (url.as_str(), "SQLite"),
        Some(url) => (url.as_str(), "PostgreSQL"),
        None => ("sqlite::memory:", "SQLite, in memory"),
    };
    (Database::with_key(url, world::MASTER_KEY), shown.into())
}

fn write_files(args: &DevArgs, values: &[(&'static str, String)]) -> Result<(), Exit> {
    if let Some(path) = &args.env_file {
        let text = values.iter().fold(String::new(), |mut text, (name, value)| {
            let _ = writeln!(text, "{name}={value}");
            text
        });
        write_private(path, &text)?;
    }
    if let Some(path) = &args.postman {
        let values: Vec<_> = values
            .iter()
            .map(|(key, value)| serde_json::json!({ "key": key, "value": value, "enabled": true, "type": "default" }))
            .collect();
        let environment = serde_json::json!({
            "name": "Grantor dev",
            "values": values,
            "_postman_variable_scope": "environment",
        });
        write_private(path, &format!("{environment:#}\n"))?;
    }
    Ok(())
}

/// Writes a file that only its owner reads.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<(), Exit> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let write = || {
        let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        // A file that was there before keeps its mode unless told otherwise.
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        file.write_all(text.as_bytes())
    };
    write().map_err(|e: std::io::Error| Exit::CannotCreate(format!("{} cannot be written: {e}", path.display())))
}

fn banner(
    public_url: &str,
    bound: SocketAddr,
    store: &str,
    values: &[(&'static str, String)],
    told: &[(&'static str, String)],
) {
    let version = env!("CARGO_PKG_VERSION");
    let mut text =
        format!("Grantor {version} on {public_url} ({bound}, {store}). Open it in a browser; end it with Ctrl-C.\n\n");
    // Writing to a String cannot fail.
    for (name, value) in told {
        let _ = writeln!(text, "  {name:<19} {value}");
    }
    for (title, command) in Front::requests(public_url, values) {
        let _ = writeln!(text, "\n# {title}\n{command}");
    }
    // The server runs as well when nobody reads this.
    let _ = writeln!(std::io::stdout(), "{text}");
}
