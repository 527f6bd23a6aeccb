//! `GET|POST …/as/authorize`.

mod claims;
mod forms;
mod newer;
mod scripts;

use protocol::secret::{Artefact, TokenHash};

use testkit::people::CALLBACK;
use testkit::{Answer, Browser, ORIGIN, People, encode, parameters};

/// A redirect of an error: its code.
#[track_caller]
fn error(answer: &Answer, people: &People) -> String {
    let address = answer.leads(302);
    // Multiple Response Types §5: where a token was asked for, in the fragment.
    assert!(["?", "#"].iter().any(|at| address.starts_with(&format!("https://app.example/cb{at}"))), "{address}");
    let told = parameters(&address);
    // AZ-06
    assert_eq!(told["iss"], format!("{ORIGIN}/{}/as", people.env));
    let number = answer.header("correlation-id");
    assert!(told["error_description"].ends_with(&format!("(Correlation ID: {number})")), "{address}");
    assert_eq!(told.get("state").map(String::as_str), Some("s1"), "{address}");
    told["error"].clone()
}

/// The hash of the browser's session cookie.
fn cookie(browser: &Browser) -> TokenHash {
    TokenHash::of(Artefact::Session, &browser.cookie("ST").unwrap())
}

/// Signs `ann` on in this browser.
async fn sign_on(people: &People, browser: &Browser) {
    let flow = people.begin(browser, "prompt=login").await;
    people.sign_on(browser, &flow, "ann").await.expect(200);
}

#[tokio::test]
async fn errors_before_the_redirect_uri_stay_here() {
    let people = People::start().await;
    let browser = people.browser();
    let (client, path) = (&people.client, people.path("/as/authorize"));
    let (other, _) = people.another().await;
    for (query, sentence) in [
        (String::new(), "client_id is missing"),
        (format!("client_id=nobody&response_type=code&redirect_uri={CALLBACK}"), "client_id is not the id"),
        (format!("client_id={client}&response_type=code"), "redirect_uri"),
        // RU-05, RU-13, RU-20, RU-28
        (format!("client_id={client}&response_type=code&redirect_uri=https://evil.example/"), "redirect_uri"),
        (format!("client_id={client}&response_type=code&redirect_uri=javascript:alert(1)"), "redirect_uri"),
        (
            format!("client_id={client}&response_type=code&redirect_uri={CALLBACK}&redirect_uri={CALLBACK}"),
            "more than once",
        ),
        (format!("client_id={client}&client_id={client}&redirect_uri={CALLBACK}"), "more than once"),
    ] {
        let shown = browser.get(&format!("{path}?{query}")).await;
        assert_eq!(shown.status, 400, "{query}: {}", shown.text);
        assert!(shown.header("location").is_empty() && shown.header("set-cookie").is_empty());
        assert!(shown.text.contains("id=\"error\"") && shown.text.contains(sentence), "{query}: {}", shown.text);
        assert!(shown.text.contains(shown.header("correlation-id")));
        assert!(shown.header("content-security-policy").contains("frame-ancestors 'none'"));
        let json = [("accept", "application/json")];
        let told = browser.call("GET", &format!("{path}?{query}"), &json, String::new()).await.expect(400);
        assert!(told["message"].as_str().unwrap().contains(sentence), "{told}");
        let flow = browser.read(&format!("{path}?{query}&response_mode=pi.flow")).await;
        // Only a missing redirect_uri is no mistake where nothing is redirected.
        assert_eq!(
            flow.status,
            if query.ends_with("response_type=code") { 200 } else { 400 },
            "{query}: {}",
            flow.text
        );
        assert!(flow.body.is_object());
    }
    // RU-27: what another environment registers is nobody's here.
    let foreign = browser.get(&format!("/{other}/as/authorize?client_id={client}&redirect_uri={CALLBACK}")).await;
    assert_eq!(foreign.status, 400);
    let nowhere = browser.get("/00000000-0000-4000-8000-000000000000/as/authorize").await;
    assert_eq!((nowhere.status, nowhere.text.contains("id=\"error\"")), (404, true));
}

#[tokio::test]
async fn errors_after_it_are_told_to_the_application() {
    // AZ-02, AZ-07, AZ-08, AZ-10, AZ-15, AZ-23
    let people = People::start().await;
    let browser = people.browser();
    for (more, code) in [
        ("prompt=none", "login_required"),
        ("prompt=none+login", "invalid_request"),
        ("max_age=abc", "invalid_request"),
        ("request_uri=https://canary.example", "request_uri_not_supported"),
        ("registration=x", "registration_not_supported"),
        ("scope=openid+unknown", "invalid_scope"),
        ("scope=openid+p1:update:user", "invalid_scope"),
        ("response_mode=unknown", "invalid_request"),
        ("code_challenge=short", "invalid_request"),
        ("resource=https://api.example", "invalid_target"),
        ("id_token_hint=x", "invalid_request"),
        ("nonce=a&nonce=b", "invalid_request"),
    ] {
        assert_eq!(error(&browser.get(&people.authorize(&format!("state=s1&{more}"))).await, &people), code, "{more}");
    }
    for (kind, code) in
        [("token", "unauthorized_client"), ("code+code", "unsupported_response_type"), ("", "invalid_request")]
    {
        let client = &people.client;
        let query = format!("client_id={client}&redirect_uri={CALLBACK}&state=s1&response_type={kind}");
        assert_eq!(error(&browser.get(&people.path(&format!("/as/authorize?{query}"))).await, &people), code, "{kind}");
    }
    // AZ-05
    let twice = parameters(&browser.get(&people.authorize("state=s1&state=s2")).await.leads(302));
    assert_eq!((twice["error"].as_str(), twice.get("state")), ("invalid_request", None));
}

#[tokio::test]
async fn a_public_client_needs_its_proof_key() {
    // PK-05
    let people = People::start().await;
    let browser = people.browser();
    let public = &people.public;
    let ask = |more: &str| {
        people.path(&format!(
            "/as/authorize?client_id={public}&response_type=code&redirect_uri={CALLBACK}&state=s1&{more}"
        ))
    };
    for more in ["", "code_challenge=", "code_challenge_method=S256"] {
        assert_eq!(error(&browser.get(&ask(more)).await, &people), "invalid_request", "{more}");
    }
    let challenge = "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    assert!(browser.get(&ask(challenge)).await.leads(302).contains("/signon?flowId="));
}

#[tokio::test]
async fn post_is_like_get() {
    // AZ-16
    let people = People::start().await;
    let browser = people.browser();
    let path = people.path("/as/authorize");
    let fields =
        [("client_id", people.client.as_str()), ("response_type", "code"), ("redirect_uri", CALLBACK), ("state", "s1")];
    assert!(browser.submit(&path, &fields).await.leads(303).contains("/signon?flowId="));
    let more: Vec<_> = fields.into_iter().chain([("prompt", "none")]).collect();
    assert!(browser.submit(&path, &more).await.leads(303).contains("error=login_required"));
    let json = [("content-type", "application/json"), ("accept", "text/html")];
    assert_eq!(browser.call("POST", &path, &json, encode(&fields)).await.status, 400);
    // Another site's form comes without our cookies, so it is asked again by GET.
    let foreign = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "cross-site")];
    let bounced = people.browser().call("POST", &path, &foreign, encode(&fields)).await.leads(303);
    assert_eq!(bounced, format!("{ORIGIN}{path}?{}", encode(&fields)));
}

#[tokio::test]
async fn a_session_answers_without_a_question() {
    // AZ-07, AZ-09, AZ-10
    let people = People::start().await;
    let browser = people.browser();
    sign_on(&people, &browser).await;
    let answered = browser.get(&people.authorize("prompt=none&scope=openid&state=s1")).await.leads(302);
    assert!(answered.starts_with(&format!("{CALLBACK}?code=")), "{answered}");
    people.exchange(&parameters(&answered)["code"]).await.expect(200);
    let begun = browser.read(&people.authorize("response_mode=pi.flow")).await.expect(200);
    assert_eq!(
        (begun["status"].as_str(), begun["_embedded"]["user"]["username"].as_str()),
        (Some("COMPLETED"), Some("ann"))
    );
    let resumed = browser.read(begun["resumeUrl"].as_str().unwrap()).await.expect(200);
    assert!(resumed["authorizeResponse"]["code"].is_string());
    people.wait(10);
    for (more, asks) in [
        ("prompt=login", true),
        ("max_age=0", true),
        ("max_age=5", true),
        ("max_age=60", false),
        ("login_hint=emil", false),
    ] {
        let leads = browser.get(&people.authorize(more)).await.leads(302);
        assert_eq!(leads.contains("/signon?flowId="), asks, "{more}: {leads}");
    }
    // A flow of prompt=login gives nothing to the session that was there before.
    let flow = people.begin(&browser, "prompt=login").await;
    let resume = people.path(&format!("/as/resume?flowId={}", flow.rsplit('/').next().unwrap()));
    browser.read(&resume).await.expect(400);
    // Signed on again, the code tells of this sign-on and not of the one before.
    let before = people.server.app.store.session_by_token(people.env, cookie(&browser)).await.unwrap().unwrap();
    people.sign_on(&browser, &flow, "ann").await.expect(200);
    let resumed = browser.read(&resume).await.expect(200);
    let tokens = people.exchange(resumed["authorizeResponse"]["code"].as_str().unwrap()).await.expect(200);
    let payload = jose::b64::decode(tokens["id_token"].as_str().unwrap().split('.').nth(1).unwrap()).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    assert!(claims["auth_time"].as_i64() >= Some(before.auth_time.secs() + 10), "{claims}");
    people.wait(2_592_000);
    let expired = browser.get(&people.authorize("prompt=none&state=s1")).await;
    assert_eq!(error(&expired, &people), "login_required");
}

#[tokio::test]
async fn every_mode_carries_the_same_answer() {
    // AZ-04, AZ-06
    let people = People::start().await;
    let browser = people.browser();
    sign_on(&people, &browser).await;
    let odd = "a&b=\"<script>'%00\u{20ac}+ ";
    let more = encode(&[("state", odd), ("scope", "openid")]);
    let query = browser.get(&people.authorize(&more)).await.leads(302);
    let fragment = browser.get(&people.authorize(&format!("{more}&response_mode=fragment"))).await.leads(302);
    assert!(query.contains("/cb?code=") && fragment.contains("/cb#code="));
    for address in [query, fragment] {
        assert_eq!(parameters(&address)["state"], odd);
        assert_eq!(parameters(&address)["iss"], format!("{ORIGIN}/{}/as", people.env));
    }
    let form = browser.get(&people.authorize(&format!("{more}&response_mode=form_post"))).await;
    assert_eq!(form.status, 200);
    assert!(
        form.text.contains("action=\"https://app.example/cb\"") && !form.text.contains("<script>'"),
        "{}",
        form.text
    );
    assert!(!form.header("content-security-policy").contains("form-action"), "D1");
    people.exchange(&form.hidden("code")).await.expect(200);
    let refused = browser.get(&people.authorize("response_mode=form_post&prompt=none&max_age=0&state=s1")).await;
    assert_eq!((refused.status, refused.hidden("error").as_str()), (200, "login_required"));
}

#[tokio::test]
async fn browsers_of_other_origins_read_nothing_here() {
    // AZ-17
    let people = People::start().await;
    let browser = people.browser();
    for origin in ["https://app.example", "https://evil.example", "null"] {
        let headers = [("origin", origin), ("accept", "text/html")];
        let begun = browser.call("GET", &people.authorize(""), &headers, String::new()).await;
        assert_eq!((begun.status, begun.header("access-control-allow-origin")), (302, ""));
        let refused = browser.call("GET", &people.path("/as/authorize"), &headers, String::new()).await;
        assert_eq!((refused.status, refused.header("access-control-allow-origin")), (400, ""));
        for method in ["GET", "POST"] {
            let asks = [("origin", origin), ("access-control-request-method", method)];
            let preflight = browser.call("OPTIONS", &people.path("/as/authorize"), &asks, String::new()).await;
            let granted = preflight.headers.keys().filter(|name| name.as_str().starts_with("access-control-"));
            // C1: what the application's own scripts may send, with everything that the answer then says of them.
            assert_eq!(granted.count() > 0, origin == "https://app.example", "{method} {origin}");
        }
    }
}

#[tokio::test]
async fn native_applications_are_answered_at_their_addresses() {
    // RU-14
    let people = People::start().await;
    let browser = people.browser();
    sign_on(&people, &browser).await;
    let native = &people.native;
    for uri in ["com.example.app:/cb", "http://127.0.0.1:51004/cb"] {
        let query = format!("/as/authorize?client_id={native}&response_type=code&redirect_uri={uri}");
        let leads = browser.get(&people.path(&query)).await.leads(302);
        assert!(leads.starts_with(&format!("{uri}?code=")), "{leads}");
        let page = browser.get(&people.path(&format!("{query}&prompt=login"))).await.leads(302);
        let policy = browser.get(&page).await.header("content-security-policy").to_owned();
        assert!(policy.contains("default-src 'none'") && !policy.contains("form-action"), "D1: {policy}");
    }
}

/// H9: the page of a database that is away says when to come again, as JSON does.
#[tokio::test]
async fn without_a_store_the_page_says_when_to_come_again() {
    let people = People::start().await;
    let browser = people.browser();
    people.server.base.store.close().await.unwrap();
    let query = format!("client_id={}&response_type=code&redirect_uri={CALLBACK}&scope=openid", people.client);
    let shown = browser.get(&format!("{}?{query}", people.path("/as/authorize"))).await;
    assert_eq!((shown.status, shown.header("retry-after")), (503, "1"), "{}", shown.text);
    assert!(shown.header("content-type").starts_with("text/html"), "{shown:?}");
}
