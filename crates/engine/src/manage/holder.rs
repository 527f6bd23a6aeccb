//! Who holds an access token, and with it the roles of whom it was given to.

use protocol::audit::Actor;
use protocol::id::{EnvironmentId, OrganizationId};
use protocol::model::{ApplicationType, Deed, Held, RoleAssignment};
use protocol::refusal::{Reason, Refused};
use protocol::scope::Scope;

use super::given::covering;
use super::held::looked_up;
use crate::app::App;
use crate::call::Stop;
use crate::failure::Failure;
use crate::resource::{Admitted, Shown};
use crate::tenant::Tenant;

/// The actor behind an access token.
pub(super) struct Holder {
    pub(super) actor: Actor,
    pub(super) home: EnvironmentId,
    pub(super) organization: OrganizationId,
    pub(super) held: Vec<Held>,
    pub(super) scope: Scope,
    pub(super) dpop_nonce: Option<String>,
}

/// The actor behind a token: an enabled application or user of the environment that issued it, whose clock judges it.
pub(super) async fn identify(app: &App, shown: Option<&Shown>, again: bool) -> Result<Holder, Failure> {
    let shown =
        shown.ok_or_else(|| Refused::new(Reason::AccessTokenMissing, "Authorization: Bearer", "no bearer token"))?;
    let issuer = issuer_environment(app, shown.token.expose())
        .ok_or_else(|| Refused::new(Reason::AccessTokenInactive, "an access token of this server", "another string"))?;
    let tenant = app.serving(issuer).await?.ok_or_else(|| {
        Refused::new(Reason::AccessTokenInactive, "a token of an existing environment", issuer.to_string())
    })?;
    let Admitted { facts, dpop_nonce } = app.admit(&tenant, shown, again, app.now(issuer), |_| ()).await?;
    // RFC 9068 §4: a token for another resource is no token here.
    if !facts.audience.contains(&app.config.api_url) {
        return Err(Refused::new(
            Reason::AccessTokenInactive,
            format!("audience {}", app.config.api_url),
            format!("audience {}", facts.audience.join(" ")),
        )
        .into());
    }
    let actor = match facts.user {
        Some(user) => Actor::User(user),
        None if facts.is_of_application() => Actor::Application(facts.application),
        // What was minted of a name that is nobody's has no roles, and those of its application least of all.
        None => return Err(nobody().into()),
    };
    let rows = match actor {
        // PingOne: administrators act by workers, with what they and their groups hold. To any other application a user gives what
        // its scopes say, whatever roles they hold.
        Actor::User(user) => {
            let client = tenant.client(app, &facts.client_id).await?;
            let by_worker = client.is_some_and(|client| client.application.kind == ApplicationType::Worker);
            if by_worker { app.store.held(issuer, user.uuid()).await? } else { Vec::new() }
        }
        _ => app.store.all::<RoleAssignment>(issuer, &[facts.application.uuid()]).await?,
    };
    let held = looked_up(app, issuer, rows).await?;
    let organization = tenant.environment.organization;
    Ok(Holder { actor, home: issuer, organization, held, scope: facts.scope, dpop_nonce })
}

fn nobody() -> Refused {
    Refused::new(
        Reason::AccessTokenInactive,
        "a token of the application or of a user",
        "one of somebody who is neither",
    )
}

/// The environment whose nonce a proof with this token needs.
pub fn nonce_environment(app: &App, shown: &Shown) -> Option<EnvironmentId> {
    issuer_environment(app, shown.token.expose())
}

/// Who may do this in the environment by the access token, for an endpoint that is none of the management API's.
///
/// # Errors
/// As for [`authorize`].
pub(crate) async fn holder_of(app: &App, shown: Option<&Shown>, tenant: &Tenant, deed: Deed) -> Result<Actor, Stop> {
    let holder = identify(app, shown, false).await?;
    covering(&holder.held, Some(tenant), deed)?;
    Ok(holder.actor)
}

/// The environment named by the token's issuer. Read before the signature is verified, and believed only after it:
/// it only chooses whose keys must verify.
fn issuer_environment(app: &App, token: &str) -> Option<EnvironmentId> {
    let payload = jose::b64::decode(token.split('.').nth(1)?)?;
    let claims = jose::json::parse_strict(&payload, 8).ok()?;
    let issuer = claims.get("iss")?.as_str()?;
    let path = issuer.strip_prefix(&app.config.public_url)?;
    let own = path.strip_prefix('/').and_then(|p| p.strip_suffix("/as")).and_then(EnvironmentId::parse);
    own.or_else(|| app.mount(path.strip_suffix("/as").unwrap_or(path)).map(|site| site.environment))
}
