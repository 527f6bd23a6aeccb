//! The proof of possession of a token request (RFC 9449 §5): looked at after client authentication, and used up by what is granted.

use protocol::client_auth::AuthenticatedClient;
use protocol::confirmation::Confirmation;
use protocol::dpop::{Expected, Proof, Sent, at_token_endpoint, used};

use super::Form;
use crate::call::{Call, Stop};
use crate::site::Endpoint;

impl Call<'_> {
    /// The proof that the request's tokens will be bound by; None where they are bound to nothing. The commit of the grant decides
    /// whether it was used before: only a request that lost a guard asks.
    ///
    /// # Errors
    /// As [`at_token_endpoint`]; `invalid_dpop_proof` for one that was used.
    pub(super) async fn possession(
        &self,
        form: &Form,
        client: &AuthenticatedClient,
        again: bool,
    ) -> Result<Option<Proof>, Stop> {
        let url = self.at.site.url(Endpoint::Token);
        let nonces = self.app.dpop_nonces(&self.at.tenant, self.ctx.now);
        let expected = Expected { method: "POST", url: &url, access_token: None, nonces, now: self.ctx.now };
        let proof = at_token_endpoint(client.client(), &form.dpop, &expected)?;
        if let (true, Some(proof)) = (again, &proof)
            && self.app.store.proof_used(self.environment(), proof.hash()).await?
        {
            return Err(used().into());
        }
        Ok(proof)
    }

    /// What the next proof has to have, for whoever showed one.
    pub(super) fn next_nonce(&self, shown: &Confirmation) -> Option<String> {
        match shown {
            Confirmation::None => None,
            Confirmation::Jkt(_) => self.app.dpop_nonces(&self.at.tenant, self.ctx.now).map(|nonces| nonces.current()),
        }
    }
}

impl Form {
    /// The key that the request says that it holds, in the same words whichever proof says so.
    pub(super) fn key(&self) -> String {
        match &self.dpop {
            Sent::None => String::new(),
            sent => sent.key().map_or_else(|| "?".to_owned(), |key| key.as_str().to_owned()),
        }
    }
}
