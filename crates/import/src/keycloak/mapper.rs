//! Protocol mappers as attribute mappings.

use serde_json::{Map, Value, json};

use super::attribute::Attributes;
use crate::Left;
use crate::text::{flag, inner, text};

/// The body of an attribute mapping.
pub(super) struct Mapping {
    pub(super) claim: String,
    pub(super) value: String,
    pub(super) id_token: bool,
    pub(super) user_info: bool,
}

impl Mapping {
    pub(super) fn body(&self) -> Map<String, Value> {
        let body = [
            ("name", json!(self.claim)),
            ("value", json!(self.value)),
            ("idToken", json!(self.id_token)),
            ("userInfo", json!(self.user_info)),
        ];
        body.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// What a mapper tells; None where it is not taken, which is told, as is what of it is not. `full` is what the report calls it.
pub(super) fn taken(
    mapper: &Map<String, Value>,
    full: &str,
    attributes: &Attributes,
    left: &mut Left,
) -> Option<Mapping> {
    match read(mapper, attributes) {
        Ok(mapping) => {
            if told_in(mapper, "access.token.claim") {
                let why = "is told in ID tokens and at userinfo, and not in access tokens, which have what their resource maps";
                left.add("mappers", full, why);
            }
            Some(mapping)
        }
        Err(why) => {
            left.add("mappers", full, why);
            None
        }
    }
}

fn told_in(mapper: &Map<String, Value>, name: &str) -> bool {
    inner(mapper, "config").is_some_and(|config| flag(config, name) == Some(true))
}

/// # Errors
/// Why it is not taken.
fn read(mapper: &Map<String, Value>, attributes: &Attributes) -> Result<Mapping, String> {
    let none = Map::new();
    let config = inner(mapper, "config").unwrap_or(&none);
    let kind = text(mapper, "protocolMapper").unwrap_or_default();
    let value = match kind {
        "oidc-usermodel-property-mapper" | "oidc-usermodel-attribute-mapper" => {
            let attribute = text(config, "user.attribute").unwrap_or_default();
            attributes.expression(attribute).ok_or("tells an attribute that users do not have here")?
        }
        "oidc-full-name-mapper" => FULL_NAME.to_owned(),
        "oidc-group-membership-mapper" | "oidc-usermodel-realm-role-mapper" | "oidc-usermodel-client-role-mapper" => {
            "${user.memberOfGroupNames}".to_owned()
        }
        "oidc-hardcoded-claim-mapper" => constant(config)?,
        "oidc-audience-mapper" | "oidc-audience-resolve-mapper" => {
            return Err("adds an audience: a token is for the resources whose scopes it holds".into());
        }
        _ => return Err(format!("is of a kind that is not known here: {kind}")),
    };
    let claim = match kind {
        "oidc-full-name-mapper" => "name",
        _ => text(config, "claim.name").ok_or("names no claim")?,
    };
    if claim.contains('.') {
        return Err("tells a claim within another one".into());
    }
    let id_token = told_in(mapper, "id.token.claim");
    // What nobody said of userinfo is what is said of the ID token.
    let user_info = flag(config, "userinfo.token.claim").unwrap_or(id_token);
    if !id_token && !user_info {
        return Err("tells it in access tokens alone, which have what their resource maps".into());
    }
    Ok(Mapping { claim: claim.to_owned(), value, id_token, user_info })
}

fn constant(config: &Map<String, Value>) -> Result<String, String> {
    let value = config.get("claim.value").and_then(Value::as_str).unwrap_or_default();
    let typed = text(config, "jsonType.label").unwrap_or("String");
    if typed == "String" && !value.contains("${") {
        return Ok(value.to_owned());
    }
    let plain = value.parse::<i64>().is_ok() || matches!(value, "true" | "false");
    if plain && typed != "String" {
        Ok(format!("${{{value}}}"))
    } else {
        Err("tells a constant that is no text".into())
    }
}

/// Which property of a user here is the property or attribute of theirs there.
pub(super) fn property(name: &str) -> Option<&'static str> {
    PROPERTIES.iter().find(|(theirs, _)| *theirs == name).map(|(_, own)| *own)
}

/// As Keycloak joins it, of which either may be missing.
const FULL_NAME: &str = "${#string.trim((user.name.given ?: '') + ' ' + (user.name.family ?: ''))}";
const PROPERTIES: [(&str, &str); 36] = [
    ("id", "id"),
    ("username", "username"),
    ("email", "email"),
    ("emailVerified", "emailVerified"),
    ("firstName", "name.given"),
    ("lastName", "name.family"),
    ("middleName", "name.middle"),
    ("middle_name", "name.middle"),
    ("nickname", "nickname"),
    ("title", "title"),
    ("profile", "profileUrl"),
    ("picture", "photo.href"),
    ("website", "website"),
    ("gender", "gender"),
    ("birthdate", "birthdate"),
    ("zoneinfo", "timezone"),
    ("locale", "locale"),
    ("phone", "primaryPhone"),
    ("phoneNumber", "primaryPhone"),
    ("phone_number", "primaryPhone"),
    ("phoneNumberVerified", "phoneVerified"),
    ("phone_number_verified", "phoneVerified"),
    ("mobile", "mobilePhone"),
    ("mobilePhone", "mobilePhone"),
    ("street", "address.streetAddress"),
    ("street_address", "address.streetAddress"),
    ("locality", "address.locality"),
    ("city", "address.locality"),
    ("region", "address.region"),
    ("postal_code", "address.postalCode"),
    ("postalCode", "address.postalCode"),
    ("country", "address.countryCode"),
    ("formatted", "address.formatted"),
    ("externalId", "externalId"),
    ("honorificPrefix", "name.honorificPrefix"),
    ("honorificSuffix", "name.honorificSuffix"),
];
