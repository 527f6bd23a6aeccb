//! What the applications of a resource are told: in access tokens that are for a custom one, and of `openid` in ID tokens and at
//! userinfo.

use super::predefined::{self, PREDEFINED};
use super::{OWN_ID, SUB, UNWRITTEN, judge_places, judge_value, name, unwritten};
use crate::id::{EnvironmentId, ResourceAttributeId, ResourceId};
use crate::model::check::Fields;
use crate::model::describe::{Absent, Described, Found, Place, Walk, property};
use crate::model::{Resource, ResourceType};
use crate::names::names;
use crate::time::Time;

names! {
    #[derive(Default)]
    pub enum AttributeType {
        /// `sub` of a custom resource: it is there from the beginning, and stays.
        Core = "CORE",
        #[default]
        Custom = "CUSTOM",
        /// A claim of OpenID Connect, of the resource `openid`: likewise.
        Predefined = "PREDEFINED",
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResourceAttribute {
    pub id: ResourceAttributeId,
    pub environment: EnvironmentId,
    pub resource: ResourceId,
    /// Of the claim.
    pub name: String,
    pub kind: AttributeType,
    /// Whose kind decides what it may be; it is that of the resource for ever.
    pub of: ResourceType,
    /// A text with expressions, see [`crate::expression::Expression`]. Empty: it is not told.
    pub value: String,
    /// None but at the resource `openid`.
    pub id_token: Option<bool>,
    pub user_info: Option<bool>,
    /// One of somebody's making, of `openid`, that a scope mapped once: from then on it is told by scopes alone.
    pub by_scopes: bool,
    pub created_at: Time,
    pub updated_at: Time,
    /// [`UNWRITTEN`] of what nobody has written.
    pub version: i64,
}

impl ResourceAttribute {
    /// Those of the resource that stand from the beginning, as they stand then.
    pub fn predefined(resource: &Resource) -> Vec<Self> {
        let one = |kind, name: &str, value: &str, told| Self {
            id: unwritten(resource.id.uuid(), name).into(),
            environment: resource.environment,
            resource: resource.id,
            name: name.into(),
            kind,
            of: resource.kind,
            value: value.into(),
            id_token: told,
            user_info: told,
            by_scopes: false,
            created_at: resource.created_at,
            updated_at: resource.created_at,
            version: UNWRITTEN,
        };
        match resource.kind {
            ResourceType::Custom => vec![one(AttributeType::Core, SUB, OWN_ID, None)],
            ResourceType::OpenidConnect => {
                let all = PREDEFINED.iter();
                all.map(|(name, value)| one(AttributeType::Predefined, name, value, Some(true))).collect()
            }
            ResourceType::PingOneApi => Vec::new(),
        }
    }

    /// Whether it is worth what it is worth from the beginning.
    pub fn is_as_predefined(&self) -> bool {
        match self.kind {
            AttributeType::Core => self.value == OWN_ID,
            AttributeType::Predefined => predefined::value(&self.name) == Some(self.value.as_str()),
            AttributeType::Custom => false,
        }
    }
}

impl Described for ResourceAttribute {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self {
            id,
            environment,
            resource,
            name,
            kind,
            of,
            value,
            id_token,
            user_info,
            by_scopes,
            created_at,
            updated_at,
            version,
        } = self;
        let of_person = *of == ResourceType::OpenidConnect;
        walk.id(&property("id").read_only().column("id"), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.reference(&property("resource").read_only().column("resource_id"), resource);
        walk.text(&property("name").text(1, 256).required().column("name"), name);
        walk.choice(&property("type").read_only().stored_as("kind"), kind);
        walk.choice(&property("of").place(Place::Hidden("of")), of);
        walk.text(&property("value").prose(4_096), value);
        let told = |name| property(name).absent(Absent::Default("true")).only_if(of_person);
        walk.flag_if(&told("idToken"), id_token);
        walk.flag_if(&told("userInfo"), user_info);
        // Said where it is so: another environment that is made of this one tells it to nobody more. Who writes nothing of it leaves it.
        let mut limited = by_scopes.then_some(true);
        let own = of_person && *kind == AttributeType::Custom;
        walk.flag_if(&property("byScopes").absent(Absent::Kept).only_if(own), &mut limited);
        *by_scopes = limited == Some(true);
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
        walk.version(version);
    }

    fn rules(&self, before: &Self, fields: &mut Fields<'_>) {
        let stays = self.kind != AttributeType::Custom;
        name::judge(fields, (self.name.as_str(), stays), &before.name, ("resource", self.of.name()));
        if !stays && self.of == ResourceType::OpenidConnect && predefined::value(&self.name).is_some() {
            fields.fault("UNIQUENESS_VIOLATION", "name", name::TAKEN, None);
        }
        // A predefined one is switched off so.
        if self.value.is_empty() && self.kind != AttributeType::Predefined {
            let code = if fields.has("value") { "EMPTY_VALUE" } else { "REQUIRED_VALUE" };
            fields.fault(code, "value", "must not be empty", None);
        }
        judge_value(fields, &self.value, self.kind == AttributeType::Core);
        judge_places(fields, self.id_token, self.user_info);
    }
}
