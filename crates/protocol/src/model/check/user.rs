//! Users (the contract, Annex A: User) as they are created, imported and replaced.

use serde_json::{Map, Value};

use super::Fields;
use super::fields::{is_printable, pattern_of};
use crate::id::PopulationId;
use crate::model::{Address, Profile, User, UserName};
use crate::name;
use crate::refusal::Refused;
use crate::secret::Secret;
use crate::time::Time;

/// What creating or replacing a user writes.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub username: String,
    pub email: String,
    pub population: Option<PopulationId>,
    pub profile: Profile,
}

/// What only an import may say beside it (`application/vnd.pingidentity.user.import+json`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    pub email_verified: bool,
    pub enabled: Option<bool>,
    pub mfa_enabled: bool,
    pub verify_status: Option<&'static str>,
    pub lifecycle: Option<&'static str>,
    pub password: Option<NewPassword>,
}

/// A password as it came. Its rules are the policy's.
#[derive(Clone, Debug, PartialEq)]
pub struct NewPassword {
    pub value: Secret,
    pub must_change: bool,
}

/// Reads a user.
pub fn read(body: &Map<String, Value>) -> Result<Written, Refused> {
    let mut fields = Fields::new(body);
    let read = user(&mut fields);
    super::complete(fields, read)
}

/// Reads a user that is imported, with what only an import may say.
pub fn read_import(body: &Map<String, Value>) -> Result<(Written, Imported), Refused> {
    let mut fields = Fields::new(body);
    let read = user(&mut fields);
    let lifecycle = fields.within("lifecycle", |f| f.choice("status", &LIFECYCLES, |s| s)).flatten();
    let password = fields.within("password", |f| {
        if f.has("external") {
            f.fault(
                "INVALID_VALUE",
                "external",
                "this server has no gateways: the password must be given by value",
                None,
            );
        }
        let value = f.string("value");
        f.require("value", value);
        Some(NewPassword {
            value: Secret::new(value?.to_owned()),
            must_change: f.boolean("forceChange").unwrap_or(false),
        })
    });
    // An identity provider that does not exist would be named for ever; this server has only itself.
    fields.within("identityProvider", |f| {
        if f.has("id") {
            f.fault("INVALID_VALUE", "id", "no identity provider of this environment has this id", None);
        }
    });
    let imported = Imported {
        email_verified: fields.boolean("emailVerified").unwrap_or(false),
        enabled: fields.boolean("enabled"),
        mfa_enabled: fields.boolean("mfaEnabled").unwrap_or(false),
        verify_status: fields.choice("verifyStatus", &VERIFY, |s| s),
        lifecycle,
        password: password.flatten(),
    };
    super::complete(fields, read.map(|read| (read, imported)))
}

/// Reads the body of `PUT …/enabled` or `…/mfaEnabled`: one required boolean.
pub fn read_switch(body: &Map<String, Value>, name: &str) -> Result<bool, Refused> {
    let mut fields = Fields::new(body);
    let on = fields.boolean(name);
    let on = fields.require(name, on);
    super::complete(fields, on)
}

/// Reads the body of `PUT …/population`.
pub fn read_population(body: &Map<String, Value>) -> Result<PopulationId, Refused> {
    let mut fields = Fields::new(body);
    let id = fields.id("id");
    let id = fields.require("id", id).map(PopulationId::new);
    super::complete(fields, id)
}

impl Written {
    /// The user with what was written: a full replacement of what an administrator may write, and of nothing else.
    #[must_use]
    pub fn onto(self, before: User, now: Time) -> User {
        User {
            // What was verified is the address, not the user.
            email_verified: before.email_verified && before.email == self.email,
            username: self.username,
            email: self.email,
            population: self.population.unwrap_or(before.population),
            profile: self.profile,
            updated_at: now.to_millis(),
            ..before
        }
    }
}

fn user(fields: &mut Fields<'_>) -> Option<Written> {
    let username = fields.checked("username", 128, |text| name::username_key(text).map(|_| ()));
    let username = fields.require("username", username);
    let email = fields.checked("email", 254, name::email);
    let email = fields.require("email", email);
    let population = fields.within("population", |population| {
        let id = population.id("id");
        population.require("id", id).map(PopulationId::new)
    });
    let profile = profile(fields);
    username.zip(email).map(|(username, email)| Written { username, email, population: population.flatten(), profile })
}

fn profile(fields: &mut Fields<'_>) -> Profile {
    Profile {
        name: fields.within("name", name_fields).unwrap_or_default(),
        nickname: fields.text("nickname", 1, 256),
        title: fields.text("title", 1, 256),
        kind: fields.text("type", 1, 256),
        external_id: fields.text("externalId", 1, 1024),
        preferred_language: fields.text("preferredLanguage", 1, 256),
        locale: fields.text("locale", 1, 256),
        timezone: timezone(fields),
        primary_phone: fields.text("primaryPhone", 1, 32),
        mobile_phone: fields.text("mobilePhone", 1, 32),
        photo: fields.within("photo", photo).flatten(),
        address: fields.within("address", address).unwrap_or_default(),
    }
}

fn name_fields(fields: &mut Fields<'_>) -> UserName {
    let plain =
        |c: char| c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) || "' .-".contains(c);
    UserName {
        given: fields.text("given", 1, 256),
        middle: fields.text("middle", 1, 256),
        family: fields.text_where("family", 1, 256, plain, NAME),
        formatted: fields.text_where("formatted", 1, 256, plain, NAME),
        honorific_prefix: fields.text("honorificPrefix", 1, 256),
        honorific_suffix: fields.text("honorificSuffix", 1, 256),
    }
}

fn address(fields: &mut Fields<'_>) -> Address {
    let lines = |c: char| is_printable(c) || matches!(c, '\n' | '\r');
    let country = fields.text_where("countryCode", 2, 2, |c| c.is_ascii_uppercase(), "[A-Z]{2}");
    Address {
        street_address: fields.text_where("streetAddress", 1, 256, lines, r"^[\p{L}\p{M}\p{N}\p{Zs}\p{P}\n\r]*$"),
        locality: fields.text("locality", 1, 256),
        region: fields.text("region", 1, 256),
        postal_code: fields.text("postalCode", 1, 40),
        country_code: country,
    }
}

fn photo(fields: &mut Fields<'_>) -> Option<String> {
    let href = fields.checked("href", 2_048, super::application::web_address);
    fields.require("href", href)
}

/// `Area/Place`, of letters, digits and `_`.
fn timezone(fields: &mut Fields<'_>) -> Option<String> {
    let zone = fields.text("timezone", 1, 64)?;
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if zone.split_once('/').is_some_and(|(area, place)| word(area) && word(place)) {
        return Some(zone);
    }
    fields.fault("INVALID_VALUE", "timezone", "must look like Europe/London", Some(pattern_of(r"^\w+\/\w+$")));
    None
}

const NAME: &str = r"^[\p{L}\p{M}\p{N}' .-]*$";
const LIFECYCLES: [&str; 2] = ["ACCOUNT_OK", "VERIFICATION_REQUIRED"];
const VERIFY: [&str; 3] = ["NOT_INITIATED", "ENABLED", "DISABLED"];

#[cfg(test)]
mod tests;
