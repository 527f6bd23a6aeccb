//! Administrators' workers, made and let in again by whoever holds the database and its master key: the way back in.
//!
//! A worker is one of them while it holds Organization Admin for an organization: with that it can be given everything else.

use std::sync::Arc;

use protocol::audit::{Action, Actor, Event, Kind};
use protocol::change::{Change, Guard};
use protocol::client::Client;
use protocol::client_auth::Method;
use protocol::filter::Filter;
use protocol::grant::GrantType;
use protocol::id::{ApplicationId, EnvironmentId};
use protocol::model::{Application, ClientSecret, Environment, EnvironmentStatus, Role};
use protocol::refusal::{Reason, Refused};

use crate::app::App;
use crate::bootstrap::{self, Administrators};
use crate::failure::Failure;
use crate::reads::List;

/// The administrators' workers of every organization, the oldest first.
pub async fn list(app: &App) -> Result<Vec<Application>, Failure> {
    let mut found: Vec<Application> = clients(app).await?.into_iter().map(|client| client.application).collect();
    found.sort_by_key(|application| (application.created_at, application.id));
    Ok(found)
}

/// Makes a worker with every role of an administrator, for the organization of the environment that it is made in: without one
/// named, where the oldest of the others is, else the first that serves.
///
/// # Errors
/// 404 for an environment that does not exist, and where there is none; that it was put aside, so that no worker gets a token in it.
pub async fn create(app: &Arc<App>, wanted: Option<EnvironmentId>, name: &str) -> Result<Administrators, Failure> {
    let environment = match wanted {
        Some(id) => app.store.environment(id).await?,
        None => usual(app).await?,
    };
    let environment = environment.ok_or_else(|| {
        let came = wanted.map_or_else(|| "an empty database".to_owned(), |id| id.to_string());
        let refused = Refused::new(Reason::EnvironmentUnknown, "an environment", came);
        refused
            .saying(wanted.map_or("there is no environment".to_owned(), |id| format!("there is no environment {id}")))
    })?;
    if !serves(&environment) {
        let refused = Refused::new(Reason::EnvironmentUnknown, "an environment that serves", "one that was put aside");
        return Err(refused.saying(format!("the environment {} was put aside to be deleted", environment.id)).into());
    }
    let ctx = bootstrap::start(app);
    let (id, secret) = (ApplicationId::new(ctx.uuid()), ctx.client_secret());
    let application =
        Application { name: name.to_owned(), ..bootstrap::worker(id, environment.id, ctx.now.to_millis()) };
    let made =
        Administrators { environment: environment.id, client_id: application.client_id.clone(), client_secret: secret };
    let changes = bootstrap::administrator(app, &ctx, application, &made.client_secret, environment.organization);
    let event = Event::new(Some(environment.id), ctx.now, ctx.correlation, Action::ApplicationCreated);
    let event = event.by(Actor::System).on(Kind::Application, id.uuid()).noting(FROM_HERE);
    crate::finish::commit(app, changes, Some(event)).await?;
    Ok(made)
}

/// Gives an administrators' worker a new secret, ends those before, and enables it. Without one named, the only one that is where
/// it gets a token.
///
/// # Errors
/// 404 where none has this client id; that it has to be named, that its environment was put aside, that it authenticates with no
/// secret, that somebody changed it at the same time.
pub async fn reset(app: &Arc<App>, client_id: Option<&str>) -> Result<Administrators, Failure> {
    let mut found = Vec::new();
    let mut aside = false;
    for client in clients(app).await? {
        if client_id.is_some_and(|id| client.application.client_id != id) {
            continue;
        }
        match app.store.environment(client.application.environment).await? {
            Some(environment) if serves(&environment) => found.push(client),
            _ => aside = true,
        }
    }
    let said = |text: String| Refused::new(Reason::ClientUnknown, "an administrators' worker", "another").saying(text);
    let client = match (found.pop(), found.is_empty(), client_id) {
        (Some(client), true, _) => client,
        (None, _, None) => return Err(said("there is no administrators' worker: make one with `create`".into()).into()),
        (None, _, Some(id)) if aside => {
            let text =
                format!("the environment of {id} was put aside to be deleted: make another worker with `create`");
            return Err(said(text).into());
        }
        (None, _, Some(id)) => return Err(said(format!("{id} is no administrators' worker")).into()),
        (Some(_), false, _) => return Err(said("there are several: name one of `list` with --client-id".into()).into()),
    };
    let Client { mut application, secrets, .. } = client;
    let by_secret = |method: &Method| matches!(method, Method::ClientSecretBasic | Method::ClientSecretPost);
    if !application.auth_methods.iter().any(by_secret)
        || !application.grant_types.contains(&GrantType::ClientCredentials)
    {
        let text =
            format!("{} cannot get a token with a secret: make another worker with `create`", application.client_id);
        return Err(said(text).into());
    }
    let ctx = bootstrap::start(app);
    let (environment, id, text) = (application.environment, application.id, ctx.client_secret());
    let current = ClientSecret::new(&ctx, (app.pepper(), app.seal()), (environment, id), &text);
    let was = secrets.current.map(|kept| *kept.digest.bytes());
    let mut changes = vec![Change::RotateSecret { environment, of: id.into(), was, current, previous: None }];
    let made = Administrators { environment, client_id: application.client_id.clone(), client_secret: text };
    let enabled = application.enabled;
    if !enabled {
        application.enabled = true;
        application.updated_at = ctx.now.to_millis();
        changes.push(Change::put(application, Guard::Version));
    }
    let event = Event::new(Some(environment), ctx.now, ctx.correlation, Action::SecretRotated);
    let event = event.by(Actor::System).on(Kind::Application, id.uuid());
    let event = event.noting(if enabled { FROM_HERE.to_owned() } else { format!("{FROM_HERE}; enabled again") });
    crate::finish::commit(app, changes, Some(event)).await?;
    Ok(made)
}

async fn clients(app: &App) -> Result<Vec<Client>, Failure> {
    let mut clients = Vec::new();
    for (environment, actor) in app.store.holders_for_organizations(Role::ORGANIZATION_ADMIN).await? {
        // Users may hold it too; they are not let in from here.
        clients.extend(app.store.client_of(environment, ApplicationId::new(actor)).await?);
    }
    Ok(clients)
}

/// Where administrators are.
async fn usual(app: &App) -> Result<Option<Environment>, Failure> {
    for worker in list(app).await? {
        if let Some(environment) = app.store.environment(worker.environment).await?.filter(serves) {
            return Ok(Some(environment));
        }
    }
    for organization in app.store.organizations().await? {
        let serving = Filter::Not(Box::new(Filter::Present("softDeletedAt".to_owned())));
        let one = List { filter: Some(serving), after: None, limit: 1 };
        if let Some(first) = app.store.environments(organization.id, &one, None).await?.rows.into_iter().next() {
            return Ok(Some(first));
        }
    }
    Ok(None)
}

/// Whether a worker gets a token there: not where everything waits to be deleted.
fn serves(environment: &Environment) -> bool {
    environment.status() == EnvironmentStatus::Active
}

const FROM_HERE: &str = "from the command line";
