//! The packages of systems and the image, as far as they can be tried without installing them into this machine.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::Place;
use crate::process::{Running, folder, free_port, printed};

impl Place<'_> {
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

    /// Where the image is unpacked.
    fn layout(&self) -> PathBuf {
        self.scratch.join("image")
    }

    fn installed(&self, tree: &Path) -> Result<String> {
        let told = printed(Command::new(tree.join("usr/bin/grantor")).arg("version"))?;
        ensure!(told.trim() == format!("grantor {}", self.version), "the program says {told}");
        ensure!(tree.join("usr/lib/systemd/system/grantor.service").is_file(), "there is no unit");
        let mut check = Command::new(tree.join("usr/bin/grantor"));
        check.args(["config", "check", "--config"]).arg(tree.join("etc/grantor/grantor.toml"));
        printed(&mut check).context("the configuration that is installed")
    }

    /// Every content is what its name says.
    pub(super) fn image(&self) -> Result<String> {
        let layout = self.layout();
        folder(&layout)?;
        for file in self.made(".oci.tar")? {
            printed(Command::new("tar").arg("-xf").arg(&file).arg("-C").arg(&layout))?;
        }
        let blobs: Vec<PathBuf> = files(&layout.join("blobs/sha256"))?;
        for blob in &blobs {
            let told = printed(Command::new("sha256sum").arg(blob))?;
            let name = blob.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            ensure!(told.split_whitespace().next() == Some(name), "{} is not what its name says", blob.display());
        }
        Ok(format!("{} blobs\n", blobs.len()))
    }

    /// As nobody, in nothing but the image, the program serves and its health is asked.
    pub(super) fn image_runs(&self) -> Result<String> {
        let blobs: Vec<PathBuf> = files(&self.layout().join("blobs/sha256"))?;
        let layers =
            blobs.iter().filter(|blob| std::fs::read(blob).is_ok_and(|content| content.starts_with(b"\x1f\x8b")));
        let system = folder(&self.scratch.join("image-root"))?;
        for layer in layers {
            printed(Command::new("tar").args(["--numeric-owner", "-xpzf"]).arg(layer).arg("-C").arg(&system))?;
        }
        let open = printed(
            Command::new("find")
                .arg(&system)
                .args(["!", "-type", "l", "(", "-perm", "/o+w", "-o", "!", "-user", "0", ")"]),
        )?;
        ensure!(open.lines().count() == 2, "nobody may write to more than data and /tmp:\n{open}");
        serves(&system)
    }
}

/// `grantor serve` with nothing to configure, until `grantor healthcheck` says that it is ready.
fn serves(system: &Path) -> Result<String> {
    let nobody = || {
        let mut command = Command::new("chroot");
        command.args(["--userspec=65532:65532", "--groups="]).arg(system).arg("/usr/bin/grantor");
        command
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("GRANTOR_DATABASE_URL", "sqlite:/var/lib/grantor/grantor.db");
        command
    };
    let (port, management) = (free_port(0)?, free_port(0)?);
    let began = Instant::now();
    let mut serve = nobody();
    serve.arg("serve").env("GRANTOR_HTTP_LISTEN", format!("127.0.0.1:{port}"));
    serve.env("GRANTOR_HTTP_MANAGEMENT_LISTEN", format!("127.0.0.1:{management}"));
    let log = std::fs::File::create(system.with_extension("log"))?;
    let mut running = Running::start(serve.stdout(log.try_clone()?).stderr(log))?;
    running.wait_for(SocketAddr::from((Ipv4Addr::LOCALHOST, management)), Duration::from_mins(1))?;
    let url = format!("http://127.0.0.1:{management}/readyz");
    while printed(nobody().args(["healthcheck", "--url", &url])).is_err() {
        ensure!(began.elapsed() < Duration::from_mins(1), "the server of the image was not ready in a minute");
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(format!("ready after {} ms\n", began.elapsed().as_millis()))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    Ok(files)
}
