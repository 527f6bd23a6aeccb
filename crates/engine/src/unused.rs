//! Ending clients that registered themselves and were never given a token, where their environment says after how many days.

use std::collections::BTreeSet;

use protocol::audit::{Action, Actor, Event, Kind};
use protocol::change::{Absence, Change};
use protocol::id::{ApplicationId, CorrelationId, EnvironmentId};
use protocol::model::{Key, SignOnAction, SignOnPolicy};
use protocol::time::Time;
use store::{StoreError, UnusedClient};
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
    let Some(found) = app.store.environment(environment).await? else { return Ok(0) };
    let Some(days) = found.settings.unused_days else { return Ok(0) };
    let (before, mut ended) = (app.now(environment).plus(-days.saturating_mul(DAY)), 0);
    loop {
        // Those that a sign-on policy names come again and again, and stay.
        let most = AT_ONCE + named(app, environment).await?.len();
        let due = app.store.unused_clients(environment, before, i64::try_from(most).unwrap_or(i64::MAX)).await?;
        let kept = named(app, environment).await?;
        let mut gone = 0;
        for unused in due.iter().filter(|unused| !kept.contains(&unused.id)) {
            let begun = Instant::now();
            gone += usize::from(end(app, environment, before, unused).await?);
            // The writer is left to others for as long as that took.
            tokio::time::sleep(begun.elapsed()).await;
        }
        ended += gone;
        // Others were first with all of them, or there are no more.
        if gone == 0 || due.len() < most {
            return Ok(ended);
        }
    }
}

/// The applications that sign-on policies of the environment name.
async fn named(app: &App, environment: EnvironmentId) -> Result<BTreeSet<ApplicationId>, Failure> {
    let policies = app.store.every_within::<SignOnPolicy>(environment).await?;
    Ok(policies.iter().flat_map(|policy| &policy.actions).flat_map(SignOnAction::applications).collect())
}

/// Ends one, with its secrets, its keys and its registration access token, which are its row's. A commit each: the client that is given its
/// first token, or a role, at this moment stays, and holds nobody else up.
async fn end(app: &App, environment: EnvironmentId, before: Time, unused: &UnusedClient) -> Result<bool, Failure> {
    let UnusedClient { id: application, since, version } = *unused;
    let changes = vec![
        Change::ExpectUnused { environment, application, before },
        // Whoever names it in a sign-on policy meanwhile writes it in another version.
        Change::Expect(Key::Application(environment, application), version),
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
const AT_ONCE: usize = 200;
const DAY: i64 = 86_400;
