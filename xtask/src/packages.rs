//! The test clients' packages from their registries, each by its ordinary client and in exact versions.

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

    /// The packages of `clients/node/package.json`. No script of a package runs.
    pub(crate) fn node(root: &Path) -> Result<()> {
        let flags = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
        run(Command::new("npm").args(flags).current_dir(root.join("clients/node")))
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
                Command::new("go")
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
