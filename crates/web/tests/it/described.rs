//! The resources of an environment that are served like every other, and bodies for them, made of their descriptions: one that
//! is added is tried without an edit.

use protocol::model::ObjectKind;
use protocol::model::describe::schema;
use serde_json::{Map, Value, json};

macro_rules! schemas {
    ($($place:ident { $($kind:ident = $name:literal, $one:literal of $many:literal by $id:ident with $with:tt
        stamps $stamps:tt configures $configures:literal told $told:tt;)+ })+) => {
        fn schema_of(of: ObjectKind) -> Value {
            match of {
                $($(ObjectKind::$kind => schema::<protocol::model::$kind>(),)+)+
            }
        }
    };
}

protocol::objects!(schemas);

/// The kinds that are listed, created, read, replaced and deleted below an environment. What an application may have depends
/// on what else it has, and a user's texts are names and addresses, so these are tried by themselves.
pub(crate) fn plain() -> impl Iterator<Item = ObjectKind> {
    let calls: Vec<_> = web::manage::calls().collect();
    ObjectKind::ALL.into_iter().filter(move |of| {
        let (all, one) = paths(*of);
        let served = |method, path: &String| calls.contains(&(method, path.as_str()));
        let whole = ["GET", "POST"].iter().all(|method| served(method, &all))
            && ["GET", "PUT", "DELETE"].iter().all(|method| served(method, &one));
        whole && !matches!(of, ObjectKind::Application | ObjectKind::KeyPair | ObjectKind::User)
    })
}

/// The paths of all of the kind and of one, as the table has them.
pub(crate) fn paths(of: ObjectKind) -> (String, String) {
    let all = format!("/environments/{{environment}}/{}", of.many());
    let one = format!("{all}/{{{}}}", of.one());
    (all, one)
}

/// A body with every property that may be written, its texts ending in `name`. `id` gives the id for the property that refers
/// to something.
pub(crate) fn body(of: ObjectKind, name: &str, id: &dyn Fn(&str) -> String) -> Value {
    let mut body = object(&schema_of(of), name, id);
    // Texts and numbers that no schema tells.
    if of == ObjectKind::SignOnPolicy {
        let word: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        body.insert("name".into(), word.into());
    }
    if of == ObjectKind::Group {
        body.insert("userFilter".into(), "title eq \"Dr\"".into());
    }
    if of == ObjectKind::KeyRotationPolicy {
        body.insert("dn".into(), format!("CN={name}").into());
        body.insert("keyLength".into(), 2048.into());
    }
    if of == ObjectKind::TrustedIssuer {
        let host: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        body.insert("issuer".into(), format!("https://{host}.example").into());
        body.insert("jwksUrl".into(), format!("https://{host}.example/keys").into());
        body.remove("jwks");
    }
    if of == ObjectKind::CustomRole {
        body.insert("permissions".into(), json!([{ "id": "dir:read:user" }]));
        body.insert("applicableTo".into(), json!(["ENVIRONMENT"]));
    }
    // The first type has no addresses; an image has one.
    if of == ObjectKind::IdentityProvider {
        body.remove("icon");
        body.remove("loginButtonIcon");
        body.remove("spSigning");
    }
    // Nor what one asks of another.
    if of == ObjectKind::PasswordPolicy {
        body.insert("maxAgeDays".into(), 22.into());
    }
    body.into()
}

fn object(schema: &Value, name: &str, id: &dyn Fn(&str) -> String) -> Map<String, Value> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    let written = properties.filter(|(_, property)| property["readOnly"] != true && property["pattern"].is_null());
    written.map(|(property, schema)| (property.clone(), value(property, schema, name, id))).collect()
}

fn value(property: &str, schema: &Value, name: &str, id: &dyn Fn(&str) -> String) -> Value {
    match schema["type"].as_str() {
        Some("string") => match (&schema["default"], &schema["enum"][0], schema["format"].as_str()) {
            (Value::String(default), ..) => default.as_str().into(),
            (_, Value::String(first), _) => first.as_str().into(),
            (.., Some("uuid")) => id(property).into(),
            (.., Some("date-time")) => "2031-01-01T00:00:00Z".into(),
            _ => format!("{property} {name}").into(),
        },
        Some("integer") => schema["minimum"].as_i64().unwrap_or(1).into(),
        Some("boolean") => false.into(),
        Some("array") => json!([]),
        _ if schema["properties"]["id"]["format"] == "uuid" => json!({ "id": id(property) }),
        _ => object(schema, name, id).into(),
    }
}
