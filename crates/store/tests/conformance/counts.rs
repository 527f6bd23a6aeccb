//! What is counted where it changes is what is there, whoever comes, moves and goes, and however many at once.

use protocol::change::{Change, Guard};
use protocol::filter::parse;
use protocol::id::{EnvironmentId, UserId};
use protocol::model::{Environment, Key, Population, User};
use protocol::time::Time;
use store::{COUNTED, List, Store, StoreError};

use crate::each;
use crate::samples::*;

on_every_engine!(
    users_are_counted_where_they_are,
    a_lost_batch_counts_nothing,
    what_ends_is_counted_no_more,
    many_at_once_are_counted_once,
    a_filter_is_counted_up_to_its_bound,
);

/// The users of populations 1 and 2, and of the environment.
async fn counted(store: &Store) -> (i64, i64, i64) {
    assert_eq!(store.recount().await, Ok(0), "what is counted is what is there");
    let of = async |n| store.user_count(HERE, population(HERE, n).id).await.unwrap();
    let all = store.users(HERE, &List { limit: 1, ..List::default() }).await.unwrap().total;
    let pages = async |n| {
        let filter = Some(parse(&format!("population.id eq \"{}\"", uuid(n))).unwrap());
        store.users(HERE, &List { filter, limit: 1, ..List::default() }).await.unwrap().total
    };
    assert_eq!((of(1).await, of(2).await), (pages(1).await, pages(2).await));
    // Looked at one by one, and not by a counter.
    let filter = Some(parse("id pr").unwrap());
    let found = store.users(HERE, &List { filter, limit: 1, ..List::default() }).await.unwrap().total;
    assert_eq!(found, all.min(COUNTED as i64 + 1));
    (of(1).await, of(2).await, all)
}

/// Environments with populations. What is in none is counted for nobody.
async fn placed(store: &Store) {
    for at in [HERE, THERE] {
        let of = Change::put(organization(organization_of(at)), Guard::New);
        each(store, [of, Change::put(environment(at), Guard::New)]).await;
    }
    each(store, populations()).await;
}

async fn users_are_counted_where_they_are(store: &Store) {
    placed(store).await;
    assert_eq!(counted(store).await, (0, 0, 0));
    each(store, (1..=5).map(|n| create_user(user(HERE, n)))).await;
    each(store, [create_user(user(THERE, 1))]).await;
    assert_eq!(counted(store).await, (5, 0, 5));
    let moved = User { population: population(HERE, 2).id, ..user(HERE, 1) };
    each(store, [Change::put(moved.clone(), Guard::Version)]).await;
    assert_eq!(counted(store).await, (4, 1, 5));
    let stays = User { enabled: true, version: moved.version + 1, ..moved };
    each(store, [Change::put(stays, Guard::Version)]).await;
    assert_eq!(counted(store).await, (4, 1, 5));
    each(store, [1, 2].map(|n| Change::Remove(Key::User(HERE, UserId::new(uuid(n)))))).await;
    assert_eq!(counted(store).await, (3, 0, 3));
}

async fn a_lost_batch_counts_nothing(store: &Store) {
    placed(store).await;
    each(store, [create_user(user(HERE, 1))]).await;
    let moved = User { population: population(HERE, 2).id, version: 7, ..user(HERE, 1) };
    for batch in [
        vec![create_user(user(HERE, 2)), Change::put(moved, Guard::Version)],
        vec![create_user(user(HERE, 2)), Change::Remove(Key::User(HERE, UserId::new(uuid(9))))],
        vec![
            Change::Remove(Key::User(HERE, UserId::new(uuid(1)))),
            Change::Remove(Key::User(HERE, UserId::new(uuid(1)))),
        ],
    ] {
        assert_eq!(store.commit(batch).await, Err(StoreError::Lost { index: 1 }));
    }
    assert!(matches!(store.commit(vec![create_user(user(HERE, 1))]).await, Err(StoreError::Conflict { .. })));
    assert_eq!(counted(store).await, (1, 0, 1));
}

async fn what_ends_is_counted_no_more(store: &Store) {
    let organization = organization_of(HERE);
    let total = async || store.environments(organization, &WHOLE, None).await.unwrap().total;
    let other = Environment { organization, ..environment(THERE) };
    each(store, [Change::put(crate::samples::organization(organization), Guard::New)]).await;
    each(store, [Change::put(full_environment(HERE), Guard::New)]).await;
    each(store, [Change::put(other, Guard::New)]).await;
    each(store, populations()).await;
    each(store, (1..=3).map(|n| create_user(user(HERE, n)))).await;
    assert_eq!((total().await, store.list::<Population>(HERE, &WHOLE).await.unwrap().total), (2, 2));
    each(store, [Change::Remove(Key::Population(HERE, population(HERE, 2).id))]).await;
    assert_eq!(store.list::<Population>(HERE, &WHOLE).await.unwrap().total, 1);
    each(store, [Change::Remove(Key::Environment(HERE))]).await;
    store.purge(NOW, Time(0)).await.unwrap();
    assert_eq!((total().await, counted(store).await), (1, (0, 0, 0)));
    assert_eq!(store.list::<Population>(HERE, &WHOLE).await.unwrap().total, 0);
    let gone = EnvironmentId::new(uuid(0x99));
    assert_eq!(store.commit(vec![Change::Remove(Key::Environment(gone))]).await, Err(StoreError::Lost { index: 0 }));
    assert_eq!(total().await, 1);
}

async fn many_at_once_are_counted_once(store: &Store) {
    placed(store).await;
    each(store, (1..=30).map(|n| create_user(user(HERE, n)))).await;
    let (mut tasks, mut gone) = (Vec::new(), 0);
    for n in 1..=30_u128 {
        let moved = User { population: population(HERE, 2).id, ..user(HERE, n) };
        let changes = [
            Change::put(moved, Guard::Version),
            Change::Remove(Key::User(HERE, UserId::new(uuid(n)))),
            Change::Remove(Key::User(HERE, UserId::new(uuid(n)))),
            create_user(user(HERE, 100 + n)),
        ];
        for change in changes {
            let store = store.clone();
            tasks.push(tokio::spawn(async move {
                let deletes = matches!(change, Change::Remove(Key::User(..)));
                (deletes, store.commit(vec![change]).await)
            }));
        }
    }
    for task in tasks {
        let (deletes, outcome) = task.await.unwrap();
        assert!(matches!(outcome, Ok(()) | Err(StoreError::Lost { .. })), "{outcome:?}");
        gone += usize::from(deletes && outcome.is_ok());
    }
    assert_eq!(gone, 30, "each is deleted once");
    assert_eq!(counted(store).await, (30, 0, 30));
}

async fn a_filter_is_counted_up_to_its_bound(store: &Store) {
    each(store, populations()).await;
    let many = (1..=COUNTED as u128 + 5).map(|n| create_user(user(HERE, n))).collect();
    assert_eq!(store.commit(many).await, Ok(()));
    for filter in ["username sw \"user.\"", "id pr", "not (username eq \"x\")"] {
        let mut list = List { filter: Some(parse(filter).unwrap()), limit: 200, after: None };
        let mut found = 0;
        loop {
            let page = store.users(HERE, &list).await.unwrap();
            assert_eq!(page.total, COUNTED as i64 + 1, "{filter}: more than are counted");
            found += page.rows.len();
            list.after = page.next;
            if list.after.is_none() {
                break;
            }
        }
        assert_eq!(found, COUNTED + 5, "{filter}: every one is on some page");
    }
    let one = List { filter: Some(parse("username eq \"user.7\"").unwrap()), ..WHOLE };
    assert_eq!(store.users(HERE, &one).await.unwrap().total, 1);
}
