//! What an environment holds, in PingOne's words: the values that rules read and the store keeps.
//!
//! Every value here is plain data whose fields may hold anything of their type. What a management call may *write*
//! is decided by the `check` functions beside the types; wire shapes live in `web`, row shapes in `store`.

mod activity;
mod application;
mod attribute;
mod authorities;
mod authorization_details_type;
mod bill_of_materials;
mod certificate;
pub mod check;
mod client_secret;
pub mod describe;
mod environment;
mod front_channel;
mod group;
mod identity_provider;
mod initial_access_token;
pub mod key_pair;
mod key_rotation_policy;
mod object;
mod password_policy;
mod population;
mod resource;
mod resource_scope;
mod role;
mod schema;
pub mod seed;
mod sign_on;
mod trusted_issuer;
mod user;
mod user_filter;

pub use activity::{Activity, Foreign};
pub use application::{
    AccessControl, AccessGroups, AccessRole, Application, ApplicationTag, ApplicationType, AssertionAudience,
    CacheUnit, ClientSecret, CorsBehavior, CorsSettings, GroupAccess, Icon, Integrity, IntegrityMode, KeyCertificate,
    LogoutSettings, Mobile, NumberMatching, ParRequirement, ParSettings, PkceEnforcement, Platform, Protocol,
    RefreshTokenSettings, RefreshTokenType, RegisteredKeys, RequestObjectSettings, RequestObjectTimes, ResourceGrant,
    ResponseKind, SecretOf, SecretPair, SigningSettings, Standing, TimeUnit, TlsClientAuth, TokenFormat,
    UnusedSettings, VerificationType,
};
pub use attribute::{
    ApplicationAttribute, AttributeType, MOST_ATTRIBUTES, MappingType, OWN_ID, PREDEFINED, ResourceAttribute, SUB,
    UNWRITTEN, is_reserved,
};
pub use authorities::TrustedAuthorities;
pub use authorization_details_type::AuthorizationDetailsType;
pub use bill_of_materials::{BillOfMaterials, Product};
pub use certificate::Certificate;
pub use environment::{
    AdministratorAuthentication, AdministratorSecurity, Environment, EnvironmentSettings, EnvironmentStatus,
    EnvironmentType, KeyStatus, License, Organization, REGIONS, SigningKeyRecord, TokenProfile, WrittenStatus,
    WrittenType,
};
pub use front_channel::FrontChannelTokens;
pub use group::{Group, MAX_FILTERED, MAX_GROUPS, MAX_NESTED, Member, Membership};
pub use identity_provider::{
    IdentityProvider, IdentityProviderAttribute, IdentityProviderType, MappingUpdate, OidcConnection, ProviderClient,
    ProviderMappingType, ProviderSecret, SamlConnection,
};
pub use initial_access_token::InitialAccessToken;
pub use key_pair::{KeyPair, KeyUsage};
pub use key_rotation_policy::{KeyRotationPolicy, MOST_POLICIES, key_rotation_policy};
pub use object::{Kept, Key, Object, ObjectKind, Stamps};
pub use password_policy::{
    MAX_REMEMBERED, PasswordHistory, PasswordPolicy, PasswordRule, ProfileWords, Retiring, Sequences, is_similar,
    password_rules_failed,
};
pub use population::Population;
pub use resource::{IntrospectAuth, Resource, ResourceType, Scopes};
pub use resource_scope::{Reaches, ResourceScope};
pub use role::{
    ActorKind, CustomRole, Deed, Given, Held, Permission, ROLES, Role, RoleAssignment, RoleScope, RoleScopeKind, Verb,
};
pub use schema::{
    BY_ID, CustomValue, CustomValues, EnumeratedValue, FoundCustom, MAX_KEY, MOST_CUSTOM, RegexValidation,
    SchemaAttribute, SchemaAttributeType, SchemaType, SubAttribute, UserSchema, user_schema, value_key,
};
pub use sign_on::{
    Condition, Facts, MAX_SIGN_ON_ACTIONS, MULTI_FACTOR, SINGLE_FACTOR, Session, SignOnAction, SignOnActionType,
    SignOnPolicy, SignOnPolicyAssignment, SignOnStep,
};
pub(crate) use trusted_issuer::trust_domain;
pub use trusted_issuer::{TrustedIssuer, TrustedIssuerType, Workload};
pub use user::{
    ACCOUNT_OK, Account, Address, ImportedUser, NewPassword, PasswordState, PasswordStatus, Profile, User, UserName,
    VERIFICATION_REQUIRED,
};
pub use user_filter::{FoundUser, UserFilter};

/// Calls a macro with the list of all kinds of managed objects, so that whoever needs something of each writes no list of
/// their own. A line says, in this order: the type; what audit events and refusals call it; what a path calls one and all of
/// them; the type of its id, and what else is in its key (of those `within` an environment the environment's id comes first
/// and is not said); which members are stamped when it is written; whether it configures its environment; and, where
/// events of its own tell of it, what is recorded when one is created, updated and deleted.
#[macro_export]
macro_rules! objects {
    ($then:ident) => {
        $then! {
            above {
                Environment = "ENVIRONMENT", "environment" of "environments" by EnvironmentId with ()
                    stamps (created_at updated_at version) configures true told (EnvironmentCreated EnvironmentUpdated EnvironmentDeleted);
                License = "LICENSE", "license" of "licenses" by LicenseId with (organization: $crate::id::OrganizationId)
                    stamps (created_at updated_at) configures false told (LicenseCreated LicenseUpdated LicenseDeleted);
                Organization = "ORGANIZATION", "organization" of "organizations" by OrganizationId with ()
                    stamps (created_at updated_at) configures false told ();
            }
            within {
                Application = "APPLICATION", "application" of "applications" by ApplicationId with ()
                    stamps (created_at updated_at version) configures true told (ApplicationCreated ApplicationUpdated ApplicationDeleted);
                ApplicationAttribute = "APPLICATION_ATTRIBUTE", "attribute" of "attributes" by ApplicationAttributeId with (application: $crate::id::ApplicationId)
                    stamps (created_at updated_at version) configures true told (ApplicationAttributeCreated ApplicationAttributeUpdated ApplicationAttributeDeleted);
                AuthorizationDetailsType = "AUTHORIZATION_DETAILS_TYPE", "authorizationDetailsType" of "authorizationDetailsTypes" by AuthorizationDetailsTypeId with ()
                    stamps (created_at updated_at version) configures true told (AuthorizationDetailsTypeCreated AuthorizationDetailsTypeUpdated AuthorizationDetailsTypeDeleted);
                Certificate = "CERTIFICATE", "certificate" of "certificates" by CertificateId with ()
                    stamps (created_at updated_at version) configures false told (CertificateCreated CertificateUpdated CertificateDeleted);
                CustomRole = "ROLE", "role" of "roles" by RoleId with ()
                    stamps (created_at updated_at version) configures false told (RoleCreated RoleUpdated RoleDeleted);
                Group = "GROUP", "group" of "groups" by GroupId with ()
                    stamps (created_at updated_at version) configures false told (GroupCreated GroupUpdated GroupDeleted);
                IdentityProvider = "IDENTITY_PROVIDER", "identityProvider" of "identityProviders" by IdentityProviderId with ()
                    stamps (created_at updated_at version) configures true told (IdentityProviderCreated IdentityProviderUpdated IdentityProviderDeleted);
                IdentityProviderAttribute = "IDENTITY_PROVIDER_ATTRIBUTE", "attribute" of "attributes" by IdentityProviderAttributeId with (provider: $crate::id::IdentityProviderId)
                    stamps (created_at updated_at version) configures true told ();
                InitialAccessToken = "INITIAL_ACCESS_TOKEN", "initialAccessToken" of "initialAccessTokens" by InitialAccessTokenId with ()
                    stamps (created_at updated_at version) configures false told (InitialAccessTokenCreated InitialAccessTokenUpdated InitialAccessTokenDeleted);
                KeyPair = "KEY", "key" of "keys" by KeyPairId with ()
                    stamps (created_at updated_at version) configures true told (KeyCreated KeyUpdated KeyDeleted);
                KeyRotationPolicy = "KEY_ROTATION_POLICY", "keyRotationPolicy" of "keyRotationPolicies" by KeyRotationPolicyId with ()
                    stamps (created_at updated_at version) configures true told (KeyRotationPolicyCreated KeyRotationPolicyUpdated KeyRotationPolicyDeleted);
                PasswordPolicy = "PASSWORD_POLICY", "policy" of "passwordPolicies" by PasswordPolicyId with ()
                    stamps (created_at updated_at version) configures true told (PasswordPolicyCreated PasswordPolicyUpdated PasswordPolicyDeleted);
                Population = "POPULATION", "population" of "populations" by PopulationId with ()
                    stamps (created_at updated_at version) configures true told (PopulationCreated PopulationUpdated PopulationDeleted);
                Resource = "RESOURCE", "resource" of "resources" by ResourceId with ()
                    stamps (created_at updated_at version) configures true told (ResourceCreated ResourceUpdated ResourceDeleted);
                ResourceAttribute = "RESOURCE_ATTRIBUTE", "attribute" of "attributes" by ResourceAttributeId with (resource: $crate::id::ResourceId)
                    stamps (created_at updated_at version) configures true told (ResourceAttributeCreated ResourceAttributeUpdated ResourceAttributeDeleted);
                ResourceGrant = "GRANT", "grant" of "grants" by ResourceGrantId with (application: $crate::id::ApplicationId)
                    stamps (created_at updated_at version) configures true told ();
                ResourceScope = "SCOPE", "scope" of "scopes" by ScopeId with (resource: $crate::id::ResourceId)
                    stamps (created_at updated_at version) configures true told (ScopeCreated ScopeUpdated ScopeDeleted);
                RoleAssignment = "ROLE_ASSIGNMENT", "assignment" of "roleAssignments" by RoleAssignmentId with (actor: uuid::Uuid)
                    stamps () configures true told ();
                SchemaAttribute = "SCHEMA_ATTRIBUTE", "attribute" of "attributes" by SchemaAttributeId with ()
                    stamps (created_at updated_at version) configures true told (SchemaAttributeCreated SchemaAttributeUpdated SchemaAttributeDeleted);
                SignOnPolicy = "SIGN_ON_POLICY", "policy" of "signOnPolicies" by SignOnPolicyId with ()
                    stamps (created_at updated_at version) configures true told (SignOnPolicyCreated SignOnPolicyUpdated SignOnPolicyDeleted);
                SignOnPolicyAssignment = "SIGN_ON_POLICY_ASSIGNMENT", "signOnPolicyAssignment" of "signOnPolicyAssignments" by SignOnPolicyAssignmentId with (application: $crate::id::ApplicationId)
                    stamps (created_at updated_at version) configures true told (SignOnPolicyAssignmentCreated SignOnPolicyAssignmentUpdated SignOnPolicyAssignmentDeleted);
                TrustedIssuer = "TRUSTED_ISSUER", "trustedIssuer" of "trustedIssuers" by TrustedIssuerId with ()
                    stamps (created_at updated_at version) configures true told (TrustedIssuerCreated TrustedIssuerUpdated TrustedIssuerDeleted);
                User = "USER", "user" of "users" by UserId with ()
                    stamps (created_at updated_at version) configures false told (UserCreated UserUpdated UserDeleted);
            }
        }
    };
}
