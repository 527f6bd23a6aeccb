//! The same promises of the seam, on SQLite in memory, SQLite in a file, and PostgreSQL when `TEST_POSTGRES_URL` is set.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod base;

use std::sync::Arc;
use std::time::Duration;

use base::{Base, Place, patient};
use store::{Dialect, Driver, Expect, Extent, Inline, Options, Row, Script, Statement, StoreError, Value, Work, open};

/// Runs the test on every engine at hand, each time on an empty database.
macro_rules! on_all {
    ($($name:ident),+ $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $name() {
            for base in [Some(Base::memory()), Some(Base::file()), Base::server().await].into_iter().flatten() {
                bodies::$name(&base).await;
                base.remove().await;
            }
        }
    )+};
}

/// And on the driver without threads, which simulated runs rest on.
macro_rules! on_all_and_inline {
    ($($name:ident),+ $(,)?) => {
        on_all!($($name),+);

        mod inline {
            use crate::{Base, INLINE, Place, bodies};
            $(
                #[tokio::test]
                async fn $name() {
                    bodies::$name(&Base { url: INLINE.to_owned(), place: Place::Memory }).await;
                }
            )+
        }
    };
}

#[path = "driver/groups.rs"]
mod groups;
#[path = "driver/shared.rs"]
mod shared;
#[path = "driver/steps.rs"]
mod steps;

on_all_and_inline!(
    every_type_comes_back,
    parameters_bind_by_number,
    guards_decide,
    a_lost_guard_undoes_its_batch,
    only_the_losing_batch_is_undone,
    single_use_has_one_winner,
    unique_conflicts_carry_one_name,
    missing_parents_are_lost_races,
    nul_is_refused_alike,
    bugs_are_told_and_harmless,
);
on_all!(
    commits_outlive_their_callers,
    reopening_finds_everything,
    migrations_run_once,
    two_runners_migrate_once,
    a_broken_migration_continues,
    text_order_and_like_agree,
    lists_end_in_time_and_stop_nobody,
    a_list_that_finds_no_connection_is_one_too_many,
    a_migration_takes_as_long_as_it_takes,
);

/// D16: a database that cannot hold every text is refused before a table is made in it, and by the check too; one that takes
/// octets as they come holds every text.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_another_encoding_is_refused() {
    for encoding in ["LATIN1", "LATIN9", "WIN1252", "EUC_JP", "SQL_ASCII", "UTF8"] {
        let options = format!("ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
        let Some(base) = Base::server_with(&options).await else { return };
        let store = base.connect();
        let answers = [store.migrate(SCRIPTS, NOW).await, store.check(SCRIPTS).await.map(drop)];
        for answer in answers {
            match encoding {
                "UTF8" | "SQL_ASCII" => assert_eq!(answer, Ok(()), "{encoding}"),
                _ => {
                    let Err(StoreError::Unsuitable(told)) = answer else { panic!("{encoding}: {answer:?}") };
                    assert!(told.contains(encoding) && told.contains("UTF8"), "{told}");
                }
            }
        }
        store.close().await.unwrap();
        base.remove().await;
    }
}

mod bodies {
    use super::*;

    pub(super) async fn every_type_comes_back(base: &Base) {
        let store = base.open().await;
        let sql = "INSERT INTO things (id, name, count, used, note) VALUES ($1, $2, $3, $4, $5)";
        let id = vec![0, 255, 7];
        store
            .commit(vec![Statement::new(
                sql,
                vec![id.clone().into(), "nämé".into(), i64::MIN.into(), true.into(), Value::Null],
            )])
            .await
            .unwrap();
        let row = all(&*store, "SELECT id, name, count, used, note FROM things").await.remove(0);
        assert_eq!(row.bytes(0), Ok(id.as_slice()));
        assert_eq!(row.text(1), Ok("nämé"));
        assert_eq!(row.i64(2), Ok(i64::MIN));
        assert_eq!(row.bool(3), Ok(true));
        assert_eq!(row.opt_text(4), Ok(None));
        assert!(matches!(row.text(4), Err(StoreError::Unreadable(_))));
        assert!(matches!(row.i64(1), Err(StoreError::Unreadable(_))));
        assert!(matches!(row.uuid(0), Err(StoreError::Unreadable(_))));
        assert!(matches!(row.i64(5), Err(StoreError::Corrupt(_))));
        assert!(!format!("{row:?}").contains("nämé"), "contents are not shown");
    }

    /// However many lists without an end are asked for: each is given up, and reads and commits go on meanwhile.
    pub(super) async fn lists_end_in_time_and_stop_nobody(base: &Base) {
        let store = base.connect();
        store.migrate(SCRIPTS, 0).await.unwrap();
        let work = |extent| Work { extent, time: Duration::from_millis(100) };
        let lists: Vec<_> = (0..6)
            .map(|_| {
                let store = Arc::clone(&store);
                tokio::spawn(async move { store.list(Statement::new(ENDLESS, vec![]), work(Extent::Scan)).await })
            })
            .collect();
        for n in 1..=9 {
            if !matches!(base.place, Place::Memory) {
                store.commit(vec![insert(n)]).await.unwrap();
            }
            store.read(Statement::new("SELECT name FROM things", vec![])).await.unwrap();
        }
        for list in lists {
            assert_eq!(list.await.unwrap(), Err(StoreError::TooLong));
        }
        let enough = Work { extent: Extent::Page, time: Duration::from_mins(1) };
        let one = store.list(Statement::new("SELECT 1", vec![]), enough).await.unwrap();
        assert_eq!(one.rows[0].i64(0), Ok(1));
        store.close().await.unwrap();
        let after = store.list(Statement::new("SELECT 1", vec![]), work(Extent::Page)).await;
        assert!(matches!(after, Err(StoreError::Unavailable(_))), "{after:?}");
    }

    /// That others read lists is no failure of the database.
    pub(super) async fn a_list_that_finds_no_connection_is_one_too_many(base: &Base) {
        let options = Options { pages: 1, acquire_timeout: Duration::from_millis(600), ..patient() };
        let store = open(&base.url, &options).unwrap();
        store.migrate(SCRIPTS, 0).await.unwrap();
        let list = |sql: &'static str| {
            store.list(Statement::new(sql, vec![]), Work { extent: Extent::Page, time: Duration::from_millis(1500) })
        };
        let (long, short) = tokio::join!(biased; list(ENDLESS), list("SELECT 1"));
        assert_eq!(long, Err(StoreError::TooLong));
        match store.dialect() {
            Dialect::Postgres => assert_eq!(short, Err(StoreError::Crowded)),
            Dialect::Sqlite => {
                assert_eq!(short.map(|one| one.rows.len()), Ok(1), "in a line, without an end of waiting");
            }
        }
        store.close().await.unwrap();
    }

    /// A schema change is not given up as a commit of a request would be.
    pub(super) async fn a_migration_takes_as_long_as_it_takes(base: &Base) {
        let slow = "CREATE TABLE slow AS WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000000) SELECT COUNT(*) AS n FROM n";
        let scripts: &'static [Script] = vec![Script { version: 1, name: "slow", sqlite: slow, postgres: slow }].leak();
        let short = Duration::from_millis(100);
        let options = Options { silence: short, commit_timeout: short, statement_timeout: short, ..patient() };
        let store: Arc<dyn Driver> = open(&base.url, &options).unwrap().into();
        store.migrate(scripts, NOW).await.unwrap();
        let reader = if base.persistent() { base.connect() } else { store.clone() };
        assert_eq!(all(&*reader, "SELECT n FROM slow").await[0].i64(0), Ok(1_000_000));
        store.close().await.unwrap();
    }

    pub(super) async fn parameters_bind_by_number(base: &Base) {
        let store = base.open().await;
        let sql = "INSERT INTO things (name, id, used, count, note) VALUES ($2, $3, $1, $4, $2)";
        store
            .commit(vec![Statement::new(sql, vec![false.into(), "two".into(), vec![3].into(), 4.into()])])
            .await
            .unwrap();
        let found = store
            .read(Statement::new(
                "SELECT name, note FROM things WHERE count = $2 AND id = $1 AND NOT used",
                vec![vec![3].into(), 4.into()],
            ))
            .await
            .unwrap();
        assert_eq!((found[0].text(0), found[0].text(1)), (Ok("two"), Ok("two")));
        let with = |values| store.read(Statement::new("SELECT name FROM things WHERE count = $2 AND id = $1", values));
        let missing = with(vec![]).await;
        assert!(matches!(missing, Err(StoreError::Corrupt(_))), "{missing:?}");
        // Behind a pooler nobody counts the parameters before they are sent, and one that no place has is passed over.
        let more = with(vec![vec![3].into(), 4.into(), 5.into()]).await;
        assert!(
            matches!(more, Err(StoreError::Corrupt(_))) || more.as_ref().is_ok_and(|rows| rows.len() == 1),
            "{more:?}"
        );
    }

    pub(super) async fn guards_decide(base: &Base) {
        let store = base.open().await;
        store.commit((1..=3).map(insert).collect()).await.unwrap();
        let touch = |from: i64, expect| {
            Statement::new("UPDATE things SET count = count WHERE count >= $1", vec![from.into()]).expecting(expect)
        };
        for (from, expect, holds) in [
            (1, Expect::Rows(3), true),
            (1, Expect::Rows(2), false),
            (4, Expect::Rows(1), false),
            (4, Expect::None0, true),
            (3, Expect::None0, false),
            (2, Expect::AtLeast(1), true),
            (4, Expect::AtLeast(1), false),
            (3, Expect::AtLeast(2), false),
            (9, Expect::Any, true),
        ] {
            let wanted = if holds { Ok(()) } else { Err(StoreError::Lost { index: 0 }) };
            assert_eq!(store.commit(vec![touch(from, expect)]).await, wanted, "{from} {expect:?}");
        }
        let query = Statement::new("SELECT id FROM things WHERE count = $1", vec![2.into()]);
        assert_eq!(store.commit(vec![query.clone().one()]).await, Ok(()));
        assert_eq!(
            store.commit(vec![insert(9), query.expecting(Expect::None0)]).await,
            Err(StoreError::Lost { index: 1 })
        );
        assert_eq!(counts(&*store).await, [1, 2, 3]);
        let too_many = Statement::new("DELETE FROM things", Vec::new()).expecting(Expect::Rows(1));
        assert_eq!(store.commit(vec![too_many]).await, Err(StoreError::Lost { index: 0 }));
        assert_eq!(counts(&*store).await, [1, 2, 3]);
    }

    pub(super) async fn a_lost_guard_undoes_its_batch(base: &Base) {
        let store = base.open().await;
        assert_eq!(store.commit(vec![insert(1), consume(7), insert(2)]).await, Err(StoreError::Lost { index: 1 }));
        assert_eq!(counts(&*store).await, Vec::<i64>::new());
        assert_eq!(store.commit(Vec::new()).await, Ok(()));
        assert_eq!(store.commit(vec![insert(1), consume(1)]).await, Ok(()), "the connection is fit for use");
    }

    pub(super) async fn only_the_losing_batch_is_undone(base: &Base) {
        let store = base.open().await;
        let tasks: Vec<_> = (0..60)
            .map(|number| {
                let store = Arc::clone(&store);
                let batch = match number % 3 {
                    0 => vec![insert(number), consume(-1)],
                    1 => vec![insert(number), insert(number)],
                    _ => vec![insert(number)],
                };
                tokio::spawn(async move { store.commit(batch).await })
            })
            .collect();
        for (number, task) in tasks.into_iter().enumerate() {
            let outcome = task.await.unwrap();
            match number % 3 {
                0 => assert_eq!(outcome, Err(StoreError::Lost { index: 1 })),
                1 => assert!(matches!(outcome, Err(StoreError::Conflict { .. })), "{outcome:?}"),
                _ => assert_eq!(outcome, Ok(())),
            }
        }
        assert_eq!(counts(&*store).await, (0..60).filter(|number| number % 3 == 2).collect::<Vec<_>>());
    }

    pub(super) async fn single_use_has_one_winner(base: &Base) {
        let store = base.open().await;
        store.commit(vec![insert(1)]).await.unwrap();
        let tasks: Vec<_> = (0..100)
            .map(|number| {
                let store = Arc::clone(&store);
                tokio::spawn(async move { store.commit(vec![consume(1), insert(100 + number)]).await })
            })
            .collect();
        let mut won = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(()) => won += 1,
                Err(error) => assert_eq!(error, StoreError::Lost { index: 0 }),
            }
        }
        assert_eq!((won, counts(&*store).await.len()), (1, 2));
    }

    pub(super) async fn unique_conflicts_carry_one_name(base: &Base) {
        let store = base.open().await;
        let add = |id: u8, a: &str, b: &str, c: &str| {
            Statement::new(
                "INSERT INTO uniques (id, a, b, c) VALUES ($1, $2, $3, $4)",
                vec![vec![id].into(), a.into(), b.into(), c.into()],
            )
        };
        store.commit(vec![add(1, "a", "b", "c")]).await.unwrap();
        for (statement, name) in [
            (add(1, "x", "x", "x"), "uniques_pkey"),
            (add(2, "a", "b", "x"), "uniques_a_b_key"),
            (add(2, "x", "x", "c"), "uniques_c"),
        ] {
            assert_eq!(store.commit(vec![statement]).await, Err(StoreError::Conflict { constraint: name.to_owned() }));
        }
    }

    pub(super) async fn missing_parents_are_lost_races(base: &Base) {
        let store = base.open().await;
        let child =
            Statement::new("INSERT INTO children (id, parent) VALUES ($1, $2)", vec![vec![1].into(), vec![9].into()]);
        assert_eq!(store.commit(vec![insert(1), child]).await, Err(StoreError::Lost { index: 1 }));
        assert!(counts(&*store).await.is_empty());
    }

    pub(super) async fn nul_is_refused_alike(base: &Base) {
        let store = base.open().await;
        let values = || vec!["ok".into(), Value::from("a\0b")];
        let write = Statement::new("UPDATE things SET name = $1 WHERE name = $2", values());
        assert_eq!(store.commit(vec![insert(1), write]).await, Err(StoreError::Unstorable { parameter: 2 }));
        let read = Statement::new("SELECT id FROM things WHERE name = $1 OR name = $2", values());
        assert_eq!(store.read(read).await, Err(StoreError::Unstorable { parameter: 2 }));
        assert!(counts(&*store).await.is_empty());
    }

    pub(super) async fn bugs_are_told_and_harmless(base: &Base) {
        let store = base.open().await;
        assert!(matches!(
            store.read(Statement::new("SELECT nothing FROM nowhere", vec![])).await,
            Err(StoreError::Corrupt(_))
        ));
        assert!(matches!(
            store.commit(vec![insert(1), Statement::new("NONSENSE", vec![])]).await,
            Err(StoreError::Corrupt(_))
        ));
        let null = Statement::new("UPDATE things SET name = $1", vec![Value::Null]);
        assert!(matches!(store.commit(vec![insert(1), null]).await, Err(StoreError::Corrupt(_))));
        assert!(counts(&*store).await.is_empty());
        if base.dialect() == Dialect::Sqlite {
            let sneaky = store.read(Statement::new("DELETE FROM things RETURNING id", vec![])).await;
            assert!(sneaky.is_err(), "readers do not write");
        }
    }

    pub(super) async fn commits_outlive_their_callers(base: &Base) {
        let store = base.open().await;
        for number in 0..20 {
            let mut commit = store.commit(vec![insert(number), insert(100 + number)]);
            // Polled once and dropped, as when a client hangs up.
            std::future::poll_fn(|context| {
                let _ = commit.as_mut().poll(context);
                std::task::Poll::Ready(())
            })
            .await;
        }
        // Nothing is left half done, and connections are not left inside a transaction.
        for number in 200..220 {
            store.commit(vec![insert(number), consume(number)]).await.unwrap();
        }
        let found = counts(&*store).await;
        assert!((0..20).all(|number| found.contains(&number) == found.contains(&(100 + number))));
        assert!((200..220).all(|number| found.contains(&number)));
        if base.dialect() == Dialect::Sqlite {
            assert_eq!(found.len(), 60, "the queue keeps its order, so all of the abandoned batches are written");
        }
    }

    pub(super) async fn reopening_finds_everything(base: &Base) {
        let store = base.open().await;
        store.commit((0..50).map(insert).collect()).await.unwrap();
        let kept = Arc::clone(&store);
        let store = base.reopen(store).await;
        assert_eq!(counts(&*store).await.len(), if base.persistent() { 50 } else { 0 });
        assert!(matches!(kept.commit(vec![insert(99)]).await, Err(StoreError::Unavailable(_))));
        assert!(matches!(
            kept.read(Statement::new("SELECT id FROM things", vec![])).await,
            Err(StoreError::Unavailable(_))
        ));
    }

    pub(super) async fn migrations_run_once(base: &Base) {
        static CHANGED: &[Script] = &[Script { version: 1, name: "tables", sqlite: UNIQUES, postgres: UNIQUES }];
        let store = base.connect();
        assert_eq!(store.check(SCRIPTS).await.unwrap().missing, [1, 2]);
        store.migrate(&SCRIPTS[..1], NOW).await.unwrap();
        assert_eq!(store.check(SCRIPTS).await.unwrap().missing, [2]);
        store.migrate(SCRIPTS, NOW).await.unwrap();
        store.migrate(SCRIPTS, NOW).await.unwrap();
        assert!(store.check(SCRIPTS).await.unwrap().is_current());
        assert_eq!(store.check(&SCRIPTS[..1]).await.unwrap().newer, [2]);
        assert_eq!(store.check(CHANGED).await.unwrap().changed.len(), 1);
        let Err(StoreError::Corrupt(reason)) = store.migrate(CHANGED, NOW).await else {
            panic!("a changed script ran")
        };
        assert!(reason.contains("migration 1 tables was applied with checksum"), "{reason}");
        let rows = all(&*store, "SELECT version, applied_at FROM schema_migrations ORDER BY version").await;
        assert_eq!(
            rows.iter().map(|row| (row.i64(0), row.i64(1))).collect::<Vec<_>>(),
            [(Ok(1), Ok(NOW)), (Ok(2), Ok(NOW))]
        );
    }

    pub(super) async fn two_runners_migrate_once(base: &Base) {
        let first = base.connect();
        // A database in memory has one store; its two runners share it.
        let second = if base.persistent() { base.connect() } else { Arc::clone(&first) };
        let runs =
            [first, second].map(|store| tokio::spawn(async move { store.migrate(SCRIPTS, NOW).await.map(|()| store) }));
        for run in runs {
            assert!(run.await.unwrap().unwrap().check(SCRIPTS).await.unwrap().is_current());
        }
    }

    pub(super) async fn a_broken_migration_continues(base: &Base) {
        const TABLE: &str = "CREATE TABLE odd (id BIGINT PRIMARY KEY); INSERT INTO odd (id) SELECT count FROM wanted; CREATE TABLE last (id BIGINT PRIMARY KEY)";
        static ODD: &[Script] = &[Script { version: 5, name: "odd", sqlite: TABLE, postgres: TABLE }];
        let store = base.connect();
        let Err(StoreError::Corrupt(reason)) = store.migrate(ODD, NOW).await else { panic!("it cannot succeed") };
        assert!(reason.starts_with("migration 5 odd, statement "), "{reason}");
        assert_eq!(store.check(ODD).await.unwrap().missing, [5]);
        store.commit(vec![Statement::new("CREATE TABLE wanted (count BIGINT)", vec![])]).await.unwrap();
        store.migrate(ODD, NOW).await.unwrap();
        assert!(store.check(ODD).await.unwrap().is_current());
        assert!(all(&*store, "SELECT id FROM last").await.is_empty());
    }

    pub(super) async fn text_order_and_like_agree(base: &Base) {
        let store = base.open().await;
        for (number, name) in ["b", "B", "a", "é", "_"].into_iter().enumerate() {
            let sql = "INSERT INTO things (id, name, count, used) VALUES ($1, $2, 0, FALSE)";
            store.commit(vec![Statement::new(sql, vec![vec![number as u8].into(), name.into()])]).await.unwrap();
        }
        let names = |rows: Vec<Row>| rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(
            names(all(&*store, "SELECT name FROM things ORDER BY name COLLATE \"C\"").await),
            ["B", "_", "a", "b", "é"]
        );
        assert_eq!(names(all(&*store, "SELECT name FROM things WHERE name LIKE 'B%'").await), ["B"]);
        let json = store.dialect().json_text("note", "x.deep");
        store
            .commit(vec![Statement::new("UPDATE things SET note = $1", vec![r#"{"x":{"deep":"y"}}"#.into()])])
            .await
            .unwrap();
        let found = store
            .read(Statement::new(format!("SELECT {json} FROM things WHERE name = $1"), vec!["a".into()]))
            .await
            .unwrap();
        assert_eq!(found[0].text(0), Ok("y"));
    }
}

impl Base {
    fn connect(&self) -> Arc<dyn Driver> {
        if self.url == INLINE {
            return Arc::new(Inline::new().unwrap());
        }
        open(&self.url, &patient()).unwrap().into()
    }

    async fn open(&self) -> Arc<dyn Driver> {
        let store = self.connect();
        store.migrate(SCRIPTS, NOW).await.unwrap();
        store
    }

    async fn reopen(&self, store: Arc<dyn Driver>) -> Arc<dyn Driver> {
        store.close().await.unwrap();
        self.open().await
    }

    fn dialect(&self) -> Dialect {
        Dialect::of_url(&self.url).unwrap()
    }

    fn persistent(&self) -> bool {
        !matches!(self.place, Place::Memory)
    }
}

/// No URL of an operator's: [`Inline`].
const INLINE: &str = "sqlite:inline";

fn insert(number: i64) -> Statement {
    let sql = "INSERT INTO things (id, name, count, used) VALUES ($1, $2, $3, $4)";
    Statement::new(sql, vec![number.to_be_bytes().into(), "thing".into(), number.into(), false.into()])
}

fn consume(number: i64) -> Statement {
    Statement::new("UPDATE things SET used = TRUE WHERE id = $1 AND NOT used", vec![number.to_be_bytes().into()]).one()
}

async fn all(store: &dyn Driver, sql: &'static str) -> Vec<Row> {
    store.read(Statement::new(sql, Vec::new())).await.unwrap()
}

async fn counts(store: &dyn Driver) -> Vec<i64> {
    all(store, "SELECT count FROM things ORDER BY count").await.iter().map(|row| row.i64(0).unwrap()).collect()
}

static SCRIPTS: &[Script] = &[
    Script { version: 1, name: "tables", sqlite: TABLES, postgres: TABLES },
    Script { version: 2, name: "uniques", sqlite: UNIQUES, postgres: UNIQUES },
];
/// A read without an end.
const ENDLESS: &str =
    "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT CASE x WHEN 1 THEN 2 ELSE 1 END FROM n) SELECT COUNT(*) FROM n";
const TABLES: &str = "
    -- A comment; with a semicolon.
    CREATE TABLE things (id BYTEA PRIMARY KEY, name TEXT NOT NULL, count BIGINT NOT NULL, used BOOLEAN NOT NULL, note TEXT);
    CREATE TABLE children (id BYTEA PRIMARY KEY, parent BYTEA NOT NULL REFERENCES things (id));";
const UNIQUES: &str = "
    CREATE TABLE uniques (id BYTEA PRIMARY KEY, a TEXT NOT NULL, b TEXT NOT NULL, c TEXT NOT NULL, UNIQUE (a, b));
    CREATE UNIQUE INDEX uniques_c ON uniques (c);";
const NOW: i64 = 1_800_000_000_000_000;
