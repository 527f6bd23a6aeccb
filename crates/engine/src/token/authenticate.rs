//! Client authentication of token, introspection, revocation and pushed requests, the same for all (RFC 6749 §2.3, RFC 7662 §2.1,
//! RFC 7009 §2.1, RFC 9126 §2).

use std::sync::Arc;

use jose::{Authority, Jwks};
use protocol::audit::{Actor, Kind, Target};
use protocol::client::Client;
use protocol::client_auth::{
    Asserted, AuthenticatedClient, Credentials, Expected, Keys, Presented, Proven, Rule, authenticate,
};
use protocol::model::{ClientSecret, RegisteredKeys, TrustedIssuer};
use protocol::mutual_tls::{self, Against};
use protocol::policy::{Demands, RFC9700};
use protocol::refusal::{Reason, Refused};
use protocol::secret::Secret;

use super::Form;
use crate::call::{Call, Stop};
use crate::controls::forced;
use crate::failure::Fault;
use crate::fetch::{self, KeySet, Wanted};
use crate::site::Endpoint;

impl Call<'_> {
    /// The client that the request to `endpoint` proves to come from.
    ///
    /// # Errors
    /// `invalid_client`, or 429 for whoever failed too often before: only now is it known that this is one failure more. The event
    /// still names the application that the request claimed.
    pub(crate) async fn authenticate(&mut self, form: &Form, endpoint: Endpoint) -> Result<AuthenticatedClient, Stop> {
        let presented = &form.presented;
        // A request that is decided again is authenticated again: what the first proof left lost its guard. Only then is the store
        // asked whether it was used before: the guard itself asks when it is committed.
        let again = !std::mem::take(&mut self.changes).is_empty();
        let tenant = self.at.tenant.clone();
        let trusted = presented.trusted(&tenant.trusted_issuers);
        let named = self.named(presented, trusted.first().copied()).await?;
        let client_id = named.as_deref().unwrap_or(presented.client_id());
        let asked = Asked { presented, certificate: &form.certificate, endpoint, again, trusted };
        // RFC 7662 §2.1: a resource asks about tokens, and nothing else.
        let resource = tenant.scopes.client(client_id).filter(|_| endpoint == Endpoint::Introspect);
        let mut client = match resource {
            Some(resource) => tenant.kept_resource(resource),
            None => tenant.kept_client(client_id),
        };
        let mut proven = self.judge(&asked, client.as_ref()).await?;
        if proven.is_err() {
            // This node may not have read the client yet, or another may have rotated the secret a moment ago. Of a known
            // client and of an unknown one the store is asked the same (CA-38).
            let newer = match resource {
                Some(resource) => tenant.newer_resource(self.app, resource).await?,
                None => tenant.newer_client(self.app, client_id).await?,
            };
            if newer.is_some() {
                proven = self.judge(&asked, newer.as_ref()).await?;
                client = newer;
            }
        }
        match resource {
            Some(resource) => self.event.target = Some(Target { kind: Kind::Resource, id: resource.id.uuid() }),
            None => self.event.application = client.as_ref().map(|client| client.application.id),
        }
        if let Some(client) = &client {
            crate::noted::client(&client.application.client_id);
        }
        forced::proven()?;
        let Proven { client, changes, compatible, workload } = proven.map_err(|refused| match form.wait {
            None => refused,
            Some(_) => Refused {
                retry_after: form.wait,
                ..Refused::new(Reason::RateLimited, "fewer failures", "too many from this address")
            },
        })?;
        if compatible {
            let client_id = &client.client().application.client_id;
            tracing::info!(client_id, ?endpoint, "the audience of an assertion is not the issuer alone (RFC 10070)");
        }
        self.changes = changes;
        self.event.note = workload;
        // RFC 6749 §2.1: a public client is named and not proven, and anybody may name it (F8).
        self.event.actor = Actor::Anonymous;
        // A resource acts in nobody's name: the event is about it.
        if resource.is_none() {
            self.event.application = Some(client.client().application.id);
            if client.is_confidential() {
                self.acts(&client);
            }
        }
        Ok(forced::decided().map(|()| client)?)
    }

    /// The id of the client that a workload is, where its request does not say one: the first that its issuer's names mean.
    async fn named(&self, presented: &Presented, trusted: Option<&TrustedIssuer>) -> Result<Option<String>, Stop> {
        let (None, Some(claimed), Some(trusted)) = (presented.named(), presented.claimed(), trusted) else {
            return Ok(None);
        };
        for application in trusted.applications(&claimed.subject) {
            // One that was deleted leaves its name behind.
            if let Some(client) = self.at.tenant.client_of(self.app, application).await? {
                return Ok(Some(client.application.client_id.clone()));
            }
        }
        Ok(None)
    }

    /// What is demanded of a client here.
    pub(crate) fn demands(&self, client: &Client) -> &'static Demands {
        protocol::policy::demands(&self.at.tenant.environment, &client.application)
    }

    /// The request is the client's own: it proved who it is, or showed what only it was given.
    pub(crate) fn acts(&mut self, client: &AuthenticatedClient) {
        self.event.actor = Actor::Application(client.client().application.id);
    }
}

/// What is to be judged.
struct Asked<'a> {
    presented: &'a Presented,
    certificate: &'a mutual_tls::Sent,
    endpoint: Endpoint,
    /// What it left lost its guard a moment ago.
    again: bool,
    /// Whose word it may be.
    trusted: Vec<&'a TrustedIssuer>,
}

/// What the rule of the client's method compares with, beyond the registration.
enum Facts {
    /// The registration holds all that is needed.
    None,
    Authorities(Arc<[Authority]>),
    Certificates(KeySet),
    Public(KeySet),
    Shared(Vec<Secret>),
}

impl Facts {
    /// What a certificate is judged by.
    fn against(&self) -> Option<Against<'_>> {
        match self {
            Self::Authorities(authorities) => Some(Against::Authorities(authorities)),
            Self::Certificates(keys) => Some(Against::Keys(keys.as_ref().as_ref().map_err(String::as_str))),
            Self::None | Self::Public(_) | Self::Shared(_) => None,
        }
    }

    /// What an assertion is verified with.
    fn keys(&self) -> Option<Keys<'_>> {
        match self {
            Self::None | Self::Authorities(_) | Self::Certificates(_) => None,
            Self::Public(keys) => Some(Keys::Public(keys.as_ref().as_ref().map_err(String::as_str))),
            Self::Shared(secrets) => Some(Keys::Shared(secrets)),
        }
    }
}

impl Call<'_> {
    /// Loads what the client's rule needs and lets it judge.
    async fn judge(&self, asked: &Asked<'_>, client: Option<&Arc<Client>>) -> Result<Result<Proven, Refused>, Stop> {
        let mut credentials = Credentials {
            demands: client.map_or(&RFC9700, |client| self.demands(client)),
            trusted: asked.trusted.first().copied(),
            challenges: Some(self.app.attestation_challenges(self.environment(), self.ctx.now)),
            ..Credentials::of(asked.presented, client)
        };
        let facts = match (credentials.rule(), client, asked.presented.assertion()) {
            (Some(Rule::PrivateKey), Some(client), Some(asserted)) => {
                Facts::Public(self.keys(&asserted, &client.application.keys).await)
            }
            (Some(Rule::SharedKey), Some(client), Some(_)) => Facts::Shared(self.secrets(client)?),
            (Some(Rule::Attestation | Rule::Workload), Some(_), Some(asserted)) => {
                match self.believed(&asserted, &asked.trusted).await {
                    Some((trusted, keys)) => {
                        credentials.trusted = Some(trusted);
                        Facts::Public(keys)
                    }
                    None => Facts::None,
                }
            }
            (Some(Rule::Certificate), ..) => {
                Facts::Authorities(self.at.tenant.environment.settings.client_authorities.read())
            }
            (Some(Rule::CertificateKey), Some(client), _) => {
                Facts::Certificates(self.certificates(asked.certificate, &client.application.keys).await)
            }
            (
                Some(
                    Rule::Attestation
                    | Rule::CertificateKey
                    | Rule::Name
                    | Rule::Secret
                    | Rule::PrivateKey
                    | Rule::SharedKey
                    | Rule::Workload,
                )
                | None,
                ..,
            ) => Facts::None,
        };
        let certificate = facts.against().map(|against| mutual_tls::Expected { sent: asked.certificate, against });
        let credentials = Credentials { certificate, ..credentials };
        let Some(keys) = facts.keys() else {
            return Ok(authenticate(&credentials, self.app.pepper(), self.ctx.now));
        };
        let site = self.at.site;
        let endpoints = [site.url(Endpoint::Token), site.url(asked.endpoint)];
        let endpoints = if asked.endpoint == Endpoint::Token { &endpoints[..1] } else { &endpoints[..] };
        let used = asked.again && self.was_used(asked.presented, client).await?;
        let expected = Some(Expected { issuer: &site.issuer, endpoints, keys, used });
        Ok(authenticate(&Credentials { expected, ..credentials }, self.app.pepper(), self.ctx.now))
    }

    /// Of those whose word it may be the first that has its key, else the last of them, and their keys.
    async fn believed<'t>(
        &self,
        asserted: &Asserted<'_>,
        trusted: &[&'t TrustedIssuer],
    ) -> Option<(&'t TrustedIssuer, KeySet)> {
        let mut last = None;
        for one in trusted {
            let keys = self.keys(asserted, &one.keys).await;
            let found = keys.as_ref().as_ref().is_ok_and(|keys| !asserted.lacks_key(keys));
            last = Some((*one, keys));
            if found {
                break;
            }
        }
        last
    }

    async fn was_used(&self, presented: &Presented, client: Option<&Arc<Client>>) -> Result<bool, Stop> {
        let Some((hash, client)) = presented.used_as().zip(client) else { return Ok(false) };
        Ok(self.app.store.assertion_used(self.environment(), client.application.id, hash).await?)
    }

    /// The secrets that live, as text: a MAC is made with them and not with their digests.
    ///
    /// # Errors
    /// One does not open under the master key: the client is not at fault, and is not refused for it.
    pub(crate) fn secrets(&self, client: &Client) -> Result<Vec<Secret>, Fault> {
        let current = client.secrets.current.as_ref();
        let previous = client.secrets.previous.as_ref().filter(|s| s.expires_at.is_some_and(|end| self.ctx.now < end));
        let reveal = |secret: &ClientSecret| {
            let text = secret.reveal(self.app.seal(), self.environment(), client.application.id);
            text.ok_or_else(|| {
                tracing::error!(application = %client.application.id, "a client secret does not open under the master key");
                Fault::Unavailable
            })
        };
        current.into_iter().chain(previous).map(reveal).collect()
    }

    /// The client's keys as they are registered, or published at the address that is. What was parsed once is not parsed again.
    pub(crate) async fn keys(&self, asserted: &Asserted<'_>, registered: &RegisteredKeys) -> KeySet {
        self.keys_with(registered, |keys| !asserted.lacks_key(keys)).await
    }

    /// The same, for a certificate that one of the keys must be of.
    async fn certificates(&self, sent: &mutual_tls::Sent, registered: &RegisteredKeys) -> KeySet {
        self.keys_with(registered, |keys| mutual_tls::is_registered(sent, keys)).await
    }

    /// Those that have what `has` looks for, or else the newest.
    async fn keys_with(&self, registered: &RegisteredKeys, has: impl Fn(&Jwks) -> bool) -> KeySet {
        let has = |keys: &KeySet| keys.as_ref().as_ref().is_ok_and(&has);
        let own = registered.own();
        let Some(url) = registered.jwks_url() else {
            return if registered.is_empty() { Arc::new(Err("an application without keys".to_owned())) } else { own };
        };
        // A certificate that is registered needs nobody's answer.
        if has(&own) {
            return own;
        }
        let kept = self.fetch(url, Wanted::Kept).await;
        // OIDC Core §10.1.1: a key id that is not known is the sign to look again.
        // Likewise a set that could not be read or had: it may be mended since, and is asked for once a minute at most.
        if has(&kept) { kept } else { self.fetch(url, Wanted::Newer).await }
    }

    async fn fetch(&self, url: &str, wanted: Wanted) -> KeySet {
        match self.app.outgoing.document(self.environment(), url, KEY_SET, wanted).await {
            Ok(document) => document.keys(),
            Err(unfetched) => Arc::new(Err(unfetched.to_string())),
        }
    }
}

/// RFC 7517 §8.5; many publish it as plain JSON.
const KEY_SET: fetch::Expected =
    fetch::Expected { media: &["application/json", "application/jwk-set+json"], largest: 64 * 1024, withdrawn: false };
