//! `protocol::grant::Grant` of a request to the token endpoint: what is granted was asked for by its name and came once, with all
//! that its grant needs, and no secret of it is shown. The octet before the form chooses among clients.

use grantor_fuzz::known::{NOW, client};
use jose::digest::HmacKey;
use protocol::client_auth::{Credentials, Presented, authenticate};
use protocol::grant::Grant;
use protocol::params::Params;
use url::form_urlencoded;

pub fn check((variant, body): (u8, &[u8])) {
    let Ok(params) = Params::form(body) else { return };
    let Ok(presented) = Presented::read(&[], &params, None) else { return };
    let client = client(variant);
    let Ok(proven) = authenticate(&Credentials::of(&presented, Some(&client)), &HmacKey::new(b"pepper"), NOW) else {
        return;
    };
    // The confidential variant has no secret that could be right.
    assert_eq!(variant & 1, 1);
    assert!(params.text("client_secret").is_none());
    let Ok(grant) = Grant::read(&params, &proven.client) else { return };
    let sent: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    let one = |name: &str| {
        let mut values = sent.iter().filter(|(known, _)| known == name);
        let value = values.next().map(|(_, value)| value.as_str()).filter(|value| !value.is_empty());
        assert!(values.next().is_none(), "{name} came twice");
        value
    };
    assert_eq!(one("grant_type"), Some(grant.kind().name()));
    let secrets = match &grant {
        Grant::AuthorizationCode(asked) => {
            assert_eq!(Some(asked.code.expose()), one("code"));
            assert_eq!(asked.redirect_uri.as_deref(), one("redirect_uri"));
            assert_eq!(asked.verifier.as_ref().map(|verifier| verifier.expose()), one("code_verifier"));
            vec![one("code"), one("code_verifier")]
        }
        Grant::RefreshToken(asked) => {
            assert_eq!(Some(asked.refresh_token.expose()), one("refresh_token"));
            assert_eq!(asked.scope.is_some(), one("scope").is_some());
            vec![one("refresh_token")]
        }
        Grant::ClientCredentials(asked) => {
            assert_eq!(asked.scope.is_some(), one("scope").is_some());
            vec![]
        }
    };
    let shown = format!("{grant:?}");
    for secret in secrets.into_iter().flatten().filter(|secret| secret.len() >= 16) {
        // Unless it also stands where nothing is secret.
        let once = sent.iter().filter(|(_, value)| value.contains(secret)).count() == 1;
        assert!(!once || !shown.contains(secret));
    }
}
