//! A PostgreSQL cluster of the run's own: made empty, loopback only, ended and removed with the run.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::{free_port, is_root, printed, random_hex, run};
use crate::tools::postgres_binaries;

pub(crate) mod versions;

/// A running cluster. Dropping it stops the server through its own data folder, which holds its process id.
#[derive(Debug)]
pub(crate) struct Cluster {
    binaries: PathBuf,
    folder: PathBuf,
    port: u16,
    password: String,
}

impl Cluster {
    /// Of the machine's own version.
    pub(crate) fn start() -> Result<Self> {
        Self::of(postgres_binaries().context("no PostgreSQL server on this machine")?)
    }

    /// Of the version whose programs lie in the folder.
    pub(crate) fn of(binaries: PathBuf) -> Result<Self> {
        let password = random_hex(16)?;
        let folder = std::env::temp_dir().join(format!("grantor-postgres-{}", random_hex(6)?));
        std::fs::create_dir(&folder)?;
        let cluster = Self { binaries, folder, port: free_port(0)?, password };
        cluster.initialise()?;
        cluster.run_server()?;
        Ok(cluster)
    }

    /// The address of the maintenance database; its user may create databases.
    pub(crate) fn url(&self) -> String {
        format!("postgres://{OWNER}:{}@127.0.0.1:{}/postgres", self.password, self.port)
    }

    /// Its owner and their password.
    pub(crate) fn credentials(&self) -> (&str, &str) {
        (OWNER, &self.password)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    fn initialise(&self) -> Result<()> {
        let secret = self.folder.join("password");
        std::fs::write(&secret, &self.password)?;
        if is_root() {
            run(Command::new("chown").arg("-R").arg(UNPRIVILEGED).arg(&self.folder))?;
        }
        // `password` rather than `scram`: hashing at every connection would only slow the tests down.
        let mut initdb = self.program("initdb");
        initdb.args(["--no-sync", "--encoding=UTF8", "--locale=C", "--auth=password", "--username", OWNER, "--pwfile"]);
        printed(initdb.arg(&secret).arg("-D").arg(self.data())).map(drop)
    }

    fn run_server(&self) -> Result<()> {
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories='' -c max_connections=300 \
             -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=128MB",
            self.port
        );
        let log = self.folder.join("log");
        let mut start = self.program("pg_ctl");
        start.arg("start").arg("-w").arg("-s").arg("-D").arg(self.data()).arg("-l").arg(&log).arg("-o").arg(options);
        // The server keeps the output it was given; a pipe would keep us waiting for its end.
        start.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        run(&mut start).with_context(|| std::fs::read_to_string(&log).unwrap_or_default())
    }

    /// A program of the cluster's version, under a user that is not root: the server refuses to run as root.
    fn program(&self, name: &str) -> Command {
        let path = self.binaries.join(name);
        let mut command = if is_root() {
            let mut other = Command::new("runuser");
            other.args(["-u", UNPRIVILEGED, "--"]).arg(path);
            other
        } else {
            Command::new(path)
        };
        command.current_dir(&self.folder);
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if Path::new(&self.data()).join("postmaster.pid").is_file() {
            let mut stop = self.program("pg_ctl");
            if let Err(error) = printed(stop.args(["stop", "-w", "-m", "immediate", "-s", "-D"]).arg(self.data())) {
                println!("the PostgreSQL server did not stop: {error:#}");
            }
        }
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            println!("could not remove {}: {error}", self.folder.display());
        }
    }
}

const OWNER: &str = "grantor";

/// Debian's package makes this user.
pub(crate) const UNPRIVILEGED: &str = "postgres";
