//! `grantor dev` for client programs: started on loopback, its variables read, ended afterwards.

use std::ffi::OsStr;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::process::{Running, folder, free_port, printed, run};

/// A running server and what it seeded.
#[derive(Debug)]
pub(crate) struct Dev {
    /// Names and values of the environment file, as the server wrote them.
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) port: u16,
    pub(crate) binary: PathBuf,
    /// The same variables as a Postman environment.
    pub(crate) postman: PathBuf,
    process: Running,
}

impl Dev {
    /// Starts the debug build, on the documents' own port when that is free.
    pub(crate) fn start(root: &Path) -> Result<Self> {
        Self::start_with(root, &[])
    }

    /// Starts it with more words on its command line.
    pub(crate) fn start_with(root: &Path, words: &[&OsStr]) -> Result<Self> {
        let scratch = folder(&root.join("target/clients"))?;
        let binary = binary(root)?;
        let mut command = Command::new(&binary);
        command.arg("dev").args(words);
        Self::run(command, &binary, &scratch, DOCUMENTED_PORT)
    }

    /// Starts a program by the command of it that ends in `dev`, on this port if it is free, with its files in this folder.
    pub(crate) fn run(mut command: Command, binary: &Path, scratch: &Path, wished: u16) -> Result<Self> {
        let port = free_port(wished)?;
        let (environment, postman) = (scratch.join("dev.env"), scratch.join("dev.postman.json"));
        let _ = std::fs::remove_file(&environment);
        let log = File::create(scratch.join("dev.log"))?;
        command.arg("--listen").arg(format!("127.0.0.1:{port}")).arg("--env-file").arg(&environment);
        command.arg("--postman").arg(&postman);
        command.stdout(log.try_clone()?).stderr(log).current_dir(scratch);
        let mut process = Running::start(&mut command)?;
        process
            .wait_for(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), Duration::from_mins(1))
            .with_context(|| std::fs::read_to_string(scratch.join("dev.log")).unwrap_or_default())?;
        let variables = written_variables(&environment)?;
        Ok(Self { variables, port, binary: binary.to_path_buf(), postman, process })
    }

    /// The memory that it has now, in KiB.
    pub(crate) fn memory(&self) -> Result<u64> {
        self.process.memory()
    }

    /// One variable of the environment file.
    pub(crate) fn variable(&self, name: &str) -> Result<&str> {
        let found = self.variables.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).with_context(|| format!("the environment file has no {name}"))
    }

    /// A fresh authorization code, from the flow API.
    pub(crate) fn code(&self, root: &Path) -> Result<String> {
        let mut command = Command::new("python3");
        command.arg(root.join("clients/code.py")).envs(self.variables.iter().cloned());
        Ok(printed(&mut command).context("no authorization code")?.trim().to_owned())
    }
}

/// The variables, once the last of them is there: a port can be open to the system before its owner has started to serve.
fn written_variables(file: &Path) -> Result<Vec<(String, String)>> {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let variables = read_variables(&std::fs::read_to_string(file).unwrap_or_default());
        if variables.iter().any(|(name, _)| name == LAST_VARIABLE) {
            return Ok(variables);
        }
        anyhow::ensure!(Instant::now() < deadline, "{} has no {LAST_VARIABLE}", file.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Builds a program as the tests of the workspace have it, features and all: of one package alone, much would be compiled once more.
pub(crate) fn build(root: &Path, name: &str) -> Result<PathBuf> {
    // A test beside it brings the features that dependencies have in tests; it is small.
    let words = ["build", "--quiet", "--workspace", "--bin", name, "--test", "command"];
    run(Command::new("cargo").args(words).current_dir(root))?;
    built(root, &format!("debug/{name}"))
}

/// The debug build of the server.
pub(crate) fn binary(root: &Path) -> Result<PathBuf> {
    built(root, "debug/grantor")
}

/// The release build of the server.
pub(crate) fn release(root: &Path) -> Result<PathBuf> {
    built(root, "release/grantor")
}

/// Where cargo puts what it builds.
pub(crate) fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// Where cargo keeps what it fetched.
pub(crate) fn cargo_home() -> Result<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    home.context("neither CARGO_HOME nor HOME says where cargo keeps sources")
}

fn built(root: &Path, name: &str) -> Result<PathBuf> {
    let path = target(root).join(name);
    anyhow::ensure!(path.is_file(), "{} is not built", path.display());
    Ok(path)
}

/// `NAME=value` lines, values bare or in one kind of quotes.
pub(crate) fn read_variables(text: &str) -> Vec<(String, String)> {
    let pairs = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), unquoted(value.trim()).to_owned())).collect()
}

fn unquoted(value: &str) -> &str {
    let within = |quote| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    within('"').or_else(|| within('\'')).unwrap_or(value)
}

/// The port that one of the documents writes out.
pub(crate) const DOCUMENTED_PORT: u16 = 8085;

/// The server writes this one last.
const LAST_VARIABLE: &str = "msIssuer";

#[cfg(test)]
mod tests {
    use super::read_variables;

    #[test]
    fn reads_shell_and_dotenv_lines() {
        let read = read_variables("# seeded\nenvID=abc\npassword='a=b c'\napiPath=\"http://localhost/v1\"\n");
        let expected = [("envID", "abc"), ("password", "a=b c"), ("apiPath", "http://localhost/v1")];
        assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
