//! The jars for JUnit: the extension with its sources, and the program of each platform, with the descriptions that Maven reads.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::archive::{hexadecimal, sha256, zip};
use super::{Entry, Program, Release, read, sources};
use crate::packages::{BOOT_3, Packages};
use crate::process::{folder, printed};

/// All files for Maven; needs a JDK, and the archives that the extension is compiled against.
pub(super) fn jars(release: &Release, programs: &[Program]) -> Result<Vec<(String, Vec<u8>)>> {
    let Release { version, .. } = release;
    let mut files = vec![
        (format!("grantor-junit-{version}.jar"), extension(release)?),
        (format!("grantor-junit-{version}-sources.jar"), jar(release, java_sources(release)?)?),
        (format!("grantor-junit-{version}.pom"), release.text("java/grantor-junit/pom.xml")?.into_bytes()),
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
