//! The bodies of the contract's setup calls (1.B), property by property and link by link.

use serde_json::{Value, json};

use testkit::Admin;

#[tokio::test]
async fn an_environment_links_to_everything_that_the_contract_names() {
    let api = Admin::start().await;
    let mut body = api.environment_body("Linked");
    body["billOfMaterials"] = json!({ "products": [{ "type": "PING_ONE_BASE" }] });
    let made = api.post("/environments", &body).await.expect(201);
    let expected = "self organization license populations users applications activities branding resources \
        passwordPolicies userActivities signOnPolicies keys templates notificationsSettings schemas gateways \
        capabilities activeIdentityCounts propagation/plans propagation/stores propagation/revisions/id:latest \
        billOfMaterials";
    assert_eq!(links(&made), sorted(expected));
    let product = &made["billOfMaterials"]["products"][0];
    assert!(product["id"].is_string() && product["description"].is_string(), "{product}");
}

#[tokio::test]
async fn a_population_a_user_and_a_password_link_to_what_the_contract_names() {
    let api = Admin::start().await;
    let population = api.post(&api.path("/populations"), &json!({ "name": "Staff" })).await.expect(201);
    assert_eq!(links(&population), sorted("self environment theme"));
    let user = api.user("ada").await;
    let expected = "self environment population devices roleAssignments password password.reset password.set \
        password.check password.recover linkedAccounts account.sendVerificationCode memberOfGroups";
    assert_eq!(links(&user), sorted(expected));
    let path = user["_links"]["password"]["href"].as_str().unwrap();
    let password = api.get(path).await.expect(200);
    let expected = "self environment user passwordPolicy password.check password.reset password.set password.recover";
    assert_eq!(links(&password), sorted(expected));
}

#[tokio::test]
async fn an_application_links_to_what_the_contract_names_and_to_its_metadata() {
    let api = Admin::start().await;
    let (id, _) = api.service("Service", "SERVICE").await;
    let path = api.path(&format!("/applications/{id}"));
    let application = api.get(&path).await.expect(200);
    let expected =
        "self environment metadata attributes secret grants keyRotationPolicy roleAssignments signOnPolicyAssignments";
    assert_eq!(links(&application), sorted(expected));
    let metadata = format!("http://auth.test/{}/as/.well-known/openid-configuration", api.env);
    assert_eq!(application["_links"]["metadata"]["href"], metadata);
    let secret = api.get(&format!("{path}/secret")).await.expect(200);
    assert_eq!(links(&secret), sorted("self environment application"));
}

/// The names of the links. Every one is an object with an absolute address and nothing else.
fn links(body: &Value) -> Vec<&str> {
    let links = body["_links"].as_object().unwrap();
    for (name, link) in links {
        let href = link["href"].as_str().unwrap();
        assert!(href.starts_with("http://") && link.as_object().unwrap().len() == 1, "{name}: {link}");
    }
    let mut names: Vec<_> = links.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

fn sorted(names: &str) -> Vec<&str> {
    let mut names: Vec<_> = names.split_whitespace().collect();
    names.sort_unstable();
    names
}
