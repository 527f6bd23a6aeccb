//! What the store promises, tested through [`Store`] alone and alike on SQLite in memory, SQLite in a file and PostgreSQL.
//!
//! [`life`] has an example of every change and a reading of everything; `complete.rs` fails when one is missing there.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../base/mod.rs"]
mod base;

/// Declares the module's tests, each on every engine and each time on an empty database: three tests of one body.
macro_rules! on_every_engine {
    ($($name:ident),+ $(,)?) => {
        mod sqlite_memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                let (store, base) = crate::opened(crate::base::Base::memory()).await;
                super::$name(&store).await;
                crate::closed(store, base).await;
            })+
        }
        mod sqlite_file {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                let (store, base) = crate::opened(crate::base::Base::file()).await;
                super::$name(&store).await;
                crate::closed(store, base).await;
            })+
        }
        mod postgresql {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                let Some(base) = crate::base::Base::server().await else { return };
                let (store, base) = crate::opened(base).await;
                super::$name(&store).await;
                crate::closed(store, base).await;
            })+
        }
    };
}

/// Declares the module's tests, each with a process of another version beside the store: on every engine on which there can be
/// one, which SQLite in memory is not.
macro_rules! beside_another_version {
    ($($name:ident),+ $(,)?) => {
        mod sqlite_file {
            $(#[tokio::test]
            async fn $name() {
                crate::beside::checked(crate::base::Base::file(), super::$name).await;
            })+
        }
        mod postgresql {
            $(#[tokio::test]
            async fn $name() {
                let Some(base) = crate::base::Base::server().await else { return };
                crate::beside::checked(base, super::$name).await;
            })+
        }
    };
}

mod absences;
mod beside;
mod complete;
mod consents;
mod copied;
mod counts;
mod custom_values;
mod deletion;
mod expired;
mod filtered;
mod filters;
mod foreign;
mod groups;
mod guards;
mod housekeeping;
mod identities;
mod isolation;
mod keys;
mod life;
mod mailed;
mod objects;
mod older_application;
mod older_changes;
mod older_environment;
mod older_grant;
mod older_groups;
mod older_keys;
mod older_policy;
mod older_resource;
mod older_roles;
mod older_schema;
mod older_sign_on_policy;
mod older_user;
mod pages;
mod policies;
mod providers;
mod races;
mod registered;
mod roles;
mod round_trips;
mod rows;
mod samples;
mod sealed;
mod signed_on;
mod texts;

use base::{Base, patient};
use protocol::change::{Change, Guard};
use protocol::id::OrganizationId;
use store::{Store, StoreError};

use samples::{NOW, organization, uuid};

async fn opened(base: Base) -> (Store, Base) {
    let store = Store::open(&base.url, &patient()).unwrap();
    store.migrate(NOW).await.unwrap();
    (store, base)
}

async fn closed(store: Store, base: Base) {
    store.close().await.unwrap();
    base.remove().await;
}

/// Commits each change by itself.
async fn each(store: &Store, changes: impl IntoIterator<Item = Change>) {
    for change in changes {
        let text = shown(&change);
        assert_eq!(store.commit(vec![change]).await, Ok(()), "{text}");
    }
}

/// The change for a message, of a length that can be read.
fn shown(change: &Change) -> String {
    format!("{change:?}").chars().take(300).collect()
}

/// Commits the change as the second of three and shows why it was refused, after making sure that the others were not written.
async fn refused(store: &Store, change: Change) -> StoreError {
    let text = shown(&change);
    let ids = [0xfe, 0xff].map(|n| OrganizationId::new(uuid(n)));
    let [before, after] = ids.map(|id| Change::put(organization(id), Guard::New));
    let outcome = store.commit(vec![before, change, after]).await;
    for id in ids {
        assert_eq!(store.organization(id).await, Ok(None), "a part of a refused batch was written: {text}");
    }
    match outcome {
        Ok(()) => panic!("nothing refused {text}"),
        Err(error) => error,
    }
}

/// The change's guard does not hold, and the batch names it.
async fn loses(store: &Store, change: Change) {
    let text = shown(&change);
    assert_eq!(refused(store, change).await, StoreError::Lost { index: 1 }, "{text}");
}

/// The change runs into the unique constraint of this name, the same on every engine.
async fn conflicts(store: &Store, change: Change, constraint: &str) {
    assert_eq!(refused(store, change).await, StoreError::Conflict { constraint: constraint.to_owned() });
}
