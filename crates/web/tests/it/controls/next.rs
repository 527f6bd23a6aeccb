//! The next answer: a refusal of the table, other claims, later, never, broken, another status.

use std::time::{Duration, Instant};

use engine::bootstrap::dev;
use http::Method;
use protocol::id::CorrelationId;
use serde_json::{Value, json};
use testkit::{Answer, Request, TestApp, basic, claims, each_store, parameters};

use super::world::{CALLBACK, World, call, make, text};

impl World<'_> {
    async fn next(&self, body: Value) -> Answer {
        self.control(Method::POST, "/next", Some(&body)).await
    }

    async fn chosen(&self, body: Value) {
        let told = self.next(body).await.expect(201);
        assert!(!text(&told["id"]).is_empty());
    }

    async fn granted(&self) -> Answer {
        self.token(&[("grant_type", "client_credentials")]).await
    }
}

/// An answer without what is another at every time.
fn lasting(answer: &Answer) -> (u16, String, Vec<(String, String)>) {
    let text = answer.text.replace(answer.correlation(), "correlation");
    let headers = answer.headers.iter().filter(|(name, _)| !["correlation-id", "date"].contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    (answer.status, text, headers.collect())
}

/// The reason that the event of an answer names, and what came.
async fn explained(server: &TestApp, answer: &Answer) -> (&'static str, String) {
    server.app.audit.flush().await;
    let told = server.app.store.explain(CorrelationId::parse(answer.correlation()).unwrap()).await.unwrap();
    let refusal = told[0].event.refusal.clone().unwrap();
    (refusal.reason.row().name, refusal.came)
}

/// Status, headers, body, event and explanation are those of a real refusal, in PingOne's layout and in Spring's.
#[tokio::test]
async fn a_forced_refusal_is_a_real_one_in_each_layout() {
    each_store(|server| async move {
        let world = make(&server).await;
        let (client, _) = world.client();
        let wrong = [("grant_type", "client_credentials")];
        let real = server.form_basic(&world.at("token"), (&client, "wrong"), &wrong).await;
        world.chosen(json!({ "endpoint": "token", "refuse": "secret_wrong" })).await;
        let forced = world.granted().await;
        assert_eq!(lasting(&real), lasting(&forced));
        let (reason, came) = explained(&server, &forced).await;
        assert_eq!(reason, "secret_wrong");
        assert!(came.contains("a test asked for this refusal"), "{came}");
        world.granted().await.expect(200);

        let playground = format!("/worlds/{}/next", dev::PLAYGROUND);
        let form = |secret: &str| {
            format!(
                "grant_type=client_credentials&client_id=service-client-jwt&client_secret={secret}&scope=country.read"
            )
        };
        for (reason, real) in
            [("secret_wrong", form("wrong")), ("scope_invalid", form("service-client-jwt-secret") + "x")]
        {
            let real = server.encoded("/ms-auth-server/oauth2/token", &real).await;
            let body = json!({ "endpoint": "token", "refuse": reason });
            call(&server, Method::POST, &playground, Some(&body)).await.expect(201);
            let good = form("service-client-jwt-secret");
            let forced = server.encoded("/ms-auth-server/oauth2/token", &good).await;
            assert_eq!(lasting(&real), lasting(&forced));
            assert_eq!(explained(&server, &forced).await.0, reason);
            server.encoded("/ms-auth-server/oauth2/token", &good).await.expect(200);
        }
    })
    .await;
}

/// Every endpoint that can be forced refuses so, and answers as it does without.
#[tokio::test]
async fn every_endpoint_refuses_as_it_would() {
    each_store(|server| async move {
        let world = make(&server).await;
        let tokens = world.tokens().await;
        let (access, (client, secret)) = (text(&tokens["access_token"]), world.client());
        let credentials = basic(&client, &secret);
        let by_client = |endpoint: &str, form: String| {
            let request = Request::form(world.at(endpoint)).header("authorization", &*credentials);
            request.body(form)
        };
        let authorization = format!("client_id={client}&response_type=code&redirect_uri={CALLBACK}&scope=openid");
        let worker = world.worker_token().await;
        let table = [
            (
                "userinfo",
                "scope_insufficient",
                Request::get(world.at("userinfo")).bearer_auth(&access),
                403,
                "insufficient_scope",
            ),
            (
                "introspect",
                "application_disabled",
                by_client("introspect", format!("token={access}")),
                401,
                "invalid_client",
            ),
            ("revoke", "rate_limited", by_client("revoke", "token=x".into()), 429, "REQUEST_LIMITED"),
            ("par", "redirect_uri_invalid", by_client("par", authorization), 400, "invalid_request"),
            ("jwks", "store_unavailable", Request::get(world.at("jwks")), 503, "REQUEST_LIMITED"),
            (
                "discovery",
                "environment_unknown",
                Request::get(world.at(".well-known/openid-configuration")),
                404,
                "NOT_FOUND",
            ),
            (
                "management",
                "actor_not_authorized",
                Request::get(format!("/v1/environments/{}/users", world.id())).bearer_auth(&worker),
                403,
                "ACCESS_FAILED",
            ),
        ];
        for (endpoint, reason, request, status, code) in table {
            world.chosen(json!({ "endpoint": endpoint, "refuse": reason })).await;
            let refused = server.send(request.clone()).await;
            assert_eq!(refused.status, status, "{endpoint} {}", refused.text);
            let told = refused.body.get("error").or(refused.body.get("code")).cloned().unwrap_or_default();
            assert!(told == code || status == 429, "{endpoint} {}", refused.text);
            assert_eq!(explained(&server, &refused).await.0, reason, "{endpoint}");
            assert_eq!(refused.headers.contains_key("retry-after"), status == 429 || status == 503, "{endpoint}");
            let again = server.send(request).await;
            assert!(again.status < 300, "{endpoint} {}", again.text);
        }
    })
    .await;
}

/// A refusal of the authorization endpoint goes where a real one goes: to the application, to who drives the flow, or to a page.
#[tokio::test]
async fn an_authorization_request_is_refused_where_a_real_one_is() {
    each_store(|server| async move {
        let world = make(&server).await;
        let client = world.client().0;
        let path = |mode: &str| {
            let at = world.at("authorize");
            format!("{at}?response_type=code&client_id={client}&redirect_uri={CALLBACK}&scope=openid&state=s-1{mode}")
        };
        world.chosen(json!({ "endpoint": "authorize", "refuse": "consent_required", "clientId": client })).await;
        let refused = server.get(&path("")).await;
        let told = parameters(&refused.leads(302));
        assert_eq!((told["error"].as_str(), told["state"].as_str()), ("consent_required", "s-1"));
        assert!(told["error_description"].contains(refused.correlation()));
        assert_eq!(explained(&server, &refused).await.0, "consent_required");

        world.chosen(json!({ "endpoint": "authorize", "refuse": "acr_unmet" })).await;
        let refused = server.get(&path("&response_mode=pi.flow")).await.expect(400);
        assert_eq!(refused["code"], "INVALID_REQUEST");

        world.chosen(json!({ "endpoint": "authorize", "refuse": "redirect_uri_invalid" })).await;
        let page = server.browser().get(&path("")).await;
        assert_eq!(page.status, 400, "{}", page.text);
        assert!(page.header("content-type").starts_with("text/html"));
        server.get(&path("")).await.leads(302);
    })
    .await;
}

/// Claims are set and taken away in every answer of the endpoint, and what is signed is signed validly.
#[tokio::test]
async fn claims_are_changed_and_signed() {
    each_store(|server| async move {
        let world = make(&server).await;
        let set = json!({ "tier": "gold", "acr": "forced" });
        world.chosen(json!({ "endpoint": "token", "claims": { "set": set, "remove": ["sid"] } })).await;
        let tokens = world.tokens().await;
        for name in ["access_token", "id_token"] {
            let claims = claims(tokens[name].as_str().unwrap());
            assert_eq!(
                (&claims["tier"], &claims["acr"], claims.get("sid")),
                (&json!("gold"), &json!("forced"), None),
                "{name}"
            );
            assert_eq!(claims["iss"], world.told["issuer"], "{name}");
        }
        let access = text(&tokens["access_token"]);
        assert_eq!(world.userinfo(&access).await, 200, "it is signed, and known");
        assert!(claims(&text(&world.tokens().await["access_token"])).get("tier").is_none(), "once");

        world.chosen(json!({ "endpoint": "userinfo", "claims": { "set": { "email": "x@example.com" } } })).await;
        let told = server.get_with(&world.at("userinfo"), &access).await.expect(200);
        assert_eq!(told["email"], "x@example.com");

        let introspect = async || {
            let (client, secret) = world.client();
            server.form_basic(&world.at("introspect"), (&client, &secret), &[("token", &access)]).await.expect(200)
        };
        world
            .chosen(json!({ "endpoint": "introspect", "claims": { "set": { "active": false }, "remove": ["tier"] } }))
            .await;
        let told = introspect().await;
        assert_eq!((&told["active"], told.get("tier")), (&json!(false), None));
        assert_eq!(introspect().await["tier"], "gold");

        // Registered claims too: it is over as soon as it is made, and known by its own name.
        world.chosen(json!({ "endpoint": "token", "claims": { "set": { "exp": 1 } } })).await;
        let expired = text(&world.tokens().await["access_token"]);
        assert_eq!(world.userinfo(&expired).await, 401);
        world.chosen(json!({ "endpoint": "token", "claims": { "set": { "jti": "of-a-test" } } })).await;
        assert_eq!(world.userinfo(&text(&world.tokens().await["access_token"])).await, 200);
    })
    .await;
}

/// A refused request takes no claims, and one that failed by itself no refusal: they wait for the one that comes to them.
#[tokio::test]
async fn what_is_not_come_to_waits() {
    let server = TestApp::start().await;
    let world = make(&server).await;
    world.chosen(json!({ "endpoint": "token", "claims": { "set": { "tier": "gold" } } })).await;
    world.token(&[("grant_type", "authorization_code"), ("code", "none")]).await.is_refused(400, "invalid_grant");
    let token = world.granted().await;
    assert_eq!(claims(token.member("access_token"))["tier"], "gold");
    world.chosen(json!({ "endpoint": "token", "refuse": "code_expired" })).await;
    let (client, _) = world.client();
    let wrong =
        server.form_basic(&world.at("token"), (&client, "wrong"), &[("grant_type", "client_credentials")]).await;
    wrong.is_refused(401, "invalid_client");
    world.granted().await.is_refused(400, "invalid_grant");
    world.granted().await.expect(200);
}

/// They come in their order, so often as was said, to the client and the world that they are for.
#[tokio::test]
async fn they_come_to_whom_they_are_for() {
    let server = TestApp::start().await;
    let (world, other) = (make(&server).await, make(&server).await);
    let client = world.client().0;
    world
        .chosen(json!({ "endpoint": "token", "clientId": client, "times": 2, "refuse": "grant_type_not_allowed" }))
        .await;
    world.chosen(json!({ "endpoint": "token", "status": 429, "retryAfter": 7 })).await;
    other.granted().await.expect(200);
    let fields = [("grant_type", "client_credentials")];
    let worker = (text(&world.told["worker"]["clientId"]), text(&world.told["worker"]["clientSecret"]));
    let crowded = server.form_basic(&world.at("token"), (&worker.0, &worker.1), &fields).await;
    assert_eq!((crowded.status, crowded.header("retry-after")), (429, "7"), "{}", crowded.text);
    for _ in 0..2 {
        world.granted().await.is_refused(400, "unauthorized_client");
    }
    world.granted().await.expect(200);
    world.chosen(json!({ "endpoint": "token", "malformed": true })).await;
    let malformed = world.granted().await;
    assert_eq!((malformed.status, malformed.header("content-type")), (200, "application/json"));
    assert!(!malformed.text.is_empty() && malformed.body.is_null());
    world.chosen(json!({ "endpoint": "token", "times": 1000, "status": 503, "retryAfter": 0 })).await;
    assert_eq!(world.granted().await.status, 503);
    world.control(Method::DELETE, "/next", None).await.expect(204);
    world.granted().await.expect(200);
}

/// HTTP/1.1 ends the connection, HTTP/2 resets the stream; a delay is waited for, and only by the one whose answer it is.
#[tokio::test]
async fn an_answer_is_dropped_or_late() {
    let server = TestApp::start().await;
    let world = make(&server).await;
    let url = format!("http://{}{}", server.addr(), world.at("jwks"));
    let clients = [
        reqwest::Client::builder().no_proxy().build().unwrap(),
        reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap(),
    ];
    for client in &clients {
        world.chosen(json!({ "endpoint": "jwks", "drop": true })).await;
        assert!(client.get(&url).send().await.is_err());
        assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
        world.chosen(json!({ "endpoint": "jwks", "delayMs": 600 })).await;
        let began = Instant::now();
        let late = async { (client.get(&url).send().await.unwrap().status(), began.elapsed()) };
        let prompt = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            client.get(&url).send().await.unwrap();
            began.elapsed()
        };
        let ((status, late), prompt) = tokio::join!(late, prompt);
        assert!(
            status == 200 && late >= Duration::from_millis(600) && prompt < Duration::from_millis(500),
            "{late:?} {prompt:?}"
        );
    }
    world.chosen(json!({ "endpoint": "token", "status": 500 })).await;
    let token = format!("http://{}{}", server.addr(), world.at("token"));
    let failed = clients[0].post(token).body("grant_type=client_credentials").send().await.unwrap();
    assert_eq!(failed.status(), 500);
}

/// What makes no sense is refused with the path of the member, and chooses nothing.
#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let server = TestApp::start().await;
    let world = make(&server).await;
    let token = |member: &str, value: Value| json!({ "endpoint": "token", member: value });
    let table = [
        (json!({}), "endpoint"),
        (json!({ "endpoint": "signon", "drop": true }), "endpoint"),
        (json!({ "endpoint": "token" }), ""),
        (json!({ "endpoint": "token", "drop": true, "malformed": true }), ""),
        (token("drop", json!(false)), "drop"),
        (token("refuse", json!("secret_wrongs")), "refuse"),
        (token("refuse", json!(1)), "refuse"),
        (token("delayMs", json!(120_001)), "delayMs"),
        (token("delayMs", json!(-1)), "delayMs"),
        (token("status", json!(200)), "status"),
        (token("status", json!(600)), "status"),
        (token("retryAfter", json!(1)), "retryAfter"),
        (json!({ "endpoint": "token", "times": 2, "claims": { "set": { "jti": "x" } } }), "times"),
        (token("claims", json!({})), "claims"),
        (token("claims", json!({ "set": { "a": 1 }, "remove": ["a"] })), "claims.remove"),
        (token("claims", json!({ "set": [] })), "claims.set"),
        (token("claims", json!({ "sets": {} })), "claims.sets"),
        (token("claims", json!({ "set": { "a": "x".repeat(5000) } })), "claims"),
        (json!({ "endpoint": "jwks", "claims": { "remove": ["keys"] } }), "claims"),
        (json!({ "endpoint": "token", "drop": true, "times": 0 }), "times"),
        (json!({ "endpoint": "token", "drop": true, "times": 1001 }), "times"),
        (json!({ "endpoint": "token", "drop": true, "clientId": "" }), "clientId"),
        (json!({ "endpoint": "token", "drop": true, "more": 1 }), "more"),
    ];
    for (body, at) in table {
        let told = world.next(body.clone()).await.expect(400);
        assert_eq!(told["at"], at, "{body} {told}");
    }
    let near = world.next(token("refuse", json!("secret_wrongs"))).await.expect(400);
    assert!(text(&near["message"]).contains("secret_wrong"), "{near}");
    world.granted().await.expect(200);
    let nobodys = "/worlds/00000000-0000-4000-8000-000000000000/next";
    call(&server, Method::POST, nobodys, Some(&json!({ "endpoint": "token", "drop": true }))).await.expect(404);
    for _ in 0..1000 {
        world.control(Method::POST, "/next", Some(&json!({ "endpoint": "jwks", "drop": true }))).await.expect(201);
    }
    world.next(json!({ "endpoint": "jwks", "drop": true })).await.expect(409);
}
