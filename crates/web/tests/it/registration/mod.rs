//! Clients that register themselves, over HTTP (RFC 7591, RFC 7592).

mod ended;
mod invited;
mod replaced;
mod statements;
mod unused;

use std::sync::Arc;

use engine::bootstrap::dev;
use protocol::id::CorrelationId;
use protocol::refusal::Reason;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Request, SANDBOX, TestApp, each_store};
use tokio::task::JoinSet;

const CALLBACK: &str = "https://client.example/callback";

async fn allow(server: &TestApp, policy: &str) {
    let changed = setting(server, json!({ "clientRegistration": policy })).await;
    assert_eq!(changed.get("clientRegistration"), (policy != "DISABLED").then(|| json!(policy)).as_ref());
}

/// Sets the environment.
async fn setting(server: &TestApp, members: Value) -> Value {
    let path = format!("/environments/{SANDBOX}");
    let mut body = server.manage(Method::GET, &path, None).await.expect(200);
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    server.manage(Method::PUT, &path, Some(&body)).await.expect(200)
}

/// Somebody who holds the role over the sandbox, and nothing else: their token.
pub(crate) async fn holder(server: &TestApp, role: &str) -> String {
    let wanted = json!({
        "name": format!("A {role}"), "enabled": true, "type": "WORKER", "protocol": "OPENID_CONNECT",
        "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
    });
    let all = format!("/environments/{SANDBOX}/applications");
    let made = server.manage(Method::POST, &all, Some(&wanted)).await.expect(201);
    let id = text(&made, "id");
    give(server, id, role).await;
    let secret = server.manage(Method::GET, &format!("{all}/{id}/secret"), None).await.expect(200);
    let client = (id, text(&secret, "secret"));
    server.encoded_basic(&server.at("token"), client, "grant_type=client_credentials").await.text_of("access_token")
}

/// Gives the application a role over the sandbox.
pub(crate) async fn give(server: &TestApp, id: &str, role: &str) {
    let roles = server.manage(Method::GET, "/roles", None).await.expect(200);
    let roles = roles["_embedded"]["roles"].as_array().unwrap();
    let role = &roles.iter().find(|one| one["name"] == role).unwrap()["id"];
    let scope = json!({ "id": SANDBOX.to_string(), "type": "ENVIRONMENT" });
    let body = json!({ "role": { "id": role }, "scope": scope });
    let path = format!("/environments/{SANDBOX}/applications/{id}/roleAssignments");
    server.manage(Method::POST, &path, Some(&body)).await.expect(201);
}

async fn open() -> TestApp {
    let server = TestApp::build().strict().start().await;
    allow(&server, "OPEN").await;
    server
}

fn asking() -> Value {
    json!({ "client_name": "A client", "redirect_uris": [CALLBACK] })
}

async fn register(server: &TestApp, metadata: &Value) -> Answer {
    server.send(Request::post(server.at("register")).json(metadata)).await
}

/// By the registration access token.
async fn call(server: &TestApp, method: Method, registered: &Value, body: Option<&Value>) -> Answer {
    server.send(called(server, method, registered, body)).await
}

fn called(server: &TestApp, method: Method, registered: &Value, body: Option<&Value>) -> Request {
    let (at, token) = (text(registered, "registration_client_uri"), text(registered, "registration_access_token"));
    let path = at.strip_prefix(&server.app.config.public_url).unwrap();
    let request = Request::new(method, path).bearer_auth(token);
    match body {
        Some(body) => request.json(body),
        None => request,
    }
}

fn text<'a>(of: &'a Value, name: &str) -> &'a str {
    of[name].as_str().unwrap_or_else(|| panic!("{name} in {of}"))
}

async fn reason(server: &TestApp, answer: &Answer) -> Reason {
    server.app.audit.flush().await;
    let correlation = CorrelationId::parse(answer.header("correlation-id")).unwrap();
    let mut told = server.app.store.explain(correlation).await.unwrap();
    told.remove(0).event.refusal.unwrap().reason
}

/// RFC 7591 §3.2.1, RFC 7592 §2: registered, used, read, replaced and ended.
#[tokio::test]
async fn a_client_registers_and_manages_itself() {
    each_store(|server| async move {
        allow(&server, "OPEN").await;
        let document = server.get(&server.at(".well-known/openid-configuration")).await.expect(200);
        assert_eq!(document["registration_endpoint"], server.url(&server.at("register")));
        let answer = register(&server, &asking()).await;
        assert_eq!(answer.header("cache-control"), "no-store");
        let registered = answer.expect(201);
        assert_eq!(registered["client_name"], "A client");
        assert_eq!(registered["redirect_uris"], json!([CALLBACK]));
        assert_eq!(registered["token_endpoint_auth_method"], "client_secret_basic");
        assert_eq!(registered["grant_types"], json!(["authorization_code"]));
        assert_eq!(registered["response_types"], json!(["code"]));
        assert_eq!(registered["application_type"], "web");
        assert_eq!(
            (&registered["client_secret_expires_at"], &registered["client_id_issued_at"]),
            (&json!(0), &json!(server.now().secs()))
        );
        let client = (text(&registered, "client_id"), text(&registered, "client_secret"));
        // It is proven, and is not granted what it did not register.
        let asked = server.encoded_basic(&server.at("token"), client, "grant_type=client_credentials").await;
        asked.is_refused(400, "unauthorized_client");
        assert_eq!(call(&server, Method::GET, &registered, None).await.expect(200), registered);

        let mut wanted = asking();
        wanted["client_id"] = registered["client_id"].clone();
        wanted["grant_types"] = json!(["authorization_code", "refresh_token"]);
        wanted["tos_uri"] = json!("https://client.example/terms");
        let replaced = call(&server, Method::PUT, &registered, Some(&wanted)).await.expect(200);
        assert_eq!(replaced["grant_types"], wanted["grant_types"]);
        assert_eq!(replaced["tos_uri"], wanted["tos_uri"]);
        for same in ["client_id", "client_secret", "registration_access_token", "client_id_issued_at"] {
            assert_eq!(replaced[same], registered[same], "{same}");
        }
        // What is left out is taken away (RFC 7592 §2.2).
        wanted.as_object_mut().unwrap().remove("tos_uri");
        assert!(call(&server, Method::PUT, &registered, Some(&wanted)).await.expect(200).get("tos_uri").is_none());

        assert_eq!(call(&server, Method::DELETE, &registered, None).await.status, 204);
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let answer = call(&server, method.clone(), &registered, Some(&wanted)).await;
            answer.is_refused(401, "invalid_token");
            assert!(answer.header("www-authenticate").starts_with("Bearer "), "{method}");
        }
        let asked = server.encoded_basic(&server.at("token"), client, "grant_type=client_credentials").await;
        asked.is_refused(401, "invalid_client");
    })
    .await;
}

/// CR-01: nobody registers where nobody may, and where a token is asked for nobody without one that may create applications.
#[tokio::test]
async fn whoever_may_not_registers_nothing() {
    let server = TestApp::build().strict().start().await;
    let document = server.get(&server.at(".well-known/openid-configuration")).await.expect(200);
    assert!(document.get("registration_endpoint").is_none());
    let answer = register(&server, &asking()).await;
    answer.is_refused(403, "access_denied");
    assert_eq!(reason(&server, &answer).await, Reason::RegistrationClosed);

    allow(&server, "INITIAL_ACCESS_TOKEN").await;
    let person = server.exchange(&server.code(|_| ()).await).await.text_of("access_token");
    for token in [None, Some("none"), Some(&*person)] {
        let request = Request::post(server.at("register")).json(&asking());
        let request = if let Some(token) = token { request.bearer_auth(token) } else { request };
        let answer = server.send(request).await;
        answer.is_refused(401, "invalid_token");
        assert_eq!(reason(&server, &answer).await, Reason::RegistrationTokenInvalid, "{token:?}");
    }
    let token = server.worker_token().await;
    let wanted = json!({ "grant_types": ["client_credentials"], "client_name": "A service" });
    let request = || Request::post(server.at("register")).json(&wanted);
    let registered = server.send(request().bearer_auth(&token)).await.expect(201);
    assert_eq!(registered["grant_types"], json!(["client_credentials"]));
    let client = (text(&registered, "client_id"), text(&registered, "client_secret"));
    server.encoded_basic(&server.at("token"), client, "grant_type=client_credentials").await.expect(200);
    // A token that is none is no better than none where anybody may.
    allow(&server, "OPEN").await;
    server.send(request().bearer_auth("none")).await.is_refused(401, "invalid_token");
    server.wait(3601);
    server.send(request().bearer_auth(&token)).await.is_refused(401, "invalid_token");
}

/// CR-02, CR-10: neither who it is, nor its secret, nor what only the server or its administrators decide.
#[tokio::test]
async fn what_is_not_the_clients_to_say_is_not_heard() {
    let server = open().await;
    let mut wanted = asking();
    let own = json!({
        "client_id": dev::SHARED_WEB_APPLICATION.to_string(), "client_secret": "mine", "client_secret_expires_at": 1, "enabled": false,
        "trusted": true, "env": "other", "registration_access_token": "mine", "pkceEnforcement": "OPTIONAL", "type": "WORKER",
    });
    wanted.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    let registered = register(&server, &wanted).await.expect(201);
    assert_ne!(registered["client_id"], wanted["client_id"]);
    assert!(text(&registered, "client_secret").len() > 40);
    assert_eq!(registered["client_secret_expires_at"], 0);
    let path = format!("/environments/{SANDBOX}/applications/{}", text(&registered, "client_id"));
    let mut application = server.manage(Method::GET, &path, None).await.expect(200);
    assert_eq!((&application["enabled"], &application["type"]), (&json!(true), &json!("WEB_APP")));

    // An administrator switched it off: it does not switch itself on.
    application["enabled"] = json!(false);
    server.manage(Method::PUT, &path, Some(&application)).await.expect(200);
    let mut wanted = asking();
    wanted["enabled"] = json!(true);
    for client_id in [Value::Null, json!(dev::SHARED_WEB_APPLICATION.to_string())] {
        wanted["client_id"] = client_id;
        let answer = call(&server, Method::PUT, &registered, Some(&wanted)).await;
        answer.is_refused(400, "invalid_client_metadata");
    }
    wanted["client_id"] = registered["client_id"].clone();
    for given in
        ["registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"]
    {
        let mut wanted = wanted.clone();
        wanted[given] = registered[given].clone();
        call(&server, Method::PUT, &registered, Some(&wanted)).await.is_refused(400, "invalid_client_metadata");
    }
    call(&server, Method::PUT, &registered, Some(&wanted)).await.expect(200);
    let after = server.manage(Method::GET, &path, None).await.expect(200);
    assert_eq!(after["enabled"], false);
}

/// CR-03, CR-05, CR-07, CR-08, CR-13, RU-13, CJ-22: what is no client is not registered, and the member is named.
#[tokio::test]
async fn metadata_at_fault_is_named() {
    let server = open().await;
    let secret = json!({ "keys": [{ "kty": "oct", "k": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }] });
    let (redirect, metadata) = ("invalid_redirect_uri", "invalid_client_metadata");
    for (member, value, error) in [
        ("redirect_uris", json!([]), redirect),
        ("redirect_uris", json!(null), redirect),
        ("redirect_uris", json!("https://client.example"), redirect),
        ("redirect_uris", json!(["javascript:alert(1)"]), redirect),
        ("redirect_uris", json!(["JaVaScRiPt:alert(1)"]), redirect),
        ("redirect_uris", json!(["data:text/html,x"]), redirect),
        ("redirect_uris", json!(["https://user@client.example/cb"]), redirect),
        ("redirect_uris", json!(["https://client.example/cb#fragment"]), redirect),
        ("redirect_uris", json!(["https://*.example/cb"]), redirect),
        ("token_endpoint_auth_method", json!("plain"), metadata),
        ("token_endpoint_auth_signing_alg", json!("none"), metadata),
        ("id_token_signed_response_alg", json!("none"), metadata),
        ("request_object_signing_alg", json!("none"), metadata),
        ("grant_types", json!(["implicit"]), metadata),
        ("grant_types", json!(["client_credentials"]), metadata),
        ("grant_types", json!("authorization_code"), metadata),
        ("response_types", json!(["token"]), metadata),
        ("application_type", json!("other"), metadata),
        ("subject_type", json!("pairwise"), metadata),
        ("subject_type", json!(5), metadata),
        ("jwks", secret, metadata),
        ("jwks", json!("{}"), metadata),
        ("jwks_uri", json!("http://client.example/keys"), metadata),
        ("logo_uri", json!("javascript:alert(1)"), metadata),
        ("policy_uri", json!(7), metadata),
        ("tos_uri", json!("data:text/html,x"), metadata),
        ("client_uri", json!("javascript:alert(1)"), metadata),
        ("client_name", json!("x".repeat(1_000_000)), "invalid_request"),
        ("client_name", json!("x".repeat(300)), metadata),
        ("client_name", json!(7), metadata),
        ("contacts", json!("one"), metadata),
        ("software_id", json!("line\nbreak"), metadata),
    ] {
        let mut wanted = asking();
        wanted[member] = value.clone();
        let answer = register(&server, &wanted).await;
        let status = if error == "invalid_request" { 413 } else { 400 };
        assert_eq!(answer.status, status, "{member} {}", answer.text);
        assert_eq!(answer.member("error"), error, "{member} {value}");
        assert!(status == 413 || answer.member("error_description").contains(member), "{member}: {}", answer.text);
    }
    let mut keyless = asking();
    keyless["token_endpoint_auth_method"] = json!("private_key_jwt");
    assert!(register(&server, &keyless).await.member("error_description").starts_with("jwks is needed"));
    let mut both = asking();
    both["jwks"] = json!({ "keys": [] });
    both["jwks_uri"] = json!("https://client.example/keys");
    register(&server, &both).await.is_refused(400, metadata);
    for body in ["[]", "{", "", "null"] {
        let request = Request::post(server.at("register")).header("content-type", "application/json").body(body);
        assert_eq!(server.send(request).await.status, 400, "{body}");
    }
    let form = Request::form(server.at("register")).body("client_name=x");
    assert_eq!(server.send(form).await.status, 400);
}

/// CR-06: a name that would be markup is a text where people see it, and one that would turn a line around is none.
#[tokio::test]
async fn a_hostile_name_stays_a_text() {
    let server = open().await;
    let mut wanted = asking();
    for hidden in ["\u{202e}evil", "a\u{200b}b", "a\u{0}b", "a\nb"] {
        wanted["client_name"] = json!(hidden);
        register(&server, &wanted).await.is_refused(400, "invalid_client_metadata");
    }
    wanted["client_name"] = json!("<img src=x onerror=alert(1)>\"'&");
    wanted["client_name#fr"] = json!("<b>");
    wanted["policy_uri"] = json!("https://client.example/\"onmouseover=\"alert(1)");
    register(&server, &wanted).await.is_refused(400, "invalid_client_metadata");
    wanted["policy_uri"] = json!("https://client.example/policy");
    let registered = register(&server, &wanted).await.expect(201);
    assert_eq!(registered["client_name"], wanted["client_name"]);
    let asked = format!(
        "{}?response_type=code&client_id={}&redirect_uri={CALLBACK}&scope=openid",
        server.at("authorize"),
        text(&registered, "client_id")
    );
    let browser = server.browser();
    let page = browser.get(&browser.get(&asked).await.leads(302)).await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(!page.text.contains("<img src=x") && page.text.contains("&#60;img src=x"), "{}", page.text);
    assert!(page.text.contains("https://client.example/policy"), "what it links to is shown");
}

/// CR-07: what anybody's client is not given is left out; CR-08: a client that proves nothing has no secret, and must use PKCE.
#[tokio::test]
async fn a_public_client_has_no_secret_and_its_copies_are_one() {
    let server = open().await;
    let mut wanted = asking();
    wanted["token_endpoint_auth_method"] = json!("none");
    wanted["grant_types"] = json!(["authorization_code", "refresh_token", "client_credentials"]);
    let registered = register(&server, &wanted).await.expect(201);
    assert_eq!(registered["grant_types"], json!(["authorization_code", "refresh_token"]));
    for absent in ["client_secret", "client_secret_expires_at", "registration_access_token", "registration_client_uri"]
    {
        assert!(registered.get(absent).is_none(), "{absent}");
    }
    assert_eq!(
        register(&server, &wanted).await.expect(201),
        registered,
        "the same client, for whoever asks for the same"
    );
    // Whom an administrator deleted is nobody again: nothing that was issued to it is good for who registers the same.
    let path = format!("/environments/{SANDBOX}/applications/{}", text(&registered, "client_id"));
    assert_eq!(server.manage(Method::DELETE, &path, None).await.status, 204);
    let anew = register(&server, &wanted).await.expect(201);
    assert_ne!(anew["client_id"], registered["client_id"]);
    assert_eq!(register(&server, &wanted).await.expect(201), anew);
    let registered = anew;
    let mut other = wanted.clone();
    other["redirect_uris"] = json!(["https://other.example/callback"]);
    assert_ne!(register(&server, &other).await.expect(201)["client_id"], registered["client_id"]);
    // RFC 9700 §2.1.1
    let asked = format!(
        "{}?response_type=code&client_id={}&redirect_uri={CALLBACK}&scope=openid",
        server.at("authorize"),
        text(&registered, "client_id")
    );
    assert!(server.get(&asked).await.leads(302).contains("error=invalid_request"));
    server.get(&format!("{asked}&code_challenge={}&code_challenge_method=S256", testkit::CHALLENGE)).await.leads(302);
}

/// Copies that start at the same moment are one client as well, and none of them is told of a fault.
#[tokio::test]
async fn copies_that_register_at_once_are_one_client() {
    each_store(|server| async move {
        allow(&server, "OPEN").await;
        let mut wanted = asking();
        wanted["token_endpoint_auth_method"] = json!("none");
        let server = Arc::new(server);
        let mut tries = JoinSet::new();
        for _ in 0..100 {
            let (server, wanted) = (server.clone(), wanted.clone());
            tries.spawn(async move { register(&server, &wanted).await.expect(201)["client_id"].to_string() });
        }
        let mut ids = tries.join_all().await;
        ids.dedup();
        assert_eq!(ids.len(), 1, "{ids:?}");
    })
    .await;
}

/// CR-09: a registration access token is for its client, in the header, while that client is there.
#[tokio::test]
async fn a_registration_token_is_for_its_own_client() {
    let server = open().await;
    let (one, two) = (register(&server, &asking()).await.expect(201), register(&server, &asking()).await.expect(201));
    assert_ne!(one["client_id"], two["client_id"]);
    let mut foreign = one.clone();
    foreign["registration_access_token"] = two["registration_access_token"].clone();
    for token in
        [text(&foreign, "registration_access_token").to_owned(), server.worker_token().await, String::from("%00")]
    {
        foreign["registration_access_token"] = json!(token);
        let answer = call(&server, Method::GET, &foreign, None).await;
        answer.is_refused(401, "invalid_token");
        assert_eq!(reason(&server, &answer).await, Reason::RegistrationTokenInvalid);
    }
    let path = format!("{}/{}", server.at("register"), text(&one, "client_id"));
    let in_query = format!("{path}?access_token={}", text(&one, "registration_access_token"));
    for path in [&path, &in_query] {
        assert_eq!(server.get(path).await.status, 401, "{path}");
    }
    for unknown in ["none", "%20", &dev::SHARED_WEB_APPLICATION.to_string()] {
        let path = format!("{}/{unknown}", server.at("register"));
        let token = text(&one, "registration_access_token");
        assert_eq!(server.get_with(&path, token).await.status, 401, "{unknown}");
    }
    // What administers is not ended by its own hand.
    let client = text(&one, "client_id");
    call(&server, Method::GET, &one, None).await.expect(200);
    let logged = server.app.store.client(dev::ENVIRONMENT.into(), client).await.unwrap().unwrap();
    assert!(!format!("{logged:?}").contains(text(&one, "registration_access_token")));
}

/// CR-12: whoever registers without end is told to come back, and nobody else.
#[tokio::test]
async fn registrations_of_one_source_are_bounded() {
    let server = open().await;
    let from = |last: u8| Request::post(server.at("register")).from([192, 0, 2, last].into()).json(&asking());
    let mut statuses = Vec::new();
    for _ in 0..302 {
        statuses.push(server.send(from(1)).await.status);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 300);
    let answer = server.send(from(1)).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "1"));
    server.send(from(2)).await.expect(201);
    let token = server.worker_token().await;
    server.send(from(1).bearer_auth(token)).await.expect(201);
    server.wait(2);
    server.send(from(1)).await.expect(201);
}
