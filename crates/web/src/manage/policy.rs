//! Password policies, to be read.

#![expect(
    clippy::unused_async,
    reason = "the rows of the route table are asynchronous; these are answered from memory"
)]

use engine::Failure;
use engine::manage::Authorized;
use protocol::id::PasswordPolicyId;
use protocol::model::PasswordPolicy;
use serde_json::Value;

use super::answer::Answer;
use super::call::{Call, missing};
use super::crud;
use super::list::whole;
use super::shape::Object;

pub(super) async fn password_policies(call: Call) -> Result<Answer, Failure> {
    let rows = call.by.tenant()?.password_policies.iter().map(|policy| password_shape(&call.by, policy)).collect();
    whole(&call, "passwordPolicies", rows, ATTRIBUTES)
}

pub(super) async fn password_policy(call: Call) -> Result<Answer, Failure> {
    let id = call.id("policy", PasswordPolicyId::parse)?;
    let found = call.by.tenant()?.password_policies.iter().find(|policy| policy.id == id);
    let policy = found.ok_or_else(|| missing("password policy", id.to_string()))?;
    Ok(Answer::ok(password_shape(&call.by, policy)))
}

fn password_shape(by: &Authorized, policy: &PasswordPolicy) -> Value {
    let environment = format!("/environments/{}", policy.environment);
    let links = [("self", format!("{environment}/passwordPolicies/{}", policy.id)), ("environment", environment)];
    crud::shape(by, policy, &links, Object::default().with("notSimilarToCurrent", true).into_map())
}

const ATTRIBUTES: &[&str] = &["id", "name", "description", "default", "createdAt", "updatedAt"];
