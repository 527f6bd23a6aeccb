//! The image: its contents, and run without an engine.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::{Place, files, possible, unshared};
use crate::process::{Running, folder, free_port, printed};

impl Place<'_> {
    /// Unpacked by umoci and run by crun as its own configuration says: nothing to write to but its data, no capability, its own health check.
    pub(super) fn image_by_crun(&self) -> Result<String> {
        let place = folder(&self.scratch.join("crun"))?;
        let mut apart = unshared(&["--mount-proc"]);
        apart.arg("sh").arg(self.root.join("deploy/test/image.sh")).arg(self.layout()).arg(&self.version).arg(place);
        possible(&mut apart)
    }

    /// Where the image is unpacked.
    fn layout(&self) -> PathBuf {
        self.scratch.join("image")
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
