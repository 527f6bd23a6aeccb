//! An environment, and its controls.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a choice is written where it is asked, and is of no use afterwards"
)]

use std::fmt;

use hyper::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::calls::{Calls, query, said};
use crate::clock::stamp;
use crate::grantor::{Life, segment};
use crate::recorder::{Messages, Requests, recorded};
use crate::{Call, Clock, Error, Expire, Filter, Message, MessageFilter, Mint, Minted, Next, Request};

/// An environment of its own: an issuer, applications, people, a clock. What [`crate::Grantor::world`] made ends when this is dropped.
pub struct World {
    /// The environment's id.
    pub id: String,
    pub issuer: String,
    /// Where its management API is.
    pub api_url: String,
    /// Where its discovery document is.
    pub discovery: String,
    /// It administers this world alone, with a token by client_credentials. Empty for a world that no control made.
    pub worker: Worker,
    pub applications: Vec<Application>,
    pub users: Vec<User>,
    calls: Calls,
    life: Life,
    /// Whether it was made here, and ends with this.
    owned: bool,
}

/// A world as the server tells it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Told {
    id: String,
    issuer: String,
    api_url: String,
    discovery: String,
    #[serde(default)]
    worker: Worker,
    #[serde(default)]
    applications: Vec<Application>,
    #[serde(default)]
    users: Vec<User>,
}

/// An application that administers.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Worker {
    pub client_id: String,
    pub client_secret: String,
}

/// A client.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Application {
    pub name: String,
    pub id: String,
    pub client_id: String,
    /// Empty where it has none.
    #[serde(default)]
    pub client_secret: String,
    #[serde(default)]
    pub redirect_uris: Vec<String>,
}

/// A person.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct User {
    pub id: String,
    pub username: String,
    /// Told as long as it is the one that they were made with; empty otherwise.
    #[serde(default)]
    pub password: String,
}

impl World {
    pub(crate) fn new(told: Told, calls: Calls, life: Life, owned: bool) -> Self {
        let Told { id, issuer, api_url, discovery, worker, applications, users } = told;
        Self { id, issuer, api_url, discovery, worker, applications, users, calls, life, owned }
    }

    /// The first application.
    ///
    /// # Panics
    /// Where a seed made none.
    pub fn application(&self) -> &Application {
        self.applications.first().unwrap_or_else(|| panic!("{self:?} has no application"))
    }

    /// The first user.
    ///
    /// # Panics
    /// Where a seed made none.
    pub fn user(&self) -> &User {
        self.users.first().unwrap_or_else(|| panic!("{self:?} has no user"))
    }

    /// Makes a token without a flow.
    pub fn mint(&self, wanted: Mint) -> Call<Minted> {
        self.call(Method::POST, "/tokens", said(&wanted))
    }

    /// Chooses what the next request of an endpoint is answered with, and gives the id of the choice.
    pub fn next(&self, choice: Next) -> Call<String> {
        self.named(Method::POST, "/next", said(&choice), "id")
    }

    /// Takes back all choices that were not given yet.
    pub fn clear_next(&self) -> Call<()> {
        self.call(Method::DELETE, "/next", Ok(None))
    }

    /// What was asked so far, the oldest first.
    pub fn requests(&self, filter: impl Into<Filter>) -> Call<Vec<Request>> {
        let path = filter.into().path(&self.id, 0);
        let calls = self.calls.clone();
        Call::new(async move {
            let told: Requests = calls.ask(Method::GET, path, None).await?;
            Ok(told.requests)
        })
    }

    /// Waits until there are so many requests; [`Error::Absent`] where they do not come.
    pub fn recorded(&self, filter: impl Into<Filter>) -> Call<Vec<Request>> {
        Call::new(recorded(self.calls.clone(), self.id.clone(), filter.into()))
    }

    /// Forgets what was asked.
    pub fn clear_recorded(&self) -> Call<()> {
        self.call(Method::DELETE, "/requests", Ok(None))
    }

    /// The messages to people, the oldest first.
    pub fn outbox(&self, filter: MessageFilter) -> Call<Vec<Message>> {
        let (calls, path) = (self.calls.clone(), format!("/worlds/{}/outbox{}", self.id, query(&filter.words())));
        Call::new(async move {
            let told: Messages = calls.ask(Method::GET, path, None).await?;
            Ok(told.messages)
        })
    }

    /// Forgets the messages.
    pub fn clear_outbox(&self) -> Call<()> {
        self.call(Method::DELETE, "/outbox", Ok(None))
    }

    /// The clock of the world.
    pub fn clock(&self) -> Clock<'_> {
        Clock::of(self)
    }

    /// Makes a key that signs from now on, and gives its `kid`; the one before stays published.
    pub fn rotate_key(&self) -> Call<String> {
        self.named(Method::POST, "/keys", Ok(Some(json!({}))), "kid")
    }

    /// The same, of this algorithm, such as `ES256`.
    pub fn rotate_key_of(&self, algorithm: &str) -> Call<String> {
        self.named(Method::POST, "/keys", Ok(Some(json!({ "algorithm": algorithm }))), "kid")
    }

    /// Ends codes, tokens, sessions or flows before their time, and gives how many lived.
    pub fn expire(&self, what: impl Into<Expire>) -> Call<u64> {
        self.named(Method::POST, "/expire", said(&what.into()), "expired")
    }

    /// Makes it as it was when it was made; ids and secrets stay.
    pub fn reset(&self) -> Call<()> {
        self.call(Method::POST, "/reset", Ok(None))
    }

    /// Keeps what there is, and gives the id that [`Self::restore`] takes.
    pub fn snapshot(&self) -> Call<String> {
        self.named(Method::POST, "/snapshots", Ok(None), "id")
    }

    /// Makes it as it was at the snapshot.
    pub fn restore(&self, snapshot: &str) -> Call<()> {
        self.call(Method::POST, &format!("/snapshots/{}/restore", segment(snapshot)), Ok(None))
    }

    /// Who signs on without a form.
    pub fn settings(&self) -> Call<Settings> {
        self.call(Method::GET, "/settings", Ok(None))
    }

    /// Changes who signs on without a form, and tells it.
    pub fn set(&self, settings: &Settings) -> Call<Settings> {
        self.call(Method::PUT, "/settings", said(settings))
    }

    /// Ends it before it is dropped.
    pub fn delete(self) -> Call<()> {
        let (mut world, path) = (self, String::new());
        world.owned = false;
        world.call(Method::DELETE, &path, Ok(None))
    }

    pub(crate) fn call<T>(&self, method: Method, path: &str, body: Result<Option<Value>, Error>) -> Call<T>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let (calls, path, life) =
            (self.calls.clone(), format!("/worlds/{}{path}", segment(&self.id)), self.life.clone());
        Call::new(async move {
            let answer = calls.ask(method, path, body?).await;
            drop(life);
            answer
        })
    }

    /// One member of the answer.
    fn named<T>(&self, method: Method, path: &str, body: Result<Option<Value>, Error>, name: &'static str) -> Call<T>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let whole: Call<Value> = self.call(method, path, body);
        Call::new(async move {
            let member = whole.await?[name].take();
            serde_json::from_value(member).map_err(|error| Error::Unreadable(format!("{name}: {error}")))
        })
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if self.owned {
            // The test may have ended the server itself.
            let _ = self.call::<()>(Method::DELETE, "", Ok(None)).wait();
        }
    }
}

// What is secret does not belong into the log of a test.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "World({})", self.issuer)
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Worker({})", self.client_id)
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Application({} {} {} {:?})", self.name, self.id, self.client_id, self.redirect_uris)
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "User({} {})", self.username, self.id)
    }
}

/// Who signs on without a form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// The username of whoever every sign-on is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_sign_on: Option<String>,
    /// Whether a `login_hint` of somebody is enough.
    #[serde(default)]
    pub login_hint_signs_on: bool,
}

/// What is in a world; nothing said, one application and one user.
#[derive(Debug, Clone, Default, Serialize)]
pub struct WorldOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<Value>,
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    clock: serde_json::Map<String, Value>,
}

impl WorldOptions {
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// What is in it, in the shapes of the management API.
    #[must_use]
    pub fn seed(mut self, seed: Value) -> Self {
        self.seed = Some(seed);
        self
    }

    /// What its clock shows at first.
    #[must_use]
    pub fn now(mut self, now: std::time::SystemTime) -> Self {
        self.clock.insert("now".into(), stamp(now).into());
        self
    }

    /// Its clock stands still.
    #[must_use]
    pub fn frozen(mut self) -> Self {
        self.clock.insert("frozen".into(), true.into());
        self
    }

    /// Its clock is so many times as fast as the machine's.
    #[must_use]
    pub fn rate(mut self, rate: f64) -> Self {
        self.clock.insert("rate".into(), rate.into());
        self
    }
}
