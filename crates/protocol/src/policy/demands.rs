//! What a security profile demands: one table, a row a profile. Whoever refuses for it says whose profile it is ([`Demands::why`]).
//!
//! FAPI 2.0 Security Profile (final, February 2025) and FAPI 2.0 Message Signing (final, September 2025). What every profile here
//! demands is in no row: `iss` in responses, codes of a minute, clocks that differ by a minute at most, RSA keys of 2048 bits or more
//! (FAPI 2.0 §5.3.2.2, §5.4.1), and that nobody is redirected to an address that is not registered.

use jose::Alg;

use crate::authorize::{ResponseMode, ResponseType};
use crate::client_auth::{Method, Rule};
use crate::model::{Application, ApplicationType, Environment, ParRequirement};
use crate::names::names;
use crate::refusal::{Reason, Refused};
use crate::uri::is_loopback;

names! {
    /// Which recommendations an environment holds its applications to.
    #[derive(Default)]
    pub enum SecurityProfile {
        /// The Best Current Practice (RFC 9700) as far as the applications' own settings do not loosen it.
        #[default]
        Rfc9700 = "RFC9700",
        /// FAPI 2.0 Security Profile.
        Fapi = "FAPI",
        /// The same with FAPI 2.0 Message Signing.
        FapiMessageSigning = "FAPI_MESSAGE_SIGNING",
    }
}

/// A row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demands {
    /// Who demands it, for the owner of a refused application.
    pub why: &'static str,
    /// Requests are pushed by clients that authenticate (FAPI 2.0 §5.3.2.2 items 2 and 3).
    pub push: bool,
    /// `code_challenge_method=S256` (item 5).
    pub s256: bool,
    /// `response_type=code` and a redirection URI, which nothing but a redirect answers (items 1 and 6).
    pub code_alone: bool,
    /// Whole redirection URIs with https, or of the loopback interface for native applications (items 8 and 9; specs D4).
    pub web_redirects: bool,
    /// Confidential clients, by mutual TLS or `private_key_jwt` (§5.3.2.1 items 1 and 6).
    pub keys_alone: bool,
    /// `aud` of assertions is the issuer as one text (item 8), whatever `assertionAudience` says.
    pub audience_is_issuer: bool,
    /// Access tokens are bound to a key of the client's (items 4 and 5).
    pub bound_tokens: bool,
    /// The refresh tokens of confidential clients stay as they are (item 9).
    pub keep_refresh_tokens: bool,
    /// Seconds that a pushed request may wait at most (§5.3.2.2 item 12: less than 600).
    pub longest_push: i64,
    /// What is signed here and what is taken; empty: whatever jose can (§5.4.1). The first is what this server signs with where nothing else is chosen.
    pub algs: &'static [Alg],
    /// Requests come as signed objects (Message Signing §5.3.1 item 1).
    pub signed_requests: bool,
    /// These say from when and until when, no older and no longer than an hour (items 3 and 4), whatever `requestObjectTimes` says.
    pub request_times: bool,
    /// Responses are signed (JARM; Message Signing §5.4.1).
    pub signed_responses: bool,
}

/// RFC 9700 and the applications' own settings.
pub const RFC9700: Demands = Demands {
    why: "",
    push: false,
    s256: false,
    code_alone: false,
    web_redirects: false,
    keys_alone: false,
    audience_is_issuer: false,
    bound_tokens: false,
    keep_refresh_tokens: false,
    longest_push: 600,
    algs: &[],
    signed_requests: false,
    request_times: false,
    signed_responses: false,
};

pub const FAPI: Demands = Demands {
    why: "securityProfile of the environment is FAPI",
    push: true,
    s256: true,
    code_alone: true,
    web_redirects: true,
    keys_alone: true,
    audience_is_issuer: true,
    bound_tokens: true,
    keep_refresh_tokens: true,
    longest_push: 599,
    algs: &[Alg::Es256, Alg::Ps256, Alg::EdDsa, Alg::Ed25519],
    ..RFC9700
};

pub const FAPI_MESSAGE_SIGNING: Demands = Demands {
    why: "securityProfile of the environment is FAPI_MESSAGE_SIGNING",
    signed_requests: true,
    request_times: true,
    signed_responses: true,
    ..FAPI
};

/// An application that took on by its own settings what the profile is known by is held to the rest of it as well, in an environment
/// that demands less (ADR 0036).
const FAPI_OF_APPLICATION: Demands = Demands {
    why: "an application that must push, is given bound tokens alone and proves itself by keys is held to FAPI 2.0",
    ..FAPI
};

const SIGNING_OF_APPLICATION: Demands = Demands {
    why: "an application that must push and sign its requests, is given bound tokens alone and proves itself by keys is held to \
          FAPI 2.0 Message Signing",
    signed_responses: false,
    ..FAPI_MESSAGE_SIGNING
};

/// Which profile an environment has.
pub const fn security_profile(environment: &Environment) -> SecurityProfile {
    environment.settings.security_profile
}

/// What the environment demands of all its applications: what its metadata says.
pub const fn demands_of_all(environment: &Environment) -> &'static Demands {
    match environment.settings.security_profile {
        SecurityProfile::Rfc9700 => &RFC9700,
        SecurityProfile::Fapi => &FAPI,
        SecurityProfile::FapiMessageSigning => &FAPI_MESSAGE_SIGNING,
    }
}

/// What is demanded of one application: by its environment, or, where that is more, by its own settings.
pub fn demands(environment: &Environment, application: &Application) -> &'static Demands {
    let signs = application.request_object.require_signed == Some(true);
    match environment.settings.security_profile {
        SecurityProfile::FapiMessageSigning => &FAPI_MESSAGE_SIGNING,
        SecurityProfile::Fapi if signs => &SIGNING_OF_APPLICATION,
        SecurityProfile::Fapi => &FAPI,
        SecurityProfile::Rfc9700 => of_itself(application),
    }
}

/// What an application's own settings come to.
pub fn of_itself(application: &Application) -> &'static Demands {
    let pushes = application.par.requirement == Some(ParRequirement::Required);
    let methods = &application.auth_methods;
    let by_keys = !methods.is_empty() && methods.iter().all(|method| is_by_keys(*method));
    match (pushes && by_keys && bound_alone(application), application.request_object.require_signed) {
        (false, _) => &RFC9700,
        (true, Some(true)) => &SIGNING_OF_APPLICATION,
        (true, Some(false) | None) => &FAPI_OF_APPLICATION,
    }
}

/// Whether an application is given none but bound tokens, by its own settings.
pub const fn bound_alone(application: &Application) -> bool {
    application.dpop_bound || application.certificate_bound
}

/// Whether a method proves the possession of a key pair (FAPI 2.0 §5.3.2.1 item 6).
const fn is_by_keys(method: Method) -> bool {
    match method.rule() {
        Rule::Certificate | Rule::CertificateKey | Rule::PrivateKey => true,
        Rule::Attestation | Rule::Name | Rule::Secret | Rule::SharedKey | Rule::Workload => false,
    }
}

impl Demands {
    pub fn takes_method(&self, method: Method) -> bool {
        !self.keys_alone || is_by_keys(method)
    }

    pub fn takes_alg(&self, alg: Alg) -> bool {
        self.algs.is_empty() || self.algs.contains(&alg)
    }

    pub fn takes_response_type(&self, response_type: ResponseType) -> bool {
        !self.code_alone || response_type == ResponseType::Code
    }

    pub fn takes_response_mode(&self, mode: ResponseMode) -> bool {
        let redirects = !self.code_alone || mode != ResponseMode::PiFlow;
        redirects && (!self.signed_responses || mode.is_signed())
    }

    /// Whether a response may be sent there. Nothing is sent unencrypted, but within the machine of a native application (RFC 8252 §7.3),
    /// and nothing to a scheme that another application may have taken.
    pub fn takes_redirect(&self, uri: &str, kind: ApplicationType) -> bool {
        !self.web_redirects || uri.starts_with("https://") || kind == ApplicationType::NativeApp && is_loopback(uri)
    }

    /// The algorithm that is used where `chosen` is not, or nothing is: None, the environment's own.
    pub fn signs_with(&self, chosen: Option<Alg>, own: Alg) -> Option<Alg> {
        match chosen.filter(|alg| self.takes_alg(*alg)) {
            None if self.takes_alg(own) => None,
            None => self.algs.first().copied(),
            chosen => chosen,
        }
    }

    /// What is expected, and who expects it.
    pub fn expects(&self, what: &str) -> String {
        if self.why.is_empty() { what.to_owned() } else { format!("{what}: {}", self.why) }
    }

    /// Whether what was signed with `alg` may be taken.
    ///
    /// # Errors
    /// `reason`.
    pub fn judge_alg(&self, alg: Alg, reason: Reason) -> Result<(), Refused> {
        if self.takes_alg(alg) {
            return Ok(());
        }
        let names = self.algs.iter().map(|alg| alg.name()).collect::<Vec<_>>().join(", ");
        Err(Refused::new(reason, self.expects(&format!("alg: {names}")), format!("alg: {}", alg.name())))
    }
}

#[cfg(test)]
mod tests;
