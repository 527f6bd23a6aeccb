//! Decides which grant a token request uses, whether the client may, and that its parameters are there (specs §2.3).

use super::GrantType;
use crate::client_auth::AuthenticatedClient;
use crate::details::Details;
use crate::params::Params;
use crate::refusal::{Detail, Reason, Refused};
use crate::scope::{Scope, ScopeError};
use crate::secret::Secret;

/// A token request after client authentication.
#[derive(Clone, Debug)]
pub enum Grant {
    AuthorizationCode(CodeRequest),
    ClientCredentials(CredentialsRequest),
    RefreshToken(RefreshRequest),
}

/// RFC 6749 §4.1.3. A `scope` is no parameter of it and is ignored; the code has its own.
#[derive(Clone, Debug)]
pub struct CodeRequest {
    pub code: Secret,
    pub redirect_uri: Option<String>,
    pub verifier: Option<Secret>,
    pub resource: Vec<String>,
    /// RFC 9396 §6.
    pub details: Option<Details>,
}

/// RFC 6749 §4.4.2.
#[derive(Clone, Debug)]
pub struct CredentialsRequest {
    pub scope: Option<Scope>,
    pub resource: Vec<String>,
    /// RFC 9396 §6.
    pub details: Option<Details>,
}

/// RFC 6749 §6.
#[derive(Clone, Debug)]
pub struct RefreshRequest {
    pub refresh_token: Secret,
    pub scope: Option<Scope>,
    pub resource: Vec<String>,
    /// RFC 9396 §6.
    pub details: Option<Details>,
}

impl Grant {
    /// Reads the request of an authenticated client.
    ///
    /// # Errors
    /// In this order (RFC 6749 §5.2): `invalid_request` without `grant_type`, `unsupported_grant_type`,
    /// `unauthorized_client`, `invalid_request` for a missing parameter, `invalid_scope`,
    /// `invalid_target` and `invalid_authorization_details` for malformed ones.
    pub fn read(params: &Params, client: &AuthenticatedClient) -> Result<Self, Refused> {
        let Some(name) = params.text("grant_type") else {
            let mut refused = Refused::new(Reason::GrantTypeMissing, "grant_type", "none");
            refused.details.push(Detail::new("REQUIRED_VALUE", "grant_type", ""));
            return Err(refused);
        };
        let kind = GrantType::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| unsupported(name))?;
        let application = &client.client().application;
        if !application.grant_types.contains(&kind) {
            let held = application.grant_types.iter().map(|g| g.name()).collect::<Vec<_>>().join(" ");
            return Err(Refused::new(Reason::GrantTypeNotAllowed, held, kind.name()));
        }
        Ok(match kind {
            GrantType::AuthorizationCode => Self::AuthorizationCode(CodeRequest {
                code: secret(params, "code").ok_or_else(|| missing("code"))?,
                redirect_uri: params.text("redirect_uri").map(str::to_owned),
                verifier: secret(params, "code_verifier"),
                resource: params.resources()?,
                details: Details::asked(params)?,
            }),
            GrantType::RefreshToken => Self::RefreshToken(RefreshRequest {
                refresh_token: secret(params, "refresh_token").ok_or_else(|| missing("refresh_token"))?,
                scope: scope(params)?,
                resource: params.resources()?,
                details: Details::asked(params)?,
            }),
            GrantType::ClientCredentials => {
                let (resource, details) = (params.resources()?, Details::asked(params)?);
                Self::ClientCredentials(CredentialsRequest { scope: scope(params)?, resource, details })
            }
            GrantType::Ciba | GrantType::DeviceCode | GrantType::Implicit | GrantType::TokenExchange => {
                return Err(unsupported(name));
            }
        })
    }

    /// The grant's name, for the event.
    pub const fn kind(&self) -> GrantType {
        match self {
            Self::AuthorizationCode(_) => GrantType::AuthorizationCode,
            Self::ClientCredentials(_) => GrantType::ClientCredentials,
            Self::RefreshToken(_) => GrantType::RefreshToken,
        }
    }
}

/// The refusal of a request without the parameter `name`.
pub fn missing(name: &'static str) -> Refused {
    Refused::new(Reason::ParameterMissing, name, "none").about(name)
}

fn unsupported(name: &str) -> Refused {
    let known = GrantType::ALL.map(GrantType::name).join(" ");
    let came = GrantType::REGISTRABLE.into_iter().find(|g| g.name() == name).map_or("another value", GrantType::name);
    Refused::new(Reason::GrantTypeUnsupported, known, came).about("grant_type")
}

fn secret(params: &Params, name: &str) -> Option<Secret> {
    params.text(name).map(|text| Secret::new(text.to_owned()))
}

fn scope(params: &Params) -> Result<Option<Scope>, Refused> {
    params.text("scope").map(|text| Scope::parse(text).map_err(ScopeError::refused)).transpose()
}
