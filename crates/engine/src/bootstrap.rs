//! What a server needs before its first request: its store opened with the right master key, and somebody who may
//! administer it.

pub mod dev;
pub mod fresh;
pub(crate) mod known;
pub mod mcp;
mod world;

use std::path::Path;
use std::sync::Arc;

use jose::seal::SealKey;
use protocol::change::{Change, Guard};
use protocol::client::Client;
use protocol::client_auth::Method;
use protocol::ctx::Ctx;
use protocol::grant::GrantType;
use protocol::id::{ApplicationId, CorrelationId, EnvironmentId, LicenseId, OrganizationId, RoleAssignmentId};
use protocol::model::seed;
use protocol::model::{
    ActorKind, Application, ApplicationType, BillOfMaterials, ClientSecret, Environment, EnvironmentSettings,
    EnvironmentType, KeyStatus, License, Organization, Role, RoleAssignment, RoleScope, SecretPair, SigningKeyRecord,
};
use protocol::secret::Secret;
use protocol::time::Time;

use crate::app::App;
use crate::failure::Failure;
use crate::reads::{List, Reads, StoreError};

pub use store::Store;

/// Opens the store of a database URL. SQLite files are created; no table is touched.
pub fn open(url: &str) -> Result<Store, StoreError> {
    Store::open(url, &store::Options::default())
}

/// Whether a database URL is SQLite's or PostgreSQL's; None for any other.
pub fn is_sqlite(url: &str) -> Option<bool> {
    store::Dialect::of_url(url).map(|dialect| dialect == store::Dialect::Sqlite)
}

/// The file of a `sqlite:` URL; None for any other URL, and for a database in memory.
pub fn sqlite_file(url: &str) -> Option<&Path> {
    store::file_of(url)
}

/// Whether a URL can be opened, without connecting and without making a file.
pub fn check_url(url: &str) -> Result<(), StoreError> {
    Store::check_url(url)
}

/// Whether the master key of `app` is the one that the store was written with. A store without environments has none yet.
pub async fn opens(app: &App) -> Result<bool, Failure> {
    Ok(sealed(&app.store).await?.is_none_or(|sealed| sealed.opens_under(app.seal())))
}

/// What a store holds that only its master key opens; None before its first start.
pub async fn sealed(store: &Reads) -> Result<Option<Sealed>, Failure> {
    let organizations = store.organizations().await?;
    let Some(organization) = organizations.first() else { return Ok(None) };
    let one = List { filter: None, after: None, limit: 1 };
    let first = store.environments(organization.id, &one, None).await?;
    let Some(environment) = first.rows.first() else { return Ok(None) };
    Ok(Some(Sealed(store.readable_keys(environment.id).await?)))
}

/// Signing keys under the master key that the store was written with.
#[derive(Debug)]
pub struct Sealed(Vec<SigningKeyRecord>);

impl Sealed {
    /// Whether this is that master key.
    pub fn opens_with(&self, master_key: &[u8; 32]) -> bool {
        self.opens_under(&crate::app::seal(master_key))
    }

    fn opens_under(&self, seal: &SealKey) -> bool {
        self.0.iter().all(|record| crate::keys::unseal(record, seal).is_some())
    }
}

/// What the operator wants the first administrators' environment to be called; what is absent is made up.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub environment: Option<EnvironmentId>,
    pub client_id: Option<String>,
    pub client_secret: Option<Secret>,
}

/// The worker that may do everything in its organization.
#[derive(Clone, Debug)]
pub struct Administrators {
    pub environment: EnvironmentId,
    pub client_id: String,
    pub client_secret: Secret,
}

/// Makes the administrators' environment and its worker, on an empty store only; None where there is any environment.
///
/// # Errors
/// [`Failure::Refused`] when another node was first: then there is nothing left to make.
pub async fn first_administrators(app: &Arc<App>, wanted: Wanted) -> Result<Option<Administrators>, Failure> {
    if !app.store.is_empty().await? {
        return Ok(None);
    }
    let ctx = start(app);
    let made = Administrators {
        environment: wanted.environment.unwrap_or_else(|| EnvironmentId::new(ctx.uuid())),
        client_id: wanted.client_id.unwrap_or_else(|| ctx.uuid().to_string()),
        client_secret: wanted.client_secret.unwrap_or_else(|| ctx.client_secret()),
    };
    let organization = OrganizationId::new(ctx.uuid());
    let license = LicenseId::new(ctx.uuid());
    let house = House { organization, license, name: "Grantor", region: region(app), at: ctx.now.to_millis() };
    let environment = house.environment(made.environment, "Administrators", EnvironmentType::Production);
    let alg = EnvironmentSettings::default().signing_alg;
    let key = app.new_signing_key(&ctx, made.environment, alg, KeyStatus::Active).await?;
    let mut changes = house.changes();
    changes.extend(seed::environment(&ctx, environment, key, &app.config.api_url).changes);
    let id = ApplicationId::parse(&made.client_id).unwrap_or_else(|| ApplicationId::new(ctx.uuid()));
    let application = Application { client_id: made.client_id.clone(), ..worker(id, made.environment, house.at) };
    changes.extend(administrator(app, &ctx, application, &made.client_secret, organization));
    crate::finish::commit(app, changes, None).await?;
    Ok(Some(made))
}

/// An organization with its licence: what every environment belongs to.
#[derive(Clone, Copy, Debug)]
struct House {
    organization: OrganizationId,
    license: LicenseId,
    name: &'static str,
    region: &'static str,
    at: Time,
}

impl House {
    fn changes(self) -> Vec<Change> {
        let organization = Organization {
            id: self.organization,
            name: self.name.into(),
            description: None,
            kind: "INTERNAL".into(),
            created_at: self.at,
            updated_at: self.at,
        };
        let license = License {
            id: self.license,
            organization: self.organization,
            name: "INTERNAL".into(),
            package: "INTERNAL".into(),
            created_at: self.at,
            updated_at: self.at,
        };
        vec![Change::put(organization, Guard::New), Change::put(license, Guard::New)]
    }

    fn environment(self, id: EnvironmentId, name: &str, kind: EnvironmentType) -> Environment {
        Environment {
            id,
            organization: self.organization,
            license: self.license,
            name: name.into(),
            description: None,
            kind,
            region: self.region.into(),
            icon: None,
            bill_of_materials: BillOfMaterials::empty(self.at),
            settings: EnvironmentSettings::default(),
            activity_retention_days: 0,
            soft_deleted_at: None,
            created_at: self.at,
            updated_at: self.at,
            version: 0,
        }
    }
}

/// A worker that authenticates with HTTP Basic and asks for its own tokens.
pub(crate) fn worker(id: ApplicationId, environment: EnvironmentId, at: Time) -> Application {
    Application {
        name: "Administrator".into(),
        enabled: true,
        kind: ApplicationType::Worker,
        auth_methods: vec![Method::ClientSecretBasic],
        grant_types: vec![GrantType::ClientCredentials],
        ..Application::blank(id, environment, at)
    }
}

/// The application with its secret, and every role that gives something of its own, for its organization.
pub(crate) fn administrator(
    app: &App,
    ctx: &Ctx<'_>,
    application: Application,
    secret: &Secret,
    organization: OrganizationId,
) -> Vec<Change> {
    let (environment, actor) = (application.environment, application.id.uuid());
    let mut changes = register(app, ctx, application, Some(secret));
    changes.extend(Role::of_administrators().map(|role| {
        Change::put(
            RoleAssignment {
                id: RoleAssignmentId::new(ctx.uuid()),
                environment,
                actor,
                actor_kind: ActorKind::Application,
                role: role.id,
                scope: RoleScope::Organization(organization),
                read_only: false,
            },
            Guard::New,
        )
    }));
    changes
}

/// The changes that register an application, with its secret sealed for it.
fn register(app: &App, ctx: &Ctx<'_>, application: Application, secret: Option<&Secret>) -> Vec<Change> {
    let place = (application.environment, application.id);
    let created = application.created_at;
    let current = secret.map(|secret| ClientSecret {
        created_at: created,
        ..ClientSecret::new(ctx, (app.pepper(), app.seal()), place, secret)
    });
    let secrets = SecretPair { current, previous: None };
    Client { application, secrets, grants: Vec::new(), mappings: protocol::mapping::ApplicationMappings::default() }
        .creation()
}

/// Where the first environments are.
fn region(app: &App) -> &'static str {
    app.config.regions.first().copied().unwrap_or("NA")
}

/// The world at the start, before there is any request.
pub(crate) fn start(app: &App) -> Ctx<'_> {
    Ctx { now: app.world.now(), entropy: &*app.world, correlation: CorrelationId::new(uuid::Uuid::nil()) }
}

/// The same as its environment sees it.
pub(crate) fn start_in(app: &App, environment: EnvironmentId) -> Ctx<'_> {
    Ctx { now: app.now(environment), ..start(app) }
}
