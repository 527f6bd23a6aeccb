//! The command line.

// A program that takes this file in from elsewhere finds these as well.
#[path = "args/dev.rs"]
mod dev;
#[path = "args/import.rs"]
mod import;
#[path = "args/plan.rs"]
mod plan;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::dev::{DevArgs, DevCommand, TrustArgs};
pub(crate) use self::import::{
    Auth0Args, BringArgs, Format, ImportArgs, ImportCommand, KeycloakArgs, OfExisting, PingOneArgs,
};
pub(crate) use self::plan::{ApplyArgs, DiffArgs, ExportArgs, PlanArgs, ServerArgs, WantedArgs};

/// An OAuth 2.0 and OpenID Connect authorization server, compatible with PingOne's API.
#[derive(Debug, Parser)]
#[command(name = "grantor", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start with everything ready and nothing to configure, on this machine only.
    Dev(DevArgs),
    /// Start the server.
    Serve(ServeArgs),
    /// Say why a request was refused: the rule, what it expected, what came, and how to mend it.
    Explain(ExplainArgs),
    /// Say what would make environments as files want them, and change nothing: exit code 0 for nothing to do, 2 for something, 1 for an error.
    Plan(PlanArgs),
    /// Say where environments differ from files, also what only the server has: exit code 0 for nothing, 2 for something, 1 for an error.
    Diff(DiffArgs),
    /// Make environments as files want them.
    Apply(ApplyArgs),
    /// Write environments as files, without a secret.
    Export(ExportArgs),
    /// Bring the database to this version.
    Migrate(MigrateArgs),
    /// Bring users along from another system, also while a server runs.
    #[command(subcommand)]
    Import(ImportCommand),
    /// Put the database under another master key, while no server runs.
    #[command(subcommand)]
    MasterKey(MasterKeyCommand),
    /// Copy the SQLite database into one file, also while a server runs on it.
    Backup(CopyArgs),
    /// Make a SQLite database of such a copy, where there is none yet.
    Restore(CopyArgs),
    /// Ask a running server whether it is ready; for images without curl.
    Healthcheck(HealthArgs),
    /// Print a completion script for a shell.
    Completions { shell: clap_complete::Shell },
    /// List an environment's signing keys, or begin the rotation to a new one.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Say where environments and their applications fall short of RFC 9700 or of FAPI 2.0, with the fix; exit code 1 for an error.
    Lint(LintArgs),
    /// Make, list and let in again the workers that administer this server; also while it runs.
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Check a configuration, or print one to begin with.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the version.
    Version {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Every flag of `serve` is a key of the configuration; see `config.rs` for the table.
#[derive(Args, Debug, Default)]
pub(crate) struct ServeArgs {
    /// Configuration file (TOML); later files win.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,
    /// Where to listen; repeatable [default: 127.0.0.1:8085].
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Vec<String>,
    /// Origin of issuers, pages and authorization links.
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Origin of management links [default: the public URL].
    #[arg(long, value_name = "URL")]
    pub(crate) api_url: Option<String>,
    /// PEM file with the certificate chain.
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_certificate: Option<String>,
    /// PEM file with the private key.
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_key: Option<String>,
    /// sqlite:PATH or postgres://… [default: sqlite:./data/grantor.db].
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// File with the master key: 32 bytes in base64.
    #[arg(long, value_name = "FILE")]
    pub(crate) master_key_file: Option<String>,
    /// Where health and metrics listen, or `off` [default: 127.0.0.1:9090].
    #[arg(long, value_name = "ADDR")]
    pub(crate) management_listen: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// The correlation id of the answer.
    pub(crate) id: String,
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
    /// Ask this dev server instead of a database.
    #[arg(long, value_name = "URL", conflicts_with_all = ["database", "config"])]
    pub(crate) url: Option<String>,
    /// The database to read.
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// Configuration file (TOML).
    #[arg(short, long, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Output {
    Text,
    Json,
}

#[derive(Args, Debug)]
pub(crate) struct MigrateArgs {
    /// Only say what is missing; exit code 1 when something is.
    #[arg(long)]
    pub(crate) check: bool,
    /// The database.
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// Configuration file (TOML).
    #[arg(short, long, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Every key with its algorithm and status.
    List(KeysArgs),
    /// Make a key that signs after it was published for ten minutes; the one before stays published.
    Rotate {
        #[command(flatten)]
        keys: KeysArgs,
        /// The environment's algorithm from then on: RS256, PS256, ES256, EdDSA … [default: as before].
        #[arg(long, value_name = "ALG", conflicts_with = "chosen")]
        alg: Option<String>,
        /// Replace the key of this algorithm, which applications chose beside the environment's own.
        #[arg(long, value_name = "ALG")]
        chosen: Option<String>,
        /// Sign with it from now on: for a key that may have leaked. What the one before signed is taken still.
        #[arg(long)]
        now: bool,
    },
    /// Take a key that leaked away at once: it is published no more, whatever it signed is refused, and a new one signs in its place.
    Revoke {
        #[command(flatten)]
        keys: KeysArgs,
        /// The id of the key, as `keys list` prints it and as tokens have it in their header.
        #[arg(long, value_name = "KID")]
        kid: String,
    },
}

#[derive(Args, Debug)]
pub(crate) struct LintArgs {
    /// The environment [default: all].
    #[arg(long, value_name = "ID")]
    pub(crate) environment: Option<String>,
    /// What to compare with.
    #[arg(long, value_enum, default_value_t = LintProfile::Rfc9700)]
    pub(crate) profile: LintProfile,
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
    /// As JSON; the same as `--output json`.
    #[arg(long, conflicts_with = "output")]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) on: DatabaseArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LintProfile {
    /// The Best Current Practice of OAuth 2.0 security.
    #[value(alias = "bcp")]
    Rfc9700,
    /// The same, and FAPI 2.0 Security Profile.
    Fapi,
    /// All that, and FAPI 2.0 Message Signing.
    FapiMessageSigning,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Read the configuration as `serve` does, and say what is not right; nothing is made, and nothing is connected to.
    Check(Box<ServeArgs>),
    /// Print a configuration file with every key, explained.
    Sample,
}

#[derive(Args, Debug)]
pub(crate) struct KeysArgs {
    /// The environment.
    #[arg(long, value_name = "ID")]
    pub(crate) environment: String,
    #[command(flatten)]
    pub(crate) on: DatabaseArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Make a worker with every role of an administrator, and print its ids and its secret, which are shown this once.
    Create {
        /// The environment that it is made in [default: where the other administrators' workers are].
        #[arg(long, value_name = "ID")]
        environment: Option<String>,
        #[arg(long, value_name = "NAME", default_value = "Administrator")]
        name: String,
        #[command(flatten)]
        on: DatabaseArgs,
    },
    /// Every administrators' worker: environment, client id, whether it is enabled, name.
    List(DatabaseArgs),
    /// Give a worker a new secret, end those it had, and enable it; print ids and secret, which is shown this once.
    Reset {
        /// Which worker [default: the only one].
        #[arg(long, value_name = "ID")]
        client_id: Option<String>,
        #[command(flatten)]
        on: DatabaseArgs,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum MasterKeyCommand {
    /// Seal everything anew. When it is interrupted, run it again with the same two keys: no server starts before it is done.
    Rotate {
        /// File with the new master key: 32 bytes in base64, as `head -c 32 /dev/urandom | base64` makes them.
        #[arg(long, value_name = "FILE")]
        new_key_file: PathBuf,
        /// Do not look whether servers are on the database: the sessions that are there are a pooler's.
        #[arg(long)]
        servers_are_stopped: bool,
        #[command(flatten)]
        on: DatabaseArgs,
    },
}

#[derive(Args, Debug)]
pub(crate) struct CopyArgs {
    /// The copy.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) on: DatabaseArgs,
}

/// A database and what opens it.
#[derive(Args, Debug)]
pub(crate) struct DatabaseArgs {
    /// The database [default: that of the configuration, else sqlite:./data/grantor.db].
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// File with the master key: 32 bytes in base64 [default: that of the configuration, else the file beside the database].
    #[arg(long, value_name = "FILE")]
    pub(crate) master_key_file: Option<String>,
    /// Configuration file (TOML).
    #[arg(short, long, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct HealthArgs {
    /// The readiness address.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9090/readyz")]
    pub(crate) url: String,
}
