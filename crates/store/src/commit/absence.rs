//! Guards of answers that say that something is not there: looked for once more, where the commit is.

use protocol::change::Absence;
use protocol::id::EnvironmentId;
use protocol::model::{KeyStatus, ObjectKind};
use uuid::Uuid;

use super::Batch;
use crate::kinds::kind;
use crate::{Dialect, Expect, Statement, Value};

pub(super) fn add(batch: &mut Batch, absence: Absence) {
    match absence {
        Absence::Token { environment, access, refresh, at } => {
            let environment = Value::from(environment.uuid());
            none(
                batch,
                "SELECT 1 FROM access_tokens a LEFT JOIN families f ON f.environment_id = a.environment_id AND f.id = a.family_id
                 WHERE a.environment_id = $1 AND a.hash = $2 AND a.claims IS NOT NULL AND a.revoked_at IS NULL AND a.expires_at > $3
                    AND f.revoked_at IS NULL",
                vec![environment.clone(), access.bytes().to_vec().into(), at.0.into()],
            );
            none(
                batch,
                "SELECT 1 FROM refresh_tokens t JOIN families f ON f.environment_id = t.environment_id AND f.id = t.family_id
                 WHERE t.environment_id = $1 AND t.hash = $2 AND f.revoked_at IS NULL",
                vec![environment, refresh.bytes().to_vec().into()],
            );
        }
        Absence::Session { environment, token, at } => none(
            batch,
            "SELECT 1 FROM sessions WHERE environment_id = $1 AND token = $2 AND ended_at IS NULL AND expires_at > $3",
            vec![environment.uuid().into(), token.bytes().to_vec().into(), at.0.into()],
        ),
        Absence::Key(environment, kid) => none(
            batch,
            "SELECT 1 FROM signing_keys WHERE environment_id = $1 AND kid = $2",
            vec![environment.uuid().into(), kid.into()],
        ),
        Absence::ChosenKey(environment, alg) => {
            one_after_the_other(batch, environment);
            none(
                batch,
                "SELECT 1 FROM signing_keys WHERE environment_id = $1 AND body LIKE $2 AND body LIKE '%\"chosen\":true%' AND body LIKE $3",
                vec![
                    environment.uuid().into(),
                    format!("%\"alg\":\"{}\"%", alg.name()).into(),
                    crate::read::with_status(KeyStatus::Active).into(),
                ],
            );
        }
        Absence::Given { environment, role, known } => beside(
            batch,
            "SELECT 1 FROM role_assignments WHERE environment_id = $1 AND role = $2",
            vec![environment.uuid().into(), role.into()],
            known,
        ),
        Absence::Most { of, environment, parent, most } => most_of(batch, of, (environment, parent), most),
        Absence::MostFiltered { environment, beside, most } => {
            one_after_the_other(batch, environment);
            let sql = "SELECT 1 FROM groups WHERE environment_id = $1 AND user_filter IS NOT NULL AND id <> $2 LIMIT 1 OFFSET $3";
            none(batch, sql, vec![environment.uuid().into(), beside.uuid().into(), (most - 1).into()]);
        }
        Absence::Role { environment, actor, known } => beside(
            batch,
            "SELECT 1 FROM role_assignments WHERE environment_id = $1 AND actor = $2",
            vec![environment.uuid().into(), actor.into()],
            known,
        ),
    }
}

/// Where writers run side by side, those who count something of the environment wait for each other.
fn one_after_the_other(batch: &mut Batch, environment: EnvironmentId) {
    if batch.dialect == Dialect::Postgres {
        batch.one("SELECT 1 FROM environments WHERE id = $1 FOR NO KEY UPDATE", vec![environment.uuid().into()]);
    }
}

fn most_of(batch: &mut Batch, of: ObjectKind, (environment, parent): (EnvironmentId, Option<Uuid>), most: i64) {
    one_after_the_other(batch, environment);
    let kind = kind(of);
    let environment = Value::from(environment.uuid());
    if kind.counted && parent.is_none() {
        // There may be very many: they are counted already.
        let sql = "SELECT 1 FROM counts WHERE owner_id = $1 AND kind = $2 GROUP BY owner_id HAVING CAST(SUM(value) AS BIGINT) >= $3";
        return none(batch, sql, vec![environment, kind.table.into(), most.into()]);
    }
    let mut values: Vec<Value> = std::iter::once(environment).chain(parent.map(Value::from)).collect();
    let by = kind.key.iter().zip(1..).map(|(column, place)| format!("{column} = ${place}"));
    let by: Vec<String> = by.take(values.len()).collect();
    let (table, by, last) = (kind.table, by.join(" AND "), values.len() + 1);
    values.push((most - 1).into());
    let sql = format!("SELECT 1 FROM {table} WHERE {by} LIMIT 1 OFFSET ${last}");
    batch.push(Statement::new(sql, values).expecting(Expect::None0));
}

/// No row but those with these ids.
fn beside(batch: &mut Batch, sql: &'static str, mut values: Vec<Value>, known: Vec<Uuid>) {
    if known.is_empty() {
        return none(batch, sql, values);
    }
    let sql = format!("{sql} AND id NOT IN ({})", crate::placeholders(values.len() + 1, known.len()));
    values.extend(known.into_iter().map(Value::from));
    batch.push(Statement::new(sql, values).expecting(Expect::None0));
}

fn none(batch: &mut Batch, sql: &'static str, values: Vec<Value>) {
    batch.push(Statement::new(sql, values).expecting(Expect::None0));
}
