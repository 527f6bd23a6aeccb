//! Client authentication of token, introspection and revocation, the same for all three (RFC 6749 §2.3, RFC 7662 §2.1,
//! RFC 7009 §2.1).

use std::sync::Arc;

use protocol::audit::Actor;
use protocol::client::Client;
use protocol::client_auth::{AuthenticatedClient, Credentials, Presented, Proven, Rule, authenticate};

use crate::call::{Call, Stop};

impl Call<'_> {
    /// The client that the request proves to come from.
    ///
    /// # Errors
    /// `invalid_client`. The event still names the application that the request claimed.
    pub(crate) async fn authenticate(&mut self, presented: &Presented) -> Result<AuthenticatedClient, Stop> {
        let (pepper, now) = (self.app.pepper(), self.ctx.now);
        self.authenticates = true;
        // A request that is decided again is authenticated again: what the first proof left lost its guard.
        self.changes.clear();
        let mut client = self.at.tenant.kept_client(presented.client_id());
        let mut proven = authenticate(&load(presented, client.as_ref()), pepper, now);
        if proven.is_err() {
            // This node may not have read the client yet, or another may have rotated the secret a moment ago. Of a known
            // client and of an unknown one the store is asked the same (CA-38).
            let newer = self.at.tenant.newer_client(self.app, presented.client_id()).await?;
            if newer.is_some() {
                proven = authenticate(&load(presented, newer.as_ref()), pepper, now);
                client = newer;
            }
        }
        self.event.application = client.as_ref().map(|client| client.application.id);
        if let Some(client) = &client {
            crate::noted::client(&client.application.client_id);
        }
        let Proven { client, changes } = proven?;
        self.changes = changes;
        self.event.actor = Actor::Application(client.client().application.id);
        self.event.application = Some(client.client().application.id);
        Ok(client)
    }
}

/// The facts that the rule of the client's method compares with.
fn load<'a>(presented: &'a Presented, client: Option<&'a Arc<Client>>) -> Credentials<'a> {
    let credentials = Credentials::of(presented, client);
    match credentials.rule() {
        // The registration holds all that these need.
        Some(Rule::Name | Rule::Secret) | None => credentials,
    }
}
