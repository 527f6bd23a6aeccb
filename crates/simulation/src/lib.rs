//! Two processes of the server on one database that fails in every way it can, in a time of their own. One number makes a run: who
//! comes, what they do and in which order, what goes wrong and when, what every clock shows and every random octet. The same number
//! makes the same run again.
//!
//! What is real: everything from the edge of a request to the statements of a commit, the SQL, and the engine that runs it. What
//! stands in: the way to the database (`link.rs`), the clock and the randomness, and what hashes passwords. Nothing runs on another
//! thread, and nothing takes the machine's time.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "what is assumed of the fixture and of answers must fail the run"
)]

mod actors;
mod books;
mod close;
mod cluster;
mod database;
mod dice;
mod fault;
mod fixture;
mod ledger;
mod link;
mod panics;
mod planted;
mod scene;
mod switch;
mod trace;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::timeout;

pub use fault::Fault;
pub use planted::Planted;

use actors::{administrator, chaos, client, once, prober, stranger};
use cluster::Cluster;
use database::Database;
use dice::Dice;
use fixture::Fixture;
use ledger::Ledger;
use scene::Scene;
use trace::Trace;

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub seed: u64,
    /// The same for the same seed: everything that happened, in its order.
    pub digest: u64,
    /// What does not hold. Empty where all is well.
    pub findings: Vec<String>,
    /// How often what was injected.
    pub faults: BTreeMap<Fault, u64>,
    pub requests: u64,
    /// What the slowest of them took, for those in the run.
    pub slowest: Duration,
    /// The time that passed for those in the run.
    pub passed: Duration,
    /// What happened, line by line.
    pub lines: Vec<String>,
}

/// Makes the run of this number, with a fault of the server put in where one is named.
pub fn run(seed: u64, planted: Option<Planted>) -> Report {
    let fixture = Fixture::get();
    panics::heed();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let trace = OnceCell::new();
    let report = std::panic::catch_unwind(AssertUnwindSafe(|| {
        LocalSet::new().block_on(&runtime, simulate(fixture, seed, planted, &trace))
    }));
    let lines = || trace.get().map_or_else(Vec::new, |trace: &Arc<Trace>| trace.lines());
    let mut report = report.unwrap_or_else(|_| Report { seed, lines: lines(), ..Report::default() });
    report.findings.extend(panics::heard().into_iter().map(|panic| format!("panic: {panic}")));
    report
}

async fn simulate(
    fixture: &'static Fixture,
    seed: u64,
    planted: Option<Planted>,
    kept: &OnceCell<Arc<Trace>>,
) -> Report {
    let (dice, trace) = (Dice::new(seed), kept.get_or_init(|| Arc::new(Trace::new())).clone());
    let database = Arc::new(Database::new(fixture.database.copied().unwrap(), &dice, planted, trace.clone()));
    let cluster = Rc::new(Cluster::new(database.clone(), &dice, planted == Some(Planted::Deaf)));
    let scene = Rc::new(Scene {
        cluster: cluster.clone(),
        ledger: Ledger::new(fixture, trace.clone()),
        fixture,
        tempo: *dice.pick(&TEMPI).unwrap_or(&1000),
        requests: Cell::new(0),
        slowest: Cell::default(),
        open: Cell::new(true),
        signing: Cell::new(0),
        signs: Notify::new(),
        resuming: Cell::new(0),
        resumes: Notify::new(),
        admin_token: RefCell::default(),
    });
    let mut background = JoinSet::new();
    for process in 0..2 {
        background.spawn_local(cluster.clone().keep(process));
    }
    if timeout(LONGEST, live(&scene, &dice)).await.is_err() {
        scene.ledger.find(format!("the run did not end within {LONGEST:?}"));
    }
    background.abort_all();
    Report {
        seed,
        digest: trace.digest(),
        findings: scene.ledger.findings(),
        faults: database.tally.counts(),
        requests: scene.requests.get(),
        slowest: scene.slowest.get(),
        passed: trace.begun().elapsed(),
        lines: trace.lines(),
    }
}

/// Everybody acts until the last client leaves; then everything is looked at.
async fn live(scene: &Rc<Scene>, dice: &Dice) {
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn_local(client::visits(scene.clone(), dice.another(), VISITS));
    }
    let mut others = JoinSet::new();
    others.spawn_local(administrator::over_people(scene.clone(), dice.another()));
    others.spawn_local(administrator::over_applications(scene.clone(), dice.another()));
    others.spawn_local(prober::probes(scene.clone(), dice.another()));
    others.spawn_local(chaos::plan(scene.clone(), dice.another()));
    others.spawn_local(once::shows(scene.clone(), dice.another()));
    others.spawn_local(stranger::visits(scene.clone(), dice.another()));
    others.spawn_local(administrator::over_consents(scene.clone(), dice.another()));
    clients.join_all().await;
    scene.open.set(false);
    others.join_all().await;
    close::close(scene, dice).await;
    books::examine(scene).await;
}

const CLIENTS: usize = 5;
const VISITS: usize = 4;
/// Of the run's time: many times what any run takes that ends.
const LONGEST: Duration = Duration::from_hours(1);
/// Milliseconds: from everybody at once to long pauses, in which codes end and processes forget.
const TEMPI: [u64; 4] = [20, 200, 1000, 4000];
