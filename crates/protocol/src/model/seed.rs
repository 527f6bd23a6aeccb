//! What every new environment holds from its first moment, so that nothing has to be configured before the first token.
//!
//! One function, used by the management API and by the first start of a server alike; everything goes into one commit.

use uuid::Uuid;

use crate::change::{Change, Guard};
use crate::client_auth::Method;
use crate::ctx::Ctx;
use crate::id::{ApplicationId, EnvironmentId, PasswordPolicyId, PopulationId, ResourceId, ScopeId, SignOnPolicyId};
use crate::model::{
    Application, ApplicationType, Environment, Kept as _, MULTI_FACTOR, PasswordPolicy, PkceEnforcement, Population,
    Resource, ResourceScope, ResourceType, SINGLE_FACTOR, SignOnAction, SignOnActionType, SignOnPolicy,
    SigningKeyRecord, UnusedSettings,
};
use crate::time::Time;

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

/// Everything a new environment holds: itself, its signing key, the two built-in resources with the scopes of OIDC (OIDC Core
/// §5.4, §11) and of users' own calls, the sign-on policies `Single_Factor` and `Multi_Factor`, the password policies `Standard`,
/// `Passphrase` and `Basic`, the population `Default` and PingOne's own applications.
///
/// `api_audience` is what access tokens for the management API carry as `aud`.
pub fn environment(ctx: &Ctx<'_>, environment: Environment, key: SigningKeyRecord, api_audience: &str) -> Seed {
    let (id, now) = (environment.id, environment.created_at);
    let [openid, api] = ascending(ctx);
    let openid = Resource {
        description: Some("OpenID Connect: who signed on".into()),
        ..resource(openid, &environment, "openid", ResourceType::OpenidConnect)
    };
    let api = Resource {
        description: Some("The management API".into()),
        audience: Some(api_audience.to_owned()),
        ..resource(api, &environment, "PingOne API", ResourceType::PingOneApi)
    };
    let population = default_population(ctx, &environment);
    let scopes = scopes(ctx, &openid, OPENID_SCOPES);
    let seed_scopes = OPENID_SCOPES.iter().zip(&scopes).map(|((name, _), scope)| (*name, scope.id)).collect();
    let mut seed = Seed {
        changes: vec![Change::put(environment, Guard::New), Change::CreateKey(key)],
        default_population: population.id,
        openid_resource: openid.id,
        api_resource: api.id,
        scopes: seed_scopes,
    };
    let of_users = self::scopes(ctx, &api, API_SCOPES);
    seed.changes.extend([openid, api].map(|object| Change::put(object, Guard::New)));
    seed.changes.extend(scopes.into_iter().chain(of_users).map(|object| Change::put(object, Guard::New)));
    seed.changes.extend(sign_on_policies(ctx, id, now).map(|object| Change::put(object, Guard::New)));
    seed.changes.extend(password_policies(ctx, id, now).map(|object| Change::put(object, Guard::New)));
    seed.changes.push(Change::put(population, Guard::New));
    seed.changes.extend(applications(ctx, id, now).map(|object| Change::put(object, Guard::New)));
    seed
}

/// PingOne's own applications. Without a grant nobody signs on to them.
fn applications(ctx: &Ctx<'_>, environment: EnvironmentId, now: Time) -> [Application; 2] {
    let mut ids = ascending::<2>(ctx).into_iter();
    BUILT_IN.map(|(kind, name, description)| Application {
        name: name.into(),
        description: Some(description.into()),
        enabled: true,
        kind,
        auth_methods: vec![Method::None],
        pkce: PkceEnforcement::Optional,
        unused: UnusedSettings {
            apply_default_theme: Some(true),
            hidden_from_app_portal: Some(false),
            ..UnusedSettings::default()
        },
        ..Application::blank(ApplicationId::new(ids.next().unwrap_or_default()), environment, now)
    })
}

/// Ids of things that are made at the same moment and listed in this order.
fn ascending<const N: usize>(ctx: &Ctx<'_>) -> [Uuid; N] {
    let mut ids = std::array::from_fn(|_| ctx.uuid());
    ids.sort_unstable();
    ids
}

fn scopes<const N: usize>(ctx: &Ctx<'_>, of: &Resource, names: [(&str, &str); N]) -> [ResourceScope; N] {
    let mut ids = ascending::<N>(ctx).into_iter();
    names.map(|(name, description)| ResourceScope {
        id: ScopeId::new(ids.next().unwrap_or_default()),
        environment: of.environment,
        resource: of.id,
        name: name.into(),
        description: Some(description.into()),
        ..ResourceScope::begun(of.environment, of.created_at)
    })
}

fn sign_on_policies(ctx: &Ctx<'_>, environment: EnvironmentId, now: Time) -> [SignOnPolicy; 2] {
    let [single, multi] = ascending(ctx).map(SignOnPolicyId::new);
    let begun = |id, name: &str, steps: &[SignOnActionType]| SignOnPolicy {
        id,
        name: name.to_owned(),
        actions: steps.iter().enumerate().map(|(place, kind)| SignOnAction::begun(id, place, *kind)).collect(),
        ..SignOnPolicy::begun(environment, now)
    };
    let login = SignOnActionType::Login;
    [
        SignOnPolicy { default: true, ..begun(single, SINGLE_FACTOR, &[login]) },
        begun(multi, MULTI_FACTOR, &[login, SignOnActionType::MultiFactor]),
    ]
}

fn password_policies(ctx: &Ctx<'_>, environment: EnvironmentId, now: Time) -> [PasswordPolicy; 3] {
    let [standard, passphrase, basic] = ascending(ctx).map(PasswordPolicyId::new);
    [
        PasswordPolicy::standard(standard, environment, now),
        PasswordPolicy::passphrase(passphrase, environment, now),
        PasswordPolicy::basic(basic, environment, now),
    ]
}

fn resource(id: Uuid, environment: &Environment, name: &str, kind: ResourceType) -> Resource {
    Resource {
        id: ResourceId::new(id),
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

pub(super) const OPENID_SCOPES: [(&str, &str); 6] = [
    ("openid", "Sign on and receive an ID token"),
    ("profile", "The user's name and profile"),
    ("email", "The user's e-mail address"),
    ("address", "The user's postal address"),
    ("phone", "The user's phone number"),
    ("offline_access", "Refresh tokens"),
];

const BUILT_IN: [(ApplicationType, &str, &str); 2] = [
    (ApplicationType::PingOnePortal, "PingOne Application Portal", "Where users find their applications"),
    (
        ApplicationType::PingOneSelfService,
        "PingOne Self-Service - MyAccount",
        "Where users look after their own account",
    ),
];

/// What users may be let do to themselves.
pub(super) const API_SCOPES: [(&str, &str); 14] = [
    ("p1:read:user", "Read the user's own data"),
    ("p1:update:user", "Change the user's own data"),
    ("p1:read:userPassword", "Read the state of the user's own password"),
    ("p1:validate:userPassword", "Check the user's own password"),
    ("p1:reset:userPassword", "Change the user's own password"),
    ("p1:read:sessions", "Read the user's own sessions"),
    ("p1:delete:sessions", "End the user's own sessions"),
    ("p1:create:device", "Add a device of the user's own"),
    ("p1:read:device", "Read the user's own devices"),
    ("p1:update:device", "Change the user's own devices"),
    ("p1:delete:device", "Remove the user's own devices"),
    ("p1:create:pairingKey", "Make a key by which the user pairs a device"),
    ("p1:read:oauthConsents", "Read what the user allows applications"),
    ("p1:update:oauthConsents", "Withdraw what the user allows applications"),
];

#[cfg(test)]
mod tests;
