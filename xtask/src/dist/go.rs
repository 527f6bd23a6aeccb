//! The archive of the Go module, as `go` reads it of a folder or of whoever serves modules.

use anyhow::{Context, Result};

use super::archive::zip;
use super::{Entry, Release, read, sources};

/// `grantortest-v….zip`: every name begins with the module and its version.
pub(super) fn module(release: &Release) -> Result<(String, Vec<u8>)> {
    let folder = release.root.join("packages/go/grantortest");
    let text = std::fs::read_to_string(folder.join("go.mod"))?;
    let module = text.lines().find_map(|line| line.strip_prefix("module ")).context("go.mod names no module")?;
    let inside = format!("{module}@v{}", release.version);
    let mut entries = vec![Entry::text(format!("{inside}/LICENSE"), release.license.clone())];
    for (name, path) in sources(&folder, "")? {
        entries.push(Entry::text(format!("{inside}/{name}"), read(&path)?));
    }
    Ok((format!("grantortest-v{}.zip", release.version), zip(entries, release.level)?))
}
