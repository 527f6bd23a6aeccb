//! What a rehearsal says is what becomes of it, and what a second import leaves of the first.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::program::{CLIENT, ENVIRONMENT, Ended, Program, SECRET, Serving, each_database, run_with};
use super::{get, report, taken_from, write};

/// I11: users are counted alike by a rehearsal and by the run, whoever is there already and whatever is done with them, and a name that many lines
/// have is one reason. Neither a rehearsal nor a second run leaves anything among the activities, so no reading of a secret either.
#[test]
fn a_rehearsal_says_what_the_run_does() {
    each_database(|place, database| {
        let serving = Serving::start(place, database);
        let bearer = serving.bearer(CLIENT, SECRET);
        let twin = |number: usize| json!({ "username": if number.is_multiple_of(2) { "twin" } else { "TWIN" }, "email": format!("twin{number}@example.test") });
        let users: Vec<Value> =
            [json!({ "username": "ann", "email": "ann@example.test" })].into_iter().chain((0..30).map(twin)).collect();
        let client = |number: usize| json!({ "clientId": format!("client{number}"), "secret": format!("secret-of-client-{number}"), "standardFlowEnabled": true, "redirectUris": ["https://c.example.test/cb"] });
        let clients: Vec<Value> = (0..40).map(client).collect();
        write(place, "realm.json", &json!({ "realm": "r", "clients": clients, "users": users }).to_string());
        let import = |more: &[&str]| {
            let arguments = ["import", "keycloak", "realm.json", "--environment", ENVIRONMENT, "--json"];
            report(&run_with(place, &[&arguments, more].concat(), database))
        };
        let counted = |more: &[&str]| {
            let said = import(&[more, &["--dry-run"]].concat());
            let before = get(&serving, &bearer, "/activities?limit=1")["count"].clone();
            import(&[more, &["--dry-run"]].concat());
            assert_eq!(
                get(&serving, &bearer, "/activities?limit=1")["count"],
                before,
                "{more:?}: a rehearsal leaves nothing"
            );
            let done = import(more);
            assert_eq!(said["taken"]["users"], done["taken"]["users"], "{more:?}");
            assert_eq!((&said["refused"], left(&said, "users")), (&done["refused"], left(&done, "users")), "{more:?}");
            done
        };
        let told = import(&["--dry-run", "--existing", "refuse"]);
        let twins = left(&told, "users");
        assert_eq!((twins.len(), &twins[0].1), (1, &json!(29)), "one reason: {told:#}");

        let first = counted(&[]);
        assert_eq!(first["taken"]["users"], json!({ "created": 2, "updated": 0, "unchanged": 29 }), "{first:#}");
        assert_eq!(first["taken"]["applications"]["created"], 40, "{first:#}");
        assert_eq!(first["refused"], 0, "{first:#}");
        let before = get(&serving, &bearer, "/activities?limit=1")["count"].clone();
        let second = counted(&[]);
        assert_eq!(second["taken"]["users"], json!({ "created": 0, "updated": 0, "unchanged": 31 }));
        assert_eq!(second["taken"]["applications"], json!({ "created": 0, "updated": 0, "unchanged": 40 }));
        assert_eq!(get(&serving, &bearer, "/activities?limit=1")["count"], before, "a second run leaves nothing");
        let third = counted(&["--existing", "update"]);
        assert_eq!(third["taken"]["users"], json!({ "created": 0, "updated": 31, "unchanged": 0 }));
        let fourth = counted(&["--existing", "refuse"]);
        assert_eq!(fourth["refused"], 31);
        assert_eq!(serving.token("client39", "secret-of-client-39"), 400, "it has its secret, and no such grant");
    });
}

/// By reason, how many and who.
fn left(report: &Value, kind: &str) -> Vec<(String, Value)> {
    let all = report["left"].as_array().unwrap().iter().filter(|one| one["kind"] == kind);
    all.map(|one| {
        assert!(one["names"].as_array().unwrap().len() <= 20);
        (one["why"].as_str().unwrap().to_owned(), one["count"].clone())
    })
    .collect()
}

/// I11: users of populations that are still to be made, and what refers to what is, are counted by a rehearsal as by the run.
#[test]
fn a_rehearsal_of_a_tenant_supposes_what_it_would_make() {
    each_database(|place, database| {
        let (tenant_place, tenant) = tenant();
        let serving = Serving::start(place, database);
        let import = |more: &[&str]| report(&taken_from(&tenant, place, database, more));
        let (said, done) = (import(&["--dry-run"]), import(&[]));
        for kind in ["applications", "groups", "passwordPolicies", "populations", "resources", "users"] {
            assert_eq!(said["taken"][kind], done["taken"][kind], "{kind} {said:#} {done:#}");
        }
        assert_eq!((&said["refused"], &done["refused"]), (&json!(0), &json!(0)), "{said:#} {done:#}");
        assert_eq!(done["taken"]["users"]["created"], 4);
        let bearer = serving.bearer(CLIENT, SECRET);
        let found = get(&serving, &bearer, "/users?filter=username%20eq%20%22sue%22");
        let staff = get(&tenant, &tenant.bearer(CLIENT, SECRET), "/populations?filter=name%20eq%20%22Staff%22");
        let staff = &staff["_embedded"]["populations"][0]["id"];
        assert_eq!(&found["_embedded"]["users"][0]["population"]["id"], staff);
        drop(tenant_place);
    });
}

/// A tenant with a realm, and a population of its own with a policy, a user and a group.
fn tenant() -> (tempfile::TempDir, Serving) {
    let place = tempfile::tempdir().unwrap();
    let tenant = Serving::start(place.path(), &[]);
    write(place.path(), "realm.json", include_str!("../exports/realm.json"));
    let realm = ["import", "keycloak", "realm.json", "--environment", ENVIRONMENT];
    assert_eq!(run_with(place.path(), &realm, &[]).code, 0);
    populate(&tenant);
    (place, tenant)
}

fn populate(tenant: &Serving) {
    let bearer = tenant.bearer(CLIENT, SECRET);
    let policies = get(tenant, &bearer, "/passwordPolicies");
    let policies = policies["_embedded"]["passwordPolicies"].as_array().unwrap();
    let policy = policies.iter().find(|policy| policy["name"].as_str().unwrap().contains("acme")).unwrap();
    let staff = json!({ "name": "Staff", "passwordPolicy": { "id": policy["id"] } });
    let staff = json!({ "id": post(tenant, &bearer, "/populations", &staff)["id"] });
    post(tenant, &bearer, "/users", &json!({ "username": "sue", "email": "sue@example.test", "population": staff }));
    post(tenant, &bearer, "/groups", &json!({ "name": "of staff", "population": staff }));
}

/// An id that another environment's application or population has is not kept, so that a role over either counts where it is.
#[test]
fn ids_of_another_environment_are_drawn_anew() {
    each_database(|place, database| {
        let serving = Serving::start(place, database);
        let bearer = serving.bearer(CLIENT, SECRET);
        let license = get(&serving, &bearer, "")["license"]["id"].clone();
        let other = json!({ "name": "Other", "region": "NA", "type": "SANDBOX", "license": { "id": license } });
        let made = answered(
            Program::post_json(&format!("http://{}/v1/environments", serving.listen), &bearer, &other.to_string()),
            201,
        );
        let other = made["id"].as_str().unwrap();
        let bearer = serving.bearer(CLIENT, SECRET);
        write(place, "realm.json", include_str!("../exports/realm.json"));
        let import = |environment: &str| {
            report(&run_with(
                place,
                &["import", "keycloak", "realm.json", "--environment", environment, "--json"],
                database,
            ))
        };
        assert_eq!(left(&import(ENVIRONMENT), "ids"), []);
        let second = import(other);
        let told = ("another environment here has its id: it has a new one".to_owned(), json!(4));
        assert_eq!(left(&second, "ids"), [told], "{second:#}");
        let own = second["ids"]["applications"][SHOP].as_str().unwrap().to_owned();
        let again = import(other);
        assert_eq!((&again["taken"]["applications"]["unchanged"], left(&again, "ids")), (&json!(4), vec![]));

        // Whoever owns the one does not own the other.
        let at = |environment: &str, id: &str| {
            format!("http://{}/v1/environments/{environment}/applications/{id}", serving.listen)
        };
        for (number, (id, first, second)) in [(own.as_str(), 403, 200), (SHOP, 200, 403)].into_iter().enumerate() {
            let owner = owner(&serving, &bearer, number, id);
            assert_eq!(Program::get(&at(other, &own), &owner).0, second, "{id}");
            assert_eq!(Program::get(&at(ENVIRONMENT, SHOP), &owner).0, first, "{id}");
        }
        populations_too(place, &serving, database, other);
    });
}

/// The environment itself, imported into the other one.
fn populations_too(place: &Path, serving: &Serving, database: &[(&str, &str)], other: &str) {
    populate(serving);
    let bearer = serving.bearer(CLIENT, SECRET);
    let done = report(&taken_from(serving, place, database, &["--into", other]));
    assert_eq!(done["taken"]["populations"]["created"], 1, "{done:#}");
    let all = |environment: &str, path: &str| {
        let url = format!("http://{}/v1/environments/{environment}{path}", serving.listen);
        answered(Program::get(&url, &bearer), 200)["_embedded"].clone()
    };
    let staff = |environment: &str| {
        all(environment, "/populations?filter=name%20eq%20%22Staff%22")["populations"][0]["id"].clone()
    };
    let (here, there) = (staff(ENVIRONMENT), staff(other));
    assert!(here.is_string() && there.is_string() && here != there, "{here} {there}");
    assert_eq!(done["ids"]["populations"][here.as_str().unwrap()], there);
    let sue = all(other, "/users?filter=username%20eq%20%22sue%22");
    assert_eq!(sue["users"][0]["population"]["id"], there, "who names it by the id that it had is in it");
}

/// The token of a worker that owns an application.
fn owner(serving: &Serving, bearer: &str, number: usize, application: &str) -> String {
    let (id, secret) = serving.worker(bearer, number);
    let url = format!("http://{}/v1/roles?limit=100", serving.listen);
    let roles = answered(Program::get(&url, bearer), 200);
    let mut roles = roles["_embedded"]["roles"].as_array().unwrap().iter();
    let role = roles.find(|role| role["name"] == "Application Owner").unwrap();
    let body = json!({ "role": { "id": role["id"] }, "scope": { "id": application, "type": "APPLICATION" } });
    post(serving, bearer, &format!("/applications/{id}/roleAssignments"), &body);
    serving.bearer(&id, &secret)
}

/// I11: what is written over users who are there goes in one commit, and one by one where one of them cannot be.
#[test]
fn updates_go_together_and_one_by_one_where_that_cannot_be() {
    each_database(|place, database| {
        let serving = Serving::start(place, database);
        let bearer = serving.bearer(CLIENT, SECRET);
        let schema = get(&serving, &bearer, "/schemas")["_embedded"]["schemas"][0]["id"].as_str().unwrap().to_owned();
        let badge = json!({ "name": "badge", "type": "STRING", "enabled": true, "unique": true, "multiValued": false, "schemaType": "CUSTOM" });
        post(&serving, &bearer, &format!("/schemas/{schema}/attributes"), &badge);
        let import = |lines: [Value; 3]| {
            write(place, "users.jsonl", &lines.map(|line| line.to_string()).join("\n"));
            let arguments = ["import", "users", "users.jsonl", "--environment", ENVIRONMENT, "--existing", "update"];
            run_with(place, &arguments, database)
        };
        let told =
            |ended: &Ended, told: &str| assert!(ended.output.contains(told), "{} {}", ended.output, ended.errors);
        let line = |name: &str, more: Value| {
            let mut line = json!({ "username": name, "email": format!("{name}@example.test") });
            line.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
            line
        };
        let each = |more: [Value; 3]| {
            let mut more = more.into_iter();
            ["ann", "ben", "cat"].map(|name| line(name, more.next().unwrap()))
        };
        told(&import(each([json!({}), json!({}), json!({})])), "imported 3, updated 0, skipped 0");
        told(
            &import(each(["A", "B", "C"].map(|name| json!({ "nickname": name })))),
            "imported 0, updated 3, skipped 0",
        );
        let found = get(&serving, &bearer, "/activities?limit=100");
        let events = found["_embedded"]["activities"].as_array().unwrap();
        let events: Vec<&Value> = events.iter().filter(|event| event["action"]["type"] == "USER.UPDATED").collect();
        let commits: BTreeSet<&str> = events.iter().map(|event| event["recordedAt"].as_str().unwrap()).collect();
        assert_eq!((events.len(), commits.len()), (3, 1), "they are written at one time: {commits:?}");

        let twice = import(each(["1", "1", "2"].map(|badge| json!({ "badge": badge }))));
        told(&twice, "imported 0, updated 2, skipped 0");
        let fault = "line 2: a value of it that must be unique is already in use";
        assert!(twice.code == 1 && twice.errors.contains(fault), "{}", twice.errors);
    });
}

/// C4: what is wrong with a flag is told with its name.
#[test]
fn each_flag_is_told_by_its_name() {
    let place = tempfile::tempdir().unwrap();
    let known = [("PINGONE_CLIENT_ID", CLIENT), ("PINGONE_CLIENT_SECRET", SECRET)];
    let wrong = |flag: &str| {
        let arguments =
            ["import", "pingone", "--url", "https://api.example.test", "--environment", ENVIRONMENT, flag, "X"];
        run_with(place.path(), &arguments, &known)
    };
    for flag in ["--into", "--worker-environment"] {
        let ended = wrong(flag);
        let told = format!("{flag} X is not right: it must be a lower-case UUID");
        assert!(ended.code == 78 && ended.errors.contains(&told), "{}", ended.errors);
    }
}

fn post(serving: &Serving, bearer: &str, path: &str, body: &Value) -> Value {
    let url = format!("http://{}/v1/environments/{ENVIRONMENT}{path}", serving.listen);
    answered(Program::post_json(&url, bearer, &body.to_string()), 201)
}

fn answered((status, answer): (u16, String), wanted: u16) -> Value {
    assert_eq!(status, wanted, "{answer}");
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

const SHOP: &str = "44444444-4444-4444-8444-000000000002";
