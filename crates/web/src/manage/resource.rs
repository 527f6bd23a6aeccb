//! Resources and their scopes, to be read.

#![expect(
    clippy::unused_async,
    reason = "the rows of the route table are asynchronous; these are answered from memory"
)]

use engine::Failure;
use engine::manage::Authorized;
use protocol::id::{ResourceId, ScopeId};
use protocol::model::{Resource, ResourceScope};
use serde_json::{Map, Value};

use super::answer::Answer;
use super::call::{Call, missing};
use super::crud;
use super::list::whole;

pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let rows = call.by.tenant()?.scopes.resources.iter().map(|resource| shape(&call.by, resource)).collect();
    whole(&call, "resources", rows, &["id", "name", "description", "type", "audience", "createdAt", "updatedAt"])
}

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let resource = load(&call)?;
    Ok(Answer::ok(shape(&call.by, resource)))
}

pub(super) async fn scopes(call: Call) -> Result<Answer, Failure> {
    let resource = load(&call)?.id;
    let scopes = call.by.tenant()?.scopes.scopes.iter().filter(|scope| scope.resource == resource);
    let rows = scopes.map(|scope| scope_shape(&call.by, scope)).collect();
    whole(&call, "scopes", rows, &["id", "name", "description", "createdAt", "updatedAt"])
}

pub(super) async fn scope(call: Call) -> Result<Answer, Failure> {
    let (resource, id) = (load(&call)?.id, call.id("scope", ScopeId::parse)?);
    let found = call.by.tenant()?.scopes.scope(id).filter(|scope| scope.resource == resource);
    let scope = found.ok_or_else(|| missing("scope", id.to_string()))?;
    Ok(Answer::ok(scope_shape(&call.by, scope)))
}

fn load(call: &Call) -> Result<&Resource, Failure> {
    let id = call.id("resource", ResourceId::parse)?;
    call.by.tenant()?.scopes.resource(id).ok_or_else(|| missing("resource", id.to_string()))
}

fn shape(by: &Authorized, resource: &Resource) -> Value {
    let environment = format!("/environments/{}", resource.environment);
    let path = format!("{environment}/resources/{}", resource.id);
    let links = [
        ("self", path.clone()),
        ("environment", environment),
        ("scopes", format!("{path}/scopes")),
        ("attributes", format!("{path}/attributes")),
    ];
    crud::shape(by, resource, &links, Map::new())
}

fn scope_shape(by: &Authorized, scope: &ResourceScope) -> Value {
    let environment = format!("/environments/{}", scope.environment);
    let resource = format!("{environment}/resources/{}", scope.resource);
    let links =
        [("self", format!("{resource}/scopes/{}", scope.id)), ("environment", environment), ("resource", resource)];
    crud::shape(by, scope, &links, Map::new())
}
