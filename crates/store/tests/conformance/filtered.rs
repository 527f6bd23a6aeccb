//! Groups whose filter says who is in them: in the commit that writes a user, and by going through all users where a filter changes.

use protocol::change::{Change, Guard};
use protocol::id::{GroupId, PopulationId, UserId};
use protocol::model::{Group, Key, Member, Profile, User};
use store::{Filled, Store};

use crate::base::Base;
use crate::samples::*;
use crate::{each, loses};

on_every_engine!(
    every_write_of_a_user_places_them,
    all_users_are_gone_through_in_parts,
    who_was_put_there_stays,
    what_ends_takes_its_filter_along,
);

pub(crate) fn filtered(n: u128, filter: &str) -> Group {
    Group { user_filter: Some(filter.to_owned()), ..group(HERE, n) }
}

pub(crate) fn titled(n: u128, title: &str) -> User {
    User { profile: Profile { title: Some(title.to_owned()), ..Profile::default() }, ..user(HERE, n) }
}

pub(crate) async fn begin(store: &Store) {
    each(store, [Change::put(environment(HERE), Guard::New)]).await;
    each(store, [1, 2].map(|n| Change::put(population(HERE, n), Guard::New))).await;
}

/// Goes through all users; in how many parts.
pub(crate) async fn filled(store: &Store, n: u128) -> usize {
    let mut parts = 1;
    while store.fill_group(HERE, GroupId::new(uuid(n)), NOW).await.unwrap() != Filled::Wholly {
        parts += 1;
    }
    parts
}

/// The groups that the user is in, and whether they were put there.
pub(crate) async fn of(store: &Store, n: u128) -> Vec<(u128, bool)> {
    let page = store.memberships(HERE, Member::User(UserId::new(uuid(n))), &WHOLE).await.unwrap();
    page.rows.iter().map(|row| ((1..=9).find(|n| uuid(*n) == row.group.id.uuid()).unwrap(), row.direct)).collect()
}

pub(crate) async fn within(store: &Store, n: u128) -> (i64, i64) {
    let id = GroupId::new(uuid(n));
    let direct = store.get::<Group>(HERE, &[uuid(n)]).await.unwrap().unwrap().direct_users;
    (direct, store.users_within(HERE, &[id]).await.unwrap().get(&id).copied().unwrap_or_default())
}

async fn every_write_of_a_user_places_them(store: &Store) {
    begin(store).await;
    let theirs = Group { population: Some(PopulationId::new(uuid(2))), ..filtered(2, "title pr") };
    each(store, [filtered(1, "title eq \"Dr\""), theirs].map(|group| Change::put(group, Guard::New))).await;
    each(store, [Change::put(titled(1, "Dr"), Guard::New), Change::put(titled(2, "Mr"), Guard::New)]).await;
    each(store, [Change::ImportUsers(vec![titled(3, "DR"), titled(4, "Mr")])]).await;
    assert_eq!((of(store, 1).await, of(store, 2).await), (vec![(1, false)], vec![]));
    assert_eq!((of(store, 3).await, of(store, 4).await), (vec![(1, false)], vec![]));
    // Replaced, and moved to the population whose group sees them then.
    each(store, [Change::put(User { version: 1, ..titled(1, "Mr") }, Guard::Version)]).await;
    let moved = User { population: PopulationId::new(uuid(2)), version: 1, ..titled(3, "Dr") };
    each(store, [Change::put(moved.clone(), Guard::Version)]).await;
    assert_eq!((of(store, 1).await, of(store, 3).await), (vec![], vec![(1, false), (2, false)]));
    let back = User { population: PopulationId::new(uuid(1)), version: 2, ..moved };
    each(store, [Change::put(back, Guard::Version)]).await;
    assert_eq!(of(store, 3).await, [(1, false)]);
    assert_eq!(within(store, 1).await, (0, 1));
    each(store, [Change::Remove(Key::User(HERE, UserId::new(uuid(3))))]).await;
    assert_eq!(within(store, 1).await, (0, 0), "nobody was taken away who was not put there");
    loses(store, Change::put(User { version: 1, ..titled(1, "Dr") }, Guard::Version)).await;
}

/// As many as no commit goes through at once; what begins anew, and what another process did.
async fn all_users_are_gone_through_in_parts(store: &Store) {
    begin(store).await;
    let users: Vec<User> = (1..=1_200).map(|n| titled(n, if n % 3 == 0 { "Dr" } else { "Mr" })).collect();
    each(store, [Change::ImportUsers(users)]).await;
    each(store, [Change::put(filtered(1, "title eq \"Dr\""), Guard::New)]).await;
    assert_eq!(store.fillings().await.unwrap(), [(HERE, GroupId::new(uuid(1)))]);
    let id = GroupId::new(uuid(1));
    assert_eq!(store.fill_group(HERE, id, NOW).await, Ok(Filled::Partly));
    assert!((1..400).contains(&within(store, 1).await.1), "{:?}", within(store, 1).await);
    // Another filter meanwhile: from the beginning.
    each(store, [Change::put(Group { version: 1, ..filtered(1, "title eq \"Mr\"") }, Guard::Version)]).await;
    assert_eq!((filled(store, 1).await, within(store, 1).await), (3, (0, 800)));
    assert_eq!((store.fillings().await.unwrap(), filled(store, 1).await), (vec![], 1), "there is nothing left to do");
    // The same filter: nobody goes through them.
    each(store, [Change::put(Group { version: 2, ..filtered(1, "title eq \"Mr\"") }, Guard::Version)]).await;
    assert!(store.fillings().await.unwrap().is_empty());
    each(store, [Change::put(Group { version: 3, ..group(HERE, 1) }, Guard::Version)]).await;
    assert_eq!((filled(store, 1).await, within(store, 1).await), (3, (0, 0)));
    assert!(store.filtered_groups(HERE).await.unwrap().is_empty());
}

async fn who_was_put_there_stays(store: &Store) {
    begin(store).await;
    let joins = |user: u128| Change::JoinGroup {
        environment: HERE,
        member: Member::User(UserId::new(uuid(user))),
        group: GroupId::new(uuid(1)),
        at: NOW,
    };
    let leaves = |user: u128| Change::LeaveGroup {
        environment: HERE,
        member: Member::User(UserId::new(uuid(user))),
        group: GroupId::new(uuid(1)),
    };
    each(store, [Change::put(titled(1, "Dr"), Guard::New), Change::put(titled(2, "Mr"), Guard::New)]).await;
    each(store, [Change::put(filtered(1, "title eq \"Dr\""), Guard::New)]).await;
    filled(store, 1).await;
    loses(store, leaves(1)).await;
    each(store, [joins(1), joins(2)]).await;
    loses(store, joins(1)).await;
    assert_eq!((of(store, 1).await, within(store, 1).await), (vec![(1, true)], (2, 2)));
    // Whom the filter does not want any more was put there all the same, and the other way round.
    each(store, [Change::put(User { version: 1, ..titled(1, "Mr") }, Guard::Version)]).await;
    assert_eq!((of(store, 1).await, within(store, 1).await), (vec![(1, true)], (2, 2)));
    each(store, [leaves(1), Change::put(User { version: 1, ..titled(2, "Dr") }, Guard::Version), leaves(2)]).await;
    assert_eq!((of(store, 1).await, of(store, 2).await), (vec![], vec![(1, false)]));
    assert_eq!(within(store, 1).await, (0, 1));
    assert_eq!(store.groups_filtered_by(HERE, "TITLE").await.unwrap(), [GroupId::new(uuid(1))]);
    assert!(store.groups_filtered_by(HERE, "nickname").await.unwrap().is_empty());
    // Of who is in a group by its filter alone none is counted as put there.
    assert_eq!((store.recount().await, within(store, 1).await), (Ok(0), (0, 1)));
    let held = store.groups_held(HERE, UserId::new(uuid(2)), 10).await.unwrap();
    assert_eq!(held, (vec![(GroupId::new(uuid(1)), "Group 1".to_owned())], true));
    assert_eq!(store.groups_held(HERE, UserId::new(uuid(2)), 0).await.unwrap(), (vec![], false));
    let among = store.groups_among(HERE, UserId::new(uuid(2)), &[1, 2].map(|n| GroupId::new(uuid(n)))).await;
    assert_eq!(among, Ok(vec![GroupId::new(uuid(1))]));
}

async fn what_ends_takes_its_filter_along(store: &Store) {
    begin(store).await;
    each(store, [Change::put(titled(1, "Dr"), Guard::New)]).await;
    each(store, [1, 2].map(|n| Change::put(filtered(n, "title eq \"Dr\""), Guard::New))).await;
    filled(store, 1).await;
    let id = GroupId::new(uuid(1));
    each(store, [1, 2].map(|n| Change::Remove(Key::Group(HERE, GroupId::new(uuid(n)))))).await;
    assert_eq!((store.fillings().await, of(store, 1).await), (Ok(vec![]), vec![]));
    assert_eq!(store.fill_group(HERE, id, NOW).await, Ok(Filled::Wholly));
    // Whoever writes a user now has not the filter any more, and the group of that id is another.
    each(store, [Change::put(User { version: 1, ..titled(1, "Dr") }, Guard::Version)]).await;
    each(store, [Change::put(group(HERE, 1), Guard::New)]).await;
    assert!(of(store, 1).await.is_empty());
}

/// Two nodes: one changes filters and goes through users, the other writes users. Whatever comes first, each user is where the last
/// filter wants them as they are last.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_nodes_agree_on_who_is_in_a_group() {
    let Some(base) = Base::server().await else { return };
    let (store, base) = crate::opened(base).await;
    let other = Store::open(&base.url, &crate::base::patient()).unwrap();
    begin(&store).await;
    each(&store, (1..=USERS).map(|n| Change::put(titled(n, "Mr"), Guard::New))).await;
    each(&store, [Change::put(filtered(1, "title eq \"Mr\""), Guard::New)]).await;
    let written = async {
        for round in 0..6_u8 {
            for n in 1..=USERS {
                let title = if (n + u128::from(round)).is_multiple_of(2) { "Dr" } else { "Mr" };
                let user = User { version: 1 + i64::from(round), ..titled(n, title) };
                assert_eq!(other.commit(vec![Change::put(user, Guard::Version)]).await, Ok(()));
            }
        }
    };
    let filters = async {
        for version in 1..=31 {
            let filter = if version % 2 == 0 { "title eq \"Dr\"" } else { "title eq \"Mr\"" };
            let group = Group { version, ..filtered(1, filter) };
            assert_eq!(store.commit(vec![Change::put(group, Guard::Version)]).await, Ok(()));
            filled(&store, 1).await;
        }
    };
    tokio::join!(written, filters);
    filled(&store, 1).await;
    for n in 1..=USERS {
        // The last round is the fifth, the last filter wants "Mr".
        let wanted = if (n + 5).is_multiple_of(2) { vec![] } else { vec![(1, false)] };
        assert_eq!(of(&store, n).await, wanted, "user {n}");
    }
    other.close().await.unwrap();
    crate::closed(store, base).await;
}

const USERS: u128 = 40;
