//! How long a process goes on with what it knows while it cannot ask for changes.

use engine::bootstrap::dev;
use engine::housekeeping::Following;
use testkit::{TestApp, each_store};

/// F12: what needs no database is refused as well once the configuration that it rests on may have been taken back; and only
/// until it can be asked for again.
#[tokio::test]
async fn who_cannot_ask_for_changes_answers_for_a_while() {
    let server = TestApp::build().config(|config| config.max_stale = Some(10)).start().await;
    let ask = async || {
        let client = (dev::ADMIN_APPLICATION, dev::ADMIN_SECRET);
        server.encoded_basic(&server.at_admin("token"), client, "grant_type=client_credentials").await
    };
    // Nobody follows changes yet: a server that is alone needs not.
    server.wait(3600);
    let token = ask().await.text_of("access_token");
    let mut following = Following::default();
    following.learn(&server.app).await.unwrap();
    for (waits, status) in [(9, 200), (2, 503), (86_400, 503)] {
        server.wait(waits);
        let answer = ask().await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(answer.headers.contains_key("retry-after"), status == 503);
        let managed = server.get_with("/v1/environments", &token).await;
        assert_eq!(managed.status, if waits > 100 { 503 } else { status }, "{}", managed.text);
        assert_eq!(server.get(&server.at("authorize")).await.status == 503, status == 503);
        // What is published gives nobody anything, and whoever checks tokens needs it.
        for document in ["jwks", ".well-known/openid-configuration"] {
            server.get(&server.at(document)).await.expect(200);
        }
    }
    following.learn(&server.app).await.unwrap();
    ask().await.expect(200);
    // A clock that was put back says nothing about how long it was.
    server.wait(-3600);
    assert_eq!(ask().await.status, 503);
    following.learn(&server.app).await.unwrap();
    ask().await.expect(200);
}

/// F12: a process that could never ask since it began to follow is as little sure of what it read before.
#[tokio::test]
async fn who_could_never_ask_for_changes_answers_for_a_while() {
    each_store(|server| async move {
        let ask = async || {
            let client = (dev::ADMIN_APPLICATION, dev::ADMIN_SECRET);
            server.encoded_basic(&server.at_admin("token"), client, "grant_type=client_credentials").await.status
        };
        assert_eq!(ask().await, 200);
        if !server.as_another_version("ALTER TABLE change_slots RENAME TO taken_away").await {
            return;
        }
        let mut following = Following::default();
        for (waits, status) in [(0, 200), (9, 200), (2, 503)] {
            server.wait(waits);
            following.learn(&server.app).await.unwrap_err();
            assert_eq!(ask().await, status, "{waits}");
        }
        assert!(server.as_another_version("ALTER TABLE taken_away RENAME TO change_slots").await);
        following.learn(&server.app).await.unwrap();
        assert_eq!(ask().await, 200);
    })
    .await;
}

/// F12: whoever would rather have old answers than none says so.
#[tokio::test]
async fn what_is_stale_may_be_served_for_ever() {
    let server = TestApp::build().config(|config| config.max_stale = None).start().await;
    Following::default().learn(&server.app).await.unwrap();
    server.wait(86_400 * 365);
    let client = (dev::ADMIN_APPLICATION, dev::ADMIN_SECRET);
    server.encoded_basic(&server.at_admin("token"), client, "grant_type=client_credentials").await.expect(200);
}
