//! Password policies, who has them, and what they remember of passwords.

use protocol::change::{Change, Guard};
use protocol::id::{PasswordPolicyId, UserId};
use protocol::model::{Kept as _, PasswordState, Population, Retiring};
use store::Store;

use crate::samples::{
    HERE, NOW, environment, full_user, password, password_policy, population, populations, user, uuid,
};
use crate::{each, loses};

on_every_engine!(former_passwords, a_policy_that_is_named_stays);

/// A replaced password is remembered, the latest so many, and goes with its user.
async fn former_passwords(store: &Store) {
    each(store, populations()).await;
    let id = UserId::new(uuid(1));
    each(store, [Change::put(full_user(HERE, 1), Guard::New), Change::put(user(HERE, 2), Guard::New)]).await;
    let set = |hash: Option<&str>, second: i64| {
        let at = NOW.plus(second);
        Change::SetPassword {
            environment: HERE,
            user: id,
            was: None,
            password: hash.map(|hash| PasswordState { changed_at: at, ..password(hash) }),
            end_families: false,
            retiring: Some(Retiring { most: 2, at, until: at.plus(60) }),
        }
    };
    let former = async || store.former_passwords(HERE, id, NOW, 9).await.unwrap();
    let first = store.user(HERE, id).await.unwrap().unwrap().password.unwrap().hash;
    // The same hash with another flag replaces nothing.
    each(store, [set(Some(&first), 1)]).await;
    assert!(former().await.is_empty());
    each(store, [set(Some("b"), 2)]).await;
    assert_eq!(former().await, std::slice::from_ref(&first));
    each(store, [set(Some("c"), 3)]).await;
    each(store, [set(None, 4)]).await;
    assert_eq!(former().await, ["c", "b"], "no more than two");
    each(store, [set(Some("b"), 5)]).await;
    each(store, [set(Some("d"), 6)]).await;
    assert_eq!(former().await, ["b", "c"], "one that came back is remembered anew");
    assert_eq!(store.former_passwords(HERE, id, NOW.plus(4), 9).await.unwrap(), ["b"]);
    assert_eq!(store.former_passwords(HERE, id, NOW, 1).await.unwrap(), ["b"]);
    assert!(store.former_passwords(HERE, UserId::new(uuid(2)), NOW, 9).await.unwrap().is_empty());
    // One that is lost remembers nothing.
    let lost = Change::SetPassword {
        environment: HERE,
        user: id,
        was: Some("x".into()),
        password: Some(password("e")),
        end_families: false,
        retiring: Some(Retiring { most: 2, at: NOW.plus(7), until: NOW.plus(60) }),
    };
    loses(store, lost).await;
    assert_eq!(former().await, ["b", "c"]);
    each(store, [Change::Remove(full_user(HERE, 1).key())]).await;
    assert!(former().await.is_empty());
}

/// A population holds the policy that it names: of the deletion and the naming one loses.
async fn a_policy_that_is_named_stays(store: &Store) {
    each(store, [Change::put(environment(HERE), Guard::New)]).await;
    each(store, [Change::put(password_policy(HERE, 1), Guard::New), Change::put(password_policy(HERE, 2), Guard::New)])
        .await;
    let first = password_policy(HERE, 1);
    let own = |n| Population { password_policy: Some(PasswordPolicyId::new(uuid(n))), ..population(HERE, 1) };
    loses(store, Change::put(own(3), Guard::New)).await;
    each(store, [Change::put(own(1), Guard::New)]).await;
    loses(store, Change::Remove(first.key())).await;
    each(store, [Change::put(own(2), Guard::Version)]).await;
    each(store, [Change::Remove(first.key())]).await;
    // The second one is the default besides.
    loses(store, Change::Remove(password_policy(HERE, 2).key())).await;
}
