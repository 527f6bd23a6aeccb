//! Tokens without a request of the application: what a test asks for, as the token endpoint would make it, or with one thing wrong.

use std::sync::{Arc, Mutex, PoisonError};

use jose::Alg;
use protocol::audit::{Action, Actor};
use protocol::client::Client;
use protocol::grant::GrantType;
use protocol::grant::minted::{Kind, Plan, Planned, Wanted, Whom, decide};
use protocol::id::{EnvironmentId, UserId};
use protocol::model::{Application, ApplicationType, SigningSettings, TokenFormat, TokenProfile, User};
use protocol::name::username_key;
use protocol::policy::token_profile;
use protocol::refusal::{Reason, Refused};
use protocol::scope::Scope;
use protocol::token::minted::{AWAY, Altered, Struck, Wrong, access_jti, strike_access, strike_id_token};
use protocol::token::{Access, IdToken, Stamp};
use serde_json::{Map, Value};

use crate::app::{App, Ask, Mount};
use crate::call::{Call, Stop};
use crate::controls::keys::{self, Unmade};
use crate::controls::{Control, issued};
use crate::failure::{Failure, Fault};
use crate::finish::{Failed, Finished, Granted};
use crate::reads::List;
use crate::site::{Endpoint, Layout, Site};
use crate::tenant::Tenant;
use crate::token::{By, key_of_access, mapped, terms, unsigned};

/// What is asked for. What is not said is as the token endpoint has it.
#[derive(Debug)]
pub struct Wish {
    pub kind: Kind,
    pub client_id: Option<String>,
    /// How the person is named: the id of a user, or any text.
    pub subject: Option<String>,
    pub username: Option<String>,
    pub scope: Option<Scope>,
    pub audience: Vec<String>,
    /// Seconds.
    pub lifetime: Option<i64>,
    pub algorithm: Option<Alg>,
    pub altered: Altered,
}

/// Why there is no token.
#[derive(Debug)]
pub enum Unminted {
    /// There is no such environment.
    World,
    /// What a member names is not there, or does not go with what is.
    Member(&'static str, &'static str),
    /// The environment has not what it would take.
    Conflict(String),
    Unavailable,
}

/// Whom a token is of where nobody is named: found once, and again where they are gone.
#[derive(Debug, Default)]
pub struct Usual {
    client: Mutex<Option<String>>,
    user: Mutex<Option<UserId>>,
}

/// Makes the token. One of a user, and a refresh token, stands on record as any other; the rest leaves nothing behind.
pub async fn mint(app: &App, ask: &Ask, environment: EnvironmentId, wish: &Wish) -> Result<Struck, Unminted> {
    let site = site(app, environment).await?;
    let mut call = match Call::begin::<()>(app, &site, ask, Action::TokenIssued).await {
        Ok(call) => call,
        Err(finished) => {
            let unknown = |failed: Failed| failed.reason() == Reason::EnvironmentUnknown;
            let unknown = finished.into_result().is_err_and(unknown);
            return Err(if unknown { Unminted::World } else { Unminted::Unavailable });
        }
    };
    let client = client(&call, wish).await?;
    fits(&client, wish)?;
    call.event.application = Some(client.application.id);
    // Whoever is at the machine did it, in nobody's name.
    call.event.actor = Actor::System;
    call.note("minted");
    if let Some(alg) = wish.algorithm {
        signing(&mut call, alg).await?;
    }
    let person = person(&call, wish).await?;
    let whom = match (&person, &wish.subject) {
        (Some(user), _) => Whom::Person(user),
        (None, Some(name)) => Whom::Name(name),
        (None, None) => Whom::Application,
    };
    call.event.user = person.as_ref().map(|user| user.id);
    let Planned { token, mut changes } = plan(&call, &client, wish, whom)?;
    let struck = match token {
        Plan::Access(plan) => {
            let (struck, record) = access(&call, &client, wish, (*plan, whom)).await?;
            changes.extend(record);
            struck
        }
        Plan::Id(plan) => identity(&call, &client, wish, (*plan, whom)).await?,
        Plan::Refresh(text) => Struck { text, header: None, claims: None },
    };
    if changes.is_empty() {
        return unwrapped(call.show(Ok(struck)).await);
    }
    match call.attempt(Granted { value: struck, changes }).await {
        Ok(finished) => unwrapped(finished),
        // Its record is found by it.
        Err(_) if wish.altered.set.contains_key("jti") => {
            Err(Unminted::Conflict("the world has a token of this jti on record already".into()))
        }
        Err(_) => Err(Unminted::Unavailable),
    }
}

fn unwrapped(finished: Finished<Struck>) -> Result<Struck, Unminted> {
    finished.into_result().map_err(|_| Unminted::Unavailable)
}

/// By which an environment signs: where it is mounted in the layout of its own profile, that one.
async fn site(app: &App, environment: EnvironmentId) -> Result<Site, Unminted> {
    let spring = |mounts: &[Mount]| {
        let found = mounts.iter().find(|m| m.environment == environment && m.layout == Layout::Spring);
        found.map(|mount| mount.path.clone())
    };
    if let Some(path) = app.of_mounts(spring) {
        let tenant = app.serving(environment).await?;
        if tenant.is_some_and(|tenant| token_profile(&tenant.environment) == TokenProfile::Spring) {
            return Ok(app.mount(&path).unwrap_or_else(|| app.site(environment)));
        }
    }
    Ok(app.site(environment))
}

fn control(call: &Call<'_>) -> Result<Arc<Control>, Unminted> {
    let controls = call.app.controls.as_ref().ok_or(Unminted::Unavailable)?;
    Ok(controls.of(call.environment()))
}

/// The application that is named, or the first that the environment was given.
async fn client(call: &Call<'_>, wish: &Wish) -> Result<Arc<Client>, Unminted> {
    let tenant = &call.at.tenant;
    if let Some(client_id) = &wish.client_id {
        let found = tenant.client(call.app, client_id).await.ok().flatten();
        return found.ok_or(Unminted::Member("clientId", "the world has no such application"));
    }
    let control = control(call)?;
    let usual = &control.usual.client;
    let known = usual.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(known) = known
        && let Some(client) = tenant.client(call.app, &known).await?
    {
        return Ok(client);
    }
    let page = call.app.store.list::<Application>(tenant.id(), &FIRST).await?;
    let order = |application: &Application| {
        let after = match application.kind {
            ApplicationType::PingOnePortal | ApplicationType::PingOneSelfService => None,
            ApplicationType::Worker => Some(1),
            _ => Some(0),
        };
        after.filter(|_| application.enabled).map(|after| (after, application.created_at, application.id))
    };
    let first = page.rows.iter().filter(|row| order(row).is_some()).min_by_key(|row| order(row));
    let first = first.ok_or(Unminted::Member("clientId", "the world has no application, so one must be named"))?;
    *usual.lock().unwrap_or_else(PoisonError::into_inner) = Some(first.client_id.clone());
    let found = tenant.client(call.app, &first.client_id).await?;
    found.ok_or(Unminted::Member("clientId", "the world has no application, so one must be named"))
}

/// The user who is named; where a user there must be and none is, the first of the environment.
async fn person(call: &Call<'_>, wish: &Wish) -> Result<Option<User>, Unminted> {
    let (store, tenant) = (&call.app.store, &call.at.tenant);
    if let Some(username) = &wish.username {
        let unknown = Unminted::Member("username", "the world has no such user");
        let Ok(key) = username_key(username) else { return Err(unknown) };
        return store.user_by_name(tenant.id(), &key).await?.map(Some).ok_or(unknown);
    }
    if let Some(subject) = &wish.subject {
        if let Some(id) = UserId::parse(subject) {
            return Ok(store.user(tenant.id(), id).await?);
        }
        // Where access tokens name people by that.
        return match username_key(subject) {
            Ok(key) if token_profile(&tenant.environment) == TokenProfile::Spring => {
                Ok(store.user_by_name(tenant.id(), &key).await?)
            }
            _ => Ok(None),
        };
    }
    if wish.kind == Kind::Access { Ok(None) } else { first_user(call).await.map(Some) }
}

async fn first_user(call: &Call<'_>) -> Result<User, Unminted> {
    let (store, environment) = (&call.app.store, call.environment());
    let control = control(call)?;
    let known = *control.usual.user.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = known
        && let Some(user) = store.user(environment, known).await?
    {
        return Ok(user);
    }
    let page = store.users(environment, &FIRST).await?;
    let first = page.rows.into_iter().min_by_key(|user| (user.created_at, user.id));
    let first = first.ok_or(Unminted::Member("username", "the world has no user, and the token is of one"))?;
    *control.usual.user.lock().unwrap_or_else(PoisonError::into_inner) = Some(first.id);
    Ok(first)
}

/// What is asked for must be what the application's tokens have.
fn fits(client: &Client, wish: &Wish) -> Result<(), Unminted> {
    let Altered { set, removed, wrong } = &wish.altered;
    let opaque = match wish.kind {
        Kind::Access => client.application.token_format == TokenFormat::Opaque,
        Kind::Id => false,
        Kind::Refresh => true,
    };
    if opaque && wrong.is_some_and(|wrong| wrong != Wrong::Expired) {
        return Err(Unminted::Member("wrong", "an opaque token can be wrong in nothing but that it expired"));
    }
    if opaque && wish.algorithm.is_some() {
        return Err(Unminted::Member("algorithm", "an opaque token is not signed"));
    }
    if wish.kind == Kind::Refresh && !(set.is_empty() && removed.is_empty()) {
        return Err(Unminted::Member("claims", "a refresh token has no claims"));
    }
    if wish.kind == Kind::Refresh && !client.application.grant_types.contains(&GrantType::RefreshToken) {
        return Err(Unminted::Member("clientId", "the application must have REFRESH_TOKEN among its grantTypes"));
    }
    Ok(())
}

/// A key of the algorithm, made and published where there is none.
async fn signing(call: &mut Call<'_>, alg: Alg) -> Result<(), Unminted> {
    if call.at.tenant.keys.of_alg(alg).is_some() {
        return Ok(());
    }
    let environment = call.environment();
    let control = control(call)?;
    keys::furnish(call.app, &call.ctx, (environment, &control), alg).await?;
    let tenant = call.app.serving(environment).await?;
    call.at.tenant = tenant.ok_or(Unminted::Unavailable)?;
    Ok(())
}

fn plan(call: &Call<'_>, client: &Client, wish: &Wish, whom: Whom<'_>) -> Result<Planned, Unminted> {
    let (tenant, userinfo) = (&call.at.tenant, call.at.site.url(Endpoint::Userinfo));
    let ended = wish.kind == Kind::Refresh && wish.altered.wrong == Some(Wrong::Expired);
    let wanted = Wanted {
        kind: wish.kind,
        whom,
        sub: wish.subject.as_deref(),
        scope: wish.scope.as_ref(),
        audience: &wish.audience,
        seconds: if ended { Some(-AWAY) } else { wish.lifetime },
        acr: usual_policy(tenant),
        jti: access_jti(call.app.form_key(), tenant.id(), call.ctx.uuid()),
    };
    decide(&call.ctx, client, &wanted, &terms(call, &userinfo)).map_err(|refused| told(&refused))
}

fn usual_policy(tenant: &Tenant) -> &str {
    let usual = tenant.sign_on_policies.iter().find(|policy| policy.default);
    usual.map_or(protocol::model::SINGLE_FACTOR, |policy| &policy.name)
}

async fn access(
    call: &Call<'_>,
    client: &Client,
    wish: &Wish,
    (mut plan, whom): (Access, Whom<'_>),
) -> Result<(Struck, Option<protocol::change::Change>), Unminted> {
    let named = plan.mapped.sub.take();
    settle(mapped(call, client, by(whom), (Some(&mut plan), None)).await, whom)?;
    plan.mapped.sub = named.or(plan.mapped.sub.take());
    let stamp = stamp(call, client);
    let key = match wish.algorithm {
        Some(alg) => call.at.tenant.keys.of_alg(alg).ok_or(Unminted::Unavailable)?,
        None => key_of_access(call, &stamp).map_err(Failure::from)?,
    };
    let of_user = matches!(whom, Whom::Person(_));
    let altered = match whom {
        Whom::Name(_) => &of_nobody(&wish.altered),
        _ => &wish.altered,
    };
    let struck = strike_access(&call.ctx, (&plan, of_user), &stamp, key, altered).map_err(unsigned)?;
    if struck.1.is_none() && wish.altered.wrong.is_none() {
        issued::keep(call, client, &struck.0.text);
    }
    Ok(struck)
}

async fn identity(
    call: &Call<'_>,
    client: &Client,
    wish: &Wish,
    (mut plan, whom): (IdToken, Whom<'_>),
) -> Result<Struck, Unminted> {
    settle(mapped(call, client, By::default(), (None, Some(&mut plan))).await, whom)?;
    let stamp = stamp(call, client);
    let keys = &call.at.tenant.keys;
    let key = if let Some(alg) = wish.algorithm {
        keys.of_alg(alg).ok_or(Unminted::Unavailable)?
    } else {
        let SigningSettings { policy, id_token, .. } = client.application.signing;
        keys.signing_within(call.demands(client), policy, id_token).map_err(Failure::from)?
    };
    let altered = match wish.audience.as_slice() {
        [] => &wish.altered,
        several => &with_audience(&wish.altered, several),
    };
    strike_id_token(&call.ctx, &plan, &stamp, key, altered).map_err(|error| unsigned(error).into())
}

/// An ID token is for its application; for whom else is set over that.
fn with_audience(altered: &Altered, audience: &[String]) -> Altered {
    let value = match audience {
        [one] => Value::from(one.as_str()),
        several => several.to_vec().into(),
    };
    let mut set = Map::from_iter([("aud".to_owned(), value)]);
    set.extend(altered.set.clone());
    Altered { set, ..altered.clone() }
}

/// Whoever is a name alone has no id to tell, unless the claim is wished for.
fn of_nobody(altered: &Altered) -> Altered {
    let mut altered = altered.clone();
    altered.removed.extend((!altered.set.contains_key("p1.userId")).then(|| "p1.userId".to_owned()));
    altered
}

fn by(whom: Whom<'_>) -> By<'static> {
    let grant = match whom {
        Whom::Application => GrantType::ClientCredentials,
        Whom::Person(_) | Whom::Name(_) => GrantType::AuthorizationCode,
    };
    By { grant: Some(grant), assertion: None }
}

fn stamp<'a>(call: &'a Call<'_>, client: &'a Client) -> Stamp<'a> {
    Stamp { issuer: &call.at.site.issuer, client, environment: &call.at.tenant.environment }
}

/// Nobody knows what somebody has who is no user.
fn settle(outcome: Result<(), Stop>, whom: Whom<'_>) -> Result<(), Unminted> {
    match outcome {
        Err(Stop::Denied(_)) if matches!(whom, Whom::Name(_)) => Ok(()),
        outcome => Ok(outcome?),
    }
}

fn told(refused: &Refused) -> Unminted {
    Unminted::Conflict(format!("{}: expected {}, and there is {}", refused.sentence(), refused.expected, refused.came))
}

impl From<Stop> for Unminted {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Denied(denial) => told(&denial.refused),
            Stop::Failed(_) => Self::Unavailable,
        }
    }
}

impl From<Failure> for Unminted {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refused) => told(&refused),
            Failure::Unavailable | Failure::Bug(_) => Self::Unavailable,
        }
    }
}

impl From<Unmade> for Unminted {
    fn from(unmade: Unmade) -> Self {
        match unmade {
            Unmade::Many => Self::Conflict(format!("the world has {} keys already", keys::MOST)),
            Unmade::Failed(failure) => failure.into(),
        }
    }
}

impl From<Fault> for Unminted {
    fn from(_: Fault) -> Self {
        Self::Unavailable
    }
}

impl From<store::StoreError> for Unminted {
    fn from(error: store::StoreError) -> Self {
        Failure::from(error).into()
    }
}

/// Of more than that the first is any.
const FIRST: List = List { filter: None, after: None, limit: 1000 };
