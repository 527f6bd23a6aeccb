//! A server: in this process, or one that runs already.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use hyper::Method;
use serde::Deserialize;

use crate::calls::{Calls, said};
use crate::{Call, Error, Events, World, WorldOptions};

/// A server. Clones are the same one; one that was started here ends with the last clone and the last world of it.
#[derive(Clone)]
pub struct Grantor {
    calls: Calls,
    variables: Arc<BTreeMap<String, String>>,
    life: Life,
}

/// What a server of this process lives by; nothing of one that runs already.
#[cfg(feature = "server")]
pub(crate) type Life = Option<Arc<crate::server::Running>>;
#[cfg(not(feature = "server"))]
pub(crate) type Life = Option<Arc<()>>;

impl Grantor {
    /// Starts a server in this process, on a port that the system chooses. With `GRANTOR_URL` in the environment it is the one there
    /// (`GRANTOR_CONTROL_KEY` is its key).
    pub fn start() -> Call<Self> {
        Call::new(async {
            match variable("GRANTOR_URL") {
                Some(url) => Self::at(&url, variable("GRANTOR_CONTROL_KEY").as_deref()),
                None => Self::own().await,
            }
        })
    }

    /// A server that runs already, by its origin and, where others reach it as well, its control key. Nothing is asked yet.
    ///
    /// # Errors
    /// What is no origin of plain HTTP.
    pub fn at(url: &str, control_key: Option<&str>) -> Result<Self, Error> {
        Ok(Self { calls: Calls::to(url, control_key)?, variables: Arc::default(), life: None })
    }

    #[cfg(feature = "server")]
    async fn own() -> Result<Self, Error> {
        let (running, variables) = crate::server::start().await?;
        let calls = Calls::to(&running.url, None)?;
        Ok(Self { calls, variables: Arc::new(variables), life: Some(Arc::new(running)) })
    }

    #[cfg(not(feature = "server"))]
    async fn own() -> Result<Self, Error> {
        Err(Error::NotStarted("the feature `server` is off, and GRANTOR_URL names no server".into()))
    }

    /// Its origin.
    pub fn url(&self) -> &str {
        &self.calls.url
    }

    /// The documented ids and secrets of the worlds that a server of this process begins with: `envID`, `sharedWebAppID` and others, as
    /// `grantor dev --env-file` writes them.
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// Makes a world with one application and one user. It ends when it is dropped.
    pub fn world(&self) -> Call<World> {
        self.world_with(WorldOptions::new())
    }

    /// Makes a world as it is wanted. It ends when it is dropped.
    pub fn world_with(&self, wanted: WorldOptions) -> Call<World> {
        let (calls, life) = (self.calls.clone(), self.life.clone());
        Call::new(async move {
            let told = calls.clone().ask(Method::POST, "/worlds".into(), said(&wanted)?).await?;
            Ok(World::new(told, calls, life, true))
        })
    }

    /// The controls of an environment that is there, which stays when they are dropped.
    pub fn open(&self, id: &str) -> Call<World> {
        let (calls, life, path) = (self.calls.clone(), self.life.clone(), format!("/worlds/{}", segment(id)));
        Call::new(async move {
            let told = calls.clone().ask(Method::GET, path, None).await?;
            Ok(World::new(told, calls, life, false))
        })
    }

    /// The environments of the server.
    pub fn worlds(&self) -> Call<Vec<Listed>> {
        let calls = self.calls.clone();
        Call::new(async move {
            let told: Worlds = calls.ask(Method::GET, "/worlds".into(), None).await?;
            Ok(told.worlds)
        })
    }

    /// What happens in all worlds once it returns.
    pub fn events(&self) -> Call<Events> {
        let calls = self.calls.clone();
        Call::new(Events::listen(calls))
    }
}

impl fmt::Debug for Grantor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Grantor({})", self.calls.url)
    }
}

/// An environment of the server.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Listed {
    pub id: String,
    pub name: String,
    pub issuer: String,
    pub api_url: String,
    pub discovery: String,
}

#[derive(Deserialize)]
struct Worlds {
    worlds: Vec<Listed>,
}

/// A variable of the environment that says something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A segment of a path (RFC 3986 §3.3), whatever it is.
pub(crate) fn segment(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
