//! The end of a run: nothing goes wrong any more, everything still under way arrives, and then what there is must be what was
//! answered.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::sleep;

use crate::actors::client::{look, redeem, refresh};
use crate::actors::prober::{try_a_secret, try_the_service};
use crate::actors::sign_on::sign_on;
use crate::dice::Dice;
use crate::ledger::Line;
use crate::scene::Scene;

/// Both processes answer again, and everything is tried once more.
pub(crate) async fn close(scene: &Scene, dice: &Dice) {
    scene.cluster.database.end_faults();
    sleep(SETTLED).await;
    for process in 0..2 {
        scene.until_running(process).await;
    }
    sleep(FOLLOWED).await;
    let lines = scene.ledger.lines.borrow().clone();
    for line in &lines {
        agree(scene, line).await;
        still_counts(scene, dice, line).await;
    }
    for process in 0..2 {
        try_the_service(scene, process).await;
        try_a_secret(scene, dice).await;
    }
    for person in 0..scene.fixture.people.len() {
        let counts = sign_on(scene, dice, person, dice.below(scene.fixture.shops.len())).await;
        if counts.is_none() && scene.ledger.people[person].may_sign_on(scene.ledger.stamp()) {
            scene.ledger.find(format!("person {person} cannot sign on, and nothing is wrong"));
        }
    }
    for process in 0..2 {
        if let Some(running) = scene.cluster.running(process) {
            running.server.app.audit.flush().await;
        }
    }
}

/// Whatever became of a line, both processes say the same.
async fn agree(scene: &Scene, line: &Rc<Line>) {
    let newest = line.access.borrow().last().cloned();
    let Some(access) = newest else { return };
    let mut told = Vec::new();
    for process in [0, 1, 0, 1] {
        told.push(look(scene, line, &access, process).await);
    }
    let known: Vec<bool> = told.iter().copied().flatten().collect();
    if known.len() != told.len() {
        scene.ledger.find(format!("line {}: a process does not answer, and nothing is wrong", line.number));
    }
    if known.windows(2).any(|pair| pair[0] != pair[1]) {
        scene.ledger.find(format!("line {}: the processes do not agree", line.number));
    }
}

/// What was not ended is good for one more.
async fn still_counts(scene: &Scene, dice: &Dice, line: &Rc<Line>) {
    let newest = line.refresh.borrow().last().cloned();
    let at = dice.below(2);
    let decided = match newest {
        Some(token) if token.shown.get() == 0 => refresh(scene, line, &token, at).await,
        None if line.code.shown.get() == 0 => redeem(scene, line, at).await,
        _ => true,
    };
    if !decided {
        scene.ledger.find(format!("line {}: nobody decides, and nothing is wrong", line.number));
    }
}

/// After the latest commit, the longest silence and the longest start.
const SETTLED: Duration = Duration::from_secs(20);
/// After every process knows what others configured.
const FOLLOWED: Duration = Duration::from_secs(12);
