//! Identity providers: where else people have an account that they may sign on with. They are kept and named; nobody is sent to one
//! yet.

mod attribute;
mod connection;
mod secret;

use uuid::Uuid;

pub use attribute::{IdentityProviderAttribute, MappingUpdate, ProviderMappingType};
pub use secret::ProviderSecret;

use super::Icon;
use super::check::Fields;
use super::check::application::is_web_address;
use super::describe::{Described, Found, Place, Refers, Walk, property};
use crate::id::{EnvironmentId, IdentityProviderId, PopulationId};
use crate::names::names;
use crate::time::Time;

names! {
    /// PingOne's types.
    #[derive(Default)]
    pub enum IdentityProviderType {
        #[default]
        Amazon = "AMAZON",
        Apple = "APPLE",
        Facebook = "FACEBOOK",
        Github = "GITHUB",
        Google = "GOOGLE",
        Linkedin = "LINKEDIN",
        LinkedinOidc = "LINKEDIN_OIDC",
        Microsoft = "MICROSOFT",
        OpenidConnect = "OPENID_CONNECT",
        Paypal = "PAYPAL",
        Saml = "SAML",
        Twitter = "TWITTER",
        Yahoo = "YAHOO",
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct IdentityProvider {
    pub id: IdentityProviderId,
    pub environment: EnvironmentId,
    pub name: String,
    pub description: Option<String>,
    pub enabled: bool,
    pub kind: IdentityProviderType,
    pub icon: Option<Icon>,
    pub login_button_icon: Option<Icon>,
    /// Where people are made who come by it for the first time.
    pub registration: Option<PopulationId>,
    pub client: ProviderClient,
    pub oidc: OidcConnection,
    pub saml: SamlConnection,
    pub secret: ProviderSecret,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

/// What this server is called there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProviderClient {
    pub client_id: Option<String>,
    pub app_id: Option<String>,
    pub key_id: Option<String>,
    pub team_id: Option<String>,
    pub client_environment: Option<String>,
    pub tenant_id: Option<String>,
}

/// A provider of OpenID Connect.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OidcConnection {
    pub authorization_endpoint: Option<String>,
    pub discovery_endpoint: Option<String>,
    pub issuer: Option<String>,
    pub jwks_endpoint: Option<String>,
    pub token_endpoint: Option<String>,
    pub user_info_endpoint: Option<String>,
    pub scopes: Vec<String>,
    pub token_endpoint_auth_method: Option<String>,
    pub pkce_method: Option<String>,
}

/// A provider of SAML 2.0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SamlConnection {
    pub authn_request_signed: Option<bool>,
    pub idp_entity_id: Option<String>,
    pub sp_entity_id: Option<String>,
    /// Those by which its signatures are checked.
    pub certificates: Vec<Uuid>,
    pub signing_algorithm: Option<String>,
    pub signing_key: Option<Uuid>,
    pub sso_binding: Option<String>,
    pub sso_endpoint: Option<String>,
    pub slo_binding: Option<String>,
    pub slo_endpoint: Option<String>,
    pub slo_response_endpoint: Option<String>,
    /// Hours.
    pub slo_window: Option<i64>,
}

/// PingOne's models: IdentityProviderCommon and what each type has beside it.
impl Described for IdentityProvider {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self {
            id,
            environment,
            name,
            description,
            enabled,
            kind,
            icon,
            login_button_icon,
            registration,
            client,
            oidc,
            saml,
            secret,
            created_at,
            updated_at,
            version,
        } = self;
        walk.id(&property("id").read_only().found("id", Found::Id), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.text(&property("name").text(1, 256).required().found("name_key", Found::Folded), name);
        walk.text_if(
            &property("description").inert().prose(4_096).found_in_body(Found::Loose).listed_last(),
            description,
        );
        walk.flag(&property("enabled").inert().required().found_in_body(Found::Flag).listed_last(), enabled);
        walk.choice(&property("type").required().stored_as("kind"), kind);
        describe_icon("icon", icon, walk);
        describe_icon("loginButtonIcon", login_button_icon, walk);
        walk.within(&property("registration").inert().place(Place::Flat), &mut |walk| {
            let into = property("population").refers(Refers::Population).stored_as("registration_population");
            walk.reference(&into.column("registration_population_id"), registration);
        });
        client.describe(*kind, walk);
        oidc.describe(*kind, walk);
        saml.describe(*kind, walk);
        secret.describe(*kind, walk);
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
        walk.version(version);
    }

    fn rules(&self, before: &Self, fields: &mut Fields<'_>) {
        // One that is made has no name before.
        if !before.name.is_empty() && before.kind != self.kind {
            fields.fault("INVALID_VALUE", "type", "cannot be changed", None);
        }
        self.saml.judge(fields);
    }
}

/// Where an image is kept is nobody's business but the browser's that shows it.
fn describe_icon(name: &'static str, icon: &mut Option<Icon>, walk: &mut dyn Walk) {
    let mut present = icon.is_some();
    let (mut id, mut href) = icon.take().map_or((None, None), |icon| (Some(icon.id), Some(icon.href)));
    walk.within_if(&property(name).inert(), &mut present, &mut |walk| {
        walk.id(&property("id").required(), &mut id);
        walk.text_if(&property("href").required().checked(2_048, is_web_address), &mut href);
    });
    *icon = id.zip(href).filter(|_| present).map(|(id, href)| Icon { id, href });
}

impl IdentityProviderType {
    /// What the user name of somebody new is taken from, until another mapping is written.
    pub const fn username(self) -> &'static str {
        match self {
            Self::Amazon | Self::Paypal => "${providerAttributes.user_id}",
            Self::Apple | Self::LinkedinOidc | Self::OpenidConnect | Self::Yahoo => "${providerAttributes.sub}",
            Self::Facebook => "${providerAttributes.email}",
            Self::Github | Self::Microsoft | Self::Twitter => "${providerAttributes.id}",
            Self::Google => "${providerAttributes.emailAddress.value}",
            Self::Linkedin => "${providerAttributes.emailAddress}",
            Self::Saml => "${samlAssertion.subject}",
        }
    }
}
