//! Archives for npm: the launcher with the client, and the program of each platform, which the launcher names as optional.

use std::fmt::Write as _;

use anyhow::{Context, Result};

use super::archive::tar_gz;
use super::{Entry, Program, Release, read, sources};

/// `grantor`: its optional dependencies are the platforms that are made beside it.
pub(super) fn launcher(release: &Release, programs: &[Program]) -> Result<(String, Vec<u8>)> {
    let mut entries = vec![Entry::text("package/LICENSE", release.license.clone())];
    for (name, path) in sources(&release.root.join("packages/npm/grantor"), "")? {
        let runs = name.starts_with("bin/");
        let content = match name.as_str() {
            "package.json" => with_platforms(&release.text("npm/grantor/package.json")?, release, programs)?.into(),
            _ => read(&path)?,
        };
        entries.push(Entry { name: format!("package/{name}"), content, runs });
    }
    Ok((format!("grantor-{}.tgz", release.version), tar_gz(entries, release.level)?))
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

fn with_platforms(text: &str, release: &Release, programs: &[Program]) -> Result<String> {
    let (before, rest) = text.split_once(OPTIONAL).context("package.json has no optional dependencies")?;
    let (_, after) = rest.split_once('}').context("package.json does not end its optional dependencies")?;
    let mut listed = String::new();
    for (index, program) in programs.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        write!(listed, "{comma}\n    \"@grantor/linux-{}\": \"{}\"", program.processor.npm, release.version)?;
    }
    Ok(format!("{before}{OPTIONAL}{listed}\n  }}{after}"))
}

const OPTIONAL: &str = "\"optionalDependencies\": {";
