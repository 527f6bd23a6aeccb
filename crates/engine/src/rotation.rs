//! Rotating signing keys: begun by the operator, finished by the time; and taking one away that leaked.

mod policies;

use std::sync::Arc;
use std::time::Duration;

use jose::Alg;
use protocol::audit::{Action, Actor, Event};
use protocol::change::{Absence, Change};
use protocol::ctx::Ctx;
use protocol::id::{CorrelationId, EnvironmentId};
use protocol::model::{Application, Key, KeyStatus, Object, SigningKeyRecord};
use protocol::policy;
use protocol::refusal::{Detail, Reason, Refused};
use protocol::rotation;
use protocol::time::Time;
use store::StoreError;
use uuid::Uuid;

use crate::app::{App, Ask};
use crate::failure::Failure;
use crate::reads::List;

pub use policies::{of_policies, own_policy, pairs, private_key};

/// Which key is to be replaced, and by what.
#[derive(Clone, Copy, Debug)]
pub enum Line {
    /// The environment's own, by one of this algorithm or of the present one.
    Own(Option<Alg>),
    /// The one of an algorithm that applications chose beside it.
    Chosen(Alg),
}

/// Makes a new key and begins the rotation to it. Returns its id.
///
/// # Errors
/// 404 for an environment that does not exist; that another key already waits.
pub async fn rotate(app: &App, environment: EnvironmentId, line: Line, at_once: bool) -> Result<String, Failure> {
    let ask = Ask { correlation: CorrelationId::new(Uuid::nil()), source: None };
    let ctx = app.ctx_in(environment, &ask);
    let found = app.store.environment(environment).await?;
    let found =
        found.ok_or_else(|| Refused::new(Reason::EnvironmentUnknown, "an environment", environment.to_string()))?;
    let (alg, chosen) = match line {
        Line::Own(alg) => (alg.unwrap_or(found.settings.signing_alg), false),
        Line::Chosen(alg) => (alg, true),
    };
    if !chosen {
        policy::demands_of_all(&found).judge_alg(alg, Reason::ConstraintViolated).map_err(told_why)?;
    }
    let new = app.new_signing_key(&ctx, environment, alg, KeyStatus::Next).await?;
    let kid = new.kid.clone();
    let keys = app.store.keys(environment).await?;
    let mut changes = rotation::begin(&found, &keys, SigningKeyRecord { chosen, ..new }, at_once, ctx.now)?;
    if found.settings.signing_alg != alg && !chosen {
        changes.extend(left_alone(app, &ctx, environment, &rotation::after(&keys, &changes)).await?);
    }
    let event = Event::new(Some(environment), ctx.now, ctx.correlation, Action::KeyRotated).by(Actor::System);
    let event = event.noting(told(&changes));
    if !chosen {
        // The environment's own policy counts from here.
        changes.extend(policies::rotated(app, environment, ctx.now).await?);
    }
    crate::finish::commit(app, changes, Some(event)).await?;
    Ok(kid)
}

/// Takes a key away at once, because it leaked (MD-07). Returns the id of the key that signs in its place, where it signed. Other
/// processes follow as they do with every change of the configuration.
///
/// # Errors
/// 404 for an environment that does not exist; that it has no such key.
pub async fn revoke(app: &App, environment: EnvironmentId, kid: &str) -> Result<Option<String>, Failure> {
    let ask = Ask { correlation: CorrelationId::new(Uuid::nil()), source: None };
    let ctx = app.ctx_in(environment, &ask);
    if app.store.environment(environment).await?.is_none() {
        return Err(Refused::new(Reason::EnvironmentUnknown, "an environment", environment.to_string()).into());
    }
    for _ in 0..REVOCATIONS {
        if let Some(done) = policies::revoke(app, &ctx, environment, kid).await? {
            return Ok(done);
        }
        // What this version cannot read is in nobody's way: the one that leaked must go.
        let keys = app.store.readable_keys(environment).await?;
        let signs = keys.iter().find(|key| key.kid == kid && key.status == KeyStatus::Active).map(|key| key.alg);
        let new = match signs {
            Some(alg) => Some(app.new_signing_key(&ctx, environment, alg, KeyStatus::Active).await?),
            None => None,
        };
        let made = new.as_ref().map(|new| new.kid.clone());
        let changes = rotation::revoke(&keys, kid, new)?;
        let event = Event::new(Some(environment), ctx.now, ctx.correlation, Action::KeyRevoked).by(Actor::System);
        let event = event.noting(format!("revoked {kid}: {}", told(&changes)));
        match crate::finish::commit(app, changes, Some(event)).await {
            Ok(()) => return Ok(made),
            // It was rotated meanwhile: what it has become goes.
            Err(StoreError::Lost { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::Unavailable)
}

/// A command shows its details alone.
fn told_why(mut refused: Refused) -> Refused {
    let message = format!("{} was asked for; expected {}", refused.came, refused.expected);
    refused.details.push(Detail::new("CONSTRAINT_VIOLATION", "alg", message));
    refused
}

/// The keys that an environment must be given before an application is written, so that no token waits for one: of the algorithms that
/// it chose, and of one that it may have where it may not have the environment's own.
///
/// # Errors
/// As for [`App::new_signing_key`]; that the keys cannot be read.
pub async fn needed(app: &App, ctx: &Ctx<'_>, application: &Application) -> Result<Vec<Change>, Failure> {
    if application.signing.algs().next().is_none() && policy::of_itself(application).algs.is_empty() {
        return Ok(Vec::new());
    }
    let environment = application.environment;
    let keys = app.store.keys(environment).await?;
    made(app, ctx, environment, &keys, wanted(application, &keys)).await
}

/// The kinds of key that an application needs beside the environment's own, which are among these.
fn wanted(application: &Application, keys: &[SigningKeyRecord]) -> impl Iterator<Item = Alg> {
    let (demands, chosen) = (policy::of_itself(application), application.signing.id_token);
    let own = keys.iter().filter(|key| key.line().is_none() && key.status != KeyStatus::Retired);
    application.signing.algs().chain(own.filter_map(move |own| demands.signs_with(chosen, own.alg)))
}

/// Gives an environment a key of an algorithm beside its own, published at once, where none signs with it.
///
/// # Errors
/// As for [`App::new_signing_key`]; that the keys cannot be read.
pub(crate) async fn furnish(app: &App, ctx: &Ctx<'_>, environment: EnvironmentId, alg: Alg) -> Result<(), Failure> {
    let keys = app.store.keys(environment).await?;
    let changes = made(app, ctx, environment, &keys, [alg]).await?;
    if changes.is_empty() {
        return Ok(());
    }
    let event = Event::new(Some(environment), ctx.now, ctx.correlation, Action::KeyRotated).by(Actor::System);
    let event = event.noting(told(&changes));
    match crate::finish::commit(app, changes, Some(event)).await {
        // Somebody else made it.
        Ok(()) | Err(StoreError::Lost { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Keys for the applications that chose the algorithm which the environment leaves.
async fn left_alone(
    app: &App,
    ctx: &Ctx<'_>,
    environment: EnvironmentId,
    keys: &[SigningKeyRecord],
) -> Result<Vec<Change>, Failure> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = app.store.list::<Application>(environment, &List { filter: None, after, limit: 1000 }).await?;
        all.extend(page.rows.iter().flat_map(|application| wanted(application, keys)));
        after = page.next;
        if after.is_none() {
            return made(app, ctx, environment, keys, all).await;
        }
    }
}

async fn made(
    app: &App,
    ctx: &Ctx<'_>,
    environment: EnvironmentId,
    keys: &[SigningKeyRecord],
    wanted: impl IntoIterator<Item = Alg>,
) -> Result<Vec<Change>, Failure> {
    let mut made = Vec::new();
    for alg in rotation::lacking(keys, wanted) {
        let key = app.new_signing_key(ctx, environment, alg, KeyStatus::Active).await?;
        tracing::info!(%environment, %alg, kid = key.kid, "a signing key for the applications that chose its algorithm");
        // Of those who find at once that it is missing one makes it; the others are told, and find it there.
        made.push(Change::Absent(Absence::ChosenKey(environment, alg)));
        made.push(Change::CreateKey(SigningKeyRecord { chosen: true, ..key }));
    }
    Ok(made)
}

/// The keys of an environment that this version can read, the oldest first.
pub async fn list(app: &App, environment: EnvironmentId) -> Result<Vec<SigningKeyRecord>, Failure> {
    Ok(app.store.readable_keys(environment).await?)
}

/// Does what is due in every environment, once a minute, until the app is dropped. Of nodes that do it at the same time one
/// makes the changes; the others lose their guards and find nothing to do later.
pub async fn finish_rotations(app: Arc<App>) {
    let app = Arc::downgrade(&{ app });
    loop {
        let Some(app) = app.upgrade() else { return };
        if let Err(failure) = finish_due(&app).await {
            tracing::warn!(reason = ?failure.reason(), "key rotation is behind");
        }
        drop(app);
        tokio::time::sleep(PERIOD).await;
    }
}

/// Does what is due now.
pub async fn finish_due(app: &App) -> Result<(), Failure> {
    policies::due(app).await?;
    for environment in app.store.rotating().await? {
        follow(app, environment, app.now(environment)).await?;
    }
    Ok(())
}

/// Lets the keys of an environment become what the time makes of them.
async fn follow(app: &App, environment: EnvironmentId, now: Time) -> Result<(), Failure> {
    let Some(found) = app.store.environment(environment).await? else { return Ok(()) };
    let keys = match app.store.keys(environment).await {
        // A newer process does what is due here.
        Err(StoreError::Unreadable(_)) => return Ok(()),
        keys => keys?,
    };
    let mut changes = rotation::due(&found, &keys, now);
    if changes.is_empty() {
        return Ok(());
    }
    if changes.iter().any(|change| matches!(change, Change::Put(..))) {
        // Whoever chose the algorithm before after the rotation was begun has a key already; whoever did so meanwhile not.
        let ask = Ask { correlation: CorrelationId::new(Uuid::nil()), source: None };
        let keys = rotation::after(&keys, &changes);
        changes.extend(left_alone(app, &Ctx { now, ..app.ctx(&ask) }, environment, &keys).await?);
    }
    let event = Event::new(Some(environment), now, CorrelationId::new(Uuid::nil()), Action::KeyRotated);
    let event = event.by(Actor::System).noting(told(&changes));
    match crate::finish::commit(app, changes, Some(event)).await {
        // Another node was first.
        Ok(()) | Err(StoreError::Lost { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Does what became due in an environment whose clock was put forward, as far as it can still be seen: what a server did that ran all
/// the time between.
///
/// # Errors
/// That the store cannot be read or written.
pub(crate) async fn catch_up(app: &App, environment: EnvironmentId, from: Time, to: Time) -> Result<(), Failure> {
    let keys = app.store.readable_keys(environment).await?;
    let turning = keys.iter().any(|key| key.status != KeyStatus::Active);
    if !policies::awaits(app, environment, (from, to)).await? && !turning {
        return Ok(());
    }
    for moment in rotation::moments(from, to) {
        policies::due_in(app, environment, moment).await?;
        follow(app, environment, moment).await?;
    }
    Ok(())
}

/// Which keys become what; their names are public.
fn told(changes: &[Change]) -> String {
    let keys = changes.iter().filter_map(|change| match change {
        Change::CreateKey(key) | Change::UpdateKey { key, .. } => {
            Some(format!("{} {} {}", key.alg.name(), key.kid, key.status.name()))
        }
        Change::DeleteKey(_, kid, _) => Some(format!("{kid} DELETED")),
        Change::Put(object, _) => match &**object {
            Object::KeyPair(pair) => {
                Some(format!("{} {} {}", pair.alg()?.name(), pair.id, pair.status.map_or("", KeyStatus::name)))
            }
            _ => None,
        },
        Change::Remove(Key::KeyPair(_, id)) => Some(format!("{id} DELETED")),
        _ => None,
    });
    keys.collect::<Vec<_>>().join(", ")
}

const PERIOD: Duration = Duration::from_mins(1);
/// How often a revocation is decided anew: a key changes its state twice in its life.
const REVOCATIONS: usize = 4;
