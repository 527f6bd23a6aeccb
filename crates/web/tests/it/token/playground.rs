//! The layout and profile of the `ms-auth-server` dialect, as recorded from a Spring Authorization TestApp.

use engine::bootstrap::dev;
use jose::{Alg, SigningKey, b64};
use serde_json::json;

use testkit::{Answer, TestApp, claims, shared};

const TOKEN: &str = "/ms-auth-server/oauth2/token";
const JWT_CLIENT: &str = "client_id=service-client-jwt&client_secret=service-client-jwt-secret";
const OPAQUE_CLIENT: &str = "client_id=user-client-opaque&client_secret=user-client-secret";

async fn ask(server: &TestApp, client: &str, more: &str) -> Answer {
    server.encoded(TOKEN, &format!("grant_type=client_credentials&{client}{more}")).await
}

#[tokio::test]
async fn the_seeds_request() {
    let server = TestApp::inside().await;
    let answer = ask(&server, JWT_CLIENT, "&scope=country.read+customer.read+customer.write").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/json;charset=UTF-8");
    assert_eq!(answer.header("cache-control"), "no-cache, no-store, max-age=0, must-revalidate");
    for (name, value) in
        [("pragma", "no-cache"), ("expires", "0"), ("x-xss-protection", "0"), ("x-frame-options", "DENY")]
    {
        assert_eq!(answer.header(name), value);
    }
    let token = answer.text_of("access_token");
    let shape = format!(
        r#"{{"access_token":"{token}","scope":"country.read customer.read customer.write","token_type":"Bearer","expires_in":14400}}"#
    );
    assert_eq!(answer.text, shape);
    let claims = claims(&token);
    assert_eq!((&claims["sub"], &claims["aud"]), (&json!("service-client-jwt"), &json!("service-client-jwt")));
    assert_eq!(claims["scope"], json!(["country.read", "customer.read", "customer.write"]));
    assert_eq!(claims["iss"], "http://auth.test/ms-auth-server");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 14_400);
    assert_eq!(claims["nbf"], claims["iat"]);
}

#[tokio::test]
async fn without_a_scope_none_is_granted_or_printed() {
    let server = TestApp::inside().await;
    let answer = ask(&server, OPAQUE_CLIENT, "").await;
    assert_eq!(answer.text_of("access_token").len(), 128);
    assert!(answer.body.get("scope").is_none());
    assert!(claims(&ask(&server, JWT_CLIENT, "&scope=").await.text_of("access_token")).get("scope").is_none());
}

#[tokio::test]
async fn errors_as_recorded() {
    let server = TestApp::inside().await;
    let table = [
        (
            "grant_type=client_credentials&client_id=service-client-jwt&client_secret=x",
            401,
            r#"{"error":"invalid_client"}"#,
        ),
        ("grant_type=client_credentials&client_id=nobody&client_secret=x", 401, r#"{"error":"invalid_client"}"#),
        (
            "grant_type=client_credentials&client_id=service-client-jwt&client_secret=service-client-jwt-secret&scope=unknown",
            400,
            r#"{"error":"invalid_scope"}"#,
        ),
        ("client_id=a&client_id=b", 400, r#"{"error":"invalid_request"}"#),
        (
            "client_id=service-client-jwt&client_secret=service-client-jwt-secret",
            400,
            r#"{"error_description":"OAuth 2.0 Parameter: grant_type","error":"invalid_request","error_uri":"https://datatracker.ietf.org/doc/html/rfc6749#section-5.2"}"#,
        ),
        (
            "grant_type=password&client_id=service-client-jwt&client_secret=service-client-jwt-secret",
            400,
            r#"{"error_description":"OAuth 2.0 Parameter: grant_type","error":"unsupported_grant_type","error_uri":"https://datatracker.ietf.org/doc/html/rfc6749#section-5.2"}"#,
        ),
    ];
    for (body, status, text) in table {
        let answer = server.encoded(TOKEN, body).await;
        assert_eq!((answer.status, answer.text.as_str()), (status, text), "{body}");
    }
    // A grant type without a value, or in the query alone, is one that Spring does not know; PingOne's layout misses it.
    let elsewhere = format!("{TOKEN}?grant_type=client_credentials&scope=country.read");
    for (path, body) in [(elsewhere.as_str(), JWT_CLIENT.to_owned()), (TOKEN, format!("grant_type=&{JWT_CLIENT}"))] {
        server.encoded(path, &body).await.is_refused(400, "unsupported_grant_type");
    }
    let own = format!("{}?grant_type=client_credentials", server.at("token"));
    server.encoded(&own, &shared()).await.is_refused(400, "invalid_request");
    // Not taken from there: RFC 6749 §2.3.
    let body = format!("grant_type=client_credentials&{JWT_CLIENT}");
    let both = server.encoded_basic(TOKEN, ("service-client-jwt", "service-client-jwt-secret"), &body).await;
    both.is_refused(400, "invalid_request");
}

#[tokio::test]
async fn introspection_and_revocation_as_recorded() {
    let server = TestApp::inside().await;
    let introspect = "/ms-auth-server/oauth2/introspect";
    let revoke = "/ms-auth-server/oauth2/revoke";
    for (client, id) in [(JWT_CLIENT, "service-client-jwt"), (OPAQUE_CLIENT, "user-client-opaque")] {
        let token = ask(&server, client, "&scope=country.read").await.text_of("access_token");
        for asking in [JWT_CLIENT, OPAQUE_CLIENT] {
            let told = server.encoded(introspect, &format!("token={token}&{asking}")).await;
            let iat = server.now().secs();
            let jti = told.text_of("jti");
            let shape = format!(
                r#"{{"active":true,"sub":"{id}","aud":["{id}"],"nbf":{iat},"scope":"country.read","iss":"http://auth.test/ms-auth-server","exp":{},"iat":{iat},"jti":"{jti}","client_id":"{id}","token_type":"Bearer"}}"#,
                iat + 14_400
            );
            assert_eq!((told.text.as_str(), told.header("content-type")), (shape.as_str(), "application/json"));
        }
        let other = if client == JWT_CLIENT { OPAQUE_CLIENT } else { JWT_CLIENT };
        let refused = server.encoded(revoke, &format!("token={token}&{other}")).await;
        assert_eq!((refused.status, refused.text.as_str()), (400, r#"{"error":"invalid_client"}"#));
        let revoked = server.encoded(revoke, &format!("token={token}&{client}")).await;
        assert_eq!((revoked.status, revoked.text.as_str(), revoked.header("content-type")), (200, "", ""));
        assert_eq!(server.encoded(introspect, &format!("token={token}&{client}")).await.text, r#"{"active":false}"#);
    }
}

/// CJ-03: as the playground's programs make it: for the token endpoint, without a `jti`, and shown a second time at revocation.
#[tokio::test]
async fn clients_with_a_key_are_served() {
    let server = TestApp::inside().await;
    let key = SigningKey::from_pkcs8(Alg::Es256, &b64::decode(dev::PLAYGROUND_KEY).unwrap()).unwrap();
    for client in ["privatekey-jwt-client-opaque", "privatekeyjwt_jwt_client"] {
        let exp = server.now().secs() + 300;
        let claims = json!({ "iss": client, "sub": client, "aud": server.url(TOKEN), "exp": exp }).to_string();
        let assertion = key.sign(None, claims.as_bytes()).unwrap();
        let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
        let proof = format!("client_id={client}&client_assertion_type={kind}&client_assertion={assertion}");
        let answer = ask(&server, &proof, "&scope=country.read").await;
        let token = answer.expect(200)["access_token"].as_str().unwrap().to_owned();
        let introspect = "/ms-auth-server/oauth2/introspect";
        let told = server.encoded(introspect, &format!("token={token}&{proof}")).await.expect(200);
        assert_eq!((&told["active"], &told["client_id"]), (&json!(true), &json!(client)));
        let revoked = server.encoded("/ms-auth-server/oauth2/revoke", &format!("token={token}&{proof}")).await;
        assert_eq!((revoked.status, revoked.text.as_str()), (200, ""));
        let told = server.encoded(introspect, &format!("token={token}&{proof}")).await;
        assert_eq!(told.text, r#"{"active":false}"#);
        ask(&server, &format!("{}x", &proof[..proof.len() - 1]), "").await.is_refused(401, "invalid_client");
    }
}
