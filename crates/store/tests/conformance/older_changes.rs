//! A process of the version before counts the changes of all environments in one row: both learn of what the other configured.

use protocol::change::{Change, Guard};
use protocol::id::EnvironmentId;
use store::{Revisions, Store};

use crate::beside::Beside;
use crate::each;
use crate::samples::{HERE, THERE, population};

beside_another_version!(the_older_learns, the_newer_learns);

/// What the older one asks, and how far it is then.
async fn follows(beside: &Beside, seen: &mut i64) -> Vec<EnvironmentId> {
    let sql = "SELECT environment_id, revision FROM environment_revisions WHERE revision > $1 ORDER BY revision";
    let rows = beside.rows(sql, vec![(*seen).into()]).await;
    *seen = rows.last().map_or(*seen, |row| row.i64(1).unwrap());
    rows.iter().map(|row| EnvironmentId::new(row.uuid(0).unwrap())).collect()
}

async fn latest(store: &Store) -> Revisions {
    store.revisions(&Revisions::default()).await.unwrap().0
}

async fn the_older_learns(store: &Store, beside: &Beside) {
    let mut seen = 0;
    for n in 1..4 {
        for environment in [HERE, THERE] {
            each(store, [Change::put(population(environment, n), Guard::New)]).await;
            let untold = latest(store).await;
            // Two processes of this version try.
            for _ in 0..2 {
                assert_eq!(store.tell_older(&untold).await, Ok(()));
            }
            assert_eq!(follows(beside, &mut seen).await, [environment]);
            assert_eq!(follows(beside, &mut seen).await, []);
        }
    }
    // Two at once, told once.
    for environment in [HERE, THERE] {
        each(store, [Change::put(population(environment, 9), Guard::New)]).await;
    }
    let was = seen;
    store.tell_older(&latest(store).await).await.unwrap();
    assert_eq!(follows(beside, &mut seen).await.len(), 2);
    assert_eq!(seen, was + 1);
    store.tell_older(&latest(store).await).await.unwrap();
    assert_eq!(follows(beside, &mut seen).await, []);
}

async fn the_newer_learns(store: &Store, beside: &Beside) {
    let mut seen = latest(store).await;
    for environment in [HERE, THERE, HERE] {
        beside.run("UPDATE change_counter SET value = value + 1 WHERE id = 1", vec![]).await;
        let sql = "INSERT INTO environment_revisions (environment_id, revision) VALUES ($1, (SELECT value FROM change_counter WHERE id = 1))
             ON CONFLICT (environment_id) DO UPDATE SET revision = excluded.revision";
        beside.run(sql, vec![environment.uuid().into()]).await;
        let (now, whose) = store.revisions(&seen).await.unwrap();
        assert_eq!((now.went_back_since(&seen), whose), (false, vec![environment]));
        seen = now;
    }
}
