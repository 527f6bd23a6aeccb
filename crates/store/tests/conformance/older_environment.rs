//! A row of an environment as versions before it kept activities for a time of its own wrote it, and as they write it again.

use protocol::change::{Change, Guard};
use protocol::model::Environment;
use store::Store;

use crate::beside::Beside;
use crate::each;
use crate::samples::{HERE, environment};

beside_another_version!(what_was_before_keeps_as_the_server_does, an_older_process_writes_on);

async fn what_was_before_keeps_as_the_server_does(store: &Store, beside: &Beside) {
    let written = environment(HERE);
    each(store, [Change::put(written.clone(), Guard::New)]).await;
    let body = body_of_before(beside).await;
    let write = async || beside.run("UPDATE environments SET body = $1", vec![body.into()]).await;
    beside.migrated(store, 9, &["ALTER TABLE environments DROP COLUMN activity_retention_days"], write).await;
    assert_eq!(store.environment(HERE).await.unwrap(), Some(written));
}

/// It knows nothing of the column, and leaves it as it is.
async fn an_older_process_writes_on(store: &Store, beside: &Beside) {
    let written = Environment { activity_retention_days: 7, ..environment(HERE) };
    each(store, [Change::put(written.clone(), Guard::New)]).await;
    let body = body_of_before(beside).await;
    beside.run("UPDATE environments SET body = $1", vec![body.into()]).await;
    assert_eq!(store.environment(HERE).await.unwrap(), Some(written));
}

async fn body_of_before(beside: &Beside) -> String {
    let mut body = beside.body("environments").await;
    assert!(body.as_object_mut().unwrap().remove("activity_retention_days").is_some());
    body.to_string()
}
