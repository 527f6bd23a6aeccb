//! What expired goes at the pace of the database, on a clock of its own: the database here is a number of rows and a time for each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::time::Instant;

use super::*;
use crate::shares::Shares;
use crate::{Fut, Listed, Manner, Reads, Row, Value};

/// A table of a database that takes a time for each row.
struct Rows {
    left: usize,
    each: Duration,
}

/// One commit.
#[derive(Clone, Debug)]
struct Committed {
    table: &'static str,
    rows: usize,
    begun: Instant,
    ended: Instant,
}

/// Environment and id.
type FamilyKey = (Vec<u8>, Vec<u8>);

struct Slow {
    tables: Mutex<HashMap<&'static str, Rows>>,
    committed: Mutex<Vec<Committed>>,
    /// The keys of the families that each commit deletes, in its order.
    families: Mutex<Vec<Vec<FamilyKey>>>,
}

fn table(sql: &str) -> Option<&'static str> {
    ["activities", "families", "flows"].into_iter().find(|table| sql.contains(&format!("FROM {table} WHERE")))
}

/// As they are due, which is not the order of their keys.
fn due(of: usize) -> Vec<Row> {
    let id = |n: usize| Uuid::from_u128(n as u128).into();
    (0..of).map(|n| Row::new(vec![id(n % 7), id(of - n)])).collect()
}

impl Driver for Slow {
    fn read(&self, _: Statement) -> Fut<'_, Vec<Row>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn list(&self, statement: Statement, _: Work) -> Fut<'_, Listed> {
        let left = table(&statement.sql).and_then(|of| Some((of, self.tables.lock().unwrap().get(of)?.left)));
        let rows = match left {
            Some(("families", left)) => due(left),
            Some((_, 1..)) => vec![Row::new(vec![0.into()])],
            _ => Vec::new(),
        };
        Box::pin(async { Ok(Listed { rows, took: Duration::ZERO }) })
    }

    fn commit_as(&self, batch: Vec<Statement>, _: Manner) -> Fut<'_, ()> {
        let table = table(&batch[0].sql).unwrap();
        let wanted = match batch[0].values.last() {
            Some(Value::I64(limit)) => *limit as usize,
            _ => batch.len(),
        };
        if table == "families" {
            let bytes = |value: &Value| value.bytes().unwrap_or_default().to_vec();
            let keys = batch.iter().map(|one| (bytes(&one.values[0]), bytes(&one.values[1])));
            self.families.lock().unwrap().push(keys.collect());
        }
        Box::pin(async move {
            let (rows, each) = {
                let mut tables = self.tables.lock().unwrap();
                let of = tables.get_mut(table).unwrap();
                let rows = wanted.min(of.left);
                of.left -= rows;
                (rows, of.each)
            };
            let begun = Instant::now();
            tokio::time::sleep(each * rows as u32).await;
            self.committed.lock().unwrap().push(Committed { table, rows, begun, ended: Instant::now() });
            Ok(())
        })
    }

    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn close(&self) -> Fut<'_, ()> {
        Box::pin(async { Ok(()) })
    }
}

/// F14: after a table whose rows take nothing the next begins with few again; from the second on no commit takes the writer for more
/// than 50 ms; and others have it for as long as each took. Families go in the order of their keys, by which no two processes wait
/// for each other.
#[tokio::test(start_paused = true)]
async fn a_purge_goes_at_the_pace_of_the_database() {
    let rows = |left, micros| Rows { left, each: Duration::from_micros(micros) };
    let tables = [("flows", rows(9000, 1)), ("activities", rows(900, 1000)), ("families", rows(900, 1000))];
    let driver =
        Arc::new(Slow { tables: Mutex::new(tables.into()), committed: Mutex::default(), families: Mutex::default() });
    let options = Options::default();
    let (shares, times) = (Arc::new(Shares::of(&options)), Times::of(&options));
    let store = Store(Reads { driver: Arc::<Slow>::clone(&driver), shares, times, filters: Arc::default(), slot: 0 });
    store.purge(Time(9), Time(9)).await.unwrap();

    let committed = driver.committed.lock().unwrap().clone();
    for of in ["flows", "activities", "families"] {
        let own: Vec<&Committed> = committed.iter().filter(|one| one.table == of).collect();
        assert!(own[0].rows <= 100, "{of} begins with {}", own[0].rows);
        let longest = own[1..].iter().map(|one| one.ended - one.begun).max().unwrap();
        assert!(longest <= Duration::from_millis(50), "{of}: {longest:?}");
    }
    assert!(committed.iter().any(|one| one.rows == crate::purge::MOST), "what takes nothing goes faster");
    for pair in committed.windows(2) {
        assert!(pair[1].begun - pair[0].ended >= pair[0].ended - pair[0].begun, "others have to wait: {pair:?}");
    }
    let families = driver.families.lock().unwrap();
    assert!(families.iter().map(Vec::len).sum::<usize>() == 900 && families.iter().all(|keys| keys.is_sorted()));
}
