//! The ordered list of checks of an authorization request (RFC 6749 §4.1.1, OIDC Core §3.1.2.2).

use crate::claims::ClaimsParameter;
use crate::client::Client;
use crate::confirmation::Thumbprint;
use crate::details::Details;
use crate::model::{Environment, Scopes, SignOnPolicy, SignOnPolicyAssignment};
use crate::origin::may_drive;
use crate::policy::{self, Own};
use crate::refusal::{Reason, Refused};
use crate::scope::Scope;

use super::choice::Choice;
use super::target::{MAX_OPAQUE, Target, establish};
use super::{
    Asked, AuthorizationRequest, AuthorizeRefusal, ResponseMode, ResponseType, Whom, challenge, key, object, prompt,
    pushed, response_type, scope,
};

/// What of the environment the checks read.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The issuer of the mount that was asked.
    pub issuer: &'a str,
    pub environment: &'a Environment,
    /// On a developer's server, where applications register every port of this machine.
    pub developer: bool,
    pub own: Own<'a>,
    pub scopes: &'a Scopes,
    pub sign_on_policies: &'a [SignOnPolicy],
    /// The application's, in no order.
    pub assignments: &'a [SignOnPolicyAssignment],
}

/// Decides whether the request of `client` is sound: client → redirection URI → everything else.
///
/// # Errors
/// A page or PingOne's JSON until a redirection URI is matched; a redirect with `state` from there on (RFC 6749 §4.1.2.1).
pub fn check(
    asked: &Asked<'_>,
    client: &Client,
    surroundings: &Surroundings<'_>,
) -> Result<AuthorizationRequest, AuthorizeRefusal> {
    let demands = policy::demands(surroundings.environment, &client.application);
    let target = establish(asked, client, (demands, surroundings.developer))?;
    let refuse = |refused: Refused| target.refuse(refused);
    asked.malformed().map_or(Ok(()), |refused| Err(refuse(refused)))?;
    let column = asked.via.column();
    if let (true, ResponseMode::PiFlow, Some(origin)) = (column.scripts, target.mode, asked.origin) {
        may_drive(&client.application, surroundings.issuer, origin).map_err(refuse)?;
    }
    asked.unsupported().map_or(Ok(()), |refused| Err(refuse(refused)))?;
    if column.plain {
        pushed::not_demanded(client, surroundings.environment).map_err(refuse)?;
    }
    if !column.signed {
        object::not_demanded(client, demands).map_err(refuse)?;
    }
    let response_type = response_type::read(asked.params, client, surroundings.environment).map_err(refuse)?;
    let prompt = prompt::read(asked.params).map_err(refuse)?;
    let max_age = prompt::read_max_age(asked.params).map_err(refuse)?;
    let challenge = challenge::read_for(response_type, asked.params, client, demands).map_err(refuse)?;
    let scope = scope::read(asked.params, client, surroundings.scopes).map_err(refuse)?;
    let details = Details::read(asked.params, client, surroundings.scopes).map_err(refuse)?;
    let resource = resources(asked, &scope, &details, client, surroundings).map_err(refuse)?;
    let nonce = read_nonce(asked).map_err(refuse)?;
    let ClaimsParameter { claims, sub, acr } = ClaimsParameter::read(asked.params).map_err(refuse)?;
    let whom = sub.map(|sub| Whom::of_sub(&sub, client, policy::token_profile(surroundings.environment)));
    let whom = whom.transpose().map_err(refuse)?;
    let choice = Choice { policies: surroundings.sign_on_policies, assignments: surroundings.assignments };
    let (acr, acr_otherwise) = choice.follows(asked.params.text("acr_values"), &acr).map_err(refuse)?;
    let dpop_jkt = key::read(asked.params, None).map_err(refuse)?;
    fits(response_type, &scope, nonce.as_deref(), dpop_jkt.as_ref()).map_err(refuse)?;
    let Target { redirect, mode, state, .. } = target;
    Ok(AuthorizationRequest {
        application: client.application.id,
        issuer: surroundings.issuer.to_owned(),
        response_type,
        response_mode: mode,
        redirect_uri_sent: redirect.is_some(),
        redirect_uri: redirect.map(|uri| uri.as_str().to_owned()),
        scope,
        state,
        nonce,
        prompt,
        max_age,
        login_hint: asked.params.text("login_hint").filter(|hint| hint.len() <= MAX_HINT).map(str::to_owned),
        acr,
        acr_otherwise,
        challenge,
        ui_locales: asked.params.text("ui_locales").filter(|list| list.len() <= MAX_LOCALES).map(str::to_owned),
        resource,
        pushed: asked.via.reference(),
        claims,
        details,
        whom,
        dpop_jkt,
    })
}

/// Whether the application may bring its parameters as they are, by a browser: neither pushed nor signed.
pub fn takes_plain(client: &Client, environment: &Environment) -> bool {
    let demands = policy::demands(environment, &client.application);
    pushed::not_demanded(client, environment).is_ok() && object::not_demanded(client, demands).is_ok()
}

/// The resources that the tokens will be for, as they are registered, each once (RFC 8707 §2); none where none is named.
///
/// # Errors
/// What no token could carry is refused now and not when the code is exchanged.
fn resources(
    asked: &Asked<'_>,
    scope: &Scope,
    details: &Details,
    client: &Client,
    surroundings: &Surroundings<'_>,
) -> Result<Vec<String>, Refused> {
    let named = asked.params.resources()?;
    let Surroundings { environment, scopes, own, .. } = *surroundings;
    let reach = policy::reach_with((scope, details), &named, client, environment, scopes, own)?;
    Ok(if named.is_empty() { named } else { reach.audience })
}

/// Whether a request has what tokens of this endpoint need.
///
/// # Errors
/// An ID token that was not asked for by its scope (OIDC Core §3.1.2.1), or that could be shown again: without `nonce` (§3.2.2.1,
/// §3.3.2.11). An access token where a key was named: RFC 9449 §10 binds the code, and whoever names one relies on it.
fn fits(
    response_type: ResponseType,
    scope: &Scope,
    nonce: Option<&str>,
    dpop_jkt: Option<&Thumbprint>,
) -> Result<(), Refused> {
    if response_type.id_token() && !scope.contains("openid") {
        return Err(Refused::new(Reason::ScopeInvalid, "openid, with id_token in the response", "another scope"));
    }
    if response_type.id_token() && nonce.is_none() {
        return Err(Refused::new(Reason::ParameterMissing, "nonce", "nothing").about("nonce"));
    }
    if response_type.token() && dpop_jkt.is_some() {
        let expected = "dpop_jkt: none, with a token in the response";
        return Err(Refused::new(Reason::ParameterInvalid, expected, "one").about("dpop_jkt"));
    }
    Ok(())
}

fn read_nonce(asked: &Asked<'_>) -> Result<Option<String>, Refused> {
    match asked.params.text("nonce") {
        Some(nonce) if nonce.len() > MAX_OPAQUE => Err(Refused::new(
            Reason::ParameterInvalid,
            "nonce of at most 2048 octets",
            format!("{} octets", nonce.len()),
        )
        .about("nonce")),
        nonce => Ok(nonce.map(str::to_owned)),
    }
}

impl AuthorizationRequest {
    /// Binds the code to this key, which was shown with the request (RFC 9449 §10.1).
    ///
    /// # Errors
    /// As for `dpop_jkt`: a response with an access token has no code that would bind it.
    pub fn bind(&mut self, key: Thumbprint) -> Result<(), Refused> {
        self.dpop_jkt = Some(key);
        fits(self.response_type, &self.scope, self.nonce.as_deref(), self.dpop_jkt.as_ref())
    }

    /// Whether the caller drives the flow itself.
    pub fn drives_itself(&self) -> bool {
        self.response_mode == ResponseMode::PiFlow
    }
}

const MAX_HINT: usize = 256;
const MAX_LOCALES: usize = 200;
