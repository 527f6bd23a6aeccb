//! The schema of users: every environment has one, and it stands from the beginning. Its attributes are `schema_attribute`.

#![expect(clippy::unused_async, reason = "the rows of the route table are asynchronous; this is answered from memory")]

use engine::Failure;
use engine::manage::Authorized;
use protocol::model::user_schema;
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::Answer;
use super::call::{Call, missing};
use super::list::whole;
use super::shape::linked;

pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let schema = shape(&call)?;
    whole(&call, "schemas", vec![schema], &["id", "name"])
}

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    named(&call)?;
    Ok(Answer::ok(shape(&call)?))
}

/// The schema of the path, which must be the one that there is.
pub(super) fn named(call: &Call) -> Result<Uuid, Failure> {
    let id = call.id("schema", protocol::id::canonical)?;
    if id == user_schema(call.environment()?) { Ok(id) } else { Err(missing("schema", id.to_string())) }
}

fn shape(call: &Call) -> Result<Value, Failure> {
    let (by, environment): (&Authorized, _) = (&call.by, call.environment()?);
    let id = user_schema(environment);
    let path = format!("/environments/{environment}");
    let own = format!("{path}/schemas/{id}");
    let links = [("self", own.clone()), ("environment", path), ("attributes", format!("{own}/attributes"))];
    let schema = linked(by, &links)
        .with("id", id.to_string())
        .with("environment", json!({ "id": environment.to_string() }))
        .with("name", "User")
        .with("description", "What the users of this environment may have")
        .with("allowsContainsOperator", true);
    Ok(schema.into())
}
