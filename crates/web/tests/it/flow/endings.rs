//! Pages of sign-ons that do not go on, and forms that come too late.

use std::net::Ipv4Addr;

use admission::Claim;
use serde_json::json;
use testkit::people::{CALLBACK, PASSWORD};
use testkit::{Answer, People, parameters};

use super::join_all;
use super::pages::{open, send};

/// The link that leads on.
fn way_on(page: &Answer) -> String {
    let link = page.text.split_once("id=\"back\" href=\"").and_then(|(_, rest)| rest.split('"').next());
    let link = link.unwrap_or_else(|| panic!("a page without a way on: {}", page.text));
    link.replace("&#38;", "&").replace("&amp;", "&")
}

/// The four pages of a flow that is over, in this order: already used, cancelled, of another browser, expired.
async fn endings(people: &People) -> [Answer; 4] {
    let browser = people.browser();
    let (used, hidden) = open(&browser, &people.authorize("")).await;
    let fields = [("username", "ann"), ("password", PASSWORD), ("intent", "sign-on")];
    let resume = send(&browser, people, &hidden, &fields).await.leads(303);
    assert!(browser.get(&resume).await.leads(302).starts_with(CALLBACK));
    let twice = browser.get(&resume).await;
    let used = browser.get(&used).await;
    assert_eq!(way_on(&twice), way_on(&used));
    let (cancelled, hidden) = open(&browser, &people.authorize("prompt=login")).await;
    send(&browser, people, &hidden, &[("intent", "cancel")]).await.leads(303);
    let (left, _) = open(&browser, &people.authorize("prompt=login&state=s1&nonce=n1&scope=openid")).await;
    let foreign = people.browser().get(&left).await;
    let cancelled = browser.get(&cancelled).await;
    people.wait(16 * 60);
    let late = browser.get(&left.replace("/signon?", "/as/resume?")).await;
    let expired = browser.get(&left).await;
    assert_eq!(way_on(&late), way_on(&expired));
    // Whoever did not begin it sees nothing of the request.
    let stranger = people.browser().get(&left).await;
    assert!(!stranger.text.contains("/as/authorize?") && !way_on(&stranger).is_empty(), "{}", stranger.text);
    [used, cancelled, foreign, expired]
}

/// D20: the application's page to begin at comes first, then its home; without either its site, or the same request anew.
#[tokio::test]
async fn every_ending_has_a_way_on() {
    let people = People::start().await;
    people.change(json!({ "initiateLoginUri": "https://app.example/start" })).await;
    let [used, cancelled, foreign, expired] = endings(&people).await;
    for page in [used, cancelled, expired] {
        assert_eq!(way_on(&page), "https://app.example/start", "{}", page.text);
    }
    assert_eq!((foreign.status, way_on(&foreign).as_str()), (403, "https://app.example/"));
    people.change(json!({ "initiateLoginUri": null })).await;
    let [used, cancelled, foreign, expired] = endings(&people).await;
    for page in [used, cancelled, foreign] {
        assert_eq!(way_on(&page), "https://app.example/", "{}", page.text);
    }
    assert!(way_on(&expired).contains("/as/authorize?"), "{}", expired.text);
    people.change(json!({ "homePageUrl": null })).await;
    let [used, cancelled, foreign, expired] = endings(&people).await;
    for page in [used, cancelled, foreign] {
        assert_eq!(way_on(&page), "https://app.example", "{}", page.text);
    }
    // The person signs on after all, and the application gets the answer to what it asked.
    let browser = people.browser();
    let (_, hidden) = open(&browser, &way_on(&expired)).await;
    let fields = [("username", "ann"), ("password", PASSWORD), ("intent", "sign-on")];
    let resume = send(&browser, &people, &hidden, &fields).await.leads(303);
    let told = parameters(&browser.get(&resume).await.leads(302));
    assert_eq!(told["state"], "s1");
    assert!(people.exchange(&told["code"]).await.expect(200)["id_token"].is_string());
    // What is not there any more, or never was, has no application to name.
    let unknown = browser.get(&people.path("/signon?flowId=00000000-0000-4000-8000-000000000000")).await;
    assert_eq!((unknown.status, unknown.text.contains("id=\"back\"")), (404, false), "{}", unknown.text);
}

/// D20: an application of a telephone has no site; the request is begun anew where it can be.
#[tokio::test]
async fn an_application_without_a_site_is_begun_anew() {
    let people = People::start().await;
    let native = |people: &People| {
        let (client, uri) = (&people.native, "com.example.app%3A%2Fcb");
        people.path(&format!("/as/authorize?client_id={client}&response_type=code&redirect_uri={uri}&state=s1"))
    };
    people.change_of(&people.native, json!({ "homePageUrl": null })).await;
    let browser = people.browser();
    let (page, _) = open(&browser, &native(&people)).await;
    people.wait(16 * 60);
    let (_, hidden) = open(&browser, &way_on(&browser.get(&page).await)).await;
    let fields = [("username", "ann"), ("password", PASSWORD), ("intent", "sign-on")];
    let resume = send(&browser, &people, &hidden, &fields).await.leads(303);
    let back = browser.get(&resume).await.leads(302);
    assert!(back.starts_with("com.example.app:/cb?code=") && back.contains("state=s1"), "{back}");
}

/// D22: whoever loses the race of one form is told what the same form is told a moment later, and nothing is counted.
#[tokio::test]
async fn one_form_sent_several_times_at_once_is_told_the_same() {
    let people = People::start().await;
    let browser = people.browser();
    let at_once = async |hidden: &[(&'static str, String); 2], fields: &[(&str, &str)]| {
        join_all((0..4).map(|_| send(&browser, &people, hidden, fields))).await
    };
    let told = |answer: &Answer| (answer.status, answer.header("location").to_owned());
    let fields = |name: &'static str| [("username", name), ("password", PASSWORD), ("intent", "sign-on")];

    let (_, hidden) = open(&browser, &people.authorize("state=s1")).await;
    let answers = at_once(&hidden, &fields("ann")).await;
    let afterwards = told(&send(&browser, &people, &hidden, &fields("ann")).await);
    assert_eq!(afterwards.0, 303);
    for answer in &answers {
        assert_eq!(told(answer), afterwards, "{}", answer.text);
    }
    assert_eq!(parameters(&browser.get(&afterwards.1).await.leads(302))["state"], "s1");
    let finished = send(&browser, &people, &hidden, &fields("ann")).await;
    assert_eq!((finished.status, finished.text.contains("id=\"flow-ended\"")), (200, true), "{}", finished.text);

    // One goes on to the change of the password, the others see its page.
    let (page, hidden) = open(&browser, &people.authorize("prompt=login")).await;
    let answers = at_once(&hidden, &fields("bob")).await;
    assert_eq!(answers.iter().filter(|answer| told(answer) == (303, page.clone())).count(), 1);
    let afterwards = send(&browser, &people, &hidden, &fields("bob")).await;
    for answer in answers.iter().filter(|answer| answer.status != 303) {
        assert_eq!((answer.status, &answer.text), (200, &afterwards.text));
        assert!(answer.text.contains("name=\"newPassword\"") && !answer.text.contains("role=\"alert\""));
    }
    let change = [("currentPassword", PASSWORD), ("newPassword", "N3w-Password!"), ("intent", "change-password")];
    let answers = at_once(&hidden, &change).await;
    let afterwards = told(&send(&browser, &people, &hidden, &change).await);
    assert_eq!(afterwards.0, 303);
    for answer in &answers {
        assert_eq!(told(answer), afterwards, "{}", answer.text);
    }
    assert!(browser.get(&afterwards.1).await.leads(302).starts_with(CALLBACK));
    let bob = people.server.app.store.user_by_name(people.env, "bob").await.unwrap().unwrap();
    assert_eq!(bob.account.failures, 0);

    let (_, hidden) = open(&browser, &people.authorize("prompt=login")).await;
    let answers = at_once(&hidden, &[("intent", "cancel")]).await;
    let afterwards = send(&browser, &people, &hidden, &[("intent", "cancel")]).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 303).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 303) {
        assert_eq!((answer.status, &answer.text), (200, &afterwards.text));
    }
}

/// D22: but what is typed into a flow before somebody turns away from it counts, also in a flow whose life it would extend.
#[tokio::test]
async fn a_wrong_password_counts_though_its_flow_is_cancelled_meanwhile() {
    for (waited, guesses) in [(0, 1), (90, 1), (0, 12), (90, 12)] {
        let people = People::start().await;
        let (app, browser) = (&people.server.app, people.browser());
        let (page, hidden) = open(&browser, &people.authorize("")).await;
        people.wait(waited);
        // The passwords wait behind others until the flow is over.
        let before = app.passwords().taken();
        let claim = Claim::new(people.env.uuid(), Some(Ipv4Addr::LOCALHOST.into()));
        let others = join_all((0..12).map(|_| app.passwords().dummy_check(claim, "another")));
        let bodies: Vec<_> = (0..guesses).map(|n| json!({ "username": "ann", "password": format!("w{n}") })).collect();
        let flow = people.path(&format!("/flows/{}", parameters(&page)["flowId"]));
        let typed = join_all(bodies.iter().map(|body| browser.act(&flow, "usernamePassword.check", body)));
        let cancelled = async {
            while app.passwords().taken() < before + 12 + guesses {
                tokio::task::yield_now().await;
            }
            send(&browser, &people, &hidden, &[("intent", "cancel")]).await.leads(303)
        };
        let (_, answers, _) = tokio::join!(others, typed, cancelled);
        for answer in answers {
            answer.refuses(400, "INVALID_DATA", "INVALID_CREDENTIALS", "password");
        }
        let ann = app.store.user(people.env, people.ann).await.unwrap().unwrap();
        assert_eq!(u64::try_from(ann.account.failures).unwrap(), guesses.min(5), "{waited} {guesses}");
    }
}
