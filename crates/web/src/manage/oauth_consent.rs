//! What a user allows applications (PingOne's `oauthConsents`): to be read, and to be withdrawn. Only the user gives one, at a
//! sign-on. Its id is the application's.

use engine::Failure;
use engine::manage::Authorized;
use protocol::audit::{Action, Kind};
use protocol::change::Change;
use protocol::consent::Consent;
use protocol::id::ApplicationId;
use protocol::model::User;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::{Call, missing};
use super::crud;
use super::list::whole;
use super::shape::{linked, reference, stamp};

/// As many as a page can show.
pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let user = crud::load::<User>(&call).await?;
    let consents = call.by.store().consents_of(user.environment, user.id).await?;
    let rows = consents.iter().map(|consent| shape(&call.by, consent)).collect();
    whole(&call, "oauthConsents", rows, &["id", "createdAt", "updatedAt", "application.id", "application.name"])
}

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    Ok(Answer::ok(shape(&call.by, &load(&call).await?)))
}

/// Withdraws it: what the application holds of the user ends with it.
pub(super) async fn delete(call: Call) -> Result<Answer, Failure> {
    let Consent { environment, user, application, .. } = load(&call).await?;
    let change = Change::WithdrawConsent { environment, user, application, at: call.by.now().to_millis() };
    call.by.finish(vec![change], Action::ConsentWithdrawn, (Kind::Consent, application.uuid())).await?;
    Ok(Answer::none())
}

async fn load(call: &Call) -> Result<Consent, Failure> {
    let user = crud::load::<User>(call).await?;
    let id = call.id("consent", ApplicationId::parse)?;
    let found = call.by.store().consent(user.environment, user.id, id).await?;
    found.ok_or_else(|| missing("consent", id.to_string()))
}

fn shape(by: &Authorized, consent: &Consent) -> Value {
    let environment = format!("/environments/{}", consent.environment);
    let user = format!("{environment}/users/{}", consent.user);
    let own = format!("{user}/oauthConsents/{}", consent.application);
    let allowed = &consent.allowed;
    let mut shown = linked(by, &[("self", own), ("environment", environment), ("user", user)])
        .with("id", consent.application.to_string())
        .with("environment", reference(consent.environment))
        .with("user", reference(consent.user))
        .with(
            "application",
            json!({ "id": consent.application.to_string(), "clientId": consent.client_id, "name": consent.name }),
        )
        .with("scope", allowed.scope.iter().collect::<Value>())
        .with("status", "ACCEPTED");
    for (member, values) in [("claims", &allowed.claims), ("resources", &allowed.resource)] {
        if !values.is_empty() {
            shown = shown.with(member, values.clone());
        }
    }
    shown.with("createdAt", stamp(consent.created_at)).with("updatedAt", stamp(consent.updated_at)).into()
}
