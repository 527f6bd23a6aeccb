//! Decides which migrations run, once, in order, by one runner at a time, and refuses a schema with another history.
//!
//! Bookkeeping: `schema_migrations` has a row per migration with the SHA-256 of its text and how many of its statements
//! are done; `migration_lock` has one row, a lease taken by compare-and-set. Each step that changes rows commits together with its
//! count and with the renewal of the lease, so a runner that died is continued exactly where it stopped, and a runner that
//! lost its lease writes nothing more. No engine's advisory locks are used: not every engine or pooler keeps them.
//!
//! Not every engine takes a change of the schema into a transaction with anything else. There it is a step by itself, and counted
//! after it: so it is made in words that do nothing the second time ([`repeatable`]), should its runner die between the two.

mod whole;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};

use crate::dialect::Dialect;
use crate::driver::{Driver, Expect, Statement, StoreError};
use crate::row::Value;

/// One migration. Both texts are usually the same; they differ where the house dialect cannot say it.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    /// Order and identity. Strictly ascending in a list of scripts, never reused.
    pub version: i64,
    pub name: &'static str,
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

impl Script {
    fn text(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        }
    }
}

/// How a schema differs from a list of scripts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// Not applied, or applied in part.
    pub missing: Vec<i64>,
    /// Applied with another text than this program has: one sentence each.
    pub changed: Vec<String>,
    /// Applied, but unknown to this program: a newer release has been here. Release N runs on the schema of N + 1.
    pub newer: Vec<i64>,
}

impl Pending {
    /// Whether this program can serve on the schema as it is.
    pub fn is_current(&self) -> bool {
        self.missing.is_empty() && self.changed.is_empty()
    }
}

/// Compares the applied migrations with `scripts`. Reads only.
pub(crate) async fn check(driver: &(impl Driver + ?Sized), scripts: &[Script]) -> Result<Pending, StoreError> {
    let dialect = driver.dialect();
    let exists = Statement::new(dialect.table_exists(), vec!["schema_migrations".into()]);
    if driver.read(exists).await?.is_empty() {
        return Ok(Pending { missing: scripts.iter().map(|script| script.version).collect(), ..Pending::default() });
    }
    let applied = applied(driver).await?;
    let mut pending = Pending::default();
    for script in scripts {
        match applied.get(&script.version) {
            None => pending.missing.push(script.version),
            Some(row) if row.checksum != checksum(script.text(dialect)) => pending.changed.push(changed(script, row)),
            Some(row) if !row.complete => pending.missing.push(script.version),
            Some(_) => {}
        }
    }
    pending.newer = applied.into_keys().filter(|version| scripts.iter().all(|s| s.version != *version)).collect();
    Ok(pending)
}

/// Applies what is missing. Waits while another runner holds the lease; runs that find nothing to do take no lease.
pub(crate) async fn run(driver: &(impl Driver + ?Sized), scripts: &[Script], now_us: i64) -> Result<(), StoreError> {
    if !scripts.is_sorted_by(|earlier, later| earlier.version < later.version) {
        return Err(StoreError::Corrupt("the versions of the migrations do not ascend".to_owned()));
    }
    if refuse_changed(check(driver, scripts).await?)?.is_empty() {
        return Ok(());
    }
    if driver.dialect().migrates_whole_scripts() && whole::at_once(driver, scripts, now_us).await? {
        return Ok(());
    }
    create_bookkeeping(driver).await?;
    let lease = Lease::take(driver, now_us).await?;
    let outcome = apply_missing(driver, scripts, &lease).await;
    // The lease is given back even after a failure; what the failure was matters more than a failing release, which
    // only makes the next runner wait for the lease's end.
    let released = driver.commit(vec![lease.release()]).await;
    outcome.and(released)
}

async fn apply_missing(driver: &(impl Driver + ?Sized), scripts: &[Script], lease: &Lease) -> Result<(), StoreError> {
    // Asked again under the lease: another runner may have done the work while this one waited.
    let missing = refuse_changed(check(driver, scripts).await?)?;
    let applied = applied(driver).await?;
    for script in scripts.iter().filter(|script| missing.contains(&script.version)) {
        let done = match applied.get(&script.version) {
            Some(row) => row.done,
            None => begin(driver, script, lease).await?,
        };
        tracing::info!(version = script.version, name = script.name, "applying migration");
        apply(driver, script, done, lease).await?;
    }
    Ok(())
}

/// Takes note that the script is under way, with nothing done, where its tables are not there yet: those would be another program's.
async fn begin(driver: &(impl Driver + ?Sized), script: &Script, lease: &Lease) -> Result<usize, StoreError> {
    let text = script.text(driver.dialect());
    for name in statements(text).filter_map(|sql| made(&sql).map(str::to_owned)) {
        let exists = Statement::new(driver.dialect().table_exists(), vec![name.as_str().into()]);
        if !driver.read(exists).await?.is_empty() {
            return Err(StoreError::Unsuitable(format!(
                "the database has a table {name} that this server did not make: name an empty database"
            )));
        }
    }
    let begun = Statement::new(
        "INSERT INTO schema_migrations (version, name, checksum, done, applied_at) VALUES ($1, $2, $3, 0, NULL)",
        vec![script.version.into(), script.name.into(), checksum(text).into()],
    );
    driver.commit(vec![lease.renew(), begun]).await?;
    Ok(0)
}

/// Runs the statements of one script from number `done` on.
async fn apply(driver: &(impl Driver + ?Sized), script: &Script, done: usize, lease: &Lease) -> Result<(), StoreError> {
    let steps: Vec<String> = statements(script.text(driver.dialect())).collect();
    let whole = driver.dialect().migrates_whole_scripts();
    let size = if whole { steps.len().max(1) } else { 1 };
    let mut reached = done;
    for part in steps.get(done..).unwrap_or_default().chunks(size) {
        let before = reached;
        reached += part.len();
        let mut batch = vec![lease.renew(), progress(script, before, reached)];
        match part {
            [sql] if !whole && let Some(schema) = repeatable(sql) => {
                change_schema(driver, &schema).await.map_err(|error| within(script, reached, error))?;
            }
            _ => batch.extend(part.iter().map(|sql| Statement::new(sql.clone(), Vec::new()))),
        }
        driver.commit(batch).await.map_err(|error| within(script, reached, error))?;
    }
    let finished = Statement::new(
        "UPDATE schema_migrations SET applied_at = $2 WHERE version = $1",
        vec![script.version.into(), lease.begun_us.into()],
    );
    driver.commit(vec![lease.renew(), finished.one()]).await
}

/// Counts a step as done, provided nobody else did it.
fn progress(script: &Script, before: usize, reached: usize) -> Statement {
    let values = vec![script.version.into(), Value::I64(before as i64), Value::I64(reached as i64)];
    Statement::new("UPDATE schema_migrations SET done = $3 WHERE version = $1 AND done = $2", values).one()
}

fn within(script: &Script, statement: usize, error: StoreError) -> StoreError {
    let place = format!("migration {} {}, statement {statement}", script.version, script.name);
    match error {
        StoreError::Corrupt(reason) => StoreError::Corrupt(format!("{place}: {reason}")),
        StoreError::Lost { .. } => StoreError::Unavailable(format!("{place}: another runner took over")),
        other => other,
    }
}

fn refuse_changed(pending: Pending) -> Result<Vec<i64>, StoreError> {
    if pending.changed.is_empty() { Ok(pending.missing) } else { Err(StoreError::Corrupt(pending.changed.join("; "))) }
}

fn changed(script: &Script, row: &Applied) -> String {
    format!(
        "migration {} {} was applied with checksum {}, its text in this program has another; applied migrations \
         are never edited, add a new one",
        script.version, script.name, row.checksum
    )
}

struct Applied {
    checksum: String,
    done: usize,
    complete: bool,
}

async fn applied(driver: &(impl Driver + ?Sized)) -> Result<BTreeMap<i64, Applied>, StoreError> {
    let rows = driver
        .read(Statement::new("SELECT version, checksum, done, applied_at FROM schema_migrations", Vec::new()))
        .await?;
    rows.iter()
        .map(|row| {
            let done = usize::try_from(row.i64(2)?).unwrap_or(0);
            let complete = row.opt_i64(3)?.is_some();
            Ok((row.i64(0)?, Applied { checksum: row.text(1)?.to_owned(), done, complete }))
        })
        .collect()
}

async fn create_bookkeeping(driver: &(impl Driver + ?Sized)) -> Result<(), StoreError> {
    for sql in BOOKKEEPING {
        change_schema(driver, sql).await?;
    }
    Ok(())
}

async fn change_schema(driver: &(impl Driver + ?Sized), sql: &str) -> Result<(), StoreError> {
    let mut attempts = 0;
    // Two runners that create one table at once: PostgreSQL's IF NOT EXISTS is not atomic, the second runner meets
    // a unique violation in the catalogue, or a row type of that name. The table is there when it asks again.
    while let Err(error) = driver.commit(vec![Statement::new(sql.to_owned(), Vec::new())]).await {
        attempts += 1;
        if attempts == 5 || !matches!(error, StoreError::Conflict { .. } | StoreError::Corrupt(_)) {
            return Err(error);
        }
    }
    Ok(())
}

/// A change of the schema in words that do nothing where it is made already; None for what changes rows.
fn repeatable(sql: &str) -> Option<String> {
    for (words, condition) in SCHEMA {
        if let Some(rest) = sql.strip_prefix(words) {
            return Some(format!("{words}{condition}{rest}"));
        }
    }
    // ALTER TABLE name ADD COLUMN column …
    let (table, change) = sql.strip_prefix("ALTER TABLE ")?.split_once(' ')?;
    let (words, condition) = COLUMN.iter().find(|(words, _)| change.starts_with(words))?;
    Some(format!("ALTER TABLE {table} {words}{condition}{}", change.strip_prefix(words)?))
}

/// The table that a statement makes.
fn made(sql: &str) -> Option<&str> {
    sql.strip_prefix("CREATE TABLE ")?.split([' ', '(']).next()
}

const SCHEMA: [(&str, &str); 5] = [
    ("CREATE TABLE ", "IF NOT EXISTS "),
    ("CREATE INDEX ", "IF NOT EXISTS "),
    ("CREATE UNIQUE INDEX ", "IF NOT EXISTS "),
    ("DROP INDEX ", "IF EXISTS "),
    ("DROP TABLE ", "IF EXISTS "),
];
const COLUMN: [(&str, &str); 2] = [("ADD COLUMN ", "IF NOT EXISTS "), ("DROP COLUMN ", "IF EXISTS ")];

/// The right to migrate for a while. Time is the caller's `now_us` plus the time spent here: a step may take long.
struct Lease {
    owner: String,
    begun_us: i64,
    begun: Instant,
}

impl Lease {
    async fn take(driver: &(impl Driver + ?Sized), now_us: i64) -> Result<Self, StoreError> {
        let lease = Self { owner: owner(), begun_us: now_us, begun: Instant::now() };
        for _ in 0..TAKE_ATTEMPTS {
            let take = Statement::new(
                "INSERT INTO migration_lock (id, owner, expires_at) VALUES (1, $1, $2)
                 ON CONFLICT (id) DO UPDATE SET owner = $1, expires_at = $2 WHERE migration_lock.expires_at < $3",
                vec![lease.owner.as_str().into(), (lease.now_us() + LEASE_US).into(), lease.now_us().into()],
            );
            match driver.commit(vec![take.one()]).await {
                Ok(()) => return Ok(lease),
                Err(StoreError::Lost { .. }) => tokio::time::sleep(TAKE_PAUSE).await,
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Unavailable("another migration runner holds the lock".to_owned()))
    }

    fn renew(&self) -> Statement {
        Statement::new(
            "UPDATE migration_lock SET expires_at = $2 WHERE id = 1 AND owner = $1",
            vec![self.owner.as_str().into(), (self.now_us() + LEASE_US).into()],
        )
        .one()
    }

    fn now_us(&self) -> i64 {
        self.begun_us.saturating_add(i64::try_from(self.begun.elapsed().as_micros()).unwrap_or(i64::MAX))
    }

    fn release(&self) -> Statement {
        Statement::new(
            "UPDATE migration_lock SET expires_at = 0 WHERE id = 1 AND owner = $1",
            vec![self.owner.as_str().into()],
        )
        .expecting(Expect::Any)
    }
}

/// A name no other runner has, on this machine or another. It guards no secret: it keeps two leases apart.
fn owner() -> String {
    let process = std::process::id();
    format!("{process}-{:016x}{:016x}", RandomState::new().hash_one(process), RandomState::new().hash_one("lease"))
}

fn checksum(text: &str) -> String {
    digest(&SHA256, text.as_bytes()).as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Cuts a script at the semicolons outside of quotes and comments. House-dialect scripts have no bodies of functions.
fn statements(text: &str) -> impl Iterator<Item = String> {
    let mut parts = vec![String::new()];
    let mut quote = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, '-') if characters.peek() == Some(&'-') => {
                // The newline stays: it separates the words around the comment.
                while characters.next_if(|next| *next != '\n').is_some() {}
                continue;
            }
            (None, ';') => {
                parts.push(String::new());
                continue;
            }
            (None, '\'' | '"') => quote = Some(character),
            // A doubled quote closes and opens again, which comes to the same.
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    parts.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty())
}

const BOOKKEEPING: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS schema_migrations (
         version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, done BIGINT NOT NULL, applied_at BIGINT)",
    "CREATE TABLE IF NOT EXISTS migration_lock (id BIGINT PRIMARY KEY, owner TEXT NOT NULL, expires_at BIGINT NOT NULL)",
];
/// Each step renews it. Of a step that takes longer the end decides: who took the lease over meanwhile finds it done, or it is undone.
const LEASE_US: i64 = 60_000_000;
const TAKE_PAUSE: Duration = Duration::from_millis(50);
/// Two leases long.
const TAKE_ATTEMPTS: u32 = 2400;

#[cfg(test)]
mod tests {
    use super::{Dialect, repeatable, statements};

    #[test]
    fn semicolons_in_quotes_and_comments_do_not_cut() {
        let script = "CREATE TABLE a (x TEXT); -- a; comment 'open\nINSERT INTO a VALUES ('one;''two;', \"x;\");\n;  ";
        let parts: Vec<String> = statements(script).collect();
        assert_eq!(parts, ["CREATE TABLE a (x TEXT)", "INSERT INTO a VALUES ('one;''two;', \"x;\")"]);
    }

    /// Whatever changes the schema of PostgreSQL can be made twice, and what does not changes rows and nothing else.
    #[test]
    fn every_change_of_the_schema_can_be_made_twice() {
        for (sql, twice) in [
            ("CREATE TABLE a (x TEXT)", "CREATE TABLE IF NOT EXISTS a (x TEXT)"),
            ("CREATE UNIQUE INDEX a ON b (c)", "CREATE UNIQUE INDEX IF NOT EXISTS a ON b (c)"),
            ("DROP INDEX a", "DROP INDEX IF EXISTS a"),
            ("ALTER TABLE a ADD COLUMN b TEXT", "ALTER TABLE a ADD COLUMN IF NOT EXISTS b TEXT"),
            ("ALTER TABLE a DROP COLUMN b", "ALTER TABLE a DROP COLUMN IF EXISTS b"),
        ] {
            assert_eq!(repeatable(sql).as_deref(), Some(twice));
        }
        let mut changes = 0;
        for script in crate::SCRIPTS {
            for sql in statements(script.text(Dialect::Postgres)) {
                let rows = ["INSERT INTO ", "UPDATE ", "DELETE FROM "].iter().any(|words| sql.starts_with(words));
                assert_eq!(repeatable(&sql).is_none(), rows, "{}: {sql}", script.name);
                changes += usize::from(!rows);
            }
        }
        assert!(changes > 50, "{changes}");
    }
}
