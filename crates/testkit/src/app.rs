//! The server under test.

use std::net::SocketAddr;
use std::sync::Arc;

use engine::world::World as _;
use engine::{App, Ask};
use http::Method;
use protocol::change::Change;
use protocol::ctx::Ctx;
use protocol::id::CorrelationId;
use protocol::time::Time;
use serde_json::Value;
use uuid::Uuid;
use web::server::Shutdown;

use crate::answer::Answer;
use crate::browser::Browser;
use crate::database::{Base, Database};
use crate::request::{Request, basic, encode};
use crate::start::Start;
use crate::wire::{self, Wire};
use crate::world::FakeWorld;

/// A server with one of the worlds of [`World`](crate::World). It ends when it is dropped.
#[derive(Debug)]
pub struct TestApp {
    pub app: Arc<App>,
    pub world: Arc<FakeWorld>,
    /// The database beneath, for what no endpoint writes.
    pub base: Base,
    pub(crate) wire: Wire,
    pub(crate) socket: Option<Socket>,
}

/// A listener that ends with the server.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: Shutdown,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.shutdown.abort();
    }
}

impl TestApp {
    /// The worlds of `grantor dev` behind a socket, on the database of this run.
    pub async fn start() -> Self {
        Self::build().socket().start().await
    }

    /// The same on the given database.
    pub async fn on(database: Database) -> Self {
        Self::build().socket().database(database).start().await
    }

    /// The worlds of `grantor dev` in this process, without a socket.
    pub async fn inside() -> Self {
        Self::build().start().await
    }

    /// A server that is not like the others.
    pub fn build() -> Start {
        Start::default()
    }

    /// The socket, for bytes that no client would send.
    pub fn addr(&self) -> SocketAddr {
        self.socket.as_ref().map(|socket| socket.address).unwrap()
    }

    /// Ends the server in order: what is under way ends first.
    pub fn stop(&self) {
        self.socket.iter().for_each(|socket| socket.shutdown.stop());
    }

    /// Sends bytes as they are and reads until the server closes.
    pub async fn raw(&self, bytes: &[u8]) -> String {
        wire::raw(self.addr(), bytes).await
    }

    /// The absolute address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.wire.origin)
    }

    /// Lets time pass.
    pub fn wait(&self, seconds: i64) {
        self.world.advance(seconds);
    }

    /// The time in the server's world.
    pub fn now(&self) -> Time {
        self.world.now()
    }

    /// A request that is not sent yet.
    pub fn request(&self, method: Method, path: &str) -> Request {
        Request::new(method, path)
    }

    /// Sends `request`, lets `other` happen while it is held at its first draw of so many bytes, and lets it go on. The test
    /// needs a runtime with several threads.
    pub async fn between<T>(
        &self,
        length: usize,
        request: impl Future<Output = T>,
        other: impl Future<Output = ()>,
    ) -> T {
        let held = self.world.hold(length);
        let other = async {
            let held = tokio::task::spawn_blocking(move || {
                held.reached();
                held
            });
            let held = held.await.unwrap();
            other.await;
            held.go_on();
        };
        tokio::join!(request, other).0
    }

    /// Sends a request and reads its answer.
    pub async fn send(&self, request: Request) -> Answer {
        let (method, target) = (request.method.clone(), request.target.clone());
        let answer = self.wire.send(request).await;
        crate::contract::hold(&method, &target, &answer);
        answer
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path)).await
    }

    /// Reads with a token (RFC 6750 §2.1).
    pub async fn get_with(&self, path: &str, token: &str) -> Answer {
        self.send(Request::get(path).bearer_auth(token)).await
    }

    /// Posts a form.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.encoded(path, &encode(fields)).await
    }

    /// Posts a form with HTTP Basic (RFC 6749 §2.3.1).
    pub async fn form_basic(&self, path: &str, client: (&str, &str), fields: &[(&str, &str)]) -> Answer {
        self.encoded_basic(path, client, &encode(fields)).await
    }

    /// Posts a form that the test wrote itself.
    pub async fn encoded(&self, path: &str, body: &str) -> Answer {
        self.send(Request::form(path).body(body)).await
    }

    /// The same with HTTP Basic.
    pub async fn encoded_basic(&self, path: &str, client: (impl std::fmt::Display, &str), body: &str) -> Answer {
        self.send(Request::form(path).header("authorization", basic(client.0, client.1)).body(body)).await
    }

    /// A management call as the administrators' worker of `grantor dev`.
    pub async fn manage(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let request = self.request(method, &format!("/v1{path}")).bearer_auth(self.worker_token().await);
        self.send(body.iter().fold(request, |request, body| request.json(body))).await
    }

    /// A browser with no cookies yet.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.wire)
    }

    /// What a request would be decided with now.
    pub(crate) fn ctx(&self) -> Ctx<'_> {
        self.app.ctx(&Ask { correlation: CorrelationId::new(Uuid::nil()), source: None })
    }

    /// Writes what only another version of this server would; false on SQLite in memory, where no other can.
    pub async fn as_another_version(&self, sql: &str) -> bool {
        self.base.as_another_version(sql).await
    }

    /// Furnishes the world past every endpoint: only for what no endpoint makes, or would take long to make.
    pub async fn furnish(&self, changes: Vec<Change>) {
        self.base.store.commit(changes).await.unwrap();
    }
}
