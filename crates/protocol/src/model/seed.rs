//! What every new environment holds from its first moment, so that nothing has to be configured before the first token.
//!
//! One function, used by the management API and by the first start of a server alike; everything goes into one commit.

use crate::change::{Change, Guard};
use crate::ctx::Ctx;
use crate::id::{PasswordPolicyId, PopulationId, ResourceId, ScopeId, SignOnPolicyId};
use crate::model::{
    Environment, Kept as _, PasswordPolicy, Population, Resource, ResourceScope, ResourceType, SINGLE_FACTOR,
    SignOnActions, SignOnPolicy, SigningKeyRecord,
};

/// The changes that make an environment, and the ids that whoever adds more to it needs.
#[derive(Clone, Debug)]
pub struct Seed {
    pub changes: Vec<Change>,
    pub default_population: PopulationId,
    /// The built-in `openid` resource.
    pub openid_resource: ResourceId,
    /// The built-in `PingOne API` resource, whose audience is the management API.
    pub api_resource: ResourceId,
    /// The scopes of the `openid` resource by name.
    pub scopes: Vec<(&'static str, ScopeId)>,
}

/// Everything a new environment holds: itself, its signing key, the two built-in resources with the OIDC scopes
/// (OIDC Core §5.4, §11), the sign-on policy `Single_Factor`, the password policy `Standard` and the population `Default`.
///
/// `api_audience` is what access tokens for the management API carry as `aud`.
pub fn environment(ctx: &Ctx<'_>, environment: Environment, key: SigningKeyRecord, api_audience: &str) -> Seed {
    let (id, now) = (environment.id, environment.created_at);
    let openid = Resource {
        description: Some("OpenID Connect: who signed on".into()),
        ..resource(ctx, &environment, "openid", ResourceType::OpenidConnect)
    };
    let api = Resource {
        description: Some("The management API".into()),
        audience: Some(api_audience.to_owned()),
        ..resource(ctx, &environment, "PingOne API", ResourceType::PingOneApi)
    };
    let population = default_population(ctx, &environment);
    let mut seed = Seed {
        changes: Vec::new(),
        default_population: population.id,
        openid_resource: openid.id,
        api_resource: api.id,
        scopes: Vec::new(),
    };
    let scopes = OPENID_SCOPES.map(|(name, description)| ResourceScope {
        id: ScopeId::new(ctx.uuid()),
        environment: id,
        resource: openid.id,
        name: name.into(),
        description: Some(description.into()),
        created_at: now,
        updated_at: now,
    });
    seed.scopes = OPENID_SCOPES.iter().zip(&scopes).map(|((name, _), scope)| (*name, scope.id)).collect();
    seed.changes.push(Change::put(environment, Guard::New));
    seed.changes.push(Change::CreateKey(key));
    seed.changes.push(Change::put(openid, Guard::New));
    seed.changes.push(Change::put(api, Guard::New));
    seed.changes.extend(scopes.into_iter().map(|scope| Change::put(scope, Guard::New)));
    let policy = SignOnPolicy {
        id: SignOnPolicyId::new(ctx.uuid()),
        name: SINGLE_FACTOR.into(),
        default: true,
        actions: SignOnActions::LOGIN,
        ..SignOnPolicy::begun(id, now)
    };
    seed.changes.push(Change::put(policy, Guard::New));
    let standard = PasswordPolicy::standard(PasswordPolicyId::new(ctx.uuid()), id, now);
    seed.changes.push(Change::put(standard, Guard::New));
    seed.changes.push(Change::put(population, Guard::New));
    seed
}

fn resource(ctx: &Ctx<'_>, environment: &Environment, name: &str, kind: ResourceType) -> Resource {
    Resource {
        id: ResourceId::new(ctx.uuid()),
        name: name.into(),
        kind,
        ..Resource::begun(environment.id, environment.created_at)
    }
}

fn default_population(ctx: &Ctx<'_>, environment: &Environment) -> Population {
    Population {
        id: PopulationId::new(ctx.uuid()),
        name: "Default".into(),
        default: true,
        preferred_language: environment.settings.locale.clone(),
        theme: ctx.uuid(),
        ..Population::begun(environment.id, environment.created_at)
    }
}

const OPENID_SCOPES: [(&str, &str); 6] = [
    ("openid", "Sign on and receive an ID token"),
    ("profile", "The user's name and profile"),
    ("email", "The user's e-mail address"),
    ("address", "The user's postal address"),
    ("phone", "The user's phone number"),
    ("offline_access", "Refresh tokens"),
];

#[cfg(test)]
mod tests;
