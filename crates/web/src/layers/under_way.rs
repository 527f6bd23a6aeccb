//! Decides how many requests are answered at a time: so many of one source and of one environment, and whoever has more waits
//! behind itself (F15, TN-03).

use std::sync::Arc;

use admission::{Claim, Gate, Place, Seat};
use axum::body::Body;
use engine::App;
use http::Request;
use protocol::id::EnvironmentId;

use super::refusal::Refusal;

/// A seat for a request that claims this.
///
/// # Errors
/// 429 where none came free.
pub(super) async fn enter(app: &App, claim: Claim) -> Result<Seat, Refusal> {
    let under_way = pass(app, app.requests(), claim).await?;
    let turn = app.processor().enter(claim, |claim| waiting(app, claim)).await.map_err(|_| Refusal::Crowded)?;
    // Whatever it waits for further on, it waits under what it is.
    Ok(Seat::new(waiting(app, claim), under_way, turn))
}

/// A place behind the door.
async fn pass(app: &App, gate: &Arc<Gate>, claim: Claim) -> Result<Place, Refusal> {
    match gate.try_enter(claim) {
        Ok(place) => Ok(place),
        Err(_) => gate.enter(waiting(app, claim)).await.map_err(|_| Refusal::Crowded),
    }
}

/// Those who wait take turns by environment. An id that somebody made up is none.
fn waiting(app: &App, claim: Claim) -> Claim {
    let known = app.knows(EnvironmentId::new(claim.environment));
    if known { claim } else { Claim { source: claim.source, ..Claim::default() } }
}

/// Where the request comes from, and which environment its path names.
pub(super) fn claim(app: &App, request: &Request<Body>) -> Claim {
    let source = crate::ask::of(request.extensions()).source;
    let environment = app.environment_of(request.uri().path());
    Claim::new(environment.map(EnvironmentId::uuid).unwrap_or_default(), source)
}
