//! Sign-on policies, to be read.

#![expect(
    clippy::unused_async,
    reason = "the rows of the route table are asynchronous; these are answered from memory"
)]

use engine::Failure;
use engine::manage::Authorized;
use protocol::id::SignOnPolicyId;
use protocol::model::SignOnPolicy;
use serde_json::{Map, Value};

use super::answer::Answer;
use super::call::{Call, missing};
use super::crud;
use super::list::whole;

pub(super) async fn sign_on_policies(call: Call) -> Result<Answer, Failure> {
    let rows = call.by.tenant()?.sign_on_policies.iter().map(|policy| sign_on_shape(&call.by, policy)).collect();
    whole(&call, "signOnPolicies", rows, ATTRIBUTES)
}

pub(super) async fn sign_on_policy(call: Call) -> Result<Answer, Failure> {
    let id = call.id("policy", SignOnPolicyId::parse)?;
    let found = call.by.tenant()?.sign_on_policies.iter().find(|policy| policy.id == id);
    let policy = found.ok_or_else(|| missing("sign-on policy", id.to_string()))?;
    Ok(Answer::ok(sign_on_shape(&call.by, policy)))
}

fn sign_on_shape(by: &Authorized, policy: &SignOnPolicy) -> Value {
    let environment = format!("/environments/{}", policy.environment);
    let path = format!("{environment}/signOnPolicies/{}", policy.id);
    let actions = format!("{path}/actions");
    let links = [("self", path), ("environment", environment), ("actions", actions)];
    crud::shape(by, policy, &links, Map::new())
}

const ATTRIBUTES: &[&str] = &["id", "name", "description", "default", "createdAt", "updatedAt"];
