//! The modules for Testcontainers, against what stands in for an engine (`packages/testcontainers/test/engine.py`).

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{NODE_TEST, Place};
use crate::process::{folder, printed};

impl Place<'_> {
    /// Compiles the module with the jar of the controls, and its test with both.
    pub(super) fn containers_java(&self) -> Result<String> {
        let project = folder(&self.scratch.join("containers-java"))?;
        let classes = folder(&project.join("classes"))?;
        let is_of_sources = |jar: &PathBuf| jar.to_string_lossy().ends_with("-sources.jar");
        let controls = self.made_as("grantor-junit-", ".jar")?.into_iter().filter(|jar| !is_of_sources(jar));
        let libraries = self.packages.containers.join("java/*");
        let path = std::env::join_paths(controls.chain([libraries, classes.clone()]))?;
        let module =
            self.root.join("packages/testcontainers/java/src/main/java/grantor/testcontainers/GrantorContainer.java");
        let mut compiler = self.command(&project, "javac");
        // The annotations of the libraries are in none of them.
        compiler.args(["--release", "17", "-encoding", "UTF-8", "-Xlint:all,-classfile", "-Werror", "-cp"]).arg(&path);
        compiler.arg("-d").arg(&classes).arg(module);
        printed(compiler.arg(self.root.join("packages/testcontainers/test/java/ContainerTest.java")))?;
        printed(self.engine(&project).args(["java", "-XX:TieredStopAtLevel=1", "-cp"]).arg(&path).arg("ContainerTest"))
    }

    /// The module from its archive, beside the package for npm.
    pub(super) fn containers_node(&self) -> Result<String> {
        let project = self.project("containers-node", "packages/testcontainers/test/node")?;
        let modules = folder(&project.join("node_modules/@grantor/testcontainers"))?;
        let archive = self.made_as("testcontainers-", ".tgz")?.into_iter().next();
        let mut unpack = self.command(&project, "tar");
        unpack.arg("-xzf").arg(archive.context("the module was not made")?).arg("-C").arg(&modules);
        printed(unpack.arg("--strip-components=1"))?;
        let (own, beside) = (self.scratch.join("npm/node_modules"), self.packages.containers.join("node/node_modules"));
        for (folder, name) in [(own, "grantor"), (beside, "testcontainers")] {
            symlink(folder.join(name), project.join("node_modules").join(name))?;
        }
        printed(self.engine(&project).arg("node").args(NODE_TEST))
    }

    /// What stands in for an engine, and runs what comes behind it.
    fn engine(&self, project: &Path) -> Command {
        let mut engine = self.command(project, &self.packages.python);
        engine.arg("-B").arg(self.root.join("packages/testcontainers/test/engine.py")).arg(self.binary);
        engine
    }
}
