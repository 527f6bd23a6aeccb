//! Introspection: what a token is worth at this moment, told to whoever may know (RFC 7662), and signed where they ask (RFC 9701).

use jose::Typ;
use protocol::audit::Action;
use protocol::change::{Family, RefreshToken};
use protocol::client_auth::AuthenticatedClient;
use protocol::grant::missing;
use protocol::mapping::subject;
use protocol::model::{SigningSettings, TokenProfile};
use protocol::refusal::{Reason, Refused};
use protocol::secret::{Artefact, Secret, TokenHash};
use protocol::token::Json;

use crate::app::{App, Ask};
use crate::call::{Call, Stop};
use crate::controls::forced;
use crate::failure::Fault;
use crate::finish::{Finished, Granted};
use crate::site::{Endpoint, Layout, Site};
use crate::token::{ATTEMPTS, AccessFacts, Form, unsigned, verify};

/// What the caller learns.
#[derive(Debug)]
pub enum Introspection {
    /// RFC 7662 §2.2: nothing else is said, whatever the cause.
    Inactive,
    Access(Box<AccessFacts>),
    /// Of the caller itself.
    Refresh {
        client_id: String,
        /// As the caller's ID tokens have it.
        sub: String,
        family: Box<Family>,
        token: Box<RefreshToken>,
    },
}

/// What is answered.
#[derive(Debug)]
pub struct Introspected {
    /// A JSON object; or a JWT that has it as a claim.
    pub text: Secret,
    pub signed: bool,
}

/// Answers an introspection request with what `draw` makes of the token, as a JWT where one is `wanted`.
pub async fn introspect(
    app: &App,
    site: &Site,
    ask: &Ask,
    form: Result<Form, Refused>,
    (wanted, draw): (bool, impl Fn(&Introspection) -> Json),
) -> Finished<Introspected> {
    let mut call = match Call::begin(app, site, ask, Action::TokenIntrospected).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    let form = match form {
        Ok(form) => form,
        Err(refused) => return call.stop(refused.into()).await,
    };
    for _ in 0..ATTEMPTS {
        let outcome = try_introspect(&mut call, &form, wanted, &draw).await;
        if let Ok(finished) = call.settle(outcome).await {
            return finished;
        }
    }
    call.stop(Fault::Unavailable.into()).await
}

async fn try_introspect(
    call: &mut Call<'_>,
    form: &Form,
    wanted: bool,
    draw: &impl Fn(&Introspection) -> Json,
) -> Result<Granted<Introspected>, Stop> {
    let client = call.authenticate(form, Endpoint::Introspect).await?;
    if !client.is_confidential() {
        // RFC 7662 §2.1: otherwise anybody could try out strings (IN-05).
        return Err(Refused::new(Reason::CredentialsMissing, "a confidential client", "a public client").into());
    }
    let token = form.params.text("token").ok_or_else(|| missing("token"))?;
    let found = inspect(call, &client, token).await?;
    call.note(match &found {
        Introspection::Inactive => "inactive",
        Introspection::Access(_) | Introspection::Refresh { .. } => "active",
    });
    let drawn = forced::drawn(draw(&found));
    let text = if wanted { signed(call, &client, drawn)? } else { drawn.finish() };
    Ok(Granted { value: Introspected { text: Secret::new(text), signed: wanted }, changes: Vec::new() })
}

/// RFC 9701 §5: for whoever asked alone, and with a type of its own; neither `sub` nor `exp` stand at the top, so that it passes for no
/// token (§8.1).
fn signed(call: &Call<'_>, client: &AuthenticatedClient, drawn: Json) -> Result<String, Stop> {
    let application = &client.client().application;
    let claims = Json::object()
        .text("iss", &call.at.site.issuer)
        .text("aud", &application.client_id)
        .number("iat", call.ctx.now.secs())
        .nested("token_introspection", drawn)
        .finish();
    let SigningSettings { policy, introspection, .. } = application.signing;
    let key = call.at.tenant.keys.signing_within(call.demands(client.client()), policy, introspection)?;
    key.sign(Some(Typ::TokenIntrospectionJwt), claims.as_bytes()).map_err(unsigned)
}

/// The hint is only a hint and every kind is tried (RFC 7662 §2.1), so it is not read at all.
async fn inspect(call: &Call<'_>, client: &AuthenticatedClient, token: &str) -> Result<Introspection, Stop> {
    match verify(call.app, &call.at.tenant, token, call.ctx.now).await {
        Ok(facts) if may_know(call, client, &facts) => Ok(Introspection::Access(Box::new(facts))),
        Ok(_) => Ok(Introspection::Inactive),
        Err(failure) if failure.reason() == Reason::AccessTokenInactive => refresh_token(call, client, token).await,
        Err(failure) => Err(failure.into()),
    }
}

/// RFC 7662 §4: the client that holds the token, or the resource that it is for; Spring Authorization Server tells every
/// confidential client of the server.
fn may_know(call: &Call<'_>, client: &AuthenticatedClient, facts: &AccessFacts) -> bool {
    let caller = &client.client().application;
    if let Some(resource) = call.at.tenant.scopes.client(&caller.client_id) {
        return facts.audience.iter().any(|audience| audience == resource.audience());
    }
    call.at.site.layout == Layout::Spring
        || facts.application == caller.id
        || facts.audience.contains(&caller.client_id)
}

async fn refresh_token(call: &Call<'_>, client: &AuthenticatedClient, token: &str) -> Result<Introspection, Stop> {
    let (store, environment, now) = (&call.app.store, call.environment(), call.ctx.now);
    let hash = TokenHash::of(Artefact::RefreshToken, token);
    let Some(token) = store.refresh_token(environment, hash).await? else { return Ok(Introspection::Inactive) };
    let Some(family) = store.family(environment, token.family).await? else { return Ok(Introspection::Inactive) };
    let user = store.user(environment, family.authorization.user).await?;
    let caller = &client.client().application;
    let user = user.filter(|user| user.may_act().is_ok());
    let live =
        token.superseded_at.is_none() && family.revoked_at.is_none() && now < token.expires_at.min(family.expires_at);
    let Some(user) = user.filter(|_| live && family.authorization.application == caller.id) else {
        return Ok(Introspection::Inactive);
    };
    // In every profile the id where nobody mapped it; and so where the person has not what it is mapped to.
    let sub = subject(client.client(), &user, TokenProfile::PingOne).unwrap_or_else(|_| user.id.to_string());
    let client_id = caller.client_id.clone();
    Ok(Introspection::Refresh { client_id, sub, family: Box::new(family), token: Box::new(token) })
}
