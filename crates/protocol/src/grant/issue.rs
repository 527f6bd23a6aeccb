//! What an authorization gives at the token endpoint: the one maker of the plans of tokens, whichever grant asks (RFC 6749
//! §5.1, §6; OIDC Core §3.1.3.3, §12.2).
//!
//! A grant decides that its credential is good; [`narrow`] how much of the authorization this answer uses; [`issue`] makes it.

use std::sync::Arc;

use super::{Decision, Denial, Terms};
use crate::authorization::{Authorization, Reach};
use crate::change::{Change, Family, RefreshToken};
use crate::client::Client;
use crate::client_auth::AuthenticatedClient;
use crate::confirmation::Confirmation;
use crate::ctx::Ctx;
use crate::details::Details;
use crate::id::{EnvironmentId, FamilyId};
use crate::logout;
use crate::mapping::{self, Made};
use crate::model::User;
use crate::policy::{self, RefreshPolicy};
use crate::refusal::{Reason, Refused};
use crate::scope::{OFFLINE_ACCESS, Scope};
use crate::secret::{Artefact, Secret, TokenHash};
use crate::time::Time;
use crate::token::{Access, IdToken, RefreshTokenText, Subject};
use crate::uri::resource_key;

/// What is issued, and from what.
#[derive(Debug)]
pub(super) struct Grounds<'a> {
    pub(super) authorization: &'a Authorization,
    pub(super) user: &'a User,
    pub(super) reach: Reach,
    pub(super) nonce: Option<String>,
    pub(super) line: Line,
    /// What uses up the credential that was presented. Comes first in the commit.
    pub(super) changes: Vec<Change>,
}

/// The line of refresh tokens that the answer belongs to.
#[derive(Debug)]
pub(super) enum Line {
    /// The authorization gives its first tokens: this family is made, and a refresh token where the application may have
    /// one.
    Begins(FamilyId),
    /// The family lives; this is its refresh token now.
    GoesOn(FamilyId, Secret),
}

/// Plans the tokens of one answer, with the changes that make them good.
///
/// # Errors
/// The application knows people by what this one does not have ([`Reason::MappingUnmet`]).
pub(super) fn issue(
    ctx: &Ctx<'_>,
    client: &AuthenticatedClient,
    grounds: Grounds<'_>,
    terms: &Terms<'_>,
) -> Result<Decision, Denial> {
    let Grounds { authorization, user, reach, nonce, line, mut changes } = grounds;
    let begins = matches!(line, Line::Begins(_));
    let (family, refresh_token) = match line {
        Line::Begins(family) => {
            let (text, begun) = begin(ctx, client, authorization, family, &reach, terms);
            changes.extend(begun);
            (family, text)
        }
        Line::GoesOn(family, text) => (family, Some(text)),
    };
    let told = Told { authorization, user, family, reach, nonce };
    let (access, id_token) = plan(ctx, client.client(), client.confirmation(), told, terms)?;
    // It has a session of its own from now on, whose end it wants to be told of.
    let subject = access.subject.as_deref().filter(|_| begins && id_token.is_some());
    changes.extend(
        subject.and_then(|subject| logout::joins(ctx, terms.environment, client.client(), terms.issuer, subject)),
    );
    let refresh_token = refresh_token.map(RefreshTokenText);
    Ok(Decision { access, id_token, refresh_token, changes, user: Some(user.id) })
}

/// What an access token and an ID token of one answer tell.
#[derive(Debug)]
pub(super) struct Told<'a> {
    pub(super) authorization: &'a Authorization,
    pub(super) user: &'a User,
    pub(super) family: FamilyId,
    pub(super) reach: Reach,
    pub(super) nonce: Option<String>,
}

/// The plans of the two tokens, wherever they are given; `confirmation` is what the access token is bound to.
///
/// # Errors
/// There would be an ID token, and the application knows people by what this one does not have.
pub(super) fn plan(
    ctx: &Ctx<'_>,
    client: &Client,
    confirmation: &Confirmation,
    told: Told<'_>,
    terms: &Terms<'_>,
) -> Result<(Access, Option<IdToken>), Refused> {
    let Told { authorization, user, family, reach, nonce } = told;
    let is_identified = reach.scope.contains("openid");
    let profile = policy::token_profile(terms.environment);
    let sub = if is_identified { mapping::subject(client, user, profile)? } else { String::new() };
    let user = Box::new(user.clone());
    let subject = Arc::new(Subject { sub, user, family, authorization: authorization.clone() });
    let id_token = is_identified.then(|| IdToken {
        jti: ctx.uuid(),
        subject: subject.clone(),
        scope: reach.scope.clone(),
        mapped: Made::default(),
        nonce,
        lifetime: policy::id_token_seconds(terms.environment),
    });
    let (subject, mapped, confirmation) = (Some(subject), Made::default(), confirmation.clone());
    Ok((Access { jti: ctx.uuid(), reach, subject, confirmation, mapped }, id_token))
}

/// Makes the family, and its first refresh token where the application may have one.
fn begin(
    ctx: &Ctx<'_>,
    client: &AuthenticatedClient,
    authorization: &Authorization,
    id: FamilyId,
    reach: &Reach,
    terms: &Terms<'_>,
) -> (Option<Secret>, Vec<Change>) {
    let environment = terms.environment.id;
    let policy = policy::issues_refresh_token(client.client(), terms.scopes, &reach.scope)
        .then(|| RefreshPolicy::of(client.client(), policy::demands(terms.environment, &client.client().application)));
    let ends = ctx.now.plus(policy.map_or(reach.lifetime, |policy| policy.absolute));
    let family = Change::CreateFamily(Family {
        environment,
        id,
        authorization: Authorization {
            confirmation: lasting(client),
            instance: client.instance().cloned(),
            ..authorization.clone()
        },
        created_at: ctx.now,
        expires_at: ends,
        revoked_at: None,
        grace_replays: 0,
    });
    let Some(policy) = policy else { return (None, vec![family]) };
    let text = refresh_text(ctx);
    let first = refresh_token(ctx, environment, &text, Place { family: id, generation: 1, policy, ends });
    (Some(text), vec![family, first])
}

/// What every refresh token of the line is bound to (RFC 9449 §5): a public client has nothing but its key to prove itself with. A
/// confidential one proves itself each time, and may take another key.
fn lasting(client: &AuthenticatedClient) -> Confirmation {
    if client.is_confidential() { Confirmation::None } else { client.confirmation().clone() }
}

/// Whoever uses what is bound to a key must hold it. This changes nothing: whoever does not hold it gets hold of nothing, and ends
/// nothing for whoever does (RT-13, AC-22).
///
/// # Errors
/// `invalid_dpop_proof` without a proof, `invalid_grant` with another key's (RFC 9449 §5, §10), or without the certificate (RFC 8705 §4).
pub(super) fn hold(client: &AuthenticatedClient, bound: &Confirmation) -> Result<(), Denial> {
    let shown = client.confirmation();
    if bound.is_met_by(shown) {
        return Ok(());
    }
    let of_key = Confirmation::to(bound.jkt().cloned(), None);
    let reason = match shown.jkt() {
        _ if of_key.is_met_by(shown) => Reason::BoundCertificateOther,
        None => Reason::DpopProofMissing,
        Some(_) => Reason::DpopKeyOther,
    };
    Err(Denial::new(reason, &bound.told(), shown.told()))
}

/// Whoever refreshes what an instance of a client was given is that instance: another has another key, whoever attests it. Likewise
/// without a change.
///
/// # Errors
/// `invalid_grant` (draft-ietf-oauth-attestation-based-client-auth §11.3).
pub(super) fn same_instance(client: &AuthenticatedClient, authorization: &Authorization) -> Result<(), Denial> {
    let Some(bound) = &authorization.instance else { return Ok(()) };
    if client.instance() == Some(bound) {
        return Ok(());
    }
    let came = client.instance().map_or_else(|| "none".to_owned(), |key| key.as_str().to_owned());
    Err(Denial::new(Reason::AttestedKeyOther, &format!("the instance with the key {}", bound.as_str()), came))
}

/// Where a refresh token stands in its line.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) family: FamilyId,
    /// Order is counted, never timed: two uses may fall into one microsecond (RT-03).
    pub(super) generation: i64,
    pub(super) policy: RefreshPolicy,
    /// When the line ends.
    pub(super) ends: Time,
}

/// As long as Spring's: 128 characters.
pub(super) fn refresh_text(ctx: &Ctx<'_>) -> Secret {
    ctx.token::<96>()
}

pub(super) fn refresh_token(ctx: &Ctx<'_>, environment: EnvironmentId, text: &Secret, place: Place) -> Change {
    Change::IssueRefreshToken(RefreshToken {
        environment,
        hash: TokenHash::of(Artefact::RefreshToken, text.expose()),
        family: place.family,
        generation: place.generation,
        issued_at: ctx.now,
        expires_at: place.policy.expiry(ctx.now, place.ends),
        superseded_at: None,
        sealed_successor: None,
    })
}

/// How much of the authorization a token request uses. At the token endpoint it may only narrow.
///
/// # Errors
/// `invalid_scope` for more scopes than were granted or one that the application lost since (RT-10), `invalid_target`,
/// `invalid_authorization_details` for what was not authorized.
pub(super) fn narrow(
    client: &Client,
    authorization: &Authorization,
    (scope, details): (Option<&Scope>, Option<&Details>),
    resource: &[String],
    terms: &Terms<'_>,
) -> Result<Reach, Denial> {
    let Terms { environment, scopes, own, .. } = *terms;
    let held = authorization.details.held(client, scopes);
    if held.is_empty() && !authorization.details.is_empty() {
        still_opens(authorization, client, terms)?;
    }
    let narrowed = narrowed_scope(scope, &authorization.scope)?;
    let resource = narrowed_resource(resource, authorization, client, terms)?;
    // RFC 8707 §2.2: what was remembered is cut down to the resources that are named now; what is asked for now must be of them.
    let scope = match scope {
        None if !resource.is_empty() => policy::scope_at(&narrowed, resource, client, scopes, own)?,
        _ => narrowed,
    };
    // RFC 9396 §6.1, §6.2: likewise of what was authorized beside scopes.
    let details = match details {
        None if !resource.is_empty() => policy::details_at(&held, resource, client, scopes, own)?,
        asked => held.narrowed(asked)?,
    };
    Ok(policy::reach_with((&scope, &details), resource, client, environment, scopes, own)?)
}

/// Where all details were taken away that it was given for, an authorization that names no resource otherwise would be good for what
/// nobody allowed: tokens for no resource are this server's own API's.
fn still_opens(authorization: &Authorization, client: &Client, terms: &Terms<'_>) -> Result<(), Denial> {
    let Authorization { scope, resource, .. } = authorization;
    if !resource.is_empty() || policy::is_of_resources(scope, client, terms.scopes, terms.own) {
        return Ok(());
    }
    let expected = "a type that was authorized, still in authorizationDetailsTypes";
    Err(Refused::new(Reason::AuthorizationDetailsInvalid, expected, "none").into())
}

/// RFC 6749 §6: omitted means the same as granted; more than that is refused (RT-08).
fn narrowed_scope(asked: Option<&Scope>, granted: &Scope) -> Result<Scope, Denial> {
    let Some(asked) = asked else { return Ok(granted.clone()) };
    // OIDC Core §11: the authorization request ignored an offline_access that it could not give; clients repeat here
    // what they asked for there, and the refresh token that they hold is all that it would have given.
    let meant = if granted.contains(OFFLINE_ACCESS) { asked.clone() } else { asked.without(OFFLINE_ACCESS) };
    if !meant.is_empty() && meant.subset_of(granted) {
        Ok(meant)
    } else {
        Err(Denial::new(Reason::ScopeWider, &granted.to_string(), "a scope outside of it"))
    }
}

/// RFC 8707 §2.2: the resources that count are the request's where it has some, of those that were authorized: by name, or else
/// those that the scopes are of (AC-16).
fn narrowed_resource<'a>(
    asked: &'a [String],
    authorization: &'a Authorization,
    client: &Client,
    terms: &Terms<'_>,
) -> Result<&'a [String], Denial> {
    let Terms { environment, scopes, own, .. } = *terms;
    let Authorization { scope, resource: granted, details, .. } = authorization;
    if asked.is_empty() {
        return Ok(granted);
    }
    let implied;
    let granted = if granted.is_empty() {
        let details = details.held(client, scopes);
        let mut reached = policy::reach_with((scope, &details), &[], client, environment, scopes, own)?.audience;
        // OIDC Core §5.3: the token opens it, whatever its audience.
        reached.extend(scope.contains("openid").then(|| own.userinfo.to_owned()));
        implied = reached;
        &implied
    } else {
        granted
    };
    let keys: Vec<_> = granted.iter().map(|uri| resource_key(uri)).collect();
    if asked.iter().map(|uri| resource_key(uri)).all(|key| key.is_some() && keys.contains(&key)) {
        return Ok(asked);
    }
    Err(Refused::new(Reason::ResourceWider, granted.join(" "), "another resource").into())
}
