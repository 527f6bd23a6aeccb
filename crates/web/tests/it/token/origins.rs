//! Which pages may read an answer, and drive a flow: those of the one application of the request (attacks A19, FL-12).

use engine::bootstrap::dev;
use reqwest::Method;
use serde_json::json;
use testkit::{Answer, TestApp, each_store};

const OTHERS: &str = "https://other.example";
const OWN: &str = "https://own.example";

/// An application whose pages have `origin`, with its secret.
async fn application(app: &TestApp, origin: &str) -> (String, String) {
    let path = format!("/environments/{}/applications", dev::ENVIRONMENT);
    let body = json!({
        "name": format!("Of {origin}"),
        "enabled": true,
        "protocol": "OPENID_CONNECT",
        "type": "WEB_APP",
        "grantTypes": ["AUTHORIZATION_CODE"],
        "responseTypes": ["CODE"],
        "redirectUris": [dev::REDIRECT_URI],
        "tokenEndpointAuthMethod": "CLIENT_SECRET_POST",
        "corsSettings": { "behavior": "ALLOW_SPECIFIC_ORIGINS", "origins": [origin] },
    });
    let created = app.manage(Method::POST, &path, Some(&body)).await;
    let id = created.member("id").to_owned();
    let secret = app.manage(Method::GET, &format!("{path}/{id}/secret"), None).await.member("secret").to_owned();
    (id, secret)
}

fn allowed(answer: &Answer) -> &str {
    answer.header("access-control-allow-origin")
}

async fn post(app: &TestApp, path: &str, origin: &str, body: String) -> Answer {
    let request = app.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
    app.send(request.header("origin", origin).body(body)).await
}

// CO-01
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_application_of_the_request_decides() {
    each_store(|app| async move {
        let (own, secret) = application(&app, OWN).await;
        application(&app, OTHERS).await;
        for endpoint in ["token", "revoke", "par"] {
            let path = format!("/{}/as/{endpoint}", dev::ENVIRONMENT);
            // A preflight names nobody.
            for origin in [OWN, OTHERS] {
                let asked = app.send(app.request(Method::OPTIONS, &path).header("origin", origin)).await;
                assert_eq!(allowed(&asked), origin, "{endpoint}");
            }
            let proven = format!("client_id={own}&client_secret={secret}");
            let in_query = format!("{path}?client_id={own}");
            for (path, body) in [
                (&path, proven.clone()),
                (&path, format!("client_id={own}&client_secret=wrong")),
                (&path, format!("{proven}&grant_type=a&grant_type=b")),
                (&in_query, "x=y".to_owned()),
            ] {
                assert_eq!(allowed(&post(&app, path, OWN, body.clone()).await), OWN, "{path} {body}");
                let other = post(&app, path, OTHERS, body.clone()).await;
                // A form that cannot be read at all names nobody either.
                let expected = if body.contains("grant_type=b") { OTHERS } else { "" };
                assert_eq!(allowed(&other), expected, "{path} {body}");
            }
            let basic = app.request(Method::POST, &path).header("authorization", testkit::basic(&own, "wrong"));
            assert_eq!(allowed(&app.send(basic.header("origin", OTHERS)).await), "");
            // A mistyped client id is nobody's: its page must see what is wrong (CO-04).
            assert_eq!(allowed(&post(&app, &path, OTHERS, "client_id=mistyped&client_secret=x".into()).await), OTHERS);
        }
    })
    .await;
}

// CO-01
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_token_names_its_application() {
    each_store(|app| async move {
        let (own, secret) = application(&app, OWN).await;
        application(&app, OTHERS).await;
        let code = app.sign_on_with(&[("client_id", &own), ("scope", "openid")]).await;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", dev::REDIRECT_URI),
            ("client_id", &own),
            ("client_secret", &secret),
        ];
        let tokens = app.form(&format!("/{}/as/token", dev::ENVIRONMENT), &fields).await;
        let path = format!("/{}/as/userinfo", dev::ENVIRONMENT);
        for (token, origin, expected) in [
            (tokens.member("access_token"), OWN, OWN),
            (tokens.member("access_token"), OTHERS, ""),
            ("nonsense", OTHERS, OTHERS),
            ("nonsense", "https://nobody.example", ""),
        ] {
            let asked = app.request(Method::GET, &path).bearer_auth(token).header("origin", origin);
            assert_eq!(allowed(&app.send(asked).await), expected, "{origin}");
        }
    })
    .await;
}

// FL-12
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_pages_of_the_application_drive_its_flows() {
    each_store(|app| async move {
        let (own, _) = application(&app, OWN).await;
        application(&app, OTHERS).await;
        let path = format!("/{}/as/authorize?client_id={own}&response_type=code&scope=openid", dev::ENVIRONMENT);
        let here = app.url("");
        for (origin, status) in [(OWN, 200), (here.as_str(), 200), (OTHERS, 403), ("null", 403)] {
            let begun = app.request(Method::GET, &format!("{path}&response_mode=pi.flow")).header("origin", origin);
            let begun = app.send(begun).await;
            assert_eq!(begun.status, status, "{origin}: {}", begun.text);
            if status == 403 {
                assert_eq!((begun.member("code"), allowed(&begun)), ("ACCESS_FAILED", ""));
                let events = format!("/environments/{}/activities?filter=", dev::ENVIRONMENT);
                let filter = format!("correlationId%20eq%20%22{}%22", begun.correlation());
                app.app.audit.flush().await;
                let told = app.manage(Method::GET, &format!("{events}{filter}"), None).await;
                assert!(told.text.contains("FAILED"), "{}", told.text);
            }
            // With a redirect the page neither sees nor does anything.
            let away = format!("{path}&redirect_uri={}", dev::REDIRECT_URI);
            assert_eq!(app.send(app.request(Method::GET, &away).header("origin", origin)).await.status, 302);
        }
        // A program sends no origin, begins and signs on.
        let begun = app.get(&format!("{path}&response_mode=pi.flow")).await;
        let check = begun.body["_links"]["usernamePassword.check"]["href"].as_str().unwrap().to_owned();
        let check = check.replace(&app.url(""), "");
        let credentials = json!({ "username": dev::USERNAME, "password": dev::PASSWORD }).to_string();
        for (origin, status) in [(Some(OTHERS), 403), (Some("null"), 403), (None, 200)] {
            let mut request = app.request(Method::POST, &check).body(credentials.clone());
            request = request.header("content-type", "application/vnd.pingidentity.usernamePassword.check+json");
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            let answer = app.send(request).await;
            assert_eq!(answer.status, status, "{origin:?}: {}", answer.text);
        }
    })
    .await;
}
