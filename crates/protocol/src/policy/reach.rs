//! Decides what a token with these scopes reaches: which resources, under which audience, for how long
//! (RFC 6749 §3.3, RFC 8707 §2, RFC 9068 §3; PingOne's resources).

use crate::authorization::Reach;
use crate::client::Client;
use crate::id::ResourceId;
use crate::model::{Environment, Resource, ResourceScope, ResourceType, Scopes};
use crate::refusal::{Reason, Refused};
use crate::scope::{OFFLINE_ACCESS, Scope};

/// The configuration that decides it.
#[derive(Clone, Copy, Debug)]
struct Held<'a> {
    client: &'a Client,
    scopes: &'a Scopes,
    api: &'a str,
}

/// The reach of a user's token with `scope`, narrowed to `resource` where the request named some.
///
/// # Errors
/// `invalid_scope` for a scope that the application does not hold or when scopes of several resources come together
/// without the application's leave; `invalid_target` for a resource that it holds nothing of.
pub fn reach(
    scope: &Scope,
    resource: &[String],
    client: &Client,
    environment: &Environment,
    scopes: &Scopes,
    api: &str,
) -> Result<Reach, Refused> {
    let held = Held { client, scopes, api };
    let mut resources: Vec<&Resource> = Vec::new();
    for token in scope.iter().filter(|token| *token != OPENID) {
        let found = held.find(token).ok_or_else(|| {
            Refused::new(Reason::ScopeInvalid, "scopes granted to the application", "a scope that it does not hold")
        })?;
        if found.kind != ResourceType::OpenidConnect && !resources.iter().any(|r| r.id == found.id) {
            resources.push(found);
        }
    }
    let named = held.named(resource)?;
    if !named.is_empty() {
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
    if resources.len() > 1 && !allows_several(client) {
        return Err(Refused::new(
            Reason::ScopeInvalid,
            "scopes of one resource, or requestScopesForMultipleResourcesEnabled",
            format!("scopes of {} resources", resources.len()),
        ));
    }
    let lifetime = lifetime(client, environment, &resources);
    Ok(Reach { scope: scope.clone(), audience: audience(&resources, api), lifetime })
}

/// The reach of an application's own token. `openid` means nothing without a user and is dropped (OIDC Core §3.1.2.1).
///
/// # Errors
/// As [`reach`]; the other scopes of OpenID Connect are somebody's, so they are `invalid_scope` here.
pub fn reach_of_application(
    asked: Option<&Scope>,
    resource: &[String],
    client: &Client,
    environment: &Environment,
    scopes: &Scopes,
    api: &str,
) -> Result<Reach, Refused> {
    let held = Held { client, scopes, api };
    let all = super::grants_all_when_none_asked(super::token_profile(environment));
    let scope = match asked {
        Some(asked) => without_openid(asked),
        None if all => held.own_scopes(resource)?,
        None => Scope::default(),
    };
    let of_users = |token: &str| held.find(token).is_some_and(|r| r.kind == ResourceType::OpenidConnect);
    if scope.iter().any(of_users) {
        return Err(Refused::new(
            Reason::ScopeInvalid,
            "scopes of resources",
            "a scope of OpenID Connect without a user",
        ));
    }
    reach(&scope, resource, client, environment, scopes, api)
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

    /// The resource of a scope that the application was granted, or that is every application's: those of OpenID Connect.
    fn find(self, token: &str) -> Option<&'a Resource> {
        let granted = self.all().find(|(scope, _)| scope.name == token).map(|(_, resource)| resource);
        let open = || {
            let mut named = self.scopes.scopes.iter().filter(|scope| scope.name == token && token != OFFLINE_ACCESS);
            named.find_map(|s| self.scopes.resource(s.resource).filter(|r| r.kind == ResourceType::OpenidConnect))
        };
        granted.or_else(open)
    }

    /// The resources with these audiences; the application must hold a scope of each.
    fn named(self, audiences: &[String]) -> Result<Vec<&'a Resource>, Refused> {
        let mut named: Vec<&Resource> = Vec::new();
        for wanted in audiences {
            let mut own = self.all().map(|(_, resource)| resource).filter(|r| r.kind != ResourceType::OpenidConnect);
            let found = own.find(|r| audience_of(r, self.api) == wanted).ok_or_else(|| {
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

    /// Every scope that is not somebody's, of the named resources or of all.
    fn own_scopes(self, resource: &[String]) -> Result<Scope, Refused> {
        let named: Vec<ResourceId> = self.named(resource)?.iter().map(|r| r.id).collect();
        let own = self.all().filter(|(_, resource)| resource.kind != ResourceType::OpenidConnect);
        let own = own.filter(|(_, resource)| named.is_empty() || named.contains(&resource.id));
        Scope::from_tokens(own.map(|(scope, _)| scope.name.as_str()))
            .map_err(|error| Refused::new(Reason::ScopeInvalid, "scopes that fit into a token", error.to_string()))
    }
}

fn without_openid(asked: &Scope) -> Scope {
    Scope::from_tokens(asked.iter().filter(|token| *token != OPENID)).unwrap_or_default()
}

fn audience(resources: &[&Resource], api: &str) -> Vec<String> {
    if resources.is_empty() {
        return vec![api.to_owned()];
    }
    resources.iter().map(|resource| audience_of(resource, api).to_owned()).collect()
}

fn audience_of<'a>(resource: &'a Resource, api: &'a str) -> &'a str {
    match resource.kind {
        ResourceType::PingOneApi => api,
        // PingOne: a resource without an audience is named by its name.
        ResourceType::Custom | ResourceType::OpenidConnect => resource.audience.as_deref().unwrap_or(&resource.name),
    }
}

fn lifetime(client: &Client, environment: &Environment, resources: &[&Resource]) -> i64 {
    let of_resources = resources.iter().filter_map(|r| r.access_token_seconds).min();
    client.application.access_token_seconds.or(of_resources).unwrap_or(environment.settings.access_token_seconds)
}

fn allows_several(client: &Client) -> bool {
    client.application.several_resources == Some(true)
}

const OPENID: &str = "openid";
