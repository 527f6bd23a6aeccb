//! Redirect URIs of any port of this machine, which a developer's server alone takes and compares.

use engine::bootstrap::dev;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, SANDBOX, TestApp, parameters};

async fn register(server: &TestApp, uris: &[&str]) -> Answer {
    let path = format!("/environments/{SANDBOX}/applications/{}", dev::SHARED_WEB_APPLICATION);
    let mut body: Value = server.manage(Method::GET, &path, None).await.expect(200);
    body["redirectUris"] = json!(uris);
    body["postLogoutRedirectUris"] = json!(uris);
    server.manage(Method::PUT, &path, Some(&body)).await
}

async fn ask(server: &TestApp, uri: &str) -> Answer {
    let uri = testkit::encode(&[("redirect_uri", uri)]);
    let query = format!("response_type=code&client_id={}&scope=openid&{uri}", dev::SHARED_WEB_APPLICATION);
    server.browser().get(&format!("{}?{query}", server.at("authorize"))).await
}

/// RFC 8252 §7.3 for whoever writes `localhost`: the code goes to whichever port asked for it, and is redeemed for it alone (RU-14).
#[tokio::test]
async fn an_application_registers_every_port_of_this_machine() {
    let server = TestApp::inside().await;
    register(&server, &["http://localhost:*"]).await.expect(200);
    let settings = testkit::Request::new("PUT", format!("/dev/v1/worlds/{SANDBOX}/settings"));
    server.send(settings.json(&json!({ "autoSignOn": dev::USERNAME }))).await.expect(200);
    let uri = "http://localhost:4711/any/callback?of=mine";
    let to = ask(&server, uri).await.leads(302);
    assert!(to.starts_with(&format!("{uri}&code=")), "{to}");
    let code = parameters(&to)["code"].clone();
    let form = |uri: &str| {
        let fields = [("grant_type", "authorization_code"), ("code", &*code), ("redirect_uri", uri)];
        format!("{}&{}", testkit::encode(&fields), testkit::shared())
    };
    server
        .encoded(&server.at("token"), &form("http://localhost:4712/any/callback"))
        .await
        .is_refused(400, "invalid_grant");
    server.encoded(&server.at("token"), &form(uri)).await.expect(200);
    // Signed off, the person comes back to any port as well.
    let back = testkit::encode(&[("post_logout_redirect_uri", "http://127.0.0.1:5/bye")]);
    let off = server
        .browser()
        .get(&format!("{}?client_id={}&{back}", server.at("signoff"), dev::SHARED_WEB_APPLICATION))
        .await;
    assert!(off.leads(302).starts_with("http://127.0.0.1:5/bye"));
    for other in ["http://evil.example:4711/", "http://localhost.evil.example/", "https://localhost:4711/"] {
        assert_eq!(ask(&server, other).await.status, 400, "{other}");
    }
}

/// A flow that was driven without an address: the code may name any port that is registered, and no other address (AC-09).
#[tokio::test]
async fn a_code_that_went_nowhere_is_redeemed_for_any_port() {
    let server = TestApp::inside().await;
    register(&server, &["http://localhost:*"]).await.expect(200);
    for (uri, status) in [("http://localhost:4711/cb", 200), ("http://localhost.evil.example:4711/cb", 400)] {
        let unsent = |code: &mut protocol::change::Code| {
            (code.redirect_uri, code.redirect_uri_sent, code.challenge) = (None, false, None);
        };
        let code = server.code(unsent).await;
        let fields = [("grant_type", "authorization_code"), ("code", &*code), ("redirect_uri", uri)];
        let form = format!("{}&{}", testkit::encode(&fields), testkit::shared());
        assert_eq!(server.encoded(&server.at("token"), &form).await.status, status, "{uri}");
    }
}

/// RU: what stands in the database of a developer's server is no more than a text on another.
#[tokio::test]
async fn no_other_server_takes_it() {
    let server = TestApp::inside().await;
    register(&server, &["http://localhost:*"]).await.expect(200);
    let other = TestApp::build().over(server.base.store.clone()).again().config(|config| config.developer = false);
    let other = other.start().await;
    assert_eq!(ask(&other, "http://localhost:4711/callback").await.status, 400);
    register(&other, &["http://localhost:*"]).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "redirectUris[0]");
    for uri in ["http://*:1/", "http://localhost:*/*/x", "https://localhost:*"] {
        assert_eq!(register(&server, &[uri]).await.status, 400, "{uri}");
    }
}
