//! The cookies of the sign-on: what they are called, where they are sent, and who may read them. Nothing else sets one.
//!
//! `ST` is the session, `ST-NO-SS` the same for browsers that mistake `SameSite=None` (RFC 6265bis §5.6.7), `FLOW` binds
//! the pages of a flow to the browser that began it. All are limited to the path of the site, so that environments share none.

use engine::Site;
use engine::flow::Visitor;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use protocol::flow::SESSION_SECONDS;

use crate::state::Web;

/// The cookies of a request, as far as they can be ours.
#[derive(Clone, Default)]
pub struct Cookies {
    session: Option<String>,
    browser: Option<String>,
}

impl Cookies {
    pub fn read(headers: &HeaderMap) -> Self {
        // RFC 9113 §8.2.3: HTTP/2 may split the field.
        let lines: Vec<&str> = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok()).collect();
        let header = lines.join("; ");
        let named = |name| protocol::cookie::cookie(&header, name).filter(|value| is_ours(value)).map(str::to_owned);
        Self { session: named(SESSION).or_else(|| named(SESSION_NO_SAME_SITE)), browser: named(BROWSER) }
    }

    pub fn visitor(&self) -> Visitor<'_> {
        Visitor { session: self.session.as_deref(), browser: self.browser.as_deref() }
    }

    /// The text that a form of a flow is bound to.
    pub fn browser(&self) -> Option<&str> {
        self.browser.as_deref()
    }

    /// The text that the sign-off form is bound to.
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }
}

impl std::fmt::Debug for Cookies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cookies(…)")
    }
}

/// Gives the browser its session.
pub fn set_session(headers: &mut HeaderMap, web: &Web, site: &Site, token: &str) {
    session_cookies(headers, web, site, token, SESSION_SECONDS);
}

/// Takes the session from the browser.
pub fn clear_session(headers: &mut HeaderMap, web: &Web, site: &Site) {
    session_cookies(headers, web, site, "", 0);
}

/// Binds the pages of flows to the browser, for as long as it stays open.
pub fn set_browser(headers: &mut HeaderMap, web: &Web, site: &Site, token: &str) {
    let secure = if web.plain_cookies { "" } else { "; Secure" };
    append(headers, &format!("{BROWSER}={token}; Path={}{secure}; HttpOnly; SameSite=Lax", site.path));
}

fn session_cookies(headers: &mut HeaderMap, web: &Web, site: &Site, token: &str, seconds: i64) {
    let path = &site.path;
    // SameSite=None needs Secure, which plain HTTP on this machine cannot have.
    let (secure, same_site) = if web.plain_cookies { ("", "Lax") } else { ("; Secure", "None") };
    let common = format!("Path={path}; Max-Age={seconds}{secure}; HttpOnly");
    append(headers, &format!("{SESSION}={token}; {common}; SameSite={same_site}"));
    append(headers, &format!("{SESSION_NO_SAME_SITE}={token}; {common}"));
}

fn append(headers: &mut HeaderMap, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        headers.append(SET_COOKIE, value);
    }
}

/// 32 octets in base64url; everything else was not made here.
fn is_ours(value: &str) -> bool {
    value.len() == 43 && value.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_'))
}

const SESSION: &str = "ST";
const SESSION_NO_SAME_SITE: &str = "ST-NO-SS";
const BROWSER: &str = "FLOW";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_cookies_made_here_are_read() {
        let token = "A".repeat(43);
        let read = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(COOKIE, HeaderValue::from_str(line).unwrap_or(HeaderValue::from_static("")));
            }
            Cookies::read(&headers)
        };
        assert_eq!(read(&[&format!("ST={token}")]).session(), Some(token.as_str()));
        assert_eq!(read(&["a=b", &format!("ST-NO-SS={token}")]).session(), Some(token.as_str()));
        assert_eq!(read(&[&format!("ST={token}; ST={token}")]).session(), None);
        assert_eq!(read(&["ST=short"]).session(), None);
        assert_eq!(read(&[&format!("FLOW={token}")]).browser(), Some(token.as_str()));
    }
}
