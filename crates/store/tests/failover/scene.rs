//! A database that can be made to fall silent, and what is asked of it.

use std::sync::Arc;
use std::time::Duration;

use store::{Driver, Extent, Manner, Options, Script, Statement, StoreError, Work, open};

use crate::base::{Base, GREETING, patient};
use crate::proxy::Proxy;

/// Nobody waits longer who waits for a database that does not answer: it is half of what a long statement may take.
/// What the defaults promise was seen in the rounds on a cluster; here only that waiting ends.
pub(crate) const IN_TIME: Duration = Duration::from_mins(1);

/// A database, a proxy before it, and a store that goes through it.
pub(crate) struct Scene {
    pub(crate) base: Base,
    pub(crate) proxy: Proxy,
    pub(crate) store: Arc<dyn Driver>,
}

impl Scene {
    /// None without a server.
    pub(crate) async fn open() -> Option<Self> {
        Self::with(&patient()).await
    }

    pub(crate) async fn with(options: &Options) -> Option<Self> {
        let base = Base::server().await?;
        let proxy = Proxy::before(address(&base.url)).await;
        let store: Arc<dyn Driver> = open(&through(&base.url, &[proxy.port]), options).unwrap().into();
        store.migrate(SCRIPTS, 0).await.unwrap();
        Some(Self { base, proxy, store })
    }

    /// So many connections in the pool, as after some load.
    pub(crate) async fn warm(&self) {
        let all = (0..24).map(|number| {
            let store = Arc::clone(&self.store);
            tokio::spawn(async move {
                store.commit(vec![insert(1000 + number); 1]).await.unwrap();
                store.read(Statement::new(format!("SELECT {number}"), vec![])).await.unwrap();
            })
        });
        for one in all.collect::<Vec<_>>() {
            one.await.unwrap();
        }
        assert_eq!(self.find(1000).await, Ok(1));
    }

    pub(crate) async fn find(&self, number: i64) -> Result<usize, StoreError> {
        let sql = "SELECT count FROM things WHERE count = $1";
        Ok(self.store.read(Statement::new(sql, vec![number.into()])).await?.len())
    }

    /// A store that goes past the proxy.
    pub(crate) fn direct(&self) -> Box<dyn Driver> {
        open(&self.base.url, &patient()).unwrap()
    }

    /// How often a row is there, asked past the proxy.
    pub(crate) async fn there(&self, number: i64) -> usize {
        let direct = self.direct();
        let sql = "SELECT count FROM things WHERE count = $1";
        let rows = direct.read(Statement::new(sql, vec![number.into()])).await.unwrap();
        direct.close().await.unwrap();
        rows.len()
    }

    pub(crate) async fn end(self) {
        self.store.close().await.unwrap();
        self.base.remove().await;
    }
}

pub(crate) fn address(url: &str) -> &str {
    let server = url.split_once("://").unwrap().1;
    let server = server.split('/').next().unwrap();
    server.rsplit_once('@').map_or(server, |(_, address)| address)
}

/// The URL with these ports of this machine for its server, which may take its time for greeting.
pub(crate) fn through(url: &str, ports: &[u16]) -> String {
    let hosts: Vec<_> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
    url.replacen(address(url), &hosts.join(","), 1).replace(GREETING, "connect_timeout=4")
}

pub(crate) fn insert(number: i64) -> Statement {
    let sql = "INSERT INTO things (id, count, used) VALUES ($1, $2, $3)";
    Statement::new(sql, vec![number.to_be_bytes().into(), number.into(), false.into()])
}

pub(crate) fn consume(number: i64) -> Statement {
    Statement::new("UPDATE things SET used = TRUE WHERE id = $1 AND NOT used", vec![number.to_be_bytes().into()]).one()
}

/// A commit that is there when this row is.
pub(crate) fn proven(number: i64) -> Manner {
    let proof = Statement::new("SELECT 1 FROM things WHERE count = $1", vec![number.into()]);
    Manner { proof: Some(proof), ..Manner::default() }
}

pub(crate) static SCRIPTS: &[Script] = &[Script { version: 1, name: "tables", sqlite: TABLES, postgres: TABLES }];
const TABLES: &str = "CREATE TABLE things (id BYTEA PRIMARY KEY, count BIGINT NOT NULL, used BOOLEAN NOT NULL);
    CREATE TABLE change_counter (id BIGINT PRIMARY KEY, value BIGINT NOT NULL);
    INSERT INTO change_counter (id, value) VALUES (1, 0);";
pub(crate) const PAGE: Work = Work { extent: Extent::Page, time: Duration::from_millis(100) };
