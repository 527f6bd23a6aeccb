//! What every handler holds.

use std::sync::Arc;

use engine::App;

use crate::layers::rate::Failures;
use crate::metrics::Metrics;

/// The web server's state: the application, and what only HTTP knows.
#[derive(Debug)]
pub struct Web {
    pub app: Arc<App>,
    pub metrics: Arc<Metrics>,
    /// Failed client authentications and sign-ons, by source and account (RFC 6749 §2.3.1: protection against guessing).
    pub failures: Failures,
    /// Cookies may leave out `Secure`: the public address is `http` on localhost or 127.0.0.1.
    pub plain_cookies: bool,
    /// What `grantor dev` shows on its front page; None on every other server.
    pub dev: Option<crate::dev::Front>,
}

/// The state as axum shares it.
pub type AppState = Arc<Web>;

/// Whether cookies of `public_url` have to do without `Secure`: only plain HTTP on this machine may.
pub fn plain_cookies(public_url: &str) -> bool {
    let Some(rest) = public_url.strip_prefix("http://") else { return false };
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    matches!(host, "localhost" | "127.0.0.1")
}
