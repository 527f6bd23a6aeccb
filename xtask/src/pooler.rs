//! PgBouncer before a run's own cluster: started, its port known, ended with the run.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::postgres::{Cluster, UNPRIVILEGED};
use crate::process::{Running, found, free_port, is_root, random_hex, run};

/// A running pooler. Ended and removed when it is dropped.
#[derive(Debug)]
pub(crate) struct Pooler {
    // Ended before its folder goes.
    _process: Running,
    folder: PathBuf,
    url: String,
}

impl Pooler {
    /// Starts one that lends out a connection for a `mode`: `session` or `transaction`. It has few, so that those who come at
    /// the same time meet on them.
    pub(crate) fn start(cluster: &Cluster, mode: &str) -> Result<Self> {
        let program = program().context("no PgBouncer on this machine")?;
        let folder = std::env::temp_dir().join(format!("grantor-pooler-{}", random_hex(6)?));
        std::fs::create_dir(&folder)?;
        let port = free_port(0)?;
        let (owner, password) = cluster.credentials();
        // A session is as long as its client: of these there must be as many as there are clients.
        let pool = if mode == "session" { 60 } else { 4 };
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = plain\nauth_file = {}\npool_mode = {mode}\nmax_client_conn = 2000\n\
             default_pool_size = {pool}\nserver_idle_timeout = 2\nserver_lifetime = 5\nquery_wait_timeout = 60\nlog_connections = 0\n\
             log_disconnections = 0\n",
            cluster.port(),
            folder.join("users").display()
        );
        std::fs::write(folder.join("users"), format!("\"{owner}\" \"{password}\"\n"))?;
        std::fs::write(folder.join("settings"), settings)?;
        let mut command = Command::new(program);
        if is_root() {
            // It refuses to run as root.
            run(Command::new("chown").arg("-R").arg(UNPRIVILEGED).arg(&folder))?;
            command.args(["-u", UNPRIVILEGED]);
        }
        let log = std::fs::File::create(folder.join("log"))?;
        command.arg(folder.join("settings")).current_dir(&folder).stdout(log.try_clone()?).stderr(log);
        let mut process = Running::start(&mut command)?;
        process
            .wait_for(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), Duration::from_secs(20))
            .with_context(|| std::fs::read_to_string(folder.join("log")).unwrap_or_default())?;
        let url = format!("postgres://{owner}:{password}@127.0.0.1:{port}/postgres");
        Ok(Self { _process: process, folder, url })
    }

    /// The address of the maintenance database.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            println!("could not remove {}: {error}", self.folder.display());
        }
    }
}

/// Debian keeps it where only administrators look.
pub(crate) fn program() -> Option<PathBuf> {
    found("pgbouncer").or_else(|| Some(PathBuf::from("/usr/sbin/pgbouncer")).filter(|path| path.is_file()))
}
