//! `protocol::client_auth::Presented` against a count of what came: never two mechanisms, never from the query, and the client is
//! the one that the mechanism names. The input is four lines: two of the header (an empty one did not come), query and body.

use protocol::basic::{BasicDecoding, parse_basic};
use protocol::client_auth::Presented;
use protocol::params::Params;
use url::form_urlencoded;

pub fn check([first, second, query, body]: [&str; 4]) {
    let Ok(params) = Params::form(body.as_bytes()) else { return };
    let lines: Vec<&[u8]> = [first, second].into_iter().filter(|line| !line.is_empty()).map(str::as_bytes).collect();
    let Ok(presented) = Presented::read(&lines, &params, Some(query)) else { return };
    let assertion = params.text("client_assertion").or(params.text("client_assertion_type")).is_some();
    let mechanisms = lines.len() + usize::from(params.text("client_secret").is_some()) + usize::from(assertion);
    assert!(mechanisms <= 1);
    for (name, _) in form_urlencoded::parse(query.as_bytes()) {
        assert!(!SECRET.contains(&&*name), "{name} in the query");
    }
    let claimed = params.text("client_id");
    match lines.first() {
        Some(header) => {
            let basic = parse_basic(header).expect("accepted");
            assert_eq!(basic.id(BasicDecoding::Rfc6749).as_deref(), Some(presented.client_id()));
            assert!(claimed.is_none_or(|claimed| claimed == presented.client_id()));
        }
        None if assertion => assert!(claimed.is_none_or(|claimed| claimed == presented.client_id())),
        None => assert_eq!(claimed, Some(presented.client_id())),
    }
    // No secret is ever shown.
    if let Some(secret) = params.text("client_secret").filter(|secret| !presented.client_id().contains(*secret)) {
        assert!(secret.len() < 8 || !format!("{presented:?}").contains(secret));
    }
}

const SECRET: [&str; 4] = ["client_id", "client_secret", "client_assertion", "refresh_token"];
