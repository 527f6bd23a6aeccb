//! A server in this process with a world that tests own, and the actors that drive it over HTTP.
//!
//! Everything panics instead of returning errors: a failed assumption must fail the test.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a failed assumption must fail the test")]

mod app;
mod browser;
mod database;
mod outside;
mod wire;
mod world;

pub use app::TestApp;
pub use browser::Browser;
pub use database::{Base, Database, each_store};
pub use outside::{Asked, Outside};
pub use wire::Answer;
pub use world::FakeWorld;
