//! The files that others install: for npm, PyPI and Go, of a program that is there or is built for it. The same program and sources
//! make the same files, bit for bit. Nothing is published.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::process::folder;
use crate::ship;
use archive::sha256;
pub(crate) use archive::{Level, TAR_TIME};

mod archive;
mod bill;
mod go;
mod image;
mod java;
mod npm;
mod system;
mod wheel;

/// `cargo xtask dist [--processor NAME | --binary FILE …]`: of these programs, or of those that are shipped, which are built then.
pub(crate) fn command(root: &Path, words: &[&str]) -> Result<()> {
    let (mut binaries, mut processors) = (Vec::new(), Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match (*word, words.next()) {
            ("--binary", Some(file)) => binaries.push(PathBuf::from(file)),
            ("--processor", Some(name)) => processors.push(ship::known(name)?),
            ("--binary" | "--processor", None) => bail!("{word} wants a word behind it"),
            _ => bail!("unknown option: {word}"),
        }
    }
    ensure!(binaries.is_empty() || processors.is_empty(), "--processor is of what is built, --binary of what is there");
    if binaries.is_empty() {
        let wanted = if processors.is_empty() { ship::PROCESSORS.to_vec() } else { processors };
        binaries = wanted.into_iter().map(|processor| ship::build(root, processor)).collect::<Result<_>>()?;
    }
    let place = crate::dev::target(root).join("dist");
    for (name, size) in make(root, &binaries, &place, Level::Smallest)? {
        println!("{:>8} KB  {name}", size.div_ceil(1000));
    }
    println!("in {}", place.display());
    let made: Vec<Program> = binaries.iter().map(|path| Program::read(path)).collect::<Result<_>>()?;
    for processor in &PROCESSORS {
        let npm = processor.npm;
        match made.iter().position(|program| program.processor.npm == npm) {
            Some(at) => println!("for Linux on {npm}: {}", binaries[at].display()),
            None => println!("not for Linux on {npm}: there is no program of it"),
        }
    }
    Ok(())
}

/// Writes all files and their checksums into a folder that is empty afterwards but for them; gives their names and sizes.
pub(crate) fn make(root: &Path, binaries: &[PathBuf], place: &Path, level: Level) -> Result<Vec<(String, usize)>> {
    let mut programs: Vec<Program> = binaries.iter().map(|path| Program::read(path)).collect::<Result<_>>()?;
    let whole = programs.iter().any(|program| program.glibc.is_none());
    let linked = if whole { ship::linked(root)? } else { Vec::new() };
    let release = Release { root, version: version(root)?, license: read(&root.join("LICENSE"))?, level, linked };
    programs.sort_by_key(|program| program.processor.npm);
    let same = programs.windows(2).any(|pair| pair[0].processor.npm == pair[1].processor.npm);
    ensure!(!same, "two programs are for one processor");
    let mut files = vec![npm::launcher(&release)?, npm::containers(&release)?, go::module(&release)?];
    let sample = system::sample(&release, &programs)?;
    for program in &programs {
        files.push(npm::platform(&release, program)?);
        files.push(wheel::wheel(&release, program)?);
        files.extend(image::image(&release, program)?);
        files.extend(system::packages(&release, program, sample.as_deref())?);
    }
    match java::jars(&release, &programs) {
        Ok(jars) => files.extend(jars),
        // Tests of the others need no JDK.
        Err(error) if level == Level::Quick => println!("without the packages for Java: {error:#}"),
        Err(error) => return Err(error),
    }
    let version = &release.version;
    files.push((format!("grantor-{version}.cdx.json"), bill::materials(root, version, &release.linked)?.into_bytes()));
    files.push((format!("grantor-{version}.THIRD-PARTY.txt"), bill::licences(root, &release.linked)?.into_bytes()));
    let _ = std::fs::remove_dir_all(release.scratch());
    files.sort();
    if place.is_dir() {
        std::fs::remove_dir_all(place).with_context(|| format!("cannot remove {}", place.display()))?;
    }
    folder(place)?;
    let mut sums = String::new();
    for (name, content) in &files {
        std::fs::write(place.join(name), content)?;
        sums = format!("{sums}{}  {name}\n", archive::hexadecimal(&sha256(content)?));
    }
    std::fs::write(place.join("SHA256SUMS"), sums)?;
    Ok(files.into_iter().map(|(name, content)| (name, content.len())).collect())
}

/// What all files of one version have in common.
struct Release<'a> {
    root: &'a Path,
    version: String,
    license: Vec<u8>,
    level: Level,
    /// What is in its programs beside crates.
    linked: Vec<ship::Linked>,
}

impl Release<'_> {
    /// For what other programs write. Others may do the same in this folder at this moment.
    fn scratch(&self) -> PathBuf {
        crate::dev::target(self.root).join("dist-scratch").join(std::process::id().to_string())
    }

    /// A text of `packages/`, with the version in its place.
    fn text(&self, path: &str) -> Result<String> {
        let text = String::from_utf8(read(&self.root.join("packages").join(path))?)?;
        Ok(text.replace(UNVERSIONED, &self.version))
    }
}

/// A file and where it goes in an archive.
struct Entry {
    name: String,
    content: Vec<u8>,
    /// It is a program.
    runs: bool,
}

impl Entry {
    fn text(name: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), content: content.into(), runs: false }
    }
}

/// The server's program and what it runs on.
struct Program {
    content: Vec<u8>,
    processor: &'static Processor,
    /// The newest glibc that it asks for; none where it is linked with all it needs.
    glibc: Option<(u32, u32)>,
}

impl Program {
    /// It is for the processor of this machine.
    fn runs_here(&self) -> bool {
        self.processor.python == std::env::consts::ARCH
    }

    fn read(path: &Path) -> Result<Self> {
        let content = read(path)?;
        let shown = path.display();
        // The header of ELF: magic number, 64 bits, little-endian; `e_machine` is at octet 18.
        ensure!(content.starts_with(b"\x7fELF\x02\x01"), "{shown} is no program of 64-bit Linux");
        let machine = content.get(18..20).map(|octets| u16::from_le_bytes([octets[0], octets[1]]));
        let Some(processor) = PROCESSORS.iter().find(|processor| Some(processor.machine) == machine) else {
            bail!("{shown} is for a processor that no package is made for");
        };
        Ok(Self { content, processor, glibc: ship::newest(path)? })
    }
}

/// A processor by the names that ELF and the registries have for it.
#[derive(Debug)]
struct Processor {
    machine: u16,
    npm: &'static str,
    python: &'static str,
    /// As Java says it in `os.arch`.
    java: &'static str,
    /// Of images as well.
    debian: &'static str,
}

/// The sources of a package, sorted by their names; what a run leaves behind is none of them.
fn sources(folder: &Path, within: &str) -> Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).context("a name of a file is UTF-8")?.to_owned();
        let inside = format!("{within}{name}");
        if path.is_file() {
            found.push((inside, path));
        } else if !LEFT_BEHIND.contains(&name.as_str()) {
            found.extend(sources(&path, &format!("{inside}/"))?);
        }
    }
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The version of the workspace.
pub(crate) fn version(root: &Path) -> Result<String> {
    let text = std::fs::read_to_string(root.join("Cargo.toml"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
    Ok(line.context("Cargo.toml has no version")?.to_owned())
}

/// What the sources say where the version belongs: it stands in one place, Cargo.toml.
const UNVERSIONED: &str = "0.0.0-source";
const LEFT_BEHIND: [&str; 3] = ["__pycache__", "node_modules", ".pytest_cache"];
const PROCESSORS: [Processor; 2] = [
    Processor { machine: 62, npm: "x64", python: "x86_64", java: "amd64", debian: "amd64" },
    Processor { machine: 183, npm: "arm64", python: "aarch64", java: "aarch64", debian: "arm64" },
];
