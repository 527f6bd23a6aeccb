//! What a clock that was put forward lets happen at once: what otherwise waits for work that comes round in minutes.

use protocol::id::EnvironmentId;

use super::Control;
use super::clock::{BeyondTime, Shown, Turn};
use crate::app::App;
use crate::failure::Failure;

/// Turns the clock of an environment, and does what has become due there. Returns what it shows.
///
/// # Errors
/// That the store cannot be read or written: the clock was turned all the same. [`BeyondTime`] is the inner error.
pub async fn turn(app: &App, environment: EnvironmentId, turn: Turn) -> Result<Result<Shown, BeyondTime>, Failure> {
    let Some(controls) = &app.controls else { return Ok(Err(BeyondTime)) };
    let control = controls.of(environment);
    control.snapshots.apart(turned(app, (environment, &control), turn)).await
}

async fn turned(
    app: &App,
    (environment, control): (EnvironmentId, &Control),
    turn: Turn,
) -> Result<Result<Shown, BeyondTime>, Failure> {
    let (before, after) = match control.clock.turn(app.world.now(), turn) {
        Ok(turned) => turned,
        Err(beyond) => return Ok(Err(beyond)),
    };
    if after.now < before.now {
        app.outgoing.forget(environment);
    }
    if after.now > before.now {
        crate::rotation::catch_up(app, environment, before.now, after.now).await?;
        crate::unused::end_unused_of(app, environment).await?;
        app.logouts.wake();
    }
    Ok(Ok(after))
}
