//! What other systems export, as what the management API takes.
//!
//! Each format is read into objects that are [`Wanted`], people who are wanted ([`Person`]), and what is [`Left`] out with the reason. Nothing is
//! asked of a database or a network here, and nothing of a secret or a password is told.

pub mod auth0;
pub mod keycloak;
mod left;
pub mod pingone;
pub mod stream;
mod text;
mod wanted;

pub use left::{Entry, Left};
pub use wanted::{KEY, Kept, Person, Same, Wanted};
