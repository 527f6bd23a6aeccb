//! `grantor admin`: who administers this server, and the way back in for whoever holds the database and its master key.
//!
//! Servers that run on the database follow within a second.

use engine::Failure;
use engine::administrators;
use engine::bootstrap::Administrators;
use protocol::model::Application;

use crate::args::AdminCommand;
use crate::exit::Exit;
use crate::work::{self, failed};

pub(crate) fn run(command: &AdminCommand) -> Result<(), Exit> {
    match command {
        AdminCommand::Create { environment, name, on } => {
            let environment = environment.as_deref().map(work::environment).transpose()?;
            let fits = !name.trim().is_empty() && name.chars().count() <= 256 && !name.chars().any(char::is_control);
            if !fits {
                return Err(Exit::Configuration("--name is not right: it must be 1 to 256 characters".into()));
            }
            work::with(on, async |app| show(administrators::create(app, environment, name).await))
        }
        AdminCommand::List(on) => work::with(on, async |app| {
            list(&administrators::list(app).await.map_err(failed)?);
            Ok(())
        }),
        AdminCommand::Reset { client_id, on } => {
            work::with(on, async |app| show(administrators::reset(app, client_id.as_deref()).await))
        }
    }
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn list(workers: &[Application]) {
    for worker in workers {
        let state = if worker.enabled { "enabled" } else { "disabled" };
        println!("{}  {}  {state:<8}  {}", worker.environment, worker.client_id, worker.name);
    }
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn show(made: Result<Administrators, Failure>) -> Result<(), Exit> {
    let who = made.map_err(failed)?;
    print!("{}", lines(&who, who.client_secret.expose()));
    Ok(())
}

/// A worker as the configuration names it.
pub(crate) fn lines(who: &Administrators, secret: &str) -> String {
    format!(
        "  admin.environment_id  {}\n  admin.client_id       {}\n  admin.client_secret   {secret}\n",
        who.environment, who.client_id
    )
}
