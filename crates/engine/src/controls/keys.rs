//! New signing keys of a world, where a test wants one: one after the other, so that none is made twice, and no more than verifiers read.

use jose::Alg;
use protocol::ctx::Ctx;
use protocol::id::EnvironmentId;
use tokio::sync::Mutex;

use super::Control;
use crate::app::App;
use crate::failure::Failure;
use crate::rotation::{self, Line, list};

/// Held by whoever looks how many there are and makes one more.
#[derive(Debug, Default)]
pub struct Making(Mutex<()>);

/// Why there is no new key.
#[derive(Debug)]
pub enum Unmade {
    /// The world has [`MOST`] already.
    Many,
    Failed(Failure),
}

impl<T: Into<Failure>> From<T> for Unmade {
    fn from(failure: T) -> Self {
        Self::Failed(failure.into())
    }
}

/// Makes a key that signs from now on, of the algorithm or of the present one. Returns its id.
///
/// # Errors
/// [`Unmade`]; then none was made.
pub async fn rotate(
    app: &App,
    (world, control): (EnvironmentId, &Control),
    algorithm: Option<Alg>,
) -> Result<String, Unmade> {
    let _alone = control.making.0.lock().await;
    has_room(app, world).await?;
    Ok(rotation::rotate(app, world, Line::Own(algorithm), true).await?)
}

/// Makes a key of the algorithm beside the world's own, unless somebody else just did.
///
/// # Errors
/// [`Unmade`]; then none was made.
pub(super) async fn furnish(
    app: &App,
    ctx: &Ctx<'_>,
    (world, control): (EnvironmentId, &Control),
    algorithm: Alg,
) -> Result<(), Unmade> {
    let _alone = control.making.0.lock().await;
    if app.serving(world).await?.is_some_and(|tenant| tenant.keys.of_alg(algorithm).is_some()) {
        return Ok(());
    }
    has_room(app, world).await?;
    Ok(rotation::furnish(app, ctx, world, algorithm).await?)
}

async fn has_room(app: &App, world: EnvironmentId) -> Result<(), Unmade> {
    let there = list(app, world).await?;
    if there.len() < MOST { Ok(()) } else { Err(Unmade::Many) }
}

/// All of them are published, so a verifier reads them all.
pub const MOST: usize = 100;
