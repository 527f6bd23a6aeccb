//! Counters of what there is: each change of a number stands in the commit of what is counted.
//!
//! A counter is the sum of its slots, one per process, so that processes do not wait for each other's rows. A slot alone
//! may be negative: who deletes need not be who created.

use protocol::model::ObjectKind;
use uuid::Uuid;

use crate::kinds::kind;
use crate::{Dialect, Statement, Value};

/// `more` of them, negative for fewer.
pub(super) fn changed(slot: i64, of_kind: ObjectKind, owner: Uuid, of: Uuid, more: i64) -> Statement {
    let sql = "INSERT INTO counts (owner_id, kind, of_id, slot, value) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (owner_id, kind, of_id, slot) DO UPDATE SET value = counts.value + excluded.value";
    Statement::new(sql, vec![owner.into(), kind(of_kind).table.into(), of.into(), slot.into(), more.into()])
}

/// The user goes to population `to`, where that is another one. Before the guarded update, whose version says that nobody
/// moved the user meanwhile.
///
/// The user's row is locked before a counter, as a deletion does it, and counters in the order of their ids: so no two of
/// them wait for each other.
pub(super) fn user_moves(dialect: Dialect, slot: i64, (environment, user): (Uuid, Uuid), to: Uuid) -> Statement {
    let sql = match dialect {
        Dialect::Postgres => {
            "INSERT INTO counts (owner_id, kind, of_id, slot, value)
         SELECT environment_id, 'users', CASE WHEN more = 1 THEN $3 ELSE population_id END, $4, more
         FROM (SELECT environment_id, population_id FROM users WHERE environment_id = $1 AND id = $2 AND population_id <> $3 FOR UPDATE) AS moved,
            (SELECT 1 AS more UNION ALL SELECT -1) AS sides WHERE TRUE ORDER BY 3
         ON CONFLICT (owner_id, kind, of_id, slot) DO UPDATE SET value = counts.value + excluded.value"
        }
        Dialect::Sqlite => {
            "INSERT INTO counts (owner_id, kind, of_id, slot, value)
         SELECT environment_id, 'users', CASE WHEN more = 1 THEN $3 ELSE population_id END, $4, more
         FROM users, (SELECT 1 AS more UNION ALL SELECT -1) AS sides WHERE environment_id = $1 AND id = $2 AND population_id <> $3
         ON CONFLICT (owner_id, kind, of_id, slot) DO UPDATE SET value = counts.value + excluded.value"
        }
    };
    Statement::new(sql, vec![environment.into(), user.into(), to.into(), slot.into()])
}

/// The user is about to be deleted: whose population it is, is only known to the row.
pub(super) fn user_ends(dialect: Dialect, slot: i64, environment: Uuid, user: Uuid) -> Vec<Statement> {
    let key = || -> Vec<Value> { vec![environment.into(), user.into()] };
    let held = match dialect {
        // Where writers run side by side, nobody moves the user between this and the deletion.
        Dialect::Postgres => "SELECT 1 FROM users WHERE environment_id = $1 AND id = $2 FOR UPDATE",
        Dialect::Sqlite => "SELECT 1 FROM users WHERE environment_id = $1 AND id = $2",
    };
    let sql = "INSERT INTO counts (owner_id, kind, of_id, slot, value)
         SELECT environment_id, 'users', population_id, $3, -1 FROM users WHERE environment_id = $1 AND id = $2
         ON CONFLICT (owner_id, kind, of_id, slot) DO UPDATE SET value = counts.value + excluded.value";
    let mut values = key();
    values.push(slot.into());
    vec![Statement::new(held, key()).one(), Statement::new(sql, values)]
}

/// The environment is about to be deleted, and with it all that it counts.
pub(super) fn environment_ends(slot: i64, environment: Uuid) -> Vec<Statement> {
    let sql = "INSERT INTO counts (owner_id, kind, of_id, slot, value)
         SELECT organization_id, 'environments', organization_id, $2, -1 FROM environments WHERE id = $1
         ON CONFLICT (owner_id, kind, of_id, slot) DO UPDATE SET value = counts.value + excluded.value";
    vec![
        Statement::new(sql, vec![environment.into(), slot.into()]),
        Statement::new("DELETE FROM counts WHERE owner_id = $1", vec![environment.into()]),
    ]
}
