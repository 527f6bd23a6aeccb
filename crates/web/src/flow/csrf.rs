//! Whether a form comes from our own page in the same browser: its token is a keyed hash of the browser's cookie and of
//! what the form is about, so another site can make none (OWASP CSRF prevention).

use engine::App;
use jose::{b64, digest};

/// The token of the form `purpose` in the browser with this cookie.
pub(crate) fn token(app: &App, purpose: &str, cookie: &str) -> String {
    b64::encode(&digest::hmac_sha256(app.form_key(), format!("form:{purpose}:{cookie}").as_bytes()))
}

/// Compares in constant time.
pub(crate) fn is_token(app: &App, purpose: &str, cookie: &str, came: &str) -> bool {
    digest::eq(token(app, purpose, cookie).as_bytes(), came.as_bytes())
}
