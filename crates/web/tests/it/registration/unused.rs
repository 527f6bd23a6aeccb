//! Clients that registered themselves and were never used end where their environment says so.

use engine::unused::end_unused;
use protocol::audit::{Action, Actor};
use protocol::change::Change;
use protocol::id::ApplicationId;
use protocol::model::Application;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Request, SANDBOX, TestApp, each_store};

use super::{allow, asking, call, give, register, setting, text};

const DAY: i64 = 86_400;

async fn service(server: &TestApp) -> Value {
    let wanted = json!({ "grant_types": ["client_credentials"], "client_name": "A service" });
    let request = Request::post(server.at("register")).json(&wanted).bearer_auth(server.worker_token().await);
    server.send(request).await.expect(201)
}

async fn token(server: &TestApp, registered: &Value) -> u16 {
    let client = (text(registered, "client_id"), text(registered, "client_secret"));
    server.encoded_basic(&server.at("token"), client, "grant_type=client_credentials").await.status
}

async fn application(server: &TestApp, registered: &Value) -> Option<Value> {
    let path = format!("/environments/{SANDBOX}/applications/{}", text(registered, "client_id"));
    let answer = server.manage(Method::GET, &path, None).await;
    (answer.status == 200).then(|| answer.body.clone())
}

/// CR-12: what nobody uses goes with all that it has, and an event says so; what was used once stays, and so does what an administrator
/// gave something, or made.
#[tokio::test]
async fn what_is_never_used_ends() {
    each_store(|server| async move {
        allow(&server, "OPEN").await;
        let (idle, used, given) = (
            register(&server, &asking()).await.expect(201),
            service(&server).await,
            register(&server, &asking()).await.expect(201),
        );
        assert!(application(&server, &idle).await.unwrap()["unusedSince"].is_string());
        assert_eq!(token(&server, &used).await, 200);
        assert!(application(&server, &used).await.unwrap().get("unusedSince").is_none());
        give(&server, text(&given, "client_id"), "Client Application Developer").await;
        server.wait(400 * DAY);
        assert_eq!(end_unused(&server.app).await.unwrap(), 0, "unless the environment says so nothing ends");
        let changed = setting(&server, json!({ "unusedClientDays": 30 })).await;
        assert_eq!(changed["unusedClientDays"], 30);
        let (young, before) = (register(&server, &asking()).await.expect(201), server.now());
        assert_eq!(end_unused(&server.app).await.unwrap(), 1);
        assert_eq!(application(&server, &idle).await, None);
        call(&server, Method::GET, &idle, None).await.is_refused(401, "invalid_token");
        for stays in [&used, &given, &young] {
            assert!(application(&server, stays).await.is_some());
        }
        assert_eq!(token(&server, &used).await, 200);
        let activities = server.app.store.explain(protocol::id::CorrelationId::new(uuid::Uuid::nil())).await.unwrap();
        let ended = activities.iter().find(|told| told.event.action == Action::ApplicationDeleted).unwrap();
        assert_eq!((ended.event.actor, ended.event.at.secs()), (Actor::System, before.secs()));
        assert!(ended.event.note.as_ref().unwrap().contains("given no token since"));
        // 30 days are over to the second, and 0 takes the setting back.
        server.wait(30 * DAY);
        setting(&server, json!({ "unusedClientDays": 0 })).await;
        server.wait(1);
        assert_eq!(end_unused(&server.app).await.unwrap(), 0);
        setting(&server, json!({ "unusedClientDays": 30 })).await;
        assert_eq!(end_unused(&server.app).await.unwrap(), 1);
        assert_eq!(application(&server, &young).await, None);
    })
    .await;
}

/// A public client that is asked for again is wanted: it is not ended under the hands of whoever was told of it.
#[tokio::test]
async fn what_is_asked_for_again_stays() {
    each_store(|server| async move {
        allow(&server, "OPEN").await;
        setting(&server, json!({ "unusedClientDays": 2 })).await;
        let mut wanted = asking();
        wanted["token_endpoint_auth_method"] = json!("none");
        let first = register(&server, &wanted).await.expect(201);
        for _ in 0..4 {
            server.wait(DAY + DAY / 2);
            assert_eq!(register(&server, &wanted).await.expect(201), first);
            assert_eq!(end_unused(&server.app).await.unwrap(), 0);
        }
        server.wait(2 * DAY + 1);
        assert_eq!(end_unused(&server.app).await.unwrap(), 1);
        assert_ne!(
            register(&server, &wanted).await.expect(201)["client_id"],
            first["client_id"],
            "whom it was is over"
        );
    })
    .await;
}

/// Whoever is given a first token while the client is ended is either given it and stays, or not.
#[tokio::test]
async fn no_client_is_ended_with_its_first_token() {
    each_store(|server| async move {
        allow(&server, "OPEN").await;
        setting(&server, json!({ "unusedClientDays": 1 })).await;
        for _ in 0..10 {
            let one = service(&server).await;
            server.wait(DAY + 1);
            let (status, ended) = tokio::join!(token(&server, &one), end_unused(&server.app));
            let stays = application(&server, &one).await.is_some();
            assert_eq!((status == 200, ended.unwrap() == 0), (stays, stays), "{status}");
        }
        // What was decided on the client as it was is lost with it.
        let one = service(&server).await;
        let application = ApplicationId::parse(text(&one, "client_id")).unwrap();
        let mark = |unused_since| Change::MarkClient { environment: SANDBOX, application, unused_since };
        let unused = |before| Change::ExpectUnused { environment: SANDBOX, application, before };
        let stored = server.app.store.get::<Application>(SANDBOX, &[application.uuid()]).await.unwrap().unwrap();
        let now = stored.unused_since.unwrap();
        let commit = async |change| server.base.store.commit(vec![change]).await.is_ok();
        assert!(!commit(unused(now)).await && commit(unused(now.plus(1))).await);
        assert!(commit(mark(Some(now.plus(5)))).await && !commit(unused(now.plus(5))).await);
        assert!(commit(mark(None)).await && commit(mark(Some(now))).await && !commit(unused(now.plus(9))).await);
    })
    .await;
}
