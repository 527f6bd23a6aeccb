//! The server of this process: that of `grantor dev`, in memory, on threads of its own.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc;
use std::time::Duration;

use engine::bootstrap::{Store, dev};
use engine::world::{System, World as _, warm};
use serving::{Fault, Listeners, Manner, Ports};
use tokio::sync::oneshot;
use web::dev::Front;
use web::layers::forwarded::Proxies;
use web::layers::hosts::Hosts;
use web::server::{Shutdown, runtime};
use web::state::PageLinks;

use crate::Error;

/// A server that ends when this is dropped.
pub(crate) struct Running {
    /// Its origin.
    pub(crate) url: String,
    shutdown: Shutdown,
    /// Closed once it ended.
    ended: std::sync::Mutex<mpsc::Receiver<()>>,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Running({})", self.url)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shutdown.stop();
        if let Ok(ended) = self.ended.get_mut() {
            let _ = ended.recv_timeout(PATIENCE);
        }
        self.shutdown.abort();
    }
}

/// What it is once it is ready.
type Started = (String, Shutdown, BTreeMap<String, String>);

/// Starts it, with what it tells of the worlds that it begins with.
pub(crate) async fn start() -> Result<(Running, BTreeMap<String, String>), Error> {
    let (ready, started) = oneshot::channel();
    let (alive, ended) = mpsc::channel();
    let serves = move || {
        serve(ready);
        drop(alive);
    };
    let spawned = std::thread::Builder::new().name("grantor".into()).spawn(serves);
    spawned.map_err(|error| Error::NotStarted(error.to_string()))?;
    let broken = |_| Err(Error::NotStarted("it broke off".into()));
    let (url, shutdown, variables) = started.await.unwrap_or_else(broken)?;
    Ok((Running { url, shutdown, ended: std::sync::Mutex::new(ended) }, variables))
}

fn serve(ready: oneshot::Sender<Result<Started, Error>>) {
    let runtime = match runtime().thread_name("grantor-server").build() {
        Ok(runtime) => runtime,
        Err(error) => return drop(ready.send(Err(Error::NotStarted(format!("no runtime: {error}"))))),
    };
    runtime.block_on(async {
        match prepare().await {
            Err(why) => drop(ready.send(Err(Error::NotStarted(why)))),
            Ok((started, runs)) => {
                // Where nobody waits for it any more, nobody would end it.
                if ready.send(Ok(started)).is_ok() {
                    let _ = runs.await;
                }
            }
        }
    });
    runtime.shutdown_background();
}

/// Makes everything that is there before the first request, and what then answers it.
async fn prepare() -> Result<(Started, impl Future<Output = Result<(), Fault>>), String> {
    let ports = Ports {
        public: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
        tls: None,
        management: None,
        notice: Duration::ZERO,
        proxies: Proxies::default(),
    };
    let listeners = serving::bind(&ports).map_err(|fault| format!("{fault:?}"))?;
    let url = format!("http://localhost:{}", port(&listeners).ok_or("it has no port")?);
    let store = Store::open("sqlite::memory:", &engine::reads::Options::default());
    let store = store.map_err(|error| error.to_string())?;
    store.migrate(System.now()).await.map_err(|error| error.to_string())?;
    let app = serving::dev::app(store, url.clone(), Vec::new(), &dev::MASTER_KEY).await;
    let app = app.map_err(|unmade| unmade.to_string())?;
    warm();
    let values = dev::variables(&app.config.public_url, &app.config.api_url);
    let variables = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let hosts = Hosts::of_this_machine([]);
    let front = Front {
        version: env!("CARGO_PKG_VERSION"),
        store: "SQLite, in memory".into(),
        values,
        control_key: None,
        hosts: Some(hosts.clone()),
    };
    let shutdown = Shutdown::new();
    let manner = Manner {
        front: Some(front),
        links: PageLinks::default(),
        requests: false,
        hosts: Some(hosts),
        shutdown: shutdown.clone(),
    };
    Ok(((url, shutdown, variables), serving::run(app, listeners, ports, manner)))
}

fn port(listeners: &Listeners) -> Option<u16> {
    listeners.public.iter().find_map(|listener| listener.address().ok()).map(|address| address.port())
}

/// For requests that are under way.
const PATIENCE: Duration = Duration::from_secs(5);
