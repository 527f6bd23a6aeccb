//! A server in this process with a world that tests own, and the actors that drive it over HTTP: through a socket, or
//! without one, from the edge inwards.
//!
//! Everything panics instead of returning errors: a failed assumption must fail the test.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a failed assumption must fail the test")]

mod admin;
mod answer;
mod app;
mod badge;
mod browser;
mod contract;
mod database;
mod holder;
mod outside;
pub mod people;
mod request;
mod resource;
mod sandbox;
mod start;
mod wire;
mod world;

pub use admin::{Admin, WORKER};
pub use answer::{Answer, claims, parameters};
pub use app::TestApp;
pub use badge::{Authority, Badge, wanted};
pub use browser::{Browser, Cookies};
pub use database::{Base, Database, each_store, server_address};
pub use holder::Holder;
pub use outside::{Asked, Outside};
pub use people::People;
pub use request::{Request, basic, encode};
pub use resource::resource;
pub use sandbox::{CHALLENGE, SANDBOX, VERIFIER, shared};
pub use start::{API, ORIGIN, Start, World};
pub use world::{FakeWorld, Held};
