//! An application of the sandbox with its secret in clear, which only a developer's server shows.

use engine::bootstrap::dev;
use protocol::client::Client;
use protocol::client_auth::Method;
use protocol::id::{ApplicationId, EnvironmentId};

use crate::state::AppState;

/// The application, and its secret where it authenticates with one.
pub(super) struct Known {
    pub(super) client: Client,
    pub(super) secret: Option<String>,
}

impl Known {
    /// None where there is no such application.
    pub(super) async fn find(web: &AppState, id: &str) -> Option<Self> {
        let (environment, id) = (EnvironmentId::new(dev::ENVIRONMENT), ApplicationId::parse(id)?);
        let client = web.app.store.client_of(environment, id).await.ok()??;
        let public = client.application.auth_methods.contains(&Method::None);
        let kept = client.secrets.current.as_ref().filter(|_| !public);
        let secret = kept.and_then(|kept| kept.reveal(web.app.seal(), environment, id));
        let secret = secret.map(|secret| secret.expose().to_owned());
        Some(Self { client, secret })
    }

    pub(super) fn client_id(&self) -> &str {
        &self.client.application.client_id
    }

    /// The redirect URI that its owner gave: not this server's own, unless there is no other.
    pub(super) fn redirect_uri(&self, web: &AppState) -> &str {
        let own = dev::try_redirect_uri(&web.app);
        let uris = &self.client.application.redirect_uris;
        uris.iter().find(|uri| **uri != own).or(uris.first()).map_or("", String::as_str)
    }
}
