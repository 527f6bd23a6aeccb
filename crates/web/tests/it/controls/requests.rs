//! The recorder: what a world was asked and what it answered, where what was shown came from, and nothing that is a secret.

use std::time::{Duration, Instant};

use engine::bootstrap::dev;
use http::Method;
use serde_json::{Value, json};
use testkit::{Request, TestApp, each_store};

use super::world::{CALLBACK, World, call, make, text};

impl World<'_> {
    async fn requests(&self, query: &str) -> Vec<Value> {
        let told = self.control(Method::GET, &format!("/requests{query}"), None).await.expect(200);
        told["requests"].as_array().unwrap().clone()
    }
}

fn hash(value: &str) -> String {
    let octets = jose::digest::sha256(value.as_bytes());
    octets.iter().fold("sha256:".to_owned(), |text, octet| format!("{text}{octet:02x}"))
}

fn named<'a>(requests: &'a [Value], endpoint: &str) -> Vec<&'a Value> {
    requests.iter().filter(|request| request["endpoint"] == endpoint).collect()
}

/// CR: code, tokens and secrets are hashes of what they are; each request says which one gave what it shows.
#[tokio::test]
async fn a_sign_on_is_recorded_with_where_everything_came_from() {
    each_store(|server| async move {
        let world = make(&server).await;
        let code = world.sign_on(CALLBACK).await;
        let fields = [("grant_type", "authorization_code"), ("code", &*code), ("redirect_uri", CALLBACK)];
        let tokens = world.token(&fields).await.expect(200);
        let (access, refresh) = (text(&tokens["access_token"]), text(&tokens["refresh_token"]));
        assert_eq!(world.userinfo(&access).await, 200);
        let renewed = world.token(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)]).await.expect(200);
        let (client, secret) = world.client();

        let told = world.control(Method::GET, "/requests", None).await;
        let password = text(&world.told["users"][0]["password"]);
        for canary in [&code, &access, &refresh, &secret, &password, &text(&renewed["access_token"])] {
            assert!(!told.text.contains(canary.as_str()), "{canary}");
        }
        let requests = told.body["requests"].as_array().unwrap();
        let [authorize, flows, resume] = ["authorize", "flows", "resume"].map(|name| named(requests, name)[0]);
        let [token, refreshed] = named(requests, "token")[..] else { panic!("{requests:?}") };
        let userinfo = named(requests, "userinfo")[0];
        let lineage = [(flows, authorize), (resume, authorize), (token, resume), (userinfo, token), (refreshed, token)];
        for (request, from) in lineage {
            assert_eq!(request["from"], from["id"], "{request}");
        }
        assert_eq!(authorize.get("from"), None);
        assert_eq!(resume["gave"], json!([hash(&code)]));
        assert!(token["gave"].as_array().unwrap().contains(&json!(hash(&access))));
        assert_eq!(token["form"]["code"], hash(&code));
        assert_eq!(token["form"]["grant_type"], "authorization_code");
        assert_eq!(token["headers"]["authorization"], format!("Basic {client}:{}", hash(&secret)));
        assert_eq!(userinfo["headers"]["authorization"], format!("Bearer {}", hash(&access)));
        assert_eq!(refreshed["form"]["refresh_token"], hash(&refresh));
        assert_eq!(token["answer"]["body"]["access_token"], hash(&access));
        assert_eq!(flows["form"]["password"], hash(&password));
        for request in [authorize, flows, resume, token, userinfo, refreshed] {
            assert_eq!(request["clientId"], client, "{request}");
            assert_eq!(request["status"], 200, "{request}");
            assert!(request["correlationId"].is_string() && request["at"].is_string() && request["path"].is_string());
        }
        for request in [resume, token, userinfo] {
            assert_eq!(request["userId"], world.told["users"][0]["id"], "{request}");
        }
    })
    .await;
}

/// The same by redirects, by a form that the browser posts, and with a reference to a pushed request.
#[tokio::test]
async fn redirects_forms_and_references_are_followed() {
    let server = TestApp::start().await;
    let world = make(&server).await;
    let (client, secret) = world.client();
    let form =
        format!("client_id={client}&response_type=code&redirect_uri={CALLBACK}&scope=openid&response_mode=form_post");
    let pushed = server.encoded_basic(&world.at("par"), (&client, &secret), &form).await.expect(201);
    let browser = server.browser();
    let reference =
        testkit::encode(&[("client_id", &client), ("request_uri", pushed["request_uri"].as_str().unwrap())]);
    let page = browser.follow(browser.get(&format!("{}?{reference}", world.at("authorize"))).await).await;
    let person = &world.told["users"][0];
    let signed_on =
        browser.sign_on(&page, person["username"].as_str().unwrap(), person["password"].as_str().unwrap()).await;
    let done = browser.follow(signed_on).await;
    let code = done.hidden("code");
    world.token(&[("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK)]).await.expect(200);
    let requests = world.requests("").await;
    let [par, authorize, resume, token] = ["par", "authorize", "resume", "token"].map(|name| named(&requests, name)[0]);
    for (request, from) in [(authorize, par), (resume, authorize), (token, resume)] {
        assert_eq!(request["from"], from["id"], "{request}");
    }
    assert_eq!(resume["gave"], json!([hash(&code)]));
    for request in named(&requests, "signon") {
        assert_eq!(request["from"], authorize["id"], "{request}");
    }
}

/// A refusal has its reason and whose it is, as far as that is known; what no route takes is recorded as well.
#[tokio::test]
async fn refusals_have_their_reason() {
    each_store(|server| async move {
        let world = make(&server).await;
        let client = world.client().0;
        let fields = [("grant_type", "client_credentials")];
        server.form_basic(&world.at("token"), (&client, "wrong"), &fields).await.is_refused(401, "invalid_client");
        server.get(&world.at("nothing")).await.expect(404);
        let address = format!(
            "{}?response_type=code&client_id={client}&redirect_uri=https://evil.example&scope=openid",
            world.at("authorize")
        );
        server.get(&address).await;
        world.manage(Method::GET, "/users?filter=x", None).await.expect(400);
        let requests = world.requests("").await;
        let reasons: Vec<_> = ["token", "other", "authorize", "management"]
            .map(|name| named(&requests, name)[0]["reason"].clone())
            .into();
        assert_eq!(reasons[..3], [json!("secret_wrong"), json!("path_unknown"), json!("redirect_uri_invalid")]);
        assert!(reasons[3].is_string());
        assert_eq!(named(&requests, "token")[0]["clientId"], client);
        assert_eq!(named(&requests, "management")[0]["from"], named(&requests, "token")[1]["id"]);
    })
    .await;
}

/// Filters, waits, the way on from what is known, and the end of it.
#[tokio::test]
async fn they_are_asked_for_and_waited_for() {
    let server = TestApp::start().await;
    let (world, other) = (make(&server).await, make(&server).await);
    let client = world.client().0;
    let granted = async || world.token(&[("grant_type", "client_credentials")]).await.expect(200);
    granted().await;
    other.token(&[("grant_type", "client_credentials")]).await.expect(200);
    server.get(&world.at("jwks")).await.expect(200);
    server.get(&world.at("userinfo")).await.expect(401);
    assert_eq!(world.requests("").await.len(), 3);
    for (query, found) in [
        ("?endpoint=token", 1),
        ("?status=401", 1),
        ("?endpoint=jwks&status=200", 1),
        ("?endpoint=par", 0),
        (&*format!("?clientId={client}"), 1),
        ("?after=2", 1),
        ("?after=3", 0),
        ("?after=3&waitMs=1", 0),
        ("?after=0&waitMs=30000", 3),
    ] {
        assert_eq!(world.requests(query).await.len(), found, "{query}");
    }
    let began = Instant::now();
    let later = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.get(&world.at("jwks")).await.expect(200);
        granted().await;
    };
    let (found, ()) = tokio::join!(world.requests("?after=3&endpoint=token&waitMs=20000"), later);
    assert_eq!((found.len(), found[0]["id"].as_str()), (1, Some("5")));
    assert!(began.elapsed() < Duration::from_secs(10));
    for (query, at) in [
        ("?endpoint=tokens", "endpoint"),
        ("?status=99", "status"),
        ("?after=x", "after"),
        ("?waitMs=30001", "waitMs"),
        ("?more=1", "more"),
        ("?status=200&status=200", "query"),
    ] {
        let told = world.control(Method::GET, &format!("/requests{query}"), None).await.expect(400);
        assert_eq!(told["at"], at, "{query}");
    }
    world.control(Method::DELETE, "/requests", None).await.expect(204);
    assert!(world.requests("").await.is_empty());
    assert_eq!(other.requests("").await.len(), 1, "another world's are its own");
    granted().await;
    assert_eq!(world.requests("").await[0]["id"], "6");
}

/// The body comes to who answers as it was sent, and no more is kept than there is room for.
#[tokio::test]
async fn bodies_are_handed_on_and_the_oldest_go() {
    let server = TestApp::start().await;
    let world = make(&server).await;
    let request = |body: String| Request::form(world.at("token")).body(body);
    server.send(request("x=".to_owned() + &"y".repeat(70_000))).await.expect(413);
    server.send(request("%zz=1".to_owned())).await.is_refused(400, "invalid_request");
    server.send(request(format!("grant_type=client_credentials&x={}", "y".repeat(60_000)))).await.expect(401);
    let told = world.requests("").await;
    assert_eq!(told.len(), 3);
    assert!(told.iter().all(|request| request.to_string().len() < 4_000), "{told:?}");
    for _ in 0..1000 {
        server.get(&world.at("jwks")).await.expect(200);
    }
    let told = world.requests("").await;
    assert_eq!((told.len(), told[0]["id"].as_str()), (1000, Some("4")));
}

/// The layouts and mounts of the seeded environments are recorded from the first control on, and nothing before.
#[tokio::test]
async fn what_nobody_controls_is_not_recorded() {
    let server = TestApp::start().await;
    let form = "grant_type=client_credentials&client_id=service-client-jwt&client_secret=service-client-jwt-secret";
    let ask = async || server.encoded("/ms-auth-server/oauth2/token", form).await;
    ask().await;
    let path = format!("/worlds/{}/requests", dev::PLAYGROUND);
    let told = call(&server, Method::GET, &path, None).await.expect(200);
    assert_eq!(told, json!({ "requests": [] }));
    let token = ask().await;
    let told = call(&server, Method::GET, &path, None).await.expect(200);
    let [request] = &told["requests"].as_array().unwrap()[..] else { panic!("{told}") };
    assert_eq!((&request["endpoint"], &request["clientId"]), (&json!("token"), &json!("service-client-jwt")));
    assert_eq!(request["form"]["client_secret"], hash("service-client-jwt-secret"));
    assert_eq!(request["gave"], json!([hash(token.member("access_token"))]));
}

/// CR: whatever somebody pastes into the wrong place is not shown, whether it stands in a name, an address, an object or a path.
#[tokio::test]
async fn a_secret_in_the_wrong_place_is_not_shown() {
    let server = TestApp::start().await;
    let world = make(&server).await;
    let client = world.client().0;
    let address = format!(
        "{}?client_id={client}&state=s&canary&redirect_uri=https%3A%2F%2Fcanary@app%2F%3Fcode%3Dcanary",
        world.at("authorize")
    );
    server.get(&address).await;
    // `a%3Db:canary`: the client is `a=b` (RFC 6749 §2.3.1).
    let basic = Request::form(world.at("token")).header("authorization", "Basic YSUzRGI6Y2FuYXJ5");
    server.send(basic.body("grant_type=authorization_code&code=CANARY&canary=x")).await;
    server.get(&world.at("register/vO8kP2xT5qRwYzA3canary")).await;
    let body = json!({ "name": "x", "clientSecret": { "name": "canary", "value": "canary" }, "href": "https://a/?token=canary" });
    world.manage(Method::POST, "/applications", Some(&body)).await.expect(400);
    let told = world.control(Method::GET, "/requests", None).await;
    assert!(!told.text.to_ascii_lowercase().contains("canary"), "{}", told.text);
    let requests = told.body["requests"].as_array().unwrap();
    let [authorize, token, managed] = ["authorize", "token", "management"].map(|name| named(requests, name)[0]);
    assert_eq!(authorize["query"]["state"], "s");
    assert_eq!(token["headers"]["authorization"], format!("Basic a=b:{}", hash("canary")));
    assert_eq!((&token["clientId"], &token["form"]["code"]), (&json!("a=b"), &json!(hash("CANARY"))));
    assert_eq!(
        (&managed["form"]["name"], &managed["form"]["clientSecret"]["name"]),
        (&json!("x"), &json!(hash("canary")))
    );
}

/// The router of the management API decodes what stands in a path, and so does who looks at what goes by.
#[tokio::test]
async fn an_id_in_escapes_names_the_same_world() {
    let server = TestApp::start().await;
    let world = make(&server).await;
    let escaped = format!("/v1/environments/{}/users", world.id().replace('-', "%2D"));
    let worker = world.worker_token().await;
    server.get_with(&escaped, &worker).await.expect(200);
    let chosen = json!({ "endpoint": "management", "refuse": "actor_not_authorized" });
    world.control(Method::POST, "/next", Some(&chosen)).await.expect(201);
    server.get_with(&escaped, &worker).await.expect(403);
    let statuses: Vec<Value> =
        world.requests("?endpoint=management").await.iter().map(|request| request["status"].clone()).collect();
    assert_eq!(statuses, [200, 403]);
}
