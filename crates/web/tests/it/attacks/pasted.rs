//! Secrets that were pasted into the wrong place.

use engine::bootstrap::dev;
use http::Method;
use testkit::{Request, TestApp};

use super::{authorize, begin};

/// F21: whatever is refused is kept for months, and read by others than whoever sent it.
#[tokio::test]
async fn no_secret_that_was_pasted_somewhere_is_kept() {
    let app = TestApp::start().await;
    let client = dev::SHARED_WEB_APPLICATION.to_string();
    let mark = |number: usize| format!("Pa55word-{number}-vO8-kP2_xT5qRwYzA3bC6dEf");
    let mut marks = Vec::new();
    for (number, name) in NAMES.into_iter().enumerate() {
        app.get(&wrong(name, &mark(number))).await;
        marks.push(mark(number));
    }
    for (number, address) in
        ["https://evil.example/cb?token={}", "https://evil.example/cb#{}", "https://jane:{}@evil.example/cb", "{}"]
            .into_iter()
            .enumerate()
    {
        let mark = mark(100 + number);
        app.get(&wrong("redirect_uri", &address.replace("{}", &mark))).await;
        let back = url::form_urlencoded::byte_serialize(address.replace("{}", &mark).as_bytes()).collect::<String>();
        app.get(&format!("{}?client_id={client}&post_logout_redirect_uri={back}", app.at("signoff"))).await;
        marks.push(mark);
    }
    for (number, path) in ["/{}", "/as/{}/token", &format!("/{}/as/{{}}", dev::ENVIRONMENT)].into_iter().enumerate() {
        let mark = mark(200 + number);
        app.get(&path.replace("{}", &mark)).await;
        marks.push(mark);
    }
    let flow = begin(&app).await;
    app.send(Request::post(&flow).header("content-type", format!("application/vnd.pingidentity.{}+json", mark(300))))
        .await;
    app.send(Request::new(mark(301).as_str(), app.at("token"))).await;
    let filter = format!("/environments/{}/users?filter=a{}%20eq%20%22x%22", dev::ENVIRONMENT, mark(302));
    app.manage(Method::GET, &filter, None).await;
    app.send(
        Request::get(authorize(&client, &[("response_mode", "pi.flow")]))
            .header("origin", format!("https://{}.example", mark(303))),
    )
    .await;
    marks.extend((300..304).map(mark));

    let kept = kept(&app).await.to_lowercase();
    assert!(kept.contains("redirect_uri_invalid") && kept.contains("response_type_unsupported"), "{kept}");
    let found: Vec<_> = marks.iter().filter(|mark| kept.contains(&mark.to_lowercase())).collect();
    assert!(found.is_empty(), "{found:?}");
    // What explains is kept.
    app.get(&wrong("redirect_uri", "https://app.example/callbak?x=1")).await;
    let explained = self::kept(&app).await;
    assert!(explained.contains("https://app.example/callbak?…"), "{explained}");
}

/// An authorization request with this parameter, beside what it needs.
fn wrong(name: &str, value: &str) -> String {
    let client = dev::SHARED_WEB_APPLICATION.to_string();
    let mut fields =
        vec![("client_id", client.as_str()), ("redirect_uri", dev::REDIRECT_URI), ("response_type", "code")];
    fields.retain(|(known, _)| *known != name);
    fields.push((name, value));
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    format!("/{}/as/authorize?{query}", dev::ENVIRONMENT)
}

/// Everything that the activities tell.
async fn kept(app: &TestApp) -> String {
    app.app.audit.flush().await;
    let mut kept = String::new();
    for environment in [dev::ENVIRONMENT, dev::ADMIN_ENVIRONMENT] {
        let path = format!("/environments/{environment}/activities?limit=1000");
        kept.push_str(&app.manage(Method::GET, &path, None).await.text);
    }
    kept
}

const NAMES: [&str; 10] = [
    "response_type",
    "prompt",
    "max_age",
    "response_mode",
    "scope",
    "acr_values",
    "ui_locales",
    "nonce",
    "state",
    "request",
];
