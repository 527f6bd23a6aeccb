//! Grants of a process that knows no version of them, before the migration and beside this one.

use protocol::change::{Change, Guard};
use protocol::id::ScopeId;
use protocol::model::{Kept as _, ResourceGrant};
use serde_json::json;
use store::{Store, StoreError, Value};

use crate::beside::Beside;
use crate::each;
use crate::samples::{HERE, NOW, application, grant, uuid};

beside_another_version!(a_grant_of_before_is_written_again, an_older_process_writes_on);

/// As [`grant`] is, without a version.
fn older(scope: u128) -> (ResourceGrant, Vec<Value>) {
    let grant = ResourceGrant { scopes: vec![ScopeId::new(uuid(scope))], version: 0, ..grant(HERE, 1, 1) };
    let body = json!({
        "id": grant.id.to_string(), "environment": HERE.to_string(), "application": grant.application.to_string(),
        "resource": grant.resource.to_string(), "scopes": [uuid(scope).to_string()], "created_at": grant.created_at.0, "updated_at": NOW.0,
    });
    let key = grant.key().ids().into_iter().map(Value::from);
    let values =
        key.chain([grant.resource.uuid().into(), grant.created_at.0.into(), body.to_string().into()]).collect();
    (grant, values)
}

const INSERT: &str = "INSERT INTO resource_grants (environment_id, application_id, id, resource_id, created_at, body) VALUES ($1, $2, $3, $4, $5, $6)";
const REPLACE: &str = "UPDATE resource_grants SET resource_id = $4, created_at = $5, body = $6 WHERE environment_id = $1 AND application_id = $2 AND id = $3";

async fn stored(store: &Store) -> ResourceGrant {
    store.get(HERE, &older(1).0.key().ids()[1..]).await.unwrap().unwrap()
}

/// Writes the grant of this version, after one for another version was refused.
async fn written(store: &Store, grant: &ResourceGrant) {
    let wrong = ResourceGrant { version: grant.version + 1, ..grant.clone() };
    crate::loses(store, Change::put(wrong, Guard::Version)).await;
    let scopes = vec![ScopeId::new(uuid(9))];
    let grant = ResourceGrant { scopes, ..grant.clone() };
    each(store, [Change::put(grant.clone(), Guard::Version)]).await;
    assert_eq!(stored(store).await, ResourceGrant { version: grant.version + 1, ..grant });
}

async fn a_grant_of_before_is_written_again(store: &Store, beside: &Beside) {
    each(store, [Change::put(application(HERE, 1), Guard::New)]).await;
    let (expected, values) = older(1);
    let undone = [
        "DROP INDEX access_tokens_family",
        "DROP INDEX codes_user",
        "DROP INDEX refresh_tokens_family",
        "ALTER TABLE resource_grants DROP COLUMN version",
    ];
    beside.migrated(store, 5, &undone, async || beside.run(INSERT, values).await).await;
    assert_eq!(stored(store).await, expected);
    written(store, &expected).await;
}

async fn an_older_process_writes_on(store: &Store, beside: &Beside) {
    each(store, [Change::put(application(HERE, 1), Guard::New)]).await;
    let (made, values) = older(1);
    beside.run(INSERT, values).await;
    assert_eq!(stored(store).await, made);
    written(store, &made).await;
    // Its body says no version; the column does.
    let (replaced, values) = older(2);
    beside.run(REPLACE, values).await;
    let replaced = ResourceGrant { version: 1, ..replaced };
    assert_eq!(stored(store).await, replaced);
    written(store, &replaced).await;
    let body = beside.body("resource_grants").await;
    for member in ["id", "environment", "application", "resource", "scopes", "created_at", "updated_at"] {
        assert!(!body[member].is_null(), "it reads {member}: {body}");
    }
    let outcome = store.commit(vec![Change::Expect(replaced.key(), 1)]).await;
    assert_eq!(outcome, Err(StoreError::Lost { index: 0 }));
}
