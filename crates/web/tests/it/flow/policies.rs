//! Which sign-on policies are followed, and what becomes of a sign-on by what they ask for.

use http::Method;
use protocol::refusal::Reason;
use serde_json::{Value, json};
use testkit::{Answer, Browser, People, claims, parameters};

use crate::consent::reason;

/// A policy with these actions, made by an administrator.
async fn policy(people: &People, name: &str, actions: &[Value]) -> String {
    let all = format!("/environments/{}/signOnPolicies", people.env);
    let made = people.server.manage(Method::POST, &all, Some(&json!({ "name": name }))).await.expect(201);
    let id = made["id"].as_str().unwrap().to_owned();
    for action in actions {
        people.server.manage(Method::POST, &format!("{all}/{id}/actions"), Some(action)).await.expect(201);
    }
    id
}

async fn assign(people: &People, policy: &str, priority: i64) {
    let path = format!("/environments/{}/applications/{}/signOnPolicyAssignments", people.env, people.client);
    let body = json!({ "priority": priority, "signOnPolicy": { "id": policy } });
    people.server.manage(Method::POST, &path, Some(&body)).await.expect(201);
}

fn login(condition: Option<Value>) -> Value {
    action("LOGIN", condition)
}

fn mfa(condition: Option<Value>) -> Value {
    let mut action = action("MULTI_FACTOR_AUTHENTICATION", condition);
    action["priority"] = 2.into();
    action
}

fn action(kind: &str, condition: Option<Value>) -> Value {
    let mut action = json!({ "type": kind, "priority": 1 });
    if let Some(condition) = condition {
        action["condition"] = condition;
    }
    action
}

fn older(seconds: i64) -> Value {
    json!({ "greater": seconds, "secondsSince": "${session.lastSignOn.withAuthenticator.pwd.at}" })
}

/// Signs on in this browser, wherever it must; the `acr` of the ID token, and whether anything was asked.
async fn acr(people: &People, browser: &Browser, more: &str, name: &str) -> (String, bool) {
    let begun =
        browser.read(&people.authorize(&format!("response_mode=pi.flow&scope=openid&{more}"))).await.expect(200);
    let asked = begun["status"] == "USERNAME_PASSWORD_REQUIRED";
    let flow = if asked {
        let address = begun["_links"]["self"]["href"].as_str().unwrap().to_owned();
        people.sign_on(browser, &address, name).await.expect(200)
    } else {
        begun
    };
    assert_eq!(flow["status"], "COMPLETED", "{flow}");
    let resumed = browser.read(flow["resumeUrl"].as_str().unwrap()).await.expect(200);
    let tokens = people.exchange(resumed["authorizeResponse"]["code"].as_str().unwrap()).await.expect(200);
    let told = claims(tokens["id_token"].as_str().unwrap());
    (told["acr"].as_str().unwrap().to_owned(), asked)
}

/// How a request is refused that comes by the browser.
async fn error(people: &People, more: &str) -> String {
    let answer = people.browser().get(&people.authorize(&format!("scope=openid&state=s1&{more}"))).await;
    parameters(&answer.leads(302)).get("error").cloned().unwrap_or_default()
}

fn is_unavailable(answer: &Answer) {
    assert_eq!((answer.status, answer.body["code"].as_str()), (400, Some("INVALID_REQUEST")), "{}", answer.text);
    assert!(answer.text.contains("asks for a step that this server does not have"), "{}", answer.text);
}

/// PingOne: none assigned, the default; one, always that; several, by priority. `acr_values` chooses among them.
#[tokio::test]
async fn the_policies_that_are_assigned_are_followed_by_priority() {
    let people = People::start().await;
    let told = async |more: &str| acr(&people, &people.browser(), more, "ann").await.0;
    assert_eq!(told("").await, "Single_Factor");
    let first = policy(&people, "First", &[login(None)]).await;
    let second = policy(&people, "Second", &[login(None)]).await;
    assert_eq!(told("acr_values=Second").await, "Single_Factor", "without an assignment there is the default alone");
    assign(&people, &second, 2).await;
    assert_eq!(told("").await, "Second");
    assert_eq!(told("acr_values=Single_Factor").await, "Second", "which is not the application's");
    assign(&people, &first, 1).await;
    for (more, followed) in [
        ("", "First"),
        ("acr_values=Second", "Second"),
        ("acr_values=Second%20First", "Second"),
        ("acr_values=other%20First%20Second", "First"),
    ] {
        assert_eq!(told(more).await, followed, "{more}");
    }
    // AZ-11: what is insisted on is the application's, or refused.
    let essential = |name: &str| {
        let claims = json!({ "id_token": { "acr": { "essential": true, "values": [name] } } });
        testkit::encode(&[("claims", &claims.to_string())])
    };
    assert_eq!(told(&essential("Second")).await, "Second");
    assert_eq!(error(&people, &essential("Single_Factor")).await, "unmet_authentication_requirements");
}

/// AZ-11: whoever asks for less than the administrator chose gets what the administrator chose, and whoever asks for more gets it or
/// nothing.
#[tokio::test]
async fn nobody_asks_past_what_is_assigned() {
    let people = People::start().await;
    let all = format!("/environments/{}/signOnPolicies", people.env);
    let listed = people.server.manage(Method::GET, &all, None).await.expect(200);
    let id = |name: &str| {
        let rows = listed["_embedded"]["signOnPolicies"].as_array().unwrap();
        rows.iter().find(|row| row["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let multi = id("Multi_Factor");
    let default = json!({ "name": "Multi_Factor", "default": true });
    people.server.manage(Method::PUT, &format!("{all}/{multi}"), Some(&default)).await.expect(200);
    let begun = async |more: &str| {
        people.browser().read(&people.authorize(&format!("response_mode=pi.flow&scope=openid&{more}"))).await
    };
    for more in ["", "acr_values=Single_Factor"] {
        is_unavailable(&begun(more).await);
    }
    assign(&people, &id("Single_Factor"), 1).await;
    assign(&people, &multi, 2).await;
    assert_eq!(acr(&people, &people.browser(), "", "ann").await.0, "Single_Factor");
    is_unavailable(&begun("acr_values=Multi_Factor").await);
    assert_eq!(error(&people, "acr_values=Multi_Factor").await, "unmet_authentication_requirements");
    let either = acr(&people, &people.browser(), "acr_values=Multi_Factor%20Single_Factor", "ann").await;
    assert_eq!(either.0, "Single_Factor", "by preference, where both will do");
}

/// What is asked of the person and does not exist is refused: at once where it is certain, and after the password where that told it.
#[tokio::test]
async fn a_step_that_does_not_exist_is_never_left_out() {
    let people = People::start().await;
    let browser = people.browser();
    let enabled = Some(json!({ "value": "${user.mfaEnabled}", "equals": true }));
    for (name, actions) in [
        ("Multi", vec![login(None), mfa(None)]),
        ("First", vec![action("IDENTIFIER_FIRST", Some(older(3600))), login(None)]),
        ("Nothing", vec![]),
        ("Other", vec![mfa(None)]),
    ] {
        let id = policy(&people, name, &actions).await;
        assign(&people, &id, 1).await;
        is_unavailable(&browser.read(&people.authorize("response_mode=pi.flow&scope=openid")).await);
        assert_eq!(error(&people, "").await, "unmet_authentication_requirements", "{name}");
        assert_eq!(error(&people, &format!("acr_values={name}")).await, "unmet_authentication_requirements", "{name}");
        let path = format!("/environments/{}/signOnPolicies/{id}", people.env);
        people.server.manage(Method::DELETE, &path, None).await;
    }
    let id = policy(&people, "Some", &[login(None), mfa(enabled)]).await;
    assign(&people, &id, 1).await;
    assert_eq!(acr(&people, &people.browser(), "", "ann").await.0, "Some", "she need not");
    let path = format!("/environments/{}/users/{}/mfaEnabled", people.env, people.ann);
    people.server.manage(Method::PUT, &path, Some(&json!({ "mfaEnabled": true }))).await.expect(200);
    let (browser, page) = (people.browser(), people.browser());
    let flow = people.begin(&browser, "").await;
    is_unavailable(&people.sign_on(&browser, &flow, "ann").await);
    assert_eq!(acr(&people, &people.browser(), "", "emil").await.0, "Some");
    // On a page likewise, and no session is opened by it.
    let asked = page.follow(page.get(&people.authorize("scope=openid&state=s1")).await).await;
    let refused = page.sign_on(&asked, "ann", testkit::people::PASSWORD).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert!(
        refused.text.contains("Your sign-on needs a further step that this server does not offer"),
        "{}",
        refused.text
    );
    assert_eq!(reason(&people.server, &refused).await, Reason::SignOnStepUnavailable);
    assert!(page.cookie("ST").is_none());
    // Another one is followed where there is one.
    let second = policy(&people, "Second", &[login(None)]).await;
    assign(&people, &second, 2).await;
    assert_eq!(acr(&people, &people.browser(), "", "ann").await.0, "Second");
    assert_eq!(acr(&people, &people.browser(), "", "emil").await.0, "Some");
}

/// OIDC Core §3.1.2.3: the policy says how long a sign-on is enough, beside `prompt` and `max_age`.
#[tokio::test]
async fn a_session_is_enough_as_long_as_the_policy_says() {
    let people = People::start().await;
    let hour = policy(&people, "Hour", &[login(Some(older(3600)))]).await;
    assign(&people, &hour, 1).await;
    let browser = people.browser();
    assert_eq!(acr(&people, &browser, "", "ann").await, ("Hour".to_owned(), true));
    people.wait(3500);
    assert_eq!(acr(&people, &browser, "", "ann").await, ("Hour".to_owned(), false));
    let silent = browser.get(&people.authorize("prompt=none&scope=openid&state=s1")).await.leads(302);
    assert!(parameters(&silent).contains_key("code"), "{silent}");
    for more in ["prompt=login", "max_age=60", "max_age=0"] {
        let begun = browser.read(&people.authorize(&format!("response_mode=pi.flow&{more}"))).await.expect(200);
        assert_eq!(begun["status"], "USERNAME_PASSWORD_REQUIRED", "{more}");
    }
    people.wait(200);
    let silent = browser.get(&people.authorize("prompt=none&scope=openid&state=s1")).await.leads(302);
    assert_eq!(parameters(&silent)["error"], "login_required");
    assert_eq!(acr(&people, &browser, "", "ann").await, ("Hour".to_owned(), true));
    // PingOne: without a condition every time.
    let path = format!("/environments/{}/signOnPolicies/{hour}", people.env);
    people.server.manage(Method::DELETE, &path, None).await;
    let always = policy(&people, "Always", &[login(None)]).await;
    assign(&people, &always, 1).await;
    for _ in 0..2 {
        assert_eq!(acr(&people, &browser, "", "ann").await, ("Always".to_owned(), true));
    }
    let silent = browser.get(&people.authorize("prompt=none&scope=openid&state=s1")).await.leads(302);
    assert_eq!(parameters(&silent)["error"], "login_required");
}

/// The network that the request comes from is the one that the server sees.
#[tokio::test]
async fn a_condition_asks_where_the_request_comes_from() {
    let people = People::start().await;
    let outside =
        |range: &str| Some(json!({ "not": { "contains": "${flow.request.http.remoteIp}", "ipRange": [range] } }));
    let id = policy(&people, "Inside", &[login(None), mfa(outside("127.0.0.0/8"))]).await;
    assign(&people, &id, 1).await;
    assert_eq!(acr(&people, &people.browser(), "", "ann").await.0, "Inside");
    let away = policy(&people, "Away", &[login(None), mfa(outside("192.0.2.0/24"))]).await;
    people.server.manage(Method::DELETE, &format!("/environments/{}/signOnPolicies/{id}", people.env), None).await;
    assign(&people, &away, 1).await;
    is_unavailable(&people.browser().read(&people.authorize("response_mode=pi.flow&scope=openid")).await);
}

/// The default of the environment is what applications follow that have none of their own.
#[tokio::test]
async fn another_default_is_followed_at_once() {
    let people = People::start().await;
    let id = policy(&people, "House", &[login(None)]).await;
    let path = format!("/environments/{}/signOnPolicies/{id}", people.env);
    let body = json!({ "name": "House", "default": true });
    people.server.manage(Method::PUT, &path, Some(&body)).await.expect(200);
    assert_eq!(acr(&people, &people.browser(), "", "ann").await.0, "House");
    let metadata = people.server.get(&people.path("/as/.well-known/openid-configuration")).await.expect(200);
    let offered = metadata["acr_values_supported"].as_array().unwrap();
    assert!(offered.len() == 2 && offered.contains(&json!("Single_Factor")) && offered.contains(&json!("House")));
}
