//! What the metadata documents promise, computed from what the server does (RFC 8414 §2, OpenID Connect Discovery §3).
//!
//! Each list comes from the closed list that the endpoint itself reads, so nothing is published that is refused.

use jose::Alg;

use crate::authorization::GrantType;
use crate::authorize::{ResponseMode, ResponseType};
use crate::claims::PersonClaim;
use crate::client_auth::{Method, Rule};
use crate::model::{FrontChannelTokens, TrustedIssuer, TrustedIssuerType};
use crate::policy::Demands;

/// `grant_types_supported`; written out, because its default would promise the implicit grant, which not every environment gives.
pub fn grant_types(front: FrontChannelTokens, demands: &Demands) -> impl Iterator<Item = &'static str> {
    let implicit = given_types(front, demands).any(ResponseType::is_front).then_some(GrantType::Implicit);
    GrantType::ALL.into_iter().chain(implicit).map(GrantType::name)
}

/// What an environment has to have set up before a method of it proves anybody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// It trusts a SPIFFE trust domain: `spiffe_jwt`. Tokens of other issuers have no name of their own; they come as assertions
    /// with a signature do.
    pub svids: bool,
    /// It trusts somebody to attest clients: `attest_jwt_client_auth`, the same with `_dpop`, and the challenges of their proofs.
    pub attestations: bool,
    /// A certificate of a client can arrive (RFC 8705 §2).
    pub certificates: bool,
}

impl Offered {
    /// What these issuers make possible, of what the profile takes.
    pub fn of(trusted: &[TrustedIssuer], certificates: bool, demands: &Demands) -> Self {
        let attests = demands.takes_method(Method::AttestJwtClientAuth);
        Self {
            svids: trusted.iter().any(TrustedIssuer::is_spiffe),
            attestations: attests && trusted.iter().any(|one| one.kind == TrustedIssuerType::ClientAttester),
            certificates,
        }
    }

    const fn has(self, method: Method) -> bool {
        match method {
            Method::AttestJwtClientAuth | Method::AttestJwtClientAuthDpop => self.attestations,
            Method::WorkloadIdentity => self.svids,
            Method::SelfSignedTlsClientAuth | Method::TlsClientAuth => self.certificates,
            Method::ClientSecretBasic
            | Method::ClientSecretJwt
            | Method::ClientSecretPost
            | Method::None
            | Method::PrivateKeyJwt => true,
        }
    }
}

/// `token_endpoint_auth_methods_supported`, and the same for revocation, which public clients may ask for (RFC 7009 §2.1).
pub fn auth_methods(offered: Offered, demands: &Demands) -> impl Iterator<Item = &'static str> {
    taken(offered, demands).map(Method::name)
}

/// `introspection_endpoint_auth_methods_supported`: introspection is for clients that can prove who they are (RFC 7662 §2.1).
pub fn confidential_auth_methods(offered: Offered, demands: &Demands) -> impl Iterator<Item = &'static str> {
    taken(offered, demands).filter(|method| method.is_confidential()).map(Method::name)
}

fn taken(offered: Offered, demands: &Demands) -> impl Iterator<Item = Method> {
    let taken = move |method: &Method| offered.has(*method) && demands.takes_method(*method);
    Method::REGISTRABLE.into_iter().filter(taken)
}

/// `token_endpoint_auth_signing_alg_values_supported`, and the same for revocation and introspection: there must be one
/// where a method with assertions is listed (RFC 8414 §2).
pub fn auth_signing_algs(demands: &Demands) -> Vec<&'static str> {
    let methods = Method::REGISTRABLE.into_iter().filter(|method| demands.takes_method(*method));
    let algs = methods.map(Method::rule).flat_map(Rule::algs);
    let mut algs: Vec<Alg> = algs.filter(|alg| demands.takes_alg(*alg)).collect();
    algs.sort_unstable();
    algs.dedup();
    algs.into_iter().map(Alg::name).collect()
}

/// `dpop_signing_alg_values_supported` (RFC 9449 §5.1).
pub fn dpop_algs(demands: &Demands) -> impl Iterator<Item = &'static str> {
    crate::dpop::algs().filter(|alg| demands.takes_alg(*alg)).map(Alg::name)
}

/// `client_attestation_signing_alg_values_supported` and the same of its proofs
/// (draft-ietf-oauth-attestation-based-client-auth §9): every signature that this server verifies.
pub fn attestation_algs(demands: &Demands) -> impl Iterator<Item = &'static str> {
    dpop_algs(demands)
}

/// `response_modes_supported`.
pub fn response_modes(demands: &Demands) -> impl Iterator<Item = &'static str> {
    ResponseMode::ALL.into_iter().filter(|mode| demands.takes_response_mode(*mode)).map(ResponseMode::name)
}

/// `response_types_supported`: the code's first, and those with tokens that the environment gives.
pub fn response_types(front: FrontChannelTokens, demands: &Demands) -> impl Iterator<Item = &'static str> {
    given_types(front, demands).map(ResponseType::name)
}

fn given_types(front: FrontChannelTokens, demands: &Demands) -> impl Iterator<Item = ResponseType> {
    let given = move |kind: &ResponseType| kind.is_given(front) && demands.takes_response_type(*kind);
    ResponseType::ALL.into_iter().filter(given)
}

/// `claims_supported`: what the `claims` parameter may ask for, and what ID tokens have anyway.
pub fn claims() -> impl Iterator<Item = &'static str> {
    TOKEN_CLAIMS.into_iter().chain(PersonClaim::ALL.map(PersonClaim::name))
}

/// `code_challenge_methods_supported` (RFC 9700 §2.1.1: MUST be published).
pub const CHALLENGE_METHODS: [&str; 1] = ["S256"];
/// `scopes_supported`: those of OpenID Connect, which every environment has.
pub const SCOPES: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];
/// What tokens say of themselves and of the sign-on.
const TOKEN_CLAIMS: [&str; 11] =
    ["sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "amr", "sid", "nonce", "at_hash"];

#[cfg(test)]
mod tests;
