//! Sign-on policies, their actions, and which applications have them.

use serde_json::{Value, json};
use testkit::Admin;

/// An environment's administrator with a policy of their own.
async fn policy(api: &Admin) -> (String, String) {
    let made = api.post(&api.path("/signOnPolicies"), &json!({ "name": "Simple" })).await.expect(201);
    let id = made["id"].as_str().unwrap().to_owned();
    (api.path(&format!("/signOnPolicies/{id}")), id)
}

fn of(kind: &str, more: Value) -> Value {
    let mut action = json!({ "type": kind, "priority": 1 });
    let Value::Object(more) = more else { panic!("members, and not {more}") };
    action.as_object_mut().unwrap().extend(more);
    action
}

/// The older collection "Simple login", and what Ping's own programs look at.
#[tokio::test]
async fn a_policy_is_made_given_an_action_and_assigned() {
    let api = Admin::start().await;
    let body = json!({ "name": "SimpleLogin_UseCasePolicy_1", "default": "false", "description": "A new simple login sign-on policy." });
    let made = api.post(&api.path("/signOnPolicies"), &body).await.expect(201);
    assert_eq!((&made["default"], &made["description"]), (&json!(false), &body["description"]));
    let actions = made["_links"]["actions"]["href"].as_str().unwrap();
    assert_eq!(api.get(actions).await.expect(200)["count"], 0);
    let login = of("LOGIN", json!({ "recovery": { "enabled": true } }));
    let action = api.post(actions, &login).await.expect(201);
    assert_eq!((&action["recovery"]["enabled"], &action["signOnPolicy"]["id"]), (&json!(true), &made["id"]));
    let own = action["_links"]["self"]["href"].as_str().unwrap();
    assert_eq!(api.get(own).await.expect(200), action);
    let replaced = api.put(own, &of("LOGIN", json!({ "recovery": { "enabled": false } }))).await.expect(200);
    assert_eq!((&replaced["recovery"]["enabled"], &replaced["id"]), (&json!(false), &action["id"]));
    assert_eq!(api.get(actions).await.expect(200)["_embedded"]["actions"], json!([replaced]));

    let (id, _) = api.service("Service", "SERVICE").await;
    let path = api.path(&format!("/applications/{id}/signOnPolicyAssignments"));
    let body = json!({ "priority": 1, "signOnPolicy": { "id": made["id"] } });
    let assigned = api.post(&path, &body).await.expect(201);
    assert_eq!((&assigned["priority"], &assigned["signOnPolicy"]["id"]), (&json!(1), &made["id"]));
    assert_eq!(assigned["application"]["id"], id.as_str());
    api.post(&path, &body).await.refuses(400, "INVALID_DATA", "UNIQUENESS_VIOLATION", "signOnPolicy.id");
    let own = assigned["_links"]["self"]["href"].as_str().unwrap();
    let moved = api.put(own, &json!({ "priority": 2, "signOnPolicy": { "id": made["id"] } })).await.expect(200);
    assert_eq!((&moved["priority"], &moved["id"]), (&json!(2), &assigned["id"]));
    assert_eq!(api.get(&path).await.expect(200)["_embedded"]["signOnPolicyAssignments"], json!([moved]));
    api.delete(own).await.expect(204);
    api.get(own).await.refuses(404, "NOT_FOUND", "", "");
}

/// Ping's provider deletes a policy that is assigned, and an application with its assignments.
#[tokio::test]
async fn what_is_assigned_ends_with_the_policy_and_with_the_application() {
    let api = Admin::start().await;
    let (id, _) = api.service("Service", "SERVICE").await;
    let path = api.path(&format!("/applications/{id}/signOnPolicyAssignments"));
    let (own, policy) = policy(&api).await;
    let body = json!({ "priority": 1, "signOnPolicy": { "id": policy } });
    let assigned = api.post(&path, &body).await.expect(201);
    api.delete(&own).await.expect(204);
    api.get(assigned["_links"]["self"]["href"].as_str().unwrap()).await.refuses(404, "NOT_FOUND", "", "");
    assert_eq!(api.get(&path).await.expect(200)["count"], 0);
    api.post(&path, &body).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "signOnPolicy.id");
    let (_, policy) = self::policy(&api).await;
    let body = json!({ "priority": 1, "signOnPolicy": { "id": policy } });
    api.post(&path, &body).await.expect(201);
    api.delete(&api.path(&format!("/applications/{id}"))).await.expect(204);
    api.get(&path).await.refuses(404, "NOT_FOUND", "", "");
}

#[tokio::test]
async fn one_policy_is_the_default() {
    let api = Admin::start().await;
    let all = api.path("/signOnPolicies");
    let defaults = async || {
        let all = api.get(&all).await.expect(200);
        let all = all["_embedded"]["signOnPolicies"].as_array().unwrap().clone();
        let names = all.iter().filter(|policy| policy["default"] == true).map(|policy| policy["name"].clone());
        names.collect::<Vec<_>>()
    };
    assert_eq!(defaults().await, ["Single_Factor"]);
    let single = api.get(&all).await.expect(200)["_embedded"]["signOnPolicies"][0].clone();
    let single = single["_links"]["self"]["href"].as_str().unwrap();
    let refused = api.delete(single).await.refuses(400, "REQUEST_FAILED", "CONSTRAINT_VIOLATION", "default");
    assert!(refused["details"][0]["message"].as_str().unwrap().contains("delete a default policy"));
    // Generated clients send false with every body.
    let kept = api.put(single, &json!({ "name": "Single_Factor", "default": false })).await.expect(200);
    assert_eq!(kept["default"], true);
    let (own, _) = policy(&api).await;
    let taken = api.put(&own, &json!({ "name": "Simple", "default": true })).await.expect(200);
    assert_eq!((&taken["default"], defaults().await), (&json!(true), vec![json!("Simple")]));
    api.put(&own, &json!({ "name": "Simple" })).await.expect(200);
    assert_eq!(defaults().await, ["Simple"]);
    let third = api.post(&all, &json!({ "name": "Third", "default": true })).await.expect(201);
    assert_eq!((&third["default"], defaults().await), (&json!(true), vec![json!("Third")]));
    api.delete(&own).await.expect(204);
}

#[tokio::test]
async fn a_name_is_one_word_or_an_address_and_unique() {
    let api = Admin::start().await;
    let all = api.path("/signOnPolicies");
    for name in ["a", "A-b_c.9", "https://example.com/assurance/high", "urn:example:gold"] {
        api.post(&all, &json!({ "name": name })).await.expect(201);
    }
    for name in ["two words", "a/b", "ä", "::", "http://a b", "a:\u{7f}"] {
        api.post(&all, &json!({ "name": name })).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "name");
    }
    api.post(&all, &json!({})).await.refuses(400, "INVALID_DATA", "REQUIRED_VALUE", "name");
    for name in ["a", "Single_Factor", "Multi_Factor"] {
        api.post(&all, &json!({ "name": name })).await.refuses(400, "INVALID_DATA", "UNIQUENESS_VIOLATION", "name");
    }
    // Its case counts, as that of `acr` does.
    let (own, _) = policy(&api).await;
    api.put(&own, &json!({ "name": "single_factor" })).await.expect(200);
    api.put(&own, &json!({ "name": "a" })).await.refuses(400, "INVALID_DATA", "UNIQUENESS_VIOLATION", "name");
}

/// Ping's provider takes away all actions of a policy that it deletes: of the last one it reads the sentence, and makes another first.
#[tokio::test]
async fn a_policy_has_at_most_twenty_actions_and_keeps_the_last() {
    let api = Admin::start().await;
    let (own, _) = policy(&api).await;
    let actions = format!("{own}/actions");
    let mut made = Vec::new();
    for priority in [7, 1].into_iter().chain(2..20) {
        let action = json!({ "type": "LOGIN", "priority": priority });
        made.push(api.post(&actions, &action).await.expect(201));
    }
    let one_more = api.post(&actions, &of("LOGIN", json!({}))).await;
    one_more.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    let listed = api.get(&actions).await.expect(200)["_embedded"]["actions"].as_array().unwrap().clone();
    let priorities: Vec<i64> = listed.iter().map(|action| action["priority"].as_i64().unwrap()).collect();
    assert!(priorities.is_sorted() && priorities.len() == 20, "{priorities:?}");
    let (last, others) = made.split_last().unwrap();
    for action in others {
        api.delete(action["_links"]["self"]["href"].as_str().unwrap()).await.expect(204);
    }
    let own = last["_links"]["self"]["href"].as_str().unwrap();
    let refused = api.delete(own).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    assert_eq!(refused["details"][0]["message"], "Cannot delete last action from the policy");
    api.post(&actions, &of("LOGIN", json!({}))).await.expect(201);
    api.delete(own).await.expect(204);
    api.get(own).await.refuses(404, "NOT_FOUND", "", "");
}

/// Each type with all that it may have comes back as it was sent; nothing of another type does.
#[tokio::test]
async fn an_action_of_each_type_is_kept() {
    let api = Admin::start().await;
    let (own, policy) = policy(&api).await;
    let population = api.get(&api.path("/populations")).await.expect(200)["_embedded"]["populations"][0]["id"].clone();
    let (application, _) = api.service("Phone", "SERVICE").await;
    let (id, href) = ("9b0f3f7e-2c5a-4a0e-8f0a-0d6f4f1f8a11", "https://www.example.com/join");
    let condition = json!({ "or": [
        { "not": { "contains": "${flow.request.http.remoteIp}", "ipRange": ["10.5.3.72/24", "2001:db8::/32", "192.0.2.1"] } },
        { "secondsSince": "${session.lastSignOn.withAuthenticator.pwd.at}", "greater": 600 },
        { "and": [{ "value": "${user.population.id}", "equals": id }, { "value": "${user.mfaEnabled}", "equals": true }] },
        { "ipRisk": { "minScore": 80, "maxScore": 100 }, "valid": "${flow.request.http.remoteIp}" },
        { "anonymousNetwork": [], "valid": "${flow.request.http.remoteIp}" },
        { "geoVelocity": "${flow.request.http.remoteIp}", "valid": {
            "previousSuccessfulAuthenticationTime": "${user.lastSignOn.at}", "previousSuccessfulAuthenticationIp": "${user.lastSignOn.remoteIp}" } },
    ] });
    let registration =
        json!({ "enabled": true, "population": { "id": population }, "confirmIdentityProviderAttributes": true });
    let elsewhere =
        json!({ "enabled": false, "external": { "href": href }, "confirmIdentityProviderAttributes": false });
    let gateway = json!({ "id": id, "type": "LDAP", "userType": { "id": id } });
    for action in [
        of(
            "LOGIN",
            json!({ "condition": condition, "recovery": { "enabled": true }, "registration": registration,
            "enforceLockoutForIdentityProviders": true, "newUserProvisioning": { "gateways": [gateway] } }),
        ),
        of("LOGIN", json!({ "recovery": { "enabled": false }, "registration": elsewhere })),
        of(
            "IDENTIFIER_FIRST",
            json!({ "condition": condition, "recovery": { "enabled": false }, "registration": registration }),
        ),
        of(
            "MULTI_FACTOR_AUTHENTICATION",
            json!({ "deviceAuthenticationPolicy": { "id": id }, "noDevicesMode": "BLOCK",
            "authenticator": { "enabled": true }, "boundBiometrics": { "enabled": false }, "email": { "enabled": true },
            "securityKey": { "enabled": true }, "sms": { "enabled": true }, "voice": { "enabled": false },
            "applications": [{ "id": application, "autoEnrollment": { "enabled": true }, "deviceAuthorization": { "enabled": true, "extraVerification": "permissive" } }] }),
        ),
        of("AGREEMENT", json!({ "agreement": { "id": id }, "disableDeclineOption": true })),
        of(
            "PROGRESSIVE_PROFILING",
            json!({ "attributes": [{ "name": "name.given", "required": true }], "promptIntervalSeconds": 5,
            "preventMultiplePromptsPerFlow": false, "promptText": "For the best experience,\nwe need a couple of things." }),
        ),
        of("PINGID_AUTHENTICATION", json!({})),
        of(
            "PINGID_WINLOGIN_PASSWORDLESS_AUTHENTICATION",
            json!({ "uniqueUserAttribute": { "name": "username" }, "offlineMode": { "enabled": true } }),
        ),
    ] {
        let mut made = api.post(&format!("{own}/actions"), &action).await.expect(201);
        let stored = api.get(made["_links"]["self"]["href"].as_str().unwrap()).await.expect(200);
        assert_eq!(stored, made);
        let members = made.as_object_mut().unwrap();
        for named in ["_links", "id", "environment"] {
            assert!(members.remove(named).is_some(), "{named}");
        }
        assert_eq!(members.remove("signOnPolicy"), Some(json!({ "id": policy })));
        assert_eq!(made, action);
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_action_is_told_by_its_place() {
    let api = Admin::start().await;
    let (own, _) = policy(&api).await;
    let actions = format!("{own}/actions");
    let id = "9b0f3f7e-2c5a-4a0e-8f0a-0d6f4f1f8a11";
    let named = json!({ "id": id });
    let directory = |kind: &str| {
        let gateway = json!({ "id": id, "type": kind, "userType": { "id": id } });
        of("LOGIN", json!({ "newUserProvisioning": { "gateways": [gateway] } }))
    };
    let registration = |member: &str, value: Value| {
        let mut registration = json!({ "enabled": true });
        registration[member] = value;
        of("LOGIN", json!({ "registration": registration }))
    };
    let rule = json!({ "condition": { "contains": "x", "value": "${identifier}" }, "identityProvider": named });
    let profiling = json!({ "promptText": "x", "promptIntervalSeconds": 1, "preventMultiplePromptsPerFlow": true });
    let mut empty = profiling.clone();
    empty["attributes"] = json!([]);
    for (action, code, target) in [
        (json!({ "priority": 1 }), "REQUIRED_VALUE", "type"),
        (json!({ "type": "LOGIN" }), "REQUIRED_VALUE", "priority"),
        (json!({ "type": "DANCE", "priority": 1 }), "INVALID_VALUE", "type"),
        (json!({ "type": "LOGIN", "priority": 0 }), "OUT_OF_RANGE", "priority"),
        (of("LOGIN", json!({ "registration": {} })), "REQUIRED_VALUE", "registration.enabled"),
        (registration("population", named.clone()), "INVALID_VALUE", "registration.population.id"),
        (registration("external", json!({ "href": "ftp://x" })), "INVALID_VALUE", "registration.external.href"),
        (of("LOGIN", json!({ "socialProviders": [named] })), "INVALID_VALUE", "socialProviders[0].id"),
        (directory("RADIUS"), "INVALID_VALUE", "newUserProvisioning.gateways[0].type"),
        (
            of("IDENTIFIER_FIRST", json!({ "discoveryRules": [rule] })),
            "INVALID_VALUE",
            "discoveryRules[0].identityProvider.id",
        ),
        (of("IDENTITY_PROVIDER", json!({})), "REQUIRED_VALUE", "identityProvider"),
        (of("IDENTITY_PROVIDER", json!({ "identityProvider": named })), "INVALID_VALUE", "identityProvider.id"),
        (of("AGREEMENT", json!({})), "REQUIRED_VALUE", "agreement"),
        (of("PROGRESSIVE_PROFILING", empty), "EMPTY_VALUE", "attributes"),
        (of("PROGRESSIVE_PROFILING", profiling), "REQUIRED_VALUE", "attributes"),
        (of("MULTI_FACTOR_AUTHENTICATION", json!({ "noDevicesMode": "MAYBE" })), "INVALID_VALUE", "noDevicesMode"),
        (of("PINGID_WINLOGIN_PASSWORDLESS_AUTHENTICATION", json!({})), "REQUIRED_VALUE", "uniqueUserAttribute"),
    ] {
        api.post(&actions, &action).await.refuses(400, "INVALID_DATA", code, target);
    }
    let told = api.post(&actions, &directory("PING_FEDERATE")).await.expect(400);
    // Ping's provider compares the sentence in lower case.
    let told = told["details"][0]["message"].as_str().unwrap().to_lowercase();
    assert!(told.contains("only 'ldap' type gateways are supported for newuserprovisioning"), "{told}");
    assert_eq!(api.get(&actions).await.expect(200)["count"], 0);
}

#[tokio::test]
async fn what_is_no_condition_is_refused() {
    let api = Admin::start().await;
    let (own, _) = policy(&api).await;
    let ip = "${flow.request.http.remoteIp}";
    let email = json!({ "value": "${user.email}", "equals": "a" });
    let deep = (0..11).fold(email.clone(), |inner, _| json!({ "not": inner }));
    for condition in [
        json!([]),
        json!({ "moon": "full" }),
        json!({ "and": [] }),
        json!({ "or": [7] }),
        json!({ "not": [] }),
        json!({ "value": "user.email", "equals": "x" }),
        json!({ "value": "${user.shoeSize}", "equals": "x" }),
        json!({ "value": "${user.email}", "equals": 7 }),
        json!({ "secondsSince": "${user.lastSignOn.at}", "greater": 1 }),
        json!({ "secondsSince": "${session.lastSignOn.at}", "greater": -1 }),
        json!({ "contains": ip, "ipRange": ["10.0.0.0/33"] }),
        json!({ "contains": ip, "ipRange": [] }),
        json!({ "contains": "192.0.2.1", "ipRange": ["10.0.0.0/8"] }),
        deep,
        json!({ "or": vec![email; 101] }),
    ] {
        let action = of("LOGIN", json!({ "condition": condition }));
        let refused = api.post(&format!("{own}/actions"), &action).await;
        refused.refuses(400, "INVALID_DATA", "INVALID_VALUE", "condition");
    }
    let nothing = of("LOGIN", json!({ "condition": {} }));
    let made = api.post(&format!("{own}/actions"), &nothing).await.expect(201);
    assert!(made.get("condition").is_none(), "{made}");
}

/// TN-01: nothing of another environment or policy is found by its id.
#[tokio::test]
async fn an_action_is_of_its_policy_and_an_assignment_of_its_application() {
    let api = Admin::start().await;
    let (own, id) = policy(&api).await;
    let action = api.post(&format!("{own}/actions"), &of("LOGIN", json!({}))).await.expect(201);
    let other = api.post(&api.path("/signOnPolicies"), &json!({ "name": "Other" })).await.expect(201);
    let foreign =
        format!("/signOnPolicies/{}/actions/{}", other["id"].as_str().unwrap(), action["id"].as_str().unwrap());
    for answer in [
        api.get(&api.path(&foreign)).await,
        api.put(&api.path(&foreign), &of("LOGIN", json!({}))).await,
        api.delete(&api.path(&foreign)).await,
    ] {
        answer.refuses(404, "NOT_FOUND", "", "");
    }
    let (first, _) = api.service("First", "SERVICE").await;
    let (second, _) = api.service("Second", "SERVICE").await;
    let path = |id: &str| api.path(&format!("/applications/{id}/signOnPolicyAssignments"));
    let body = json!({ "priority": 1, "signOnPolicy": { "id": id } });
    let assigned = api.post(&path(&first), &body).await.expect(201);
    let foreign = format!("{}/{}", path(&second), assigned["id"].as_str().unwrap());
    api.get(&foreign).await.refuses(404, "NOT_FOUND", "", "");
    for (body, code, target) in [
        (json!({ "signOnPolicy": { "id": id } }), "REQUIRED_VALUE", "priority"),
        (json!({ "priority": 0, "signOnPolicy": { "id": id } }), "OUT_OF_RANGE", "priority"),
        (json!({ "priority": 1 }), "REQUIRED_VALUE", "signOnPolicy"),
        (json!({ "priority": 1, "signOnPolicy": { "id": second } }), "INVALID_VALUE", "signOnPolicy.id"),
    ] {
        api.post(&path(&second), &body).await.refuses(400, "INVALID_DATA", code, target);
    }
}
