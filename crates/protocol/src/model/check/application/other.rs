//! Properties that are kept and answered although no rule reads them yet, with PingOne's defaults.

use jose::digest;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::web_address;
use crate::id::EnvironmentId;
use crate::model::ApplicationType;
use crate::model::check::Fields;

pub(super) fn read(fields: &mut Fields<'_>, environment: EnvironmentId, kind: ApplicationType) -> Map<String, Value> {
    let mut other = Map::new();
    for (name, default) in SWITCHES {
        let sent = fields.boolean(name).or(default);
        other.extend(sent.map(|on| (name.to_owned(), on.into())));
    }
    for (name, min, max, default) in NUMBERS {
        let sent = fields.integer(name, min, max).or(default);
        other.extend(sent.map(|number| (name.to_owned(), number.into())));
    }
    // RFC 9126 §5 and RFC 9101 §10.5: a client that demands them must not be served without them, and nothing reads them yet.
    let par = fields.choice("parRequirement", &["OPTIONAL"], |p| p).unwrap_or("OPTIONAL");
    other.insert("parRequirement".into(), par.into());
    if fields.boolean("requireSignedRequestObject") == Some(true) {
        fields.fault("INVALID_VALUE", "requireSignedRequestObject", "request objects are not supported", None);
    }
    let kept = [
        ("refreshTokenType", fields.choice("refreshTokenType", &["OPAQUE_TOKEN"], |t| t).map(Value::from)),
        (
            "devicePathId",
            fields.text_where("devicePathId", 1, 50, is_path_id, "^[a-zA-Z0-9_-]{1,50}$").map(Value::from),
        ),
        (
            "deviceCustomVerificationUri",
            fields.checked("deviceCustomVerificationUri", 2_048, web_address).map(Value::from),
        ),
        ("jwks", fields.checked("jwks", 32_768, is_key_set).map(Value::from)),
        ("jwksUrl", fields.checked("jwksUrl", 2_048, web_address).map(Value::from)),
        ("tags", tags(fields)),
        ("accessControl", access_control(fields, kind)),
        ("mobile", mobile(fields, kind)),
    ];
    other.extend(kept.into_iter().filter_map(|(name, value)| value.map(|value| (name.to_owned(), value))));
    other.insert("signing".into(), signing(fields, environment));
    other
}

/// The id of the environment's one key rotation policy. It is derived, because the policy is never changed or deleted.
pub fn key_rotation_policy(environment: EnvironmentId) -> Uuid {
    let hash = digest::sha256(format!("key-rotation-policy:{environment}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn signing(fields: &mut Fields<'_>, environment: EnvironmentId) -> Value {
    let own = key_rotation_policy(environment);
    fields.within("signing", |signing| {
        signing.within("keyRotationPolicy", |policy| {
            let id = policy.id("id");
            if policy.require("id", id).is_some_and(|id| id != own) {
                policy.fault("INVALID_VALUE", "id", "no key rotation policy of this environment has this id", None);
            }
        })
    });
    json!({ "keyRotationPolicy": { "id": own.to_string() } })
}

fn tags(fields: &mut Fields<'_>) -> Option<Value> {
    let tags = fields.choices("tags", 1, &["PING_FED_CONNECTION_INTEGRATION"], |t| t)?;
    (!tags.is_empty()).then(|| json!(tags))
}

fn access_control(fields: &mut Fields<'_>, kind: ApplicationType) -> Option<Value> {
    let worker = kind == ApplicationType::Worker;
    fields.within("accessControl", |control| {
        if control.has("group") {
            control.fault("INVALID_VALUE", "group", "access by group is not supported", None);
        }
        control.within("role", |role| {
            let admins = role.choice("type", &["ADMIN_USERS_ONLY"], |t| t);
            if role.require("type", admins).is_some() && !worker {
                role.fault("INVALID_VALUE", "type", "access by role is supported for WORKER only", None);
            }
        });
    });
    worker.then(|| json!({ "role": { "type": "ADMIN_USERS_ONLY" } }))
}

fn mobile(fields: &mut Fields<'_>, kind: ApplicationType) -> Option<Value> {
    if kind != ApplicationType::NativeApp {
        return None;
    }
    let mut mobile = Map::new();
    mobile.insert("integrityDetection".into(), json!({ "mode": "DISABLED" }));
    mobile.insert("passcodeRefreshDuration".into(), json!({ "duration": 30, "timeUnit": "SECONDS" }));
    fields.within("mobile", |sent| {
        for name in ["bundleId", "huaweiAppId", "huaweiPackageName", "packageName", "uriPrefix"] {
            mobile.extend(sent.text(name, 1, 256).map(|text| (name.to_owned(), text.into())));
        }
        sent.within("integrityDetection", |f| f.choice("mode", &["DISABLED"], |m| m));
        sent.within("passcodeRefreshDuration", |f| {
            let duration = f.integer("duration", 30, 60);
            f.choice("timeUnit", &["SECONDS"], |unit| unit);
            if let Some(duration) = f.require("duration", duration) {
                mobile.insert("passcodeRefreshDuration".into(), json!({ "duration": duration, "timeUnit": "SECONDS" }));
            }
        });
    });
    Some(mobile.into())
}

fn is_path_id(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

fn is_key_set(text: &str) -> Result<(), &'static str> {
    let set = jose::json::parse_strict_object(text.as_bytes(), 6).ok();
    match set.and_then(|set| set.get("keys").map(Value::is_array)) {
        Some(true) => Ok(()),
        _ => Err("must be a JSON Web Key Set (RFC 7517 §5)"),
    }
}

/// Name and default; None: answered only where it was sent.
const SWITCHES: [(&str, Option<bool>); 8] = [
    ("assignActorRoles", Some(false)),
    ("hiddenFromAppPortal", Some(false)),
    ("idpSignoff", Some(false)),
    ("includeX5t", None),
    ("opSessionCheckEnabled", None),
    ("requestScopesForMultipleResourcesEnabled", Some(false)),
    ("requireSignedRequestObject", None),
    ("supportUnsignedRequestObject", None),
];

const NUMBERS: [(&str, i64, i64, Option<i64>); 4] = [
    ("devicePollingInterval", 1, 60, Some(5)),
    ("deviceTimeout", 1, 3_600, Some(600)),
    ("parTimeout", 1, 600, Some(60)),
    // Answered where it was sent or where refresh tokens are granted; the model keeps the value.
    ("refreshTokenDuration", 60, 2_147_483_647, None),
];
