//! Decides whether the request's proof key is there and good enough (RFC 7636 §4.4.1, RFC 9700 §2.1.1).

use crate::client::Client;
use crate::model::PkceEnforcement;
use crate::params::Params;
use crate::pkce::{Challenge, ChallengeMethod};
use crate::policy::Demands;
use crate::refusal::{Reason, Refused};

use super::ResponseType;

/// The challenge that the code of a response will be bound to, where there is one.
pub(super) fn read_for(
    kind: ResponseType,
    params: &Params,
    client: &Client,
    demands: &Demands,
) -> Result<Option<Challenge>, Refused> {
    if kind.code() { read(params, client, demands) } else { Ok(None) }
}

fn read(params: &Params, client: &Client, demands: &Demands) -> Result<Option<Challenge>, Refused> {
    let method = params.text("code_challenge_method");
    // RFC 9700 §2.1.1: a public client proves itself by its proof key alone, so it cannot go without.
    let public = !client.is_confidential();
    let required = public || demands.s256 || client.application.pkce != PkceEnforcement::Optional;
    let Some(text) = params.text("code_challenge") else {
        return match method {
            Some(_) => {
                Err(Refused::new(Reason::ChallengeMissing, "code_challenge beside its method", "the method alone"))
            }
            None if required => {
                Err(Refused::new(Reason::ChallengeMissing, demands.expects("code_challenge"), "nothing"))
            }
            None => Ok(None),
        };
    };
    let challenge = Challenge::read(text, method)
        .map_err(|error| Refused::new(Reason::ChallengeInvalid, "a well-formed code_challenge", error.to_string()))?;
    // RFC 7636 §4.3: an absent method means `plain`, which shows the verifier to whoever sees the request (RFC 9700
    // §2.1.1); a client with a secret may still be given it, as PingOne does.
    let s256_only = public || demands.s256 || client.application.pkce == PkceEnforcement::S256Required;
    if s256_only && challenge.method() != ChallengeMethod::S256 {
        let expected = demands.expects("code_challenge_method=S256");
        return Err(Refused::new(Reason::ChallengeInvalid, expected, challenge.method().name()));
    }
    Ok(Some(challenge))
}
