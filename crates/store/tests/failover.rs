//! A database that falls silent, or takes no writes any more, is followed to where it is: in seconds, and without a restart. On
//! PostgreSQL alone, when `TEST_POSTGRES_URL` is set.
//!
//! A slow machine is not silent. What ends with the database's answer may take its time here ([`patient`]), and whoever still
//! waited as long as it took before would be refused, or break [`IN_TIME`].

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[allow(dead_code, clippy::allow_attributes, reason = "only a server falls silent")]
mod base;
#[path = "failover/proxy.rs"]
#[allow(dead_code, clippy::allow_attributes, reason = "the tests over HTTP use the rest of it")]
mod proxy;
#[path = "failover/scene.rs"]
mod scene;

use std::sync::Arc;
use std::time::{Duration, Instant};

use base::{Base, LONG, patient};
use proxy::Proxy;
use scene::{IN_TIME, PAGE, SCRIPTS, Scene, address, consume, insert, proven, through};
use store::{Driver, Options, Statement, StoreError, open, within};

/// H1: all connections of the pool are dead, the server answers new ones. A read is asked once more on a new one, and whatever is
/// asked after that does not wait at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_silent_pool_costs_one_silence() {
    let Some(scene) = Scene::open().await else { return };
    scene.warm().await;
    scene.proxy.silence_all();
    let believed = scene.store.breaks();
    assert_eq!(scene.find(1000).await, Ok(1));
    let silences = scene.store.breaks();
    assert!(silences > believed, "what was kept in memory is to be asked for again");
    for number in 0..10 {
        assert_eq!(scene.store.commit(vec![insert(number), insert(100 + number)]).await, Ok(()));
        assert_eq!(scene.find(number).await, Ok(1));
        let list = scene.store.list(Statement::new("SELECT 1", vec![]), PAGE).await;
        assert!(list.is_ok(), "{list:?}");
    }
    assert_eq!(scene.store.breaks(), silences, "nobody meets another connection that is dead");
    scene.end().await;
}

/// H1: a commit meets the dead connections first. All who wait with it are answered in time, and the rows are there once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn commits_leave_a_silent_pool() {
    let Some(scene) = Scene::open().await else { return };
    scene.warm().await;
    scene.proxy.silence_all();
    let all = (0..20).map(|number| {
        let store = Arc::clone(&scene.store);
        tokio::spawn(async move { store.commit(vec![insert(number), insert(100 + number)]).await })
    });
    for one in all.collect::<Vec<_>>() {
        assert_eq!(one.await.unwrap(), Ok(()));
    }
    for number in 0..20 {
        assert_eq!((scene.there(number).await, scene.there(100 + number).await), (1, 1));
    }
    scene.end().await;
}

/// H1: one connection falls silent at the PREPARE of a commit, while the server is well. That commit succeeds on another
/// connection, and the others do not wait behind it for longer than its silence.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_silent_prepare_stops_nobody() {
    let Some(scene) = Scene::open().await else { return };
    scene.warm().await;
    scene.proxy.silence_at("UPDATE things SET used");
    let first = {
        let store = Arc::clone(&scene.store);
        tokio::spawn(async move { store.commit(vec![consume(1000), insert(1)]).await })
    };
    while !scene.proxy.sprang() {
        tokio::task::yield_now().await;
    }
    let second = {
        let store = Arc::clone(&scene.store);
        tokio::spawn(async move { store.commit(vec![insert(2), insert(3)]).await })
    };
    assert_eq!(first.await.unwrap(), Ok(()));
    assert_eq!(second.await.unwrap(), Ok(()));
    scene.end().await;
}

/// H1: nobody waits for ever in the lane when every connection is silent, new ones too; and what was refused because it waited is
/// not written afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everybody_in_the_lane_is_answered() {
    let options = Options { commit_timeout: Duration::from_secs(9), ..patient() };
    let Some(scene) = Scene::with(&options).await else { return };
    scene.warm().await;
    scene.proxy.freeze();
    let begun = Instant::now();
    let all = (0..20).map(|number| {
        let store = Arc::clone(&scene.store);
        tokio::spawn(async move { store.commit(vec![insert(number), insert(100 + number)]).await })
    });
    for one in all.collect::<Vec<_>>() {
        assert!(matches!(one.await.unwrap(), Err(StoreError::Unavailable(_))));
    }
    assert!(matches!(scene.find(1000).await, Err(StoreError::Unavailable(_))));
    assert!(begun.elapsed() < IN_TIME, "{:?}", begun.elapsed());
    for number in 0..20 {
        assert_eq!(scene.there(number).await, 0);
    }
    scene.proxy.thaw();
    assert_eq!(scene.store.commit(vec![insert(1), insert(2)]).await, Ok(()), "without a restart");
    assert_eq!((scene.find(1).await, scene.store.ready().await), (Ok(1), Ok(())));
    scene.end().await;
}

/// H1: a request that makes many reads waits for the database as long as one may, not as long as all of them could.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_request_has_one_deadline() {
    let Some(scene) = Scene::open().await else { return };
    scene.warm().await;
    scene.proxy.freeze();
    let begun = Instant::now();
    within(Duration::from_secs(3), async {
        for number in 0..5 {
            assert!(matches!(scene.find(number).await, Err(StoreError::Unavailable(_))));
            let refused = scene.store.commit(vec![insert(number), insert(100 + number)]).await;
            assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
        }
    })
    .await;
    assert!(begun.elapsed() < IN_TIME, "{:?}", begun.elapsed());
    scene.store.close().await.unwrap();
    scene.base.remove().await;
}

/// H1: a connection with many to answer is slow, not silent: it is not given up with all others while it answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_busy_connection_is_not_silent() {
    let Some(scene) = Scene::with(&Options { readers: 1, ..patient() }).await else { return };
    let made = scene.proxy.accepted();
    let read = || scene.store.read(Statement::new("SELECT 1 FROM pg_sleep(1.5)", vec![]));
    // Asked in one go by one task, all find the first one's connection. The last is answered after more than a silence.
    let all = tokio::join!(read(), read(), read(), read());
    for one in [all.0, all.1, all.2, all.3] {
        assert_eq!(one.map(|rows| rows.len()), Ok(1));
    }
    assert_eq!((scene.store.breaks(), scene.proxy.accepted()), (0, made), "on one connection, which is kept");
    scene.end().await;
}

/// H8: the answer to a COMMIT is lost. Whether it happened is read back by what only this commit wrote, and answered so.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_unknown_commit_is_looked_for() {
    let Some(scene) = Scene::open().await else { return };
    scene.warm().await;
    scene.proxy.silence_after("COMMIT\0");
    assert_eq!(scene.store.commit_as(vec![consume(1000), insert(1)], proven(1)).await, Ok(()));
    assert!(scene.proxy.sprang());
    assert_eq!(scene.there(1).await, 1);
    let second = scene.store.commit_as(vec![consume(1000), insert(2)], proven(2)).await;
    assert_eq!(second, Err(StoreError::Lost { index: 0 }), "single use holds");
    scene.end().await;
}

/// H8: the COMMIT itself was lost. Then nothing happened, and the batch is committed anew, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lost_commit_is_made_again() {
    let Some(scene) = Scene::open().await else { return };
    scene.warm().await;
    scene.proxy.silence_at("COMMIT\0");
    assert_eq!(scene.store.commit_as(vec![consume(1000), insert(1)], proven(1)).await, Ok(()));
    assert!(scene.proxy.sprang());
    assert_eq!(scene.there(1).await, 1);
    scene.end().await;
}

/// H8: without a proof nobody can tell, and so it is said.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_unknown_commit_without_a_proof_stays_unknown() {
    let Some(scene) = Scene::open().await else { return };
    scene.warm().await;
    scene.proxy.silence_after("COMMIT\0");
    let outcome = scene.store.commit(vec![consume(1000), insert(1)]).await;
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
    assert_eq!(scene.there(1).await, 1);
    scene.end().await;
}

/// H2: the first host of the URL accepts and says nothing, or loses what it is told while it leads: the second is tried in time,
/// and is the first to be asked from then on.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_second_host_is_tried() {
    let Some(base) = Base::server().await else { return };
    let (first, second) = (Proxy::before(address(&base.url)).await, Proxy::before(address(&base.url)).await);
    first.freeze();
    let store = open(&through(&base.url, &[first.port, second.port]), &patient()).unwrap();
    store.migrate(SCRIPTS, 0).await.unwrap();
    assert_eq!(store.commit(vec![insert(1), insert(2)]).await, Ok(()));
    // Whatever else is connected goes where it was good.
    let before = first.accepted();
    for number in 0..8 {
        store.read(Statement::new(format!("SELECT {number}"), vec![])).await.unwrap();
    }
    let list = store.list(Statement::new("SELECT 1", vec![]), PAGE).await;
    assert!(list.is_ok(), "{list:?}");
    assert_eq!(first.accepted(), before);
    store.close().await.unwrap();
    base.remove().await;
}

/// H2: a host that is gone is passed over, whether it refuses or its name is unknown.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_host_that_refuses_is_passed_over() {
    let Some(base) = Base::server().await else { return };
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let proxy = Proxy::before(address(&base.url)).await;
    let url = through(&base.url, &[gone, proxy.port]).replacen("@127.0.0.1", "@nowhere.invalid", 1);
    for url in [through(&base.url, &[gone, proxy.port]), url] {
        let store = open(&url, &patient()).unwrap();
        assert_eq!(store.migrate(SCRIPTS, 0).await, Ok(()));
        store.close().await.unwrap();
    }
    base.remove().await;
}

/// H7: a server that takes no writes any more is not ready, its connections are not used again, and both change when it does.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_read_only_server_is_left() {
    // A pooler's clients have no sessions of their own that could be told, and it lends none of those that were there before.
    if std::env::var_os("TEST_POSTGRES_POOLER").is_some() {
        return;
    }
    let Some(scene) = Scene::with(&Options { pool: 3, ..patient() }).await else { return };
    assert_eq!(scene.store.ready().await, Ok(()));
    let name = scene.base.url.rsplit_once('/').unwrap().1.split('?').next().unwrap().to_owned();
    let direct = scene.direct();
    let set = |to| Statement::new(format!("ALTER DATABASE {name} SET default_transaction_read_only = {to}"), vec![]);
    direct.commit(vec![set("on")]).await.unwrap();
    // That holds for new sessions. Those that there are, each by one of as many reads as there can be, are told by themselves, and
    // are old enough then to be given up with the first that is found out.
    let told = "SELECT set_config('default_transaction_read_only', 'on', false) FROM pg_sleep(1.2)";
    let tell = || scene.store.read(Statement::new(told.to_owned(), vec![]));
    let all = tokio::join!(tell(), tell(), tell());
    for one in [all.0, all.1, all.2] {
        assert_eq!(one.map(|rows| rows.len()), Ok(1));
    }
    let before = scene.proxy.accepted();
    assert!(matches!(scene.store.ready().await, Err(StoreError::Unavailable(why)) if why.contains("read-only")));
    let refused = scene.store.commit(vec![insert(1), insert(2)]).await;
    assert!(matches!(&refused, Err(StoreError::Unavailable(why)) if why.contains("25006")), "{refused:?}");
    assert!(scene.proxy.accepted() > before, "another connection is tried");
    direct.commit(vec![set("off")]).await.unwrap();
    assert_eq!(scene.store.commit(vec![insert(1), insert(2)]).await, Ok(()), "on a connection made since");
    assert_eq!(scene.store.ready().await, Ok(()));
    direct.close().await.unwrap();
    scene.end().await;
}

/// H7: reads are answered and commits wait: that is not ready. When they are answered again, it is, without anybody's commit.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn commits_that_wait_are_not_ready() {
    let options = Options { commit_timeout: Duration::from_secs(5), ..patient() };
    let Some(scene) = Scene::with(&options).await else { return };
    assert_eq!(scene.store.commit(vec![insert(0), insert(100_000)]).await, Ok(()));
    let direct: Arc<dyn Driver> = scene.direct().into();
    direct.commit(vec![Statement::new("CREATE TABLE signs (id BIGINT)", vec![])]).await.unwrap();
    let held = {
        let direct = Arc::clone(&direct);
        tokio::spawn(async move { direct.commit_as(vec![Statement::new(UNTIL_A_SIGN, vec![])], LONG).await })
    };
    // Until the lock is held commits succeed.
    let mut number = 1;
    while scene.store.commit(vec![insert(number), insert(100_000 + number)]).await.is_ok() {
        number += 1;
    }
    assert_eq!(scene.find(0).await, Ok(1), "reads are answered");
    let told = scene.store.ready().await;
    assert!(matches!(told, Err(StoreError::Unavailable(_))), "{told:?}");
    direct.commit(vec![Statement::new("INSERT INTO signs (id) VALUES (1)", vec![])]).await.unwrap();
    held.await.unwrap().unwrap();
    assert_eq!(scene.store.ready().await, Ok(()));
    direct.close().await.unwrap();
    scene.end().await;
}

/// Holds what every commit needs until it is told.
const UNTIL_A_SIGN: &str = "DO $$ BEGIN
    LOCK TABLE things IN EXCLUSIVE MODE;
    LOCK TABLE change_counter IN EXCLUSIVE MODE;
    WHILE NOT EXISTS (SELECT 1 FROM signs) LOOP PERFORM pg_sleep(0.02); END LOOP;
END $$";

/// H11: a user, a password or a database that the server refuses is no server that is away; neither is a word for the leader.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_the_server_refuses_is_not_away() {
    let Some(base) = Base::server().await else { return };
    let (start, rest) = base.url.split_once("://").unwrap();
    let server = rest.rsplit_once('@').map_or(rest, |(_, server)| server);
    let missing = base.url.replace("grantor_test_", "grantor_missing_");
    for url in [format!("{start}://nobody_of_ours:hidden@{server}"), missing] {
        let store = open(&url, &patient()).unwrap();
        let told = store.migrate(SCRIPTS, 0).await;
        let is_refusal = |why: &String| why.contains("refuses it: SQLSTATE") && !why.contains("hidden");
        // PgBouncer has one code for all that it refuses itself, what passes among it.
        let is_a_poolers = |why: &String| why.contains("SQLSTATE 08P01") && !why.contains("hidden");
        let refused = match &told {
            Err(StoreError::Unsuitable(why)) => is_refusal(why),
            Err(StoreError::Unavailable(why)) => is_a_poolers(why),
            _ => false,
        };
        assert!(refused, "{told:?}");
        store.close().await.unwrap();
    }
    // Nothing that asking again mends: no TLS where it is asked for, or a server that nobody vouches for.
    let refused = match open(&format!("{}&sslmode=require", base.url), &patient()) {
        Ok(store) => store.migrate(SCRIPTS, 0).await,
        Err(untrusting) => Err(untrusting),
    };
    assert!(matches!(refused, Err(StoreError::Unsuitable(_))), "{refused:?}");
    let store = open(&format!("{}&target_session_attrs=primary", base.url), &patient()).unwrap();
    assert_eq!(store.migrate(SCRIPTS, 0).await, Ok(()));
    store.close().await.unwrap();
    base.remove().await;
}
