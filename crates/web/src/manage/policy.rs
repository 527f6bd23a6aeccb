//! Sign-on policies and password policies, to be read.

#![expect(
    clippy::unused_async,
    reason = "the rows of the route table are asynchronous; these are answered from memory"
)]

use engine::Failure;
use engine::manage::Authorized;
use protocol::id::{PasswordPolicyId, SignOnPolicyId};
use protocol::model::{PasswordPolicy, SignOnPolicy};
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::{Call, missing};
use super::crud;
use super::list::whole;
use super::shape::{linked, reference, stamp};

pub(super) async fn sign_on_policies(call: Call) -> Result<Answer, Failure> {
    let rows = call.by.tenant()?.sign_on_policies.iter().map(|policy| sign_on_shape(&call.by, policy)).collect();
    Ok(whole(&call, "signOnPolicies", rows))
}

pub(super) async fn sign_on_policy(call: Call) -> Result<Answer, Failure> {
    let id = call.id("policy", SignOnPolicyId::parse)?;
    let found = call.by.tenant()?.sign_on_policies.iter().find(|policy| policy.id == id);
    let policy = found.ok_or_else(|| missing("sign-on policy", id.to_string()))?;
    Ok(Answer::ok(sign_on_shape(&call.by, policy)))
}

pub(super) async fn password_policies(call: Call) -> Result<Answer, Failure> {
    let rows = call.by.tenant()?.password_policies.iter().map(|policy| password_shape(&call.by, policy)).collect();
    Ok(whole(&call, "passwordPolicies", rows))
}

pub(super) async fn password_policy(call: Call) -> Result<Answer, Failure> {
    let id = call.id("policy", PasswordPolicyId::parse)?;
    let found = call.by.tenant()?.password_policies.iter().find(|policy| policy.id == id);
    let policy = found.ok_or_else(|| missing("password policy", id.to_string()))?;
    Ok(Answer::ok(password_shape(&call.by, policy)))
}

fn sign_on_shape(by: &Authorized, policy: &SignOnPolicy) -> Value {
    let environment = format!("/environments/{}", policy.environment);
    let links = [("self", format!("{environment}/signOnPolicies/{}", policy.id)), ("environment", environment)];
    crud::shape(by, policy, &links, Map::new())
}

fn password_shape(by: &Authorized, policy: &PasswordPolicy) -> Value {
    let environment = format!("/environments/{}", policy.environment);
    let counts: Map<String, Value> =
        policy.min_characters.iter().map(|(set, count)| (set.clone(), json!(count))).collect();
    linked(by, &[("self", format!("{environment}/passwordPolicies/{}", policy.id)), ("environment", environment)])
        .with("id", policy.id.to_string())
        .with("environment", reference(policy.environment))
        .with("name", policy.name.as_str())
        .with("default", policy.default)
        .with("length", json!({ "min": policy.min_length, "max": policy.max_length }))
        .with("minCharacters", counts)
        .with("maxRepeatedCharacters", policy.max_repeated)
        .with("minUniqueCharacters", policy.min_unique)
        .with("excludesCommonlyUsed", policy.excludes_commonly_used)
        .with("excludesProfileData", policy.excludes_profile_data)
        .with("notSimilarToCurrent", true)
        .with("lockout", json!({ "failureCount": policy.lockout_failures, "durationSeconds": policy.lockout_seconds }))
        .with("createdAt", stamp(policy.created_at))
        .with("updatedAt", stamp(policy.updated_at))
        .into()
}
