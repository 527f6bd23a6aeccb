//! The server under test.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use engine::bootstrap::dev::{self, Material};
use engine::fetch::Outbound;
use engine::{App, Config};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use tokio::sync::OnceCell;
use tower::Layer as _;
use web::Web;
use web::dev::Front;
use web::layers::Edge;
use web::layers::rate::{FailureLimits, Failures};
use web::metrics::Metrics;
use web::server::{self, Limits, Listener, Shutdown};

use crate::browser::Browser;
use crate::database::{Base, Database};
use crate::wire::{self, Answer};
use crate::world::FakeWorld;

/// A server with the worlds of `grantor dev` on a free port of this machine. It ends when it is dropped.
#[derive(Debug)]
pub struct TestApp {
    pub app: Arc<App>,
    pub world: Arc<FakeWorld>,
    pub(crate) http: Client,
    /// Such as `http://localhost:41235`.
    pub(crate) origin: String,
    address: SocketAddr,
    shutdown: Shutdown,
    /// The database beneath, for what no endpoint writes.
    pub base: Base,
}

impl TestApp {
    /// On the database of this run.
    pub async fn start() -> Self {
        Self::on(Database::chosen()).await
    }

    /// On the given database, fresh and gone afterwards.
    pub async fn on(database: Database) -> Self {
        Self::in_world(FakeWorld::new(0), database).await
    }

    /// The same with a clock and randomness of the test's choice.
    pub async fn in_world(world: FakeWorld, database: Database) -> Self {
        let world = Arc::new(world);
        let base = Base::make(database, FakeWorld::BEGIN).await;
        let listener = Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = listener.address().unwrap();
        let origin = format!("http://localhost:{}", address.port());
        let config = Config {
            public_url: origin.clone(),
            api_url: origin.clone(),
            mounts: vec![dev::mount()],
            audit_strict: false,
            developer: true,
            activity_days: 30,
            outbound: Outbound::developer(),
        };
        let app = App::new(base.store.clone(), world.clone(), config, &dev::MASTER_KEY);
        dev::make(&app, material(&app).await).await.unwrap();
        let shutdown = Shutdown::new();
        serve(&app, listener, shutdown.clone());
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { app, world, http, origin, address, shutdown, base }
    }

    /// The socket, for bytes that no client would send.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// The absolute address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Sends bytes as they are and reads until the server closes.
    pub async fn raw(&self, bytes: &[u8]) -> String {
        wire::raw(self.address, bytes).await
    }

    /// A request that is not sent yet.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.url(path))
    }

    /// Sends a request and reads its answer.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::read(request.send().await.unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Posts a form.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.posting(path, fields)).await
    }

    /// Posts a form with HTTP Basic (RFC 6749 §2.3.1).
    pub async fn form_basic(&self, path: &str, client: (&str, &str), fields: &[(&str, &str)]) -> Answer {
        self.send(self.posting(path, fields).header("authorization", Self::basic(client.0, client.1))).await
    }

    /// The value of an Authorization header for unreserved credentials.
    pub fn basic(client_id: &str, secret: &str) -> String {
        format!("Basic {}", BASE64_STANDARD.encode(format!("{client_id}:{secret}")))
    }

    /// A management call as the administrators' worker.
    pub async fn manage(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let request = self.request(method, &format!("/v1{path}")).bearer_auth(self.worker_token().await);
        self.send(body.map_or_else(|| request.try_clone().unwrap(), |body| request.try_clone().unwrap().json(body)))
            .await
    }

    /// A token of the administrators' worker.
    pub async fn worker_token(&self) -> String {
        let path = format!("/{}/as/token", dev::ADMIN_ENVIRONMENT);
        let client = (dev::ADMIN_APPLICATION.to_string(), dev::ADMIN_SECRET);
        let answer = self.form_basic(&path, (&client.0, client.1), &[("grant_type", "client_credentials")]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.member("access_token").to_owned()
    }

    /// Signs the seeded user on for the shared web application, through the flow API; hands out the code.
    pub async fn sign_on(&self) -> String {
        self.sign_on_with(&[("client_id", &dev::SHARED_WEB_APPLICATION.to_string()), ("scope", "openid")]).await
    }

    /// The same with parameters of the test's own.
    pub async fn sign_on_with(&self, parameters: &[(&str, &str)]) -> String {
        let path = format!("/{}/as/authorize", dev::ENVIRONMENT);
        let mut fields =
            vec![("response_type", "code"), ("response_mode", "pi.flow"), ("redirect_uri", dev::REDIRECT_URI)];
        fields.extend_from_slice(parameters);
        let flow = self.form(&path, &fields).await;
        assert_eq!(flow.status, 200, "{}", flow.text);
        let check = flow.body["_links"]["usernamePassword.check"]["href"].as_str().unwrap();
        let credentials = serde_json::json!({ "username": dev::USERNAME, "password": dev::PASSWORD });
        let request = self.http.post(check).header("content-type", CHECK).body(credentials.to_string());
        let checked = self.send(request).await;
        assert_eq!(checked.body["status"], "COMPLETED", "{}", checked.text);
        let cookies: Vec<&str> = checked.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap()).collect();
        let cookies: Vec<&str> = cookies.iter().filter_map(|cookie| cookie.split(';').next()).collect();
        let resumed = self.http.get(checked.member("resumeUrl")).header("cookie", cookies.join("; "));
        let resumed = self.send(resumed).await;
        let code = resumed.body["authorizeResponse"]["code"].as_str();
        assert!(code.is_some(), "{}", resumed.text);
        code.unwrap_or_default().to_owned()
    }

    /// A browser with no cookies yet.
    pub fn browser(&self) -> Browser {
        Browser::new(self)
    }

    fn posting(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        self.request(Method::POST, path).header("content-type", FORM).body(form(fields))
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.shutdown.abort();
    }
}

/// `application/x-www-form-urlencoded`.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn serve(app: &Arc<App>, listener: Listener, shutdown: Shutdown) {
    let metrics = Arc::new(Metrics::new());
    let state = Arc::new(Web {
        app: app.clone(),
        metrics: metrics.clone(),
        failures: Failures::new(FailureLimits::default()),
        plain_cookies: true,
        dev: Some(Front {
            version: env!("CARGO_PKG_VERSION"),
            store: app.store.dialect().name().to_owned(),
            values: dev::variables(&app.config.public_url, &app.config.api_url),
        }),
    });
    let ids = app.world.clone();
    let new_id = Arc::new(move || {
        let mut bytes = [0; 16];
        ids.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    });
    let edge = Edge::new(false, new_id, metrics.clone()).recording(state.app.clone());
    let service = edge.layer(web::routes::router(state));
    tokio::spawn(async move { server::serve(vec![listener], service, Limits::default(), shutdown, metrics).await });
}

/// Keys and the password's hash, made once for all servers of the process: what seals them is a constant.
async fn material(app: &Arc<App>) -> &'static Material {
    static MADE: OnceCell<Material> = OnceCell::const_new();
    MADE.get_or_init(|| async { Material::make(app).await.unwrap() }).await
}

const FORM: &str = "application/x-www-form-urlencoded";
const CHECK: &str = "application/vnd.pingidentity.usernamePassword.check+json";
