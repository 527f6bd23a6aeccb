//! Clients that are registered nowhere: their id is the address at which they publish what they are.

use std::sync::Arc;

use protocol::client::Client;
use protocol::policy;
use protocol::refusal::{Reason, Refused};
use protocol::registration::document;
use protocol::uri::authority_of;

use super::Tenant;
use crate::app::App;
use crate::failure::Failure;
use crate::fetch::{Expected, Wanted};

impl Tenant {
    /// The client that publishes itself at this address, as its document says now or said a moment ago. None: the environment
    /// takes no such client, or the id is no address.
    ///
    /// At most one request leaves for a document in a minute, whatever it comes to, and few for all documents of one host.
    ///
    /// # Errors
    /// Why it is none: an address that may not be called, a domain that is not trusted, a document that cannot be had or is not sound.
    pub(super) async fn published(&self, app: &App, client_id: &str) -> Result<Option<Arc<Client>>, Failure> {
        if !document::is_address(client_id) || policy::client_domains(&self.environment).is_empty() {
            return Ok(None);
        }
        let (outgoing, environment) = (&app.outgoing, &self.environment);
        let address = document::address(client_id, environment, outgoing.policy())?;
        if !outgoing.keeps(environment.id, address, DOCUMENT) {
            bounded(app, address)?;
        }
        let fetched = outgoing.document(environment.id, address, DOCUMENT, Wanted::Kept).await;
        let fetched = fetched.map_err(|unfetched| {
            let expected = "status 200 and a JSON document of at most 5 kB, at the address itself";
            Refused::new(Reason::ClientDocumentUnfetched, expected, unfetched.to_string())
        })?;
        let client = document::client(address, &fetched.body, environment)?;
        Ok(Some(Arc::new(client.opened(&environment.settings.foreign_scopes, &self.scopes))))
    }
}

/// CD-07
fn bounded(app: &App, address: &str) -> Result<(), Refused> {
    let host = authority_of(address).unwrap_or_default();
    let now = app.world.now();
    let wait = app.budget.fetches(host, now).or_else(|| app.budget.registers(admission::asking(), now));
    wait.map_or(Ok(()), |seconds| {
        let refused = Refused::new(
            Reason::RateLimited,
            "fewer new metadata documents of one host or for one address",
            "one more",
        );
        Err(Refused { retry_after: Some(seconds), ..refused })
    })
}

/// §4 of the draft: 200 and JSON, of no more than 5 kB.
const DOCUMENT: Expected = Expected { media: &["application/json"], largest: 5 * 1024 };
