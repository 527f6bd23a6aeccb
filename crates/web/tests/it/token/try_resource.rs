//! `/dev/resource`: what tokens are tried on, whatever they are for.

use engine::bootstrap::dev;
use protocol::scope::Scope;
use serde_json::json;
use testkit::{Request, TestApp, each_store};

use super::step_up::{challenged, token};

const PATH: &str = "/dev/resource";

/// RFC 6750 §3: who may use a token is told what it says; everybody else what is missing.
#[tokio::test]
async fn a_token_is_told_what_it_says_and_without_one_nothing_is() {
    each_store(|server| async move {
        // Without openid, which userinfo asks for: the resource stands for any.
        let scope = Scope::parse("profile").unwrap();
        let person = server.exchange(&server.code(|code| code.authorization.scope = scope).await).await;
        let token = person.text_of("access_token");
        for request in [Request::get(PATH), Request::form(PATH)] {
            let told = server.send(request.bearer_auth(&token)).await;
            assert_eq!((told.status, told.header("cache-control")), (200, "no-store"), "{told:?}");
            assert_eq!((&told.body["sub"], &told.body["scope"]), (&json!(dev::USER.to_string()), &json!("profile")));
            assert_eq!(told.body["client_id"], dev::SHARED_WEB_APPLICATION.to_string());
        }
        let bare = server.send(Request::get(PATH)).await;
        assert_eq!((bare.status, bare.header("www-authenticate").starts_with("Bearer")), (401, true), "{bare:?}");
        // Others', ours after it was taken back, and what is none at all.
        let mut parts: Vec<&str> = token.split('.').collect();
        parts[2] = "c2lnbmF0dXJl";
        for shown in ["opaque", &parts.join("."), "a.b.c"] {
            let answer = server.get_with(PATH, shown).await;
            assert_eq!(answer.status, 401, "{shown}: {answer:?}");
            assert!(answer.header("www-authenticate").contains("invalid_token"), "{shown}: {answer:?}");
        }
        let revoked = format!("token={token}&{}", testkit::shared());
        assert_eq!(server.encoded(&server.at("revoke"), &revoked).await.status, 200);
        assert_eq!(server.get_with(PATH, &token).await.status, 401);
    })
    .await;
}

/// AZ-11, RFC 9470 §3: what the query demands stands in the challenge, and the sign-on that it asks for is enough.
#[tokio::test]
async fn a_query_demands_a_sign_on() {
    each_store(|server| async move {
        let first = token(&server).await;
        let demanding = |query: &str| format!("{PATH}?{query}");
        for enough in ["acr_values=Single_Factor", "acr_values=Other+Single_Factor&max_age=300", "max_age=0", "a=b"] {
            assert_eq!(server.get_with(&demanding(enough), &first).await.status, 200, "{enough}");
        }
        let other = server.get_with(&demanding("acr_values=Multi_Factor+Other&max_age=60"), &first).await;
        challenged(&other, &["acr_values=\"Multi_Factor Other\"", "max_age=\"60\""]);
        server.wait(400);
        let late = server.get_with(&demanding("max_age=300"), &first).await;
        challenged(&late, &["max_age=\"300\""]);
        assert!(!late.header("www-authenticate").contains("acr_values"), "{late:?}");
        assert_eq!(server.get_with(&demanding("max_age=300"), &token(&server).await).await.status, 200);
        // An application's own token tells of no sign-on.
        let own = server.get_with(&demanding("max_age=300"), &server.worker_token().await).await;
        challenged(&own, &["max_age=\"300\""]);
        // What would break the challenge, and what is no age.
        for wrong in ["acr_values=a%22b", "acr_values=%C3%A4", "max_age=-1", "max_age=soon", "max_age=1&max_age=2", "%"]
        {
            let answer = server.get_with(&demanding(wrong), &first).await;
            assert_eq!((answer.status, answer.header("www-authenticate")), (400, ""), "{wrong}: {answer:?}");
        }
    })
    .await;
}

/// A server for work has it only where it was told so.
#[tokio::test]
async fn other_servers_have_none() {
    let server = TestApp::build().config(|config| config.resource = false).start().await;
    assert_eq!(server.send(Request::get(PATH)).await.status, 404);
}
