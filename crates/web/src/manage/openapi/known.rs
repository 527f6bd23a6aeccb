//! What the checks of an object know and its description does not say: lengths that depend on an algorithm, what an address looks like, which
//! member needs which. Generated clients and people read it; nothing is decided by it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

const URI: &str = r#"{"format":"uri"}"#;
const EMAIL: &str = r#"{"format":"email"}"#;
const SUBJECT: &str = r#"{"description":"a distinguished name (RFC 4514) such as CN=client,O=Example,C=US","examples":["CN=client,O=Example,C=US"]}"#;
const LENGTH: &str =
    r#"{"enum":[256,384,521,2048,3072,4096],"description":"with RSA 2048, 3072 or 4096, with EC 256, 384 or 521"}"#;
const SIGNED: &str = r#"{"description":"of those that end in withRSA with RSA, in withECDSA with EC"}"#;

/// Of a schema: paths, and what is told of each beside what its description says. `[]` is each of a list; the path of the whole is `.`.
const KNOWN: &[(&str, &[(&str, &str)])] = &[
    (
        "Application",
        &[
            (
                "type",
                r#"{"description":"in a body one of CUSTOM_APP, NATIVE_APP, SERVICE, SINGLE_PAGE_APP, WEB_APP, WORKER; it never changes"}"#,
            ),
            ("protocol", r#"{"description":"it never changes"}"#),
            (
                "redirectUris[] postLogoutRedirectUris[] requestUris[] icon.href homePageUrl jwksUrl initiateLoginUri loginPageUrl",
                URI,
            ),
            ("backchannelLogoutUri frontchannelLogoutUri deviceCustomVerificationUri tlsClientAuth.sanUri", URI),
            ("tlsClientAuth.sanEmail", EMAIL),
            ("tlsClientAuth.subjectDn", SUBJECT),
            ("jwks", r#"{"description":"a JSON Web Key Set (RFC 7517 §5) as a text"}"#),
            (
                "tokenEndpointAuthMethod",
                r#"{"description":"NONE not with CLIENT_CREDENTIALS; PRIVATE_KEY_JWT and SELF_SIGNED_TLS_CLIENT_AUTH need jwks, jwksUrl or a certificate, TLS_CLIENT_AUTH a name in tlsClientAuth"}"#,
            ),
        ],
    ),
    (
        "CustomRole",
        &[
            (".", r#"{"required":["name","permissions","canBeAssignedBy"]}"#),
            ("canBeAssignedBy", r#"{"minItems":1}"#),
            ("permissions", r#"{"minItems":1}"#),
            (
                "permissions[].id",
                r#"{"pattern":"^[^:]+:[^:]+:[^:]+$","description":"service:verb:object","examples":["dir:read:user"]}"#,
            ),
        ],
    ),
    (
        "EnvironmentStatus",
        &[
            ("status", r#"{"enum":["ACTIVE","DELETE_PENDING"]}"#),
            ("license", r#"{"description":"required with ACTIVE"}"#),
        ],
    ),
    ("EnvironmentType", &[("type", r#"{"enum":["PRODUCTION","SANDBOX"]}"#)]),
    (
        "Group",
        &[
            (
                "userFilter",
                r#"{"description":"a SCIM filter over users (RFC 7644 §3.4.2.2)","examples":["title eq \"Dr\""]}"#,
            ),
            ("population", r#"{"description":"it never changes"}"#),
        ],
    ),
    (
        "IdentityProvider",
        &[
            ("type", r#"{"description":"it never changes"}"#),
            ("icon.href loginButtonIcon.href authorizationEndpoint tokenEndpoint jwksEndpoint userInfoEndpoint", URI),
            ("ssoEndpoint sloEndpoint sloResponseEndpoint", URI),
        ],
    ),
    (
        "KeyPair",
        &[
            ("keyLength", LENGTH),
            ("signatureAlgorithm", SIGNED),
            ("subjectDN issuerDN", SUBJECT),
            ("customCRL", r#"{"pattern":"^http://[a-zA-Z0-9./-]*$","description":"with usageType ISSUANCE alone"}"#),
        ],
    ),
    ("KeyRotationPolicy", &[("keyLength", LENGTH), ("signatureAlgorithm", SIGNED), ("dn", SUBJECT)]),
    (
        "PasswordPolicy",
        &[
            ("maxAgeDays", r#"{"description":"at least 21 more than minAgeDays"}"#),
            ("length.max", r#"{"description":"not less than length.min"}"#),
        ],
    ),
    ("Population", &[("theme", r#"{"description":"of a body only the one that it has"}"#)]),
    ("Resource", &[("type", r#"{"description":"in a body CUSTOM"}"#)]),
    (
        "TrustedIssuer",
        &[
            ("issuer jwksUrl", URI),
            (
                "jwks",
                r#"{"description":"a JSON Web Key Set (RFC 7517 §5) as a text; either this or jwksUrl must be there"}"#,
            ),
            ("softwareIds", r#"{"description":"of an issuer of the type SOFTWARE_STATEMENT alone"}"#),
            ("workloads singleUse", r#"{"description":"not of an issuer of the type SOFTWARE_STATEMENT"}"#),
        ],
    ),
    (
        "User",
        &[
            ("email", r#"{"format":"idn-email"}"#),
            ("photo.href profileUrl website", URI),
            ("birthdate", r#"{"description":"a day as YYYY-MM-DD, of no year as 0000-MM-DD, or a year"}"#),
            ("timezone", r#"{"examples":["Europe/London"],"description":"a name such as Europe/London"}"#),
        ],
    ),
];

/// Tells it.
pub(super) fn tell(schemas: &mut BTreeMap<String, Value>) {
    for (name, all) in KNOWN {
        let Some(schema) = schemas.get_mut(*name) else { continue };
        for (paths, told) in *all {
            let told: Value = serde_json::from_str(told).unwrap_or_default();
            for path in paths.split(' ') {
                if let (Some(of), Value::Object(told)) = (at(schema, path), told.clone()) {
                    of.extend(told);
                }
            }
        }
    }
    schemas.values_mut().for_each(readable);
}

fn at<'a>(schema: &'a mut Value, path: &str) -> Option<&'a mut Map<String, Value>> {
    let mut of = schema;
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let (name, list) = part.strip_suffix("[]").map_or((part, false), |name| (name, true));
        of = of.get_mut("properties")?.get_mut(name)?;
        if list {
            of = of.get_mut("items")?;
        }
    }
    of.as_object_mut()
}

/// A pattern is one of ECMA-262 (JSON Schema 2020-12 §6.3.3), whose `\p{…}` the expressions of Python and of others do not have: such a one is
/// told in words.
fn readable(schema: &mut Value) {
    match schema {
        Value::Array(all) => all.iter_mut().for_each(readable),
        Value::Object(members) => {
            let foreign = members.get("pattern").and_then(Value::as_str).filter(|pattern| pattern.contains(r"\p"));
            if let Some(pattern) = foreign.map(str::to_owned) {
                members.remove("pattern");
                members.insert("description".into(), format!("must match {pattern}").into());
            }
            members.values_mut().for_each(readable);
        }
        _ => {}
    }
}

/// What a change of some members says: any of them, and null for one that is taken away (RFC 7396 §2).
pub(super) fn patch(schema: &Value) -> Value {
    let mut patch = schema.clone();
    let required = patch.as_object_mut().and_then(|members| members.remove("required")).unwrap_or_default();
    let is_required = |name: &String| required.as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let properties = patch.get_mut("properties").and_then(Value::as_object_mut);
    for (name, member) in properties.into_iter().flatten() {
        without_required(member);
        if !is_required(name) && member["readOnly"] != true {
            let or_null = member["type"].as_str().map(|kind| json!([kind, "null"]));
            if let Some(kind) = or_null {
                member["type"] = kind;
            }
            if let Some(all) = member.get_mut("enum").and_then(Value::as_array_mut) {
                all.push(Value::Null);
            }
        }
    }
    patch
}

/// Members of a member are merged like it; a list is written as a whole.
fn without_required(schema: &mut Value) {
    if schema["type"] == "object"
        && let Some(members) = schema.as_object_mut()
    {
        members.remove("required");
        members
            .get_mut("properties")
            .and_then(Value::as_object_mut)
            .into_iter()
            .flatten()
            .for_each(|(_, of)| without_required(of));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manage::openapi::document;

    /// Nothing is told of what is not there.
    #[test]
    fn what_is_told_is_of_properties_that_there_are() {
        let mut document = document();
        for (name, all) in KNOWN {
            for (paths, told) in *all {
                assert!(serde_json::from_str::<Map<String, Value>>(told).is_ok(), "{told}");
                for path in paths.split(' ') {
                    let schema = &mut document["components"]["schemas"][*name];
                    assert!(at(schema, path).is_some(), "{name}.{path} is not there");
                }
            }
        }
    }

    /// openapi-spec-validator reads patterns as Python does.
    #[test]
    fn patterns_are_those_that_everybody_reads() {
        let mut left = vec![document()];
        while let Some(value) = left.pop() {
            match value {
                Value::Array(all) => left.extend(all),
                Value::Object(members) => {
                    let pattern = members.get("pattern").and_then(Value::as_str).unwrap_or_default();
                    assert!(!pattern.contains(r"\p"), "{pattern}");
                    left.extend(members.into_iter().map(|(_, value)| value));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn a_patch_requires_nothing_and_takes_away() {
        let of = json!({ "type": "object", "required": ["a"], "properties": {
            "a": { "type": "string" }, "b": { "type": "object", "required": ["c"], "properties": { "c": { "enum": ["x"], "type": "string" } } },
        } });
        let patch = patch(&of);
        assert!(patch["required"].is_null() && patch["properties"]["b"]["required"].is_null(), "{patch}");
        assert_eq!(patch["properties"]["a"]["type"], "string");
        assert_eq!(patch["properties"]["b"]["type"], json!(["object", "null"]));
    }
}
