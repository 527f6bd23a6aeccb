//! Decides what a token with these scopes reaches: which resources, under which audience, for how long
//! (RFC 6749 §3.3, RFC 8707 §2, RFC 9068 §3; PingOne's resources).

use crate::authorization::Reach;
use crate::client::Client;
use crate::details::Details;
use crate::id::ResourceId;
use crate::model::{Environment, Resource, ResourceScope, ResourceType, Scopes};
use crate::refusal::{Reason, Refused};
use crate::scope::Scope;
use crate::uri::resource_key;

/// The addresses of this server's own resources at the site that was asked: every application may name them (RFC 8707 §2).
#[derive(Clone, Copy, Debug)]
pub struct Own<'a> {
    /// The audience of PingOne's API, for tokens that are for no other resource.
    pub api: &'a str,
    pub userinfo: &'a str,
}

/// The configuration that decides it.
#[derive(Clone, Copy, Debug)]
struct Held<'a> {
    client: &'a Client,
    scopes: &'a Scopes,
    own: Own<'a>,
}

/// The reach of a user's token with `scope`, narrowed to `resource` where the request named some.
///
/// # Errors
/// `invalid_scope` for a scope that the application does not hold, when scopes of several resources come together
/// without the application's leave, or when one means something else at another resource of the token; `invalid_target` for a
/// resource that it holds nothing of, or that a scope is not of.
pub fn reach(
    scope: &Scope,
    resource: &[String],
    client: &Client,
    environment: &Environment,
    scopes: &Scopes,
    own: Own<'_>,
) -> Result<Reach, Refused> {
    reach_with((scope, &Details::default()), resource, client, environment, scopes, own)
}

/// The same, of a token that is good for `details` beside its scopes (RFC 9396 §7): it is for their resources too.
///
/// # Errors
/// As [`reach`].
pub fn reach_with(
    (scope, details): (&Scope, &Details),
    resource: &[String],
    client: &Client,
    environment: &Environment,
    scopes: &Scopes,
    own: Own<'_>,
) -> Result<Reach, Refused> {
    let held = Held { client, scopes, own };
    let beside = details.resources(scopes);
    let named = held.named(resource, &beside)?;
    let mut resources: Vec<&Resource> = Vec::new();
    for token in scope.iter().filter(|token| *token != OPENID) {
        let found = held.find(token, &named).ok_or_else(|| {
            Refused::new(Reason::ScopeInvalid, "scopes granted to the application", "a scope that it does not hold")
        })?;
        if found.kind != ResourceType::OpenidConnect && !resources.iter().any(|r| r.id == found.id) {
            resources.push(found);
        }
    }
    for found in beside.iter().filter_map(|id| scopes.resource(*id)) {
        if !resources.iter().any(|r| r.id == found.id) {
            resources.push(found);
        }
    }
    if named.is_empty() {
        if resources.len() > 1 && !allows_several(client) {
            return Err(Refused::new(
                Reason::ScopeInvalid,
                "scopes of one resource, or requestScopesForMultipleResourcesEnabled",
                format!("scopes of {} resources", resources.len()),
            ));
        }
    } else {
        // RFC 8707 §2: scopes of a resource that was not named would make a wider token than was asked for.
        if resources.iter().any(|r| !named.iter().any(|n| n.id == r.id)) {
            return Err(Refused::new(
                Reason::ResourceUnknown,
                "scopes of the named resources",
                "scopes of another one",
            ));
        }
        resources = named;
    }
    held.says_the_same(scope, &resources)?;
    let lifetime = lifetime(client, environment, &resources);
    Ok(Reach { scope: scope.clone(), details: details.clone(), audience: audience(&resources, own), lifetime })
}

/// Whether one of these scopes is of a resource, as the application holds them now.
pub fn is_of_resources(scope: &Scope, client: &Client, scopes: &Scopes, own: Own<'_>) -> bool {
    let held = Held { client, scopes, own };
    scope.iter().filter_map(|token| held.find(token, &[])).any(|found| found.kind != ResourceType::OpenidConnect)
}

/// What is left of the details at these resources.
///
/// # Errors
/// `invalid_target` for a resource that the application holds nothing of.
pub fn details_at(
    details: &Details,
    resource: &[String],
    client: &Client,
    scopes: &Scopes,
    own: Own<'_>,
) -> Result<Details, Refused> {
    let named = Held { client, scopes, own }.named(resource, &details.resources(scopes))?;
    let ids: Vec<ResourceId> = named.iter().map(|resource| resource.id).collect();
    Ok(details.at(&ids, scopes))
}

/// What is left of the scope at these resources: those of OpenID Connect, and theirs (RFC 8707 §2.2: a token says no more than
/// its resource is able to process).
///
/// # Errors
/// `invalid_target` for a resource that the application holds nothing of.
pub fn scope_at(
    scope: &Scope,
    resource: &[String],
    client: &Client,
    scopes: &Scopes,
    own: Own<'_>,
) -> Result<Scope, Refused> {
    let held = Held { client, scopes, own };
    let beside = types_of(client, scopes);
    let named = held.named(resource, &beside)?;
    let stays = |token: &str| {
        token == OPENID
            || held.find(token, &named).is_none_or(|found| {
                found.kind == ResourceType::OpenidConnect || named.iter().any(|resource| resource.id == found.id)
            })
    };
    Ok(Scope::from_tokens(scope.iter().filter(|token| stays(token))).unwrap_or_default())
}

/// The reach of an application's own token. `openid` means nothing without a user and is dropped (OIDC Core §3.1.2.1).
///
/// # Errors
/// As [`reach`]; the other scopes of OpenID Connect are somebody's, so they are `invalid_scope` here.
pub fn reach_of_application(
    (asked, details): (Option<&Scope>, &Details),
    resource: &[String],
    client: &Client,
    environment: &Environment,
    scopes: &Scopes,
    own: Own<'_>,
) -> Result<Reach, Refused> {
    let held = Held { client, scopes, own };
    let all = super::grants_all_when_none_asked(super::token_profile(environment));
    let scope = match asked {
        Some(asked) => without_openid(asked),
        // Whoever asks for something else by name asks for no scope.
        None if all && details.is_empty() => held.own_scopes(resource)?,
        None => Scope::default(),
    };
    let of_users = |token: &str| held.find(token, &[]).is_some_and(|r| r.kind == ResourceType::OpenidConnect);
    if scope.iter().any(of_users) {
        return Err(Refused::new(
            Reason::ScopeInvalid,
            "scopes of resources",
            "a scope of OpenID Connect without a user",
        ));
    }
    reach_with((&scope, details), resource, client, environment, scopes, own)
}

/// The resources of the types of details that the application may use.
fn types_of(client: &Client, scopes: &Scopes) -> Vec<ResourceId> {
    let allowed = &client.application.authorization_details_types;
    let held = scopes.details_types.iter().filter(|of| allowed.contains(&of.name));
    held.map(|of| of.resource).collect()
}

impl<'a> Held<'a> {
    /// The scopes that the application was granted, with their resources.
    fn all(self) -> impl Iterator<Item = (&'a ResourceScope, &'a Resource)> {
        let ids = self.client.grants.iter().flat_map(|grant| &grant.scopes);
        ids.filter_map(move |id| {
            let scope = self.scopes.scope(*id)?;
            Some((scope, self.scopes.resource(scope.resource)?))
        })
    }

    /// The resource of a scope that the application was granted, one of the named where several have it, or that is every
    /// application's: those that OpenID Connect defines.
    fn find(self, token: &str, named: &[&Resource]) -> Option<&'a Resource> {
        let granted = || self.all().filter(|(scope, _)| scope.name == token).map(|(_, resource)| resource);
        let first = granted().find(|found| named.iter().any(|n| n.id == found.id)).or_else(|| granted().next());
        let open = || {
            let open = self.scopes.scopes.iter().find(|scope| scope.name == token && self.scopes.is_open(scope));
            open.and_then(|scope| self.scopes.resource(scope.resource))
        };
        first.or_else(open)
    }

    /// The resources with these identifiers; the application must hold a scope of each, but of this server's own and of those that its
    /// details are for (`beside`).
    fn named(self, wanted: &[String], beside: &[ResourceId]) -> Result<Vec<&'a Resource>, Refused> {
        let mut named: Vec<&Resource> = Vec::new();
        for wanted in wanted {
            let key = resource_key(wanted);
            let is_it = |r: &&Resource| key.is_some() && resource_key(audience_of(r, self.own)) == key;
            let ours =
                self.scopes.resources.iter().filter(|r| r.kind != ResourceType::Custom || beside.contains(&r.id));
            let found = self.all().map(|(_, resource)| resource).chain(ours).find(is_it).ok_or_else(|| {
                Refused::new(
                    Reason::ResourceUnknown,
                    "the audience of a resource of the application",
                    "another resource",
                )
            })?;
            if !named.iter().any(|r| r.id == found.id) {
                named.push(found);
            }
        }
        Ok(named)
    }

    /// RFC 9068 §2.2.3, §5: at every resource of a token, each scope of it that has a meaning there is one that the application
    /// was granted there. Of two resources that use the same word, only one may have granted it.
    fn says_the_same(self, scope: &Scope, resources: &[&Resource]) -> Result<(), Refused> {
        let granted = |id| self.client.grants.iter().any(|grant| grant.scopes.contains(&id));
        let foreign = |s: &&ResourceScope| {
            scope.contains(&s.name) && resources.iter().any(|r| r.id == s.resource) && !granted(s.id)
        };
        let is_open =
            |s: &ResourceScope| self.scopes.resource(s.resource).is_some_and(|r| r.kind == ResourceType::OpenidConnect);
        if resources.len() < 2 || !self.scopes.scopes.iter().filter(foreign).any(|s| !is_open(s)) {
            return Ok(());
        }
        Err(Refused::new(
            Reason::ScopeInvalid,
            "scopes that the application holds of every resource of the token that has them",
            "a scope that another of the resources has too",
        ))
    }

    /// Every scope that is not somebody's, of the named resources or of all.
    fn own_scopes(self, resource: &[String]) -> Result<Scope, Refused> {
        let named: Vec<ResourceId> = self.named(resource, &[])?.iter().map(|r| r.id).collect();
        let own = self.all().filter(|(_, resource)| resource.kind != ResourceType::OpenidConnect);
        let own = own.filter(|(_, resource)| named.is_empty() || named.contains(&resource.id));
        Scope::from_tokens(own.map(|(scope, _)| scope.name.as_str()))
            .map_err(|error| Refused::new(Reason::ScopeInvalid, "scopes that fit into a token", error.to_string()))
    }
}

fn without_openid(asked: &Scope) -> Scope {
    Scope::from_tokens(asked.iter().filter(|token| *token != OPENID)).unwrap_or_default()
}

fn audience(resources: &[&Resource], own: Own<'_>) -> Vec<String> {
    if resources.is_empty() {
        return vec![own.api.to_owned()];
    }
    resources.iter().map(|resource| audience_of(resource, own).to_owned()).collect()
}

fn audience_of<'a>(resource: &'a Resource, own: Own<'a>) -> &'a str {
    match resource.kind {
        ResourceType::PingOneApi => own.api,
        ResourceType::OpenidConnect => own.userinfo,
        ResourceType::Custom => resource.audience(),
    }
}

/// Seconds that an access token lives which is for no resource with a word of its own.
pub fn usual_lifetime(client: &Client, environment: &Environment) -> i64 {
    lifetime(client, environment, &[])
}

fn lifetime(client: &Client, environment: &Environment, resources: &[&Resource]) -> i64 {
    let of_resources = resources.iter().filter_map(|r| r.access_token_seconds).min();
    client.application.access_token_seconds.or(of_resources).unwrap_or(environment.settings.access_token_seconds)
}

fn allows_several(client: &Client) -> bool {
    client.application.several_resources == Some(true)
}

const OPENID: &str = "openid";
