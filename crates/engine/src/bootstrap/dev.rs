//! The two worlds of `grantor dev`: PingOne's sandbox and the playground of the `ms-auth-server` dialect.
//!
//! Every id and secret here is a documented constant, the same at every start, so that a test or a document may hold it.
//! They protect nothing: the server that has them listens on loopback only.

use std::sync::Arc;

use jose::Alg;
use protocol::change::{Change, Guard};
use protocol::id::{ApplicationId, EnvironmentId, OrganizationId};
use protocol::model::{KeyStatus, SigningKeyRecord};
use uuid::{Uuid, uuid};

use super::{known, start, world};
use crate::app::{App, Mount};
use crate::controls::snapshot;
use crate::failure::Failure;
use crate::site::Layout;

pub use super::known::PASSWORD_HASH;

pub const ORGANIZATION: Uuid = uuid!("3bc050cb-d0fa-40c1-bf5f-7d6a521f965d");
pub const LICENSE: Uuid = uuid!("a505ad73-1006-42a3-8d19-a895660674c0");
/// The environment of the administrators.
pub const ADMIN_ENVIRONMENT: Uuid = uuid!("788997c2-909c-44e4-82e2-26eac8a4b5ae");
/// The worker with every management role.
pub const ADMIN_APPLICATION: Uuid = uuid!("7b1cab74-19b8-42ac-9d41-3590ea34b988");
pub const ADMIN_SECRET: &str = "MG0bMHf9zgOXkRu0s.pxoVK9El0~1Xg1zvVI~k6B1owkp6Wt.kx_1vJmexnw-ivP";
/// The sandbox "Grantor Dev".
pub const ENVIRONMENT: Uuid = uuid!("25ec7b80-3c08-40ed-abe4-8a7edc0f0d9e");
pub const POPULATION: Uuid = uuid!("188db2d7-5768-43ac-b962-3cd6ccb7f9f7");
pub const USER: Uuid = uuid!("ccee3321-6635-4ce0-a504-654d3e7cefcf");
pub const USERNAME: &str = "jane.doe";
pub const PASSWORD: &str = "Grantor-dev-2025!";
/// WEB_APP with CLIENT_SECRET_POST.
pub const SHARED_WEB_APPLICATION: Uuid = uuid!("c23b9deb-e4eb-4878-aafc-c61f76537c96");
pub const SHARED_WEB_SECRET: &str = "IKZAhG5M-ajH2jZdvjRi7Vm3ev6irP7tT5L7h8poBXUunLb-jhPnJR_VXX053tVF";
/// WEB_APP with CLIENT_SECRET_BASIC.
pub const BASIC_WEB_APPLICATION: Uuid = uuid!("102d3639-25d6-4f3b-bf84-393f44208439");
pub const BASIC_WEB_SECRET: &str = "n5RYt8KHdH.oWQYcCAMz96VNHVR9Hg5ULaSFwp29yfap8Ztjevqvmq4xFkN0FGct";
/// A public client that must use PKCE with S256.
pub const SPA_APPLICATION: Uuid = uuid!("b7fa004a-df1c-46cd-8da0-1c664cb59f5d");
/// The built-in application behind "Try it".
pub const TRY_APPLICATION: Uuid = uuid!("6c27fc83-6c5c-4450-9fc8-12bece451fb7");
pub const TRY_SECRET: &str = "XTmBVeFqs0Tg7bBaCzsiFdukq1Aocpsi3VfHHCin3XgdcFPAZ6sW_G5H~p25gBI_";
/// The environment behind [`MOUNT`].
pub const PLAYGROUND: Uuid = uuid!("00e4d60b-9a66-4994-a6c8-5b94fff63e29");
/// Where the playground answers.
pub const MOUNT: &str = "/ms-auth-server";
pub const REDIRECT_URI: &str = "http://localhost:3000/callback";
/// The path at which "Try it" receives its code.
pub const TRY_CALLBACK: &str = "/try/callback";
/// The clients of the playground and their secrets; those without authenticate with [`PLAYGROUND_KEY`]. The last has a secret
/// that is too short for a MAC (RFC 7518 §3.2): it sends it.
pub const PLAYGROUND_CLIENTS: [(&str, Option<&str>); 5] = [
    ("service-client-jwt", Some("service-client-jwt-secret")),
    ("user-client-opaque", Some("user-client-secret")),
    ("privatekey-jwt-client-opaque", None),
    ("privatekeyjwt_jwt_client", None),
    ("client_secret_jwt_client", Some("client_secret_jwt_password")),
];

/// The private key of the playground's clients, for ES256: PKCS #8 as base64url.
pub const PLAYGROUND_KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgECr2-0W7fZtcqpL5AgxQis2esfusstDIAxi_OrfEQYahRANCAATPzlG53zBT-gCvMSczXxEjAalA2am0nAn5h1bp4REUUtQzIRSJmoZXxRK7_l0Ujnk5EPN5HdV4z_fPvweZ9p9H";
/// Its public half, as they are registered with it.
pub const PLAYGROUND_KEYS: &str = r#"{"keys":[{"alg":"ES256","crv":"P-256","kid":"yCgZvwwLf2LFD_qF5fzeH24oWaB_p3hUWeFfFri1Aak","kty":"EC","use":"sig","x":"z85Rud8wU_oArzEnM18RIwGpQNmptJwJ-YdW6eERFFI","y":"1DMhFImahlfFErv-XRSOeTkQ83kd1XjP98-_B5n2n0c"}]}"#;

/// The master key of a developer's server. What it seals is documented, so it is as well; that way data kept between two
/// starts opens again on either database.
pub const MASTER_KEY: [u8; 32] = *b"grantor dev protects no secrets.";

/// The mount of the playground.
pub fn mount() -> Mount {
    Mount { path: MOUNT.into(), layout: Layout::Spring, environment: EnvironmentId::new(PLAYGROUND) }
}

/// What takes long to make, and so is ready: the signing keys of the three environments and the hash of the user's password.
#[derive(Clone, Debug)]
pub struct Material {
    administrators: SigningKeyRecord,
    sandbox: SigningKeyRecord,
    playground: SigningKeyRecord,
}

impl Material {
    /// Seals the documented keys for their environments.
    pub fn new(app: &App) -> Result<Self, Failure> {
        let ctx = start(app);
        let key = |number, environment| -> Result<SigningKeyRecord, Failure> {
            let pkcs8 = known::key(number)?;
            Ok(crate::keys::bind(&ctx, EnvironmentId::new(environment), (ALG, &pkcs8), KeyStatus::Active, app.seal()))
        };
        Ok(Self {
            administrators: key(0, ADMIN_ENVIRONMENT)?,
            sandbox: key(1, ENVIRONMENT)?,
            playground: key(2, PLAYGROUND)?,
        })
    }
}

/// What the start found and did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The store was empty.
    Made,
    /// The worlds were there from an earlier start.
    Kept,
    /// The store belongs to another server.
    Foreign,
}

/// Makes the worlds on an empty store and finds them again on a kept one.
pub async fn ensure(app: &Arc<App>) -> Result<Outcome, Failure> {
    if app.store.is_empty().await? {
        make(app, &Material::new(app)?).await?;
        keep(app).await;
        return Ok(Outcome::Made);
    }
    if app.store.environment(EnvironmentId::new(ENVIRONMENT)).await?.is_none() {
        return Ok(Outcome::Foreign);
    }
    readdress(app).await?;
    Ok(Outcome::Kept)
}

/// Whether the store was a developer's server's: its secrets and keys are documented here, and what else was made there may sign with such
/// a key as well. Anybody may use them, so nobody else's server may.
pub async fn is_seeded(app: &App) -> Result<bool, Failure> {
    Ok(app.store.organization(OrganizationId::new(ORGANIZATION)).await?.is_some())
}

/// Makes the worlds in one commit.
pub async fn make(app: &Arc<App>, material: &Material) -> Result<(), Failure> {
    Ok(crate::finish::commit(app, world::changes(app, material), None).await?)
}

/// Keeps the worlds as they were made, so that a reset takes them back. Without that they are as good.
async fn keep(app: &App) {
    for id in [ENVIRONMENT, PLAYGROUND].map(EnvironmentId::new) {
        if let Err(unkept) = snapshot::keep_as_made(app, id).await {
            tracing::warn!(?unkept, "a reset will not take this world back");
        }
    }
}

/// "Try it" returns to this server: its redirect URI follows the public URL of each start.
async fn readdress(app: &Arc<App>) -> Result<(), Failure> {
    let environment = EnvironmentId::new(ENVIRONMENT);
    let found = app.store.client_of(environment, ApplicationId::new(TRY_APPLICATION)).await?;
    let Some(mut application) = found.map(|client| client.application) else { return Ok(()) };
    let redirect = try_redirect_uri(app);
    if application.redirect_uris != [redirect.clone()] {
        application.redirect_uris = vec![redirect];
        crate::finish::commit(app, vec![Change::put(application, Guard::Version)], None).await?;
    }
    Ok(())
}

/// The absolute address at which "Try it" receives its code.
pub fn try_redirect_uri(app: &App) -> String {
    format!("{}{TRY_CALLBACK}", app.config.public_url)
}

/// Names and values for people and programs: what `--env-file` writes, in the words of the seed documents.
pub fn variables(public_url: &str, api_url: &str) -> Vec<(&'static str, String)> {
    let text = |id: Uuid| id.to_string();
    vec![
        ("authPath", public_url.to_owned()),
        ("apiPath", format!("{api_url}/v1")),
        ("orgID", text(ORGANIZATION)),
        ("licenseID", text(LICENSE)),
        ("adminEnvID", text(ADMIN_ENVIRONMENT)),
        ("adminAppID", text(ADMIN_APPLICATION)),
        ("adminAppSecret", ADMIN_SECRET.to_owned()),
        ("envID", text(ENVIRONMENT)),
        ("popID", text(POPULATION)),
        ("userID", text(USER)),
        ("username", USERNAME.to_owned()),
        ("password", PASSWORD.to_owned()),
        ("sharedWebAppID", text(SHARED_WEB_APPLICATION)),
        ("sharedWebAppSecret", SHARED_WEB_SECRET.to_owned()),
        ("basicWebAppID", text(BASIC_WEB_APPLICATION)),
        ("basicWebAppSecret", BASIC_WEB_SECRET.to_owned()),
        ("spaAppID", text(SPA_APPLICATION)),
        ("mcpURL", super::mcp::address(public_url)),
        ("mcpAppID", text(super::mcp::APPLICATION)),
        ("msIssuer", format!("{public_url}{MOUNT}")),
    ]
}

impl Material {
    pub(super) fn keys(&self) -> [SigningKeyRecord; 3] {
        [self.administrators.clone(), self.sandbox.clone(), self.playground.clone()]
    }
}

/// Of the documented keys: what an environment signs with that says nothing of it.
pub(super) const ALG: Alg = Alg::Rs256;

#[cfg(test)]
pub(crate) mod tests;
