//! Applications that are for some groups (`accessControl.group`, ADR 0053).

use protocol::id::CorrelationId;
use protocol::refusal::Reason;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, People, each_store, parameters};

/// The reason that the event of an answer has.
async fn reason(people: &People, answer: &Answer) -> Reason {
    people.server.app.audit.flush().await;
    let correlation = CorrelationId::parse(answer.header("correlation-id")).unwrap();
    let told = people.server.app.store.explain(correlation).await.unwrap();
    told.iter().find_map(|told| told.event.refusal.clone()).unwrap().reason
}

async fn manage(people: &People, method: Method, below: &str, body: Option<Value>) -> Answer {
    people.server.manage(method, &format!("/environments/{}{below}", people.env), body.as_ref()).await
}

async fn group(people: &People, body: Value) -> String {
    people.wait(1);
    manage(people, Method::POST, "/groups", Some(body)).await.text_of("id")
}

async fn only_for(people: &People, kind: &str, groups: &[&str]) {
    let groups: Vec<Value> = groups.iter().map(|id| json!({ "id": id })).collect();
    people.change(json!({ "accessControl": { "group": { "type": kind, "groups": groups } } })).await;
}

async fn join(people: &People, group: &str) {
    let below = format!("/users/{}/memberOfGroups", people.ann);
    manage(people, Method::POST, &below, Some(json!({ "id": group }))).await.expect(201);
}

/// What the application is told of ann, who signs on for it.
async fn told(people: &People) -> (Answer, std::collections::BTreeMap<String, String>) {
    let browser = people.browser();
    let page = browser.follow(browser.get(&people.authorize("scope=openid&state=s")).await).await;
    let done = browser.sign_on(&page, "ann", testkit::people::PASSWORD).await;
    let resume = done.leads(303);
    let answer = browser.get(&resume).await;
    let told = parameters(&answer.leads(302));
    (answer, told)
}

/// RFC 6749 §4.1.2.1: who is in none of the groups is refused with `access_denied`, wherever the answer is given: after a sign-on, by
/// the session alone, silently, and to who drives the flow themselves. Who comes into one is let in.
#[tokio::test]
async fn an_application_is_for_its_groups() {
    let people = People::start().await;
    let own = group(&people, json!({ "name": "Own" })).await;
    only_for(&people, "ANY_GROUP", &[&own]).await;
    let (answer, refused) = told(&people).await;
    assert_eq!((refused["error"].as_str(), refused["state"].as_str()), ("access_denied", "s"));
    assert!(refused["error_description"].starts_with("The user may not use this application"), "{refused:?}");
    assert_eq!(reason(&people, &answer).await, Reason::GroupMissing);
    // By the session: with and without a person who looks on.
    let browser = people.browser();
    let flow = people.begin(&browser, "").await;
    let checked = people.sign_on(&browser, &flow, "ann").await;
    let resumed = browser.read(checked.member("resumeUrl")).await;
    resumed.refuses(403, "ACCESS_FAILED", "INSUFFICIENT_PERMISSIONS", "");
    for more in ["scope=openid", "scope=openid&prompt=none"] {
        let answer = browser.get(&people.authorize(more)).await;
        assert_eq!(parameters(&answer.leads(302))["error"], "access_denied", "{more}");
        assert_eq!(reason(&people, &answer).await, Reason::GroupMissing);
    }
    join(&people, &own).await;
    assert!(told(&people).await.1.contains_key("code"));
    assert!(parameters(&browser.get(&people.authorize("scope=openid")).await.leads(302)).contains_key("code"));
}

/// Nested groups and those of a filter count; `ALL_GROUPS` wants each of them; a group that is deleted has nobody in it.
#[tokio::test]
async fn every_way_into_a_group_counts() {
    let people = People::start().await;
    let inner = group(&people, json!({ "name": "In", "userFilter": "username eq \"ann\"" })).await;
    let outer = group(&people, json!({ "name": "Out" })).await;
    let nestings = format!("/groups/{inner}/memberOfGroups");
    manage(&people, Method::POST, &nestings, Some(json!({ "id": outer }))).await.expect(201);
    let other = group(&people, json!({ "name": "Other" })).await;
    only_for(&people, "ANY_GROUP", &[&outer, &other]).await;
    assert!(told(&people).await.1.contains_key("code"), "through a group that a filter put her into");
    only_for(&people, "ALL_GROUPS", &[&outer, &other]).await;
    assert_eq!(told(&people).await.1["error"], "access_denied");
    join(&people, &other).await;
    assert!(told(&people).await.1.contains_key("code"));
    manage(&people, Method::DELETE, &format!("/groups/{other}"), None).await.expect(204);
    let filter = format!("/activities?filter=resources.id%20eq%20%22{}%22&limit=1000", people.client);
    let activities = manage(&people, Method::GET, &filter, None).await;
    assert!(activities.text.contains(&format!("its group {other} was deleted")), "{}", activities.text);
    assert_eq!(told(&people).await.1["error"], "access_denied", "the application did not open");
    manage(&people, Method::PUT, &format!("/groups/{inner}"), Some(json!({ "name": "In" }))).await.expect(200);
    let body = json!({ "accessControl": { "group": { "type": "ANY_GROUP", "groups": [{ "id": outer }] } } });
    people.change(body).await;
    assert_eq!(told(&people).await.1["error"], "access_denied", "nobody is in it by a filter any more");
    people.change(json!({ "accessControl": null })).await;
    assert!(told(&people).await.1.contains_key("code"), "it is for everybody again");
}

/// A code and a refresh token are worth nothing any more once their user left the groups (RT-10).
#[tokio::test]
async fn who_left_the_groups_is_given_nothing_more() {
    let people = People::start().await;
    let own = group(&people, json!({ "name": "Own" })).await;
    only_for(&people, "ANY_GROUP", &[&own]).await;
    people.change(json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] })).await;
    let membership = format!("/users/{}/memberOfGroups/{own}", people.ann);
    join(&people, &own).await;
    let code = told(&people).await.1["code"].clone();
    manage(&people, Method::DELETE, &membership, None).await.expect(204);
    people.exchange(&code).await.is_refused(400, "invalid_grant");
    join(&people, &own).await;
    let tokens = people.exchange(&told(&people).await.1["code"]).await;
    let refresh = async |token: String| {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token.as_str()),
            ("client_id", &people.client),
            ("client_secret", testkit::people::SECRET),
        ];
        people.server.form(&people.path("/as/token"), &fields).await
    };
    let tokens = refresh(tokens.text_of("refresh_token")).await;
    let token = tokens.text_of("refresh_token");
    manage(&people, Method::DELETE, &membership, None).await.expect(204);
    let refused = refresh(token.clone()).await;
    refused.is_refused(400, "invalid_grant");
    assert_eq!(reason(&people, &refused).await, Reason::SubjectInactive);
    join(&people, &own).await;
    assert_eq!(refresh(token).await.status, 200, "nothing was taken from who comes back");
}

/// `accessControl.role`: who holds a role signs on, by themselves or by a group, and nobody else. A code that was given before is
/// worth nothing once the role is gone.
#[tokio::test]
async fn an_application_is_for_administrators() {
    let people = People::start().await;
    let only = json!({ "accessControl": { "role": { "type": "ADMIN_USERS_ONLY" } } });
    people.change(only.clone()).await;
    let (answer, refused) = told(&people).await;
    assert_eq!((refused["error"].as_str(), refused["state"].as_str()), ("access_denied", "s"));
    assert!(refused["error_description"].starts_with("The application is for administrators"), "{refused:?}");
    assert_eq!(reason(&people, &answer).await, Reason::RoleMissing);
    let roles = people.server.manage(Method::GET, "/roles", None).await.expect(200);
    let roles = roles["_embedded"]["roles"].as_array().unwrap();
    let reader = roles.iter().find(|role| role["name"] == "Identity Data Read Only").unwrap()["id"].clone();
    let reader = json!({ "role": { "id": reader }, "scope": { "id": people.env.to_string(), "type": "ENVIRONMENT" } });
    let give = async |below: &str| {
        let made = manage(&people, Method::POST, &format!("{below}/roleAssignments"), Some(reader.clone())).await;
        format!("{below}/roleAssignments/{}", made.expect(201)["id"].as_str().unwrap())
    };
    let own = give(&format!("/users/{}", people.ann)).await;
    let code = told(&people).await.1["code"].clone();
    manage(&people, Method::DELETE, &own, None).await.expect(204);
    let late = people.exchange(&code).await;
    late.is_refused(400, "invalid_grant");
    assert_eq!(reason(&people, &late).await, Reason::SubjectInactive);
    let group = group(&people, json!({ "name": "Admins" })).await;
    give(&format!("/groups/{group}")).await;
    assert_eq!(told(&people).await.1["error"], "access_denied");
    join(&people, &group).await;
    let code = told(&people).await.1["code"].clone();
    people.exchange(&code).await.expect(200);
    // Both are asked for where both are written.
    let mut both = only;
    both["accessControl"]["group"] = json!({ "type": "ANY_GROUP", "groups": [{ "id": group }] });
    people.change(both).await;
    assert!(told(&people).await.1.contains_key("code"));
    people.change(json!({ "accessControl": null })).await;
    manage(&people, Method::DELETE, &format!("/groups/{group}"), None).await.expect(204);
    assert!(told(&people).await.1.contains_key("code"), "it is for everybody again");
}

/// What an application names must be groups of its environment.
#[tokio::test]
async fn an_application_names_groups_that_are_there() {
    each_store(|server| async move {
        let environments = format!("/environments/{}", testkit::SANDBOX);
        let applications = format!("{environments}/applications");
        let group = json!({ "name": "Own" });
        let own = server.manage(Method::POST, &format!("{environments}/groups"), Some(&group)).await.expect(201);
        let body = |group: Value| {
            json!({ "name": "For some", "enabled": true, "type": "WEB_APP", "protocol": "OPENID_CONNECT",
                "grantTypes": ["AUTHORIZATION_CODE"], "responseTypes": ["CODE"], "redirectUris": ["https://app.example/cb"],
                "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC", "accessControl": { "group": group } })
        };
        for (group, code, target) in [
            (json!({}), "REQUIRED_VALUE", "accessControl.group.type"),
            (json!({ "type": "SOME", "groups": [{ "id": own["id"] }] }), "INVALID_VALUE", "accessControl.group.type"),
            (json!({ "type": "ANY_GROUP" }), "REQUIRED_VALUE", "accessControl.group.groups"),
            (json!({ "type": "ANY_GROUP", "groups": [] }), "EMPTY_VALUE", "accessControl.group.groups"),
            (json!({ "type": "ANY_GROUP", "groups": [{ "id": testkit::SANDBOX.to_string() }] }), "INVALID_VALUE", "id"),
        ] {
            let refused = server.manage(Method::POST, &applications, Some(&body(group.clone()))).await;
            let detail = &refused.body["details"][0];
            assert_eq!((refused.status, &detail["code"]), (400, &json!(code)), "{group} {}", refused.text);
            assert!(detail["target"].as_str().unwrap().ends_with(target), "{group} {}", refused.text);
        }
        let group = json!({ "type": "ALL_GROUPS", "groups": [{ "id": own["id"] }] });
        let made = server.manage(Method::POST, &applications, Some(&body(group.clone()))).await.expect(201);
        assert_eq!(made["accessControl"], json!({ "group": group }));
        let path = format!("{applications}/{}", made["id"].as_str().unwrap());
        assert_eq!(server.manage(Method::GET, &path, None).await.expect(200)["accessControl"], made["accessControl"]);
    })
    .await;
}
