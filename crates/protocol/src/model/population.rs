//! Populations: every user is in exactly one, and exactly one of an environment's is the default.

use uuid::Uuid;

use super::check::{Fields, is_printable};
use super::describe::{Absent, Described, Found, Place, Refers, Walk, property};
use crate::id::{EnvironmentId, IdentityProviderId, PasswordPolicyId, PopulationId};
use crate::time::Time;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Population {
    pub id: PopulationId,
    pub environment: EnvironmentId,
    pub name: String,
    pub description: Option<String>,
    pub default: bool,
    pub preferred_language: String,
    pub password_policy: Option<PasswordPolicyId>,
    /// Where its people sign on, if that is not this server; it has a route of its own.
    pub default_provider: Option<IdentityProviderId>,
    pub theme: Uuid,
    pub alternative_identifiers: Vec<String>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

/// The contract, Annex A: Population.
impl Described for Population {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self {
            id,
            environment,
            name,
            description,
            default,
            preferred_language,
            password_policy,
            default_provider,
            theme,
            alternative_identifiers,
            created_at,
            updated_at,
            version,
        } = self;
        walk.id(&property("id").read_only().found("id", Found::Id), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.text(&property("name").text(1, 256).required().found("name_key", Found::Folded), name);
        walk.text_if(
            &property("description").inert().prose(4_096).found_in_body(Found::Loose).listed_last(),
            description,
        );
        walk.flag(&property("default").absent(Absent::Kept).found("is_default", Found::Flag), default);
        let language =
            property("preferredLanguage").inert().matching((2, 35), is_tag, TAG).absent(Absent::Default("en"));
        walk.text(&language, preferred_language);
        let policy = property("passwordPolicy").refers(Refers::PasswordPolicy).column("password_policy_id");
        walk.reference(&policy, password_policy);
        let provider = property("defaultIdentityProvider").place(Place::Hidden("default_provider"));
        walk.id(&provider.column("identity_provider_id"), default_provider);
        walk.reference(&property("theme").inert().absent(Absent::Kept), theme);
        walk.texts(&property("alternativeIdentifiers").inert().at_most(25, is_identifier), alternative_identifiers);
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only().found("updated_at", Found::Time), updated_at);
        walk.made(&property("userCount"), "integer");
        walk.version(version);
    }

    /// Every population has the theme that the server gave it: no call makes another one.
    fn rules(&self, before: &Self, fields: &mut Fields<'_>) {
        if self.theme != before.theme {
            fields.fault("INVALID_VALUE", "theme.id", "no theme of this environment has this id", None);
        }
    }
}

/// RFC 5646 §2.1, in outline.
fn is_tag(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

fn is_identifier(text: &str) -> Result<(), String> {
    let fits = (1..=256).contains(&text.chars().count()) && text.chars().all(is_printable);
    if fits { Ok(()) } else { Err("must be a short text without control characters".into()) }
}

const TAG: &str = "^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*$";
