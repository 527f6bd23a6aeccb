//! What may be shown of a flow: the application to everybody who holds its id, the user only to who proved to be them.

use std::sync::Arc;

use protocol::audit::{Action, Kind, Target};
use protocol::authorize::takes_plain;
use protocol::client::Client;
use protocol::flow::{Flow, Followed, State};
use protocol::id::{FlowId, PopulationId, UserId};
use protocol::model::{PasswordPolicy, Population, User};
use protocol::refusal::{Reason, Refused};

use crate::app::{App, Ask};
use crate::call::{Call, Stop};
use crate::failure::Fault;
use crate::finish::Finished;
use crate::flow::{Asking, Visitor, will};
use crate::site::Site;

/// A flow and what its faces show with it.
#[derive(Clone, Debug)]
pub struct FlowView {
    pub flow: Flow,
    pub client: Arc<Client>,
    /// Only for the holder of the flow's session, and in the answer to the step that identified them.
    pub user: Option<User>,
    /// The rules for a new password, where one is asked for.
    pub password_policy: Option<PasswordPolicy>,
    /// What the person is asked to allow, where they are.
    pub asking: Option<Asking>,
    /// Whether the person may say that they forgot their password.
    pub recovers: bool,
    /// Whether the request may come again by a browser, with the parameters as they are.
    pub repeatable: bool,
    /// The environment's name.
    pub environment: String,
    /// The language of pages when the person's own is not offered.
    pub locale: String,
}

/// Reads a flow: 404 for one that is unknown or has expired, whichever; a guess learns nothing from the difference.
pub async fn read(app: &App, site: &Site, ask: &Ask, flow: &str, visitor: &Visitor<'_>) -> Finished<FlowView> {
    let mut call = match Call::begin(app, site, ask, Action::FlowUpdated).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    let outcome = find(&mut call, flow, visitor).await;
    call.show(outcome).await
}

/// What may be shown of a flow beside an answer that was decided already. Nothing is refused, so nothing is recorded.
pub async fn peek(app: &App, site: &Site, ask: &Ask, flow: &str, visitor: &Visitor<'_>) -> Option<FlowView> {
    let mut call = Call::begin::<FlowView>(app, site, ask, Action::FlowUpdated).await.ok()?;
    find(&mut call, flow, visitor).await.ok()
}

/// The same for a flow that may have expired, as long as something is left of it: where its person began, and can begin anew.
pub async fn remains(app: &App, site: &Site, ask: &Ask, flow: &str) -> Option<FlowView> {
    let call = Call::begin::<FlowView>(app, site, ask, Action::FlowUpdated).await.ok()?;
    let flow = call.app.store.flow(call.environment(), FlowId::parse(flow)?).await.ok()??;
    view(&call, flow, None).await.ok()
}

/// A view with the rules for the new password of a person whose code was right. Until it was, a view has everybody's.
pub async fn of_person(app: &App, site: &Site, ask: &Ask, view: FlowView) -> FlowView {
    let State::RecoveryCodeRequired { user: Some(user) } = view.flow.state else { return view };
    let Ok(call) = Call::begin::<FlowView>(app, site, ask, Action::FlowUpdated).await else { return view };
    match policy_of(&call, user).await {
        Ok(policy) => FlowView { password_policy: Some(policy), ..view },
        Err(_) => view,
    }
}

async fn find(call: &mut Call<'_>, flow: &str, visitor: &Visitor<'_>) -> Result<FlowView, Stop> {
    let flow = load(call, flow).await?;
    about(call, &flow);
    let present = visitor.present_in(call, &flow).await?;
    // FL-01: the flow's id alone shows nobody's name; the session does and, until there is one, the browser in which the
    // person proved who they are.
    let proving = flow.state.session().is_none() && visitor.binding(&flow).is_some();
    let user = match (present.filter(|p| Some(p.session.id) == flow.state.session()), flow.state.user()) {
        (Some(present), _) => Some(present.user),
        (None, Some(user)) if proving => call.app.store.user(call.environment(), user).await?,
        (None, _) => None,
    };
    view(call, flow, user).await
}

/// The flow of this id that still lives.
pub(crate) async fn load(call: &Call<'_>, flow: &str) -> Result<Flow, Stop> {
    let unknown = || Refused::new(Reason::FlowUnknown, "a flow of this environment", "none or an expired one");
    let id = FlowId::parse(flow).ok_or_else(unknown)?;
    let flow = call.app.store.flow(call.environment(), id).await?;
    Ok(flow.filter(|flow| !flow.is_expired(call.ctx.now)).ok_or_else(unknown)?)
}

/// Tells the event which flow the request is about, and so whose application.
pub(crate) fn about(call: &mut Call<'_>, flow: &Flow) {
    call.event.application = Some(flow.purpose.application());
    call.event.target = Some(Target { kind: Kind::Flow, id: flow.id.uuid() });
}

/// Adds what the flow's faces show with it.
pub(crate) async fn view(call: &Call<'_>, flow: Flow, user: Option<User>) -> Result<FlowView, Stop> {
    let tenant = &call.at.tenant;
    let client = client(call, &flow).await?;
    let password_policy = match flow.state {
        State::MustChangePassword { user } | State::PasswordExpired { user } => Some(policy_of(call, user).await?),
        // Whoever said a name is not told by the rules whether it is somebody's.
        State::RecoveryCodeRequired { .. } => tenant.default_password_policy().cloned(),
        _ => None,
    };
    let recovers = recovers(call, &flow);
    let asking = will::asked(call, &client, &flow, user.as_ref().map(|user| user.id)).await?;
    let (environment, locale) = (tenant.environment.name.clone(), tenant.environment.settings.locale.clone());
    let repeatable = takes_plain(&client, &tenant.environment);
    Ok(FlowView { flow, client, user, password_policy, asking, recovers, repeatable, environment, locale })
}

/// Whether the person may say that they forgot their password.
pub(crate) fn recovers(call: &Call<'_>, flow: &Flow) -> bool {
    let follows = || Followed::of(&call.at.tenant.sign_on_policies, flow.purpose.policies(), call.ask.source);
    let asked = flow.state == State::UsernamePasswordRequired;
    asked && call.app.sends_mail() && follows().allows_recovery(call.ctx.now)
}

/// The application of a flow, which may have been switched off since the flow began: then nobody signs on for it.
pub(crate) async fn client(call: &Call<'_>, flow: &Flow) -> Result<Arc<Client>, Stop> {
    let client = client_of(call, flow).await?;
    client.may_act()?;
    Ok(client)
}

/// The same, whether or not it may act.
pub(crate) async fn client_of(call: &Call<'_>, flow: &Flow) -> Result<Arc<Client>, Stop> {
    let client = match &flow.document {
        Some(address) => call.at.tenant.client(call.app, address).await?,
        None => call.at.tenant.client_of(call.app, flow.purpose.application()).await?,
    };
    // The flows of an application that was deleted are there until they expire.
    Ok(client.ok_or(Reason::FlowUnknown)?)
}

async fn policy_of(call: &Call<'_>, user: UserId) -> Result<PasswordPolicy, Stop> {
    let user = call.app.store.user(call.environment(), user).await?;
    policy(call, user.as_ref()).await
}

/// The password policy of the user's population. For nobody the default's, after as many reads, so that the time does
/// not tell.
pub(crate) async fn policy(call: &Call<'_>, user: Option<&User>) -> Result<PasswordPolicy, Stop> {
    let tenant = &call.at.tenant;
    let population = user.map_or(PopulationId::new(uuid::Uuid::nil()), |user| user.population);
    let population = call.app.store.get::<Population>(tenant.id(), &[population.uuid()]).await?;
    let own = population.as_ref().and_then(|population| tenant.password_policy(population));
    let policy = own.or_else(|| tenant.default_password_policy());
    Ok(policy.cloned().ok_or(Fault::Bug("an environment without a password policy"))?)
}
