//! All combinations of mechanisms against all registrations: the table of specs §2.2, written a second time.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::{SECRET, basic, client, decide};
use crate::client_auth::Method;
use crate::refusal::Reason;

const ASSERTION: &str = "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer\
                         &client_assertion=a.b.c";

/// §2.2, row by row: exactly the registered mechanism is checked, another one is 401, two are 400.
fn table(method: Method, [basic, post, assertion]: [bool; 3], right: bool) -> Result<Method, u16> {
    match (u8::from(basic) + u8::from(post) + u8::from(assertion), method) {
        (2.., _) => Err(400),
        (1, Method::ClientSecretBasic) if basic && right => Ok(method),
        (1, Method::ClientSecretPost) if post && right => Ok(method),
        (0, Method::None) => Ok(method),
        _ => Err(401),
    }
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, octet| {
        write!(out, "%{octet:02X}").unwrap();
        out
    })
}

fn methods() -> impl Strategy<Value = Method> {
    prop::sample::select(Method::REGISTRABLE.to_vec())
}

proptest! {
    #[test]
    fn every_combination_is_answered_as_in_the_table(
        method in methods(),
        by_basic: bool,
        by_post: bool,
        by_assertion: bool,
        right: bool,
        with_id: bool,
    ) {
        let secret = if right { SECRET } else { "wrong" };
        let header = basic(&format!("c1:{secret}"));
        let headers: Vec<&[u8]> = if by_basic { vec![header.as_bytes()] } else { Vec::new() };
        let mut form = String::from("grant_type=x");
        // Whatever does not name the client itself needs client_id.
        if with_id || !by_basic {
            form.push_str("&client_id=c1");
        }
        if by_post {
            form.push_str("&client_secret=");
            form.push_str(secret);
        }
        if by_assertion {
            form.push_str(ASSERTION);
        }
        let came = decide(&headers, &form, None, Some(client(&[method]))).map_err(Reason::status);
        prop_assert_eq!(came, table(method, [by_basic, by_post, by_assertion], right));
    }

    #[test]
    fn no_header_panics_and_none_but_the_right_one_proves(header in prop::collection::vec(any::<u8>(), 0..200)) {
        let came = decide(&[&header], "", None, Some(client(&[Method::ClientSecretBasic])));
        prop_assert!(came.is_err());
    }

    #[test]
    fn no_other_secret_proves(secret in "[ -~]{0,40}") {
        prop_assume!(secret != SECRET);
        let form = format!("client_id=c1&client_secret={}", escaped(&secret));
        prop_assert!(decide(&[], &form, None, Some(client(&[Method::ClientSecretPost]))).is_err());
    }
}
