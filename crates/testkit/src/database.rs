//! The databases that a test runs on.
//!
//! A run of the tests has one database for every test, SQLite in memory unless `GRANTOR_TEST_DATABASE=postgres` asks for
//! the server that `TEST_POSTGRES_URL` names; `cargo xtask test` runs them once on each. [`each_store`] is for the few
//! tests whose subject is the database: they run on all that are at hand in a run that is told of none.

use std::sync::atomic::{AtomicU64, Ordering};

use protocol::time::Time;
use store::{Driver, Manner, Options, Statement, Store};

use crate::app::TestApp;

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// SQLite in memory.
    Sqlite,
    /// A database of its own on the server that `TEST_POSTGRES_URL` names.
    Postgres,
}

impl Database {
    /// The database of this run.
    pub fn chosen() -> Self {
        match std::env::var("GRANTOR_TEST_DATABASE").as_deref() {
            Ok("postgres") => Self::Postgres,
            Ok("sqlite") | Err(_) => Self::Sqlite,
            Ok(other) => panic!("GRANTOR_TEST_DATABASE is {other}: it must be sqlite or postgres"),
        }
    }
}

/// Runs one test on every database at hand; where a run has been given one, on that: another run has the other.
pub async fn each_store<F: Future<Output = ()>>(test: impl Fn(TestApp) -> F) {
    let (chosen, asked) = (Database::chosen(), std::env::var_os("GRANTOR_TEST_DATABASE").is_some());
    if chosen == Database::Sqlite {
        test(TestApp::on(Database::Sqlite).await).await;
    }
    if chosen == Database::Postgres || (!asked && server().is_some()) {
        test(TestApp::on(Database::Postgres).await).await;
    }
}

/// A migrated store of a test's own, gone when it is dropped.
#[derive(Debug)]
pub struct Base {
    pub store: Store,
    created: Option<Created>,
}

/// A database made for one test.
#[derive(Debug)]
struct Created {
    server: String,
    name: String,
}

impl From<Store> for Base {
    /// Somebody else's, who made it and brought it to this version.
    fn from(store: Store) -> Self {
        Self { store, created: None }
    }
}

impl Base {
    pub(crate) async fn make(database: Database, through: Option<u16>, now: Time) -> Self {
        let (url, created) = match database {
            Database::Sqlite => ("sqlite::memory:".to_owned(), None),
            Database::Postgres => {
                let server = server()
                    .unwrap_or_else(|| panic!("TEST_POSTGRES_URL must name the server for tests on PostgreSQL"));
                let number = MADE.fetch_add(1, Ordering::Relaxed);
                let name = format!("grantor_it_{}_{number}", std::process::id());
                command(&server, format!("CREATE DATABASE {name}")).await;
                (beside(&server, &name), Some(Created { server, name }))
            }
        };
        let url = through.map_or(url.clone(), |port| url.replacen(address(&url), &format!("127.0.0.1:{port}"), 1));
        let store = Store::open(&url, &Options::default()).unwrap();
        store.migrate(now).await.unwrap();
        Self { store, created }
    }

    /// Runs SQL as another version of this server would. False where the database is in this process's memory, which no
    /// other can reach.
    pub(crate) async fn as_another_version(&self, sql: &str) -> bool {
        let Some(Created { server, name }) = &self.created else { return false };
        command(&beside(server, name), sql.to_owned()).await;
        true
    }
}

impl Drop for Base {
    /// A test that panics takes its database away as well, so this cannot be left to a method.
    fn drop(&mut self) {
        let Some(Created { server, name }) = self.created.take() else { return };
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(command(&server, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
        });
        // A database that could not be dropped fails nothing: the server is the test run's own.
        let _ = dropping.join();
    }
}

async fn command(server: &str, sql: String) {
    let admin: Box<dyn Driver> = store::open(server, &Options { pool: 1, ..Options::default() }).unwrap();
    // The server copies files, and waits for the disk.
    let manner = Manner { long: true, ..Manner::default() };
    admin.commit_as(vec![Statement::new(sql, vec![])], manner).await.unwrap();
    admin.close().await.unwrap();
}

/// Host and port of the server for tests on PostgreSQL, where there is one.
pub fn server_address() -> Option<String> {
    server().map(|url| address(&url).to_owned())
}

fn address(url: &str) -> &str {
    let server = url.split_once("://").map_or(url, |(_, server)| server);
    let server = server.split('/').next().unwrap_or(server);
    server.rsplit_once('@').map_or(server, |(_, address)| address)
}

/// The URL of another database on the same server.
fn beside(server: &str, name: &str) -> String {
    let (start, query) = server.split_once('?').unwrap_or((server, ""));
    let scheme = start.find("://").unwrap() + 3;
    let authority = start[scheme..].find('/').map_or(start, |slash| &start[..scheme + slash]);
    format!("{authority}/{name}?{query}")
}

/// Where PostgreSQL is. With `CI=true` a run without it fails instead of testing less than it says.
fn server() -> Option<String> {
    let server = std::env::var("TEST_POSTGRES_URL").ok();
    let strict = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(server.is_some() || !strict, "CI=true and TEST_POSTGRES_URL names no PostgreSQL for the tests");
    server
}

static MADE: AtomicU64 = AtomicU64::new(0);
