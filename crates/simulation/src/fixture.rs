//! What every run begins with: people, the shops that they sign on to, and a service. Made once by the server itself, through its
//! own endpoints, and copied for each run.

use std::sync::{Arc, OnceLock};

use http::Method;
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
        let service = service(&server).await;
        server.app.audit.flush().await;
        Self { database: inline.copied().unwrap(), people, shops, service }
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
