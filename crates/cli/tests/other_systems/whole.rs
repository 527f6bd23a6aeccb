//! What comes along is whole: providers, custom attributes and their values, and what names them; and a rehearsal says what the run does.

use std::process::Stdio;

use serde_json::{Value, json};

use super::program::{CLIENT, ENVIRONMENT, Ended, Program, SECRET, Serving, command, each_database, run_with};
use super::{base, get, report, taken_from, write};

/// I11: a provider keeps its client id and what depends on it comes along, custom attributes are made before what names them and keep their values;
/// and a rehearsal, also the one of `--strict`, refuses nothing for what would be made, and counts as the run does.
#[test]
fn providers_and_custom_attributes_of_a_tenant_come_along() {
    each_database(|place, database| {
        let tenant_place = tempfile::tempdir().unwrap();
        let tenant = Serving::start(tenant_place.path(), &[]);
        furnish(&tenant);
        let serving = Serving::start(place, database);
        let import = |more: &[&str]| report(&taken_from(&tenant, place, database, more));
        let (said, done) = (import(&["--dry-run"]), import(&["--strict"]));
        assert_eq!(said["taken"], done["taken"], "{said:#} {done:#}");
        assert_eq!((&said["refused"], &done["refused"]), (&json!(0), &json!(0)), "{said:#} {done:#}");
        let bearer = serving.bearer(CLIENT, SECRET);
        let there =
            |path: &str, list: &str| get(&serving, &bearer, path)["_embedded"][list].as_array().unwrap().clone();
        let named = |rows: &[Value], name: &str| rows.iter().find(|row| row["name"] == name).unwrap().clone();
        let provider = named(&there("/identityProviders", "identityProviders"), "Corporate");
        assert_eq!((&provider["clientId"], &provider["clientSecret"]), (&json!("of-ours"), &json!("their-secret")));
        let policy = named(&there("/signOnPolicies", "signOnPolicies"), "Federated");
        let actions = there(&format!("/signOnPolicies/{}/actions", policy["id"].as_str().unwrap()), "actions");
        assert_eq!(actions[0]["discoveryRules"][0]["identityProvider"]["id"], provider["id"]);
        assert_eq!(actions[1]["identityProvider"]["id"], provider["id"]);
        let ann = &there("/users?filter=username%20eq%20%22ann%22", "users")[0];
        assert_eq!((&ann["costCenter"], &ann["colours"]), (&json!("4711"), &json!(["red", "blue"])));
        assert_eq!(there("/users?filter=costCenter%20eq%20%224711%22", "users").len(), 1);
        let by_filter = named(&there("/groups", "groups"), "By filter");
        assert_eq!(by_filter["userFilter"], "costCenter eq \"4711\"");
        let application = named(&there("/applications", "applications"), "Guarded");
        assert_eq!(application["accessControl"]["group"]["groups"].as_array().unwrap().len(), 1);
        assert!(!done.to_string().contains("their-secret"), "LG-01");

        let again = import(&[]);
        for (kind, counts) in again["taken"].as_object().unwrap() {
            assert_eq!((&counts["created"], &counts["updated"]), (&json!(0), &json!(0)), "{kind} {again:#}");
        }
    });
}

/// A tenant with what names each other.
fn furnish(tenant: &Serving) {
    let bearer = tenant.bearer(CLIENT, SECRET);
    let post = |path: &str, body: &Value| post(tenant, &bearer, path, body);
    let schema = get(tenant, &bearer, "/schemas")["_embedded"]["schemas"][0]["id"].as_str().unwrap().to_owned();
    for attribute in [
        json!({ "name": "costCenter", "type": "STRING", "enabled": true }),
        json!({ "name": "colours", "type": "STRING", "enabled": true, "multiValued": true }),
    ] {
        post(&format!("/schemas/{schema}/attributes"), &attribute);
    }
    let population = post("/populations", &json!({ "name": "Staff" }));
    let provider = post(
        "/identityProviders",
        &json!({
            "name": "Corporate", "type": "OPENID_CONNECT", "enabled": true, "clientId": "of-ours", "clientSecret": "their-secret",
            "issuer": "https://p.example.test", "authorizationEndpoint": "https://p.example.test/a", "tokenEndpoint": "https://p.example.test/t",
            "jwksEndpoint": "https://p.example.test/j", "scopes": ["openid"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
            "registration": { "population": { "id": population["id"] } },
        }),
    );
    let own = format!("/identityProviders/{}/attributes", provider["id"].as_str().unwrap());
    post(&own, &json!({ "name": "costCenter", "value": "${providerAttributes.cc}", "update": "ALWAYS" }));
    let policy = post("/signOnPolicies", &json!({ "name": "Federated" }));
    let actions = format!("/signOnPolicies/{}/actions", policy["id"].as_str().unwrap());
    let rule = json!({ "condition": { "contains": "@x.example.test", "value": "${identifier}" }, "identityProvider": { "id": provider["id"] } });
    post(
        &actions,
        &json!({ "type": "IDENTIFIER_FIRST", "priority": 1, "recovery": { "enabled": true }, "discoveryRules": [rule] }),
    );
    post(
        &actions,
        &json!({ "type": "IDENTITY_PROVIDER", "priority": 2, "identityProvider": { "id": provider["id"] } }),
    );
    let group = post("/groups", &json!({ "name": "Plain", "population": { "id": population["id"] } }));
    post("/groups", &json!({ "name": "By filter", "userFilter": "costCenter eq \"4711\"" }));
    let guarded = json!({ "accessControl": { "group": { "type": "ANY_GROUP", "groups": [{ "id": group["id"] }] } } });
    let made = post("/applications", &application("Guarded", &guarded));
    let own = format!("/applications/{}", made["id"].as_str().unwrap());
    post(&format!("{own}/attributes"), &json!({ "name": "cc", "value": "${user.costCenter}" }));
    let assigned = json!({ "signOnPolicy": { "id": policy["id"] }, "priority": 1 });
    post(&format!("{own}/signOnPolicyAssignments"), &assigned);
    let resource = post("/resources", &json!({ "name": "Orders", "audience": "urn:orders" }));
    let of_resource = format!("/resources/{}", resource["id"].as_str().unwrap());
    post(&format!("{of_resource}/attributes"), &json!({ "name": "cc", "value": "${user.costCenter}" }));
    let scope = post(&format!("{of_resource}/scopes"), &json!({ "name": "orders:read" }));
    let grant = json!({ "resource": { "id": resource["id"] }, "scopes": [{ "id": scope["id"] }] });
    post(&format!("{own}/grants"), &grant);
    post(
        "/users",
        &json!({ "username": "ann", "email": "ann@example.test", "population": { "id": population["id"] },
        "costCenter": "4711", "colours": ["red", "blue"] }),
    );
}

fn application(name: &str, more: &Value) -> Value {
    let mut body = json!({
        "name": name, "enabled": true, "type": "WEB_APP", "protocol": "OPENID_CONNECT", "grantTypes": ["AUTHORIZATION_CODE"], "responseTypes": ["CODE"],
        "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC", "redirectUris": ["https://a.example.test/cb"],
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// I11: attributes that a realm's profile or a mapper names become custom ones, and those that the environment has are its own; of the others the
/// report says that they are not taken.
#[test]
fn custom_attributes_of_a_realm_come_along() {
    each_database(|place, database| {
        let serving = Serving::start(place, database);
        let bearer = serving.bearer(CLIENT, SECRET);
        let schema = get(&serving, &bearer, "/schemas")["_embedded"]["schemas"][0]["id"].as_str().unwrap().to_owned();
        post(
            &serving,
            &bearer,
            &format!("/schemas/{schema}/attributes"),
            &json!({ "name": "badge", "type": "STRING", "enabled": true }),
        );
        let profile = json!({ "attributes": [
            { "name": "username" }, { "name": "email" }, { "name": "department" }, { "name": "cost_center", "multivalued": true },
        ] });
        let mapper = json!({ "name": "desk", "protocolMapper": "oidc-usermodel-attribute-mapper",
            "config": { "user.attribute": "desk", "claim.name": "desk", "id.token.claim": "true", "access.token.claim": "true" } });
        let realm = json!({
            "realm": "r",
            "components": { "org.keycloak.userprofile.UserProfileProvider": [{ "config": { "kc.user.profile.config": [profile.to_string()] } }] },
            "clients": [{ "clientId": "shop", "secret": "secret-of-the-shop", "redirectUris": ["https://c.example.test/cb"], "protocolMappers": [mapper] }],
            "users": [{ "username": "ann", "email": "ann@example.test", "attributes":
                { "department": ["R&D"], "cost_center": ["1", "2"], "desk": ["7"], "badge": ["B1"], "shoeSize": ["38"] } }],
        });
        write(place, "realm.json", &realm.to_string());
        let import = |more: &[&str]| {
            let arguments = ["import", "keycloak", "realm.json", "--environment", ENVIRONMENT, "--json"];
            report(&run_with(place, &[&arguments, more].concat(), database))
        };
        let (said, done) = (import(&["--dry-run"]), import(&["--strict"]));
        assert_eq!(said["taken"], done["taken"], "{said:#} {done:#}");
        assert_eq!((&said["left"], &said["refused"]), (&done["left"], &json!(0)), "{said:#} {done:#}");
        let users = get(&serving, &bearer, "/users?filter=department%20eq%20%22R%26D%22");
        let ann = &users["_embedded"]["users"][0];
        let told = ["department", "cost-center", "desk", "badge", "shoeSize"].map(|name| ann[name].clone());
        assert_eq!(told, [json!("R&D"), json!(["1", "2"]), json!("7"), json!("B1"), Value::Null], "{done:#}");
        for (kind, name, why) in [
            ("attributes", "shoeSize", "no such property"),
            ("schemaAttributes", "cost_center", "is called cost-center here"),
            ("mappers", "shop/desk", "in access tokens"),
        ] {
            let all = done["left"].as_array().unwrap().iter().filter(|one| one["kind"] == kind);
            let mut fits = all.filter(|one| one["names"].to_string().contains(name));
            assert!(fits.any(|one| one["why"].as_str().unwrap().contains(why)), "{kind} {name} {done:#}");
        }
        let again = import(&[]);
        assert_eq!(again["taken"]["schemaAttributes"], json!({ "created": 0, "updated": 0, "unchanged": 3 }));
    });
}

/// I11: of two clients with one name the first is taken, by a rehearsal, by the run and by the next one alike; and what the run refuses below a client that
/// is made by it a rehearsal refuses too.
#[test]
fn of_two_clients_with_one_name_the_first_is_taken() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let serving = Serving::start(place, &[]);
    let client = |id: &str, name: &str| json!({ "clientId": id, "name": name, "secret": format!("secret-of-{name}"), "redirectUris": ["https://c.example.test/cb"] });
    let mapper = |claim: &str| {
        json!({ "name": claim, "protocolMapper": "oidc-usermodel-property-mapper",
        "config": { "user.attribute": "username", "claim.name": claim, "id.token.claim": "true" } })
    };
    let mut first = client("twin", "first");
    first["protocolMappers"] = json!([mapper("iss"), mapper("sub"), mapper("login")]);
    let realm = json!({ "realm": "r", "clients": [first, client("twin", "second"), client("Twin", "other")] });
    write(place, "realm.json", &realm.to_string());
    let import = |more: &[&str]| {
        let arguments = ["import", "keycloak", "realm.json", "--environment", ENVIRONMENT, "--json"];
        report(&run_with(place, &[&arguments, more].concat(), &[]))
    };
    let (said, done, again) = (import(&["--dry-run"]), import(&[]), import(&[]));
    assert_eq!((&said["taken"], &said["left"]), (&done["taken"], &done["left"]), "{said:#} {done:#}");
    assert_eq!((&said["refused"], &done["refused"]), (&json!(1), &json!(1)), "{said:#} {done:#}");
    assert_eq!(done["taken"]["attributes"], json!({ "created": 1, "updated": 1, "unchanged": 0 }), "{done:#}");
    assert_eq!(done["taken"]["applications"], json!({ "created": 2, "updated": 0, "unchanged": 0 }), "{done:#}");
    assert_eq!(again["taken"]["applications"], json!({ "created": 0, "updated": 0, "unchanged": 2 }), "{again:#}");
    let applications = get(&serving, &serving.bearer(CLIENT, SECRET), "/applications");
    let twin = applications["_embedded"]["applications"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["clientId"] == "twin")
        .unwrap();
    assert_eq!(twin["name"], "first");
}

/// I11: a file of users that breaks off is told before anything is written, and who has enough of a report ends no import.
#[test]
fn what_breaks_off_is_told_before_anything_is_written() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let serving = Serving::start(place, &[]);
    let client = json!([{ "client_id": "spa", "name": "Page", "app_type": "spa", "grant_types": ["authorization_code"], "callbacks": ["https://a.example.test/cb"] }]);
    write(place, "clients.json", &client.to_string());
    write(place, "users.ndjson", "{\"email\":\"ann@example.test\"}\n{\"email\":\"hunter2");
    let arguments = [
        "import",
        "auth0",
        "--environment",
        ENVIRONMENT,
        "--clients",
        "clients.json",
        "--users",
        "users.ndjson",
        "--json",
    ];
    let ended: Ended = run_with(place, &arguments, &[]);
    assert!(
        ended.code == 78 && ended.errors.contains("users.ndjson is not the JSON of an export, at line 2"),
        "{}",
        ended.errors
    );
    assert!(!ended.errors.contains("hunter2"));
    let bearer = serving.bearer(CLIENT, SECRET);
    assert_eq!(get(&serving, &bearer, "/users")["count"], 0);
    let applications = get(&serving, &bearer, "/applications");
    assert!(applications["_embedded"]["applications"].as_array().unwrap().iter().all(|one| one["clientId"] != "spa"));

    write(place, "users.ndjson", "{\"email\":\"ann@example.test\"}");
    let mut child = command(place, &arguments, &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&ended.stderr);
    assert!(!errors.contains("panicked"), "{errors}");
    assert_eq!(get(&serving, &bearer, "/users")["count"], 1);
}

fn post(serving: &Serving, bearer: &str, path: &str, body: &Value) -> Value {
    let (status, answer) = Program::post_json(&format!("{}{path}", base(serving)), bearer, &body.to_string());
    assert_eq!(status, 201, "{path} {answer}");
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}
