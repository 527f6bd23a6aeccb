//! Software statements, over HTTP (RFC 7591 §2.3, §3.1.1).

use engine::fetch::Outbound;
use jose::{Alg, SigningKey, b64};
use protocol::refusal::Reason;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Request, SANDBOX, TestApp, each_store};

use super::{CALLBACK, allow, asking, call, holder, open, reason, register, setting, text};
use crate::token::assertions::set;

const MAKER: &str = "https://directory.example";

async fn trust(server: &TestApp, members: Value) -> Answer {
    let mut body = json!({ "name": "The directory", "type": "SOFTWARE_STATEMENT", "issuer": MAKER });
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    server.manage(Method::POST, &format!("/environments/{SANDBOX}/trustedIssuers"), Some(&body)).await
}

/// What a good statement says.
fn said() -> Value {
    json!({
        "iss": MAKER, "iat": 1, "software_id": "4711", "software_version": "1.0", "client_name": "The known software",
        "redirect_uris": ["https://known.example/cb"],
    })
}

fn with(mut value: Value, members: Value) -> Value {
    let Value::Object(members) = members else { panic!("members are an object") };
    for (name, member) in members {
        if member == "absent" {
            value.as_object_mut().unwrap().remove(&name);
        } else {
            value[name] = member;
        }
    }
    value
}

fn signed(key: &SigningKey, claims: &Value) -> String {
    key.sign(None, claims.to_string().as_bytes()).unwrap()
}

/// RFC 7591 §3.1.1, §3.2.1: what the statement says stands in place of what the client says, and it is told as it came; so it is after
/// every change (RFC 7592 §2.2).
#[tokio::test]
async fn a_statement_stands_in_place_of_what_the_client_says() {
    each_store(|server| async move {
        allow(&server, "OPEN").await;
        let key = SigningKey::generate(Alg::Es256).unwrap();
        trust(&server, json!({ "jwks": set(&[&key]) })).await.expect(201);
        let own = json!({
            "client_id": "mine", "client_secret": "mine", "enabled": false, "registration_access_token": "mine",
            "grant_types": ["authorization_code", "client_credentials"], "software_statement": "mine", "tos_uri": null,
        });
        let statement = signed(&key, &with(said(), own));
        let wanted = with(
            asking(),
            json!({
                "software_statement": statement, "software_id": "0", "client_name": "Another name",
                "grant_types": ["refresh_token"], "tos_uri": "https://client.example/terms",
            }),
        );
        let registered = register(&server, &wanted).await.expect(201);
        let holds = |registered: &Value| {
            assert_eq!(registered["software_statement"], json!(statement));
            assert_eq!(registered["redirect_uris"], json!(["https://known.example/cb"]));
            assert_eq!((&registered["software_id"], &registered["software_version"]), (&json!("4711"), &json!("1.0")));
            assert_eq!(registered["client_name"], "The known software");
            // CR-07: it gives nothing that the client would not be given without it; CR-02.
            assert_eq!(registered["grant_types"], json!(["authorization_code"]));
            assert!(registered["client_id"] != "mine" && registered["client_secret"] != "mine");
        };
        holds(&registered);
        assert_eq!(registered["tos_uri"], "https://client.example/terms", "what the statement does not say");
        assert_eq!(call(&server, Method::GET, &registered, None).await.expect(200), registered);
        // It is kept, and holds, whatever a change sends, and although it has ended since.
        server.wait(400 * 86_400);
        let mut change = with(asking(), json!({ "client_id": registered["client_id"], "software_id": "0" }));
        for sent in [json!("absent"), json!(null), json!(statement)] {
            change = with(change, json!({ "software_statement": sent, "tos_uri": "absent" }));
            let replaced = call(&server, Method::PUT, &registered, Some(&change)).await.expect(200);
            holds(&replaced);
            assert!(replaced.get("tos_uri").is_none());
        }
    })
    .await;
}

/// CR-01, CJ-01, CJ-05, CJ-13, CJ-17, CJ-22: what is no statement of an issuer that is trusted, for this server and now, registers nothing.
#[tokio::test]
async fn a_statement_that_does_not_hold_registers_nothing() {
    let server = open().await;
    let (key, other) = (SigningKey::generate(Alg::Es256).unwrap(), SigningKey::generate(Alg::Es256).unwrap());
    trust(&server, json!({ "jwks": set(&[&key]), "softwareIds": ["4711"] })).await.expect(201);
    let ci = json!({ "name": "ci", "issuer": "https://ci.example", "jwks": set(&[&key]), "workloads": [] });
    server.manage(Method::POST, &format!("/environments/{SANDBOX}/trustedIssuers"), Some(&ci)).await.expect(201);
    let now = server.now().secs();
    let (bad, foreign) = (Reason::SoftwareStatementInvalid, Reason::SoftwareStatementUnapproved);
    let good = |members: Value| signed(&key, &with(said(), members));
    let headed = |header: Value| key.sign_under(header.to_string().as_bytes(), said().to_string().as_bytes()).unwrap();
    let unsigned = |alg: &str, mac: &[u8]| {
        let part = |value: Value| b64::encode(value.to_string().as_bytes());
        format!("{}.{}.{}", part(json!({ "alg": alg })), part(said()), b64::encode(mac))
    };
    // The public key as the secret of a MAC (RFC 8725 §2.1).
    let secret = jose::digest::HmacKey::new(set(&[&key]).as_bytes());
    let maced = {
        let part = |value: Value| b64::encode(value.to_string().as_bytes());
        let input = format!("{}.{}", part(json!({ "alg": "HS256", "kid": key.kid() })), part(said()));
        format!("{input}.{}", b64::encode(&jose::digest::hmac_sha256(&secret, input.as_bytes())))
    };
    let table = [
        (json!(7), bad),
        (json!("none"), bad),
        (json!(""), bad),
        (json!("e30.e30."), bad),
        (json!(unsigned("none", b"")), bad),
        (json!(unsigned("ES256", b"")), bad),
        (json!(maced), bad),
        (json!(signed(&other, &said())), bad),
        (json!(signed(&other.clone().with_kid(key.kid().to_owned()), &said())), bad),
        (json!(headed(json!({ "alg": "ES256", "kid": key.kid(), "typ": "at+jwt" }))), bad),
        (json!(headed(json!({ "alg": "ES256", "kid": key.kid(), "typ": "dpop+jwt" }))), bad),
        (json!(headed(json!({ "alg": "ES256", "kid": key.kid(), "crit": ["x"], "x": 1 }))), bad),
        (json!(good(json!({ "exp": now - 120 }))), bad),
        (json!(good(json!({ "exp": "soon" }))), bad),
        (json!(good(json!({ "iat": now + 3_600 }))), bad),
        (json!(good(json!({ "nbf": now + 3_600 }))), bad),
        (json!(good(json!({ "aud": "https://elsewhere.example" }))), bad),
        (json!(good(json!({ "aud": [] }))), bad),
        (json!(good(json!({ "aud": 1 }))), bad),
        (json!(good(json!({ "client_name": "x".repeat(20_000) }))), bad),
        (json!(good(json!({ "iss": "absent" }))), foreign),
        (json!(good(json!({ "iss": 1 }))), foreign),
        (json!(good(json!({ "iss": "https://directory.example/" }))), foreign),
        (json!(good(json!({ "iss": "https://evil.example" }))), foreign),
        (json!(good(json!({ "iss": "https://ci.example" }))), foreign),
        (json!(good(json!({ "software_id": "0815" }))), foreign),
        (json!(good(json!({ "software_id": "absent" }))), foreign),
    ];
    for (statement, expected) in table {
        let answer = register(&server, &with(asking(), json!({ "software_statement": statement }))).await;
        let error = if expected == bad { "invalid_software_statement" } else { "unapproved_software_statement" };
        answer.is_refused(400, error);
        assert_eq!(reason(&server, &answer).await, expected, "{statement}");
        assert!(!answer.text.contains("known") && !answer.text.contains("evil"), "{}", answer.text);
    }
}

/// CR-03, CR-05, CR-13: what a statement says is judged as what a client says, and told by the member.
#[tokio::test]
async fn what_a_statement_says_is_judged() {
    let server = open().await;
    let (key, other) = (SigningKey::generate(Alg::Es256).unwrap(), SigningKey::generate(Alg::Es256).unwrap());
    trust(&server, json!({ "jwks": set(&[&key]) })).await.expect(201);
    let (now, here) = (server.now().secs(), server.app.site(SANDBOX).issuer);
    let good = |members: Value| signed(&key, &with(said(), members));
    for members in
        [json!({}), json!({ "aud": here }), json!({ "aud": ["https://elsewhere.example", here], "exp": now + 60 })]
    {
        register(&server, &with(asking(), json!({ "software_statement": good(members) }))).await.expect(201);
    }
    let keys = json!({ "jwks_uri": "https://known.example/keys", "token_endpoint_auth_method": "private_key_jwt" });
    for (says, sends, error) in [
        (json!({ "redirect_uris": ["javascript:alert(1)"] }), json!({}), "invalid_redirect_uri"),
        (json!({ "id_token_signed_response_alg": "none" }), json!({}), "invalid_client_metadata"),
        (json!({ "client_name": "a\u{202e}b" }), json!({}), "invalid_client_metadata"),
        // Nobody brings keys of their own beside those that the software has.
        (keys, json!({ "jwks": serde_json::from_str::<Value>(&set(&[&other])).unwrap() }), "invalid_client_metadata"),
    ] {
        let wanted = with(with(asking(), sends), json!({ "software_statement": good(says) }));
        register(&server, &wanted).await.is_refused(400, error);
    }
}

/// RFC 7592 §2.2: a client rids itself of what its statement says by none: neither by leaving it out nor by showing another one.
#[tokio::test]
async fn another_statement_is_of_the_same_software() {
    let server = open().await;
    let key = SigningKey::generate(Alg::Es256).unwrap();
    trust(&server, json!({ "jwks": set(&[&key]) })).await.expect(201);
    trust(&server, json!({ "jwks": set(&[&key]), "issuer": "https://lax.example" })).await.expect(201);
    let first = with(asking(), json!({ "software_statement": signed(&key, &said()) }));
    let registered = register(&server, &first).await.expect(201);
    let change = |claims: Value| {
        let statement = signed(&key, &with(said(), claims));
        with(asking(), json!({ "client_id": registered["client_id"], "software_statement": statement }))
    };
    for other in
        [json!({ "iss": "https://lax.example" }), json!({ "software_id": "0815" }), json!({ "software_id": "absent" })]
    {
        let answer = call(&server, Method::PUT, &registered, Some(&change(other))).await;
        answer.is_refused(400, "unapproved_software_statement");
    }
    let expired = change(json!({ "exp": 1 }));
    call(&server, Method::PUT, &registered, Some(&expired)).await.is_refused(400, "invalid_software_statement");
    let newer = change(json!({ "software_version": "2.0", "redirect_uris": "absent" }));
    let replaced = call(&server, Method::PUT, &registered, Some(&newer)).await.expect(200);
    assert_eq!((&replaced["software_version"], &replaced["redirect_uris"]), (&json!("2.0"), &json!([CALLBACK])));
    // The first statement is not what holds any more, and is good as one that is shown anew.
    let again = with(first, json!({ "client_id": registered["client_id"] }));
    let replaced = call(&server, Method::PUT, &registered, Some(&again)).await.expect(200);
    assert_eq!(replaced["redirect_uris"], json!(["https://known.example/cb"]));
}

/// CR-01: an environment may register none without one; what was registered before is changed with one as well.
#[tokio::test]
async fn an_environment_may_demand_a_statement() {
    let server = open().await;
    let before = register(&server, &asking()).await.expect(201);
    let changed = setting(&server, json!({ "softwareStatementRequired": true })).await;
    assert_eq!(changed["softwareStatementRequired"], true);
    let key = SigningKey::generate(Alg::Es256).unwrap();
    trust(&server, json!({ "jwks": set(&[&key]) })).await.expect(201);
    let told = register(&server, &asking()).await;
    told.is_refused(400, "invalid_client_metadata");
    assert!(told.member("error_description").starts_with("software_statement must be sent"), "{}", told.text);
    let administrator = Request::post(server.at("register")).json(&asking()).bearer_auth(server.worker_token().await);
    server.send(administrator).await.is_refused(400, "invalid_client_metadata");
    let own = with(asking(), json!({ "client_id": before["client_id"] }));
    call(&server, Method::PUT, &before, Some(&own)).await.is_refused(400, "invalid_client_metadata");
    let statement = json!({ "software_statement": signed(&key, &said()) });
    call(&server, Method::PUT, &before, Some(&with(own, statement.clone()))).await.expect(200);
    register(&server, &with(asking(), statement)).await.expect(201);
}

/// Copies of a public client with one statement are one client, and each is told the statement.
#[tokio::test]
async fn copies_with_one_statement_are_one_client() {
    let server = open().await;
    let key = SigningKey::generate(Alg::Es256).unwrap();
    trust(&server, json!({ "jwks": set(&[&key]) })).await.expect(201);
    let wanted = |claims: Value| {
        let statement = signed(&key, &with(said(), claims));
        with(asking(), json!({ "software_statement": statement, "token_endpoint_auth_method": "none" }))
    };
    let (one, other) = (wanted(json!({})), wanted(json!({ "iat": 2 })));
    let first = register(&server, &one).await.expect(201);
    assert_eq!(register(&server, &one).await.expect(201), first);
    assert_eq!(first["software_statement"], one["software_statement"]);
    assert_ne!(register(&server, &other).await.expect(201)["client_id"], first["client_id"]);
}

/// SS-03, CJ-32: keys at an address come by the one guarded way out. MG-05: whom statements are believed of is for whoever may make
/// applications to say, and what they name is judged.
#[tokio::test]
async fn whose_statements_count_is_for_administrators_to_say() {
    let server = TestApp::build().strict().config(|config| config.outbound = Outbound::default()).start().await;
    allow(&server, "OPEN").await;
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let jwks = set(&[&key]);
    let web = engine::bootstrap::dev::SHARED_WEB_APPLICATION.to_string();
    for (members, target) in [
        (json!({ "jwks": jwks, "singleUse": true }), "singleUse"),
        (json!({ "jwks": jwks, "workloads": [{ "subject": "a:b:c", "application": { "id": web } }] }), "workloads"),
        (json!({ "jwks": jwks, "issuer": "spiffe://a.example" }), "issuer"),
        (json!({ "jwks": jwks, "softwareIds": ["a\nb"] }), "softwareIds"),
        (json!({ "jwks": jwks, "type": "WORKLOAD", "softwareIds": ["a"] }), "softwareIds"),
        (json!({}), "jwks"),
    ] {
        let refused = trust(&server, members).await.expect(400);
        assert!(text(&refused["details"][0], "target").starts_with(target), "{refused}");
    }
    for (role, status) in
        [("Identity Data Admin", 403), ("Configuration Read Only", 403), ("Client Application Developer", 201)]
    {
        let body = json!({ "name": role, "type": "SOFTWARE_STATEMENT", "issuer": "https://d.example", "jwks": jwks });
        let path = format!("/v1/environments/{SANDBOX}/trustedIssuers");
        let token = holder(&server, role).await;
        server.send(Request::post(&path).json(&body).bearer_auth(&token)).await.expect(status);
    }
    server.world.outside.name("directory.example", &["93.184.216.34"]);
    server.world.outside.json("https://directory.example/keys", &jwks);
    trust(&server, json!({ "jwksUrl": "https://directory.example/keys" })).await.expect(201);
    server.world.outside.name("inside.example", &["169.254.169.254"]);
    trust(&server, json!({ "issuer": "https://inside.example", "jwksUrl": "https://inside.example/keys" }))
        .await
        .expect(201);
    for number in 0..3 {
        let statement = signed(&key, &with(said(), json!({ "jti": number.to_string() })));
        register(&server, &with(asking(), json!({ "software_statement": statement }))).await.expect(201);
    }
    assert_eq!(server.world.outside.asked().len(), 1, "the set is kept");
    let inside = signed(&key, &with(said(), json!({ "iss": "https://inside.example" })));
    let answer = register(&server, &with(asking(), json!({ "software_statement": inside }))).await;
    answer.is_refused(400, "invalid_software_statement");
    assert_eq!(server.world.outside.asked().len(), 1);
}
