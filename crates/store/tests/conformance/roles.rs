//! What somebody holds by themselves and by their groups, and roles of an environment's own making.

use protocol::change::{Absence, Change, Guard};
use protocol::id::{GroupId, PopulationId, RoleId, UserId};
use protocol::model::{ActorKind, CustomRole, Group, Kept as _, Key, Member, RoleAssignment, RoleScope};
use store::Store;
use uuid::Uuid;

use crate::beside::Beside;
use crate::samples::*;
use crate::{each, loses};

on_every_engine!(
    a_group_gives_what_it_holds,
    a_role_that_somebody_holds_stays,
    an_assignment_beside_the_known_is_not_absent
);

fn give(actor: Uuid, n: u128) -> Change {
    Change::put(role_assignment(HERE, actor, n, RoleScope::Environment(HERE)), Guard::New)
}

async fn held(store: &Store, actor: Uuid) -> Vec<Uuid> {
    let strict = store.every_held(HERE, actor).await.unwrap();
    assert_eq!(store.held(HERE, actor).await.unwrap(), strict);
    strict.into_iter().map(|row| row.id.uuid()).collect()
}

/// R8: directly, through a group, through one that it is in; and with a group goes what it gave, also with its population.
async fn a_group_gives_what_it_holds(store: &Store) {
    each(store, [Change::put(environment(HERE), Guard::New)]).await;
    each(store, [1, 2].map(|n| Change::put(population(HERE, n), Guard::New))).await;
    each(store, [1, 2].map(|n| Change::put(user(HERE, n), Guard::New))).await;
    let own = Group { population: Some(PopulationId::new(uuid(2))), ..group(HERE, 0x23) };
    each(store, [0x21, 0x22].map(|n| Change::put(group(HERE, n), Guard::New))).await;
    each(store, [Change::put(own, Guard::New)]).await;
    let join = |member, n| Change::JoinGroup { environment: HERE, member, group: GroupId::new(uuid(n)), at: NOW };
    let nest = |child, parent| join(Member::Group(GroupId::new(uuid(child))), parent);
    each(store, [join(Member::User(UserId::new(uuid(1))), 0x21), nest(0x21, 0x22)]).await;
    each(store, [give(uuid(1), 5), give(uuid(0x21), 6), give(uuid(0x22), 7), give(uuid(0x23), 8), give(uuid(2), 9)])
        .await;
    assert_eq!(held(store, uuid(1)).await, [uuid(5), uuid(6), uuid(7)]);
    assert_eq!(held(store, uuid(2)).await, [uuid(9)]);
    assert_eq!(held(store, uuid(0x21)).await, [uuid(6), uuid(7)]);
    assert_eq!(held(store, uuid(0x22)).await, [uuid(7)]);
    assert_eq!(store.held(THERE, uuid(1)).await.unwrap(), []);
    each(store, [Change::Remove(Key::Group(HERE, GroupId::new(uuid(0x22))))]).await;
    assert_eq!(held(store, uuid(1)).await, [uuid(5), uuid(6)]);
    each(store, [Change::Remove(Key::Population(HERE, PopulationId::new(uuid(2))))]).await;
    let rows = store.every_within::<RoleAssignment>(HERE).await.unwrap();
    let mut left: Vec<_> = rows.iter().map(|row| row.id.uuid()).collect();
    left.sort_unstable();
    assert_eq!(left, [uuid(5), uuid(6), uuid(9)]);
}

fn custom(n: u128) -> CustomRole {
    let (id, name) = (RoleId::new(uuid(n)), format!("Role {n}"));
    CustomRole { id, environment: HERE, name, created_at: NOW, updated_at: NOW, version: 1, ..CustomRole::default() }
}

/// R8: a role is not taken away from under whoever holds it.
async fn a_role_that_somebody_holds_stays(store: &Store) {
    each(store, [Change::put(environment(HERE), Guard::New)]).await;
    each(store, [1, 2].map(|n| Change::put(custom(n), Guard::New))).await;
    let holds = RoleAssignment { role: uuid(1), ..role_assignment(HERE, uuid(9), 5, RoleScope::Environment(HERE)) };
    each(store, [Change::put(holds.clone(), Guard::New)]).await;
    assert_eq!(store.given(HERE, RoleId::new(uuid(1))).await.unwrap(), std::slice::from_ref(&holds));
    assert_eq!(store.given(THERE, RoleId::new(uuid(1))).await.unwrap(), []);
    let remove = |n| Change::Remove(Key::CustomRole(HERE, RoleId::new(uuid(n))));
    loses(store, remove(1)).await;
    each(store, [remove(2), Change::Remove(holds.key()), remove(1)]).await;
}

/// MG-05: whoever changes a role has weighed everybody who holds it.
async fn an_assignment_beside_the_known_is_not_absent(store: &Store) {
    each(store, [Change::put(environment(HERE), Guard::New)]).await;
    let absent = |environment, role: u128, known: &[u128]| {
        let known = known.iter().map(|id| uuid(*id)).collect();
        Change::Absent(Absence::Given { environment, role: uuid(role), known })
    };
    each(store, [absent(HERE, 0xad, &[])]).await;
    each(store, [give(uuid(1), 5), give(uuid(2), 6)]).await;
    for known in [&[][..], &[5], &[7]] {
        loses(store, absent(HERE, 0xad, known)).await;
    }
    each(store, [absent(HERE, 0xad, &[5, 6]), absent(HERE, 0xae, &[]), absent(THERE, 0xad, &[])]).await;
}

pub(crate) mod before {
    use super::*;

    beside_another_version!(an_assignment_says_whose_it_is);

    /// Of an application, where nothing else is known: a user held what they had made.
    async fn an_assignment_says_whose_it_is(store: &Store, beside: &Beside) {
        each(store, [Change::put(environment(HERE), Guard::New), Change::put(population(HERE, 1), Guard::New)]).await;
        each(store, [Change::put(user(HERE, 1), Guard::New)]).await;
        let undone = [
            "DROP INDEX role_assignments_by_role",
            "ALTER TABLE role_assignments DROP COLUMN actor_kind",
            "DROP TABLE roles",
        ];
        let given = async || {
            for (n, actor) in [(5, uuid(1)), (6, uuid(0x99))] {
                let sql =
                    "INSERT INTO role_assignments (environment_id, actor, id, role, scope_kind, scope_id, read_only)
                     VALUES ($1, $2, $3, $4, 'ENVIRONMENT', $1, FALSE)";
                beside.run(sql, vec![HERE.uuid().into(), actor.into(), uuid(n).into(), uuid(0xad).into()]).await;
            }
        };
        beside.migrated(store, 24, &undone, given).await;
        let kind = async |actor| store.all::<RoleAssignment>(HERE, &[actor]).await.unwrap()[0].actor_kind;
        assert_eq!((kind(uuid(1)).await, kind(uuid(0x99)).await), (ActorKind::User, ActorKind::Application));
    }
}
