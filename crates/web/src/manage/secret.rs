//! Secrets of applications and of resources: the only call that shows one, its rotation, and the end of the one before.

use engine::Failure;
use engine::manage::{About, Authorized};
use protocol::audit::{Action, Kind};
use protocol::change::Change;
use protocol::id::EnvironmentId;
use protocol::model::check::secret as check;
use protocol::model::{ClientSecret, SecretOf, SecretPair};
use protocol::secret::Secret;
use protocol::time::Time;
use serde_json::Value;
use uuid::Uuid;

use super::answer::Answer;
use super::call::{Call, missing};
use super::shape::{Object, linked, reference, stamp};

/// Whose secret a call is about, and the secrets that it has.
pub(super) struct Holder {
    pub(super) environment: EnvironmentId,
    pub(super) of: SecretOf,
    pub(super) secrets: SecretPair,
    /// What the event is about.
    pub(super) target: (Kind, Uuid),
}

/// Shows the secret. The reading is an audit event; the secret is in no other body, list or event (MG-17).
pub(super) async fn read(call: &Call, holder: Holder) -> Result<Answer, Failure> {
    call.by.finish(Vec::new(), Action::SecretRead, holder.target).await?;
    respond(&call.by, &holder)
}

/// Makes a new secret. The present one ends at once, or at `previous.expiresAt`.
pub(super) async fn rotate(call: &Call, holder: Holder) -> Result<Answer, Failure> {
    let by = &call.by;
    let until = check::read(&call.optional_json().await?, by.now())?;
    let Holder { environment, of, target, .. } = holder;
    let current = first(by, environment, of);
    let before = holder.secrets.current;
    let previous = before.clone().zip(until).map(|(secret, until)| ClientSecret { expires_at: Some(until), ..secret });
    let change = Change::RotateSecret {
        environment,
        of,
        was: before.map(|secret| *secret.digest.bytes()),
        current: current.clone(),
        previous: previous.clone(),
    };
    let note = match until {
        Some(until) => format!("the one before ends at {}", stamp(until)),
        None => "the one before ended at once".to_owned(),
    };
    by.finish(vec![change], Action::SecretRotated, About::from(target).noting(note)).await?;
    respond(by, &Holder { secrets: SecretPair { current: Some(current), previous }, ..holder })
}

/// Ends the secret before at once.
pub(super) async fn delete_previous(call: &Call, holder: Holder) -> Result<Answer, Failure> {
    let previous = live_previous(&holder, call.by.now());
    let previous = previous.ok_or_else(|| missing("previous secret", "one who has none"))?;
    let change =
        Change::DeletePreviousSecret { environment: holder.environment, of: holder.of, was: *previous.digest.bytes() };
    let about = About::from(holder.target).noting("the one before the present secret ended");
    call.by.finish(vec![change], Action::SecretDeleted, about).await?;
    Ok(Answer::none())
}

/// A new secret, sealed for whose it is: one that an operator brings along, or a fresh one.
pub(super) fn first(by: &Authorized, environment: EnvironmentId, of: SecretOf) -> ClientSecret {
    let keys = (by.app.pepper(), by.app.seal());
    let brought = by.brought.secret.clone();
    let text = brought.unwrap_or_else(|| by.ctx().client_secret());
    ClientSecret::new(&by.ctx(), keys, (environment, of), &text)
}

fn live_previous(holder: &Holder, now: Time) -> Option<&ClientSecret> {
    holder.secrets.previous.as_ref().filter(|secret| secret.expires_at.is_some_and(|until| now < until))
}

fn respond(by: &Authorized, holder: &Holder) -> Result<Answer, Failure> {
    let Holder { environment, of, secrets, .. } = holder;
    let current = secrets.current.as_ref().ok_or_else(|| missing("secret", "one who has none"))?;
    let reveal = |secret: &ClientSecret| {
        let text = secret.reveal(by.app.seal(), *environment, *of);
        text.ok_or_else(|| engine::failure::unreadable("a client secret"))
    };
    let previous = live_previous(holder, by.now());
    let previous = previous.map(|secret| Ok::<_, Failure>(previous_shape(secret, &reveal(secret)?))).transpose()?;
    let path = format!("/environments/{environment}");
    let (name, own) = match of {
        SecretOf::Application(id) => ("application", format!("{path}/applications/{id}")),
        SecretOf::Resource(id) => ("resource", format!("{path}/resources/{id}")),
    };
    let links = [("self", format!("{own}/secret")), ("environment", path), (name, own)];
    let body = linked(by, &links)
        .with("environment", reference(environment))
        .with("secret", reveal(current)?.expose())
        .maybe("previous", previous);
    Ok(Answer::ok(body))
}

fn previous_shape(secret: &ClientSecret, text: &Secret) -> Value {
    Object::default()
        .with("secret", text.expose())
        .maybe("expiresAt", secret.expires_at.map(stamp))
        .maybe("lastUsed", secret.last_used.map(stamp))
        .into()
}
