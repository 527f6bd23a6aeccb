//! What every run begins with: people, the shops that they sign on to, and a service. Made once by the server itself, through its
//! own endpoints, and copied for each run.

use std::sync::{Arc, OnceLock};

use http::Method;
use jose::{Alg, SigningKey};
use serde_json::{Value, json};
use store::{Inline, Options, Store};
use testkit::{Answer, FakeWorld, Request, SANDBOX, TestApp};
use tokio::time::Instant;

/// The database and what is known of it.
#[derive(Debug)]
pub(crate) struct Fixture {
    pub(crate) database: Inline,
    pub(crate) people: Vec<Person>,
    pub(crate) shops: Vec<Shop>,
    pub(crate) service: Shop,
    /// Authenticates by assertions that it makes with its secret.
    pub(crate) robot: Shop,
    /// Has no secret, and binds what it is given to a key.
    pub(crate) mobile: String,
    /// Registered itself: people are asked about it.
    pub(crate) stranger: String,
    pub(crate) issuer: String,
    pub(crate) holder: SigningKey,
}

#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// An application.
#[derive(Clone, Debug)]
pub(crate) struct Shop {
    pub(crate) id: String,
    pub(crate) secret: String,
    /// Whether a refresh token whose answer was lost may be shown once more.
    pub(crate) grace: bool,
}

impl Fixture {
    pub(crate) fn get() -> &'static Self {
        static FIXTURE: OnceLock<Fixture> = OnceLock::new();
        FIXTURE.get_or_init(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.unwrap().block_on(Self::build())
        })
    }

    async fn build() -> Self {
        let inline = Arc::new(Inline::new().unwrap());
        let store = Store::over(inline.clone(), &Options::default());
        store.migrate(FakeWorld::BEGIN).await.unwrap();
        let world = FakeWorld::simulated(0, Instant::now(), 0);
        let server = TestApp::build().clock(world).over(store).start().await;
        let mut people = Vec::new();
        for name in PEOPLE {
            people.push(person(&server, name).await);
        }
        let shops = vec![shop(&server, "Strict", false).await, shop(&server, "Graceful", true).await];
        let (service, robot) = (service(&server).await, robot(&server).await);
        let (mobile, stranger) = (mobile(&server).await, stranger(&server).await);
        server.app.audit.flush().await;
        let (database, issuer) = (inline.copied().unwrap(), server.url(&format!("/{SANDBOX}/as")));
        let holder = SigningKey::generate(Alg::Es256).unwrap();
        Self { database, people, shops, service, robot, mobile, stranger, issuer, holder }
    }
}

async fn person(server: &TestApp, name: &str) -> Person {
    let body = json!({ "username": name, "email": format!("{name}@example.com") });
    let id = made(server.manage(Method::POST, &at("/users"), Some(&body)).await);
    let set = Request::new(Method::PUT, format!("/v1{}", at(&format!("/users/{id}/password"))))
        .bearer_auth(server.worker_token().await)
        .header("content-type", "application/vnd.pingidentity.password.set+json")
        .body(json!({ "value": password(0), "forceChange": false }).to_string());
    server.send(set).await.expect(200);
    Person { id, name: name.to_owned() }
}

async fn shop(server: &TestApp, name: &str, grace: bool) -> Shop {
    let mut body = json!({
        "name": name, "enabled": true, "type": "WEB_APP", "protocol": "OPENID_CONNECT",
        "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"], "responseTypes": ["CODE"],
        "tokenEndpointAuthMethod": "CLIENT_SECRET_POST", "pkceEnforcement": "OPTIONAL", "redirectUris": [CALLBACK],
    });
    if grace {
        body["refreshTokenRollingGracePeriodDuration"] = json!(60);
    }
    registered(server, &body, grace).await
}

async fn service(server: &TestApp) -> Shop {
    let body = json!({
        "name": "Service", "enabled": true, "type": "WORKER", "protocol": "OPENID_CONNECT",
        "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_POST",
    });
    registered(server, &body, false).await
}

async fn robot(server: &TestApp) -> Shop {
    let body = json!({
        "name": "Robot", "enabled": true, "type": "WORKER", "protocol": "OPENID_CONNECT",
        "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_JWT",
    });
    registered(server, &body, false).await
}

async fn mobile(server: &TestApp) -> String {
    let body = json!({
        "name": "Mobile", "enabled": true, "type": "NATIVE_APP", "protocol": "OPENID_CONNECT",
        "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"], "responseTypes": ["CODE"],
        "tokenEndpointAuthMethod": "NONE", "pkceEnforcement": "S256_REQUIRED", "redirectUris": [CALLBACK],
    });
    made(server.manage(Method::POST, &at("/applications"), Some(&body)).await)
}

/// Of whoever registers themselves, which the environment lets anybody do.
async fn stranger(server: &TestApp) -> String {
    let mut environment = server.manage(Method::GET, &at(""), None).await.expect(200);
    environment["clientRegistration"] = json!("OPEN");
    server.manage(Method::PUT, &at(""), Some(&environment)).await.expect(200);
    let wanted = json!({
        "client_name": "Stranger", "redirect_uris": [STRANGERS], "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
    });
    let registered = server.send(Request::post(server.at("register")).json(&wanted)).await.expect(201);
    registered["client_id"].as_str().unwrap().to_owned()
}

async fn registered(server: &TestApp, body: &Value, grace: bool) -> Shop {
    let id = made(server.manage(Method::POST, &at("/applications"), Some(body)).await);
    let secret = server.manage(Method::GET, &at(&format!("/applications/{id}/secret")), None).await;
    Shop { id, secret: secret.text_of("secret"), grace }
}

fn made(answer: Answer) -> String {
    answer.expect(201)["id"].as_str().unwrap().to_owned()
}

/// A person's password of this number.
pub(crate) fn password(number: usize) -> String {
    format!("Correct-Horse-7-Battery-{number}")
}

/// A path of the management API in the environment of the run.
pub(crate) fn at(below: &str) -> String {
    format!("/environments/{SANDBOX}{below}")
}

const PEOPLE: [&str; 5] = ["ada", "bea", "cyd", "dov", "eve"];
pub(crate) const CALLBACK: &str = "https://shop.example/cb";
pub(crate) const STRANGERS: &str = "https://stranger.example/cb";
