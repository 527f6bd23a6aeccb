//! What processes of earlier releases leave behind them, who know of no groups and do not count.

use protocol::change::{Change, Guard};
use protocol::id::{GroupId, UserId};
use protocol::model::{Environment, Group, Member, ObjectKind, Population};

use super::budget::slow;
use super::*;

const HERE: EnvironmentId = EnvironmentId::new(Uuid::from_u128(1));
const ALL: List = List { filter: None, after: None, limit: 1000 };

/// Populations 1 and 2 with users, group 1 of everybody's, group 2 of population 1's and group 3 of population 3's.
async fn filled(store: &Store) {
    store.migrate(Time(0)).await.unwrap();
    let of = |population: u128| Some(PopulationId::new(Uuid::from_u128(population)));
    let group = |n: u128, population| {
        let (id, name) = (GroupId::new(Uuid::from_u128(n)), format!("Group {n}"));
        Change::put(Group { environment: HERE, id, name, population, ..Group::default() }, Guard::New)
    };
    let population = |n: u128| {
        let (id, name) = (PopulationId::new(Uuid::from_u128(n)), format!("Population {n}"));
        Change::put(Population { environment: HERE, id, name, ..Population::default() }, Guard::New)
    };
    let environment = Environment { id: HERE, ..Environment::default() };
    let mut changes = vec![Change::put(environment, Guard::New)];
    changes.extend((1..=3).map(population));
    changes.extend([group(1, None), group(2, of(1)), group(3, of(3))]);
    store.commit(changes).await.unwrap();
    fill(store.driver()).await;
    store.recount().await.unwrap();
    let join = |member, group: u128| Change::JoinGroup {
        environment: HERE,
        member,
        group: GroupId::new(Uuid::from_u128(group)),
        at: Time(0),
    };
    let [one, other] = users(store).await;
    let child = |n: u128| Member::Group(GroupId::new(Uuid::from_u128(n)));
    for (member, group) in
        [(Member::User(one), 1), (Member::User(other), 1), (Member::User(other), 2), (child(2), 1), (child(3), 1)]
    {
        store.commit(vec![join(member, group)]).await.unwrap();
    }
}

/// Two users of population 1.
async fn users(store: &Store) -> [UserId; 2] {
    let sql = "SELECT id FROM users WHERE population_id = $1 ORDER BY created_at LIMIT 2";
    let rows = store.rows(sql, vec![Uuid::from_u128(1).into()]).await.unwrap();
    [0, 1].map(|n: usize| UserId::new(rows[n].uuid(0).unwrap()))
}

async fn members(store: &Store) -> Vec<(i64, i64)> {
    let groups = store.list::<Group>(HERE, &ALL).await.unwrap();
    let mut all = vec![(groups.total, groups.rows.len() as i64)];
    for group in groups.rows {
        let within = store.users_within(HERE, &[group.id]).await.unwrap();
        all.push((group.direct_users, within.get(&group.id).copied().unwrap_or_default()));
    }
    all
}

#[tokio::test]
async fn who_is_in_which_group_is_put_right() {
    for base in [Some(Base::memory()), Base::server().await].into_iter().flatten() {
        let store = Store::open(&base.url, &Options::default()).unwrap();
        filled(&store).await;
        let [one, other] = users(&store).await;
        assert_eq!((store.recount().await, members(&store).await), (Ok(0), vec![(3, 3), (2, 2), (1, 1), (0, 0)]));
        // A user is deleted, another goes to population 2, population 3 is deleted.
        for (sql, id) in [
            ("DELETE FROM users WHERE id = $1", one.uuid()),
            ("UPDATE users SET population_id = $2 WHERE id = $1", other.uuid()),
            ("DELETE FROM populations WHERE id = $1", Uuid::from_u128(3)),
        ] {
            let second = sql.contains("$2").then(|| Uuid::from_u128(2));
            let values = std::iter::once(id).chain(second).map(Into::into).collect();
            store.driver().commit(vec![Statement::new(sql, values)]).await.unwrap();
        }
        // The group with its counter, two members, two counters of users and one of populations.
        assert_eq!(store.recount().await, Ok(6));
        assert_eq!((store.recount().await, members(&store).await), (Ok(0), vec![(2, 2), (1, 1), (0, 0)]));
        let nested = store.memberships(HERE, Member::Group(GroupId::new(Uuid::from_u128(3))), &ALL).await.unwrap();
        assert_eq!(nested.total, 0);
        // What no process does, and what a deletion under way may leave.
        for sql in [
            "UPDATE groups SET direct_users = 9",
            "INSERT INTO group_nestings (environment_id, child_id, parent_id, created_at) SELECT environment_id, environment_id, $1, 0 FROM groups LIMIT 1",
        ] {
            let values = if sql.contains("$1") { vec![Uuid::from_u128(77).into()] } else { vec![] };
            store.driver().commit(vec![Statement::new(sql, values)]).await.unwrap();
        }
        assert_eq!(store.recount().await, Ok(3));
        assert_eq!((store.recount().await, members(&store).await), (Ok(0), vec![(2, 2), (1, 1), (0, 0)]));
        ended(&store).await;
        store.close().await.unwrap();
        base.remove().await;
    }
}

/// The environment is deleted.
async fn ended(store: &Store) {
    for sql in ["DELETE FROM environments", "DELETE FROM users", "DELETE FROM populations"] {
        store.driver().commit(vec![Statement::new(sql, vec![])]).await.unwrap();
    }
    assert_eq!(store.purge(Time(0), Time(0)).await, Ok(1));
    for sql in
        ["SELECT 1 FROM group_members", "SELECT 1 FROM group_nestings", "SELECT 1 FROM groups", "SELECT 1 FROM counts"]
    {
        assert_eq!(store.rows(sql, vec![]).await.unwrap().len(), 0, "{sql}");
    }
    assert_eq!(store.recount().await, Ok(0));
}

/// One environment that takes too long keeps no other from being put right.
#[tokio::test]
async fn the_others_are_put_right_all_the_same() {
    let base = Base::memory();
    let ours = |statement: &Statement, _| statement.values.first() == Some(&HERE.uuid().into());
    let (reads, _) = slow(&base, ours).await;
    let store = Store(reads);
    let other = EnvironmentId::new(Uuid::from_u128(7));
    let environment =
        |id: EnvironmentId| Change::put(Environment { id, name: id.to_string(), ..Environment::default() }, Guard::New);
    store.commit(vec![environment(HERE), environment(other)]).await.unwrap();
    let sql = "INSERT INTO counts (owner_id, kind, of_id, slot, value) VALUES ($1, 'groups', $1, 0, 5)";
    store.driver().commit(vec![Statement::new(sql, vec![other.uuid().into()])]).await.unwrap();
    assert_eq!(store.recount().await, Err(StoreError::TooLong));
    assert_eq!(store.counted(ObjectKind::Group, other.uuid(), None).await, Ok(0));
    base.remove().await;
}
