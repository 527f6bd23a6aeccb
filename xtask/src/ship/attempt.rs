//! A program that was built is started: by the machine where it is for its processor, else by qemu where that is to be had.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::dev::Dev;
use crate::process::{folder, found, printed};

/// What starts a program of that processor here, if anything does.
pub(crate) fn starter(program: &Path, processor: &str) -> Option<Command> {
    if processor == std::env::consts::ARCH {
        return Some(Command::new(program));
    }
    let mut command = Command::new(emulator(processor)?);
    command.arg(program);
    Some(command)
}

/// qemu of user mode: Debian's qemu-user, and qemu-user-static.
fn emulator(processor: &str) -> Option<PathBuf> {
    [format!("qemu-{processor}"), format!("qemu-{processor}-static")].iter().find_map(|name| found(name))
}

/// Its version, and `grantor dev` until it gave a token; says what was done, and where nothing could be.
pub(super) fn attempt(program: &Path, processor: &str) -> Result<()> {
    let Some(mut version) = starter(program, processor) else {
        println!("not started: nothing here runs programs of {processor} (Debian: qemu-user)");
        return Ok(());
    };
    let by = match emulator(processor) {
        Some(emulator) if processor != std::env::consts::ARCH => format!("by {}", emulator.display()),
        _ => "by this machine".to_owned(),
    };
    let version = printed(version.arg("version"))?;
    let scratch = folder(&program.with_file_name("started"))?;
    let began = Instant::now();
    let mut dev = starter(program, processor).context("it was there")?;
    dev.arg("dev");
    let dev = Dev::run(dev, program, &scratch, 0).with_context(|| format!("{} {by}", program.display()))?;
    let ready = asked(dev.port, "GET /readyz", "")?;
    ensure!(ready.starts_with("HTTP/1.1 200 "), "not ready: {ready}");
    let (until, memory, began) = (began.elapsed().as_millis(), dev.memory()?, Instant::now());
    let token = asked(dev.port, "POST /ms-auth-server/oauth2/token", SERVICE)?;
    ensure!(token.starts_with("HTTP/1.1 200 ") && token.contains("\"access_token\""), "no token: {token}");
    println!(
        "started {by}: {}, ready after {until} ms with {memory} KiB of memory, a token {} ms later",
        version.trim(),
        began.elapsed().as_millis()
    );
    drop(dev);
    // An emulator has its own beside the program's.
    let own = processor == std::env::consts::ARCH;
    ensure!(
        !own || memory <= MOST,
        "{memory} KiB are more than {MOST}: the functions of a start lie apart (`cargo xtask order`)"
    );
    std::fs::remove_dir_all(&scratch).with_context(|| format!("cannot remove {}", scratch.display()))
}

/// Asks the server on loopback, and gives all of its answer.
fn asked(port: u16, what: &str, form: &str) -> Result<String> {
    let mut stream = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    let kind = if form.is_empty() { "" } else { "Content-Type: application/x-www-form-urlencoded\r\n" };
    let length = form.len();
    write!(
        stream,
        "{what} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n{kind}Content-Length: {length}\r\n\r\n{form}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// KiB of memory of a server that has just started.
const MOST: u64 = 20 * 1024;
/// A client that `grantor dev` documents.
const SERVICE: &str = "grant_type=client_credentials&client_id=service-client-jwt&client_secret=service-client-jwt-secret&scope=country.read";

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::starter;

    #[test]
    fn what_is_for_this_machine_is_started_by_it() {
        let own = starter(Path::new("/a/grantor"), std::env::consts::ARCH).unwrap();
        assert_eq!((own.get_program().to_str(), own.get_args().count()), (Some("/a/grantor"), 0));
        assert!(starter(Path::new("/a/grantor"), "of-no-machine").is_none());
    }
}
