//! The developer's server: everything ready, and of documented secrets.

use std::fmt;
use std::sync::Arc;

use engine::bootstrap::{Store, dev as worlds, opens};
use engine::world::Direct;
use engine::{App, Config, Failure, Mount};

/// Why its worlds are not there.
#[derive(Debug)]
pub enum Unmade {
    /// What the database holds is sealed under another key.
    OtherKey,
    /// The database belongs to another server.
    Foreign,
    Failed(Failure),
}

impl From<Failure> for Unmade {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl fmt::Display for Unmade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherKey => f.write_str(
                "the database holds another server's data, or its master key is not the one it was made with: dev wants an empty \
                 database, or its own",
            ),
            Self::Foreign => f.write_str("the database belongs to another server: dev wants an empty one, or its own"),
            Self::Failed(failure) => write!(f, "the dev world could not be made: {:?}", failure.reason()),
        }
    }
}

/// The application with its worlds, on an opened database. What `mounts` names besides may be made afterwards.
pub async fn app(store: Store, public_url: String, mounts: Vec<Mount>, key: &[u8; 32]) -> Result<Arc<App>, Unmade> {
    let mounts = std::iter::once(worlds::mount()).chain(mounts).collect();
    let config = Config { mounts, ..Config::developer(public_url) };
    let app = App::new(store, Arc::new(Direct), config, key);
    if !opens(&app).await? {
        return Err(Unmade::OtherKey);
    }
    if worlds::ensure(&app).await? == worlds::Outcome::Foreign {
        return Err(Unmade::Foreign);
    }
    Ok(app)
}
