//! `grantor config`: says whether a configuration is right before a server starts with it, and prints one to begin with.

use crate::args::{ConfigCommand, ServeArgs};
use crate::config::{KEYS, Settings, sample};
use crate::exit::Exit;
use crate::serve::Plan;

#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(crate) fn run(command: &ConfigCommand) -> Result<(), Exit> {
    match command {
        ConfigCommand::Check(args) => check(args),
        ConfigCommand::Sample => {
            print!("{}", sample());
            Ok(())
        }
    }
}

/// Reads everything as `serve` does, and shows what was found and where.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn check(args: &ServeArgs) -> Result<(), Exit> {
    let settings = Settings::read(args)?;
    let plan = Plan::of(&settings)?;
    plan.database.check_key_files()?;
    println!("The configuration is right.");
    println!("  {:<22} {}", "public URL", plan.config.public_url);
    for key in KEYS {
        if let (Some(value), Some(origin)) = (settings.text(key.name), settings.origin(key.name)) {
            let shown = if key.secret { "(not shown)" } else { value };
            println!("  {:<22} {shown}  (from {origin})", key.name);
        }
    }
    for mount in &plan.config.mounts {
        println!("  {:<22} {} of environment {}", "mount", mount.path, mount.environment);
    }
    Ok(())
}
