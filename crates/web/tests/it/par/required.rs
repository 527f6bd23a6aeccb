//! Where pushing is demanded (RFC 9126 §5, §6).

use protocol::refusal::Reason;
use reqwest::Method;
use serde_json::json;
use testkit::people::MOUNT;
use testkit::{Answer, People, parameters};

use super::{at, reason, reference};

async fn is_demanded(people: &People, answer: &Answer) {
    let told = parameters(&answer.leads(302));
    assert_eq!((told["error"].as_str(), told["state"].as_str()), ("invalid_request", "s1"));
    assert!(told["error_description"].contains("push"), "{told:?}");
    assert_eq!(reason(people, answer).await, Reason::PushRequired);
}

async fn documents(people: &People, required: bool) {
    for (path, at) in [
        (people.path("/as/.well-known/openid-configuration"), people.path("/as/par")),
        (people.path("/as/.well-known/oauth-authorization-server"), people.path("/as/par")),
        (format!("{MOUNT}/.well-known/openid-configuration"), format!("{MOUNT}/oauth2/par")),
        (format!("{MOUNT}/.well-known/oauth-authorization-server"), format!("{MOUNT}/oauth2/par")),
    ] {
        let document = people.server.get(&path).await.expect(200);
        assert_eq!(document["require_pushed_authorization_requests"], required, "{path}");
        assert_eq!(document["pushed_authorization_request_endpoint"], people.server.url(&at), "{path}");
    }
}

/// PA-10: of one application, and of all of an environment; metadata says the second.
#[tokio::test]
async fn a_plain_request_is_refused_where_pushing_is_demanded() {
    let people = People::start().await;
    let browser = people.browser();
    let plain = people.authorize("state=s1");
    assert!(browser.get(&plain).await.leads(302).contains("flowId="));
    documents(&people, false).await;
    people.change(json!({ "parRequirement": "REQUIRED" })).await;
    is_demanded(&people, &browser.get(&plain).await).await;
    let driven = browser.read(&people.authorize("response_mode=pi.flow")).await.expect(400);
    assert!(driven["message"].as_str().unwrap().contains("push"), "{driven}");
    assert!(browser.get(&at(&people, &reference(&people, &[]).await)).await.leads(302).contains("flowId="));
    let native = people.path(&format!(
        "/as/authorize?client_id={}&response_type=code&redirect_uri=com.example.app:/cb&state=s1",
        people.native
    ));
    assert!(browser.get(&native).await.leads(302).contains("flowId="), "another application need not");
    documents(&people, false).await;
    people.change(json!({ "parRequirement": "OPTIONAL" })).await;
    assert!(browser.get(&plain).await.leads(302).contains("flowId="));

    let own = format!("/environments/{}", people.env);
    let mut environment = people.server.manage(Method::GET, &own, None).await.expect(200);
    assert_eq!(environment.get("parRequirement"), None, "PingOne's have no such property");
    environment["parRequirement"] = json!("REQUIRED");
    let changed = people.server.manage(Method::PUT, &own, Some(&environment)).await.expect(200);
    assert_eq!(changed["parRequirement"], "REQUIRED");
    documents(&people, true).await;
    is_demanded(&people, &browser.get(&plain).await).await;
    assert!(browser.get(&at(&people, &reference(&people, &[]).await)).await.leads(302).contains("flowId="));
    // Whoever does not know the property changes nothing by leaving it out.
    environment.as_object_mut().unwrap().remove("parRequirement");
    people.server.manage(Method::PUT, &own, Some(&environment)).await.expect(200);
    is_demanded(&people, &browser.get(&plain).await).await;
    environment["parRequirement"] = json!("OPTIONAL");
    people.server.manage(Method::PUT, &own, Some(&environment)).await.expect(200);
    assert!(browser.get(&plain).await.leads(302).contains("flowId="));
}
