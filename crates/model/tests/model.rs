//! Every scenario explored as far as each run of the tests goes, and every planted fault found.

#![expect(clippy::print_stdout, reason = "what was found is shown when a test fails")]

use model::{Depth, Document, Limits, explore, find, planted, scenarios};

/// One thread: the runner starts as many tests as there are cores.
const LIMITS: Limits = Limits { states: 3_000_000, threads: 1, until: None };

macro_rules! explored {
    ($($test:ident = $name:literal),+ $(,)?) => {
        $(#[test]
        fn $test() {
            holds($name);
            faults($name);
        })+

        /// A scenario that nobody runs proves nothing.
        #[test]
        fn every_scenario_is_explored() {
            assert_eq!(scenarios(), [$($name),+]);
        }
    };
}

explored! {
    codes = "codes",
    codes_without_pkce = "codes-without-pkce",
    codes_of_a_public_client = "codes-public",
    codes_whose_end_comes_between = "codes-end",
    refresh_tokens = "refresh",
    refresh_tokens_with_a_grace = "refresh-grace",
    refresh_tokens_of_a_public_client = "refresh-grace-public",
    refresh_tokens_that_stay = "refresh-without-rotation",
    refresh_tokens_of_two_lines = "families",
    refresh_tokens_at_two_clocks = "refresh-clocks",
    refresh_tokens_whose_end_comes_between = "refresh-end",
    flows = "flows",
    sign_ons = "sign-on",
    sign_ons_on_a_known_device = "sign-on-device",
    sign_ons_whose_end_comes_between = "sign-on-end",
    assertions = "assertions",
    pushed_requests = "pushed",
    proofs_of_possession = "proofs",
    consents = "consents",
    signing_keys = "keys",
}

/// No step breaks an invariant, all that the bounds leave was seen, and what must be possible was reached.
fn holds(name: &str) {
    let outcomes = explore(|one| one == name, Depth::Brief, LIMITS, |outcome| println!("{outcome}"));
    assert!(outcomes.len() == 1 && outcomes[0].holds(), "{}", outcomes[0]);
    assert_eq!(Document::of_this_tree().agrees(Depth::Brief, &outcomes[0]), Ok(()));
}

/// What is claimed is counted.
#[test]
fn the_document_counts_the_planted_faults() {
    let document = Document::of_this_tree();
    for (name, faults) in planted() {
        assert_eq!(document.faults(name), Some(faults), "{name}");
    }
    let all: usize = planted().iter().map(|(_, faults)| faults).sum();
    assert!(document.says(&format!("{all} faults are planted")), "{all}");
    assert!(document.says(&format!("{} scenarios", scenarios().len())), "{}", scenarios().len());
}

/// Every fault that is planted in the scenario shows.
fn faults(name: &str) {
    for found in find(|one| one == name, LIMITS, |found| println!("{found}")) {
        assert!(found.holds(), "{found}");
    }
}
