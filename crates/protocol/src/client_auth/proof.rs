//! Decides whether presented credentials prove a registered client (RFC 6749 §2.3, specs §2.2–2.4).

use std::sync::Arc;

use jose::digest::HmacKey;

use super::assertion;
use super::presented::Mechanism;
use super::secret::compare;
use super::{Method, Presented, Rule};
use crate::change::Change;
use crate::client::Client;
use crate::confirmation::Confirmation;
use crate::model::SecretPair;
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
    /// For [`Rule::PrivateKey`] and [`Rule::SharedKey`], which prove nothing without.
    pub expected: Option<assertion::Expected<'a>>,
}

impl<'a> Credentials<'a> {
    /// What came and whose it claims to be, before anything is loaded for it.
    pub fn of(presented: &'a Presented, client: Option<&'a Arc<Client>>) -> Self {
        Self { presented, client, expected: None }
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
}

/// Proof that client authentication took place; only [`authenticate`] makes one.
///
/// It carries the key that its request proved to hold beside that, for tokens that are bound to it (RFC 8705 §3, RFC 9449 §5).
#[derive(Clone, Debug)]
pub struct AuthenticatedClient {
    client: Arc<Client>,
    method: Method,
    confirmation: Confirmation,
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
    let Credentials { presented, client, expected } = *credentials;
    let none = SecretPair::default();
    let kept = client.map_or(&none, |client| &client.secrets);
    let compared = compare(presented.secret(), kept, pepper, now);

    let client = client.ok_or_else(|| unknown(presented))?;
    let method = used(presented, client).ok_or_else(|| other_method(presented, client))?;
    let (changes, compatible) = match method.rule() {
        Rule::Name => (Vec::new(), false),
        Rule::PrivateKey | Rule::SharedKey => match &presented.mechanism {
            Mechanism::Assertion(text, _) => assertion::prove(text, client, expected.as_ref(), now)?,
            Mechanism::Basic(_) | Mechanism::Post(_) | Mechanism::ClientId => {
                return Err(other_method(presented, client));
            }
        },
        Rule::Secret => (compared.prove()?, false),
    };
    client.may_act()?;
    let client = AuthenticatedClient { client: client.clone(), method, confirmation: Confirmation::None };
    Ok(Proven { client, changes, compatible })
}

fn unknown(presented: &Presented) -> Refused {
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
        Mechanism::Basic(_) | Mechanism::Post(_) | Mechanism::Assertion(..) => Reason::MethodOther,
    };
    let expected = client.application.auth_methods.iter().map(|m| m.name()).collect::<Vec<_>>().join(" or ");
    Refused::new(reason, expected, presented.describe())
}
