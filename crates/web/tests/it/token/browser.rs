//! What scripts of other origins may read (attacks A19, CO-01 to CO-04).

use testkit::{Answer, Request, TestApp, shared};

const REGISTERED: &str = "http://localhost:3000";

fn allowed(answer: &Answer) -> &str {
    // CO-02
    assert!(!answer.headers.contains_key("access-control-allow-credentials"));
    answer.header("access-control-allow-origin")
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

#[tokio::test]
async fn documents_are_for_everybody() {
    let server = TestApp::inside().await;
    for path in [server.at("jwks"), server.at(".well-known/openid-configuration")] {
        for request in [Request::get(&path), Request::new("OPTIONS", &path)] {
            assert_eq!(allowed(&server.send(request.header("origin", "https://anyone.example")).await), "*");
        }
    }
}
