//! The client programs of `clients/`, each run against one `grantor dev` in the order of a person's patience.

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use anyhow::{Context, Result};

use crate::dev::Dev;
use crate::packages::Packages;
use crate::process::{limited, printed};
use crate::steps::{Run, Tally};
use crate::tools::{apache, apache_modules, chromium};

mod programs;

use programs::{APPLICATIONS, MCP_SUITE, PROGRAMS};

/// What a program runs with.
#[derive(Debug)]
pub(crate) struct Setting<'a> {
    pub(crate) root: &'a Path,
    pub(crate) dev: &'a Dev,
    pub(crate) packages: &'a Packages,
    /// Names of tools and packages that could not be had.
    pub(crate) missing: &'a [&'static str],
}

impl Setting<'_> {
    /// A command with the server's variables and the places of the packages, ended after two minutes.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = limited(120, program);
        command.envs(self.dev.variables.iter().cloned());
        command.env("PATH", self.packages.path());
        command.env("PYTHON", &self.packages.python).env("SIGN_ON", self.root.join("clients/sign_on.py"));
        command.env("NODE_PATH", &self.packages.node);
        command.env("GRANTOR", &self.dev.binary).env("POSTMAN", &self.dev.postman);
        if let Some(browser) = chromium() {
            command.env("CHROMIUM", browser);
        }
        command
    }

    /// What of a program's needs could not be had.
    pub(crate) fn lacks(&self, needs: &[&'static str]) -> Option<&'static str> {
        needs.iter().find(|need| self.missing.contains(need)).copied()
    }
}

/// One program: what it needs and how it is called.
struct Program {
    name: &'static str,
    needs: &'static [&'static str],
    words: &'static [&'static str],
}

/// Runs every program of our own; each that ends with 0 counts as one passed test.
pub(crate) fn run_all(run: &mut Run, setting: &Setting) -> Result<Tally> {
    let applications = applications(setting)?;
    for program in possible(run, setting, &PROGRAMS) {
        tell(run, program, run_one(setting, program, &applications));
    }
    let together = possible(run, setting, &APPLICATIONS);
    beside(&together, |program| run_one(setting, program, &applications), |program, told| tell(run, program, told));
    Ok(Tally::default())
}

/// Runs the conformance suite of the Model Context Protocol alone.
pub(crate) fn run_mcp(run: &mut Run, setting: &Setting) {
    for program in possible(run, setting, &[MCP_SUITE]) {
        tell(run, program, run_one(setting, program, &[]));
    }
}

/// Those that have all they need; of the others it is said what is missing.
fn possible<'a>(run: &mut Run, setting: &Setting, programs: &'a [Program]) -> Vec<&'a Program> {
    let mut possible = Vec::new();
    for program in programs {
        match setting.lacks(program.needs) {
            Some(need) => run.missing(program.name, need),
            None => possible.push(program),
        }
    }
    possible
}

fn tell(run: &mut Run, program: &Program, outcome: Result<String>) {
    match outcome {
        Ok(lines) => {
            print!("{lines}");
            run.pass(program.name);
        }
        Err(error) => run.fail(program.name, &format!("{error:#}")),
    }
}

/// Runs [`AT_ONCE`] programs beside each other; each is told when it ends.
fn beside<'a>(
    programs: &[&'a Program],
    work: impl Fn(&Program) -> Result<String> + Sync,
    mut tell: impl FnMut(&'a Program, Result<String>),
) {
    let next = Mutex::new(programs.iter());
    let (sender, outcomes) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            let (sender, next, work) = (sender.clone(), &next, &work);
            // Taken in a call of its own: the lock must not last as long as the program.
            let take = || next.lock().unwrap_or_else(PoisonError::into_inner).next().copied();
            scope.spawn(move || {
                while let Some(program) = take() {
                    // The receiver outlives the scope.
                    let _ = sender.send((program, work(program)));
                }
            });
        }
        drop(sender);
        for (program, outcome) in outcomes {
            tell(program, outcome);
        }
    });
}

/// Most of such a program is waiting: for a browser, for a Java machine to start, for a token to grow a second old.
const AT_ONCE: usize = 3;

fn run_one(setting: &Setting, program: &Program, applications: &[(String, String)]) -> Result<String> {
    let place = |word: &str| match word {
        "PYTHON" => setting.packages.python.display().to_string(),
        "GO" => setting.packages.go.display().to_string(),
        "CLASSPATH" => format!("{}/*", setting.packages.java.display()),
        "MCP" => setting.packages.mcp.display().to_string(),
        "APACHE" => apache().unwrap_or_default().display().to_string(),
        "APACHE_MODULES" => apache_modules().display().to_string(),
        _ => word.to_owned(),
    };
    let mut words = program.words.iter().map(|word| match word.split_once('/') {
        Some(("GO", rest)) => format!("{}/{rest}", place("GO")),
        Some(("SPRING", version)) => setting.packages.spring_classpath(version),
        _ => place(word),
    });
    let mut command = setting.command(words.next().context("a program has a name")?);
    command.args(words).envs(applications.iter().cloned()).current_dir(setting.root.join("clients"));
    printed(&mut command)
}

/// The applications of the independent clients, made through the management API.
fn applications(setting: &Setting) -> Result<Vec<(String, String)>> {
    let program = setting.root.join("clients/applications.py");
    let lines = printed(setting.command("python3").arg(program)).context("the management API made no applications")?;
    let pairs = lines.lines().filter_map(|line| line.split_once('='));
    Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

pub(crate) const NODE_PACKAGES: &str = "npm packages";
pub(crate) const PYTHON_PACKAGES: &str = "PyPI packages";
pub(crate) const MCP_PACKAGE: &str = "@modelcontextprotocol/conformance";
pub(crate) const JAVA_PACKAGES: &str = "Maven packages";
pub(crate) const GO_PACKAGES: &str = "Go modules";
pub(crate) const SPRING_PACKAGES: &str = "Maven packages of Spring Boot";
pub(crate) const JAVA: &str = "Java and Maven";
pub(crate) const JUNIT_PACKAGES: &str = "Maven packages of JUnit";
pub(crate) const CONTAINER_PACKAGES: &str = "Testcontainers";
pub(crate) const OAUTH2_PROXY: &str = "oauth2-proxy";
pub(crate) const DEPLOY: &str = "Helm, kubeconform and Compose";
