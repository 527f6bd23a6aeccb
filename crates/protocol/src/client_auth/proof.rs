//! Decides whether presented credentials prove a registered client (RFC 6749 §2.3, specs §2.2–2.4).

use std::sync::Arc;

use jose::digest::HmacKey;

use super::assertion;
use super::attestation;
use super::presented::Mechanism;
use super::secret::compare;
use super::workload;
use super::{Method, Presented, Rule};
use crate::change::Change;
use crate::client::Client;
use crate::confirmation::{Confirmation, Thumbprint};
use crate::dpop::Nonces;
use crate::model::{SecretPair, TrustedIssuer};
use crate::mutual_tls;
use crate::policy::{Demands, RFC9700};
use crate::refusal::{Reason, Refused};
use crate::time::Time;

/// What a client is judged by: what its request presented, and what the engine loaded for it.
///
/// A rule that needs more has a member here for it: keys that were fetched, the certificate of the connection, a proof of
/// possession. The engine fills it where it loads ([`Credentials::rule`] says for which rule).
#[derive(Clone, Copy, Debug)]
pub struct Credentials<'a> {
    pub presented: &'a Presented,
    /// The registration of the client that the request names; None when there is none.
    pub client: Option<&'a Arc<Client>>,
    /// What the client is held to, where there is one.
    pub demands: &'static Demands,
    /// For [`Rule::PrivateKey`], [`Rule::SharedKey`] and [`Rule::Workload`], which prove nothing without.
    pub expected: Option<assertion::Expected<'a>>,
    /// The issuer of the environment that the request shows a token of, or whom it trusts to attest the client.
    pub trusted: Option<&'a TrustedIssuer>,
    /// For [`Rule::Attestation`]; None where no challenge is demanded.
    pub challenges: Option<Nonces<'a>>,
    /// For [`Rule::Certificate`] and [`Rule::CertificateKey`], likewise.
    pub certificate: Option<mutual_tls::Expected<'a>>,
}

impl<'a> Credentials<'a> {
    /// What came and whose it claims to be, before anything is loaded for it.
    pub fn of(presented: &'a Presented, client: Option<&'a Arc<Client>>) -> Self {
        Self {
            presented,
            client,
            demands: &RFC9700,
            expected: None,
            trusted: None,
            challenges: None,
            certificate: None,
        }
    }

    /// The rule that will judge these credentials; None where they will be refused without one.
    pub fn rule(&self) -> Option<Rule> {
        self.client.and_then(|client| used(self.presented, client)).map(Method::rule)
    }
}

/// A client that proved itself, and what has to be remembered of the proof.
#[derive(Clone, Debug)]
pub struct Proven {
    pub client: AuthenticatedClient,
    /// Committed with whatever comes of the request, a refusal too: a proof that may be used once is used up by being
    /// shown. Empty for a secret, which stays as good as it was.
    pub changes: Vec<Change>,
    /// Whether only the compatible setting let it pass (specs D1), which is logged.
    pub compatible: bool,
    /// Which workload it is, where an issuer said so: for the event.
    pub workload: Option<String>,
}

/// Proof that client authentication took place; only [`authenticate`] makes one.
///
/// It carries the key that its request proved to hold beside that, for tokens that are bound to it (RFC 8705 §3, RFC 9449 §5).
#[derive(Clone, Debug)]
pub struct AuthenticatedClient {
    client: Arc<Client>,
    method: Method,
    confirmation: Confirmation,
    instance: Option<Thumbprint>,
}

impl AuthenticatedClient {
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// How it proved itself.
    pub fn method(&self) -> Method {
        self.method
    }

    /// What its request proved to hold: what its tokens will be bound to.
    pub fn confirmation(&self) -> &Confirmation {
        &self.confirmation
    }

    /// The key of the instance of the client, where one was attested: what its refresh tokens are bound to
    /// (draft-ietf-oauth-attestation-based-client-auth §11.3).
    pub fn instance(&self) -> Option<&Thumbprint> {
        self.instance.as_ref()
    }

    /// The same client, whose request proved to hold a key as well.
    #[must_use]
    pub fn holding(self, confirmation: Confirmation) -> Self {
        Self { confirmation, ..self }
    }

    /// Whether it proved anything at all: a public client only said its name.
    pub fn is_confidential(&self) -> bool {
        self.method.is_confidential()
    }
}

/// Compares the credentials with the registration of the client they name.
///
/// The public answer and the work are the same whatever is wrong: one keyed digest and two comparisons, against stand-ins
/// where there is no secret (CA-38). Only the explanation for the owner differs.
///
/// # Errors
/// `invalid_client`: unknown, another method than the registered ones, wrong secret or assertion, or disabled.
pub fn authenticate(credentials: &Credentials<'_>, pepper: &HmacKey, now: Time) -> Result<Proven, Refused> {
    let Credentials { presented, client, demands, expected, trusted, challenges, certificate } = *credentials;
    let none = SecretPair::default();
    let kept = client.map_or(&none, |client| &client.secrets);
    let compared = compare(presented.secret(), kept, pepper, now);

    let client = client.ok_or_else(|| unknown(presented, trusted))?;
    let method = used(presented, client).ok_or_else(|| other_method(presented, client))?;
    let (mut workload, mut instance) = (None, None);
    if !demands.takes_method(method) {
        let expected = demands.expects("private_key_jwt or a client certificate");
        return Err(Refused::new(Reason::MethodUnfit, expected, method.name()));
    }
    let (changes, compatible) = match method.rule() {
        Rule::Attestation => {
            let Mechanism::Attestation { attestation, proof, kind } = &presented.mechanism else {
                return Err(other_method(presented, client));
            };
            let both = (attestation.as_str(), proof.as_str(), *kind);
            let (changes, key) = attestation::prove(both, client, trusted, expected.as_ref(), challenges, now)?;
            instance = Some(key);
            (changes, false)
        }
        Rule::Certificate | Rule::CertificateKey => {
            mutual_tls::prove(client, certificate.as_ref(), now)?;
            (Vec::new(), false)
        }
        Rule::Name => (Vec::new(), false),
        Rule::PrivateKey | Rule::SharedKey => match &presented.mechanism {
            Mechanism::Assertion(text, _) => assertion::prove(text, client, demands, expected.as_ref(), now)?,
            Mechanism::Attestation { .. } | Mechanism::Basic(_) | Mechanism::Post(_) | Mechanism::ClientId => {
                return Err(other_method(presented, client));
            }
        },
        Rule::Secret => (compared.prove()?, false),
        Rule::Workload => {
            let Mechanism::Assertion(text, _) = &presented.mechanism else {
                return Err(other_method(presented, client));
            };
            let (changes, told) = workload::prove(presented, text, client, trusted, expected.as_ref(), now)?;
            workload = Some(told);
            (changes, false)
        }
    };
    client.may_act()?;
    let client = AuthenticatedClient { client: client.clone(), method, confirmation: Confirmation::None, instance };
    Ok(Proven { client, changes, compatible, workload })
}

fn unknown(presented: &Presented, trusted: Option<&TrustedIssuer>) -> Refused {
    // Issuers have addresses: whoever says one meant to be known by it.
    if let Some(claimed) = presented.claimed().filter(|claimed| claimed.issuer.contains("://")) {
        return claimed.unknown(trusted);
    }
    // The id may be a secret put into the wrong field, so only its length is told.
    let came =
        format!("an id of {} characters that no application of the environment has", presented.client_id().len());
    Refused::new(Reason::ClientUnknown, "the client id of an application", came)
}

/// The registered method that was used.
fn used(presented: &Presented, client: &Client) -> Option<Method> {
    let registered = &client.application.auth_methods;
    presented.methods().iter().find(|method| registered.contains(method)).copied()
}

fn other_method(presented: &Presented, client: &Client) -> Refused {
    let reason = match presented.mechanism {
        Mechanism::ClientId => Reason::CredentialsMissing,
        Mechanism::Attestation { .. } | Mechanism::Basic(_) | Mechanism::Post(_) | Mechanism::Assertion(..) => {
            Reason::MethodOther
        }
    };
    let expected = client.application.auth_methods.iter().map(|m| m.name()).collect::<Vec<_>>().join(" or ");
    Refused::new(reason, expected, presented.describe())
}
