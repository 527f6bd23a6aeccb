//! The client programs of `clients/`, each run against one `grantor dev` in the order of a person's patience.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::dev::Dev;
use crate::packages::{GO, NODE, Packages};
use crate::process::{limited, printed};
use crate::steps::{Run, Tally};
use crate::tools::chromium;

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

/// One program: what it needs and how it is called. `code` asks for a fresh authorization code.
struct Program {
    name: &'static str,
    needs: &'static [&'static str],
    words: &'static [&'static str],
    code: bool,
}

/// Runs every program of our own; each that ends with 0 counts as one passed test.
pub(crate) fn run_all(run: &mut Run, setting: &Setting) -> Result<Tally> {
    let applications = applications(setting)?;
    for program in &PROGRAMS {
        if let Some(need) = setting.lacks(program.needs) {
            run.missing(program.name, need);
            continue;
        }
        match run_one(setting, program, &applications) {
            Ok(lines) => {
                print!("{lines}");
                run.pass(program.name);
            }
            Err(error) => run.fail(program.name, &format!("{error:#}")),
        }
    }
    Ok(Tally::default())
}

fn run_one(setting: &Setting, program: &Program, applications: &[(String, String)]) -> Result<String> {
    let place = |word: &str| match word {
        "PYTHON" => setting.packages.python.display().to_string(),
        "GO" => setting.packages.go.display().to_string(),
        "CLASSPATH" => format!("{}/*", setting.packages.java.display()),
        _ => word.to_owned(),
    };
    let mut words = program.words.iter().map(|word| match word.split_once('/') {
        Some(("GO", rest)) => format!("{}/{rest}", place("GO")),
        _ => place(word),
    });
    let mut command = setting.command(words.next().context("a program has a name")?);
    command.args(words).envs(applications.iter().cloned()).current_dir(setting.root.join("clients"));
    if program.code {
        command.env("postAuthCode", setting.dev.code(setting.root)?);
    }
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
pub(crate) const JAVA_PACKAGES: &str = "Maven packages";
pub(crate) const GO_PACKAGES: &str = "Go modules";

const PROGRAMS: [Program; 17] = [
    Program { name: "exchange: curl", needs: &["curl"], words: &["sh", "curl/exchange.sh"], code: true },
    Program { name: "exchange: raw HTTP", needs: &[], words: &["python3", "raw/exchange.py", "http"], code: true },
    Program {
        name: "exchange: C# RestSharp's bytes",
        needs: &[],
        words: &["python3", "raw/exchange.py", "csharp"],
        code: true,
    },
    Program {
        name: "exchange: Swift URLSession's bytes",
        needs: &[],
        words: &["python3", "raw/exchange.py", "swift"],
        code: true,
    },
    Program { name: "exchange: Go net/http", needs: &[GO, GO_PACKAGES], words: &["GO/exchange"], code: true },
    Program {
        name: "exchange: Java OkHttp",
        needs: &["Java and Maven", JAVA_PACKAGES],
        words: &["java", "-cp", "CLASSPATH", "java/Exchange.java"],
        code: true,
    },
    Program {
        name: "exchange: jQuery in Chromium",
        needs: &[NODE, NODE_PACKAGES, "Chromium"],
        words: &["node", "node/jquery.mjs"],
        code: true,
    },
    Program {
        name: "exchange: NodeJS request",
        needs: &[NODE, NODE_PACKAGES],
        words: &["node", "--no-deprecation", "node/request.mjs"],
        code: true,
    },
    Program {
        name: "exchange: Python requests",
        needs: &[PYTHON_PACKAGES],
        words: &["PYTHON", "python/exchange.py"],
        code: true,
    },
    Program { name: "exchange: PHP", needs: &["PHP"], words: &["php", "php/exchange.php"], code: true },
    Program { name: "exchange: Ruby", needs: &["Ruby"], words: &["ruby", "ruby/exchange.rb"], code: true },
    Program {
        name: "hosted pages in Chromium",
        needs: &[NODE, NODE_PACKAGES, "Chromium"],
        words: &["node", "node/pages.mjs"],
        code: false,
    },
    Program {
        name: "chains, cookies, tabs and popups in Chromium",
        needs: &[NODE, NODE_PACKAGES, "Chromium"],
        words: &["node", "node/chains.mjs"],
        code: false,
    },
    Program {
        name: "openid-client",
        needs: &[NODE, NODE_PACKAGES],
        words: &["node", "node/openid-client.mjs"],
        code: false,
    },
    Program {
        name: "oauth4webapi",
        needs: &[NODE, NODE_PACKAGES],
        words: &["node", "node/oauth4webapi.mjs"],
        code: false,
    },
    Program { name: "Authlib", needs: &[PYTHON_PACKAGES], words: &["PYTHON", "python/authlib_walk.py"], code: false },
    Program { name: "Go x/oauth2 and go-oidc", needs: &[GO, GO_PACKAGES], words: &["GO/walk"], code: false },
];
