//! How many users there were and how many were active, and which applications are for a group.

use protocol::audit::{Action, Actor, Event, Kind, Target};
use protocol::change::{Change, Guard};
use protocol::id::{ApplicationId, GroupId, UserId};
use protocol::model::{AccessControl, AccessGroups, Application, GroupAccess};
use store::Store;

use crate::each;
use crate::samples::*;

on_every_engine!(users_of_each_period, applications_of_a_group);

const LENGTH: i64 = 10_000_000;

fn of(action: Action, n: u128, user: u128) -> Change {
    let target = Some(Target { kind: Kind::User, id: uuid(user) });
    let event = Event { action, target, actor: Actor::User(UserId::new(uuid(user))), ..event(HERE, n) };
    Change::Record(Box::new(event))
}

/// User 9 came and went, user 2 came afterwards; user 1 signed on twice at first, user 2 later.
async fn users_of_each_period(store: &Store) {
    each(store, [Change::put(environment(HERE), Guard::New), Change::put(population(HERE, 1), Guard::New)]).await;
    each(store, [1, 12].map(|n| Change::put(user(HERE, n), Guard::New))).await;
    each(store, [of(Action::UserCreated, 2, 9), of(Action::UserCreated, 3, 1), of(Action::UserDeleted, 13, 9)]).await;
    each(
        store,
        [of(Action::SessionCreated, 4, 1), of(Action::PasswordChecked, 5, 1), of(Action::SessionCreated, 14, 12)],
    )
    .await;
    let refused = Event { action: Action::PasswordChecked, ..full_event(HERE, 6) };
    each(store, [Change::Record(Box::new(refused))]).await;
    assert_eq!((store.identities(HERE).await, store.group_count(HERE).await), (Ok(2), Ok(0)));
    assert_eq!(store.identities_changed(HERE, NOW, LENGTH).await, Ok(vec![(0, 2), (1, 0)]));
    assert_eq!(store.identities_changed(HERE, NOW.plus(10), LENGTH).await, Ok(vec![(0, 0)]));
    let active = store.identities_active(HERE, (NOW, NOW.plus(20)), LENGTH).await;
    assert_eq!(active, Ok(vec![(0, 1), (1, 1)]));
    assert_eq!(store.identities_active(HERE, (NOW, NOW.plus(10)), LENGTH).await, Ok(vec![(0, 1)]));
}

async fn applications_of_a_group(store: &Store) {
    let groups = |ids: &[u128]| ids.iter().map(|n| GroupId::new(uuid(*n))).collect::<Vec<_>>();
    for (n, ids) in [(1, &[1, 2][..]), (2, &[2])] {
        let own = AccessGroups { kind: GroupAccess::AnyGroup, groups: groups(ids) };
        let access = AccessControl { groups: Some(Box::new(own)), ..AccessControl::default() };
        each(store, [Change::put(Application { access, ..application(HERE, n) }, Guard::New)]).await;
    }
    each(store, [Change::put(application(HERE, 3), Guard::New)]).await;
    for (group, found) in [(1, &[1][..]), (2, &[1, 2]), (3, &[])] {
        let ids: Vec<_> = found.iter().map(|n| ApplicationId::new(uuid(*n))).collect();
        assert_eq!(store.applications_for(HERE, GroupId::new(uuid(group))).await, Ok(ids), "group {group}");
    }
    let of_any = store.applications_for_groups(HERE).await.unwrap();
    let found: Vec<_> =
        of_any.iter().map(|one| (one.id, one.access.groups.as_ref().map(|own| own.groups.clone()))).collect();
    let one = |n, ids: &[u128]| (ApplicationId::new(uuid(n)), Some(groups(ids)));
    assert_eq!(found, [one(1, &[1, 2]), one(2, &[2])]);
    assert_eq!(store.applications_for_groups(THERE).await, Ok(Vec::new()));
}
