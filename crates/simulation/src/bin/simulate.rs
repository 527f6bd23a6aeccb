//! `simulate [--seed N | --minutes M]`: one run told line by line, or runs for so long, each with another number. Without an argument the
//! runs begin at the same number each time, so that a change is judged by the same runs as the one before.

#![expect(clippy::print_stdout, reason = "a command-line program speaks on standard output")]

use std::collections::BTreeMap;
use std::num::NonZero;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use simulation::{Fault, Report, run};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [] => many(MINUTES, FIRST),
        ["--minutes", minutes] => minutes.parse().map_or_else(|_| usage(), |m: NonZero<u64>| many(m.get(), anywhere())),
        ["--seed", seed] => seed.parse().map_or_else(|_| usage(), one),
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    println!("simulate [--seed NUMBER | --minutes NUMBER]");
    ExitCode::FAILURE
}

/// One run, and everything that happened in it.
fn one(seed: u64) -> ExitCode {
    let report = run(seed, None);
    report.lines.iter().for_each(|line| println!("{line}"));
    println!("seed {seed}: digest {:016x}, {} requests in {:?}", report.digest, report.requests, report.passed);
    report.findings.iter().for_each(|finding| println!("FOUND {finding}"));
    if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One run after the other on every core; what is found is told with its number at once.
fn many(minutes: u64, first: u64) -> ExitCode {
    let begun = Instant::now();
    let (next, sum) = (AtomicU64::new(first), Mutex::new(Sum::default()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while begun.elapsed() < Duration::from_mins(minutes) {
                    let report = run(next.fetch_add(1, Ordering::Relaxed), None);
                    sum.lock().unwrap_or_else(PoisonError::into_inner).add(&report);
                }
            });
        }
    });
    let Sum { runs, requests, slowest, passed, faults, failed } =
        sum.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (took, hours) = (begun.elapsed().as_secs_f64(), passed.as_secs_f64() / 3600.0);
    #[expect(clippy::cast_precision_loss, reason = "what a person reads")]
    let rate = |count: u64| count as f64 / took;
    println!("{runs} runs from {first} on in {took:.0} s ({:.1} a second)", rate(runs));
    println!(
        "{requests} requests ({:.0} a second), {hours:.1} hours of theirs; the slowest took {slowest:?}",
        rate(requests)
    );
    for (fault, count) in &faults {
        println!("{count:>8} {fault:?}");
    }
    println!("{} failed: {failed:?}", failed.len());
    let never: Vec<_> = Fault::ALL.into_iter().filter(|fault| is_missed(*fault, &faults)).collect();
    if !never.is_empty() {
        println!("never happened: {never:?}");
    }
    if failed.is_empty() && never.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A number that no runs began at before.
#[expect(clippy::disallowed_methods, reason = "where to begin is nobody's decision: every run says its number")]
fn anywhere() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64
}

/// Whether the runs say nothing of a fault that minutes of them must have met: all but the rarest.
fn is_missed(fault: Fault, counts: &BTreeMap<Fault, u64>) -> bool {
    fault != Fault::Outlived && counts.get(&fault).is_none_or(|count| *count == 0)
}

/// What many runs came to.
#[derive(Default)]
struct Sum {
    runs: u64,
    requests: u64,
    slowest: Duration,
    passed: Duration,
    faults: BTreeMap<Fault, u64>,
    failed: Vec<u64>,
}

impl Sum {
    fn add(&mut self, report: &Report) {
        self.runs += 1;
        self.requests += report.requests;
        self.slowest = self.slowest.max(report.slowest);
        self.passed += report.passed;
        report.faults.iter().for_each(|(fault, count)| *self.faults.entry(*fault).or_default() += count);
        if !report.findings.is_empty() {
            println!("cargo xtask simulate --seed {}\n    {}", report.seed, report.findings.join("\n    "));
            self.failed.push(report.seed);
        }
    }
}

const MINUTES: u64 = 2;
const FIRST: u64 = 1;
