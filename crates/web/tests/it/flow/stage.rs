//! A server in memory with one environment, its applications and people, and a browser that keeps cookies.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::ConnectInfo;
use engine::world::{System, World};
use engine::{App, Ask, Config, Layout, Mount};
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use protocol::change::Change;
use protocol::ctx::Entropy;
use protocol::id::{CorrelationId, EnvironmentId, UserId};
use protocol::model::Application;
use protocol::time::Time;
use serde_json::Value;
use testkit::Base;
use tower::{Layer as _, ServiceExt as _};
use web::layers::rate::{FailureLimits, Failures};
use web::layers::{AtEdge, Edge};
use web::metrics::Metrics;

use super::furnish::furnish;

/// The system's world with a clock that tests turn.
struct Clock(AtomicI64);

impl World for Clock {
    fn now(&self) -> Time {
        Time(System.now().0 + self.0.load(Ordering::Relaxed))
    }
}

impl Entropy for Clock {
    fn fill(&self, bytes: &mut [u8]) {
        System.fill(bytes);
    }
}

/// The server. Its people: `ann` may sign on, `bob` must change the password, `carl` is disabled, `dora` has no password,
/// `emil` is another one who may sign on. All passwords are [`PASSWORD`].
pub(crate) struct Stage {
    service: AtEdge<axum::Router>,
    clock: Arc<Clock>,
    pub(crate) app: Arc<App>,
    pub(crate) env: EnvironmentId,
    /// A confidential application with a registered origin.
    pub(crate) client: String,
    /// A public one.
    pub(crate) public: String,
    /// One with a private-use redirection URI and a loopback one.
    pub(crate) native: String,
    pub(crate) ann: UserId,
    /// The database beneath, for what no endpoint writes.
    pub(crate) base: Base,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        Self::with(true, FailureLimits { burst: 10_000, ..FailureLimits::default() }).await
    }

    /// `plain`: over http on this machine, where cookies cannot be `Secure`.
    pub(crate) async fn with(plain: bool, limits: FailureLimits) -> Self {
        let clock = Arc::new(Clock(AtomicI64::new(0)));
        let base = Base::new(clock.now()).await;
        let config = Config {
            public_url: ORIGIN.into(),
            api_url: "http://api.test".into(),
            mounts: vec![Mount { path: MOUNT.into(), layout: Layout::Spring, environment: ENV }],
            audit_strict: true,
            developer: true,
            activity_days: 30,
            outbound: engine::fetch::Outbound::default(),
        };
        let app = App::new(base.store.clone(), clock.clone(), config, &[7; 32]);
        let ask = Ask { correlation: CorrelationId::new(uuid::Uuid::nil()), source: None };
        let (env, [client, public, native], ann) = furnish(&app, &base.store, &app.ctx(&ask), ENV).await;
        let metrics = Arc::new(Metrics::new());
        let state = Arc::new(web::Web {
            app: app.clone(),
            metrics: metrics.clone(),
            failures: Failures::new(limits),
            plain_cookies: plain,
            dev: None,
        });
        let ids = app.clone();
        let new_id = Arc::new(move || ids.ctx(&ask).uuid());
        let service = Edge::new(false, new_id, metrics).layer(web::routes::router(state));
        Self { service, clock, app, env, client, public, native, ann, base }
    }

    /// Another environment in the same server.
    pub(crate) async fn another(&self) -> (EnvironmentId, String) {
        let ask = Ask { correlation: CorrelationId::new(uuid::Uuid::nil()), source: None };
        let ctx = self.app.ctx(&ask);
        let (env, [client, ..], _) = furnish(&self.app, &self.base.store, &ctx, EnvironmentId::new(ctx.uuid())).await;
        (env, client)
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    pub(crate) fn path(&self, below: &str) -> String {
        format!("/{}{below}", self.env)
    }

    /// Changes the confidential application as its owner would.
    pub(crate) async fn change(&self, change: impl FnOnce(&mut Application)) {
        let mut application = self.app.store.client(self.env, &self.client).await.unwrap().unwrap().application;
        change(&mut application);
        self.base.store.commit(vec![Change::UpdateApplication(Box::new(application))]).await.unwrap();
        self.app.forget(self.env);
    }

    /// The authorization request of the confidential application, with `more` at its end.
    pub(crate) fn authorize(&self, more: &str) -> String {
        let client = &self.client;
        self.path(&format!("/as/authorize?client_id={client}&response_type=code&redirect_uri={CALLBACK}&{more}"))
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { stage: self, cookies: Mutex::default() }
    }

    async fn send(&self, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4711))));
        let response = self.service.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        assert_ne!(parts.status, 500, "{text}");
        Answer { status: parts.status.as_u16(), headers: parts.headers, text, body }
    }
}

/// A browser: its cookies, by name. Every path of these tests is in one environment.
pub(crate) struct Browser<'a> {
    stage: &'a Stage,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Browser<'_> {
    /// Opens an address as a person does.
    pub(crate) async fn get(&self, address: &str) -> Answer {
        self.call("GET", address, &[("accept", "text/html")], String::new()).await
    }

    /// Sends a form as a person does.
    pub(crate) async fn post(&self, address: &str, fields: &[(&str, &str)]) -> Answer {
        let headers = [("accept", "text/html"), ("content-type", "application/x-www-form-urlencoded")];
        self.call("POST", address, &headers, encode(fields)).await
    }

    /// Reads an address as a program does.
    pub(crate) async fn read(&self, address: &str) -> Answer {
        self.call("GET", address, &[], String::new()).await
    }

    /// One action of the flow API.
    pub(crate) async fn act(&self, flow: &str, action: &str, body: &Value) -> Answer {
        let media = format!("application/vnd.pingidentity.{action}+json");
        self.call("POST", flow, &[("content-type", &media)], body.to_string()).await
    }

    pub(crate) async fn call(&self, method: &str, address: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let path = address.strip_prefix(ORIGIN).unwrap_or(address);
        let mut request = Request::builder().method(method).uri(path).header("host", "localhost:4711");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let cookies =
            self.cookies.lock().unwrap().iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
        if !cookies.is_empty() {
            request = request.header("cookie", cookies);
        }
        let answer = self.stage.send(request.body(Body::from(body)).unwrap()).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let (value, attributes) = rest.split_once(';').unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            if attributes.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub(crate) fn keep(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    /// Begins a flow that the caller drives, and returns its address.
    pub(crate) async fn begin(&self, more: &str) -> String {
        let begun = self.read(&self.stage.authorize(&format!("response_mode=pi.flow&scope=openid&{more}"))).await;
        begun.expect(200)["_links"]["self"]["href"].as_str().unwrap().to_owned()
    }

    /// Signs `name` on through the flow API.
    pub(crate) async fn sign_on(&self, flow: &str, name: &str) -> Answer {
        let body = serde_json::json!({ "username": name, "password": PASSWORD });
        self.act(flow, "usernamePassword.check", &body).await
    }

    /// Exchanges a code of the confidential application, whose redirection URI was sent.
    pub(crate) async fn exchange(&self, code: &str) -> Answer {
        let client = &self.stage.client;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("client_id", client),
            ("client_secret", SECRET),
        ];
        self.post(&self.stage.path("/as/token"), &fields).await
    }
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Answer {
    /// The body of an answer with this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    #[track_caller]
    pub(crate) fn refuses(self, status: u16, code: &str, detail: &str, target: &str) {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.body["code"], code, "{}", self.text);
        let first = &self.body["details"][0];
        assert_eq!(first["code"].as_str().unwrap_or_default(), detail, "{}", self.text);
        assert_eq!(first["target"].as_str().unwrap_or_default(), target, "{}", self.text);
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Where a redirect of this status leads.
    #[track_caller]
    pub(crate) fn leads(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text);
        self.header("location").unwrap().to_owned()
    }

    /// The hidden value of a form.
    #[track_caller]
    pub(crate) fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let from = self.text.find(&start).unwrap_or_else(|| panic!("{name} in {}", self.text)) + start.len();
        self.text[from..].split('"').next().unwrap().to_owned()
    }
}

/// The parameters of an address's query or fragment.
#[track_caller]
pub(crate) fn parameters(address: &str) -> BTreeMap<String, String> {
    let at = address.find(['?', '#']).unwrap_or_else(|| panic!("no parameters in {address}"));
    url::form_urlencoded::parse(&address.as_bytes()[at + 1..]).into_owned().collect()
}

pub(crate) fn encode(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

const ENV: EnvironmentId = EnvironmentId::new(uuid::Uuid::from_u128(0x4b1d_0000_4000_8000_0000_0000_0001));
pub(crate) const MOUNT: &str = "/ms-auth-server";
pub(crate) const ORIGIN: &str = "http://localhost:4711";
pub(crate) const CALLBACK: &str = "https://app.example/cb";
pub(crate) const GOODBYE: &str = "https://app.example/bye";
pub(crate) const PASSWORD: &str = "Correct-horse-1";
pub(crate) const SECRET: &str = "0123456789abcdefghijABCDEFGHIJ-_.~0123456789abcdefghijABCDEFGHIJ";
