//! The proof of possession of a token request (RFC 9449 §5), and the certificate that its tokens will be bound to (RFC 8705 §3): looked
//! at after client authentication. A proof is used up by what is granted.

use protocol::change::Change;
use protocol::client_auth::{AuthenticatedClient, Method};
use protocol::confirmation::Confirmation;
use protocol::dpop::{Expected, Proof, Sent, at_token_endpoint, used, where_shown};
use protocol::mutual_tls;
use protocol::refusal::{Reason, Refused};

use super::Form;
use crate::call::{Call, Stop};
use crate::site::Endpoint;

/// The proof of one attempt.
pub(super) struct Shown {
    /// Whether the request was decided before, and lost a guard.
    pub(super) again: bool,
    /// What makes it the only use, where there was one.
    pub(super) used: Option<Change>,
}

impl Call<'_> {
    /// The client with what its request proves to hold, which its tokens will be bound to. The commit of the grant decides whether
    /// the proof was used before: only a request that lost a guard asks.
    ///
    /// # Errors
    /// As [`mutual_tls::at_token_endpoint`] and [`at_token_endpoint`]; `invalid_dpop_proof` for one that was used.
    pub(super) async fn possession(
        &self,
        form: &Form,
        client: AuthenticatedClient,
        shown: &mut Shown,
    ) -> Result<AuthenticatedClient, Stop> {
        let x5t = mutual_tls::at_token_endpoint(client.client(), &form.certificate)?;
        let judge = |expected: &Expected<'_>| at_token_endpoint(client.client(), &form.dpop, expected);
        let demands = self.demands(client.client());
        let proof = self.proof((Endpoint::Token, &client), shown.again, judge).await?;
        match &proof {
            Some(proof) => demands.judge_alg(proof.alg(), Reason::DpopProofInvalid)?,
            None if demands.bound_tokens && x5t.is_none() => {
                let expected =
                    demands.expects("a DPoP proof in the header DPoP, or a certificate that tokens are bound to");
                return Err(Refused::new(Reason::DpopProofMissing, expected, "none").into());
            }
            None => {}
        }
        shown.used = proof.as_ref().map(|proof| proof.single_use(self.environment()));
        let jkt = proof.and_then(|proof| proof.confirmation().jkt().cloned());
        Ok(client.holding(Confirmation::to(jkt, x5t)))
    }

    /// The proof that a request was pushed with, where one was: its code will be bound to the key (RFC 9449 §10.1).
    ///
    /// # Errors
    /// As for a token request.
    pub(crate) async fn pushed_with(
        &self,
        form: &Form,
        client: &AuthenticatedClient,
        again: bool,
    ) -> Result<Option<Proof>, Stop> {
        self.proof((Endpoint::Par, client), again, |expected| where_shown(&form.dpop, expected)).await
    }

    async fn proof(
        &self,
        (endpoint, client): (Endpoint, &AuthenticatedClient),
        again: bool,
        judge: impl FnOnce(&Expected<'_>) -> Result<Option<Proof>, Refused>,
    ) -> Result<Option<Proof>, Stop> {
        let url = self.at.site.url(endpoint);
        let nonces = self.app.dpop_nonces(&self.at.tenant, self.ctx.now);
        // Where the proof proved the client, it had a challenge for its nonce.
        let nonces = nonces.filter(|_| client.method() != Method::AttestJwtClientAuthDpop);
        let expected = Expected { method: "POST", url: &url, access_token: None, nonces, now: self.ctx.now };
        let Some(proof) = judge(&expected)? else { return Ok(None) };
        if again && self.app.store.proof_used(self.environment(), proof.hash()).await? {
            return Err(used().into());
        }
        Ok(Some(proof))
    }

    /// What the next proof has to have, for whoever showed one.
    pub(crate) fn next_nonce(&self, shown: &Confirmation) -> Option<String> {
        shown.jkt()?;
        self.app.dpop_nonces(&self.at.tenant, self.ctx.now).map(|nonces| nonces.current())
    }
}

impl Form {
    /// The key that the request says that it holds, in the same words whichever proof says so, and the certificate that it shows.
    pub(super) fn key(&self) -> String {
        let key = match &self.dpop {
            Sent::None => String::new(),
            sent => sent.key().map_or_else(|| "?".to_owned(), |key| key.as_str().to_owned()),
        };
        match self.certificate.thumbprint() {
            Some(certificate) => format!("{key} {}", certificate.as_str()),
            None => key,
        }
    }
}
