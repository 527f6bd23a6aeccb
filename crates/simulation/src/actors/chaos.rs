//! The one who plans what does not hang on a commit: a database that is away, processes that die.

use std::rc::Rc;

use tokio::time::sleep;

use crate::dice::Dice;
use crate::fault::Fault;
use crate::scene::Scene;

/// Goes on until people stop coming.
pub(crate) async fn plan(scene: Rc<Scene>, dice: Dice) {
    let base = &scene.cluster.database;
    while scene.open.get() {
        sleep(dice.millis(200, 6000)).await;
        if base.is_likely(Fault::Away) {
            let whose: &[usize] = match dice.below(3) {
                0 => &[0, 1],
                1 => &[0],
                _ => &[1],
            };
            // Most are short; some are longer than any process may go on with what it knows.
            let most = if dice.below(4) == 0 { 30_000 } else { 3000 };
            base.go_away(whose, dice.millis(50, most), dice.below(2) == 0);
        }
        if base.is_likely(Fault::Killed) {
            scene.cluster.kill(dice.below(2));
        }
    }
}
