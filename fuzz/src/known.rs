//! An environment with one application, as the targets of requests need them.

use std::sync::Arc;

use protocol::authorization::GrantType;
use protocol::authorize::ResponseMode;
use protocol::client::Client;
use protocol::client_auth::Method;
use protocol::id::{ApplicationId, EnvironmentId, ResourceId, ScopeId};
use protocol::mapping::ApplicationMappings;
use protocol::model::{
    Application, PkceEnforcement, Resource, ResourceGrant, ResourceScope, ResourceType, ResponseKind, Scopes,
    SecretPair,
};
use protocol::time::Time;
use uuid::Uuid;

pub const ENVIRONMENT: EnvironmentId = EnvironmentId::new(Uuid::from_u128(1));
pub const ISSUER: &str = "https://op.example/e/as";
pub const NOW: Time = Time::from_secs(1_800_000_000);
/// Where the application may be sent.
pub const REDIRECTS: [&str; 4] =
    ["https://app.example/cb", "http://127.0.0.1/cb", "com.example.app:/cb", "https://app.example/*/in"];

/// A client; the lowest bits of `variant` say which of its properties differ.
pub fn client(variant: u8) -> Arc<Client> {
    let has = |bit: u8| variant >> bit & 1 == 1;
    let mut grant_types = vec![GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::ClientCredentials];
    grant_types.extend(has(3).then_some(GrantType::Implicit));
    let application = Application {
        id: ApplicationId::new(Uuid::from_u128(2)),
        environment: ENVIRONMENT,
        client_id: "app".into(),
        name: "App".into(),
        enabled: true,
        auth_methods: vec![if has(0) { Method::None } else { Method::ClientSecretPost }],
        grant_types,
        response_types: if has(3) { ResponseKind::ALL.to_vec() } else { vec![ResponseKind::Code] },
        response_modes: if has(4) { vec![ResponseMode::Jwt, ResponseMode::Fragment] } else { Vec::new() },
        redirect_uris: REDIRECTS.map(str::to_owned).to_vec(),
        allow_wildcard_in_redirect_uris: has(1),
        pkce: if has(2) { PkceEnforcement::S256Required } else { PkceEnforcement::Optional },
        ..Application::default()
    };
    let resource = ResourceId::new(Uuid::from_u128(11));
    let grant = ResourceGrant {
        environment: ENVIRONMENT,
        application: application.id,
        resource,
        scopes: vec![ScopeId::new(Uuid::from_u128(102))],
        ..ResourceGrant::default()
    };
    Arc::new(Client {
        application,
        secrets: SecretPair::default(),
        grants: vec![grant],
        mappings: ApplicationMappings::default(),
    })
}

/// What tokens there may be for.
pub fn scopes() -> Scopes {
    let resource = |id, kind, audience: Option<&str>| Resource {
        id: ResourceId::new(Uuid::from_u128(id)),
        environment: ENVIRONMENT,
        kind,
        audience: audience.map(str::to_owned),
        ..Resource::default()
    };
    let scope = |id, resource, name: &str| ResourceScope {
        id: ScopeId::new(Uuid::from_u128(id)),
        environment: ENVIRONMENT,
        resource: ResourceId::new(Uuid::from_u128(resource)),
        name: name.into(),
        ..ResourceScope::default()
    };
    Scopes {
        resources: vec![
            resource(10, ResourceType::OpenidConnect, None),
            resource(11, ResourceType::Custom, Some("https://api.example")),
        ],
        scopes: vec![
            scope(100, 10, "openid"),
            scope(101, 10, "offline_access"),
            scope(102, 11, "read"),
            scope(103, 11, "write"),
        ],
        ..Scopes::default()
    }
}
