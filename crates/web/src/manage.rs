//! The management API: PingOne's administration of organizations, environments, populations, users and applications.
//!
//! [`ROUTES`] is the table of all there is: each row names the one permission that its call needs, and no handler runs
//! before that was decided. One file per resource maps between JSON and the model; what may be written is decided in
//! [`protocol::model::check`], what it does to the store is a list of changes (the contract, Annex B).

mod activity;
mod administrator_security;
mod answer;
mod application;
mod application_key;
mod application_secret;
mod attribute;
mod authority;
mod authorization_details_type;
mod call;
mod capability;
mod certificate;
mod committed;
mod cors;
mod crud;
mod deeds;
mod entered;
mod environment;
mod for_groups;
mod for_policies;
mod group;
mod here;
mod identity_count;
mod identity_provider;
mod identity_provider_attribute;
mod include;
mod initial_access_token;
mod key;
mod key_application;
mod key_file;
mod key_rotation_policy;
mod list;
mod mailed;
mod membership;
mod named;
mod oauth_consent;
mod oneself;
pub mod openapi;
pub mod operator;
mod organization;
mod password;
mod password_policy;
mod population;
mod resource;
mod resource_grant;
mod resource_scope;
mod resource_secret;
mod role;
mod role_assignment;
mod room;
mod schema;
mod schema_attribute;
mod secret;
mod session;
mod shape;
mod sift;
mod sign_on_action;
mod sign_on_policy;
mod sign_on_policy_assignment;
mod trusted_issuer;
mod user;
mod user_attribute;
pub(crate) mod user_import;
mod user_state;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::pin::Pin;

use axum::Router;
use axum::extract::{Request, State};
use axum::routing::MethodFilter;
use engine::Failure;
use protocol::model::{
    Application, ApplicationAttribute, AuthorizationDetailsType, Certificate, CustomRole, Group, IdentityProvider,
    IdentityProviderAttribute, InitialAccessToken, Kept, PasswordPolicy, Permission, Population, Resource,
    ResourceAttribute, ResourceGrant, ResourceScope, RoleAssignment, SchemaAttribute, SignOnPolicy,
    SignOnPolicyAssignment, TrustedIssuer, User,
};

use crate::state::AppState;
use answer::Answer;
use call::Call;
use openapi::Told;

/// The routes below `/v1`.
pub fn routes(web: AppState) -> Router<AppState> {
    let router = all().fold(Router::new(), |router, route| {
        let handler = move |State(web): State<AppState>, request: Request| call::answer(web, route, request);
        router.route(route.path, axum::routing::on(route.method, handler))
    });
    let paths: BTreeSet<&str> = all().map(|route| route.path).collect();
    let router = paths.into_iter().fold(router, |router, path| router.route(path, axum::routing::options(cors::none)));
    router.layer(axum::middleware::from_fn_with_state(web, cors::allow))
}

/// Method and path below `/v1` of every call, for whoever must try them all.
pub fn calls() -> impl Iterator<Item = (&'static str, &'static str)> {
    all().map(|route| (route.name, route.path))
}

/// Method, path below `/v1` and the permission of every call, for whoever must weigh them all.
pub fn needs() -> impl Iterator<Item = (&'static str, &'static str, Permission)> {
    all().map(|route| (route.name, route.path, route.permission))
}

/// The identifier by which a custom role gives a call, with its method and path: what the document tells.
pub fn identifiers() -> impl Iterator<Item = (&'static str, &'static str, std::borrow::Cow<'static, str>)> {
    all().map(|route| (route.name, route.path, route.deed().identifier()))
}

/// The scopes by which users make calls for themselves, each once.
pub(crate) fn own_scopes() -> BTreeSet<&'static str> {
    all().filter_map(|route| route.own).collect()
}

fn all() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().copied().flatten()
}

/// One call of the management API.
pub(crate) struct Route {
    method: MethodFilter,
    name: &'static str,
    path: &'static str,
    permission: Permission,
    /// The parameter of the path that names the application or user who must not hold more than the actor.
    over: Option<&'static str>,
    /// The scope of a user's own token by which they may make the call for themselves (PingOne's `p1:…`).
    own: Option<&'static str>,
    handle: Handle,
    told: Told,
}

type Handle = fn(Call) -> Pin<Box<dyn Future<Output = Result<Answer, Failure>> + Send>>;

/// Some rows of the table.
macro_rules! rows {
    ($($method:ident $path:tt needs $permission:ident $(over $object:ident)? $(own $scope:literal)?
        => $module:ident :: $function:ident $(:: <$kind:ty>)?,)+) => {
        &[$(Route {
            method: MethodFilter::$method,
            name: stringify!($method),
            path: $path,
            permission: Permission::$permission,
            over: rows!(@named $(stringify!($object))?),
            own: rows!(@named $($scope)?),
            handle: |call| Box::pin($module::$function $(::<$kind>)? (call)),
            told: rows!(@told $module $function $($kind)?),
        }),+]
    };
    (@told crud $function:ident $kind:ty) => { Told::Of(stringify!($function), <$kind as Kept>::KIND) };
    (@told $module:ident $function:ident) => { Told::Own(concat!(stringify!($module), "::", stringify!($function))) };
    (@named) => { None };
    (@named $name:expr) => { Some($name) };
}

/// The five rows of an object that is in an environment and served like every other: to see one takes the first permission,
/// to write one the second.
macro_rules! plain {
    ($many:literal of $one:literal needs $read:ident, $write:ident => $kind:ty) => {
        rows! {
            GET    (concat!("/environments/{environment}/", $many)) needs $read => crud::list::<$kind>,
            POST   (concat!("/environments/{environment}/", $many)) needs $write => crud::create::<$kind>,
            GET    (concat!("/environments/{environment}/", $many, "/{", $one, "}")) needs $read => crud::read::<$kind>,
            PUT    (concat!("/environments/{environment}/", $many, "/{", $one, "}")) needs $write => crud::replace::<$kind>,
            DELETE (concat!("/environments/{environment}/", $many, "/{", $one, "}")) needs $write => crud::delete::<$kind>,
        }
    };
}

/// Every call: method, path, permission, handler.
#[rustfmt::skip]
static ROUTES: &[&[Route]] = &[
rows! {
    GET    "/organizations"                                                        needs ReadOrganizations => organization::list,
    GET    "/organizations/{organization}"                                         needs ReadOrganizations => organization::read,
    GET    "/organizations/{organization}/licenses"                                needs ReadLicenses => organization::licenses,
    GET    "/organizations/{organization}/licenses/{license}"                      needs ReadLicenses => organization::license,
    GET    "/organizations/{organization}/licenses/{license}/name"                 needs ReadLicenses => organization::license_name,
    PUT    "/organizations/{organization}/licenses/{license}/name"                 needs UpdateLicenses => organization::rename_license,
    GET    "/roles"                                                                needs ReadEnvironments => role::list,
    GET    "/roles/{role}"                                                         needs ReadEnvironments => role::read,

    GET    "/environments"                                                         needs ReadEnvironments => environment::list,
    POST   "/environments"                                                         needs CreateEnvironments => environment::create,
    GET    "/environments/{environment}"                                           needs ReadEnvironments => environment::read,
    PUT    "/environments/{environment}"                                           needs UpdateEnvironments => environment::replace,
    DELETE "/environments/{environment}"                                           needs DeleteEnvironments => environment::delete,
    PUT    "/environments/{environment}/type"                                      needs UpdateEnvironments => environment::replace_type,
    PUT    "/environments/{environment}/status"                                    needs UpdateEnvironments => environment::replace_status,
    GET    "/environments/{environment}/billOfMaterials"                           needs ReadEnvironments => environment::read_bill,
    PUT    "/environments/{environment}/billOfMaterials"                           needs UpdateEnvironments => environment::replace_bill,
    GET    "/environments/{environment}/capabilities"                              needs ReadEnvironments => capability::read,
    GET    "/environments/{environment}/totalIdentities"                           needs ReadUsers => identity_count::total,
    GET    "/environments/{environment}/activeIdentityCounts"                      needs ReadUsers => identity_count::active,
    GET    "/environments/{environment}/metrics/activeIdentityCounts"              needs ReadUsers => identity_count::active,
    GET    "/environments/{environment}/adminConfig"                               needs ReadAdministratorSecurity => administrator_security::read,
    PUT    "/environments/{environment}/adminConfig"                               needs UpdateAdministratorSecurity => administrator_security::replace,
    GET    "/environments/{environment}/roles"                                     needs ReadRoles => role::list_in_environment,
    POST   "/environments/{environment}/roles"                                     needs ManageRoles => crud::create::<CustomRole>,
    GET    "/environments/{environment}/roles/{role}"                              needs ReadRoles => role::read_in_environment,
    PUT    "/environments/{environment}/roles/{role}"                              needs ManageRoles => crud::replace::<CustomRole>,
    DELETE "/environments/{environment}/roles/{role}"                              needs ManageRoles => crud::delete::<CustomRole>,

},
plain! { "passwordPolicies" of "policy" needs ReadPopulations, ManagePopulations => PasswordPolicy },
plain! { "populations" of "population" needs ReadPopulations, ManagePopulations => Population },
rows! {
    GET    "/environments/{environment}/schemas"                                   needs ReadPopulations => schema::list,
    GET    "/environments/{environment}/schemas/{schema}"                          needs ReadPopulations => schema::read,
    GET    "/environments/{environment}/schemas/{schema}/attributes"               needs ReadPopulations => crud::all::<SchemaAttribute>,
    POST   "/environments/{environment}/schemas/{schema}/attributes"               needs UpdateEnvironments => crud::create::<SchemaAttribute>,
    GET    "/environments/{environment}/schemas/{schema}/attributes/{attribute}"   needs ReadPopulations => crud::read::<SchemaAttribute>,
    PUT    "/environments/{environment}/schemas/{schema}/attributes/{attribute}"   needs UpdateEnvironments => crud::replace::<SchemaAttribute>,
    PATCH  "/environments/{environment}/schemas/{schema}/attributes/{attribute}"   needs UpdateEnvironments => crud::patch::<SchemaAttribute>,
    DELETE "/environments/{environment}/schemas/{schema}/attributes/{attribute}"   needs UpdateEnvironments => crud::delete::<SchemaAttribute>,

    GET    "/environments/{environment}/users"                                     needs ReadUsers => crud::list::<User>,
    POST   "/environments/{environment}/users"                                     needs ManageUsers => user_import::create,
    GET    "/environments/{environment}/users/{user}"                              needs ReadUsers own "p1:read:user" => crud::read::<User>,
    PUT    "/environments/{environment}/users/{user}"                              needs ManageUsers over user own "p1:update:user" => crud::replace::<User>,
    PATCH  "/environments/{environment}/users/{user}"                              needs ManageUsers over user own "p1:update:user" => crud::patch::<User>,
    DELETE "/environments/{environment}/users/{user}"                              needs ManageUsers over user => crud::delete::<User>,
    POST   "/environments/{environment}/users/{user}"                              needs ManageUsers over user => user_state::act,
    GET    "/environments/{environment}/users/{user}/enabled"                      needs ReadUsers own "p1:read:user" => user_state::read_enabled,
    PUT    "/environments/{environment}/users/{user}/enabled"                      needs ManageUsers over user => user_state::replace_enabled,
    GET    "/environments/{environment}/users/{user}/mfaEnabled"                   needs ReadUsers own "p1:read:user" => user_state::read_mfa,
    PUT    "/environments/{environment}/users/{user}/mfaEnabled"                   needs ManageUsers over user => user_state::replace_mfa,
    GET    "/environments/{environment}/users/{user}/population"                   needs ReadUsers own "p1:read:user" => user_state::read_population,
    PUT    "/environments/{environment}/users/{user}/population"                   needs ManageUsers over user => user_state::replace_population,
    GET    "/environments/{environment}/users/{user}/verifyStatus"                 needs ReadUsers own "p1:read:user" => user_state::read_verify_status,
    PUT    "/environments/{environment}/users/{user}/verifyStatus"                 needs ManageUsers over user => user_state::replace_verify_status,
    GET    "/environments/{environment}/users/{user}/identityProvider"             needs ReadUsers own "p1:read:user" => user_state::read_identity_provider,
    PUT    "/environments/{environment}/users/{user}/identityProvider"             needs ManageUsers over user => user_state::replace_identity_provider,
    GET    "/environments/{environment}/users/{user}/linkedAccounts"               needs ReadUsers => user_state::linked_accounts,
    GET    "/environments/{environment}/users/{user}/linkedAccounts/{linkedAccount}" needs ReadUsers => user_state::linked_account,
    DELETE "/environments/{environment}/users/{user}/linkedAccounts/{linkedAccount}" needs ManageUsers over user => user_state::linked_account,
    GET    "/environments/{environment}/users/{user}/sessions"                     needs ReadUsers own "p1:read:sessions" => session::list,
    GET    "/environments/{environment}/users/{user}/sessions/{session}"           needs ReadUsers own "p1:read:sessions" => session::read,
    DELETE "/environments/{environment}/users/{user}/sessions/{session}"           needs ManageUsers over user own "p1:delete:sessions" => session::delete,
    GET    "/environments/{environment}/users/{user}/oauthConsents"                needs ReadUsers own "p1:read:oauthConsents" => oauth_consent::list,
    GET    "/environments/{environment}/users/{user}/oauthConsents/{consent}"      needs ReadUsers own "p1:read:oauthConsents" => oauth_consent::read,
    DELETE "/environments/{environment}/users/{user}/oauthConsents/{consent}"      needs ManageUsers over user own "p1:update:oauthConsents" => oauth_consent::delete,
    GET    "/environments/{environment}/users/{user}/password"                     needs ReadUsers own "p1:read:userPassword" => password::read,
    PUT    "/environments/{environment}/users/{user}/password"                     needs ManageUserPasswords over user own "p1:reset:userPassword" => password::replace,
    POST   "/environments/{environment}/users/{user}/password"                     needs ManageUserPasswords over user own "p1:validate:userPassword" => password::act,
    GET    "/environments/{environment}/users/{user}/roleAssignments"              needs ReadUserRoleAssignments => crud::all::<RoleAssignment>,
    POST   "/environments/{environment}/users/{user}/roleAssignments"              needs UpdateUserRoleAssignments over user => crud::create::<RoleAssignment>,
    GET    "/environments/{environment}/users/{user}/roleAssignments/{assignment}" needs ReadUserRoleAssignments => crud::read::<RoleAssignment>,
    DELETE "/environments/{environment}/users/{user}/roleAssignments/{assignment}" needs UpdateUserRoleAssignments over user => crud::delete::<RoleAssignment>,

    GET    "/environments/{environment}/applications"                              needs ReadApplications => crud::list::<Application>,
    POST   "/environments/{environment}/applications"                              needs ManageApplications => crud::create::<Application>,
    GET    "/environments/{environment}/applications/{application}"                needs ReadApplications => crud::read::<Application>,
    PUT    "/environments/{environment}/applications/{application}"                needs ManageApplications over application => crud::replace::<Application>,
    DELETE "/environments/{environment}/applications/{application}"                needs ManageApplications over application => crud::delete::<Application>,
    GET    "/environments/{environment}/applications/{application}/secret"         needs ReadApplicationSecrets over application => application_secret::read,
    POST   "/environments/{environment}/applications/{application}/secret"         needs RotateApplicationSecrets over application => application_secret::rotate,
    DELETE "/environments/{environment}/applications/{application}/secret"         needs RotateApplicationSecrets over application => application_secret::delete_previous,
    GET    "/environments/{environment}/applications/{application}/keys"           needs ReadApplications => application_key::list,
    POST   "/environments/{environment}/applications/{application}/keys"           needs ManageApplications over application => application_key::create,
    GET    "/environments/{environment}/applications/{application}/keys/{key}"     needs ReadApplications => application_key::read,
    DELETE "/environments/{environment}/applications/{application}/keys/{key}"     needs ManageApplications over application => application_key::delete,
    GET    "/environments/{environment}/applications/{application}/attributes"     needs ReadApplications => crud::all::<ApplicationAttribute>,
    POST   "/environments/{environment}/applications/{application}/attributes"     needs ManageApplications over application => crud::create::<ApplicationAttribute>,
    GET    "/environments/{environment}/applications/{application}/attributes/{attribute}" needs ReadApplications => crud::read::<ApplicationAttribute>,
    PUT    "/environments/{environment}/applications/{application}/attributes/{attribute}" needs ManageApplications over application => crud::replace::<ApplicationAttribute>,
    DELETE "/environments/{environment}/applications/{application}/attributes/{attribute}" needs ManageApplications over application => crud::delete::<ApplicationAttribute>,
    GET    "/environments/{environment}/applications/{application}/grants"         needs ReadApplications => crud::all::<ResourceGrant>,
    POST   "/environments/{environment}/applications/{application}/grants"         needs ManageApplications over application => crud::create::<ResourceGrant>,
    GET    "/environments/{environment}/applications/{application}/grants/{grant}" needs ReadApplications => crud::read::<ResourceGrant>,
    PUT    "/environments/{environment}/applications/{application}/grants/{grant}" needs ManageApplications over application => crud::replace::<ResourceGrant>,
    DELETE "/environments/{environment}/applications/{application}/grants/{grant}" needs ManageApplications over application => crud::delete::<ResourceGrant>,
    GET    "/environments/{environment}/applications/{application}/signOnPolicyAssignments" needs ReadApplications => crud::all::<SignOnPolicyAssignment>,
    POST   "/environments/{environment}/applications/{application}/signOnPolicyAssignments" needs ManageApplications over application => crud::create::<SignOnPolicyAssignment>,
    GET    "/environments/{environment}/applications/{application}/signOnPolicyAssignments/{signOnPolicyAssignment}" needs ReadApplications => crud::read::<SignOnPolicyAssignment>,
    PUT    "/environments/{environment}/applications/{application}/signOnPolicyAssignments/{signOnPolicyAssignment}" needs ManageApplications over application => crud::replace::<SignOnPolicyAssignment>,
    DELETE "/environments/{environment}/applications/{application}/signOnPolicyAssignments/{signOnPolicyAssignment}" needs ManageApplications over application => crud::delete::<SignOnPolicyAssignment>,
    GET    "/environments/{environment}/applications/{application}/roleAssignments" needs ReadApplications => crud::all::<RoleAssignment>,
    POST   "/environments/{environment}/applications/{application}/roleAssignments" needs ManageApplications over application => crud::create::<RoleAssignment>,
    GET    "/environments/{environment}/applications/{application}/roleAssignments/{assignment}" needs ReadApplications => crud::read::<RoleAssignment>,
    DELETE "/environments/{environment}/applications/{application}/roleAssignments/{assignment}" needs ManageApplications over application => crud::delete::<RoleAssignment>,

    GET    "/environments/{environment}/identityProviders"                         needs ReadApplications => crud::list::<IdentityProvider>,
    POST   "/environments/{environment}/identityProviders"                         needs ManageApplications => crud::create::<IdentityProvider>,
    GET    "/environments/{environment}/identityProviders/{identityProvider}"      needs ReadApplications => crud::read::<IdentityProvider>,
    PUT    "/environments/{environment}/identityProviders/{identityProvider}"      needs ManageApplications => identity_provider::replace,
    DELETE "/environments/{environment}/identityProviders/{identityProvider}"      needs ManageApplications => crud::delete::<IdentityProvider>,
    GET    "/environments/{environment}/identityProviders/{identityProvider}/attributes" needs ReadApplications => crud::all::<IdentityProviderAttribute>,
    POST   "/environments/{environment}/identityProviders/{identityProvider}/attributes" needs ManageApplications => crud::create::<IdentityProviderAttribute>,
    GET    "/environments/{environment}/identityProviders/{identityProvider}/attributes/{attribute}" needs ReadApplications => crud::read::<IdentityProviderAttribute>,
    PUT    "/environments/{environment}/identityProviders/{identityProvider}/attributes/{attribute}" needs ManageApplications => crud::replace::<IdentityProviderAttribute>,
    DELETE "/environments/{environment}/identityProviders/{identityProvider}/attributes/{attribute}" needs ManageApplications => crud::delete::<IdentityProviderAttribute>,
    GET    "/environments/{environment}/populations/{population}/defaultIdentityProvider" needs ReadPopulations => population::read_default_provider,
    PUT    "/environments/{environment}/populations/{population}/defaultIdentityProvider" needs ManagePopulations => population::replace_default_provider,
    GET    "/environments/{environment}/resources"                                 needs ReadApplications => crud::all::<Resource>,
    POST   "/environments/{environment}/resources"                                 needs ManageApplications => crud::create::<Resource>,
    GET    "/environments/{environment}/resources/{resource}"                      needs ReadApplications => crud::read::<Resource>,
    PUT    "/environments/{environment}/resources/{resource}"                      needs ManageApplications => crud::replace::<Resource>,
    DELETE "/environments/{environment}/resources/{resource}"                      needs ManageApplications => crud::delete::<Resource>,
    GET    "/environments/{environment}/resources/{resource}/secret"               needs ReadApplicationSecrets => resource_secret::read,
    POST   "/environments/{environment}/resources/{resource}/secret"               needs RotateApplicationSecrets => resource_secret::rotate,
    DELETE "/environments/{environment}/resources/{resource}/secret"               needs RotateApplicationSecrets => resource_secret::delete_previous,
    GET    "/environments/{environment}/resources/{resource}/scopes"               needs ReadApplications => crud::all::<ResourceScope>,
    POST   "/environments/{environment}/resources/{resource}/scopes"               needs ManageApplications => crud::create::<ResourceScope>,
    GET    "/environments/{environment}/resources/{resource}/scopes/{scope}"       needs ReadApplications => crud::read::<ResourceScope>,
    PUT    "/environments/{environment}/resources/{resource}/scopes/{scope}"       needs ManageApplications => crud::replace::<ResourceScope>,
    DELETE "/environments/{environment}/resources/{resource}/scopes/{scope}"       needs ManageApplications => resource_scope::delete,
    GET    "/environments/{environment}/resources/{resource}/attributes"           needs ReadApplications => crud::all::<ResourceAttribute>,
    POST   "/environments/{environment}/resources/{resource}/attributes"           needs ManageApplications => crud::create::<ResourceAttribute>,
    GET    "/environments/{environment}/resources/{resource}/attributes/{attribute}" needs ReadApplications => crud::read::<ResourceAttribute>,
    PUT    "/environments/{environment}/resources/{resource}/attributes/{attribute}" needs ManageApplications => crud::replace::<ResourceAttribute>,
    DELETE "/environments/{environment}/resources/{resource}/attributes/{attribute}" needs ManageApplications => crud::delete::<ResourceAttribute>,
    GET    "/environments/{environment}/signOnPolicies"                            needs ReadApplications => crud::all::<SignOnPolicy>,
    POST   "/environments/{environment}/signOnPolicies"                            needs ManageApplications => crud::create::<SignOnPolicy>,
    GET    "/environments/{environment}/signOnPolicies/{policy}"                   needs ReadApplications => crud::read::<SignOnPolicy>,
    PUT    "/environments/{environment}/signOnPolicies/{policy}"                   needs ManageApplications => sign_on_policy::replace,
    DELETE "/environments/{environment}/signOnPolicies/{policy}"                   needs ManageApplications => crud::delete::<SignOnPolicy>,
    GET    "/environments/{environment}/signOnPolicies/{policy}/actions"           needs ReadApplications => sign_on_action::list,
    POST   "/environments/{environment}/signOnPolicies/{policy}/actions"           needs ManageApplications => sign_on_action::create,
    GET    "/environments/{environment}/signOnPolicies/{policy}/actions/{action}"  needs ReadApplications => sign_on_action::read,
    PUT    "/environments/{environment}/signOnPolicies/{policy}/actions/{action}"  needs ManageApplications => sign_on_action::replace,
    DELETE "/environments/{environment}/signOnPolicies/{policy}/actions/{action}"  needs ManageApplications => sign_on_action::delete,

    GET    "/environments/{environment}/activities"                                needs ReadActivities => activity::list,
    POST   "/environments/{environment}/activities"                                needs ReadActivities => activity::search,
    GET    "/environments/{environment}/activities/{activity}"                     needs ReadActivities => activity::read,

},
plain! { "authorizationDetailsTypes" of "authorizationDetailsType" needs ReadApplications, ManageApplications => AuthorizationDetailsType },
plain! { "trustedIssuers" of "trustedIssuer" needs ReadApplications, ManageApplications => TrustedIssuer },
rows! {
    GET    "/environments/{environment}/keys"                                      needs ReadApplications => key::list,
    POST   "/environments/{environment}/keys"                                      needs UpdateEnvironments => key::create,
    GET    "/environments/{environment}/keys/{key}"                                needs ReadApplications => key::read,
    PUT    "/environments/{environment}/keys/{key}"                                needs UpdateEnvironments => key::replace,
    DELETE "/environments/{environment}/keys/{key}"                                needs UpdateEnvironments => key::delete,
    GET    "/environments/{environment}/keys/{key}/csr"                            needs ReadApplications => key::request,
    POST   "/environments/{environment}/keys/{key}/csr"                            needs UpdateEnvironments => key::certify,
    GET    "/environments/{environment}/keys/{key}/applications"                   needs ReadApplications => key_application::list,
    GET    "/environments/{environment}/keyRotationPolicies"                       needs ReadApplications => key_rotation_policy::list,
    POST   "/environments/{environment}/keyRotationPolicies"                       needs UpdateEnvironments => key_rotation_policy::create,
    GET    "/environments/{environment}/keyRotationPolicies/{keyRotationPolicy}"   needs ReadApplications => key_rotation_policy::read,
    PUT    "/environments/{environment}/keyRotationPolicies/{keyRotationPolicy}"   needs UpdateEnvironments => key_rotation_policy::replace,
    DELETE "/environments/{environment}/keyRotationPolicies/{keyRotationPolicy}"   needs UpdateEnvironments => key_rotation_policy::delete,
    GET    "/environments/{environment}/keyRotationPolicies/{keyRotationPolicy}/jwks" needs ReadApplications => key_rotation_policy::jwks,
    GET    "/environments/{environment}/certificates"                              needs ReadApplications => certificate::list,
    POST   "/environments/{environment}/certificates"                              needs UpdateEnvironments => certificate::create,
    GET    "/environments/{environment}/certificates/{certificate}"                needs ReadApplications => certificate::read,
    DELETE "/environments/{environment}/certificates/{certificate}"                needs UpdateEnvironments => crud::delete::<Certificate>,
    GET    "/environments/{environment}/certificates/{certificate}/applications"   needs ReadApplications => certificate::applications,
},
plain! { "groups" of "group" needs ReadGroups, ManageGroups => Group },
rows! {
    GET    "/environments/{environment}/groups/{group}/roleAssignments"            needs ReadGroupRoleAssignments => crud::all::<RoleAssignment>,
    POST   "/environments/{environment}/groups/{group}/roleAssignments"            needs UpdateGroupRoleAssignments over group => crud::create::<RoleAssignment>,
    GET    "/environments/{environment}/groups/{group}/roleAssignments/{assignment}" needs ReadGroupRoleAssignments => crud::read::<RoleAssignment>,
    DELETE "/environments/{environment}/groups/{group}/roleAssignments/{assignment}" needs UpdateGroupRoleAssignments over group => crud::delete::<RoleAssignment>,
    GET    "/environments/{environment}/groups/{group}/memberOfGroups"             needs ReadGroups => membership::list_of_group,
    POST   "/environments/{environment}/groups/{group}/memberOfGroups"             needs ManageGroups => membership::nest,
    GET    "/environments/{environment}/groups/{group}/memberOfGroups/{parent}"    needs ReadGroups => membership::read_of_group,
    DELETE "/environments/{environment}/groups/{group}/memberOfGroups/{parent}"    needs ManageGroups => membership::unnest,
    GET    "/environments/{environment}/users/{user}/memberOfGroups"               needs ReadGroups => membership::list_of_user,
    POST   "/environments/{environment}/users/{user}/memberOfGroups"               needs ManageGroups => membership::join,
    GET    "/environments/{environment}/users/{user}/memberOfGroups/{group}"       needs ReadGroups => membership::read_of_user,
    DELETE "/environments/{environment}/users/{user}/memberOfGroups/{group}"       needs ManageGroups => membership::leave,
},
rows! {
    GET    "/environments/{environment}/initialAccessTokens"                       needs ReadApplications => crud::list::<InitialAccessToken>,
    POST   "/environments/{environment}/initialAccessTokens"                       needs ManageApplications => crud::create::<InitialAccessToken>,
    GET    "/environments/{environment}/initialAccessTokens/{initialAccessToken}"  needs ReadApplications => crud::read::<InitialAccessToken>,
    DELETE "/environments/{environment}/initialAccessTokens/{initialAccessToken}"  needs ManageApplications => crud::delete::<InitialAccessToken>,
},
];
