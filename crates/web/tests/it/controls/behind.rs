//! Worlds whose clock is behind the machine's, and what they keep waiting: nobody.

use http::Method;
use protocol::change::{Change, Guard};
use protocol::id::{EnvironmentId, canonical};
use protocol::logout::Participation;
use protocol::model::KeyRotationPolicy;
use protocol::time::Time;
use serde_json::json;
use testkit::each_store;
use uuid::Uuid;

use super::world::{World, make, text};

async fn put_behind(world: &World<'_>) {
    let clock = json!({ "now": "1999-12-31T00:00:00Z" });
    world.control(Method::PUT, "/clock", Some(&clock)).await.expect(200);
}

fn id(world: &World<'_>) -> EnvironmentId {
    EnvironmentId::parse(world.id()).unwrap()
}

async fn published(world: &World<'_>) -> usize {
    world.server.get(&world.at("jwks")).await.expect(200)["keys"].as_array().unwrap().len()
}

/// More of its policies than are turned at a time wait for its own clock; the one behind them does not.
#[tokio::test]
async fn keys_of_others_rotate() {
    each_store(|server| async move {
        let (store, now) = (&server.base.store, server.now());
        let (behind, usual) = (make(&server).await, make(&server).await);
        put_behind(&behind).await;
        engine::rotation::finish_due(&server.app).await.unwrap();
        let policy =
            |world: &World<'_>, days: i64| KeyRotationPolicy::own(id(world), now.plus(-days * DAY).to_millis());
        let waits = (1..=120).map(|number| {
            let (id, name) = (Uuid::from_u128(number).into(), number.to_string());
            Change::put(KeyRotationPolicy { id, name, ..policy(&behind, 200) }, Guard::New)
        });
        store.commit(waits.collect()).await.unwrap();
        store.commit(vec![Change::put(policy(&usual, 100), Guard::Version)]).await.unwrap();
        engine::rotation::finish_due(&server.app).await.unwrap();
        assert_eq!((published(&behind).await, published(&usual).await), (1, 2));
    })
    .await;
}

/// Somebody of the world is to be told of a sign-off since then.
async fn leave_notice(world: &World<'_>, since: Time) {
    let participation = Participation {
        environment: id(world),
        session: Uuid::from_u128(1).into(),
        application: world.told["applications"][0]["id"].as_str().and_then(canonical).unwrap().into(),
        issuer: text(&world.told["issuer"]),
        user: Uuid::from_u128(2).into(),
        subject: "somebody".into(),
        expires_at: since.plus(DAY),
    };
    let ends = Change::EndSession(participation.environment, participation.session, since);
    world.server.base.store.commit(vec![Change::JoinSession(Box::new(participation)), ends]).await.unwrap();
}

/// More worlds than are told at a time have notices that are not due there; those who have some that are tell of them.
#[tokio::test]
async fn notices_of_others_are_sent() {
    each_store(|server| async move {
        let (now, mut told) = (server.now(), Vec::new());
        for number in 0..48 {
            let world = make(&server).await;
            if number < 40 {
                put_behind(&world).await;
                leave_notice(&world, now.plus(-100)).await;
            } else {
                leave_notice(&world, now.plus(-1)).await;
                told.push(id(&world));
            }
        }
        engine::logout::tell_due(&server.app).await;
        let left = server.base.store.with_notices(now, (0, 100)).await.unwrap();
        assert_eq!(left.len(), 40);
        assert!(left.iter().all(|(environment, _)| !told.contains(environment)));
    })
    .await;
}

const DAY: i64 = 86_400;
