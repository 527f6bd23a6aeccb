//! Other programs: finding them, running them to their end, and ending them by their own process id.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::steps::Tally;

/// The program's path when it is one of the folders of `PATH`.
pub(crate) fn found(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|candidate| candidate.is_file())
}

/// Runs to the end with this process's own output; a status other than 0 is an error with the command's words.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", words(command)))?;
    ensure!(status.success(), "{} ended with {status}", words(command));
    Ok(())
}

/// Runs to the end and gives what it printed; on failure the error holds both outputs.
pub(crate) fn printed(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {}", words(command)))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("{}\n{} ended with {}\n{stdout}", stderr.trim(), words(command), output.status);
    }
    Ok(stdout)
}

/// Runs a test runner, passes its lines on, and adds up what it says it ran.
pub(crate) fn counted(command: &mut Command) -> Result<Tally> {
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start {}", words(command)))?;
    let stdout = child.stdout.take().context("standard output was asked for")?;
    let mut tally = Tally::default();
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        println!("{line}");
        if let Some(counts) = result_line(&line) {
            tally.passed += counts.passed;
            tally.failed += counts.failed;
        }
    }
    let status = child.wait()?;
    if !status.success() && tally.failed == 0 {
        bail!("{} ended with {status}", words(command));
    }
    Ok(tally)
}

/// `test result: ok. 12 passed; 0 failed; …` of cargo test, or `Summary [ 1.2s] 12 tests run: 12 passed, …` of nextest.
fn result_line(line: &str) -> Option<Tally> {
    let plain = line.trim();
    if !plain.starts_with("test result:") && !plain.starts_with("Summary [") {
        return None;
    }
    let words: Vec<&str> = plain.split_whitespace().collect();
    let before = |name: &str| {
        let at = words.iter().position(|word| word.trim_end_matches([';', ',']) == name)?;
        words.get(at.checked_sub(1)?)?.parse::<usize>().ok()
    };
    Some(Tally { passed: before("passed")?, failed: before("failed").unwrap_or(0) })
}

/// A command that is ended after so many seconds; it hangs on nothing and nobody waits for it for ever.
pub(crate) fn limited(seconds: u32, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("timeout");
    command.arg("--kill-after=5").arg(seconds.to_string()).arg(program);
    command
}

/// A program that runs beside this one and is ended with it, also when this one fails.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    name: String,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let name = words(command);
        let child = command.stdin(Stdio::null()).spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Self { child, name })
    }

    /// The memory that it has now, in KiB, of its own and of files.
    pub(crate) fn memory(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    /// Waits until something listens at the address, or says how the program ended instead.
    pub(crate) fn wait_for(&mut self, address: SocketAddr, limit: Duration) -> Result<()> {
        let began = Instant::now();
        loop {
            if TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status} before it listened", self.name);
            }
            ensure!(began.elapsed() < limit, "{} did not listen at {address} within {limit:?}", self.name);
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let asked = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
        let patience = Instant::now() + Duration::from_secs(5);
        while asked.as_ref().is_ok_and(std::process::ExitStatus::success) && Instant::now() < patience {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        // It had its five seconds; both calls only fail when the process is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The wished port when nothing uses it, else one that the system gives.
pub(crate) fn free_port(wished: u16) -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", wished)).or_else(|_| TcpListener::bind(("127.0.0.1", 0)))?;
    Ok(listener.local_addr()?.port())
}

/// Random hexadecimal digits for throw-away passwords and names.
pub(crate) fn random_hex(bytes: usize) -> Result<String> {
    use std::fmt::Write as _;

    let mut buffer = vec![0; bytes];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut buffer)?;
    Ok(buffer.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// This process may install packages and change users.
pub(crate) fn is_root() -> bool {
    printed(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Makes the folder and its parents.
pub(crate) fn folder(path: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))?;
    Ok(path.to_path_buf())
}

fn words(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy()];
    words.extend(command.get_args().map(OsStr::to_string_lossy));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Tally, result_line};

    #[test]
    fn counts_both_test_runners() {
        let cargo =
            "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(result_line(cargo), Some(Tally { passed: 12, failed: 3 }));
        let nextest = "     Summary [   1.204s] 15 tests run: 14 passed, 1 failed, 2 skipped";
        assert_eq!(result_line(nextest), Some(Tally { passed: 14, failed: 1 }));
        assert_eq!(result_line("running 12 tests"), None);
    }
}
