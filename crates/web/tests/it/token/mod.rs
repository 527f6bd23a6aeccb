//! The endpoints with client authentication, userinfo and the documents, over HTTP and with a real store.

mod absent;
pub(crate) mod assertions;
mod attestations;
mod authentication;
mod browser;
mod certificates;
mod clocks;
mod codes;
pub(crate) mod details;
mod documents;
mod explained;
mod introspection;
mod origins;
mod playground;
mod published;
mod refresh;
pub(crate) mod resources;
mod signed_metadata;
mod signing;
mod stale;
mod step_up;
mod try_resource;
mod userinfo;
mod workloads;
