//! The packages of Debian and of RPM: one tree of files, and what each of the two says of it. Whoever has no tool for one does without it.

use std::fs::{Permissions, copy, set_permissions, write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::archive::TAR_TIME;
use super::{Level, Program, Release, bill, read};
use crate::process::{folder, found, printed};
use crate::ship::starter;

/// Both, as far as there are tools for them, with the configuration to begin with.
pub(super) fn packages(release: &Release, program: &Program, sample: Option<&[u8]>) -> Result<Vec<(String, Vec<u8>)>> {
    let Some(sample) = sample else {
        let processor = program.processor.debian;
        println!(
            "without packages of Debian and RPM for {processor}: nothing here starts a program that was given, and one has to tell the configuration to begin with"
        );
        return Ok(Vec::new());
    };
    let scratch = release.scratch().join(program.processor.npm);
    let _ = std::fs::remove_dir_all(&scratch);
    let tree = tree(release, program, sample, &scratch.join("tree"))?;
    let mut files = Vec::new();
    if found("rpmbuild").is_some() {
        files.push(rpm(release, program, &tree, &scratch)?);
    } else {
        println!("without the package for RPM: rpmbuild is not here");
    }
    if found("dpkg-deb").is_some() {
        files.push(deb(release, program, &tree, &scratch)?);
    } else {
        println!("without the package for Debian: dpkg-deb is not here");
    }
    Ok(files)
}

/// What both install.
fn tree(release: &Release, program: &Program, sample: &[u8], tree: &Path) -> Result<PathBuf> {
    let deploy = release.root.join("deploy");
    let put = |to: &str, content: &[u8], mode: u32| -> Result<()> {
        let path = tree.join(to);
        folder(path.parent().context("a file lies in a folder")?)?;
        write(&path, content)?;
        Ok(set_permissions(&path, Permissions::from_mode(mode))?)
    };
    put("usr/bin/grantor", &program.content, 0o755)?;
    put("usr/lib/systemd/system/grantor.service", &read(&deploy.join("systemd/grantor.service"))?, 0o644)?;
    put("usr/lib/sysusers.d/grantor.conf", &read(&deploy.join("systemd/grantor.sysusers"))?, 0o644)?;
    put("etc/default/grantor", &read(&deploy.join("systemd/grantor.default"))?, 0o644)?;
    put("etc/grantor/grantor.toml", sample, 0o644)?;
    let manual = text(&deploy.join("debian/grantor.1"), release)?;
    put("usr/share/man/man1/grantor.1", manual.as_bytes(), 0o644)?;
    put("usr/share/doc/grantor/copyright", &read(&deploy.join("debian/copyright"))?, 0o644)?;
    put("usr/share/doc/grantor/changelog", &read(&release.root.join("CHANGELOG.md"))?, 0o644)?;
    put("usr/share/doc/grantor/THIRD-PARTY.txt", bill::licences(release.root, &release.linked)?.as_bytes(), 0o644)?;
    set_modes(tree)?;
    for file in ["man/man1/grantor.1", "doc/grantor/changelog", "doc/grantor/THIRD-PARTY.txt"] {
        printed(Command::new("gzip").args(["-9", "-n"]).arg(tree.join("usr/share").join(file)))?;
    }
    Ok(tree.to_path_buf())
}

/// The configuration to begin with is told by the program itself: by the first that something here starts, if anything does.
pub(super) fn sample(release: &Release, programs: &[Program]) -> Result<Option<Vec<u8>>> {
    let file = folder(&release.scratch())?.join("grantor");
    for program in programs {
        let Some(mut command) = starter(&file, program.processor.python) else { continue };
        // What is loaded with libraries of another processor has none here.
        if program.glibc.is_some() && !program.runs_here() {
            continue;
        }
        write(&file, &program.content)?;
        set_permissions(&file, Permissions::from_mode(0o755))?;
        let told = printed(command.args(["config", "sample"])).context("the program tells a configuration")?;
        return Ok(Some(told.into_bytes()));
    }
    Ok(None)
}

fn deb(release: &Release, program: &Program, tree: &Path, scratch: &Path) -> Result<(String, Vec<u8>)> {
    let Release { root, version, .. } = release;
    let debian = root.join("deploy/debian");
    let architecture = program.processor.debian;
    let package = scratch.join("debian");
    printed(Command::new("cp").arg("-a").arg(tree).arg(&package))?;
    // With all that it needs in it, no other package is needed for it.
    let libraries =
        program.glibc.map_or_else(String::new, |(major, minor)| format!("libc6 (>= {major}.{minor}), libgcc-s1, "));
    let described = text(&debian.join("control"), release)?
        .replace("@ARCHITECTURE@", architecture)
        .replace("@LIBRARIES@", &libraries)
        .replace("@SIZE@", &(size(tree)? / 1024).to_string());
    let control = folder(&package.join("DEBIAN"))?;
    write(control.join("control"), described)?;
    copy(debian.join("conffiles"), control.join("conffiles"))?;
    for script in ["postinst", "prerm", "postrm"] {
        copy(debian.join(script), control.join(script))?;
        set_permissions(control.join(script), Permissions::from_mode(0o755))?;
    }
    let changes = package.join("usr/share/doc/grantor/changelog.Debian");
    write(&changes, text(&debian.join("changelog"), release)?)?;
    printed(Command::new("gzip").args(["-9", "-n"]).arg(&changes))?;
    let overrides = folder(&package.join("usr/share/lintian/overrides"))?;
    copy(debian.join("lintian-overrides"), overrides.join("grantor"))?;
    let sums = printed(Command::new("sh").arg("-c").arg(SUMS).current_dir(&package))?;
    write(control.join("md5sums"), sums)?;
    set_modes(&package)?;
    let name = format!("grantor_{version}-1_{architecture}.deb");
    let file = scratch.join(&name);
    let mut builder = Command::new("dpkg-deb");
    let packing: &[&str] = if release.level == Level::Quick { &["-Zgzip", "-z1"] } else { &["-Zxz"] };
    builder.arg("--root-owner-group").args(packing).arg("--build").arg(&package).arg(&file);
    // With several threads xz writes something else than with one.
    builder.env("SOURCE_DATE_EPOCH", TAR_TIME.to_string()).env("DPKG_DEB_THREADS_MAX", "1");
    printed(&mut builder)?;
    Ok((name, read(&file)?))
}

/// Everything is for everybody to look at, whatever mask this process has; what runs, runs.
fn set_modes(folder: &Path) -> Result<()> {
    printed(Command::new("chmod").args(["-R", "u=rwX,go=rX"]).arg(folder)).map(drop)
}

fn rpm(release: &Release, program: &Program, tree: &Path, scratch: &Path) -> Result<(String, Vec<u8>)> {
    let spec = scratch.join("grantor.spec");
    write(&spec, text(&release.root.join("deploy/rpm/grantor.spec"), release)?)?;
    let architecture = program.processor.python;
    let mut builder = Command::new("rpmbuild");
    builder.args(["-bb", "--quiet", "--target", architecture]);
    let top = format!("_topdir {}", scratch.join("rpm").display());
    let tree = format!("tree {}", tree.display());
    let packing = if release.level == Level::Quick { "_binary_payload w1.gzdio" } else { "_binary_payload w9.gzdio" };
    let dates = ["use_source_date_epoch_as_buildtime 1", "clamp_mtime_to_source_date_epoch 1"];
    for definition in [top.as_str(), &tree, packing, "_buildhost grantor"].into_iter().chain(dates) {
        builder.args(["--define", definition]);
    }
    printed(builder.arg(&spec).env("SOURCE_DATE_EPOCH", TAR_TIME.to_string()))?;
    let name = format!("grantor-{}-1.{architecture}.rpm", release.version);
    let file = scratch.join("rpm/RPMS").join(architecture).join(&name);
    Ok((name, read(&file)?))
}

/// A file of `deploy/` with the version in its place.
fn text(path: &Path, release: &Release) -> Result<String> {
    Ok(String::from_utf8(read(path)?)?.replace("@VERSION@", &release.version))
}

/// Octets of all files.
fn size(tree: &Path) -> Result<u64> {
    let told = printed(Command::new("du").args(["-s", "-b"]).arg(tree))?;
    told.split_whitespace().next().and_then(|number| number.parse().ok()).context("du tells no size")
}

const SUMS: &str = "find . -type f ! -path './DEBIAN/*' -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 md5sum";
