//! Groups: who may be in one, who is through nesting, and what a filter finds of it.

use protocol::change::{Change, Guard};
use protocol::filter;
use protocol::id::{GroupId, PopulationId, UserId};
use protocol::model::{Group, Key, MAX_NESTED, Member, User};
use store::{List, Nesting, Store, StoreError};

use crate::base::Base;
use crate::samples::*;
use crate::{conflicts, each, loses};

on_every_engine!(
    groups_by_every_attribute,
    users_by_group,
    members_are_guarded,
    nothing_is_in_itself,
    chains_are_bounded,
    who_moves_leaves,
    one_membership_of_a_hundred,
    two_halves_of_a_circle,
    a_population_ends_its_groups,
);

fn user_id(n: u128) -> UserId {
    UserId::new(uuid(n))
}

fn group_id(n: u128) -> GroupId {
    GroupId::new(uuid(n))
}

fn join(member: Member, n: u128) -> Change {
    Change::JoinGroup { environment: HERE, member, group: group_id(n), at: NOW }
}

/// Populations 1 and 2, users 1 to 4 in 1 and user 5 in 2, groups 1 to 4.
async fn fill(store: &Store) {
    each(store, [Change::put(environment(HERE), Guard::New)]).await;
    each(store, [1, 2].map(|n| Change::put(population(HERE, n), Guard::New))).await;
    each(store, (1..=4).map(|n| Change::put(user(HERE, n), Guard::New))).await;
    let other = User { population: PopulationId::new(uuid(2)), ..user(HERE, 5) };
    each(store, [Change::put(other, Guard::New)]).await;
    each(store, (1..=4).map(|n| Change::put(group(HERE, n), Guard::New))).await;
}

async fn groups_by_every_attribute(store: &Store) {
    each(store, [1, 2].map(|n| Change::put(population(HERE, n), Guard::New))).await;
    let first = Group { external_id: Some("cn=First".to_owned()), ..full_group(HERE, 1) };
    each(store, [first, group(HERE, 2)].map(|object| Change::put(object, Guard::New))).await;
    for (filter, found) in [
        ("id pr".to_owned(), &[1, 2][..]),
        ("name eq \"gRoUp 2\"".to_owned(), &[2]),
        ("name sw \"gr\"".to_owned(), &[2]),
        ("externalId eq \"cn=First\"".to_owned(), &[1]),
        ("externalId sw \"cn=\" and id pr".to_owned(), &[1]),
        ("externalId pr".to_owned(), &[1]),
        (format!("population.id eq \"{}\"", uuid(1)), &[1]),
        ("createdAt gt \"2027-01-15T08:00:01.123Z\"".to_owned(), &[2]),
    ] {
        let list = List { filter: Some(filter::parse(&filter).unwrap()), after: None, limit: 100 };
        let page = store.list::<Group>(HERE, &list).await.unwrap();
        let ids: Vec<_> = page.rows.iter().map(|group| group.id).collect();
        assert_eq!(ids, found.iter().map(|n| group_id(*n)).collect::<Vec<_>>(), "{filter}");
    }
    conflicts(
        store,
        Change::put(Group { name: "GROUP 2".to_owned(), ..group(HERE, 9) }, Guard::New),
        "groups_environment_id_name_key_key",
    )
    .await;
    let lost = Group { population: Some(PopulationId::new(uuid(9))), ..group(HERE, 9) };
    loses(store, Change::put(lost, Guard::New)).await;
}

/// Users 1 and 2 are in group 1, group 1 in group 2, user 3 in groups 2 and 3.
async fn users_by_group(store: &Store) {
    fill(store).await;
    for (n, of) in [(1, 1), (2, 1), (3, 2), (3, 3)] {
        each(store, [join(Member::User(user_id(n)), of)]).await;
    }
    each(store, [join(Member::Group(group_id(1)), 2)]).await;
    let [one, two, nobody] = [uuid(1), uuid(2), uuid(9)];
    for (filter, found) in [
        (format!("memberOfGroups[id eq \"{one}\"]"), &[1, 2][..]),
        (format!("memberOfGroups[id eq \"{two}\"]"), &[1, 2, 3]),
        (format!("memberofgroups[type eq \"DIRECT\" and id eq \"{two}\"]"), &[3]),
        (format!("memberOfGroups[id eq \"{two}\" and type eq \"INDIRECT\"]"), &[1, 2]),
        (format!("memberOfGroups.id eq \"{one}\""), &[1, 2]),
        (format!("memberOfGroups[id eq \"{two}\"] and username sw \"user.3\""), &[3]),
        (format!("username eq \"user.4\" or memberOfGroups[id eq \"{one}\"]"), &[1, 2, 4]),
        (format!("not (memberOfGroups[id eq \"{two}\"])"), &[4, 5]),
        (format!("memberOfGroups[id eq \"{nobody}\"]"), &[]),
        ("memberOfGroups[id eq \"x\"]".to_owned(), &[]),
    ] {
        let list = |limit, after| List { filter: Some(filter::parse(&filter).unwrap()), after, limit };
        let page = store.users(HERE, &list(100, None)).await.unwrap();
        let wanted: Vec<_> = found.iter().map(|n| user_id(*n)).collect();
        assert_eq!(page.rows.iter().map(|user| user.id).collect::<Vec<_>>(), wanted, "{filter}");
        let one = store.users(HERE, &list(1, None)).await.unwrap();
        assert_eq!(one.total, found.len() as i64, "{filter}");
        if let Some(next) = one.next {
            let rest = store.users(HERE, &list(100, Some(next))).await.unwrap();
            assert_eq!(rest.rows.iter().map(|user| user.id).collect::<Vec<_>>(), wanted[1..], "{filter}");
        }
    }
    for filter in
        ["memberOfGroups[name eq \"x\"]", "memberOfGroups[type eq \"DIRECT\"]", "memberOfGroups pr", "a[id eq \"x\"]"]
    {
        let list = List { filter: Some(filter::parse(filter).unwrap()), after: None, limit: 10 };
        assert!(matches!(store.users(HERE, &list).await, Err(StoreError::Filter { .. })), "{filter}");
        assert!(matches!(store.list::<Group>(HERE, &list).await, Err(StoreError::Filter { .. })), "{filter}");
    }
    who_is_in_which(store).await;
}

async fn who_is_in_which(store: &Store) {
    let groups = store.groups_of(HERE, &[1, 3, 4].map(user_id)).await.unwrap();
    let ids = |n| groups.get(&user_id(n)).map(|of| of.iter().map(|(id, ..)| *id).collect::<Vec<_>>());
    assert_eq!(
        (ids(1), ids(2), ids(3), ids(4)),
        (Some(vec![group_id(1), group_id(2)]), None, Some(vec![group_id(2), group_id(3)]), None)
    );
    assert_eq!(groups[&user_id(3)][0].1, group(HERE, 2).name);
    let within = store.users_within(HERE, &[1, 2, 3, 4, 9].map(group_id)).await.unwrap();
    assert_eq!(within, [(1, 2), (2, 3), (3, 1)].map(|(n, users)| (group_id(n), users)).into());
    let direct = store.direct_membership(HERE, Member::User(user_id(1)), group_id(1)).await.unwrap();
    assert_eq!(direct, store.membership(HERE, Member::User(user_id(1)), group_id(1)).await.unwrap());
    assert_eq!(direct.map(|held| (held.group.id, held.group.direct_users, held.direct)), Some((group_id(1), 2, true)));
    for (member, n, direct) in [
        (Member::User(user_id(1)), 2, Some(false)),
        (Member::User(user_id(1)), 3, None),
        (Member::User(user_id(1)), 9, None),
        (Member::Group(group_id(1)), 2, Some(true)),
        (Member::Group(group_id(2)), 1, None),
    ] {
        let held = store.membership(HERE, member, group_id(n)).await.unwrap();
        assert_eq!(held.map(|held| held.direct), direct, "{member:?} in {n}");
        let held = store.direct_membership(HERE, member, group_id(n)).await.unwrap();
        assert_eq!(held.is_some(), direct == Some(true), "{member:?} in {n}");
    }
    let held = store.membership(HERE, Member::User(user_id(1)), group_id(2)).await.unwrap();
    assert_eq!(held.map(|held| (held.group.id, held.group.direct_users, held.direct)), Some((group_id(2), 1, false)));
}

/// Both ends exist, nobody is in twice, and a population's group takes its own and the environment's.
async fn members_are_guarded(store: &Store) {
    fill(store).await;
    let of = |n, id| Group { population: Some(PopulationId::new(uuid(n))), ..group(HERE, id) };
    each(store, [(1, 6), (2, 7)].map(|(n, id)| Change::put(of(n, id), Guard::New))).await;
    let (one, five) = (Member::User(user_id(1)), Member::User(user_id(5)));
    each(store, [join(one, 1), join(one, 6), join(Member::Group(group_id(6)), 1)]).await;
    let leave = |member, n| Change::LeaveGroup { environment: HERE, member, group: group_id(n) };
    for change in [
        join(one, 1),
        join(one, 9),
        join(Member::User(user_id(9)), 1),
        join(five, 6),
        join(Member::Group(group_id(7)), 6),
        join(Member::Group(group_id(6)), 1),
        join(Member::Group(group_id(9)), 1),
        join(Member::Group(group_id(1)), 9),
        leave(one, 2),
        leave(five, 1),
        leave(Member::Group(group_id(1)), 6),
    ] {
        loses(store, change).await;
    }
    assert_eq!(store.get::<Group>(HERE, &[uuid(1)]).await.unwrap().unwrap().direct_users, 1);
    // Who writes the group does not touch what is counted.
    each(store, [Change::put(Group { direct_users: 7, ..group(HERE, 1) }, Guard::Version)]).await;
    assert_eq!(store.get::<Group>(HERE, &[uuid(1)]).await.unwrap().unwrap().direct_users, 1);
    each(store, [leave(one, 1), leave(Member::Group(group_id(6)), 1)]).await;
    assert_eq!(store.get::<Group>(HERE, &[uuid(1)]).await.unwrap().unwrap().direct_users, 0);
    each(store, [join(Member::Group(group_id(2)), 6)]).await;
}

async fn nothing_is_in_itself(store: &Store) {
    fill(store).await;
    each(store, [join(Member::Group(group_id(1)), 2), join(Member::Group(group_id(2)), 3)]).await;
    for (child, parent) in [(1, 1), (2, 1), (3, 1)] {
        let nesting = store.nesting(HERE, group_id(child), group_id(parent)).await.unwrap().unwrap();
        assert!(nesting.circle, "{child} in {parent}");
        loses(store, join(Member::Group(group_id(child)), parent)).await;
    }
    assert_eq!(store.nesting(HERE, group_id(1), group_id(3)).await, Ok(Some(Nesting { circle: false, levels: 2 })));
    assert_eq!(store.nesting(HERE, group_id(3), group_id(4)).await, Ok(Some(Nesting { circle: false, levels: 4 })));
    assert_eq!(store.nesting(HERE, group_id(3), group_id(9)).await, Ok(None));
    each(store, [join(Member::Group(group_id(1)), 3)]).await;
}

async fn chains_are_bounded(store: &Store) {
    let most = MAX_NESTED as u128;
    each(store, [Change::put(environment(HERE), Guard::New)]).await;
    each(store, (1..=most + 1).map(|n| Change::put(group(HERE, n), Guard::New))).await;
    each(store, (1..most).map(|n| join(Member::Group(group_id(n)), n + 1))).await;
    loses(store, join(Member::Group(group_id(most)), most + 1)).await;
    loses(store, join(Member::Group(group_id(most + 1)), 1)).await;
    each(store, [join(Member::Group(group_id(most + 1)), 2)]).await;
}

/// A population's groups lose who goes to another one, and count it.
async fn who_moves_leaves(store: &Store) {
    fill(store).await;
    let own = Group { population: Some(PopulationId::new(uuid(1))), ..group(HERE, 6) };
    each(store, [Change::put(own, Guard::New)]).await;
    let one = Member::User(user_id(1));
    each(store, [join(one, 1), join(one, 6)]).await;
    let stays = User { enabled: false, ..user(HERE, 1) };
    each(store, [Change::put(stays.clone(), Guard::Version)]).await;
    assert_eq!(store.memberships(HERE, one, &WHOLE).await.unwrap().total, 2);
    let moved = User { population: PopulationId::new(uuid(2)), version: stays.version + 1, ..stays };
    each(store, [Change::put(moved, Guard::Version)]).await;
    let left = store.memberships(HERE, one, &WHOLE).await.unwrap();
    assert_eq!(left.rows.iter().map(|row| row.group.id).collect::<Vec<_>>(), [group_id(1)]);
    for (n, users) in [(1, 1), (6, 0)] {
        assert_eq!(store.get::<Group>(HERE, &[uuid(n)]).await.unwrap().unwrap().direct_users, users);
    }
}

/// Commits all at the same time, and tells how many were committed; the others lost their guard.
async fn at_once(store: &Store, changes: impl IntoIterator<Item = Change>) -> usize {
    let commit = |change| {
        let store = store.clone();
        tokio::spawn(async move { store.commit(vec![change]).await })
    };
    let tasks: Vec<_> = changes.into_iter().map(commit).collect();
    let mut won = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(()) => won += 1,
            lost => assert_eq!(lost, Err(StoreError::Lost { index: 0 })),
        }
    }
    won
}

async fn one_membership_of_a_hundred(store: &Store) {
    fill(store).await;
    assert_eq!(at_once(store, (0..100).map(|_| join(Member::User(user_id(1)), 1))).await, 1);
    let users = (0..100_u128).map(|n| join(Member::User(user_id(1 + n % 5)), 2));
    assert_eq!(at_once(store, users).await, 5);
    for (n, users) in [(1, 1), (2, 5)] {
        assert_eq!(store.get::<Group>(HERE, &[uuid(n)]).await.unwrap().unwrap().direct_users, users);
        assert_eq!(store.users_within(HERE, &[group_id(n)]).await.unwrap()[&group_id(n)], users);
    }
}

/// Each nesting alone would be right, both together would be a circle.
async fn two_halves_of_a_circle(store: &Store) {
    fill(store).await;
    let halves = (0..50_u128).flat_map(|_| [(1, 2), (2, 3), (3, 1)]);
    let won = at_once(store, halves.map(|(child, parent)| join(Member::Group(group_id(child)), parent))).await;
    assert_eq!(won, 2);
}

async fn a_population_ends_its_groups(store: &Store) {
    fill(store).await;
    each(store, [Change::put(population(HERE, 3), Guard::New)]).await;
    let own = Group { population: Some(PopulationId::new(uuid(3))), ..group(HERE, 6) };
    each(store, [Change::put(own, Guard::New), join(Member::Group(group_id(6)), 1)]).await;
    each(store, [Change::Remove(Key::Population(HERE, PopulationId::new(uuid(3))))]).await;
    let page = store.list::<Group>(HERE, &WHOLE).await.unwrap();
    assert_eq!((page.total, page.rows.len()), (4, 4));
    // The id means nothing any more.
    each(store, [Change::put(group(HERE, 6), Guard::New)]).await;
    assert_eq!(store.memberships(HERE, Member::Group(group_id(6)), &WHOLE).await.unwrap().total, 0);
}

/// Two nodes: one deletes a population, the other nests one of its groups, or deletes it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_population_ends_with_all_that_becomes_of_its_groups_meanwhile() {
    let Some(base) = Base::server().await else { return };
    let (store, base) = crate::opened(base).await;
    let other = Store::open(&base.url, &crate::base::patient()).unwrap();
    each(&store, [Change::put(environment(HERE), Guard::New), Change::put(group(HERE, 1), Guard::New)]).await;
    for n in 2..=60 {
        each(&store, [Change::put(population(HERE, n), Guard::New)]).await;
        let own = |id| Group { population: Some(PopulationId::new(uuid(n))), ..group(HERE, id) };
        let ids = (n * 100..n * 100 + 20).collect::<Vec<_>>();
        store.commit(ids.iter().map(|id| Change::put(own(*id), Guard::New)).collect()).await.unwrap();
        let last = group_id(n * 100 + 19);
        let meanwhile = match n % 2 {
            0 => Change::JoinGroup { environment: HERE, member: Member::Group(last), group: group_id(1), at: NOW },
            _ => Change::Remove(Key::Group(HERE, last)),
        };
        let removal = Change::Remove(Key::Population(HERE, PopulationId::new(uuid(n))));
        let (removed, raced) = tokio::join!(store.commit(vec![removal]), other.commit(vec![meanwhile]));
        assert_eq!(removed, Ok(()), "population {n}");
        assert!(matches!(raced, Ok(()) | Err(StoreError::Lost { index: 0 })), "{raced:?}");
        assert_eq!(store.list::<Group>(HERE, &WHOLE).await.unwrap().total, 1, "population {n}");
        // The id means nothing any more.
        each(&store, [Change::put(Group { id: last, ..group(HERE, 2) }, Guard::New)]).await;
        assert_eq!(store.memberships(HERE, Member::Group(last), &WHOLE).await.unwrap().total, 0, "population {n}");
        each(&store, [Change::Remove(Key::Group(HERE, last))]).await;
    }
    other.close().await.unwrap();
    crate::closed(store, base).await;
}
