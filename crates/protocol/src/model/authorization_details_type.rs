//! Types of authorization details (RFC 9396 §2): what a resource can be asked for beyond scopes, with a schema and in words.

use serde_json::{Map, Value};

use super::check::Fields;
use super::describe::{Absent, Described, Found, Refers, Walk, property};
use crate::details::schema;
use crate::id::{AuthorizationDetailsTypeId, EnvironmentId, ResourceId};
use crate::time::Time;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuthorizationDetailsType {
    pub id: AuthorizationDetailsTypeId,
    pub environment: EnvironmentId,
    /// `type` of an object that asks for it: a word or an address that the resource chose (RFC 9396 §2.1).
    pub name: String,
    pub resource: ResourceId,
    /// What it allows, for the person who is asked.
    pub description: Option<String>,
    /// What an object of it must look like; see [`schema`].
    pub schema: Map<String, Value>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

/// This server's own: PingOne has no such object.
impl Described for AuthorizationDetailsType {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { id, environment, name, resource, description, schema, created_at, updated_at, version } = self;
        walk.id(&property("id").read_only().found("id", Found::Id), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.text(&property("type").text(1, 256).required().found("name", Found::Exact).stored_as("name"), name);
        let of = property("resource").required().refers(Refers::Resource).column("resource_id");
        walk.reference(&of, resource);
        walk.text_if(&property("description").prose(4_096), description);
        walk.kept(&property("schema").absent(Absent::Cleared), schema);
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
        walk.version(version);
    }

    fn rules(&self, _: &Self, fields: &mut Fields<'_>) {
        if let Err(message) = schema::judge(&self.schema) {
            fields.fault("INVALID_VALUE", "schema", &message, None);
        }
    }
}
