//! The cookies of the sign-on: what they are called, where they are sent, and who may read them. Nothing else sets one.
//!
//! `ST` is the session, `ST-NO-SS` the same for browsers that mistake `SameSite=None` (RFC 6265bis §5.6.7), `FLOW-…`
//! binds the pages of a flow to the browser that began it, `LANGUAGE` is the one that somebody chose on a page. All are limited to the path of the site, so that environments share none.

use engine::Site;
use engine::flow::Visitor;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use protocol::flow::{Flow, SESSION_SECONDS};
use protocol::id::FlowId;

use crate::page::Locale;
use crate::state::Web;

/// The cookies of a request that can be ours, each name with every value that came (RFC 6265 §4.2.2).
#[derive(Clone, Default)]
pub struct Cookies {
    /// Of `ST`, then of `ST-NO-SS`.
    sessions: Vec<String>,
    /// Of `FLOW…`.
    browsers: Vec<String>,
    /// Name and value of the oldest of those, where a browser has gathered too many.
    surplus: Vec<(String, String)>,
}

impl Cookies {
    pub fn read(headers: &HeaderMap) -> Self {
        // RFC 9113 §8.2.3: HTTP/2 may split the field. What others put into it is theirs, in whatever octets.
        let lines = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes);
        let pairs = lines.flat_map(protocol::cookie::pairs).filter(|(_, value)| is_ours(value));
        let (mut sessions, mut without, mut surplus, mut browsers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (name, value) in pairs {
            match name {
                SESSION => add(&mut sessions, value),
                SESSION_NO_SAME_SITE => add(&mut without, value),
                _ if is_browser(name) => {
                    surplus.push((name.to_owned(), value.to_owned()));
                    add(&mut browsers, value);
                }
                _ => {}
            }
        }
        for value in &without {
            add(&mut sessions, value);
        }
        sessions.truncate(MOST_SESSIONS);
        // RFC 6265 §5.4: the oldest come first.
        surplus.truncate(surplus.len().saturating_sub(MOST_BROWSERS));
        Self { sessions, browsers, surplus }
    }

    pub fn visitor(&self) -> Visitor<'_> {
        Visitor { sessions: &self.sessions, browsers: &self.browsers }
    }

    /// Whether none came.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty() && self.browsers.is_empty()
    }

    /// The texts that the sign-off form may be bound to.
    pub fn sessions(&self) -> &[String] {
        &self.sessions
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
///
/// The cookie is named by the flow that it was made for. Two first requests of one browser are answered with two cookies
/// that both stay: under one name the second would take the first one's place, and its page would belong to nobody.
pub fn set_browser(headers: &mut HeaderMap, web: &Web, site: &Site, flow: FlowId, token: &str) {
    let secure = if web.plain_cookies { "" } else { "; Secure" };
    append(headers, &format!("{BROWSER}-{flow}={token}; Path={}{secure}; HttpOnly; SameSite=Lax", site.path));
}

/// Takes back the oldest of too many, but for the one of `flow`, whose page is about to be looked at: a browser whose requests
/// come from other sites, or all at once, begins without a cookie each time.
pub fn clear_surplus(headers: &mut HeaderMap, site: &Site, cookies: &Cookies, flow: &Flow) {
    let kept = cookies.visitor().binding(flow);
    for (name, _) in cookies.surplus.iter().filter(|(_, value)| Some(value.as_str()) != kept) {
        append(headers, &format!("{name}=; Path={}; Max-Age=0", site.path));
    }
}

/// The language that somebody chose on a page.
pub(crate) fn language(headers: &HeaderMap) -> Option<Locale> {
    let lines = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes);
    lines
        .flat_map(protocol::cookie::pairs)
        .find(|(name, _)| *name == LANGUAGE)
        .and_then(|(_, tag)| Locale::from_tag(tag))
}

/// Keeps the language that somebody chose.
pub(crate) fn set_language(headers: &mut HeaderMap, web: &Web, site: &Site, locale: Locale) {
    let (tag, path, secure) = (locale.tag(), &site.path, if web.plain_cookies { "" } else { "; Secure" });
    append(headers, &format!("{LANGUAGE}={tag}; Path={path}; Max-Age={A_YEAR}{secure}; HttpOnly; SameSite=Lax"));
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

/// Keeps each candidate once.
fn add(values: &mut Vec<String>, value: &str) {
    if !values.iter().any(|known| known == value) {
        values.push(value.to_owned());
    }
}

/// `FLOW-…`, and `FLOW` from a server that named all of a browser's alike.
fn is_browser(name: &str) -> bool {
    name.strip_prefix(BROWSER).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// 32 octets in base64url; everything else was not made here.
fn is_ours(value: &str) -> bool {
    value.len() == 43 && value.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_'))
}

const SESSION: &str = "ST";
const SESSION_NO_SAME_SITE: &str = "ST-NO-SS";
const BROWSER: &str = "FLOW";
const LANGUAGE: &str = "LANGUAGE";
const A_YEAR: u32 = 365 * 24 * 60 * 60;
/// Each is looked up, so there is an end to them.
const MOST_SESSIONS: usize = 16;
/// More tabs than a browser restores at once, and no more than fits into a request.
const MOST_BROWSERS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&[u8]]) -> Cookies {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        Cookies::read(&headers)
    }

    #[test]
    fn only_cookies_made_here_are_read() {
        let [a, b] = ["A", "B"].map(|letter| letter.repeat(43));
        let line = |text: String| read(&[text.as_bytes()]);
        assert_eq!(line(format!("ST={a}")).sessions, std::slice::from_ref(&a));
        assert_eq!(read(&[b"a=b", format!("ST-NO-SS={a}").as_bytes()]).sessions, std::slice::from_ref(&a));
        assert!(line("ST=short; FLOW=short; FLOW-x=short; ST".into()).is_empty());
        assert!(line(format!("FLOWER={a}; XST={a}; st={a}")).is_empty());
        assert_eq!(line(format!("FLOW={a}; FLOW-1={b}; FLOW-2={a}")).browsers, [a, b]);
    }

    /// D2: every session that comes under either name is a candidate once, and nothing around it matters.
    #[test]
    fn each_candidate_is_kept_once() {
        let [a, b, c] = ["A", "B", "C"].map(|letter| letter.repeat(43));
        let line = format!("city=Zürich; ST-NO-SS={c}; ST={a}; ST={b}; ST=\"{c}\"; ST={a}; ST-NO-SS={a}; \u{feff}");
        assert_eq!(read(&[line.as_bytes()]).sessions, [a.clone(), b, c]);
        let foreign = [b"\xff\x80=\xfe; ST=".as_slice(), a.as_bytes(), b"; \x80"].concat();
        assert_eq!(read(&[b"\xff", &foreign, b"=\xff"]).sessions, [a]);
    }

    /// D7: who gathers cookies of flows gives the oldest back.
    #[test]
    fn the_oldest_of_too_many_are_surplus() {
        let line = |count: usize| (0..count).map(|n| format!("FLOW-{n}={n:0>43}")).collect::<Vec<_>>().join("; ");
        let surplus = |count| {
            let cookies = read(&[line(count).as_bytes()]);
            cookies.surplus.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(surplus(64), [""; 0]);
        assert_eq!(surplus(66), ["FLOW-0", "FLOW-1"]);
        assert_eq!(read(&[line(66).as_bytes()]).browsers.len(), 66);
    }
}
