//! What users have under attributes of an environment's own making: found and unique by their keys, gone with their attribute.

use protocol::change::{Change, Guard};
use protocol::filter::{Filter, FilterValue, Op};
use protocol::id::{SchemaAttributeId, UserId};
use protocol::model::{BY_ID, CustomValue, CustomValues, Key, Object, SchemaAttribute, User};
use serde_json::{Value, json};
use store::{Filled, List, Store, StoreError};

use crate::each;
use crate::filtered::begin;
use crate::samples::*;

on_every_engine!(
    values_are_stored_found_and_unique,
    an_attribute_becomes_unique_if_it_is,
    values_end_with_their_attribute_in_parts,
);

fn attribute(n: u128, unique: bool) -> SchemaAttribute {
    SchemaAttribute {
        id: SchemaAttributeId::new(uuid(n)),
        environment: HERE,
        name: format!("a{n}"),
        enabled: true,
        unique,
        created_at: NOW,
        version: 1,
        ..SchemaAttribute::default()
    }
}

fn having(n: u128, of: u128, value: Value) -> User {
    let one = CustomValue { attribute: SchemaAttributeId::new(uuid(of)), name: format!("a{of}"), value };
    User { custom: CustomValues(vec![one]), ..user(HERE, n) }
}

async fn found(store: &Store, of: u128, below: &str, op: Op, value: &str) -> Vec<u128> {
    let path = format!("{BY_ID}{}{below}", uuid(of));
    let filter = Filter::Compare { path, op, value: FilterValue::Text(value.into()) };
    let list = List { filter: Some(filter), limit: 100, after: None };
    let page = store.list::<User>(HERE, &list).await.unwrap();
    page.rows.iter().map(|row| (1..=3_000).find(|n| uuid(*n) == row.id.uuid()).unwrap()).collect()
}

async fn custom(store: &Store, n: u128) -> CustomValues {
    store.get::<User>(HERE, &[uuid(n)]).await.unwrap().unwrap().custom
}

async fn values_are_stored_found_and_unique(store: &Store) {
    begin(store).await;
    each(store, [attribute(0xa1, true), attribute(0xa2, false)].map(|one| Change::put(one, Guard::New))).await;
    let first = having(1, 0xa1, json!(HOSTILE));
    each(store, [Change::put(first.clone(), Guard::New)]).await;
    assert_eq!(custom(store, 1).await, first.custom);
    assert_eq!(found(store, 0xa1, "", Op::Eq, HOSTILE).await, [1]);
    for op in [Op::Sw, Op::Co, Op::Ew] {
        assert_eq!(found(store, 0xa1, "", op, HOSTILE).await, [1], "{op:?}");
    }
    let taken = having(2, 0xa1, json!(["x", HOSTILE]));
    let conflict = Err(StoreError::Conflict { constraint: "user_values_sole".into() });
    assert_eq!(store.commit(vec![Change::put(taken.clone(), Guard::New)]).await, conflict);
    assert_eq!(store.value_taken(&taken).await, Ok(Some(SchemaAttributeId::new(uuid(0xa1)))));
    assert_eq!(store.value_taken(&first).await, Ok(None), "their own");
    each(store, [Change::ImportUsers(vec![having(2, 0xa2, json!({ "A": { "b": HOSTILE } })), user(HERE, 3)])]).await;
    assert_eq!(found(store, 0xa2, ".a.b", Op::Eq, HOSTILE).await, [2]);
    assert_eq!(found(store, 0xa2, ".a", Op::Eq, HOSTILE).await, Vec::<u128>::new());
    assert_eq!(found(store, 0xa2, ".a.b", Op::Ne, HOSTILE).await, [1, 3]);
    // An attribute that is not there is nobody's.
    each(store, [Change::put(having(4, 0xa9, json!("x")), Guard::New)]).await;
    assert_eq!(custom(store, 4).await, CustomValues::default());
    each(store, [Change::Remove(Key::User(HERE, UserId::new(uuid(1))))]).await;
    each(store, [Change::put(User { version: 1, ..taken }, Guard::Version)]).await;
}

async fn an_attribute_becomes_unique_if_it_is(store: &Store) {
    begin(store).await;
    each(store, [Change::put(attribute(0xa1, false), Guard::New)]).await;
    each(store, [1, 2].map(|n| Change::put(having(n, 0xa1, json!("Same")), Guard::New))).await;
    let unique = |version| Change::put(SchemaAttribute { version, ..attribute(0xa1, true) }, Guard::Version);
    let conflict = Err(StoreError::Conflict { constraint: "user_values_sole".into() });
    assert_eq!(store.commit(vec![unique(1)]).await, conflict);
    each(store, [Change::put(User { version: 1, ..having(2, 0xa1, json!("other")) }, Guard::Version), unique(1)]).await;
    let same = Change::put(User { version: 2, ..having(2, 0xa1, json!("SAME")) }, Guard::Version);
    assert_eq!(store.commit(vec![same.clone()]).await, conflict);
    each(store, [Change::put(SchemaAttribute { version: 2, ..attribute(0xa1, false) }, Guard::Version), same]).await;
}

/// As many as no commit goes through at once; another attribute's values stay.
async fn values_end_with_their_attribute_in_parts(store: &Store) {
    begin(store).await;
    each(store, [attribute(0xa1, true), attribute(0xa2, false)].map(|one| Change::put(one, Guard::New))).await;
    let both = |n: u128| {
        let mut user = having(n, 0xa1, json!(format!("v{n}")));
        user.custom.0.extend(having(n, 0xa2, json!({ "a": ["b"] })).custom.0);
        user
    };
    each(store, [Change::ImportUsers((1..=500).map(both).collect())]).await;
    let key = Key::SchemaAttribute(HERE, SchemaAttributeId::new(uuid(0xa1)));
    each(store, [Change::Remove(key)]).await;
    let ended = (HERE, SchemaAttributeId::new(uuid(0xa1)));
    assert_eq!(store.schema_endings().await.unwrap(), [ended]);
    // Whoever writes a user meanwhile drops it.
    each(store, [Change::put(User { version: 1, ..both(7) }, Guard::Version)]).await;
    assert_eq!(custom(store, 7).await.0.len(), 1);
    let mut parts = 1;
    while store.end_attribute(ended.0, ended.1).await.unwrap() != Filled::Wholly {
        parts += 1;
    }
    assert_eq!((parts, store.schema_endings().await.unwrap()), (4, vec![]));
    for n in [1, 250, 500] {
        assert_eq!(custom(store, n).await, having(n, 0xa2, json!({ "a": ["b"] })).custom, "{n}");
    }
    assert_eq!(found(store, 0xa2, ".a", Op::Eq, "b").await.len(), 100);
    let user: Object = store.get::<User>(HERE, &[uuid(250)]).await.unwrap().unwrap().into();
    assert_eq!(user, Object::from(User { custom: having(1, 0xa2, json!({ "a": ["b"] })).custom, ..both(250) }));
}
