//! Zero-click sign-on: whom a world names is signed on at once, and on the page of the others people are a click away.

use engine::bootstrap::dev;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Browser, Request, SANDBOX, TestApp, claims, each_store, parameters};

async fn set(server: &TestApp, settings: &Value) -> Answer {
    let request = Request::new("PUT", format!("/dev/v1/worlds/{SANDBOX}/settings"));
    server.send(request.json(settings)).await
}

fn authorize(server: &TestApp, more: &str) -> String {
    let query =
        format!("response_type=code&client_id={}&redirect_uri={}", dev::SHARED_WEB_APPLICATION, dev::REDIRECT_URI);
    format!("{}?{query}&scope=openid&state=s1{more}", server.at("authorize"))
}

/// Whom the code of a redirect is of.
async fn person(server: &TestApp, address: &str) -> String {
    let parameters = parameters(address);
    let form = format!(
        "grant_type=authorization_code&code={}&redirect_uri={}&{}",
        parameters["code"],
        dev::REDIRECT_URI,
        testkit::shared()
    );
    let given = server.encoded(&server.at("token"), &form).await.expect(200);
    claims(given["id_token"].as_str().unwrap())["sub"].as_str().unwrap().to_owned()
}

async fn another_user(server: &TestApp, name: &str) -> String {
    let path = format!("/environments/{SANDBOX}/users");
    let body =
        json!({ "username": name, "email": "b@example.com", "population": { "id": dev::POPULATION.to_string() } });
    server.manage(Method::POST, &path, Some(&body)).await.expect(201)["id"].as_str().unwrap().to_owned()
}

/// The pages answer at once, with a session that lasts, and with consent where it would be asked for.
#[tokio::test]
async fn a_named_person_signs_on_at_once() {
    each_store(|server| async move {
        set(&server, &json!({ "autoSignOn": "Jane.Doe" })).await.expect(200);
        for more in ["", "&prompt=login", "&prompt=consent", "&max_age=0", "&login_hint=nobody"] {
            let browser = server.browser();
            let address = browser.get(&authorize(&server, more)).await.leads(302);
            assert!(address.starts_with(dev::REDIRECT_URI) && address.contains("state=s1"), "{more} {address}");
            assert_eq!(person(&server, &address).await, dev::USER.to_string());
            let silent = browser.get(&authorize(&server, "&prompt=none")).await.leads(302);
            assert!(parameters(&silent).contains_key("code"), "{silent}");
        }
        // Who is named later signs on in the place of who is there; nobody who is asked in the background is.
        let bob = another_user(&server, "bob").await;
        let browser = server.browser();
        browser.get(&authorize(&server, "")).await.leads(302);
        set(&server, &json!({ "autoSignOn": "bob" })).await.expect(200);
        let silent = browser.get(&authorize(&server, "&prompt=none")).await.leads(302);
        assert_eq!(person(&server, &silent).await, dev::USER.to_string());
        let address = browser.get(&authorize(&server, "")).await.leads(302);
        assert_eq!(person(&server, &address).await, bob);
        set(&server, &json!({})).await.expect(200);
        let silent = server.browser().get(&authorize(&server, "&prompt=none")).await.leads(302);
        assert!(!silent.contains("code="), "{silent}");
    })
    .await;
}

#[tokio::test]
async fn a_hint_signs_on_where_the_world_says_so() {
    let server = TestApp::inside().await;
    let hinted = authorize(&server, "&login_hint=jane.doe");
    let leads_away = |answer: &Answer| answer.header("location").starts_with(dev::REDIRECT_URI);
    assert!(!leads_away(&server.browser().get(&hinted).await));
    set(&server, &json!({ "loginHintSignsOn": true })).await.expect(200);
    assert!(leads_away(&server.browser().get(&hinted).await));
    assert!(!leads_away(&server.browser().get(&authorize(&server, "")).await));
    // Another world is another's.
    let playground = "/ms-auth-server/oauth2/authorize?response_type=code&client_id=user-client-opaque&login_hint=user";
    assert!(!leads_away(&server.browser().get(playground).await));
}

/// Who cannot be signed on is told on the usual page, where somebody else may.
#[tokio::test]
async fn an_unknown_name_is_told_on_the_usual_page() {
    let server = TestApp::inside().await;
    let path = format!("/environments/{SANDBOX}/users/{}", dev::USER);
    for (name, shown) in [("no<b>ody", "no&#60;b&#62;ody"), ("jane.doe", "jane.doe")] {
        set(&server, &json!({ "autoSignOn": name })).await.expect(200);
        let browser = server.browser();
        let page = browser.follow(browser.get(&authorize(&server, "")).await).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains("Nobody was signed on") && page.text.contains(shown), "{}", page.text);
        assert!(page.text.contains("id=\"sign-on\""), "{}", page.text);
        if name == "jane.doe" {
            break;
        }
        let enabled = format!("{path}/enabled");
        server.manage(Method::PUT, &enabled, Some(&json!({ "enabled": false }))).await.expect(200);
    }
}

/// PingOne's flow API: the flow is complete when it begins, and is resumed as any other.
#[tokio::test]
async fn a_flow_is_complete_when_it_begins() {
    each_store(|server| async move {
        set(&server, &json!({ "autoSignOn": dev::USERNAME })).await.expect(200);
        let browser = server.browser();
        let flow = browser.read(&authorize(&server, "&response_mode=pi.flow&prompt=consent")).await;
        assert_eq!((flow.status, flow.member("status")), (200, "COMPLETED"), "{}", flow.text);
        assert_eq!(flow.body["_embedded"]["user"]["username"], dev::USERNAME);
        // Nobody else's browser resumes it.
        assert_eq!(server.browser().read(flow.member("resumeUrl")).await.status, 401);
        let resumed = browser.read(flow.member("resumeUrl")).await.expect(200);
        assert!(resumed["authorizeResponse"]["code"].is_string(), "{resumed}");
    })
    .await;
}

async fn click(server: &TestApp, browser: &Browser, who: &str) -> Answer {
    let page = browser.follow(browser.get(&authorize(server, "")).await).await;
    let (flow, csrf) = (page.hidden("flowId"), page.hidden("csrf"));
    let fields = [("flowId", &*flow), ("csrf", &*csrf), ("username", ""), ("password", ""), ("as", who)];
    browser.submit(&format!("/{SANDBOX}/signon"), &fields).await
}

/// A button for everybody whose password this server knows, and for nobody else.
#[tokio::test]
async fn people_are_a_click_away() {
    let server = TestApp::inside().await;
    another_user(&server, "bob").await;
    let browser = server.browser();
    let page = browser.follow(browser.get(&authorize(&server, "")).await).await;
    assert!(page.text.contains("name=\"as\" value=\"jane.doe\""), "{}", page.text);
    assert!(!page.text.contains("value=\"bob\""), "{}", page.text);
    let answered = browser.follow(click(&server, &browser, "jane.doe").await).await;
    assert_eq!(person(&server, &answered.leads(302)).await, dev::USER.to_string());
    for nobody in ["bob", "Jane.Doe", "nobody"] {
        assert_eq!(click(&server, &server.browser(), nobody).await.status, 400, "{nobody}");
    }
}

/// What production answers is never this: a server that is no developer's has no buttons, no settings, and takes no click.
#[tokio::test]
async fn no_other_server_has_any_of_it() {
    let server = TestApp::build().config(|config| config.developer = false).start().await;
    let browser = server.browser();
    let page = browser.follow(browser.get(&authorize(&server, "&login_hint=jane.doe")).await).await;
    assert!(page.text.contains("id=\"sign-on\"") && !page.text.contains("name=\"as\""), "{}", page.text);
    assert_eq!(click(&server, &server.browser(), "jane.doe").await.status, 400);
    assert_eq!(set(&server, &json!({ "autoSignOn": "jane.doe" })).await.status, 404);
}

#[tokio::test]
async fn settings_are_read_as_they_are_set() {
    let server = TestApp::inside().await;
    let path = format!("/dev/v1/worlds/{SANDBOX}/settings");
    assert_eq!(server.get(&path).await.expect(200), json!({ "loginHintSignsOn": false }));
    let both = json!({ "autoSignOn": "a", "loginHintSignsOn": true });
    assert_eq!(set(&server, &both).await.expect(200), both);
    assert_eq!(server.get(&path).await.expect(200), both);
    for (body, at) in [
        (json!({ "autoSignOn": 1 }), "autoSignOn"),
        (json!({ "autoSignOn": "" }), "autoSignOn"),
        (json!({ "loginHintSignsOn": "yes" }), "loginHintSignsOn"),
        (json!({ "signOn": true }), "signOn"),
    ] {
        let refused = set(&server, &body).await;
        assert_eq!((refused.status, refused.member("at")), (400, at), "{body}");
    }
    assert_eq!(server.get(&path).await.expect(200), both);
}
