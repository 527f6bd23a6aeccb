//! Clients that register themselves and manage what they registered (RFC 7591, RFC 7592).

mod judged;
mod stated;

use jose::digest::{self, sha256};
use protocol::audit::{Action, Actor, Kind, Target};
use protocol::change::{Absence, Change, Guard};
use protocol::client::Client;
use protocol::client_auth::Rule;
use protocol::dpop::Scheme;
use protocol::grant::GrantType;
use protocol::id::ApplicationId;
use protocol::model::{
    Application, ClientSecret, Deed, FrontChannelTokens, InitialAccessToken, Kept as _, Permission, RoleAssignment,
    SignOnAction, SignOnPolicy, Verb,
};
use protocol::policy::{self, demands_of_all};
use protocol::refusal::{Reason, Refused};
use protocol::registration::{self, Registrant, Registration, RegistrationPolicy};
use protocol::secret::{Artefact, Secret, TokenHash};
use serde_json::{Map, Value};

use crate::app::{App, Ask};
use crate::call::{Call, Stop};
use crate::failure::Fault;
use crate::finish::{Finished, Granted};
use crate::manage;
use crate::resource::Shown;
use crate::rotation;
use crate::site::Site;
use crate::token::ATTEMPTS;

use judged::{offered, own};
use stated::{Stated, stated};

/// Client metadata, read but not believed.
pub type Metadata = Map<String, Value>;

/// A client as it is registered, with what only it is told.
#[derive(Debug)]
pub struct Registered {
    pub application: Application,
    /// Where its method has one.
    pub secret: Option<Secret>,
    /// The registration access token (RFC 7592 §3). None: the client is managed by nobody but the environment's administrators.
    pub token: Option<Secret>,
}

/// Registers a client. `initial` is the initial access token, where one was sent; `metadata` may already be a refusal.
pub async fn register(
    app: &App,
    site: &Site,
    ask: &Ask,
    initial: Option<&Shown>,
    metadata: Result<Metadata, Refused>,
) -> Finished<Registered> {
    let mut call = match Call::begin(app, site, ask, Action::ApplicationCreated).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    let metadata = match metadata {
        Ok(metadata) => metadata,
        Err(refused) => return call.stop(refused.into()).await,
    };
    for _ in 0..ATTEMPTS {
        let granted = match create(&mut call, initial, &metadata).await {
            Ok(granted) => granted,
            Err(stop) => return call.stop(stop).await,
        };
        // Where a copy of the client was first, it is found now.
        if let Ok(finished) = call.attempt(granted).await {
            return finished;
        }
    }
    call.stop(Reason::StateChanged.into()).await
}

/// What the client is registered as.
pub async fn read(app: &App, site: &Site, ask: &Ask, (client_id, token): (&str, Option<&str>)) -> Finished<Registered> {
    let mut call = match Call::begin(app, site, ask, Action::RequestReceived).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    let outcome = find(&mut call, client_id, token).await.and_then(|found| found.told(&call));
    call.finish_stateless(outcome.map(|value| Granted { value, changes: Vec::new() })).await
}

/// Replaces what the client is registered as (RFC 7592 §2.2).
pub async fn replace(
    app: &App,
    site: &Site,
    ask: &Ask,
    (client_id, token): (&str, Option<&str>),
    metadata: Result<Metadata, Refused>,
) -> Finished<Registered> {
    let mut call = match Call::begin(app, site, ask, Action::ApplicationUpdated).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    let outcome = match metadata {
        Ok(metadata) => overwrite(&mut call, client_id, token, &metadata).await,
        Err(refused) => Err(refused.into()),
    };
    call.finish(outcome).await
}

/// Ends the client and all that it was given (RFC 7592 §2.3).
pub async fn remove(app: &App, site: &Site, ask: &Ask, (client_id, token): (&str, Option<&str>)) -> Finished<()> {
    let mut call = match Call::begin(app, site, ask, Action::ApplicationDeleted).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    for _ in 0..ATTEMPTS {
        let granted = match end(&mut call, client_id, token).await {
            Ok(granted) => granted,
            Err(stop) => return call.stop(stop).await,
        };
        // Who was given a role meanwhile is found with it now.
        if let Ok(finished) = call.attempt(granted).await {
            return finished;
        }
    }
    call.stop(Reason::StateChanged.into()).await
}

fn front(call: &Call<'_>) -> FrontChannelTokens {
    policy::front_channel_tokens(&call.at.tenant.environment)
}

async fn create(
    call: &mut Call<'_>,
    initial: Option<&Shown>,
    metadata: &Metadata,
) -> Result<Granted<Registered>, Stop> {
    let by = registering(call, initial).await?;
    let registrant = by.registrant();
    let (environment, id) = (call.environment(), ApplicationId::new(call.ctx.uuid()));
    let mut blank = Application::blank(id, environment, call.ctx.now);
    blank.registration = Some(Box::new(Registration { grants: by.grants(), ..Registration::default() }));
    let demands = demands_of_all(&call.at.tenant.environment);
    let Stated { metadata, statement } = stated(call, metadata, None).await?;
    let mut application = registration::application(&metadata, &blank, registrant, (front(call), demands))?;
    application.registration.get_or_insert_default().statement = statement;
    offered(call, &application)?;
    let repeats = registrant == Registrant::Anybody && !application.is_confidential();
    if repeats {
        // Whoever asks for the same gets the same: a public client has nothing that one of its copies must not know.
        let told = digest(&application);
        if let Some(client) = call.app.store.registered_as(environment, &told).await? {
            return Ok(again(call, client.application));
        }
        application.registered_as = Some(told);
    }
    let token = (!repeats).then(|| call.ctx.token::<32>());
    let kept = application.registration.get_or_insert_default();
    kept.open = registrant == Registrant::Anybody;
    kept.token = token.as_ref().map(|token| TokenHash::of(Artefact::RegistrationToken, token.expose()));
    application.unused_since = Some(call.ctx.now);
    let secret = call.ctx.client_secret();
    let keys = (call.app.pepper(), call.app.seal());
    let current = ClientSecret::new(&call.ctx, keys, (environment, application.id), &secret);
    // As with one that is made by the management API: a later change of the method does not change the secret.
    let rotate = Change::RotateSecret { environment, of: application.id.into(), was: None, current, previous: None };
    let mut changes = keys_of(call, &application).await?;
    changes.extend(by.used());
    changes.extend([Change::put(application.clone(), Guard::New), rotate]);
    names(call, &application);
    if call.event.actor == Actor::Anonymous {
        call.event.actor = Actor::Application(application.id);
    }
    let secret = Some(secret).filter(|_| has_secret(&application));
    Ok(Granted { value: Registered { application, secret, token }, changes })
}

/// The answer to whoever asks for a client that is there. One that is asked for is not forgotten, at most once a day.
fn again(call: &mut Call<'_>, application: Application) -> Granted<Registered> {
    (call.event.action, call.event.actor, call.event.target) = (Action::RequestReceived, Actor::Anonymous, None);
    call.event.application = Some(application.id);
    let now = call.ctx.now;
    let old = application.unused_since.filter(|since| since.plus(DAY) <= now);
    let (environment, id) = (application.environment, application.id);
    let mark = old.map(|_| Change::MarkClient { environment, application: id, unused_since: Some(now) });
    let value = Registered { application, secret: None, token: None };
    Granted { value, changes: mark.into_iter().collect() }
}

/// Whoever registers a client now.
enum By {
    Anybody,
    /// Who may create applications.
    Administrator,
    /// Whom an administrator gave an initial access token.
    Invited(Box<InitialAccessToken>),
}

impl By {
    fn registrant(&self) -> Registrant {
        match self {
            Self::Anybody => Registrant::Anybody,
            Self::Administrator | Self::Invited(_) => Registrant::Trusted,
        }
    }

    fn grants(&self) -> Vec<GrantType> {
        match self {
            Self::Invited(token) => token.grants.clone(),
            Self::Anybody | Self::Administrator => Vec::new(),
        }
    }

    fn used(&self) -> Option<Change> {
        let Self::Invited(token) = self else { return None };
        Some(Change::UseInitialToken { environment: token.environment, token: token.id, most: token.most })
    }
}

/// Who registers, by the environment's policy and the token that was sent.
async fn registering(call: &mut Call<'_>, initial: Option<&Shown>) -> Result<By, Stop> {
    let policy = call.at.tenant.environment.settings.registration;
    if policy == RegistrationPolicy::Disabled {
        let expected = "an environment with clientRegistration OPEN or INITIAL_ACCESS_TOKEN";
        return Err(Refused::new(Reason::RegistrationClosed, expected, policy.name()).into());
    }
    // RFC 6750 §2.1: it is bound to nobody's key.
    let bearer = initial.filter(|shown| shown.scheme == Scheme::Bearer).map(|shown| shown.token.expose());
    if let Some((text, id)) = bearer.and_then(|text| Some((text, InitialAccessToken::named(text)?))) {
        let token = call.app.store.get::<InitialAccessToken>(call.environment(), &[id.uuid()]).await?;
        let token = token.ok_or_else(InitialAccessToken::unknown)?;
        token.admits(text, call.ctx.now)?;
        call.note(format!("initial access token {id}"));
        return Ok(By::Invited(Box::new(token)));
    }
    if initial.is_some() || policy == RegistrationPolicy::InitialAccessToken {
        let needs = Deed { permission: Permission::ManageApplications, verb: Verb::Create, collection: "applications" };
        let actor = manage::holder_of(call.app, initial, &call.at.tenant, needs).await;
        call.event.actor = actor.map_err(unauthorized)?;
        return Ok(By::Administrator);
    }
    match call.app.budget.registers(call.claim(), call.app.world.now()) {
        None => Ok(By::Anybody),
        seconds => {
            let refused = Refused::new(Reason::RateLimited, "fewer clients that register from one address", "one more");
            Err(Refused { retry_after: seconds, ..refused }.into())
        }
    }
}

/// RFC 7591 §3: whoever may not is answered as at any protected resource. What is wrong with a proof is told as that: who must show one
/// learns it nowhere else (RFC 9449 §7.1).
fn unauthorized(stop: Stop) -> Stop {
    match stop {
        Stop::Denied(denial) => {
            let refused = *denial.refused;
            if refused.reason.is_of_dpop() {
                return refused.into();
            }
            Refused { message: None, ..Refused::new(Reason::RegistrationTokenInvalid, refused.expected, refused.came) }
                .into()
        }
        failed @ Stop::Failed(_) => failed,
    }
}

/// What is the same for whatever is registered with the same metadata. No id is made of it: what was issued to a client that an
/// administrator deleted would be good again for whoever registers the same.
fn digest(application: &Application) -> String {
    jose::b64::encode(&sha256(Value::from(registration::draw(application)).to_string().as_bytes()))
}

async fn overwrite(
    call: &mut Call<'_>,
    client_id: &str,
    token: Option<&str>,
    metadata: &Metadata,
) -> Result<Granted<Registered>, Stop> {
    let found = find(call, client_id, token).await?;
    let before = &found.client.application;
    own(metadata, &found.client, call.app.pepper())?;
    let open = before.registration.as_ref().is_some_and(|kept| kept.open);
    let registrant = if open { Registrant::Anybody } else { Registrant::Trusted };
    let demands = demands_of_all(&call.at.tenant.environment);
    let kept = before.registration.as_ref().and_then(|kept| kept.statement.as_deref());
    let Stated { metadata, statement } = stated(call, metadata, kept).await?;
    let mut after = registration::application(&metadata, before, registrant, (front(call), demands))?;
    after.registration.get_or_insert_default().statement = statement;
    offered(call, &after)?;
    after.updated_at = call.ctx.now.to_millis();
    let mut changes = keys_of(call, &after).await?;
    changes.push(Change::put(after.clone(), Guard::Version));
    let client = Client { application: after, ..found.client };
    Ok(Granted { value: Found { client, ..found }.told(call)?, changes })
}

async fn end(call: &mut Call<'_>, client_id: &str, token: Option<&str>) -> Result<Granted<()>, Stop> {
    let Found { client, .. } = find(call, client_id, token).await?;
    let application = &client.application;
    let id = application.id.uuid();
    if !call.app.store.all::<RoleAssignment>(call.environment(), &[id]).await?.is_empty() {
        // What administers is ended by whoever administers, who is told when it is the last one.
        let expected = "a client without roles";
        return Err(Refused::new(Reason::RegistrationTokenInvalid, expected, "one that holds roles").into());
    }
    // Whoever names it meanwhile writes it in another version.
    let policies = call.app.store.every_within::<SignOnPolicy>(call.environment()).await?;
    if policies
        .iter()
        .flat_map(|policy| &policy.actions)
        .flat_map(SignOnAction::applications)
        .any(|id| id == application.id)
    {
        let expected = "a client that no sign-on policy names";
        return Err(Refused::new(Reason::RegistrationTokenInvalid, expected, "one that signs people on").into());
    }
    let there = Change::Expect(application.key(), application.version);
    let unprivileged = Absence::Role { environment: call.environment(), actor: id, known: Vec::new() };
    let changes = vec![there, Change::Absent(unprivileged), Change::Remove(application.key())];
    Ok(Granted { value: (), changes })
}

/// A client and the token by which it is managed.
struct Found {
    client: Client,
    token: Secret,
}

/// The client, for whoever holds its registration access token. Whatever is wrong is told alike (RFC 7592 §2: 401 also where there
/// is no such client).
async fn find(call: &mut Call<'_>, client_id: &str, token: Option<&str>) -> Result<Found, Stop> {
    let token = token.ok_or_else(|| Refused::new(Reason::AccessTokenMissing, "Authorization: Bearer", "no token"))?;
    let unknown = |came: &str| Refused::new(Reason::RegistrationTokenInvalid, "the client's own token", came);
    // PostgreSQL takes no NUL, and no client id holds one.
    let id = Some(client_id).filter(|id| !id.contains('\0')).ok_or_else(|| unknown("a client id with NUL"))?;
    let client = call.app.store.client(call.environment(), id).await?;
    let client = client.ok_or_else(|| unknown("a client that is not here"))?;
    call.event.application = Some(client.application.id);
    let kept = client.application.registration.as_ref().and_then(|registration| registration.token);
    let shown = TokenHash::of(Artefact::RegistrationToken, token);
    if !kept.is_some_and(|kept| digest::eq(kept.bytes(), shown.bytes())) {
        return Err(unknown("another token").into());
    }
    names(call, &client.application);
    call.event.actor = Actor::Application(client.application.id);
    Ok(Found { client, token: Secret::new(token.to_owned()) })
}

impl Found {
    /// With the secret that it has (RFC 7592 §3).
    fn told(self, call: &Call<'_>) -> Result<Registered, Stop> {
        let Self { client, token } = self;
        let application = client.application;
        let current = client.secrets.current.as_ref().filter(|_| has_secret(&application));
        let reveal = |current: &ClientSecret| {
            let opened = current.reveal(call.app.seal(), application.environment, application.id);
            opened.ok_or_else(|| {
                tracing::error!(application = %application.id, "a client secret does not open under the master key");
                Stop::from(Fault::Unavailable)
            })
        };
        let secret = current.map(reveal).transpose()?;
        Ok(Registered { application, secret, token: Some(token) })
    }
}

fn names(call: &mut Call<'_>, application: &Application) {
    call.event.application = Some(application.id);
    call.event.target = Some(Target { kind: Kind::Application, id: application.id.uuid() });
}

/// The keys of the algorithms that it chose, where the environment has none.
async fn keys_of(call: &Call<'_>, application: &Application) -> Result<Vec<Change>, Stop> {
    Ok(rotation::needed(call.app, &call.ctx, application).await?)
}

/// Whether the client shows its secret, or makes something of it.
fn has_secret(application: &Application) -> bool {
    let rules = application.auth_methods.iter().map(|method| method.rule());
    rules.into_iter().any(|rule| matches!(rule, Rule::Secret | Rule::SharedKey))
}

/// Seconds.
const DAY: i64 = 86_400;
