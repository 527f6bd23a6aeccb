//! Loads the facts that the grants with state decide on.

use protocol::client::Client;
use protocol::grant::{authorization_code, refresh_token};
use protocol::model::{Standing, User};
use protocol::secret::{Artefact, Secret, TokenHash};
use store::{IssuedCode, IssuedRefreshToken};

use crate::call::{Call, Stop};
use crate::flow::will;

pub(super) async fn code(call: &Call<'_>, code: &Secret) -> Result<authorization_code::Facts, Stop> {
    let (store, environment) = (&call.app.store, call.environment());
    let hash = TokenHash::of(Artefact::AuthorizationCode, code.expose());
    let Some(issued) = store.issued_code(environment, hash).await? else {
        return Ok(authorization_code::Facts::default());
    };
    let IssuedCode { code, user, session } = issued;
    Ok(authorization_code::Facts { code: Some(code), user, session, standing: Standing::UNKNOWN })
}

pub(super) async fn refresh(call: &Call<'_>, token: &Secret) -> Result<refresh_token::Facts, Stop> {
    let (store, environment) = (&call.app.store, call.environment());
    let hash = TokenHash::of(Artefact::RefreshToken, token.expose());
    let Some(issued) = store.issued_refresh_token(environment, hash).await? else {
        return Ok(refresh_token::Facts::default());
    };
    let IssuedRefreshToken { token, family: Some(family), user, session } = issued else {
        return Ok(refresh_token::Facts::default());
    };
    let successor = match refresh_token::open_successor(&token, call.app.seal()) {
        Some(text) => {
            let hash = TokenHash::of(Artefact::RefreshToken, text.expose());
            let token = store.refresh_token(environment, hash).await?;
            token.map(|token| refresh_token::Successor { text, token })
        }
        None => None,
    };
    Ok(refresh_token::Facts {
        token: Some(token),
        family: Some(family),
        user,
        session,
        standing: Standing::UNKNOWN,
        successor,
    })
}

/// Whether the application is still for the user: what the facts of a grant have then.
pub(super) async fn standing(call: &Call<'_>, client: &Client, user: Option<&User>) -> Result<Standing, Stop> {
    match user {
        Some(user) => will::standing(call, client, user.id).await,
        None => Ok(Standing::UNKNOWN),
    }
}
