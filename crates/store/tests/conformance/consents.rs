//! What people allow applications: kept, guarded, and gone with whatever it is of.

use protocol::authorization::Authorization;
use protocol::change::{Change, Guard};
use protocol::consent::Consent;
use protocol::id::UserId;
use protocol::model::Key;
use store::{Store, StoreError};

use crate::each;
use crate::life::built;
use crate::samples::*;

on_every_engine!(are_kept, are_guarded, take_along_what_was_given, end_with_their_owners);

fn give(consent: Consent, new: bool) -> Change {
    Change::GiveConsent { consent: Box::new(consent), new }
}

async fn found(store: &Store, user: u128, application: u128) -> Option<Consent> {
    store.consent(HERE, UserId::new(uuid(user)), application_id(application)).await.unwrap()
}

async fn are_kept(store: &Store) {
    each(store, built(HERE)).await;
    each(store, [give(consent(1, 1), true), give(consent(1, 2), true), give(consent(2, 1), true)]).await;
    assert_eq!(found(store, 1, 1).await, Some(consent(1, 1)));
    let more = Consent { name: "Other".into(), ..consent(1, 1) };
    each(store, [give(more.clone(), false)]).await;
    let more = Consent { version: 1, ..more };
    let all = store.consents_of(HERE, UserId::new(uuid(1))).await.unwrap();
    assert_eq!(all, [more, consent(1, 2)]);
    assert_eq!(store.consents_of(THERE, UserId::new(uuid(1))).await, Ok(vec![]));
    assert_eq!(store.consent(THERE, UserId::new(uuid(1)), application_id(1)).await, Ok(None));
}

/// AC-13: of two that decided on the same consent one decides again, and so does whoever relies on one that was withdrawn.
async fn are_guarded(store: &Store) {
    each(store, built(HERE)).await;
    let (environment, user, application) = (HERE, UserId::new(uuid(1)), application_id(1));
    let lost = Err(StoreError::Lost { index: 0 });
    let r#use = |version| Change::UseConsent { environment, user, application, version };
    let withdraw = || Change::WithdrawConsent { environment, user, application, at: NOW };
    assert_eq!(store.commit(vec![give(consent(1, 1), false)]).await, lost);
    each(store, [give(consent(1, 1), true), r#use(0)]).await;
    assert_eq!(store.commit(vec![give(consent(1, 1), true)]).await, lost, "somebody else was first");
    each(store, [give(consent(1, 1), false), r#use(1)]).await;
    for change in [give(consent(1, 1), false), r#use(0)] {
        assert_eq!(store.commit(vec![change]).await, lost, "another version");
    }
    each(store, [withdraw()]).await;
    for change in [withdraw(), r#use(1)] {
        assert_eq!(store.commit(vec![change]).await, lost, "it was withdrawn");
    }
}

/// RT-10, AC-13: the codes and the refresh tokens that this application has of this user, and nobody else's.
async fn take_along_what_was_given(store: &Store) {
    each(store, built(HERE)).await;
    each(store, [Change::put(user(HERE, 7), Guard::New)]).await;
    each(store, [7, 8].map(|n| Change::IssueCode(Box::new(code(HERE, n))))).await;
    each(store, [7, 8].map(|n| Change::CreateFamily(family(HERE, n)))).await;
    let Authorization { user, application, .. } = code(HERE, 7).authorization;
    each(store, [give(Consent { user, application, ..consent(1, 1) }, true)]).await;
    each(store, [Change::WithdrawConsent { environment: HERE, user, application, at: NOW }]).await;
    let exchange = |n| vec![Change::ConsumeCode { environment: HERE, code: code_hash(n), at: NOW }];
    assert_eq!(store.commit(exchange(7)).await, Err(StoreError::Lost { index: 0 }));
    assert_eq!(store.commit(exchange(8)).await, Ok(()), "another user's");
    for (n, revoked) in [(7, true), (8, false)] {
        let kept = store.family(HERE, family(HERE, n).id).await.unwrap().unwrap();
        assert_eq!(kept.revoked_at.is_some(), revoked, "{n}");
    }
}

/// MG-14
async fn end_with_their_owners(store: &Store) {
    each(store, built(HERE)).await;
    each(store, [give(consent(1, 1), true), give(consent(1, 2), true), give(consent(2, 2), true)]).await;
    each(store, [Change::Remove(Key::Application(HERE, application_id(1)))]).await;
    assert_eq!((found(store, 1, 1).await, found(store, 1, 2).await.is_some()), (None, true));
    each(store, [Change::Remove(Key::User(HERE, UserId::new(uuid(1))))]).await;
    assert_eq!((found(store, 1, 2).await, found(store, 2, 2).await.is_some()), (None, true));
    each(store, [Change::Remove(Key::Environment(HERE))]).await;
    store.purge(NOW, protocol::time::Time(0)).await.unwrap();
    assert_eq!(found(store, 2, 2).await, None);
}
