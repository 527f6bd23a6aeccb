//! Where an application that is not a web page is led to.

use serde_json::json;
use testkit::People;
use testkit::people::CALLBACK;

use super::sign_on;

/// P6: an application on a device is left for its own scheme, exactly as it registered it.
#[tokio::test]
async fn a_sign_off_leads_to_the_scheme_of_the_application() {
    let people = People::start().await;
    let browser = people.browser();
    people.change(json!({ "postLogoutRedirectUris": ["com.myapp.app://logout"] })).await;
    let hint = sign_on(&people, &browser).await;
    let off =
        |to: &str| people.path(&format!("/as/signoff?id_token_hint={hint}&post_logout_redirect_uri={to}&state=s1"));
    for other in
        ["com.myapp.app://logout/", "com.myapp.app://elsewhere", "com.myapp.other://logout", "COM.myapp.app://logout"]
    {
        assert_eq!(browser.get(&off(other)).await.status, 400, "{other}");
    }
    let done = browser.get(&off("com.myapp.app://logout")).await;
    assert_eq!(done.leads(302), "com.myapp.app://logout?state=s1");
    assert!(browser.cookie("ST").is_none());
}

/// P7: what a wildcard covers is led to as it was asked for, and nothing else is.
#[tokio::test]
async fn an_authorization_leads_to_what_a_wildcard_covers() {
    let people = People::start().await;
    let browser = people.browser();
    people.change(json!({ "allowWildcardInRedirectUris": true, "redirectUris": ["https://www.example.com/th*/callback", CALLBACK] })).await;
    sign_on(&people, &browser).await;
    let ask = |to: &str| {
        people.path(&format!(
            "/as/authorize?client_id={}&response_type=code&scope=openid&redirect_uri={to}",
            people.client
        ))
    };
    let led = browser.get(&ask("https://www.example.com/this/callback")).await.leads(302);
    assert!(led.starts_with("https://www.example.com/this/callback?code="), "{led}");
    for other in [
        "https://www.example.com/th/is/callback",
        "https://www.example.com/th*/callback/",
        "https://www.example.com/th/callback",
    ] {
        let refused = browser.get(&ask(other)).await;
        assert!(
            refused.header("location").is_empty() || !refused.header("location").starts_with("https://www.example.com"),
            "{other}"
        );
    }
}
