//! What every user has, as it stands from the beginning: PingOne's attributes, and those of OpenID Connect that this server knows beside
//! them.

use super::{SchemaAttribute, SchemaAttributeType, SchemaType, SubAttribute};
use crate::id::EnvironmentId;
use crate::model::UNWRITTEN;
use crate::model::attribute::unwritten;
use crate::time::Time;

use SchemaAttributeType::{Boolean, Complex, Json, String};
use SchemaType::{Core, Standard};

/// An attribute, and the names of its parts.
struct Known {
    name: &'static str,
    display_name: &'static str,
    description: &'static str,
    kind: SchemaAttributeType,
    schema_type: SchemaType,
    parts: &'static [(&'static str, &'static str)],
}

const fn known(
    schema_type: SchemaType,
    kind: SchemaAttributeType,
    name: &'static str,
    display_name: &'static str,
    description: &'static str,
) -> Known {
    Known { name, display_name, description, kind, schema_type, parts: &[] }
}

impl Known {
    const fn of(self, parts: &'static [(&'static str, &'static str)]) -> Self {
        Self { parts, ..self }
    }
}

/// The attributes that stand from the beginning in the environment, which began at `at`.
pub(super) fn all(environment: EnvironmentId, at: Time) -> Vec<SchemaAttribute> {
    KNOWN.iter().map(|known| known.attribute(environment, at)).collect()
}

/// Whether users have something of this name that is nobody's to make, whatever its case.
pub(super) fn is_reserved(name: &str) -> bool {
    KNOWN.iter().any(|known| known.name.eq_ignore_ascii_case(name))
        || RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name))
}

impl Known {
    fn attribute(&self, environment: EnvironmentId, at: Time) -> SchemaAttribute {
        let part = |(name, display_name): &(&str, &str)| SubAttribute {
            name: (*name).into(),
            display_name: Some((*display_name).into()),
            kind: String,
            enabled: true,
            ..SubAttribute::default()
        };
        SchemaAttribute {
            id: unwritten(environment.uuid(), &format!("schema-attribute:{}", self.name)).into(),
            environment,
            name: self.name.into(),
            display_name: Some(self.display_name.into()),
            description: Some(self.description.into()),
            kind: self.kind,
            schema_type: self.schema_type,
            enabled: true,
            unique: UNIQUE.contains(&self.name),
            multi_valued: MULTI_VALUED.contains(&self.name),
            required: REQUIRED.contains(&self.name),
            sub_attributes: self.parts.iter().map(part).collect(),
            created_at: at,
            updated_at: at,
            version: UNWRITTEN,
            ..SchemaAttribute::default()
        }
    }
}

const KNOWN: [Known; 35] = [
    known(Core, Complex, "account", "Account", "Whether the account may be used, and since when not.").of(&[
        ("canAuthenticate", "Can Authenticate"),
        ("lockedAt", "Locked At"),
        ("secondsUntilUnlock", "Seconds Until Unlock"),
        ("status", "Status"),
        ("unlockAt", "Unlock At"),
    ]),
    known(Standard, Complex, "address", "Address", "Where the user is reached by post.").of(&[
        ("countryCode", "Country Code"),
        ("formatted", "Formatted"),
        ("locality", "Locality"),
        ("postalCode", "Postal Code"),
        ("region", "Region"),
        ("streetAddress", "Street Address"),
    ]),
    known(Standard, String, "birthdate", "Birthdate", "The day on which the user was born."),
    known(Core, String, "createdAt", "Created At", "When the user was created."),
    known(Standard, String, "email", "Email Address", "Where the user is reached by e-mail."),
    known(Core, Boolean, "emailVerified", "Email Verified", "Whether the e-mail address was verified."),
    known(Core, Boolean, "enabled", "Enabled", "Whether the user may sign on."),
    known(Core, Complex, "environment", "Environment", "The environment that the user is in.").of(&[("id", "ID")]),
    known(Standard, String, "externalId", "External ID", "What the user is called where they come from."),
    known(Standard, String, "gender", "Gender", "The user's gender."),
    known(Core, String, "id", "ID", "What the user is known by for ever."),
    known(Core, Complex, "identityProvider", "Identity Provider", "Where the user signs on.")
        .of(&[("id", "ID"), ("type", "Type")]),
    known(Core, Complex, "lastSignOn", "Last Sign On", "When the user signed on last.").of(&[("at", "At")]),
    known(Core, Complex, "lifecycle", "Lifecycle", "Whether the account was verified.").of(&[("status", "Status")]),
    known(Standard, String, "locale", "Locale", "By which dates, numbers and currencies are written for the user."),
    known(Core, String, "memberOfGroupIDs", "Group IDs", "The ids of the groups that the user is in."),
    known(Core, String, "memberOfGroupNames", "Group Names", "The names of the groups that the user is in."),
    known(Core, Boolean, "mfaEnabled", "MFA Enabled", "Whether the user signs on with more than a password."),
    known(Standard, String, "mobilePhone", "Mobile Phone Number", "The number of the user's mobile phone."),
    known(Standard, Complex, "name", "Name", "The user's name, in its parts.").of(&[
        ("family", "Family Name"),
        ("formatted", "Formatted"),
        ("given", "Given Name"),
        ("honorificPrefix", "Prefix"),
        ("honorificSuffix", "Suffix"),
        ("middle", "Middle Name"),
    ]),
    known(Standard, String, "nickname", "Nickname", "What the user's friends call them."),
    known(Core, Json, "password", "Password", "What the user signs on with. It is never told."),
    known(Core, Boolean, "phoneVerified", "Phone Verified", "Whether the phone number was verified."),
    known(Standard, Complex, "photo", "Photo", "Where the user's picture is.").of(&[("href", "Address")]),
    known(Core, Complex, "population", "Population", "The population that the user is in.").of(&[("id", "ID")]),
    known(
        Standard,
        String,
        "preferredLanguage",
        "Preferred Language",
        "The languages that the user reads, the first one best.",
    ),
    known(Standard, String, "primaryPhone", "Primary Phone Number", "The number by which the user is reached first."),
    known(Standard, String, "profileUrl", "Profile URL", "Where the user tells of themselves."),
    known(Standard, String, "timezone", "Timezone", "The time by which the user lives, as Area/Place."),
    known(Standard, String, "title", "Title", "The user's title."),
    known(Standard, String, "type", "User Type", "What kind of user it is."),
    known(Core, String, "updatedAt", "Updated At", "When the user was changed last."),
    known(Core, String, "username", "Username", "What the user signs on as."),
    known(Core, String, "verifyStatus", "Verify Status", "Whether the user proved who they are."),
    known(Standard, String, "website", "Website", "The user's page."),
];

/// What an answer or a body has beside.
const RESERVED: [&str; 7] =
    ["devices", "heldProvider", "linkedAccounts", "memberOfGroups", "profile", "roleAssignments", "version"];
const UNIQUE: [&str; 2] = ["id", "username"];
const MULTI_VALUED: [&str; 2] = ["memberOfGroupIDs", "memberOfGroupNames"];
const REQUIRED: [&str; 2] = ["population", "username"];
