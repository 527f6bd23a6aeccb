//! Decides on tokens that a developer's server makes for a test, without a request of the application (ADR 0062): what the token endpoint
//! would give it where it may have that, and otherwise what was asked for.

use std::sync::Arc;

use super::issue::{Place, refresh_text, refresh_token};
use super::{GrantType, Terms};
use crate::authorization::{Authorization, Reach};
use crate::change::{Change, Family};
use crate::claims::AskedClaims;
use crate::client::Client;
use crate::confirmation::Confirmation;
use crate::ctx::Ctx;
use crate::details::Details;
use crate::id::FamilyId;
use crate::mapping::{self, Made};
use crate::model::User;
use crate::policy::{self, RefreshPolicy};
use crate::refusal::{Reason, Refused};
use crate::scope::Scope;
use crate::secret::Secret;
use crate::token::{Access, IdToken, Subject};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Access,
    Id,
    Refresh,
}

/// Whom the token speaks of.
#[derive(Clone, Copy, Debug)]
pub enum Whom<'a> {
    /// Nobody: the application itself.
    Application,
    Person(&'a User),
    /// Somebody of this name who is no user of the environment.
    Name(&'a str),
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub kind: Kind,
    pub whom: Whom<'a>,
    /// In place of how the person is named.
    pub sub: Option<&'a str>,
    pub scope: Option<&'a Scope>,
    /// Empty: the usual one.
    pub audience: &'a [String],
    /// Seconds that it lives, in place of the usual ones; less than none where it is to have ended.
    pub seconds: Option<i64>,
    /// By which sign-on policy the person would have signed on.
    pub acr: &'a str,
    /// What an access token of no user is named by.
    pub jti: uuid::Uuid,
}

/// The plan of the one token, and what makes it good.
#[derive(Debug)]
pub struct Planned {
    pub token: Plan,
    pub changes: Vec<Change>,
}

#[derive(Debug)]
pub enum Plan {
    Access(Box<Access>),
    Id(Box<IdToken>),
    Refresh(Secret),
}

/// Plans the token.
///
/// # Errors
/// A refresh token for an application that has no such grant, or of nobody; the application knows people by what this one does not have.
pub fn decide(ctx: &Ctx<'_>, client: &Client, wanted: &Wanted<'_>, terms: &Terms<'_>) -> Result<Planned, Refused> {
    let reach = reach(client, wanted, terms);
    let person = match wanted.whom {
        Whom::Person(user) => Some(user),
        Whom::Application | Whom::Name(_) => None,
    };
    let subject = subject(ctx, client, wanted, &reach.scope, terms)?;
    match (wanted.kind, subject) {
        (Kind::Access, subject) => {
            let family = subject.as_ref().filter(|_| person.is_some()).map(|subject| {
                let ends = ctx.now.plus(reach.lifetime.max(1));
                family(ctx, subject, ends, terms)
            });
            let named = match wanted.whom {
                Whom::Application => None,
                Whom::Name(name) => Some(name.to_owned()),
                Whom::Person(_) => wanted.sub.map(str::to_owned),
            };
            let jti = if person.is_some() { ctx.uuid() } else { wanted.jti };
            let mapped = Made { sub: named, ..Made::default() };
            let access = Access { jti, reach, subject, confirmation: Confirmation::None, mapped };
            Ok(Planned { token: Plan::Access(Box::new(access)), changes: family.into_iter().collect() })
        }
        (Kind::Id, Some(subject)) => {
            let lifetime = wanted.seconds.unwrap_or(policy::id_token_seconds(terms.environment));
            let (jti, scope, mapped) = (ctx.uuid(), reach.scope, Made::default());
            let plan = IdToken { jti, subject, scope, mapped, nonce: None, lifetime };
            Ok(Planned { token: Plan::Id(Box::new(plan)), changes: Vec::new() })
        }
        (Kind::Refresh, Some(subject)) if person.is_some() => refresh(ctx, client, wanted, &subject, terms),
        (Kind::Id | Kind::Refresh, _) => {
            Err(Refused::new(Reason::ParameterMissing, "a user whom the token is of", "none"))
        }
    }
}

/// A refresh token that the application redeems as any other, and its line.
fn refresh(
    ctx: &Ctx<'_>,
    client: &Client,
    wanted: &Wanted<'_>,
    subject: &Subject,
    terms: &Terms<'_>,
) -> Result<Planned, Refused> {
    if !client.application.grant_types.contains(&GrantType::RefreshToken) {
        let expected = "an application with REFRESH_TOKEN among its grantTypes";
        return Err(Refused::new(Reason::GrantTypeNotAllowed, expected, "one without"));
    }
    let policy = RefreshPolicy::of(client, policy::demands(terms.environment, &client.application));
    let ends = ctx.now.plus(policy.absolute.max(wanted.seconds.unwrap_or_default()));
    let policy = RefreshPolicy { idle: wanted.seconds.unwrap_or(policy.idle), ..policy };
    let place = Place { family: subject.family, generation: 1, policy, ends };
    let text = refresh_text(ctx);
    let first = refresh_token(ctx, terms.environment.id, &text, place);
    Ok(Planned { token: Plan::Refresh(text), changes: vec![family(ctx, subject, ends, terms), first] })
}

fn family(ctx: &Ctx<'_>, subject: &Subject, expires_at: crate::time::Time, terms: &Terms<'_>) -> Change {
    Change::CreateFamily(Family {
        environment: terms.environment.id,
        id: subject.family,
        authorization: subject.authorization.clone(),
        created_at: ctx.now,
        expires_at,
        revoked_at: None,
        grace_replays: 0,
    })
}

/// What the application would be given; where it would be refused, what was asked for as it stands.
fn reach(client: &Client, wanted: &Wanted<'_>, terms: &Terms<'_>) -> Reach {
    let Terms { environment, scopes, own, .. } = *terms;
    let details = Details::default();
    let scope = match (wanted.scope, wanted.whom) {
        (Some(scope), _) => scope.clone(),
        (None, Whom::Application) => Scope::default(),
        (None, _) => Scope::from_tokens([OPENID]).unwrap_or_default(),
    };
    let at = |resource: &[String]| match wanted.whom {
        Whom::Application => {
            policy::reach_of_application((wanted.scope, &details), resource, client, environment, scopes, own)
        }
        Whom::Person(_) | Whom::Name(_) => policy::reach(&scope, resource, client, environment, scopes, own),
    };
    let judged = at(wanted.audience).or_else(|refused| if wanted.audience.is_empty() { Err(refused) } else { at(&[]) });
    let reach = judged.unwrap_or_else(|_| {
        let (details, audience) = (Details::default(), vec![own.api.to_owned()]);
        Reach { scope: scope.clone(), details, audience, lifetime: policy::usual_lifetime(client, environment) }
    });
    let audience = if wanted.audience.is_empty() { reach.audience } else { wanted.audience.to_vec() };
    Reach { audience, lifetime: wanted.seconds.unwrap_or(reach.lifetime), ..reach }
}

fn subject(
    ctx: &Ctx<'_>,
    client: &Client,
    wanted: &Wanted<'_>,
    scope: &Scope,
    terms: &Terms<'_>,
) -> Result<Option<Arc<Subject>>, Refused> {
    let (user, sub) = match wanted.whom {
        Whom::Application => return Ok(None),
        Whom::Name(name) => {
            let (id, environment) = (ctx.uuid().into(), terms.environment.id);
            (User { id, environment, username: name.to_owned(), ..User::default() }, name.to_owned())
        }
        Whom::Person(user) => {
            let sub = match wanted.sub {
                Some(sub) => sub.to_owned(),
                None => mapping::subject(client, user, policy::token_profile(terms.environment))?,
            };
            (user.clone(), sub)
        }
    };
    let authorization = Authorization {
        application: client.application.id,
        issuer: terms.issuer.to_owned(),
        user: user.id,
        session: ctx.uuid().into(),
        auth_time: ctx.now,
        acr: wanted.acr.to_owned(),
        amr: vec!["pwd".to_owned()],
        scope: scope.clone(),
        resource: Vec::new(),
        claims: AskedClaims::default(),
        details: Details::default(),
        confirmation: Confirmation::None,
        instance: None,
    };
    let family: FamilyId = ctx.uuid().into();
    Ok(Some(Arc::new(Subject { sub, user: Box::new(user), family, authorization })))
}

const OPENID: &str = "openid";
