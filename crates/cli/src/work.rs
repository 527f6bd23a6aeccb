//! What commands that work on a database beside its servers have in common: they open it with its master key, and make nothing.

use std::sync::Arc;

use engine::fetch::Outbound;
use engine::world::{System, World};
use engine::{App, Config, Failure};
use protocol::id::EnvironmentId;
use web::server;

use crate::args::{DatabaseArgs, ServeArgs};
use crate::config::Settings;
use crate::database::{Database, missing_file};
use crate::exit::Exit;
use crate::start;

/// Opens the database, does the work, and closes the database whatever came of it.
///
/// # Errors
/// 78 for a database that is not there, and for a master key that does not open it; 1 where no server has made anything in it.
pub(crate) fn with(args: &DatabaseArgs, work: impl AsyncFnOnce(&Arc<App>) -> Result<(), Exit>) -> Result<(), Exit> {
    runtime()?.block_on(async {
        let app = app(args).await?;
        let done = work(&app).await;
        let closed = app.close().await.map_err(|e| Exit::Failure(format!("the database did not close: {e}")));
        done.and(closed)
    })
}

pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Exit> {
    server::runtime().enable_all().build().map_err(|e| Exit::Failure(format!("no runtime: {e}")))
}

/// What the flags say, over what the configuration says.
pub(crate) fn settings(args: &DatabaseArgs) -> Result<Settings, Exit> {
    let DatabaseArgs { database, master_key_file, config } = args;
    Settings::read(&ServeArgs {
        config: config.clone(),
        database: database.clone(),
        master_key_file: master_key_file.clone(),
        ..ServeArgs::default()
    })
}

async fn app(args: &DatabaseArgs) -> Result<Arc<App>, Exit> {
    let database = Database::of(&settings(args)?)?;
    if missing_file(&database.url) {
        return Err(Exit::Configuration(format!("database.url is not right: there is no file {}", database.url)));
    }
    let store = start::open(&database.url, System.now()).await?;
    // Where nothing is sealed yet, its first key is the server's to make.
    if engine::bootstrap::sealed(&store).await.map_err(failed)?.is_none() {
        return Err(Exit::Failure("the database holds no environment yet: serve makes the first".into()));
    }
    let key = database.key(&store).await?;
    let config = Config {
        public_url: String::new(),
        api_url: String::new(),
        mounts: Vec::new(),
        audit_strict: true,
        developer: false,
        resource: false,
        activity_days: 90,
        max_stale: None,
        regions: vec!["NA"],
        certificates: false,
        outbound: Outbound::default(),
        allowance: engine::Allowance::default(),
    };
    Ok(App::new(store, Arc::new(System), config, &key))
}

/// The environment of a flag.
pub(crate) fn environment(id: &str) -> Result<EnvironmentId, Exit> {
    EnvironmentId::parse(id)
        .ok_or_else(|| Exit::Configuration(format!("--environment {id} is not right: it must be a lower-case UUID")))
}

/// Why the work was not done, in words for the operator.
pub(crate) fn failed(failure: Failure) -> Exit {
    let refused = failure.into_refused();
    let row = refused.reason.row();
    let details: Vec<&str> = refused.details.iter().map(|detail| detail.message.as_str()).collect();
    Exit::Failure(match refused.message {
        Some(said) => said,
        None if details.is_empty() => format!("{}; {}", row.public, row.mend),
        None => details.join("; "),
    })
}
