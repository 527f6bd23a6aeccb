//! The documents that describe a site: its metadata (RFC 8414, OpenID Connect Discovery) and its keys (RFC 7517).

use std::sync::Arc;

use jose::Alg;
use protocol::audit::Action;
use protocol::discovery::Offered;
use protocol::id::ResourceId;
use protocol::model::{FrontChannelTokens, Resource, ResourceType};
use protocol::policy::{self, Demands};
use protocol::refusal::{Reason, Refused};
use protocol::registration::RegistrationPolicy;
use protocol::session_state::{origin, origins};
use protocol::token::Json;
use protocol::uri::is_web_resource;

use crate::app::{App, Ask};
use crate::call::{Call, Stop};
use crate::failure::Fault;
use crate::finish::Finished;
use crate::site::Site;
use crate::tenant::Tenant;

/// What of the metadata depends on the environment; everything else follows from the site and the closed lists.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// The algorithms that an application may choose for what is made for it: that of the environment first.
    pub signing_algs: Vec<Alg>,
    /// The names of the sign-on policies that are followed: what `acr_values` may ask for.
    pub acr_values: Vec<String>,
    /// Whether clients may register themselves.
    pub registers: bool,
    /// Whether the address of a metadata document is a client id here.
    pub documents: bool,
    /// Whether all requests must be pushed (RFC 9126 §5).
    pub push_required: bool,
    /// Which methods that need something set up prove somebody here.
    pub offered: Offered,
    /// The types of authorization details of its resources (RFC 9396 §10).
    pub details_types: Vec<String>,
    /// Whether applications may watch the session in the browser.
    pub watched: bool,
    /// Which tokens come from the authorization endpoint.
    pub front: FrontChannelTokens,
    /// Whether a certificate of a client can arrive (RFC 8705 §3.3, §5).
    pub certificates: bool,
    /// What the environment demands of every application: nothing is published that it refuses.
    pub demands: &'static Demands,
}

/// A metadata document.
#[derive(Clone, Debug)]
pub struct Published {
    pub json: String,
    /// Changes with what it says, and not with a signature that may be another each time.
    pub version: String,
}

impl Metadata {
    fn of(tenant: &Tenant, certificates: bool) -> Self {
        let followed = tenant.sign_on_policies.iter().filter(|policy| policy.is_performed());
        let acr_values = followed.map(|policy| policy.name.clone()).collect();
        let registers = tenant.environment.settings.registration != RegistrationPolicy::Disabled;
        let push_required = policy::push_required(&tenant.environment);
        let documents = !policy::client_domains(&tenant.environment).is_empty();
        let own = tenant.keys.active().alg();
        let others = Alg::ASYMMETRIC.iter().copied().filter(|alg| *alg != own);
        let demands = policy::demands_of_all(&tenant.environment);
        let offered = Offered::of(&tenant.trusted_issuers, certificates, demands);
        let signing_algs = std::iter::once(own).chain(others).filter(|alg| demands.takes_alg(*alg)).collect();
        let details_types = tenant.scopes.details_types.iter().map(|of| of.name.clone()).collect();
        let front = policy::front_channel_tokens(&tenant.environment);
        Self {
            signing_algs,
            acr_values,
            registers,
            documents,
            push_required,
            offered,
            details_types,
            watched: tenant.environment.settings.session_management,
            front,
            certificates,
            demands,
        }
    }
}

/// The metadata of a site as `draw` writes them, signed as well where the environment does so. Reading them is no event.
pub async fn metadata(app: &App, site: &Site, ask: &Ask, draw: impl Fn(&Metadata) -> Json) -> Finished<Published> {
    let call = match Call::begin_document(app, site, ask).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    let tenant = call.at.tenant.clone();
    let metadata = Metadata::of(&tenant, app.config.certificates);
    let published = tenant.keys.must_be_whole().and_then(|()| published(&tenant, &site.issuer, || draw(&metadata)));
    call.show(published.map_err(Stop::from)).await
}

fn published(tenant: &Tenant, issuer: &str, draw: impl Fn() -> Json) -> Result<Published, Fault> {
    let plain = draw().finish();
    if !tenant.environment.settings.signed_metadata {
        return Ok(Published { version: plain.clone(), json: plain });
    }
    // RFC 8414 §2.1: an `iss` claim beside the values; the JWT itself is not among them.
    let signed = tenant.signed(&plain, || draw().text("iss", issuer).finish())?;
    let json = draw().text("signed_metadata", &signed).finish();
    Ok(Published { version: format!("{plain}{}", tenant.keys.active().kid()), json })
}

/// The challenge of the next proof of a client attestation, where the environment trusts somebody to attest clients. Giving one is no
/// event.
pub async fn challenge(app: &App, site: &Site, ask: &Ask) -> Finished<String> {
    let call = match Call::begin_document(app, site, ask).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    let tenant = &call.at.tenant;
    let demands = policy::demands_of_all(&tenant.environment);
    let given = if Offered::of(&tenant.trusted_issuers, false, demands).attestations {
        Ok(app.attestation_challenge(site.environment))
    } else {
        let expected = "an environment that trusts a CLIENT_ATTESTER";
        Err(Refused::new(Reason::PathUnknown, expected, "one that trusts none").into())
    };
    call.show(given).await
}

/// In whose page the frame is that asks (OpenID Connect Session Management 1.0 §3.3), as far as the request says.
#[derive(Clone, Copy, Debug)]
pub enum Around<'a> {
    /// It names the client.
    Client(&'a str),
    /// It comes from a page at this address; None where its browser does not say.
    Page(Option<&'a str>),
}

/// The origins whose pages may hold the frame that watches the session, of those that applications registered: the client's, or the one
/// of the page around. Nobody learns of others. Reading it is no event.
pub async fn session_frame(app: &App, site: &Site, ask: &Ask, around: Around<'_>) -> Finished<Vec<String>> {
    let call = match Call::begin(app, site, ask, Action::RequestReceived).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    let found = may_hold(&call, around).await;
    call.show(found).await
}

async fn may_hold(call: &Call<'_>, around: Around<'_>) -> Result<Vec<String>, Stop> {
    let tenant = &call.at.tenant;
    if !tenant.environment.settings.session_management {
        let expected = "an environment with sessionManagement";
        return Err(Refused::new(Reason::PathUnknown, expected, "one without").into());
    }
    let page = match around {
        Around::Client(id) => {
            let client = tenant.client(call.app, id).await?.filter(|client| client.application.enabled);
            return Ok(client.map(|client| origins(&client.application)).unwrap_or_default());
        }
        Around::Page(page) => page.and_then(origin),
    };
    match page {
        Some(page) if tenant.has_pages_at(call.app, &page).await? => Ok(vec![page]),
        _ => Ok(Vec::new()),
    }
}

/// What an environment knows of a protected resource that it registers (RFC 9728 §2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectedResource {
    /// The audience of its tokens, and what `resource` names it by (RFC 8707 §2).
    pub identifier: String,
    pub name: String,
    pub scopes: Vec<String>,
    /// RFC 9396 §10.
    pub details_types: Vec<String>,
}

/// The resource of the environment with this id. One whose identifier is no address of the web has no metadata (RFC 9728 §1.2).
/// Reading it is no event.
pub async fn resource(app: &App, site: &Site, ask: &Ask, id: &str) -> Finished<ProtectedResource> {
    let call = match Call::begin_document(app, site, ask).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    let found = described(&call.at.tenant, id);
    call.show(found).await
}

fn described(tenant: &Tenant, id: &str) -> Result<ProtectedResource, Stop> {
    let found = ResourceId::parse(id).and_then(|id| tenant.scopes.resource(id));
    let custom = |resource: &&Resource| resource.kind == ResourceType::Custom && is_web_resource(resource.audience());
    let Some(resource) = found.filter(custom) else {
        tenant.may_refuse(Reason::ResourceUnknown)?;
        let expected = "a resource of the environment whose audience is an https address";
        return Err(Refused::new(Reason::ResourceNotFound, expected, "another id").into());
    };
    let scopes = tenant.scopes.scopes.iter().filter(|scope| scope.resource == resource.id);
    let types = tenant.scopes.details_types.iter().filter(|of| of.resource == resource.id);
    Ok(ProtectedResource {
        identifier: resource.audience().to_owned(),
        name: resource.name.clone(),
        scopes: scopes.map(|scope| scope.name.clone()).collect(),
        details_types: types.map(|of| of.name.clone()).collect(),
    })
}

/// The environment whose keys the site publishes; see [`crate::keys::KeyRing::jwks`].
pub async fn keys(app: &App, site: &Site, ask: &Ask) -> Finished<Arc<Tenant>> {
    let call = match Call::begin_document(app, site, ask).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    let tenant = call.at.tenant.clone();
    let whole = tenant.keys.must_be_whole();
    call.show(whole.map(|()| tenant).map_err(Stop::from)).await
}
