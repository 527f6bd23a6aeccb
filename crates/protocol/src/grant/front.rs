//! Decides on the tokens of an authorization response (RFC 6749 §4.2.2, OIDC Core §3.2.2.5, §3.3.2.5). No refresh token: whoever sees
//! the address could go on for months (RFC 6749 §4.2).

use super::Terms;
use super::issue::{Told, narrow, plan};
use crate::authorization::Authorization;
use crate::authorize::{AuthorizationRequest, Presence, answerable};
use crate::change::{Change, Family};
use crate::client::Client;
use crate::confirmation::Confirmation;
use crate::ctx::Ctx;
use crate::id::FamilyId;
use crate::logout;
use crate::refusal::Refused;
use crate::token::{Access, IdToken};

/// What the response holds beside a code, before it has a form.
#[derive(Debug, Default)]
pub struct Front {
    pub access: Option<Access>,
    pub id_token: Option<IdToken>,
    pub changes: Vec<Change>,
}

/// Plans what the response type names, for a presence that was found good ([`crate::flow::issue`]). `family` is what the access token
/// is revoked with.
///
/// # Errors
/// The application is not answered so any more, or was switched off; what the token would reach.
pub fn decide(
    ctx: &Ctx<'_>,
    client: &Client,
    request: &AuthorizationRequest,
    presence: Presence<'_>,
    family: FamilyId,
    terms: &Terms<'_>,
) -> Result<Front, Refused> {
    let kind = request.response_type;
    client.may_act()?;
    answerable(kind, client, terms.environment)?;
    let authorization = Authorization { confirmation: Confirmation::None, ..request.authorized_by(presence.session) };
    let reach = narrow(client, &authorization, (None, None), &[], terms).map_err(|denial| *denial.refused)?;
    let lifetime = reach.lifetime;
    let told = Told { authorization: &authorization, user: presence.user, family, reach, nonce: request.nonce.clone() };
    let (access, id_token) = plan(ctx, client, &Confirmation::None, told, terms)?;
    let begun = kind.token().then(|| {
        Change::CreateFamily(Family {
            environment: terms.environment.id,
            id: family,
            authorization,
            created_at: ctx.now,
            expires_at: ctx.now.plus(lifetime),
            revoked_at: None,
            grace_replays: 0,
        })
    });
    let id_token = id_token.filter(|_| kind.id_token());
    // It has a session of its own from now on, whose end it wants to be told of.
    let subject = access.subject.as_deref().filter(|_| id_token.is_some());
    let joins = subject.and_then(|subject| logout::joins(ctx, terms.environment, client, terms.issuer, subject));
    let changes = begun.into_iter().chain(joins).collect();
    Ok(Front { access: kind.token().then_some(access), id_token, changes })
}
