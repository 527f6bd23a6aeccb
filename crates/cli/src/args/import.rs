//! The command line of imports.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::DatabaseArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Import the users of a file: CSV whose header names properties (`username`, `name.given`, `password` …), or the JSON
    /// object of an import on each line. The whole file is looked at before anything is written.
    Users(Box<ImportArgs>),
    /// Import a realm of Keycloak: clients, scopes, roles, groups, and users with their passwords.
    Keycloak(Box<KeycloakArgs>),
    /// Import what Auth0 exports: clients, and users with their passwords.
    Auth0(Box<Auth0Args>),
    /// Import an environment of a PingOne tenant, as a worker of it reads it at the management API. Nobody's password hash is given
    /// away there.
    #[command(name = "pingone")]
    PingOne(Box<PingOneArgs>),
}

#[derive(Args, Debug)]
pub(crate) struct KeycloakArgs {
    /// The export: a file of the whole realm, or the file of the realm and those of its users, or the directory that they are in.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The environment to import into.
    #[arg(long, value_name = "ID")]
    pub(crate) environment: String,
    #[command(flatten)]
    pub(crate) bring: BringArgs,
}

#[derive(Args, Debug)]
pub(crate) struct Auth0Args {
    /// Users: an export of a connection (a JSON object on each line, or an array), or a file for Auth0's own import.
    #[arg(long, value_name = "FILE", required_unless_present = "clients")]
    pub(crate) users: Vec<PathBuf>,
    /// The hashes of the users' passwords: the export with `passwordHash` that Auth0's support makes.
    #[arg(long, value_name = "FILE")]
    pub(crate) passwords: Vec<PathBuf>,
    /// Clients: the answer of `GET /api/v2/clients`, or an array of such.
    #[arg(long, value_name = "FILE")]
    pub(crate) clients: Vec<PathBuf>,
    /// The environment to import into.
    #[arg(long, value_name = "ID")]
    pub(crate) environment: String,
    #[command(flatten)]
    pub(crate) bring: BringArgs,
}

/// A secret is never shown.
#[derive(Args)]
pub(crate) struct PingOneArgs {
    /// Where the tenant's management API is: https://api.pingone.eu, or another server of this kind.
    #[arg(long, value_name = "URL")]
    pub(crate) url: String,
    /// Where its tokens are given [default: api. of the URL as auth., else the URL].
    #[arg(long, value_name = "URL")]
    pub(crate) auth_url: Option<String>,
    /// The environment of the tenant.
    #[arg(long, value_name = "ID")]
    pub(crate) environment: String,
    /// The environment here to import into [default: one with the same id].
    #[arg(long, value_name = "ID")]
    pub(crate) into: Option<String>,
    /// The tenant's environment that the worker is in [default: the one that is imported].
    #[arg(long, value_name = "ID", env = "PINGONE_ENVIRONMENT_ID")]
    pub(crate) worker_environment: Option<String>,
    /// The worker.
    #[arg(long, value_name = "ID", env = "PINGONE_CLIENT_ID")]
    pub(crate) client_id: String,
    /// File with the worker's secret [default: the variable PINGONE_CLIENT_SECRET].
    #[arg(long, value_name = "FILE")]
    pub(crate) client_secret_file: Option<PathBuf>,
    #[arg(long, env = "PINGONE_CLIENT_SECRET", hide_env_values = true, hide = true)]
    pub(crate) client_secret: Option<String>,
    /// Take configuration alone.
    #[arg(long)]
    pub(crate) without_users: bool,
    #[command(flatten)]
    pub(crate) bring: BringArgs,
}

impl std::fmt::Debug for PingOneArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PingOneArgs").field("url", &self.url).finish_non_exhaustive()
    }
}

/// What all imports from another system have in common.
#[derive(Args, Debug)]
pub(crate) struct BringArgs {
    /// The population of the users, by id or name [default: the environment's default].
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) population: Option<String>,
    /// What becomes of a user whose name exists.
    #[arg(long, value_enum, default_value_t = OfExisting::Skip)]
    pub(crate) existing: OfExisting,
    /// Judge everything and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write nothing where a rule refuses something.
    #[arg(long)]
    pub(crate) strict: bool,
    /// The report as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Write here, as JSON, what has another id than before.
    #[arg(long, value_name = "FILE")]
    pub(crate) ids: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) on: DatabaseArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ImportArgs {
    /// The file: .csv, .tsv, .jsonl or .ndjson.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// What the file is, where its name does not tell.
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    /// The environment of users whose line names none.
    #[arg(long, value_name = "ID")]
    pub(crate) environment: Option<String>,
    /// The population, by id or name, of users whose line names none [default: the environment's default].
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) population: Option<String>,
    /// What becomes of a line whose user name exists.
    #[arg(long, value_enum, default_value_t = OfExisting::Refuse)]
    pub(crate) existing: OfExisting,
    /// Only look at the file.
    #[arg(long)]
    pub(crate) check: bool,
    /// Import the lines without a fault although others have one.
    #[arg(long)]
    pub(crate) skip_faults: bool,
    #[command(flatten)]
    pub(crate) on: DatabaseArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    Csv,
    Jsonl,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum OfExisting {
    /// It is a fault of the line.
    Refuse,
    /// The user stays as they are.
    Skip,
    /// What the line says is written; what it does not say stays.
    Update,
}
