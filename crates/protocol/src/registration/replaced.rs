//! What of a client stays and what goes when it replaces its metadata (RFC 7592 §2.2).

use serde_json::{Map, Value};

use super::metadata;
use crate::model::Application;
use crate::model::describe::draw;

/// What no metadata stand for is not the client's to say: what an administrator set of it stays.
pub(super) fn others(before: &Application) -> Map<String, Value> {
    if before.name.is_empty() {
        return Map::new();
    }
    let mut others = draw(before);
    // What is told without having been set is set by nobody now either.
    if before.unused.refresh_token_duration.is_none() {
        others.remove("refreshTokenDuration");
    }
    others.retain(|name, _| !metadata::is_said(name));
    others
}

/// The application without what only metadata say of it: what is left out is taken away, also where the management API keeps what is
/// not said.
pub(super) fn without_members(before: &Application) -> Application {
    Application {
        request_uris: Vec::new(),
        response_modes: Vec::new(),
        authorization_details_types: Vec::new(),
        dpop_bound: false,
        certificate_bound: false,
        tls_client_auth: Box::default(),
        logout: Box::default(),
        ..before.clone()
    }
}
