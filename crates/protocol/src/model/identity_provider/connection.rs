//! How each type of identity provider is reached.

use super::IdentityProviderType as Type;
use super::{OidcConnection, ProviderClient, SamlConnection};
use crate::model::check::Fields;
use crate::model::check::application::{is_fetched_address, is_web_address};
use crate::model::describe::{Absent, Place, Property, Refers, Walk, property};

impl ProviderClient {
    pub(super) fn describe(&mut self, kind: Type, walk: &mut dyn Walk) {
        let Self { client_id, app_id, key_id, team_id, client_environment, tenant_id } = self;
        let own = |name, applies| property(name).inert().text(1, 1_024).required().only_if(applies);
        walk.text_if(&own("clientId", !matches!(kind, Type::Facebook | Type::Saml)), client_id);
        walk.text_if(&own("appId", kind == Type::Facebook), app_id);
        walk.text_if(&own("keyId", kind == Type::Apple).text(10, 10), key_id);
        walk.text_if(&own("teamId", kind == Type::Apple).text(10, 10), team_id);
        walk.text_if(&own("clientEnvironment", kind == Type::Paypal).one_of(&["sandbox", "live"]), client_environment);
        walk.text_if(&property("tenantId").inert().text(1, 1_024).only_if(kind == Type::Microsoft), tenant_id);
    }
}

impl OidcConnection {
    pub(super) fn describe(&mut self, kind: Type, walk: &mut dyn Walk) {
        let Self {
            authorization_endpoint,
            discovery_endpoint,
            issuer,
            jwks_endpoint,
            token_endpoint,
            user_info_endpoint,
            scopes,
            token_endpoint_auth_method,
            pkce_method,
        } = self;
        let is = kind == Type::OpenidConnect;
        // What is fetched there, and where people are sent, nobody may change on the way.
        let address = |name| property(name).inert().checked(2_048, is_fetched_address).only_if(is);
        walk.text_if(&address("authorizationEndpoint").required(), authorization_endpoint);
        walk.text_if(&address("discoveryEndpoint"), discovery_endpoint);
        walk.text_if(&address("issuer").required(), issuer);
        walk.text_if(&address("jwksEndpoint").required(), jwks_endpoint);
        let asked = property("scopes").inert().at_most(100, is_scope).required().only_if(is);
        walk.texts(&asked, scopes);
        walk.judge(&mut |fields| {
            if is && fields.has("scopes") && scopes.is_empty() {
                fields.fault("EMPTY_VALUE", "scopes", "must not be empty", None);
            }
        });
        walk.text_if(&address("tokenEndpoint").required(), token_endpoint);
        let method = property("tokenEndpointAuthMethod").inert().one_of(&METHODS).required().only_if(is);
        walk.text_if(&method, token_endpoint_auth_method);
        walk.text_if(&address("userInfoEndpoint"), user_info_endpoint);
        let pkce = property("pkceMethod").inert().one_of(&["NONE", "S256"]).absent(Absent::Default("NONE")).only_if(is);
        walk.text_if(&pkce, pkce_method);
    }
}

impl SamlConnection {
    pub(super) fn describe(&mut self, kind: Type, walk: &mut dyn Walk) {
        let Self {
            authn_request_signed,
            idp_entity_id,
            sp_entity_id,
            certificates,
            signing_algorithm,
            signing_key,
            sso_binding,
            sso_endpoint,
            slo_binding,
            slo_endpoint,
            slo_response_endpoint,
            slo_window,
        } = self;
        let own = |name: &'static str| property(name).inert().only_if(kind == Type::Saml);
        let binding = |p: Property| p.one_of(&BINDINGS);
        walk.flag_if(&own("authnRequestSigned").absent(Absent::Default("false")), authn_request_signed);
        walk.text_if(&own("idpEntityId").text(1, 1_024).required(), idp_entity_id);
        walk.text_if(&own("spEntityId").text(1, 1_024).required(), sp_entity_id);
        walk.within(&own("idpVerification").required().place(Place::Flat), &mut |walk| {
            walk.references(&property("certificates").up_to(100).required().refers(Refers::Certificate), certificates);
        });
        let mut signs = signing_key.is_some();
        walk.within_if(&own("spSigning").place(Place::Flat), &mut signs, &mut |walk| {
            let algorithm = property("algorithm").one_of(&ALGORITHMS).stored_as("signing_algorithm");
            walk.text_if(&algorithm, signing_algorithm);
            walk.reference(&property("key").required().refers(Refers::KeyPair).stored_as("signing_key"), signing_key);
        });
        walk.judge(&mut |_| {
            if !signs {
                (*signing_algorithm, *signing_key) = (None, None);
            }
        });
        walk.text_if(&binding(own("ssoBinding")).required(), sso_binding);
        let address = |name| own(name).checked(2_048, is_web_address);
        walk.text_if(&address("ssoEndpoint").required(), sso_endpoint);
        walk.text_if(&binding(own("sloBinding")).absent(Absent::Default("HTTP_POST")), slo_binding);
        walk.text_if(&address("sloEndpoint"), slo_endpoint);
        walk.text_if(&address("sloResponseEndpoint"), slo_response_endpoint);
        walk.number(&own("sloWindow").range(1, 24), slo_window);
    }

    /// What is signed is signed with something.
    pub(super) fn judge(&self, fields: &mut Fields<'_>) {
        if self.authn_request_signed == Some(true) && self.signing_key.is_none() {
            fields.fault("REQUIRED_VALUE", "spSigning", "must be provided where requests are signed", None);
        }
    }
}

/// RFC 6749 §3.3.
fn is_scope(text: &str) -> Result<(), String> {
    let known = |octet: u8| matches!(octet, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    let fits = (1..=256).contains(&text.len()) && text.bytes().all(known);
    if fits { Ok(()) } else { Err("must be a scope".into()) }
}

const METHODS: [&str; 3] = ["CLIENT_SECRET_BASIC", "CLIENT_SECRET_POST", "NONE"];
const BINDINGS: [&str; 2] = ["HTTP_POST", "HTTP_REDIRECT"];
const ALGORITHMS: [&str; 6] =
    ["SHA256withRSA", "SHA384withRSA", "SHA512withRSA", "SHA256withECDSA", "SHA384withECDSA", "SHA512withECDSA"];
