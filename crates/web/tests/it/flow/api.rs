//! The flow API as programs drive it.

use serde_json::{Value, json};

use super::join_all;
use testkit::people::{CALLBACK, MOUNT, PASSWORD};
use testkit::{Answer, ORIGIN, People, TestApp};

/// The body with ids and times replaced by their names.
fn shape(body: &Value, people: &People, flow: &str) -> Value {
    let id = flow.rsplit('/').next().unwrap();
    let mut text = body.to_string();
    for (from, to) in [(id, "<flow>"), (&people.env.to_string(), "<env>"), (&people.ann.to_string(), "<ann>")] {
        text = text.replace(from, to);
    }
    let mut shape: Value = serde_json::from_str(&text).unwrap();
    for member in ["createdAt", "expiresAt"] {
        let moment = shape[member].as_str().unwrap();
        assert!(moment.len() == 24 && moment.ends_with('Z'), "{moment}");
        shape[member] = "<time>".into();
    }
    if shape["session"].is_object() {
        shape["session"]["id"] = "<session>".into();
    }
    if shape["authorizeResponse"]["code"].is_string() {
        shape["authorizeResponse"]["code"] = "<code>".into();
    }
    shape
}

#[tokio::test]
async fn three_steps_lead_to_a_code() {
    let people = People::start().await;
    let browser = people.browser();
    let begun = browser.read(&people.authorize("response_mode=pi.flow&scope=openid&state=s1")).await;
    assert_eq!(begun.header("cache-control"), "no-store");
    let begun = begun.expect(200);
    let flow = begun["_links"]["self"]["href"].as_str().unwrap().to_owned();
    let address = format!("{ORIGIN}/<env>/flows/<flow>");
    let page = format!("{ORIGIN}/<env>/signon?flowId=<flow>");
    let resume = format!("{ORIGIN}/<env>/as/resume?flowId=<flow>");
    let waiting = json!({
        "_links": {
            "usernamePassword.check": { "href": address },
            "password.forgot": { "href": address },
            "session.reset": { "href": address },
            "self": { "href": address },
            "signOnPage": { "href": page },
        },
        "_embedded": { "application": { "name": "Shop" } },
        "id": "<flow>", "environment": { "id": "<env>" }, "resumeUrl": resume,
        "status": "USERNAME_PASSWORD_REQUIRED", "createdAt": "<time>", "expiresAt": "<time>",
    });
    assert_eq!(shape(&begun, &people, &flow), waiting);
    assert_eq!(shape(&browser.read(&flow).await.expect(200), &people, &flow), waiting);

    let user = json!({ "id": "<ann>", "username": "ann", "name": { "given": "Ann" } });
    let completing = people.sign_on(&browser, &flow, "ann").await.expect(200);
    assert_eq!(
        shape(&completing, &people, &flow),
        json!({
            "_links": { "self": { "href": address } },
            "_embedded": { "user": user, "application": { "name": "Shop" } },
            "id": "<flow>", "session": { "id": "<session>" }, "resumeUrl": resume,
            "status": "COMPLETED", "createdAt": "<time>", "expiresAt": "<time>",
        })
    );
    let resumed = browser.read(begun["resumeUrl"].as_str().unwrap()).await.expect(200);
    assert_eq!(
        shape(&resumed, &people, &flow),
        json!({
            "_links": { "self": { "href": address }, "signOnPage": { "href": page } },
            "_embedded": { "user": user, "application": { "name": "Shop" } },
            "id": "<flow>", "environment": { "id": "<env>" }, "session": { "id": "<session>" }, "resumeUrl": resume,
            "status": "COMPLETED", "createdAt": "<time>", "expiresAt": "<time>",
            "authorizeResponse": { "code": "<code>", "state": "s1", "iss": format!("{ORIGIN}/<env>/as") },
        })
    );
    let code = resumed["authorizeResponse"]["code"].as_str().unwrap();
    let tokens = people.exchange(code).await.expect(200);
    assert!(tokens["id_token"].is_string() && tokens["access_token"].is_string(), "{tokens}");
    // FL-04: one flow, one code.
    let again = browser.read(begun["resumeUrl"].as_str().unwrap()).await;
    assert_eq!((again.status, &again.body["code"]), (400, &json!("INVALID_REQUEST")));
    people.exchange(code).await.expect(400);
}

#[tokio::test]
async fn a_flow_without_redirect_uri_is_exchanged_without_it() {
    let people = People::start().await;
    let browser = people.browser();
    let client = &people.client;
    let address =
        people.path(&format!("/as/authorize?client_id={client}&response_type=code&response_mode=pi.flow&scope=openid"));
    let begun = browser.read(&address).await.expect(200);
    people.sign_on(&browser, begun["_links"]["self"]["href"].as_str().unwrap(), "ann").await.expect(200);
    let resumed = browser.read(begun["resumeUrl"].as_str().unwrap()).await.expect(200);
    let code = resumed["authorizeResponse"]["code"].as_str().unwrap();
    let secret = testkit::people::SECRET;
    let fields =
        [("grant_type", "authorization_code"), ("code", code), ("client_id", client), ("client_secret", secret)];
    browser.submit(&people.path("/as/token"), &fields).await.expect(200);
}

#[tokio::test]
async fn the_flow_id_alone_opens_nothing() {
    // FL-01, FL-03
    let people = People::start().await;
    let (victim, attacker) = (people.browser(), people.browser());
    let flow = people.begin(&attacker, "").await;
    let resume = format!("/{}/as/resume?flowId={}", people.env, flow.rsplit('/').next().unwrap());
    people.sign_on(&victim, &flow, "ann").await.expect(200);
    attacker.read(&resume).await.expect(401);
    let seen = attacker.read(&flow).await.expect(200);
    assert!(seen["_embedded"]["user"].is_null() && seen["session"].is_null(), "{seen}");
    // Another session of the same user is not the flow's.
    let own = people.begin(&attacker, "").await;
    people.sign_on(&attacker, &own, "emil").await.expect(200);
    attacker.read(&resume).await.expect(401);
    assert_eq!(victim.read(&flow).await.expect(200)["_embedded"]["user"]["username"], "ann");
    victim.read(&resume).await.expect(200);
    // Whatever is tried is answered alike: neighbours of a real one, other ids, no id, and one whose time is over.
    let id = flow.rsplit('/').next().unwrap();
    let neighbour = uuid::Uuid::from_u128(id.parse::<uuid::Uuid>().unwrap().as_u128() ^ 1).to_string();
    let told = async |unknown: &str| {
        let mut refused = victim.read(&people.path(&format!("/flows/{unknown}"))).await.expect(404);
        refused["id"] = json!("<number>");
        refused.to_string().replace(unknown, "<flow>")
    };
    let nobodys = told("00000000-0000-4000-8000-000000000000").await;
    for unknown in [&neighbour, "no-flow", &people.env.to_string()] {
        assert_eq!(told(unknown).await, nobodys);
    }
    people.wait(15 * 60);
    assert_eq!(told(id).await, nobodys);
}

#[tokio::test]
async fn whose_password_must_be_changed_is_shown_to_the_browser_that_knew_it() {
    // FL-01
    let people = People::start().await;
    let (browser, other) = (people.browser(), people.browser());
    let page = browser.get(&people.authorize("scope=openid")).await.leads(302);
    let id = page.split("flowId=").nth(1).unwrap().to_owned();
    let flow = people.path(&format!("/flows/{id}"));
    assert_eq!(people.sign_on(&browser, &flow, "bob").await.expect(200)["status"], "MUST_CHANGE_PASSWORD");
    let shown = browser.read(&flow).await.expect(200);
    assert_eq!(shown["_embedded"]["user"]["username"], "bob", "{shown}");
    // Neither a browser without the flow's cookie, nor one that signed somebody else on, nor one with another flow's.
    let own = people.begin(&other, "").await;
    for stranger in [people.browser(), other] {
        stranger.get(&people.authorize("scope=openid")).await.leads(302);
        let seen = stranger.read(&flow).await.expect(200);
        assert_eq!((&seen["status"], &seen["_embedded"]["user"]), (&json!("MUST_CHANGE_PASSWORD"), &Value::Null));
        assert!(!seen.to_string().contains("bob"), "{seen}");
        people.sign_on(&stranger, &own, "emil").await;
        assert!(!stranger.read(&flow).await.expect(200).to_string().contains("bob"));
    }
}

#[tokio::test]
async fn only_the_actions_of_the_state_are_taken() {
    // FL-04, FL-05, FL-07
    let people = People::start().await;
    let browser = people.browser();
    let flow = people.begin(&browser, "").await;
    let resume = format!("/{}/as/resume?flowId={}", people.env, flow.rsplit('/').next().unwrap());
    browser.read(&resume).await.refuses(400, "INVALID_REQUEST", "INVALID_VALUE", "");
    let change = json!({ "currentPassword": "x", "newPassword": "y" });
    browser.act(&flow, "password.reset", &change).await.refuses(400, "INVALID_REQUEST", "INVALID_VALUE", "");
    browser.act(&flow, "otp.check", &json!({ "otp": "1" })).await.refuses(400, "INVALID_REQUEST", "INVALID_VALUE", "");
    for body in [json!({}), json!({ "username": "ann" }), json!({ "username": "ann", "password": "" })] {
        let refused = browser.act(&flow, "usernamePassword.check", &body).await;
        assert_eq!(
            (refused.status, &refused.body["details"][0]["code"]),
            (400, &json!("EMPTY_VALUE")),
            "{}",
            refused.text
        );
    }
    browser.act(&flow, "usernamePassword.check", &json!([1])).await.expect(400);
    // Without a vendor's media type the call needs a bearer token.
    for media in
        [&[("content-type", "application/json")][..], &[("content-type", "application/x-www-form-urlencoded")], &[]]
    {
        let refused = browser.call("POST", &flow, media, "{}".into()).await;
        refused.refuses(401, "ACCESS_FAILED", "INVALID_TOKEN", "Authentication Credentials");
    }
    assert_eq!(browser.read(&flow).await.expect(200)["status"], "USERNAME_PASSWORD_REQUIRED");
    // Two lines of Content-Type mean the vendor's, in any case (RFC 9110 §8.3.1); what else is in the body is not
    // looked at.
    let media = [
        ("content-type", "application/json"),
        ("content-type", "Application/VND.PingIdentity.usernamepassword.CHECK+JSON; charset=utf-8"),
    ];
    let (evil, public) = ("https://evil.example/cb", people.public.as_str());
    let body = json!({
        "username": "ann", "password": PASSWORD, "status": "COMPLETED", "client_id": public,
        "redirect_uri": evil, "redirectUri": evil, "scope": "openid profile", "state": "s9", "nonce": "n9",
        "application": { "id": public }, "authorizationRequest": { "client_id": public, "redirect_uri": evil },
    });
    let done = browser.call("POST", &flow, &media, body.to_string()).await.expect(200);
    assert_eq!(done["status"], "COMPLETED");
    let resumed =
        browser.read(&format!("{resume}&redirect_uri={evil}&client_id={public}&scope=profile&state=s9")).await;
    let resumed = resumed.expect(200);
    let answer = resumed["authorizeResponse"].as_object().unwrap();
    assert_eq!(answer.keys().collect::<Vec<_>>(), ["code", "iss"], "{resumed}");
    // The code is the application's that began the flow, and for what it asked for.
    let tokens = people.exchange(answer["code"].as_str().unwrap()).await.expect(200);
    assert_eq!(tokens["scope"], "openid");
}

// A body that two parsers may read differently is none (RFC 8259 §4), nor is one that nests without end.
#[tokio::test]
async fn a_body_is_read_in_one_way_only() {
    let people = People::start().await;
    let browser = people.browser();
    let flow = people.begin(&browser, "").await;
    let check = [("content-type", "application/vnd.pingidentity.usernamePassword.check+json")];
    let password = PASSWORD;
    let nested = format!("{}{}", "[".repeat(16), "]".repeat(16));
    for body in [
        format!(r#"{{"username":"bob","username":"ann","password":"{password}"}}"#),
        format!(r#"{{"username":"ann","password":"{password}","more":{nested}}}"#),
    ] {
        browser.call("POST", &flow, &check, body).await.refuses(400, "INVALID_REQUEST", "INVALID_PARAMETER", "");
    }
    assert_eq!(browser.read(&flow).await.expect(200)["status"], "USERNAME_PASSWORD_REQUIRED");
}

#[tokio::test]
async fn a_reset_forgets_who_signed_on() {
    // FL-08, FL-16
    let people = People::start().await;
    let browser = people.browser();
    let flow = people.begin(&browser, "").await;
    let first = people.sign_on(&browser, &flow, "ann").await.expect(200)["session"]["id"].clone();
    let cookie = browser.cookie("ST").unwrap();
    let reset = browser.act(&flow, "session.reset", &json!({})).await.expect(200);
    assert_eq!(reset["status"], "USERNAME_PASSWORD_REQUIRED");
    assert!(reset["_embedded"]["user"].is_null() && reset["session"].is_null());
    let second = people.sign_on(&browser, &flow, "emil").await.expect(200);
    assert_ne!((&first, &cookie), (&second["session"]["id"], &browser.cookie("ST").unwrap()));
    let resumed = browser.read(second["resumeUrl"].as_str().unwrap()).await.expect(200);
    let tokens = people.exchange(resumed["authorizeResponse"]["code"].as_str().unwrap()).await.expect(200);
    let payload = tokens["id_token"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
    let claims: Value = serde_json::from_slice(&jose::b64::decode(&payload).unwrap()).unwrap();
    assert_eq!(claims["sub"], resumed["_embedded"]["user"]["id"]);
    assert_ne!(claims["sub"], people.ann.to_string());
}

#[tokio::test]
async fn a_flow_lives_for_a_quarter_of_an_hour_after_each_step() {
    let people = People::start().await;
    let browser = people.browser();
    let flow = people.begin(&browser, "").await;
    people.wait(14 * 60);
    browser.act(&flow, "session.reset", &json!({})).await.expect(200);
    people.wait(14 * 60);
    browser.read(&flow).await.expect(200);
    people.wait(2 * 60);
    browser.read(&flow).await.refuses(404, "NOT_FOUND", "", "");
    people.sign_on(&browser, &flow, "ann").await.refuses(404, "NOT_FOUND", "", "");
}

#[tokio::test]
async fn cookies_stay_in_their_environment() {
    // FL-09, FL-10
    let people = People::on(TestApp::build().secure()).await;
    let browser = people.browser();
    let flow = people.begin(&browser, "").await;
    let done = people.sign_on(&browser, &flow, "ann").await;
    let set: Vec<&str> = done.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap()).collect();
    // F16: under names that no other host can give a cookie, and that name the environment.
    let own = |name: &str| format!("__Host-{name}~{}", people.env);
    let token = browser.cookie(&own("ST")).unwrap();
    let common = "Path=/; Max-Age=2592000; Secure; HttpOnly";
    let device = format!(
        "{}={}; Path=/; Max-Age=31536000; Secure; HttpOnly; SameSite=None",
        own("DEVICE"),
        browser.cookie(&own("DEVICE")).unwrap()
    );
    let session = format!("{}={token}; {common}; SameSite=None", own("ST"));
    assert_eq!(set, [session, format!("{}={token}; {common}", own("ST-NO-SS")), device]);
    let (other, client) = people.another().await;
    let query = format!("client_id={client}&response_type=code&redirect_uri={CALLBACK}&prompt=none");
    let elsewhere = browser.get(&format!("/{other}/as/authorize?{query}")).await.leads(302);
    assert!(elsewhere.contains("error=login_required"), "{elsewhere}");
    let plain = People::start().await;
    let browser = plain.browser();
    let done = people.sign_on(&browser, &people.begin(&browser, "").await, "ann").await;
    let set = done.headers.get_all("set-cookie").iter().next().unwrap().to_str().unwrap();
    assert!(set.ends_with("HttpOnly; SameSite=Lax") && !set.contains("Secure"), "{set}");
}

/// C1: the session is sent from every site, so nothing is done or told by it alone.
#[tokio::test]
async fn a_session_that_another_site_sends_does_nothing() {
    let people = People::on(TestApp::build().secure()).await;
    let browser = people.browser();
    people.sign_on(&browser, &people.begin(&browser, "").await, "ann").await.expect(200);
    let own = people.authorize("scope=openid").replace(&people.path("/as"), &format!("{MOUNT}/oauth2"));
    let page = browser.follow(browser.get(&own).await).await;
    browser.sign_on(&page, "ann", PASSWORD).await.leads(303);
    let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    let silent = people.authorize("prompt=none");
    let form = ("content-type", "application/x-www-form-urlencoded");
    let answer = "intent=log-out&csrf=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned();
    for accept in ["text/html", "application/json", "*/*"] {
        let headers = [foreign[0], foreign[1], ("accept", accept)];
        for off in [people.path("/as/signoff"), format!("{MOUNT}/connect/logout")] {
            let asked = browser.call("GET", &off, &headers, String::new()).await;
            let posted = browser.call("POST", &off, &[&headers[..], &[form]].concat(), answer.clone()).await;
            for told in [&asked, &posted] {
                assert_eq!(told.header("access-control-allow-origin"), "", "{off} {accept}");
                assert!(!told.headers.contains_key("set-cookie"), "{off} {accept}");
            }
            assert_eq!((asked.header("x-frame-options"), posted.status), ("DENY", 403), "{off} {accept}");
        }
        // The code goes where the application is, and the foreign page does not see it.
        let answered = browser.call("GET", &silent, &headers, String::new()).await;
        assert!(answered.leads(302).starts_with(CALLBACK), "{accept}");
        assert_eq!(answered.header("access-control-allow-origin"), "", "{accept}");
        let driven = format!("{silent}&response_mode=pi.flow");
        assert_eq!(browser.call("GET", &driven, &headers, String::new()).await.status, 403, "{accept}");
    }
    assert!(browser.get(&silent).await.leads(302).contains("code="));
}

#[tokio::test]
async fn registered_origins_may_read_flows() {
    // FL-12, CO-01, CO-02
    let people = People::start().await;
    let browser = people.browser();
    let flow = people.begin(&browser, "").await;
    let shared = |answer: &Answer| {
        let origin = answer.header("access-control-allow-origin").to_owned();
        (origin, answer.header("access-control-allow-credentials").to_owned())
    };
    for (origin, allowed) in [
        ("https://app.example", true),
        ("null", false),
        ("https://evil.example", false),
        ("http://app.example", false),
        ("https://app.example.evil.example", false),
    ] {
        let expected = if allowed { (origin.to_owned(), "true".to_owned()) } else { (String::new(), String::new()) };
        let read = browser.call("GET", &flow, &[("origin", origin)], String::new()).await;
        assert_eq!(shared(&read), expected, "{origin}");
        assert!(read.headers.get_all("vary").iter().any(|v| v == "Origin"));
        let wrong = [("origin", origin), ("content-type", "application/vnd.pingidentity.usernamePassword.check+json")];
        let refused = browser.call("POST", &flow, &wrong, r#"{"username":"ann","password":"x"}"#.into()).await;
        let status = if allowed { 400 } else { 403 };
        assert_eq!((refused.status, shared(&refused)), (status, expected.clone()), "{origin}");
        let asked = browser
            .call("OPTIONS", &flow, &[("origin", origin), ("access-control-request-method", "POST")], String::new())
            .await;
        assert_eq!((asked.status, shared(&asked)), (204, expected));
        assert_eq!(!asked.header("access-control-allow-headers").is_empty(), allowed);
    }
}

#[tokio::test]
async fn parallel_resumes_bring_one_code() {
    // FL-04
    let people = People::start().await;
    let browser = people.browser();
    let flow = people.begin(&browser, "").await;
    let done = people.sign_on(&browser, &flow, "ann").await.expect(200);
    let resume = done["resumeUrl"].as_str().unwrap();
    // A look at the link is no use of it.
    assert_eq!(browser.call("HEAD", resume, &[], String::new()).await.status, 405);
    let answers = join_all((0..8).map(|_| browser.read(resume))).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 400].contains(status)), "{statuses:?}");
}

#[tokio::test]
async fn an_own_sign_on_page_drives_the_same_flow() {
    let people = People::start().await;
    people.change(json!({ "loginPageUrl": "https://login.example/on?x=1" })).await;
    let browser = people.browser();
    let page = browser.get(&people.authorize("scope=openid&state=s1")).await.leads(302);
    assert!(page.starts_with(&format!("https://login.example/on?x=1&environmentId={}&flowId=", people.env)), "{page}");
    let flow = people.path(&format!("/flows/{}", page.rsplit('=').next().unwrap()));
    assert_eq!(browser.read(&flow).await.expect(200)["status"], "USERNAME_PASSWORD_REQUIRED");
    let done = people.sign_on(&browser, &flow, "ann").await.expect(200);
    let back = browser.read(done["resumeUrl"].as_str().unwrap()).await.leads(302);
    assert!(back.starts_with(&format!("{CALLBACK}?code=")) && back.contains("&state=s1&iss="), "{back}");
}

#[tokio::test]
async fn an_application_that_was_switched_off_gets_no_code() {
    let people = People::start().await;
    let browser = people.browser();
    let flow = people.begin(&browser, "").await;
    let done = people.sign_on(&browser, &flow, "ann").await.expect(200);
    let resume = done["resumeUrl"].as_str().unwrap();
    people.change(json!({ "redirectUris": ["https://app.example/other"] })).await;
    assert_eq!(browser.read(&people.authorize("")).await.status, 400);
    people.change(json!({ "enabled": false })).await;
    let refused = browser.read(resume).await;
    assert!(refused.status >= 400 && refused.body["authorizeResponse"].is_null(), "{}", refused.text);
    people.change(json!({ "enabled": true })).await;
    browser.read(resume).await.expect(200);
}
