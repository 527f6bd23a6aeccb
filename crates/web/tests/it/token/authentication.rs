//! Client authentication over HTTP: the same answer for every cause, at every endpoint (specs §2.3, §2.5).

use engine::bootstrap::dev;
use protocol::change::Change;
use protocol::model::ClientSecret;
use protocol::secret::SecretDigest;

use serde_json::json;
use testkit::people::CALLBACK;
use testkit::{People, Request, SANDBOX, TestApp, basic, shared};
use web::layers::rate::FailureLimits;

const CREDENTIALS: &str = "grant_type=client_credentials";

#[tokio::test]
async fn a_worker_gets_a_token_by_basic() {
    let server = TestApp::inside().await;
    // CA-02, and what the go clients send.
    let path = server.at_admin("token");
    for body in [CREDENTIALS, "grant_type=client_credentials&scope=openid", "grant_type=client_credentials&foo=bar"] {
        let answer = server.encoded_basic(&path, (dev::ADMIN_APPLICATION, dev::ADMIN_SECRET), body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        // TE-10
        assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!((&answer.body["token_type"], &answer.body["expires_in"]), (&"Bearer".into(), &3600.into()));
        assert!(answer.body.get("refresh_token").is_none() && answer.body.get("id_token").is_none());
    }
}

#[tokio::test]
async fn requests_that_are_no_forms() {
    let server = TestApp::inside().await;
    for endpoint in ["token", "par"] {
        is_no_form(&server, &server.at(endpoint)).await;
    }
}

async fn is_no_form(server: &TestApp, path: &str) {
    let body = format!("{CREDENTIALS}&{}", shared());
    let json = r#"{"grant_type":"client_credentials"}"#;
    let plain = || Request::post(path);
    let table = [
        // CA-50, CA-51, CA-52
        (plain().header("content-type", "application/json"), json),
        (plain().header("content-type", "application/json"), body.as_str()),
        (plain().header("content-type", "text/plain"), &body),
        (plain().header("content-type", "multipart/form-data; boundary=x"), &body),
        (plain(), &body),
        (Request::form(path).header("content-type", "application/x-www-form-urlencoded"), &body),
        // TE-09
        (Request::form(path), "grant_type=%zz"),
        (Request::form(path), "grant_type=%ff"),
        (Request::form(path), "grant_type=a%00b"),
        // CA-33, TE-07, PA-04
        (Request::form(path), "client_secret=a&client_secret=b"),
        (Request::form(path), "client_id=a&client_id=a"),
        (Request::form(path), "scope=a&scope=b"),
        (Request::form(path), "whatever=a&whatever=b"),
    ];
    for (request, body) in table {
        server.send(request.body(body)).await.is_refused(400, "invalid_request");
    }
    // TE-01, PA-01
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
        let answer = server.send(Request::new(method, path)).await;
        assert_eq!(answer.status, 405);
        assert!(answer.header("allow").contains("POST"), "{answer:?}");
    }
}

/// D4: the media type has no parameters, so none of them counts, and none changes what is read.
/// CA-48: what is to be UTF-8 are the octets that the form stands for.
#[tokio::test]
async fn a_form_is_one_whatever_its_charset_is_said_to_be() {
    let people = People::start().await;
    let secret = testkit::people::SECRET;
    let own = format!("client_id={}&client_secret={secret}", people.client);
    let request = format!("client_id={}&response_type=code&redirect_uri={CALLBACK}", people.client);
    let at = |below: &str| people.path(below);
    let mount = |below: &str| format!("{}{below}", testkit::people::MOUNT);
    let endpoints = [
        (at("/as/token"), format!("grant_type=authorization_code&code=x&{own}"), 400, "invalid_grant"),
        (mount("/oauth2/token"), format!("grant_type=authorization_code&code=x&{own}"), 400, "invalid_grant"),
        (at("/as/introspect"), format!("token=x&{own}"), 200, "false"),
        (mount("/oauth2/introspect"), format!("token=x&{own}"), 200, "false"),
        (at("/as/revoke"), format!("token=x&{own}"), 200, ""),
        (mount("/oauth2/revoke"), format!("token=x&{own}"), 200, ""),
        (at("/as/par"), format!("response_type=code&redirect_uri={CALLBACK}&{own}"), 201, "request_uri"),
        (mount("/oauth2/par"), format!("response_type=code&redirect_uri={CALLBACK}&{own}"), 201, "request_uri"),
        (at("/as/userinfo"), "access_token=x".into(), 401, ""),
        (mount("/userinfo"), "access_token=x".into(), 401, ""),
        (at("/as/authorize"), request.clone(), 303, ""),
        (mount("/oauth2/authorize"), request, 303, ""),
        (at("/as/signoff"), "state=x".into(), 200, ""),
        (mount("/connect/logout"), "state=x".into(), 200, ""),
        (at("/signon"), "flowId=x".into(), 404, ""),
        (mount("/signon"), "flowId=x".into(), 404, ""),
    ];
    for (path, body, status, word) in &endpoints {
        for parameter in
            ["charset=ISO-8859-1", "charset=utf-16", "CHARSET=\"x\"", "charset=UTF-8", "charset", "a=b; c", ""]
        {
            let media = format!("application/x-www-form-urlencoded; {parameter}");
            let answer = people.server.send(Request::post(path).header("content-type", &*media).body(body)).await;
            assert_eq!(answer.status, *status, "{path} {parameter}: {}", answer.text);
            assert!(answer.text.contains(word), "{path} {parameter}: {}", answer.text);
        }
        // Octets of another charset are no text, whatever is said of them.
        let media = "application/x-www-form-urlencoded; charset=ISO-8859-1";
        let latin = Request::post(path).header("content-type", media).body(format!("{body}&x=%FC"));
        let refused = people.server.send(latin).await;
        let told = refused.status == 400 || refused.header("location").contains("error=invalid_request");
        assert!(told, "{path} {refused:?}");
    }
}

#[tokio::test]
async fn every_cause_has_the_same_answer_at_every_endpoint() {
    let server = TestApp::inside().await;
    let id = dev::SHARED_WEB_APPLICATION;
    for endpoint in ["token", "introspect", "revoke", "par"] {
        let path = server.at(endpoint);
        let more = "grant_type=client_credentials&token=x";
        let unknown = server.encoded(&path, &format!("{more}&client_id=nobody&client_secret=x")).await;
        let wrong = server.encoded(&path, &format!("{more}&client_id={id}&client_secret=x")).await;
        // CA-03, PA-02
        let method = server.encoded_basic(&path, (id, dev::SHARED_WEB_SECRET), more).await;
        // CA-10
        let empty = server.encoded(&path, &format!("{more}&client_id={id}&client_secret=")).await;
        // CA-26, CA-28, CA-47
        let scheme = server.send(Request::form(&path).header("authorization", "Bearer x").body(more)).await;
        let proxy = Request::form(&path)
            .header("proxy-authorization", basic(dev::BASIC_WEB_APPLICATION, dev::BASIC_WEB_SECRET));
        let proxy = server.send(proxy.body(more)).await;
        let foreign = server.encoded_basic(&path, (dev::ADMIN_APPLICATION, dev::ADMIN_SECRET), more).await;
        let hide = |text: &str| text[..text.find("Correlation ID: ").unwrap()].to_owned();
        for answer in [&wrong, &method, &empty, &scheme, &proxy, &foreign] {
            answer.is_refused(401, "invalid_client");
            assert_eq!(answer.header("www-authenticate"), unknown.header("www-authenticate"));
            assert_eq!(hide(&answer.text), hide(&unknown.text));
        }
        // CA-04, CA-08, CA-27, CA-29
        let right = basic(dev::BASIC_WEB_APPLICATION, dev::BASIC_WEB_SECRET);
        let both = server
            .send(Request::form(&path).header("authorization", &right).body(format!("{more}&{}", shared())))
            .await;
        let other = server
            .send(Request::form(&path).header("authorization", &right).body(format!("{more}&client_id={id}")))
            .await;
        let twice = Request::form(&path).header("authorization", &right).header("authorization", &right);
        let twice = server.send(twice.body(more)).await;
        let query = server.encoded(&format!("{path}?client_secret=x"), &format!("{more}&{}", shared())).await;
        for answer in [both, other, twice, query] {
            answer.is_refused(400, "invalid_request");
        }
    }
}

#[tokio::test]
async fn a_disabled_application_is_refused_like_a_wrong_secret() {
    let server = TestApp::inside().await;
    let path = server.at("token");
    let body = format!("{CREDENTIALS}&{}", shared());
    // Authenticated, though without this grant (TE-05).
    server.encoded(&path, &body).await.is_refused(400, "unauthorized_client");
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC" })).await;
    server.encoded(&path, &body).await.is_refused(401, "invalid_client");
    let answer = server.encoded_basic(&path, (dev::SHARED_WEB_APPLICATION, dev::SHARED_WEB_SECRET), CREDENTIALS).await;
    answer.is_refused(400, "unauthorized_client");
    // CA-39
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "enabled": false })).await;
    let answer = server.encoded_basic(&path, (dev::SHARED_WEB_APPLICATION, dev::SHARED_WEB_SECRET), CREDENTIALS).await;
    answer.is_refused(401, "invalid_client");
}

#[tokio::test]
async fn a_secret_that_another_node_rotated_is_seen_at_once() {
    let server = TestApp::inside().await;
    let path = server.at("token");
    server.encoded(&path, &format!("{CREDENTIALS}&{}", shared())).await.is_refused(400, "unauthorized_client");
    let id = protocol::id::ApplicationId::new(dev::SHARED_WEB_APPLICATION);
    let client = server.app.store.client_of(SANDBOX, id).await.unwrap().unwrap();
    let current = client.secrets.current.unwrap();
    let digest = SecretDigest::of(server.app.pepper(), "next");
    let rotate = Change::RotateSecret {
        environment: SANDBOX,
        of: id.into(),
        was: Some(*current.digest.bytes()),
        current: ClientSecret { digest, ..current.clone() },
        previous: Some(ClientSecret { expires_at: Some(server.now().plus(60)), ..current }),
    };
    // Past this node's snapshot, as another node would.
    server.furnish(vec![rotate]).await;
    let next = format!("{CREDENTIALS}&client_id={}&client_secret=next", dev::SHARED_WEB_APPLICATION);
    server.encoded(&path, &next).await.is_refused(400, "unauthorized_client");
    // Both live until the previous one's time.
    let old = format!("{CREDENTIALS}&{}", shared());
    server.encoded(&path, &old).await.is_refused(400, "unauthorized_client");
    server.wait(60);
    server.encoded(&path, &old).await.is_refused(401, "invalid_client");
    server.encoded(&path, &next).await.is_refused(400, "unauthorized_client");
}

/// F11: CA-46 for whoever knows the secret, at each endpoint that takes one, also behind one address with those who guess.
#[tokio::test]
async fn who_guesses_is_slowed_down_and_nobody_else() {
    let limits = FailureLimits { burst: 20, ..FailureLimits::default() };
    let server = TestApp::build().limits(limits).start().await;
    let path = server.at("token");
    let guess = format!("{CREDENTIALS}&client_id={}&client_secret=guess", dev::SHARED_WEB_APPLICATION);
    for _ in 0..limits.burst {
        server.encoded(&path, &guess).await.is_refused(401, "invalid_client");
    }
    let limited = server.encoded(&path, &guess).await;
    limited.is_refused(429, "temporarily_unavailable");
    assert!(limited.headers.contains_key("retry-after"));
    let right = format!("{CREDENTIALS}&{}", shared());
    server.encoded(&path, &right).await.is_refused(400, "unauthorized_client");
    for (endpoint, body, status) in [("introspect", "token=x", 200), ("revoke", "token=x", 200), ("par", "a=b", 400)] {
        let path = server.at(endpoint);
        let guess = format!("{body}&client_id={}&client_secret=guess", dev::SHARED_WEB_APPLICATION);
        server.encoded(&path, &guess).await.is_refused(429, "temporarily_unavailable");
        assert_eq!(server.encoded(&path, &format!("{body}&{}", shared())).await.status, status, "{endpoint}");
    }
    // And being right forgives nothing to those who guess.
    let limited = server.encoded(&path, &guess).await;
    limited.is_refused(429, "temporarily_unavailable");
    let elsewhere = server.send(Request::form(&path).from([192, 0, 2, 7].into()).body(&right)).await;
    elsewhere.is_refused(400, "unauthorized_client");
}

// TE-11
#[tokio::test]
async fn unknown_environments_are_not_found_and_nothing_is_echoed() {
    let server = TestApp::inside().await;
    let answer = server.encoded("/00000000-0000-4000-8000-000000000000/as/token", CREDENTIALS).await;
    assert_eq!((answer.status, answer.text_of("code").as_str()), (404, "NOT_FOUND"));
    let hostile = "%3Cscript%3Ehush%0D%0Ahush%22";
    for name in ["grant_type", "client_id", "client_secret", "scope", "hush"] {
        let answer = server.encoded(&server.at("token"), &format!("{name}={hostile}")).await;
        assert!(!format!("{answer:?}").contains("hush"), "{answer:?}");
    }
}
