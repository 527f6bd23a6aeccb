//! Populations (the contract, Annex A: Population).

use serde_json::{Map, Value};
use uuid::Uuid;

use super::Fields;
use crate::id::PasswordPolicyId;
use crate::model::{PasswordPolicy, Population};
use crate::refusal::Refused;
use crate::time::Time;

/// What creating or replacing a population writes.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub name: String,
    pub description: Option<String>,
    pub default: Option<bool>,
    pub preferred_language: Option<String>,
    pub password_policy: Option<PasswordPolicyId>,
    pub theme: Option<Uuid>,
    pub alternative_identifiers: Vec<String>,
}

/// Reads a population. `policies` are the password policies that the environment has.
pub fn read(body: &Map<String, Value>, policies: &[PasswordPolicy]) -> Result<Written, Refused> {
    let mut fields = Fields::new(body);
    let name = fields.text("name", 1, MAX_NAME);
    let name = fields.require("name", name);
    let description = fields.prose("description", MAX_DESCRIPTION);
    let default = fields.boolean("default");
    let preferred_language =
        fields.text_where("preferredLanguage", 2, 35, is_tag, "^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*$");
    let password_policy = fields.within("passwordPolicy", |policy| {
        let id = policy.id("id");
        let id = policy.require("id", id).map(PasswordPolicyId::new)?;
        if !policies.iter().any(|p| p.id == id) {
            policy.fault("INVALID_VALUE", "id", "no password policy of this environment has this id", None);
        }
        Some(id)
    });
    let theme = fields.within("theme", |theme| theme.id("id")).flatten();
    let identifiers = fields.texts("alternativeIdentifiers", MAX_IDENTIFIERS, |text| {
        let fits = (1..=MAX_NAME).contains(&text.chars().count()) && text.chars().all(super::fields::is_printable);
        if fits { Ok(()) } else { Err("must be a short text without control characters") }
    });
    let read = name.map(|name| Written {
        name,
        description,
        default,
        preferred_language,
        password_policy: password_policy.flatten(),
        theme,
        alternative_identifiers: identifiers.unwrap_or_default(),
    });
    super::complete(fields, read)
}

impl Written {
    /// The population with what was written. What only the server sets stays; an absent `default` leaves it as it was.
    #[must_use]
    pub fn onto(self, before: &Population, now: Time) -> Population {
        Population {
            name: self.name,
            description: self.description,
            default: self.default.unwrap_or(before.default),
            preferred_language: self.preferred_language.unwrap_or_else(|| "en".into()),
            password_policy: self.password_policy,
            theme: self.theme.unwrap_or(before.theme),
            alternative_identifiers: self.alternative_identifiers,
            updated_at: now.to_millis(),
            ..before.clone()
        }
    }
}

/// RFC 5646 §2.1, in outline.
fn is_tag(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

const MAX_NAME: usize = 256;
const MAX_DESCRIPTION: usize = 4_096;
const MAX_IDENTIFIERS: usize = 25;
