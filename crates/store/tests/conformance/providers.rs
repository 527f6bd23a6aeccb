//! Identity providers: who holds them, what ends with them, and their secrets under another master key.

use protocol::change::{Change, Guard};
use protocol::id::{IdentityProviderId, UserId};
use protocol::model::{IdentityProvider, IdentityProviderAttribute, Kept as _, Population, ProviderSecret, User};
use protocol::sealed::{Place, Sealed};
use store::{SealedWalk, Store};

use crate::samples::{HERE, NOW, environment, population, populations, user, uuid};
use crate::{each, loses};

on_every_engine!(a_provider_that_is_held_stays, what_is_of_a_population_ends_with_it, secrets_go_under_another_key);

fn provider(n: u128) -> IdentityProvider {
    let secret = ProviderSecret { written: None, sealed: vec![7, n as u8] };
    let begun = IdentityProvider::begun(HERE, NOW);
    IdentityProvider { id: IdentityProviderId::new(uuid(n)), name: format!("Provider {n}"), secret, ..begun }
}

async fn a_provider_that_is_held_stays(store: &Store) {
    each(store, populations()).await;
    let mapping = IdentityProviderAttribute {
        id: uuid(1).into(),
        provider: provider(1).id,
        name: "email".into(),
        ..IdentityProviderAttribute::begun(HERE, NOW)
    };
    each(store, [Change::put(provider(1), Guard::New), Change::put(mapping.clone(), Guard::New)]).await;
    let held = |id| User { identity_provider: id, ..user(HERE, 1) };
    each(store, [Change::put(held(Some(provider(1).id)), Guard::New)]).await;
    assert_eq!(store.holders_of_provider(HERE, provider(1).id).await, Ok((0, 1)));
    loses(store, Change::Remove(provider(1).key())).await;
    each(store, [Change::put(held(None), Guard::Version)]).await;
    let default = Population { default_provider: Some(provider(1).id), ..population(HERE, 2) };
    each(store, [Change::put(default.clone(), Guard::Version)]).await;
    assert_eq!(store.holders_of_provider(HERE, provider(1).id).await, Ok((1, 0)));
    loses(store, Change::Remove(provider(1).key())).await;
    let default = Population { default_provider: None, version: default.version + 1, ..default };
    each(store, [Change::put(default, Guard::Version)]).await;
    each(store, [Change::Remove(provider(1).key())]).await;
    assert_eq!(store.get::<IdentityProviderAttribute>(HERE, &[uuid(1), uuid(1)]).await, Ok(None), "its mappings end");
    assert_eq!(store.user(HERE, UserId::new(uuid(1))).await.unwrap().unwrap().identity_provider, None);
}

async fn what_is_of_a_population_ends_with_it(store: &Store) {
    each(store, populations()).await;
    each(store, [Change::put(population(HERE, 7), Guard::New)]).await;
    let into = IdentityProvider { registration: Some(population(HERE, 7).id), ..provider(1) };
    each(store, [Change::put(into.clone(), Guard::New)]).await;
    assert_eq!(store.get::<IdentityProvider>(HERE, &[uuid(1)]).await, Ok(Some(into.clone())));
    each(store, [Change::Remove(population(HERE, 7).key())]).await;
    let left = store.get::<IdentityProvider>(HERE, &[uuid(1)]).await.unwrap().unwrap();
    assert_eq!(left.registration, None);
    loses(store, Change::put(into, Guard::Version)).await;
}

async fn secrets_go_under_another_key(store: &Store) {
    each(store, [Change::put(environment(HERE), Guard::New)]).await;
    let bare = IdentityProvider { secret: ProviderSecret::default(), ..provider(2) };
    each(store, [Change::put(provider(1), Guard::New), Change::put(bare, Guard::New)]).await;
    let mut walk = SealedWalk::new(1);
    let mut found = Vec::new();
    while let Some(some) = store.next_sealed(&mut walk).await.unwrap() {
        found.extend(some);
    }
    let was = Sealed { place: Place::ProviderSecret(HERE, provider(1).id), value: vec![7, 1] };
    assert_eq!(found, std::slice::from_ref(&was));
    let reseal = |was: Sealed| Change::Reseal { was, sealed: vec![9], digest: None };
    each(store, [reseal(was.clone())]).await;
    let after = store.get::<IdentityProvider>(HERE, &[uuid(1)]).await.unwrap().unwrap();
    assert_eq!(after.secret.sealed, [9]);
    loses(store, reseal(was)).await;
}
