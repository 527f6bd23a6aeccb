//! Licences, and what they say of new environments; filters of the lists that come whole.

use serde_json::{Value, json};
use testkit::{Admin, TestApp};

/// P5: the official tutorial's first call names no licence.
#[tokio::test]
async fn an_environment_is_made_under_the_only_licence() {
    let api = Admin::start().await;
    for license in [None, Some(Value::Null)] {
        let mut body = api.environment_body(&format!("{license:?}"));
        body.as_object_mut().unwrap().remove("license");
        body.as_object_mut().unwrap().extend(license.map(|none| ("license".to_owned(), none)));
        let made = api.post("/environments", &body).await.expect(201);
        assert_eq!(made["license"]["id"], api.license.as_str());
        let path = format!("/environments/{}", made["id"].as_str().unwrap());
        assert_eq!(api.put(&path, &body).await.expect(200)["license"]["id"], api.license.as_str());
    }
    let mut body = api.environment_body("Empty");
    body["license"] = json!({});
    api.post("/environments", &body).await.refuses(400, "INVALID_DATA", "REQUIRED_VALUE", "license.id");
}

/// P25: environments are made in the licence's regions, which are the installation's.
#[tokio::test]
async fn an_environment_is_made_in_a_region_of_the_licence() {
    let one = (TestApp::build(), vec!["NA"], json!(["NORTH_AMERICA"]));
    let several = TestApp::build().config(|config| config.regions = vec!["EU", "NA"]);
    for (start, regions, listed) in [one, (several, vec!["EU", "NA"], json!(["EU", "NORTH_AMERICA"]))] {
        let api = Admin::on(start).await;
        let licence =
            api.get(&format!("/organizations/{}/licenses/{}", api.organization, api.license)).await.expect(200);
        assert_eq!(licence["environments"]["regions"], listed);
        for region in ["AP", "AU", "CA", "EU", "NA", "SG"] {
            let mut body = api.environment_body(region);
            body["region"] = region.into();
            let answer = api.post("/environments", &body).await;
            if regions.contains(&region) {
                answer.expect(201);
            } else {
                let refused = answer.refuses(400, "INVALID_DATA", "INVALID_VALUE", "region");
                assert_eq!(refused["details"][0]["innerError"]["allowedValues"], json!(regions));
            }
        }
    }
}

/// P11: what scripts ask a licence before they make something.
#[tokio::test]
async fn a_licence_says_what_it_allows() {
    let api = Admin::start().await;
    let own = format!("/organizations/{}", api.organization);
    let licence = api.get(&format!("{own}/licenses/{}", api.license)).await.expect(200);
    assert_eq!(licence["advancedServices"]["pingId"], json!({ "included": true, "type": "FULL" }));
    assert_eq!((&licence["status"], &licence["assignedEnvironmentsCount"]), (&json!("ACTIVE"), &json!(2)));
    assert!(licence["expiresAt"].as_str().unwrap() > licence["beginsAt"].as_str().unwrap());
    assert!(licence.get("terminatesAt").is_none() && licence["users"].get("monthlyActiveIncluded").is_none());
    let groups = "authorize credentials environments fraud gateways intelligence mfa orchestrate users verify";
    for group in groups.split(' ') {
        for (name, value) in licence[group].as_object().unwrap() {
            let expected = name != "allowManualIdInspection";
            assert!(!value.is_boolean() || *value == expected, "{group}.{name}");
        }
    }
    assert_eq!(licence["verify"]["allowManualIdInspection"], false);
    assert!(licence["environments"]["max"].as_i64().unwrap() > 0);
    let organization = api.get(&own).await.expect(200);
    let connection = organization["billingConnections"][0]["id"].as_str().unwrap();
    assert!(!connection.is_empty() && connection.bytes().all(|b| b.is_ascii_alphanumeric()));
}

/// P24, P26: a filter of a list that comes whole acts.
#[tokio::test]
async fn a_filter_of_a_whole_list_acts() {
    let api = Admin::start().await;
    let licences = format!("/organizations/{}/licenses", api.organization);
    let resources = api.path("/resources");
    let policies = api.path("/passwordPolicies");
    for (path, filter, count) in [
        (&*licences, r#"(status eq "active") and (beginsAt lt "2999-01-01T00:00:00Z")"#, 1),
        (&*licences, r#"status eq "EXPIRED""#, 0),
        (&*licences, r#"beginsAt gt "2999-01-01T00:00:00Z""#, 0),
        (&*licences, r#"package eq "internal" and name sw "INT""#, 1),
        (&*licences, r#"not (name eq "INTERNAL")"#, 0),
        ("/roles", r#"name eq "environment admin""#, 1),
        ("/roles", r#"applicableTo eq "APPLICATION""#, 1),
        ("/organizations", "name pr", 1),
        (&*resources, r#"type eq "PINGONE_API""#, 1),
        (&*policies, "default eq true", 1),
        (&*policies, r#"default eq "false""#, 2),
        ("/environments", r#"status eq "ACTIVE""#, 2),
        ("/environments", r#"status eq "DELETE_PENDING""#, 0),
        ("/environments", r#"name eq "Test" and status eq "active""#, 1),
        ("/environments", r#"status ne "ACTIVE" or name eq "Test""#, 1),
    ] {
        let list = api.get(&filtered(path, filter)).await.expect(200);
        assert_eq!(list["count"], count, "{path} {filter}");
        let rows = list["_embedded"].as_object().unwrap().values().next().unwrap();
        assert_eq!(rows.as_array().unwrap().len(), count, "{path} {filter}");
    }
    for path in [&*licences, "/roles", "/organizations", &*resources, &*policies] {
        let refused = api.get(&filtered(path, r#"nothing eq "x""#)).await;
        let refused = refused.refuses(400, "INVALID_REQUEST", "INVALID_FILTER", "filter");
        assert!(!refused["details"][0]["innerError"]["supportedAttributes"].as_array().unwrap().is_empty());
        api.get(&filtered(path, "name eq")).await.refuses(400, "INVALID_REQUEST", "INVALID_FILTER", "filter");
    }
}

fn filtered(path: &str, filter: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("filter", filter).finish();
    format!("{path}?{query}")
}

/// P27: another organization is told as what the actor may not see, with the sentence that clients know.
#[tokio::test]
async fn another_organization_is_not_the_actors_to_see() {
    let api = Admin::start().await;
    for id in [&*api.home, "00000000-0000-4000-8000-00000000dead", "no-id"] {
        for below in ["", "/licenses", &format!("/licenses/{}", api.license)] {
            let answer = api.get(&format!("/organizations/{id}{below}")).await;
            let refused = answer.refuses(403, "ACCESS_FAILED", "INSUFFICIENT_PERMISSIONS", "");
            let sentence = "The request could not be completed. You do not have access to this resource.";
            assert_eq!(refused["message"], sentence);
        }
    }
    let own = format!("/organizations/{}/licenses/{}", api.organization, api.home);
    api.get(&own).await.refuses(404, "NOT_FOUND", "", "");
}

/// P12: what every environment of PingOne begins with, in the order in which it is listed.
#[tokio::test]
async fn a_new_environment_has_what_pingones_have() {
    let api = Admin::start().await;
    let list = async |below: &str, name: &str| {
        let list = api.get(&api.path(below)).await.expect(200);
        list["_embedded"][name].as_array().unwrap().clone()
    };
    let names = |rows: &[Value]| rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let sign_on = list("/signOnPolicies", "signOnPolicies").await;
    assert_eq!(names(&sign_on), ["Single_Factor", "Multi_Factor"]);
    assert!(sign_on.iter().all(|policy| policy["_links"]["actions"]["href"].is_string()));
    // Nothing is promised that is not done.
    let metadata = api.server.get(&format!("/{}/as/.well-known/openid-configuration", api.env)).await.expect(200);
    assert_eq!(metadata["acr_values_supported"], json!(["Single_Factor"]));
    let passwords = list("/passwordPolicies", "passwordPolicies").await;
    assert_eq!(names(&passwords), ["Standard", "Passphrase", "Basic"]);
    let standard = &passwords[0];
    assert_eq!(standard["history"], json!({ "count": 6, "retentionDays": 365 }));
    assert_eq!((&standard["maxAgeDays"], &standard["minAgeDays"]), (&json!(182), &json!(1)));
    assert!(passwords.iter().all(|policy| policy["description"].is_string()));
    assert_eq!((&passwords[1]["minComplexity"], passwords[1].get("length")), (&json!(7), None));
    assert_eq!((passwords[2].get("maxAgeDays"), &passwords[2]["excludesProfileData"]), (None, &json!(false)));
    let applications = list("/applications", "applications").await;
    let types: Vec<_> = applications.iter().map(|application| application["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["PING_ONE_PORTAL", "PING_ONE_SELF_SERVICE"]);
    for application in &applications {
        let path = api.path(&format!("/applications/{}", application["id"].as_str().unwrap()));
        api.delete(&path).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "type");
        // Nothing is behind them, so nobody signs on to them either.
        let client = application["clientId"].as_str().unwrap();
        let asked = format!("/{}/as/authorize?client_id={client}&response_type=code&response_mode=pi.flow", api.env);
        assert_eq!(api.server.get(&asked).await.status, 400);
    }
    let mut body =
        json!({ "name": "Mine", "enabled": true, "protocol": "OPENID_CONNECT", "tokenEndpointAuthMethod": "NONE" });
    body["type"] = "PING_ONE_PORTAL".into();
    api.post(&api.path("/applications"), &body).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "type");
    let resources = list("/resources", "resources").await;
    assert_eq!(names(&resources), ["openid", "PingOne API"]);
    assert!(resources.iter().all(|resource| resource["_links"]["attributes"]["href"].is_string()));
    let mut scopes = Vec::new();
    for resource in &resources {
        let path = format!("/resources/{}/scopes", resource["id"].as_str().unwrap());
        scopes.push(names(&list(&path, "scopes").await));
    }
    assert_eq!(scopes[0], ["openid", "profile", "email", "address", "phone", "offline_access"]);
    assert!(scopes[1].starts_with(&["p1:read:user".to_owned(), "p1:update:user".to_owned()]), "{scopes:?}");
}
