//! Who still holds a role over an organization.

use std::sync::OnceLock;

use protocol::authorization::GrantType;
use protocol::change::Ending;
use protocol::id::OrganizationId;
use uuid::Uuid;

use super::Batch;
use crate::{Dialect, Expect, Statement, Value};

/// Adds the guard. This is asked across environments: whoever administers an organization may live in any of them.
///
/// A person acts by a worker. So no person frees the last application that holds a role: without it nothing may be left to act by.
/// Where persons alone hold one, the last of them is kept for another person too.
pub(super) fn keep(batch: &mut Batch, role: Uuid, organization: OrganizationId, ending: Ending) {
    // Two who each take away the other of two holders would both find one left: PostgreSQL shows what the first of them did only to
    // a statement that begins afterwards.
    let held = match batch.dialect {
        Dialect::Postgres => "SELECT 1 FROM organizations WHERE id = $1 FOR UPDATE",
        Dialect::Sqlite => "SELECT 1 FROM organizations WHERE id = $1",
    };
    batch.one(held, vec![organization.uuid().into()]);
    let (environment, actor) = match ending {
        Ending::Application(environment, application) => (environment, Some(application.uuid())),
        Ending::User(environment, user) => (environment, Some(user.uuid())),
        Ending::Environment(environment) => (environment, None),
    };
    let values: Vec<Value> =
        vec![role.into(), organization.uuid().into(), environment.uuid().into(), Value::from(actor)];
    batch.push(Statement::new(kept(batch.dialect), values).expecting(Expect::AtLeast(1)));
}

/// A row while somebody stays who administers, or nobody ends who does. What of an environment that is put aside would stay does not
/// administer.
fn kept(dialect: Dialect) -> &'static str {
    static TEXTS: [OnceLock<String>; 2] = [OnceLock::new(), OnceLock::new()];
    TEXTS[usize::from(dialect == Dialect::Postgres)].get_or_init(|| {
        let in_its_own_name =
            dialect.json_holds("a.body", "grant_types", GrantType::ClientCredentials.management_name());
        format!(
            "SELECT 1 FROM (SELECT
                COUNT(CASE WHEN application AND serves AND NOT ends THEN 1 END) AS applications_stay,
                COUNT(CASE WHEN application AND ends THEN 1 END) AS applications_end,
                COUNT(CASE WHEN person AND serves AND NOT ends THEN 1 END) AS persons_stay,
                COUNT(CASE WHEN person AND ends THEN 1 END) AS persons_end
              FROM (SELECT a.id IS NOT NULL AS application, u.id IS NOT NULL AS person, e.soft_deleted_at IS NULL AS serves,
                    r.environment_id = $3 AND r.actor = COALESCE($4, r.actor) AS ends
                  FROM role_assignments r JOIN environments e ON e.id = r.environment_id
                  LEFT JOIN applications a ON a.environment_id = r.environment_id AND a.id = r.actor AND a.enabled AND {in_its_own_name}
                  LEFT JOIN users u ON u.environment_id = r.environment_id AND u.id = r.actor AND u.enabled
                    AND u.password_hash IS NOT NULL AND (u.locked_at IS NULL OR u.unlock_at IS NOT NULL)
                  WHERE r.role = $1 AND r.scope_kind = 'ORGANIZATION' AND r.scope_id = $2) AS held) AS counted
             WHERE applications_stay > 0 OR applications_end = 0 AND (persons_stay > 0 OR persons_end = 0)"
        )
    })
}
