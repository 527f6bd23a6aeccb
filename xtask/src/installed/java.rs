//! The jars in a project that has JUnit, and the example of Spring Boot with them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Place;
use crate::packages::{BOOT_3, BOOT_4};
use crate::process::{folder, printed};

impl Place<'_> {
    /// The controls, with the JUnit that Spring Boot 3.5 has.
    pub(super) fn junit_5(&self) -> Result<String> {
        self.junit("junit-5", BOOT_3, &["packages/java/test"])
    }

    /// The controls, with the JUnit that Spring Boot 4.1 has.
    pub(super) fn junit_6(&self) -> Result<String> {
        self.junit("junit-6", BOOT_4, &["packages/java/test"])
    }

    /// The example with both versions of Spring Boot.
    pub(super) fn spring(&self) -> Result<String> {
        let folders = ["main", "test"].map(|kind| format!("examples/spring-resource-server/src/{kind}/java/api"));
        let folders = folders.each_ref().map(String::as_str);
        [BOOT_3, BOOT_4].into_iter().map(|boot| self.junit(&boot.replace('/', "-"), boot, &folders)).collect()
    }

    /// Compiles what lies in the folders, and has JUnit's own launcher run it.
    fn junit(&self, name: &str, boot: &str, folders: &[&str]) -> Result<String> {
        let project = folder(&self.scratch.join(name))?;
        let classes = folder(&project.join("classes"))?;
        let mut path: Vec<PathBuf> = self.made(".jar")?.into_iter().filter(|jar| !is_of_sources(jar)).collect();
        path.push(self.packages.junit_libraries(boot).join("*"));
        path.push(classes.clone());
        let path = std::env::join_paths(path)?;
        let mut compiler = self.command(&project, "javac");
        compiler.arg("-parameters").arg("-cp").arg(&path).arg("-d").arg(&classes);
        for at in folders {
            for entry in std::fs::read_dir(self.root.join(at)).with_context(|| format!("cannot read {at}"))? {
                let file = entry?.path();
                match file.extension().and_then(|end| end.to_str()) {
                    Some("java") => drop(compiler.arg(file)),
                    Some("json") => drop(std::fs::copy(&file, classes.join(file.file_name().unwrap_or_default()))?),
                    _ => (),
                }
            }
        }
        printed(&mut compiler).with_context(|| format!("{} with {boot}", folders.join(", ")))?;
        let mut launcher = self.command(&project, "java");
        // A place of its own for what is temporary: a test looks whether anything is left there.
        launcher.arg(format!("-Djava.io.tmpdir={}", folder(&project.join("tmp"))?.display()));
        launcher.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp"]).arg(&path).arg(LAUNCHER);
        launcher.args(["execute", "--fail-if-no-tests", "--disable-banner", "--disable-ansi-colors", "--details=tree"]);
        launcher.arg("--scan-classpath").arg(&classes).env("XDG_CACHE_HOME", self.scratch.join("cache"));
        printed(&mut launcher)
    }
}

fn is_of_sources(jar: &Path) -> bool {
    jar.to_string_lossy().ends_with("-sources.jar")
}

const LAUNCHER: &str = "org.junit.platform.console.ConsoleLauncher";
