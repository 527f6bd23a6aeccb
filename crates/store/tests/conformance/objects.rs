//! What holds of every kind of managed object alike, with samples that its description makes: one that is added is tested
//! here without an edit.

use protocol::change::{Change, Guard};
use protocol::filter::{Filter, FilterValue, Op};
use protocol::model::describe::{Attribute, attributes};
use protocol::model::{Key, Object, ObjectKind};
use protocol::time::Time;
use serde_json::Value;
use store::{List, Store, StoreError, taken};

use crate::life::built;
use crate::samples::*;
use crate::{each, loses};

on_every_engine!(
    each_is_written_and_removed,
    each_ends_with_its_environment,
    each_is_found_by_its_attributes,
    what_each_holds_alone_is_told_by_its_property,
    nothing_refers_to_a_population_that_is_gone,
);

const MADE: [&str; 2] = ["account.", "identityProvider."];
const ODD: u128 = 0x51;
const EVEN: u128 = 0x52;

/// Both samples of the kind here, and both there.
async fn both(store: &Store, of: ObjectKind) -> Vec<Object> {
    let all = [HERE, THERE].map(|environment| [ODD, EVEN].map(|n| sample(of, environment, n)));
    each(store, all.concat().into_iter().map(|object| Change::put(object, Guard::New))).await;
    all.concat()
}

/// How many there are here. What is not told when it was made is in no list.
async fn count(store: &Store, of: ObjectKind) -> Option<i64> {
    stamps(&mut sample(of, HERE, ODD)).created_at?;
    Some(listed(store, of, HERE, &WHOLE).await.unwrap().total)
}

async fn each_is_written_and_removed(store: &Store) {
    each(store, [built(HERE), built(THERE)].concat()).await;
    for of in WITHIN.iter().copied() {
        let before = count(store, of).await;
        for object in both(store, of).await {
            assert_eq!(stored(store, key_of(&object)).await, Ok(Some(object)));
        }
        assert_eq!(count(store, of).await, before.map(|before| before + 2), "{of:?}");
        for n in [ODD, EVEN] {
            let mut changed = renamed(sample(of, HERE, n + 0x10), n);
            let guard = if stamps(&mut changed).version.is_some() { Guard::Version } else { Guard::Exists };
            each(store, [Change::put(changed.clone(), guard)]).await;
            if guard == Guard::Version {
                loses(store, Change::put(renamed(sample(of, HERE, n), n), guard)).await;
                *stamps(&mut changed).version.unwrap() += 1;
            }
            assert_eq!(stored(store, key_of(&changed)).await, Ok(Some(changed.clone())));
            each(store, [Change::Remove(key_of(&changed))]).await;
            assert_eq!(stored(store, key_of(&changed)).await, Ok(None), "{of:?}");
            loses(store, Change::Remove(key_of(&changed))).await;
            loses(store, Change::put(changed, guard)).await;
            let there = sample(of, THERE, n);
            assert_eq!(stored(store, key_of(&there)).await, Ok(Some(there)), "the same id elsewhere");
        }
        assert_eq!(count(store, of).await, before, "{of:?}");
    }
    assert_eq!(store.recount().await, Ok(0), "what was counted is what is there");
}

async fn each_ends_with_its_environment(store: &Store) {
    each(store, [built(HERE), built(THERE)].concat()).await;
    let mut all = Vec::new();
    for of in WITHIN.iter().copied() {
        all.extend(both(store, of).await);
    }
    each(store, [Change::Remove(Key::Environment(HERE))]).await;
    store.purge(NOW, Time(0)).await.unwrap();
    for object in all {
        let expected = (object.environment() == Some(THERE)).then_some(&object);
        assert_eq!(stored(store, key_of(&object)).await.unwrap().as_ref(), expected);
    }
    for of in WITHIN.iter().copied() {
        assert!(matches!(count(store, of).await, None | Some(0)), "{of:?}");
    }
    assert_eq!(store.recount().await, Ok(0), "what was counted is what is there");
}

/// SC-02: by the very value that it is answered with.
async fn each_is_found_by_its_attributes(store: &Store) {
    each(store, [built(HERE), built(THERE)].concat()).await;
    for of in WITHIN.iter().copied() {
        let all = both(store, of).await;
        // What is made when it is answered is of no sample.
        let told = |attribute: &Attribute| !MADE.iter().any(|made| attribute.name.starts_with(made));
        for attribute in attributes(&mut |walk| of.describe(walk)).into_iter().filter(told) {
            let mut found = 0;
            for object in all.iter().filter(|object| object.environment() == Some(HERE)) {
                let pointer = format!("/{}", attribute.name.replace('.', "/"));
                let value = match Value::from(drawn(object)).pointer(&pointer) {
                    Some(Value::String(text)) => FilterValue::Text(text.clone()),
                    Some(Value::Bool(flag)) => FilterValue::Bool(*flag),
                    _ => continue,
                };
                let filter = Filter::Compare { path: attribute.name.clone(), op: Op::Eq, value };
                let list = List { filter: Some(filter), after: None, limit: 100 };
                let page = listed(store, of, HERE, &list).await.unwrap();
                assert!(page.rows.contains(object), "{of:?} is not found by {list:?}");
                found += 1;
            }
            assert!(found > 0, "no sample of {of:?} has {}", attribute.name);
        }
    }
}

/// Two of the same content: where one thing of it may be there once, the constraint names a property.
async fn what_each_holds_alone_is_told_by_its_property(store: &Store) {
    each(store, built(HERE)).await;
    let mut unique = Vec::new();
    for of in WITHIN.iter().copied() {
        let object = sample(of, HERE, ODD);
        let twin = renamed(object.clone(), EVEN);
        each(store, [Change::put(object, Guard::New)]).await;
        match store.commit(vec![Change::put(twin, Guard::New)]).await {
            Ok(()) => {}
            Err(StoreError::Conflict { constraint }) => {
                assert!(taken(&constraint).is_some(), "{of:?}: {constraint} is no property");
                unique.push(of);
            }
            Err(error) => panic!("{of:?}: {error}"),
        }
    }
    assert!([ObjectKind::Application, ObjectKind::Group, ObjectKind::Population].iter().all(|of| unique.contains(of)));
}

/// What is a population's ends with it, or keeps it; and nothing becomes a population's that is gone.
async fn nothing_refers_to_a_population_that_is_gone(store: &Store) {
    each(store, built(HERE)).await;
    let population = population(HERE, 3);
    let mut referring = Vec::new();
    for of in WITHIN.iter().copied() {
        let object = crate::samples::referring(of, HERE, ODD, 3);
        if Value::from(drawn(&object))["population"]["id"] == population.id.to_string() {
            referring.push(object);
        }
    }
    assert!(referring.iter().any(|object| object.kind() == ObjectKind::Group));
    for object in referring {
        let before = count(store, object.kind()).await;
        each(store, [Change::put(object.clone(), Guard::New)]).await;
        match store.commit(vec![Change::Remove(Key::Population(HERE, population.id))]).await {
            Ok(()) => {
                assert_eq!(stored(store, key_of(&object)).await, Ok(None));
                assert_eq!(count(store, object.kind()).await, before);
                loses(store, Change::put(object, Guard::New)).await;
                each(store, [Change::put(population.clone(), Guard::New)]).await;
            }
            Err(StoreError::Lost { .. }) => each(store, [Change::Remove(key_of(&object))]).await,
            Err(error) => panic!("{object:?}: {error}"),
        }
    }
    assert_eq!(store.recount().await, Ok(0), "what was counted is what is there");
}
