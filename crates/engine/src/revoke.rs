//! Revocation: a client gives back its own tokens (RFC 7009).

use protocol::audit::Action;
use protocol::change::{Absence, Change, Family};
use protocol::client_auth::AuthenticatedClient;
use protocol::grant::missing;
use protocol::refusal::Refused;
use protocol::revocation::{self, Found, Issued, Revocation};
use protocol::secret::{Artefact, TokenHash};
use protocol::time::Time;
use serde_json::Value;

use crate::app::{App, Ask};
use crate::call::{Call, Stop};
use crate::failure::Fault;
use crate::finish::{Finished, Granted};
use crate::site::{Endpoint, Site};
use crate::token::{ATTEMPTS, Form, Known, Unknown, find, issued_to};

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
    let client = call.authenticate(form, Endpoint::Revoke).await?;
    let token = form.params.text("token").ok_or_else(|| missing("token"))?;
    let (value, change) = decide(call, &client, token).await?;
    call.note(match value {
        Revocation::Revoked => "revoked",
        Revocation::NothingToRevoke => "nothing to revoke",
        Revocation::NotTheClients => "another application's token, which lives on",
    });
    if value == Revocation::Revoked {
        call.acts(&client);
    }
    Ok(Granted { value, changes: change.into_iter().collect() })
}

/// The hint is only a hint (RFC 7009 §2.1): both kinds are tried.
async fn decide(
    call: &Call<'_>,
    client: &AuthenticatedClient,
    token: &str,
) -> Result<(Revocation, Option<Change>), Stop> {
    let (environment, at, own) = (call.environment(), call.ctx.now, client.client().application.id);
    match find(call.app, &call.at.tenant, token, at).await? {
        Ok(known) => {
            let issued = issued(call, known).await?;
            if let (Some(controls), true) = (&call.app.controls, issued.application == Some(own)) {
                controls.of(environment).issued.revoked(issued.hash);
            }
            Ok(revocation::decide(environment, own, Found::Access(&issued), at))
        }
        // A point is in no token of ours but a JWT.
        Err(Unknown::Key(kid)) => {
            let absent = Change::Absent(Absence::Key(environment, kid));
            Ok((Revocation::NothingToRevoke, Some(absent)))
        }
        Err(Unknown::Never(_)) if token.contains('.') => Ok((Revocation::NothingToRevoke, None)),
        Err(Unknown::Never(_) | Unknown::Absent) => {
            let (access, refresh) =
                (TokenHash::of(Artefact::AccessToken, token), TokenHash::of(Artefact::RefreshToken, token));
            let family = family(call, refresh).await?;
            let found = Found::Refresh { family: family.as_ref(), access, refresh };
            Ok(revocation::decide(environment, own, found, at))
        }
    }
}

async fn issued(call: &Call<'_>, known: Known) -> Result<Issued, Stop> {
    let issued_to = issued_to(call.app, &call.at.tenant, &known.claims).await?;
    Ok(Issued {
        hash: known.hash,
        application: issued_to.map(|issued_to| issued_to.application.id),
        family: known.record.as_ref().and_then(|record| record.family),
        expires_at: Time::from_secs(known.claims.get("exp").and_then(Value::as_i64).unwrap_or_default()),
        revoked: known.record.is_some_and(|record| record.revoked_at.is_some()),
    })
}

async fn family(call: &Call<'_>, hash: TokenHash) -> Result<Option<Family>, Stop> {
    let (store, environment) = (&call.app.store, call.environment());
    Ok(match store.refresh_token(environment, hash).await? {
        Some(token) => store.family(environment, token.family).await?,
        None => None,
    })
}
