//! Rotation by policy: the time is due, another key signs. Done by every node once a minute; of those that do it at the same time one
//! makes the changes.

use jose::SigningKey;
use protocol::audit::{Action, Actor, Event};
use protocol::change::{Change, Guard};
use protocol::ctx::Ctx;
use protocol::id::{CorrelationId, EnvironmentId, KeyRotationPolicyId, canonical};
use protocol::model::{
    Kept as _, KeyPair, KeyRotationPolicy, KeyStatus, KeyUsage, SigningKeyRecord, key_rotation_policy,
};
use protocol::rotation::{self, Replacement};
use protocol::time::Time;
use store::StoreError;
use uuid::Uuid;

use crate::app::{App, Ask};
use crate::failure::Failure;
use crate::keys::{drawn, key_id, of_policy};

/// The policy of the environment's own keys: as it is stored, or as it is before anybody wrote it.
///
/// # Errors
/// That it cannot be read.
pub async fn own_policy(app: &App, environment: EnvironmentId) -> Result<KeyRotationPolicy, Failure> {
    let stored = app.store.get(environment, &[key_rotation_policy(environment)]).await?;
    if let Some(stored) = stored {
        return Ok(stored);
    }
    let made = app.store.environment(environment).await?.map(|found| found.created_at);
    Ok(KeyRotationPolicy::own(environment, made.unwrap_or_default()))
}

/// All key pairs of an environment, its own signing keys first: what management lists as keys.
///
/// # Errors
/// That they cannot be read.
pub async fn pairs(app: &App, environment: EnvironmentId) -> Result<Vec<KeyPair>, Failure> {
    let policy = own_policy(app, environment).await?;
    let records = app.store.readable_keys(environment).await?;
    let bits = |record: &SigningKeyRecord| {
        let key = record.alg.is_rsa().then(|| crate::keys::unseal(record, app.seal())).flatten()?;
        Some(key.bits())
    };
    let kept: Vec<KeyPair> = app.store.all(environment, &[]).await?;
    // Where none was made the default of its usage, the one that signs is.
    let named = kept.iter().any(|key| key.default && key.usage == KeyUsage::Signing);
    let own = records.iter().map(|record| {
        let signs = record.status == KeyStatus::Active && record.line().is_none();
        KeyPair { default: signs && !named, ..drawn(record, &policy, bits(record)) }
    });
    let own: Vec<KeyPair> = own.collect();
    Ok(own.into_iter().chain(kept).collect())
}

/// The keys of the policies of an environment but its own, the oldest first.
///
/// # Errors
/// That they cannot be read.
pub async fn of_policies(app: &App, environment: EnvironmentId) -> Result<Vec<KeyPair>, Failure> {
    let mut kept: Vec<KeyPair> = app.store.all(environment, &[]).await?;
    kept.retain(KeyPair::is_published);
    Ok(kept)
}

/// The private key of one of [`pairs`].
///
/// # Errors
/// [`Failure::Unavailable`]: it opens neither under this master key nor for this version.
pub async fn private_key(app: &App, pair: &KeyPair) -> Result<SigningKey, Failure> {
    let opened = if pair.sealed.is_empty() {
        let records = app.store.readable_keys(pair.environment).await?;
        let record = records.iter().find(|record| key_id(&record.kid) == pair.id);
        record.and_then(|record| crate::keys::unseal(record, app.seal()))
    } else {
        crate::keys::open(pair, app.seal())
    };
    opened.ok_or_else(|| crate::failure::unreadable("a key"))
}

/// That the environment's own keys were rotated now, where its policy is stored.
pub(super) async fn rotated(app: &App, environment: EnvironmentId, now: Time) -> Result<Option<Change>, Failure> {
    let stored: Option<KeyRotationPolicy> = app.store.get(environment, &[key_rotation_policy(environment)]).await?;
    Ok(stored.map(|policy| rotation::moved(&policy, now.to_millis(), now)))
}

/// Takes a key of a policy away at once. None: no policy has such a key. Else the id of the one that signs in its place, where it signed.
pub(super) async fn revoke(
    app: &App,
    ctx: &Ctx<'_>,
    environment: EnvironmentId,
    kid: &str,
) -> Result<Option<Option<String>>, Failure> {
    let Some(id) = canonical(kid) else { return Ok(None) };
    let keys: Vec<KeyPair> = app.store.all(environment, &[]).await?;
    let Some(leaked) = keys.iter().find(|key| key.id.uuid() == id && key.is_published()) else { return Ok(None) };
    let policy: Option<KeyRotationPolicy> = match leaked.policy {
        Some(policy) => app.store.get(environment, &[policy.uuid()]).await?,
        None => None,
    };
    // Where the policy is gone, nothing signs in its place.
    let changes = match &policy {
        Some(policy) => {
            let current = of_policy(app, ctx, policy, KeyStatus::Active).await?;
            let next = of_policy(app, ctx, policy, KeyStatus::Next).await?;
            let made = current.id;
            let signed = leaked.status == Some(KeyStatus::Active);
            let changes = rotation::revoke_pair(&keys, leaked.id, Replacement { current, next });
            changes.map(|changes| (changes, signed.then(|| made.to_string())))
        }
        None => Some((vec![Change::Remove(leaked.key())], None)),
    };
    let Some((changes, made)) = changes else { return Ok(None) };
    let event = Event::new(Some(environment), ctx.now, ctx.correlation, Action::KeyRevoked).by(Actor::System);
    let event = event.noting(format!("revoked {kid}: {}", super::told(&changes)));
    crate::finish::commit(app, changes, Some(event)).await?;
    Ok(Some(made))
}

/// Does what is due now by the policies of all environments.
pub(super) async fn due(app: &App) -> Result<(), Failure> {
    let ask = Ask { correlation: CorrelationId::new(Uuid::nil()), source: None };
    for environment in app.store.without_key_policy(SOME).await? {
        // From now on: nobody's keys change because a newer version was started.
        let policy = KeyRotationPolicy::own(environment, app.now(environment).to_millis());
        made(app, vec![Change::put(policy, Guard::New)], None).await?;
    }
    // Where a clock is another than the machine's, each is asked for itself.
    for (environment, now) in app.clocks() {
        due_in(app, environment, now).await?;
    }
    // What stays, because it is not due by its own clock or not ready, keeps nothing behind it from its turn.
    let (now, mut tally) = (app.world.now(), Tally::default());
    while tally.goes_on() {
        let page = app.store.key_policies_due(now, (tally.stayed, SOME)).await?;
        for (environment, policy) in &page {
            tally.count(turn(app, &app.ctx_in(*environment, &ask), *environment, *policy).await?);
        }
        tally.was_last(page.len());
    }
    let mut tally = Tally::default();
    while tally.goes_on() {
        let page = app.store.keys_to_end(now.plus(-rotation::KEPT), (tally.stayed, SOME)).await?;
        for environment in &page {
            tally.count(end(app, &app.ctx_in(*environment, &ask), *environment).await?);
        }
        tally.was_last(page.len());
    }
    Ok(())
}

/// What came of those that were looked at.
#[derive(Default)]
struct Tally {
    done: i64,
    stayed: i64,
    over: bool,
}

impl Tally {
    fn goes_on(&self) -> bool {
        !self.over && self.done < SOME
    }

    fn count(&mut self, done: bool) {
        *(if done { &mut self.done } else { &mut self.stayed }) += 1;
    }

    /// Behind a page that is not full there is none.
    fn was_last(&mut self, length: usize) {
        self.over = i64::try_from(length).is_ok_and(|length| length < SOME);
    }
}

/// Does what is due in one environment while its clock shows `now`.
pub(super) async fn due_in(app: &App, environment: EnvironmentId, now: Time) -> Result<(), Failure> {
    let ask = Ask { correlation: CorrelationId::new(Uuid::nil()), source: None };
    let ctx = Ctx { now, ..app.ctx(&ask) };
    for policy in policies(app, environment).await? {
        if policy.due_at() <= now {
            turn(app, &ctx, environment, policy.id).await?;
        }
    }
    end(app, &ctx, environment).await?;
    Ok(())
}

/// Whether a policy of the environment is due between two times, or a key of one is to go. Its own counts from the first of them where
/// nobody wrote it yet.
pub(super) async fn awaits(app: &App, environment: EnvironmentId, (from, to): (Time, Time)) -> Result<bool, Failure> {
    let mut policies = policies(app, environment).await?;
    if !policies.iter().any(KeyRotationPolicy::is_own) {
        let own = KeyRotationPolicy::own(environment, from.to_millis());
        made(app, vec![Change::put(own.clone(), Guard::New)], None).await?;
        policies.push(own);
    }
    let due = policies.iter().any(|policy| policy.due_at() <= to);
    let keys: Vec<KeyPair> = app.store.all(environment, &[]).await?;
    Ok(due || !rotation::gone(&keys, to).is_empty())
}

async fn policies(app: &App, environment: EnvironmentId) -> Result<Vec<KeyRotationPolicy>, Failure> {
    match app.store.every(environment, &[]).await {
        // A newer process does what is due here.
        Err(StoreError::Unreadable(_)) => Ok(Vec::new()),
        policies => Ok(policies?),
    }
}

/// Takes away the keys of policies that were kept for long enough. Whether there were any.
async fn end(app: &App, ctx: &Ctx<'_>, environment: EnvironmentId) -> Result<bool, Failure> {
    let keys: Vec<KeyPair> = app.store.all(environment, &[]).await?;
    made(app, rotation::gone(&keys, ctx.now), Some((environment, ctx))).await
}

/// Whether it was due and ready.
async fn turn(
    app: &App,
    ctx: &Ctx<'_>,
    environment: EnvironmentId,
    policy: KeyRotationPolicyId,
) -> Result<bool, Failure> {
    let policy: Option<KeyRotationPolicy> = match app.store.get(environment, &[policy.uuid()]).await {
        // A newer process does what is due here.
        Err(StoreError::Unreadable(_)) => return Ok(false),
        policy => policy?,
    };
    let Some(policy) = policy.filter(|policy| policy.due_at() <= ctx.now) else { return Ok(false) };
    if policy.is_own() {
        return turn_own(app, ctx, &policy).await;
    }
    let keys: Vec<KeyPair> = match app.store.every(environment, &[]).await {
        Err(StoreError::Unreadable(_)) => return Ok(false),
        keys => keys?,
    };
    if !rotation::is_ready(&policy, &keys, ctx.now) {
        return Ok(false);
    }
    let new = of_policy(app, ctx, &policy, KeyStatus::Next).await?;
    made(app, rotation::turn(&policy, &keys, new, ctx.now), Some((environment, ctx))).await
}

/// The environment's own keys take their turns by [`rotation::begin`] and [`rotation::due`], as when an operator begins it.
async fn turn_own(app: &App, ctx: &Ctx<'_>, policy: &KeyRotationPolicy) -> Result<bool, Failure> {
    let environment = policy.environment;
    let Some(found) = app.store.environment(environment).await? else { return Ok(false) };
    let keys = match app.store.keys(environment).await {
        Err(StoreError::Unreadable(_)) => return Ok(false),
        keys => keys?,
    };
    let mut changes = vec![rotation::moved(policy, ctx.now.to_millis(), ctx.now)];
    let waits = keys.iter().any(|key| key.line().is_none() && key.status == KeyStatus::Next);
    if !waits {
        let new = app.new_signing_key_of(ctx, environment, (found.settings.signing_alg, policy.length)).await?;
        changes.extend(rotation::begin(&found, &keys, new, false, ctx.now)?);
    }
    made(app, changes, Some((environment, ctx))).await
}

/// Commits what was decided, where that is anything; another node may have been first. What concerns the keys of `told` is recorded.
async fn made(app: &App, changes: Vec<Change>, told: Option<(EnvironmentId, &Ctx<'_>)>) -> Result<bool, Failure> {
    if changes.is_empty() {
        return Ok(false);
    }
    let note = super::told(&changes);
    let event = told.filter(|_| !note.is_empty()).map(|(environment, ctx)| {
        let event = Event::new(Some(environment), ctx.now, ctx.correlation, Action::KeyRotated).by(Actor::System);
        event.noting(note)
    });
    match crate::finish::commit(app, changes, event).await {
        Ok(()) | Err(StoreError::Lost { .. } | StoreError::Conflict { .. }) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// So many are done at a time: the rest a minute later.
const SOME: i64 = 100;
