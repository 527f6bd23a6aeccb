//! Commits that arrive at the same time may share a transaction; nobody can tell it by what comes of them.

use std::sync::Arc;
use std::task::Poll;

use store::{Dialect, Driver, Expect, Fut, Statement, StoreError, Value};

use crate::base::Base;
use crate::{all, consume, counts, insert};

on_all!(
    each_loser_learns_its_own_statement,
    a_hundred_contend_and_ten_win,
    a_loser_does_not_take_the_others_along,
    who_waits_shares_a_transaction,
    abandoned_commits_harm_nobody,
    closing_finishes_what_was_accepted,
    many_rows_arrive_with_every_type,
    one_bad_row_of_many_is_named,
);

mod bodies {
    use super::*;

    pub(super) async fn each_loser_learns_its_own_statement(base: &Base) {
        let store = base.open().await;
        store.commit((0..60).map(|number| insert(1000 + number)).collect()).await.unwrap();
        let outcomes = together(
            &store,
            (0..60).map(|number| {
                // The guard that cannot hold stands at another place each time; every fifth batch has none.
                let mut batch =
                    vec![consume(1000 + number), insert(number), insert(100 + number), insert(200 + number)];
                if number % 5 < 4 {
                    batch.insert(usize::try_from(number % 5).unwrap(), consume(-1));
                }
                batch
            }),
        )
        .await;
        for (number, outcome) in outcomes.into_iter().enumerate() {
            let expected = if number % 5 < 4 { Err(StoreError::Lost { index: number % 5 }) } else { Ok(()) };
            assert_eq!(outcome, expected, "{number}");
        }
        let written: Vec<_> = counts(&*store).await.into_iter().filter(|number| *number < 100).collect();
        assert_eq!(written, (0..60).filter(|number| number % 5 == 4).collect::<Vec<_>>());
    }

    pub(super) async fn a_hundred_contend_and_ten_win(base: &Base) {
        let store = base.open().await;
        store.commit((0..10).map(insert).collect()).await.unwrap();
        let outcomes = together(&store, (0..100).map(|number| vec![consume(number % 10), insert(100 + number)])).await;
        let won: Vec<_> = (0..100).filter(|number| outcomes[*number].is_ok()).collect();
        assert_eq!(won.len(), 10, "{outcomes:?}");
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(StoreError::Lost { index: 0 }))));
        let written: Vec<_> = counts(&*store).await.into_iter().filter(|number| *number >= 100).collect();
        assert_eq!(written, won.iter().map(|number| 100 + i64::try_from(*number).unwrap()).collect::<Vec<_>>());
    }

    pub(super) async fn a_loser_does_not_take_the_others_along(base: &Base) {
        let store = base.open().await;
        store.commit(vec![insert(1), insert(7)]).await.unwrap();
        let outcomes = together(
            &store,
            (0..20).map(|number| match number {
                3 => vec![insert(300), insert(7)],
                11 => vec![consume(-1), insert(1100)],
                number => vec![insert(100 + number), insert(200 + number)],
            }),
        )
        .await;
        for (number, outcome) in outcomes.iter().enumerate() {
            match number {
                3 => assert_eq!(*outcome, Err(StoreError::Conflict { constraint: "things_pkey".to_owned() })),
                11 => assert_eq!(*outcome, Err(StoreError::Lost { index: 0 })),
                _ => assert_eq!(*outcome, Ok(()), "{number}"),
            }
        }
        assert_eq!(counts(&*store).await.len(), 2 + 18 * 2);
    }

    pub(super) async fn who_waits_shares_a_transaction(base: &Base) {
        let store = base.open().await;
        if base.dialect() != Dialect::Postgres {
            return;
        }
        let outcomes = together(&store, (0..200).map(|number| vec![insert(number), insert(1000 + number)])).await;
        assert!(outcomes.iter().all(Result::is_ok));
        let sql = "SELECT COUNT(*), COUNT(DISTINCT xmin::text) FROM things";
        let row = all(&*store, sql).await.remove(0);
        assert_eq!(row.i64(0), Ok(400));
        let transactions = row.i64(1).unwrap();
        assert!((4..100).contains(&transactions), "{transactions} transactions: none shared, or without a bound");
    }

    pub(super) async fn abandoned_commits_harm_nobody(base: &Base) {
        let store = base.open().await;
        let mut commits =
            started((0..80).map(|number| store.commit(vec![insert(number), insert(1000 + number)]))).await;
        let mut number = 0;
        commits.retain(|_| {
            number += 1;
            number % 2 == 0
        });
        assert!(finished(commits).await.iter().all(Result::is_ok));
        store.commit(vec![insert(500), consume(500)]).await.unwrap();
        let found = counts(&*store).await;
        for number in 0..80 {
            assert_eq!(found.contains(&number), found.contains(&(1000 + number)), "{number} is written by half");
            assert!(number % 2 == 0 || found.contains(&number), "{number} was answered");
        }
    }

    pub(super) async fn closing_finishes_what_was_accepted(base: &Base) {
        let store = base.open().await;
        let commits = started((0..50).map(|number| store.commit(vec![insert(number), insert(1000 + number)]))).await;
        let (closed, outcomes) = tokio::join!(store.close(), finished(commits));
        assert_eq!(closed, Ok(()));
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        assert!(matches!(store.commit(vec![insert(90), insert(91)]).await, Err(StoreError::Unavailable(_))));
        if base.persistent() {
            assert_eq!(counts(&*base.open().await).await.len(), 100);
        }
    }

    pub(super) async fn many_rows_arrive_with_every_type(base: &Base) {
        let store = base.open().await;
        let note = |number: i64| if number % 3 == 0 { Value::Null } else { format!("{{nämé}} \"{number}\"").into() };
        let rows = (0..700_i64).map(|number| {
            let sql = "INSERT INTO things (id, name, count, used, note) VALUES ($1, $2, $3, $4, $5)";
            let id = number.to_be_bytes();
            Statement::new(sql, vec![id.into(), "".into(), (-number).into(), (number % 2 == 0).into(), note(number)])
        });
        store.commit(rows.collect()).await.unwrap();
        let found = all(&*store, "SELECT id, name, count, used, note FROM things ORDER BY id").await;
        assert_eq!(found.len(), 700);
        for (number, row) in (0_i64..).zip(&found) {
            assert_eq!(row.bytes(0), Ok(&number.to_be_bytes()[..]));
            assert_eq!((row.text(1), row.i64(2), row.bool(3)), (Ok(""), Ok(-number), Ok(number % 2 == 0)));
            assert_eq!(row.opt_text(4).unwrap().map_or(Value::Null, Value::from), note(number));
        }
    }

    pub(super) async fn one_bad_row_of_many_is_named(base: &Base) {
        let store = base.open().await;
        store.commit(vec![insert(1)]).await.unwrap();
        let child = |id: u8, parent: i64| {
            let sql = "INSERT INTO children (id, parent) VALUES ($1, $2)";
            Statement::new(sql, vec![vec![id].into(), parent.to_be_bytes().into()])
        };
        let orphans = (0..100).map(|number| child(number, if number == 61 { 9 } else { 1 })).collect();
        assert_eq!(store.commit(orphans).await, Err(StoreError::Lost { index: 61 }));
        let twice = (0..100).map(|number| insert(if number == 99 { 50 } else { 10 + number })).collect();
        assert_eq!(store.commit(twice).await, Err(StoreError::Conflict { constraint: "things_pkey".to_owned() }));
        // What reads between the rows sees those before it, and its guard counts.
        let counted = Statement::new("SELECT id FROM things", vec![]).expecting(Expect::Rows(3));
        assert_eq!(store.commit(vec![insert(2), insert(3), counted.clone(), insert(4), insert(5)]).await, Ok(()));
        assert_eq!(store.commit(vec![insert(6), insert(7), counted]).await, Err(StoreError::Lost { index: 2 }));
        assert_eq!(counts(&*store).await, [1, 2, 3, 4, 5]);
        assert!(all(&*store, "SELECT id FROM children").await.is_empty());
    }
}

/// All batches at the same time, and what came of each.
async fn together(
    store: &Arc<dyn Driver>,
    batches: impl IntoIterator<Item = Vec<Statement>>,
) -> Vec<Result<(), StoreError>> {
    finished(started(batches.into_iter().map(|batch| store.commit(batch))).await).await
}

/// A commit that was polled once: from then on its batch runs, whoever waits for it.
enum Commit<'a> {
    Running(Fut<'a, ()>),
    Done(Result<(), StoreError>),
}

async fn started<'a>(commits: impl Iterator<Item = Fut<'a, ()>>) -> Vec<Commit<'a>> {
    let mut commits: Vec<_> = commits.map(Commit::Running).collect();
    std::future::poll_fn(|context| {
        for commit in &mut commits {
            if let Commit::Running(running) = commit
                && let Poll::Ready(outcome) = running.as_mut().poll(context)
            {
                *commit = Commit::Done(outcome);
            }
        }
        Poll::Ready(())
    })
    .await;
    commits
}

async fn finished(commits: Vec<Commit<'_>>) -> Vec<Result<(), StoreError>> {
    let mut outcomes = Vec::new();
    for commit in commits {
        outcomes.push(match commit {
            Commit::Running(running) => running.await,
            Commit::Done(outcome) => outcome,
        });
    }
    outcomes
}
