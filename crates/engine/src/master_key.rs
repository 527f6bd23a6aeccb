//! Puts a whole database under another master key: everything that is sealed is sealed anew, batch by batch.
//!
//! No server runs meanwhile: one that has the old key alone would not open what is done, and would seal more under the old one.
//! The database says that a rotation is under way, and no server and no command takes it before the rotation is done. One that was
//! interrupted is begun again with the same two keys and goes on: what opens with the new one is passed over.

use protocol::audit::{Action, Actor, Event};
use protocol::change::Change;
use protocol::ctx::Ctx;
use protocol::id::{ActivityId, CorrelationId};
use protocol::model::SecretOf;
use protocol::sealed::{Keys, Place, Resealed, Sealed};
use store::{SealedWalk, Store, StoreError};
use uuid::Uuid;

use crate::app::{fingerprint, sealing};
use crate::world::World;

/// How a rotation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// Everything is under the new key. How many values went there now.
    Done(usize),
    /// A rotation between other keys was begun and not ended: the fingerprints of both.
    Other(String),
    /// A value opens with neither key: nothing was begun, or this one was left. Where it is.
    Lost(String),
}

/// The fingerprints of two master keys, as the database notes them.
pub fn named(old: &[u8; 32], new: &[u8; 32]) -> String {
    format!("{} {}", fingerprint(old), fingerprint(new))
}

/// Seals everything under `new` that opens with `old`. `told` hears after each batch how many are done.
///
/// # Errors
/// [`StoreError::Lost`] when a value changed meanwhile: a server runs. The next call goes on.
pub async fn rotate(
    store: &Store,
    world: &dyn World,
    (old, new): (&[u8; 32], &[u8; 32]),
    mut told: impl FnMut(usize),
) -> Result<Rotation, StoreError> {
    let name = named(old, new);
    let keys = (sealing(old), sealing(new));
    let ctx = Ctx { now: world.now(), entropy: world, correlation: CorrelationId::new(Uuid::nil()) };
    match store.master_key_rotation().await? {
        Some(other) if other != name => return Ok(Rotation::Other(other)),
        Some(_) => {}
        None => {
            // Before anything is written: with a wrong old key, nothing could be.
            let mut walk = SealedWalk::new(ROWS);
            while let Some(some) = store.next_sealed(&mut walk).await? {
                if let Some(place) = decided(&ctx, &some, &keys).err() {
                    return Ok(Rotation::Lost(place));
                }
            }
            store.commit(vec![Change::MasterKeyRotation(Some(name.clone()))]).await?;
        }
    }
    let mut done = 0;
    loop {
        let before = done;
        let mut walk = SealedWalk::new(ROWS);
        while let Some(some) = store.next_sealed(&mut walk).await? {
            let changes = match decided(&ctx, &some, &keys) {
                Ok(changes) => changes,
                Err(place) => return Ok(Rotation::Lost(place)),
            };
            if !changes.is_empty() {
                let many = changes.len();
                store.commit(changes).await?;
                done += many;
                told(done);
            }
        }
        // A walk that found nothing to do has seen everything under the new key.
        if done == before {
            break;
        }
    }
    let mut event = Event::new(None, ctx.now, ctx.correlation, Action::KeyRotated).by(Actor::System);
    event.id = ActivityId::new(ctx.uuid());
    event.note = Some(format!("the master key, from and to: {name}"));
    store.commit(vec![Change::MasterKeyRotation(None), Change::Record(Box::new(event))]).await?;
    Ok(Rotation::Done(done))
}

/// What is to be written of these; where the one is that opens with neither key.
fn decided(ctx: &Ctx<'_>, some: &[Sealed], (old, new): &(Keys, Keys)) -> Result<Vec<Change>, String> {
    let mut changes = Vec::new();
    for sealed in some {
        match sealed.reseal(ctx.entropy, old, new) {
            Resealed::Change(change) => changes.push(*change),
            Resealed::Done => {}
            Resealed::Lost => return Err(place(&sealed.place)),
        }
    }
    Ok(changes)
}

/// A place in words; the ids are public.
fn place(place: &Place) -> String {
    match place {
        Place::KeyPair(environment, id) => format!("the key {id} of environment {environment}"),
        Place::SigningKey(environment, kid) => format!("the signing key {kid} of environment {environment}"),
        Place::Secret(environment, of) | Place::PreviousSecret(environment, of) => match of {
            SecretOf::Application(id) => format!("a secret of application {id} in environment {environment}"),
            SecretOf::Resource(id) => format!("a secret of resource {id} in environment {environment}"),
        },
        Place::ProviderSecret(environment, provider) => {
            format!("the secret of identity provider {provider} in environment {environment}")
        }
        Place::Successor { environment, .. } => format!("a refresh token's successor in environment {environment}"),
    }
}

/// At a time: few enough that a commit is short.
const ROWS: i64 = 50;
