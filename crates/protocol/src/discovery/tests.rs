//! Nothing is published that is refused, and what this server can do is published.

use std::sync::Arc;

use super::{auth_methods, confidential_auth_methods, grant_types};
use crate::client_auth::{Credentials, Method, Presented, authenticate};
use crate::grant::Grant;
use crate::grant::GrantType;
use crate::grant::tests::{NOW, SECRET, base64, client, params, pepper, proven};
use crate::refusal::Reason;

/// The credentials of the client `c1` by this method.
fn present(method: Method) -> Presented {
    let basic = format!("Basic {}", base64(&format!("c1:{SECRET}")));
    let posted = format!("client_id=c1&client_secret={SECRET}");
    let presented = match method {
        Method::ClientSecretBasic => Presented::read(&[basic.as_bytes()], &params(""), None),
        Method::ClientSecretPost => Presented::read(&[], &params(&posted), None),
        Method::None => Presented::read(&[], &params("client_id=c1"), None),
        Method::ClientSecretJwt | Method::PrivateKeyJwt => {
            let claims = jose::b64::encode(br#"{"sub":"c1"}"#);
            let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
            let form = format!("client_assertion_type={kind}&client_assertion=e30.{claims}.c2ln");
            Presented::read(&[], &params(&form), None)
        }
    };
    presented.unwrap()
}

#[test]
fn every_method_is_published_if_it_proves_and_only_then() {
    for method in Method::REGISTRABLE {
        let (presented, client) = (present(method), Arc::new(client(&[method])));
        let credentials = Credentials::of(&presented, Some(&client));
        let proven = authenticate(&credentials, &pepper(), NOW).map(|proven| proven.client.method());
        let published = auth_methods().any(|name| name == method.name());
        match proven {
            Ok(proof) => assert!(published && proof == method, "{method:?} proves and is not published"),
            Err(refused) => {
                assert_eq!((refused.reason, published), (Reason::MethodNotAvailable, false), "{method:?}");
            }
        }
        let confidential = confidential_auth_methods().any(|name| name == method.name());
        assert_eq!(confidential, published && method.is_confidential());
    }
}

#[test]
fn every_grant_is_published_if_it_is_taken_and_only_then() {
    let client = proven(client(&[Method::ClientSecretPost]));
    for kind in GrantType::REGISTRABLE {
        let read = Grant::read(&params(&format!("grant_type={}&code=c&refresh_token=r", kind.name())), &client);
        let taken = read.map(|grant| grant.kind()).map_err(|refused| refused.reason);
        let published = grant_types().contains(&kind.name());
        assert_eq!(taken, if published { Ok(kind) } else { Err(Reason::GrantTypeUnsupported) });
    }
}
