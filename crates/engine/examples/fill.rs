//! Fills a database for `bench/run --scale`: many users like one, many environments like one. For benchmarks only.
//!
//! `fill users DATABASE ENVIRONMENT COUNT` copies the user named `template`; `fill environments DATABASE ENVIRONMENT COUNT
//! MASTER-KEY-FILE` copies the environment with all that configures it. Both keep the counters.

#![expect(clippy::print_stdout, reason = "a tool's answer")]

use std::error::Error;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::world::System;
use jose::seal::SealKey;
use protocol::ctx::{Ctx, Entropy as _};
use protocol::id::{CorrelationId, EnvironmentId};
use protocol::model::key_rotation_policy;
use protocol::time::Time;
use store::{Dialect, Options, Statement, Store, Value, open};
use uuid::Uuid;

type Done = Result<(), Box<dyn Error>>;

#[tokio::main]
async fn main() -> Done {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["users", database, environment, count] => users(database, environment.parse()?, count.parse()?).await,
        ["environments", database, environment, count, key] => {
            environments(database, environment.parse()?, count.parse()?, key).await
        }
        _ => Err("users or environments?".into()),
    }
}

/// Users 1 to `count`: `user.0000001`, three of each family name.
async fn users(database: &str, environment: Uuid, count: i64) -> Done {
    let driver = open(database, &Options::default())?;
    let sqlite = driver.dialect() == Dialect::Sqlite;
    let (id, padded) = if sqlite {
        ("randomblob(16)", "printf('%07d', n)")
    } else {
        ("decode(replace(gen_random_uuid()::text, '-', ''), 'hex')", "lpad(n::text, 7, '0')")
    };
    for first in (1..=count).step_by(CHUNK) {
        let last = count.min(first + CHUNK as i64 - 1);
        let numbers = if sqlite {
            format!(
                "WITH RECURSIVE a (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM a WHERE n < {last}) SELECT n FROM a"
            )
        } else {
            format!("SELECT generate_series({first}, {last}) AS n")
        };
        let copy = format!(
            "INSERT INTO users (environment_id, id, username_key, email_key, population_id, enabled, given_key, family_key, created_at,
                updated_at, version, failures, must_change, body)
             SELECT environment_id, {id}, 'user.' || {padded}, 'user.' || {padded} || '@example.com', population_id, enabled, given_key,
                'family-' || (n / 3), created_at + n, updated_at, version, failures, must_change,
                replace(replace(replace(body, 'Family-template', 'Family-' || (n / 3)), 'ext-template', 'ext-' || n), 'template', 'user.' || {padded})
             FROM users, ({numbers}) AS numbers WHERE environment_id = $1 AND username_key = 'template'"
        );
        let counted = "UPDATE counts SET value = value + $2 WHERE owner_id = $1 AND kind = 'users' AND of_id =
                (SELECT population_id FROM users WHERE environment_id = $1 AND username_key = 'template') AND slot =
                (SELECT MIN(slot) FROM counts WHERE owner_id = $1 AND kind = 'users')";
        let batch = vec![
            Statement::new(copy, vec![environment.into()]),
            Statement::new(counted, vec![environment.into(), (last - first + 1).into()]).one(),
        ];
        driver.commit(batch).await?;
    }
    driver.commit(vec![Statement::new("ANALYZE", vec![])]).await?;
    driver.close().await?;
    println!("{count} users");
    Ok(())
}

/// The new environments' ids, one a line. All sign with the same key, each sealed for its own.
async fn environments(database: &str, template: Uuid, count: u32, master_key: &str) -> Done {
    let master = STANDARD.decode(std::fs::read_to_string(master_key)?.trim())?;
    let master: [u8; 32] = master.try_into().map_err(|_| "no master key")?;
    let seal = SealKey::derive(&master, "at-rest");
    let ctx = Ctx { now: Time(0), entropy: &System, correlation: CorrelationId::new(Uuid::nil()) };
    let store = Store::open(database, &Options::default())?;
    let keys = store.keys(EnvironmentId::new(template)).await?;
    store.close().await?;
    let driver = open(database, &Options::default())?;
    for number in 1..=count {
        let id = ctx.uuid();
        let mut batch = configuration(template, id, number);
        for key in &keys {
            let mut nonce = [0; 12];
            System.fill(&mut nonce);
            let private = engine::keys::unseal(key, &seal).ok_or("another master key")?;
            let sealed = seal.seal(nonce, format!("signing-key:{id}:{}", key.kid).as_bytes(), private.pkcs8());
            let sql = "INSERT INTO signing_keys (environment_id, kid, created_at, sealed, body)
                 SELECT $2, kid, created_at, $3, body FROM signing_keys WHERE environment_id = $1 AND kid = $4";
            let values = vec![template.into(), id.into(), sealed.into(), key.kid.as_str().into()];
            batch.push(Statement::new(sql, values));
        }
        driver.commit(batch).await?;
        println!("{id}");
    }
    driver.commit(vec![Statement::new("ANALYZE", vec![])]).await?;
    Ok(driver.close().await?)
}

/// Copies the rows that make up an environment, with its id in place of the template's, and the id that follows from it: of the key
/// rotation policy that its applications name.
fn configuration(template: Uuid, id: Uuid, number: u32) -> Vec<Statement> {
    let rows = [
        ("populations", "id, name_key, is_default, created_at, updated_at, version"),
        ("password_policies", "id, created_at, name_key, is_default, not_similar, version"),
        ("sign_on_policies", "id, created_at, version, name"),
        ("resources", "id, name_key, created_at, version"),
        ("scopes", "id, resource_id, name, created_at, version"),
        (
            "applications",
            "id, client_id, name_key, enabled, created_at, updated_at, version, secret_digest, secret_sealed, secret_created_at",
        ),
        ("resource_grants", "application_id, id, resource_id, created_at, version"),
    ];
    let policy = |environment| key_rotation_policy(EnvironmentId::new(environment));
    let texts = || [template, id, policy(template), policy(id)].map(|id| Value::from(id.to_string()));
    let mut batch = vec![Statement::new(
        "INSERT INTO environments (id, organization_id, license_id, name_key, kind, region, created_at, updated_at, version, body)
         SELECT $2, organization_id, license_id, name_key || ' ' || $7, kind, region, created_at + $8, updated_at, version,
            replace(replace(body, $3, $4), $5, $6)
         FROM environments WHERE id = $1",
        [vec![template.into(), id.into()], texts().to_vec(), vec![id.to_string().into(), i64::from(number).into()]].concat(),
    )];
    batch.extend(rows.map(|(table, columns)| {
        let sql = format!(
            "INSERT INTO {table} (environment_id, {columns}, body) SELECT $2, {columns}, replace(replace(body, $3, $4), $5, $6)
             FROM {table} WHERE environment_id = $1"
        );
        Statement::new(sql, [vec![Value::from(template), id.into()], texts().to_vec()].concat())
    }));
    let policies = "INSERT INTO key_rotation_policies (environment_id, id, created_at, due_at, version, body)
         SELECT $2, CASE WHEN id = $7 THEN $8 ELSE id END, created_at, due_at, version, replace(replace(body, $3, $4), $5, $6)
         FROM key_rotation_policies WHERE environment_id = $1";
    let ids = vec![policy(template).into(), policy(id).into()];
    batch.push(Statement::new(policies, [vec![template.into(), id.into()], texts().to_vec(), ids].concat()));
    let own = "INSERT INTO counts (owner_id, kind, of_id, slot, value)
         SELECT $2, kind, $2, slot, value FROM counts WHERE owner_id = $1 AND kind IN ('populations', 'applications')";
    let all = "UPDATE counts SET value = value + 1 WHERE kind = 'environments' AND owner_id = (SELECT organization_id FROM environments WHERE id = $1)
         AND slot = (SELECT MIN(slot) FROM counts AS c WHERE c.kind = 'environments' AND c.owner_id = counts.owner_id)";
    batch.push(Statement::new(own, vec![template.into(), id.into()]));
    batch.push(Statement::new(all, vec![template.into()]).one());
    batch
}

/// Users in one commit: what the slowest database does well within its patience.
const CHUNK: usize = 20_000;
