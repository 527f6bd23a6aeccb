//! What the command line says.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

/// How to run, and what.
#[derive(Debug)]
pub(crate) struct Options {
    /// Where the suite answers, with a slash at the end.
    pub(crate) suite: String,
    /// PEM file of the certificate that the suite shows: this server calls it as well.
    pub(crate) suite_certificate: PathBuf,
    /// The name and port by which the suite finds the server on this machine.
    pub(crate) host: (String, u16),
    pub(crate) binary: PathBuf,
    /// Keeps the server's files.
    pub(crate) folder: PathBuf,
    pub(crate) tiers: Vec<String>,
    /// Words that a plan's name or variant must have.
    pub(crate) words: Vec<String>,
    pub(crate) module: Option<String>,
    /// Plans side by side: most of them wait most of the time.
    pub(crate) jobs: usize,
}

impl Options {
    /// # Errors
    /// An option that is none, or a value that it cannot have.
    pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            suite: "https://suite.test:8443/".into(),
            suite_certificate: "suite.crt".into(),
            host: ("op.test".into(), 9443),
            binary: "target/release/grantor".into(),
            folder: "target/conformance".into(),
            tiers: Vec::new(),
            words: Vec::new(),
            module: None,
            jobs: 3,
        };
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{name} wants a value"));
            match name.as_str() {
                "--suite" => options.suite = format!("{}/", value()?.trim_end_matches('/')),
                "--suite-certificate" => options.suite_certificate = value()?.into(),
                "--host" => options.host = host(&value()?)?,
                "--server" => options.binary = value()?.into(),
                "--folder" => options.folder = value()?.into(),
                "--tier" => options.tiers.push(value()?),
                "--plan" => options.words.push(value()?),
                "--module" => options.module = Some(value()?),
                "--jobs" => options.jobs = value()?.parse().context("--jobs wants a number")?,
                _ => bail!("unknown option: {name}\n\n{USAGE}"),
            }
        }
        Ok(options)
    }
}

fn host(text: &str) -> Result<(String, u16)> {
    let (name, port) = text.split_once(':').context("--host wants NAME:PORT")?;
    Ok((name.to_owned(), port.parse().context("--host wants NAME:PORT")?))
}

const USAGE: &str = "\
--suite URL                where the suite answers [https://suite.test:8443/]
--suite-certificate FILE   the certificate that it shows, as PEM [suite.crt]
--host NAME:PORT           where the suite finds the server, on this machine [op.test:9443]
--server FILE              the program [target/release/grantor]
--folder FOLDER            where its database and certificates go [target/conformance]
--tier A|B|C|D             the plans of a tier; several times [all]
--plan WORDS               only plans with these words in their name or variant; several times
--module NAME              only this module
--jobs N                   plans side by side [3]";
