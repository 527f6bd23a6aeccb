//! Where a world answers besides: as its seed says, in that layout, and nobody else there.

use http::Method;
use serde_json::{Value, json};
use testkit::{TestApp, claims, parameters};

use super::world::{CALLBACK, call, made, text};

fn body(mounts: &Value) -> Value {
    let application = json!({
        "name": "Portal", "enabled": true, "type": "WEB_APP", "protocol": "OPENID_CONNECT",
        "clientId": "portal", "clientSecret": "portal-secret-of-a-test-0123456789",
        "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC", "grantTypes": ["CLIENT_CREDENTIALS"],
        "grants": [{ "resource": { "name": "orders" }, "scopes": [{ "name": "orders:read" }] }],
    });
    json!({ "seed": {
        "tokenProfile": "SPRING",
        "resources": [{ "name": "orders", "audience": "https://orders.test", "scopes": [{ "name": "orders:read" }] }],
        "applications": [application],
        "mounts": mounts,
    } })
}

/// All of a mount: tokens, documents, recorder, next answers, minted tokens; whatever happens until the world ends.
#[tokio::test]
async fn a_world_answers_where_its_seed_says() {
    let server = TestApp::inside().await;
    let world = made(&server, &body(&json!([{ "path": "/shop", "layout": "spring" }, { "path": "/own/shop" }]))).await;
    let client = ("portal", "portal-secret-of-a-test-0123456789");
    let own = [("grant_type", "client_credentials"), ("scope", "orders:read")];
    let token = async |path: &str| server.form_basic(path, client, &own).await;
    let access = token("/shop/oauth2/token").await.text_of("access_token");
    assert_eq!(claims(&access)["iss"], server.url("/shop"));
    let below = token("/own/shop/as/token").await.text_of("access_token");
    assert_eq!(claims(&below)["iss"], server.url("/own/shop/as"));
    for (path, issuer) in [
        ("/shop/.well-known/openid-configuration", "/shop"),
        ("/.well-known/oauth-authorization-server/shop", "/shop"),
        ("/own/shop/as/.well-known/openid-configuration", "/own/shop/as"),
    ] {
        assert_eq!(server.get(path).await.expect(200)["issuer"], server.url(issuer), "{path}");
    }
    // What was signed at one address is introspected at the other.
    let told = server.form_basic(&world.at("introspect"), client, &[("token", &access)]).await.expect(200);
    assert_eq!(told["active"], true);
    let minted = world.control(Method::POST, "/tokens", Some(&json!({ "kind": "access" }))).await.expect(201);
    assert_eq!(minted["claims"]["iss"], server.url("/shop"));
    let asked = world.control(Method::GET, "/requests?endpoint=token", None).await.expect(200);
    let paths: Vec<&Value> = asked["requests"].as_array().unwrap().iter().map(|request| &request["path"]).collect();
    assert_eq!(paths, ["/shop/oauth2/token", "/own/shop/as/token"]);
    let choice = json!({ "endpoint": "token", "refuse": "secret_wrong" });
    world.control(Method::POST, "/next", Some(&choice)).await.expect(201);
    assert_eq!(token("/shop/oauth2/token").await.expect(401)["error"], "invalid_client");
    world.control(Method::POST, "/reset", None).await;
    token("/shop/oauth2/token").await.expect(200);
    assert_eq!(server.get("/shop/oauth2/token").await.status, 405);
    for path in ["/shop/oauth2/tokens", "/shops/oauth2/token", "/own/oauth2/token", "/shop"] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
    assert_eq!(world.control(Method::DELETE, "", None).await.status, 204);
    assert_eq!(token("/shop/oauth2/token").await.status, 404);
    made(&server, &body(&json!([{ "path": "/shop", "layout": "spring" }]))).await;
    token("/shop/oauth2/token").await.expect(200);
}

/// People as well, where the first segment alone is the mount's, in each layout.
#[tokio::test]
async fn people_sign_on_where_a_world_is_mounted() {
    let server = TestApp::inside().await;
    for (path, layout, authorize, jwks) in [
        ("/wiki", "pingone", "/wiki/as/authorize", "/wiki/as/jwks"),
        ("/market", "spring", "/market/oauth2/authorize", "/market/oauth2/jwks"),
    ] {
        let mut body = body(&json!([{ "path": path, "layout": layout }]));
        let application = &mut body["seed"]["applications"][0];
        application["grantTypes"] = json!(["AUTHORIZATION_CODE"]);
        application["responseTypes"] = json!(["CODE"]);
        application["redirectUris"] = json!([CALLBACK]);
        body["seed"]["users"] =
            json!([{ "username": "ann", "password": "Correct-Horse-7-Battery", "email": "ann@example.com" }]);
        made(&server, &body).await;
        server.get(jwks).await.expect(200);
        let browser = server.browser();
        let query = format!("client_id=portal&response_type=code&scope=openid&redirect_uri={CALLBACK}");
        let address = browser.get(&format!("{authorize}?{query}")).await.leads(302);
        assert!(address.contains(&format!("{path}/signon?")), "{address}");
        let page = browser.get(&address).await;
        let (flow, csrf) = (page.hidden("flowId"), page.hidden("csrf"));
        let typed = [("flowId", &*flow), ("csrf", &csrf), ("username", "ann"), ("password", "Correct-Horse-7-Battery")];
        let resume = browser.submit(&format!("{path}/signon"), &typed).await.leads(303);
        let back = browser.get(&resume).await.leads(302);
        assert!(back.starts_with(CALLBACK) && parameters(&back).contains_key("code"), "{back}");
        server.get(&format!("{path}/flows/{flow}")).await.expect(200);
    }
}

#[tokio::test]
async fn a_mount_that_cannot_be_is_told_with_its_place() {
    let server = TestApp::inside().await;
    made(&server, &body(&json!([{ "path": "/shop/one" }]))).await;
    let before = call(&server, Method::GET, "/worlds", None).await.expect(200);
    for (mounts, status, at) in [
        (json!([{ "path": "/free" }, { "path": "/shop/one" }]), 409, "seed.mounts[1].path"),
        (json!([{ "path": "/shop" }]), 409, "seed.mounts[0].path"),
        (json!([{ "path": "/shop/one/more" }]), 409, "seed.mounts[0].path"),
        (json!([{ "path": "/ms-auth-server", "layout": "spring" }]), 409, "seed.mounts[0].path"),
        (json!([{ "path": "/free" }, { "path": "/free", "layout": "spring" }]), 409, "seed.mounts[1].path"),
        (json!([{ "path": "/dev" }]), 400, "seed.mounts[0].path"),
        (json!([{ "path": "shop" }]), 400, "seed.mounts[0].path"),
        (json!([{ "path": "/a b" }]), 400, "seed.mounts[0].path"),
        (json!([{ "layout": "spring" }]), 400, "seed.mounts[0].path"),
        (json!([{ "path": "/free", "layout": "keycloak" }]), 400, "seed.mounts[0].layout"),
        (json!([{ "path": 1 }]), 400, "seed.mounts[0].path"),
        (json!([{ "path": "/free", "colour": "red" }]), 400, "seed.mounts[0].colour"),
        (json!({ "path": "/free" }), 400, "seed.mounts"),
    ] {
        let answer = call(&server, Method::POST, "/worlds", Some(&body(&mounts))).await;
        assert_eq!((answer.status, answer.body["at"].as_str()), (status, Some(at)), "{}", answer.text);
        assert!(text(&answer.body["message"]).len() > 10, "{}", answer.text);
    }
    assert_eq!(call(&server, Method::GET, "/worlds", None).await.expect(200), before, "nothing of them is there");
    // What was refused holds no path.
    let mut wrong = body(&json!([{ "path": "/free" }]));
    wrong["seed"]["applications"][0]["grants"][0]["resource"]["name"] = json!("nothing");
    assert_eq!(call(&server, Method::POST, "/worlds", Some(&wrong)).await.status, 400);
    made(&server, &body(&json!([{ "path": "/free" }]))).await;
}
