use serde_json::json;

use super::*;
use crate::Left;

/// Whether a number is a cost is decided where the hash is read; here nothing is lost on the way.
#[test]
fn custom_hashes_become_the_forms_of_this_server() {
    let people = People::default();
    let hash = |custom: Value| {
        let mut left = Left::default();
        let user = json!({ "email": "x@example.test", "custom_password_hash": custom });
        let person = people.person(&user, &mut left).unwrap();
        person.body.get("password").map(|password| password["value"].as_str().unwrap().to_owned())
    };
    let salt = json!({ "value": "73616c74", "encoding": "hex" });
    for (custom, form) in [
        (json!({ "algorithm": "bcrypt", "hash": { "value": "$2b$10$x" } }), Some("{BCRYPT}$2b$10$x")),
        (json!({ "algorithm": "argon2", "hash": { "value": "$argon2id$v=19$x" } }), Some("{ARGON2}$argon2id$v=19$x")),
        (
            json!({ "algorithm": "pbkdf2", "hash": { "value": "$pbkdf2-sha512$i=1,l=2$x$y" } }),
            Some("{PBKDF2}$pbkdf2-sha512$i=1,l=2$x$y"),
        ),
        (json!({ "algorithm": "ldap", "hash": { "value": "{SSHA}AAAA" } }), Some("{SSHA}AAAA")),
        (
            json!({ "algorithm": "sha1", "hash": { "value": "00ff", "encoding": "hex" }, "salt": salt }),
            Some("{SALTED-SHA1}AP9zYWx0"),
        ),
        (
            json!({ "algorithm": "scrypt", "hash": { "value": "00ff", "encoding": "hex" }, "salt": salt, "cost": 1024, "blockSize": 4 }),
            Some("{SCRYPT}$scrypt$ln=10,r=4,p=1$c2FsdA$AP8"),
        ),
        (json!({ "algorithm": "scrypt", "hash": { "value": "00ff" }, "salt": salt, "cost": 1000 }), None),
        (json!({ "algorithm": "sha1", "hash": { "value": "00ff" } }), None),
        (json!({ "algorithm": "sha256", "hash": { "value": "0" }, "salt": salt }), None),
        (json!({ "algorithm": "hmac", "hash": { "value": "00ff" } }), None),
        (
            json!({ "algorithm": "bcrypt", "hash": { "value": "$2b$10$x" }, "password": { "encoding": "utf16le" } }),
            None,
        ),
    ] {
        assert_eq!(hash(custom.clone()).as_deref(), form, "{custom}");
    }
}

#[test]
fn clients_come_in_a_list_a_page_or_alone() {
    let one = json!({ "client_id": "a", "name": "A", "grant_types": ["client_credentials"] });
    for found in [json!([one]), json!({ "clients": [one], "total": 1 }), one.clone()] {
        let (mut wanted, mut left) = (Vec::new(), Left::default());
        clients(&found, &mut wanted, &mut left);
        assert_eq!(wanted.len(), 1, "{found}");
        assert_eq!(wanted[0].kept.client_id.as_deref(), Some("a"));
    }
    let (mut wanted, mut left) = (Vec::new(), Left::default());
    clients(
        &json!([{ "name": "no id" }, { "client_id": "b", "grant_types": ["password"] }, 3]),
        &mut wanted,
        &mut left,
    );
    assert!(wanted.is_empty());
    assert_eq!(left.entries().count(), 3, "{left:?}");
}

#[test]
fn whose_password_is_not_taken_is_told() {
    let mut left = Left::default();
    let user = json!({ "email": "x@example.test", "custom_password_hash": { "algorithm": "hmac", "hash": { "value": "00ff" } } });
    assert!(People::default().person(&user, &mut left).is_some());
    let names: Vec<&[String]> = left.entries().map(|(.., entry)| entry.names.as_slice()).collect();
    assert_eq!(names, [["x@example.test"]]);
}

#[test]
fn of_two_clients_with_one_id_the_first_is_taken() {
    let client =
        |name: &str| json!({ "client_id": "twin", "name": name, "app_type": "spa", "grant_types": ["implicit"] });
    let (mut wanted, mut left) = (Vec::new(), Left::default());
    clients(&json!([client("first"), client("second")]), &mut wanted, &mut left);
    assert_eq!((wanted.len(), &wanted[0].body["name"]), (1, &json!("first")));
    assert_eq!(left.entries().count(), 1);
}
