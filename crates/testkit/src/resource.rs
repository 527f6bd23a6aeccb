//! A protected resource of the sandbox, with ids that tests know.

use engine::bootstrap::dev;
use protocol::change::{Change, Guard};
use protocol::id::{ApplicationId, ResourceGrantId, ResourceId, ScopeId};
use protocol::model::{Kept as _, Resource, ResourceGrant, ResourceScope};
use uuid::Uuid;

use crate::app::TestApp;
use crate::sandbox::SANDBOX;

/// A resource with this audience and its scopes; the shared web application holds all but the last of them.
pub fn resource(server: &TestApp, number: u128, audience: &str, scopes: &[&str]) -> Vec<Change> {
    let (environment, at) = (SANDBOX, server.now());
    let id = ResourceId::new(Uuid::from_u128(number << 8));
    let resource = Resource {
        id,
        name: format!("Resource {number}"),
        audience: Some(audience.into()),
        access_token_seconds: Some(600),
        ..Resource::begun(environment, at)
    };
    let scopes: Vec<_> = scopes
        .iter()
        .zip(1..)
        .map(|(name, n)| ResourceScope {
            id: ScopeId::new(Uuid::from_u128((number << 8) + n)),
            resource: id,
            name: (*name).into(),
            ..ResourceScope::begun(environment, at)
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
