//! Lists beside what counts them: the rows that the tests of this module share.

use crate::list::Times;
use crate::list::page::Scope;
use std::time::Duration;

use crate::{Dialect, Driver, Extent, List, Options, SCRIPTS, Statement, Store, StoreError, Work, open};
use base::Base;
use protocol::filter::parse;
use protocol::id::{EnvironmentId, PopulationId};
use protocol::model::ObjectKind;
use protocol::time::Time;
use uuid::Uuid;

#[path = "../../tests/base/mod.rs"]
mod base;
mod budget;
mod pace;
mod plans;
mod purge;
mod recount;

/// A database of before has no counters: they begin with what is there.
#[tokio::test]
async fn counters_begin_with_what_is_there() {
    for base in [Some(Base::memory()), Base::server().await].into_iter().flatten() {
        let store = Store::open(&base.url, &Options::default()).unwrap();
        store.driver().migrate(&SCRIPTS[..1], 0).await.unwrap();
        place(store.driver(), Uuid::from_u128(1)).await;
        fill(store.driver()).await;
        store.migrate(Time(0)).await.unwrap();
        let environment = EnvironmentId::new(Uuid::from_u128(1));
        let all = store.user_count(environment, PopulationId::new(Uuid::from_u128(1))).await;
        assert_eq!(store.recount().await, Ok(0), "what is right stays");
        assert_eq!(
            (all, store.counted(ObjectKind::User, environment.uuid(), None).await),
            (Ok(FILLED / 10), Ok(FILLED))
        );
        store.close().await.unwrap();
        base.remove().await;
    }
}

/// A process of an earlier release writes without counting.
#[tokio::test]
async fn counters_are_put_right() {
    for base in [Some(Base::memory()), Base::server().await].into_iter().flatten() {
        let store = Store::open(&base.url, &Options::default()).unwrap();
        store.migrate(Time(0)).await.unwrap();
        let id = Uuid::from_u128(1);
        place(store.driver(), id).await;
        fill(store.driver()).await;
        let count = async || store.user_count(EnvironmentId::new(id), PopulationId::new(id)).await;
        for expected in [FILLED / 10, FILLED / 10 - 1] {
            let wrong = store.recount().await.unwrap();
            assert!(wrong >= 1, "the users, and at first the environment");
            assert_eq!((count().await, store.recount().await), (Ok(expected), Ok(0)));
            let gone = Statement::new("DELETE FROM users WHERE username_key = 'user.7'", vec![]);
            store.driver().commit(vec![gone]).await.unwrap();
        }
        store.close().await.unwrap();
        base.remove().await;
    }
}

async fn place(driver: &dyn Driver, environment: Uuid) {
    let sql = "INSERT INTO environments (id, organization_id, license_id, name_key, kind, region, created_at, updated_at, version, body)
         VALUES ($1, $1, $1, '', '', '', 0, 0, 0, '')";
    driver.commit(vec![Statement::new(sql, vec![environment.into()])]).await.unwrap();
}

/// F2: what takes longer than it may is refused, and told what would not be.
#[tokio::test]
async fn a_filter_without_an_index_has_a_budget() {
    for base in [Some(Base::memory()), Base::server().await].into_iter().flatten() {
        let none = Duration::from_millis(1);
        let options = Options { page_time: none, scan_time: none, ..Options::default() };
        let store = Store::open(&base.url, &options).unwrap();
        store.migrate(Time(0)).await.unwrap();
        fill(store.driver()).await;
        let list = List { filter: Some(parse("nickname co \"zzz\"").unwrap()), ..List::default() };
        let outcome = store.users(EnvironmentId::new(Uuid::from_u128(1)), &list).await;
        let Err(StoreError::Costly { equal, beginning }) = outcome else { panic!("{outcome:?}") };
        assert_eq!(equal, ["id", "username", "email", "population.id", "name.given", "name.family", "externalId"]);
        assert_eq!(beginning, ["username", "email", "name.given", "name.family", "externalId"]);
        store.close().await.unwrap();
        base.remove().await;
    }
}

/// Users enough that no engine takes the table for small, one in ten alike. Were all alike, any index would do.
async fn fill(driver: &dyn Driver) {
    let (numbers, id) = match driver.dialect() {
        Dialect::Sqlite => (
            format!(
                "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {FILLED}) SELECT n FROM numbers"
            ),
            "randomblob(16)",
        ),
        Dialect::Postgres => (format!("SELECT generate_series(1, {FILLED}) AS n"), "decode(md5(n::text), 'hex')"),
    };
    let some = |population: u128, which: &str| {
        let sql = format!(
            "INSERT INTO users (environment_id, id, username_key, email_key, population_id, enabled, given_key, family_key, created_at,
                updated_at, version, failures, must_change, body)
             SELECT $1, {id}, 'user.' || n, (n % 10) || '@example.test', $2, TRUE, 'jane' || (n % 10), 'doe' || (n % 10), n, n, 0, 0, FALSE,
                '{{\"profile\":{{\"external_id\":\"' || (n % 10) || '\"}}}}' FROM ({numbers}) AS numbers WHERE n % 10 {which} 7"
        );
        Statement::new(sql, vec![Uuid::from_u128(1).into(), Uuid::from_u128(population).into()])
    };
    driver.commit(vec![some(1, "="), some(2, "<>"), Statement::new("ANALYZE users", vec![])]).await.unwrap();
}

const FILLED: i64 = 20_000;
