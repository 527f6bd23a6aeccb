//! An administrator at work: the calls of a worker that holds every role in its organization.

use std::fmt::Debug;

use http::Method;
use protocol::id::EnvironmentId;
use serde_json::{Value, json};
use uuid::uuid;

use crate::answer::Answer;
use crate::app::TestApp;
use crate::request::Request;
use crate::start::{Start, World};

/// A server with its first administrators, and the token of their worker.
#[derive(Debug)]
pub struct Admin {
    pub server: TestApp,
    pub token: String,
    /// The worker's environment.
    pub home: String,
    /// The environment under test, made through the API.
    pub env: String,
    pub license: String,
    pub organization: String,
}

impl Admin {
    pub async fn start() -> Self {
        Self::on(TestApp::build()).await
    }

    /// On a server that is not like the others.
    pub async fn on(start: Start) -> Self {
        let server = start.world(World::Empty).start().await;
        let (home, none) = (HOME.to_string(), String::new());
        let mut admin =
            Self { server, token: none.clone(), env: home.clone(), home, license: none.clone(), organization: none };
        admin.renew().await;
        let organizations = admin.get("/organizations").await.expect(200);
        admin.organization = id(&organizations["_embedded"]["organizations"][0]);
        let licenses = admin.get(&format!("/organizations/{}/licenses", admin.organization)).await.expect(200);
        admin.license = id(&licenses["_embedded"]["licenses"][0]);
        admin.env = id(&admin.post("/environments", &admin.environment_body("Test")).await.expect(201));
        admin
    }

    /// Takes a new token, for one that has expired.
    pub async fn renew(&mut self) {
        self.token = self.token_of(&self.home, WORKER, SECRET).await.unwrap();
    }

    pub fn environment_body(&self, name: &str) -> Value {
        json!({ "name": name, "region": "NA", "type": "SANDBOX", "license": { "id": self.license } })
    }

    /// A token by client_credentials and Basic; None where the server refuses.
    pub async fn token_of(&self, environment: &str, client: &str, secret: &str) -> Option<String> {
        let path = format!("/{environment}/as/token");
        let answer = self.server.encoded_basic(&path, (client, secret), "grant_type=client_credentials").await;
        answer.body["access_token"].as_str().map(str::to_owned)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.call("PUT", path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, None).await
    }

    /// A call with the worker's token and, where there is a body, plain JSON.
    pub async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let request = self.request(method, path);
        self.send(body.iter().fold(request, |request, body| request.json(body))).await
    }

    /// A call whose body is of these media types.
    pub async fn typed(&self, method: &str, path: &str, media: &[&str], body: impl AsRef<[u8]>) -> Answer {
        let request = self.request(method, path);
        let request = media.iter().fold(request, |request, media| request.header("content-type", *media));
        self.send(request.body(body)).await
    }

    /// The call of another actor.
    pub async fn with_token(&self, token: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let request = called(method, path).bearer_auth(token).header("content-type", "application/json");
        self.send(request.body(body.map(Value::to_string).unwrap_or_default())).await
    }

    /// The beginning of a call with the worker's token.
    pub fn request<M: TryInto<Method, Error: Debug>>(&self, method: M, path: &str) -> Request {
        called(method, path).bearer_auth(&self.token)
    }

    pub async fn send(&self, request: Request) -> Answer {
        self.server.send(request).await
    }

    /// Lets time pass.
    pub fn wait(&self, seconds: i64) {
        self.server.wait(seconds);
    }

    /// A path in the environment under test.
    pub fn path(&self, below: &str) -> String {
        format!("/environments/{}{below}", self.env)
    }

    /// A user of the environment under test.
    pub async fn user(&self, name: &str) -> Value {
        let body = json!({ "username": name, "email": format!("{name}@example.com") });
        self.post(&self.path("/users"), &body).await.expect(201)
    }

    /// A confidential application that may act in its own name.
    pub async fn service(&self, name: &str, kind: &str) -> (String, String) {
        let body = json!({
            "name": name, "enabled": true, "type": kind, "protocol": "OPENID_CONNECT",
            "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
        });
        let made = self.post(&self.path("/applications"), &body).await.expect(201);
        let id = id(&made);
        let secret = self.get(&self.path(&format!("/applications/{id}/secret"))).await;
        (id, secret.text_of("secret"))
    }
}

/// A call below `/v1`, or at the absolute address of a link.
fn called<M: TryInto<Method, Error: Debug>>(method: M, path: &str) -> Request {
    if path.starts_with("http://") { Request::new(method, path) } else { Request::new(method, format!("/v1{path}")) }
}

fn id(body: &Value) -> String {
    body["id"].as_str().unwrap().to_owned()
}

pub(crate) const HOME: EnvironmentId = EnvironmentId::new(uuid!("0b6f30bb-6c3f-4bd5-a5d3-0d2b3a2f5a11"));
/// The client id of the worker, and its id.
pub const WORKER: &str = "5d0c4a3e-7a39-4d38-9a0a-6f4a4b8a2c77";
pub(crate) const SECRET: &str = "first-administrators-0123456789-ABCDEFGHIJ-_.~-first-administrators";
