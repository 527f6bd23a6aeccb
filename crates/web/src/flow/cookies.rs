//! The cookies of the sign-on: what they are called, where they are sent, and who may read them. Nothing else sets one.
//!
//! `ST` is the session, `ST-NO-SS` the same for browsers that mistake `SameSite=None` (RFC 6265bis §5.6.7), `FLOW-…`
//! binds the pages of a flow to the browser that began it, `DEVICE` says who signed on in it before, `LANGUAGE` is the one that
//! somebody chose on a page. `STATE` tells the script of a frame which session there is (Session Management §3.3): it alone is for
//! scripts, and opens nothing. Environments share none: over plain HTTP on this machine each is limited to
//! the path of its site; over https its name is that of the host alone, `__Host-…`, and names the site, for then no other host below
//! the same domain can put one of its own in its place (RFC 6265bis §4.1.3.2).

use engine::Site;
use engine::flow::{Acted, DEVICE_SECONDS, Visitor};
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use protocol::flow::{Flow, SESSION_SECONDS};
use protocol::id::FlowId;

use crate::page::Locale;
use crate::state::Web;

/// What the cookies of a site are called, and how they are kept.
#[derive(Clone, Debug)]
pub struct Names {
    session: String,
    session_no_same_site: String,
    browser: String,
    device: String,
    state: String,
    /// Where they are sent.
    path: String,
    plain: bool,
}

impl Names {
    /// Of a site below `path`. `plain`: the public address is plain HTTP on this machine.
    pub fn of(path: &str, plain: bool) -> Self {
        if plain {
            let [session, session_no_same_site, browser, device, state] =
                [SESSION, SESSION_NO_SAME_SITE, BROWSER, DEVICE, STATE].map(str::to_owned);
            return Self { session, session_no_same_site, browser, device, state, path: path.to_owned(), plain };
        }
        // A slash is in no name (RFC 6265 §4.1.1), and a tilde in no path of a site.
        let site = path.replace('/', "~");
        Self {
            session: format!("{HOST}{SESSION}{site}"),
            session_no_same_site: format!("{HOST}{SESSION_NO_SAME_SITE}{site}"),
            // Named by a flow, which is of one site.
            browser: format!("{HOST}{BROWSER}"),
            device: format!("{HOST}{DEVICE}{site}"),
            state: format!("{HOST}{STATE}{site}"),
            path: "/".to_owned(),
            plain,
        }
    }

    /// What the script of the frame looks for.
    pub fn state(&self) -> &str {
        &self.state
    }

    fn attributes(&self) -> String {
        format!("Path={}{}; HttpOnly", self.path, self.secure())
    }

    /// Of what lives for so many seconds.
    fn lasting(&self, seconds: i64) -> String {
        format!("Path={}; Max-Age={seconds}{}; HttpOnly", self.path, self.secure())
    }

    /// Of what pages of other sites need, which may drive a flow. `None` needs `Secure`, which plain HTTP on this machine cannot have.
    fn same_site(&self) -> &'static str {
        if self.plain { "Lax" } else { "None" }
    }

    fn secure(&self) -> &'static str {
        if self.plain { "" } else { "; Secure" }
    }

    /// `FLOW-…`, and `FLOW` from a server that named all of a browser's alike.
    fn is_browser(&self, name: &str) -> bool {
        let rest = name.strip_prefix(&self.browser);
        rest.is_some_and(|rest| rest.starts_with('-') || (self.plain && rest.is_empty()))
    }
}

impl Web {
    /// What the cookies of `site` are called here.
    pub fn cookies(&self, site: &Site) -> Names {
        Names::of(&site.path, self.plain_cookies)
    }
}

/// The cookies of a request that can be ours, each name with every value that came (RFC 6265 §4.2.2).
#[derive(Clone, Default)]
pub struct Cookies {
    /// Of `ST`, then of `ST-NO-SS`.
    sessions: Vec<String>,
    /// Of `FLOW…`.
    browsers: Vec<String>,
    /// Name and value of the oldest of those, where a browser has gathered too many.
    surplus: Vec<(String, String)>,
    device: Option<String>,
    /// Whether the browser was told of a session that frames watch.
    watched: bool,
}

impl Cookies {
    pub fn read(headers: &HeaderMap, names: &Names) -> Self {
        // RFC 9113 §8.2.3: HTTP/2 may split the field. What others put into it is theirs, in whatever octets.
        let lines = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes);
        let (mut device, mut watched) = (None, false);
        let pairs = lines.flat_map(protocol::cookie::pairs).filter(|(name, value)| {
            if *name == names.device && value.len() <= LONGEST_DEVICE {
                device = Some((*value).to_owned());
            }
            watched |= *name == names.state;
            is_ours(value)
        });
        let (mut sessions, mut without, mut surplus, mut browsers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (name, value) in pairs {
            match name {
                _ if name == names.session => add(&mut sessions, value),
                _ if name == names.session_no_same_site => add(&mut without, value),
                _ if names.is_browser(name) => {
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
        Self { sessions, browsers, surplus, device, watched }
    }

    pub fn visitor(&self) -> Visitor<'_> {
        Visitor { sessions: &self.sessions, browsers: &self.browsers }
    }

    /// Whether none came.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty() && self.browsers.is_empty()
    }

    /// What the browser says of who signed on in it before.
    pub fn device(&self) -> Option<&str> {
        self.device.as_deref()
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

/// Gives the browser its session where the step opened one, and remembers for whom. What frames knew of another is over at once.
pub fn signed_on(headers: &mut HeaderMap, names: &Names, cookies: &Cookies, acted: &Acted) {
    let Some(opened) = &acted.opened else { return };
    set_session(headers, names, opened.token.expose());
    clear_state(headers, names, cookies);
    if let Some(device) = &acted.device {
        let common = names.lasting(DEVICE_SECONDS);
        append(headers, &format!("{}={device}; {common}; SameSite={}", names.device, names.same_site()));
    }
}

/// Gives the browser a session under its token.
pub fn set_session(headers: &mut HeaderMap, names: &Names, token: &str) {
    session_cookies(headers, names, token, SESSION_SECONDS);
}

/// Takes the session from the browser, and what frames know of it.
pub fn clear_session(headers: &mut HeaderMap, names: &Names, cookies: &Cookies) {
    session_cookies(headers, names, "", 0);
    clear_state(headers, names, cookies);
}

/// Tells the script of the frame which session the browser has, where an application was told of it.
pub fn set_state(headers: &mut HeaderMap, names: &Names, state: Option<&str>) {
    if let Some(state) = state {
        state_cookie(headers, names, state, SESSION_SECONDS);
    }
}

fn clear_state(headers: &mut HeaderMap, names: &Names, cookies: &Cookies) {
    if cookies.watched {
        state_cookie(headers, names, "", 0);
    }
}

/// Frames are parts of pages of other sites.
fn state_cookie(headers: &mut HeaderMap, names: &Names, state: &str, seconds: i64) {
    let (name, path, secure, same_site) = (&names.state, &names.path, names.secure(), names.same_site());
    append(headers, &format!("{name}={state}; Path={path}; Max-Age={seconds}{secure}; SameSite={same_site}"));
}

/// Binds the pages of a flow to the browser, for as long as it stays open. The cookie is named by the flow, so that no answer takes
/// the place of what another just set.
pub fn set_browser(headers: &mut HeaderMap, names: &Names, flow: FlowId, token: &str) {
    append(headers, &format!("{}-{flow}={token}; {}; SameSite=Lax", names.browser, names.attributes()));
}

/// Takes back the oldest of too many, but for the one of `flow`, whose page is about to be looked at.
pub fn clear_surplus(headers: &mut HeaderMap, names: &Names, cookies: &Cookies, flow: &Flow) {
    let kept = cookies.visitor().binding(flow);
    let secure = names.secure();
    for (name, _) in cookies.surplus.iter().filter(|(_, value)| Some(value.as_str()) != kept) {
        append(headers, &format!("{name}=; Path={}; Max-Age=0{secure}", names.path));
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

fn session_cookies(headers: &mut HeaderMap, names: &Names, token: &str, seconds: i64) {
    let Names { session, session_no_same_site, .. } = names;
    let common = names.lasting(seconds);
    append(headers, &format!("{session}={token}; {common}; SameSite={}", names.same_site()));
    append(headers, &format!("{session_no_same_site}={token}; {common}"));
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

/// 32 octets in base64url; everything else was not made here.
fn is_ours(value: &str) -> bool {
    value.len() == 43 && value.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_'))
}

/// RFC 6265bis §4.1.3.2: `Secure`, for this host alone and for all of its paths, or no browser keeps it.
const HOST: &str = "__Host-";
const SESSION: &str = "ST";
const SESSION_NO_SAME_SITE: &str = "ST-NO-SS";
const BROWSER: &str = "FLOW";
const LANGUAGE: &str = "LANGUAGE";
const A_YEAR: u32 = 365 * 24 * 60 * 60;
/// Each is looked up, so there is an end to them.
const MOST_SESSIONS: usize = 16;
/// More tabs than a browser restores at once, and no more than fits into a request.
const MOST_BROWSERS: usize = 64;
const DEVICE: &str = "DEVICE";
const STATE: &str = "STATE";
/// Of the few people who share one.
const LONGEST_DEVICE: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&[u8]]) -> Cookies {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        Cookies::read(&headers, &Names::of("/env", true))
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

    /// F16: over https only names are read that no other host can give a cookie, and of no other site of this one.
    #[test]
    fn over_https_nobody_else_sets_what_is_read() {
        let [a, b] = ["A", "B"].map(|letter| letter.repeat(43));
        let names = Names::of("/env/x", false);
        let read = |line: String| {
            let mut headers = HeaderMap::new();
            headers.append(COOKIE, HeaderValue::from_str(&line).unwrap());
            Cookies::read(&headers, &names)
        };
        for foreign in [
            "ST",
            "ST-NO-SS",
            "FLOW",
            "FLOW-1",
            "__Secure-ST",
            "__Host-ST",
            "__Host-ST~env",
            "__Host-ST~env~y",
            "__Host-FLOW",
        ] {
            assert!(read(format!("{foreign}={a}")).is_empty(), "{foreign}");
        }
        let own = read(format!("__Host-FLOW-1={b}; __Host-ST-NO-SS~env~x={a}"));
        assert_eq!((own.sessions, own.browsers), (vec![a.clone()], vec![b.clone()]));
        let mut headers = HeaderMap::new();
        session_cookies(&mut headers, &names, &a, SESSION_SECONDS);
        set_browser(&mut headers, &names, FlowId::default(), &b);
        clear_session(&mut headers, &names, &Cookies { watched: true, ..Cookies::default() });
        for line in headers.get_all(SET_COOKIE) {
            let line = line.to_str().unwrap();
            assert!(
                line.starts_with("__Host-")
                    && line.contains("; Path=/;")
                    && line.contains("; Secure")
                    && !line.contains("Domain"),
                "{line}"
            );
        }
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
