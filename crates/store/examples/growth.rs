//! Measures what the audit and deleting cost as a database grows. For the figures in `bench/README.md` and ADR 0023 only.
//!
//! `growth audit DATABASE MILLIONS [scattered]` writes so many million events after what is there, a hundred a second of the time that
//! they tell of, and says of each million what a commit of 512 took and wrote, and what a look-up by correlation id took. `scattered`:
//! correlation ids that do not ascend.
//! `growth prune DATABASE MILLIONS` deletes the oldest of them, `growth expired DATABASE COUNT` so many flows, sessions, codes, families with
//! tokens, and activities, `growth environment DATABASE COUNT` an environment with so many users with sessions; each beside another writer.

#![expect(clippy::print_stdout, reason = "a tool's answer")]

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use protocol::audit::{Action, Actor, Event};
use protocol::change::Change;
use protocol::id::{ActivityId, ApplicationId, CorrelationId, EnvironmentId, UserId};
use protocol::model::Key;
use protocol::time::Time;
use store::{Dialect, Driver, Fut, Listed, Manner, Options, Row, Script, Statement, Store, Work, open};
use uuid::Uuid;

type Done<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Done {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [what, database, count, rest @ ..] = words.as_slice() else {
        return Err("audit, prune, expired or environment?".into());
    };
    let (held, driver) =
        (Arc::new(Held::over(open(database, &Options::default())?)), open(database, &Options::default())?);
    let store = Store::over(Arc::<Held>::clone(&held), &Options::default());
    store.migrate(NOW).await?;
    let count: i64 = count.parse()?;
    match what.as_str() {
        "audit" => audit(&store, &*driver, count, !rest.is_empty()).await?,
        "prune" => {
            let oldest = driver.read(Statement::new("SELECT MIN(at) FROM activities", vec![])).await?[0].i64(0)?;
            let before = Time(oldest + count * MILLION * STEP);
            beside(&store, "prune", store.purge(Time(0), before)).await?;
        }
        "expired" => {
            expired(&*driver, count).await?;
            beside(&store, "purge", store.purge(NOW, NOW.plus(-90 * DAY))).await?;
        }
        "environment" => {
            environment(&*driver, count).await?;
            let gone = vec![Change::Remove(Key::Environment(EnvironmentId::new(Uuid::from_u128(1))))];
            beside(&store, "environment", store.commit(gone)).await?;
        }
        _ => return Err("audit, prune, expired or environment?".into()),
    }
    let mut batches = std::mem::take(&mut *held.batches.lock().unwrap_or_else(PoisonError::into_inner));
    if !batches.is_empty() {
        println!("{} commits in parts, each {}", batches.len(), told(&mut batches));
    }
    store.close().await?;
    Ok(driver.close().await?)
}

async fn audit(store: &Store, driver: &dyn Driver, millions: i64, scattered: bool) -> Done {
    let before = driver.read(Statement::new("SELECT MAX(at) FROM activities", vec![])).await?[0].opt_i64(0)?;
    let there = before.map_or(0, |last| (last - NOW.0) / STEP / MILLION + 1);
    let mut chance = Chance(7 + there.unsigned_abs());
    for million in there + 1..=there + millions {
        let (mut took, wrote, began) = (Vec::new(), written(driver).await?, Instant::now());
        for first in (0..MILLION).step_by(BATCH) {
            let number = |n: i64| (million - 1) * MILLION + first + n;
            let batch: Vec<Event> = (0..BATCH as i64).map(|n| event(number(n), scattered, &mut chance)).collect();
            let began = Instant::now();
            store.commit(batch.into_iter().map(|event| Change::Record(Box::new(event))).collect()).await?;
            took.push(began.elapsed());
        }
        let (all, wrote) = (began.elapsed(), written(driver).await? - wrote);
        let mut looked = Vec::new();
        for correlation in known(driver, million, &mut chance).await? {
            let began = Instant::now();
            if store.explain(correlation).await?.len() != 1 {
                return Err("an event is not found".into());
            }
            looked.push(began.elapsed());
        }
        let rate = u128::from(MILLION.unsigned_abs()) * 1000 / all.as_millis().max(1);
        println!(
            "{million:>4} million: {rate:>7} rows/s, {:>5} octets a row; commit {}; look-up {}",
            wrote / MILLION,
            told(&mut took),
            told(&mut looked)
        );
    }
    Ok(())
}

/// Some of what is there, of any age.
async fn known(driver: &dyn Driver, millions: i64, chance: &mut Chance) -> Done<Vec<CorrelationId>> {
    let mut known = Vec::new();
    for _ in 0..500 {
        let at = NOW.0 + (chance.next() % (millions * MILLION).unsigned_abs()) as i64 * STEP;
        let sql = "SELECT correlation FROM activities WHERE at >= $1 ORDER BY at LIMIT 1";
        let rows = driver.read(Statement::new(sql, vec![at.into()])).await?;
        known.push(CorrelationId::new(rows.first().ok_or("no event is there")?.uuid(0)?));
    }
    Ok(known)
}

/// As a token request leaves it, or its refusal.
fn event(number: i64, scattered: bool, chance: &mut Chance) -> Event {
    let at = Time(NOW.0 + number * STEP);
    let ascending = |chance: &mut Chance| {
        let bytes = [chance.next().to_le_bytes(), chance.next().to_le_bytes()].concat();
        let bytes: [u8; 10] = std::array::from_fn(|place| bytes[place]);
        uuid::Builder::from_unix_timestamp_millis(at.millis() as u64, &bytes).into_uuid()
    };
    let own = Uuid::from_u128(u128::from(chance.next() % 100) + 1);
    let id = |chance: &mut Chance| Uuid::from_u64_pair(chance.next(), chance.next());
    let correlation = if scattered { id(chance) } else { ascending(chance) };
    let event = Event::new(Some(EnvironmentId::new(own)), at, CorrelationId::new(correlation), Action::TokenIssued);
    let application = ApplicationId::new(own);
    Event {
        id: ActivityId::new(ascending(chance)),
        actor: Actor::Application(application),
        application: Some(application),
        user: Some(UserId::new(id(chance))),
        note: Some("authorization_code".to_owned()),
        source: Some([192, 0, 2, 1].into()),
        ..event
    }
}

/// Runs `work` while somebody else writes one event after the other, a few milliseconds between them, and says what they waited.
async fn beside<T>(store: &Store, name: &str, work: impl Future<Output = Result<T, store::StoreError>>) -> Done {
    let mut chance = Chance(11);
    let mut number = 1_000_000_000;
    let mut one = async || {
        number += 1;
        let event = event(number, false, &mut chance);
        let began = Instant::now();
        store.commit(vec![Change::Record(Box::new(event))]).await?;
        let took = began.elapsed();
        tokio::time::sleep(Duration::from_millis(2)).await;
        Ok::<_, store::StoreError>(took)
    };
    let mut quiet = Vec::new();
    for _ in 0..500 {
        quiet.push(one().await?);
    }
    let (mut work, mut during, began) = (std::pin::pin!(work), Vec::new(), Instant::now());
    loop {
        tokio::select! {
            biased;
            done = &mut work => {
                done?;
                break;
            }
            took = one() => during.push(took?),
        }
    }
    println!(
        "{name}: {:.1} s; another writer alone {}; meanwhile {}",
        began.elapsed().as_secs_f64(),
        told(&mut quiet),
        told(&mut during)
    );
    Ok(())
}

/// Sees how long each commit of a long work holds the writer, with what it waits for it.
struct Held {
    driver: Box<dyn Driver>,
    batches: Mutex<Vec<Duration>>,
}

impl Held {
    fn over(driver: Box<dyn Driver>) -> Self {
        Self { driver, batches: Mutex::default() }
    }
}

impl Driver for Held {
    fn read(&self, statement: Statement) -> Fut<'_, Vec<Row>> {
        self.driver.read(statement)
    }

    fn list(&self, statement: Statement, work: Work) -> Fut<'_, Listed> {
        self.driver.list(statement, work)
    }

    fn commit_as(&self, batch: Vec<Statement>, manner: Manner) -> Fut<'_, ()> {
        let (long, began) = (manner.long, Instant::now());
        Box::pin(async move {
            let done = self.driver.commit_as(batch, manner).await;
            if long {
                self.batches.lock().unwrap_or_else(PoisonError::into_inner).push(began.elapsed());
            }
            done
        })
    }

    fn migrate(&self, scripts: &'static [Script], now_us: i64) -> Fut<'_, ()> {
        self.driver.migrate(scripts, now_us)
    }

    fn dialect(&self) -> Dialect {
        self.driver.dialect()
    }

    fn close(&self) -> Fut<'_, ()> {
        self.driver.close()
    }
}

/// Rows that expired, as many of each kind.
async fn expired(driver: &dyn Driver, count: i64) -> Done {
    let (id, hash, of) = random(driver);
    let at = NOW.plus(-2 * 3600).0;
    let old = NOW.plus(-91 * DAY).0;
    let environment =
        if driver.dialect() == Dialect::Sqlite { "zeroblob(16)" } else { "decode(repeat('00', 16), 'hex')" };
    let body = if driver.dialect() == Dialect::Sqlite { "hex(zeroblob(500))" } else { "repeat('0', 1000)" };
    for sql in [
        format!(
            "INSERT INTO flows (environment_id, id, expires_at, version, application_id, body) SELECT {environment}, {id}, {at} + n, 0, {environment}, {body}"
        ),
        format!(
            "INSERT INTO sessions (environment_id, id, user_id, token, auth_time, acr, amr, created_at, expires_at) SELECT {environment}, {id}, {id}, {hash}, 0, '', '', 0, {at} + n"
        ),
        format!(
            "INSERT INTO codes (environment_id, hash, application_id, user_id, session_id, family_id, expires_at, body) SELECT {environment}, {hash}, {environment}, {id}, {id}, {of}, {at} + n, {body}"
        ),
        format!(
            "INSERT INTO families (environment_id, id, application_id, user_id, session_id, expires_at, grace_replays, body) SELECT {environment}, {of}, {environment}, {id}, {id}, {at} + n, 0, {body}"
        ),
        format!(
            "INSERT INTO refresh_tokens (environment_id, hash, family_id, generation, issued_at, expires_at) SELECT {environment}, {hash}, {of}, 1, 0, {at} + n"
        ),
        format!(
            "INSERT INTO access_tokens (environment_id, hash, application_id, family_id, expires_at) SELECT {environment}, {hash}, {environment}, {of}, {at} + n"
        ),
        format!(
            "INSERT INTO activities (environment_id, id, at, correlation, action, actor_kind, note) SELECT {environment}, {id}, {old} + n, {id}, 'TOKEN.ISSUED', 'ANONYMOUS', 'client_credentials'"
        ),
    ] {
        filled(driver, &sql, count).await?;
    }
    Ok(())
}

/// An environment with users who have sessions.
async fn environment(driver: &dyn Driver, count: i64) -> Done {
    let (id, hash, of) = random(driver);
    let (own, body) = if driver.dialect() == Dialect::Sqlite {
        ("X'00000000000000000000000000000001'", "hex(zeroblob(250))")
    } else {
        ("'\\x00000000000000000000000000000001'::bytea", "repeat('0', 500)")
    };
    let sql = format!(
        "INSERT INTO environments (id, organization_id, license_id, name_key, kind, region, created_at, updated_at, version, body)
         VALUES ({own}, {own}, {own}, '', '', '', 0, 0, 0, '{{}}')"
    );
    driver.commit(vec![Statement::new(sql, vec![])]).await?;
    for sql in [
        format!("INSERT INTO users (environment_id, id, username_key, email_key, population_id, enabled, given_key, family_key, created_at, updated_at, version, failures, must_change, body)
             SELECT {own}, {of}, 'user.' || n, 'user.' || n || '@example.com', {own}, TRUE, 'given-' || n, 'family-' || n, n, n, 0, 0, FALSE, '{{\"text\":\"' || {body} || '\"}}'"),
        format!("INSERT INTO sessions (environment_id, id, user_id, token, auth_time, acr, amr, created_at, expires_at) SELECT {own}, {id}, {of}, {hash}, 0, '', '', 0, {}", NOW.plus(DAY).0),
    ] {
        filled(driver, &sql, count).await?;
    }
    Ok(())
}

/// A random id, a random hash, and an id that follows from the number.
fn random(driver: &dyn Driver) -> (&'static str, &'static str, &'static str) {
    match driver.dialect() {
        Dialect::Sqlite => ("randomblob(16)", "randomblob(32)", "CAST(printf('%016d', n) AS BLOB)"),
        Dialect::Postgres => (
            "decode(replace(gen_random_uuid()::text, '-', ''), 'hex')",
            "decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex')",
            "convert_to(lpad(n::text, 16, '0'), 'UTF8')",
        ),
    }
}

/// Rows 1 to `count`, some thousands in a commit.
async fn filled(driver: &dyn Driver, sql: &str, count: i64) -> Done {
    for first in (1..=count).step_by(CHUNK) {
        let last = count.min(first + CHUNK as i64 - 1);
        let numbers = match driver.dialect() {
            Dialect::Sqlite => format!(
                "WITH RECURSIVE a (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM a WHERE n < {last}) SELECT n FROM a"
            ),
            Dialect::Postgres => format!("SELECT generate_series({first}, {last}) AS n"),
        };
        driver.commit(vec![Statement::new(format!("{sql} FROM ({numbers}) AS numbers"), vec![])]).await?;
    }
    driver.commit(vec![Statement::new("ANALYZE", vec![])]).await?;
    Ok(())
}

/// Octets that were written since whenever: by this process, or to PostgreSQL's log.
async fn written(driver: &dyn Driver) -> Done<i64> {
    if driver.dialect() == Dialect::Postgres {
        let sql = "SELECT CAST(pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS BIGINT)";
        return Ok(driver.read(Statement::new(sql, vec![])).await?[0].i64(0)?);
    }
    let counted = std::fs::read_to_string("/proc/self/io")?;
    let line = counted.lines().find_map(|line| line.strip_prefix("wchar: "));
    Ok(line.ok_or("no count of what was written")?.parse()?)
}

/// Median, 99th percentile and most, in milliseconds.
fn told(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |part: usize| {
        times.get((times.len() * part / 100).min(times.len().saturating_sub(1))).map_or(0.0, |t| t.as_secs_f64() * 1e3)
    };
    format!("{:.2} / {:.2} / {:.2} ms", at(50), at(99), at(100))
}

/// `SplitMix64`: as much chance as a measurement needs, and the same each time.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

const NOW: Time = Time(1_800_000_000_000_000);
const DAY: i64 = 86_400;
const MILLION: i64 = 1_000_000;
/// Microseconds between two events: a hundred a second.
const STEP: i64 = 10_000;
const BATCH: usize = 512;
const CHUNK: usize = 20_000;
