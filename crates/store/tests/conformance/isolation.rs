//! No read finds and no change reaches what belongs to another environment, whose rows have the very same ids.

use protocol::id::EnvironmentId;
use store::{Store, StoreError};

use crate::each;
use crate::life::{built, ended, lived, seen};
use crate::samples::{HERE, THERE, uuid};

on_every_engine!(every_change_is_seen_in_its_environment_alone, no_change_reaches_from_an_environment_that_is_not,);

/// TN-01, TN-04: an environment is made, lives and ends beside another that nothing of it touches.
async fn every_change_is_seen_in_its_environment_alone(store: &Store) {
    let nothing = seen(store, HERE).await;
    each(store, built(THERE)).await;
    let there = seen(store, THERE).await;
    let mut before = seen(store, HERE).await;
    assert_eq!(before, nothing, "something is read of another's rows");
    for change in [built(HERE), lived(HERE), ended(HERE)].concat() {
        let text = format!("{change:?}");
        assert_eq!(store.commit(vec![change]).await, Ok(()), "{text}");
        let after = seen(store, HERE).await;
        assert!(after != before, "nothing shows {text}");
        assert_eq!(seen(store, THERE).await, there, "{text} reached another environment");
        before = after;
    }
    assert_eq!(before.environment.0, None);
}

/// TN-04: the guarded changes lose, the others change nothing.
async fn no_change_reaches_from_an_environment_that_is_not(store: &Store) {
    let nowhere = EnvironmentId::new(uuid(0xe3));
    each(store, built(HERE)).await;
    let here = seen(store, HERE).await;
    // What a lost guard has nothing to protect, and what creates.
    let unguarded = [
        "CreateSession",
        "CreateResourceGrant",
        "EndSession",
        "EndUserSessions",
        "RecordSignOn",
        "Rehash",
        "RevokeAccessToken",
        "RevokeFamily",
    ];
    for change in [lived(nowhere), ended(nowhere)].concat() {
        let name = crate::complete::name(&change);
        let outcome = store.commit(vec![change.clone()]).await;
        let expected = if unguarded.contains(&&*name) { Ok(()) } else { Err(StoreError::Lost { index: 0 }) };
        assert_eq!(outcome, expected, "{change:?}");
        assert_eq!(seen(store, HERE).await, here, "{change:?}");
    }
}
