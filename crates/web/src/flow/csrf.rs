//! Whether a form comes from our own page in the same browser: its token is a keyed hash of the browser's cookie and of
//! what the form is about, so another site can make none (OWASP CSRF prevention).

use engine::App;
use http::HeaderValue;
use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::uri::Authority;
use jose::{b64, digest};
use protocol::refusal::{Reason, Refused};

use crate::state::AppState;

/// The token of the form `purpose` in the browser with this cookie.
pub(crate) fn token(app: &App, purpose: &str, cookie: &str) -> String {
    b64::encode(&digest::hmac_sha256(app.form_key(), format!("form:{purpose}:{cookie}").as_bytes()))
}

/// Compares in constant time.
pub(crate) fn is_token(app: &App, purpose: &str, cookie: &str, came: &str) -> bool {
    digest::eq(token(app, purpose, cookie).as_bytes(), came.as_bytes())
}

/// Decides whether a form may have been sent by a page of this server: by what browsers say of it (Fetch §3.1, Fetch Metadata §2.1).
/// A site below the same domain is another one, although cookies pass between them.
///
/// # Errors
/// 403 for a page of another origin, and for one that has none.
pub(crate) fn of_own_page(web: &AppState, parts: &Parts) -> Result<(), Refused> {
    let headers = &parts.headers;
    let refused = |came| Err(Refused::new(Reason::CsrfTokenInvalid, "a form of this server's own page", came));
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if site.is_some_and(|site| !matches!(site, b"same-origin" | b"none")) {
        return refused("one that another site sent");
    }
    let mut origins = headers.get_all(ORIGIN).iter().map(HeaderValue::as_bytes);
    match (origins.next(), origins.next()) {
        (None, _) => Ok(()),
        (Some(origin), None) if is_own(web, parts, origin) => Ok(()),
        // Of a page that sends no referrer browsers name no origin either, but they say where it was.
        (Some(b"null"), None) if site == Some(b"same-origin".as_slice()) => Ok(()),
        _ => refused("one with another origin"),
    }
}

/// The public address, or the one that the browser itself asked: this machine has several names.
fn is_own(web: &AppState, parts: &Parts, origin: &[u8]) -> bool {
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| parts.uri.authority().map(Authority::as_str));
    let named = std::str::from_utf8(origin).ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    origin == web.app.config.public_url.as_bytes() || (named.is_some() && named == host)
}
