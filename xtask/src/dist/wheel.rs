//! The wheel (PEP 427): the program as a script, the client, and the plugin of pytest.

use std::fmt::Write as _;

use anyhow::Result;

use super::archive::{base64url, sha256, zip};
use super::{Entry, Program, Release, read, sources};

/// `grantor-…-py3-none-….whl`.
pub(super) fn wheel(release: &Release, program: &Program) -> Result<(String, Vec<u8>)> {
    let Release { version, .. } = release;
    let information = format!("grantor-{version}.dist-info");
    let platforms = platforms(program);
    let tags = platforms.iter().fold(String::new(), |text, platform| format!("{text}Tag: py3-none-{platform}\n"));
    let described = format!("{}{}", release.text("python/METADATA")?, release.text("python/README.md")?);
    let mut entries = vec![
        Entry { name: format!("grantor-{version}.data/scripts/grantor"), content: program.content.clone(), runs: true },
        Entry::text(format!("{information}/METADATA"), described),
        Entry::text(format!("{information}/WHEEL"), format!("{WHEEL}{tags}")),
        Entry::text(format!("{information}/entry_points.txt"), "[pytest11]\ngrantor = grantor.pytest_plugin\n"),
        Entry::text(format!("{information}/licenses/LICENSE"), release.license.clone()),
    ];
    for (name, path) in sources(&release.root.join("packages/python/grantor"), "grantor/")? {
        entries.push(Entry::text(name, read(&path)?));
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let mut record = String::new();
    for entry in &entries {
        let hash = base64url(&sha256(&entry.content)?);
        writeln!(record, "{},sha256={hash},{}", entry.name, entry.content.len())?;
    }
    let own = format!("{information}/RECORD");
    writeln!(record, "{own},,")?;
    entries.push(Entry::text(own, record));
    let name = format!("grantor-{version}-py3-none-{}.whl", platforms.join("."));
    Ok((name, zip(entries, release.level)?))
}

/// What it says that it runs on is what the program asks for (PEP 599, 600, 656).
fn platforms(program: &Program) -> Vec<String> {
    let processor = program.processor.python;
    let old = || vec![format!("manylinux2014_{processor}"), format!("manylinux_2_17_{processor}")];
    match program.glibc {
        None => [old(), vec![format!("musllinux_1_1_{processor}")]].concat(),
        Some(version) if version <= (2, 17) => old(),
        Some((major, minor)) => vec![format!("manylinux_{major}_{minor}_{processor}")],
    }
}

const WHEEL: &str = "Wheel-Version: 1.0\nGenerator: grantor-xtask\nRoot-Is-Purelib: false\n";

#[cfg(test)]
mod tests {
    use super::platforms;
    use crate::dist::{PROCESSORS, Program};

    #[test]
    fn a_wheel_says_what_its_program_needs() {
        let tags = |glibc| platforms(&Program { content: Vec::new(), processor: &PROCESSORS[1], glibc });
        let old = ["manylinux2014_aarch64", "manylinux_2_17_aarch64"];
        assert_eq!(tags(Some((2, 17))), old);
        assert_eq!(tags(Some((2, 36))), ["manylinux_2_36_aarch64"]);
        assert_eq!(tags(None), [old[0], old[1], "musllinux_1_1_aarch64"]);
    }
}
