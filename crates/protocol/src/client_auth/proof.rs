//! Decides whether presented credentials prove a registered client (RFC 6749 §2.3, specs §2.2–2.4).

use std::sync::Arc;

use jose::digest::HmacKey;

use super::Method;
use super::presented::{Mechanism, Presented};
use crate::client::Client;
use crate::model::{ClientSecret, SecretPair};
use crate::refusal::{Reason, Refused};
use crate::secret::SecretDigest;
use crate::time::Time;

/// Proof that client authentication took place; only [`authenticate`] makes one.
#[derive(Clone, Debug)]
pub struct AuthenticatedClient {
    client: Arc<Client>,
    method: Method,
}

impl AuthenticatedClient {
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// How it proved itself.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Whether it proved anything at all: a public client only said its name.
    pub fn is_confidential(&self) -> bool {
        self.method.is_confidential()
    }
}

/// Compares the credentials with the registration of the client they name; None when there is no such client.
///
/// The public answer and the work are the same whatever is wrong: one keyed digest and two comparisons, against stand-ins
/// where there is no secret (CA-38). Only the explanation for the owner differs.
///
/// # Errors
/// `invalid_client`: unknown, another method than the registered ones, wrong secret, disabled, or a method that is
/// registered but not available yet.
pub fn authenticate(
    presented: &Presented,
    client: Option<&Arc<Client>>,
    pepper: &HmacKey,
    now: Time,
) -> Result<AuthenticatedClient, Refused> {
    let sent = match &presented.mechanism {
        Mechanism::Basic(secret) => secret.as_ref().map(|s| s.as_str()),
        Mechanism::Post(secret) => Some(secret.as_str()),
        Mechanism::Assertion | Mechanism::ClientId => None,
    };
    let none = SecretPair::default();
    let kept = client.map_or(&none, |client| &client.secrets);
    let compared = compare(sent, kept, pepper, now);

    let client = client.ok_or_else(|| unknown(presented))?;
    let method = registered(presented, client)?;
    if method.is_confidential() && !compared.proves() {
        return Err(wrong_secret(sent, kept, compared));
    }
    if !client.application.enabled {
        return Err(Refused::new(
            Reason::ApplicationDisabled,
            "an enabled application",
            client.application.name.as_str(),
        ));
    }
    Ok(AuthenticatedClient { client: client.clone(), method })
}

fn unknown(presented: &Presented) -> Refused {
    // The id may be a secret put into the wrong field, so only its length is told.
    let came =
        format!("an id of {} characters that no application of the environment has", presented.client_id().len());
    Refused::new(Reason::ClientUnknown, "the client id of an application", came)
}

/// The registered method that was used.
fn registered(presented: &Presented, client: &Client) -> Result<Method, Refused> {
    let methods = &client.application.auth_methods;
    if let Some(method) = presented.method().filter(|method| methods.contains(method)) {
        return Ok(method);
    }
    let expected = methods.iter().map(|m| m.name()).collect::<Vec<_>>().join(" or ");
    let by_assertion = |m: &Method| matches!(m, Method::ClientSecretJwt | Method::PrivateKeyJwt);
    let reason = match presented.mechanism {
        Mechanism::Assertion if methods.iter().any(by_assertion) => Reason::MethodNotAvailable,
        Mechanism::ClientId => Reason::CredentialsMissing,
        _ => Reason::MethodOther,
    };
    Err(Refused::new(reason, expected, presented.describe()))
}

/// What the sent secret is, found by the same work whatever it is.
#[derive(Clone, Copy)]
struct Compared {
    is_current: bool,
    is_previous: bool,
    previous_lives: bool,
}

impl Compared {
    const fn proves(self) -> bool {
        self.is_current || (self.is_previous && self.previous_lives)
    }
}

/// Both secrets are always compared, and something is compared where there is none.
fn compare(sent: Option<&str>, kept: &SecretPair, pepper: &HmacKey, now: Time) -> Compared {
    let digest = SecretDigest::of(pepper, sent.unwrap_or_default());
    // An empty secret is an omitted one, and never authenticates (RFC 6749 §2.3.1).
    let is_sent = sent.is_some_and(|secret| !secret.is_empty());
    let matches = |secret: Option<&ClientSecret>| {
        let stand_in = SecretDigest::from_stored([0; 32]);
        digest.matches(secret.map_or(&stand_in, |s| &s.digest)) & secret.is_some() & is_sent
    };
    let previous = kept.previous.as_ref();
    Compared {
        is_current: matches(kept.current.as_ref()),
        is_previous: matches(previous),
        previous_lives: previous.and_then(|p| p.expires_at).is_some_and(|end| now < end),
    }
}

fn wrong_secret(sent: Option<&str>, kept: &SecretPair, compared: Compared) -> Refused {
    if sent.is_none() {
        let expected = "a form-encoded secret (RFC 6749 App. B)";
        return Refused::new(Reason::CredentialsMalformed, expected, "none or malformed");
    }
    let came = match (kept.current.is_some(), compared.is_previous) {
        (false, _) => "a secret for an application that has none",
        (_, true) => "the previous secret, which has expired",
        _ => "another secret",
    };
    Refused::new(Reason::SecretWrong, "the application's secret", came)
}
