//! What may be shown of a flow: the application to everybody who holds its id, the user only to who proved to be them.

use std::sync::Arc;

use protocol::client::Client;
use protocol::ctx::Ctx;
use protocol::flow::{Flow, State};
use protocol::id::{EnvironmentId, FlowId};
use protocol::model::{PasswordPolicy, User};
use protocol::refusal::{Reason, Refused};

use crate::app::{App, Ask};
use crate::failure::Failure;
use crate::flow::Visitor;
use crate::site::Site;
use crate::tenant::Tenant;

/// A flow and what its faces show with it.
#[derive(Clone, Debug)]
pub struct FlowView {
    pub flow: Flow,
    pub client: Arc<Client>,
    /// Only for the holder of the flow's session, and in the answer to the step that identified them.
    pub user: Option<User>,
    /// The rules for a new password, where one is asked for.
    pub password_policy: Option<PasswordPolicy>,
    /// The language of pages when the person's own is not offered.
    pub locale: String,
}

/// Reads a flow.
///
/// # Errors
/// 404 for one that is unknown or has expired, whichever; a guess learns nothing from the difference.
pub async fn read(app: &App, site: &Site, ask: &Ask, flow: &str, visitor: &Visitor<'_>) -> Result<FlowView, Failure> {
    let ctx = app.ctx(ask);
    let tenant = tenant(app, site.environment).await?;
    let flow = load(app, &ctx, site.environment, flow).await?;
    let present = visitor.present(app, &ctx, site.environment).await?;
    // FL-01: the flow's id alone shows nobody's name; the session does, or the browser in which the password was right.
    let user = match (present.filter(|p| Some(p.session.id) == flow.state.session()), &flow.state) {
        (Some(present), _) => Some(present.user),
        (None, State::MustChangePassword { user }) if visitor.binding() == Some(flow.browser) => {
            app.store.user(site.environment, *user).await?
        }
        _ => None,
    };
    view(app, &tenant, flow, user).await
}

/// The flow of this id that still lives.
pub(crate) async fn load(app: &App, ctx: &Ctx<'_>, environment: EnvironmentId, flow: &str) -> Result<Flow, Failure> {
    let unknown =
        || Failure::from(Refused::new(Reason::FlowUnknown, "a flow of this environment", "none or an expired one"));
    let id = FlowId::parse(flow).ok_or_else(unknown)?;
    let flow = app.store.flow(environment, id).await?;
    flow.filter(|flow| !flow.is_expired(ctx.now)).ok_or_else(unknown)
}

/// Adds what the flow's faces show with it.
pub(crate) async fn view(app: &App, tenant: &Tenant, flow: Flow, user: Option<User>) -> Result<FlowView, Failure> {
    let client = tenant.client_of(app, flow.request.application).await?;
    // An application that was deleted took its flows with it.
    let client = client.ok_or(Reason::FlowUnknown)?;
    let password_policy = match flow.state {
        State::MustChangePassword { user } => Some(policy_of(app, tenant, Some(user)).await?),
        _ => None,
    };
    Ok(FlowView { flow, client, user, password_policy, locale: tenant.environment.settings.locale.clone() })
}

async fn policy_of(app: &App, tenant: &Tenant, user: Option<protocol::id::UserId>) -> Result<PasswordPolicy, Failure> {
    let user = match user {
        Some(id) => app.store.user(tenant.id(), id).await?,
        None => None,
    };
    policy(app, tenant, user.as_ref()).await
}

/// The password policy of the user's population. For nobody the default's, after as many reads, so that the time does
/// not tell.
pub(crate) async fn policy(app: &App, tenant: &Tenant, user: Option<&User>) -> Result<PasswordPolicy, Failure> {
    let population = user.map_or(protocol::id::PopulationId::new(uuid::Uuid::nil()), |user| user.population);
    let population = app.store.population(tenant.id(), population).await?;
    let own = population.as_ref().and_then(|population| tenant.password_policy(population));
    let policy = own.or_else(|| tenant.password_policies.iter().find(|policy| policy.default));
    policy.cloned().ok_or(Failure::Bug("an environment without a password policy"))
}

pub(crate) async fn tenant(app: &App, environment: EnvironmentId) -> Result<Arc<Tenant>, Failure> {
    let unknown = || Refused::new(Reason::EnvironmentUnknown, "an environment", "none of this id");
    app.tenant(environment).await?.ok_or_else(|| unknown().into())
}
