//! Sign-on policies, and the rules for administrators, that name what ends with the call: they go on without it, and their activities
//! say so. Ping's provider ends a provider or a population that its new plan does not name before it writes the policy that did.

use engine::Failure;
use engine::manage::Authorized;
use protocol::audit::{Action, Event, Kind};
use protocol::change::{Change, Guard};
use protocol::id::EnvironmentId;
use protocol::model::describe::Refers;
use protocol::model::{AdministratorSecurity, Environment, EnvironmentSettings, SignOnAction, SignOnPolicy};
use uuid::Uuid;

use super::crud::constraint;
use super::named;

/// Takes what ends, which people call by `name`, out of every action that names it.
///
/// # Errors
/// An action that would be nothing without it, in words of the policy; that a policy cannot be read, which may be what names it.
pub(super) async fn let_go(
    by: &Authorized,
    environment: EnvironmentId,
    name: &str,
    gone: (Refers, Uuid),
) -> Result<(), Failure> {
    for policy in by.store().every_within::<SignOnPolicy>(environment).await? {
        if !policy.actions.iter().any(|action| named::of(action).contains(&gone)) {
            continue;
        }
        let left: Option<Vec<SignOnAction>> = policy.actions.iter().map(|action| action.without(gone)).collect();
        let actions = left.ok_or_else(|| needed(&policy, name))?;
        let of = (Kind::SignOnPolicy, policy.id.uuid());
        let note = format!("took {name} {} out, which was deleted", gone.1);
        by.along(Change::put(SignOnPolicy { actions, updated_at: by.now().to_millis(), ..policy }, Guard::Version));
        record(by, environment, Action::SignOnPolicyUpdated, of, note);
    }
    Ok(())
}

/// The same of the provider by which an environment's administrators sign on.
pub(super) async fn let_go_of_administrators(
    by: &Authorized,
    environment: EnvironmentId,
    provider: Uuid,
) -> Result<(), Failure> {
    let Some(stored) = by.store().environment(environment).await? else { return Ok(()) };
    let own = stored.settings.administrators.as_ref().filter(|own| own.provider == Some(provider));
    let Some(left) = own.map(|own: &AdministratorSecurity| own.without(provider)) else { return Ok(()) };
    let settings = EnvironmentSettings { administrators: Some(left), ..stored.settings.clone() };
    let note = format!("its administrators' identity provider {provider} was deleted");
    by.along(Change::put(Environment { settings, updated_at: by.now().to_millis(), ..stored }, Guard::Version));
    record(by, environment, Action::EnvironmentUpdated, (Kind::Environment, environment.uuid()), note);
    Ok(())
}

fn needed(policy: &SignOnPolicy, name: &str) -> Failure {
    let message =
        format!("The {name} can not be deleted while an action of the sign-on policy {} needs it", policy.name);
    constraint("id", &message, "an action's own")
}

fn record(by: &Authorized, environment: EnvironmentId, action: Action, of: (Kind, Uuid), note: String) {
    let event = Event::new(Some(environment), by.now(), by.correlation(), action);
    by.along(Change::Record(Box::new(event.by(by.actor).on(of.0, of.1).noting(note))));
}
