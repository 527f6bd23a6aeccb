//! `import`: documents of Keycloak, Auth0 and PingOne. What is streamed is what another reader finds; whatever a document says comes to objects
//! each of which stands behind what it is a part of; nothing of a secret or a password is told of what is left.

use import::{KEY, Left, Wanted, auth0, keycloak, pingone, stream};
use serde_json::{Map, Value};

pub fn check(octets: &[u8]) {
    let mut users = Vec::new();
    let read = stream::object(octets, "users", &mut |user| {
        users.push(user);
        true
    });
    let mut one_by_one = Vec::new();
    let listed = stream::values(octets, &mut |value| {
        one_by_one.push(value);
        true
    });
    if let Ok(members) = read {
        let whole: Value = serde_json::from_slice(octets).expect("what is streamed can be read");
        let mut whole = whole.as_object().cloned().expect("an object");
        whole.remove("users");
        assert_eq!(Value::from(members.clone()), Value::from(whole));
        realm(&members, &users);
    }
    if listed.is_ok() && octets.first() == Some(&b'[') {
        let whole: Value = serde_json::from_slice(octets).expect("what is streamed can be read");
        assert_eq!(Some(&one_by_one), whole.as_array());
    }
    let (mut wanted, mut left) = (Vec::new(), Left::default());
    let people = auth0::People::default();
    for value in &one_by_one {
        auth0::clients(value, &mut wanted, &mut left);
        let _ = people.person(value, &mut left);
        let _ = auth0::password(value);
        tenant(value, &mut left);
    }
    told(&one_by_one.clone().into(), &left);
}

fn realm(members: &Map<String, Value>, users: &[Value]) {
    let read = keycloak::realm(members);
    let mut left = read.left;
    let mut known: Vec<&str> = Vec::new();
    for one in &read.wanted {
        for parent in one.within.iter().filter(|part| part.starts_with(KEY)) {
            // These every environment has.
            let there = parent.ends_with(":openid") || parent.ends_with("schemas:User");
            assert!(there || known.contains(&parent.as_str()), "{one:?}");
        }
        known.push(&one.key);
    }
    for user in users {
        let Some(person) = read.people.person(user, &mut left) else { continue };
        assert!(person.groups.iter().all(|key| known.contains(&key.as_str())));
    }
    told(&Value::from(members.clone()), &left);
    told(&Value::from(users.to_vec()), &left);
}

fn tenant(value: &Value, left: &mut Left) {
    let (rows, _) = pingone::page(value);
    for row in rows.iter().chain(value.as_object()) {
        for kind in pingone::KINDS {
            let wanted: Option<Wanted> = pingone::wanted(kind, row, None, None, left);
            assert!(wanted.is_none_or(|wanted| !wanted.body.contains_key("_links")));
        }
        let person = pingone::person(row, &[], left);
        assert!(!person.body.contains_key("account"));
    }
}

/// LG-01: no text that stands where a secret does is told.
fn told(whole: &Value, left: &Left) {
    let shown: String = left.entries().map(|(_, why, entry)| format!("{why}{}", entry.names.concat())).collect();
    let mut secrets = Vec::new();
    gather(whole, &mut secrets);
    // A short one stands anywhere, and what is a name as well is no secret.
    let text = whole.to_string();
    let once = |secret: &str| text.matches(secret).count() == 1;
    assert!(!secrets.iter().any(|secret| secret.len() > 24 && once(secret) && shown.contains(secret)));
}

fn gather<'a>(value: &'a Value, secrets: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_str() {
                    Some(text) if SECRET.contains(&name.as_str()) => secrets.push(text),
                    _ => gather(value, secrets),
                }
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| gather(element, secrets)),
        _ => {}
    }
}

const SECRET: [&str; 6] = ["secret", "client_secret", "secretData", "passwordHash", "password_hash", "hashedSaltedValue"];
