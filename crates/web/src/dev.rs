//! What only `grantor dev` has: its front page at `/`, "Connect your application", which registers one and says what to put
//! into it, "Try it", which runs the whole code flow through the hosted pages and shows what came back, and the documents.

mod api;
mod connect;
mod controls;
mod documents;
mod front;
mod known;
mod live;
mod markdown;
mod mcp;
mod resource;
mod snippets;
mod tokens;
mod try_it;
mod world;
mod worlds;

pub use controls::recorded;
pub(crate) use controls::{around as controlled, is_open_to};
pub(crate) use live::short;

use axum::Router;
use axum::routing::{get, post};
use protocol::secret::Secret;

use crate::layers::hosts::Hosts;
/// Seeds of files, for whoever starts a server with them.
pub mod seeds {
    pub use super::controls::seed::{kinds, plant};
}

use crate::routes::no_head;
use crate::state::AppState;

/// What the front page shows beside what the store knows.
#[derive(Debug)]
pub struct Front {
    pub version: &'static str,
    /// The store in words.
    pub store: String,
    /// Names and values of the seeded ids and secrets.
    pub values: Vec<(&'static str, String)>,
    /// What the controls ask for; None where only this machine reaches them.
    pub control_key: Option<Secret>,
    /// By what browsers may reach it beside the names of this machine and its own.
    pub hosts: Option<Hosts>,
}

impl Front {
    /// The two requests to paste: one of each world.
    pub fn requests(public_url: &str, values: &[(&'static str, String)]) -> [(&'static str, String); 2] {
        let value = |name: &str| values.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v.as_str());
        let playground = format!(
            "curl '{}/oauth2/token' \\\n  -d grant_type=client_credentials -d client_id=service-client-jwt \\\n  -d client_secret=service-client-jwt-secret \\\n  -d 'scope=country.read customer.read customer.write'",
            value("msIssuer")
        );
        let flow = format!(
            "curl '{public_url}/{}/as/authorize' \\\n  -d response_type=code -d response_mode=pi.flow -d scope=openid \\\n  -d client_id={} \\\n  -d redirect_uri=http://localhost:3000/callback",
            value("envID"),
            value("sharedWebAppID")
        );
        [("A token for a service, in the Spring layout", playground), ("Start a sign-on, in PingOne's layout", flow)]
    }

    fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v)
    }
}

/// The resources to try tokens and clients on, which other servers have where they are told so; `own` where the developer's
/// environments are.
pub fn resource(own: bool) -> Router<AppState> {
    Router::new().route(resource::PATH, get(resource::show).post(resource::show)).merge(mcp::routes(own))
}

/// The routes of the developer's server.
pub fn routes(web: &AppState) -> Router<AppState> {
    Router::new()
        .nest("/dev/v1", controls::routes(web))
        .route("/dev/v1/", axum::routing::any(controls::unknown))
        .merge(world::routes(web))
        .route("/", get(front::show))
        .merge(near(web))
        .merge(documents::routes())
}

/// What registers applications and shows their secrets.
fn near(web: &AppState) -> Router<AppState> {
    Router::new()
        .route("/connect", post(connect::register))
        .route("/connect/{application}", get(connect::show))
        .route("/try", get(try_it::start).merge(no_head("GET")))
        .route(engine::bootstrap::dev::TRY_CALLBACK, get(try_it::finish).merge(no_head("GET")))
        .route_layer(axum::middleware::from_fn_with_state(web.clone(), controls::near))
}
