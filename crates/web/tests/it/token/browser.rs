//! What scripts of other origins may read (attacks A19, CO-01 to CO-04).

use testkit::{Answer, Request, TestApp, shared};

const REGISTERED: &str = "http://localhost:3000";

fn allowed(answer: &Answer) -> &str {
    let origin = answer.header("access-control-allow-origin");
    // CO-02: with cookies the origin is exact, and what is for everybody is without.
    let credentials = if matches!(origin, "" | "*") { "" } else { "true" };
    assert_eq!(answer.header("access-control-allow-credentials"), credentials, "{origin}");
    origin
}

#[tokio::test]
async fn registered_origins_may_call_and_read_refusals_too() {
    let server = TestApp::inside().await;
    for endpoint in ["token", "revoke", "userinfo"] {
        let path = server.at(endpoint);
        // CO-03
        let preflight = Request::new("OPTIONS", &path)
            .header("origin", REGISTERED)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type");
        let answer = server.send(preflight).await;
        assert_eq!((answer.status, allowed(&answer)), (204, REGISTERED), "{endpoint}");
        assert!(answer.header("access-control-allow-methods").contains("POST"));
        assert!(answer.header("access-control-allow-headers").contains("Authorization"));
        assert_eq!((answer.header("vary"), answer.header("access-control-max-age")), ("Origin", "600"));
        // CO-04
        let refused = server.send(Request::form(&path).header("origin", REGISTERED).body("x=y")).await;
        assert_eq!((refused.status, allowed(&refused)), (401, REGISTERED), "{endpoint}");
    }
}

#[tokio::test]
async fn no_other_origin_is_let_in() {
    let server = TestApp::inside().await;
    // CO-01
    let origins = [
        "null",
        "https://evil.example",
        "http://localhost:3000.evil.example",
        "https://localhost:3000",
        "http://localhost:3001",
        "http://LOCALHOST:3000",
        "*",
    ];
    for origin in origins {
        for endpoint in ["token", "revoke", "userinfo"] {
            let path = server.at(endpoint);
            let preflight = server.send(Request::new("OPTIONS", &path).header("origin", origin)).await;
            let request = server.send(Request::form(&path).header("origin", origin).body(shared())).await;
            assert_eq!((allowed(&preflight), allowed(&request)), ("", ""), "{origin}");
        }
    }
    // Introspection is for servers; the administrators' environment registered nothing.
    let introspection =
        server.send(Request::form(server.at("introspect")).header("origin", REGISTERED).body(shared())).await;
    assert_eq!(allowed(&introspection), "");
    let foreign = server.send(Request::form(server.at_admin("token")).header("origin", REGISTERED).body("x=y")).await;
    assert_eq!(allowed(&foreign), "");
}

/// C1, D21: Ping's scripts send their cookies and two fields of their own, browsers' traces and frameworks others.
#[tokio::test]
async fn a_preflight_allows_what_it_asks_for() {
    let server = TestApp::inside().await;
    let asked = "traceparent,tracestate, baggage ,x-requested-with,X-Requested-Platform,authorization";
    let ask = async |path: &str, origin: &str, fields: &str| {
        let request = Request::new("OPTIONS", path).header("origin", origin).header("cookie", "ST=x");
        let request = request.header("access-control-request-method", "POST");
        server.send(request.header("access-control-request-headers", fields)).await
    };
    let own = ["token", "revoke", "userinfo", "authorize", "signoff", "resume?flowId=x"].map(|name| server.at(name));
    for path in &own {
        let answer = ask(path, REGISTERED, asked).await;
        assert_eq!((answer.status, allowed(&answer)), (204, REGISTERED), "{path}");
        let fields = answer.header("access-control-allow-headers");
        let named: Vec<&str> = fields.split(", ").collect();
        for name in
            ["Authorization", "Content-Type", "DPoP", "traceparent", "tracestate", "baggage", "x-requested-with"]
        {
            assert!(named.contains(&name), "{path} {name}: {fields}");
        }
        assert_eq!(named.len(), 8, "{path}: {fields}");
        let evil = ask(path, "https://evil.example", asked).await;
        assert_eq!((allowed(&evil), evil.header("access-control-allow-headers")), ("", ""), "{path}");
    }
    let people = testkit::People::start().await;
    for path in ["oauth2/token", "oauth2/revoke", "oauth2/authorize", "userinfo", "connect/logout"] {
        let request = Request::new("OPTIONS", format!("{}/{path}", testkit::people::MOUNT));
        let request = request.header("origin", "https://app.example").header("access-control-request-headers", asked);
        let answer = people.server.send(request).await;
        assert_eq!((answer.status, allowed(&answer)), (204, "https://app.example"), "{path}");
        assert!(answer.header("access-control-allow-headers").contains("x-requested-with"), "{path}");
    }
    for path in [server.at("jwks"), server.at(".well-known/openid-configuration")] {
        let answer = ask(&path, "https://anyone.example", asked).await;
        assert_eq!(allowed(&answer), "*", "{path}");
        assert!(answer.header("access-control-allow-headers").contains("traceparent"), "{path}");
    }
    // What is no field is passed over, and not repeated.
    let odd = ask(&own[0], REGISTERED, "x y, <script>, \"q\", ,a\tb, fine").await;
    assert_eq!(odd.header("access-control-allow-headers"), "Authorization, Content-Type, DPoP, fine");
    let many = (0..100).map(|n| format!("x-{n}")).collect::<Vec<_>>().join(",");
    assert_eq!(ask(&own[0], REGISTERED, &many).await.header("access-control-allow-headers").split(", ").count(), 53);
}

#[tokio::test]
async fn documents_are_for_everybody() {
    let server = TestApp::inside().await;
    for path in [server.at("jwks"), server.at(".well-known/openid-configuration")] {
        for request in [Request::get(&path), Request::new("OPTIONS", &path)] {
            assert_eq!(allowed(&server.send(request.header("origin", "https://anyone.example")).await), "*");
        }
    }
}
