//! Metadata of every issuer (attacks A14).

use std::collections::BTreeSet;

use engine::bootstrap::dev;
use testkit::{TestApp, each_store};

/// MD-02: RFC 8414 §3 and OpenID Connect Discovery §4 put the well-known part in two places; both hold the same bytes.
#[tokio::test]
async fn both_places_of_the_metadata_hold_the_same_bytes() {
    each_store(|app| async move {
        let mut issuers = BTreeSet::new();
        let own = [dev::ENVIRONMENT, dev::ADMIN_ENVIRONMENT, dev::PLAYGROUND].map(|id| format!("/{id}/as"));
        for path in own.iter().map(String::as_str).chain([dev::MOUNT]) {
            for document in ["openid-configuration", "oauth-authorization-server"] {
                let appended = app.get(&format!("{path}/.well-known/{document}")).await;
                let inserted = app.get(&format!("/.well-known/{document}{path}")).await;
                assert_eq!((appended.status, inserted.status), (200, 200), "{path} {document}");
                assert_eq!(appended.text, inserted.text, "{path} {document}");
                for name in ["etag", "cache-control", "content-type", "access-control-allow-origin"] {
                    assert_eq!(appended.header(name), inserted.header(name), "{path} {document} {name}");
                }
                // RFC 8414 §3.3: the issuer is the address that the document was asked of.
                assert_eq!(appended.member("issuer"), app.url(path), "{document}");
                issuers.insert(appended.member("issuer").to_owned());
            }
        }
        assert_eq!(issuers.len(), 4, "no two issuers are one");
    })
    .await;
}

/// MD-02: every other place is none.
#[tokio::test]
async fn metadata_is_nowhere_else() {
    let app = TestApp::start().await;
    let env = dev::ENVIRONMENT;
    let nobody = "00000000-0000-4000-8000-000000000000";
    for document in ["openid-configuration", "oauth-authorization-server"] {
        for path in [
            format!("/.well-known/{document}"),
            format!("/.well-known/{document}/"),
            format!("/.well-known/{document}/{env}"),
            format!("/.well-known/{document}/{env}/as/"),
            format!("/.well-known/{document}/{env}/as/token"),
            format!("/.well-known/{document}/as/{env}"),
            format!("/.well-known/{document}/{nobody}/as"),
            format!("/.well-known/{document}{}/", dev::MOUNT),
            format!("/.well-known/{document}{}/as", dev::MOUNT),
            format!("/{env}/.well-known/{document}"),
            format!("/{env}/.well-known/{document}/as"),
            format!("/{env}/as/.well-known/{document}/"),
            format!("/{env}/as/token/.well-known/{document}"),
            format!("/{nobody}/as/.well-known/{document}"),
            format!("{}/as/.well-known/{document}", dev::MOUNT),
            format!("{}/.well-known/{document}/", dev::MOUNT),
        ] {
            let answer = app.get(&path).await;
            assert_eq!((answer.status, answer.body.get("issuer")), (404, None), "{path}");
        }
    }
}
