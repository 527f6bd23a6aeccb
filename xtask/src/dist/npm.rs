//! Archives for npm: the launcher with the client, and the program of each platform. The launcher depends on none of them: nothing is
//! published, and what a registry has by these names may be somebody else's.

use anyhow::Result;

use super::archive::tar_gz;
use super::{Entry, Program, Release, read, sources};

/// `grantor`, which is installed with the archive of a platform beside it.
pub(super) fn launcher(release: &Release) -> Result<(String, Vec<u8>)> {
    let mut entries = vec![Entry::text("package/LICENSE", release.license.clone())];
    for (name, path) in sources(&release.root.join("packages/npm/grantor"), "")? {
        let runs = name.starts_with("bin/");
        let content = match name.as_str() {
            "package.json" => release.text("npm/grantor/package.json")?.into(),
            _ => read(&path)?,
        };
        entries.push(Entry { name: format!("package/{name}"), content, runs });
    }
    Ok((format!("grantor-{}.tgz", release.version), tar_gz(entries, release.level)?))
}

/// `@grantor/testcontainers`, which has no program.
pub(super) fn containers(release: &Release) -> Result<(String, Vec<u8>)> {
    let place = "testcontainers/node";
    let mut entries = vec![
        Entry::text("package/LICENSE", release.license.clone()),
        Entry::text("package/package.json", release.text(&format!("{place}/package.json"))?),
    ];
    for name in ["index.d.mts", "index.mjs"] {
        entries.push(Entry::text(format!("package/{name}"), release.text(&format!("{place}/{name}"))?));
    }
    // Not as npm names it: `grantor-*.tgz` is what is installed where no containers are.
    Ok((format!("testcontainers-grantor-{}.tgz", release.version), tar_gz(entries, release.level)?))
}

/// `@grantor/linux-x64` and the like.
pub(super) fn platform(release: &Release, program: &Program) -> Result<(String, Vec<u8>)> {
    let processor = program.processor.npm;
    let text = release.text("npm/platform/package.json")?;
    let mut text = text.replace("@PLATFORM@", &format!("linux-{processor}"));
    text = text.replace("@OS@", "linux").replace("@CPU@", processor);
    if program.glibc.is_some() {
        text = text.replacen("  \"cpu\"", "  \"libc\": [\"glibc\"],\n  \"cpu\"", 1);
    }
    let entries = vec![
        Entry::text("package/LICENSE", release.license.clone()),
        Entry::text("package/package.json", text),
        Entry { name: "package/bin/grantor".into(), content: program.content.clone(), runs: true },
    ];
    // As npm names the archive of a name with a scope.
    Ok((format!("grantor-linux-{processor}-{}.tgz", release.version), tar_gz(entries, release.level)?))
}
