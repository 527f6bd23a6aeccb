//! Members of groups as versions before filters wrote them: whoever was in a group was put there.

use protocol::change::{Change, Guard};
use protocol::model::Group;
use store::Store;

use crate::beside::Beside;
use crate::each;
use crate::filtered::{begin, filled, filtered, of, titled, within};
use crate::samples::{HERE, group, uuid};

beside_another_version!(what_was_before_was_put_there);

/// Before the migration everybody who was in a group was put there.
async fn what_was_before_was_put_there(store: &Store, beside: &Beside) {
    begin(store).await;
    each(store, [Change::put(titled(1, "Dr"), Guard::New), Change::put(group(HERE, 1), Guard::New)]).await;
    let undone = [
        "DROP TABLE group_fillings",
        "DROP INDEX groups_filtered",
        "ALTER TABLE groups DROP COLUMN user_filter",
        "ALTER TABLE group_members DROP COLUMN direct",
        "ALTER TABLE group_members DROP COLUMN filtered",
        "ALTER TABLE environments DROP COLUMN group_filters",
    ];
    let joined = async || {
        let ids = [HERE.uuid(), uuid(1), uuid(1)].map(Into::into).to_vec();
        beside
            .run(
                "INSERT INTO group_members (environment_id, user_id, group_id, created_at) VALUES ($1, $2, $3, 7)",
                ids,
            )
            .await;
        beside.run("UPDATE groups SET direct_users = 1", vec![]).await;
    };
    beside.migrated(store, 20, &undone, joined).await;
    assert_eq!((of(store, 1).await, within(store, 1).await), (vec![(1, true)], (1, 1)));
    each(store, [Change::put(Group { version: 1, ..filtered(1, "title eq \"Dr\"") }, Guard::Version)]).await;
    assert_eq!((filled(store, 1).await, of(store, 1).await), (1, vec![(1, true)]));
}
