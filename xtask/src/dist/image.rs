//! The OCI image: nothing but the program, as an archive of an image layout (OCI image specification 1.1), without an engine.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::archive::{BLOCK, Kind, gzip, hexadecimal, sha256, tar_header};
use super::bill::quoted;
use super::{Program, Release, read};
use crate::process::{folder, printed};

/// `grantor-…-linux-amd64.oci.tar`; none where the libraries that the program is loaded with are not on this machine.
pub(super) fn image(release: &Release, program: &Program) -> Result<Option<(String, Vec<u8>)>> {
    if program.glibc.is_some() && !program.runs_here() {
        let processor = program.processor.debian;
        println!(
            "without an image for {processor}: its libraries are not here; it is made on such a machine, or of a program that is linked with all it needs"
        );
        return Ok(None);
    }
    let layer = tar(content(release, program)?)?;
    let packed = Blob::new("application/vnd.oci.image.layer.v1.tar+gzip", gzip(&layer, release.level)?)?;
    let architecture = program.processor.debian;
    let config = config(&release.version, architecture, &hexadecimal(&sha256(&layer)?));
    let config = Blob::new("application/vnd.oci.image.config.v1+json", config.into_bytes())?;
    let manifest = format!(
        "{{\"schemaVersion\":2,\"mediaType\":{},\"config\":{},\"layers\":[{}]}}",
        quoted(MANIFEST),
        config.described(""),
        packed.described("")
    );
    let manifest = Blob::new(MANIFEST, manifest.into_bytes())?;
    let named = format!(
        ",\"platform\":{{\"os\":\"linux\",\"architecture\":\"{architecture}\"}},\"annotations\":{{\"org.opencontainers.image.ref.name\":{},\
         \"io.containerd.image.name\":{}}}",
        quoted(&release.version),
        quoted(&format!("grantor:{}", release.version))
    );
    let index = format!(
        "{{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[{}]}}",
        manifest.described(&named)
    );
    let mut nodes = vec![Node::folder("blobs/", 0o755, 0), Node::folder("blobs/sha256/", 0o755, 0)];
    let mut blobs = [packed, config, manifest];
    blobs.sort_by(|a, b| a.hash.cmp(&b.hash));
    nodes.extend(blobs.into_iter().map(|blob| Node::file(&format!("blobs/sha256/{}", blob.hash), blob.content, 0o644)));
    nodes.push(Node::file("index.json", index.into_bytes(), 0o644));
    nodes.push(Node::file("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec(), 0o644));
    Ok(Some((format!("grantor-{}-linux-{architecture}.oci.tar", release.version), tar(nodes)?)))
}

/// What is in the image: the program and whatever it is not linked with, authorities, a place for data and one for what is temporary.
fn content(release: &Release, program: &Program) -> Result<Vec<Node>> {
    let mut nodes: Vec<Node> = FOLDERS.iter().map(|(name, mode, owner)| Node::folder(name, *mode, *owner)).collect();
    let users = format!("root:x:0:0::/:/\ngrantor:x:{USER}:{USER}::/var/lib/grantor:/\n");
    nodes.push(Node::file("etc/passwd", users.into_bytes(), 0o644));
    nodes.push(Node::file("etc/group", format!("root:x:0:\ngrantor:x:{USER}:\n").into_bytes(), 0o644));
    nodes.push(Node::file("usr/bin/grantor", program.content.clone(), 0o755));
    if Path::new(AUTHORITIES).is_file() {
        nodes.push(Node::file(AUTHORITIES.trim_start_matches('/'), read(Path::new(AUTHORITIES))?, 0o644));
    }
    if program.glibc.is_some() {
        for library in libraries(release, program)? {
            let inside = library.trim_start_matches('/');
            for at in inside.match_indices('/').map(|(at, _)| &inside[..=at]) {
                nodes.push(Node::folder(at, 0o755, 0));
            }
            nodes.push(Node::file(inside, read(Path::new(&library))?, 0o755));
        }
    }
    nodes.sort_by(|a, b| a.name.cmp(&b.name));
    nodes.dedup_by(|a, b| a.name == b.name);
    Ok(nodes)
}

/// The shared libraries that a program is loaded with, of this machine: of a program that is for it.
fn libraries(release: &Release, program: &Program) -> Result<Vec<String>> {
    // Below the build, where nobody else can have put something by this name.
    let file = folder(&release.scratch())?.join("loaded");
    std::fs::write(&file, &program.content)?;
    let told = printed(Command::new("ldd").arg(&file));
    std::fs::remove_file(&file)?;
    let told = told.context("ldd tells what the program is loaded with")?;
    // `libc.so.6 => /lib/… (0x…)`, and the loader without an arrow; the kernel's own is no file.
    let path = |line: &str| line.split_whitespace().find(|word| word.starts_with('/')).map(str::to_owned);
    Ok(told.lines().filter_map(path).collect())
}

fn config(version: &str, architecture: &str, layer: &str) -> String {
    let environment = ENVIRONMENT.map(quoted).join(",");
    format!(
        "{{\"created\":\"{CREATED}\",\"architecture\":\"{architecture}\",\"os\":\"linux\",\"config\":{{\"User\":\"{USER}:{USER}\",\
         \"ExposedPorts\":{{\"8085/tcp\":{{}}}},\"Env\":[{environment}],\"Entrypoint\":[\"/usr/bin/grantor\"],\"Cmd\":[\"serve\"],\
         \"Volumes\":{{\"/var/lib/grantor\":{{}}}},\"WorkingDir\":\"/var/lib/grantor\",\"StopSignal\":\"SIGTERM\",\
         \"Healthcheck\":{{\"Test\":[\"CMD\",\"/usr/bin/grantor\",\"healthcheck\"],\"Interval\":10000000000,\"Timeout\":6000000000,\
         \"StartPeriod\":30000000000,\"Retries\":3}},\"Labels\":{{\"org.opencontainers.image.title\":\"grantor\",\
         \"org.opencontainers.image.version\":{},\"org.opencontainers.image.licenses\":\"Apache-2.0\"}}}},\"rootfs\":{{\"type\":\"layers\",\
         \"diff_ids\":[\"sha256:{layer}\"]}},\"history\":[{{\"created\":\"{CREATED}\",\"created_by\":\"cargo xtask dist\"}}]}}",
        quoted(version)
    )
}

/// Content that is named by its hash.
struct Blob {
    media: &'static str,
    content: Vec<u8>,
    hash: String,
}

impl Blob {
    fn new(media: &'static str, content: Vec<u8>) -> Result<Self> {
        let hash = hexadecimal(&sha256(&content)?);
        Ok(Self { media, content, hash })
    }

    /// Its descriptor, with more members behind.
    fn described(&self, more: &str) -> String {
        let (media, length) = (quoted(self.media), self.content.len());
        format!("{{\"mediaType\":{media},\"digest\":\"sha256:{}\",\"size\":{length}{more}}}", self.hash)
    }
}

/// What a tar archive has of a file or a folder.
struct Node {
    name: String,
    content: Vec<u8>,
    mode: u32,
    owner: u32,
    kind: Kind,
}

impl Node {
    fn file(name: &str, content: Vec<u8>, mode: u32) -> Self {
        Self { name: name.to_owned(), content, mode, owner: 0, kind: Kind::File }
    }

    fn folder(name: &str, mode: u32, owner: u32) -> Self {
        Self { name: name.to_owned(), content: Vec::new(), mode, owner, kind: Kind::Folder }
    }
}

/// A tar archive of nodes in the order in which they are given.
fn tar(nodes: Vec<Node>) -> Result<Vec<u8>> {
    let mut tar = Vec::new();
    for node in nodes {
        tar.extend(tar_header(&node.name, node.content.len(), node.mode, node.owner, node.kind)?);
        tar.extend(node.content);
        tar.resize(tar.len().next_multiple_of(BLOCK), 0);
    }
    tar.resize(tar.len() + 2 * BLOCK, 0);
    Ok(tar)
}

/// Nobody's on any machine, as images without a system have it.
pub(crate) const USER: u32 = 65532;
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";
/// The time of what is in the archives, `archive::TAR_TIME`.
const CREATED: &str = "1985-10-26T08:15:00Z";
const ENVIRONMENT: [&str; 4] = [
    "PATH=/usr/bin",
    "GRANTOR_HTTP_LISTEN=0.0.0.0:8085",
    "GRANTOR_DATABASE_URL=sqlite:/var/lib/grantor/grantor.db",
    "GRANTOR_LOG_FORMAT=json",
];
const FOLDERS: [(&str, u32, u32); 9] = [
    ("etc/", 0o755, 0),
    ("etc/ssl/", 0o755, 0),
    ("etc/ssl/certs/", 0o755, 0),
    ("tmp/", 0o1777, 0),
    ("usr/", 0o755, 0),
    ("usr/bin/", 0o755, 0),
    ("var/", 0o755, 0),
    ("var/lib/", 0o755, 0),
    ("var/lib/grantor/", 0o700, USER),
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{content, image};
    use crate::dist::{Level, PROCESSORS, Program, Release};

    fn release() -> Release<'static> {
        let (version, license) = ("1.2.3".to_owned(), Vec::new());
        Release { root: Path::new("/nowhere"), version, license, level: Level::Quick, linked: Vec::new() }
    }

    /// It is the program and nothing that it would be loaded with, whichever machine makes it.
    #[test]
    fn a_program_with_all_it_needs_has_an_image_for_any_processor() {
        for processor in &PROCESSORS {
            let program = Program { content: vec![7; 1000], processor, glibc: None };
            let nodes = content(&release(), &program).unwrap();
            assert!(nodes.iter().any(|node| node.name == "usr/bin/grantor" && node.content == program.content));
            assert!(!nodes.iter().any(|node| node.name.contains("lib/") && node.name.contains(".so")));
            let (name, _) = image(&release(), &program).unwrap().unwrap();
            assert_eq!(name, format!("grantor-1.2.3-linux-{}.oci.tar", processor.debian));
        }
    }

    #[test]
    fn the_libraries_of_another_processor_are_not_here() {
        let foreign = PROCESSORS.iter().find(|processor| processor.python != std::env::consts::ARCH).unwrap();
        let program = Program { content: vec![7; 1000], processor: foreign, glibc: Some((2, 17)) };
        assert!(image(&release(), &program).unwrap().is_none());
    }
}
