//! Every call by every role, in an environment of its own, a foreign one and none (the table of who may what).
//!
//! The calls are those of the table of routes, the roles those that the server lists. Who may what is written here once more, by
//! what a path is about: neither the permission of a route nor those of a role are asked.

use std::collections::BTreeMap;

use engine::bootstrap::dev;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Admin, Answer, SANDBOX, TestApp};

use super::people::{console, post, token};
use super::roles::assignment;

/// A letter for each role that does something here. Of the others each sees the environment that it is for (`s`).
const LETTERS: [(&str, char); 9] = [
    ("Organization Admin", 'O'),
    ("Environment Admin", 'E'),
    ("Identity Data Admin", 'I'),
    ("Client Application Developer", 'C'),
    ("Identity Data Read Only", 'R'),
    ("Configuration Read Only", 'F'),
    ("Application Owner", 'A'),
    ("Help Desk Admin", 'H'),
    ("Custom Roles Admin", 'X'),
];

/// Who reads and who writes what (docs/roles.md; the contract, Annex A: Role): the longest beginning of a path counts, `*` is any id.
/// What is in none of them is configured as applications are.
const RULES: &[(&str, &str, &str)] = &[
    ("/organizations", "OE", ""),
    ("/organizations/*/licenses", "OE", "O"),
    ("/roles", "OEICRFHXs", ""),
    ("/environments", "OEICRFHXs", "O"),
    ("/environments/*", "EACF", "ECA"),
    ("/environments/*/activities", "EICF", "EICF"),
    ("/environments/*/activeIdentityCounts", "IRH", ""),
    ("/environments/*/adminConfig", "OEF", "OE"),
    ("/environments/*/billOfMaterials", "OEICRFHXs", "E"),
    ("/environments/*/capabilities", "OEICRFHXs", ""),
    ("/environments/*/certificates", "ECFA", "E"),
    ("/environments/*/groups", "EICRFH", "I"),
    ("/environments/*/groups/*/roleAssignments", "OEIRFX", "OEI"),
    ("/environments/*/keyRotationPolicies", "ECFA", "E"),
    ("/environments/*/keys", "ECFA", "E"),
    ("/environments/*/metrics", "IRH", ""),
    ("/environments/*/passwordPolicies", "EIRFH", "EI"),
    ("/environments/*/populations", "EIRFH", "EI"),
    ("/environments/*/roles", "OEICRFX", "OEX"),
    ("/environments/*/schemas", "EIRFH", "E"),
    ("/environments/*/status", "", "E"),
    ("/environments/*/totalIdentities", "IRH", ""),
    ("/environments/*/type", "", "E"),
    ("/environments/*/users", "IRH", "I"),
    ("/environments/*/users/*/memberOfGroups", "EICRFH", "I"),
    ("/environments/*/users/*/password", "IRH", "IH"),
    ("/environments/*/users/*/roleAssignments", "OEIRX", "OEI"),
];

/// Whether the rules let the role make the call, where it counts.
fn lists(letter: char, method: &str, path: &str) -> bool {
    // The environment itself, which what is in it begins with.
    if path == "/environments/{environment}" {
        return if method == "GET" { "OEICRFHXs".contains(letter) } else { letter == 'E' };
    }
    // A secret is seen by who may change it.
    if path.ends_with("/secret") {
        return "ECA".contains(letter);
    }
    let begins = |rule: &str| {
        let (mut own, mut parts) = (rule.split('/'), path.split('/'));
        own.all(|word| parts.next().is_some_and(|part| part == word || (word == "*" && part.starts_with('{'))))
    };
    let found = RULES.iter().filter(|(rule, ..)| begins(rule)).max_by_key(|(rule, ..)| rule.len());
    let (_, reads, writes) = found.unwrap_or_else(|| panic!("no rule for {path}"));
    if method == "GET" { reads.contains(letter) } else { writes.contains(letter) }
}

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
    /// What the rules say of the role.
    Role(char),
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
fn expected(holder: &Holder, (method, path): (&str, &str), at: At) -> Expected {
    let above = !path.contains("{environment}");
    if at == At::Unknown && !above {
        return Expected::Missing;
    }
    let gives = match &holder.gives {
        Gives::Role(letter) => lists(*letter, method, path),
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
    "permissions:read:gatewayRoleAssignments",
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

fn letter(name: &str) -> char {
    LETTERS.iter().find(|(known, _)| *known == name).map_or('s', |(_, letter)| *letter)
}

/// The call below `/v1`, with ids that nobody has.
fn target(path: &str, environment: &str, organization: &str, license: &str) -> String {
    let path = path.replace("{environment}", environment).replace("{organization}", organization);
    let path = path.replace("{license}", license);
    let parts: Vec<_> = path.split('/').map(|part| if part.starts_with('{') { NOBODY } else { part }).collect();
    parts.join("/")
}

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
        let token = worker(api, &name, Some(&given)).await;
        all.push(Holder { gives: Gives::Role(letter(&name)), name, token, everywhere });
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
    for (method, path) in web::manage::calls() {
        for (at, environment) in [(At::Own, &*api.env), (At::Foreign, foreign), (At::Unknown, NOBODY)] {
            let above = !path.contains("{environment}");
            if above && at != At::Own {
                continue;
            }
            // Nothing else is there: who may is told so, or what is wrong with the body.
            let target = target(path, environment, &api.organization, &api.license);
            let body = json!({});
            let body = (method != "GET" && method != "DELETE").then_some(&body);
            for holder in &holders {
                let expected = expected(holder, (method, path), at);
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

/// §3, P4: a person who signs on to a worker makes the calls that their roles list, and those of the groups that they were put into.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_makes_the_calls_that_their_roles_list_and_no_others() {
    let server = TestApp::inside().await;
    let (client, secret) = console(&server).await;
    let roles = server.manage(Method::GET, "/roles", None).await.expect(200);
    let roles = roles["_embedded"]["roles"].as_array().unwrap();
    let group = json!({ "name": "Administrators" });
    let group = post(&server, "/groups", &group).await.expect(201)["id"].as_str().unwrap().to_owned();
    let user = format!("/users/{}", dev::USER);
    post(&server, &format!("{user}/memberOfGroups"), &json!({ "id": group })).await.expect(201);
    let environment = SANDBOX.to_string();
    // Whoever signs on holds a role: one that lists next to nothing.
    let seen = roles.iter().find(|role| role["name"] == "PingFederate Auditor").unwrap();
    let seen = assignment(seen["id"].as_str().unwrap(), &environment, "ENVIRONMENT");
    post(&server, &format!("{user}/roleAssignments"), &seen).await.expect(201);
    let token = token(&server, (&client, &secret)).await;
    let mut wrong = BTreeMap::new();
    for (name, letter) in LETTERS.iter().filter(|(_, letter)| *letter != 'O') {
        let role = roles.iter().find(|role| role["name"] == *name).unwrap()["id"].as_str().unwrap();
        for holder in [&user, &format!("/groups/{group}")] {
            let given = assignment(role, &environment, "ENVIRONMENT");
            let given = post(&server, &format!("{holder}/roleAssignments"), &given).await.expect(201);
            for (method, path) in web::manage::calls().filter(|(_, path)| path.contains("{environment}")) {
                // What is done to themselves is another matter, and so is the end of all.
                if path.contains("{organization}") || (method, path) == ("DELETE", "/environments/{environment}") {
                    continue;
                }
                let target = target(path, &environment, NOBODY, NOBODY);
                let request = server.request(Method::from_bytes(method.as_bytes()).unwrap(), &format!("/v1{target}"));
                let body = if ["POST", "PUT", "PATCH"].contains(&method) { "{}" } else { "" };
                let request = request.bearer_auth(&token).header("content-type", "application/json").body(body);
                let answer = server.send(request).await;
                let allowed = lists(*letter, method, path) || lists('s', method, path);
                let expected = if allowed { Expected::Allowed } else { Expected::Refused };
                if !met(expected, &answer) {
                    wrong.insert(format!("{name} {method} {path}"), format!("{expected:?}: {}", answer.text));
                }
            }
            let given = format!("/environments/{SANDBOX}{holder}/roleAssignments/{}", given["id"].as_str().unwrap());
            server.manage(Method::DELETE, &given, None).await.expect(204);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";
