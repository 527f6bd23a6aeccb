//! What attribute mappings put into tokens and userinfo, and what they never do (attacks A11, UI-03, UI-06).

use engine::bootstrap::dev;
use protocol::change::{Change, Guard};
use protocol::id::UserId;
use protocol::model::{TokenProfile, User};
use protocol::refusal::Reason;
use protocol::scope::Scope;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, SANDBOX, TestApp, claims, each_store};

use super::reason;

fn attributes() -> String {
    format!("/environments/{SANDBOX}/applications/{}/attributes", dev::SHARED_WEB_APPLICATION)
}

async fn map(server: &TestApp, body: Value) -> Value {
    server.manage(Method::POST, &attributes(), Some(&body)).await.expect(201)
}

/// Maps `sub` of the shared web application.
async fn map_sub(server: &TestApp, value: &str) {
    let list = server.manage(Method::GET, &attributes(), None).await.expect(200);
    let sub = &list["_embedded"]["attributes"][0];
    let path = format!("{}/{}", attributes(), sub["id"].as_str().unwrap());
    let body = json!({ "name": "sub", "value": value, "required": true });
    server.manage(Method::PUT, &path, Some(&body)).await.expect(200);
}

async fn openid(server: &TestApp, name: &str) -> String {
    let list = server.manage(Method::GET, &format!("/environments/{SANDBOX}/resources"), None).await.expect(200);
    let rows = list["_embedded"]["resources"].as_array().unwrap().clone();
    let found = rows.iter().find(|row| row["name"] == name).unwrap();
    format!("/environments/{SANDBOX}/resources/{}/attributes", found["id"].as_str().unwrap())
}

async fn tokens(server: &TestApp, scope: &str) -> Answer {
    let scope = Scope::parse(scope).unwrap();
    server.exchange(&server.code(|c| c.authorization.scope = scope).await).await
}

/// What the person's `externalId` is from now on.
async fn call(server: &TestApp, external_id: Option<&str>) {
    let user = server.base.store.user(SANDBOX, UserId::new(dev::USER)).await.unwrap().unwrap();
    let mut profile = user.profile.clone();
    profile.external_id = external_id.map(str::to_owned);
    server.furnish(vec![Change::put(User { profile, ..user }, Guard::Version)]).await;
}

async fn userinfo(server: &TestApp, tokens: &Answer) -> Value {
    server.get_with(&server.at("userinfo"), tokens.member("access_token")).await.expect(200)
}

#[tokio::test]
async fn an_application_is_told_its_own_in_id_tokens_and_at_userinfo() {
    each_store(|server| async move {
        call(&server, None).await;
        map(&server, json!({ "name": "mail", "value": "${user.email}", "required": true })).await;
        map(&server, json!({ "name": "seen", "value": "${user.username}", "required": false, "userInfo": false }))
            .await;
        map(&server, json!({ "name": "asked", "value": "${user.id}", "required": false, "idToken": false })).await;
        map(&server, json!({ "name": "nick", "value": "${user.externalId}", "required": false })).await;
        map(&server, json!({ "name": "client", "value": "${#root.context.appConfig.clientId}", "required": false }))
            .await;
        let given = tokens(&server, "openid").await;
        let (id_token, told) = (claims(given.member("id_token")), userinfo(&server, &given).await);
        assert_eq!((&id_token["mail"], &id_token["seen"]), (&json!("jane.doe@example.com"), &json!("jane.doe")));
        assert_eq!(id_token["client"], dev::SHARED_WEB_APPLICATION.to_string());
        assert_eq!((&told["mail"], &told["asked"]), (&json!("jane.doe@example.com"), &json!(dev::USER.to_string())));
        for (from, none) in [(&id_token, "asked"), (&id_token, "nick"), (&told, "seen"), (&told, "nick")] {
            assert!(from.get(none).is_none(), "{from}");
        }
        let access = claims(given.member("access_token"));
        assert!(access.get("mail").is_none(), "they are no claims of the access token: {access}");
    })
    .await;
}

/// UI-06, A11: one `sub` for a person, wherever the application meets them; and who it is does not hang on it.
#[tokio::test]
async fn sub_is_what_it_is_mapped_to_everywhere() {
    let server = TestApp::inside().await;
    map_sub(&server, "${user.email}").await;
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] })).await;
    let given = tokens(&server, "openid offline_access").await;
    let id_token = claims(given.member("id_token"));
    assert_eq!(id_token["sub"], "jane.doe@example.com");
    assert_eq!(userinfo(&server, &given).await["sub"], id_token["sub"]);
    // A token for this server's own API still says who it is by the id.
    assert_eq!(claims(given.member("access_token"))["sub"], dev::USER.to_string());
    let refreshed = server.refresh(given.member("refresh_token")).await;
    assert_eq!(claims(refreshed.member("id_token"))["sub"], id_token["sub"]);
    // Whoever is disabled is found all the same.
    server.switch_user(false).await;
    assert_eq!(server.refresh(refreshed.member("refresh_token")).await.status, 400);
    assert_eq!(server.introspect(refreshed.member("access_token")).await, json!({ "active": false }));
}

/// UI-03: an ID token is no access token, also where `sub` is mapped to what an application's own token has.
#[tokio::test]
async fn an_id_token_passes_for_no_access_token() {
    let server = TestApp::inside().await;
    map_sub(&server, &dev::SHARED_WEB_APPLICATION.to_string()).await;
    let id_token = tokens(&server, "openid").await.text_of("id_token");
    assert_eq!(claims(&id_token)["sub"], dev::SHARED_WEB_APPLICATION.to_string());
    assert_eq!(server.introspect(&id_token).await, json!({ "active": false }));
    let refused = server.get_with(&server.at("userinfo"), &id_token).await;
    assert_eq!((refused.status, reason(&server, &refused).await), (401, Reason::AccessTokenInactive));
}

#[tokio::test]
async fn there_are_no_tokens_without_what_is_required() {
    let server = TestApp::inside().await;
    call(&server, None).await;
    map(&server, json!({ "name": "nick", "value": "${user.externalId}", "required": true, "idToken": false })).await;
    let code = server.code(|c| c.authorization.scope = Scope::parse("openid").unwrap()).await;
    let refused = server.exchange(&code).await;
    refused.is_refused(400, "access_denied");
    assert_eq!(reason(&server, &refused).await, Reason::MappingUnmet);
    // Nothing was used up: as soon as the person has it, the code is good.
    call(&server, Some("Jay")).await;
    let given = server.exchange(&code).await;
    assert_eq!(userinfo(&server, &given).await["nick"], "Jay");
}

/// Nothing of a mapping stands where a claim of this server's does, whichever profile names it.
#[tokio::test]
async fn no_claim_of_the_servers_is_written_over() {
    for profile in [TokenProfile::PingOne, TokenProfile::Rfc9068, TokenProfile::Spring] {
        let server = TestApp::inside().await;
        let mut environment = server.base.store.environment(SANDBOX).await.unwrap().unwrap();
        environment.settings.token_profile = profile;
        server.furnish(vec![Change::put(environment, Guard::Version)]).await;
        let scope = "openid profile email address phone";
        let before = tokens(&server, scope).await;
        let standing = [claims(before.member("id_token")), claims(before.member("access_token"))];
        for name in standing.iter().flat_map(|claims| claims.as_object().unwrap().keys()) {
            let known = protocol::claims::PersonClaim::parse(name).is_some();
            let body = json!({ "name": name, "value": "mine", "required": false });
            let answer = server.manage(Method::POST, &attributes(), Some(&body)).await;
            assert_eq!(answer.status, if known { 201 } else { 400 }, "{name}: {}", answer.text);
        }
        let after = tokens(&server, scope).await;
        let text = jose::b64::decode(after.member("id_token").split('.').nth(1).unwrap()).unwrap();
        jose::json::parse_strict_object(&text, 8).expect("no claim stands twice");
        for name in ["iss", "aud", "sub"] {
            assert_eq!(claims(after.member("id_token"))[name], standing[0][name]);
        }
    }
}

#[tokio::test]
async fn openid_tells_everybody_what_it_maps() {
    let server = TestApp::inside().await;
    let path = openid(&server, "openid").await;
    let list = server.manage(Method::GET, &path, None).await.expect(200);
    let email = list["_embedded"]["attributes"].as_array().unwrap().iter().find(|row| row["name"] == "email").unwrap();
    let own = format!("{path}/{}", email["id"].as_str().unwrap());
    let body = json!({ "name": "email", "value": "${user.username + '@idp.example'}", "idToken": false });
    server.manage(Method::PUT, &own, Some(&body)).await.expect(200);
    server
        .manage(Method::POST, &path, Some(&json!({ "name": "tag", "value": "${user.name.family}" })))
        .await
        .expect(201);
    let given = tokens(&server, "openid email").await;
    let (id_token, told) = (claims(given.member("id_token")), userinfo(&server, &given).await);
    assert_eq!(
        (id_token.get("email"), &id_token["email_verified"], &id_token["tag"]),
        (None, &json!(true), &json!("Doe"))
    );
    assert_eq!((&told["email"], &told["tag"]), (&json!("jane.doe@idp.example"), &json!("Doe")));
    assert!(userinfo(&server, &tokens(&server, "openid").await).await.get("email").is_none());
    // Written as it was from the beginning it is as it was.
    server.manage(Method::PUT, &own, Some(&json!({ "name": "email", "value": "${user.email}" }))).await.expect(200);
    assert_eq!(claims(tokens(&server, "openid email").await.member("id_token"))["email"], "jane.doe@example.com");
}

/// What was limited to a scope is not told to everybody when the scope goes, or stops to map it; of others nothing changes.
#[tokio::test]
async fn what_a_scope_limited_stays_limited() {
    each_store(|server| async move {
        let attributes = openid(&server, "openid").await;
        let scopes = attributes.replace("/attributes", "/scopes");
        let post = async |path: &str, body: Value| server.manage(Method::POST, path, Some(&body)).await.expect(201);
        let own = |made: &Value| format!("{scopes}/{}", made["id"].as_str().unwrap());
        let resource = attributes.split('/').nth_back(1).unwrap().to_owned();
        let grants = format!("/environments/{SANDBOX}/applications/{}/grants", dev::SHARED_WEB_APPLICATION);
        let grant = async |scope: &Value| {
            let all = server.manage(Method::GET, &grants, None).await.expect(200);
            let rows = all["_embedded"]["grants"].as_array().unwrap();
            let own = rows.iter().find(|row| row["resource"]["id"] == resource);
            let body = json!({ "resource": { "id": resource }, "scopes": [{ "id": scope["id"] }] });
            match own {
                Some(own) => {
                    let path = format!("{grants}/{}", own["id"].as_str().unwrap());
                    server.manage(Method::PUT, &path, Some(&body)).await.expect(200)
                }
                None => server.manage(Method::POST, &grants, Some(&body)).await.expect(201),
            };
        };
        post(&attributes, json!({ "name": "open", "value": "o" })).await;
        for ends in ["DELETE", "PUT"] {
            let made = post(&attributes, json!({ "name": format!("by_{ends}"), "value": "v" })).await;
            let body = json!({ "name": format!("scope_{ends}"), "mappedClaims": [made["id"]] });
            let scope = post(&scopes, body.clone()).await;
            grant(&scope).await;
            let told = async |scope: &str| {
                let given = tokens(&server, scope).await;
                let all = [claims(given.member("id_token")), userinfo(&server, &given).await];
                assert!(all.iter().all(|told| told["open"] == "o"), "{all:?}");
                all.map(|told| told.get(format!("by_{ends}")).is_some())
            };
            assert_eq!(told(&format!("openid scope_{ends}")).await, [true, true]);
            assert_eq!(told("openid").await, [false, false]);
            if ends == "PUT" {
                let without = json!({ "name": body["name"] });
                server.manage(Method::PUT, &own(&scope), Some(&without)).await.expect(200);
                assert_eq!(told(&format!("openid scope_{ends}")).await, [false, false]);
                // Another one may map it.
                let body = json!({ "name": "later", "mappedClaims": [made["id"]] });
                grant(&post(&scopes, body).await).await;
                assert_eq!(told("openid later").await, [true, true]);
            } else {
                server.manage(Method::DELETE, &own(&scope), None).await.expect(204);
            }
            assert_eq!(told("openid").await, [false, false], "{ends}");
        }
    })
    .await;
}

/// What is made limited to scopes is told to nobody until one brings it, and who writes the rest of it leaves it so.
#[tokio::test]
async fn what_is_made_by_scopes_alone_is_told_by_scopes_alone() {
    each_store(|server| async move {
        let attributes = openid(&server, "openid").await;
        let body = json!({ "name": "badge", "value": "b", "byScopes": true });
        let made = server.manage(Method::POST, &attributes, Some(&body)).await.expect(201);
        assert_eq!(made["byScopes"], true);
        let path = format!("{attributes}/{}", made["id"].as_str().unwrap());
        let told = async || {
            let given = tokens(&server, "openid").await;
            let all = [claims(given.member("id_token")), userinfo(&server, &given).await];
            all.map(|told| told.get("badge").is_some())
        };
        let put = async |more: &str| {
            let mut body = json!({ "name": "badge", "value": format!("b{more}") });
            if !more.is_empty() {
                body["byScopes"] = json!(more == "true");
            }
            server.manage(Method::PUT, &path, Some(&body)).await.expect(200)
        };
        assert_eq!(told().await, [false, false]);
        assert_eq!(put("").await["byScopes"], true, "a client that knows nothing of it leaves it");
        assert_eq!(told().await, [false, false]);
        assert!(put("false").await.get("byScopes").is_none());
        assert_eq!(told().await, [true, true]);
        put("true").await;
        assert_eq!(told().await, [false, false]);
        // What OpenID Connect names, and what is of another resource, knows nothing of it.
        let custom = testkit::resource(&server, 0xd7, "https://o.example", &["o.read"]);
        server.furnish(custom).await;
        server.app.forget(SANDBOX);
        let path = openid(&server, &format!("Resource {}", 0xd7)).await;
        let made = server.manage(Method::POST, &path, Some(&body)).await.expect(201);
        assert!(made.get("byScopes").is_none(), "{made}");
    })
    .await;
}

#[tokio::test]
async fn a_custom_resource_adds_claims_to_its_access_tokens() {
    each_store(|server| async move {
        server
            .furnish(testkit::resource(&server, 0xd1, "https://orders.example", &["orders.read", "orders.write"]))
            .await;
        server.app.forget(SANDBOX);
        let path = openid(&server, &format!("Resource {}", 0xd1)).await;
        let list = server.manage(Method::GET, &path, None).await.expect(200);
        assert_eq!((&list["count"], &list["_embedded"]["attributes"][0]["type"]), (&json!(1), &json!("CORE")));
        let sub = format!("{path}/{}", list["_embedded"]["attributes"][0]["id"].as_str().unwrap());
        server
            .manage(Method::PUT, &sub, Some(&json!({ "name": "sub", "value": "${user.username}" })))
            .await
            .expect(200);
        server
            .manage(Method::POST, &path, Some(&json!({ "name": "family", "value": "${user.name.family}" })))
            .await
            .expect(201);
        let given = tokens(&server, "openid orders.read").await;
        let access = claims(given.member("access_token"));
        assert_eq!((&access["sub"], &access["family"]), (&json!("jane.doe"), &json!("Doe")));
        // The contract §4: whoever is named otherwise is still found.
        assert_eq!(access["p1.userId"], dev::USER.to_string());
        assert_eq!(claims(given.member("id_token"))["sub"], dev::USER.to_string());
        let seen = server.introspect(given.member("access_token")).await;
        assert_eq!((&seen["sub"], &seen["family"], &seen["active"]), (&json!("jane.doe"), &json!("Doe"), &json!(true)));
        // Userinfo is about the person, whatever the token calls them.
        assert_eq!(userinfo(&server, &given).await["sub"], dev::USER.to_string());
        let other = claims(tokens(&server, "openid").await.member("access_token"));
        assert!(other.get("family").is_none() && other.get("p1.userId").is_none(), "{other}");
        assert_eq!(other["sub"], dev::USER.to_string());
    })
    .await;
}

/// Groups are read where a mapping names them, on both stores; through nesting too.
#[tokio::test]
async fn groups_can_be_told() {
    each_store(|server| async move {
        let groups = format!("/environments/{SANDBOX}/groups");
        let make = async |name: &str| {
            let made = server.manage(Method::POST, &groups, Some(&json!({ "name": name }))).await.expect(201);
            made["id"].as_str().unwrap().to_owned()
        };
        let (readers, everybody) = (make("Readers").await, make("Everybody").await);
        let nest = format!("{groups}/{readers}/memberOfGroups");
        server.manage(Method::POST, &nest, Some(&json!({ "id": everybody }))).await.expect(201);
        let join = format!("/environments/{SANDBOX}/users/{}/memberOfGroups", dev::USER);
        server.manage(Method::POST, &join, Some(&json!({ "id": readers }))).await.expect(201);
        map(&server, json!({ "name": "groups", "value": "${user.memberOfGroupNames}", "required": false })).await;
        let admin = "${#data.indexOf(user.memberOfGroupIDs, 'x') >= 0 ? 'yes' : 'no'}";
        map(&server, json!({ "name": "admin", "value": admin, "required": false })).await;
        let given = tokens(&server, "openid").await;
        for told in [claims(given.member("id_token")), userinfo(&server, &given).await] {
            let mut names: Vec<&str> = told["groups"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            names.sort_unstable();
            assert_eq!((names, &told["admin"]), (vec!["Everybody", "Readers"], &json!("no")));
        }
    })
    .await;
}
