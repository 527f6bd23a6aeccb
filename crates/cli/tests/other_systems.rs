//! Imports from Keycloak, Auth0 and PingOne: what comes along, that nobody needs a new password, and that a second run changes nothing.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

#[path = "other_systems/again.rs"]
mod again;
#[path = "other_systems/large.rs"]
mod large;
#[path = "other_systems/mistakes.rs"]
mod mistakes;
mod program;
#[path = "other_systems/whole.rs"]
mod whole;

use std::io::{Read as _, Write as _};
use std::path::Path;

use program::{CLIENT, ENVIRONMENT, Ended, Program, SECRET, Serving, each_database, run_with, until};
use serde_json::{Value, json};

/// I11, CR-01, PW-01: a realm comes with clients that keep their names and secrets, and people who keep their passwords.
#[test]
fn a_realm_of_keycloak_comes_along() {
    each_database(|place, database| {
        let serving = Serving::start(place, database);
        write(place, "realm.json", include_str!("exports/realm.json"));
        let import = |more: &[&str]| {
            run_with(
                place,
                &[&["import", "keycloak", "realm.json", "--environment", ENVIRONMENT], more].concat(),
                database,
            )
        };
        let rehearsed = report(&import(&["--dry-run", "--json"]));
        assert_eq!((&rehearsed["dryRun"], &rehearsed["taken"]["applications"]["created"]), (&json!(true), &json!(4)));
        let strict = import(&["--strict"]);
        assert!(strict.code == 1 && strict.errors.contains("nothing was imported"), "{}", strict.errors);
        let bearer = serving.bearer(CLIENT, SECRET);
        assert_eq!(get(&serving, &bearer, "/users")["count"], 0, "neither of the two wrote anything");

        let done = report(&import(&["--json"]));
        let created = |kind: &str| done["taken"][kind]["created"].as_i64().unwrap_or_default();
        let kinds = [
            "applications",
            "attributes",
            "grants",
            "groups",
            "nestings",
            "passwordPolicies",
            "resources",
            "scopes",
            "users",
        ];
        assert_eq!(kinds.map(created), [4, 3, 3, 6, 3, 1, 1, 1, 3], "{done:#}");
        what_is_left_is_told(&done);

        realm_is_there(&serving, &bearer);
        let again = report(&import(&["--json"]));
        for (kind, counts) in again["taken"].as_object().unwrap() {
            assert_eq!((&counts["created"], &counts["updated"]), (&json!(0), &json!(0)), "{kind}");
        }
        assert_eq!(again["ids"], json!({}));

        // What changed there is written, and nothing else: a secret, and of users what is asked for.
        write(place, "realm.json", &include_str!("exports/realm.json").replace("robot-secret", "another-robot-secret"));
        let changed = report(&import(&["--existing", "update", "--json"]));
        assert_eq!(changed["taken"]["applications"], json!({ "created": 0, "updated": 1, "unchanged": 3 }));
        assert_eq!(changed["taken"]["users"], json!({ "created": 0, "updated": 3, "unchanged": 0 }));
        let secrets = || ["another-robot-secret", "robot-secret"].map(|secret| serving.token("robot", secret));
        until(&[200, 401], secrets);
        assert_eq!(named_groups(&serving, &bearer, "/users/33333333-3333-4333-8333-000000000001").len(), 5);
    });
}

/// By its kind and a reason, and never a secret.
fn what_is_left_is_told(done: &Value) {
    for (kind, why) in [
        ("applications", "redirectUris: The URI must use https"),
        ("attributes", "users have no such property here"),
        ("credentials", "only passwords are taken along"),
        ("grant types", "the password grant"),
        (
            "properties of users",
            "password.value: is a hash that this server does not check, or one that costs too much",
        ),
        ("users", "email: must be provided"),
    ] {
        let told = done["left"].as_array().unwrap().iter();
        let mut told = told.filter(|one| one["kind"] == kind).map(|one| one["why"].as_str().unwrap());
        assert!(told.any(|told| told.contains(why)), "{kind}: {why}");
    }
    for secret in ["secret-of-keycloak", "robot-secret", "Dn1BbsRkT9", "JBSWY3DP"] {
        assert!(!done.to_string().contains(secret), "LG-01: {secret}");
    }
}

/// What the realm came to.
fn realm_is_there(serving: &Serving, bearer: &str) {
    // Whoever has the secret of Keycloak is the client here, in the header and in the body.
    assert_eq!(serving.token("robot", "robot-secret"), 200);
    let url = format!("http://{}/{ENVIRONMENT}/as/token", serving.listen);
    let form = "grant_type=client_credentials&client_id=robot&client_secret=robot-secret";
    assert_eq!(serving.program.post(&url, form).0, 200);
    assert_eq!(serving.token("robot", "robot-secret-not"), 401);

    let shop = get(serving, bearer, "/applications/44444444-4444-4444-8444-000000000002");
    assert_eq!((&shop["clientId"], &shop["pkceEnforcement"]), (&json!("shop"), &json!("S256_REQUIRED")));
    let addresses = ["callback", "app/*", "app/", "app"].map(|path| format!("https://shop.example.test/{path}"));
    assert_eq!(shop["redirectUris"], json!(addresses));
    let ada = "/users/33333333-3333-4333-8333-000000000001";
    let mut named = named_groups(serving, bearer, ada);
    named.sort_unstable();
    assert_eq!(named, ["admin (role)", "auditor", "shop/buyer", "staff", "staff/berlin"]);
    assert_eq!(get(serving, bearer, ada)["nickname"], "Countess");
    // A hash that would cost a sign-on too much is not taken; its user is.
    let huge = "/users/33333333-3333-4333-8333-000000000005";
    for (user, password, status) in [
        (ada, "Migrated-Horse-7", 200),
        (ada, "Migrated-Horse-8", 400),
        ("/users/33333333-3333-4333-8333-000000000002", "Migrated-Horse-7", 200),
        (huge, "Migrated-Horse-7", 400),
    ] {
        let url = format!("{}{user}/password", base(serving));
        assert_eq!(Program::check_password(&url, bearer, password), status, "{user}");
    }
    assert_eq!(get(serving, bearer, &format!("{huge}/password"))["status"], "NO_PASSWORD");
    let bob = get(serving, bearer, "/users/33333333-3333-4333-8333-000000000002/password");
    assert_eq!(bob["status"], "MUST_CHANGE_PASSWORD");
}

/// I11, PW-01: Auth0's users keep their passwords, whether its support exported the hashes or a file for its own import has them, and
/// its clients their names and secrets.
#[test]
fn an_export_of_auth0_comes_along() {
    each_database(|place, database| {
        let serving = Serving::start(place, database);
        let clients = json!({ "total": 2, "clients": [
            { "client_id": "aBcDeF0123456789", "client_secret": "auth0-secret-of-the-robot", "name": "Robot", "app_type": "non_interactive",
              "grant_types": ["client_credentials"], "token_endpoint_auth_method": "client_secret_post" },
            { "client_id": "GhIjKl0123456789", "name": "Page", "app_type": "spa", "grant_types": ["authorization_code", "refresh_token", "password"],
              "token_endpoint_auth_method": "none", "callbacks": ["https://app.example.test/cb", "https://*.example.test/cb"],
              "refresh_token": { "rotation_type": "rotating", "idle_token_lifetime": 1_296_000, "token_lifetime": 2_592_000 } },
            { "client_id": "all", "name": "All Applications", "global": true },
        ] });
        write(place, "clients.json", &clients.to_string());
        let hash = |algorithm: &str, value: &str, encoding: &str, salt: Value| json!({ "algorithm": algorithm, "hash": { "value": value, "encoding": encoding }, "salt": salt, "cost": 4096 });
        let salt = |position: &str| json!({ "value": "auth0-salt", "encoding": "utf8", "position": position });
        let users = [
            json!({ "user_id": "auth0|5f01", "email": "ann@example.test", "email_verified": true, "given_name": "Ann", "nickname": "annie" }),
            json!({ "email": "ben@example.test", "custom_password_hash": hash("sha256", SHA256, "hex", salt("prefix")) }),
            json!({ "email": "cat@example.test", "custom_password_hash": hash("sha512", SHA512, "hex", salt("suffix")) }),
            json!({ "email": "dan@example.test", "custom_password_hash": hash("scrypt", SCRYPT, "base64", salt("prefix")) }),
            json!({ "email": "eve@example.test", "custom_password_hash": hash("md5", "900150983cd24fb0d6963f7d28e17f72", "hex", Value::Null) }),
            json!({ "email": "fay@example.test", "password_hash": &BCRYPT[8..], "blocked": true, "app_metadata": { "plan": "gold" } }),
        ];
        let lines: Vec<String> = users.iter().map(Value::to_string).collect();
        write(place, "users.ndjson", &lines.join("\n"));
        let hashes = json!({ "_id": { "$oid": "5f01" }, "email": "ann@example.test", "passwordHash": &BCRYPT[8..] });
        write(place, "hashes.ndjson", &hashes.to_string());
        let arguments = [
            "import",
            "auth0",
            "--environment",
            ENVIRONMENT,
            "--json",
            "--clients",
            "clients.json",
            "--users",
            "users.ndjson",
        ];
        let import = || run_with(place, &[&arguments[..], &["--passwords", "hashes.ndjson"]].concat(), database);
        let done = report(&import());
        assert_eq!(
            (&done["taken"]["applications"]["created"], &done["taken"]["users"]["created"]),
            (&json!(2), &json!(6)),
            "{done:#}"
        );

        let bearer = serving.bearer(CLIENT, SECRET);
        assert_eq!(serving.token("aBcDeF0123456789", "auth0-secret-of-the-robot"), 200);
        for (name, fits) in [("ann", 200), ("ben", 200), ("cat", 200), ("dan", 200), ("eve", 400), ("fay", 200)] {
            let found = get(&serving, &bearer, &format!("/users?filter=username%20eq%20%22{name}%40example.test%22"));
            let user = &found["_embedded"]["users"][0];
            let url = format!("{}/users/{}/password", base(&serving), user["id"].as_str().unwrap());
            assert_eq!(Program::check_password(&url, &bearer, "Migrated-Horse-7"), fits, "{name}");
            assert_eq!(Program::check_password(&url, &bearer, "Migrated-Horse-8"), 400, "{name}");
            assert_eq!(user["enabled"], json!(name != "fay"), "{name}");
        }
        let again = report(&import());
        assert_eq!(again["taken"]["users"], json!({ "created": 0, "updated": 0, "unchanged": 6 }));
        assert_eq!(again["taken"]["applications"], json!({ "created": 0, "updated": 0, "unchanged": 2 }));
    });
}

/// I11: an environment of a tenant comes along with its ids and the secrets that the worker may read, from a server of this kind as from
/// PingOne. What is not given away there, the hashes, is told.
#[test]
fn an_environment_of_a_tenant_comes_along() {
    each_database(|place, database| {
        let tenant_place = tempfile::tempdir().unwrap();
        let tenant = Serving::start(tenant_place.path(), &[]);
        write(tenant_place.path(), "realm.json", include_str!("exports/realm.json"));
        let realm = ["import", "keycloak", "realm.json", "--environment", ENVIRONMENT];
        assert_eq!(run_with(tenant_place.path(), &realm, &[]).code, 0);

        let serving = Serving::start(place, database);
        let url = format!("http://{}", tenant.listen);
        let import = |secret: &str, more: &[&str]| {
            let arguments = ["import", "pingone", "--url", &url, "--environment", ENVIRONMENT, "--json"];
            let known = [("PINGONE_CLIENT_ID", CLIENT), ("PINGONE_CLIENT_SECRET", secret)];
            run_with(place, &[&arguments, more].concat(), &[database, &known].concat())
        };
        let refused = import("another", &[]);
        assert!(
            refused.code == 1 && refused.errors.contains("gives the worker no token: status 401"),
            "{}",
            refused.errors
        );
        let bearer = serving.bearer(CLIENT, SECRET);
        let rehearsed = report(&import(SECRET, &["--dry-run"]));
        assert_eq!(rehearsed["taken"]["applications"]["created"], 4, "{rehearsed:#}");
        assert_eq!(get(&serving, &bearer, "/users")["count"], 0, "a rehearsal writes nothing");

        let done = report(&import(SECRET, &[]));
        let created = |kind: &str| done["taken"][kind]["created"].as_i64().unwrap_or_default();
        let kinds =
            ["applications", "grants", "groups", "nestings", "passwordPolicies", "resources", "scopes", "users"];
        assert_eq!(kinds.map(created), [4, 3, 6, 3, 1, 1, 1, 3], "{done:#}");
        assert_eq!(done["refused"], 0, "{done:#}");
        let told = done["left"].as_array().unwrap().iter().find(|one| one["kind"] == "passwords").unwrap();
        assert_eq!(
            (&told["count"], told["why"].as_str().unwrap().contains("gives nobody's hash away")),
            (&json!(3), true)
        );
        assert!(!done.to_string().contains("robot-secret"), "LG-01");

        assert_eq!(serving.token("robot", "robot-secret"), 200);
        both_have_the_same(&tenant, &serving);
        let mut named = named_groups(&serving, &bearer, "/users/33333333-3333-4333-8333-000000000001");
        named.sort_unstable();
        assert_eq!(named, ["admin (role)", "auditor", "shop/buyer", "staff", "staff/berlin"]);

        let again = report(&import(SECRET, &[]));
        for (kind, counts) in again["taken"].as_object().unwrap() {
            assert_eq!((&counts["created"], &counts["updated"]), (&json!(0), &json!(0)), "{kind} {again:#}");
        }
    });
}

fn both_have_the_same(tenant: &Serving, serving: &Serving) {
    let bearer = serving.bearer(CLIENT, SECRET);
    for path in [
        "/applications/44444444-4444-4444-8444-000000000002",
        "/users/33333333-3333-4333-8333-000000000001",
        "/groups/22222222-2222-4222-8222-000000000002",
    ] {
        let there = get(tenant, &tenant.bearer(CLIENT, SECRET), path);
        let here = get(serving, &bearer, path);
        for member in
            ["name", "clientId", "redirectUris", "username", "email", "nickname", "externalId", "corsSettings"]
        {
            assert_eq!(here[member], there[member], "{path} {member}");
        }
    }
}

fn named_groups(serving: &Serving, bearer: &str, user: &str) -> Vec<String> {
    let found = get(serving, bearer, &format!("{user}/memberOfGroups"));
    let rows = found["_embedded"]["groupMemberships"].as_array().unwrap().iter();
    rows.map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

/// I11: a tenant that is busy is asked again as late as it says, and one that never answers is not asked for ever.
#[test]
fn a_tenant_that_is_busy_is_asked_again() {
    let place = tempfile::tempdir().unwrap();
    let _serving = Serving::start(place.path(), &[]);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut asked = 0;
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 4096];
            let read = stream.read(&mut head).unwrap();
            let head = String::from_utf8_lossy(&head[..read]).into_owned();
            asked += 1;
            let (status, body) = match asked {
                2 => ("429 Too Many Requests\r\nRetry-After: 1", "{}"),
                _ if head.contains("/as/token") => ("200 OK", "{\"access_token\":\"hunter2\",\"expires_in\":3600}"),
                _ if head.contains("/groups") => ("403 Forbidden", "{}"),
                _ => ("200 OK", "{\"_embedded\":{}}"),
            };
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    let arguments = ["import", "pingone", "--url", &url, "--environment", ENVIRONMENT, "--json"];
    let known = [("PINGONE_CLIENT_ID", CLIENT), ("PINGONE_CLIENT_SECRET", SECRET)];
    let ended = run_with(place.path(), &arguments, &known);
    assert!(ended.errors.contains("the tenant is busy: asked again in 1 s"), "{}", ended.errors);
    assert!(!ended.errors.contains("hunter2") && !ended.output.contains("hunter2"), "LG-01");
    let done = report(&ended);
    let groups = done["left"].as_array().unwrap().iter().find(|one| one["kind"] == "groups").unwrap();
    assert_eq!(groups["why"], "the tenant does not show them to the worker: status 403");
    // What is not encrypted stays on this machine.
    let plain = ["import", "pingone", "--url", "http://api.example.test", "--environment", ENVIRONMENT];
    let refused = run_with(place.path(), &plain, &known);
    assert!(refused.code == 78 && refused.errors.contains("must begin with https://"), "{}", refused.errors);
}

/// What is no export is told before the database is opened, and never with a part of it.
#[test]
fn what_is_no_export_is_told() {
    let place = tempfile::tempdir().unwrap();
    write(place.path(), "list.json", "[1]");
    write(place.path(), "none.json", "{\"users\": []}");
    write(place.path(), "broken.json", "{\"realm\": \"x\",\n\"users\": [{\"username\": \"hunter2\" \"\n");
    for (file, told) in [
        ("list.json", "is not the JSON of an export, at line 1"),
        ("none.json", "none of the files is an export of a realm"),
        ("broken.json", "is not the JSON of an export, at line 2"),
        ("missing.json", "missing.json cannot be read"),
    ] {
        let ended = run_with(place.path(), &["import", "keycloak", file, "--environment", ENVIRONMENT], &[]);
        assert!(ended.code == 78 && ended.errors.contains(told), "{file} {}", ended.errors);
        assert!(!ended.errors.contains("hunter2"));
    }
}

fn report(ended: &Ended) -> Value {
    assert_eq!(ended.code, 0, "{}", ended.errors);
    serde_json::from_str(&ended.output).unwrap()
}

/// What came of the import of a tenant's environment into a database.
fn taken_from(tenant: &Serving, place: &Path, database: &[(&str, &str)], more: &[&str]) -> Ended {
    let url = format!("http://{}", tenant.listen);
    let arguments = ["import", "pingone", "--url", &url, "--environment", ENVIRONMENT, "--json"];
    let known = [("PINGONE_CLIENT_ID", CLIENT), ("PINGONE_CLIENT_SECRET", SECRET)];
    run_with(place, &[&arguments, more].concat(), &[database, &known].concat())
}

fn base(serving: &Serving) -> String {
    format!("http://{}/v1/environments/{ENVIRONMENT}", serving.listen)
}

fn get(serving: &Serving, bearer: &str, path: &str) -> Value {
    let (status, answer) = Program::get(&format!("{}{path}", base(serving)), bearer);
    assert_eq!(status, 200, "{path} {answer}");
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

fn write(place: &Path, name: &str, text: &str) {
    std::fs::write(place.join(name), text).unwrap();
}

/// Of `Migrated-Horse-7`, made by libxcrypt and by Python's hashlib.
const BCRYPT: &str = "{BCRYPT}$2b$06$abcdefghijklmnopqrstuuiHc39DkcZ3wtluWsvbjJuccDJyRy3wy";
const SHA256: &str = "c0ea64a8e3142cfd86719adb05f633838ccb44985e8bb56c73b404301e679325";
const SHA512: &str = "c8a07e1eeaa2fe638adb9441453dd97552a1651147484f75cbe97b456caec7dfb9a5c43b15571beb6fccb72c3e6a2937641251f44eb898b153ba17fe6df5f6b9";
const SCRYPT: &str = "JXrIVQ9jPHgZqHgbT38esquS7Hj8BU/dH1wTbEC1Cu/rKMChqzCN1D1WuaL0tixxi4RWxr/9tprM9AKF3E4TTg==";
