//! A world of a developer's server, made while it runs: an environment like those that the management API makes, with a worker that
//! administers it and nothing else. Where nobody says what is in it, there is an application to sign on to, and somebody who does.

use std::sync::Arc;

use jose::Alg;
use protocol::change::{Change, Guard};
use protocol::client_auth::Method;
use protocol::ctx::Ctx;
use protocol::grant::GrantType;
use protocol::id::{ApplicationId, EnvironmentId, LicenseId, OrganizationId, RoleAssignmentId, UserId};
use protocol::model::seed;
use protocol::model::{
    ActorKind, Application, ApplicationType, EnvironmentType, Key, KeyRotationPolicy, KeyStatus, ResponseKind, Role,
    RoleAssignment, RoleScope, User,
};
use protocol::scope::OFFLINE_ACCESS;
use protocol::secret::Secret;

use super::world::{Builder, jane};
use super::{House, dev, known, region, register, start_in, worker};
use crate::app::App;
use crate::failure::Failure;

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub id: EnvironmentId,
    /// Empty: one that tells it from the others.
    pub name: String,
    /// What it signs with.
    pub alg: Alg,
    /// Whether it has an application and a user of its own.
    pub furnished: bool,
}

impl Wanted {
    /// One of nothing that was said, but its name.
    pub fn named(id: EnvironmentId, name: &str) -> Self {
        Self { id, name: name.to_owned(), alg: dev::ALG, furnished: true }
    }
}

/// What was made, with all that opens it.
#[derive(Debug)]
pub struct Made {
    pub id: EnvironmentId,
    pub name: String,
    pub worker: (Application, Secret),
    pub application: Option<(Application, Secret)>,
    /// Who signs on with [`dev::PASSWORD`].
    pub user: Option<User>,
}

/// Makes it in one commit. Its key is one that nobody else has where one is ready, and else one of the documented ones.
///
/// # Errors
/// [`crate::reads::StoreError::Conflict`] within, where an environment has the name.
pub async fn make(app: &Arc<App>, wanted: Wanted) -> Result<Made, store::StoreError> {
    let broken = |failure: Failure| store::StoreError::Corrupt(format!("{failure:?}"));
    let (changes, made) = changes(app, wanted).map_err(broken)?;
    crate::finish::commit(app, changes, None).await?;
    Ok(made)
}

/// Deletes a world with everything in it, for good, and what is kept of it beside the database.
///
/// # Errors
/// [`store::StoreError::Lost`] where it is gone already.
pub async fn end(app: &App, id: EnvironmentId) -> Result<(), store::StoreError> {
    crate::finish::commit(app, vec![Change::Remove(Key::Environment(id))], None).await
}

/// The name that was wanted, or one that no other world has.
pub fn name(wanted: &str, id: EnvironmentId) -> String {
    if wanted.is_empty() { format!("World {id}") } else { wanted.to_owned() }
}

fn changes(app: &App, wanted: Wanted) -> Result<(Vec<Change>, Made), Failure> {
    let Wanted { id, name, alg, furnished } = wanted;
    // The clock of a world may have been turned before there was anything in it.
    let ctx = start_in(app, id);
    let house = House {
        organization: OrganizationId::new(dev::ORGANIZATION),
        license: LicenseId::new(dev::LICENSE),
        name: "Grantor Dev",
        region: region(app),
        at: ctx.now.to_millis(),
    };
    let name = self::name(&name, id);
    let ready = app.keys().ready(alg)?;
    let pkcs8 = ready.map_or_else(known::next, Ok)?;
    let key = crate::keys::bind(&ctx, id, (alg, &pkcs8), KeyStatus::Active, app.seal());
    let mut environment = house.environment(id, &name, EnvironmentType::Sandbox);
    environment.settings.signing_alg = alg;
    let seed = seed::environment(&ctx, environment, key, &app.config.api_url);
    let builder = Builder { app, ctx, house };
    let mut changes = seed.changes;
    // What the rotation of keys would write within a minute: whoever puts the clock forward waits for that no more.
    changes.push(Change::put(KeyRotationPolicy::own(id, house.at), Guard::New));
    let worker = builder.worker(id, &mut changes);
    let mut made = Made { id, name, worker, application: None, user: None };
    if furnished {
        // Without it refresh tokens are given whether or not they are asked for.
        let scopes = seed.scopes.iter().filter(|(name, _)| *name != OFFLINE_ACCESS).map(|(_, id)| *id).collect();
        let (application, secret) = (web_application(&builder.ctx, id), builder.ctx.client_secret());
        changes.extend(register(app, &builder.ctx, application.clone(), Some(&secret)));
        changes.push(builder.grant(&application, seed.openid_resource, scopes));
        let user = User {
            id: UserId::new(builder.ctx.uuid()),
            environment: id,
            population: seed.default_population,
            created_at: house.at,
            updated_at: house.at,
            ..jane(dev::PASSWORD_HASH, builder.ctx.now)
        };
        changes.push(Change::put(user.clone(), Guard::New));
        (made.application, made.user) = (Some((application, secret)), Some(user));
    }
    Ok((changes, made))
}

impl Builder<'_> {
    /// The administrator, with whatever the maker of an environment is given over it.
    fn worker(&self, environment: EnvironmentId, changes: &mut Vec<Change>) -> (Application, Secret) {
        let application = worker(ApplicationId::new(self.ctx.uuid()), environment, self.house.at);
        let secret = self.ctx.client_secret();
        changes.extend(register(self.app, &self.ctx, application.clone(), Some(&secret)));
        changes.extend(Role::of_creators().map(|role| {
            let assignment = RoleAssignment {
                id: RoleAssignmentId::new(self.ctx.uuid()),
                environment,
                actor: application.id.uuid(),
                actor_kind: ActorKind::Application,
                role: role.id,
                scope: RoleScope::Environment(environment),
                read_only: false,
            };
            Change::put(assignment, Guard::New)
        }));
        (application, secret)
    }
}

/// One that may do whatever an application may, from any port of this machine. It may show its secret in the header or in the form.
fn web_application(ctx: &Ctx<'_>, environment: EnvironmentId) -> Application {
    Application {
        name: "Web application".into(),
        enabled: true,
        kind: ApplicationType::WebApp,
        auth_methods: vec![Method::ClientSecretBasic, Method::ClientSecretPost],
        grant_types: GrantType::ALL.to_vec(),
        response_types: vec![ResponseKind::Code],
        redirect_uris: vec![ANY_PORT.into()],
        post_logout_redirect_uris: vec![ANY_PORT.into()],
        ..Application::blank(ApplicationId::new(ctx.uuid()), environment, ctx.now)
    }
}

const ANY_PORT: &str = "http://localhost:*";
