//! Archives whose octets depend on nothing but their content: no time, no owner, entries in the order of their names.

use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::Entry;

/// How much work is done to make it small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Smallest,
    /// For tests, which throw it away.
    Quick,
}

/// A tar archive (POSIX.1-1988 ustar), compressed by gzip (RFC 1952).
pub(super) fn tar_gz(mut entries: Vec<Entry>, level: Level) -> Result<Vec<u8>> {
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let mut tar = Vec::new();
    for entry in &entries {
        let mode = if entry.runs { 0o755 } else { 0o644 };
        tar.extend(tar_header(&entry.name, entry.content.len(), mode, 0, Kind::File)?);
        tar.extend(&entry.content);
        tar.resize(tar.len().next_multiple_of(BLOCK), 0);
    }
    tar.resize(tar.len() + 2 * BLOCK, 0);
    gzip(&tar, level)
}

/// What an entry of a tar archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
}

/// The block before the content of a file, or of a folder, of this owner and group.
pub(super) fn tar_header(name: &str, size: usize, mode: u32, owner: u32, kind: Kind) -> Result<[u8; BLOCK]> {
    ensure!(name.len() < 100, "{name} is too long a name");
    let mut header = [0; BLOCK];
    let mut put = |at: usize, text: &[u8]| header[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, format!("{mode:07o}").as_bytes());
    put(108, format!("{owner:07o}").as_bytes());
    put(116, format!("{owner:07o}").as_bytes());
    put(124, format!("{size:011o}").as_bytes());
    put(136, format!("{TAR_TIME:011o}").as_bytes());
    put(148, b"        ");
    put(156, if kind == Kind::Folder { b"5" } else { b"0" });
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|&octet| u32::from(octet)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Ok(header)
}

/// A ZIP archive (APPNOTE 6.3.x), deflated.
pub(super) fn zip(mut entries: Vec<Entry>, level: Level) -> Result<Vec<u8>> {
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for entry in &entries {
        let at = u32::try_from(archive.len())?;
        let shared = zip_header(entry, level)?;
        archive.extend(b"PK\x03\x04");
        archive.extend(&shared.fields);
        archive.extend(entry.name.as_bytes());
        archive.extend(&shared.deflated);
        directory.extend(b"PK\x01\x02");
        // Made on Unix, so that the attributes are a mode.
        directory.extend([20, 3]);
        directory.extend(&shared.fields);
        // No comment, the first disk, no internal attributes.
        directory.extend([0; 6]);
        let mode: u32 = if entry.runs { 0o100_755 } else { 0o100_644 };
        directory.extend((mode << 16).to_le_bytes());
        directory.extend(at.to_le_bytes());
        directory.extend(entry.name.as_bytes());
    }
    let (count, begins, length) =
        (u16::try_from(entries.len())?, u32::try_from(archive.len())?, u32::try_from(directory.len())?);
    archive.extend(directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend(count.to_le_bytes());
    archive.extend(count.to_le_bytes());
    archive.extend(length.to_le_bytes());
    archive.extend(begins.to_le_bytes());
    archive.extend([0; 2]);
    Ok(archive)
}

/// What both headers of a ZIP entry say, and its content.
struct Shared {
    fields: Vec<u8>,
    deflated: Vec<u8>,
}

fn zip_header(entry: &Entry, level: Level) -> Result<Shared> {
    // RFC 1952 §2.3: ten octets of header, for nothing is named; the DEFLATE stream; CRC-32 and length.
    let gzipped = gzip(&entry.content, level)?;
    let end = gzipped.len().checked_sub(8).context("gzip gave too little")?;
    let deflated = gzipped[10..end].to_vec();
    let mut fields = Vec::new();
    // Version 2.0, no flags, deflated.
    for word in [20_u16, 0, 8] {
        fields.extend(word.to_le_bytes());
    }
    // Midnight of 1 January 1980, the first that there is.
    fields.extend([0, 0, 0b0010_0001, 0]);
    fields.extend(&gzipped[end..end + 4]);
    fields.extend(u32::try_from(deflated.len())?.to_le_bytes());
    fields.extend(u32::try_from(entry.content.len())?.to_le_bytes());
    fields.extend(u16::try_from(entry.name.len())?.to_le_bytes());
    fields.extend([0; 2]);
    Ok(Shared { fields, deflated })
}

pub(super) fn gzip(content: &[u8], level: Level) -> Result<Vec<u8>> {
    let effort = match level {
        Level::Smallest => "-9",
        Level::Quick => "-1",
    };
    piped(Command::new("gzip").args([effort, "-n", "-c"]), content)
}

pub(super) fn sha256(content: &[u8]) -> Result<[u8; 32]> {
    let told = piped(&mut Command::new("sha256sum"), content)?;
    let text = String::from_utf8(told)?;
    let mut hash = [0; 32];
    for (octet, at) in hash.iter_mut().zip((0..).step_by(2)) {
        *octet = u8::from_str_radix(text.get(at..at + 2).context("sha256sum gave too little")?, 16)?;
    }
    Ok(hash)
}

pub(super) fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |text, octet| format!("{text}{octet:02x}"))
}

/// base64url without padding (RFC 4648 §5).
pub(super) fn base64url(octets: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for part in octets.chunks(3) {
        let word = part.iter().fold(0_u32, |word, &octet| word << 8 | u32::from(octet)) << (8 * (3 - part.len()));
        for at in 0..=part.len() {
            text.push(char::from(ALPHABET[(word >> (18 - 6 * at) & 63) as usize]));
        }
    }
    text
}

/// What a program makes of its input.
fn piped(command: &mut Command, input: &[u8]) -> Result<Vec<u8>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{name} is needed, and cannot be started"))?;
    let mut stdin = child.stdin.take().context("standard input was asked for")?;
    // Both ends at once: a pipe holds little.
    let output = std::thread::scope(|scope| {
        let written = scope.spawn(move || stdin.write_all(input));
        let output = child.wait_with_output();
        match written.join() {
            Ok(written) => written.and(output),
            Err(_) => Err(std::io::Error::other("writing broke off")),
        }
    })?;
    ensure!(output.status.success(), "{name} ended with {}", output.status);
    Ok(output.stdout)
}

pub(super) const BLOCK: usize = 512;
/// 1985-10-26, by which npm dates what it packs.
pub(crate) const TAR_TIME: u64 = 499_162_500;

#[cfg(test)]
mod tests {
    use std::process::Command;

    use crate::process::printed;

    use super::{Entry, Level, base64url, hexadecimal, sha256, tar_gz, zip};

    fn entries() -> Vec<Entry> {
        vec![Entry { name: "b/run".into(), content: vec![7; 1000], runs: true }, Entry::text("a", "text")]
    }

    #[test]
    fn base64url_has_no_padding() {
        assert_eq!([b"".as_slice(), b"f", b"fo", b"foo"].map(base64url), ["", "Zg", "Zm8", "Zm9v"]);
        assert_eq!(base64url(&[0xfb, 0xff]), "-_8");
    }

    #[test]
    fn hashes_are_those_of_the_standard() {
        // FIPS 180-2, B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hexadecimal(&sha256(b"abc").unwrap()), expected);
    }

    #[test]
    fn other_programs_read_what_is_packed() {
        let folder = std::env::temp_dir().join(format!("grantor-archives-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let told = |name: &str, content: Vec<u8>, read: &str| {
            let path = folder.join(name);
            std::fs::write(&path, content).unwrap();
            printed(Command::new("python3").args(["-c", read]).arg(path)).unwrap()
        };
        let zipped = "import sys, zipfile as z; a = z.ZipFile(sys.argv[1]); \
            print([(i.filename, i.external_attr >> 16, len(a.read(i))) for i in a.infolist()])";
        let said = told("a.zip", zip(entries(), Level::Smallest).unwrap(), zipped);
        assert_eq!(said.trim(), "[('a', 33188, 4), ('b/run', 33261, 1000)]");
        let tarred = "import sys, tarfile; a = tarfile.open(sys.argv[1]); \
            print([(i.name, i.mode, len(a.extractfile(i).read())) for i in a])";
        let said = told("a.tgz", tar_gz(entries(), Level::Quick).unwrap(), tarred);
        assert_eq!(said.trim(), "[('a', 420, 4), ('b/run', 493, 1000)]");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_same_content_is_the_same_archive_whatever_its_order() {
        let reversed = || entries().into_iter().rev().collect();
        assert_eq!(zip(entries(), Level::Smallest).unwrap(), zip(reversed(), Level::Smallest).unwrap());
        assert_eq!(tar_gz(entries(), Level::Smallest).unwrap(), tar_gz(reversed(), Level::Smallest).unwrap());
    }
}
