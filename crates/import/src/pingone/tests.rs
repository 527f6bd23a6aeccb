use serde_json::json;

use super::*;

const APPLICATION: &str = "44444444-4444-4444-8444-000000000002";
const RESOURCE: &str = "55555555-5555-4555-8555-000000000001";

fn row(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn kind(name: &str) -> Kind {
    let all = KINDS.iter().chain(KINDS.iter().flat_map(|kind| kind.below));
    *all.into_iter().find(|kind| kind.name == name).unwrap()
}

#[test]
fn an_object_keeps_its_id_and_loses_what_the_server_makes() {
    let mut left = Left::default();
    let found = row(json!({
        "_links": {}, "id": APPLICATION, "environment": { "id": "e" }, "name": "A", "type": "WEB_APP", "protocol": "OPENID_CONNECT",
        "clientId": "by-another-name", "signing": { "keyRotationPolicy": { "id": "k" } }, "createdAt": "2020-01-01T00:00:00Z",
    }));
    let one = wanted(kind("applications"), &found, None, Some("hunter2".into()), &mut left).unwrap();
    assert_eq!(Value::from(one.body.clone()), json!({ "name": "A", "type": "WEB_APP", "protocol": "OPENID_CONNECT" }));
    assert_eq!((one.kept.id.as_deref(), one.kept.client_id.as_deref()), (Some(APPLICATION), Some("by-another-name")));
    assert!(!format!("{one:?}").contains("hunter2"), "LG-01");

    let grant = row(
        json!({ "id": "g", "resource": { "id": RESOURCE }, "scopes": [{ "id": "s" }], "application": { "id": APPLICATION } }),
    );
    let grant = wanted(kind("grants"), &grant, Some(("applications", APPLICATION)), None, &mut left).unwrap();
    assert_eq!(grant.within, ["applications", &format!("{KEY}{APPLICATION}"), "grants"]);
    assert_eq!((grant.same.member, grant.same.value.as_str()), ("resource.id", RESOURCE));
    assert!(left.is_empty());
}

#[test]
fn what_every_environment_has_is_only_told_apart() {
    let mut left = Left::default();
    for (name, found, built_in) in [
        ("resources", json!({ "id": RESOURCE, "name": "openid", "type": "OPENID_CONNECT" }), true),
        ("resources", json!({ "id": RESOURCE, "name": "Mine", "type": "CUSTOM" }), false),
        ("scopes", json!({ "id": RESOURCE, "name": "email" }), true),
        ("scopes", json!({ "id": RESOURCE, "name": "p1:read:user" }), true),
        ("scopes", json!({ "id": RESOURCE, "name": "p1:read:user:email-only" }), false),
    ] {
        let one = wanted(kind(name), &row(found.clone()), None, None, &mut left).unwrap();
        assert_eq!(one.body.is_empty(), built_in, "{found}");
    }
    for found in [
        json!({ "id": APPLICATION, "name": "P", "type": "PING_ONE_PORTAL", "protocol": "OPENID_CONNECT" }),
        json!({ "id": APPLICATION, "name": "S", "type": "WEB_APP", "protocol": "SAML" }),
    ] {
        assert!(wanted(kind("applications"), &row(found), None, None, &mut left).is_none());
    }
    assert_eq!(left.entries().count(), 2);
    // A default stays one until another is made it, and who is in a group through another one follows from that.
    let policy = row(json!({ "id": RESOURCE, "name": "Standard", "default": false }));
    let policy = wanted(kind("passwordPolicies"), &policy, None, None, &mut left).unwrap();
    assert!(!policy.body.contains_key("default"));
    let nesting = row(json!({ "id": RESOURCE, "name": "staff", "type": "INDIRECT" }));
    assert!(wanted(kind("nestings"), &nesting, Some(("groups", APPLICATION)), None, &mut left).is_none());
}

#[test]
fn a_page_names_the_next() {
    let answer = json!({ "_embedded": { "users": [{ "id": "1" }, 3] }, "_links": { "next": { "href": "https://x/v1/y?cursor=1" } } });
    let (rows, next) = page(&answer);
    assert_eq!((rows.len(), next.as_deref()), (1, Some("https://x/v1/y?cursor=1")));
    assert_eq!(page(&json!([])), (Vec::new(), None));
}

/// The client id of a provider is what this server is called there; the one of an application is kept beside its body.
#[test]
fn a_provider_keeps_its_client_id() {
    let mut left = Left::default();
    let provider = json!({ "id": RESOURCE, "name": "Corporate", "type": "OPENID_CONNECT", "clientId": "of-ours" });
    let one = wanted(kind("identityProviders"), &row(provider), None, None, &mut left).unwrap();
    assert_eq!(Value::from(one.body), json!({ "name": "Corporate", "type": "OPENID_CONNECT", "clientId": "of-ours" }));
    let told: Vec<_> =
        left.entries().map(|(kind, why, entry)| (kind, why.contains("does not give"), entry.names.clone())).collect();
    assert_eq!(told, [("secrets", true, vec!["Corporate".to_owned()])]);
    let known =
        json!({ "id": RESOURCE, "name": "Corporate", "type": "GOOGLE", "clientId": "x", "clientSecret": "hunter2" });
    let one = wanted(kind("identityProviders"), &row(known), None, None, &mut left).unwrap();
    assert_eq!((&one.body["clientSecret"], left.entries().count()), (&json!("hunter2"), 1));
    assert!(!format!("{one:?}").contains("hunter2"), "LG-01");
}

/// Custom attributes of users come along, and of the others what somebody changed.
#[test]
fn attributes_of_users_are_told_apart() {
    let mut left = Left::default();
    let attribute = |more: Value| {
        let mut found = row(
            json!({ "id": APPLICATION, "name": "costCenter", "type": "STRING", "enabled": true, "unique": false, "schema": { "id": "s" } }),
        );
        found.extend(row(more));
        let schema = Some(("schemas", RESOURCE));
        let one = wanted(kind("schemaAttributes"), &found, schema, None, &mut Left::default())?;
        Some(Value::from(one.body))
    };
    let own =
        json!({ "name": "costCenter", "type": "STRING", "enabled": true, "unique": false, "schemaType": "CUSTOM" });
    assert_eq!(attribute(json!({ "schemaType": "CUSTOM" })), Some(own));
    assert_eq!(attribute(json!({ "schemaType": "CORE" })), None);
    assert_eq!(attribute(json!({ "schemaType": "STANDARD" })), None);
    assert_eq!(attribute(json!({ "schemaType": "STANDARD", "enabled": false })), Some(json!({ "enabled": false })));
    let user = row(json!({ "id": APPLICATION, "username": "ann", "costCenter": "4711", "clientId": "mine" }));
    let person = person(&user, &[], &mut left);
    assert_eq!((&person.body["costCenter"], &person.body["clientId"]), (&json!("4711"), &json!("mine")));
}
