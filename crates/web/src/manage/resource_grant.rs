//! The scopes that an application holds, one grant for each resource. Without one it may ask for those of `openid` only.

use engine::Failure;
use engine::manage::{About, Authorized};
use protocol::audit::Action;
use protocol::change::Change;
use protocol::client::Client;
use protocol::id::{ResourceGrantId, ResourceId, ScopeId};
use protocol::model::ResourceGrant;
use protocol::model::check::resource_grant as check;
use protocol::refusal::{Detail, Refused};
use serde_json::Value;

use super::answer::Answer;
use super::application::{load, target};
use super::authority;
use super::call::{Call, missing, taken};
use super::list::whole;
use super::shape::{linked, reference, stamp};

pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let client = load(&call).await?;
    let rows = client.grants.iter().map(|grant| shape(&call.by, grant)).collect();
    Ok(whole(&call, "grants", rows))
}

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let client = load(&call).await?;
    Ok(Answer::ok(shape(&call.by, find(&call, &client)?)))
}

pub(super) async fn create(call: Call) -> Result<Answer, Failure> {
    let (by, application) = (call.by.clone(), writable(&call).await?.application);
    let (resource, scopes) = check::read(&call.json().await?, &by.tenant()?.scopes)?;
    let now = by.now().to_millis();
    let grant = ResourceGrant {
        id: ResourceGrantId::new(by.ctx().uuid()),
        environment: application.environment,
        application: application.id,
        resource,
        scopes,
        created_at: now,
        updated_at: now,
    };
    let changes = vec![Change::CreateResourceGrant(grant.clone())];
    let note = told(&by, grant.resource, &[], &grant.scopes)?;
    let about = About::from(target(&application)).noting(note);
    let done = by.try_finish(changes, Action::ApplicationUpdated, about).await;
    done.map_err(|error| taken(error, "resource.id", "the application has a grant for this resource"))?;
    Ok(Answer::created(shape(&by, &grant)))
}

pub(super) async fn replace(call: Call) -> Result<Answer, Failure> {
    let (by, client) = (call.by.clone(), writable(&call).await?);
    let before = find(&call, &client)?.clone();
    let (resource, scopes) = check::read(&call.json().await?, &by.tenant()?.scopes)?;
    if resource != before.resource {
        let message = "the resource of a grant cannot be changed";
        return Err(Refused::fields(vec![Detail::new("INVALID_VALUE", "resource.id", message)]).into());
    }
    let note = told(&by, resource, &before.scopes, &scopes)?;
    let after = ResourceGrant { scopes, updated_at: by.now().to_millis(), ..before };
    let changes = vec![Change::UpdateResourceGrant(after.clone())];
    by.finish(changes, Action::ApplicationUpdated, About::from(target(&client.application)).noting(note)).await?;
    Ok(Answer::ok(shape(&by, &after)))
}

pub(super) async fn delete(call: Call) -> Result<Answer, Failure> {
    let client = writable(&call).await?;
    let grant = find(&call, &client)?;
    let changes = vec![Change::DeleteResourceGrant(grant.environment, grant.application, grant.id)];
    let note = told(&call.by, grant.resource, &grant.scopes, &[])?;
    let about = About::from(target(&client.application)).noting(note);
    call.by.finish(changes, Action::ApplicationUpdated, about).await?;
    Ok(Answer::none())
}

/// Which scopes of which resource were given and which were taken, by their names.
fn told(by: &Authorized, resource: ResourceId, before: &[ScopeId], after: &[ScopeId]) -> Result<String, Failure> {
    let known = &by.tenant()?.scopes;
    let name = |id: &ScopeId| known.scope(*id).map_or_else(|| id.to_string(), |scope| scope.name.clone());
    let beyond = |these: &[ScopeId], those: &[ScopeId]| -> Vec<String> {
        these.iter().filter(|id| !those.contains(id)).map(name).collect()
    };
    let (given, taken) = (beyond(after, before).join(" "), beyond(before, after).join(" "));
    let resource = known.resource(resource).map_or_else(|| resource.to_string(), |resource| resource.name.clone());
    let parts = [("granted", given), ("took", taken)];
    let parts = parts.iter().filter(|(_, scopes)| !scopes.is_empty());
    let parts: Vec<String> = parts.map(|(verb, scopes)| format!("{verb} {scopes}")).collect();
    Ok(if parts.is_empty() {
        format!("kept the scopes of {resource}")
    } else {
        format!("{} of {resource}", parts.join(", "))
    })
}

/// The application of the path, when the actor may act as it (MG-05).
async fn writable(call: &Call) -> Result<Client, Failure> {
    let client = load(call).await?;
    authority::over(&call.by, client.application.environment, client.application.id.uuid()).await?;
    Ok(client)
}

fn find<'a>(call: &Call, client: &'a Client) -> Result<&'a ResourceGrant, Failure> {
    let id = call.id("grant", ResourceGrantId::parse)?;
    client.grants.iter().find(|grant| grant.id == id).ok_or_else(|| missing("grant", id.to_string()))
}

fn shape(by: &Authorized, grant: &ResourceGrant) -> Value {
    let environment = format!("/environments/{}", grant.environment);
    let application = format!("{environment}/applications/{}", grant.application);
    let links = [
        ("self", format!("{application}/grants/{}", grant.id)),
        ("resource", format!("{environment}/resources/{}", grant.resource)),
        ("environment", environment),
        ("application", application),
    ];
    linked(by, &links)
        .with("id", grant.id.to_string())
        .with("application", reference(grant.application))
        .with("resource", reference(grant.resource))
        .with("scopes", grant.scopes.iter().map(reference).collect::<Vec<_>>())
        .with("createdAt", stamp(grant.created_at))
        .with("updatedAt", stamp(grant.updated_at))
        .into()
}
