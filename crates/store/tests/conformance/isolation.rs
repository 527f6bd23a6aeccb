//! No read finds and no change reaches what belongs to another environment, whose rows have the very same ids.

use protocol::authorization::Authorization;
use protocol::change::{AccessToken, Change, Family, RefreshToken};
use protocol::id::EnvironmentId;
use protocol::model::{Key, User};
use store::{Store, StoreError};

use crate::life::{built, ended, lived, seen};
use crate::samples::*;
use crate::{each, loses};

on_every_engine!(
    every_change_is_seen_in_its_environment_alone,
    no_end_reaches_another_environment,
    the_second_of_everything_stays,
    no_change_reaches_from_an_environment_that_is_not,
    the_same_ids_mean_other_things_elsewhere,
);

/// TN-01, TN-04: two environments live in step, so that each change meets the other one's rows in the very state it expects.
async fn every_change_is_seen_in_its_environment_alone(store: &Store) {
    let life = |environment| [built(environment), lived(environment), ended(environment)].concat();
    let mut now = [seen(store, HERE).await, seen(store, THERE).await];
    for pair in life(HERE).into_iter().zip(life(THERE)).map(<[Change; 2]>::from) {
        for (at, change) in pair.into_iter().enumerate() {
            let text = format!("{change:?}");
            assert_eq!(store.commit(vec![change]).await, Ok(()), "{text}");
            let [own, other] = if at == 0 { [HERE, THERE] } else { [THERE, HERE] };
            let after = seen(store, own).await;
            let guards = [
                "Absent(",
                "Expect(",
                "ExpectUnused ",
                "Require(",
                "UseConsent ",
                "UseFamily ",
                "KeepRole ",
                "MasterKeyRotation(",
            ];
            let writes = !guards.iter().any(|guard| text.starts_with(guard));
            assert_eq!(after != now[at], writes, "what shows of {text}");
            assert_eq!(seen(store, other).await, now[1 - at], "{text} reached another environment");
            now[at] = after;
        }
    }
    assert!(now.iter().all(|seen| seen.environment.0.is_none()));
}

/// TN-04: what ends much at once ends nothing of a whole environment beside it.
async fn no_end_reaches_another_environment(store: &Store) {
    each(store, [built(HERE), built(THERE)].concat()).await;
    let there = seen(store, THERE).await;
    let (user, session) = (user(HERE, 1).id, session(HERE, 1).id);
    let new = Some(password("$argon2id$new"));
    for change in [
        Change::EndSession(HERE, session, NOW),
        Change::SetPassword { environment: HERE, user, was: None, password: new, end_families: true, retiring: None },
        Change::EndUserSessions(HERE, user, NOW),
        Change::Remove(Key::User(HERE, user)),
        Change::Remove(Key::Application(HERE, application_id(1))),
        Change::Remove(Key::Environment(HERE)),
    ] {
        let text = format!("{change:?}");
        each(store, [change]).await;
        assert_eq!(seen(store, THERE).await, there, "{text}");
    }
}

/// What happens to the first user and application leaves the second alone.
async fn the_second_of_everything_stays(store: &Store) {
    each(store, built(HERE)).await;
    let before = seen(store, HERE).await;
    let mut changes = [lived(HERE), ended(HERE)].concat();
    assert!(matches!(changes.pop(), Some(Change::Remove(Key::Organization(_)))));
    assert!(matches!(changes.pop(), Some(Change::Remove(Key::Environment(_)))));
    each(store, changes).await;
    let after = seen(store, HERE).await;
    assert_eq!(after.users.1[1], before.users.1[1]);
    assert_eq!(after.applications.1[1], before.applications.1[1]);
    assert_eq!((&after.flows[1], &after.sessions.0[1]), (&before.flows[1], &before.sessions.0[1]));
    assert_eq!((&after.codes[1], &after.families[1]), (&before.codes[1], &before.families[1]));
    assert_eq!(after.refresh_tokens[1], before.refresh_tokens[1]);
    assert_eq!(after.access_tokens[1], before.access_tokens[1]);
    assert_eq!((after.assertions[1], before.assertions[1]), (true, true));
    assert_eq!(after.pushed[1], before.pushed[1]);
    assert_eq!(after.mailed[1], before.mailed[1]);
    assert_eq!(after.participations[1], before.participations[1]);
    assert_eq!((after.proofs[1], before.proofs[1]), (true, true));
    assert_eq!(after.roles, before.roles[1..]);
}

/// TN-04: the guarded changes lose, the others change nothing.
async fn no_change_reaches_from_an_environment_that_is_not(store: &Store) {
    let nowhere = EnvironmentId::new(uuid(0xe3));
    each(store, built(HERE)).await;
    let here = seen(store, HERE).await;
    // What makes something, and what has nothing to protect.
    let unguarded = [
        "Absent",
        "CreateSession",
        "EndSession",
        "EndUserSessions",
        "LeaveSession",
        "MasterKeyRotation",
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

/// TN-04: what hangs together in another environment says nothing about this one. Families 3 and 4 are of user and
/// application 2 on one side, of user 1 or application 1 on the other.
async fn the_same_ids_mean_other_things_elsewhere(store: &Store) {
    each(store, [built(HERE), built(THERE)].concat()).await;
    let of = |environment, id: u128, user_of: u128, application_of: u128| Family {
        id: family(environment, id).id,
        authorization: Authorization { application: application_id(application_of), ..authorization(user_of) },
        ..family(environment, user_of)
    };
    each(
        store,
        [of(HERE, 3, 2, 2), of(HERE, 4, 1, 2), of(THERE, 3, 1, 1), of(THERE, 4, 2, 2)].map(Change::CreateFamily),
    )
    .await;
    let (mut refresh, mut access) = (Vec::new(), Vec::new());
    for (environment, n) in [(HERE, 3), (HERE, 4), (THERE, 3), (THERE, 4)] {
        refresh.push(refresh_token(environment, n));
        let family = Some(family(environment, n).id);
        access.push(AccessToken { family, application: application_id(2), ..access_token(environment, n) });
    }
    each(store, refresh.iter().cloned().map(Change::IssueRefreshToken)).await;
    each(store, access.iter().cloned().map(Change::RecordAccessToken)).await;
    each(store, [create_user(User { population: population(THERE, 3).id, ..user(THERE, 3) })]).await;
    each(
        store,
        [
            Change::Remove(Key::Population(HERE, population(HERE, 3).id)),
            Change::Remove(Key::Application(HERE, application_id(1))),
            Change::Remove(Key::User(HERE, user(HERE, 1).id)),
        ],
    )
    .await;
    for (n, left) in [true, false, true, true].into_iter().enumerate() {
        let (refresh, access) = (&refresh[n], &access[n]);
        let found: Option<RefreshToken> = store.refresh_token(refresh.environment, refresh.hash).await.unwrap();
        assert_eq!(found.as_ref(), left.then_some(refresh), "refresh token {n}");
        let found = store.access_token(access.environment, access.hash).await.unwrap();
        assert_eq!(found.as_ref(), left.then_some(access), "access token {n}");
    }
    // The end of a family there revokes no token here, and one that lives there keeps none alive here.
    each(store, [Change::RevokeFamily { environment: THERE, family: family(THERE, 3).id, at: NOW }]).await;
    assert_eq!(store.access_token(HERE, access[0].hash).await.unwrap().unwrap().revoked_at, None);
    each(store, [Change::RevokeFamily { environment: HERE, family: family(HERE, 2).id, at: NOW }]).await;
    let (environment, token, at) = (HERE, refresh_hash(2), NOW);
    loses(store, Change::SupersedeRefreshToken { environment, token, at, sealed_successor: None }).await;
}
