//! What clients that register themselves are counted by, and end by.

use protocol::change::{Absence, Change, Guard};
use protocol::client::Client;
use protocol::id::InitialAccessTokenId;
use protocol::model::{Application, InitialAccessToken, Key, RoleAssignment, RoleScope};
use store::{Store, StoreError};

use crate::each;
use crate::races::{all_at_once, one_wins};
use crate::samples::*;

on_every_engine!(the_last_use_of_a_token_is_for_one, a_client_is_used_or_ended, one_client_stands_for_a_digest);

/// CR-01, CR-12: of 100 who come at once with the last use of an initial access token one wins.
async fn the_last_use_of_a_token_is_for_one(store: &Store) {
    let token = InitialAccessToken {
        id: InitialAccessTokenId::new(uuid(1)),
        environment: HERE,
        most: 3,
        ..InitialAccessToken::default()
    };
    let once = || Change::UseInitialToken { environment: HERE, token: token.id, most: token.most };
    each(store, [Change::put(token.clone(), Guard::New), once(), once()]).await;
    one_wins(store, |_| vec![once()]).await;
    let stored = store.get::<InitialAccessToken>(HERE, &[uuid(1)]).await.unwrap().unwrap();
    assert_eq!(stored.used, 3);
    let there = Change::UseInitialToken { environment: THERE, token: token.id, most: 9 };
    assert_eq!(store.commit(vec![there]).await, Err(StoreError::Lost { index: 0 }));
}

/// CR-12: a client that is given its first token, or a role, while it is ended stays or gets neither.
async fn a_client_is_used_or_ended(store: &Store) {
    let (environment, since) = (HERE, NOW.plus(2));
    for round in 0..10 {
        let client = Client { grants: Vec::new(), ..full_client(HERE, 1) };
        let application = client.application.id;
        each(store, client.creation()).await;
        assert_eq!(store.with_unused_clients().await, Ok(vec![HERE]));
        assert_eq!(store.unused_clients(HERE, since, 9).await, Ok(Vec::new()));
        let unused = store.unused_clients(HERE, since.plus(1), 9).await.unwrap();
        assert_eq!(unused.iter().map(|one| (one.id, one.since)).collect::<Vec<_>>(), [(application, since)]);
        let stored = store.get::<Application>(HERE, &[application.uuid()]).await.unwrap().unwrap();
        assert_eq!(unused[0].version, stored.version);
        assert_eq!(store.unused_clients(THERE, since.plus(1), 9).await, Ok(Vec::new()));
        let key = Key::Application(HERE, application);
        let outcomes = all_at_once(store, |n| match n % 50 {
            1 => vec![
                Change::ExpectUnused { environment, application, before: since.plus(1) },
                Change::Absent(Absence::Role { environment, actor: application.uuid(), known: Vec::new() }),
                Change::Remove(key),
            ],
            2 if round % 2 == 0 => vec![
                Change::Require(key),
                Change::put(role_assignment(HERE, application.uuid(), n, RoleScope::Environment(HERE)), Guard::New),
            ],
            _ => vec![Change::MarkClient { environment, application, unused_since: None }],
        })
        .await;
        let stays = store.get::<Application>(HERE, &[application.uuid()]).await.unwrap();
        let ended = outcomes.iter().zip(1..).filter(|(outcome, n)| n % 50 == 1 && outcome.is_ok()).count();
        assert_eq!(ended, usize::from(stays.is_none()));
        assert!(stays.is_none_or(|application| application.unused_since.is_none()));
        let roles = store.all::<RoleAssignment>(HERE, &[application.uuid()]).await.unwrap();
        assert!(ended == 0 || roles.is_empty(), "{roles:?}");
        if ended == 0 {
            each(store, [Change::Remove(key)]).await;
        }
        assert_eq!(store.with_unused_clients().await, Ok(Vec::new()));
    }
}

/// CR-01: of 100 copies that are registered at once one is the client of all, and when it is deleted nobody is.
async fn one_client_stands_for_a_digest(store: &Store) {
    let of = |environment, n| Application { registered_as: Some("digest".to_owned()), ..application(environment, n) };
    let outcomes = all_at_once(store, |n| vec![Change::put(of(HERE, 100 + n), Guard::New)]).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    let constraint = |error: &StoreError| matches!(error, StoreError::Conflict { constraint } if constraint == "applications_registered_as");
    assert!(outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).all(constraint), "{outcomes:?}");
    let client = store.registered_as(HERE, "digest").await.unwrap().unwrap();
    assert_eq!(client.application.registered_as.as_deref(), Some("digest"));
    assert_eq!(store.registered_as(HERE, "other").await, Ok(None));
    assert_eq!(store.registered_as(THERE, "digest").await, Ok(None));
    // One of another environment, and any number without.
    each(store, [Change::put(of(THERE, 1), Guard::New)]).await;
    each(store, [Change::put(application(HERE, 1), Guard::New), Change::put(application(HERE, 2), Guard::New)]).await;
    each(store, [Change::Remove(Key::Application(HERE, client.application.id))]).await;
    assert_eq!(store.registered_as(HERE, "digest").await, Ok(None));
    each(store, [Change::put(of(HERE, 3), Guard::New)]).await;
}
