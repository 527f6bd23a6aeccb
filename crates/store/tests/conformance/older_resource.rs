//! Resources and scopes of a process that knows no version and no secret of them, before the migration and beside this one.

use protocol::change::{Change, Guard};
use protocol::model::{Kept as _, Resource, ResourceScope, SecretPair};
use serde_json::json;
use store::Store;

use crate::beside::Beside;
use crate::each;
use crate::samples::{HERE, NOW, full_resource, previous_secret, resource, scope, secret};

beside_another_version!(a_resource_of_before_is_written_and_asks, an_older_process_writes_resources_on);

/// As an older process writes [`resource`] and [`scope`].
async fn older(beside: &Beside) -> (Resource, ResourceScope) {
    let resource = Resource { version: 0, ..resource(HERE, 1) };
    let body = json!({
        "id": resource.id.to_string(), "environment": HERE.to_string(), "name": resource.name, "kind": resource.kind.name(),
        "created_at": resource.created_at.0, "updated_at": NOW.0,
    });
    let values = vec![
        HERE.uuid().into(),
        resource.id.uuid().into(),
        resource.name.to_lowercase().into(),
        resource.created_at.0.into(),
        body.to_string().into(),
    ];
    let sql = "INSERT INTO resources (environment_id, id, name_key, created_at, body) VALUES ($1, $2, $3, $4, $5)";
    beside.run(sql, values).await;
    let scope = ResourceScope {
        schema_attributes: Vec::new(),
        mapped_claims: Vec::new(),
        description: None,
        version: 0,
        ..scope(HERE, 1)
    };
    let body = json!({
        "id": scope.id.to_string(), "environment": HERE.to_string(), "resource": resource.id.to_string(), "name": scope.name,
        "created_at": scope.created_at.0, "updated_at": NOW.0,
    });
    let values = vec![
        HERE.uuid().into(),
        scope.id.uuid().into(),
        resource.id.uuid().into(),
        scope.name.as_str().into(),
        scope.created_at.0.into(),
        body.to_string().into(),
    ];
    let sql =
        "INSERT INTO scopes (environment_id, id, resource_id, name, created_at, body) VALUES ($1, $2, $3, $4, $5, $6)";
    beside.run(sql, values).await;
    (resource, scope)
}

/// They read as they were, take a version and a first secret, and stay what they were otherwise.
async fn written(store: &Store, (resource, scope): (Resource, ResourceScope)) {
    assert_eq!(store.all::<Resource>(HERE, &[]).await.unwrap(), std::slice::from_ref(&resource));
    assert_eq!(store.all::<ResourceScope>(HERE, &[resource.id.uuid()]).await.unwrap(), std::slice::from_ref(&scope));
    assert_eq!(store.resource_secrets(HERE, resource.id).await, Ok(Some(SecretPair::default())));
    let (environment, of) = (HERE, resource.id.into());
    let first = Change::RotateSecret { environment, of, was: None, current: secret(1), previous: None };
    each(store, [first.clone()]).await;
    crate::loses(store, first).await;
    let secrets = SecretPair { current: Some(secret(1)), previous: None };
    assert_eq!(store.resource_secrets(HERE, resource.id).await, Ok(Some(secrets.clone())));
    let changed = Resource { version: 0, id: resource.id, ..full_resource(HERE, 1) };
    each(store, [Change::put(changed.clone(), Guard::Version), Change::put(scope.clone(), Guard::Version)]).await;
    crate::loses(store, Change::put(changed, Guard::Version)).await;
    crate::loses(store, Change::put(scope, Guard::Version)).await;
    assert_eq!(
        store.resource_secrets(HERE, resource.id).await,
        Ok(Some(secrets)),
        "whoever writes it leaves its secrets"
    );
    let (was, current, previous) = (Some([1; 32]), secret(2), Some(previous_secret(1)));
    each(store, [Change::RotateSecret { environment, of, was, current, previous }]).await;
    each(store, [Change::DeletePreviousSecret { environment, of, was: [1; 32] }]).await;
    each(store, [Change::Remove(resource.key())]).await;
    assert_eq!(store.resource_secrets(HERE, resource.id).await, Ok(None));
    assert_eq!(store.all_within::<ResourceScope>(HERE).await.unwrap(), []);
}

async fn a_resource_of_before_is_written_and_asks(store: &Store, beside: &Beside) {
    let columns = ["digest", "sealed", "created_at", "last_used"].map(|name| format!("secret_{name}"));
    let before = ["digest", "sealed", "created_at", "expires_at", "last_used"].map(|name| format!("previous_{name}"));
    let mut undone: Vec<String> =
        columns.iter().chain(&before).map(|name| format!("ALTER TABLE resources DROP COLUMN {name}")).collect();
    undone.extend(["resources", "scopes"].map(|table| format!("ALTER TABLE {table} DROP COLUMN version")));
    let undone: Vec<&str> = undone.iter().map(String::as_str).collect();
    let mut made = None;
    beside.migrated(store, 17, &undone, async || made = Some(older(beside).await)).await;
    written(store, made.unwrap()).await;
}

async fn an_older_process_writes_resources_on(store: &Store, beside: &Beside) {
    let made = older(beside).await;
    written(store, made).await;
}
