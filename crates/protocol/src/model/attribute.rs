//! Attribute mappings: what an application, or the applications of a resource, are told of a person beyond what everybody is
//! (the contract, Annex A: ApplicationAttributeMapping, ResourceAttribute).
//!
//! Some stand from the beginning and cannot be taken away. Of those nothing is stored until somebody writes them: they follow from
//! whose they are ([`ApplicationAttribute::core`], [`ResourceAttribute::predefined`]).

mod name;
mod predefined;
mod resource;

use serde_json::json;
use uuid::Uuid;

use super::check::Fields;
use super::describe::{Absent, Described, Found, Place, Walk, property};
use super::{Application, Protocol};
use crate::expression::Expression;
use crate::id::{ApplicationAttributeId, ApplicationId, EnvironmentId, ScopeId};
use crate::names::names;
use crate::time::Time;

pub use name::is_reserved;
pub use predefined::PREDEFINED;
pub use resource::{AttributeType, ResourceAttribute};

names! {
    #[derive(Default)]
    pub enum MappingType {
        /// `sub`: it is there from the beginning, and stays.
        Core = "CORE",
        #[default]
        Custom = "CUSTOM",
        /// PingOne's, of what a scope brings. None is made here.
        Scope = "SCOPE",
    }
}

/// What one application is told, in ID tokens and at userinfo.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApplicationAttribute {
    pub id: ApplicationAttributeId,
    pub environment: EnvironmentId,
    pub application: ApplicationId,
    /// Of the claim.
    pub name: String,
    pub kind: MappingType,
    /// A text with expressions, see [`Expression`].
    pub value: String,
    /// Whether there are no tokens without it.
    pub required: bool,
    /// None of `sub`, which is everywhere.
    pub id_token: Option<bool>,
    pub user_info: Option<bool>,
    /// The ids of the scopes that it takes one of. Empty: it is told whatever was asked for.
    pub oidc_scopes: Vec<String>,
    /// SAML's, kept.
    pub name_format: Option<String>,
    pub created_at: Time,
    pub updated_at: Time,
    /// [`UNWRITTEN`] of what nobody has written.
    pub version: i64,
}

/// The version of what stands from the beginning, until it is written.
pub const UNWRITTEN: i64 = -1;
/// So many an application or a resource may have beside those that stand from the beginning.
pub const MOST_ATTRIBUTES: usize = 100;
/// The claim that says who it is.
pub const SUB: &str = "sub";
/// What `sub` is worth until somebody says otherwise.
pub const OWN_ID: &str = "${user.id}";

impl ApplicationAttribute {
    /// The mapping of `sub`, as it stands from the beginning.
    pub fn core(application: &Application) -> Self {
        Self {
            id: unwritten(application.id.uuid(), SUB).into(),
            environment: application.environment,
            application: application.id,
            name: SUB.into(),
            kind: MappingType::Core,
            value: OWN_ID.into(),
            required: true,
            created_at: application.created_at,
            updated_at: application.created_at,
            version: UNWRITTEN,
            ..Self::default()
        }
    }
}

impl Described for ApplicationAttribute {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self {
            id,
            environment,
            application,
            name,
            kind,
            value,
            required,
            id_token,
            user_info,
            oidc_scopes,
            name_format,
            created_at,
            updated_at,
            version,
        } = self;
        let limited = *kind != MappingType::Core;
        walk.id(&property("id").read_only().column("id"), id);
        walk.id(&property("environment").place(Place::Hidden("environment")).column("environment_id"), environment);
        walk.reference(&property("application").read_only().column("application_id"), application);
        walk.text(&property("name").text(1, 256).required().column("name"), name);
        walk.choice(&property("mappingType").read_only().stored_as("kind"), kind);
        walk.text(&property("value").prose(4_096).required(), value);
        walk.flag(&property("required"), required);
        let told = |name| property(name).absent(Absent::Default("true")).only_if(limited);
        walk.flag_if(&told("idToken"), id_token);
        walk.flag_if(&told("userInfo"), user_info);
        walk.texts(&property("oidcScopes").at_most(100, is_scope).only_if(limited), oidc_scopes);
        walk.text_if(&property("nameFormat").inert().text(1, 256), name_format);
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
        walk.version(version);
    }

    fn rules(&self, before: &Self, fields: &mut Fields<'_>) {
        let core = self.kind == MappingType::Core;
        name::judge(fields, (self.name.as_str(), core), &before.name, ("application", Protocol::OpenidConnect.name()));
        judge_value(fields, &self.value, core);
        if core && !self.required {
            fields.fault("INVALID_VALUE", "required", "must be true of sub", None);
        }
        judge_places(fields, self.id_token, self.user_info);
    }
}

/// The id of what nobody has written: it follows from whose it is and its name (RFC 9562 §5.8), so that it is the same for everybody who
/// asks, and the row has it once somebody writes it.
pub(super) fn unwritten(of: Uuid, name: &str) -> Uuid {
    let hash = jose::digest::sha256(&[of.as_bytes().as_slice(), name.as_bytes()].concat());
    let mut octets = [0; 16];
    octets.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(octets).into_uuid()
}

/// A value is an expression that can be read, of what is known. One of `sub` (`core`) follows from the person alone: whoever asks
/// again is told the same.
pub(super) fn judge_value(fields: &mut Fields<'_>, value: &str, core: bool) {
    let expression = match Expression::parse(value) {
        Ok(expression) => expression,
        Err(misread) => {
            let inner = json!({ "position": misread.position });
            fields.fault("INVALID_VALUE", "value", &format!("is no expression: {misread}"), Some(inner));
            return;
        }
    };
    let known: &[&str] = if core { &["user"] } else { &["context", "user"] };
    if let Some((unknown, place)) = expression.names().into_iter().find(|(name, _)| !known.contains(name)) {
        let message = format!("names {unknown} at position {place}, where only {} can be named", known.join(" and "));
        fields.fault("INVALID_VALUE", "value", &message, Some(json!({ "position": place })));
    }
    if core && value.contains(crate::mapping::OF_GROUPS) {
        fields.fault("INVALID_VALUE", "value", "must not follow from groups: a person's sub stays as it is", None);
    }
}

/// What is told nowhere is no mapping.
pub(super) fn judge_places(fields: &mut Fields<'_>, id_token: Option<bool>, user_info: Option<bool>) {
    if (id_token, user_info) == (Some(false), Some(false)) {
        fields.fault("INVALID_VALUE", "idToken", "idToken and userInfo must not both be false", None);
    }
}

fn is_scope(text: &str) -> Result<(), String> {
    ScopeId::parse(text).map(|_| ()).ok_or_else(|| "must be the id of a scope".into())
}
