//! A fixed number of runs, and what is put in on purpose.

use std::collections::BTreeMap;
use std::process::Command;

use simulation::{Fault, Planted, Report, run};

fn sound(seeds: impl IntoIterator<Item = u64>) -> BTreeMap<Fault, u64> {
    let mut faults = BTreeMap::new();
    for seed in seeds {
        let report = run(seed, None);
        assert_eq!(report.findings, Vec::<String>::new(), "cargo xtask simulate --seed {seed}");
        report.faults.iter().for_each(|(fault, count)| *faults.entry(*fault).or_default() += count);
    }
    faults
}

/// Every kind of fault is there, or the runs would say nothing about it.
fn complete(faults: &BTreeMap<Fault, u64>) {
    for fault in Fault::ALL {
        assert!(faults.get(&fault).is_some_and(|count| *count > 0), "{fault:?} never happened: {faults:?}");
    }
}

#[test]
fn the_first_part_is_sound() {
    complete(&sound(0..PART));
}

#[test]
fn the_second_part_is_sound() {
    complete(&sound(PART..2 * PART));
}

#[test]
fn a_seed_makes_the_same_run_again() {
    for seed in 0..12 {
        let (first, second) = (run(seed, None), run(seed, None));
        let differing = first.lines.iter().zip(&second.lines).find(|(one, other)| one != other);
        assert_eq!(differing, None, "seed {seed}");
        assert_eq!((first.digest, first.requests), (second.digest, second.requests), "seed {seed}");
    }
}

#[test]
fn in_another_process_too() {
    let told = || {
        let output = Command::new(env!("CARGO_BIN_EXE_simulate")).args(["--seed", "7"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let (own, other) = (run(7, None), told());
    assert!(other.contains(&format!("digest {:016x}", own.digest)), "{}", other.lines().last().unwrap_or_default());
}

/// They would say nothing, and say that nothing failed.
#[test]
fn no_minutes_are_no_runs() {
    for minutes in ["0", "-1", "some"] {
        let output = Command::new(env!("CARGO_BIN_EXE_simulate")).args(["--minutes", minutes]).output().unwrap();
        assert!(!output.status.success(), "{minutes}");
    }
}

#[test]
fn planted_faults_are_found() {
    Planted::ALL.into_iter().filter(|(planted, _)| !is_one_guard(*planted)).for_each(is_found);
}

#[test]
fn every_guard_that_is_taken_away_is_missed() {
    Planted::ALL.into_iter().filter(|(planted, _)| is_one_guard(*planted)).for_each(is_found);
}

fn is_one_guard(planted: Planted) -> bool {
    matches!(planted, Planted::NoGuardOf(_))
}

/// What is put in is found within a few runs, and is called what it is: the checks see what they are for.
fn is_found((planted, shows): (Planted, &str)) {
    let names = |report: &Report| report.findings.iter().find(|finding| finding.contains(shows)).cloned();
    let found = (0..MOST).find_map(|seed| Some((seed, names(&run(seed, Some(planted)))?)));
    let Some((seed, finding)) = found else { panic!("{planted:?} was not found in {MOST} runs: {shows}") };
    eprintln!("{planted:?}: seed {seed}: {finding}");
}

const PART: u64 = 60;
const MOST: u64 = 100;
