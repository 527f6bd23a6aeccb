//! The `claims` parameter, and what it asks of a sign-on (OIDC Core §5.5, RFC 9470).

use serde_json::{Value, json};
use testkit::{Browser, People, claims, encode, parameters};

use super::{error, sign_on};

fn asking(claims: &Value) -> String {
    encode(&[("claims", &claims.to_string())])
}

/// Signs on as `name` by the sign-on page; the redirect that leads away.
async fn answered(people: &People, browser: &Browser, more: &str, name: &str) -> String {
    let page = browser.follow(browser.get(&people.authorize(&format!("state=s1&scope=openid&{more}"))).await).await;
    assert_eq!(page.status, 200, "{}", page.text);
    browser.follow(browser.sign_on(&page, name, testkit::people::PASSWORD).await).await.leads(302)
}

#[tokio::test]
async fn what_is_asked_for_by_name_is_told_where_it_was_asked_for() {
    let people = People::start().await;
    let browser = people.browser();
    let asked = json!({
        "userinfo": { "email": { "essential": true }, "given_name": { "value": "Ann" }, "unknown": null },
        "id_token": { "preferred_username": null, "given_name": { "values": ["Emil"] }, "phone_number": { "essential": true } },
    });
    let code = parameters(&answered(&people, &browser, &asking(&asked), "ann").await)["code"].clone();
    let tokens = people.exchange(&code).await;
    let id_token = claims(tokens.member("id_token"));
    assert_eq!(id_token["preferred_username"], "ann");
    for absent in ["email", "given_name", "phone_number", "unknown"] {
        assert!(id_token.get(absent).is_none(), "{id_token}");
    }
    let told = people.server.get_with(&people.path("/as/userinfo"), tokens.member("access_token")).await.expect(200);
    assert_eq!(told, json!({ "sub": people.ann.to_string(), "given_name": "Ann", "email": "ann@example.com" }));
    let access = claims(tokens.member("access_token"));
    assert!(access.get("email").is_none() && access.get("preferred_username").is_none(), "{access}");
}

#[tokio::test]
async fn what_is_no_claims_parameter_is_told_to_the_application() {
    // AZ-14
    let people = People::start().await;
    let browser = people.browser();
    let (deep, long) = ("[".repeat(1_500), "x".repeat(4_097));
    for claims in ["x", "[]", r#"{"id_token":[]}"#, r#"{"id_token":{},"id_token":{}}"#, &deep, &long] {
        let query = format!("state=s1&scope=openid&{}", encode(&[("claims", claims)]));
        assert_eq!(error(&browser.get(&people.authorize(&query)).await, &people), "invalid_request", "{claims:.40}");
    }
    let unmet = asking(&json!({ "id_token": { "acr": { "essential": true, "value": "urn:gold" } } }));
    let answer = browser.get(&people.authorize(&format!("state=s1&scope=openid&{unmet}"))).await;
    assert_eq!(error(&answer, &people), "unmet_authentication_requirements");
}

#[tokio::test]
async fn an_essential_acr_is_in_the_tokens_or_there_are_none() {
    // AZ-11: Multi_Factor is there and cannot be performed.
    let people = People::start().await;
    let browser = people.browser();
    let acr = |values: Value| asking(&json!({ "id_token": { "acr": { "essential": true, "values": values } } }));
    let unmet =
        browser.get(&people.authorize(&format!("state=s1&scope=openid&{}", acr(json!(["Multi_Factor"]))))).await;
    assert_eq!(error(&unmet, &people), "unmet_authentication_requirements");
    let met = answered(&people, &browser, &acr(json!(["Multi_Factor", "Single_Factor"])), "ann").await;
    let tokens = people.exchange(&parameters(&met)["code"]).await;
    for token in ["id_token", "access_token"] {
        let told = claims(tokens.member(token));
        assert_eq!((&told["acr"], told["auth_time"].is_i64()), (&json!("Single_Factor"), true), "{told}");
    }
    // Voluntary: what was performed is told, and nothing else.
    let voluntary = asking(&json!({ "id_token": { "acr": { "values": ["Multi_Factor"] } } }));
    let code = parameters(&answered(&people, &people.browser(), &voluntary, "ann").await)["code"].clone();
    assert_eq!(claims(people.exchange(&code).await.member("id_token"))["acr"], "Single_Factor");
}

#[tokio::test]
async fn nobody_else_is_answered_for_than_whom_the_request_names() {
    // AZ-12, OIDC Core §3.1.2.2, §5.5.1
    let people = People::start().await;
    let own = people.browser();
    let first = parameters(&answered(&people, &own, "", "ann").await)["code"].clone();
    let hint = people.exchange(&first).await.text_of("id_token");
    let of_ann = asking(&json!({ "id_token": { "sub": { "value": people.ann.to_string() } } }));
    for named in [of_ann.clone(), format!("id_token_hint={hint}")] {
        // The one who is signed on.
        let silent = format!("state=s1&scope=openid&prompt=none&{named}");
        let given = own.get(&people.authorize(&silent)).await.leads(302);
        assert!(parameters(&given).contains_key("code"), "{given}");
        // Another one, who is asked, and cannot answer for her.
        let browser = people.browser();
        let emil = people.begin(&browser, "prompt=login").await;
        people.sign_on(&browser, &emil, "emil").await.expect(200);
        assert_eq!(error(&browser.get(&people.authorize(&silent)).await, &people), "login_required");
        let told = parameters(&answered(&people, &browser, &named, "emil").await);
        assert_eq!((told["error"].as_str(), told["state"].as_str()), ("login_required", "s1"), "{told:?}");
        assert!(!told.contains_key("code"));
        // Once she has signed on there.
        let given = answered(&people, &people.browser(), &named, "ann").await;
        assert!(parameters(&given).contains_key("code"), "{given}");
        // Whoever drives the flow is told as its answer.
        let flow = people.begin(&browser, &named).await;
        let checked = people.sign_on(&browser, &flow, "emil").await.expect(200);
        let refused = browser.read(checked["resumeUrl"].as_str().unwrap()).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert!(refused.text.contains("Another user signed on"), "{}", refused.text);
    }
    sign_on(&people, &own).await;
    let nobody = asking(&json!({ "userinfo": { "sub": { "value": "nobody" } } }));
    let answer = own.get(&people.authorize(&format!("state=s1&scope=openid&{nobody}"))).await;
    assert_eq!(error(&answer, &people), "login_required");
}
