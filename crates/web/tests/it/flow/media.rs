//! How the actions of the flow API are named.

use serde_json::json;
use testkit::People;
use testkit::people::PASSWORD;

/// D17: media types are compared without case (RFC 9110 §8.3.1), whichever action they name and however they are written.
#[tokio::test]
async fn every_action_is_known_in_any_case() {
    let people = People::start().await;
    for (name, state) in [
        ("usernamePassword.check", "USERNAME_PASSWORD_REQUIRED"),
        ("password.reset", "MUST_CHANGE_PASSWORD"),
        ("session.reset", "MUST_CHANGE_PASSWORD"),
    ] {
        let usual = format!("application/vnd.pingidentity.{name}+json");
        for media in [
            usual.clone(),
            usual.to_ascii_lowercase(),
            usual.to_ascii_uppercase(),
            format!("{}; charset=UTF-8", usual.to_ascii_lowercase()),
            format!("{} ;CHARSET=utf-8", usual.to_ascii_uppercase()),
        ] {
            let browser = people.browser();
            let flow = people.begin(&browser, "").await;
            if state == "MUST_CHANGE_PASSWORD" {
                people.sign_on(&browser, &flow, "bob").await.expect(200);
            }
            let body = json!({
                "username": "ann", "password": PASSWORD, "currentPassword": "not-it", "newPassword": "N3w-Password!",
            });
            let headers = [("content-type", media.as_str())];
            let answer = browser.call("POST", &flow, &headers, body.to_string()).await;
            // The wrong current password keeps bob's; that it was looked at shows that the action was understood.
            let word =
                answer.body["details"][0]["code"].as_str().or(answer.body["status"].as_str()).unwrap_or_default();
            let expected = match name {
                "usernamePassword.check" => "COMPLETED",
                "password.reset" => "INVALID_CREDENTIALS",
                _ => "USERNAME_PASSWORD_REQUIRED",
            };
            assert_eq!(word, expected, "{media} {}", answer.text);
            if name == "password.reset" {
                people.sign_on(&browser, &people.begin(&browser, "").await, "bob").await.expect(200);
            }
        }
    }
}
