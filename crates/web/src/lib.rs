//! HTTP: every route, every wire shape, every page.
//!
//! Knows the engine and the protocol, never the store. [`routes`] is the table of all there is to call.

pub mod ask;
pub mod dev;
pub mod error;
pub mod flow;
pub mod health;
pub mod layers;
mod mail;
pub mod manage;
pub mod metrics;
pub mod oauth;
pub mod page;
pub mod routes;
pub mod server;
pub mod state;
pub mod tls;

pub use state::{AppState, Web};
