//! What a refusal tells: anybody the same sentence, its owner the rule.

use std::collections::BTreeSet;
use std::time::Duration;

use engine::bootstrap::dev;
use protocol::id::CorrelationId;
use protocol::model::Activity;
use reqwest::Method;
use serde_json::Value;
use testkit::{Answer, TestApp, each_store};

#[tokio::test]
async fn four_failures_of_authentication_answer_alike_and_are_explained_apart() {
    each_store(|app| async move {
        let id = dev::SHARED_WEB_APPLICATION.to_string();
        let path = format!("/{}/as/token", dev::ENVIRONMENT);
        let unknown = "6c27fc83-0000-4450-9fc8-12bece451fb7";
        let post = |client: &'static str, secret: &'static str| vec![("client_id", client), ("client_secret", secret)];
        let shared: &'static str = id.clone().leak();
        let spa: &'static str = dev::SPA_APPLICATION.to_string().leak();
        let wrong_method = app.form_basic(&path, (&id, dev::SHARED_WEB_SECRET), GRANT).await;
        let answers = [
            app.form(&path, &[GRANT, &post(unknown, "x")].concat()).await,
            app.form(&path, &[GRANT, &post(shared, "wrong")].concat()).await,
            app.form(&path, &[GRANT, &post(spa, "unexpected")].concat()).await,
            wrong_method,
        ];
        let mut reasons = Vec::new();
        for answer in &answers {
            assert_eq!(public(answer), public(&answers[0]), "{}", answer.text);
            reasons.push(reason(&app, answer).await);
        }
        assert_eq!(reasons[0], "client_unknown");
        assert_eq!(reasons[1], "secret_wrong");
        assert_eq!(reasons[2..], ["method_other", "method_other"]);
    })
    .await;
}

#[tokio::test]
async fn an_explanation_says_what_was_expected_what_came_and_how_to_mend_it() {
    let app = TestApp::start().await;
    let path = format!("/{}/as/token", dev::ENVIRONMENT);
    let client = (dev::BASIC_WEB_APPLICATION.to_string(), dev::BASIC_WEB_SECRET);
    let code = app.sign_on_with(&[("client_id", &client.0), ("scope", "openid")]).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "http://localhost:3000/callback/"),
    ];
    let answer = app.form_basic(&path, (&client.0, client.1), &fields).await;
    assert_eq!((answer.status, answer.member("error")), (400, "invalid_grant"));
    app.app.audit.flush().await;
    let found = app.app.store.explain(CorrelationId::parse(answer.correlation()).unwrap()).await.unwrap();
    let refusal = found.first().and_then(|activity| activity.event.refusal.clone()).unwrap();
    assert_eq!(refusal.reason.row().name, "redirect_uri_mismatch");
    assert!(!refusal.expected.is_empty() && !refusal.came.is_empty() && !refusal.reason.row().mend.is_empty());
    let told = format!("{} {} {}", refusal.expected, refusal.came, refusal.reason.row().mend);
    assert!(!told.contains(&code) && !told.contains(client.1), "never a secret: {told}");
}

#[tokio::test]
async fn what_no_route_takes_is_explained_too() {
    let app = TestApp::start().await;
    let token = format!("/{}/as/token", dev::ENVIRONMENT);
    for (path, status, name) in [
        ("/v1/unheard-of?code=not-to-be-kept", 404, "path_unknown"),
        (token.as_str(), 405, "method_not_allowed"),
        ("/not-an-id/as/token", 405, "method_not_allowed"),
        ("/not-an-id/as/jwks", 404, "environment_unknown"),
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, status, "{path} {}", answer.text);
        assert_eq!(reason(&app, &answer).await, name, "{path}");
        let found = app.app.store.explain(CorrelationId::parse(answer.correlation()).unwrap()).await.unwrap();
        assert!(!format!("{found:?}").contains("not-to-be-kept"));
    }
}

#[tokio::test]
async fn a_post_that_is_no_form_is_refused_unless_it_is_empty() {
    let app = TestApp::start().await;
    for path in ["as/authorize", "as/signoff", "signon"] {
        let path = format!("/{}/{path}", dev::ENVIRONMENT);
        for (media, body) in [("application/json", "{}"), ("text/plain", "a=b"), ("text/plain", " ")] {
            let request = app.request(Method::POST, &path).header("content-type", media).body(body);
            let answer = app.send(request).await;
            assert_eq!(answer.status, 400, "{path} {media} {}", answer.text);
            assert_eq!(reason(&app, &answer).await, "body_not_readable", "{path} {media}");
        }
    }
    // What then lacks is named.
    let empty = app.send(app.request(Method::POST, &format!("/{}/as/authorize", dev::ENVIRONMENT))).await;
    assert_eq!((empty.status, reason(&app, &empty).await), (400, "parameter_missing"));
}

/// C7: who comes to an address of no route by a browser gets a page, the root of `serve` included; a program the error.
#[tokio::test]
async fn an_unknown_address_is_a_page_for_a_person() {
    let app = TestApp::start().await;
    let token = format!("/{}/as/token", dev::ENVIRONMENT);
    let browsers = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let serve = testkit::People::start().await;
    let root = serve.server.send(testkit::Request::get("/").header("accept", browsers)).await;
    assert_eq!((root.status, root.header("content-type")), (200, "text/html; charset=utf-8"));
    for (path, status) in [
        ("/unheard-of", 404),
        ("/v1/unheard-of", 404),
        ("/not-an-id/as/jwks", 404),
        (token.as_str(), 405),
        ("/assets/nothing.css", 404),
    ] {
        let page = app.send(app.request(Method::GET, path).header("accept", browsers)).await;
        assert_eq!((page.status, page.header("content-type")), (status, "text/html; charset=utf-8"), "{path}");
        assert!(page.text.contains("id=\"error\"") && page.text.contains(page.correlation()), "{path}");
        assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(page.headers.contains_key("allow"), status == 405, "{path}");
        for accept in ["*/*", "application/json", ""] {
            let error = app.send(app.request(Method::GET, path).header("accept", accept)).await;
            assert_eq!((error.status, error.body["code"].is_string()), (status, true), "{path} {accept}");
        }
    }
}

#[tokio::test]
async fn what_the_edge_refuses_is_explained_too() {
    let app = TestApp::start().await;
    let long = format!("GET /{} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "x".repeat(17_000));
    let with = |field: &str| format!("GET / HTTP/1.1\r\nHost: localhost\r\n{field}\r\nConnection: close\r\n\r\n");
    for (bytes, status, name) in [
        (with("Host: other"), "400", "host_invalid"),
        (with("Content-Encoding: gzip\r\nContent-Length: 1") + "x", "415", "content_coding_unsupported"),
        (with("Expect: wonders"), "417", "expectation_failed"),
        (with("X: 1").replace("GET /", "GET /a/../b"), "404", "path_unknown"),
        (long, "414", "uri_too_long"),
    ] {
        let answer = app.raw(bytes.as_bytes()).await;
        assert_eq!(answer.split(' ').nth(1), Some(status), "{answer}");
        let told = told(&app, &answer).await;
        assert_eq!((told.reason(), told.event.environment), (Some(name), None));
    }
}

// HT-15 and HT-22: a body that does not come, at every endpoint that takes one.
#[tokio::test]
async fn slow_bodies_are_closed() {
    let app = TestApp::build().socket().body_time(Duration::from_millis(300)).start().await;
    let (environment, token) = (dev::ENVIRONMENT, app.worker_token().await);
    let form = "application/x-www-form-urlencoded";
    let json = format!("application/json\r\nAuthorization: Bearer {token}");
    let endpoints = [
        (format!("/{environment}/as/token"), form),
        (format!("/{environment}/as/introspect"), form),
        (format!("/{environment}/as/revoke"), form),
        (format!("/{environment}/as/authorize"), form),
        (format!("/{environment}/as/signoff"), form),
        (format!("/{environment}/as/userinfo"), form),
        (format!("/{environment}/signon"), form),
        (format!("/{environment}/flows/x"), "application/vnd.pingidentity.session.reset+json"),
        (format!("/v1/environments/{environment}/populations"), &json),
    ];
    let rests = [
        "Content-Length: 100\r\n\r\naaa",
        "Transfer-Encoding: chunked\r\n\r\n5\r\na",
        "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    ];
    let cases = endpoints.iter().flat_map(|(path, media)| rests.map(|rest| (path, media, rest)));
    crate::flow::join_all(cases.map(async |(path, media, rest)| {
        let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media}\r\n");
        // The connection ends: else this would wait for more.
        let answer = app.raw(format!("{head}{rest}").as_bytes()).await;
        assert!(answer.contains("HTTP/1.1 408 "), "{path} {rest:?} {answer}");
        assert!(answer.contains("\r\nconnection: close\r\n"), "{path} {answer}");
        assert_eq!(told(&app, &answer).await.reason(), Some("body_too_slow"), "{path}");
    }))
    .await;
}

// RFC 9110 §15.5.6: who is told that a method is wrong is told the right ones, and all of them.
#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let app = TestApp::start().await;
    let environment = dev::ENVIRONMENT;
    let known: Value = app.get(&app.at(".well-known/openid-configuration")).await.expect(200);
    let endpoints = known.as_object().unwrap().iter().filter(|(name, _)| *name != "issuer");
    let published = endpoints.filter_map(|(_, value)| value.as_str()?.strip_prefix(&app.url("")));
    let paths: BTreeSet<String> = published
        .map(|path| path.split('?').next().unwrap().to_owned())
        .chain(web::manage::calls().map(|(_, path)| format!("/v1{}", path.replace("{environment}", "x"))))
        .chain(["resume", ".well-known/openid-configuration"].map(|path| app.at(path)))
        .chain(["flows/x", "signon"].map(|path| format!("/{environment}/{path}")))
        .chain(["/", "/try", "/try/callback", "/assets/x"].map(str::to_owned))
        .chain([format!("/.well-known/oauth-authorization-server/{environment}/as")])
        .collect();
    for path in paths {
        let mut taken = BTreeSet::new();
        let mut told = BTreeSet::new();
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
            let answer = app.send(app.request(method.parse().unwrap(), &path)).await;
            if answer.status == 405 {
                told.insert(answer.header("allow").to_owned());
            } else {
                taken.insert(method);
            }
        }
        let told: Vec<_> = told.iter().map(|allow| allow.split(',').map(str::trim).collect::<BTreeSet<_>>()).collect();
        assert_eq!(told, [taken], "{path}");
    }
}

// CA-38: what is recorded must not tell by its time, or by the room that it finds, whether the client is known. Whoever named
// none has no claim to that, at these endpoints as little as elsewhere.
#[tokio::test]
async fn a_flood_of_nobody_hides_no_client_at_any_endpoint_that_authenticates() {
    let app = TestApp::start().await;
    let unknown = "6c27fc83-0000-4450-9fc8-12bece451fb7";
    for _ in 0..=600 {
        app.get(&format!("/{}/flows/{unknown}", dev::ENVIRONMENT)).await.expect(404);
    }
    for endpoint in ["token", "introspect", "revoke"] {
        let fields = [&[("client_id", unknown), ("client_secret", "x"), ("token", "x")], GRANT].concat();
        let answer = app.form(&app.at(endpoint), &fields).await;
        assert_eq!(reason(&app, &answer).await, "client_unknown", "{endpoint}");
        let unreadable = app.form(&app.at(endpoint), &[("token", "x"), ("token", "y")]).await;
        assert_eq!(unreadable.status, 400, "{endpoint} {}", unreadable.text);
        app.app.audit.flush().await;
        let correlation = CorrelationId::parse(unreadable.correlation()).unwrap();
        assert_eq!(app.app.store.explain(correlation).await.unwrap(), [], "{endpoint}");
    }
}

#[tokio::test]
async fn an_environment_that_does_not_exist_gets_no_events() {
    let app = TestApp::start().await;
    let nowhere = "6c27fc83-0000-4450-9fc8-12bece451fb7";
    let answers = [
        app.form(&format!("/{nowhere}/as/token"), GRANT).await,
        app.get(&format!("/{nowhere}/as/jwks")).await,
        app.get(&format!("/{nowhere}/as/authorize?client_id=x")).await,
        app.get(&format!("/{nowhere}/flows/{nowhere}")).await,
        app.get(&format!("/v1/environments/{nowhere}")).await,
        app.manage(Method::GET, &format!("/v1/environments/{nowhere}"), None).await,
    ];
    for answer in answers {
        assert!(matches!(answer.status, 401 | 404), "{}", answer.text);
        reason(&app, &answer).await;
        let found = app.app.store.explain(CorrelationId::parse(answer.correlation()).unwrap()).await.unwrap();
        assert_eq!(found[0].event.environment, None, "{}", answer.text);
    }
}

/// What is recorded of bytes that were sent as they are, by their answer.
async fn told(app: &TestApp, answer: &str) -> Activity {
    let id = answer.lines().find_map(|line| line.strip_prefix("correlation-id: ")).unwrap().trim();
    app.app.audit.flush().await;
    let mut found = app.app.store.explain(CorrelationId::parse(id).unwrap()).await.unwrap();
    assert_eq!(found.len(), 1, "one event per request");
    found.remove(0)
}

/// Everything but the number of the request.
fn public(answer: &Answer) -> (u16, String) {
    (answer.status, answer.text.replace(answer.correlation(), ""))
}

async fn reason(app: &TestApp, answer: &Answer) -> &'static str {
    app.app.audit.flush().await;
    let correlation = CorrelationId::parse(answer.correlation()).unwrap();
    let found = app.app.store.explain(correlation).await.unwrap();
    assert_eq!(found.len(), 1, "one event per request");
    found[0].event.refusal.as_ref().unwrap().reason.row().name
}

const GRANT: &[(&str, &str)] = &[("grant_type", "client_credentials")];
