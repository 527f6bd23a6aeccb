//! What of a person's account elsewhere becomes which attribute of theirs here.

use crate::expression::{Expression, MAX_OCTETS};
use crate::id::{EnvironmentId, IdentityProviderAttributeId, IdentityProviderId};
use crate::model::check::Fields;
use crate::model::describe::{Absent, Described, Found, Walk, property};
use crate::names::names;
use crate::time::Time;

names! {
    /// CORE: made with the provider, and always there.
    #[derive(Default)]
    pub enum ProviderMappingType {
        #[default]
        Custom = "CUSTOM",
        Core = "CORE",
    }
}

names! {
    /// Whether what is there already is written over.
    #[derive(Default)]
    pub enum MappingUpdate {
        #[default]
        EmptyOnly = "EMPTY_ONLY",
        Always = "ALWAYS",
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct IdentityProviderAttribute {
    pub id: IdentityProviderAttributeId,
    pub environment: EnvironmentId,
    pub provider: IdentityProviderId,
    /// Of the user here.
    pub name: String,
    /// An expression over `providerAttributes`, or `samlAssertion`.
    pub value: String,
    pub update: MappingUpdate,
    pub kind: ProviderMappingType,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

/// PingOne's model: IdentityProviderAttribute.
impl Described for IdentityProviderAttribute {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { id, environment, provider, name, value, update, kind, created_at, updated_at, version } = self;
        walk.id(&property("id").read_only().found("id", Found::Id), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.reference(&property("identityProvider").read_only().column("provider_id"), provider);
        walk.text(&property("name").inert().checked(256, is_name).required().found("name", Found::Exact), name);
        walk.text(&property("value").inert().verbatim(MAX_OCTETS, is_value).required(), value);
        walk.choice(&property("update").inert().absent(Absent::Default("EMPTY_ONLY")), update);
        walk.choice(&property("mappingType").read_only().absent(Absent::ReadOnly).stored_as("kind"), kind);
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
        walk.version(version);
    }

    /// Of the one that is always there, only the value is written.
    fn rules(&self, before: &Self, fields: &mut Fields<'_>) {
        if self.kind == ProviderMappingType::Core {
            for (name, changed) in [("name", before.name != self.name), ("update", before.update != self.update)] {
                if changed {
                    fields.fault("INVALID_VALUE", name, "cannot be changed of a CORE mapping", None);
                }
            }
        }
    }
}

/// An attribute of a user, or a member of one.
fn is_name(text: &str) -> Result<(), String> {
    let word = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'-'))
    };
    let first = text.split('.').next().unwrap_or_default();
    if RESERVED.contains(&first) {
        return Err("is written by the server alone".into());
    }
    if text.split('.').all(word) { Ok(()) } else { Err("must name an attribute, such as email or name.given".into()) }
}

fn is_value(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("must not be empty".into());
    }
    Expression::parse(text).map(|_| ()).map_err(|misread| format!("must be an expression: {misread}"))
}

/// The attributes that PingOne maps nothing to.
const RESERVED: [&str; 7] = ["account", "id", "created", "updated", "lifecycle", "mfaEnabled", "enabled"];
