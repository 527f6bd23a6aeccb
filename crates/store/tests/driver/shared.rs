//! Several processes on one database, each statement of which may meet another connection where a pooler lends them out.

use std::sync::Arc;
use std::time::Duration;

use store::{Dialect, Driver, Extent, Statement, Value, Work};

use crate::base::{Base, Place};
use crate::{all, consume, insert};

on_all!(what_processes_ask_is_never_mixed_up);

mod bodies {
    use super::*;

    /// D9, H10: parallel reads, lists and commits of several processes get their own answers; nothing that one of them prepared or set
    /// meets another. In CI this runs behind PgBouncer too, with four connections for all of them.
    pub(super) async fn what_processes_ask_is_never_mixed_up(base: &Base) {
        let first = base.open().await;
        // What is in memory has one process.
        let again = || if matches!(base.place, Place::Memory) { first.clone() } else { base.connect() };
        let processes = [first.clone(), again(), again()];
        first.commit((0..90).map(insert).collect()).await.unwrap();
        let mut tasks = Vec::new();
        for round in 0..20_i64 {
            for (number, process) in (0_i64..).zip(&processes) {
                let process = process.clone();
                tasks.push(tokio::spawn(async move { work(&process, round, number).await }));
            }
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(all(&*first, "SELECT 1 FROM things WHERE used").await.len(), 60);
        if first.dialect() == Dialect::Postgres {
            for process in &processes {
                for setting in ["statement_timeout", "enable_seqscan", "enable_sort", "jit"] {
                    let sql = format!("SELECT source FROM pg_settings WHERE name = '{setting}'");
                    for _ in 0..10 {
                        let found = process.read(Statement::new(sql.clone(), vec![])).await.unwrap();
                        assert_ne!(found[0].text(0), Ok("session"), "{setting} stays set");
                    }
                }
            }
        }
        for process in &processes[1..] {
            if !Arc::ptr_eq(process, &first) {
                process.close().await.unwrap();
            }
        }
        first.close().await.unwrap();
    }

    /// Asks for different things in the same places, so that an answer to another question shows.
    async fn work(process: &Arc<dyn Driver>, round: i64, number: i64) {
        let own = round * 3 + number;
        let by_id = Statement::new("SELECT count FROM things WHERE id = $1", vec![own.to_be_bytes().into()]);
        let by_count =
            Statement::new("SELECT name, count + $2 FROM things WHERE count = $1", vec![own.into(), 7.into()]);
        let made = Statement::new(
            format!("SELECT count FROM things WHERE count >= $1 ORDER BY id LIMIT {}", number + 1),
            vec![own.into()],
        );
        let work = Work { extent: Extent::Page, time: Duration::from_secs(5) };
        let (read, other, listed) = tokio::join!(process.read(by_id), process.read(by_count), process.list(made, work));
        assert_eq!(read.unwrap()[0].i64(0), Ok(own));
        let other = other.unwrap();
        assert_eq!((other[0].text(0), other[0].i64(1)), (Ok("thing"), Ok(own + 7)));
        let listed: Vec<Value> = listed.unwrap().rows.iter().map(|row| row.i64(0).unwrap().into()).collect();
        assert_eq!(listed, (own..=own + number).map(Value::from).collect::<Vec<_>>());
        process.commit(vec![consume(own), insert(1000 + own)]).await.unwrap();
        let lost = process.commit(vec![consume(own), insert(2000 + own)]).await;
        assert_eq!(lost, Err(store::StoreError::Lost { index: 0 }));
    }
}
