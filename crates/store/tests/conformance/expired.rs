//! What lives expires at once, where somebody wants it to.

use store::{Expiring, Store, Whose};

use crate::each;
use crate::life::{built, seen};
use crate::samples::{HERE, NOW, THERE};

on_every_engine!(what_lives_expires_once_and_here_alone);

/// Each kind of what lives: some did, and none does afterwards; its neighbour is as it is.
async fn what_lives_expires_once_and_here_alone(store: &Store) {
    each(store, built(HERE)).await;
    each(store, built(THERE)).await;
    let neighbour = seen(store, THERE).await;
    let all = [Expiring::Codes, Expiring::AccessTokens, Expiring::RefreshTokens, Expiring::Sessions, Expiring::Flows];
    for what in all {
        let whose = || Whose { environment: HERE, application: None, user: None };
        assert_ne!(store.expire(what, whose(), NOW).await.unwrap(), 0, "{what:?}");
        assert_eq!(store.expire(what, whose(), NOW).await.unwrap(), 0, "{what:?}");
    }
    assert_eq!(seen(store, THERE).await, neighbour);
}
