//! What the metadata says and what may be registered is the same.

use http::Method;
use serde_json::json;
use testkit::{Request, SANDBOX, TestApp};

/// Back-Channel Logout §2.1 and §2.2, Front-Channel Logout §2 and §3; SS-01: an address is judged where it is registered.
#[tokio::test]
async fn clients_register_where_they_are_told() {
    let server = TestApp::build().strict().start().await;
    let path = format!("/environments/{SANDBOX}");
    let mut environment = server.manage(Method::GET, &path, None).await.expect(200);
    environment["clientRegistration"] = json!("OPEN");
    server.manage(Method::PUT, &path, Some(&environment)).await.expect(200);
    let document = server.get(&server.at(".well-known/openid-configuration")).await.expect(200);
    for channel in ["backchannel", "frontchannel"] {
        assert_eq!(document[format!("{channel}_logout_supported")], true);
        assert_eq!(document[format!("{channel}_logout_session_supported")], true);
    }
    let wanted = json!({
        "redirect_uris": ["https://client.example/callback"],
        "backchannel_logout_uri": "https://told.example/logout",
        "backchannel_logout_session_required": true,
        "frontchannel_logout_uri": "https://client.example/gone",
        "frontchannel_logout_session_required": true,
    });
    let register = async |body: &serde_json::Value| server.send(Request::post(server.at("register")).json(body)).await;
    let registered = register(&wanted).await.expect(201);
    for (name, value) in wanted.as_object().unwrap() {
        assert_eq!(&registered[name], value, "{name}");
    }
    for (name, value) in [
        ("backchannel_logout_uri", json!("http://told.example/logout")),
        ("backchannel_logout_uri", json!("https://told.example/#part")),
        ("backchannel_logout_uri", json!(7)),
        ("backchannel_logout_session_required", json!("yes")),
        ("frontchannel_logout_uri", json!("https://evil.example/gone")),
        ("frontchannel_logout_session_required", json!([])),
    ] {
        let mut body = wanted.clone();
        body[name] = value;
        let refused = register(&body).await;
        refused.is_refused(400, "invalid_client_metadata");
        assert!(refused.member("error_description").contains(name), "{name}: {refused:?}");
    }
}
