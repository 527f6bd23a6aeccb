//! Decides on an application's own access token (RFC 6749 §4.4). No refresh token (§4.4.3), no ID token, no user.

use super::{CredentialsRequest, Decision, Denial, Terms};
use crate::client_auth::AuthenticatedClient;
use crate::ctx::Ctx;
use crate::mapping::Made;
use crate::policy;
use crate::refusal::{Reason, Refused};
use crate::token::Access;

/// Everything it needs is configuration: nothing was loaded.
///
/// # Errors
/// `unauthorized_client` for a public client, `invalid_scope`, `invalid_target`, `invalid_authorization_details`.
pub fn decide(
    ctx: &Ctx<'_>,
    client: &AuthenticatedClient,
    request: &CredentialsRequest,
    terms: &Terms<'_>,
) -> Result<Decision, Denial> {
    if !client.is_confidential() {
        // RFC 6749 §4.4: MUST only be used by confidential clients (CA-43).
        return Err(Refused::new(Reason::GrantTypeNotAllowed, "a confidential client", "a public client").into());
    }
    let Terms { environment, scopes, own, .. } = *terms;
    let asked = request.scope.as_ref();
    let details = request.details.clone().unwrap_or_default();
    details.judge(client.client(), scopes)?;
    let reach =
        policy::reach_of_application((asked, &details), &request.resource, client.client(), environment, scopes, own)?;
    let (confirmation, mapped) = (client.confirmation().clone(), Made::default());
    let access = Access { jti: ctx.uuid(), reach, subject: None, confirmation, mapped };
    Ok(Decision { access, id_token: None, refresh_token: None, changes: Vec::new(), user: None })
}
