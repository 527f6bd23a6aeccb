//! The files of `dist`, installed into empty projects as anybody does it, offline; what their suites and those of `examples/` assert there.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::clients::{CONTAINER_PACKAGES, DEPLOY, JAVA, JUNIT_PACKAGES, NODE_PACKAGES, PYTHON_PACKAGES};
use crate::dist::{self, Level};
use crate::packages::{GO, NODE, Packages};
use crate::process::{folder, found, is_root, limited, printed};
use crate::steps::{Run, Tally};
use crate::tools::{CRUN, DEBIAN, JQ, LINTIAN, RPM};

mod containers;
mod deploy;
mod image;
mod java;
mod rust;
mod system;

pub(crate) use rust::outside;

/// Packs a program and installs it; each suite that ends with 0 counts as one passed test.
pub(crate) fn run_all(
    all: &mut Run,
    root: &Path,
    packages: &Packages,
    missing: &[&str],
    binary: &Path,
) -> Result<Tally> {
    let place = Place::new(root, packages, binary)?;
    let here = [(SYSTEMD, found(SYSTEMD).is_some()), (ROOT, is_root())];
    let missing: Vec<&str> =
        missing.iter().copied().chain(here.iter().filter(|(_, is)| !is).map(|(name, _)| *name)).collect();
    for (name, needs, suite) in suites() {
        if let Some(need) = needs.iter().find(|need| missing.contains(need)) {
            // Who is not root may never be: that is nothing to install.
            if *need == ROOT {
                all.not_run(name, "only root can");
            } else {
                all.missing(name, need);
            }
            continue;
        }
        match suite(&place) {
            Ok(lines) => {
                for line in lines.lines().filter_map(|line| line.split_once("first token after ")) {
                    println!("{name}: first token {} after the call", line.1);
                }
                all.pass(name);
            }
            Err(error) => match error.downcast_ref() {
                Some(NotHere(why)) => all.not_run(name, why),
                None => all.fail(name, &format!("{error:#}")),
            },
        }
    }
    Ok(Tally::default())
}

/// In the order in which they are run: some take what others left.
fn suites<'a>() -> [Suite<'a>; 24] {
    [
        ("npm package", &[NODE], Place::npm),
        ("wheel", &[PYTHON_PACKAGES], Place::wheel),
        ("Go module", &[GO], Place::go),
        ("jars with JUnit 5", &[JAVA, JUNIT_PACKAGES], Place::junit_5),
        ("jars with JUnit 6", &[JAVA, JUNIT_PACKAGES], Place::junit_6),
        ("package of Debian", &[DEBIAN], Place::debian),
        ("package of Debian by lintian", &[DEBIAN, LINTIAN], Place::lintian),
        ("package of Debian, installed", &[DEBIAN, SYSTEMD, ROOT], Place::debian_installed),
        ("package of RPM", &[RPM], Place::rpm),
        ("package of RPM, installed", &[RPM, SYSTEMD, ROOT], Place::rpm_installed),
        ("unit of systemd", &[SYSTEMD], Place::unit),
        ("OCI image", &[], Place::image),
        ("OCI image, run as nobody", &[ROOT], Place::image_runs),
        ("Helm chart by Helm's linter", &[DEPLOY], Place::chart_lint),
        ("Helm chart, rendered, by kubeconform", &[DEPLOY], Place::chart_rendered),
        ("Helm chart, wrong values refused", &[DEPLOY], Place::chart_refuses),
        ("compose.yaml by Compose's loader", &[DEPLOY], Place::compose),
        ("OCI image, run by crun", &[CRUN, JQ, ROOT], Place::image_by_crun),
        ("Testcontainers for Java", &[JAVA, JUNIT_PACKAGES, CONTAINER_PACKAGES], Place::containers_java),
        ("Testcontainers for Node.js", &[NODE, CONTAINER_PACKAGES], Place::containers_node),
        ("GitHub Action", &[PYTHON_PACKAGES], Place::action),
        ("examples/express-jose", &[NODE, NODE_PACKAGES], Place::express),
        ("examples/fastapi-authlib", &[PYTHON_PACKAGES], Place::fastapi),
        ("examples/spring-resource-server", &[JAVA, JUNIT_PACKAGES], Place::spring),
    ]
}

/// Its name, what it needs, and what runs it.
type Suite<'a> = (&'static str, &'static [&'static str], fn(&Place<'a>) -> Result<String>);

/// The folder of all projects, and what is installed there.
struct Place<'a> {
    root: &'a Path,
    packages: &'a Packages,
    binary: &'a Path,
    scratch: PathBuf,
    version: String,
    /// Names of what `dist` made.
    made: Vec<String>,
}

impl<'a> Place<'a> {
    fn new(root: &'a Path, packages: &'a Packages, binary: &'a Path) -> Result<Self> {
        let scratch = root.join("target/packages");
        // What an older version left there would be taken for this one's.
        let _ = std::fs::remove_dir_all(&scratch);
        let dist = folder(&scratch.join("dist"))?;
        let made = dist::make(root, &[binary.to_path_buf()], &dist, Level::Quick)?;
        let made = made.into_iter().map(|(name, _)| name).collect();
        Ok(Self { root, packages, binary, scratch, version: dist::version(root)?, made })
    }

    /// The files that were made with this ending.
    fn made(&self, end: &str) -> Result<Vec<PathBuf>> {
        let found: Vec<_> = self.made.iter().filter(|name| name.ends_with(end)).collect();
        anyhow::ensure!(!found.is_empty(), "nothing was made for {end}");
        Ok(found.into_iter().map(|name| self.scratch.join("dist").join(name)).collect())
    }

    /// Of these, those with this beginning.
    fn made_as(&self, begin: &str, end: &str) -> Result<Vec<PathBuf>> {
        let is = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(begin));
        Ok(self.made(end)?.into_iter().filter(is).collect())
    }

    /// A project with the files of a folder.
    fn project(&self, name: &str, files: &str) -> Result<PathBuf> {
        let project = folder(&self.scratch.join(name))?;
        let from = self.root.join(files);
        for entry in std::fs::read_dir(&from).with_context(|| format!("cannot read {}", from.display()))? {
            let path = entry?.path();
            if let (true, Some(file)) = (path.is_file(), path.file_name()) {
                std::fs::copy(&path, project.join(file))?;
            }
        }
        Ok(project)
    }

    /// A command in a project that knows of no server and no program but what is installed there.
    fn command(&self, project: &Path, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = limited(120, program);
        command.env("PATH", self.packages.path()).current_dir(project);
        for name in ["GRANTOR_BINARY", "GRANTOR_URL", "GRANTOR_CONTROL_KEY", "GRANTOR_CA", "NODE_PATH", "PYTHONPATH"] {
            command.env_remove(name);
        }
        command
    }

    fn npm(&self) -> Result<String> {
        let project = self.project("npm", "packages/npm/test")?;
        std::fs::write(project.join("package.json"), "{ \"private\": true, \"type\": \"module\" }\n")?;
        let words = ["install", "--offline", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
        printed(self.command(&project, "npm").args(words).args(self.made_as("grantor-", ".tgz")?))?;
        printed(self.command(&project, "node").args(NODE_TEST))
    }

    fn wheel(&self) -> Result<String> {
        let project = self.project("python", "packages/python/test")?;
        printed(self.command(&project, &self.packages.python).args(["-m", "venv", "--without-pip", "venv"]))?;
        let python = self.python();
        let asked = "import sysconfig; print(sysconfig.get_path('purelib'))";
        let site = |python: &Path| printed(self.command(&project, python).args(["-c", asked]));
        // pytest and what the examples need are there already, and are not fetched again.
        let beside = site(&self.packages.python)?;
        std::fs::write(Path::new(site(&python)?.trim()).join("beside.pth"), beside)?;
        let mut pip = self.command(&project, &self.packages.python);
        pip.args(["-m", "pip", "--python"]).arg(&python).args(["install", "--quiet", "--no-index", "--no-deps"]);
        printed(pip.args(self.made(".whl")?))?;
        self.pytest(&project)
    }

    fn go(&self) -> Result<String> {
        let project = self.project("go", "packages/go/test")?;
        let module = "github.com/grantor/grantor/packages/go/grantortest";
        let (served, version) = (self.scratch.join("modules"), format!("v{}", self.version));
        let versions = folder(&served.join(module).join("@v"))?;
        for archive in self.made(".zip")? {
            std::fs::copy(archive, versions.join(format!("{version}.zip")))?;
        }
        std::fs::copy(self.root.join("packages/go/grantortest/go.mod"), versions.join(format!("{version}.mod")))?;
        std::fs::write(versions.join(format!("{version}.info")), format!("{{\"Version\":\"{version}\"}}\n"))?;
        let required = format!("module example.test/project\n\ngo 1.21\n\nrequire {module} {version}\n");
        std::fs::write(project.join("go.mod"), required)?;
        let mut command = self.command(&project, "go");
        command.args(["test", "-count=1", "-v", "./..."]).env("GOPROXY", format!("file://{}", served.display()));
        command
            .env("GOFLAGS", "-mod=mod -modcacherw")
            .env("GOSUMDB", "off")
            .env("GOMODCACHE", self.scratch.join("gomod"));
        command.env("GRANTOR_BINARY", self.binary);
        printed(&mut command)
    }

    /// The steps of the action as they stand there, with the archives that were made.
    fn action(&self) -> Result<String> {
        let mut runner = self.command(&self.scratch, &self.packages.python);
        let runner = runner.arg("-B").arg(self.root.join("packages/action/test/run.py"));
        printed(runner.arg(self.binary).arg(self.scratch.join("dist")))
    }

    fn express(&self) -> Result<String> {
        let project = self.project("express-jose", "examples/express-jose")?;
        let modules = folder(&project.join("node_modules"))?;
        let own = self.scratch.join("npm/node_modules");
        let beside = &self.packages.node;
        for (folder, name) in [(&own, "grantor"), (&own, "@grantor"), (beside, "express"), (beside, "jose")] {
            std::os::unix::fs::symlink(folder.join(name), modules.join(name))?;
        }
        printed(self.command(&project, "node").args(NODE_TEST))
    }

    fn fastapi(&self) -> Result<String> {
        let project = self.project("fastapi-authlib", "examples/fastapi-authlib")?;
        self.pytest(&project)
    }

    fn python(&self) -> PathBuf {
        self.scratch.join("python/venv/bin/python")
    }

    fn pytest(&self, project: &Path) -> Result<String> {
        let words = ["-B", "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider"];
        printed(self.command(project, self.python()).args(words))
    }
}

/// This machine does not let a suite do what it wants, and says why.
#[derive(Debug)]
struct NotHere(String);

impl std::fmt::Display for NotHere {
    fn fmt(&self, text: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        text.write_str(&self.0)
    }
}

impl std::error::Error for NotHere {}

/// A command with mounts and processes of its own, which end with it.
fn unshared(more: &[&str]) -> Command {
    let mut command = limited(120, "unshare");
    command.args(["--mount", "--pid", "--fork", "--kill-child"]).args(more);
    command
}

/// As [`printed`]; the scripts of `deploy/test` end with 99 where the machine does not let them.
fn possible(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    let (told, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    match output.status.code() {
        Some(0) => Ok(told.into_owned()),
        Some(99) => Err(NotHere(complaint.lines().last().unwrap_or_default().to_owned()).into()),
        // Root of a container may be root of little.
        Some(1) if complaint.contains("unshare failed") => Err(NotHere(complaint.trim().to_owned()).into()),
        _ => anyhow::bail!("{}\n{}\n{told}", complaint.lines().last().unwrap_or_default(), complaint.trim()),
    }
}

/// What lies in a folder, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    Ok(files)
}

/// What judges units, by its program.
const SYSTEMD: &str = "systemd-analyze";
const ROOT: &str = "root";
const NODE_TEST: [&str; 2] = ["--test", "--test-reporter=tap"];
