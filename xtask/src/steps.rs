//! The shape of a run: headed and timed steps, a tally of tests, and one closing line that programs can read.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

/// How many tests a step ran, as its test runner counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl Tally {
    /// A step that is itself the one thing checked.
    pub(crate) const ONE: Self = Self { passed: 1, failed: 0 };

    pub(crate) const fn and(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

/// One run from its first heading to its closing line.
#[derive(Debug)]
pub(crate) struct Run {
    started: Instant,
    tally: Tally,
    times: Vec<(String, Duration)>,
    failures: Vec<String>,
    absent: Vec<String>,
    /// With `CI=true` nothing is skipped: what is missing is a failure with its name.
    strict: bool,
}

impl Run {
    pub(crate) fn new() -> Self {
        let strict = std::env::var("CI").is_ok_and(|value| value == "true" || value == "1");
        Self {
            started: Instant::now(),
            tally: Tally::default(),
            times: Vec::new(),
            failures: Vec::new(),
            absent: Vec::new(),
            strict,
        }
    }

    /// Runs one step under its heading and counts it. A failure is kept for the summary and the run goes on.
    pub(crate) fn step(&mut self, heading: &str, work: impl FnOnce(&mut Self) -> Result<Tally>) -> bool {
        println!("\n=== {heading}");
        let began = Instant::now();
        let outcome = work(self);
        let took = began.elapsed();
        self.times.push((heading.to_owned(), took));
        println!("=== {heading}: {:.1} s", took.as_secs_f64());
        match outcome {
            Ok(counted) if counted.failed == 0 => {
                self.tally.passed += counted.passed;
                true
            }
            Ok(counted) => {
                self.tally.passed += counted.passed;
                self.tally.failed += counted.failed;
                self.failures.push(format!("{heading}: {} tests failed", counted.failed));
                false
            }
            Err(error) => {
                self.fail(heading, &format!("{error:#}"));
                false
            }
        }
    }

    /// Counts one failed check that is not a whole step.
    pub(crate) fn fail(&mut self, name: &str, why: &str) {
        println!("FAILED {name}: {why}");
        self.tally.failed += 1;
        self.failures.push(format!("{name}: {}", told(why)));
    }

    /// Counts one passed check that is not a whole step.
    pub(crate) fn pass(&mut self, name: &str) {
        println!("ok {name}");
        self.tally.passed += 1;
    }

    /// Something could not be had: on CI that is a failure, elsewhere a line in the summary.
    pub(crate) fn missing(&mut self, name: &str, what: &str) {
        if self.strict {
            self.fail(name, &format!("{what} missing"));
        } else {
            self.not_run(name, &format!("{what} missing"));
        }
    }

    /// Something that applies only where it is present.
    pub(crate) fn not_run(&mut self, name: &str, why: &str) {
        println!("not run: {name}: {why}");
        self.absent.push(format!("{name}: {why}"));
    }

    /// Prints the summary; its last line is exactly `N passed, M failed`.
    pub(crate) fn close(self) -> ExitCode {
        println!("\n=== summary, {:.0} s", self.started.elapsed().as_secs_f64());
        for (heading, took) in &self.times {
            println!("{:>8.1} s  {heading}", took.as_secs_f64());
        }
        for line in &self.absent {
            println!("not run: {line}");
        }
        for line in &self.failures {
            println!("failed: {line}");
        }
        println!("{} passed, {} failed", self.tally.passed, self.tally.failed);
        if self.tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// The line of a program's complaint that says most: the one that names an error, else the first.
fn told(why: &str) -> &str {
    let lines = || why.lines().map(str::trim).filter(|line| !line.is_empty());
    lines().find(|line| line.contains("Error: ")).or_else(|| lines().next()).unwrap_or_default()
}
