//! `grantor keys`: lists an environment's signing keys and begins the rotation to a new one.
//!
//! It works on the database; servers that run on it follow within a second.

use std::sync::Arc;

use engine::fetch::Outbound;
use engine::rotation;
use engine::world::{System, World};
use engine::{App, Config, Failure};
use jose::Alg;
use protocol::id::EnvironmentId;
use protocol::model::KeyStatus;
use web::server;

use crate::args::{KeysArgs, KeysCommand, ServeArgs};
use crate::config::Settings;
use crate::database::{Database, missing_file};
use crate::exit::Exit;
use crate::start;

pub(crate) fn run(command: &KeysCommand) -> Result<(), Exit> {
    let (KeysCommand::List(args) | KeysCommand::Rotate { keys: args, .. }) = command;
    let environment = EnvironmentId::parse(&args.environment).ok_or_else(|| {
        Exit::Configuration(format!("--environment {} is not right: it must be a lower-case UUID", args.environment))
    })?;
    let runtime = server::runtime().enable_all().build().map_err(|e| Exit::Failure(format!("no runtime: {e}")))?;
    runtime.block_on(async {
        let app = app(args).await?;
        match command {
            KeysCommand::List(_) => list(&app, environment).await?,
            KeysCommand::Rotate { alg, now, .. } => rotate(&app, environment, alg.as_deref(), *now).await?,
        }
        app.close().await.map_err(|e| Exit::Failure(format!("the database did not close: {e}")))
    })
}

async fn app(args: &KeysArgs) -> Result<Arc<App>, Exit> {
    let given = ServeArgs {
        config: args.config.clone(),
        database: args.database.clone(),
        master_key_file: args.master_key_file.clone(),
        ..ServeArgs::default()
    };
    let database = Database::of(&Settings::read(&given)?)?;
    if missing_file(&database.url) {
        return Err(Exit::Configuration(format!("database.url is not right: there is no file {}", database.url)));
    }
    let store = start::open(&database.url, System.now()).await?;
    // Where nothing is sealed yet, its first key is the server's to make.
    if engine::bootstrap::sealed(&store).await.map_err(|f| failed(&f))?.is_none() {
        return Err(Exit::Failure("the database holds no environment yet: serve makes the first".into()));
    }
    let key = database.key(&store).await?;
    let config = Config {
        public_url: String::new(),
        api_url: String::new(),
        mounts: Vec::new(),
        audit_strict: true,
        developer: false,
        activity_days: 90,
        regions: vec!["NA"],
        outbound: Outbound::default(),
    };
    Ok(App::new(store, Arc::new(System), config, &key))
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
async fn list(app: &App, environment: EnvironmentId) -> Result<(), Exit> {
    let keys = rotation::list(app, environment).await.map_err(|f| failed(&f))?;
    if keys.is_empty() {
        return Err(Exit::Failure(format!("there is no environment {environment}, or it has no key")));
    }
    for key in keys {
        let status = match key.status {
            KeyStatus::Next => "next",
            KeyStatus::Active => "active",
            KeyStatus::Retired => "retired",
        };
        println!("{}  {:<6} {status}", key.kid, key.alg.name());
    }
    Ok(())
}

/// The id alone on the output, for whoever reads it by a program; what it means for a person beside it.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
async fn rotate(app: &App, environment: EnvironmentId, alg: Option<&str>, now: bool) -> Result<(), Exit> {
    let alg = match alg {
        None => None,
        Some(name) => {
            let known = Alg::parse(name).filter(|alg| !alg.is_symmetric());
            Some(known.ok_or_else(|| {
                Exit::Configuration(format!(
                    "--alg {name} is not right: it must be an asymmetric algorithm such as RS256, PS256, ES256 or EdDSA"
                ))
            })?)
        }
    };
    let kid = rotation::rotate(app, environment, alg, now).await.map_err(|f| failed(&f))?;
    println!("{kid}");
    // Programs read the id; people want to know what happens now.
    eprintln!(
        "{}",
        if now {
            "It signs from now on; verifiers that keep the key set meet it when they fetch again.".to_owned()
        } else {
            let then = System.now().plus(protocol::rotation::PUBLISHED_FIRST);
            format!("It is published now and signs from about {then} on; the key before stays published for 31 days.")
        }
    );
    Ok(())
}

fn failed(failure: &Failure) -> Exit {
    let refused = failure.clone().into_refused();
    let row = refused.reason.row();
    let details: Vec<&str> = refused.details.iter().map(|detail| detail.message.as_str()).collect();
    Exit::Failure(if details.is_empty() { format!("{}; {}", row.public, row.mend) } else { details.join("; ") })
}
