//! The actions of a sign-on policy: parts of it, with a path of their own.

use engine::Failure;
use engine::manage::{About, Authorized};
use protocol::audit::Action;
use protocol::change::{Change, Guard};
use protocol::id::canonical;
use protocol::model::{MAX_SIGN_ON_ACTIONS, SignOnAction, SignOnPolicy, describe};
use serde_json::Value;

use super::answer::Answer;
use super::call::{Call, missing};
use super::crud::{self, Managed as _, constraint, written_onto};
use super::list::whole;
use super::named;
use super::shape::{linked, reference};
use super::user_attribute::{self, begins};

pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let policy = crud::load::<SignOnPolicy>(&call).await?;
    let rows = policy.in_order().into_iter().map(|action| shape(&call.by, &policy, action)).collect();
    whole(&call, "actions", rows, &["id", "type", "priority"])
}

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let policy = crud::load::<SignOnPolicy>(&call).await?;
    let action = find(&call, &policy)?;
    Ok(Answer::ok(shape(&call.by, &policy, action)))
}

pub(super) async fn create(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let mut policy = crud::load::<SignOnPolicy>(&call).await?;
    let mut action = written_onto(&call, &call.json().await?, &SignOnAction::default()).await?;
    if policy.actions.len() >= MAX_SIGN_ON_ACTIONS {
        let message = format!("A sign-on policy has at most {MAX_SIGN_ON_ACTIONS} actions");
        return Err(constraint("id", &message, "one more"));
    }
    hold(&by, &policy, None, &action).await?;
    action.id = by.new_id();
    policy.actions.push(action.clone());
    let policy = write(&by, policy, &action, "added").await?;
    Ok(Answer::created(shape(&by, &policy, &action)))
}

pub(super) async fn replace(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let mut policy = crud::load::<SignOnPolicy>(&call).await?;
    let before = find(&call, &policy)?.clone();
    let id = before.id;
    // All that it is comes with the body.
    let blank = SignOnAction { id, ..SignOnAction::default() };
    let action: SignOnAction = written_onto(&call, &call.json().await?, &blank).await?;
    hold(&by, &policy, Some(&before), &action).await?;
    for own in policy.actions.iter_mut().filter(|own| own.id == id) {
        *own = action.clone();
    }
    let policy = write(&by, policy, &action, "changed").await?;
    Ok(Answer::ok(shape(&by, &policy, &action)))
}

pub(super) async fn delete(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let mut policy = crud::load::<SignOnPolicy>(&call).await?;
    let gone = find(&call, &policy)?.clone();
    policy.actions.retain(|action| action.id != gone.id);
    if policy.actions.is_empty() {
        // Ping's provider looks for the words, and makes another one first.
        return Err(constraint("id", "Cannot delete last action from the policy", "its only action"));
    }
    write(&by, policy, &gone, "took away").await?;
    Ok(Answer::none())
}

/// While the call is committed nobody ends what the action names.
async fn hold(
    by: &Authorized,
    policy: &SignOnPolicy,
    before: Option<&SignOnAction>,
    after: &SignOnAction,
) -> Result<(), Failure> {
    named::hold_all(by, policy.environment, before, after).await?;
    let names = |of: Option<&SignOnAction>, name: &str| {
        of.is_some_and(|of| of.attributes().into_iter().any(|path| begins(path, name)))
    };
    let (was, now) = (|name: &str| names(before, name), |name: &str| names(Some(after), name));
    user_attribute::hold(by, policy.environment, was, now).await
}

/// Stores the policy with what became of its action.
async fn write(
    by: &Authorized,
    mut policy: SignOnPolicy,
    action: &SignOnAction,
    verb: &str,
) -> Result<SignOnPolicy, Failure> {
    policy.updated_at = by.now().to_millis();
    let about = About::from(policy.target()).noting(format!("{verb} {} {}", action.step.kind().name(), action.id));
    by.finish(vec![Change::put(policy.clone(), Guard::Version)], Action::SignOnPolicyUpdated, about).await?;
    policy.version += 1;
    Ok(policy)
}

fn find<'a>(call: &Call, policy: &'a SignOnPolicy) -> Result<&'a SignOnAction, Failure> {
    let id = call.id("action", canonical)?;
    let found = policy.actions.iter().find(|action| action.id == id);
    found.ok_or_else(|| missing("sign-on policy action", id.to_string()))
}

fn shape(by: &Authorized, policy: &SignOnPolicy, action: &SignOnAction) -> Value {
    let environment = format!("/environments/{}", policy.environment);
    let path = format!("{environment}/signOnPolicies/{}", policy.id);
    let links =
        [("self", format!("{path}/actions/{}", action.id)), ("environment", environment), ("signOnPolicy", path)];
    linked(by, &links)
        .with("environment", reference(policy.environment))
        .with("signOnPolicy", reference(policy.id))
        .and(describe::draw(action))
        .into()
}
