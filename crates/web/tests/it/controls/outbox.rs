//! The outbox: what was sent to the people of a world. What features send is in `mail`; here the test puts it there.

use std::time::Duration;

use engine::controls::outbox::{Means, Message};
use http::Method;
use protocol::id::EnvironmentId;
use serde_json::{Value, json};
use testkit::{TestApp, each_store};

use super::world::{World, make};

fn message(means: Means, to: &str) -> Message {
    Message {
        means,
        to: to.into(),
        subject: Some("Your code".into()),
        text: "Your code is 123456".into(),
        html: None,
        code: Some("123456".into()),
        links: vec!["https://example.com/x".into()],
    }
}

impl World<'_> {
    fn send(&self, means: Means, to: &str) {
        let app = &self.server.app;
        let id = EnvironmentId::parse(self.id()).unwrap();
        app.controls.as_ref().unwrap().send(id, app.world.now(), message(means, to));
    }

    async fn messages(&self, query: &str) -> Vec<Value> {
        let told = self.control(Method::GET, &format!("/outbox{query}"), None).await.expect(200);
        told["messages"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn messages_are_found_and_waited_for() {
    each_store(|server| async move {
        let (world, other) = (make(&server).await, make(&server).await);
        assert!(world.messages("").await.is_empty());
        world.send(Means::Email, "ada@example.com");
        world.send(Means::Sms, "+41791234567");
        assert_eq!(world.messages("").await.len(), 2);
        assert!(other.messages("").await.is_empty());
        let found = world.messages("?to=Ada@example.com&kind=email").await;
        let at = found[0]["at"].clone();
        assert_eq!(
            found,
            [json!({
                "id": "1", "at": at, "kind": "email", "to": "ada@example.com", "subject": "Your code",
                "text": "Your code is 123456", "code": "123456", "links": ["https://example.com/x"],
            })]
        );
        let later = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            world.send(Means::Push, "device");
        };
        let (found, ()) = tokio::join!(world.messages("?kind=push&waitMs=20000"), later);
        assert_eq!(found.len(), 1);
        for (query, at) in [("?kind=fax", "kind"), ("?waitMs=-1", "waitMs"), ("?from=x", "from")] {
            let told = world.control(Method::GET, &format!("/outbox{query}"), None).await.expect(400);
            assert_eq!(told["at"], at);
        }
        world.control(Method::DELETE, "/outbox", None).await.expect(204);
        assert!(world.messages("").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn it_ends_with_its_world() {
    let server = TestApp::start().await;
    let world = make(&server).await;
    world.send(Means::Email, "ada@example.com");
    world.control(Method::DELETE, "", None).await.expect(204);
    world.control(Method::GET, "/outbox", None).await.expect(404);
}
