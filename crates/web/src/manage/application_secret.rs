//! An application's secret: the only call that shows it, its rotation, and the end of the one before.

use engine::Failure;
use engine::manage::{About, Authorized};
use protocol::audit::Action;
use protocol::change::Change;
use protocol::client::Client;
use protocol::model::check::secret as check;
use protocol::model::{ClientSecret, SecretPair};
use protocol::secret::Secret;
use protocol::time::Time;
use serde_json::Value;

use super::answer::Answer;
use super::application::load;
use super::call::{Call, missing};
use super::crud::Managed as _;
use super::shape::{Object, linked, reference, stamp};

/// Shows the secret. The reading is an audit event; the secret is in no other body, list or event (MG-17).
pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let client = load(&call).await?;
    call.by.finish(Vec::new(), Action::SecretRead, client.application.target()).await?;
    respond(&call.by, &client)
}

/// Makes a new secret. The present one ends at once, or at `previous.expiresAt`.
pub(super) async fn rotate(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let client = load(&call).await?;
    let until = check::read(&call.optional_json().await?, by.now())?;
    let (environment, application) = (client.application.environment, client.application.id);
    let keys = (by.app.pepper(), by.app.seal());
    let current = ClientSecret::new(&by.ctx(), keys, (environment, application), &by.ctx().client_secret());
    let before = client.secrets.current.clone();
    let previous = before.clone().zip(until).map(|(secret, until)| ClientSecret { expires_at: Some(until), ..secret });
    let change = Change::RotateSecret {
        environment,
        application,
        was: before.map(|secret| *secret.digest.bytes()),
        current: current.clone(),
        previous: previous.clone(),
    };
    let note = match until {
        Some(until) => format!("the one before ends at {}", stamp(until)),
        None => "the one before ended at once".to_owned(),
    };
    by.finish(vec![change], Action::SecretRotated, About::from(client.application.target()).noting(note)).await?;
    respond(&by, &Client { secrets: SecretPair { current: Some(current), previous }, ..client })
}

/// Ends the secret before at once.
pub(super) async fn delete_previous(call: Call) -> Result<Answer, Failure> {
    let client = load(&call).await?;
    let previous = live_previous(&client, call.by.now());
    let previous = previous.ok_or_else(|| missing("previous secret", "an application without one"))?;
    let change = Change::DeletePreviousSecret {
        environment: client.application.environment,
        application: client.application.id,
        was: *previous.digest.bytes(),
    };
    let about = About::from(client.application.target()).noting("the one before the present secret ended");
    call.by.finish(vec![change], Action::SecretDeleted, about).await?;
    Ok(Answer::none())
}

fn live_previous(client: &Client, now: Time) -> Option<&ClientSecret> {
    client.secrets.previous.as_ref().filter(|secret| secret.expires_at.is_some_and(|until| now < until))
}

fn respond(by: &Authorized, client: &Client) -> Result<Answer, Failure> {
    let (environment, application) = (client.application.environment, client.application.id);
    let current = client.secrets.current.as_ref().ok_or_else(|| missing("secret", "an application without one"))?;
    let reveal = |secret: &ClientSecret| {
        let text = secret.reveal(by.app.seal(), environment, application);
        text.ok_or_else(|| engine::failure::unreadable("a client secret"))
    };
    let previous = live_previous(client, by.now());
    let previous = previous.map(|secret| Ok::<_, Failure>(previous_shape(secret, &reveal(secret)?))).transpose()?;
    let path = format!("/environments/{environment}");
    let links = [
        ("self", format!("{path}/applications/{application}/secret")),
        ("environment", path.clone()),
        ("application", format!("{path}/applications/{application}")),
    ];
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
