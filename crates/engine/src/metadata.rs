//! The documents that describe a site: its metadata (RFC 8414, OpenID Connect Discovery) and its keys (RFC 7517).

use std::sync::Arc;

use jose::Alg;
use protocol::refusal::{Reason, Refused};

use crate::app::App;
use crate::failure::Failure;
use crate::site::Site;
use crate::tenant::Tenant;

/// What of the metadata depends on the environment; everything else follows from the site and the closed lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The algorithm of ID tokens.
    pub id_token_alg: Alg,
    /// The names of sign-on policies: what `acr_values` may ask for.
    pub acr_values: Vec<String>,
}

/// The metadata of a site.
///
/// # Errors
/// 404 for an environment that does not exist.
pub async fn metadata(app: &App, site: &Site) -> Result<Metadata, Failure> {
    let tenant = existing(app, site).await?;
    let acr_values = tenant.sign_on_policies.iter().map(|policy| policy.name.clone()).collect();
    Ok(Metadata { id_token_alg: tenant.keys.active().alg(), acr_values })
}

/// The environment whose keys the site publishes; see [`crate::keys::KeyRing::jwks`].
///
/// # Errors
/// 404 for an environment that does not exist.
pub async fn keys(app: &App, site: &Site) -> Result<Arc<Tenant>, Failure> {
    existing(app, site).await
}

async fn existing(app: &App, site: &Site) -> Result<Arc<Tenant>, Failure> {
    let missing = || Refused::new(Reason::EnvironmentUnknown, "an environment", site.environment.to_string());
    app.tenant(site.environment).await?.ok_or_else(|| missing().into())
}
