//! The programs that the whole run needs: found on the machine, or installed with the system's package manager.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::{found, is_root, printed, run};

/// One program that steps ask for by name.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    present: fn() -> bool,
    packages: &'static [&'static str],
}

/// Installs what is missing and returns the names of what is missing still.
pub(crate) fn provide() -> Vec<&'static str> {
    let wanted: Vec<&Tool> = TOOLS.iter().filter(|tool| !(tool.present)()).collect();
    if !wanted.is_empty() {
        let packages: Vec<&str> = wanted.iter().flat_map(|tool| tool.packages).copied().collect();
        println!("installing {}", packages.join(" "));
        if let Err(error) = install(&packages) {
            println!("could not install everything: {error:#}");
        }
    }
    let missing = lacking();
    let present: Vec<&str> = TOOLS.iter().map(|tool| tool.name).filter(|name| !missing.contains(name)).collect();
    println!("found {}", present.join(", "));
    missing
}

/// The names of what is not here.
pub(crate) fn lacking() -> Vec<&'static str> {
    TOOLS.iter().filter(|tool| !(tool.present)()).map(|tool| tool.name).collect()
}

/// One package at a time when all together fail, so that one unknown name costs only itself.
fn install(packages: &[&str]) -> Result<()> {
    found("apt-get").context("no apt-get here; install the named packages by hand")?;
    anyhow::ensure!(is_root(), "installing needs root");
    run(apt().args(["update", "-q"]))?;
    if run(apt().args(["install", "-q", "-y", "--no-install-recommends"]).args(packages)).is_ok() {
        return Ok(());
    }
    for package in packages {
        if let Err(error) = run(apt().args(["install", "-q", "-y", "--no-install-recommends", package])) {
            println!("{error:#}");
        }
    }
    Ok(())
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// The folder of `initdb` and `pg_ctl`: on `PATH`, or the newest of Debian's versioned folders.
pub(crate) fn postgres_binaries() -> Option<PathBuf> {
    if let Some(initdb) = found("initdb") {
        return initdb.parent().map(PathBuf::from);
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut folders: Vec<(u32, PathBuf)> = versions
        .filter_map(Result::ok)
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, folder)| folder.join("initdb").is_file())
        .collect();
    folders.sort();
    folders.pop().map(|(_, folder)| folder)
}

/// Chromium under one of the names that distributions give it.
pub(crate) fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(found)
}

/// A pooler for PostgreSQL, by the name that steps ask for.
pub(crate) const PGBOUNCER: &str = "PgBouncer";

/// Apache's program, which distributions keep out of the `PATH` of those who may not start it.
pub(crate) fn apache() -> Option<PathBuf> {
    let beside = || Some(PathBuf::from("/usr/sbin/apache2")).filter(|path| path.is_file());
    found("apache2").or_else(beside)
}

/// Where Debian keeps Apache's modules.
pub(crate) fn apache_modules() -> PathBuf {
    PathBuf::from("/usr/lib/apache2/modules")
}

fn has_venv() -> bool {
    printed(Command::new("python3").args(["-c", "import venv, ensurepip"])).is_ok()
}

const TOOLS: [Tool; 16] = [
    Tool {
        name: "a C and C++ compiler",
        present: || found("cc").is_some() && found("c++").is_some(),
        packages: &["build-essential"],
    },
    Tool { name: "PostgreSQL server", present: || postgres_binaries().is_some(), packages: &["postgresql"] },
    Tool { name: PGBOUNCER, present: || crate::pooler::program().is_some(), packages: &["pgbouncer"] },
    Tool { name: "Chromium", present: || chromium().is_some(), packages: &["chromium"] },
    Tool { name: "curl", present: || found("curl").is_some(), packages: &["curl", "ca-certificates"] },
    Tool { name: JQ, present: || found("jq").is_some(), packages: &["jq"] },
    Tool { name: "Python with venv", present: has_venv, packages: &["python3", "python3-venv"] },
    Tool { name: "PHP", present: || found("php").is_some(), packages: &["php-cli"] },
    Tool { name: "Ruby", present: || found("ruby").is_some(), packages: &["ruby"] },
    Tool {
        name: "Java and Maven",
        present: || found("javac").is_some() && found("mvn").is_some(),
        packages: &["default-jdk-headless", "maven"],
    },
    Tool { name: OPENSSL, present: || found("openssl").is_some(), packages: &["openssl"] },
    Tool {
        name: APACHE,
        present: || apache().is_some() && apache_modules().join("mod_auth_openidc.so").is_file(),
        // Without the package `apache2`, which would start a server.
        packages: &["apache2-bin", "libapache2-mod-auth-openidc"],
    },
    Tool { name: DEBIAN, present: || found("dpkg-deb").is_some(), packages: &["dpkg"] },
    Tool { name: LINTIAN, present: || found("lintian").is_some(), packages: &["lintian"] },
    Tool { name: RPM, present: || found("rpmbuild").is_some() && found("cpio").is_some(), packages: &["rpm", "cpio"] },
    Tool { name: CRUN, present: || found("crun").is_some() && found("umoci").is_some(), packages: &["crun", "umoci"] },
];

/// What makes packages of Debian, and what judges them.
pub(crate) const DEBIAN: &str = "dpkg-deb";
pub(crate) const LINTIAN: &str = "lintian";
pub(crate) const RPM: &str = "rpmbuild";
/// What unpacks an image, and what runs it.
pub(crate) const CRUN: &str = "crun and umoci";
pub(crate) const JQ: &str = "jq";
pub(crate) const APACHE: &str = "Apache with mod_auth_openidc";
pub(crate) const OPENSSL: &str = "OpenSSL";
