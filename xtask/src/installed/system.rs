//! The packages of systems: unpacked, judged, and installed into a copy of this machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::{Place, possible, unshared};
use crate::process::{folder, printed};

impl Place<'_> {
    /// Installed, upgraded, removed and purged: users, modes, what an administrator changed, what systemd is asked for, and the data.
    pub(super) fn debian_installed(&self) -> Result<String> {
        self.made(".deb")?.into_iter().map(|file| self.privately("debian.sh", &[file])).collect()
    }

    /// The same of RPM's.
    pub(super) fn rpm_installed(&self) -> Result<String> {
        let spec = self.root.join("deploy/rpm/grantor.spec");
        self.made(".rpm")?.into_iter().map(|file| self.privately("rpm.sh", &[file, spec.clone()])).collect()
    }

    /// Runs a script of `deploy/test` in a copy of this machine that is gone afterwards.
    fn privately(&self, script: &str, files: &[PathBuf]) -> Result<String> {
        let scripts = self.root.join("deploy/test");
        let mut apart = unshared(&["--ipc", "--net"]);
        apart.arg("sh").arg(scripts.join("private.sh")).arg(scripts.join(script)).args(files);
        possible(&mut apart)
    }

    /// Unpacked, its program runs, and its configuration is right.
    pub(super) fn debian(&self) -> Result<String> {
        let tree = self.scratch.join("debian");
        let mut lines = String::new();
        for file in self.made(".deb")? {
            printed(Command::new("dpkg-deb").arg("--extract").arg(&file).arg(&tree))?;
            lines += &self.installed(&tree)?;
        }
        Ok(lines)
    }

    /// It finds nothing.
    pub(super) fn lintian(&self) -> Result<String> {
        let fail = ["--allow-root", "--tag-display-limit", "0", "--fail-on", "error,warning"];
        self.made(".deb")?.iter().map(|file| printed(Command::new("lintian").args(fail).arg(file))).collect()
    }

    /// The unit is closed off.
    pub(super) fn unit(&self) -> Result<String> {
        // In tenths: 1.5 of 10.
        let words = ["security", "--offline=true", "--threshold=15", "--no-pager"];
        let unit = self.root.join("deploy/systemd/grantor.service");
        printed(Command::new("systemd-analyze").args(words).arg(unit)).context("the unit is not closed off")
    }

    /// The same of RPM's, unpacked by its own tool.
    pub(super) fn rpm(&self) -> Result<String> {
        let tree = folder(&self.scratch.join("rpm"))?;
        for file in self.made(".rpm")? {
            let unpack = "rpm2cpio \"$0\" | cpio --quiet --extract --make-directories --no-absolute-filenames";
            printed(Command::new("sh").arg("-c").arg(unpack).arg(&file).current_dir(&tree))?;
        }
        self.installed(&tree)
    }

    fn installed(&self, tree: &Path) -> Result<String> {
        let told = printed(Command::new(tree.join("usr/bin/grantor")).arg("version"))?;
        ensure!(told.trim() == format!("grantor {}", self.version), "the program says {told}");
        ensure!(tree.join("usr/lib/systemd/system/grantor.service").is_file(), "there is no unit");
        let mut check = Command::new(tree.join("usr/bin/grantor"));
        check.args(["config", "check", "--config"]).arg(tree.join("etc/grantor/grantor.toml"));
        printed(&mut check).context("the configuration that is installed")
    }
}
