//! The command line of `grantor dev`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct DevArgs {
    #[command(subcommand)]
    pub(crate) command: Option<DevCommand>,
    /// Where to listen; a loopback address, or any with --allow-remote.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8085")]
    pub(crate) listen: SocketAddr,
    /// The port to listen on, in place of the one of --listen; 0 for a free one.
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// Let other machines reach it: whoever does has all of its documented secrets. The controls ask for a key then.
    #[arg(long)]
    pub(crate) allow_remote: bool,
    /// A name by which it is reached, beside those of this machine; repeatable.
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Vec<String>,
    /// Speak https, with a certificate that is made for it: `grantor dev trust` says how to trust it.
    #[arg(long, conflicts_with = "terraform")]
    pub(crate) tls: bool,
    /// Origin in issuers and links [default: http://localhost:<port>, with --tls https].
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Keep the data here between runs [default: in memory, gone at the end].
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Keep the data in this database.
    #[arg(long, value_name = "URL", conflicts_with = "data_dir")]
    pub(crate) database: Option<String>,
    /// Make the worlds of this file (YAML or JSON), which are there when the port opens; repeatable.
    #[arg(long, value_name = "FILE")]
    pub(crate) seed: Vec<PathBuf>,
    /// Write the ids and secrets here as NAME=value lines, readable by you alone, before the port opens.
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
    /// End when standard input does, so that it never outlives the program that holds the other end: for tests.
    #[arg(long)]
    pub(crate) until_stdin_ends: bool,
    /// Write them as a Postman environment.
    #[arg(long, value_name = "FILE")]
    pub(crate) postman: Option<PathBuf>,
    /// Let Ping's Terraform provider reach the server, with the files that are written into this directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) terraform: Option<PathBuf>,
}

impl DevArgs {
    /// The address with the port that was chosen for it.
    pub(crate) fn listen(&self) -> SocketAddr {
        SocketAddr::new(self.listen.ip(), self.port.unwrap_or(self.listen.port()))
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum DevCommand {
    /// Say how this machine, its browsers and its programs trust the certificate of `--tls`. Changes nothing.
    Trust(TrustArgs),
}

#[derive(Args, Debug)]
pub(crate) struct TrustArgs {
    /// As the server was started with.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}
