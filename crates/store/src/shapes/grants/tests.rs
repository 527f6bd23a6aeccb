//! Rows that another version wrote are read, and it reads ours.

use protocol::change::{Code, Family};
use serde_json::{Value as Json, json};

use crate::shape::Shape;

const ID: &str = "00000000-0000-0000-0000-000000000007";

/// A code as version 0.1 writes it.
fn code() -> Json {
    json!({
        "environment": ID, "hash": jose::b64::encode(&[1; 32]), "family": ID, "user": ID, "session": ID,
        "request": {
            "application": ID, "issuer": "https://auth.example/as", "response_mode": "form_post",
            "redirect_uri": "https://app.example/cb", "redirect_uri_sent": true, "scope": "openid read", "state": "s",
            "nonce": "n", "prompt": { "none": false, "login": true, "consent": false, "select_account": false },
            "max_age": 5, "acr": "Single_Factor", "resource": ["urn:a"],
        },
        "auth_time": 1, "acr": "Multi_Factor", "amr": ["pwd", "otp"], "issued_at": 2, "expires_at": 3,
    })
}

/// A family as version 0.1 writes it.
fn family() -> Json {
    json!({
        "environment": ID, "id": ID, "application": ID, "user": ID, "session": ID, "issuer": "https://auth.example/as",
        "scope": "openid read", "resource": ["urn:a"], "auth_time": 1, "acr": "Multi_Factor", "amr": ["pwd"],
        "created_at": 2, "expires_at": 3, "grace_replays": 0,
    })
}

#[test]
fn a_code_of_version_0_1_is_read_and_written_for_it() {
    let read = Code::take(&code()).unwrap();
    assert_eq!((read.nonce.as_deref(), read.redirect_uri.as_deref()), (Some("n"), Some("https://app.example/cb")));
    assert_eq!((read.authorization.acr.as_str(), read.authorization.amr.join(" ")), ("Multi_Factor", "pwd otp".into()));
    assert_eq!((read.authorization.scope.to_string(), read.redirect_uri_sent), ("openid read".into(), true));
    let written = read.put();
    assert_eq!(Code::take(&written), Ok(read));
    // What the exchange of that version looks at stands where it looks, and nothing else that it cannot do without.
    for (name, value) in code().as_object().unwrap() {
        if name == "request" {
            for seen in ["application", "issuer", "redirect_uri", "redirect_uri_sent", "scope", "nonce", "resource"] {
                assert_eq!(written["request"][seen], value[seen], "{seen}");
            }
            assert_eq!(written["request"]["response_mode"], "query");
        } else {
            assert_eq!(&written[name], value, "{name}");
        }
    }
}

#[test]
fn a_family_is_written_as_version_0_1_writes_it() {
    let read = Family::take(&family()).unwrap();
    assert_eq!(read.authorization.resource, ["urn:a"]);
    assert_eq!(read.put(), family());
}
