//! What may happen once happens once, however many ask at the same time.

use protocol::change::{Change, Guard, PushedRequest, RefreshToken, UsedAssertion, UsedProof};
use protocol::id::{FamilyId, ScopeId};
use protocol::model::{
    Account, Kept as _, Key, KeyStatus, Object, Population, ResourceGrant, SecretPair, Session, User,
};
use protocol::time::Time;
use store::{Store, StoreError};

use crate::each;
use crate::samples::*;

on_every_engine!(
    a_code_is_redeemed_once,
    a_refresh_token_is_superseded_once,
    a_revoked_family_is_not_continued,
    no_grant_survives_the_disabling_that_it_races,
    no_sign_on_survives_the_disabling_that_it_races,
    every_wrong_password_counts,
    every_scope_of_a_grant_stays,
    what_was_decided_on_a_grant_holds,
    a_lock_and_a_guess_do_not_undo_each_other,
    a_password_is_written_over_once,
    a_secret_is_rotated_once,
    a_resources_secret_is_rotated_once,
    a_rotation_of_keys_is_made_once,
    an_assertion_is_used_once,
    a_pushed_request_is_answered_once,
    a_proof_is_used_once,
    a_notice_is_taken_once,
    a_name_is_taken_once,
    one_population_is_the_default,
    no_user_is_left_without_a_population,
);

/// AC-03: of 100 parallel redemptions one wins, and only its tokens exist.
async fn a_code_is_redeemed_once(store: &Store) {
    each(store, [Change::IssueCode(Box::new(code(HERE, 1)))]).await;
    let redeem = |n: u128| {
        let tokens = RefreshToken { family: FamilyId::new(uuid(1)), ..refresh_token(HERE, n) };
        let consume = Change::ConsumeCode { environment: HERE, code: code_hash(1), at: NOW.plus(n as i64) };
        vec![consume, Change::CreateFamily(family(HERE, 1)), Change::IssueRefreshToken(tokens)]
    };
    let winner = one_wins(store, redeem).await;
    assert_eq!(store.code(HERE, code_hash(1)).await.unwrap().unwrap().consumed_at, Some(NOW.plus(winner as i64)));
    assert_eq!(living(store).await, [winner]);
}

/// CJ-12: of 100 parallel uses one wins.
async fn an_assertion_is_used_once(store: &Store) {
    one_wins(store, |n| {
        vec![Change::UseAssertion(UsedAssertion { expires_at: NOW.plus(n as i64), ..assertion(HERE, 1) })]
    })
    .await;
    // Another client's, and another environment's, are others.
    for other in [UsedAssertion { hash: assertion_hash(1), ..assertion(HERE, 2) }, assertion(THERE, 1)] {
        each(store, [Change::UseAssertion(other)]).await;
    }
}

/// PA-06: of 100 parallel answers one is given, however long ago the reference expired: its sign-on began before.
async fn a_pushed_request_is_answered_once(store: &Store) {
    let both = [pushed(HERE, 1), pushed(THERE, 1)].map(|request| Change::PushRequest(Box::new(request)));
    each(store, both).await;
    let answer = |n: u128| {
        let at = NOW.plus(600 + n as i64);
        vec![
            Change::UsePushedRequest { environment: HERE, reference: pushed_hash(1), at },
            Change::IssueCode(Box::new(code(HERE, n))),
        ]
    };
    let winner = one_wins(store, answer).await;
    let used_at = Some(NOW.plus(600 + winner as i64));
    let stored = store.pushed_request(HERE, pushed_hash(1)).await;
    assert_eq!(stored, Ok(Some(PushedRequest { used_at, ..pushed(HERE, 1) })));
    assert_eq!(store.pushed_request(THERE, pushed_hash(1)).await, Ok(Some(pushed(THERE, 1))));
    for n in (1..=100).filter(|n| *n != winner) {
        assert_eq!(store.code(HERE, code_hash(n)).await, Ok(None), "{n}");
    }
}

/// DP-07: of 100 parallel uses one wins.
async fn a_proof_is_used_once(store: &Store) {
    one_wins(store, |n| vec![Change::UseProof(UsedProof { expires_at: NOW.plus(n as i64), ..proof(HERE, 1) })]).await;
    // Another one, and another environment's, are others.
    for other in [proof(HERE, 2), proof(THERE, 1)] {
        each(store, [Change::UseProof(other)]).await;
    }
}

/// LO-07: of 100 nodes that find a notice due one sends it, and another one only at the next attempt.
async fn a_notice_is_taken_once(store: &Store) {
    let both = [HERE, THERE].map(|at| Change::JoinSession(Box::new(participation(at, 1))));
    each(store, both).await;
    assert_eq!(store.with_notices(Time(i64::MAX), (0, 9)).await, Ok(vec![]));
    let session = session(HERE, 1).id;
    each(store, [Change::EndSession(HERE, session, NOW), Change::EndSession(HERE, session, NOW.plus(1))]).await;
    assert_eq!(store.with_notices(NOW.plus(-1), (0, 9)).await, Ok(vec![]));
    assert_eq!(store.with_notices(NOW, (0, 9)).await, Ok(vec![(HERE, NOW)]));
    assert_eq!(store.with_notices(NOW, (1, 9)).await, Ok(vec![]));
    assert_eq!(store.notices(HERE, NOW, 9).await, Ok(vec![notice(HERE, 1, NOW, 0)]));
    let take = |n: u128| {
        let notice = Box::new(notice(HERE, 1, NOW.plus(30 + n as i64), 1));
        vec![Change::MoveNotice { notice, was: NOW }]
    };
    let winner = one_wins(store, take).await;
    let taken = notice(HERE, 1, NOW.plus(30 + winner as i64), 1);
    assert_eq!(store.notices(HERE, NOW.plus(29), 9).await, Ok(vec![]));
    assert_eq!(store.notices(HERE, taken.due_at, 9).await, Ok(vec![taken]));
    let other = store.participations(THERE, session, 9).await;
    assert_eq!(other, Ok(vec![participation(THERE, 1)]));
    each(store, [Change::LeaveSession(Box::new(participation(HERE, 1)))]).await;
    assert_eq!(store.notices(HERE, Time(i64::MAX), 9).await, Ok(vec![]));
    assert_eq!(store.participations(THERE, session, 9).await, other);
}

/// RT-02: of 100 parallel uses one wins, and one successor lives.
async fn a_refresh_token_is_superseded_once(store: &Store) {
    let first = RefreshToken { hash: refresh_hash(0), ..refresh_token(HERE, 1) };
    each(store, [Change::CreateFamily(family(HERE, 1)), Change::IssueRefreshToken(first)]).await;
    let supersede = |n: u128| {
        let next = RefreshToken { family: FamilyId::new(uuid(1)), generation: 2, ..refresh_token(HERE, n) };
        let sealed_successor = Some(vec![n as u8]);
        let (environment, token, at) = (HERE, refresh_hash(0), NOW.plus(1));
        vec![
            Change::SupersedeRefreshToken { environment, token, at, sealed_successor },
            Change::IssueRefreshToken(next),
        ]
    };
    let winner = one_wins(store, supersede).await;
    assert_eq!(living(store).await, [winner]);
    let first = store.refresh_token(HERE, refresh_hash(0)).await.unwrap().unwrap();
    assert_eq!(
        first.sealed_successor,
        Some(vec![winner as u8]),
        "the successor kept for the grace period is the living one"
    );
}

/// RT-02: a line that was revoked meanwhile gets no further generation.
async fn a_revoked_family_is_not_continued(store: &Store) {
    each(store, [Change::CreateFamily(family(HERE, 1)), Change::IssueRefreshToken(refresh_token(HERE, 1))]).await;
    let revoke = Change::RevokeFamily { environment: HERE, family: FamilyId::new(uuid(1)), at: NOW };
    let (environment, token, at) = (HERE, refresh_hash(1), NOW);
    each(store, [revoke]).await;
    crate::loses(store, Change::SupersedeRefreshToken { environment, token, at, sealed_successor: None }).await;
    crate::loses(store, Change::CountGraceReplay { environment, family: FamilyId::new(uuid(1)), was: 0 }).await;
    crate::loses(store, Change::UseFamily { environment, family: FamilyId::new(uuid(1)) }).await;
}

/// RT-10: whichever comes first. The exchange was decided while the user was enabled.
async fn no_grant_survives_the_disabling_that_it_races(store: &Store) {
    let exchange = |n: u128| {
        let token = RefreshToken { family: family(HERE, n).id, ..refresh_token(HERE, n) };
        let consume = Change::ConsumeCode { environment: HERE, code: code_hash(n), at: NOW };
        vec![consume, Change::CreateFamily(family(HERE, n)), Change::IssueRefreshToken(token)]
    };
    for (n, outcome) in (1..).zip(race_with_disabling(store, exchange).await) {
        assert!(matches!(outcome, Ok(()) | Err(StoreError::Lost { index: 0 })), "{outcome:?}");
        let family = store.family(HERE, family(HERE, n).id).await.unwrap();
        assert_eq!(family.is_some(), outcome.is_ok(), "user {n}");
        assert!(family.is_none_or(|family| family.revoked_at.is_some()), "a family of user {n} lives on");
    }
}

/// FL-08: no session is left that counts again when the user is enabled again.
async fn no_sign_on_survives_the_disabling_that_it_races(store: &Store) {
    let sign_on = |n: u128| {
        let id = user(HERE, n).id;
        let (was, account) = (Account::default(), Account::default());
        let forgive = Change::SetAccount { environment: HERE, user: id, was, judged: None, account };
        let record = Change::RecordSignOn { environment: HERE, user: id, at: NOW };
        vec![forgive, record, Change::CreateSession(Session { user: id, ..session(HERE, n + 100) })]
    };
    for (n, outcome) in (1..).zip(race_with_disabling(store, sign_on).await) {
        assert!(matches!(outcome, Ok(()) | Err(StoreError::Lost { index: 1 })), "{outcome:?}");
        let session = store.session(HERE, session(HERE, n + 100).id).await.unwrap();
        assert_eq!(session.is_some(), outcome.is_ok(), "user {n}");
        assert!(session.is_none_or(|session| session.ended_at.is_some()), "a session of user {n} lives on");
    }
}

/// Users 1 to 50, each with a session and a code: what came of `batch` for each, while each is disabled. Every second time
/// the disabling is sent first.
async fn race_with_disabling(store: &Store, batch: impl Fn(u128) -> Vec<Change>) -> Vec<Result<(), StoreError>> {
    each(store, populations()).await;
    for n in 1..=50 {
        let code = Change::IssueCode(Box::new(code(HERE, n)));
        let enabled = User { enabled: true, ..user(HERE, n) };
        each(store, [create_user(enabled), Change::CreateSession(session(HERE, n)), code]).await;
    }
    let disable = |n: u128| {
        let user = User { enabled: false, ..user(HERE, n) };
        let end = Change::EndUserSessions(HERE, user.id, NOW.plus(1));
        vec![Change::put(user, Guard::Version), end]
    };
    let of = |n: u128| n.div_ceil(2);
    let ends = |n: u128| (n + of(n)).is_multiple_of(2);
    let outcomes = all_at_once(store, |n| if ends(n) { disable(of(n)) } else { batch(of(n)) }).await;
    let (disabled, raced): (Vec<_>, Vec<_>) = (1..).zip(outcomes).partition(|(n, _)| ends(*n));
    assert!(disabled.iter().all(|(_, outcome)| outcome.is_ok()), "{disabled:?}");
    raced.into_iter().map(|(_, outcome)| outcome).collect()
}

/// FL-14: 100 parallel guesses count as 100, because each that loses reads again.
async fn every_wrong_password_counts(store: &Store) {
    each(store, populations()).await;
    each(store, [create_user(user(HERE, 1))]).await;
    let id = user(HERE, 1).id;
    all_decide_until_written(store, move |store, _| async move {
        let was = store.user(HERE, id).await.unwrap().unwrap().account;
        let failures = was.failures + 1;
        let account = Account { failures, locked_at: (failures == 100).then_some(NOW), ..Account::default() };
        Change::SetAccount { environment: HERE, user: id, was, judged: None, account }
    })
    .await;
    let expected = Account { failures: 100, locked_at: Some(NOW), ..Account::default() };
    assert_eq!(store.user(HERE, id).await.unwrap().unwrap().account, expected);
}

/// Of a hundred who add a scope to what they read none undoes another's.
async fn every_scope_of_a_grant_stays(store: &Store) {
    granted(store).await;
    all_decide_until_written(store, |store, n| async move {
        let mut grant = stored(&store).await.unwrap();
        grant.scopes.push(ScopeId::new(uuid(1000 + n)));
        Change::put(grant, Guard::Version)
    })
    .await;
    let mut scopes = stored(store).await.unwrap().scopes;
    scopes.sort_unstable();
    let expected: Vec<_> = std::iter::once(1).chain(1001..=1100).map(|n| ScopeId::new(uuid(n))).collect();
    assert_eq!(scopes, expected);
}

/// A deletion and a hundred writers who know the same grant: what one of them did is what it had decided.
async fn what_was_decided_on_a_grant_holds(store: &Store) {
    granted(store).await;
    let decide = |n: u128| {
        let known = grant(HERE, 1, 1);
        match n {
            50 => vec![Change::Expect(known.key(), known.version), Change::Remove(known.key())],
            n => {
                let scopes = vec![ScopeId::new(uuid(1000 + n))];
                vec![Change::put(ResourceGrant { scopes, ..known }, Guard::Version)]
            }
        }
    };
    let winner = one_wins(store, decide).await;
    let expected = (winner != 50).then(|| vec![ScopeId::new(uuid(1000 + winner))]);
    assert_eq!(stored(store).await.map(|grant| grant.scopes), expected);
}

/// An application with a grant.
async fn granted(store: &Store) {
    each(
        store,
        [application(HERE, 1).into(), grant(HERE, 1, 1).into()].map(|object: Object| Change::put(object, Guard::New)),
    )
    .await;
}

async fn stored(store: &Store) -> Option<ResourceGrant> {
    store.get(HERE, &grant(HERE, 1, 1).key().ids()[1..]).await.unwrap()
}

/// FL-14: of an administrator's lock and a guess that were decided on the same account one is decided again.
async fn a_lock_and_a_guess_do_not_undo_each_other(store: &Store) {
    each(store, populations()).await;
    each(store, (1..=50).map(|n| create_user(user(HERE, n)))).await;
    let by = |n: u128| {
        let locked_at = n.is_multiple_of(2).then_some(NOW);
        let account = Account { failures: i64::from(locked_at.is_none()), locked_at, ..Account::default() };
        let (user, was) = (user(HERE, n.div_ceil(2)).id, Account::default());
        (user, account.clone(), vec![Change::SetAccount { environment: HERE, user, was, judged: None, account }])
    };
    let outcomes = all_at_once(store, |n| by(n).2).await;
    for (n, outcome) in (1..).zip(&outcomes) {
        let (user, account, _) = by(n);
        let stored = store.user(HERE, user).await.unwrap().unwrap().account;
        match outcome {
            Ok(()) => assert_eq!(stored, account),
            Err(error) => assert_eq!(*error, StoreError::Lost { index: 0 }),
        }
    }
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 50);
}

/// Of a hundred who knew the same password one replaces it; none writes over another's.
async fn a_password_is_written_over_once(store: &Store) {
    each(store, populations()).await;
    let first = User { password: Some(password("$argon2id$first")), ..user(HERE, 1) };
    let id = first.id;
    each(store, [create_user(first)]).await;
    let replace = |n: u128| {
        let (was, password) = (Some("$argon2id$first".to_owned()), Some(password(&format!("$argon2id${n}"))));
        vec![Change::SetPassword { environment: HERE, user: id, was, password, end_families: true, retiring: None }]
    };
    let winner = one_wins(store, replace).await;
    let stored = store.user(HERE, id).await.unwrap().unwrap().password;
    assert_eq!(stored, Some(password(&format!("$argon2id${winner}"))));
}

async fn a_secret_is_rotated_once(store: &Store) {
    each(store, full_client(HERE, 1).creation()).await;
    let rotate = |n: u128| {
        let current = secret(100 + n as u8);
        let (environment, application, was) = (HERE, application_id(1), Some([1; 32]));
        vec![Change::RotateSecret {
            environment,
            of: application.into(),
            was,
            current,
            previous: Some(previous_secret(1)),
        }]
    };
    let winner = one_wins(store, rotate).await;
    let secrets = store.client(HERE, "client-1").await.unwrap().unwrap().secrets;
    assert_eq!((secrets.current, secrets.previous), (Some(secret(100 + winner as u8)), Some(previous_secret(1))));
}

/// The same of a resource.
async fn a_resources_secret_is_rotated_once(store: &Store) {
    let (environment, of) = (HERE, resource(HERE, 1).id.into());
    let first = Change::RotateSecret { environment, of, was: None, current: secret(1), previous: None };
    each(store, [Change::put(resource(HERE, 1), Guard::New), first]).await;
    let rotate = |n: u128| {
        let (current, was) = (secret(100 + n as u8), Some([1; 32]));
        vec![Change::RotateSecret { environment, of, was, current, previous: Some(previous_secret(1)) }]
    };
    let winner = one_wins(store, rotate).await;
    let expected = SecretPair { current: Some(secret(100 + winner as u8)), previous: Some(previous_secret(1)) };
    assert_eq!(store.resource_secrets(HERE, resource(HERE, 1).id).await, Ok(Some(expected)));
}

/// Two nodes, or an operator and the time, decide on the same keys: one key signs afterwards.
async fn a_rotation_of_keys_is_made_once(store: &Store) {
    each(store, [Change::CreateKey(key(HERE, 0, KeyStatus::Active))]).await;
    let rotate = |n: u128| {
        let retire = Change::UpdateKey { key: key(HERE, 0, KeyStatus::Retired), was: KeyStatus::Active };
        vec![retire, Change::CreateKey(key(HERE, n, KeyStatus::Active))]
    };
    let winner = one_wins(store, rotate).await;
    let active: Vec<_> =
        store.keys(HERE).await.unwrap().into_iter().filter(|k| k.status == KeyStatus::Active).collect();
    assert_eq!(active, [key(HERE, winner, KeyStatus::Active)]);
}

async fn a_name_is_taken_once(store: &Store) {
    each(store, populations()).await;
    let create = |n: u128| {
        let mut user = user(HERE, n);
        user.username = if n.is_multiple_of(2) { "Jane".to_owned() } else { "jANE".to_owned() };
        vec![Change::put(user, Guard::New)]
    };
    let outcomes = all_at_once(store, create).await;
    for outcome in outcomes.iter().filter(|outcome| outcome.is_err()) {
        assert_eq!(*outcome, Err(StoreError::Conflict { constraint: store::USERNAME_TAKEN.to_owned() }));
    }
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
}

/// Whoever wins, no reader ever finds two default populations or none.
async fn one_population_is_the_default(store: &Store) {
    each(store, (1..=100).map(|n| Change::put(population(HERE, n), Guard::New))).await;
    let make_default = |n: u128| {
        let mut changed = population(HERE, n);
        changed.default = true;
        vec![Change::put(changed, Guard::Version)]
    };
    let outcomes = all_at_once(store, make_default).await;
    let wrong: Vec<_> = outcomes.iter().filter(|o| !matches!(o, Ok(()) | Err(StoreError::Conflict { .. }))).collect();
    assert!(wrong.is_empty() && outcomes.contains(&Ok(())), "{wrong:?}");
    let rows = store.list::<Population>(HERE, &WHOLE).await.unwrap().rows;
    assert_eq!(rows.iter().filter(|population| population.default).count(), 1);
}

/// A population that is being deleted gets no user, and one that is getting a user is not deleted.
async fn no_user_is_left_without_a_population(store: &Store) {
    each(store, (1..=50).map(|n| Change::put(population(HERE, n), Guard::New))).await;
    let at = |n: u128| population(HERE, n).id;
    // Neighbours in the order of sending meet in one population; every second time the deletion comes first.
    let place = |n: u128| n.div_ceil(2);
    let makes_user = |n: u128| (n + place(n)).is_multiple_of(2);
    let either = |n: u128| {
        if makes_user(n) {
            vec![create_user(User { population: at(place(n)), ..user(HERE, n) })]
        } else {
            vec![Change::Remove(Key::Population(HERE, at(place(n))))]
        }
    };
    let outcomes = all_at_once(store, either).await;
    for n in (1..=100).filter(|n| makes_user(*n)) {
        let other = if place(n) == place(n - 1) { n - 1 } else { n + 1 };
        let [created, deleted] = [n, other].map(|n| &outcomes[n as usize - 1]);
        assert!(created.is_ok() != deleted.is_ok(), "population {}: {created:?}, {deleted:?}", place(n));
        assert_eq!(store.get::<Population>(HERE, &[at(place(n)).uuid()]).await.unwrap().is_some(), created.is_ok());
        assert_eq!(store.user_count(HERE, at(place(n))).await, Ok(i64::from(created.is_ok())));
    }
}

/// Commits the batches 1 to 100 at the same time.
pub(crate) async fn all_at_once(store: &Store, batch: impl Fn(u128) -> Vec<Change>) -> Vec<Result<(), StoreError>> {
    let tasks: Vec<_> = (1..=100)
        .map(|n| {
            let (store, batch) = (store.clone(), batch(n));
            tokio::spawn(async move { store.commit(batch).await })
        })
        .collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

/// A hundred at the same time, each of which decides anew until what it decided is written.
async fn all_decide_until_written<F: Future<Output = Change> + Send>(
    store: &Store,
    decide: impl Fn(Store, u128) -> F + Copy + Send + 'static,
) {
    let tasks: Vec<_> = (1..=100)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                while let Err(error) = store.commit(vec![decide(store.clone(), n).await]).await {
                    assert_eq!(error, StoreError::Lost { index: 0 });
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

/// The number of the only batch that won; the others lost the guard of their first change.
pub(crate) async fn one_wins(store: &Store, batch: impl Fn(u128) -> Vec<Change>) -> u128 {
    let mut winners = Vec::new();
    for (n, outcome) in (1..).zip(all_at_once(store, batch).await) {
        match outcome {
            Ok(()) => winners.push(n),
            Err(error) => assert_eq!(error, StoreError::Lost { index: 0 }),
        }
    }
    assert_eq!(winners.len(), 1, "{winners:?}");
    winners[0]
}

/// The numbers from 1 to 100 whose refresh token can be used.
async fn living(store: &Store) -> Vec<u128> {
    let mut living = Vec::new();
    for n in 1..=100 {
        if store.refresh_token(HERE, refresh_hash(n)).await.unwrap().is_some_and(|token| token.superseded_at.is_none())
        {
            living.push(n);
        }
    }
    living
}
