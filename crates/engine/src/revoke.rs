//! Revocation: a client gives back its own tokens (RFC 7009).

use protocol::audit::Action;
use protocol::change::{AccessToken, Change};
use protocol::client_auth::AuthenticatedClient;
use protocol::grant::missing;
use protocol::refusal::Refused;
use protocol::secret::{Artefact, TokenHash};
use protocol::time::Time;
use serde_json::Value;

use crate::app::{App, Ask};
use crate::call::{Call, Stop};
use crate::failure::Fault;
use crate::finish::{Finished, Granted};
use crate::site::Site;
use crate::token::{ATTEMPTS, Form, Known, find, issued_to};

/// What became of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// It is revoked now.
    Revoked,
    /// RFC 7009 §2.2: a token that does not live is as good as revoked.
    NothingToRevoke,
    /// RFC 7009 §2.1: another client's. It lives on (RV-02).
    NotTheClients,
}

/// Answers a revocation request. Public clients may revoke their own tokens too, by their client id.
pub async fn revoke(app: &App, site: &Site, ask: &Ask, form: Result<Form, Refused>) -> Finished<Revocation> {
    let mut call = match Call::begin(app, site, ask, Action::TokenRevoked).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    let form = match form {
        Ok(form) => form,
        Err(refused) => return call.stop(refused.into()).await,
    };
    for _ in 0..ATTEMPTS {
        let outcome = try_revoke(&mut call, &form).await;
        if let Ok(finished) = call.settle(outcome).await {
            return finished;
        }
    }
    call.stop(Fault::Unavailable.into()).await
}

async fn try_revoke(call: &mut Call<'_>, form: &Form) -> Result<Granted<Revocation>, Stop> {
    let client = call.authenticate(&form.presented).await?;
    let token = form.params.text("token").ok_or_else(|| missing("token"))?;
    let (value, change) = decide(call, &client, token).await?;
    call.note(match value {
        Revocation::Revoked => "revoked",
        Revocation::NothingToRevoke => "nothing to revoke",
        Revocation::NotTheClients => "another application's token, which lives on",
    });
    Ok(Granted { value, changes: change.into_iter().collect() })
}

/// The hint is only a hint (RFC 7009 §2.1): both kinds are tried.
async fn decide(
    call: &Call<'_>,
    client: &AuthenticatedClient,
    token: &str,
) -> Result<(Revocation, Option<Change>), Stop> {
    if let Ok(known) = find(call.app, &call.at.tenant, token, call.ctx.now).await? {
        return access_token(call, client, known).await;
    }
    refresh_token(call, client, token).await
}

async fn access_token(
    call: &Call<'_>,
    client: &AuthenticatedClient,
    known: Known,
) -> Result<(Revocation, Option<Change>), Stop> {
    let own = client.client().application.id;
    let issued_to = issued_to(call.app, &call.at.tenant, &known.claims).await?;
    if issued_to.is_none_or(|issued_to| issued_to.application.id != own) {
        return Ok((Revocation::NotTheClients, None));
    }
    if known.record.as_ref().is_some_and(|r| r.revoked_at.is_some()) {
        return Ok((Revocation::NothingToRevoke, None));
    }
    let expires_at = Time::from_secs(known.claims.get("exp").and_then(Value::as_i64).unwrap_or_default());
    let change = Change::RevokeAccessToken(AccessToken {
        environment: call.environment(),
        hash: known.hash,
        application: own,
        family: known.record.and_then(|r| r.family),
        claims: None,
        expires_at,
        revoked_at: Some(call.ctx.now),
    });
    Ok((Revocation::Revoked, Some(change)))
}

/// A refresh token takes its whole family with it, access tokens too (RFC 7009 §2.1).
async fn refresh_token(
    call: &Call<'_>,
    client: &AuthenticatedClient,
    token: &str,
) -> Result<(Revocation, Option<Change>), Stop> {
    let (store, environment) = (&call.app.store, call.environment());
    let hash = TokenHash::of(Artefact::RefreshToken, token);
    let family = match store.refresh_token(environment, hash).await? {
        Some(token) => store.family(environment, token.family).await?,
        None => None,
    };
    let Some(family) = family.filter(|family| family.revoked_at.is_none()) else {
        return Ok((Revocation::NothingToRevoke, None));
    };
    if family.authorization.application != client.client().application.id {
        return Ok((Revocation::NotTheClients, None));
    }
    let change = Change::RevokeFamily { environment, family: family.id, at: call.ctx.now };
    Ok((Revocation::Revoked, Some(change)))
}
