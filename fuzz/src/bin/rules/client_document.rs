//! `protocol::registration::document` (client-ID metadata documents §3, §4): a client is whoever publishes at an address that has one
//! reading, and it is never more than a stranger.

use protocol::client_auth::Method;
use protocol::grant::GrantType;
use protocol::model::{Environment, EnvironmentSettings};
use protocol::outgoing::Policy;
use protocol::registration::document;
use url::Url;

/// The address is the first line.
pub fn check(input: &[u8]) {
    let end = input.iter().position(|octet| *octet == b'\n').unwrap_or(input.len());
    let (address, body) = input.split_at(end);
    let Ok(address) = str::from_utf8(address) else { return };
    let body = body.strip_prefix(b"\n").unwrap_or(body);
    let settings = EnvironmentSettings { client_documents: vec!["*".to_owned()], ..EnvironmentSettings::default() };
    let environment = Environment { settings, ..Environment::default() };
    let Ok(taken) = document::address(address, &environment, &Policy::default()) else { return };
    let url = Url::parse(taken).expect("one reading");
    assert_eq!((url.as_str(), url.scheme(), url.fragment()), (address, "https", None));
    assert!(url.username().is_empty() && url.password().is_none() && url.path().len() > 1, "{url}");
    let Ok(client) = document::client(taken, body, &environment) else { return };
    let application = &client.application;
    assert!(client.is_foreign() && client.grants.is_empty() && client.secrets.current.is_none());
    assert_eq!((application.client_id.as_str(), application.id), (address, document::id_of(environment.id, address)));
    assert!(application.auth_methods.iter().all(|method| matches!(method, Method::None | Method::PrivateKeyJwt)));
    assert!(!application.grant_types.contains(&GrantType::ClientCredentials) && !application.redirect_uris.is_empty());
    assert_eq!(document::client(taken, body, &environment).as_ref(), Ok(&client));
}
