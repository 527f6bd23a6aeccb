//! The authorization endpoint: load client and session, let the protocol decide, and hand back a page to go to, a flow to
//! drive, or a response on its way.

use std::sync::Arc;

use protocol::audit::{Action, Event};
use protocol::authorize::{
    Answer, Asked, AuthorizationRequest, AuthorizeRefusal, Delivery, IdTokenHint, SignOn, Surroundings, check,
    client_id, decide_sign_on, deliver,
};
use protocol::change::Change;
use protocol::client::Client;
use protocol::ctx::Ctx;
use protocol::flow::{issue, start, start_signed_on};
use protocol::refusal::{Reason, Refused};
use protocol::secret::Secret;
use protocol::uri::MatchedRedirectUri;

use crate::app::{App, Ask};
use crate::failure::Failure;
use crate::finish::{Denied, Granted, finish, finish_stateless};
use crate::flow::{FlowView, Present, Visitor};
use crate::site::Site;
use crate::tenant::Tenant;

/// What becomes of an authorization request.
#[derive(Debug)]
pub enum Authorization {
    /// A flow: its caller drives it (`pi.flow`), or the person is sent to a page. With it, a cookie for the browser.
    Begun { view: Box<FlowView>, browser: Option<Secret> },
    /// The session was enough: the code is on its way.
    Answered(Response),
    /// Refused, and where that may be told. The application is there once it was found.
    Refused { refusal: AuthorizeRefusal, client: Option<Arc<Client>> },
}

/// A response to the application, and what the page around it says.
#[derive(Debug)]
pub struct Response {
    pub delivery: Delivery,
    pub client: Arc<Client>,
    pub request: Box<AuthorizationRequest>,
    pub locale: String,
}

/// Answers an authorization request.
///
/// # Errors
/// Only what is nobody's decision: the environment does not exist, the store is down.
pub async fn authorize(
    app: &App,
    site: &Site,
    ask: &Ask,
    asked: &Asked<'_>,
    visitor: &Visitor<'_>,
) -> Result<Authorization, Failure> {
    let tenant = crate::flow::tenant(app, site.environment).await?;
    let call = Call { app, site, ask, ctx: app.ctx(ask), tenant: &tenant };
    let client = match call.find_client(asked).await? {
        Ok(client) => client,
        Err(refusal) => return call.refuse(refusal, None).await,
    };
    let present = visitor.present(app, &call.ctx, site.environment).await?;
    let request = match call.decide(asked, &client, present.as_ref()) {
        Ok((request, SignOn::Needed)) => return call.begin(client, request, visitor, None).await,
        Ok((request, SignOn::Present)) => request,
        Err(refusal) => return call.refuse(refusal, Some(client)).await,
    };
    match present {
        Some(present) if !request.drives_itself() => call.answer(client, request, &present).await,
        present => call.begin(client, request, visitor, present).await,
    }
}

/// One request, and what every step of it needs.
struct Call<'a> {
    app: &'a App,
    site: &'a Site,
    ask: &'a Ask,
    ctx: Ctx<'a>,
    tenant: &'a Tenant,
}

impl Call<'_> {
    async fn find_client(&self, asked: &Asked<'_>) -> Result<Result<Arc<Client>, AuthorizeRefusal>, Failure> {
        let id = match client_id(asked) {
            Ok(id) => id,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let unknown = || Refused::new(Reason::ClientUnknown, "the client id of an application", "another");
        Ok(self.tenant.client(self.app, id).await?.ok_or_else(|| asked.unredirectable(unknown())))
    }

    fn decide(
        &self,
        asked: &Asked<'_>,
        client: &Client,
        present: Option<&Present>,
    ) -> Result<(AuthorizationRequest, SignOn), AuthorizeRefusal> {
        let Self { app, site, ctx, tenant, .. } = self;
        let surroundings = Surroundings {
            issuer: &site.issuer,
            environment: &tenant.environment,
            api: &app.config.api_url,
            scopes: &tenant.scopes,
            sign_on_policies: &tenant.sign_on_policies,
        };
        let request = check(asked, client, &surroundings)?;
        let refuse = |refused: Refused| redirectable(&request, client, refused);
        let hint = asked.params.text("id_token_hint").map(|token| verify_hint(app, tenant, token, ctx)).transpose();
        let hint = hint.map_err(refuse)?;
        let presence = present.map(Present::presence);
        let sign_on = decide_sign_on(&request, presence, hint.as_ref(), ctx.now).map_err(refuse)?;
        Ok((request, sign_on))
    }

    /// Starts a flow; a session that is enough completes it at once.
    async fn begin(
        &self,
        client: Arc<Client>,
        request: AuthorizationRequest,
        visitor: &Visitor<'_>,
        present: Option<Present>,
    ) -> Result<Authorization, Failure> {
        let Self { ctx, tenant, .. } = self;
        let (binding, browser) = visitor.bind(ctx);
        let flow = match &present {
            Some(present) => start_signed_on(ctx, tenant.id(), request, binding, &present.session),
            None => start(ctx, tenant.id(), request, binding),
        };
        let event = self.event(Some(&client)).on("FLOW", flow.id.uuid());
        let changes = vec![Change::CreateFlow(Box::new(flow.clone()))];
        let locale = tenant.environment.settings.locale.clone();
        let view = FlowView { flow, client, user: present.map(|p| p.user), password_policy: None, locale };
        let granted = Granted { value: Authorization::Begun { view: Box::new(view), browser }, changes, event };
        finish(self.app, Ok(granted)).await.into_result()
    }

    async fn answer(
        &self,
        client: Arc<Client>,
        request: AuthorizationRequest,
        present: &Present,
    ) -> Result<Authorization, Failure> {
        let issued = issue(self.tenant.id(), &request, present.presence(), &self.ctx)?;
        let response = respond(self.tenant, client, request, Answer::Code(&issued.code))?;
        let event = Event { source: self.ask.source, ..issued.event };
        let granted = Granted { value: Authorization::Answered(response), changes: issued.changes, event };
        finish(self.app, Ok(granted)).await.into_result()
    }

    /// Records the refusal and hands it back to be told.
    async fn refuse(&self, refusal: AuthorizeRefusal, client: Option<Arc<Client>>) -> Result<Authorization, Failure> {
        let event = self.event(client.as_deref());
        let denied = Denied { refused: refusal.refused().clone(), changes: Vec::new(), event };
        match finish_stateless::<()>(self.app, Err(denied)).await.into_result() {
            Err(Failure::Refused(_)) | Ok(()) => Ok(Authorization::Refused { refusal, client }),
            Err(failure) => Err(failure),
        }
    }

    fn event(&self, client: Option<&Client>) -> Event {
        let Self { ctx, site, ask, .. } = self;
        let mut event = Event::new(Some(site.environment), ctx.now, ctx.correlation, Action::AuthorizationRequested);
        event.source = ask.source;
        event.application = client.map(|client| client.application.id);
        event
    }
}

/// A hint may come from any mount of the environment.
pub(crate) fn verify_hint(app: &App, tenant: &Tenant, token: &str, ctx: &Ctx<'_>) -> Result<IdTokenHint, Refused> {
    let mut outcome = Err(Reason::HintInvalid.into());
    for issuer in app.issuers(tenant.id()) {
        outcome = IdTokenHint::verify(token, |kid| tenant.keys.find(kid), &issuer, ctx.now);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

fn redirectable(request: &AuthorizationRequest, client: &Client, refused: Refused) -> AuthorizeRefusal {
    match target(request, client) {
        Some(to) if !request.drives_itself() => AuthorizeRefusal::Redirect {
            to,
            mode: request.response_mode,
            state: request.state.clone(),
            refused: Box::new(refused),
        },
        _ => AuthorizeRefusal::Flow(Box::new(refused)),
    }
}

/// Where the response of a checked request goes, compared anew with what the application registers now.
pub fn target(request: &AuthorizationRequest, client: &Client) -> Option<MatchedRedirectUri> {
    let application = &client.application;
    let uri = request.redirect_uri.as_deref()?;
    MatchedRedirectUri::from_flow(&application.redirect_uris, uri, application.allow_wildcard_in_redirect_uris)
}

/// A response of a checked request.
///
/// # Errors
/// A page when the redirection URI is not registered any more.
pub(crate) fn respond(
    tenant: &Tenant,
    client: Arc<Client>,
    request: AuthorizationRequest,
    answer: Answer<'_>,
) -> Result<Response, Failure> {
    let to = target(&request, &client).ok_or_else(|| {
        Refused::new(Reason::RedirectUriInvalid, "a redirect_uri that is still registered", "one that was removed")
    })?;
    let delivery = deliver(answer, &to, request.response_mode, request.state.as_deref(), &request.issuer);
    let locale = tenant.environment.settings.locale.clone();
    Ok(Response { delivery, client, request: Box::new(request), locale })
}
