//! What happens in all worlds, as it happens.

use std::time::Duration;

use engine::controls::outbox::{Means, Message};
use engine::controls::told::Told;
use http::Method;
use protocol::id::EnvironmentId;
use serde_json::{Value, json};
use testkit::TestApp;

use super::world::{World, make};

/// A stream of events, read as it comes.
struct Listener {
    response: reqwest::Response,
    text: String,
}

impl Listener {
    async fn of(server: &TestApp) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self::by(&http, server).await
    }

    async fn by(http: &reqwest::Client, server: &TestApp) -> Self {
        let response = http.get(format!("http://{}/dev/v1/events", server.addr())).send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), response.headers()["content-type"].to_str().unwrap()),
            (200, "text/event-stream")
        );
        let mut listener = Self { response, text: String::new() };
        assert!(listener.block().await.unwrap().starts_with(": "), "it says at once that it listens");
        listener
    }

    /// The next lines up to an empty one; None at the end.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let chunk = tokio::time::timeout(Duration::from_secs(30), self.response.chunk()).await.unwrap().ok()??;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// Name and data of the next event.
    async fn event(&mut self) -> (String, Value) {
        let block = self.block().await.unwrap();
        let (name, data) = block.split_once('\n').unwrap();
        let data = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        (name.strip_prefix("event: ").unwrap().to_owned(), data)
    }
}

fn send(world: &World<'_>) {
    let (app, id) = (&world.server.app, EnvironmentId::parse(world.id()).unwrap());
    let message = Message {
        means: Means::Email,
        to: "ada@example.com".into(),
        subject: None,
        text: "t".into(),
        html: None,
        code: None,
        links: Vec::new(),
    };
    app.controls.as_ref().unwrap().send(id, app.world.now(), message);
}

#[tokio::test]
async fn requests_refusals_messages_and_clocks_of_all_worlds_are_told() {
    let server = TestApp::start().await;
    let (one, other) = (make(&server).await, make(&server).await);
    let mut listener = Listener::of(&server).await;
    one.token(&[("grant_type", "client_credentials")]).await.expect(200);
    let (name, told) = listener.event().await;
    assert_eq!(
        (name.as_str(), told["world"].as_str(), &told["request"]["endpoint"]),
        ("request", Some(one.id()), &json!("token"))
    );
    server.get(&other.at("userinfo")).await.expect(401);
    let (name, told) = listener.event().await;
    assert_eq!((name.as_str(), told["world"].as_str()), ("request", Some(other.id())));
    let (name, refusal) = listener.event().await;
    assert_eq!(
        (name.as_str(), &refusal["reason"], &refusal["id"]),
        ("refusal", &json!("access_token_missing"), &told["request"]["id"])
    );
    send(&other);
    let (name, told) = listener.event().await;
    assert_eq!((name.as_str(), &told["message"]["to"]), ("message", &json!("ada@example.com")));
    one.control(Method::PUT, "/clock", Some(&json!({ "frozen": true }))).await.expect(200);
    let (name, told) = listener.event().await;
    assert_eq!((name.as_str(), told["world"].as_str(), &told["frozen"]), ("clock", Some(one.id()), &json!(true)));
}

/// Who listens to all is told of environments that nobody controlled before; an id that somebody made up is none.
#[tokio::test]
async fn it_is_told_of_environments_that_nobody_controls() {
    let server = TestApp::start().await;
    let mut listener = Listener::of(&server).await;
    server.get("/00000000-0000-4000-8000-000000000000/as/jwks").await.expect(404);
    server.get(&server.at("jwks")).await.expect(200);
    let (_, told) = listener.event().await;
    assert_eq!(told["world"], testkit::SANDBOX.to_string());
}

/// Who does not read misses some and learns how many; nobody else waits for it.
#[tokio::test]
async fn a_slow_reader_is_told_what_it_lost() {
    let server = TestApp::start().await;
    let world = make(&server).await;
    let http = reqwest::Client::builder().no_proxy().http2_prior_knowledge().http2_initial_stream_window_size(1024);
    let mut listener = Listener::by(&http.build().unwrap(), &server).await;
    let controls = server.app.controls.as_ref().unwrap();
    let id = EnvironmentId::parse(world.id()).unwrap();
    for round in 0..8 {
        for _ in 0..1000 {
            controls.events.tell(Told::Clock(id));
        }
        tokio::time::sleep(Duration::from_millis(20 * round)).await;
    }
    let mut lost = 0;
    for _ in 0..8000 {
        let (name, told) = listener.event().await;
        if name == "lost" {
            lost = told["lost"].as_u64().unwrap();
            break;
        }
    }
    assert!(lost > 0);
}

/// It ends when the server does, and not before.
#[tokio::test]
async fn it_ends_with_the_server() {
    let server = TestApp::start().await;
    let mut listener = Listener::of(&server).await;
    server.stop();
    let ended = tokio::time::timeout(Duration::from_secs(5), listener.block()).await.unwrap();
    assert_eq!(ended, None);
}

/// Many may listen, and not any number.
#[tokio::test]
async fn only_so_many_listen() {
    let server = TestApp::start().await;
    let mut listeners = Vec::new();
    for _ in 0..100 {
        listeners.push(Listener::of(&server).await);
    }
    let more = server.get("/dev/v1/events").await;
    assert_eq!(more.status, 409, "{}", more.text);
}
