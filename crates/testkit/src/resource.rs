//! A protected resource of the sandbox, which no call makes.

use engine::bootstrap::dev;
use protocol::change::{Change, Guard};
use protocol::id::{ApplicationId, ResourceGrantId, ResourceId, ScopeId};
use protocol::model::{Resource, ResourceGrant, ResourceScope, ResourceType};
use uuid::Uuid;

use crate::app::TestApp;
use crate::sandbox::SANDBOX;

/// A resource with this audience and its scopes; the shared web application holds all but the last of them.
pub fn resource(server: &TestApp, number: u128, audience: &str, scopes: &[&str]) -> Vec<Change> {
    let (environment, at) = (SANDBOX, server.now());
    let id = ResourceId::new(Uuid::from_u128(number << 8));
    let resource = Resource {
        id,
        environment,
        name: format!("Resource {number}"),
        description: None,
        kind: ResourceType::Custom,
        audience: Some(audience.into()),
        access_token_seconds: Some(600),
        created_at: at,
        updated_at: at,
    };
    let scopes: Vec<_> = scopes
        .iter()
        .zip(1..)
        .map(|(name, n)| ResourceScope {
            id: ScopeId::new(Uuid::from_u128((number << 8) + n)),
            environment,
            resource: id,
            name: (*name).into(),
            description: None,
            created_at: at,
            mapped_claims: Vec::new(),
            updated_at: at,
        })
        .collect();
    let grant = ResourceGrant {
        id: ResourceGrantId::new(Uuid::from_u128(number << 8)),
        environment,
        application: ApplicationId::new(dev::SHARED_WEB_APPLICATION),
        resource: id,
        scopes: scopes.iter().rev().skip(1).map(|scope| scope.id).collect(),
        created_at: at,
        updated_at: at,
        version: 0,
    };
    let mut changes = vec![Change::put(resource, Guard::New)];
    changes.extend(scopes.into_iter().map(|scope| Change::put(scope, Guard::New)));
    changes.push(Change::put(grant, Guard::New));
    changes
}
