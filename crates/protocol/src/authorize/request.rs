//! A checked authorization request, as a flow carries it from its start to its response. It never changes on the way.

use super::{ResponseMode, ResponseType, Whom};
use crate::authorization::Authorization;
use crate::claims::{AskedAcr, AskedClaims, ClaimsParameter};
use crate::confirmation::{Confirmation, Thumbprint};
use crate::details::{Details, PARAMETER};
use crate::id::ApplicationId;
use crate::model::Session;
use crate::pkce::Challenge;
use crate::scope::Scope;
use crate::secret::TokenHash;

/// OIDC Core §3.1.2.1, `prompt`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    pub none: bool,
    pub login: bool,
    pub consent: bool,
    pub select_account: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AuthorizationRequest {
    pub application: ApplicationId,
    /// The issuer of the mount that was asked; it goes into the response (RFC 9207) and the tokens.
    pub issuer: String,
    pub response_type: ResponseType,
    pub response_mode: ResponseMode,
    /// Where the response goes. Absent only with `pi.flow`.
    pub redirect_uri: Option<String>,
    /// Whether the request had `redirect_uri`, so that the token request must repeat it (RFC 6749 §4.1.3).
    pub redirect_uri_sent: bool,
    /// What was asked and may be granted.
    pub scope: Scope,
    pub state: Option<String>,
    pub nonce: Option<String>,
    pub prompt: Prompt,
    pub max_age: Option<i64>,
    pub login_hint: Option<String>,
    /// The sign-on policy that will be followed: its name becomes `acr`.
    pub acr: String,
    /// Those that are followed where that one cannot be, in this order.
    pub acr_otherwise: Vec<String>,
    pub challenge: Option<Challenge>,
    pub ui_locales: Option<String>,
    /// RFC 8707.
    pub resource: Vec<String>,
    /// The reference that it was pushed under, which is good for one answer (RFC 9126 §4).
    pub pushed: Option<TokenHash>,
    /// OIDC Core §5.5.
    pub claims: AskedClaims,
    /// RFC 9396.
    pub details: Details,
    /// The only person whom the response may be about.
    pub whom: Option<Whom>,
    /// The key that the code is bound to (RFC 9449 §10).
    pub dpop_jkt: Option<Thumbprint>,
}

impl Prompt {
    /// The values of the parameter.
    fn names(self) -> impl Iterator<Item = &'static str> {
        let Self { none, login, consent, select_account } = self;
        let values = [(none, "none"), (login, "login"), (consent, "consent"), (select_account, "select_account")];
        values.into_iter().filter_map(|(asked, name)| asked.then_some(name))
    }
}

impl AuthorizationRequest {
    /// The parameters that ask for the same again, for the application of this client id.
    pub fn parameters(&self, client_id: &str) -> Vec<(&'static str, String)> {
        let Self {
            application: _,
            issuer: _,
            response_type,
            response_mode,
            redirect_uri,
            redirect_uri_sent,
            scope,
            state,
            nonce,
            prompt,
            max_age,
            login_hint,
            acr: _,
            acr_otherwise: _,
            challenge,
            ui_locales,
            resource,
            pushed: _,
            claims: _,
            details,
            whom: _,
            dpop_jkt,
        } = self;
        let prompt = prompt.names().collect::<Vec<_>>().join(" ");
        let single = [
            ("response_type", Some(response_type.name().to_owned())),
            ("client_id", Some(client_id.to_owned())),
            ("redirect_uri", redirect_uri.clone().filter(|_| *redirect_uri_sent)),
            // The default is not written: a private-use address takes no other.
            (
                "response_mode",
                (*response_mode != response_type.default_mode()).then(|| response_mode.name().to_owned()),
            ),
            ("scope", Some(scope.to_string())),
            ("state", state.clone()),
            ("nonce", nonce.clone()),
            ("prompt", Some(prompt)),
            ("max_age", max_age.map(|seconds| seconds.to_string())),
            ("login_hint", login_hint.clone()),
            ("acr_values", Some(self.policies().filter(|name| !name.contains(' ')).collect::<Vec<_>>().join(" "))),
            ("code_challenge", challenge.as_ref().map(|challenge| challenge.text().to_owned())),
            ("code_challenge_method", challenge.as_ref().map(|challenge| challenge.method().name().to_owned())),
            ("ui_locales", ui_locales.clone()),
            ("claims", self.claims_parameter().to_text()),
            (PARAMETER, (!details.is_empty()).then(|| details.to_value().to_string())),
            ("dpop_jkt", dpop_jkt.as_ref().map(|key| key.as_str().to_owned())),
        ];
        let single =
            single.into_iter().filter_map(|(name, value)| Some((name, value.filter(|text| !text.is_empty())?)));
        single.chain(resource.iter().map(|uri| ("resource", uri.clone()))).collect()
    }

    /// The names of the sign-on policies that the answer may name.
    pub fn policies(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.acr).chain(&self.acr_otherwise).map(String::as_str)
    }

    /// What `claims` has to ask for, so that nothing else comes of it.
    fn claims_parameter(&self) -> ClaimsParameter {
        let Self { claims, whom, .. } = self;
        let essential = claims.acr_essential;
        let values = if essential { self.policies().map(str::to_owned).collect() } else { Vec::new() };
        ClaimsParameter {
            claims: claims.clone(),
            sub: whom.as_ref().map(Whom::sub),
            acr: AskedAcr { values, essential },
        }
    }

    /// What the sign-on of `session` allows the application that asked.
    pub fn authorized_by(&self, session: &Session) -> Authorization {
        Authorization {
            application: self.application,
            issuer: self.issuer.clone(),
            user: session.user,
            session: session.id,
            auth_time: session.auth_time,
            acr: session.acr.clone(),
            amr: session.amr.clone(),
            scope: self.scope.clone(),
            resource: self.resource.clone(),
            claims: self.claims.clone(),
            details: self.details.clone(),
            confirmation: self.dpop_jkt.clone().map_or(Confirmation::None, Confirmation::Jkt),
            instance: None,
        }
    }
}
