//! `web::flow::cookies::Cookies`: only what this server can have made is looked at, each once and not without end, over https
//! only under names that no other host can set; and what it sets itself is found again. The first octet chooses the site.

use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use web::flow::cookies::{Cookies, Names, clear_session, set_session};

pub fn check((site, input): (u8, &[u8])) {
    let plain = site & 1 == 1;
    let names = Names::of(if site & 2 == 2 { "/auth/site" } else { "/env" }, plain);
    let mut headers = HeaderMap::new();
    for line in input.split(|octet| *octet == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(COOKIE, value);
        }
    }
    let cookies = Cookies::read(&headers, &names);
    let sessions = cookies.sessions();
    assert!(sessions.len() <= 16);
    let text = String::from_utf8_lossy(input);
    for (number, token) in sessions.iter().enumerate() {
        assert!(token.len() == 43 && token.bytes().all(|o| o.is_ascii_alphanumeric() || b"-_".contains(&o)));
        assert!(!sessions[..number].contains(token));
        assert!(text.contains(token.as_str()));
        assert!(plain || text.contains("__Host-"));
    }
    let token = "s".repeat(43);
    let mut answer = HeaderMap::new();
    set_session(&mut answer, &names, &token);
    let mut sent = HeaderMap::new();
    for line in answer.get_all(SET_COOKIE) {
        let pair = line.to_str().expect("text").split(';').next().expect("a pair");
        sent.append(COOKIE, HeaderValue::from_str(pair).expect("a pair"));
    }
    assert_eq!(Cookies::read(&sent, &names).sessions(), [token]);
    clear_session(&mut answer, &names, &cookies);
    // The own cookie is found among whatever stands before it, as long as that is not made to crowd it out.
    for value in answer.get_all(SET_COOKIE).iter().take(1) {
        let pair = value.to_str().expect("text").split(';').next().expect("a pair").to_owned();
        headers.append(COOKIE, HeaderValue::from_str(&pair).expect("a pair"));
        let found = Cookies::read(&headers, &names);
        assert!(sessions.len() >= 16 || found.sessions().iter().any(|known| known.bytes().all(|o| o == b's')));
    }
}
