//! Seeds: what a world has from its beginning, in the shapes of the management API, made by its own rules and none of its tokens.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use engine::bootstrap::fresh;
use engine::controls::mounted::{MOST, Taken};
use engine::controls::sign_on::Settings;
use engine::controls::snapshot;
use engine::manage::Brought;
use engine::password::Passwords;
use engine::reads::StoreError;
use engine::{App, Failure};
use plan::api::{Answer as Answered, Api, Request as Asking, Stopped};
use plan::seed::Seed;
use plan::wanted::{Fault, Source};
use plan::yaml::{Limits, Node};
use plan::{Kind, seed as sown};
use protocol::id::{EnvironmentId, UserId};
use protocol::secret::Secret;
use serde_json::{Map, Value, json};

use super::body::Members;
use super::settings;
use super::wrong::Wrong;
use crate::manage::operator::{Asked, call_as};
use crate::manage::{openapi, user_import};
use crate::routes::mounts;

/// Whatever may be in a seed.
pub fn kinds() -> &'static Kind {
    static KINDS: OnceLock<Kind> = OnceLock::new();
    KINDS.get_or_init(|| Kind::seed(&openapi::document()))
}

/// Reads the member `seed` of a body: nothing of it lies in this server's own files and variables.
pub(super) fn read(value: &Value, name: &str) -> Result<Seed, Wrong> {
    let elsewhere = |_: &Source| Err("a seed that is sent says everything itself".to_owned());
    let node = Node::of(value);
    if node.count() > Limits::default().nodes {
        return Err(Wrong::invalid("seed", format!("it has more than {} values", Limits::default().nodes)));
    }
    sown::read(kinds(), (&node, "seed"), name, (&"seed".into(), &elsewhere)).map_err(|faults| told(&faults))
}

/// Lets the world answer where its seed says besides. No other answers there, above it or below it, and none does until it ends.
pub(super) fn mount(app: &App, world: EnvironmentId, seed: &Seed) -> Result<(), Wrong> {
    let path = |at: usize| format!("seed.mounts[{at}]");
    let mut mounts = Vec::with_capacity(seed.mounts.len());
    for (at, said) in seed.mounts.iter().enumerate() {
        let mount = mounts::at(&said.path, &said.layout, world);
        mounts.push(mount.map_err(|(member, what)| Wrong::invalid(format!("{}.{member}", path(at)), what))?);
    }
    let Some(controls) = &app.controls else { return Ok(()) };
    controls.mounted.add(&app.config.mounts, mounts).map_err(|taken| match taken {
        Taken::By(at) => Wrong::conflict("something answers there, above it or below it already: give it another path")
            .at(format!("{}.path", path(at))),
        Taken::Many => Wrong::conflict(format!("worlds have {MOST} mounts already: delete some")).at("seed.mounts"),
    })
}

/// What the seed says of the world that is none of the environment's.
pub(super) fn settings(seed: &Seed) -> Result<Settings, Wrong> {
    let mut members = Members::of("seed.settings".to_owned(), seed.controls.clone().into())?;
    settings::read(&mut members)
}

/// The world before anything is sown: it signs with what its profile takes (FAPI 2.0 §5.4.1), because its key is not changed by the way.
pub(super) fn ground(id: EnvironmentId, seed: &Seed) -> fresh::Wanted {
    let profile = seed.wanted.body["securityProfile"].as_str().unwrap_or_default();
    let usual = fresh::Wanted::named(id, &seed.wanted.label);
    let alg = if profile.starts_with("FAPI") { jose::Alg::Es256 } else { usual.alg };
    fresh::Wanted { alg, furnished: false, ..usual }
}

/// Makes a world, which is there and has nothing of its own yet, what the seed says.
pub(super) async fn sow(app: &Arc<App>, world: EnvironmentId, seed: &Seed) -> Result<(), Vec<Fault>> {
    let own = Own { app, world, passwords: Mutex::default() };
    sown::apply(&own, &world.to_string(), seed).await?;
    let Some(controls) = &app.controls else { return Ok(()) };
    let known = &controls.of(world).known;
    for (id, password) in own.passwords.into_inner().unwrap_or_else(PoisonError::into_inner) {
        let user = app.store.user(world, id).await.ok().flatten();
        if let Some(state) = user.and_then(|user| user.password) {
            known.keep_password(id, state.changed_at, password);
        }
    }
    Ok(())
}

/// Makes a world of this id of the seed of a file. False where it is there already: then it is what it became.
///
/// # Errors
/// Every fault; then it is not there.
pub async fn plant(app: &Arc<App>, id: EnvironmentId, seed: &Seed) -> Result<bool, Vec<Fault>> {
    let fault = |what: String| vec![Fault { place: seed.wanted.place.clone(), what }];
    let settings = settings(seed).map_err(|wrong| fault(wrong.message()))?;
    if app.store.environment(id).await.map_err(|error| fault(error.to_string()))?.is_some() {
        return Ok(false);
    }
    let made = fresh::make(app, ground(id, seed)).await.map_err(|error| match error {
        StoreError::Conflict { .. } => fault(format!("there is another environment called {}", seed.wanted.label)),
        error => fault(error.to_string()),
    })?;
    if let Err(faults) = sow(app, id, seed).await {
        fresh::end(app, id).await.map_err(|error| fault(error.to_string()))?;
        return Err(faults);
    }
    if let Some(control) = app.controls.as_ref().map(|controls| controls.of(id)) {
        control.known.administered_by(made.worker.0.id);
        control.sign_on.begin(settings);
    }
    snapshot::keep_as_made(app, id).await.map_err(|unkept| fault(format!("it cannot be kept: {unkept:?}")))?;
    Ok(true)
}

/// All faults in one sentence each, the first with its place.
pub(super) fn told(faults: &[Fault]) -> Wrong {
    let each = faults.iter().take(SHOWN).map(|fault| format!("{}: {}", fault.place.path, fault.what));
    let mut message: Vec<String> = each.collect();
    if faults.len() > SHOWN {
        message.push(format!("and {} more", faults.len() - SHOWN));
    }
    let at = faults.first().map(|fault| fault.place.path.clone()).unwrap_or_default();
    Wrong::invalid(at, message.join("; "))
}

/// The management API within this process, for one world and nothing else of the server.
struct Own<'a> {
    app: &'a Arc<App>,
    world: EnvironmentId,
    /// Of the users that were made.
    passwords: Mutex<Vec<(UserId, Secret)>>,
}

impl Api for Own<'_> {
    async fn call(&self, asking: Asking) -> Result<Answered, Stopped> {
        let Some(path) = asking.path.strip_prefix(&format!("/environments/{}", self.world)) else {
            return Ok(self.around(&asking.path).await);
        };
        let mut body = asking.body.and_then(|body| if let Value::Object(body) = body { Some(body) } else { None });
        let mut brought = (None, None);
        let mut media = "application/json";
        let mut password = None;
        match (asking.method, path, &mut body) {
            ("POST", "/applications", Some(body)) => {
                brought = (taken(body, "clientId"), taken(body, "clientSecret"));
            }
            ("POST", "/users", Some(body)) => {
                if let Some(text) = taken(body, "password") {
                    media = user_import::IMPORT;
                    let hash = Passwords::slight(&*self.app.world, &text);
                    let Ok(hash) = hash else { return Ok(refusal("password", "it is none (RFC 8265 §4.2)")) };
                    body.insert("password".into(), json!({ "value": hash }));
                    password = Some(text);
                }
            }
            _ => {}
        }
        let asked = Asked { environment: self.world, method: asking.method, path, body: body.as_ref() };
        let brought = || Brought {
            client_id: brought.0.clone(),
            secret: brought.1.clone().map(Secret::new),
            ..Brought::default()
        };
        match call_as(self.app, asked, media, brought).await {
            Ok(made) => {
                if let (Some(password), Some(id)) = (password, made["id"].as_str().and_then(UserId::parse)) {
                    let mut passwords = self.passwords.lock().unwrap_or_else(PoisonError::into_inner);
                    passwords.push((id, Secret::new(password)));
                }
                Ok(Answered { status: 200, etag: None, body: made })
            }
            Err(failure) => Ok(refused(failure)),
        }
    }
}

impl Own<'_> {
    /// What lies around the world: itself, and nothing that it could name.
    async fn around(&self, path: &str) -> Answered {
        let mut list = Vec::new();
        if path.starts_with("/environments") {
            let found = self.app.store.environment(self.world).await.ok().flatten();
            list.extend(found.map(|found| json!({ "id": self.world.to_string(), "name": found.name })));
        }
        Answered { status: 200, etag: None, body: json!({ "_embedded": { "items": list } }) }
    }
}

fn taken(body: &mut Map<String, Value>, name: &str) -> Option<String> {
    match body.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// What the management API would answer.
fn refused(failure: Failure) -> Answered {
    let refused = failure.into_refused();
    let row = refused.reason.row();
    let details = refused.details.iter().map(|one| json!({ "target": one.target, "message": one.message }));
    let details: Vec<Value> = details.collect();
    let message = refused.message.unwrap_or_else(|| row.public.to_owned());
    Answered { status: row.status, etag: None, body: json!({ "message": message, "details": details }) }
}

fn refusal(target: &str, message: &str) -> Answered {
    let details = [json!({ "target": target, "message": message })];
    Answered { status: 400, etag: None, body: json!({ "message": message, "details": details }) }
}

/// Faults that are told one by one.
const SHOWN: usize = 20;
