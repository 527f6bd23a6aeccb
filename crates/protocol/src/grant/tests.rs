//! What the tests of client authentication, grants and tokens stand on: one environment, its clients, one user.

mod authorization_code;
mod client_credentials;
mod issue;
mod model;
mod names;
mod narrowing;
mod outcome;
mod refresh_token;
mod request;

use std::cell::Cell;
use std::sync::{Arc, Mutex};

use jose::digest::HmacKey;
use jose::seal::SealKey;
use uuid::Uuid;

use super::Terms;
use crate::authorization::Authorization;
use crate::claims::AskedClaims;
use crate::client::Client;
use crate::client_auth::{AuthenticatedClient, Credentials, Method, Presented, authenticate};
use crate::confirmation::Confirmation;
use crate::ctx::{Ctx, Entropy};
use crate::details::Details;
use crate::grant::GrantType;
use crate::id::{
    ApplicationId, CorrelationId, EnvironmentId, LicenseId, OrganizationId, PopulationId, ResourceGrantId, ResourceId,
    ScopeId, SessionId, UserId,
};
use crate::mapping::{ApplicationMappings, ResourceMappings};
use crate::model::{
    AccessControl, Account, Address, Application, ApplicationType, AssertionAudience, BillOfMaterials, ClientSecret,
    CustomValues, Environment, EnvironmentSettings, EnvironmentType, ParSettings, PkceEnforcement, Profile, Protocol,
    RefreshTokenSettings, RegisteredKeys, RequestObjectSettings, Resource, ResourceGrant, ResourceScope, ResourceType,
    ResponseKind, Scopes, SecretPair, Session, SigningSettings, TokenFormat, TokenProfile, UnusedSettings, User,
    UserName,
};
use crate::params::Params;
use crate::policy::Own;
use crate::scope::Scope;
use crate::secret::{Artefact, SecretDigest, TokenHash};
use crate::time::Time;

pub(crate) const NOW: Time = Time::from_secs(1_800_000_000);
pub(crate) const SECRET: &str = "the-right-secret";
pub(crate) const API: &str = "https://api.example";
pub(crate) const USERINFO: &str = "https://op.example/as/userinfo";
pub(crate) const OWN: Own<'static> = Own { api: API, userinfo: USERINFO };
pub(crate) const ISSUER: &str = "https://auth.example/env/as";
pub(crate) const ID: u128 = 0x11;

/// Counts instead of being random, so that no two texts are equal.
#[derive(Default)]
pub(crate) struct Counting(Mutex<Cell<u8>>);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let cell = self.0.lock().unwrap();
        cell.set(cell.get().wrapping_add(1));
        bytes.fill(cell.get());
    }
}

pub(crate) fn ctx_at(entropy: &Counting, now: Time) -> Ctx<'_> {
    Ctx { now, entropy, correlation: CorrelationId::new(Uuid::nil()) }
}

pub(crate) fn pepper() -> HmacKey {
    HmacKey::new(b"pepper")
}

pub(crate) fn seal() -> SealKey {
    SealKey::new(&[7; 32])
}

pub(crate) fn environment(token_profile: TokenProfile) -> Environment {
    let bill_of_materials =
        BillOfMaterials { solution_type: None, products: Vec::new(), created_at: NOW, updated_at: NOW };
    Environment {
        id: EnvironmentId::new(Uuid::from_u128(1)),
        organization: OrganizationId::new(Uuid::from_u128(2)),
        license: LicenseId::new(Uuid::from_u128(3)),
        name: "Test".into(),
        description: None,
        kind: EnvironmentType::Sandbox,
        region: "EU".into(),
        icon: None,
        bill_of_materials,
        settings: EnvironmentSettings { token_profile, ..EnvironmentSettings::default() },
        activity_retention_days: 0,
        soft_deleted_at: None,
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    }
}

pub(crate) fn secret(text: &str, expires_at: Option<Time>) -> ClientSecret {
    let digest = SecretDigest::of(&pepper(), text);
    ClientSecret { digest, sealed: Vec::new(), created_at: NOW, expires_at, last_used: None }
}

/// A client with these methods, every grant, and the secret [`SECRET`] unless it is public.
pub(crate) fn client(methods: &[Method]) -> Client {
    let environment = EnvironmentId::new(Uuid::from_u128(1));
    let confidential = methods.iter().all(|m| m.is_confidential());
    let refresh = RefreshTokenSettings {
        duration: 3600,
        rolling_duration: None,
        grace: None,
        replay_protection: true,
        rotate: true,
    };
    let application = Application {
        id: ApplicationId::new(Uuid::from_u128(ID)),
        environment,
        client_id: "c1".into(),
        name: "App".into(),
        description: None,
        enabled: true,
        kind: ApplicationType::WebApp,
        protocol: Protocol::OpenidConnect,
        auth_methods: methods.to_vec(),
        grant_types: GrantType::ALL.to_vec(),
        response_types: vec![ResponseKind::Code],
        response_modes: Vec::new(),
        redirect_uris: vec!["https://app.example/cb".into()],
        post_logout_redirect_uris: Vec::new(),
        allow_wildcard_in_redirect_uris: false,
        login_page_url: None,
        home_page_url: None,
        initiate_login_uri: None,
        target_link_uri: None,
        pkce: PkceEnforcement::Optional,
        cors: None,
        refresh,
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
        registration: None,
        unused_since: None,
        registered_as: None,
        signing: SigningSettings::default(),
        request_object: RequestObjectSettings::default(),
        logout: Box::default(),
        request_uris: Vec::new(),
        access: AccessControl::default(),
        unused: UnusedSettings::default(),
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    };
    let secrets = SecretPair { current: confidential.then(|| secret(SECRET, None)), previous: None };
    Client { application, secrets, grants: vec![grant(10, &[20, 21])], mappings: ApplicationMappings::default() }
}

/// The scopes `scopes` of resource `resource`.
pub(crate) fn grant(resource: u128, scopes: &[u128]) -> ResourceGrant {
    ResourceGrant {
        id: ResourceGrantId::new(Uuid::from_u128(100 + resource)),
        environment: EnvironmentId::new(Uuid::from_u128(1)),
        application: ApplicationId::new(Uuid::from_u128(ID)),
        resource: ResourceId::new(Uuid::from_u128(resource)),
        scopes: scopes.iter().map(|id| ScopeId::new(Uuid::from_u128(*id))).collect(),
        created_at: NOW,
        updated_at: NOW,
        version: 0,
    }
}

/// Resource 10 `orders` with `read` (20) and `write` (21), 11 `bills` with `pay` (22), 12 OpenID Connect's with
/// `profile` (23), `email` (24) and `offline_access` (25), 13 the API with `p1:read` (26).
pub(crate) fn scopes() -> Scopes {
    let environment = EnvironmentId::new(Uuid::from_u128(1));
    let resource = |id: u128, kind, audience: Option<&str>, seconds| Resource {
        id: ResourceId::new(Uuid::from_u128(id)),
        environment,
        name: format!("resource {id}"),
        description: None,
        kind,
        audience: audience.map(str::to_owned),
        access_token_seconds: seconds,
        created_at: NOW,
        updated_at: NOW,
        ..Resource::default()
    };
    let scope = |id: u128, resource: u128, name: &str| ResourceScope {
        id: ScopeId::new(Uuid::from_u128(id)),
        environment,
        resource: ResourceId::new(Uuid::from_u128(resource)),
        name: name.into(),
        description: None,
        created_at: NOW,
        updated_at: NOW,
        ..ResourceScope::default()
    };
    Scopes {
        resources: vec![
            resource(10, ResourceType::Custom, Some("https://orders.example"), Some(600)),
            resource(11, ResourceType::Custom, Some("urn:example:bills"), Some(300)),
            resource(12, ResourceType::OpenidConnect, None, None),
            resource(13, ResourceType::PingOneApi, Some("https://api.pingone.example"), None),
            resource(14, ResourceType::Custom, None, None),
        ],
        scopes: vec![
            scope(20, 10, "read"),
            scope(21, 10, "write"),
            scope(22, 11, "pay"),
            scope(23, 12, "profile"),
            scope(24, 12, "email"),
            scope(25, 12, "offline_access"),
            scope(26, 13, "p1:read"),
            scope(27, 14, "ship"),
            scope(28, 11, "read"),
        ],
        details_types: Vec::new(),
        mappings: ResourceMappings::default(),
    }
}

pub(crate) fn user() -> User {
    let name = UserName { given: Some("Ada".into()), family: Some("Quill".into()), ..UserName::default() };
    let address = Address { locality: Some("Bern".into()), ..Address::default() };
    User {
        id: UserId::new(Uuid::from_u128(0x55)),
        environment: EnvironmentId::new(Uuid::from_u128(1)),
        population: PopulationId::new(Uuid::from_u128(6)),
        username: "ada".into(),
        email: "ada@example.com".into(),
        email_verified: false,
        phone_verified: false,
        enabled: true,
        account: Account::default(),
        lifecycle: "ACCOUNT_OK".into(),
        mfa_enabled: false,
        verify_status: "NOT_INITIATED".into(),
        identity_provider: None,
        profile: Profile { name, address, primary_phone: Some("+41 1".into()), ..Profile::default() },
        custom: CustomValues::default(),
        password: None,
        last_sign_on: None,
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    }
}

pub(crate) fn session() -> Session {
    Session {
        id: SessionId::new(Uuid::from_u128(0x77)),
        environment: EnvironmentId::new(Uuid::from_u128(1)),
        user: user().id,
        token: TokenHash::of(Artefact::Session, "st"),
        auth_time: NOW.plus(-5),
        acr: "Single_Factor".into(),
        amr: vec!["pwd".into()],
        created_at: NOW.plus(-5),
        expires_at: NOW.plus(1000),
        ended_at: None,
    }
}

/// What [`user`] allowed the application of [`client`] by [`session`].
pub(crate) fn authorization(scope: &str) -> Authorization {
    let Session { id, user, auth_time, acr, amr, .. } = session();
    Authorization {
        application: ApplicationId::new(Uuid::from_u128(ID)),
        issuer: ISSUER.into(),
        user,
        session: id,
        auth_time,
        acr,
        amr,
        scope: Scope::parse(scope).unwrap(),
        resource: Vec::new(),
        claims: AskedClaims::default(),
        details: Details::default(),
        confirmation: Confirmation::None,
        instance: None,
    }
}

pub(crate) fn terms<'a>(environment: &'a Environment, scopes: &'a Scopes) -> Terms<'a> {
    Terms { environment, scopes, own: OWN, issuer: ISSUER, developer: false }
}

pub(crate) fn params(form: &str) -> Params {
    Params::form(form.as_bytes()).unwrap()
}

/// Proves `client` by the first method it has.
pub(crate) fn proven(client: Client) -> AuthenticatedClient {
    let secret = if client.is_confidential() { format!("&client_secret={SECRET}") } else { String::new() };
    let presented = match client.application.auth_methods[0] {
        Method::ClientSecretBasic => {
            let header = format!("Basic {}", base64(&format!("{}:{SECRET}", client.application.client_id)));
            Presented::read(&[header.as_bytes()], &Params::default(), None)
        }
        _ => Presented::read(&[], &params(&format!("client_id={}{secret}", client.application.client_id)), None),
    };
    let (presented, client) = (presented.unwrap(), Arc::new(client));
    let credentials = Credentials::of(&presented, Some(&client));
    authenticate(&credentials, &pepper(), NOW).unwrap().client
}

pub(crate) fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
