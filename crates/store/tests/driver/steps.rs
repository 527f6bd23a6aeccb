//! Migrations whose runner died between a change of the schema and its count, and databases that hold something else.

use store::{Dialect, Script, Statement, StoreError};

use crate::base::Base;
use crate::{NOW, all};

on_all!(what_was_made_and_not_counted_is_made_again, another_programs_table_is_left_alone);

mod bodies {
    use super::*;

    const STEPS: &str = "CREATE TABLE first (id BIGINT PRIMARY KEY); CREATE INDEX first_by_id ON first (id);
        ALTER TABLE first ADD COLUMN more TEXT; INSERT INTO first (id) VALUES (1); DROP INDEX first_by_id;
        CREATE TABLE last (id BIGINT PRIMARY KEY)";
    static SCRIPT: &[Script] = &[Script { version: 9, name: "steps", sqlite: STEPS, postgres: STEPS }];

    /// Where a change of the schema is a step by itself, each can be the last that a runner made. What changes rows is counted with
    /// it, so that it is never made twice.
    pub(super) async fn what_was_made_and_not_counted_is_made_again(base: &Base) {
        let store = base.connect();
        store.migrate(SCRIPT, NOW).await.unwrap();
        let uncounted = if base.dialect() == Dialect::Sqlite { 0..0 } else { 0..6 };
        for done in uncounted.filter(|done| *done != 3) {
            // The steps between have to be there in the state in which that one left them.
            if done < 3 {
                let rows = Statement::new("DELETE FROM first", vec![]);
                let index = Statement::new("CREATE INDEX IF NOT EXISTS first_by_id ON first (id)", vec![]);
                store.commit(vec![rows]).await.unwrap();
                store.commit(vec![index]).await.unwrap();
            }
            let sql = "UPDATE schema_migrations SET done = $1, applied_at = NULL WHERE version = 9";
            store.commit(vec![Statement::new(sql, vec![done.into()])]).await.unwrap();
            assert_eq!(store.check(SCRIPT).await.unwrap().missing, [9]);
            assert_eq!(store.migrate(SCRIPT, NOW).await, Ok(()), "after step {done}");
            assert!(store.check(SCRIPT).await.unwrap().is_current());
            assert_eq!(all(&*store, "SELECT id FROM first").await.len(), 1, "after step {done}");
        }
    }

    pub(super) async fn another_programs_table_is_left_alone(base: &Base) {
        let store = base.connect();
        let table = Statement::new("CREATE TABLE last (other TEXT)", vec![]);
        store.commit(vec![table]).await.unwrap();
        let refused = store.migrate(SCRIPT, NOW).await;
        assert!(matches!(&refused, Err(StoreError::Unsuitable(why)) if why.contains("a table last")), "{refused:?}");
        assert!(all(&*store, "SELECT other FROM last").await.is_empty());
        assert_eq!(store.check(SCRIPT).await.unwrap().missing, [9], "nothing was made");
    }
}
