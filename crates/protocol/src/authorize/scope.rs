//! Decides which scopes a request may ask for (RFC 6749 §3.3, OIDC Core §11).

use crate::client::Client;
use crate::model::Scopes;
use crate::params::Params;
use crate::refusal::{Reason, Refused};
use crate::scope::{OFFLINE_ACCESS, Scope, ScopeError};
use crate::told;

/// The scope of the request. The scopes that OpenID Connect defines are every application's; others need a grant of the
/// application. Without `scope` the default is the empty one (RFC 6749 §3.3): tokens that open nothing, and no ID token.
pub(super) fn read(params: &Params, client: &Client, scopes: &Scopes) -> Result<Scope, Refused> {
    let invalid =
        |came: &str| Refused::new(Reason::ScopeInvalid, "scopes that the application holds", told::name(came));
    let text = params.text("scope").unwrap_or_default();
    let asked = Scope::parse(text).map_err(ScopeError::refused)?;
    let mut granted = Vec::with_capacity(asked.len());
    for name in asked.iter() {
        if may_ask(name, client, scopes) {
            granted.push(name);
        } else if name != OFFLINE_ACCESS {
            return Err(invalid(name));
        }
        // OIDC Core §11: offline_access that cannot be given is ignored, not refused.
    }
    Scope::from_tokens(granted).map_err(ScopeError::refused)
}

fn may_ask(name: &str, client: &Client, scopes: &Scopes) -> bool {
    scopes.scopes.iter().filter(|scope| scope.name == name).any(|scope| {
        let granted = client.grants.iter().any(|g| g.resource == scope.resource && g.scopes.contains(&scope.id));
        granted || scopes.is_open(scope)
    })
}
