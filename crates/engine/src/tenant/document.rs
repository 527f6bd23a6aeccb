//! Clients that are registered nowhere: their id is the address at which they publish what they are.

use std::sync::Arc;

use admission::Claim;
use protocol::client::Client;
use protocol::id::EnvironmentId;
use protocol::policy;
use protocol::refusal::{Reason, Refused};
use protocol::registration::document;
use protocol::uri::host_of;

use super::Tenant;
use crate::app::App;
use crate::failure::Failure;
use crate::fetch::{Expected, Held, Wanted};

impl Tenant {
    /// The client that publishes itself at this address, as its document says now or said a moment ago. None: the environment
    /// takes no such client, or the id is no address.
    ///
    /// At most one request leaves for a document in a minute, whatever it comes to, and few for all documents of one host. What is kept
    /// is served whoever else asks for how many: it may be older then, within its grace.
    ///
    /// # Errors
    /// Why it is none: an address that may not be called, a domain that is not trusted, a document that cannot be had or is not sound.
    pub(super) async fn published(&self, app: &App, client_id: &str) -> Result<Option<Arc<Client>>, Failure> {
        if !document::is_address(client_id) || policy::client_domains(&self.environment).is_empty() {
            return Ok(None);
        }
        let (outgoing, environment) = (&app.outgoing, &self.environment);
        let address = document::address(client_id, environment, outgoing.policy())?;
        let (host, now) = (host_of(address).unwrap_or_default(), app.world.now());
        let fetched = match outgoing.held(environment.id, address, DOCUMENT) {
            Held::Stale(document) if !app.budget.refreshes(environment.id, host, now) => Ok(document),
            held => {
                if held == Held::Nothing {
                    bounded(app, environment.id, host)?;
                }
                outgoing.document(environment.id, address, DOCUMENT, Wanted::Kept).await
            }
        };
        let fetched = fetched.map_err(|unfetched| {
            let expected = "status 200 and a JSON document of at most 5 kB, at the address itself";
            Refused::new(Reason::ClientDocumentUnfetched, expected, unfetched.to_string())
        })?;
        let client = document::client(address, &fetched.body, environment)?;
        Ok(Some(Arc::new(client.opened(&environment.settings.foreign_scopes, &self.scopes))))
    }
}

/// CD-07
fn bounded(app: &App, environment: EnvironmentId, host: &str) -> Result<(), Refused> {
    let claim = Claim { environment: environment.uuid(), ..admission::asking() };
    let wait = app.budget.fetches(claim, host, app.world.now());
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
const DOCUMENT: Expected = Expected { media: &["application/json"], largest: 5 * 1024, withdrawn: true };
