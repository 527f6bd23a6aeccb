//! Passwords that grew too old: right, and to be changed before anything else.

use serde_json::json;

use super::pages::{open, send};
use testkit::People;
use testkit::people::PASSWORD;

const NEW: &str = "Another-Heron-8";

/// PA: with an expired password nobody gets further than to a new one, and not to one they had.
#[tokio::test]
async fn an_expired_password_is_changed_in_the_flow() {
    let people = People::start().await;
    let browser = people.browser();
    people.wait(182 * 86_400);
    let flow = people.begin(&browser, "").await;
    let asked = people.sign_on(&browser, &flow, "ann").await.expect(200);
    assert_eq!((asked["status"].as_str(), asked["session"].is_null()), (Some("PASSWORD_EXPIRED"), true));
    assert!(asked["_links"]["password.reset"].is_object() && browser.cookie("ST").is_none());
    let policy = &asked["_embedded"]["passwordPolicy"];
    assert_eq!((&policy["history"]["count"], &policy["notSimilarToCurrent"]), (&json!(6), &json!(true)));
    assert!(
        browser.act(&flow, "usernamePassword.check", &json!({ "username": "ann", "password": PASSWORD })).await.status
            == 400
    );
    let change = async |current: &str, new: &str| {
        browser.act(&flow, "password.reset", &json!({ "currentPassword": current, "newPassword": new })).await
    };
    for (new, rule) in
        [(PASSWORD, "notSimilarToCurrent"), ("Correct-horse-22", "notSimilarToCurrent"), ("short", "length")]
    {
        let refused = change(PASSWORD, new).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "newPassword");
        let names = &refused["details"][0]["innerError"]["unsatisfiedRequirements"];
        assert!(names.as_array().unwrap().contains(&json!(rule)), "{new}: {names}");
    }
    let done = change(PASSWORD, NEW).await.expect(200);
    assert_eq!(done["status"], "COMPLETED");
    // The one before is remembered.
    people.wait(182 * 86_400);
    let flow = people.begin(&browser, "prompt=login").await;
    let body = json!({ "username": "ann", "password": NEW });
    assert_eq!(browser.act(&flow, "usernamePassword.check", &body).await.expect(200)["status"], "PASSWORD_EXPIRED");
    let body = json!({ "currentPassword": NEW, "newPassword": PASSWORD });
    let former = browser.act(&flow, "password.reset", &body).await;
    let former = former.refuses(400, "INVALID_DATA", "INVALID_VALUE", "newPassword");
    assert_eq!(former["details"][0]["innerError"]["unsatisfiedRequirements"], json!(["history"]));
}

#[tokio::test]
async fn the_page_says_that_a_password_has_expired() {
    let people = People::start().await;
    let browser = people.browser();
    people.wait(182 * 86_400);
    let (page, hidden) = open(&browser, &people.authorize("scope=openid")).await;
    let typed = [("username", "ann"), ("password", PASSWORD), ("intent", "sign-on")];
    let next = send(&browser, &people, &hidden, &typed).await.leads(303);
    assert_eq!(next, page);
    let shown = browser.get(&page).await;
    assert!(shown.text.contains("has expired") && shown.text.contains("name=\"newPassword\""), "{}", shown.text);
    let hidden = [("flowId", shown.hidden("flowId")), ("csrf", shown.hidden("csrf"))];
    let same = send(&browser, &people, &hidden, &[("newPassword", PASSWORD), ("intent", "change-password")]).await;
    assert!(same.status == 400 && same.text.contains("Not similar to your current password"), "{}", same.text);
    let right = send(&browser, &people, &hidden, &[("newPassword", NEW), ("intent", "change-password")]).await;
    assert!(right.leads(303).contains("/resume"));
}
