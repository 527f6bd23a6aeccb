//! Where a user is signed on, and what users are called.

use std::collections::HashMap;

use protocol::change::Change;
use protocol::id::{SessionId, UserId};
use protocol::model::Session;
use store::Store;

use crate::each;
use crate::samples::*;

on_every_engine!(a_user_has_their_live_sessions, users_are_named_where_they_are);

/// P9: the user's own, not ended and not over, the newest first.
async fn a_user_has_their_live_sessions(store: &Store) {
    let of = |n: u128, user: u128, later: i64| Session {
        user: UserId::new(uuid(user)),
        created_at: NOW.plus(later),
        ..session(HERE, n)
    };
    let ended = Session { ended_at: Some(NOW), ..of(4, 1, 0) };
    let all = [of(1, 1, 0), of(2, 1, 5), of(3, 2, 0), ended, Session { expires_at: NOW, ..of(5, 1, 0) }];
    each(store, all.map(Change::CreateSession)).await;
    each(store, [Change::CreateSession(Session { id: SessionId::new(uuid(6)), ..session(THERE, 1) })]).await;
    let found = store.sessions_of(HERE, UserId::new(uuid(1)), NOW).await.unwrap();
    assert_eq!(found, [of(2, 1, 5), of(1, 1, 0)]);
    assert_eq!(store.sessions_of(HERE, UserId::new(uuid(9)), NOW).await.unwrap(), []);
    assert_eq!(store.sessions_of(HERE, UserId::new(uuid(1)), NOW.plus(3_600)).await.unwrap(), []);
}

/// P13: names and populations of those who are there.
async fn users_are_named_where_they_are(store: &Store) {
    each(store, populations()).await;
    each(store, [create_user(full_user(HERE, 1)), create_user(user(HERE, 2)), create_user(user(THERE, 3))]).await;
    let ids = [1, 2, 3, 4].map(|n| UserId::new(uuid(n)));
    let named = [full_user(HERE, 1), user(HERE, 2)].map(|user| (user.id, (user.username, user.population)));
    assert_eq!(store.users_named(HERE, &ids).await.unwrap(), HashMap::from(named));
    assert_eq!(store.users_named(HERE, &[]).await.unwrap(), HashMap::new());
}
