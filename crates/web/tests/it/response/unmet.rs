//! A good request about a person who lacks what the application must know of them.

use std::collections::BTreeMap;

use protocol::refusal::Reason;
use reqwest::Method;
use serde_json::json;
use testkit::People;

use super::front::{ask, everything};
use super::{PASSWORD, reason, told};

/// RFC 6749 §4.1.2.1: the application is told that the person lacks what it must know of them, after a sign-on and by the session
/// alone, and is given nothing. Whoever drives the flow themselves is told there.
#[tokio::test]
async fn who_lacks_a_required_attribute_is_refused_to_the_application() {
    let people = People::start().await;
    everything(&people).await;
    let attributes = format!("/environments/{}/applications/{}/attributes", people.env, people.client);
    let body = json!({ "name": "nick", "value": "${user.externalId}", "required": true });
    people.server.manage(Method::POST, &attributes, Some(&body)).await.expect(201);
    for kind in ["id_token", "code id_token", "id_token token"] {
        let browser = people.browser();
        let page = browser.follow(browser.get(&ask(&people, kind, SOUND)).await).await;
        let done = browser.sign_on(&page, "ann", PASSWORD).await;
        let resume = done.leads(303);
        let signed_on = browser.get(&resume).await;
        let by_session = browser.get(&ask(&people, kind, SOUND)).await;
        let silent = browser.get(&ask(&people, kind, &format!("{SOUND}&prompt=none"))).await;
        for answer in [signed_on, by_session, silent] {
            let told: BTreeMap<_, _> = told(&answer).into_iter().collect();
            assert_eq!((told["error"].as_str(), told["state"].as_str()), ("access_denied", "s1"), "{kind}: {told:?}");
            assert!(!told.contains_key("code") && !told.contains_key("id_token") && !told.contains_key("access_token"));
            assert_eq!(reason(&people, &answer).await, Reason::MappingUnmet);
        }
        // The flow was answered.
        assert!(browser.get(&resume).await.status >= 400);
    }
}

const SOUND: &str = "scope=openid+profile&nonce=n-1&state=s1";
