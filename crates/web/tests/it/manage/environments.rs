use engine::administrators;
use protocol::id::EnvironmentId;
use protocol::time::Time;
use serde_json::json;

use super::conditions::version;
use super::roles::{assignment, role};
use testkit::{Admin, Answer, Request};

#[tokio::test]
async fn a_new_environment_is_whole() {
    let api = Admin::start().await;
    let read = api.get(&api.path("")).await;
    assert_eq!(version(&read), "0");
    let body = read.expect(200);
    assert_eq!((body["type"].as_str(), body["region"].as_str()), (Some("SANDBOX"), Some("NA")));
    assert_eq!(body["license"]["id"], api.license.as_str());
    assert_eq!(body["organization"]["id"], api.organization.as_str());
    let own = format!("http://api.test/v1/environments/{}", api.env);
    assert_eq!(body["_links"]["self"]["href"], own.as_str());
    for (list, names) in [
        ("populations", vec!["Default"]),
        ("resources", vec!["openid", "PingOne API"]),
        ("signOnPolicies", vec!["Single_Factor", "Multi_Factor"]),
        ("passwordPolicies", vec!["Standard", "Passphrase", "Basic"]),
    ] {
        let body = api.get(&api.path(&format!("/{list}"))).await.expect(200);
        let mut found: Vec<_> =
            body["_embedded"][list].as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap()).collect();
        found.sort_unstable_by_key(|name| std::cmp::Reverse(*name));
        assert_eq!(found, names, "{list}");
        assert!(body["_links"]["next"].is_null() && body["count"] == names.len() && body["size"] == names.len());
    }
    let openid = api.get(&api.path("/resources")).await.expect(200);
    let openid =
        openid["_embedded"]["resources"].as_array().unwrap().iter().find(|r| r["name"] == "openid").unwrap().clone();
    assert!(
        openid["description"].is_string()
            && openid["audience"].is_null()
            && openid["accessTokenValiditySeconds"].is_null()
    );
    // Its key signs: a worker of the new environment gets a token.
    let (id, secret) = api.service("Service", "SERVICE").await;
    assert!(api.token_of(&api.env, &id, &secret).await.is_some());
}

#[tokio::test]
async fn environments_are_replaced_listed_and_deleted() {
    let api = Admin::start().await;
    let mut body = api.environment_body("Test renamed");
    body["description"] = json!("harness");
    body["billOfMaterials"] = json!({ "products": [{ "type": "PING_ONE_BASE" }] });
    let changed = api.put(&api.path(""), &body).await.expect(200);
    assert_eq!((changed["name"].as_str(), changed["description"].as_str()), (Some("Test renamed"), Some("harness")));
    let bill = json!({ "products": [{ "type": "PING_ONE_BASE" }, { "type": "PING_ONE_MFA" }] });
    let first = api.put(&api.path("/billOfMaterials"), &bill).await.expect(200);
    let again = api.put(&api.path("/billOfMaterials"), &bill).await.expect(200);
    assert_eq!((first["products"].as_array().unwrap().len(), &first["products"]), (2, &again["products"]), "ids stay");
    for (filter, count) in [("name sw \"test\"", 1), ("name eq \"TEST RENAMED\"", 1), ("name eq \"nothing\"", 0)] {
        let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let list = api.get(&format!("/environments?filter={filter}")).await.expect(200);
        assert_eq!(list["_embedded"]["environments"].as_array().unwrap().len(), count, "{filter}");
    }
    api.put(&api.path("/type"), &json!({ "type": "PRODUCTION" })).await.expect(200);
    api.delete(&api.path("")).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    api.put(&api.path("/type"), &json!({ "type": "SANDBOX" })).await.expect(200);
    // MG-14: what an environment held is dead with it.
    let (id, secret) = api.service("Service", "SERVICE").await;
    assert_eq!(public(&api, &api.env, "as/jwks").await.0, 200);
    api.delete(&api.path("")).await.expect(204);
    // MD-05: one that was is answered as one that never was, to whoever asks without a token.
    for endpoint in [
        "as/jwks",
        "as/.well-known/openid-configuration",
        "as/authorize?client_id=x",
        "as/token",
        "as/userinfo",
        "as/signoff",
        "flows/00000000-0000-4000-8000-000000000000",
        "nothing",
    ] {
        let (deleted, unknown) = (api.env.clone(), "00000000-0000-4000-8000-000000000000");
        let (was, never) = (public(&api, &deleted, endpoint).await, public(&api, unknown, endpoint).await);
        assert_eq!(was, never, "{endpoint}");
        assert!(was.0 == 404 || was.0 == 405, "{endpoint} {was:?}");
    }
    let gone = api.get(&api.path("")).await.refuses(404, "NOT_FOUND", "", "");
    assert_eq!(gone["message"], format!("Unable to find environment with ID: '{}'", api.env));
    assert_eq!(api.token_of(&api.env, &id, &secret).await, None);
    let home = format!("/environments/{}", api.home);
    api.delete(&home).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
}

/// P21: a production environment is put aside first, and deleted by a second call when it has waited.
#[tokio::test]
async fn a_production_environment_is_deleted_in_two_steps() {
    let mut api = Admin::start().await;
    let (own, status, kind) = (api.path(""), api.path("/status"), api.path("/type"));
    api.put(&status, &pending()).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "status");
    api.put(&kind, &json!({ "type": "PRODUCTION" })).await.expect(200);
    api.delete(&own).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    api.put(&status, &json!({})).await.refuses(400, "INVALID_DATA", "REQUIRED_VALUE", "status");
    api.put(&status, &json!({ "status": "GONE" })).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "status");
    assert_eq!(api.get(&own).await.expect(200)["status"], "ACTIVE");
    // Nobody ends themselves.
    let home = format!("/environments/{}", api.home);
    let refused = api.put(&format!("{home}/status"), &pending()).await;
    refused.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "status");

    let put_aside = api.put(&status, &pending()).await.expect(200);
    let at = |name: &str| Time::parse(put_aside[name].as_str().unwrap()).unwrap();
    assert_eq!(put_aside["status"], "DELETE_PENDING");
    assert_eq!(at("hardDeletedAllowedAt"), at("softDeletedAt").plus(30 * 24 * 3_600));
    assert_eq!(api.get(&own).await.expect(200), put_aside);
    for (filter, count) in
        [("eq \"DELETE_PENDING\"", 1), ("ne \"active\"", 1), ("eq \"ACTIVE\"", 1), ("pr", 2), ("eq \"x\"", 0)]
    {
        let filter: String = url::form_urlencoded::byte_serialize(format!("status {filter}").as_bytes()).collect();
        let found = api.get(&format!("/environments?filter={filter}")).await.expect(200);
        assert_eq!(found["count"], count, "{filter}");
    }
    api.server.wait(30 * 24 * 3_600 - 1);
    api.renew().await;
    // Neither the decision taken again nor another type shortens or lengthens it.
    let again = api.put(&status, &pending()).await.expect(200);
    assert_eq!(again["softDeletedAt"], put_aside["softDeletedAt"]);
    let sandbox = json!({ "type": "SANDBOX" });
    api.put(&kind, &sandbox).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "type");
    api.delete(&own).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    api.server.wait(1);
    api.delete(&own).await.expect(204);
    api.get(&own).await.refuses(404, "NOT_FOUND", "", "");
}

/// P21: what was put aside serves nobody, until it is active again under a licence.
#[tokio::test]
async fn an_environment_that_was_put_aside_serves_nobody_until_it_is_restored() {
    let api = Admin::start().await;
    let (own, status) = (api.path(""), api.path("/status"));
    let (id, secret) = api.service("Worker", "WORKER").await;
    let role = role(&api, "Organization Admin").await;
    let whole = assignment(&role, &api.organization, "ORGANIZATION");
    api.post(&api.path(&format!("/applications/{id}/roleAssignments")), &whole).await.expect(201);
    let token = api.token_of(&api.env, &id, &secret).await.unwrap();
    assert_eq!(api.with_token(&token, "GET", &own, None).await.status, 200);
    api.put(&api.path("/type"), &json!({ "type": "PRODUCTION" })).await.expect(200);
    api.put(&status, &pending()).await.expect(200);
    for endpoint in [
        "as/jwks",
        "as/.well-known/openid-configuration",
        "as/token",
        "as/userinfo",
        "as/signoff",
        "as/authorize?client_id=x",
        "flows/00000000-0000-4000-8000-000000000000",
    ] {
        let unknown = "00000000-0000-4000-8000-000000000000";
        assert_eq!(public(&api, &api.env, endpoint).await, public(&api, unknown, endpoint).await, "{endpoint}");
    }
    assert_eq!(api.token_of(&api.env, &id, &secret).await, None);
    assert_eq!(api.with_token(&token, "GET", &own, None).await.status, 401);
    // Administrators from elsewhere see what is in it before they decide.
    api.get(&api.path("/users")).await.expect(200);

    let active = |license: &str| json!({ "status": "ACTIVE", "license": { "id": license } });
    let bare = json!({ "status": "ACTIVE" });
    api.put(&status, &bare).await.refuses(400, "INVALID_DATA", "REQUIRED_VALUE", "license");
    api.put(&status, &active(&api.home)).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "license.id");
    let restored = api.put(&status, &active(&api.license)).await.expect(200);
    assert_eq!(restored["status"], "ACTIVE");
    assert!(restored["softDeletedAt"].is_null() && restored["hardDeletedAllowedAt"].is_null());
    assert!(api.token_of(&api.env, &id, &secret).await.is_some());
    assert_eq!(api.with_token(&token, "GET", &own, None).await.status, 200);
}

/// P21: whatever is asked for, by whatever method and from whatever page, is answered as where there is no environment.
#[tokio::test]
async fn nothing_tells_an_environment_that_was_put_aside_from_none() {
    let api = Admin::start().await;
    let page = json!({
        "name": "Page", "enabled": true, "type": "SINGLE_PAGE_APP", "protocol": "OPENID_CONNECT", "grantTypes": ["AUTHORIZATION_CODE"],
        "responseTypes": ["CODE"], "tokenEndpointAuthMethod": "NONE", "redirectUris": ["https://page.example/cb"],
        "corsSettings": { "behavior": "ALLOW_SPECIFIC_ORIGINS", "origins": ["https://page.example"] },
    });
    let made = api.post(&api.path("/applications"), &page).await.expect(201);
    let fields = format!("client_id={}&response_type=code&token=x&grant_type=password", made["id"].as_str().unwrap());
    let told = async |environment: &str, method: &str, endpoint: &str| {
        let request = Request::new(method, format!("/{environment}/{endpoint}"))
            .header("accept", "application/json")
            .header("origin", "https://page.example")
            .header("access-control-request-method", "POST");
        let request = match method {
            "POST" => request.header("content-type", "application/x-www-form-urlencoded").body(fields.clone()),
            _ => request,
        };
        without_number(&api.send(request).await, environment)
    };
    let before = told(&api.env, "OPTIONS", "as/token").await;
    api.put(&api.path("/type"), &json!({ "type": "PRODUCTION" })).await.expect(200);
    api.put(&api.path("/status"), &pending()).await.expect(200);
    for endpoint in [
        "as/jwks",
        "as/.well-known/openid-configuration",
        "as/token",
        "as/introspect",
        "as/revoke",
        "as/par",
        "as/userinfo",
        "as/signoff",
        "as/authorize",
        "as/resume",
        "flows/00000000-0000-4000-8000-000000000000",
    ] {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
            let aside = told(&api.env, method, endpoint).await;
            assert_eq!(
                aside,
                told("00000000-0000-4000-8000-000000000000", method, endpoint).await,
                "{method} {endpoint}"
            );
        }
    }
    assert_ne!(before, told(&api.env, "OPTIONS", "as/token").await, "pages were let in before");
}

/// P21, C4: the way back in does not lead to where no worker gets a token.
#[tokio::test]
async fn nobody_is_let_in_where_an_environment_was_put_aside() {
    let api = Admin::start().await;
    let app = &api.server.app;
    let [home, here] = [&api.home, &api.env].map(|id| EnvironmentId::parse(id).unwrap());
    let other = administrators::create(app, Some(here), "Other").await.unwrap();
    let token = api.token_of(&api.env, &other.client_id, other.client_secret.expose()).await.unwrap();
    for (below, body) in [("type", json!({ "type": "PRODUCTION" })), ("status", pending())] {
        let path = format!("/environments/{home}/{below}");
        api.with_token(&token, "PUT", &path, Some(&body)).await.expect(200);
    }
    // The oldest of them is there.
    assert!(administrators::create(app, Some(home), "Again").await.is_err());
    assert!(administrators::reset(app, Some(testkit::WORKER)).await.is_err());
    let reset = administrators::reset(app, None).await.unwrap();
    assert_eq!(reset.client_id, other.client_id);
    let made = administrators::create(app, None, "Night shift").await.unwrap();
    for worker in [reset, made] {
        assert_eq!(worker.environment, here);
        assert!(api.token_of(&api.env, &worker.client_id, worker.client_secret.expose()).await.is_some());
    }
}

fn pending() -> serde_json::Value {
    json!({ "status": "DELETE_PENDING" })
}

#[tokio::test]
async fn a_faulty_environment_is_refused_property_by_property() {
    let api = Admin::start().await;
    let body = json!({ "name": "", "region": "MARS", "type": "SANDBOX", "license": { "id": api.home } });
    let refused = api.post("/environments", &body).await.refuses(400, "INVALID_DATA", "REQUIRED_VALUE", "name");
    assert_eq!(refused["details"][1]["innerError"]["allowedValues"], json!(["AP", "AU", "CA", "EU", "NA", "SG"]));
    let mut body = api.environment_body("Other");
    body["license"] = json!({ "id": api.home });
    api.post("/environments", &body).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "license.id");
    api.post("/environments", &api.environment_body("TEST")).await.refuses(
        400,
        "INVALID_DATA",
        "UNIQUENESS_VIOLATION",
        "name",
    );
    let mut moved = api.environment_body("Test");
    moved["region"] = json!("EU");
    api.put(&api.path(""), &moved).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "region");
}

#[tokio::test]
async fn organizations_and_licences_are_the_actors_own() {
    let api = Admin::start().await;
    let list = api.get("/organizations").await.expect(200);
    assert_eq!(list["_embedded"]["organizations"][0]["id"], api.organization.as_str());
    let own = format!("/organizations/{}", api.organization);
    api.get(&own).await.expect(200);
    let licences = api.get(&format!("{own}/licenses")).await.expect(200);
    assert_eq!(licences["_embedded"]["licenses"][0]["name"], "INTERNAL");
    api.get(&format!("{own}/licenses/{}", api.license)).await.expect(200);
    // Another organization is nobody's to know of, and there is none but the actor's.
    for other in [format!("/organizations/{}", api.home), format!("/organizations/{}/licenses", api.home)] {
        api.get(&other).await.refuses(403, "ACCESS_FAILED", "INSUFFICIENT_PERMISSIONS", "");
    }
}

/// What anybody is told at a path of an environment, without the request's number and the id that was asked for.
async fn public(api: &Admin, environment: &str, below: &str) -> (u16, Vec<String>, String) {
    let request = Request::get(format!("/{environment}/{below}")).header("accept", "application/json");
    without_number(&api.send(request).await, environment)
}

fn without_number(answer: &Answer, environment: &str) -> (u16, Vec<String>, String) {
    let number = answer.headers["correlation-id"].to_str().unwrap();
    let text = answer.text.replace(number, "<number>").replace(environment, "<environment>");
    (answer.status, answer.headers.keys().map(ToString::to_string).collect(), text)
}
