//! Ending clients that registered themselves and were never given a token, where their environment says after how many days.

use protocol::audit::{Action, Actor, Event, Kind};
use protocol::change::{Absence, Change};
use protocol::id::{ApplicationId, CorrelationId, EnvironmentId};
use protocol::model::Key;
use protocol::time::Time;
use store::StoreError;
use tokio::time::Instant;
use uuid::Uuid;

use crate::app::App;
use crate::failure::Failure;

/// Ends those that are due. Of nodes that do it at the same time each client is ended by one.
///
/// # Errors
/// The store does not answer; the rest waits for the next time.
pub async fn end_unused(app: &App) -> Result<usize, Failure> {
    let mut ended = 0;
    for environment in app.store.with_unused_clients().await? {
        ended += end_unused_of(app, environment).await?;
    }
    Ok(ended)
}

/// The same of one environment.
pub(crate) async fn end_unused_of(app: &App, environment: EnvironmentId) -> Result<usize, Failure> {
    let Some(tenant) = app.tenant(environment).await? else { return Ok(0) };
    let Some(days) = tenant.environment.settings.unused_days else { return Ok(0) };
    let (before, mut ended) = (app.now(environment).plus(-days.saturating_mul(DAY)), 0);
    loop {
        let due = app.store.unused_clients(environment, before, AT_ONCE).await?;
        let mut gone = 0;
        for (application, since) in &due {
            let begun = Instant::now();
            gone += usize::from(end(app, (environment, *application), (before, *since)).await?);
            // The writer is left to others for as long as that took.
            tokio::time::sleep(begun.elapsed()).await;
        }
        ended += gone;
        // Others were first with all of them, or there are no more.
        if gone == 0 || due.len() < AT_ONCE as usize {
            return Ok(ended);
        }
    }
}

/// Ends one, with its secrets, its keys and its registration access token, which are its row's. A commit each: the client that is given its
/// first token, or a role, at this moment stays, and holds nobody else up.
async fn end(
    app: &App,
    (environment, application): (EnvironmentId, ApplicationId),
    (before, since): (Time, Time),
) -> Result<bool, Failure> {
    let changes = vec![
        Change::ExpectUnused { environment, application, before },
        Change::Absent(Absence::Role { environment, actor: application.uuid(), known: Vec::new() }),
        Change::Remove(Key::Application(environment, application)),
    ];
    let number = CorrelationId::new(Uuid::nil());
    let event = Event::new(Some(environment), app.now(environment), number, Action::ApplicationDeleted);
    let mut event = event.by(Actor::System).on(Kind::Application, application.uuid());
    event = event.noting(format!("registered itself and was given no token since {since}"));
    match crate::finish::commit(app, changes, Some(event)).await {
        Ok(()) => Ok(true),
        Err(StoreError::Lost { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Clients that are looked for at once.
const AT_ONCE: i64 = 200;
const DAY: i64 = 86_400;
