//! A world of a test's own, and what its people and programs do in it.

use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, Request, TestApp};

/// A world as it was told when it was made.
pub(super) struct World<'a> {
    pub(super) server: &'a TestApp,
    pub(super) told: Value,
}

/// Makes a world of nothing but its usual furniture.
pub(super) async fn make(server: &TestApp) -> World<'_> {
    made(server, &json!({})).await
}

/// Makes a world of this body.
pub(super) async fn made<'a>(server: &'a TestApp, body: &Value) -> World<'a> {
    let told = call(server, Method::POST, "/worlds", Some(body)).await.expect(201);
    World { server, told }
}

/// A control, by its path below `/dev/v1`.
pub(super) async fn call(server: &TestApp, method: Method, path: &str, body: Option<&Value>) -> Answer {
    let request = server.request(method, &format!("/dev/v1{path}"));
    server.send(body.iter().fold(request, |request, body| request.json(body))).await
}

impl World<'_> {
    pub(super) fn id(&self) -> &str {
        self.told["id"].as_str().unwrap()
    }

    /// What it is called in the list of all.
    pub(super) async fn name(&self) -> String {
        let listed = call(self.server, Method::GET, "/worlds", None).await.expect(200);
        let own = listed["worlds"].as_array().unwrap().iter().find(|world| world["id"] == self.told["id"]).cloned();
        text(&own.unwrap()["name"])
    }

    /// The path of an endpoint.
    pub(super) fn at(&self, endpoint: &str) -> String {
        format!("/{}/as/{endpoint}", self.id())
    }

    /// A control of this world.
    pub(super) async fn control(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        call(self.server, method, &format!("/worlds/{}{path}", self.id()), body).await
    }

    /// Client id and secret of the first application.
    pub(super) fn client(&self) -> (String, String) {
        let application = &self.told["applications"][0];
        (text(&application["clientId"]), text(&application["clientSecret"]))
    }

    /// Its client asks the token endpoint.
    pub(super) async fn token(&self, fields: &[(&str, &str)]) -> Answer {
        let (id, secret) = self.client();
        self.server.form_basic(&self.at("token"), (&id, &secret), fields).await
    }

    /// A token of the worker.
    pub(super) async fn worker_token(&self) -> String {
        let (id, secret) = (text(&self.told["worker"]["clientId"]), text(&self.told["worker"]["clientSecret"]));
        let fields = [("grant_type", "client_credentials")];
        self.server.form_basic(&self.at("token"), (&id, &secret), &fields).await.text_of("access_token")
    }

    /// The worker calls the management API, below the environment.
    pub(super) async fn manage(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let path = format!("/v1/environments/{}{path}", self.id());
        let request = self.server.request(method, &path).bearer_auth(self.worker_token().await);
        self.server.send(body.iter().fold(request, |request, body| request.json(body))).await
    }

    /// The first user signs on for the first application, and comes back to this address with a code.
    pub(super) async fn sign_on(&self, redirect_uri: &str) -> String {
        let client = self.client().0;
        let fields = [
            ("response_type", "code"),
            ("response_mode", "pi.flow"),
            ("scope", "openid"),
            ("client_id", &client),
            ("redirect_uri", redirect_uri),
        ];
        let flow = self.server.form(&self.at("authorize"), &fields).await.expect(200);
        let browser = self.server.browser();
        let check = flow["_links"]["usernamePassword.check"]["href"].as_str().unwrap();
        let person = &self.told["users"][0];
        let credentials = json!({ "username": person["username"], "password": person["password"] });
        let checked = browser.act(check, "usernamePassword.check", &credentials).await;
        assert_eq!(checked.body["status"], "COMPLETED", "{}", checked.text);
        let resumed = browser.read(checked.member("resumeUrl")).await;
        text(&resumed.body["authorizeResponse"]["code"])
    }

    /// The first user's tokens for the first application.
    pub(super) async fn tokens(&self) -> Value {
        let code = self.sign_on(CALLBACK).await;
        let fields = [("grant_type", "authorization_code"), ("code", &*code), ("redirect_uri", CALLBACK)];
        self.token(&fields).await.expect(200)
    }

    /// The status of `/userinfo` with a token.
    pub(super) async fn userinfo(&self, token: &str) -> u16 {
        self.server.send(Request::get(self.at("userinfo")).bearer_auth(token)).await.status
    }
}

pub(super) fn text(value: &Value) -> String {
    assert!(value.is_string(), "{value}");
    value.as_str().unwrap_or_default().to_owned()
}

/// An address that a program of this machine would have.
pub(super) const CALLBACK: &str = "http://localhost:53421/callback";
