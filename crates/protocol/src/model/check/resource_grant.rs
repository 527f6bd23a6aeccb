//! The scopes of one resource that an application is given (the contract, Annex A: ApplicationResourceGrant).

use serde_json::{Map, Value};

use super::Fields;
use crate::id::{ResourceId, ScopeId};
use crate::model::Scopes;
use crate::refusal::Refused;

/// Reads which scopes of which resource are granted. `known` is all that the environment has.
pub fn read(body: &Map<String, Value>, known: &Scopes) -> Result<(ResourceId, Vec<ScopeId>), Refused> {
    let mut fields = Fields::new(body);
    let resource = fields.within("resource", |resource| {
        let id = resource.id("id");
        resource.require("id", id).map(ResourceId::new)
    });
    let resource = fields.require("resource", resource).flatten();
    if resource.is_some_and(|id| known.resource(id).is_none()) {
        fields.fault("INVALID_VALUE", "resource.id", "no resource of this environment has this id", None);
    }
    let scopes = fields.each("scopes", MAX_SCOPES, |scope| {
        let id = scope.id("id");
        let id = scope.require("id", id).map(ScopeId::new)?;
        if known.scope(id).is_none_or(|found| resource.is_some_and(|resource| found.resource != resource)) {
            scope.fault("INVALID_VALUE", "id", "no scope of the resource has this id", None);
        }
        Some(id)
    });
    let scopes = fields.require("scopes", scopes);
    if scopes.as_ref().is_some_and(Vec::is_empty) {
        fields.fault("EMPTY_VALUE", "scopes", "must not be empty", None);
    }
    let mut granted: Vec<ScopeId> = Vec::new();
    for id in scopes.into_iter().flatten().flatten() {
        if !granted.contains(&id) {
            granted.push(id);
        }
    }
    super::complete(fields, resource.map(|resource| (resource, granted)))
}

const MAX_SCOPES: usize = 500;
