//! Front-Channel Logout: what the browser that signs off loads at the applications of its session.

use http::Method;
use serde_json::json;
use testkit::people::GOODBYE;
use testkit::{People, claims};

use super::sign_on;

const FRAME: &str = "https://app.example/gone?a=b";

async fn framed() -> People {
    let people = People::start().await;
    people.change(json!({ "frontchannelLogoutUri": FRAME, "frontchannelLogoutSessionRequired": true })).await;
    people
}

/// The page loads exactly what is registered, says which session ended, and goes on without a script.
#[tokio::test]
async fn the_browser_loads_the_application_and_goes_on() {
    let people = framed().await;
    for back in [None, Some(GOODBYE)] {
        let (browser, other) = (people.browser(), people.browser());
        let tokens = sign_on(&people, &browser).await;
        sign_on(&people, &other).await;
        let hint = tokens["id_token"].as_str().unwrap();
        let to = back.map_or(String::new(), |back| format!("&post_logout_redirect_uri={back}&state=a%22b"));
        let page = browser.get(&people.path(&format!("/as/signoff?id_token_hint={hint}{to}"))).await;
        assert_eq!((page.status, page.text.contains("id=\"logged-out\"")), (200, true), "{}", page.text);
        let known = claims(hint);
        let named = ["iss", "sid"].map(|name| (name, known[name].as_str().unwrap()));
        let query = testkit::encode(&named).replace('&', "&#38;");
        let frame = format!("src=\"{FRAME}&#38;{query}\"");
        assert_eq!((page.text.matches("<iframe").count(), page.text.contains(&frame)), (1, true), "{}", page.text);
        let policy = page.header("content-security-policy");
        assert!(policy.contains("; frame-src https://app.example/gone; "), "{policy}");
        assert!(policy.contains("script-src 'self';") && policy.contains("frame-ancestors 'none'"), "{policy}");
        let onward = format!("content=\"1;url={GOODBYE}?state=a%22b\"");
        assert_eq!(page.text.contains(&onward), back.is_some(), "{}", page.text);
        assert_eq!(page.text.contains("id=\"continue\""), back.is_some());
        assert!(browser.cookie("ST").is_none() && page.header("cache-control") == "no-store");
        // Who signs off again has no session to tell of.
        let again = browser.get(&people.path(&format!("/as/signoff?id_token_hint={hint}{to}"))).await;
        assert!(!again.text.contains("<iframe") && again.status == if back.is_some() { 302 } else { 200 });
    }
}

/// A script of the application reads that it is done, and its own session is its own to end.
#[tokio::test]
async fn a_script_loads_no_frames() {
    let people = framed().await;
    let browser = people.browser();
    let tokens = sign_on(&people, &browser).await;
    let off = people.path(&format!("/as/signoff?id_token_hint={}", tokens["id_token"].as_str().unwrap()));
    let own = [("origin", "https://app.example"), ("accept", "application/json")];
    assert_eq!(browser.call("GET", &off, &own, String::new()).await.status, 204);
}

/// Front-Channel Logout §2: it is of the application's own site, so that nobody makes browsers load another one's page.
#[tokio::test]
async fn it_is_of_the_site_of_a_redirection_uri() {
    let people = framed().await;
    let path = format!("/environments/{}/applications/{}", people.env, people.client);
    let whole = people.server.manage(Method::GET, &path, None).await.expect(200);
    assert_eq!(
        (&whole["frontchannelLogoutUri"], &whole["frontchannelLogoutSessionRequired"]),
        (&json!(FRAME), &json!(true))
    );
    let foreign = [
        "https://evil.example/gone",
        "https://app.example:8443/gone",
        "https://app.example.evil.example/",
        "http://localhost/",
    ];
    for uri in foreign {
        let mut body = whole.clone();
        body["frontchannelLogoutUri"] = json!(uri);
        let refused = people.server.manage(Method::PUT, &path, Some(&body)).await;
        assert_eq!(
            (refused.status, &refused.body["details"][0]["target"]),
            (400, &json!("frontchannelLogoutUri")),
            "{uri}"
        );
    }
    for uri in ["https://APP.example/gone;v=1,2", "https://app.example"] {
        people.change(json!({ "frontchannelLogoutUri": uri })).await;
        let browser = people.browser();
        let tokens = sign_on(&people, &browser).await;
        let hint = tokens["id_token"].as_str().unwrap();
        let page = browser.get(&people.path(&format!("/as/signoff?id_token_hint={hint}"))).await;
        let policy = page.header("content-security-policy");
        let frames = policy.split(';').find(|part| part.contains("frame-src")).unwrap().trim();
        assert!(
            ["frame-src https://app.example/gone%3Bv=1%2C2", "frame-src https://app.example/"].contains(&frames),
            "{policy}"
        );
    }
}

/// LO-09: as many frames as a page can hold, and the back channel for all.
#[tokio::test]
async fn a_page_holds_so_many_frames() {
    let people = framed().await;
    let browser = people.browser();
    let tokens = sign_on(&people, &browser).await;
    let said = claims(tokens["id_token"].as_str().unwrap());
    let session = protocol::id::SessionId::parse(said["sid"].as_str().unwrap()).unwrap();
    let own = people.server.app.store.participations(people.env, session, 9).await.unwrap().remove(0);
    let many = (0..300)
        .map(|n| protocol::logout::Participation { issuer: format!("https://issuer.example/{n}"), ..own.clone() });
    people.server.furnish(many.map(|one| protocol::change::Change::JoinSession(Box::new(one))).collect()).await;
    let hint = tokens["id_token"].as_str().unwrap();
    let page = browser.get(&people.path(&format!("/as/signoff?id_token_hint={hint}"))).await;
    assert_eq!(page.text.matches("<iframe").count(), 50);
    let due = people.server.app.store.notices(people.env, protocol::time::Time(i64::MAX), 1000).await.unwrap();
    assert_eq!(due.len(), 301);
}
