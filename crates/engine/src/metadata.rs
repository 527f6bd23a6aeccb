//! The documents that describe a site: its metadata (RFC 8414, OpenID Connect Discovery) and its keys (RFC 7517).

use std::sync::Arc;

use jose::Alg;
use protocol::policy;
use protocol::registration::RegistrationPolicy;

use crate::app::{App, Ask};
use crate::call::{Call, Stop};
use crate::finish::Finished;
use crate::site::Site;
use crate::tenant::Tenant;

/// What of the metadata depends on the environment; everything else follows from the site and the closed lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The algorithm of ID tokens.
    pub id_token_alg: Alg,
    /// The names of the sign-on policies that are followed: what `acr_values` may ask for.
    pub acr_values: Vec<String>,
    /// Whether clients may register themselves.
    pub registers: bool,
    /// Whether all requests must be pushed (RFC 9126 §5).
    pub push_required: bool,
}

/// The metadata of a site. Reading it is no event.
pub async fn metadata(app: &App, site: &Site, ask: &Ask) -> Finished<Metadata> {
    keys(app, site, ask).await.map(|tenant| {
        let followed = tenant.sign_on_policies.iter().filter(|policy| policy.is_followed());
        let acr_values = followed.map(|policy| policy.name.clone()).collect();
        let registers = tenant.environment.settings.registration != RegistrationPolicy::Disabled;
        let push_required = policy::push_required(&tenant.environment);
        Metadata { id_token_alg: tenant.keys.active().alg(), acr_values, registers, push_required }
    })
}

/// The environment whose keys the site publishes; see [`crate::keys::KeyRing::jwks`].
pub async fn keys(app: &App, site: &Site, ask: &Ask) -> Finished<Arc<Tenant>> {
    let call = match Call::begin_document(app, site, ask).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    let tenant = call.at.tenant.clone();
    let whole = tenant.keys.must_be_whole();
    call.show(whole.map(|()| tenant).map_err(Stop::from)).await
}
