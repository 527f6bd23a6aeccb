//! Applications that watch the session in the browser (OpenID Connect Session Management 1.0), where an environment lets them.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::Method;
use jose::digest::sha256;
use serde_json::{Value, json};
use testkit::people::{CALLBACK, GOODBYE, PASSWORD};
use testkit::{Answer, Browser, ORIGIN, People, Request, TestApp, claims, parameters};

/// The origin of the pages of the confidential application.
const PAGES: &str = "https://app.example";

/// With a browser at which `ann` is signed on.
async fn watched() -> (People, Browser) {
    let people = People::start().await;
    switch(&people, true).await;
    let browser = people.browser();
    let flow = people.begin(&browser, "").await;
    people.sign_on(&browser, &flow, "ann").await.expect(200);
    (people, browser)
}

async fn switch(people: &People, on: bool) {
    let path = format!("/environments/{}", people.env);
    let mut environment = people.server.manage(Method::GET, &path, None).await.expect(200);
    environment["sessionManagement"] = json!(on);
    people.server.manage(Method::PUT, &path, Some(&environment)).await.expect(200);
}

/// What the script of the frame makes of a message (§3.2, §4.2): the same as `assets/session-frame.js`.
fn judged(client: &str, state: &str, origin: &str, browser: Option<&str>) -> &'static str {
    let Some((hash, salt)) = state.rsplit_once('.') else { return "error" };
    let browser = browser.unwrap_or_default();
    let expected = jose::b64::encode(&sha256(format!("{client} {origin} {browser} {salt}").as_bytes()));
    if !browser.is_empty() && expected == hash { "unchanged" } else { "changed" }
}

/// `session_state` of an answer in this mode.
fn state_of(answer: &Answer, mode: &str) -> Option<String> {
    let signed = |text: &str| claims(text)["session_state"].as_str().map(str::to_owned);
    match mode {
        "pi.flow" => answer.body["authorizeResponse"]["session_state"].as_str().map(str::to_owned),
        "form_post" => answer.text.contains("session_state").then(|| answer.hidden("session_state")),
        "form_post.jwt" => signed(&answer.hidden("response")),
        _ if mode.ends_with("jwt") => signed(&parameters(&answer.clone().leads(302))["response"]),
        _ => parameters(&answer.clone().leads(302)).remove("session_state"),
    }
}

const MODES: [&str; 8] =
    ["query", "fragment", "form_post", "jwt", "query.jwt", "fragment.jwt", "form_post.jwt", "pi.flow"];

async fn asked(people: &People, browser: &Browser, mode: &str, beside: &str) -> Answer {
    let address = people.authorize(&format!("response_mode={mode}&scope=openid&{beside}"));
    if mode == "pi.flow" { browser.read(&address).await } else { browser.get(&address).await }
}

/// §2: in every mode; the browser's cookie and the application's state belong together until the session is another.
#[tokio::test]
async fn each_response_brings_the_state_that_the_frame_knows() {
    let (people, browser) = watched().await;
    let mut seen = Vec::new();
    for mode in MODES {
        let answer = asked(&people, &browser, mode, "prompt=none").await;
        let state = state_of(&answer, mode).unwrap();
        assert!(!state.contains(' '), "{state}");
        let cookie = browser.cookie("STATE");
        let judge = |client: &str, origin: &str| judged(client, &state, origin, cookie.as_deref());
        assert_eq!(judge(&people.client, PAGES), "unchanged", "{mode}: {answer:?}");
        // Another page, and another client, learn nothing by it.
        assert_eq!(
            (judge(&people.client, "https://evil.example"), judge(&people.public, PAGES)),
            ("changed", "changed")
        );
        let lines: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with("STATE=") && !lines[0].contains("HttpOnly"), "a script reads it: {lines:?}");
        seen.push(state);
    }
    // The salt is another each time, and nothing of it is the session.
    let session = browser.cookie("ST").unwrap();
    assert!(seen.iter().all(|state| !state.contains(&session)) && browser.cookie("STATE").unwrap() != session);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), MODES.len());
    // Without openid nobody asked who is signed on, and a refusal says nothing of it.
    let plain = browser.get(&people.authorize("response_mode=query")).await;
    assert!(!plain.leads(302).contains("session_state"));
    let refused = asked(&people, &browser, "query", "prompt=none&max_age=0").await;
    assert!(!refused.leads(302).contains("session_state"));
}

/// Whoever leaves takes it along, and so does whoever comes in another's place.
#[tokio::test]
async fn it_changes_with_the_session() {
    let (people, browser) = watched().await;
    let state = state_of(&asked(&people, &browser, "query", "").await, "query").unwrap();
    let judge = |state: &str| judged(&people.client, state, PAGES, browser.cookie("STATE").as_deref());
    assert_eq!(judge(&state), "unchanged");
    // Another person signs on in the same browser: from the moment on that they do.
    let page = browser.follow(browser.get(&people.authorize("scope=openid&prompt=login")).await).await;
    let done = browser.sign_on(&page, "emil", PASSWORD).await;
    assert_eq!(judge(&state), "changed");
    let back = parameters(&browser.follow(done).await.leads(302));
    assert_eq!((judge(&state), judge(&back["session_state"])), ("changed", "unchanged"));
    // They sign off.
    let hint = people.exchange(&back["code"]).await.text_of("id_token");
    let off = people.path(&format!("/as/signoff?id_token_hint={hint}&post_logout_redirect_uri={GOODBYE}"));
    browser.get(&off).await.leads(302);
    assert_eq!((browser.cookie("STATE"), judge(&back["session_state"])), (None, "changed"));
}

async fn frame(people: &People, below: &str, referer: Option<&str>) -> Answer {
    let request = Request::get(people.path(&format!("/as/check_session{below}")));
    let request = referer.into_iter().fold(request, |request, page| request.header("referer", page));
    people.server.send(request).await
}

/// The last directive of its policy.
fn holders(answer: &Answer) -> String {
    let policy = answer.header("content-security-policy");
    policy.split_once("frame-ancestors ").unwrap().1.to_owned()
}

/// §3.3: only pages of applications hold it, one script runs in it, and it may call nobody.
#[tokio::test]
async fn only_pages_of_applications_hold_the_frame() {
    let (people, _) = watched().await;
    let (client, public) = (&people.client, &people.public);
    let own = format!("?client_id={client}");
    for (below, referer, expected) in [
        ("", Some(CALLBACK), PAGES),
        ("", Some("https://app.example/any/page?x#y"), PAGES),
        ("", Some("https://app.example"), PAGES),
        (&own, None, PAGES),
        (&own, Some("https://evil.example/"), PAGES),
        ("", None, "'none'"),
        ("", Some("https://evil.example/cb"), "'none'"),
        ("", Some("http://app.example/cb"), "'none'"),
        ("", Some("https://app.example:8443/cb"), "'none'"),
        ("", Some("https://app.example.evil.example/"), "'none'"),
        ("", Some("https://app.example@evil.example/"), "'none'"),
        ("", Some("https://app.example;script-src *"), "'none'"),
        ("", Some("app.example"), "'none'"),
        ("?client_id=nobody", Some(CALLBACK), "'none'"),
        ("?client_id=a%00b", None, "'none'"),
    ] {
        let answer = frame(&people, below, referer).await;
        assert_eq!((answer.status, holders(&answer).as_str()), (200, expected), "{below} {referer:?}");
        assert_eq!(answer.headers.contains_key("x-frame-options"), expected == "'none'", "it knows no list");
        assert!(answer.header("content-type").starts_with("text/html") && answer.headers.get("set-cookie").is_none());
        let script = answer.text.split_once("<script>").unwrap().1.split_once("</script>").unwrap().0;
        let hash = BASE64_STANDARD.encode(digest(&SHA256, script.as_bytes()));
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with(&format!("default-src 'none'; script-src 'sha256-{hash}'; base-uri 'none'; ")),
            "{policy}"
        );
        assert!(answer.text.contains("data-cookie=\"STATE\""), "{}", answer.text);
        let told = if expected == "'none'" { "" } else { expected };
        assert!(answer.text.contains(&format!("data-origins=\"{told}\"")), "{}", answer.text);
        // LO-11: nothing in it can ask anybody anything.
        assert!(!["fetch(", "XMLHttpRequest", "import(", "src="].iter().any(|call| answer.text.contains(call)));
    }
    // A disabled application's pages hold nothing.
    people.change(json!({ "enabled": false })).await;
    assert_eq!(holders(&frame(&people, &own, None).await), "'none'");
    people.change_of(public, json!({ "enabled": false })).await;
    assert_eq!(holders(&frame(&people, "", Some(CALLBACK)).await), "'none'");
}

/// MD-03: where it is off, nothing of it is there; it is off unless somebody switches it on.
#[tokio::test]
async fn it_is_where_it_is_asked_for() {
    let (people, browser) = watched().await;
    let metadata = async || people.server.get(&people.path("/as/.well-known/openid-configuration")).await.expect(200);
    let address = format!("{ORIGIN}/{}/as/check_session", people.env);
    assert_eq!(metadata().await["check_session_iframe"], json!(address));
    switch(&people, false).await;
    assert_eq!(metadata().await.get("check_session_iframe"), None);
    assert_eq!(frame(&people, "", Some(CALLBACK)).await.status, 404);
    let answer = asked(&people, &browser, "query", "").await;
    assert!(!answer.clone().leads(302).contains("session_state") && answer.headers.get("set-cookie").is_none());
    let fresh = People::start().await;
    let path = format!("/environments/{}", fresh.env);
    assert_eq!(fresh.server.manage(Method::GET, &path, None).await.expect(200).get("sessionManagement"), None);
    assert_eq!(frame(&fresh, "", Some(CALLBACK)).await.status, 404);
}

/// Over https the cookie is this host's alone, goes to frames of other sites, and has the site's name, which the frame knows.
#[tokio::test]
async fn over_https_the_cookie_is_the_hosts() {
    let people = People::on(TestApp::build().secure()).await;
    switch(&people, true).await;
    let browser = people.browser();
    let flow = people.begin(&browser, "").await;
    people.sign_on(&browser, &flow, "ann").await.expect(200);
    let answer = asked(&people, &browser, "query", "").await;
    let line = answer.headers.get("set-cookie").unwrap().to_str().unwrap().to_owned();
    let name = format!("__Host-STATE~{}", people.env);
    assert!(line.starts_with(&format!("{name}=")), "{line}");
    assert!(line.contains("; Path=/;") && line.contains("; Secure") && line.ends_with("SameSite=None"), "{line}");
    assert!(frame(&people, "", Some(CALLBACK)).await.text.contains(&format!("data-cookie=\"{name}\"")));
}

/// The setting is a property like others.
#[tokio::test]
async fn the_setting_is_read_again() {
    let people = People::start().await;
    let path = format!("/environments/{}", people.env);
    let get = async || people.server.manage(Method::GET, &path, None).await.expect(200)["sessionManagement"].clone();
    assert_eq!(get().await, Value::Null);
    switch(&people, true).await;
    assert_eq!(get().await, true);
    let mut environment = people.server.manage(Method::GET, &path, None).await.expect(200);
    environment.as_object_mut().unwrap().remove("sessionManagement");
    people.server.manage(Method::PUT, &path, Some(&environment)).await.expect(200);
    assert_eq!(get().await, true, "its absence changes nothing");
}
