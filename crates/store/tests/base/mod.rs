//! The engines at hand for a test: SQLite in memory and in a file, PostgreSQL when `TEST_POSTGRES_URL` names a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use store::{Driver, Manner, Options, Statement, open};

/// An empty database and the way to open it.
pub(crate) struct Base {
    pub(crate) url: String,
    pub(crate) place: Place,
}

pub(crate) enum Place {
    Memory,
    File(tempfile::TempDir),
    Server { admin: Arc<dyn Driver>, name: String },
}

impl Base {
    pub(crate) fn memory() -> Self {
        Self { url: "sqlite::memory:".to_owned(), place: Place::Memory }
    }

    pub(crate) fn file() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("test.db").display());
        Self { url, place: Place::File(directory) }
    }

    /// A new database on the server. None, and said so, without a server; where everything has to be tested, that fails.
    pub(crate) async fn server() -> Option<Self> {
        Self::server_with("").await
    }

    /// The same, made with these options of `CREATE DATABASE`.
    pub(crate) async fn server_with(options: &str) -> Option<Self> {
        static DATABASES: AtomicU64 = AtomicU64::new(0);
        let Ok(server) = std::env::var("TEST_POSTGRES_URL") else {
            let strict = std::env::var("CI").is_ok_and(|value| value == "true" || value == "1");
            assert!(!strict, "nothing is skipped with CI=true: set TEST_POSTGRES_URL");
            eprintln!("skipped on PostgreSQL: TEST_POSTGRES_URL is not set");
            return None;
        };
        let name = format!("grantor_test_{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::Relaxed));
        let (start, query) = server.split_once('?').unwrap_or((&server, ""));
        let query = if query.is_empty() { GREETING.to_owned() } else { format!("{query}&{GREETING}") };
        let admin: Arc<dyn Driver> = open(&format!("{start}?{query}"), &patient()).unwrap().into();
        let create = Statement::new(format!("CREATE DATABASE {name} {options}"), vec![]);
        admin.commit_as(vec![create], LONG).await.unwrap();
        let scheme = start.find("://").unwrap() + 3;
        let authority = start[scheme..].find('/').map_or(start, |slash| &start[..scheme + slash]);
        Some(Self { url: format!("{authority}/{name}?{query}"), place: Place::Server { admin, name } })
    }

    pub(crate) async fn remove(self) {
        match self.place {
            Place::Memory => {}
            Place::File(directory) => directory.close().unwrap(),
            Place::Server { admin, name } => {
                let drop = Statement::new(format!("DROP DATABASE {name} WITH (FORCE)"), vec![]);
                admin.commit_as(vec![drop], LONG).await.unwrap();
            }
        }
    }
}

/// The times of a machine with much else to do: long, so that whoever is slow is not taken for silent, and in the proportions of
/// the defaults, so that one silence has its room in a commit, and two have not the time of a long statement.
pub(crate) fn patient() -> Options {
    Options {
        acquire_timeout: Duration::from_secs(30),
        silence: Duration::from_secs(5),
        commit_timeout: Duration::from_secs(25),
        statement_timeout: Duration::from_mins(2),
        ..Options::default()
    }
}

/// What a URL says of the time that connecting may take: any, because what is tested is seldom how long that is.
pub(crate) const GREETING: &str = "connect_timeout=60";

/// The server copies files, and waits for the disk.
pub(crate) const LONG: Manner = Manner { proof: None, long: true, alone: false };
