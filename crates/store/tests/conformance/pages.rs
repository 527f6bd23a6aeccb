//! Pages follow each other whatever happens between them.

use protocol::change::{Change, Guard};
use protocol::model::{Application, Environment, Key, Population, User};
use store::{List, Store, StoreError};

use crate::each;
use crate::life::built;
use crate::samples::*;

on_every_engine!(
    pages_follow_each_other,
    pages_hold_under_writes,
    every_list_pages,
    limits_are_bounded,
    only_cursors_are_cursors,
);

/// Ten of each creation time, so that pages end between equals.
fn crowd() -> Vec<User> {
    (1..=30).map(|n| User { created_at: NOW.plus((n / 10) as i64), ..user(HERE, (n * 7) % 31 + 0x100) }).collect()
}

async fn pages_follow_each_other(store: &Store) {
    let mut crowd = crowd();
    each(store, populations()).await;
    each(store, crowd.iter().cloned().map(create_user)).await;
    each(store, [create_user(user(THERE, 1))]).await;
    crowd.sort_by_key(|user| (user.created_at, user.id));
    for limit in [1, 3, 10, 29, 30, 31] {
        let mut list = List { limit, ..List::default() };
        let mut found = Vec::new();
        loop {
            let page = store.users(HERE, &list).await.unwrap();
            assert!(page.rows.len() == limit as usize || page.next.is_none());
            assert_eq!(page.total, 30, "the total is of all pages");
            found.extend(page.rows);
            let Some(next) = page.next else { break };
            list.after = Some(next);
        }
        assert_eq!(found, crowd, "pages of {limit}");
    }
}

/// MG-11: who is there from beginning to end is seen once, whoever comes and goes meanwhile, also the last of a page.
async fn pages_hold_under_writes(store: &Store) {
    let mut crowd = crowd();
    each(store, populations()).await;
    each(store, crowd.iter().cloned().map(create_user)).await;
    crowd.sort_by_key(|user| (user.created_at, user.id));
    let first = store.users(HERE, &List { limit: 10, ..List::default() }).await.unwrap();
    let early = User { created_at: NOW.plus(-1), ..user(HERE, 1) };
    let late = User { created_at: NOW.plus(100), ..user(HERE, 2) };
    each(store, [create_user(early), create_user(late.clone())]).await;
    let gone = [first.rows[0].id, first.rows[9].id, crowd[15].id];
    each(store, gone.map(|id| Change::Remove(Key::User(HERE, id)))).await;
    let rest = store.users(HERE, &List { limit: 100, after: first.next, ..List::default() }).await.unwrap();
    let mut expected: Vec<User> = crowd[10..].iter().filter(|user| !gone.contains(&user.id)).cloned().collect();
    expected.push(late);
    assert_eq!(rest.rows, expected);
}

async fn every_list_pages(store: &Store) {
    each(store, built(HERE)).await;
    let another = Environment { organization: organization_of(HERE), ..environment(THERE) };
    each(store, [Change::put(another, Guard::New)]).await;
    let first = List { limit: 1, ..List::default() };
    let second = |next: &Option<String>| List { limit: 1, after: next.clone(), filter: None };
    macro_rules! second_page {
        ($call:ident $(::<$kind:ty>)?($($before:expr),+; $($after:expr),*)) => {{
            let page = store.$call$(::<$kind>)?($($before),+, &first, $($after),*).await.unwrap();
            let next = store.$call$(::<$kind>)?($($before),+, &second(&page.next), $($after),*).await.unwrap();
            assert!(page.total >= 2 && page.rows.len() == 1 && next.rows.len() == 1 && page.rows != next.rows, stringify!($call));
        }};
    }
    second_page!(users(HERE;));
    second_page!(list::<Application>(HERE;));
    second_page!(list::<Population>(HERE;));
    second_page!(activities(HERE;));
    second_page!(environments(organization_of(HERE); None));
    second_page!(environments(organization_of(HERE); Some(&[HERE, THERE])));
}

async fn limits_are_bounded(store: &Store) {
    each(store, populations()).await;
    let many = (1..=1002).map(|n| create_user(user(HERE, n))).collect();
    assert_eq!(store.commit(many).await, Ok(()));
    for (limit, found) in [(0, 1), (1, 1), (1000, 1000), (1001, 1000), (u32::MAX, 1000)] {
        let page = store.users(HERE, &List { limit, ..List::default() }).await.unwrap();
        assert_eq!((page.rows.len(), page.total, page.next.is_some()), (found, 1002, true), "{limit}");
    }
}

async fn only_cursors_are_cursors(store: &Store) {
    each(store, built(HERE)).await;
    let id = uuid(1);
    for cursor in [
        String::new(),
        ":".to_owned(),
        "0".to_owned(),
        format!("0:{id}x"),
        format!("0x1:{id}"),
        format!("9223372036854775808:{id}"),
        format!("0:{id}') OR 1 = 1 --"),
        format!("0 OR 1:{id}"),
        HOSTILE.to_owned(),
    ] {
        let outcome = store.users(HERE, &List { after: Some(cursor.clone()), limit: 1, ..List::default() }).await;
        assert!(
            matches!(&outcome, Err(StoreError::Filter { attribute, .. }) if attribute == "cursor"),
            "{cursor}: {outcome:?}"
        );
    }
    for (cursor, found) in [(format!("{}:{id}", i64::MIN), 2), (format!("{}:{id}", i64::MAX), 0)] {
        let page = store.users(HERE, &List { after: Some(cursor), limit: 9, ..List::default() }).await.unwrap();
        assert_eq!((page.rows.len(), page.total), (found, 2));
    }
}
