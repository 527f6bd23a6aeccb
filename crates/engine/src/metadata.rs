//! The documents that describe a site: its metadata (RFC 8414, OpenID Connect Discovery) and its keys (RFC 7517).

use std::sync::Arc;

use jose::Alg;

use crate::app::{App, Ask};
use crate::call::{Call, Stop};
use crate::finish::Finished;
use crate::site::Site;
use crate::tenant::Tenant;

/// What of the metadata depends on the environment; everything else follows from the site and the closed lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The algorithms that an application may choose for its ID tokens and userinfo: that of the environment first.
    pub signing_algs: Vec<Alg>,
    /// The names of the sign-on policies that are followed: what `acr_values` may ask for.
    pub acr_values: Vec<String>,
}

/// The metadata of a site. Reading it is no event.
pub async fn metadata(app: &App, site: &Site, ask: &Ask) -> Finished<Metadata> {
    keys(app, site, ask).await.map(|tenant| {
        let followed = tenant.sign_on_policies.iter().filter(|policy| policy.is_followed());
        let acr_values = followed.map(|policy| policy.name.clone()).collect();
        let own = tenant.keys.active().alg();
        let others = Alg::ASYMMETRIC.iter().copied().filter(|alg| *alg != own);
        Metadata { signing_algs: std::iter::once(own).chain(others).collect(), acr_values }
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
