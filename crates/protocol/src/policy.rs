//! The server's policy: one function for each question whose answer is a setting within the limits of the security
//! recommendations (RFC 9700, RFC 10017), so that a reviewer finds every number in one place.

mod demands;
mod reach;

pub use demands::{
    Demands, FAPI, FAPI_MESSAGE_SIGNING, RFC9700, SecurityProfile, bound_alone, demands, demands_of_all, of_itself,
    security_profile,
};
pub use reach::{Own, details_at, is_of_resources, reach, reach_of_application, reach_with, scope_at, usual_lifetime};

use jose::Alg;

use crate::authorization::GrantType;
use crate::client::Client;
use crate::client_auth::Method;
use crate::model::{Environment, FrontChannelTokens, ParRequirement, Scopes, TokenProfile};
use crate::registration::RegistrationPolicy;
use crate::scope::OFFLINE_ACCESS;
use crate::time::Time;

/// How a refresh token's line lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshPolicy {
    /// Seconds that one token lives unused.
    pub idle: i64,
    /// Seconds from the sign-on until the line ends, whatever happens.
    pub absolute: i64,
    /// Seconds in which the preceding token still brings its successor.
    pub grace: i64,
    pub rotate: bool,
    /// Whether reuse revokes the line, and does not only fail.
    pub revoke_on_reuse: bool,
}

impl RefreshPolicy {
    /// The application's settings within the limits, and within what is demanded of it.
    pub fn of(client: &Client, demands: &Demands) -> Self {
        let settings = &client.application.refresh;
        let public = !client.is_confidential();
        Self {
            idle: settings.duration.max(0),
            // RFC 9700 §4.14.2, RFC 10017: a line of refresh tokens must end; PingOne's "no limit" becomes half a year.
            absolute: settings.rolling_duration.unwrap_or(LONGEST_LINE).clamp(0, LONGEST_LINE),
            grace: settings.grace.unwrap_or(0).clamp(0, LONGEST_GRACE),
            // RFC 9700 §2.2.2: a public client's refresh tokens are rotated, whatever the application says.
            // FAPI 2.0 §5.3.2.1 item 9 (specs D5): whoever proves itself each time loses nothing when it lost an answer.
            rotate: public || settings.rotate && !demands.keep_refresh_tokens,
            revoke_on_reuse: public || settings.replay_protection,
        }
    }

    /// When a token issued now ends in a line that ends at `line`.
    pub fn expiry(&self, now: Time, line: Time) -> Time {
        now.plus(self.idle).min(line)
    }
}

/// Whether an authorization with `scope` gives a refresh token: the application holds the grant, and, when it was given
/// the `offline_access` scope, the request asked for it (PingOne; OIDC Core §11).
pub fn issues_refresh_token(client: &Client, scopes: &Scopes, scope: &crate::scope::Scope) -> bool {
    let holds_offline = client
        .grants
        .iter()
        .flat_map(|grant| &grant.scopes)
        .filter_map(|id| scopes.scope(*id))
        .any(|scope| scope.name == OFFLINE_ACCESS);
    client.application.grant_types.contains(&GrantType::RefreshToken)
        && (!holds_offline || scope.contains(OFFLINE_ACCESS))
}

/// Whether a client that asks for no scope is given all it holds. Spring's clients are given none.
pub const fn grants_all_when_none_asked(profile: TokenProfile) -> bool {
    !matches!(profile, TokenProfile::Spring)
}

/// Whose layout of claims the environment's tokens have.
pub const fn token_profile(environment: &Environment) -> TokenProfile {
    environment.settings.token_profile
}

/// The domains whose metadata documents are clients of the environment.
///
/// None where a profile leaves no client without a key: metadata name such clients only together with `none`
/// (draft-ietf-oauth-client-id-metadata-document §5), and nothing is taken that they do not name.
pub fn client_domains(environment: &Environment) -> &[String] {
    if demands_of_all(environment).takes_method(Method::None) { &environment.settings.client_documents } else { &[] }
}

/// The algorithm of what is signed for a client that chooses none.
pub const fn own_alg(environment: &Environment) -> Alg {
    environment.settings.signing_alg
}

/// Whether all applications must push their authorization requests (RFC 9126 §5).
pub fn push_required(environment: &Environment) -> bool {
    environment.settings.par_requirement == ParRequirement::Required || demands_of_all(environment).push
}

/// Whether DPoP proofs need a nonce of this server's (RFC 9449 §8).
pub const fn dpop_nonces(environment: &Environment) -> bool {
    environment.settings.dpop_nonces
}

/// Whether anybody may register a client (RFC 7591).
pub fn registers_anybody(environment: &Environment) -> bool {
    environment.settings.registration == RegistrationPolicy::Open
}

/// Which tokens may come from the authorization endpoint. Where nobody said it, PingOne's environments give what its applications are
/// registered for, and the stricter profiles nothing (RFC 9700 §2.1.2, D10).
pub fn front_channel_tokens(environment: &Environment) -> FrontChannelTokens {
    environment.settings.front_channel_tokens.unwrap_or(match token_profile(environment) {
        TokenProfile::PingOne => FrontChannelTokens::All,
        TokenProfile::Rfc9068 | TokenProfile::Spring => FrontChannelTokens::None,
    })
}

/// What the ID tokens of an application are signed with: what it chose, or the environment's.
pub fn id_token_alg(client: &Client, environment: &Environment) -> Alg {
    client.application.signing.id_token.unwrap_or(environment.settings.signing_alg)
}

/// Seconds that an ID token is good for.
pub const fn id_token_seconds(environment: &Environment) -> i64 {
    environment.settings.id_token_seconds
}

/// Seconds that a client's assertion may be good for, from now on and since it was made.
pub const ASSERTION_SECONDS: i64 = 3_600;
/// Seconds that the token of a workload may be good for from now on: clusters and CI systems make them for a job or a day.
pub const WORKLOAD_SECONDS: i64 = 86_400;
/// Seconds that the proof of a client attestation may be old (draft-ietf-oauth-attestation-based-client-auth §8.2).
pub const ATTESTATION_PROOF_SECONDS: i64 = 300;
/// Seconds that a client's clock may differ (FAPI 2.0: ten must be borne, more than sixty must not; Spring's servers bear sixty).
pub const ASSERTION_SKEW: i64 = 60;
/// Seconds that a DPoP proof may be old, or ahead of this server's clock (RFC 9449 §11.1: "limited to a short period"; FAPI 2.0 as above).
pub const PROOF_SECONDS: i64 = 60;
/// Seconds in which the nonce for DPoP proofs is another one. The one before is taken as well, and on a server whose clock is ahead
/// the next one is given out already (RFC 9449 §8.2).
pub const NONCE_SECONDS: i64 = 120;
/// Seconds that a signed authorization response is good for (JARM §2.1: "a maximum JWT lifetime of 10 minutes is RECOMMENDED").
pub const RESPONSE_SECONDS: i64 = 300;
/// Seconds that an authorization code lives (FAPI 2.0: at most 60).
pub const CODE_SECONDS: i64 = 60;
/// Seconds that a request object may be good for, and old (FAPI 2.0 Message Signing §5.3.1).
pub const REQUEST_OBJECT_SECONDS: i64 = 3_600;
/// Seconds that the clock of whoever made one may differ, as for assertions.
pub const REQUEST_OBJECT_SKEW: i64 = ASSERTION_SKEW;
/// Seconds that a pushed request waits for its browser, unless the application says otherwise (PingOne's; FAPI 2.0: less than 600).
pub const PUSHED_SECONDS: i64 = 60;
/// How often a superseded refresh token is answered in a family's life: without a bound a thief could follow unseen (D6).
pub const GRACE_REPLAYS: i64 = 1;

const LONGEST_GRACE: i64 = 60;
const LONGEST_LINE: i64 = 180 * 24 * 60 * 60;

#[cfg(test)]
mod tests;
