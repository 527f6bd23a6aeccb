//! What a person's will is about a request, as far as the store and their answers tell.

use protocol::authorize::AuthorizationRequest;
use protocol::client::Client;
use protocol::consent::{Allowed, Consent, Will, concerns};
use protocol::flow::{Flow, Purpose, State, Stepped};
use protocol::id::UserId;
use protocol::model::{AuthorizationDetailsType, Standing};
use serde_json::{Map, Value};

use crate::call::{Call, Stop};
use crate::tenant::Tenant;

/// What a person is asked: what they do not allow yet, and what they do.
#[derive(Clone, Debug, Default)]
pub struct Asking {
    pub new: Allowed,
    pub known: Allowed,
    /// The scopes in the words of whoever made them, each under its name.
    pub words: Vec<(String, Option<String>)>,
    /// What is asked for in detail (RFC 9396), each time anew: the words of its type, and the object as it was sent.
    pub details: Vec<(String, String)>,
}

/// What the person allowed the application before, where that matters to the request.
pub(crate) async fn known(
    call: &Call<'_>,
    client: &Client,
    request: &AuthorizationRequest,
    user: UserId,
) -> Result<Option<Consent>, Stop> {
    if !concerns(client, request) {
        return Ok(None);
    }
    Ok(call.app.store.consent(call.environment(), user, client.application.id).await?)
}

/// What decides whether the application is for the person: nothing is looked for that it does not ask for.
pub(crate) async fn standing(call: &Call<'_>, client: &Client, user: UserId) -> Result<Standing, Stop> {
    let (application, environment, store) = (&client.application, call.environment(), &call.app.store);
    let groups = match &application.access.groups {
        Some(access) => store.groups_among(environment, user, &access.groups).await?,
        None => Vec::new(),
    };
    let administers = application.access.admins_only && !store.held(environment, user.uuid()).await?.is_empty();
    Ok(Standing { groups, administers })
}

/// What they are asked about this request.
pub(crate) fn asking(tenant: &Tenant, request: &AuthorizationRequest, will: Will<'_>) -> Asking {
    let wanted = Allowed::of(request);
    let before = will.known.map(|known| known.allowed.clone()).unwrap_or_default();
    let new = wanted.beyond(&before);
    let known = wanted.beyond(&new);
    let words = wanted.scope.iter().map(|name| (name.to_owned(), words(tenant, will.client, name))).collect();
    let of_type = |(of, object): (&AuthorizationDetailsType, &Map<String, Value>)| {
        let words = of.description.clone().filter(|text| !text.is_empty()).unwrap_or_else(|| of.name.clone());
        (words, Value::Object(object.clone()).to_string())
    };
    let details = request.details.explained(&tenant.scopes).map(of_type).collect();
    Asking { new, known, words, details }
}

/// The same transition, by what its person allowed before.
pub(crate) async fn ask(call: &Call<'_>, client: &Client, stepped: Stepped) -> Result<Stepped, Stop> {
    let State::Completed { user, .. } = stepped.flow.state else { return Ok(stepped) };
    let Purpose::Code(request) = &stepped.flow.purpose;
    let known = known(call, client, request, user).await?;
    let standing = standing(call, client, user).await?;
    Ok(stepped.willed(Will { client, standing: &standing, known: known.as_ref(), answered: false }, &call.ctx))
}

/// What the page of a flow that waits for its person asks them. What they allowed before is told to them alone.
pub(crate) async fn asked(
    call: &Call<'_>,
    client: &Client,
    flow: &Flow,
    shown_to: Option<UserId>,
) -> Result<Option<Asking>, Stop> {
    let State::ConsentRequired { user, .. } = flow.state else { return Ok(None) };
    let Purpose::Code(request) = &flow.purpose;
    let known = match shown_to {
        Some(person) if person == user => known(call, client, request, user).await?,
        _ => None,
    };
    Ok(Some(asking(&call.at.tenant, request, Will { client, known: known.as_ref(), ..Will::unknown(client) })))
}

/// What a scope means: at a resource of which the application holds it, or else wherever it is.
fn words(tenant: &Tenant, client: &Client, name: &str) -> Option<String> {
    let named = || tenant.scopes.scopes.iter().filter(|scope| scope.name == name);
    let held = named().find(|scope| client.grants.iter().any(|grant| grant.scopes.contains(&scope.id)));
    held.or_else(|| named().next()).and_then(|scope| scope.description.clone()).filter(|text| !text.is_empty())
}
