//! Worlds: made, listed, shown, ended. A world is an environment (ADR 0062); what can be known of one that was not made here is shown too.

use std::sync::Arc;

use axum::extract::{Request, State};
use engine::bootstrap::dev;
use engine::bootstrap::fresh;
use engine::controls::clock::{Clock, Turn};
use engine::controls::{Control, snapshot};
use engine::reads::{List, StoreError};
use http::StatusCode;
use plan::seed::Seed;
use protocol::client::Client;
use protocol::id::{ApplicationId, EnvironmentId, OrganizationId};
use protocol::model::{Application, ApplicationType, Environment, User};
use protocol::secret::Secret;
use protocol::time::Time;
use serde_json::{Value, json};

use super::body::Members;
use super::wrong::Wrong;
use super::{Answer, clock, controlled, json, seed, snapshots};
use crate::error;
use crate::state::AppState;

/// Makes one.
pub(super) async fn make(State(web): State<AppState>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let mut members = Members::read_large(&parts, body).await?;
    let name = members.text("name")?.unwrap_or_default();
    if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(Wrong::invalid("name", format!("it must be a text of at most {LONGEST_NAME} characters")));
    }
    let id = EnvironmentId::new(new_id(&web));
    let mut seed = members.any("seed").map(|seed| seed::read(&seed, &fresh::name(&name, id))).transpose()?;
    if let Some(seed) = seed.as_mut().filter(|_| !name.is_empty()) {
        seed.rename(&name);
    }
    let now = web.app.world.now();
    let turn = members.members("clock")?.map(|clock| turn(clock, now)).transpose()?;
    members.end()?;
    room(&web)?;
    if let Some(turn) = turn {
        // Before there is anything: what is made is as old as its clock says. It was tried above.
        let control = control(&web, id)?;
        control.known.begins_at(turn);
        let _ = control.clock.turn(now, turn);
    }
    let told = made(&web, id, name, seed).await?;
    Ok(json(StatusCode::CREATED, &told))
}

/// The same for a page: with its usual furniture and a name of its own.
pub(in crate::dev) async fn usual(web: &AppState) -> Result<EnvironmentId, Wrong> {
    room(web)?;
    let id = EnvironmentId::new(new_id(web));
    made(web, id, String::new(), None).await?;
    Ok(id)
}

/// Whether there is room for what one more world may be taken back to.
fn room(web: &AppState) -> Result<(), Wrong> {
    let full = web.app.controls.as_ref().is_some_and(|controls| controls.makings.are_many());
    let most = snapshot::MOST_OF_MAKINGS >> 20;
    let told = || Wrong::conflict(format!("what worlds are taken back to takes {most} MiB already: delete some"));
    if full { Err(told()) } else { Ok(()) }
}

/// Makes all of it, or nothing: whoever goes away before the answer leaves no half of a world behind.
async fn made(web: &AppState, id: EnvironmentId, name: String, seed: Option<Seed>) -> Result<Value, Wrong> {
    let (web, control) = (web.clone(), control(web, id)?);
    let making = tokio::spawn(async move {
        let told = match seed {
            None => furnished(&web, id, (name, &control)).await,
            Some(seed) => seeded(&web, id, (seed, &control)).await,
        };
        let told = told.inspect_err(|_| web.app.controls.iter().for_each(|controls| controls.end(id)))?;
        snapshot::keep_as_made(&web.app, id).await.map_err(snapshots::refused)?;
        Ok(told)
    });
    making.await.unwrap_or_else(|_| Err(Wrong::unavailable()))
}

/// One with what every world has where nobody says what is in it.
async fn furnished(web: &AppState, id: EnvironmentId, (name, control): (String, &Control)) -> Result<Value, Wrong> {
    let made = fresh::make(&web.app, fresh::Wanted::named(id, &name)).await.map_err(not_made)?;
    control.known.administered_by(made.worker.0.id);
    let told = World {
        id,
        worker: Some(credentials(&made.worker.0, Some(&made.worker.1))),
        applications: made.application.iter().map(|(it, secret)| credentials(it, Some(secret))).collect(),
        users: made.user.iter().map(|user| person(user, control)).collect(),
    };
    Ok(told.told(web))
}

/// One with what the seed says. It is not there where something of that cannot be.
async fn seeded(web: &AppState, id: EnvironmentId, (mut seed, control): (Seed, &Control)) -> Result<Value, Wrong> {
    let settings = seed::settings(&seed)?;
    seed::mount(&web.app, id, &seed)?;
    let made = sown(web, id, &mut seed).await?;
    control.sign_on.begin(settings);
    control.known.administered_by(made.worker.0.id);
    if let Err(faults) = seed::sow(&web.app, id, &seed).await {
        fresh::end(&web.app, id).await.map_err(unread)?;
        return Err(seed::told(&faults));
    }
    known(web, id, control).await
}

/// The ground for a seed. Many worlds may be made of one: those after the first have their id behind its name.
async fn sown(web: &AppState, id: EnvironmentId, seed: &mut Seed) -> Result<fresh::Made, Wrong> {
    match fresh::make(&web.app, seed::ground(id, seed)).await {
        Err(StoreError::Conflict { .. }) => {
            seed.rename(&format!("{} {id}", seed.wanted.label));
            fresh::make(&web.app, seed::ground(id, seed)).await.map_err(not_made)
        }
        made => made.map_err(not_made),
    }
}

/// What its clock is told, which it can be told.
fn turn(members: Members, now: Time) -> Result<Turn, Wrong> {
    let at = members.at("now");
    let turn = clock::wanted(members)?;
    let tried = Clock::default().turn(now, turn);
    tried.map_err(|_| Wrong::invalid(at, "it would show a time before 1970 or after the year 9999"))?;
    Ok(turn)
}

/// Every world that there is, without what is in it.
pub(super) async fn list(State(web): State<AppState>) -> Answer {
    let organization = OrganizationId::new(dev::ORGANIZATION);
    let mut list = List { filter: None, after: None, limit: A_PAGE };
    let mut worlds = Vec::new();
    loop {
        let page = web.app.store.environments(organization, &list, None).await.map_err(unread)?;
        worlds.extend(page.rows.iter().map(|environment| listed(&web, environment)));
        if page.next.is_none() {
            return Ok(json(StatusCode::OK, &json!({ "worlds": worlds })));
        }
        list.after = page.next;
    }
}

pub(super) async fn show(State(web): State<AppState>, request: Request) -> Answer {
    let (parts, _) = request.into_parts();
    let (id, control) = controlled(&web, &parts).await?;
    let told = known(&web, id, &control).await?;
    Ok(json(StatusCode::OK, &told))
}

/// For good: nothing of it answers any more.
pub(super) async fn end(State(web): State<AppState>, request: Request) -> Answer {
    let (parts, _) = request.into_parts();
    let (id, _) = controlled(&web, &parts).await?;
    if id.uuid() == dev::ADMIN_ENVIRONMENT {
        return Err(Wrong::conflict("the administrators of this server are in that world: it is not deleted"));
    }
    match fresh::end(&web.app, id).await {
        Ok(()) => Ok(error::empty(StatusCode::NO_CONTENT)),
        // Somebody else did.
        Err(StoreError::Lost { .. }) => Err(Wrong::not_found("there is no such world")),
        Err(_) => Err(Wrong::unavailable()),
    }
}

/// A world as it is told.
struct World {
    id: EnvironmentId,
    worker: Option<Value>,
    applications: Vec<Value>,
    users: Vec<Value>,
}

impl World {
    /// What is not known is left out.
    fn told(self, web: &AppState) -> Value {
        let mut told = addresses(web, self.id).to_vec();
        let worker =
            self.worker.map(|worker| json!({ "clientId": worker["clientId"], "clientSecret": worker["clientSecret"] }));
        told.extend(worker.map(|worker| ("worker", worker)));
        told.push(("applications", self.applications.into()));
        told.push(("users", self.users.into()));
        Value::from_iter(told)
    }
}

fn addresses(web: &AppState, id: EnvironmentId) -> [(&'static str, Value); 4] {
    let issuer = web.app.site(id).issuer;
    let discovery = format!("{issuer}/.well-known/openid-configuration");
    let api_url = format!("{}/v1", web.app.config.api_url);
    [
        ("id", id.to_string().into()),
        ("issuer", issuer.into()),
        ("apiUrl", api_url.into()),
        ("discovery", discovery.into()),
    ]
}

/// One of the list: with the name that it has among the others.
fn listed(web: &AppState, environment: &Environment) -> Value {
    let name = ("name", environment.name.as_str().into());
    addresses(web, environment.id).into_iter().chain([name]).collect()
}

fn credentials(application: &Application, secret: Option<&Secret>) -> Value {
    let mut told = json!({
        "name": application.name,
        "id": application.id.to_string(),
        "clientId": application.client_id,
        "redirectUris": application.redirect_uris,
    });
    if let Some(secret) = secret {
        told["clientSecret"] = secret.expose().into();
    }
    told
}

fn person(user: &User, control: &Control) -> Value {
    let mut told = json!({ "username": user.username, "id": user.id.to_string() });
    if let Some(password) = control.known.password(user) {
        told["password"] = password.expose().into();
    }
    told
}

/// A world as its database has it now, with the secrets of its applications and the passwords that are known.
pub(in crate::dev) async fn known(web: &AppState, id: EnvironmentId, control: &Control) -> Result<Value, Wrong> {
    let store = &web.app.store;
    let gone = || Wrong::not_found("there is no such world");
    store.environment(id).await.map_err(unread)?.ok_or_else(gone)?;
    let page = List { filter: None, after: None, limit: A_PAGE };
    let applications = store.list::<Application>(id, &page).await.map_err(unread)?.rows;
    let users = store.users(id, &page).await.map_err(unread)?.rows;
    let administers = |application: &Application| match control.known.worker() {
        Some(worker) => application.id == worker,
        None => application.kind == ApplicationType::Worker,
    };
    let mut worker = None;
    let mut others = Vec::new();
    for application in applications.iter().filter(|application| !application.kind.is_built_in()) {
        let shown = credentials(application, secret(web, id, application.id).await?.as_ref());
        if worker.is_none() && administers(application) && !shown["clientSecret"].is_null() {
            worker = Some(shown);
        } else {
            others.push(shown);
        }
    }
    let users = users.iter().map(|user| person(user, control)).collect();
    let world = World { id, worker, applications: others, users };
    Ok(world.told(web))
}

/// The secret of an application that authenticates with one.
async fn secret(web: &AppState, environment: EnvironmentId, id: ApplicationId) -> Result<Option<Secret>, Wrong> {
    let client: Option<Client> = web.app.store.client_of(environment, id).await.map_err(unread)?;
    let kept = client.filter(|client| client.application.is_confidential()).and_then(|client| client.secrets.current);
    Ok(kept.and_then(|kept| kept.reveal(web.app.seal(), environment, id)))
}

pub(super) fn control(web: &AppState, id: EnvironmentId) -> Result<Arc<Control>, Wrong> {
    let controls = web.app.controls.as_ref();
    controls.map(|controls| controls.of(id)).ok_or_else(|| Wrong::not_found("this server has no controls"))
}

pub(super) fn new_id(web: &AppState) -> uuid::Uuid {
    let mut octets = [0; 16];
    web.app.world.fill(&mut octets);
    uuid::Builder::from_random_bytes(octets).into_uuid()
}

#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
fn not_made(error: StoreError) -> Wrong {
    match error {
        StoreError::Conflict { .. } => {
            Wrong::conflict("there is a world of this name already: leave the name out, or say another")
        }
        _ => Wrong::unavailable(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
pub(super) fn unread(error: StoreError) -> Wrong {
    tracing::error!(%error, "a world could not be read");
    Wrong::unavailable()
}

/// As long as an environment's name may be.
const LONGEST_NAME: usize = 256;
/// More applications or users than that are not told one by one.
const A_PAGE: u32 = 1000;
