//! What people see besides the forms themselves: errors told once, who runs a page, languages, ways on, and pages where a
//! program gets JSON.

use engine::bootstrap::dev;
use protocol::change::Change;
use protocol::model::PasswordState;
use protocol::name::username_key;
use reqwest::Method;
use testkit::people::{CALLBACK, PASSWORD};
use testkit::{Answer, Browser, People, TestApp, World, parameters};
use web::state::PageLinks;

/// Opens the sign-on page of a new flow: its address, the page, and what the form must send back.
async fn open(browser: &Browser, address: &str) -> (String, Answer, [(&'static str, String); 2]) {
    let page = browser.get(address).await.leads(302);
    let shown = browser.get(&page).await;
    let hidden = [("flowId", shown.hidden("flowId")), ("csrf", shown.hidden("csrf"))];
    (page, shown, hidden)
}

async fn send(browser: &Browser, people: &People, hidden: &[(&str, String)], fields: &[(&str, &str)]) -> Answer {
    let hidden = hidden.iter().map(|(name, value)| (*name, value.as_str()));
    let all: Vec<(&str, &str)> = hidden.chain(fields.iter().copied()).collect();
    browser.submit(&people.path("/signon"), &all).await
}

/// Sets a password that its user must change, as an administrator does.
async fn set_password(people: &People, name: &str, password: &str) {
    let app = &people.server.app;
    let key = username_key(name).unwrap();
    let user = app.store.user_by_name(people.env, &key).await.unwrap().unwrap();
    let hash = app.passwords().hash(admission::Claim::default(), &*app.world, password).await.unwrap();
    let set = PasswordState { hash, must_change: true, chosen: false, changed_at: people.server.now().to_millis() };
    let was = user.password.map(|password| password.hash);
    let (environment, user) = (people.env, user.id);
    let set = Change::SetPassword { environment, user, was, password: Some(set), end_families: false, retiring: None };
    people.server.furnish(vec![set]).await;
}

/// Where bob, who must change his password, is asked for a new one: what [`open`] gives, with that page.
async fn must_change(
    browser: &Browser,
    people: &People,
    address: &str,
) -> (String, Answer, [(&'static str, String); 2]) {
    let (page, _, hidden) = open(browser, address).await;
    let bob = [("username", "bob"), ("password", PASSWORD), ("intent", "sign-on")];
    send(browser, people, &hidden, &bob).await.leads(303);
    let shown = browser.get(&page).await;
    (page, shown, hidden)
}

/// V1: a fault is told once, where it is; what concerns two fields is told at each.
#[tokio::test]
async fn an_error_is_told_once() {
    let people = People::start().await;
    let browser = people.browser();
    let (_, _, hidden) = open(&browser, &people.authorize("")).await;
    let wrong = [("username", "ann"), ("password", "wrong"), ("intent", "sign-on")];
    for (fields, told) in [
        (&wrong[..], &["Wrong username or password"][..]),
        (&[("username", "ann"), ("intent", "sign-on")], &["Enter your password"]),
        (&[("intent", "sign-on")], &["Enter your username", "Enter your password"]),
    ] {
        let page = send(&browser, &people, &hidden, fields).await;
        assert_eq!(page.text.matches("role=\"alert\"").count(), told.len(), "{}", page.text);
        for sentence in told {
            assert_eq!(page.text.matches(sentence).count(), 1, "{sentence} {}", page.text);
        }
        assert!(!page.text.contains("id=\"problem\"") && page.text.matches(" autofocus").count() == 1, "{}", page.text);
    }
}

/// V3: the page says which application asks, whose account it is, and where terms, privacy policy and help are.
#[tokio::test]
async fn the_page_says_who_runs_it() {
    let links = PageLinks {
        terms: Some("https://op.example/terms".into()),
        privacy: Some("https://op.example/privacy".into()),
        support: Some("mailto:help@op.example".into()),
    };
    let people = People::on(TestApp::build().world(World::People).links(links)).await;
    let browser = people.browser();
    let (_, shown, _) = open(&browser, &people.authorize("")).await;
    let name = people.server.app.store.environment(people.env).await.unwrap().unwrap().name;
    assert!(shown.text.contains("<h1>Sign on to Shop</h1>"), "{}", shown.text);
    assert!(shown.text.contains(&format!("with your {name} account")), "{}", shown.text);
    let error = browser.get(&people.authorize("").replace("client_id=", "client_id=x")).await;
    let gone = browser.get(&people.path("/signon?flowId=x")).await;
    let out = browser.get(&people.path("/as/signoff")).await;
    let home = browser.get("/").await;
    for page in [shown, error, gone, out, home] {
        for link in ["https://op.example/terms", "https://op.example/privacy", "mailto:help@op.example"] {
            assert!(page.text.contains(&format!("href=\"{link}\"")), "{link} {}", page.text);
        }
    }
    // Nothing is linked that nobody configured.
    let plain = People::start().await;
    let (_, bare, _) = open(&plain.browser(), &plain.authorize("")).await;
    assert!(!bare.text.contains(">Terms<") && !bare.text.contains("mailto:"), "{}", bare.text);
}

/// V3: the language that somebody chooses on a page is kept for the environment, before what the application and the
/// browser ask for; what is no language of ours changes nothing.
#[tokio::test]
async fn a_person_chooses_the_language() {
    let people = People::start().await;
    let browser = people.browser();
    let (page, shown, hidden) = open(&browser, &people.authorize("ui_locales=es")).await;
    assert_eq!(shown.header("content-language"), "es");
    let link = format!("{}&#38;language=de\"", people.path(&format!("/signon?flowId={}", hidden[0].1)));
    assert!(shown.text.contains(&link), "{link} {}", shown.text);
    assert_eq!(browser.get(&format!("{page}&language=xx")).await.header("content-language"), "es");
    let chosen = browser.get(&format!("{page}&language=de")).await;
    let cookie = chosen.header("set-cookie").to_owned();
    assert!(
        cookie.starts_with(&format!("LANGUAGE=de; Path=/{}; ", people.env)) && cookie.contains("HttpOnly"),
        "{cookie}"
    );
    assert_eq!(chosen.leads(302), page);
    assert_eq!(browser.get(&page).await.header("content-language"), "de");
    let wrong = [("username", "ann"), ("password", "wrong"), ("intent", "sign-on")];
    let told = send(&browser, &people, &hidden, &wrong).await;
    assert!(told.text.contains("Benutzername oder Passwort ist falsch"), "{}", told.text);
    let right = [("username", "ann"), ("password", PASSWORD), ("intent", "sign-on")];
    let resume = send(&browser, &people, &hidden, &right).await.leads(303);
    browser.get(&resume).await.leads(302);
    // The question before sign-off offers them too, and keeps what was asked.
    let asked = browser.get(&people.path("/as/signoff?state=s%26t")).await;
    assert!(asked.text.contains("as/signoff?state=s%26t&#38;language=fr"), "{}", asked.text);
    let back = browser.get(&people.path("/as/signoff?state=s%26t&language=fr")).await.leads(302);
    assert_eq!(back, people.path("/as/signoff?state=s%26t"));
    assert_eq!(browser.get(&back).await.header("content-language"), "fr");
    // A cookie that somebody made up is none.
    let other = people.browser();
    other.keep("LANGUAGE", "../de");
    assert_eq!(open(&other, &people.authorize("")).await.1.header("content-language"), "en");
}

/// V7: whoever typed the password a moment ago is not asked for it again; a password that was set meanwhile is another.
#[tokio::test]
async fn the_password_just_typed_is_not_asked_for_again() {
    let people = People::start().await;
    people.wait(60);
    let browser = people.browser();
    let (_, shown, hidden) = must_change(&browser, &people, &people.authorize("")).await;
    assert!(shown.text.contains("newPassword") && !shown.text.contains("name=\"currentPassword\""), "{}", shown.text);
    assert!(!shown.text.contains("Not a commonly used password"), "{}", shown.text);
    let change = |new: &'static str| [("newPassword", new), ("intent", "change-password")];
    let missing = send(&browser, &people, &hidden, &[("intent", "change-password")]).await;
    assert!(missing.status == 400 && missing.text.contains("Enter a new password"), "{}", missing.text);
    // The same again is found out without being told the current one.
    let same = send(&browser, &people, &hidden, &change(PASSWORD)).await;
    assert!(same.status == 400 && same.text.contains("Not similar to your current password"), "{}", same.text);
    assert_eq!(same.text.matches("role=\"alert\"").count(), 1, "{}", same.text);
    // Nobody else gets that far, not with the flow's id and not in PingOne's API.
    let flow = people.path(&format!("/flows/{}", hidden[0].1));
    let body = serde_json::json!({ "newPassword": "N3w-Password!" });
    assert_eq!(browser.act(&flow, "password.reset", &body).await.status, 400);
    let done = send(&browser, &people, &hidden, &change("N3w-Password!")).await.leads(303);
    assert!(browser.get(&done).await.leads(302).starts_with(CALLBACK));
}

/// V7: an administrator who sets another password takes the page away from whoever knew the old one.
#[tokio::test]
async fn a_password_that_was_set_meanwhile_is_asked_for() {
    let people = People::start().await;
    people.wait(60);
    let browser = people.browser();
    let (page, _, hidden) = must_change(&browser, &people, &people.authorize("")).await;
    people.wait(1);
    set_password(&people, "bob", "Another-Passw0rd").await;
    let change = [("newPassword", "N3w-Password!"), ("intent", "change-password")];
    let refused = send(&browser, &people, &hidden, &change).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    let shown = browser.get(&page).await;
    assert!(shown.text.contains("name=\"currentPassword\""), "{}", shown.text);
    let old = [&change[..], &[("currentPassword", PASSWORD)]].concat();
    assert_eq!(send(&browser, &people, &hidden, &old).await.status, 400);
    let known = [&change[..], &[("currentPassword", "Another-Passw0rd")]].concat();
    send(&browser, &people, &hidden, &known).await.leads(303);
}

/// V3: "Not you?" forgets who was there and asks the same of somebody else, with the application's state and no name.
#[tokio::test]
async fn somebody_else_begins_anew() {
    let people = People::start().await;
    let browser = people.browser();
    let (page, shown, hidden) = must_change(&browser, &people, &people.authorize("state=kept&login_hint=bob")).await;
    assert!(shown.text.contains("id=\"not-you\""), "{}", shown.text);
    let anew = send(&browser, &people, &hidden, &[("intent", "restart")]).await.leads(303);
    assert!(!anew.contains("login_hint"), "{anew}");
    let (_, shown, fresh) = open(&browser, &anew).await;
    assert_ne!(fresh[0].1, hidden[0].1);
    assert!(shown.text.contains("name=\"username\" type=\"text\" value=\"\""), "{}", shown.text);
    let ann = [("username", "ann"), ("password", PASSWORD), ("intent", "sign-on")];
    let resume = send(&browser, &people, &fresh, &ann).await.leads(303);
    assert_eq!(parameters(&browser.get(&resume).await.leads(302))["state"], "kept");
    // What was left is over, and a form without its token restarts nothing.
    assert!(!browser.get(&page).await.text.contains("newPassword"));
    let forged = [fresh[0].clone(), ("csrf", "x".to_owned())];
    assert_eq!(send(&browser, &people, &forged, &[("intent", "restart")]).await.status, 403);
}

/// V4: what is for developers is folded away; a developer's server tells cause and cure, nobody else's does.
#[tokio::test]
async fn the_cause_is_told_on_a_developers_server_alone() {
    let wrong = "http://localhost:3000/other";
    let address = format!(
        "/{}/as/authorize?client_id={}&response_type=code&redirect_uri={wrong}",
        dev::ENVIRONMENT,
        dev::SHARED_WEB_APPLICATION
    );
    let app = TestApp::start().await;
    let page = app.browser().get(&address).await;
    assert_eq!(page.status, 400);
    let details = page.text.split("id=\"details\"").nth(1).unwrap();
    assert!(details.starts_with(" open"), "{details}");
    for told in [wrong, dev::REDIRECT_URI, "Register the exact redirect URI", &format!("/#r-{}", page.correlation())] {
        assert!(details.contains(told), "{told} {details}");
    }
    app.app.audit.flush().await;
    let front = app.browser().get("/").await;
    assert!(front.text.contains(&format!("id=\"r-{}\" open", page.correlation())), "{}", front.text);

    let people = People::start().await;
    let asked = people.authorize("").replace("redirect_uri=", "redirect_uri=https%3A%2F%2Fevil.example%2F&x=");
    let page = people.browser().get(&asked).await;
    let details = page.text.split("id=\"details\"").nth(1).unwrap();
    assert!(details.starts_with('>') && details.contains("redirect_uri is missing or not registered"), "{details}");
    for secret in ["evil.example", CALLBACK, "Register the exact"] {
        assert!(!details.contains(secret), "{secret} {details}");
    }
}

/// C7, V8: an address that is none, and the root of a server, are pages for a browser and JSON for a program.
#[tokio::test]
async fn unknown_addresses_are_pages_for_browsers() {
    let people = People::start().await;
    let browser = people.browser();
    for address in
        ["/nothing", "/nothing/here?x=1", "/favicon.ico", "/assets/none.css", "/a//b", "/a/../b", "/not-a-uuid/as/jwks"]
    {
        let (page, json) = (browser.get(address).await, browser.read(address).await);
        assert_eq!((page.status, json.status), (404, 404), "{address} {}", page.text);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{address}");
        assert!(page.header("content-security-policy").contains("form-action 'none'"), "{address}");
        assert!(
            page.text.contains("id=\"error\"") && page.text.contains(page.correlation()),
            "{address} {}",
            page.text
        );
        assert_eq!(json.body["code"], "NOT_FOUND", "{address} {}", json.text);
    }
    let (page, json) = (browser.get("/").await, browser.read("/").await);
    assert!(page.status == 200 && page.text.contains("Open the application that you want to use."), "{}", page.text);
    assert_eq!((json.status, json.body["code"].as_str()), (404, Some("NOT_FOUND")), "{}", json.text);
    let german = [("accept", "text/html"), ("accept-language", "de")];
    let page = browser.call("GET", "/a//b", &german, String::new()).await;
    assert!(page.text.contains("Unter dieser Adresse gibt es keine Seite"), "{}", page.text);
    let sent = browser.call("POST", "/", &[("accept", "text/html")], String::new()).await;
    assert_eq!(sent.status, 405, "{}", sent.text);
    // A management address is a program's, whoever asks.
    let api = people.server.request(Method::GET, "/v1/environments").header("accept", "text/html");
    assert_eq!(people.server.send(api).await.header("content-type"), "application/json");
}

/// V10: whoever is signed out is told where it goes on, also where nobody knows from which application they came.
#[tokio::test]
async fn signed_out_has_a_way_on() {
    let people = People::start().await;
    let out = people.browser().get(&people.path("/as/signoff")).await;
    assert!(out.text.contains("To sign on again, open the application"), "{}", out.text);
    let known = people.path(&format!("/as/signoff?client_id={}", people.client));
    assert!(people.browser().get(&known).await.text.contains("id=\"back\" href=\"https://app.example"), "{known}");
    let app = TestApp::start().await;
    let out = app.browser().get(&app.at("signoff")).await;
    assert!(out.text.contains("id=\"front\" href=\"/\""), "{}", out.text);
}
