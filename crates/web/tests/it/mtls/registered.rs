//! `self_signed_tls_client_auth`: the certificate is registered itself, or its key is (RFC 8705 §2.2).

use engine::bootstrap::dev;
use protocol::refusal::Reason;
use rcgen::{KeyPair, date_time_ymd};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Badge, Request, SANDBOX, TestApp, wanted};

use super::{ENDPOINTS, change, each_store, fault, form, is_taken, present, proves_nobody, refusal, secret};

fn registering(key: &Value) -> Value {
    json!({ "tokenEndpointAuthMethod": "SELF_SIGNED_TLS_CLIENT_AUTH", "jwks": json!({ "keys": [key] }).to_string() })
}

/// By the certificate in `x5c`, by the key alone, or by a certificate that was registered as PingOne has it: at every endpoint.
#[tokio::test]
async fn a_registered_certificate_proves_its_client_everywhere() {
    each_store(|server| async move {
        let badge = Badge::self_signed(&wanted("client"));
        for key in [badge.certified_jwk(), badge.jwk()] {
            change(&server, registering(&key)).await;
            for endpoint in ENDPOINTS {
                is_taken(endpoint, &present(&server, endpoint, Some(&badge)).await);
            }
        }
        let other = Badge::self_signed(&wanted("another"));
        let keys = format!("/environments/{SANDBOX}/applications/{}/keys", dev::SHARED_WEB_APPLICATION);
        server.manage(Method::POST, &keys, Some(&json!({ "certificate": other.pem }))).await.expect(201);
        for endpoint in ENDPOINTS {
            is_taken(endpoint, &present(&server, endpoint, Some(&other)).await);
            is_taken(endpoint, &present(&server, endpoint, Some(&badge)).await);
        }
    })
    .await;
}

/// CJ-35: another certificate, no certificate, one that has expired or is not good yet, junk, and the right one of another client.
#[tokio::test]
async fn another_certificate_proves_nobody() {
    each_store(|server| async move {
        let badge = Badge::self_signed(&wanted("client"));
        change(&server, registering(&badge.certified_jwk())).await;
        let thief = Badge::self_signed(&wanted("client"));
        let refused = proves_nobody(&server, Some(&thief), Reason::CertificateOther).await;
        assert!(refused.expected.contains("jwks"), "{refused:?}");
        assert!(refused.came.contains("CN=client,O=Example Corp,C=US"), "{refused:?}");
        assert!(refused.came.contains(&thief.thumbprint()), "{refused:?}");
        let refused = proves_nobody(&server, None, Reason::CertificateMissing).await;
        assert!(refused.came.contains("without a client certificate"), "{refused:?}");
        // The same key in another certificate is not the one that was registered, and is where the key was.
        let again = KeyPair::from_pem(&badge.key.serialize_pem()).unwrap();
        let again = Badge::again(&wanted("renewed"), again);
        proves_nobody(&server, Some(&again), Reason::CertificateOther).await;
        change(&server, registering(&badge.jwk())).await;
        is_taken("token", &present(&server, "token", Some(&again)).await);
        let junk = Badge { der: b"junk".to_vec(), ..Badge::self_signed(&wanted("client")) };
        proves_nobody(&server, Some(&junk), Reason::CertificateInvalid).await;
        let mut expired = wanted("client");
        expired.not_after = date_time_ymd(2020, 1, 1);
        let mut early = wanted("client");
        early.not_before = date_time_ymd(2400, 1, 1);
        for (wanted, told) in [(expired, "ended at 2020-01-01"), (early, "begins at 2400-01-01")] {
            let badge = Badge::self_signed(&wanted);
            change(&server, registering(&badge.certified_jwk())).await;
            let refused = proves_nobody(&server, Some(&badge), Reason::CertificateInvalid).await;
            assert!(refused.came.contains(told), "{refused:?}");
        }
    })
    .await;
}

/// CJ-35: who is registered with a certificate proves itself by it alone, and by nothing else beside it; and a certificate stands
/// beside another method as if it were not there (specs §2.1).
#[tokio::test]
async fn a_certificate_counts_for_who_is_registered_with_one() {
    let server = TestApp::build().strict().start().await;
    let badge = Badge::self_signed(&wanted("client"));
    change(&server, registering(&badge.certified_jwk())).await;
    for endpoint in ENDPOINTS {
        let client = format!("client_id={}&client_secret={}", dev::SHARED_WEB_APPLICATION, dev::SHARED_WEB_SECRET);
        let body = format!("{}&{client}", form(&server, endpoint).await);
        let answer = server.send(Request::form(server.at(endpoint)).body(body).showing(&badge)).await;
        answer.is_refused(401, "invalid_client");
        assert_eq!(refusal(&server, &answer).await.reason, Reason::MethodOther);
        let body = form(&server, endpoint).await;
        let answer = server
            .send(Request::form(server.at(endpoint)).header("authorization", secret()).body(body).showing(&badge))
            .await;
        assert_eq!(refusal(&server, &answer).await.reason, Reason::MethodOther);
        // Without its name nobody knows whose certificate it is.
        let body = form(&server, endpoint).await;
        let answer = server.send(Request::form(server.at(endpoint)).body(body).showing(&badge)).await;
        assert_eq!(refusal(&server, &answer).await.reason, Reason::CredentialsMissing);
    }
    change(&server, json!({ "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC" })).await;
    for endpoint in ENDPOINTS {
        let answer = present(&server, endpoint, Some(&badge)).await;
        assert_eq!(refusal(&server, &answer).await.reason, Reason::CredentialsMissing);
        let body = format!("{}&client_id={}", form(&server, endpoint).await, dev::SHARED_WEB_APPLICATION);
        let request = Request::form(server.at(endpoint)).header("authorization", secret()).body(body);
        is_taken(endpoint, &server.send(request.showing(&badge)).await);
    }
}

/// CJ-35: the right certificate of another client is another's.
#[tokio::test]
async fn nobody_is_another_client_by_its_own_certificate() {
    let server = TestApp::build().strict().start().await;
    let (own, others) = (Badge::self_signed(&wanted("client")), Badge::self_signed(&wanted("client")));
    change(&server, registering(&own.certified_jwk())).await;
    server.change(dev::BASIC_WEB_APPLICATION, registering(&others.certified_jwk())).await;
    proves_nobody(&server, Some(&others), Reason::CertificateOther).await;
    let form = format!("token=none&client_id={}", dev::BASIC_WEB_APPLICATION);
    for (badge, status) in [(&others, 200), (&own, 401)] {
        let request = Request::form(server.at("introspect")).body(&form).showing(badge);
        assert_eq!(server.send(request).await.status, status);
    }
}

/// RFC 8705 §2.2: without a key nobody could be the client.
#[tokio::test]
async fn the_method_needs_keys() {
    let server = TestApp::inside().await;
    let fault = fault(&server, json!({ "tokenEndpointAuthMethod": "SELF_SIGNED_TLS_CLIENT_AUTH" })).await;
    assert_eq!((&fault["code"], &fault["target"]), (&json!("REQUIRED_VALUE"), &json!("jwks")));
    assert!(fault["message"].as_str().unwrap().starts_with("SELF_SIGNED_TLS_CLIENT_AUTH needs"), "{fault}");
}
