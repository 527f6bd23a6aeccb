//! Codes that are sent to people: one lives at a time, for a while and some tries, and is used once.

use protocol::change::{Change, Guard};
use protocol::id::UserId;
use protocol::mailed::{CodeFor, MailedCode};
use protocol::model::{Key, User};
use protocol::secret::SecretDigest;
use store::{Store, StoreError};

use crate::races::{all_at_once, one_wins};
use crate::samples::{
    HERE, NOW, THERE, environment, mailed_code, organization, organization_of, population, sending, session, user, uuid,
};
use crate::{each, loses};

on_every_engine!(one_lives_at_a_time, it_is_used_once, every_try_counts, it_ends_with_its_time, it_goes_with_its_user,);

/// Users 1 and 2 here and there.
async fn people(store: &Store) {
    for at in [HERE, THERE] {
        each(store, [Change::put(organization(organization_of(at)), Guard::New)]).await;
        each(store, [Change::put(environment(at), Guard::New)]).await;
        let own = |n| User { population: population(at, 1).id, ..user(at, n) };
        let made = [1, 2].map(|n| Change::put(own(n), Guard::New));
        each(store, [Change::put(population(at, 1), Guard::New)].into_iter().chain(made)).await;
    }
}

fn using(code: &MailedCode) -> Change {
    let &MailedCode { environment, user, kind, digest, .. } = code;
    Change::UseMailedCode { environment, user, kind, digest, at: NOW }
}

async fn found(store: &Store, code: &MailedCode) -> Option<MailedCode> {
    store.mailed_code(code.environment, code.user, code.kind).await.unwrap()
}

/// PW-11: a new one takes the place of the one before. Another user's, another environment's and one for another purpose are others.
async fn one_lives_at_a_time(store: &Store) {
    people(store).await;
    let first = mailed_code(HERE, 1);
    let second = MailedCode { digest: SecretDigest::from_stored([7; 32]), sent: 2, ..first.clone() };
    let others = [
        mailed_code(HERE, 2),
        mailed_code(THERE, 1),
        MailedCode { kind: CodeFor::Verification, tries_left: 2, ..first.clone() },
    ];
    each(store, [first.clone()].into_iter().chain(others.clone()).map(sending)).await;
    // Of 100 who ask at once for the next one is counted.
    let next = |_| vec![Change::SendMailedCode { code: second.clone(), was: Some(first.digest) }];
    one_wins(store, next).await;
    loses(store, sending(first.clone())).await;
    for other in &others {
        let foreign = MailedCode { digest: second.digest, ..other.clone() };
        for dead in [foreign, MailedCode { digest: other.digest, ..second.clone() }, first.clone()] {
            loses(store, using(&dead)).await;
        }
        assert_eq!(found(store, other).await.as_ref(), Some(other));
    }
    assert_eq!(found(store, &second).await.as_ref(), Some(&second));
    each(store, [using(&second)]).await;
    assert_eq!(found(store, &second).await, None);
    for other in &others {
        each(store, [using(other)]).await;
    }
}

/// PW-11: of 100 parallel uses one wins.
async fn it_is_used_once(store: &Store) {
    people(store).await;
    let code = mailed_code(HERE, 1);
    each(store, [sending(code.clone())]).await;
    let winner = one_wins(store, |n| vec![using(&code), Change::CreateSession(session(HERE, n))]).await;
    for n in 1..=100 {
        let opened = store.session(HERE, session(HERE, n).id).await.unwrap();
        assert_eq!(opened.is_some(), n == winner, "what came with the others did not happen");
    }
    loses(store, using(&code)).await;
}

/// PW-11: of 100 who read the same count one is counted on it, and a code without tries is of no use.
async fn every_try_counts(store: &Store) {
    people(store).await;
    let code = mailed_code(HERE, 1);
    let &MailedCode { environment, user, kind, digest, .. } = &code;
    each(store, [sending(code.clone())]).await;
    for was in (1..=5).rev() {
        let count = |_| vec![Change::CountMailedTry { environment, user, kind, digest, was }];
        let outcomes = all_at_once(store, count).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(StoreError::Lost { index: 0 }))));
        assert_eq!(found(store, &code).await.unwrap().tries_left, was - 1);
    }
    loses(store, using(&code)).await;
    loses(store, Change::CountMailedTry { environment, user, kind, digest, was: 5 }).await;
}

async fn it_ends_with_its_time(store: &Store) {
    people(store).await;
    let code = MailedCode { expires_at: NOW, ..mailed_code(HERE, 1) };
    let living = MailedCode { expires_at: NOW.plus(1), ..mailed_code(HERE, 2) };
    each(store, [&code, &living].map(|code| sending(code.clone()))).await;
    loses(store, using(&code)).await;
    // Told from none for an hour, as whatever expired.
    store.purge(NOW.plus(3600), NOW).await.unwrap();
    assert_eq!(found(store, &code).await.as_ref(), Some(&code));
    store.purge(NOW.plus(3601), NOW).await.unwrap();
    assert_eq!((found(store, &code).await, found(store, &living).await), (None, Some(living.clone())));
    each(store, [using(&living)]).await;
}

/// Nothing is sent to a user who is gone, and nothing is left of what was.
async fn it_goes_with_its_user(store: &Store) {
    people(store).await;
    let codes = [CodeFor::Recovery, CodeFor::Verification].map(|kind| MailedCode { kind, ..mailed_code(HERE, 1) });
    each(store, codes.clone().map(sending)).await;
    each(store, [Change::Remove(Key::User(HERE, UserId::new(uuid(1))))]).await;
    for code in codes {
        assert_eq!(found(store, &code).await, None);
        loses(store, sending(code)).await;
    }
}
