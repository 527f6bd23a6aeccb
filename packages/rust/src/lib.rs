//! An OAuth 2.0 and OpenID Connect server in the process of your tests. Each test has a world of its own: an issuer, an application, a
//! user, a clock.
//!
//! ```
//! use std::time::Duration;
//!
//! use grantor_testkit::{Endpoint, Grantor, Mint};
//!
//! # fn main() -> Result<(), grantor_testkit::Error> {
//! let grantor = Grantor::start().wait()?;
//! let world = grantor.world().wait()?;
//! let token = world.mint(Mint::access().user(&world.user().username).scope("openid")).wait()?;
//! assert_eq!(token.claims["iss"], world.issuer.as_str());
//! world.clock().advance(Duration::from_secs(3600)).wait()?; // every token of the world is an hour older
//! world.next(Endpoint::Token.refuse("secret_wrong")).wait()?;
//! # Ok(())
//! # }
//! ```
//!
//! Every control is a [`Call`]: `.await` it in an asynchronous test, on whichever runtime, or `.wait()` for it in a plain one. It is the
//! server that `grantor dev` starts, over HTTP on a port that the system chooses. With `GRANTOR_URL` a server that runs already is used.

mod call;
mod calls;
mod clock;
mod error;
mod events;
mod expire;
mod grantor;
mod hashed;
mod mint;
mod next;
mod recorder;
#[cfg(feature = "server")]
mod server;
mod world;

pub use call::Call;
pub use clock::{Clock, ClockState};
pub use error::Error;
pub use events::{Event, Events};
pub use expire::{Expire, Expiring};
pub use grantor::{Grantor, Listed};
pub use hashed::hashed;
pub use mint::{Mint, Minted, Wrong};
pub use next::Next;
pub use recorder::{Answer, Endpoint, Filter, Message, MessageFilter, Request};
pub use world::{Application, Settings, User, Worker, World, WorldOptions};
