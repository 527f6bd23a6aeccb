//! Assignments as versions before gave them, in which two roles had the ids of others.

use protocol::change::{Change, Guard};
use protocol::model::{ROLES, RoleAssignment, RoleScope};
use store::Store;
use uuid::{Uuid, uuid as id};

use crate::beside::Beside;
use crate::each;
use crate::life::built;
use crate::samples::{HERE, NOW, role_assignment, uuid};

beside_another_version!(an_assignment_keeps_what_it_gave);

/// P1: whoever holds a role keeps what it gave, and comes to hold no other.
async fn an_assignment_keeps_what_it_gave(store: &Store, beside: &Beside) {
    each(store, built(HERE)).await;
    let was = [
        (id!("29ddce68-cd7f-4b2a-b6fc-f7a19553b496"), "Organization Admin"),
        (id!("6f770b08-793f-4393-b2aa-b1d1587a0324"), "Environment Admin"),
        (id!("0bd9c966-7664-4ac1-b059-0ff9293908e2"), "Identity Data Admin"),
    ];
    let actor = uuid(0xac);
    let undone = ["DROP INDEX populations_by_id", "DROP INDEX applications_by_id"];
    let given = async || {
        for (n, (role, _)) in (0x71..).zip(was) {
            let row = RoleAssignment { role, ..role_assignment(HERE, actor, n, RoleScope::Environment(HERE)) };
            each(store, [Change::put(row, Guard::New)]).await;
        }
    };
    beside.migrated(store, 4, &undone, given).await;
    let name_of = |role: Uuid| ROLES.iter().find(|known| known.id == role).map(|known| known.name);
    let held = store.all::<RoleAssignment>(HERE, &[actor]).await.unwrap();
    let names: Vec<_> = held.iter().map(|row| name_of(row.role)).collect();
    assert_eq!(names, was.map(|(_, name)| Some(name)));
    store.migrate(NOW).await.unwrap();
    assert_eq!(store.all::<RoleAssignment>(HERE, &[actor]).await.unwrap(), held);
}
