//! The whole run and the inner loop, step by step.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::clients::{
    CONTAINER_PACKAGES, DEPLOY, GO_PACKAGES, JAVA_PACKAGES, JUNIT_PACKAGES, MCP_PACKAGE, NODE_PACKAGES, OAUTH2_PROXY,
    PYTHON_PACKAGES, SPRING_PACKAGES, Setting,
};
use crate::dev::Dev;
use crate::packages::{GO, NODE, Packages};
use crate::pooler::Pooler;
use crate::postgres::Cluster;
use crate::postgres::versions::{self, Programs};
use crate::process::{counted, found, printed, run};
use crate::serving::POSTGRES;
use crate::steps::{Run, Tally};
use crate::tools::PGBOUNCER;
use crate::{clauses, clients, deny, docs, fuzz, installed, model, samples, serving, simulate, terraform, tidy, tools};

/// Everything, on a machine that may be fresh.
pub(crate) fn whole(root: &Path) -> ExitCode {
    let mut all = Run::new();
    let mut missing = Vec::new();
    all.step("tools", |_| {
        missing = tools::provide();
        Ok(Tally::ONE)
    });
    let built = all.step("build", |_| cargo(root, &["build", "--workspace", "--all-targets"]));
    all.step("tests on SQLite and PostgreSQL", |all| tests_on_both(all, root, &missing));
    all.step("model", |_| model::explore_for_a_while(root));
    all.step("simulated runs", |_| simulate::simulate(root, &[]));
    lints(&mut all, root);
    if built {
        run_clients(&mut all, root, missing);
    }
    all.step("fuzz targets", |all| fuzz::replay(all, root));
    all.close()
}

/// The inner loop: no PostgreSQL, no clients, nothing installed.
pub(crate) fn fast(root: &Path) -> ExitCode {
    let mut all = Run::new();
    all.step("tests on SQLite", |_| tests(root, None));
    all.step("tidy", |_| tidy::check(root).map(|()| Tally::ONE));
    all.close()
}

/// Only the client programs, for work on them.
pub(crate) fn clients_only(root: &Path) -> ExitCode {
    let mut all = Run::new();
    let mut missing = Vec::new();
    all.step("tools", |_| {
        missing = tools::provide();
        Ok(Tally::ONE)
    });
    if all.step("build", |_| cargo(root, &["build", "--bin", "grantor"])) {
        run_clients(&mut all, root, missing);
    }
    all.close()
}

/// Only the conformance suite of the Model Context Protocol. Whoever asks for it by name wants no run without it.
pub(crate) fn mcp_only(root: &Path) -> ExitCode {
    let mut all = Run::new();
    let packages = Packages::places(root);
    let there = all.step("packages", |_| {
        packages.python(root)?;
        packages
            .runtime(NODE)
            .context("Node.js 22 or newer is needed, with npm, and can neither be found nor installed")?;
        packages.mcp(root).context("npm cannot install the suite")?;
        Ok(Tally::default())
    });
    if there && all.step("build", |_| cargo(root, &["build", "--bin", "grantor"])) {
        all.step("MCP conformance", |all| {
            let dev = Dev::start(root)?;
            clients::run_mcp(all, &Setting { root, dev: &dev, packages: &packages, missing: &[] });
            Ok(Tally::default())
        });
    }
    all.close()
}

/// Only the files that others install, and the examples that use them: of a program that is there, or of the debug build.
pub(crate) fn packages_only(root: &Path, binary: Option<&Path>) -> ExitCode {
    let mut all = Run::new();
    let packages = Packages::places(root);
    // Nothing of the system is installed for this alone: what is not here is told, and so is every suite that wants it.
    let mut missing = tools::lacking();
    all.step("clients' packages", |all| {
        let mut installed = vec![(PYTHON_PACKAGES, packages.python(root))];
        installed.extend([GO, NODE].map(|name| (name, packages.runtime(name))));
        installed.push((NODE_PACKAGES, packages.node(root)));
        installed.push((JUNIT_PACKAGES, packages.junit(root)));
        installed.push((CONTAINER_PACKAGES, packages.containers(root)));
        installed.push((DEPLOY, packages.deploy(root)));
        for (name, outcome) in installed {
            if let Err(error) = outcome {
                all.missing("clients' packages", &format!("{name} ({error:#})"));
                missing.push(name);
            }
        }
        Ok(Tally::default())
    });
    if binary.is_some() || all.step("build", |_| cargo(root, &["build", "--bin", "grantor"])) {
        all.step("packages", |all| {
            let binary = binary.map_or_else(|| crate::dev::binary(root), |path| Ok(path.to_path_buf()))?;
            installed::run_all(all, root, &packages, &missing, &binary)
        });
        all.step("crate", |_| installed::outside(root));
    }
    all.close()
}

/// Only the example for Terraform. Whoever asks for it by name wants no run without it.
pub(crate) fn terraform_only(root: &Path) -> ExitCode {
    let mut all = Run::new();
    let built = all.step("build", |_| cargo(root, &["build", "--bin", "grantor"]));
    if built {
        all.step("Terraform", |all| terraform::run(all, root, &terraform::provider()?));
    }
    all.close()
}

fn tests_on_both(all: &mut Run, root: &Path, missing: &[&str]) -> Result<Tally> {
    if missing.contains(&POSTGRES) {
        all.missing("tests on PostgreSQL", POSTGRES);
        return tests(root, None);
    }
    let cluster = Cluster::start().context("no private PostgreSQL cluster")?;
    let sqlite = tests(root, Some(&cluster.url()))?;
    let both = sqlite.and(http_tests(root, &cluster)?);
    if missing.contains(&PGBOUNCER) {
        all.missing("tests behind a pooler", PGBOUNCER);
        return Ok(both);
    }
    // The mode that keeps least of a session; `cargo xtask pooler` has both.
    Ok(both.and(behind(root, &cluster, "transaction")?))
}

/// Only the tests of the store behind PgBouncer, for work on it.
pub(crate) fn pooler_only(root: &Path) -> ExitCode {
    let mut all = Run::new();
    all.step("tests behind a pooler", |_| {
        let cluster = Cluster::start()?;
        ["session", "transaction"].into_iter().try_fold(Tally::default(), |so_far, mode| {
            println!("--- {mode}");
            behind(root, &cluster, mode).map(|tally| so_far.and(tally))
        })
    });
    all.close()
}

/// The tests whose subject is the database, and the HTTP tests, on other major versions than the machine's: on the one that is asked
/// for, or on all.
pub(crate) fn on_versions(root: &Path, asked: Option<u32>) -> ExitCode {
    let mut all = Run::new();
    let mut versions = match asked {
        Some(version) => vec![version],
        None => versions::here().into_iter().chain(PACKAGED).collect(),
    };
    versions.sort_unstable();
    versions.dedup();
    for version in versions {
        let name = format!("PostgreSQL {version}");
        all.step(&name, |all| match Programs::of(root, version) {
            Ok(programs) => {
                let cluster = Cluster::of(programs.binaries.clone())?;
                let store = counted(runner(root, &OF_THE_STORE).env("TEST_POSTGRES_URL", cluster.url()))?;
                Ok(store.and(http_tests(root, &cluster)?))
            }
            // Who asks for one by name wants no other.
            Err(error) if asked.is_some() => Err(error),
            Err(error) => {
                all.missing(&format!("tests on {name}"), &format!("{name} ({error:#})"));
                Ok(Tally::default())
            }
        });
    }
    all.close()
}

/// The HTTP tests have one database in a run: PostgreSQL's turn.
fn http_tests(root: &Path, cluster: &Cluster) -> Result<Tally> {
    counted(runner(root, &OVER_HTTP).env("TEST_POSTGRES_URL", cluster.url()).env("GRANTOR_TEST_DATABASE", "postgres"))
}

/// Only the seeds of the fuzz targets, for work on them.
pub(crate) fn seeds_only(root: &Path) -> ExitCode {
    let mut all = Run::new();
    all.step("fuzz targets", |all| fuzz::replay(all, root));
    all.close()
}

/// Only what may be a dependency, for work on them.
pub(crate) fn deny_only(root: &Path) -> ExitCode {
    let mut all = Run::new();
    all.step("cargo deny", |all| deny::check(all, root));
    all.close()
}

/// The tests of the store on a cluster behind PgBouncer.
fn behind(root: &Path, cluster: &Cluster, mode: &str) -> Result<Tally> {
    let pooler = Pooler::start(cluster, mode)?;
    counted(runner(root, &OF_THE_STORE).env("TEST_POSTGRES_URL", pooler.url()).env("TEST_POSTGRES_POOLER", mode))
}

/// Every test. Those whose subject is the store run on PostgreSQL as well where a server is named; those over HTTP have a run of their own
/// there.
fn tests(root: &Path, postgres: Option<&str>) -> Result<Tally> {
    let mut command = runner(root, &["--workspace"]);
    match postgres {
        Some(url) => command.env("TEST_POSTGRES_URL", url).env("GRANTOR_TEST_DATABASE", "sqlite"),
        // Without PostgreSQL on purpose, or named as missing already: the tests need not say it again.
        None => command.env_remove("TEST_POSTGRES_URL").env_remove("CI"),
    };
    counted(&mut command)
}

/// nextest where it is installed, else cargo's own runner.
fn runner(root: &Path, which: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(if found("cargo-nextest").is_some() { &["nextest", "run"][..] } else { &["test"] });
    command.args(which).arg("--no-fail-fast").current_dir(root).env_remove("GRANTOR_TEST_DATABASE");
    command
}

fn lints(all: &mut Run, root: &Path) {
    all.step("format", |_| cargo(root, &["fmt", "--all", "--check"]));
    all.step("clippy", |_| cargo(root, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]));
    all.step("tidy", |_| tidy::check(root).map(|()| Tally::ONE));
    all.step("generated documents", |_| {
        docs::check(root)?;
        clauses::check(root)?;
        docs::described(root, false)?;
        Ok(Tally::ONE)
    });
    all.step("cargo deny", |all| deny::check(all, root));
}

fn cargo(root: &Path, arguments: &[&str]) -> Result<Tally> {
    run(Command::new("cargo").args(arguments).current_dir(root))?;
    Ok(Tally::ONE)
}

/// The clients' packages, then every program against one server.
fn run_clients(all: &mut Run, root: &Path, mut missing: Vec<&'static str>) {
    let packages = Packages::places(root);
    all.step("clients' packages", |all| {
        for (name, outcome) in install(&packages, root) {
            if let Err(error) = outcome {
                all.missing("clients' packages", &format!("{name} ({error:#})"));
                missing.push(name);
            }
        }
        Ok(Tally::default())
    });
    note_stand_ins(all);
    all.step("processes", |all| serving::run_all(all, root, &missing));
    all.step("clients", |all| {
        let dev = Dev::start(root)?;
        let setting = Setting { root, dev: &dev, packages: &packages, missing: &missing };
        let own = clients::run_all(all, &setting);
        let documents = samples::run_all(all, &setting);
        own.and(documents)
    });
    all.step("packages", |all| installed::run_all(all, root, &packages, &missing, &crate::dev::binary(root)?));
    all.step("Terraform", |all| match terraform::provider() {
        Ok(provider) => terraform::run(all, root, &provider),
        // In no package registry, and nothing that a machine must have.
        Err(error) => {
            all.not_run("examples/terraform", &format!("{error:#}"));
            Ok(Tally::default())
        }
    });
}

/// What the registries wait for and what the compilers work on, beside each other; the runtimes come from the first.
fn install(packages: &Packages, root: &Path) -> Vec<(&'static str, Result<()>)> {
    let mut installed = vec![(PYTHON_PACKAGES, packages.python(root))];
    installed.extend(packages.runtimes());
    std::thread::scope(|scope| {
        let go = scope.spawn(|| {
            let proxy = (OAUTH2_PROXY, packages.oauth2_proxy(root));
            vec![(GO_PACKAGES, packages.go(root)), proxy, (DEPLOY, packages.deploy(root))]
        });
        let java = scope.spawn(|| {
            let spring = (SPRING_PACKAGES, packages.spring(root));
            vec![(JAVA_PACKAGES, packages.java(root)), spring, (JUNIT_PACKAGES, packages.junit(root))]
        });
        installed.push((NODE_PACKAGES, packages.node(root)));
        installed.push((MCP_PACKAGE, packages.mcp(root)));
        installed.push((CONTAINER_PACKAGES, packages.containers(root)));
        let of_java: &[&'static str] = &[JAVA_PACKAGES, SPRING_PACKAGES, JUNIT_PACKAGES];
        for (names, thread) in [(&[GO_PACKAGES, OAUTH2_PROXY, DEPLOY][..], go), (of_java, java)] {
            let broken =
                |_| names.iter().map(|&name| (name, Err(anyhow::anyhow!("its installation broke off")))).collect();
            installed.extend(thread.join().unwrap_or_else(broken));
        }
    });
    installed
}

/// Runtimes and libraries that are in none of the registries; what stands in for them is said in every run.
fn note_stand_ins(all: &mut Run) {
    let real =
        printed(Command::new("php").args(["-r", "exit((int) !stream_resolve_include_path('HTTP/Request2.php'));"]));
    if real.is_err() {
        all.not_run("PEAR HTTP_Request2", "not a package here; clients/php/HTTP/Request2.php answers to its name");
    }
    all.not_run(
        "C# RestSharp, Swift URLSession",
        "the runtimes are not packages here; their bytes are sent over a socket",
    );
}

/// Whose subject is the database, and those that have one in a run. They are named in the whole workspace: of a package alone, its
/// dependencies have other features and are all compiled once more.
const OF_THE_STORE: [&str; 7] = ["--workspace", "--test", "conformance", "--test", "driver", "--test", "failover"];
const OVER_HTTP: [&str; 5] = ["--workspace", "--test", "it", "--test", "relying_party"];

/// The versions that come as packages where the machine has another.
const PACKAGED: [u32; 2] = [17, 18];
