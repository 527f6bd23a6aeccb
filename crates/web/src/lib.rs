//! HTTP: every route, every wire shape, every page.

pub mod health;
pub mod layers;
pub mod metrics;
pub mod page;
pub mod server;
pub mod tls;
