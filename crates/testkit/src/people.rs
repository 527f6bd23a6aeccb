//! People and the applications that they sign on to.

mod furnish;

use engine::{Layout, Mount};
use protocol::id::{ApplicationId, EnvironmentId, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::app::TestApp;
use crate::browser::Browser;
use crate::start::{Start, World};

pub(crate) use furnish::make;

/// A server with one environment, its applications and people: `ann` may sign on, `bob` must change the password, `carl`
/// is disabled, `dora` has no password, `emil` is another one who may sign on. All passwords are [`PASSWORD`].
#[derive(Debug)]
pub struct People {
    pub server: TestApp,
    pub env: EnvironmentId,
    /// A confidential application with a registered origin.
    pub client: String,
    /// A public one.
    pub public: String,
    /// One with a private-use redirection URI and a loopback one.
    pub native: String,
    pub ann: UserId,
}

/// An environment and what a test knows of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ids {
    env: EnvironmentId,
    /// The confidential, the public and the native one.
    applications: [ApplicationId; 3],
    ann: UserId,
}

impl People {
    pub async fn start() -> Self {
        Self::on(TestApp::build()).await
    }

    /// On a server that is not like the others.
    pub async fn on(start: Start) -> Self {
        let server = start.world(World::People).start().await;
        let [client, public, native] = FIRST.applications.map(|id| id.to_string());
        Self { server, env: FIRST.env, client, public, native, ann: FIRST.ann }
    }

    /// Another environment in the same server, and its confidential application.
    pub async fn another(&self) -> (EnvironmentId, String) {
        let ctx = self.server.ctx();
        let ids = Ids {
            env: EnvironmentId::new(ctx.uuid()),
            applications: [(); 3].map(|()| ApplicationId::new(ctx.uuid())),
            ann: UserId::new(ctx.uuid()),
        };
        furnish::furnish(&self.server.app, &self.server.base, ids).await;
        (ids.env, ids.applications[0].to_string())
    }

    /// Lets time pass.
    pub fn wait(&self, seconds: i64) {
        self.server.wait(seconds);
    }

    pub fn path(&self, below: &str) -> String {
        format!("/{}{below}", self.env)
    }

    /// An administrator changes members of the confidential application.
    pub async fn change(&self, members: Value) {
        self.change_of(&self.client, members).await;
    }

    /// An administrator changes members of one of the applications.
    pub async fn change_of(&self, application: &str, members: Value) {
        self.server.change_in(self.env, application, members).await;
    }

    /// The authorization request of the confidential application, with `more` at its end.
    pub fn authorize(&self, more: &str) -> String {
        let client = &self.client;
        self.path(&format!("/as/authorize?client_id={client}&response_type=code&redirect_uri={CALLBACK}&{more}"))
    }

    pub fn browser(&self) -> Browser {
        self.server.browser()
    }

    /// Begins a flow that the caller drives, and returns its address.
    pub async fn begin(&self, browser: &Browser, more: &str) -> String {
        let begun = browser.read(&self.authorize(&format!("response_mode=pi.flow&scope=openid&{more}"))).await;
        begun.expect(200)["_links"]["self"]["href"].as_str().unwrap().to_owned()
    }

    /// Signs `name` on through the flow API.
    pub async fn sign_on(&self, browser: &Browser, flow: &str, name: &str) -> Answer {
        let body = json!({ "username": name, "password": PASSWORD });
        browser.act(flow, "usernamePassword.check", &body).await
    }

    /// Exchanges a code of the confidential application, whose redirection URI was sent.
    pub async fn exchange(&self, code: &str) -> Answer {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("client_id", &self.client),
            ("client_secret", SECRET),
        ];
        self.server.form(&self.path("/as/token"), &fields).await
    }
}

pub(crate) fn mount() -> Mount {
    Mount { path: MOUNT.into(), layout: Layout::Spring, environment: FIRST.env }
}

const fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(0x4b1d_0000_4000_8000_0000_0000_0000 + number)
}

const FIRST: Ids = Ids {
    env: EnvironmentId::new(uuid(1)),
    applications: [ApplicationId::new(uuid(2)), ApplicationId::new(uuid(3)), ApplicationId::new(uuid(4))],
    ann: UserId::new(uuid(5)),
};

/// Where the environment is mounted as well, in Spring's layout.
pub const MOUNT: &str = "/ms-auth-server";
pub const CALLBACK: &str = "https://app.example/cb";
pub const GOODBYE: &str = "https://app.example/bye";
pub const PASSWORD: &str = "Correct-horse-1";
pub const SECRET: &str = "0123456789abcdefghijABCDEFGHIJ-_.~0123456789abcdefghijABCDEFGHIJ";
