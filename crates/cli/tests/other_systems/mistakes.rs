//! An import that can not be done does nothing: no half of it is there, and no error says a secret.

use serde_json::{Value, json};

use super::program::{CLIENT, ENVIRONMENT, SECRET, Serving, each_database, run_with};
use super::{get, write};

/// I11: what can be known before the first object is written is: that each file is there, and that the ids can be written down.
#[test]
fn what_can_not_be_ended_is_not_begun() {
    each_database(|place, database| {
        let serving = Serving::start(place, database);
        let client = json!({ "client_id": "of-auth0", "name": "Robot", "app_type": "non_interactive", "grant_types": ["client_credentials"] });
        write(place, "clients.json", &json!([client]).to_string());
        write(place, "realm.json", include_str!("../exports/realm.json"));
        let auth0 = ["import", "auth0", "--environment", ENVIRONMENT, "--clients", "clients.json"];
        let keycloak = ["import", "keycloak", "realm.json", "--environment", ENVIRONMENT];
        let bearer = serving.bearer(CLIENT, SECRET);
        let before = there(&serving, &bearer);
        for (arguments, more, code, told) in [
            (&auth0[..], ["--users", "nowhere.ndjson"], 78, "nowhere.ndjson cannot be read"),
            (&auth0[..], ["--users", "."], 78, ""),
            (&auth0[..], ["--ids", "no/such/folder.json"], 73, "no/such/folder.json cannot be written"),
            (&keycloak[..], ["--ids", "no/such/folder.json"], 73, "no/such/folder.json cannot be written"),
        ] {
            let ended = run_with(place, &[arguments, &more].concat(), database);
            assert_eq!(ended.code, code, "{more:?} {}", ended.errors);
            assert!(ended.errors.contains(told) && ended.output.is_empty(), "{more:?} {}", ended.errors);
        }
        // Where an import fails nothing is left that looks like its ids, and what an earlier one wrote stays.
        write(place, "wrong.json", "{\"realm\": \"x\", \"clients\": [");
        write(place, "kept.json", "{\"of\": \"before\"}");
        let [of_none, broken] = [
            ["import", "keycloak", "realm.json", "--environment", NO_ENVIRONMENT],
            ["import", "keycloak", "wrong.json", "--environment", ENVIRONMENT],
        ];
        for (arguments, ids) in [(of_none, "ids.json"), (of_none, "kept.json"), (broken, "ids.json")] {
            let ended = run_with(place, &[&arguments[..], &["--ids", ids]].concat(), database);
            assert!(ended.code != 0 && ended.code != 73, "{arguments:?} {}", ended.errors);
            assert!(!place.join("ids.json").exists(), "{arguments:?} {}", ended.errors);
        }
        assert_eq!(std::fs::read_to_string(place.join("kept.json")).unwrap(), "{\"of\": \"before\"}");
        assert_eq!(there(&serving, &bearer), before);
        let ended = run_with(place, &[&keycloak[..], &["--ids", "ids.json"]].concat(), database);
        assert_eq!(ended.code, 0, "{}", ended.errors);
        let ids: Value = serde_json::from_str(&std::fs::read_to_string(place.join("ids.json")).unwrap()).unwrap();
        assert!(ids.is_object(), "{ids}");
    });
}

fn there(serving: &Serving, bearer: &str) -> (Value, Value) {
    let list = |path: &str| get(serving, bearer, path)["_embedded"].clone();
    (list("/applications"), list("/users"))
}

/// I11: an environment that the tenant has not, or does not show, is an error and not an import of nothing.
#[test]
fn a_tenant_without_the_environment_is_told() {
    let (place, tenant_place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (tenant, _serving) = (Serving::start(tenant_place.path(), &[]), Serving::start(place.path(), &[]));
    let url = format!("http://{}", tenant.listen);
    let unknown = "11111111-1111-4111-8111-111111111111";
    let arguments = ["import", "pingone", "--url", &url, "--environment", unknown, "--worker-environment", ENVIRONMENT];
    let known = [("PINGONE_CLIENT_ID", CLIENT), ("PINGONE_CLIENT_SECRET", SECRET)];
    for more in [&["--into", ENVIRONMENT][..], &["--into", ENVIRONMENT, "--dry-run", "--json"]] {
        let ended = run_with(place.path(), &[&arguments[..], more].concat(), &known);
        assert_eq!((ended.code, &*ended.output), (1, ""), "{}", ended.errors);
        let told = format!("the tenant shows the worker no environment {unknown}");
        assert!(ended.errors.contains(&told) && !ended.errors.contains(SECRET), "{}", ended.errors);
    }
}

/// LG-01: a password within an address is in no error.
#[test]
fn an_address_with_a_password_is_refused_without_it() {
    let place = tempfile::tempdir().unwrap();
    let serving = Serving::start(place.path(), &[]);
    write(place.path(), "shop.yaml", "environment: Shop\n");
    let address = format!("http://ann:hunter2@{}", serving.listen);
    let tenant = ["import", "pingone", "--environment", ENVIRONMENT, "--client-id", CLIENT, "--url", &address];
    for arguments in [
        &tenant[..],
        &["plan", "shop.yaml", "--url", &address],
        &["plan", "shop.yaml", "--auth-url", &address],
        &["dev", "--public-url", &address],
        &["healthcheck", "--url", &address],
        &["explain", "--url", &address, "79e72787-d255-49c2-a452-9d7e4f280a07"],
    ] {
        let ended = run_with(place.path(), arguments, &[("PINGONE_CLIENT_SECRET", SECRET)]);
        assert!(ended.code != 0 && ended.errors.contains("http://…@127.0.0.1:"), "{arguments:?} {}", ended.errors);
        assert!(!ended.errors.contains("hunter2") && !ended.errors.contains("ann"), "{}", ended.errors);
    }
}

const NO_ENVIRONMENT: &str = "11111111-1111-4111-8111-111111111111";
