//! How a server is put together: the one place where tests make an `App`, its routes and its edge.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use engine::bootstrap::{self, Wanted, dev};
use engine::world::World as _;
use engine::{Allowance, App, Config};
use protocol::ctx::Entropy as _;
use protocol::secret::Secret;
use store::Store;
use tower::Layer as _;
use web::Web;
use web::dev::Front;
use web::layers::rate::{FailureLimits, Failures};
use web::layers::{AtEdge, Edge};
use web::metrics::Metrics;
use web::server::{self, Limits, Listener, Shutdown};
use web::state::PageLinks;

use crate::app::{Socket, TestApp};
use crate::database::{Base, Database};
use crate::wire::{Way, Wire};
use crate::world::FakeWorld;
use crate::{admin, people};

/// What a server finds in its store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// The two worlds of `grantor dev`, and its front page.
    Dev,
    /// An organization with its first administrators, as `grantor serve` makes them: see [`Admin`](crate::Admin).
    Empty,
    /// Those of `grantor dev`, and beside them an environment with [`People`](crate::People).
    People,
}

/// A server that is not started yet. Without anything said: the worlds of `grantor dev` in this process, on the database
/// of this run, over `http`, with events that are written in batches.
#[derive(Debug)]
pub struct Start {
    world: World,
    clock: FakeWorld,
    database: Database,
    over: Option<Store>,
    kept: bool,
    through: Option<u16>,
    limits: FailureLimits,
    socket: bool,
    secure: bool,
    body_time: Option<Duration>,
    config: Vec<fn(&mut Config)>,
    links: PageLinks,
    control_key: Option<&'static str>,
}

impl Default for Start {
    fn default() -> Self {
        Self {
            world: World::Dev,
            clock: FakeWorld::new(0),
            database: Database::chosen(),
            over: None,
            kept: false,
            through: None,
            limits: FailureLimits::default(),
            socket: false,
            secure: false,
            body_time: None,
            config: Vec::new(),
            links: PageLinks::default(),
            control_key: None,
        }
    }
}

impl Start {
    #[must_use]
    pub fn world(self, world: World) -> Self {
        Self { world, ..self }
    }

    /// A clock and randomness of the test's choice.
    #[must_use]
    pub fn clock(self, clock: FakeWorld) -> Self {
        Self { clock, ..self }
    }

    /// A database of the test's choice, fresh and gone afterwards.
    #[must_use]
    pub fn database(self, database: Database) -> Self {
        Self { database, ..self }
    }

    /// On a store that somebody else opened and brought to this version.
    #[must_use]
    pub fn over(self, store: Store) -> Self {
        Self { over: Some(store), ..self }
    }

    /// On what the store holds from a server before this one.
    #[must_use]
    pub fn again(self) -> Self {
        Self { kept: true, ..self }
    }

    /// On PostgreSQL, and through what listens at this port of this machine.
    #[must_use]
    pub fn through(self, port: u16) -> Self {
        Self { database: Database::Postgres, through: Some(port), ..self }
    }

    /// How often one source may fail.
    #[must_use]
    pub fn limits(self, limits: FailureLimits) -> Self {
        Self { limits, ..self }
    }

    /// On a free port of this machine instead of in this process alone.
    #[must_use]
    pub fn socket(self) -> Self {
        Self { socket: true, ..self }
    }

    /// Cookies as for `https`.
    #[must_use]
    pub fn secure(self) -> Self {
        Self { secure: true, ..self }
    }

    /// How long a body is waited for.
    #[must_use]
    pub fn body_time(self, time: Duration) -> Self {
        Self { body_time: Some(time), ..self }
    }

    /// No token leaves before its event is written: for tests that read events. Of everything else the events are written
    /// in batches here as well, until `audit.flush`.
    #[must_use]
    pub fn strict(self) -> Self {
        self.config(|config| config.audit_strict = true)
    }

    /// What the pages link to.
    #[must_use]
    pub fn links(self, links: PageLinks) -> Self {
        Self { links, ..self }
    }

    /// As if other machines reached it: its controls ask for this key.
    #[must_use]
    pub fn control_key(self, key: &'static str) -> Self {
        Self { control_key: Some(key), ..self }
    }

    /// Whatever else is configured.
    #[must_use]
    pub fn config(mut self, change: fn(&mut Config)) -> Self {
        self.config.push(change);
        self
    }

    pub async fn start(self) -> TestApp {
        let clock = Arc::new(self.clock);
        let base = match self.over {
            Some(store) => Base::from(store),
            None => Base::make(self.database, self.through, clock.now()).await,
        };
        let listener = self.socket.then(|| Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap());
        let address = listener.as_ref().map(|listener| listener.address().unwrap());
        let origin = address.map(|address| format!("http://localhost:{}", address.port()));
        let mut config = Config {
            api_url: origin.clone().unwrap_or_else(|| API.into()),
            // Tests fail on purpose, and faster than anybody else.
            allowance: Allowance { failures: 1_000_000, ..Allowance::default() },
            ..Config::developer(origin.unwrap_or_else(|| ORIGIN.into()))
        };
        config.mounts.extend(match self.world {
            World::Dev => Some(dev::mount()),
            World::Empty => None,
            World::People => Some(people::mount()),
        });
        self.config.iter().for_each(|change| change(&mut config));
        let (origin, api) = (config.public_url.clone(), config.api_url.clone());
        let app = App::new(base.store.clone(), clock.clone(), config, &dev::MASTER_KEY);
        if !self.kept {
            make(self.world, &app, &base).await;
        }
        let metrics = Arc::new(Metrics::new());
        let state = Web {
            app: app.clone(),
            metrics: metrics.clone(),
            failures: Failures::new(self.limits),
            plain_cookies: !self.secure,
            dev: (self.world == World::Dev).then(|| front(&app, self.control_key)),
            links: self.links,
        };
        let service = edge(state, &clock, self.body_time);
        let (way, socket) = match (listener, address) {
            (Some(listener), Some(address)) => serve(service, metrics, listener, address),
            _ => (Way::Service(service), None),
        };
        TestApp { app, world: clock, base, wire: Wire { way, origin, api }, socket }
    }
}

/// Fills the store.
async fn make(world: World, app: &Arc<App>, base: &Base) {
    if world == World::Empty {
        let wanted = Wanted {
            environment: Some(admin::HOME),
            client_id: Some(admin::WORKER.into()),
            client_secret: Some(Secret::new(admin::SECRET.into())),
        };
        bootstrap::first_administrators(app, wanted).await.unwrap().unwrap();
        return;
    }
    let material = MATERIAL.get_or_init(|| dev::Material::new(app).unwrap());
    dev::make(app, material).await.unwrap();
    if world == World::People {
        people::make(app, base).await;
    }
}

fn edge(state: Web, clock: &Arc<FakeWorld>, body_time: Option<Duration>) -> AtEdge<axum::Router> {
    let ids = clock.clone();
    let new_id = Arc::new(move || {
        let mut bytes = [0; 16];
        ids.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    });
    let edge =
        Edge::new(false, new_id, state.metrics.clone()).recording(state.app.clone()).admitting(state.app.clone());
    let edge = body_time.into_iter().fold(edge, Edge::with_body_time);
    edge.layer(web::routes::router(Arc::new(state)))
}

fn front(app: &App, control_key: Option<&str>) -> Front {
    Front {
        version: env!("CARGO_PKG_VERSION"),
        store: app.store.dialect().name().to_owned(),
        values: dev::variables(&app.config.public_url, &app.config.api_url),
        control_key: control_key.map(|key| Secret::new(key.to_owned())),
        hosts: None,
    }
}

fn serve(
    service: AtEdge<axum::Router>,
    metrics: Arc<Metrics>,
    listener: Listener,
    address: SocketAddr,
) -> (Way, Option<Socket>) {
    let shutdown = Shutdown::new();
    let end = shutdown.clone();
    tokio::spawn(async move { server::serve(vec![listener], service, Limits::default(), end, metrics).await });
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    (Way::Socket(http), Some(Socket { address, shutdown }))
}

/// The keys, sealed once for all servers of the process: what seals them is a constant.
static MATERIAL: OnceLock<dev::Material> = OnceLock::new();
/// Origin of pages and issuers where no socket is between.
pub const ORIGIN: &str = "http://auth.test";
/// Origin of the management API there.
pub const API: &str = "http://api.test";
