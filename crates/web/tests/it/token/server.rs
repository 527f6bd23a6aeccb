//! A server with the two worlds of `grantor dev`, a clock that tests turn, and the requests that its clients send.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use axum::extract::ConnectInfo;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use engine::bootstrap::dev;
use engine::world::{System, World};
use engine::{App, Ask, Config};
use http::request::Builder;
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use protocol::authorize::{AuthorizationRequest, Prompt, ResponseMode};
use protocol::change::{Change, Code};
use protocol::ctx::Entropy;
use protocol::id::{ApplicationId, CorrelationId, EnvironmentId, FamilyId, SessionId, UserId};
use protocol::model::{Application, Session, User};
use protocol::pkce::Challenge;
use protocol::scope::Scope;
use protocol::secret::{Artefact, TokenHash};
use protocol::time::Time;
use serde_json::Value;
use testkit::Base;
use tokio::sync::OnceCell;
use tower::{Layer as _, ServiceExt as _};
use uuid::Uuid;
use web::layers::rate::{FailureLimits, Failures};
use web::layers::{AtEdge, Edge};
use web::metrics::Metrics;

// RFC 7636 App. B
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// Failures that one source may have before it is slowed down.
pub(crate) const GUESSES: u32 = 20;
pub(crate) const CALLBACK: &str = dev::REDIRECT_URI;

struct Clock(AtomicI64);

impl World for Clock {
    fn now(&self) -> Time {
        Time(self.0.load(Ordering::Relaxed))
    }
}

impl Entropy for Clock {
    fn fill(&self, bytes: &mut [u8]) {
        System.fill(bytes);
    }
}

pub(crate) struct Server {
    service: AtEdge<axum::Router>,
    clock: Arc<Clock>,
    pub(crate) app: Arc<App>,
    pub(crate) sandbox: EnvironmentId,
    /// The database beneath, for what no endpoint writes.
    pub(crate) base: Base,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let clock = Arc::new(Clock(AtomicI64::new(Time::from_secs(1_800_000_000).0)));
        let base = Base::new(clock.now()).await;
        let config = Config {
            public_url: "http://auth.test".into(),
            api_url: "http://api.test".into(),
            mounts: vec![dev::mount()],
            audit_strict: false,
            developer: true,
            activity_days: 30,
            outbound: engine::fetch::Outbound::default(),
        };
        let app = App::new(base.store.clone(), clock.clone(), config, &dev::MASTER_KEY);
        let material = MATERIAL.get_or_init(|| async { dev::Material::make(&app).await.unwrap() }).await;
        dev::make(&app, material).await.unwrap();
        let metrics = Arc::new(Metrics::new());
        let state = Arc::new(web::Web {
            app: app.clone(),
            metrics: metrics.clone(),
            failures: Failures::new(FailureLimits { burst: GUESSES, ..FailureLimits::default() }),
            plain_cookies: true,
            dev: None,
        });
        let ids = app.clone();
        let ask = Ask { correlation: CorrelationId::new(Uuid::nil()), source: None };
        let service =
            Edge::new(false, Arc::new(move || ids.ctx(&ask).uuid()), metrics).layer(web::routes::router(state));
        Self { service, clock, app, sandbox: EnvironmentId::new(dev::ENVIRONMENT), base }
    }

    pub(crate) fn now(&self) -> Time {
        self.clock.now()
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    /// The path of an endpoint of the sandbox.
    pub(crate) fn at(&self, endpoint: &str) -> String {
        format!("/{}/as/{endpoint}", self.sandbox)
    }

    /// The path of an endpoint of the administrators' environment.
    pub(crate) fn at_admin(&self, endpoint: &str) -> String {
        let administrators = self.app.site(EnvironmentId::new(dev::ADMIN_ENVIRONMENT));
        format!("{}/as/{endpoint}", administrators.path)
    }

    pub(crate) async fn send(&self, request: Builder, body: &str) -> Answer {
        self.send_from([127, 0, 0, 1].into(), request, body).await
    }

    pub(crate) async fn send_from(&self, source: IpAddr, request: Builder, body: &str) -> Answer {
        let mut request = request.header("host", "auth.test").body(Body::from(body.to_owned())).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((source, 4711))));
        let (parts, body) = self.service.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status: parts.status.as_u16(), headers: parts.headers, text, json }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path), "").await
    }

    pub(crate) async fn form(&self, path: &str, body: &str) -> Answer {
        self.send(form(path), body).await
    }

    /// A form with HTTP Basic.
    pub(crate) async fn basic(&self, path: &str, id: impl std::fmt::Display, secret: &str, body: &str) -> Answer {
        self.send(form(path).header("authorization", basic(id, secret)), body).await
    }

    pub(crate) async fn with_bearer(&self, path: &str, token: &str) -> Answer {
        self.send(Request::get(path).header("authorization", format!("Bearer {token}")), "").await
    }

    /// The administrators' worker asks for its token.
    pub(crate) async fn worker_token(&self) -> String {
        let path = self.at_admin("token");
        let answer =
            self.basic(&path, dev::ADMIN_APPLICATION, dev::ADMIN_SECRET, "grant_type=client_credentials").await;
        answer.text_of("access_token")
    }

    /// A code as the authorization endpoint would give it to the shared web application, spoiled by `change`.
    pub(crate) async fn code(&self, change: impl FnOnce(&mut Code)) -> String {
        let ask = Ask { correlation: CorrelationId::new(Uuid::nil()), source: None };
        let ctx = self.app.ctx(&ask);
        let session = self.session(SessionId::new(ctx.uuid()));
        let text = ctx.token::<32>();
        let mut code = Code {
            environment: self.sandbox,
            hash: TokenHash::of(Artefact::AuthorizationCode, text.expose()),
            family: FamilyId::new(ctx.uuid()),
            user: session.user,
            session: session.id,
            request: self.request(),
            auth_time: session.auth_time,
            acr: session.acr.clone(),
            amr: session.amr.clone(),
            issued_at: ctx.now,
            expires_at: ctx.now.plus(60),
            consumed_at: None,
        };
        change(&mut code);
        let changes = vec![Change::CreateSession(session), Change::IssueCode(Box::new(code))];
        self.base.store.commit(changes).await.unwrap();
        text.expose().to_owned()
    }

    fn session(&self, id: SessionId) -> Session {
        Session {
            id,
            environment: self.sandbox,
            user: UserId::new(dev::USER),
            token: TokenHash::of(Artefact::Session, &id.to_string()),
            auth_time: self.now(),
            acr: "Single_Factor".into(),
            amr: vec!["pwd".into()],
            created_at: self.now(),
            expires_at: self.now().plus(1_000_000),
            ended_at: None,
        }
    }

    fn request(&self) -> AuthorizationRequest {
        AuthorizationRequest {
            application: ApplicationId::new(dev::SHARED_WEB_APPLICATION),
            issuer: self.app.site(self.sandbox).issuer,
            response_mode: ResponseMode::Query,
            redirect_uri: Some(CALLBACK.into()),
            redirect_uri_sent: true,
            scope: Scope::parse("openid profile").unwrap(),
            state: None,
            nonce: Some("n-1".into()),
            prompt: Prompt::default(),
            max_age: None,
            login_hint: None,
            acr: "Single_Factor".into(),
            challenge: Challenge::read(CHALLENGE, Some("S256")).ok(),
            ui_locales: None,
            resource: Vec::new(),
        }
    }

    /// The shared web application exchanges a code.
    pub(crate) async fn exchange(&self, code: &str) -> Answer {
        let body =
            format!("grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}&code_verifier={VERIFIER}");
        self.form(&self.at("token"), &format!("{body}&{}", shared())).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        let body = format!("grant_type=refresh_token&refresh_token={token}&{}", shared());
        self.form(&self.at("token"), &body).await
    }

    /// What the shared web application learns of a token.
    pub(crate) async fn introspect(&self, token: &str) -> Value {
        let answer = self.form(&self.at("introspect"), &format!("token={token}&{}", shared())).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json
    }

    /// Changes an application of the sandbox, as the management API would.
    pub(crate) async fn update(&self, id: Uuid, change: impl FnOnce(&mut Application)) {
        let client = self.app.store.client_of(self.sandbox, ApplicationId::new(id)).await.unwrap().unwrap();
        let mut application = client.application;
        change(&mut application);
        self.base.store.commit(vec![Change::UpdateApplication(Box::new(application))]).await.unwrap();
        self.app.forget(self.sandbox);
    }

    /// Changes the user behind every code, as the management API would.
    pub(crate) async fn update_user(&self, change: impl FnOnce(&mut User)) {
        let mut user = self.app.store.user(self.sandbox, UserId::new(dev::USER)).await.unwrap().unwrap();
        change(&mut user);
        self.base.store.commit(vec![Change::UpdateUser(Box::new(user))]).await.unwrap();
    }
}

impl Answer {
    pub(crate) fn text_of(&self, member: &str) -> String {
        self.json[member].as_str().unwrap_or_else(|| panic!("no {member} in {self:?}")).to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Checks the status and the OAuth error of a refusal, and what every refusal has.
    pub(crate) fn is_refused(&self, status: u16, error: &str) {
        assert_eq!((self.status, self.json["error"].as_str()), (status, Some(error)), "{self:?}");
        assert!(self.header("cache-control").contains("no-store"), "{self:?}");
        assert_eq!(self.headers.contains_key("www-authenticate"), status == 401, "{self:?}");
    }
}

pub(crate) fn form(path: &str) -> Builder {
    Request::post(path).header("content-type", "application/x-www-form-urlencoded")
}

pub(crate) fn basic(id: impl std::fmt::Display, secret: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{id}:{secret}")))
}

/// The credentials of the shared web application, in the body.
pub(crate) fn shared() -> String {
    format!("client_id={}&client_secret={}", dev::SHARED_WEB_APPLICATION, dev::SHARED_WEB_SECRET)
}

/// The claims of a JWT, without looking at its signature.
pub(crate) fn claims(token: &str) -> Value {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

/// Keys and hashes take long in a debug build and are the same for every test.
static MATERIAL: OnceCell<dev::Material> = OnceCell::const_new();
