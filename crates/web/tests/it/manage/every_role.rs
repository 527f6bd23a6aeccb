//! Every call by every role, in an environment of its own, a foreign one and none (the table of who may what).
//!
//! The rule is written here once more, from what the table of routes and the list of roles say: the server's decision is none of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::{Admin, Answer};

use super::roles::assignment;

/// Where a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Own,
    Foreign,
    Unknown,
}

/// Who calls: what they hold, and where it counts.
struct Holder {
    name: String,
    token: String,
    gives: Gives,
    /// For the whole organization.
    everywhere: bool,
}

enum Gives {
    /// The ids of the permissions that the role lists.
    Permissions(Vec<String>),
    /// These calls alone.
    Calls(&'static [(&'static str, &'static str)]),
}

/// What may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Allowed,
    Refused,
    Missing,
}

/// PingOne: a role gives what it lists where it is assigned, and beneath. An environment that is not there is told of to everybody who
/// is somebody. What lies above environments is for whoever holds the permission anywhere.
fn expected(holder: &Holder, (method, path, permission): (&str, &str, &str), at: At) -> Expected {
    let above = !path.contains("{environment}");
    if at == At::Unknown && !above {
        return Expected::Missing;
    }
    let gives = match &holder.gives {
        Gives::Permissions(all) => all.iter().any(|held| held == permission),
        Gives::Calls(all) => all.contains(&(method, path)),
    };
    // An environment is made in the organization.
    if (method, path) == ("POST", "/environments") && !holder.everywhere {
        return Expected::Refused;
    }
    if gives && (above || at == At::Own || holder.everywhere) { Expected::Allowed } else { Expected::Refused }
}

fn met(expected: Expected, answer: &Answer) -> bool {
    match expected {
        Expected::Allowed => ![401, 403].contains(&answer.status) && answer.status < 500,
        Expected::Refused => answer.status == 403 && answer.body["details"][0]["code"] == "INSUFFICIENT_PERMISSIONS",
        Expected::Missing => answer.status == 404,
    }
}

/// What the custom role names, and the calls that are that.
const NAMED: [&str; 6] = [
    "dir:read:user",
    "dir:create:user",
    "applications:update:application",
    "permissions:read:userRoleAssignments",
    "orgmgt:read:organization",
    "made:of:nothing",
];
const CALLS: &[(&str, &str)] = &[
    ("GET", "/organizations"),
    ("GET", "/organizations/{organization}"),
    ("POST", "/environments/{environment}/users"),
    ("GET", "/environments/{environment}/users"),
    ("GET", "/environments/{environment}/users/{user}"),
    ("GET", "/environments/{environment}/users/{user}/enabled"),
    ("GET", "/environments/{environment}/users/{user}/mfaEnabled"),
    ("GET", "/environments/{environment}/users/{user}/population"),
    ("GET", "/environments/{environment}/users/{user}/verifyStatus"),
    ("GET", "/environments/{environment}/users/{user}/identityProvider"),
    ("GET", "/environments/{environment}/users/{user}/linkedAccounts"),
    ("GET", "/environments/{environment}/users/{user}/linkedAccounts/{linkedAccount}"),
    ("GET", "/environments/{environment}/users/{user}/sessions"),
    ("GET", "/environments/{environment}/users/{user}/sessions/{session}"),
    ("GET", "/environments/{environment}/users/{user}/oauthConsents"),
    ("GET", "/environments/{environment}/users/{user}/oauthConsents/{consent}"),
    ("GET", "/environments/{environment}/users/{user}/password"),
    ("GET", "/environments/{environment}/users/{user}/roleAssignments"),
    ("GET", "/environments/{environment}/users/{user}/roleAssignments/{assignment}"),
    ("PUT", "/environments/{environment}/applications/{application}"),
    ("POST", "/environments/{environment}/applications/{application}/keys"),
    ("DELETE", "/environments/{environment}/applications/{application}/keys/{key}"),
    ("POST", "/environments/{environment}/applications/{application}/grants"),
    ("PUT", "/environments/{environment}/applications/{application}/grants/{grant}"),
    ("DELETE", "/environments/{environment}/applications/{application}/grants/{grant}"),
    ("POST", "/environments/{environment}/applications/{application}/attributes"),
    ("PUT", "/environments/{environment}/applications/{application}/attributes/{attribute}"),
    ("DELETE", "/environments/{environment}/applications/{application}/attributes/{attribute}"),
    ("POST", "/environments/{environment}/applications/{application}/signOnPolicyAssignments"),
    ("PUT", "/environments/{environment}/applications/{application}/signOnPolicyAssignments/{signOnPolicyAssignment}"),
    (
        "DELETE",
        "/environments/{environment}/applications/{application}/signOnPolicyAssignments/{signOnPolicyAssignment}",
    ),
    ("POST", "/environments/{environment}/applications/{application}/roleAssignments"),
    ("DELETE", "/environments/{environment}/applications/{application}/roleAssignments/{assignment}"),
];

async fn worker(api: &Admin, name: &str, given: Option<&Value>) -> String {
    let (id, secret) = api.service(name, "WORKER").await;
    if let Some(given) = given {
        api.post(&api.path(&format!("/applications/{id}/roleAssignments")), given).await.expect(201);
    }
    api.token_of(&api.env, &id, &secret).await.unwrap()
}

/// Everybody: a worker for each built-in role, one for a custom role, and one without any.
async fn holders(api: &Admin) -> Vec<Holder> {
    let mut all = Vec::new();
    for role in api.get("/roles").await.expect(200)["_embedded"]["roles"].as_array().unwrap() {
        let everywhere = !role["applicableTo"].as_array().unwrap().contains(&json!("ENVIRONMENT"));
        let (scope, kind) = if everywhere { (&api.organization, "ORGANIZATION") } else { (&api.env, "ENVIRONMENT") };
        let name = role["name"].as_str().unwrap().to_owned();
        let given = assignment(role["id"].as_str().unwrap(), scope, kind);
        let permissions = role["permissions"].as_array().unwrap().iter();
        let permissions = permissions.map(|permission| permission["id"].as_str().unwrap().to_owned()).collect();
        let token = worker(api, &name, Some(&given)).await;
        all.push(Holder { name, token, gives: Gives::Permissions(permissions), everywhere });
    }
    let admin = super::roles::role(api, "Environment Admin").await;
    let permissions: Vec<_> = NAMED.iter().map(|id| json!({ "id": id })).collect();
    let custom = json!({
        "name": "Custom", "applicableTo": ["ENVIRONMENT"], "canBeAssignedBy": [{ "id": admin }], "permissions": permissions,
    });
    let custom = api.post(&api.path("/roles"), &custom).await.expect(201);
    let given = assignment(custom["id"].as_str().unwrap(), &api.env, "ENVIRONMENT");
    let token = worker(api, "Custom", Some(&given)).await;
    all.push(Holder { name: "Custom".into(), token, gives: Gives::Calls(CALLS), everywhere: false });
    let token = worker(api, "Nobody", None).await;
    all.push(Holder { name: "Nobody".into(), token, gives: Gives::Calls(&[]), everywhere: false });
    all
}

/// §3: every route, every role, own, foreign and unknown environment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_role_makes_the_calls_that_it_lists_and_no_others() {
    let api = Admin::start().await;
    let foreign = api.post("/environments", &api.environment_body("Foreign")).await.expect(201);
    let foreign = foreign["id"].as_str().unwrap();
    let holders = holders(&api).await;
    let mut wrong = BTreeMap::new();
    let mut made = 0;
    for (method, path, permission) in web::manage::needs() {
        for (at, environment) in [(At::Own, &*api.env), (At::Foreign, foreign), (At::Unknown, NOBODY)] {
            let above = !path.contains("{environment}");
            if above && at != At::Own {
                continue;
            }
            let target = path.replace("{environment}", environment).replace("{organization}", &api.organization);
            let target = target.replace("{license}", &api.license);
            // Nothing else is there: who may is told so, or what is wrong with the body.
            let target: Vec<_> =
                target.split('/').map(|part| if part.starts_with('{') { NOBODY } else { part }).collect();
            let target = target.join("/");
            let body = json!({});
            let body = (method != "GET" && method != "DELETE").then_some(&body);
            for holder in &holders {
                let expected = expected(holder, (method, path, permission.name()), at);
                let answer = api.with_token(&holder.token, method, &target, body).await;
                made += 1;
                if !met(expected, &answer) {
                    let key = format!("{} {method} {path} {at:?}", holder.name);
                    wrong.insert(key, format!("{expected:?}: {} {}", answer.status, answer.text));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {made}: {wrong:#?}", wrong.len());
    assert!(made > 5_000, "{made}");
}

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";
