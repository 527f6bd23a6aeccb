//! The engines at hand for a test: SQLite in memory and in a file, PostgreSQL when `TEST_POSTGRES_URL` names a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use store::{Dialect, Driver, Options, Statement, open};

use super::{NOW, SCRIPTS};

/// An empty database and the way to open it.
pub(crate) struct Base {
    url: String,
    place: Place,
}

enum Place {
    Memory,
    File(tempfile::TempDir),
    Server { admin: Arc<dyn Driver>, name: String },
}

impl Base {
    pub(crate) async fn all() -> Vec<Self> {
        let directory = tempfile::tempdir().unwrap();
        let path = format!("sqlite:{}", directory.path().join("test.db").display());
        let mut bases = vec![
            Self { url: "sqlite::memory:".to_owned(), place: Place::Memory },
            Self { url: path, place: Place::File(directory) },
        ];
        if let Ok(server) = std::env::var("TEST_POSTGRES_URL") {
            static DATABASES: AtomicU64 = AtomicU64::new(0);
            let name = format!("grantor_test_{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::Relaxed));
            let admin: Arc<dyn Driver> = open(&server, &Options::default()).unwrap().into();
            admin.commit(vec![Statement::new(format!("CREATE DATABASE {name}"), vec![])]).await.unwrap();
            let (start, query) = server.split_once('?').unwrap_or((&server, ""));
            let scheme = start.find("://").unwrap() + 3;
            let authority = start[scheme..].find('/').map_or(start, |slash| &start[..scheme + slash]);
            bases.push(Self { url: format!("{authority}/{name}?{query}"), place: Place::Server { admin, name } });
        }
        bases
    }

    pub(crate) fn connect(&self) -> Arc<dyn Driver> {
        open(&self.url, &Options::default()).unwrap().into()
    }

    pub(crate) async fn open(&self) -> Arc<dyn Driver> {
        let store = self.connect();
        store.migrate(SCRIPTS, NOW).await.unwrap();
        store
    }

    pub(crate) async fn reopen(&self, store: Arc<dyn Driver>) -> Arc<dyn Driver> {
        store.close().await.unwrap();
        self.open().await
    }

    pub(crate) fn dialect(&self) -> Dialect {
        Dialect::of_url(&self.url).unwrap()
    }

    pub(crate) fn persistent(&self) -> bool {
        !matches!(self.place, Place::Memory)
    }

    pub(crate) async fn remove(self) {
        match self.place {
            Place::Memory => {}
            Place::File(directory) => directory.close().unwrap(),
            Place::Server { admin, name } => {
                let drop = Statement::new(format!("DROP DATABASE {name} WITH (FORCE)"), vec![]);
                admin.commit(vec![drop]).await.unwrap();
            }
        }
    }
}
