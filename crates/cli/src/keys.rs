//! `grantor keys`: lists an environment's signing keys, begins the rotation to a new one and takes away one that leaked.
//!
//! It works on the database; servers that run on it follow within a second.

use engine::App;
use engine::rotation::{self, Line};
use engine::world::{System, World};
use jose::Alg;
use protocol::id::EnvironmentId;
use protocol::model::KeyStatus;

use crate::args::KeysCommand;
use crate::exit::Exit;
use crate::work::{self, failed};

pub(crate) fn run(command: &KeysCommand) -> Result<(), Exit> {
    let (KeysCommand::List(args) | KeysCommand::Rotate { keys: args, .. } | KeysCommand::Revoke { keys: args, .. }) =
        command;
    let environment = work::environment(&args.environment)?;
    work::with(&args.on, async |app| match command {
        KeysCommand::List(_) => list(app, environment).await,
        KeysCommand::Rotate { alg, chosen, now, .. } => {
            let line = match chosen {
                Some(name) => Line::Chosen(algorithm("--chosen", name)?),
                None => Line::Own(alg.as_deref().map(|name| algorithm("--alg", name)).transpose()?),
            };
            rotate(app, environment, line, *now).await
        }
        KeysCommand::Revoke { kid, .. } => revoke(app, environment, kid).await,
    })
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
async fn list(app: &App, environment: EnvironmentId) -> Result<(), Exit> {
    let keys = rotation::list(app, environment).await.map_err(failed)?;
    if keys.is_empty() {
        return Err(Exit::Failure(format!("there is no environment {environment}, or it has no key")));
    }
    for key in keys {
        let status = match key.status {
            KeyStatus::Next => "next",
            KeyStatus::Active => "active",
            KeyStatus::Retired => "retired",
        };
        let line = if key.chosen { "  chosen by applications" } else { "" };
        println!("{}  {:<9} {status}{line}", key.kid, key.alg.name());
    }
    let policies = rotation::of_policies(app, environment).await.map_err(failed)?;
    for key in policies {
        let (alg, status) = (key.alg().map_or("?", Alg::name), key.status.map_or("", KeyStatus::name));
        let policy = key.policy.map(|policy| policy.to_string()).unwrap_or_default();
        println!("{}  {alg:<9} {status}  of the policy {policy}", key.id);
    }
    Ok(())
}

/// The id alone on the output, for whoever reads it by a program; what it means for a person beside it.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
async fn rotate(app: &App, environment: EnvironmentId, line: Line, now: bool) -> Result<(), Exit> {
    let kid = rotation::rotate(app, environment, line, now).await.map_err(failed)?;
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

/// The id of the key that signs now, where another one does.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
async fn revoke(app: &App, environment: EnvironmentId, kid: &str) -> Result<(), Exit> {
    let made = rotation::revoke(app, environment, kid).await.map_err(failed)?;
    if let Some(made) = &made {
        println!("{made}");
    }
    eprintln!(
        "{kid} is gone: every process follows within a second, and refuses what it signed. Whoever verifies tokens elsewhere keeps the key \
         set for up to five minutes: have them fetch it again."
    );
    Ok(())
}

fn algorithm(option: &str, name: &str) -> Result<Alg, Exit> {
    let known = Alg::parse(name).filter(|alg| !alg.is_symmetric());
    known.ok_or_else(|| {
        Exit::Configuration(format!(
            "{option} {name} is not right: it must be an asymmetric algorithm such as RS256, PS256, ES256 or EdDSA"
        ))
    })
}
