//! Other nodes learn of every configuration change, in order, and what has expired goes while everything else stays.

use protocol::audit::{Action, Event};
use protocol::change::{
    AccessToken, Change, Code, Family, Guard, PushedRequest, RefreshToken, UsedAssertion, UsedProof,
};
use protocol::flow::{Flow, State};
use protocol::id::{ActivityId, CorrelationId, EnvironmentId, FamilyId};
use protocol::logout::Participation;
use protocol::model::{ClientSecret, Environment, Key, Session};
use protocol::time::Time;
use store::{Revisions, Store, StoreError};

use crate::life::{built, ended, lived, seen};
use crate::samples::*;
use crate::{conflicts, each, loses};

on_every_engine!(
    every_configuration_raises_its_revision,
    a_refused_batch_raises_nothing,
    revisions_are_seen_in_order,
    a_history_that_went_back_is_told,
    events_are_recorded_once,
    a_purge_removes_what_is_due,
    a_purge_leaves_the_living,
    a_code_that_ended_early_stays_an_hour,
    a_revoked_token_stays_revoked,
    old_activities_go,
    an_environment_keeps_activities_for_its_own_time,
);

async fn every_configuration_raises_its_revision(store: &Store) {
    let (mut latest, nobody) = store.revisions(&Revisions::default()).await.unwrap();
    assert_eq!(nobody, vec![]);
    for change in [built(HERE), lived(HERE), ended(HERE)].concat() {
        let (text, configures) = (format!("{change:?}"), change.configures());
        each(store, [change]).await;
        let (now, whose) = store.revisions(&latest).await.unwrap();
        assert_eq!(whose, Vec::from_iter(configures), "{text}");
        assert_eq!((now != latest, now.went_back_since(&latest)), (configures.is_some(), false), "{text}");
        latest = now;
    }
}

async fn a_refused_batch_raises_nothing(store: &Store) {
    each(store, built(HERE)).await;
    let before = store.revisions(&Revisions::default()).await.unwrap();
    loses(store, Change::Remove(Key::Population(HERE, population(HERE, 1).id))).await;
    conflicts(store, Change::CreateKey(key(HERE, 1, protocol::model::KeyStatus::Next)), "signing_keys_pkey").await;
    assert_eq!(store.revisions(&Revisions::default()).await.unwrap(), before);
}

/// A node that follows while 100 environments are configured at once hears of each: none becomes visible behind its back.
async fn revisions_are_seen_in_order(store: &Store) {
    let environment = |n: u128| EnvironmentId::new(uuid(0x1000 + n));
    let writers: Vec<_> = (0..100)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(
                async move { store.commit(vec![Change::put(population(environment(n), 1), Guard::New)]).await },
            )
        })
        .collect();
    let (mut heard, mut latest) = (Vec::new(), Revisions::default());
    let mut follow = async || {
        let (now, whose) = store.revisions(&latest).await.unwrap();
        assert!(!now.went_back_since(&latest));
        heard.extend(whose);
        latest = now;
    };
    for writer in writers {
        follow().await;
        assert_eq!(writer.await.unwrap(), Ok(()));
    }
    follow().await;
    // What became visible between the two queries of a poll is heard again at the next.
    heard.sort_unstable();
    heard.dedup();
    assert_eq!(heard, (0..100).map(environment).collect::<Vec<_>>());
}

/// H4: a node that has seen more than there is learns how far the history is now, and what comes after that.
async fn a_history_that_went_back_is_told(store: &Store) {
    each(store, built(HERE)).await;
    let (latest, _) = store.revisions(&Revisions::default()).await.unwrap();
    let (again, nobody) = store.revisions(&latest).await.unwrap();
    assert_eq!((again == latest, again.went_back_since(&latest), nobody), (true, false, vec![]));
    let further: Revisions = (0..16).map(|slot| (slot, 1_000_000)).collect();
    let (less, nobody) = store.revisions(&further).await.unwrap();
    assert_eq!((less == latest, less.went_back_since(&further), nobody), (true, true, vec![]));
    each(store, [Change::put(population(THERE, 1), Guard::New)]).await;
    let (now, whose) = store.revisions(&latest).await.unwrap();
    assert_eq!((now.went_back_since(&latest), whose), (false, vec![THERE]));
}

/// H5: the same events can be handed over again: each is there once.
async fn events_are_recorded_once(store: &Store) {
    let event = |number: u128| {
        let mut event = Event::new(Some(HERE), NOW, CorrelationId::new(uuid(number)), Action::TokenIssued);
        event.id = ActivityId::new(uuid(number));
        Box::new(event)
    };
    let events: Vec<_> = (0..40).map(event).collect();
    assert_eq!(store.record(&[]).await, Ok(()));
    for _ in 0..3 {
        assert_eq!(store.record(&events).await, Ok(()));
    }
    assert_eq!(store.record(&events[..1]).await, Ok(()));
    for number in 0..40 {
        assert_eq!(store.explain(CorrelationId::new(uuid(number))).await.unwrap().len(), 1);
    }
    let mixed = store.record(&[event(50), event(3)]).await;
    assert_eq!(mixed, Err(StoreError::Conflict { constraint: "activities_pkey".to_owned() }), "all or none");
}

/// The environments, without which nothing stays, and their organizations.
fn placed() -> Vec<Change> {
    let of =
        |at| [Change::put(organization(organization_of(at)), Guard::New), Change::put(environment(at), Guard::New)];
    [HERE, THERE].into_iter().flat_map(of).collect()
}

/// What a purge at `NOW` looks at: everything that ends at this time.
fn ending(at: Time) -> Vec<Change> {
    let used = Some(NOW.plus(-90_000));
    let mut holder = client(application(HERE, 1));
    holder.secrets.current = Some(secret(1));
    holder.secrets.previous = Some(ClientSecret { expires_at: Some(at), ..previous_secret(2) });
    let mut changes = holder.creation();
    changes.extend([
        Change::CreateFlow(Box::new(Flow { expires_at: at, ..flow(HERE, 1, State::UsernamePasswordRequired) })),
        Change::CreateSession(Session { expires_at: at, ..session(HERE, 1) }),
        Change::IssueCode(Box::new(Code { expires_at: at, consumed_at: used, ..code(HERE, 1) })),
        Change::CreateFamily(Family { expires_at: at, ..family(HERE, 1) }),
        Change::IssueRefreshToken(RefreshToken { expires_at: at, superseded_at: used, ..refresh_token(HERE, 1) }),
        Change::RecordAccessToken(AccessToken { expires_at: at, ..access_token(HERE, 1) }),
        Change::UseAssertion(UsedAssertion { expires_at: at, ..assertion(HERE, 1) }),
        Change::PushRequest(Box::new(PushedRequest { expires_at: at, used_at: used, ..pushed(HERE, 1) })),
        Change::UseProof(UsedProof { expires_at: at, ..proof(HERE, 1) }),
        Change::JoinSession(Box::new(Participation { expires_at: at, ..participation(HERE, 1) })),
    ]);
    changes
}

/// An hour after its end a replay is still told from nonsense; a moment later nothing is left.
async fn a_purge_removes_what_is_due(store: &Store) {
    each(store, placed()).await;
    let nothing = seen(store, HERE).await;
    each(store, ending(NOW.plus(-3600))).await;
    let before = seen(store, HERE).await;
    store.purge(NOW, NOW).await.unwrap();
    assert_eq!(seen(store, HERE).await, before, "it ended exactly an hour ago");
    store.purge(Time(NOW.0 + 1), NOW).await.unwrap();
    let mut after = seen(store, HERE).await;
    let holder = after.applications.1[0].take().unwrap();
    let mut kept = client(application(HERE, 1));
    kept.secrets.current = Some(secret(1));
    assert_eq!(holder, kept, "only its previous secret went");
    assert_eq!(after.applications.0.total, 1);
    after.applications = nothing.applications.clone();
    assert_eq!(after, nothing);
}

async fn a_purge_leaves_the_living(store: &Store) {
    each(store, built(HERE)).await;
    each(store, lived(HERE)).await;
    let before = seen(store, HERE).await;
    store.purge(NOW, NOW).await.unwrap();
    assert_eq!(seen(store, HERE).await, before);
}

/// Whoever brings it is told what became of it; nobody can exchange it, whatever their clock shows.
async fn a_code_that_ended_early_stays_an_hour(store: &Store) {
    each(store, placed()).await;
    let issued = code(HERE, 1);
    each(store, [Change::CreateSession(session(HERE, 1)), Change::IssueCode(Box::new(issued.clone()))]).await;
    each(store, [Change::EndSession(HERE, session(HERE, 1).id, NOW)]).await;
    for early in [-60, 0] {
        loses(store, Change::ConsumeCode { environment: HERE, code: issued.hash, at: NOW.plus(early) }).await;
    }
    store.purge(NOW.plus(3600), NOW).await.unwrap();
    let ended = Code { expires_at: Time(-NOW.0), ..issued.clone() };
    assert_eq!(store.code(HERE, issued.hash).await, Ok(Some(ended)));
    store.purge(NOW.plus(3601), NOW).await.unwrap();
    assert_eq!(store.code(HERE, issued.hash).await, Ok(None));
}

/// An access token may outlive the line of refresh tokens that gave it; that it was revoked must outlive the line too.
async fn a_revoked_token_stays_revoked(store: &Store) {
    each(store, placed()).await;
    let revoked = Some(NOW);
    let long = NOW.plus(30 * 86_400);
    let token = AccessToken { family: Some(FamilyId::new(uuid(1))), expires_at: long, ..access_token(HERE, 1) };
    let elsewhere = Family { expires_at: NOW.plus(60), ..family(THERE, 1) };
    each(store, [Change::CreateFamily(elsewhere.clone())]).await;
    let living = AccessToken { family: Some(FamilyId::new(uuid(2))), expires_at: long, ..access_token(HERE, 2) };
    each(
        store,
        [
            Change::CreateFamily(Family { expires_at: NOW.plus(60), revoked_at: revoked, ..family(HERE, 1) }),
            Change::CreateFamily(Family { expires_at: NOW.plus(60), ..family(HERE, 2) }),
            Change::CreateFamily(Family { expires_at: NOW.plus(60), revoked_at: revoked, ..family(HERE, 3) }),
            Change::RecordAccessToken(token.clone()),
            Change::RecordAccessToken(living.clone()),
        ],
    )
    .await;
    store.purge(NOW.plus(86_400), NOW).await.unwrap();
    let seen = store.access_token(HERE, token.hash).await.unwrap().unwrap();
    assert_eq!(seen.revoked_at, revoked);
    assert_eq!(store.family(HERE, family(HERE, 3).id).await, Ok(None), "a family without tokens goes");
    assert_eq!(
        store.family(THERE, elsewhere.id).await,
        Ok(None),
        "also where another environment's family of its id stays"
    );
    // A sign-off or a replay after the line's end still reaches the tokens that it gave.
    let revoke = Change::RevokeFamily { environment: HERE, family: family(HERE, 2).id, at: NOW.plus(86_401) };
    each(store, [revoke]).await;
    let seen = store.access_token(HERE, living.hash).await.unwrap().unwrap();
    assert_eq!(seen.revoked_at, Some(NOW.plus(86_401)));
    store.purge(long.plus(3601), NOW).await.unwrap();
    for n in [1, 2] {
        assert_eq!(store.access_token(HERE, access_hash(n)).await, Ok(None));
        assert_eq!(store.family(HERE, family(HERE, n).id).await, Ok(None), "it goes with its last token");
    }
}

async fn old_activities_go(store: &Store) {
    let nowhere = Event { environment: None, ..event(HERE, 3) };
    each(store, [event(HERE, 1), event(HERE, 2), event(THERE, 1), nowhere].map(|e| Change::Record(Box::new(e)))).await;
    store.purge(NOW.plus(86_400), NOW.plus(2)).await.unwrap();
    let told = store.explain(CorrelationId::new(uuid(0xc0))).await.unwrap();
    assert_eq!(told.iter().map(|activity| activity.event.at).collect::<Vec<_>>(), [NOW.plus(2), NOW.plus(3)]);
    assert_eq!(store.activities(HERE, &WHOLE).await.unwrap().total, 1);
}

/// F14: for less time than the server, never for more; whoever says nothing keeps them as long as the server does.
async fn an_environment_keeps_activities_for_its_own_time(store: &Store) {
    const DAY: i64 = 86_400;
    for (environment, activity_retention_days) in [(HERE, 2), (THERE, 0)] {
        let kept = Environment { activity_retention_days, ..crate::samples::environment(environment) };
        each(store, [Change::put(kept, Guard::New)]).await;
    }
    let at = |environment, n: u128, days: i64| {
        Change::Record(Box::new(Event { at: NOW.plus(-days * DAY), environment, ..event(HERE, n) }))
    };
    let told = [(Some(HERE), 1), (Some(THERE), 11), (None, 21)];
    for (environment, first) in told {
        each(store, [1_u8, 3, 5].map(|days| at(environment, first + u128::from(days), days.into()))).await;
    }
    let left = async || {
        let told = store.explain(CorrelationId::new(uuid(0xc0))).await.unwrap();
        let mut ids: Vec<u128> = told.iter().map(|activity| activity.id.uuid().as_u128() - uuid(0).as_u128()).collect();
        ids.sort_unstable();
        ids
    };
    store.purge(NOW, NOW.plus(-4 * DAY)).await.unwrap();
    assert_eq!(left().await, [2, 12, 14, 22, 24]);
    store.purge(NOW, NOW.plus(-2 * DAY)).await.unwrap();
    assert_eq!(left().await, [2, 12, 22]);
    store.purge(NOW, NOW).await.unwrap();
    assert_eq!(left().await, [0; 0]);
}
