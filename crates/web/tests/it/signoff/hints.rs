//! RP-Initiated Logout §2: old hints prove as much as new ones, a `logout_hint` proves nothing.

use testkit::People;
use testkit::people::GOODBYE;

use super::{is_signed_on, sign_on};

/// "The OP SHOULD accept ID Tokens when the RP identified by the ID Token's aud claim … has a current session … even when the exp time has
/// passed"; and likewise one of a key that signs no more. By POST as by GET.
#[tokio::test]
async fn an_expired_hint_of_a_key_before_still_proves() {
    let people = People::start().await;
    let browser = people.browser();
    let hint = sign_on(&people, &browser).await;
    people.wait(86_400);
    engine::rotation::rotate(&people.server.app, people.env, engine::rotation::Line::Own(None), true).await.unwrap();
    let after = sign_on(&people, &people.browser()).await;
    let kid = |token: &str| jose::b64::decode(token.split('.').next().unwrap()).unwrap();
    assert_ne!(kid(&hint), kid(&after), "another key signs now");
    let fields = [("id_token_hint", &*hint), ("post_logout_redirect_uri", GOODBYE), ("state", "s1"), ("unknown", "x")];
    let done = browser.submit(&people.path("/as/signoff"), &fields).await;
    assert_eq!((done.status, done.header("location")), (303, &*format!("{GOODBYE}?state=s1")), "{}", done.text);
    assert!(!is_signed_on(&people, &browser).await);
}

/// LO-03: whoever knows a name signs nobody off by it; the question names the person who was meant, and goes on with what was asked.
#[tokio::test]
async fn a_logout_hint_names_and_proves_nothing() {
    let people = People::start().await;
    let (browser, other) = (people.browser(), people.browser());
    sign_on(&people, &browser).await;
    let flow = people.begin(&other, "").await;
    people.sign_on(&other, &flow, "emil").await.expect(200);
    let both = [&browser, &other].map(|browser| format!("ST={}", browser.cookie("ST").unwrap())).join("; ");
    let ask = async |hint: &str| {
        let path = people.path(&format!("/as/signoff?logout_hint={hint}"));
        people.server.send(testkit::Request::get(&path).header("cookie", &both)).await
    };
    for (hint, name) in
        [("emil", "emil"), ("EMIL", "emil"), ("ann", "ann"), ("nobody", "ann"), (&*people.ann.to_string(), "ann")]
    {
        let page = ask(hint).await;
        assert_eq!((page.status, page.text.contains("id=\"log-out\"")), (200, true), "{}", page.text);
        let who = page.text.split("<p class=\"who\">").nth(1).unwrap().split("</p>").next().unwrap();
        assert!(who.contains(name), "{hint}: {who}");
        assert!(page.text.contains(&format!("name=\"logout_hint\" value=\"{hint}\"")), "{}", page.text);
    }
    assert!(is_signed_on(&people, &browser).await && is_signed_on(&people, &other).await);
}
