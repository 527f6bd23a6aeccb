//! An administrator at work: a server in memory with one organization, and a worker that holds every role in it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use axum::extract::ConnectInfo;
use engine::bootstrap::{self, Wanted};
use engine::world::{System, World};
use engine::{App, Ask, Config};
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use protocol::ctx::Entropy;
use protocol::id::CorrelationId;
use protocol::time::Time;
use serde_json::{Value, json};
use testkit::Base;
use tower::{Layer as _, ServiceExt as _};
use web::layers::rate::{FailureLimits, Failures};
use web::layers::{AtEdge, Edge};
use web::metrics::Metrics;

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

/// A server and the token of its first worker.
pub(crate) struct Api {
    service: AtEdge<axum::Router>,
    clock: Arc<Clock>,
    pub(crate) app: Arc<App>,
    pub(crate) token: String,
    /// The worker's environment.
    pub(crate) home: String,
    /// The environment under test, made through the API.
    pub(crate) env: String,
    pub(crate) license: String,
    pub(crate) organization: String,
    /// The database beneath, for what no endpoint writes.
    pub(crate) base: Base,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Api {
    pub(crate) async fn start() -> Self {
        let clock = Arc::new(Clock(AtomicI64::new(0)));
        let base = Base::new(clock.now()).await;
        let config = Config {
            public_url: "http://auth.test".into(),
            api_url: "http://api.test".into(),
            mounts: Vec::new(),
            audit_strict: true,
            developer: true,
            activity_days: 30,
            outbound: engine::fetch::Outbound::default(),
        };
        let app = App::new(base.store.clone(), clock.clone(), config, &[7; 32]);
        let ask = Ask { correlation: CorrelationId::new(uuid::Uuid::nil()), source: None };
        let wanted = Wanted { environment: None, client_id: None, client_secret: None };
        let who = bootstrap::first_administrators(&app, wanted).await.unwrap().unwrap();
        let metrics = Arc::new(Metrics::new());
        let state = Arc::new(web::Web {
            app: app.clone(),
            metrics: metrics.clone(),
            failures: Failures::new(FailureLimits::default()),
            plain_cookies: true,
            dev: None,
        });
        let ids = app.clone();
        let new_id = Arc::new(move || ids.ctx(&ask).uuid());
        let service = Edge::new(false, new_id, metrics).layer(web::routes::router(state));
        let home = who.environment.to_string();
        let mut api = Self {
            service,
            clock,
            app,
            token: String::new(),
            env: home.clone(),
            home,
            license: String::new(),
            organization: String::new(),
            base,
        };
        api.token = api.token_of(&api.home, &who.client_id, who.client_secret.expose()).await.unwrap();
        let organizations = api.get("/organizations").await.expect(200);
        api.organization = id(&organizations["_embedded"]["organizations"][0]);
        let licences = api.get(&format!("/organizations/{}/licenses", api.organization)).await.expect(200);
        api.license = id(&licences["_embedded"]["licenses"][0]);
        api.env = id(&api.post("/environments", &api.environment_body("Test")).await.expect(201));
        api
    }

    pub(crate) fn environment_body(&self, name: &str) -> Value {
        json!({ "name": name, "region": "NA", "type": "SANDBOX", "license": { "id": self.license } })
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    /// A token by client_credentials and Basic; None where the server refuses.
    pub(crate) async fn token_of(&self, environment: &str, client: &str, secret: &str) -> Option<String> {
        let basic = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, format!("{client}:{secret}"));
        let request = Request::post(format!("/{environment}/as/token"))
            .header("authorization", format!("Basic {basic}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from("grant_type=client_credentials"))
            .unwrap();
        let answer = self.send(request).await;
        answer.body["access_token"].as_str().map(str::to_owned)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.call("PUT", path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, None).await
    }

    /// A call with the worker's token and, where there is a body, plain JSON.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let media: &[&str] = if body.is_some() { &["application/json"] } else { &[] };
        self.typed(method, path, media, body.map(Value::to_string).unwrap_or_default()).await
    }

    /// A call whose body is of these media types.
    pub(crate) async fn typed(&self, method: &str, path: &str, media: &[&str], body: impl Into<Body>) -> Answer {
        let mut request = self.request(method, path);
        for media in media {
            request = request.header("content-type", *media);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    /// The same worker's calls as another actor.
    pub(crate) async fn with_token(&self, token: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let request =
            Request::builder().method(method).uri(address(path)).header("authorization", format!("Bearer {token}"));
        let request = request.header("content-type", "application/json");
        self.send(request.body(Body::from(body.map(Value::to_string).unwrap_or_default())).unwrap()).await
    }

    /// The beginning of a request with the worker's token.
    pub(crate) fn request(&self, method: &str, path: &str) -> http::request::Builder {
        let authorization = format!("Bearer {}", self.token);
        Request::builder().method(method).uri(address(path)).header("authorization", authorization)
    }

    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        request.headers_mut().insert("host", http::HeaderValue::from_static("api.test"));
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4711))));
        let response = self.service.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, text, body };
        answer.keep_the_form();
        answer
    }

    /// A path in the environment under test.
    pub(crate) fn path(&self, below: &str) -> String {
        format!("/environments/{}{below}", self.env)
    }

    /// A user of the environment under test.
    pub(crate) async fn user(&self, name: &str) -> Value {
        let body = json!({ "username": name, "email": format!("{name}@example.com") });
        self.post(&self.path("/users"), &body).await.expect(201)
    }

    /// A confidential application that may act in its own name.
    pub(crate) async fn service(&self, name: &str, kind: &str) -> (String, String) {
        let body = json!({
            "name": name, "enabled": true, "type": kind, "protocol": "OPENID_CONNECT",
            "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
        });
        let made = self.post(&self.path("/applications"), &body).await.expect(201);
        let id = id(&made);
        let secret = self.get(&self.path(&format!("/applications/{id}/secret"))).await.expect(200);
        (id, secret["secret"].as_str().unwrap().to_owned())
    }
}

impl Answer {
    /// The body of an answer with this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// A refusal: status, code, and code and target of the first detail.
    #[track_caller]
    pub(crate) fn refuses(self, status: u16, code: &str, detail: &str, target: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.body["code"], code, "{}", self.text);
        let first = &self.body["details"][0];
        assert_eq!(first["code"].as_str().unwrap_or_default(), detail, "{}", self.text);
        assert_eq!(first["target"].as_str().unwrap_or_default(), target, "{}", self.text);
        self.body
    }

    /// What every answer of the management API has in common.
    fn keep_the_form(&self) {
        assert!(self.status < 500, "a client's mistake is never this server's: {}", self.text);
        if self.status == 204 {
            assert!(self.text.is_empty());
            return;
        }
        if self.body.is_object() {
            assert_eq!(self.headers["content-type"].to_str().unwrap().split(';').next(), Some("application/json"));
        }
        if self.status >= 400 && self.body.get("error").is_none() {
            assert_eq!(self.body["id"].as_str(), self.headers["correlation-id"].to_str().ok(), "{}", self.text);
            assert!(self.body["message"].as_str().is_some_and(|m| !m.is_empty()));
        }
        assert!(!self.text.contains(":null"), "what is absent is left out: {}", self.text);
    }
}

fn id(body: &Value) -> String {
    body["id"].as_str().unwrap().to_owned()
}

fn address(path: &str) -> String {
    if path.starts_with("http://") { path.replacen("http://api.test", "", 1) } else { format!("/v1{path}") }
}
