//! How long a large realm takes.

use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use super::program::{CLIENT, ENVIRONMENT, SECRET, Serving, each_database, run_with};
use super::{get, report};

/// I11: 1,000 clients and 100,000 users take a minute at most. `cargo test --release -p grantor --test other_systems -- --ignored`;
/// `GRANTOR_SCALE` makes it so many times smaller.
#[test]
#[ignore = "takes long in a debug build"]
fn a_large_realm_takes_a_minute_at_most() {
    let smaller: usize = std::env::var("GRANTOR_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let (clients, users) = (1_000 / smaller, 100_000 / smaller);
    each_database(|place, database| {
        let serving = Serving::start(place, database);
        let bearer = serving.bearer(CLIENT, SECRET);
        large_realm(&place.join("large.json"), clients, users);
        let import = || {
            let began = Instant::now();
            let arguments = ["import", "keycloak", "large.json", "--environment", ENVIRONMENT, "--json"];
            let done = report(&run_with(place, &arguments, database));
            (done, began.elapsed())
        };
        let (done, took) = import();
        eprintln!("{clients} clients and {users} users: {took:?}");
        assert_eq!(done["taken"]["applications"]["created"], clients);
        assert_eq!(done["taken"]["users"]["created"], users);
        assert_eq!(get(&serving, &bearer, "/users?limit=1")["count"], users);
        let (again, took) = import();
        eprintln!("the same again: {took:?}");
        assert_eq!(again["taken"]["users"]["unchanged"], users);
        assert_eq!(again["taken"]["applications"]["unchanged"], clients);
    });
}

fn large_realm(path: &Path, clients: usize, users: usize) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let group = |number: usize| json!({ "name": format!("group{number}"), "path": format!("/group{number}") });
    let groups: Vec<Value> = (0..50).map(group).collect();
    write!(file, "{{\"realm\":\"large\",\"groups\":{},\"clients\":[", Value::from(groups)).unwrap();
    for number in 0..clients {
        let client = json!({
            "clientId": format!("client{number}"), "secret": format!("secret-of-the-client-{number}"), "standardFlowEnabled": true,
            "redirectUris": [format!("https://client{number}.example.test/callback")], "webOrigins": ["+"],
        });
        write!(file, "{}{client}", if number == 0 { "" } else { "," }).unwrap();
    }
    file.write_all(b"],\"users\":[").unwrap();
    let data = json!({ "hashIterations": 27_500, "algorithm": "pbkdf2-sha256" }).to_string();
    let secret = json!({ "value": "Bfkc6+Ll0dw5C9pKQFM7/fNGmsU1Tv9zgBvE50yCDtI=", "salt": "c2l4dGVlbi1vY3RldHMhIQ==" })
        .to_string();
    for number in 0..users {
        let user = json!({
            "username": format!("user{number}"), "email": format!("user{number}@example.test"), "firstName": "A", "lastName": "Person",
            "enabled": true, "emailVerified": true, "groups": [format!("/group{}", number % 50)],
            "credentials": [{ "type": "password", "credentialData": data, "secretData": secret }],
        });
        write!(file, "{}{user}", if number == 0 { "" } else { "," }).unwrap();
    }
    file.write_all(b"]}").unwrap();
    file.flush().unwrap();
}
