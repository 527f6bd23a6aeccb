//! Environments as files: read, compared with what a management API answers, and made so (ADR 0060).
//!
//! The shapes are those of the API, taken from its own document; objects refer to each other by name, secrets are said by where they are.
//! [`wanted`] reads files, [`found`] reads a server, [`steps`] is what leads from one to the other, [`apply`] does it, and [`export`] writes
//! files of what a server has. The server is behind [`api::Api`]; nothing here opens a connection, and nothing keeps a state between two runs.

pub mod api;
pub mod apply;
mod differ;
pub mod export;
pub mod files;
pub mod found;
pub mod kinds;
mod label;
pub mod names;
pub mod order;
pub mod seed;
pub mod shape;
pub mod show;
pub mod steps;
pub mod table;
mod values;
pub mod wanted;
mod within;
pub mod write;
pub mod yaml;

pub use api::{Answer, Api, Request, Stopped};
pub use kinds::Kind;
pub use wanted::{Fault, Place, Source, Wanted};
