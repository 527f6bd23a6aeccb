//! What one list takes of the lanes, told by a driver that gives up as asked.

use std::sync::{Arc, Mutex, PoisonError};

use protocol::id::{GroupId, UserId};
use protocol::model::{Member, ObjectKind};

use super::*;
use crate::kinds::texts;
use crate::shares::Shares;
use crate::{Fut, Listed, Manner, Reads};

const OWNER: Uuid = Uuid::from_u128(1);

/// The driver of a base, by which some short reads are too long, and every long one takes 400 ms.
struct Slow {
    driver: Box<dyn Driver>,
    too_long: fn(&Statement, Extent) -> bool,
    seen: Arc<Mutex<Vec<Work>>>,
}

impl Driver for Slow {
    fn read(&self, statement: Statement) -> Fut<'_, Vec<crate::Row>> {
        self.driver.read(statement)
    }

    fn list(&self, statement: Statement, work: Work) -> Fut<'_, Listed> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(work);
        let too_long = (self.too_long)(&statement, work.extent);
        Box::pin(async move {
            if too_long || work.time.is_zero() {
                return Err(StoreError::TooLong);
            }
            let patient = Work { time: Duration::from_secs(10), ..work };
            let found = self.driver.list(statement, patient).await?;
            Ok(Listed { took: Duration::from_millis(400), ..found })
        })
    }

    fn commit_as(&self, batch: Vec<Statement>, manner: Manner) -> Fut<'_, ()> {
        self.driver.commit_as(batch, manner)
    }

    fn dialect(&self) -> Dialect {
        self.driver.dialect()
    }

    fn close(&self) -> Fut<'_, ()> {
        self.driver.close()
    }
}

pub(super) async fn slow(base: &Base, too_long: fn(&Statement, Extent) -> bool) -> (Reads, Arc<Mutex<Vec<Work>>>) {
    let options = Options::default();
    let driver = open(&base.url, &options).unwrap();
    driver.migrate(SCRIPTS, 0).await.unwrap();
    fill(&*driver).await;
    let seen = Arc::<Mutex<Vec<Work>>>::default();
    let driver = Arc::new(Slow { driver, too_long, seen: Arc::clone(&seen) });
    (
        Reads {
            driver,
            shares: Arc::new(Shares::of(&options)),
            times: Times::of(&options),
            filters: Arc::default(),
            slot: 0,
        },
        seen,
    )
}

fn walks(statement: &Statement, extent: Extent) -> bool {
    extent == Extent::Page && statement.sql.contains("ORDER BY created_at, id LIMIT 3")
}

/// Two of the users, by their numbers, which are their times.
async fn numbers(reads: &Reads, filter: &str, after: Option<String>) -> crate::Page<i64> {
    let list = List { filter: Some(parse(filter).unwrap()), after, limit: 2 };
    let (table, scope) = (&texts(ObjectKind::User).table, Scope::environment(EnvironmentId::new(OWNER)));
    reads.page(table, scope, &list, |row| row.i64(row.width() - 2)).await.unwrap()
}

/// Rows that an index finds are no scan, wherever they lie.
#[tokio::test]
async fn what_lies_together_is_sorted_when_walking_takes_too_long() {
    for base in [Some(Base::memory()), Base::server().await].into_iter().flatten() {
        let (reads, seen) = slow(&base, walks).await;
        let first = numbers(&reads, "username sw \"user.19\"", None).await;
        assert_eq!((first.rows, first.total), (vec![19, 190], 1001));
        let works: Vec<Extent> = seen.lock().unwrap().drain(..).map(|work| work.extent).collect();
        assert_eq!(works, [Extent::Page, Extent::Page, Extent::Scan, Extent::Page]);
        let next = numbers(&reads, "username sw \"user.19\"", first.next).await;
        assert_eq!(next.rows, [191, 192]);
        reads.driver.close().await.unwrap();
        base.remove().await;
    }
}

/// Its reads share one budget, and it is its turn once.
#[tokio::test]
async fn a_list_hands_down_what_it_has_left() {
    let base = Base::memory();
    let (reads, seen) = slow(&base, |_, extent| extent == Extent::Page).await;
    let one = reads.shares.admit(OWNER, Extent::Scan).await.unwrap();
    let mut budget = reads.budget(OWNER);
    for left in [Some(1000), Some(600), Some(200), None] {
        let outcome = budget.read(Statement::new("SELECT 1", vec![]), true).await;
        assert_eq!(outcome.is_ok(), left.is_some(), "{outcome:?}");
        let long = seen.lock().unwrap().drain(..).find(|work| work.extent == Extent::Scan);
        assert_eq!(long.map(|work| work.time), left.map(Duration::from_millis));
    }
    drop(one);
    drop(budget);
    base.remove().await;
}

/// Of a few rows none needs a place among the long lists.
#[tokio::test]
async fn what_is_soon_done_waits_for_no_place() {
    let base = Base::memory();
    let (reads, seen) = slow(&base, |_, _| false).await;
    let _all = (
        reads.shares.admit(OWNER, Extent::Scan).await.unwrap(),
        reads.shares.admit(OWNER, Extent::Scan).await.unwrap(),
    );
    assert_eq!(numbers(&reads, "nickname co \"zzz\"", None).await.total, 0);
    assert!(seen.lock().unwrap().iter().all(|work| work.extent == Extent::Page));
    base.remove().await;
}

/// F2: who asks for many lists waits for their own, and nobody waits for all of them.
#[tokio::test(start_paused = true)]
async fn an_owner_s_short_lists_are_bounded_too() {
    let base = Base::memory();
    let (reads, _) = slow(&base, |_, _| false).await;
    let mut all = Vec::new();
    for _ in 0..Options::default().pages {
        all.push(reads.shares.admit(OWNER, Extent::Page).await.unwrap());
    }
    let one = Statement::new("SELECT 1", vec![]);
    assert_eq!(reads.listed(OWNER, one.clone()).await, Err(StoreError::Crowded));
    assert_eq!(reads.listed(Uuid::from_u128(2), one).await.map(|rows| rows.len()), Ok(1));
    base.remove().await;
}

/// What grows with the groups, or with the tokens, is no read by a key.
#[tokio::test]
async fn what_looks_through_groups_or_tokens_is_read_as_a_list() {
    let base = Base::memory();
    let (reads, seen) = slow(&base, |_, _| false).await;
    let (environment, user, group) = (EnvironmentId::new(OWNER), UserId::new(OWNER), GroupId::new(OWNER));
    reads.users_within(environment, &[group]).await.unwrap();
    reads.groups_of(environment, &[user]).await.unwrap();
    reads.nesting(environment, group, group).await.unwrap();
    reads.membership(environment, Member::User(user), group).await.unwrap();
    Store(reads).purge(Time(0), Time(0)).await.unwrap();
    let extents: Vec<Extent> = seen.lock().unwrap().iter().map(|work| work.extent).collect();
    let (pages, scans) = extents.split_at(4);
    assert_eq!(pages, [Extent::Page; 4]);
    // Seven tables may hold what is due, environments may keep activities for less, then families are looked for, and in eleven tables
    // what is of no environment.
    assert!(scans.len() >= 20 && scans.iter().all(|extent| *extent == Extent::Scan), "{scans:?}");
    base.remove().await;
}
