//! Rich authorization requests over HTTP (RFC 9396): at the authorization endpoint, pushed, in a request object and at the token
//! endpoint; in tokens, answers, introspection and the metadata.

use engine::bootstrap::dev;
use jose::{Alg, SigningKey, Typ};
use protocol::change::{Change, Guard};
use protocol::id::{CorrelationId, ResourceId, ScopeId};
use protocol::model::{Resource, ResourceScope, ResourceType};
use protocol::refusal::Reason;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, SANDBOX, TestApp, claims, each_store, encode, parameters, shared};
use uuid::Uuid;

pub(crate) const BANK: &str = "https://bank.example/api";
const SHOP: &str = "https://shop.example/api";

pub(crate) fn payment(value: i64) -> Value {
    json!({ "type": "payment", "amount": value })
}

fn order(id: &str) -> Value {
    json!({ "type": "order", "id": id })
}

/// Lets strangers at the resource of payments: by the one scope that it has then.
pub(crate) async fn open(server: &TestApp) {
    let at = server.now();
    let scope = ResourceScope {
        id: ScopeId::new(Uuid::from_u128(0xb3)),
        environment: SANDBOX,
        resource: ResourceId::new(Uuid::from_u128(0xb1)),
        name: "payments".to_owned(),
        description: None,
        created_at: at,
        updated_at: at,
        ..ResourceScope::default()
    };
    server.furnish(vec![Change::put(scope, Guard::New)]).await;
    let path = format!("/environments/{SANDBOX}");
    let mut body = server.manage(Method::GET, &path, None).await.expect(200);
    body["foreignClientScopes"] = json!(["payments"]);
    server.manage(Method::PUT, &path, Some(&body)).await.expect(200);
}

/// Two resources, each with a type, which the shared web application may use.
pub(crate) async fn furnish(server: &TestApp) {
    let resource = |number: u128, audience: &str| {
        let at = server.now();
        let id = ResourceId::new(Uuid::from_u128(number));
        let resource = Resource {
            id,
            environment: SANDBOX,
            name: format!("Resource {number}"),
            description: None,
            kind: ResourceType::Custom,
            audience: Some(audience.into()),
            access_token_seconds: Some(600),
            created_at: at,
            updated_at: at,
            ..Resource::default()
        };
        Change::put(resource, Guard::New)
    };
    server.furnish(vec![resource(0xb1, BANK), resource(0xb2, SHOP)]).await;
    server.app.forget(SANDBOX);
    let amount = json!({ "properties": { "amount": { "type": "integer", "maximum": 100 } }, "required": ["amount"] });
    let id = json!({ "properties": { "id": { "type": "string", "maxLength": 8 } } });
    for (kind, resource, schema) in [("payment", 0xb1, amount), ("order", 0xb2, id)] {
        let body = json!({
            "type": kind, "resource": { "id": Uuid::from_u128(resource).to_string() }, "schema": schema,
            "description": format!("Words for {kind}"),
        });
        server.manage(Method::POST, &all(), Some(&body)).await.expect(201);
    }
    let members = json!({
        "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN", "CLIENT_CREDENTIALS"],
        "authorizationDetailsTypes": ["payment", "order"], "requestScopesForMultipleResourcesEnabled": true,
    });
    server.change(dev::SHARED_WEB_APPLICATION, members).await;
}

fn all() -> String {
    format!("/environments/{SANDBOX}/authorizationDetailsTypes")
}

fn named(details: &Value) -> String {
    encode(&[("authorization_details", &details.to_string())])
}

async fn token(server: &TestApp, grant: &str, more: &str) -> Answer {
    server.encoded(&server.at("token"), &format!("{grant}&{}&{more}", shared())).await
}

/// The code of a sign-on that asks for these details.
async fn code(server: &TestApp, details: &Value) -> String {
    let client = dev::SHARED_WEB_APPLICATION.to_string();
    let details = details.to_string();
    let fields = [
        ("client_id", client.as_str()),
        ("scope", "openid offline_access"),
        ("authorization_details", details.as_str()),
    ];
    let code = server.sign_on_with(&fields).await;
    format!("grant_type=authorization_code&code={code}&redirect_uri={}", dev::REDIRECT_URI)
}

/// What a token says that it is good for and for whom, as the answer and its introspection do.
async fn allowed(server: &TestApp, answer: &Answer) -> (Value, Value) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let token = answer.member("access_token");
    let told = claims(token);
    assert_eq!(told["authorization_details"], answer.body["authorization_details"]);
    let form = format!("token={token}&{}", shared());
    let introspected = server.encoded(&server.at("introspect"), &form).await.expect(200);
    assert_eq!(introspected["authorization_details"], told["authorization_details"]);
    (told["authorization_details"].clone(), told["aud"].clone())
}

async fn is_refused(server: &TestApp, answer: &Answer, reason: Reason) {
    answer.is_refused(400, "invalid_authorization_details");
    server.app.audit.flush().await;
    let correlation = CorrelationId::parse(answer.header("correlation-id")).unwrap();
    let mut told = server.app.store.explain(correlation).await.unwrap();
    assert_eq!(told.remove(0).event.refusal.unwrap().reason, reason);
}

/// RR-01, RR-07: what was authorized is in every token, in every answer; a token request names some of it, and no refresh has more.
#[tokio::test]
async fn what_is_authorized_is_told_everywhere_and_only_narrowed() {
    each_store(|server| async move {
        furnish(&server).await;
        let both = json!([payment(7), order("a")]);
        let grant = code(&server, &both).await;
        let first = token(&server, &grant, "").await;
        assert_eq!(allowed(&server, &first).await, (both.clone(), json!([BANK, SHOP])));
        let refresh =
            |answer: &Answer| format!("grant_type=refresh_token&refresh_token={}", answer.member("refresh_token"));
        let form = format!("token={}&{}", first.member("refresh_token"), shared());
        let introspected = server.encoded(&server.at("introspect"), &form).await.expect(200);
        assert_eq!(introspected["authorization_details"], both);
        // One of them, then all again: the authorization stays what it was.
        let one = json!([order("a")]);
        let narrowed = token(&server, &refresh(&first), &named(&one)).await;
        assert_eq!(allowed(&server, &narrowed).await, (one.clone(), json!([SHOP])));
        let named_bank = token(&server, &refresh(&narrowed), &encode(&[("resource", BANK)])).await;
        assert_eq!(allowed(&server, &named_bank).await, (json!([payment(7)]), json!([BANK])));
        let whole = token(&server, &refresh(&named_bank), "").await;
        assert_eq!(allowed(&server, &whole).await.0, both);
        for wider in [json!([payment(8)]), json!([order("a"), order("b")]), json!([{ "type": "order" }])] {
            let answer = token(&server, &refresh(&whole), &named(&wider)).await;
            is_refused(&server, &answer, Reason::AuthorizationDetailsWider).await;
        }
        // RT-10: what the application may not use any more is gone from what it was allowed.
        server.change(dev::SHARED_WEB_APPLICATION, json!({ "authorizationDetailsTypes": ["order"] })).await;
        let rest = token(&server, &refresh(&whole), "").await;
        assert_eq!(allowed(&server, &rest).await.0, one);
        // At the exchange of a code likewise.
        let grant = code(&server, &one).await;
        is_refused(
            &server,
            &token(&server, &grant, &named(&json!([order("c")]))).await,
            Reason::AuthorizationDetailsWider,
        )
        .await;
    })
    .await;
}

/// RT-10: where all of it was taken away nothing is left to give tokens for, and none is for what nobody was asked about.
#[tokio::test]
async fn a_grant_of_which_nothing_is_left_gives_nothing() {
    let server = TestApp::inside().await;
    furnish(&server).await;
    let grant = code(&server, &json!([payment(7)])).await;
    let (second, first) = (code(&server, &json!([payment(8)])).await, token(&server, &grant, "").await);
    assert_eq!(allowed(&server, &first).await.1, json!([BANK]));
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "authorizationDetailsTypes": ["order"] })).await;
    let refresh = format!("grant_type=refresh_token&refresh_token={}", first.member("refresh_token"));
    let own = server.app.config.api_url.clone();
    for more in [String::new(), encode(&[("scope", "openid")]), encode(&[("resource", &own)])] {
        let answer = token(&server, &refresh, &more).await;
        assert_eq!(answer.status, 400, "{more}: {answer:?}");
        is_refused(&server, &answer, Reason::AuthorizationDetailsInvalid).await;
    }
    is_refused(&server, &token(&server, &second, "").await, Reason::AuthorizationDetailsInvalid).await;
    // Given back, it counts again.
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "authorizationDetailsTypes": ["payment"] })).await;
    assert_eq!(allowed(&server, &token(&server, &refresh, "").await).await.1, json!([BANK]));
}

/// RR-01: an application asks in its own name.
#[tokio::test]
async fn an_application_asks_in_its_own_name() {
    each_store(|server| async move {
        furnish(&server).await;
        let asked = json!([payment(1)]);
        let answer = token(&server, "grant_type=client_credentials", &named(&asked)).await;
        assert_eq!(allowed(&server, &answer).await, (asked, json!([BANK])));
        assert!(answer.body["scope"].is_null(), "whoever names details asks for no scope");
        server.change(dev::SHARED_WEB_APPLICATION, json!({ "accessTokenFormat": "OPAQUE" })).await;
        let answer = token(&server, "grant_type=client_credentials", &named(&json!([order("x")]))).await;
        let form = format!("token={}&{}", answer.member("access_token"), shared());
        let introspected = server.encoded(&server.at("introspect"), &form).await.expect(200);
        assert_eq!(introspected["authorization_details"], json!([order("x")]));
    })
    .await;
}

/// RR-02, RR-03, RR-04, RR-05, RR-06: refused alike wherever it is asked.
#[tokio::test]
async fn what_no_schema_admits_is_refused_everywhere() {
    let server = TestApp::inside().await;
    furnish(&server).await;
    let client = dev::SHARED_WEB_APPLICATION.to_string();
    let bad = [
        json!([payment(101)]).to_string(),
        json!([{ "type": "payment" }]).to_string(),
        json!([{ "type": "payment", "amount": 1, "x": 1 }]).to_string(),
        json!([{ "type": "unknown" }]).to_string(),
        json!([order("longer than it may be")]).to_string(),
        json!({ "type": "order" }).to_string(),
        "[".repeat(1_000),
        "x".into(),
    ];
    for details in &bad {
        let fields = [("authorization_details", details.as_str())];
        let answer = token(&server, "grant_type=client_credentials", &encode(&fields)).await;
        is_refused(&server, &answer, Reason::AuthorizationDetailsInvalid).await;
        let fields = [
            ("client_id", client.as_str()),
            ("redirect_uri", dev::REDIRECT_URI),
            ("response_type", "code"),
            ("authorization_details", details.as_str()),
        ];
        let answer = server.get(&format!("{}?{}", server.at("authorize"), encode(&fields))).await;
        assert_eq!(parameters(answer.header("location"))["error"], "invalid_authorization_details", "{details}");
        let pushed = server
            .encoded(&server.at("par"), &format!("{}&client_secret={}", encode(&fields), dev::SHARED_WEB_SECRET))
            .await;
        is_refused(&server, &pushed, Reason::AuthorizationDetailsInvalid).await;
    }
    // A type of another application's.
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "authorizationDetailsTypes": [] })).await;
    let answer = token(&server, "grant_type=client_credentials", &named(&json!([order("a")]))).await;
    is_refused(&server, &answer, Reason::AuthorizationDetailsInvalid).await;
}

/// RFC 9396 §3: in a request object it is the list itself; pushed, it is a text as everywhere.
#[tokio::test]
async fn it_comes_pushed_and_in_a_request_object() {
    let server = TestApp::inside().await;
    furnish(&server).await;
    let key = SigningKey::generate(Alg::Es256).unwrap();
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "jwks": super::assertions::set(&[&key]) })).await;
    let (client, now) = (dev::SHARED_WEB_APPLICATION.to_string(), server.now().secs());
    let object = |details: Value| {
        let claims = json!({
            "iss": client, "aud": server.app.site(SANDBOX).issuer, "exp": now + 60, "client_id": client,
            "response_type": "code", "redirect_uri": dev::REDIRECT_URI, "authorization_details": details,
        });
        key.sign(Some(Typ::OauthAuthzReqJwt), claims.to_string().as_bytes()).unwrap()
    };
    let push = async |details: Value| {
        let form = format!("{}&request={}", shared(), object(details));
        server.encoded(&server.at("par"), &form).await
    };
    assert_eq!(push(json!([payment(1)])).await.status, 201);
    assert_eq!(push(json!(json!([payment(1)]).to_string())).await.status, 201);
    is_refused(&server, &push(json!([payment(101)])).await, Reason::AuthorizationDetailsInvalid).await;
}

/// RFC 9396 §10: what is there is advertised, by the server and by the resource.
#[tokio::test]
async fn what_is_there_is_advertised() {
    let server = TestApp::inside().await;
    let listed =
        async |path: String| server.get(&path).await.expect(200)["authorization_details_types_supported"].clone();
    let metadata = || format!("/{SANDBOX}/as/.well-known/openid-configuration");
    assert_eq!(listed(metadata()).await, Value::Null);
    furnish(&server).await;
    let mut types: Vec<Value> = listed(metadata()).await.as_array().unwrap().clone();
    types.sort_by_key(Value::to_string);
    assert_eq!(types, [json!("order"), json!("payment")]);
    let bank = format!("/{SANDBOX}/as/.well-known/oauth-protected-resource/{}", Uuid::from_u128(0xb1));
    assert_eq!(listed(bank).await, json!(["payment"]));
}

/// A schema is of the part that is understood, and its resource stays.
#[tokio::test]
async fn what_is_registered_is_judged() {
    let server = TestApp::inside().await;
    furnish(&server).await;
    let bank = json!({ "id": Uuid::from_u128(0xb1).to_string() });
    let whole = json!({ "type": "x", "resource": bank, "schema": {} });
    for (members, target) in [
        (json!({ "type": "payment" }), "type"),
        (json!({ "type": "" }), "type"),
        (json!({ "resource": { "id": Uuid::from_u128(1).to_string() } }), "resource"),
        (json!({ "schema": { "pattern": "(a+)+$" } }), "schema"),
        (json!({ "schema": { "$ref": "https://evil.example" } }), "schema"),
        (json!({ "schema": [] }), "schema"),
    ] {
        let mut body = whole.clone();
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let refused = server.manage(Method::POST, &all(), Some(&body)).await.expect(400);
        assert!(refused["details"][0]["target"].as_str().unwrap().starts_with(target), "{members}: {refused}");
    }
    let made = server.manage(Method::POST, &all(), Some(&whole)).await.expect(201);
    let own = format!("{}/{}", all(), made["id"].as_str().unwrap());
    let other = json!({ "type": "x", "resource": { "id": Uuid::from_u128(0xb2).to_string() }, "schema": {} });
    server.manage(Method::PUT, &own, Some(&other)).await.expect(400);
}
