//! The jars for JUnit: the extension with its sources, and the program of each platform, with the descriptions that Maven reads.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::archive::{hexadecimal, sha256, zip};
use super::{Entry, Processor, Program, Release, read, sources};
use crate::packages::{BOOT_3, Packages};
use crate::process::{folder, printed};

/// All files for Maven; needs a JDK, and the archives that the extension is compiled against.
pub(super) fn jars(release: &Release, programs: &[Program]) -> Result<Vec<(String, Vec<u8>)>> {
    let Release { version, .. } = release;
    let mut files = vec![
        (format!("grantor-junit-{version}.jar"), extension(release)?),
        (format!("grantor-junit-{version}-sources.jar"), jar(release, java_sources(release)?)?),
        (
            format!("grantor-junit-{version}.pom"),
            described(&release.text("java/grantor-junit/pom.xml")?, version, programs).into_bytes(),
        ),
    ];
    for program in programs {
        let platform = format!("linux-{}", program.processor.npm);
        let described = release.text("java/platform/pom.xml")?.replace("@PLATFORM@", &platform);
        let inside = format!("grantor/{platform}/grantor");
        let hash = Entry::text(format!("{inside}.sha256"), hexadecimal(&sha256(&program.content)?));
        let entries = vec![Entry { name: inside, content: program.content.clone(), runs: true }, hash];
        files.push((format!("grantor-{platform}-{version}.jar"), jar(release, entries)?));
        files.push((format!("grantor-{platform}-{version}.pom"), described.into_bytes()));
    }
    Ok(files)
}

/// What Maven reads of the extension: a profile for each program that is made, of which it takes the one for its own platform.
fn described(text: &str, version: &str, programs: &[Program]) -> String {
    let profile = |program: &Program| {
        let Processor { npm, java, .. } = program.processor;
        format!(
            "<profile>\n      <id>linux-{npm}</id>\n      <activation><os><name>linux</name><arch>{java}</arch></os></activation>\n      \
             <dependencies>\n        <dependency>\n          <groupId>grantor</groupId>\n          <artifactId>grantor-linux-{npm}</artifactId>\n          \
             <version>{version}</version>\n          <scope>runtime</scope>\n        </dependency>\n      </dependencies>\n    </profile>"
        )
    };
    let profiles: Vec<String> = programs.iter().map(profile).collect();
    text.replace("<!-- @PROFILES@ -->", &profiles.join("\n    "))
}

/// The classes. The compiler writes the same for the same sources, and nothing of where they lie.
fn extension(release: &Release) -> Result<Vec<u8>> {
    let packages = Packages::places(release.root);
    let libraries = packages.junit_libraries(BOOT_3);
    if !libraries.is_dir() {
        packages.junit(release.root)?;
    }
    let classes = release.scratch().join("classes");
    let _ = std::fs::remove_dir_all(&classes);
    let mut compiler = Command::new("javac");
    compiler.args(["--release", "17", "-encoding", "UTF-8", "-g:source,lines", "-Xlint:all", "-Werror", "-cp"]);
    compiler.arg(libraries.join("*")).arg("-d").arg(folder(&classes)?);
    let files = java_files(release)?.into_iter().map(|(_, path)| path).filter(|path| is_java(path));
    printed(compiler.args(files)).context("packages/java/grantor-junit does not compile")?;
    let mut entries = entries(sources(&classes, "")?)?;
    entries.extend(entries_of_resources(release)?);
    jar(release, entries)
}

fn java_sources(release: &Release) -> Result<Vec<Entry>> {
    let mut all = entries(java_files(release)?)?;
    all.extend(entries_of_resources(release)?);
    Ok(all)
}

fn java_files(release: &Release) -> Result<Vec<(String, PathBuf)>> {
    sources(&release.root.join("packages/java/grantor-junit/src/main/java"), "")
}

fn entries_of_resources(release: &Release) -> Result<Vec<Entry>> {
    entries(sources(&release.root.join("packages/java/grantor-junit/src/main/resources"), "")?)
}

fn entries(files: Vec<(String, PathBuf)>) -> Result<Vec<Entry>> {
    files.into_iter().map(|(name, path)| Ok(Entry::text(name, read(&path)?))).collect()
}

fn is_java(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "java")
}

fn jar(release: &Release, mut entries: Vec<Entry>) -> Result<Vec<u8>> {
    entries.push(Entry::text("META-INF/LICENSE", release.license.clone()));
    let manifest = format!(
        "Manifest-Version: 1.0\r\nImplementation-Title: grantor\r\nImplementation-Version: {}\r\n\r\n",
        release.version
    );
    entries.push(Entry::text("META-INF/MANIFEST.MF", manifest));
    zip(entries, release.level)
}

#[cfg(test)]
mod tests {
    use super::{Processor, Program, described};
    use crate::dist::PROCESSORS;

    /// Nobody is sent for a program that was not made, and each platform has its own.
    #[test]
    fn maven_is_told_of_the_programs_that_are_made() {
        let program = |processor: &'static Processor| Program { content: Vec::new(), processor, glibc: None };
        let text = include_str!("../../../packages/java/grantor-junit/pom.xml");
        let one = described(text, "1.2.3", &[program(&PROCESSORS[0])]);
        assert!(one.contains("<artifactId>grantor-linux-x64</artifactId>") && !one.contains("arm64"), "{one}");
        let both = described(text, "1.2.3", &[program(&PROCESSORS[0]), program(&PROCESSORS[1])]);
        for said in ["<arch>amd64</arch>", "<arch>aarch64</arch>", "grantor-linux-arm64", "<version>1.2.3</version>"] {
            assert!(both.contains(said), "{said} {both}");
        }
        assert!(!both.contains('@'), "{both}");
    }
}
