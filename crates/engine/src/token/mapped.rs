//! What attribute mappings add to the tokens of an answer. Where there are none, nothing is read or worked out.

use std::borrow::Cow;
use std::sync::Arc;

use protocol::client::Client;
use protocol::grant::GrantType;
use protocol::id::GroupId;
use protocol::mapping::{self, Answer, Context, Sources};
use protocol::model::{TokenProfile, User};
use protocol::policy::token_profile;
use protocol::scope::Scope;
use protocol::token::{Access, IdToken, Subject};

use crate::call::{Call, Stop};
use crate::failure::Failure;

/// By which request tokens are asked for.
#[derive(Clone, Copy, Default)]
pub(crate) struct By<'a> {
    /// None at the authorization endpoint.
    pub(crate) grant: Option<GrantType>,
    /// The assertion that proved the client.
    pub(crate) assertion: Option<&'a str>,
}

/// Fills in what the resources, the application and `openid` add to the plans of one answer.
///
/// # Errors
/// A required attribute of which the person has none; that the mappings or their groups cannot be read.
pub(crate) async fn mapped(
    call: &Call<'_>,
    client: &Client,
    By { grant, assertion }: By<'_>,
    (access, mut id_token): (Option<&mut Access>, Option<&mut IdToken>),
) -> Result<(), Stop> {
    call.at.tenant.must_know_mappings()?;
    let of_access = access.as_ref().and_then(|access| access.subject.clone());
    let subject = of_access.or_else(|| id_token.as_ref().map(|plan| plan.subject.clone()));
    if let Some(plan) = &mut id_token
        && let Cow::Owned(told) = call.at.tenant.schema.told(&plan.subject.user)
    {
        plan.subject = Arc::new(Subject { user: Box::new(told), ..(*plan.subject).clone() });
    }
    let scopes = &call.at.tenant.scopes;
    if !mapping::concerns(client, &scopes.mappings) {
        return Ok(());
    }
    let user = subject.as_ref().map(|subject| &*subject.user);
    let groups = groups(call, client, user).await?;
    let sources = |scope: &Scope| {
        let context = Context::of(client, grant.map(GrantType::name), scope);
        let context = match assertion {
            Some(assertion) => context.asserted(assertion),
            None => context,
        };
        Sources::new(user, &groups, context, call.ctx.now).within(&call.at.tenant.schema, user)
    };
    if let Some(access) = access {
        let sources = sources(&access.reach.scope);
        access.mapped = mapping::access(scopes, &access.reach, user.is_some(), &sources)?;
    }
    if let Some(plan) = id_token {
        let subject = plan.subject.clone();
        // Spring's tell nothing for a scope but at the authorization endpoint.
        let told = grant.is_none() || token_profile(&call.at.tenant.environment) != TokenProfile::Spring;
        let granted = if told { plan.scope.clone() } else { Scope::default() };
        let asked = subject.authorization.claims.id_token.as_slice();
        plan.mapped = mapping::person(
            Answer::IdToken,
            (client, &subject.user),
            scopes,
            (&granted, asked),
            &sources(&plan.scope),
        )?;
    }
    Ok(())
}

/// The groups that the person is in, where a mapping follows from them.
pub(crate) async fn groups(
    call: &Call<'_>,
    client: &Client,
    user: Option<&User>,
) -> Result<Vec<(GroupId, String)>, Failure> {
    let wanted = user.filter(|_| mapping::of_groups(client, &call.at.tenant.scopes.mappings));
    let Some(user) = wanted else { return Ok(Vec::new()) };
    let mut found = call.app.store.groups_of(call.environment(), &[user.id]).await?;
    let groups = found.remove(&user.id).unwrap_or_default();
    Ok(groups.into_iter().map(|(id, name, _)| (id, name)).collect())
}
