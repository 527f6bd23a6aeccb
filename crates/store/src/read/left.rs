//! What an environment left: what is too much for the commit that deleted it, and what a process deleted it without that does not know
//! of it. Its id is never given again, and without it nobody gets to any of that.

use crate::purge::Pace;
use crate::{Statement, Store, StoreError};

impl Store {
    /// Deletes it.
    pub(crate) async fn end_what_has_no_environment(&self) -> Result<(), StoreError> {
        for (owners, left, delete) in LEFT {
            let mut pace = Pace::default();
            for row in self.looked_at(owners, vec![]).await? {
                let owner = row.uuid(0)?;
                while !self.looked_at(left, vec![owner.into()]).await?.is_empty() {
                    let some = Statement::new(delete, vec![owner.into(), pace.rows()]);
                    self.paced(vec![some], &mut pace).await?;
                }
            }
        }
        Ok(())
    }
}

/// Those of a table's owners that are no environment and no organization; each is found by the index, and not row after row.
macro_rules! left {
    ($table:literal, $owner:literal, $key:literal) => {
        (
            concat!(
                "WITH RECURSIVE owners (id) AS (
                    SELECT (SELECT ", $owner, " FROM ", $table, " ORDER BY ", $owner, " LIMIT 1) UNION ALL
                    SELECT (SELECT t.", $owner, " FROM ", $table, " t WHERE t.", $owner, " > owners.id ORDER BY t.", $owner, " LIMIT 1)
                    FROM owners WHERE owners.id IS NOT NULL)
                 SELECT id FROM owners WHERE id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM environments e WHERE e.id = owners.id)
                    AND NOT EXISTS (SELECT 1 FROM organizations o WHERE o.id = owners.id)"
            ),
            concat!("SELECT 1 FROM ", $table, " WHERE ", left!(of $owner), " LIMIT 1"),
            concat!(
                "DELETE FROM ", $table, " WHERE (", $key, ") IN (SELECT ", $key, " FROM ", $table, " WHERE ", left!(of $owner),
                " ORDER BY ", $key, " LIMIT $2)"
            ),
        )
    };
    (of $owner:literal) => {
        concat!(
            $owner, " = $1 AND NOT EXISTS (SELECT 1 FROM environments WHERE id = $1)
                AND NOT EXISTS (SELECT 1 FROM organizations WHERE id = $1)"
        )
    };
}

/// What finds the owners, whether one has rows left, and what deletes some of them.
const LEFT: [(&str, &str, &str); 27] = [
    left!("flows", "environment_id", "environment_id, id"),
    left!("sessions", "environment_id", "environment_id, id"),
    left!("participations", "environment_id", "environment_id, session_id, application_id, issuer"),
    left!("codes", "environment_id", "environment_id, hash"),
    left!("refresh_tokens", "environment_id", "environment_id, hash"),
    left!("access_tokens", "environment_id", "environment_id, hash"),
    left!("used_assertions", "environment_id", "environment_id, application_id, hash"),
    left!("pushed_requests", "environment_id", "environment_id, hash"),
    left!("initial_access_tokens", "environment_id", "environment_id, id"),
    left!("families", "environment_id", "environment_id, id"),
    left!("consents", "environment_id", "environment_id, user_id, application_id"),
    left!("application_attributes", "environment_id", "environment_id, application_id, id"),
    left!("resource_attributes", "environment_id", "environment_id, resource_id, id"),
    left!("mailed_codes", "environment_id", "environment_id, user_id, kind"),
    left!("password_history", "environment_id", "environment_id, user_id, hash"),
    left!("schema_attributes", "environment_id", "environment_id, id"),
    left!("schema_endings", "environment_id", "environment_id, id"),
    left!("user_values", "environment_id", "environment_id, attribute_id, path, value_key, user_id"),
    left!("users", "environment_id", "environment_id, id"),
    left!("group_fillings", "environment_id", "environment_id, group_id"),
    left!("group_members", "environment_id", "environment_id, user_id, group_id"),
    left!("group_nestings", "environment_id", "environment_id, child_id, parent_id"),
    left!("groups", "environment_id", "environment_id, id"),
    left!("counts", "owner_id", "owner_id, kind, of_id, slot"),
    left!("keys", "environment_id", "environment_id, id"),
    left!("key_rotation_policies", "environment_id", "environment_id, id"),
    left!("certificates", "environment_id", "environment_id, id"),
];
