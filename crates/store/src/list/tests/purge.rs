//! What expired goes in commits of a bounded size, between which others commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::plans::fill_tokens;
use super::*;
use crate::shares::Shares;
use crate::{Fut, Listed, Manner, Reads, Row};

/// The driver of a base, which counts the rows after each commit.
struct Counting {
    driver: Box<dyn Driver>,
    left: AtomicUsize,
    most: Arc<AtomicUsize>,
    commits: Arc<AtomicUsize>,
}

impl Counting {
    async fn rows(&self) -> Result<usize, StoreError> {
        let counted = TABLES.map(|table| format!("(SELECT COUNT(*) FROM {table})")).join(" + ");
        let rows = self.driver.read(Statement::new(format!("SELECT {counted}"), vec![])).await?;
        Ok(usize::try_from(rows[0].i64(0)?).unwrap())
    }
}

impl Driver for Counting {
    fn read(&self, statement: Statement) -> Fut<'_, Vec<Row>> {
        self.driver.read(statement)
    }

    fn list(&self, statement: Statement, work: Work) -> Fut<'_, Listed> {
        self.driver.list(statement, work)
    }

    fn commit_as(&self, batch: Vec<Statement>, manner: Manner) -> Fut<'_, ()> {
        Box::pin(async move {
            self.driver.commit_as(batch, manner).await?;
            let left = self.rows().await?;
            self.most.fetch_max(self.left.swap(left, Ordering::Relaxed) - left, Ordering::Relaxed);
            self.commits.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
    }

    fn dialect(&self) -> Dialect {
        self.driver.dialect()
    }

    fn close(&self) -> Fut<'_, ()> {
        self.driver.close()
    }
}

/// F14: no commit deletes more than some rows, and whoever writes meanwhile does so between two of them.
#[tokio::test]
async fn a_purge_is_many_small_commits() {
    for base in [Some(Base::file()), Base::server().await].into_iter().flatten() {
        let (options, most, commits) = (Options::default(), Arc::default(), Arc::default());
        let driver = open(&base.url, &options).unwrap();
        driver.migrate(SCRIPTS, 0).await.unwrap();
        fill(&*driver).await;
        let fewer = format!("DELETE FROM users WHERE created_at > {}", 2 * crate::purge::MOST);
        driver.commit(vec![Statement::new(fewer, vec![])]).await.unwrap();
        fill_tokens(&*driver).await;
        let left = AtomicUsize::default();
        let driver = Counting { driver, left, most: Arc::clone(&most), commits: Arc::clone(&commits) };
        let (driver, over) = (Arc::new(driver), AtomicBool::new(false));
        let before = driver.rows().await.unwrap();
        driver.left.store(before, Ordering::Relaxed);
        let (shares, times) = (Arc::new(Shares::of(&options)), Times::of(&options));
        let store =
            Store(Reads { driver: Arc::<Counting>::clone(&driver), shares, times, filters: Arc::default(), slot: 0 });
        let now = Time(i64::MAX / 4);
        let purged = async {
            store.purge(now, now).await.unwrap();
            over.store(true, Ordering::Relaxed);
        };
        let others = async {
            let mut between = 0;
            while !over.load(Ordering::Relaxed) {
                let sql =
                    "INSERT INTO notes (name, value) VALUES ('other', '') ON CONFLICT (name) DO UPDATE SET value = ''";
                driver.driver.commit(vec![Statement::new(sql, vec![])]).await.unwrap();
                between += 1;
            }
            between
        };
        let ((), between) = tokio::join!(purged, others);
        assert_eq!(driver.rows().await, Ok(0));
        let (most, commits) = (most.load(Ordering::Relaxed), commits.load(Ordering::Relaxed));
        assert!(most <= crate::purge::MOST && commits >= before / crate::purge::MOST, "{most} {commits}");
        assert!(between >= commits / 2, "{between} commits of others, {commits} of the purge");
        store.close().await.unwrap();
        base.remove().await;
    }
}

const TABLES: [&str; 10] = [
    "access_tokens",
    "activities",
    "codes",
    "families",
    "flows",
    "participations",
    "pushed_requests",
    "refresh_tokens",
    "sessions",
    "used_assertions",
];
