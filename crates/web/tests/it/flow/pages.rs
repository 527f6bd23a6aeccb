//! The hosted pages as a person meets them.

use testkit::people::{CALLBACK, MOUNT, PASSWORD, SECRET};
use testkit::{Answer, Browser, ORIGIN, People, parameters};

/// Opens the sign-on page of a new flow: its address and what the form must send back.
pub(super) async fn open(browser: &Browser, address: &str) -> (String, [(&'static str, String); 2]) {
    let page = browser.get(address).await.leads(302);
    let shown = browser.get(&page).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    (page, [("flowId", shown.hidden("flowId")), ("csrf", shown.hidden("csrf"))])
}

pub(super) async fn send(
    browser: &Browser,
    people: &People,
    hidden: &[(&str, String)],
    fields: &[(&str, &str)],
) -> Answer {
    let hidden = hidden.iter().map(|(name, value)| (*name, value.as_str()));
    let all: Vec<(&str, &str)> = hidden.chain(fields.iter().copied()).collect();
    browser.submit(&people.path("/signon"), &all).await
}

#[tokio::test]
async fn a_person_signs_on_and_comes_back_with_a_code() {
    // AZ-18, XS-02
    let people = People::start().await;
    let browser = people.browser();
    let (page, hidden) = open(&browser, &people.authorize("scope=openid&state=s1&login_hint=%3Cb%3Eann")).await;
    assert_eq!(page, format!("{}{}", ORIGIN, people.path(&format!("/signon?flowId={}", hidden[0].1))));
    let shown = browser.get(&page).await;
    let policy = shown.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(shown.header("x-frame-options"), "DENY");
    assert_eq!(shown.header("referrer-policy"), "same-origin");
    // AZ-13: the hint is text, and nobody's session.
    assert!(
        shown.text.contains("value=\"&#60;b&#62;ann\"") && shown.text.contains("Sign on to Shop"),
        "{}",
        shown.text
    );
    let wrong =
        send(&browser, &people, &hidden, &[("username", "ann"), ("password", "wrong"), ("intent", "sign-on")]).await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.text.contains("value=\"ann\"") && wrong.text.contains("role=\"alert\""), "{}", wrong.text);
    let missing = send(&browser, &people, &hidden, &[("username", "ann"), ("intent", "sign-on")]).await;
    assert!(missing.text.contains("id=\"password-error\""), "{}", missing.text);
    let right =
        send(&browser, &people, &hidden, &[("username", "ann"), ("password", PASSWORD), ("intent", "sign-on")]).await;
    let resume = right.leads(303);
    let back = browser.get(&resume).await.leads(302);
    assert!(back.starts_with(&format!("{CALLBACK}?code=")), "{back}");
    let told = parameters(&back);
    assert_eq!((told["state"].as_str(), told["iss"].as_str()), ("s1", &*format!("{ORIGIN}/{}/as", people.env)));
    people.exchange(&told["code"]).await.expect(200);
    // AZ-27: back, reload and the link in the history.
    let finished = browser.get(&page).await;
    assert!(finished.status == 200 && !finished.text.contains("name=\"password\""), "{}", finished.text);
    let twice = browser.get(&resume).await;
    assert_eq!((twice.status, twice.text.contains("https://app.example/")), (400, true), "{}", twice.text);
    assert!(twice.text.contains("id=\"flow-ended\"") && !twice.text.contains("id=\"error\""), "{}", twice.text);
    // A link of no flow, and one whose time is over, are told alike; a program is told in JSON.
    for gone in [resume.replace(&hidden[0].1, "00000000-0000-4000-8000-000000000000"), resume.clone()] {
        let shown = browser.get(&gone).await;
        assert!(shown.text.contains("id=\"flow-ended\""), "{}", shown.text);
        assert_eq!(shown.status, if gone == resume { 400 } else { 404 });
        let told = browser.read(&gone).await;
        assert!(told.body["code"].is_string() && told.status == shown.status, "{}", told.text);
    }
    people.wait(15 * 60);
    let late = browser.get(&resume).await;
    assert_eq!((late.status, late.text.contains("id=\"flow-ended\"")), (404, true), "{}", late.text);
    // The session signs on without a question.
    assert!(browser.get(&people.authorize("scope=openid")).await.leads(302).starts_with(CALLBACK));
}

#[tokio::test]
async fn a_form_from_elsewhere_does_nothing() {
    // FL-11
    let people = People::start().await;
    let (browser, other) = (people.browser(), people.browser());
    let (page, hidden) = open(&browser, &people.authorize("scope=openid")).await;
    let (_, foreign) = open(&other, &people.authorize("scope=openid")).await;
    let fields = [("username", "ann"), ("password", PASSWORD), ("intent", "sign-on")];
    let [flow, csrf] = hidden.clone();
    let [_, foreign_csrf] = foreign;
    for tampered in [vec![flow.clone()], vec![flow.clone(), ("csrf", "x".into())], vec![flow.clone(), foreign_csrf]] {
        let refused = send(&browser, &people, &tampered, &fields).await;
        assert_eq!(refused.status, 403, "{}", refused.text);
        assert!(refused.text.contains("id=\"error\""));
    }
    // The same form in a browser that did not begin the flow, and the link itself.
    assert_eq!(send(&other, &people, &[flow, csrf], &fields).await.status, 403);
    let link = other.get(&page).await;
    assert_eq!((link.status, link.text.contains("name=\"password\"")), (403, false));
    assert_eq!(people.browser().get(&page).await.status, 403);
    assert!(browser.cookie("ST").is_none() && other.cookie("ST").is_none());
    // Nothing of it touched the flow or the account.
    let read = browser.read(&people.path(&format!("/flows/{}", hidden[0].1))).await.expect(200);
    assert_eq!(read["status"], "USERNAME_PASSWORD_REQUIRED");
    assert_eq!(people.server.app.store.user(people.env, people.ann).await.unwrap().unwrap().account.failures, 0);
}

#[tokio::test]
async fn two_tabs_do_not_disturb_each_other() {
    let people = People::start().await;
    let browser = people.browser();
    let (_, first) = open(&browser, &people.authorize("state=one")).await;
    let (_, second) = open(&browser, &people.authorize("state=two")).await;
    let fields = [("username", "ann"), ("password", PASSWORD), ("intent", "sign-on")];
    let resume = send(&browser, &people, &first, &fields).await.leads(303);
    assert_eq!(parameters(&browser.get(&resume).await.leads(302))["state"], "one");
    let resume = send(&browser, &people, &second, &fields).await.leads(303);
    assert_eq!(parameters(&browser.get(&resume).await.leads(302))["state"], "two");
}

#[tokio::test]
async fn turning_away_is_told_to_the_application() {
    let people = People::start().await;
    let browser = people.browser();
    let (page, hidden) = open(&browser, &people.authorize("state=s1")).await;
    let back = send(&browser, &people, &hidden, &[("intent", "cancel")]).await.leads(303);
    let told = parameters(&back);
    assert_eq!((told["error"].as_str(), told["state"].as_str()), ("access_denied", "s1"));
    assert!(told["iss"].ends_with("/as") && back.starts_with(CALLBACK));
    assert!(browser.get(&page).await.text.contains("https://app.example/"));
    let read = browser.read(&people.path(&format!("/flows/{}", hidden[0].1))).await.expect(200);
    assert_eq!(read["status"], "FAILED");
}

/// RFC 6749 §2: whoever began a flow for an application before it was switched off gives it nothing by going on, and is not sent
/// to it either. Nobody signs on for it.
#[tokio::test]
async fn no_flow_goes_on_for_a_disabled_application() {
    let people = People::start().await;
    let browser = people.browser();
    let (page, hidden) = open(&browser, &people.authorize("state=s1")).await;
    let (cancelled, other) = open(&browser, &people.authorize("state=s2")).await;
    send(&browser, &people, &other, &[("intent", "cancel")]).await.leads(303);
    let flow = people.begin(&browser, "").await;
    let right = [("username", "ann"), ("password", PASSWORD), ("intent", "sign-on")];

    people.change(serde_json::json!({ "enabled": false })).await;
    for address in [&page, &cancelled] {
        let shown = browser.get(address).await;
        assert!(shown.status == 400 && shown.text.contains("The application is disabled"), "{}", shown.text);
    }
    for fields in [&right[..], &[("intent", "cancel")]] {
        let refused = send(&browser, &people, &hidden, fields).await;
        assert_eq!((refused.status, refused.header("location")), (400, ""), "{}", refused.text);
    }
    let refused = people.sign_on(&browser, &flow, "ann").await;
    assert_eq!((refused.status, refused.header("set-cookie")), (401, ""), "{}", refused.text);
    assert_eq!(browser.read(&flow).await.status, 401);

    people.change(serde_json::json!({ "enabled": true })).await;
    let resume = send(&browser, &people, &hidden, &right).await.leads(303);
    assert_eq!(parameters(&browser.get(&resume).await.leads(302))["state"], "s1");
    people.sign_on(&browser, &flow, "ann").await.expect(200);
}

#[tokio::test]
async fn a_forced_change_is_a_page_of_the_same_flow() {
    let people = People::start().await;
    let browser = people.browser();
    let (page, hidden) = open(&browser, &people.authorize("")).await;
    let next =
        send(&browser, &people, &hidden, &[("username", "bob"), ("password", PASSWORD), ("intent", "sign-on")]).await;
    assert_eq!(next.leads(303), page);
    let shown = browser.get(&page).await;
    assert!(shown.text.contains("name=\"newPassword\"") && shown.text.contains("value=\"bob\""), "{}", shown.text);
    let change = |current: &'static str, new: &'static str| {
        [("currentPassword", current), ("newPassword", new), ("intent", "change-password")]
    };
    let weak = send(&browser, &people, &hidden, &change(PASSWORD, "aaa")).await;
    assert_eq!((weak.status, weak.text.contains("class=\"failed\"")), (400, true), "{}", weak.text);
    let wrong = send(&browser, &people, &hidden, &change("wrong", "N3w-Password!")).await;
    assert!(wrong.text.contains("id=\"currentPassword-error\""), "{}", wrong.text);
    let done = send(&browser, &people, &hidden, &change(PASSWORD, "N3w-Password!")).await.leads(303);
    assert!(browser.get(&done).await.leads(302).starts_with(CALLBACK));
}

#[tokio::test]
async fn a_flow_that_is_gone_has_a_page() {
    let people = People::start().await;
    let browser = people.browser();
    let (page, _) = open(&browser, &people.authorize("")).await;
    people.wait(16 * 60);
    let gone = browser.get(&page).await;
    assert_eq!((gone.status, gone.text.contains("<h1>")), (404, true), "{}", gone.text);
    for address in ["/signon", "/signon?flowId=x", "/signon?flowId=%3Cscript%3E"] {
        assert_eq!(browser.get(&people.path(address)).await.status, 404, "{address}");
    }
}

#[tokio::test]
async fn a_mount_in_springs_layout_has_the_same_pages() {
    let people = People::start().await;
    let browser = people.browser();
    let client = &people.client;
    let query = format!("client_id={client}&response_type=code&redirect_uri={CALLBACK}&scope=openid&ui_locales=de");
    let page = browser.get(&format!("{MOUNT}/oauth2/authorize?{query}")).await;
    assert!(page.header("set-cookie").contains(&format!("Path={MOUNT};")));
    let page = page.leads(302);
    assert!(page.starts_with(&format!("{ORIGIN}{MOUNT}/signon?flowId=")), "{page}");
    let shown = browser.get(&page).await;
    assert_eq!((shown.header("content-language"), shown.text.contains("lang=\"de\"")), ("de", true));
    let (flow, csrf) = (shown.hidden("flowId"), shown.hidden("csrf"));
    let fields =
        [("flowId", &*flow), ("csrf", &*csrf), ("username", "ann"), ("password", PASSWORD), ("intent", "sign-on")];
    let resume = browser.submit(&format!("{MOUNT}/signon"), &fields).await.leads(303);
    assert!(resume.starts_with(&format!("{ORIGIN}{MOUNT}/oauth2/resume?flowId=")), "{resume}");
    let told = parameters(&browser.get(&resume).await.leads(302));
    assert_eq!(told["iss"], format!("{ORIGIN}{MOUNT}"));
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &told["code"]),
        ("redirect_uri", CALLBACK),
        ("client_id", client),
        ("client_secret", SECRET),
    ];
    let tokens = browser.submit(&format!("{MOUNT}/oauth2/token"), &fields).await.expect(200);
    assert!(tokens["id_token"].is_string(), "{tokens}");
    let off =
        browser.get(&format!("{MOUNT}/connect/logout?id_token_hint={}", tokens["id_token"].as_str().unwrap())).await;
    assert!(off.status == 200 && off.text.contains("id=\"logged-out\""), "{}", off.text);
}
