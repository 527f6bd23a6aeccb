//! The environment of the server for MCP clients that `grantor dev` has to try them on: made when somebody first asks for that
//! server, so that nobody else starts later or sees more for it. It lets clients in by their documents, by registration and by
//! hand (docs/how-to/mcp.md).

use std::sync::Arc;

use protocol::audit::Action;
use protocol::change::{Change, Guard};
use protocol::client_auth::Method;
use protocol::grant::GrantType;
use protocol::id::{ApplicationId, EnvironmentId, LicenseId, OrganizationId, ResourceId, UserId};
use protocol::model::{
    Application, ApplicationType, EnvironmentSettings, EnvironmentType, Kept as _, KeyStatus, PkceEnforcement,
    Resource, ResponseKind, SigningKeyRecord, User,
};
use protocol::registration::RegistrationPolicy;
use protocol::scope::OFFLINE_ACCESS;
use protocol::time::Time;
use store::StoreError;
use uuid::{Uuid, uuid};

use super::world::{Builder, MADE, jane};
use super::{House, dev, region, register, start};
use crate::app::{App, Ask};
use crate::call::{Call, Stop};
use crate::failure::Failure;
use crate::finish::Finished;

pub const ENVIRONMENT: Uuid = uuid!("6c1e6b7a-241f-4a57-973a-46277194c983");
/// The public client that somebody may give to a program by hand.
pub const APPLICATION: Uuid = uuid!("d4b8b9ae-16d0-483d-94f7-d9b28ae2489d");
pub const USER: Uuid = uuid!("fbac3a16-5a0d-48e8-8846-ed266bb6f264");
/// Without it the server answers 403.
pub const SCOPE: &str = "mcp:tools";
/// The path of the server, and with it the audience of its tokens.
pub const PATH: &str = "/dev/mcp";
/// A loopback address by number matches at every port (RFC 8252 §7.3); the others are those of programs that have one port.
const REDIRECTS: [&str; 3] = ["http://127.0.0.1/callback", dev::REDIRECT_URI, "http://localhost:6274/oauth/callback"];
const RESOURCE: Uuid = uuid!("82c3aff7-714f-4ccf-ab97-9dc3538ae5e1");

/// The absolute address of the server.
pub fn address(public_url: &str) -> String {
    format!("{public_url}{PATH}")
}

/// Makes the environment where it is not there yet, and lets its resource follow the public URL of each start.
///
/// # Errors
/// That the store cannot be read or written, that there is no key now.
async fn ensure(app: &Arc<App>) -> Result<EnvironmentId, Failure> {
    let id = EnvironmentId::new(ENVIRONMENT);
    let changes = match app.tenant(id).await? {
        Some(tenant) => match tenant.scopes.resource(ResourceId::new(RESOURCE)) {
            Some(known) if known.audience.as_deref() != Some(&address(&app.config.public_url)) => {
                vec![Change::put(
                    Resource { audience: Some(address(&app.config.public_url)), ..known.clone() },
                    Guard::Exists,
                )]
            }
            _ => return Ok(id),
        },
        None => made(app, id).await?,
    };
    match crate::finish::commit(app, changes, None).await {
        // Somebody else was first, or put it aside: then it is what it is.
        Ok(()) | Err(StoreError::Lost { .. } | StoreError::Conflict { .. }) => Ok(id),
        Err(error) => Err(error.into()),
    }
}

/// The environment for a request of the server, made where it is not there yet.
pub async fn there(app: &Arc<App>, ask: &Ask) -> Finished<EnvironmentId> {
    let call = Call::new(app, ask, Action::RequestReceived);
    let there = ensure(app).await;
    call.show(there.map_err(Stop::from)).await
}

async fn made(app: &Arc<App>, id: EnvironmentId) -> Result<Vec<Change>, Failure> {
    let alg = EnvironmentSettings::default().signing_alg;
    let key = app.new_signing_key(&start(app), id, alg, KeyStatus::Active).await?;
    Ok(changes(app, id, key, dev::PASSWORD_HASH))
}

fn changes(app: &App, id: EnvironmentId, key: SigningKeyRecord, password: &str) -> Vec<Change> {
    let house = House {
        organization: OrganizationId::new(dev::ORGANIZATION),
        license: LicenseId::new(dev::LICENSE),
        name: "Grantor Dev",
        region: region(app),
        at: MADE,
    };
    let builder = Builder { app, ctx: start(app), house };
    let mut environment = house.environment(id, "MCP", EnvironmentType::Sandbox);
    environment.settings = EnvironmentSettings {
        client_documents: vec!["*".into()],
        registration: RegistrationPolicy::Open,
        foreign_scopes: vec![SCOPE.into()],
        ..EnvironmentSettings::default()
    };
    let seed = builder.seed(environment, key);
    let resource = resource(app, id);
    let scope = builder.scope(id, resource.id, (SCOPE, "Use the tools of the server to try MCP clients on"));
    let (scopes, user) =
        (vec![scope.id], User { population: seed.default_population, ..person(id, password, builder.ctx.now) });
    let application = application(id);
    // Who holds offline_access is given refresh tokens only where it is asked for, and clients here ask for what the server names.
    let own = seed.scopes.iter().filter(|(name, _)| *name != OFFLINE_ACCESS).map(|(_, id)| *id).collect();
    let openid = builder.grant(&application, seed.openid_resource, own);
    let grant = builder.grant(&application, resource.id, scopes);
    let mut changes = seed.changes;
    changes.extend([Change::put(user, Guard::New), Change::put(resource, Guard::New), Change::put(scope, Guard::New)]);
    changes.extend(register(app, &builder.ctx, application, None));
    changes.extend([openid, grant]);
    changes
}

/// Who signs on in the sandbox signs on here.
fn person(id: EnvironmentId, password: &str, now: Time) -> User {
    User { id: UserId::new(USER), environment: id, ..jane(password, now) }
}

fn resource(app: &App, environment: EnvironmentId) -> Resource {
    Resource {
        id: ResourceId::new(RESOURCE),
        name: "MCP server to try clients on".into(),
        audience: Some(address(&app.config.public_url)),
        ..Resource::begun(environment, MADE.plus(1))
    }
}

fn application(environment: EnvironmentId) -> Application {
    Application {
        name: "MCP client by hand".into(),
        enabled: true,
        kind: ApplicationType::NativeApp,
        auth_methods: vec![Method::None],
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        response_types: vec![ResponseKind::Code],
        pkce: PkceEnforcement::S256Required,
        redirect_uris: REDIRECTS.map(str::to_owned).to_vec(),
        ..Application::blank(ApplicationId::new(APPLICATION), environment, MADE)
    }
}
