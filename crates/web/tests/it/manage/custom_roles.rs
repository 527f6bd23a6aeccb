//! Roles of an environment's own making.

use engine::bootstrap::dev;
use http::Method;
use protocol::model::Role;
use serde_json::{Value, json};
use testkit::{Admin, each_store};
use uuid::uuid;

use super::held::COMMIT;
use super::roles::{assignment, role};

fn body(name: &str, by: &[&str], permissions: &[&str]) -> Value {
    let by: Vec<_> = by.iter().map(|id| json!({ "id": id })).collect();
    let permissions: Vec<_> = permissions.iter().map(|id| json!({ "id": id })).collect();
    json!({ "name": name, "applicableTo": ["ENVIRONMENT", "POPULATION"], "canBeAssignedBy": by, "permissions": permissions })
}

async fn made(api: &Admin, body: &Value) -> String {
    api.post(&api.path("/roles"), body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

fn whole(by: &[&str]) -> Value {
    let named = ["permissions:read:gatewayRoleAssignments", "permissions:update:userRoleAssignments"];
    let mut whole = body("Parent", by, &named);
    whole["description"] = json!("My custom role");
    whole
}

/// R8: what the provider's custom_role resource and data sources look at.
#[tokio::test]
async fn a_role_is_made_listed_replaced_and_deleted() {
    let api = Admin::start().await;
    for (kind, count) in [("PLATFORM", 19), ("CUSTOM", 0)] {
        let list = api.get(&format!("/roles?filter=type%20eq%20%22{kind}%22")).await.expect(200);
        assert_eq!(list["count"], count, "{kind}");
    }
    let (admin, organization) = (role(&api, "Environment Admin").await, role(&api, "Organization Admin").await);
    let whole = whole(&[&admin, &organization]);
    let parent = api.post(&api.path("/roles"), &whole).await.expect(201);
    for (name, value) in whole.as_object().unwrap() {
        assert_eq!(&parent[name], value, "{name}");
    }
    assert_eq!((&parent["type"], &parent["canAssign"]), (&json!("CUSTOM"), &json!([])));
    let id = parent["id"].as_str().unwrap();
    let own = api.path(&format!("/roles/{id}"));
    let dependent = made(&api, &body("Dependent", &[id], &["permissions:read:userRoleAssignments"])).await;
    assert_eq!(api.get(&own).await.expect(200)["canAssign"], json!([{ "id": dependent }]));
    let list = api.get(&api.path("/roles?filter=type%20eq%20%22CUSTOM%22")).await.expect(200);
    assert_eq!(list["count"], 2);
    let list = api.get(&api.path("/roles?filter=(type%20eq%20%22PLATFORM%22)")).await.expect(200);
    assert_eq!(list["count"], 19);
    assert_eq!(api.get(&api.path("/roles")).await.expect(200)["count"], 21);
    // Those of the installation are read here too, and stay.
    let built_in = api.path(&format!("/roles/{admin}"));
    assert_eq!(api.get(&built_in).await.expect(200)["type"], "PLATFORM");
    api.delete(&built_in).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    // Another environment has none of it, nor has the list above environments.
    let elsewhere = format!("/environments/{}/roles/{id}", api.home);
    let unknown = api.get(&elsewhere).await.refuses(404, "NOT_FOUND", "", "");
    assert!(unknown["message"].as_str().unwrap().starts_with("There is no role with id"));
    api.get(&format!("/roles/{id}")).await.refuses(404, "NOT_FOUND", "", "");
    let changed = api.put(&own, &body("Parent", &[], &["dir:read:user"])).await.expect(200);
    assert_eq!((&changed["canBeAssignedBy"], &changed["description"]), (&json!([]), &Value::Null));
    // One that another role can be assigned by stays, and so does one that somebody holds.
    let refused = api.delete(&own).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    assert!(refused["details"][0]["message"].as_str().unwrap().starts_with("The role must not be in use"));
    api.delete(&api.path(&format!("/roles/{dependent}"))).await.expect(204);
    api.delete(&own).await.expect(204);
    api.delete(&own).await.refuses(404, "NOT_FOUND", "", "");
}

/// R8: what is wrong with a role is told by its property.
#[tokio::test]
async fn a_role_that_says_too_little_is_not_made() {
    let api = Admin::start().await;
    let whole = whole(&[&role(&api, "Environment Admin").await]);
    made(&api, &whole).await;
    let without = |name: &str| {
        let mut body = whole.clone();
        body.as_object_mut().unwrap().remove(name);
        body["name"] = if name == "name" { Value::Null } else { json!("Other") };
        body
    };
    let with = |name: &str, value: Value| {
        let mut body = without("");
        body[name] = value;
        body
    };
    for (body, target) in [
        (without("name"), "name"),
        (without("canBeAssignedBy"), "canBeAssignedBy"),
        (without("permissions"), "permissions"),
        (with("permissions", json!([])), "permissions"),
        (with("applicableTo", json!([])), "applicableTo"),
        (with("name", json!("parent")), "name"),
        (with("name", json!("Help Desk Admin")), "name"),
        (with("permissions", json!([{ "id": "everything" }])), "permissions[0].id"),
        (with("canBeAssignedBy", json!([{ "id": api.home }])), "canBeAssignedBy[0].id"),
    ] {
        let refused = api.post(&api.path("/roles"), &body).await;
        assert_eq!((refused.status, &refused.body["details"][0]["target"]), (400, &json!(target)), "{}", refused.text);
    }
}

/// R8: a custom role gives what it names and nothing else of what a permission of ours stands for; it acts where it is given, and what
/// becomes of it acts at the next call.
#[tokio::test]
async fn a_role_gives_what_it_names() {
    let api = Admin::start().await;
    let admin = role(&api, "Environment Admin").await;
    let named = body("Support", &[&admin], &["dir:read:user", "dir:update:user", "applications:create:application"]);
    let custom = made(&api, &named).await;
    let (worker, secret) = api.service("Support", "WORKER").await;
    let held = api.path(&format!("/applications/{worker}/roleAssignments"));
    let given = api.post(&held, &assignment(&custom, &api.env, "ENVIRONMENT")).await.expect(201);
    api.post(&held, &assignment(&custom, &api.env, "ENVIRONMENT")).await.refuses(
        400,
        "INVALID_DATA",
        "UNIQUENESS_VIOLATION",
        "role",
    );
    api.post(&held, &assignment(&custom, &worker, "APPLICATION")).await.refuses(
        400,
        "INVALID_DATA",
        "INVALID_VALUE",
        "scope",
    );
    let token = api.token_of(&api.env, &worker, &secret).await.unwrap();
    let call = async |method: &str, below: &str, body: Option<Value>| {
        api.with_token(&token, method, &api.path(below), body.as_ref()).await.status
    };
    let user = format!("/users/{}", api.user("ann").await["id"].as_str().unwrap());
    let service = json!({
        "name": "Theirs", "enabled": true, "type": "SERVICE", "protocol": "OPENID_CONNECT",
        "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
    });
    let person = json!({ "username": "bob", "email": "bob@example.com" });
    for (method, below, body, status) in [
        ("GET", "/users", None, 200),
        ("PATCH", &*user, Some(json!({ "nickname": "A" })), 200),
        ("POST", "/applications", Some(service), 201),
        ("POST", "/users", Some(person), 403),
        ("DELETE", &*user, None, 403),
        ("GET", "/applications", None, 403),
        ("GET", "/groups", None, 403),
        // No application, though whoever manages these manages those.
        ("POST", "/trustedIssuers", Some(json!({})), 403),
        ("GET", "/roles", None, 403),
    ] {
        assert_eq!(call(method, below, body).await, status, "{method} {below}");
    }
    // One that somebody holds is not deleted, and gives what it comes to name.
    let own = api.path(&format!("/roles/{custom}"));
    let refused = api.delete(&own).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    assert!(refused["details"][0]["message"].as_str().unwrap().contains("assigned"));
    let mut narrower = body("Support", &[&admin], &["dir:read:group"]);
    api.put(&own, &narrower).await.expect(200);
    assert_eq!((call("GET", "/users", None).await, call("GET", "/groups", None).await), (403, 200));
    narrower["applicableTo"] = json!(["POPULATION"]);
    api.put(&own, &narrower).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "applicableTo");
    api.delete(&format!("{held}/{}", given["id"].as_str().unwrap())).await.expect(204);
    assert_eq!(call("GET", "/groups", None).await, 403);
    api.delete(&own).await.expect(204);
}

/// R8, MG-05: nobody makes a role with permissions that they lack, nor gives one that they may not give or that holds more than they.
#[tokio::test]
async fn nobody_makes_or_gives_a_role_that_holds_more() {
    let api = Admin::start().await;
    let (maker, secret) = api.service("Maker", "WORKER").await;
    let held = api.path(&format!("/applications/{maker}/roleAssignments"));
    for name in ["Custom Roles Admin", "Identity Data Admin"] {
        api.post(&held, &assignment(&role(&api, name).await, &api.env, "ENVIRONMENT")).await.expect(201);
    }
    let token = api.token_of(&api.env, &maker, &secret).await.unwrap();
    let theirs = async |method: &str, path: &str, body: &Value| api.with_token(&token, method, path, Some(body)).await;
    let (data, admin) = (role(&api, "Identity Data Admin").await, role(&api, "Environment Admin").await);
    let all = api.path("/roles");
    for wide in ["applications:read:secret", "applications:delete:application", "orgmgt:delete:environment"] {
        let refused = theirs("POST", &all, &body("Wide", &[&data], &["dir:read:user", wide])).await;
        assert_eq!(refused.status, 403, "{wide} {}", refused.text);
    }
    let own = theirs("POST", &all, &body("Own", &[&data], &["dir:read:user", "dir:delete:user"])).await.expect(201);
    let at = format!("{all}/{}", own["id"].as_str().unwrap());
    assert_eq!(theirs("PUT", &at, &body("Own", &[&data], &["applications:read:secret"])).await.status, 403);
    // By whom it is given: who is named, and who holds it.
    let user = api.user("ann").await["id"].as_str().unwrap().to_owned();
    let target = api.path(&format!("/users/{user}/roleAssignments"));
    let give = |id: &str| assignment(id, &api.env, "ENVIRONMENT");
    let given = theirs("POST", &target, &give(own["id"].as_str().unwrap())).await.expect(201);
    assert_eq!(given["readOnly"], false);
    let foreign = made(&api, &body("Foreign", &[&admin], &["dir:read:user"])).await;
    assert_eq!(theirs("POST", &target, &give(&foreign)).await.status, 403);
    api.post(&held, &give(&foreign)).await.expect(201);
    theirs("POST", &target, &give(&foreign)).await.expect(201);
    // Named, and lacking.
    let wide = made(&api, &body("Wide", &[&data], &["dir:read:user", "applications:read:secret"])).await;
    assert_eq!(theirs("POST", &target, &give(&wide)).await.status, 403);
    let less = body("Wide", &[&data], &["dir:read:user"]);
    assert_eq!(theirs("PUT", &format!("{all}/{wide}"), &less).await.status, 403, "nor is it taken from who holds more");
    // Where somebody holds it further than its maker reaches, it comes to hold no more by the maker.
    let mut further = body("Further", &[&admin], &["dir:read:user"]);
    further["applicableTo"] = json!(["ORGANIZATION"]);
    let further = made(&api, &further).await;
    api.post(&target, &assignment(&further, &api.organization, "ORGANIZATION")).await.expect(201);
    let mut more = body("Further", &[&admin], &["dir:read:user", "dir:delete:user"]);
    more["applicableTo"] = json!(["ORGANIZATION"]);
    assert_eq!(theirs("PUT", &format!("{all}/{further}"), &more).await.status, 403);
    api.put(&format!("{all}/{further}"), &more).await.expect(200);
    // Of another environment it is no role.
    let elsewhere = format!("/environments/{}/applications/{}/roleAssignments", api.home, testkit::WORKER);
    api.post(&elsewhere, &give(&foreign)).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "role.id");
}

/// MG-05, MG-06: a user or a group that is given more while it is deleted is not ended by who holds less.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_ends_what_was_given_more_meanwhile() {
    each_store(|app| async move {
        let environment = format!("/environments/{}", dev::ENVIRONMENT);
        let post = async |path: &str, body: &Value| {
            let made = app.manage(Method::POST, &format!("{environment}{path}"), Some(body)).await.expect(201);
            made["id"].as_str().unwrap().to_owned()
        };
        let worker = json!({
            "name": "Keeper", "enabled": true, "type": "WORKER", "protocol": "OPENID_CONNECT",
            "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
        });
        let keeper = post("/applications", &worker).await;
        let here = dev::ENVIRONMENT.to_string();
        let weak = assignment(&Role::IDENTITY_DATA_ADMIN.to_string(), &here, "ENVIRONMENT");
        post(&format!("/applications/{keeper}/roleAssignments"), &weak).await;
        let secret = format!("{environment}/applications/{keeper}/secret");
        let secret = app.manage(Method::GET, &secret, None).await.text_of("secret");
        let path = format!("/{}/as/token", dev::ENVIRONMENT);
        let token = app.encoded_basic(&path, (&*keeper, &*secret), "grant_type=client_credentials").await;
        let token = token.text_of("access_token");
        let strong = assignment(&Role::ENVIRONMENT_ADMIN.to_string(), &here, "ENVIRONMENT");
        let user = json!({ "username": "grows", "email": "grows@example.com" });
        for (all, body) in [("/users", user), ("/groups", json!({ "name": "Grows" }))] {
            let one = format!("{all}/{}", post(all, &body).await);
            let ends = app.request(Method::DELETE, &format!("/v1{environment}{one}")).bearer_auth(&token);
            let grows = async {
                post(&format!("{one}/roleAssignments"), &strong).await;
            };
            let late = Box::pin(app.between(COMMIT, app.send(ends), grows)).await;
            assert_eq!(late.status, 403, "{one}: {}", late.text);
            app.manage(Method::GET, &format!("{environment}{one}"), None).await.expect(200);
        }
    })
    .await;
}

/// R8, MG-05: what is given is what was weighed. A role that comes to hold more meanwhile is weighed again, and one that was given
/// further meanwhile is not changed by who does not reach there.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_role_is_weighed_as_it_is_when_it_is_given() {
    each_store(|app| async move {
        let environment = format!("/environments/{}", dev::ENVIRONMENT);
        let post = async |path: &str, body: &Value| {
            let made = app.manage(Method::POST, &format!("{environment}{path}"), Some(body)).await.expect(201);
            made["id"].as_str().unwrap().to_owned()
        };
        let worker = json!({
            "name": "Maker", "enabled": true, "type": "WORKER", "protocol": "OPENID_CONNECT",
            "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
        });
        let maker = post("/applications", &worker).await;
        let own = format!("/applications/{maker}");
        let secret = app.manage(Method::GET, &format!("{environment}{own}/secret"), None).await.text_of("secret");
        let here = dev::ENVIRONMENT.to_string();
        for role in [Role::IDENTITY_DATA_ADMIN, uuid!("6f770b08-793f-4393-b2aa-b1d1587a0324")] {
            post(&format!("{own}/roleAssignments"), &assignment(&role.to_string(), &here, "ENVIRONMENT")).await;
        }
        let path = format!("/{}/as/token", dev::ENVIRONMENT);
        let token = app.encoded_basic(&path, (&*maker, &*secret), "grant_type=client_credentials").await;
        let token = token.text_of("access_token");
        let data = Role::IDENTITY_DATA_ADMIN.to_string();
        let mut narrow = body("Custom", &[&data], &["dir:read:user"]);
        narrow["applicableTo"] = json!(["ORGANIZATION", "ENVIRONMENT"]);
        let custom = post("/roles", &narrow).await;
        let at = format!("{environment}/roles/{custom}");
        let mut wide = narrow.clone();
        wide["permissions"] = json!([{ "id": "dir:read:user" }, { "id": "applications:read:secret" }]);
        let target = format!("{environment}/users/{}/roleAssignments", dev::USER);
        let given = assignment(&custom, &here, "ENVIRONMENT");
        let give = app.request(Method::POST, &format!("/v1{target}")).bearer_auth(&token).json(&given);
        let widens = async {
            app.manage(Method::PUT, &at, Some(&wide)).await.expect(200);
        };
        let late = app.between(COMMIT, app.send(give), widens).await;
        assert_eq!(late.status, 403, "{}", late.text);
        app.manage(Method::PUT, &at, Some(&narrow)).await.expect(200);
        let mut more = narrow.clone();
        more["permissions"] = json!([{ "id": "dir:read:user" }, { "id": "dir:delete:user" }]);
        let change = app.request(Method::PUT, &format!("/v1{at}")).bearer_auth(&token).json(&more);
        let further = assignment(&custom, &dev::ORGANIZATION.to_string(), "ORGANIZATION");
        let hands = async {
            app.manage(Method::POST, &target, Some(&further)).await.expect(201);
        };
        let late = app.between(COMMIT, app.send(change), hands).await;
        assert_eq!(late.status, 403, "{}", late.text);
        assert_eq!(app.manage(Method::GET, &at, None).await.expect(200)["permissions"], narrow["permissions"]);
    })
    .await;
}
