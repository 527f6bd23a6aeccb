//! What is configured.

use jose::Alg;
use protocol::client::Client;
use protocol::client_auth::Method;
use protocol::grant::GrantType;
use protocol::id::{
    ApplicationId, EnvironmentId, GroupId, LicenseId, OrganizationId, PasswordPolicyId, PopulationId, ResourceGrantId,
    ResourceId, RoleAssignmentId, ScopeId, SignOnPolicyId,
};
use protocol::model::{
    AccessControl, ActorKind, AdministratorSecurity, Application, ApplicationType, AssertionAudience, BillOfMaterials,
    ClientSecret, Condition, CorsSettings, Environment, EnvironmentSettings, EnvironmentType, Group, Icon,
    IntrospectAuth, KeyCertificate, KeyStatus, License, LogoutSettings, Organization, ParRequirement, ParSettings,
    PasswordPolicy, PkceEnforcement, Population, Product, Protocol, RefreshTokenSettings, RegisteredKeys,
    RequestObjectSettings, RequestObjectTimes, Resource, ResourceGrant, ResourceScope, ResourceType, ResponseKind,
    RoleAssignment, RoleScope, SecretPair, SignOnAction, SignOnActionType, SignOnPolicy, SignOnStep, SigningKeyRecord,
    SigningSettings, TlsClientAuth, TokenFormat, TokenProfile, TrustedAuthorities, UnusedSettings,
};
use protocol::registration::{Registration, RegistrationPolicy};
use protocol::secret::{SecretDigest, TokenHash};
use protocol::step_up::StepUp;
use uuid::Uuid;

use super::unused::full_unused_settings;
use super::{HERE, HOSTILE, NOW, list, some, uuid};

/// The organization that holds this environment alone.
pub(crate) fn organization_of(environment: EnvironmentId) -> OrganizationId {
    OrganizationId::new(if environment == HERE { uuid(0x01) } else { uuid(0x02) })
}

pub(crate) fn organization(id: OrganizationId) -> Organization {
    Organization {
        id,
        name: "Bare".to_owned(),
        description: None,
        kind: "INTERNAL".to_owned(),
        created_at: NOW,
        updated_at: NOW,
    }
}

pub(crate) fn full_organization(id: OrganizationId) -> Organization {
    Organization { description: some(HOSTILE), name: HOSTILE.to_owned(), updated_at: NOW.plus(1), ..organization(id) }
}

pub(crate) fn license(organization: OrganizationId, n: u128) -> License {
    License {
        id: LicenseId::new(uuid(n)),
        organization,
        name: format!("Licence {n}"),
        package: "INTERNAL".to_owned(),
        created_at: NOW.plus(n as i64),
        updated_at: NOW.plus(n as i64),
    }
}

pub(crate) fn environment(id: EnvironmentId) -> Environment {
    Environment {
        id,
        organization: organization_of(id),
        license: LicenseId::new(uuid(1)),
        name: "Bare".to_owned(),
        description: None,
        kind: EnvironmentType::Sandbox,
        region: "EU".to_owned(),
        icon: None,
        bill_of_materials: BillOfMaterials {
            solution_type: None,
            products: Vec::new(),
            created_at: NOW,
            updated_at: NOW,
        },
        settings: EnvironmentSettings::default(),
        activity_retention_days: 0,
        soft_deleted_at: None,
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    }
}

pub(crate) fn full_environment(id: EnvironmentId) -> Environment {
    let product = Product {
        id: uuid(7),
        kind: "PING_ONE_BASE".to_owned(),
        description: some(HOSTILE),
        console: some("https://console.example.test/"),
        tags: list(&["one", HOSTILE]),
        bookmarks: vec![("name".to_owned(), "https://example.test/".to_owned())],
    };
    let bare = Product { description: None, console: None, tags: vec![], bookmarks: vec![], ..product.clone() };
    Environment {
        name: HOSTILE.to_owned(),
        description: some(""),
        kind: EnvironmentType::Production,
        icon: some("https://example.test/icon.png"),
        bill_of_materials: BillOfMaterials {
            solution_type: some("CUSTOMER"),
            products: vec![product, bare],
            created_at: NOW,
            updated_at: NOW.plus(2),
        },
        settings: EnvironmentSettings {
            token_profile: TokenProfile::Rfc9068,
            signing_alg: Alg::EdDsa,
            access_token_seconds: 60,
            id_token_seconds: 61,
            par_requirement: ParRequirement::Required,
            locale: "de".to_owned(),
            registration: RegistrationPolicy::Open,
            statement_required: true,
            unused_days: Some(30),
            client_documents: vec!["example.com".to_owned()],
            foreign_scopes: vec!["read".to_owned()],
            dpop_nonces: true,
            user_info: StepUp { acr_values: list(&["Strong", HOSTILE]), max_age: Some(300) },
            front_channel_tokens: Some(protocol::model::FrontChannelTokens::IdToken),
            client_authorities: TrustedAuthorities::new(vec!["-----BEGIN CERTIFICATE-----".into()]),
            security_profile: protocol::policy::SecurityProfile::FapiMessageSigning,
            signed_metadata: true,
            administrators: Some(AdministratorSecurity { recovery: false, ..AdministratorSecurity::default() }),
            session_management: true,
        },
        activity_retention_days: 30,
        soft_deleted_at: Some(NOW.plus(3)),
        updated_at: NOW.plus(3),
        version: 9,
        ..environment(id)
    }
}

pub(crate) fn key(environment: EnvironmentId, n: u128, status: KeyStatus) -> SigningKeyRecord {
    let retired_at = (status == KeyStatus::Retired).then(|| NOW.plus(5));
    SigningKeyRecord {
        environment,
        kid: format!("key-{n}"),
        alg: Alg::Es256,
        status,
        chosen: n.is_multiple_of(2),
        sealed: vec![0, 0xff, n as u8],
        created_at: NOW.plus(n as i64),
        retired_at,
    }
}

pub(crate) fn group(environment: EnvironmentId, n: u128) -> Group {
    Group {
        id: GroupId::new(uuid(n)),
        environment,
        name: format!("Group {n}"),
        description: None,
        external_id: None,
        population: None,
        user_filter: None,
        custom_data: serde_json::Map::new(),
        has_data: false,
        direct_users: 0,
        created_at: NOW.plus(n as i64),
        updated_at: NOW.plus(n as i64),
        version: 1,
    }
}

pub(crate) fn full_group(environment: EnvironmentId, n: u128) -> Group {
    Group {
        name: HOSTILE.to_owned(),
        description: some(HOSTILE),
        external_id: some(HOSTILE),
        population: Some(PopulationId::new(uuid(n))),
        user_filter: some("title eq \"Dr\" and name.family pr"),
        custom_data: serde_json::Map::from_iter([(HOSTILE.to_owned(), serde_json::json!([{ "a": null }]))]),
        has_data: true,
        version: 4,
        ..group(environment, n)
    }
}

pub(crate) fn population(environment: EnvironmentId, n: u128) -> Population {
    Population {
        id: PopulationId::new(uuid(n)),
        environment,
        name: format!("Population {n}"),
        description: None,
        default: false,
        preferred_language: "en".to_owned(),
        password_policy: None,
        default_provider: None,
        theme: uuid(0xde),
        alternative_identifiers: Vec::new(),
        created_at: NOW.plus(n as i64),
        updated_at: NOW.plus(n as i64),
        version: 1,
    }
}

pub(crate) fn full_population(environment: EnvironmentId, n: u128) -> Population {
    Population {
        name: HOSTILE.to_owned(),
        description: some(HOSTILE),
        default: true,
        password_policy: Some(PasswordPolicyId::new(uuid(2))),
        alternative_identifiers: list(&["a", ""]),
        version: 4,
        ..population(environment, n)
    }
}

pub(crate) fn password_policy(environment: EnvironmentId, n: u128) -> PasswordPolicy {
    PasswordPolicy {
        name: format!("{HOSTILE} {n}"),
        default: n == 2,
        min_characters: vec![(HOSTILE.to_owned(), 3), (String::new(), 0)],
        max_repeated: 0,
        excludes_profile_data: false,
        ..PasswordPolicy::standard(PasswordPolicyId::new(uuid(n)), environment, NOW)
    }
}

pub(crate) fn sign_on_policy(environment: EnvironmentId, n: u128) -> SignOnPolicy {
    SignOnPolicy {
        id: SignOnPolicyId::new(uuid(n)),
        environment,
        name: format!("{n} {HOSTILE}"),
        description: (n == 1).then(|| HOSTILE.to_owned()),
        default: n == 1,
        actions: actions(n),
        created_at: NOW,
        updated_at: NOW.plus(1),
        version: 3,
    }
}

/// As many as the number says: one as every environment begins with, then one of each type.
fn actions(n: u128) -> Vec<SignOnAction> {
    let condition = serde_json::json!({ "or": [{ "not": { "contains": "${flow.request.http.remoteIp}", "ipRange": ["10.1.1.1/8"] } },
        { "value": "${user.mfaEnabled}", "equals": true }] });
    let mut actions: Vec<SignOnAction> = (1..n)
        .zip(SignOnActionType::ALL)
        .map(|(place, kind)| SignOnAction {
            id: uuid(0xac00 + place),
            priority: place as i64,
            condition: condition.as_object().and_then(|object| Condition::read(object).unwrap()),
            step: SignOnStep::of(kind),
        })
        .collect();
    actions.insert(0, SignOnAction::begun(SignOnPolicyId::new(uuid(n)), 0, SignOnActionType::Login));
    actions
}

pub(crate) fn resource(environment: EnvironmentId, n: u128) -> Resource {
    Resource {
        id: ResourceId::new(uuid(n)),
        environment,
        name: format!("Resource {n}"),
        description: None,
        kind: ResourceType::OpenidConnect,
        audience: None,
        access_token_seconds: None,
        created_at: NOW.plus(n as i64),
        updated_at: NOW,
        ..Resource::default()
    }
}

pub(crate) fn full_resource(environment: EnvironmentId, n: u128) -> Resource {
    Resource {
        name: HOSTILE.to_owned(),
        description: some(HOSTILE),
        kind: ResourceType::Custom,
        audience: some("https://api.example.test"),
        access_token_seconds: Some(0),
        introspect_auth: Some(IntrospectAuth::Post),
        permissions_claim: Some(true),
        version: 3,
        ..resource(environment, n)
    }
}

/// The scope of the resource with the same number.
pub(crate) fn scope(environment: EnvironmentId, n: u128) -> ResourceScope {
    ResourceScope {
        id: ScopeId::new(uuid(n)),
        environment,
        resource: ResourceId::new(uuid(n)),
        name: format!("scope:{n}"),
        description: (n == 1).then(|| HOSTILE.to_owned()),
        schema_attributes: vec![HOSTILE.to_owned()],
        mapped_claims: vec![HOSTILE.to_owned()],
        created_at: NOW.plus(n as i64),
        updated_at: NOW,
        ..ResourceScope::default()
    }
}

fn certificates() -> Vec<KeyCertificate> {
    vec![KeyCertificate { id: uuid(0xce), der: HOSTILE.as_bytes().to_vec(), created_at: NOW }]
}

pub(crate) fn application(environment: EnvironmentId, n: u128) -> Application {
    Application {
        id: ApplicationId::new(uuid(n)),
        environment,
        client_id: format!("client-{n}"),
        name: format!("Application {n}"),
        description: None,
        enabled: false,
        kind: ApplicationType::SinglePageApp,
        protocol: Protocol::OpenidConnect,
        auth_methods: vec![Method::None],
        grant_types: Vec::new(),
        response_types: Vec::new(),
        response_modes: Vec::new(),
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        allow_wildcard_in_redirect_uris: false,
        login_page_url: None,
        home_page_url: None,
        initiate_login_uri: None,
        target_link_uri: None,
        pkce: PkceEnforcement::S256Required,
        cors: None,
        refresh: RefreshTokenSettings {
            duration: 60,
            rolling_duration: None,
            grace: None,
            replay_protection: false,
            rotate: false,
        },
        token_format: TokenFormat::Jwt,
        access_token_seconds: None,
        dpop_bound: false,
        certificate_bound: false,
        tls_client_auth: Box::default(),
        icon: None,
        several_resources: None,
        authorization_details_types: Vec::new(),
        keys: RegisteredKeys::default(),
        par: ParSettings::default(),
        assertion_audience: AssertionAudience::default(),
        auth_signing_alg: None,
        signing: SigningSettings::default(),
        registration: None,
        registered_as: None,
        unused_since: None,
        request_object: RequestObjectSettings::default(),
        logout: Box::default(),
        request_uris: Vec::new(),
        access: AccessControl::default(),
        unused: UnusedSettings::default(),
        created_at: NOW.plus(n as i64),
        updated_at: NOW,
        version: 1,
    }
}

pub(crate) fn full_application(environment: EnvironmentId, n: u128) -> Application {
    Application {
        name: HOSTILE.to_owned(),
        description: some(HOSTILE),
        enabled: true,
        kind: ApplicationType::WebApp,
        auth_methods: Method::REGISTRABLE.to_vec(),
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::ClientCredentials],
        response_types: ResponseKind::ALL.to_vec(),
        response_modes: protocol::authorize::ResponseMode::ALL.to_vec(),
        redirect_uris: list(&["https://app.example.test/back?a=b", "com.example:/"]),
        post_logout_redirect_uris: list(&["https://app.example.test/"]),
        allow_wildcard_in_redirect_uris: true,
        login_page_url: some("https://app.example.test/login"),
        home_page_url: some("https://app.example.test/"),
        initiate_login_uri: some("https://app.example.test/initiate"),
        target_link_uri: some("https://app.example.test/target"),
        pkce: PkceEnforcement::Optional,
        cors: Some(CorsSettings::AllowSpecificOrigins(list(&["https://app.example.test"]))),
        refresh: full_refresh_settings(),
        token_format: TokenFormat::Opaque,
        access_token_seconds: Some(1),
        dpop_bound: true,
        certificate_bound: true,
        tls_client_auth: Box::new(subject()),
        icon: Some(Icon { id: uuid(0x1c), href: "https://example.test/i".to_owned() }),
        several_resources: Some(true),
        authorization_details_types: list(&["payment_initiation", HOSTILE]),
        par: ParSettings { timeout: Some(-1), requirement: Some(ParRequirement::Required) },
        keys: RegisteredKeys::new(some(HOSTILE), some("https://example.test/jwks")).with(certificates()),
        assertion_audience: AssertionAudience::Issuer,
        auth_signing_alg: Some(Alg::Ps512),
        signing: SigningSettings {
            id_token: Some(Alg::Es384),
            user_info: Some(Alg::Ed25519),
            authorization: Some(Alg::Ps256),
            introspection: Some(Alg::Es512),
            policy: Some(uuid(0x4e).into()),
        },
        registration: Some(Box::new(full_registration())),
        unused_since: Some(NOW.plus(2)),
        registered_as: Some(format!("{n}{HOSTILE}")),
        request_object: RequestObjectSettings {
            signing_alg: Some(Alg::Es384),
            times: RequestObjectTimes::Required,
            require_signed: Some(false),
        },
        logout: Box::new(full_logout_settings()),
        request_uris: vec!["https://client.example/request".into()],
        access: AccessControl { admins_only: true, groups: None },
        unused: full_unused_settings(),
        updated_at: NOW.plus(1),
        version: 7,
        ..application(environment, n)
    }
}

fn full_refresh_settings() -> RefreshTokenSettings {
    RefreshTokenSettings {
        duration: i64::MAX,
        rolling_duration: Some(0),
        grace: Some(60),
        replay_protection: true,
        rotate: true,
    }
}

fn full_registration() -> Registration {
    Registration {
        token: Some(TokenHash::from_stored([9; 32])),
        open: true,
        contacts: list(&[HOSTILE]),
        logo_uri: some("https://example.test/logo"),
        policy_uri: some(HOSTILE),
        tos_uri: some(""),
        scope: some("openid"),
        software_id: some(HOSTILE),
        software_version: None,
        statement: some("e30.e30.AA"),
        grants: vec![GrantType::ClientCredentials],
    }
}

fn full_logout_settings() -> LogoutSettings {
    LogoutSettings {
        backchannel_uri: some("https://app.example.test/out?a=b"),
        backchannel_session_required: true,
        frontchannel_uri: some("https://app.example.test/gone"),
        frontchannel_session_required: true,
    }
}

fn subject() -> TlsClientAuth {
    TlsClientAuth { subject_dn: some("CN=client,O=Example"), ..TlsClientAuth::default() }
}

/// A client without secrets and grants.
pub(crate) fn client(application: Application) -> Client {
    Client {
        application,
        secrets: SecretPair { current: None, previous: None },
        grants: Vec::new(),
        mappings: protocol::mapping::ApplicationMappings::default(),
    }
}

/// A client with both secrets and a grant of the resource with its number.
pub(crate) fn full_client(environment: EnvironmentId, n: u128) -> Client {
    let secrets = SecretPair { current: Some(secret(1)), previous: Some(previous_secret(2)) };
    Client {
        application: full_application(environment, n),
        secrets,
        grants: vec![grant(environment, n, n)],
        mappings: protocol::mapping::ApplicationMappings::default(),
    }
}

pub(crate) fn secret(n: u8) -> ClientSecret {
    ClientSecret {
        digest: SecretDigest::from_stored([n; 32]),
        sealed: vec![n, 0, 0xff],
        created_at: NOW.plus(n.into()),
        expires_at: None,
        last_used: None,
    }
}

pub(crate) fn previous_secret(n: u8) -> ClientSecret {
    ClientSecret { expires_at: Some(NOW.plus(3600)), last_used: Some(NOW.plus(-1)), ..secret(n) }
}

/// The grant of resource `resource` to application `application`.
pub(crate) fn grant(environment: EnvironmentId, application: u128, resource: u128) -> ResourceGrant {
    ResourceGrant {
        id: ResourceGrantId::new(uuid(resource)),
        environment,
        application: ApplicationId::new(uuid(application)),
        resource: ResourceId::new(uuid(resource)),
        scopes: vec![ScopeId::new(uuid(resource))],
        created_at: NOW.plus(resource as i64),
        updated_at: NOW,
        version: 1,
    }
}

/// Applications and users have the same numbers here, so an actor is both.
pub(crate) fn role_assignment(environment: EnvironmentId, actor: Uuid, n: u128, scope: RoleScope) -> RoleAssignment {
    let role = uuid(0xad);
    let actor_kind = ActorKind::Application;
    RoleAssignment {
        id: RoleAssignmentId::new(uuid(n)),
        environment,
        actor,
        actor_kind,
        role,
        scope,
        read_only: n == 1,
    }
}

pub(crate) fn application_id(n: u128) -> ApplicationId {
    ApplicationId::new(uuid(n))
}
