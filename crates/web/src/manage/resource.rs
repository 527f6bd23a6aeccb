//! Resources and their scopes, to be read.

#![expect(
    clippy::unused_async,
    reason = "the rows of the route table are asynchronous; these are answered from memory"
)]

use engine::Failure;
use engine::manage::Authorized;
use protocol::id::{ResourceId, ScopeId};
use protocol::model::{Resource, ResourceScope};
use serde_json::Value;

use super::answer::Answer;
use super::call::{Call, missing};
use super::list::whole;
use super::shape::{linked, reference, stamp};

pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let rows = call.by.tenant()?.scopes.resources.iter().map(|resource| shape(&call.by, resource)).collect();
    Ok(whole(&call, "resources", rows))
}

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let resource = load(&call)?;
    Ok(Answer::ok(shape(&call.by, resource)))
}

pub(super) async fn scopes(call: Call) -> Result<Answer, Failure> {
    let resource = load(&call)?.id;
    let scopes = call.by.tenant()?.scopes.scopes.iter().filter(|scope| scope.resource == resource);
    let rows = scopes.map(|scope| scope_shape(&call.by, scope)).collect();
    Ok(whole(&call, "scopes", rows))
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
    linked(by, &[("self", path.clone()), ("environment", environment), ("scopes", format!("{path}/scopes"))])
        .with("id", resource.id.to_string())
        .with("environment", reference(resource.environment))
        .with("name", resource.name.as_str())
        .maybe("description", resource.description.as_deref())
        .with("type", resource.kind.name())
        .maybe("audience", resource.audience.as_deref())
        .maybe("accessTokenValiditySeconds", resource.access_token_seconds)
        .with("createdAt", stamp(resource.created_at))
        .with("updatedAt", stamp(resource.updated_at))
        .into()
}

fn scope_shape(by: &Authorized, scope: &ResourceScope) -> Value {
    let environment = format!("/environments/{}", scope.environment);
    let resource = format!("{environment}/resources/{}", scope.resource);
    let links =
        [("self", format!("{resource}/scopes/{}", scope.id)), ("environment", environment), ("resource", resource)];
    linked(by, &links)
        .with("id", scope.id.to_string())
        .with("environment", reference(scope.environment))
        .with("resource", reference(scope.resource))
        .with("name", scope.name.as_str())
        .maybe("description", scope.description.as_deref())
        .with("createdAt", stamp(scope.created_at))
        .with("updatedAt", stamp(scope.updated_at))
        .into()
}
