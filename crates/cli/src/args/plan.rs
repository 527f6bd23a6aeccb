//! The command lines of `plan`, `diff`, `apply` and `export`.

use std::path::PathBuf;

use clap::Args;

use super::Output;

#[derive(Args, Debug)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) wanted: WantedArgs,
    /// Delete what the files do not name, of the kinds that they name; nothing that came with the environment.
    #[arg(long)]
    pub(crate) prune: bool,
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Args, Debug)]
pub(crate) struct DiffArgs {
    #[command(flatten)]
    pub(crate) wanted: WantedArgs,
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ApplyArgs {
    #[command(flatten)]
    pub(crate) wanted: WantedArgs,
    /// Delete what the files do not name, of the kinds that they name; nothing that came with the environment.
    #[arg(long)]
    pub(crate) prune: bool,
    /// Do not ask first.
    #[arg(short, long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ExportArgs {
    /// Where the files go, one for each environment; - for the standard output.
    #[arg(value_name = "DIR", default_value = "-")]
    pub(crate) directory: PathBuf,
    /// The environment, by id or name [default: all].
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) environment: Option<String>,
    /// Write over files that are there already.
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Args, Debug)]
pub(crate) struct WantedArgs {
    /// A YAML file, or a directory of them.
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// The environment, by id or name, that the files are about whatever name they say.
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) environment: Option<String>,
}

/// A server, and as whom it is administered. Without any of them it is `grantor dev` on this machine.
#[derive(Args, Debug)]
pub(crate) struct ServerArgs {
    /// The server's origin [default: http://localhost:8085].
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// The origin that tokens come from, where it is another.
    #[arg(long, value_name = "URL")]
    pub(crate) auth_url: Option<String>,
    /// The environment of the worker that administers [default: dev's].
    #[arg(long, value_name = "ID", env = "GRANTOR_ADMIN_ENVIRONMENT_ID")]
    pub(crate) admin_environment: Option<String>,
    /// Its client id [default: dev's].
    #[arg(long, value_name = "ID", env = "GRANTOR_ADMIN_CLIENT_ID")]
    pub(crate) client_id: Option<String>,
    /// File with its client secret [default: the variable GRANTOR_ADMIN_CLIENT_SECRET, else dev's].
    #[arg(long, value_name = "FILE", env = "GRANTOR_ADMIN_CLIENT_SECRET_FILE")]
    pub(crate) client_secret_file: Option<PathBuf>,
    /// PEM file of certificates to believe beside the system's.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
}
