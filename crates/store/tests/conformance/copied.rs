//! An environment is copied and put back: all of it as it was, and nothing of any other.

use protocol::change::Change;
use protocol::model::Key;
use store::{Store, StoreError};

use crate::each;
use crate::life::{Seen, built, lived, seen};
use crate::samples::{HERE, THERE};

on_every_engine!(all_of_it_comes_back, an_environment_that_is_gone_does_not_come_back);

/// Whatever happens to it meanwhile, up to every change that there is, it is read as it was; its neighbour is as it is.
async fn all_of_it_comes_back(store: &Store) {
    each(store, built(HERE)).await;
    each(store, built(THERE)).await;
    let before = seen(store, HERE).await;
    let copied = store.copied(HERE).await.unwrap().unwrap();
    each(store, lived(HERE)).await;
    let neighbour = seen(store, THERE).await;
    assert_ne!(seen(store, HERE).await, before);
    for _ in 0..2 {
        store.put_back(&copied).await.unwrap();
        // The organization is above it.
        let Seen { organization, licenses, .. } = before.clone();
        assert_eq!(Seen { organization, licenses, ..seen(store, HERE).await }, before);
    }
    assert_eq!(seen(store, THERE).await, neighbour);
    // Who decided by the filters of groups that were there meanwhile decides again.
    let again = store.copied(HERE).await.unwrap().unwrap();
    assert_eq!((again.tables(), again.octets()), (copied.tables(), copied.octets()));
}

async fn an_environment_that_is_gone_does_not_come_back(store: &Store) {
    each(store, built(HERE)).await;
    let copied = store.copied(HERE).await.unwrap().unwrap();
    assert!(store.copied(THERE).await.unwrap().is_none());
    each(store, [Change::Remove(Key::Environment(HERE))]).await;
    let gone = seen(store, HERE).await;
    assert!(matches!(store.put_back(&copied).await, Err(StoreError::Lost { .. })));
    assert_eq!(seen(store, HERE).await, gone);
}
