//! `tls_client_auth`: an authority of the environment vouches for the certificate, and the client is known by its subject (RFC 8705
//! §2.1).

use protocol::refusal::Reason;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, SanType, date_time_ymd};
use serde_json::{Value, json};
use testkit::{Authority, Badge, TestApp, wanted};

use super::{ENDPOINTS, change, each_store, fault, is_taken, present, proves_nobody, trust};

fn known_by(subject: &Value) -> Value {
    json!({ "tokenEndpointAuthMethod": "TLS_CLIENT_AUTH", "tlsClientAuth": subject })
}

/// Somebody with one name of each kind.
fn named() -> CertificateParams {
    let mut params = wanted("client");
    params.subject_alt_names = vec![
        SanType::DnsName("client.example.com".try_into().unwrap()),
        SanType::URI("spiffe://example.com/client".try_into().unwrap()),
        SanType::IpAddress("2001:db8::1".parse().unwrap()),
        SanType::IpAddress("192.0.2.7".parse().unwrap()),
        SanType::Rfc822Name("Client@example.com".try_into().unwrap()),
    ];
    params
}

/// Each of the five forms, at every endpoint; and what of each is compared how.
#[tokio::test]
async fn a_client_is_known_by_each_kind_of_name() {
    each_store(|server| async move {
        let authority = Authority::new("Authority");
        trust(&server, &[authority.pem()]).await;
        let badge = authority.sign(&named());
        for subject in [
            json!({ "subjectDn": "CN=client,O=Example Corp,C=US" }),
            // RFC 4517 §4.2.15: the same name in another text.
            json!({ "subjectDn": "cn=Client , o=example  corp, 2.5.4.6=us" }),
            json!({ "sanDns": "CLIENT.example.com" }),
            json!({ "sanUri": "spiffe://example.com/client" }),
            json!({ "sanIp": "2001:DB8:0:0::1" }),
            json!({ "sanIp": "192.0.2.7" }),
            json!({ "sanEmail": "Client@EXAMPLE.com" }),
        ] {
            change(&server, known_by(&subject)).await;
            for endpoint in ENDPOINTS {
                is_taken(endpoint, &present(&server, endpoint, Some(&badge)).await);
            }
        }
    })
    .await;
}

/// CJ-35: another subject, and a name of another kind.
#[tokio::test]
async fn another_name_proves_nobody() {
    each_store(|server| async move {
        let authority = Authority::new("Authority");
        trust(&server, &[authority.pem()]).await;
        let badge = authority.sign(&named());
        for (subject, told) in [
            (json!({ "subjectDn": "CN=client,O=Example Corp" }), "subjectDn CN=client,O=Example Corp"),
            (json!({ "subjectDn": "C=US,O=Example Corp,CN=client" }), "subjectDn C=US"),
            (json!({ "sanDns": "example.com" }), "sanDns example.com"),
            (json!({ "sanDns": "*.example.com" }), "sanDns *.example.com"),
            (json!({ "sanUri": "spiffe://example.com/Client" }), "sanUri spiffe://example.com/Client"),
            (json!({ "sanIp": "192.0.2.8" }), "sanIp 192.0.2.8"),
            (json!({ "sanEmail": "client@example.com" }), "sanEmail client@example.com"),
        ] {
            change(&server, known_by(&subject)).await;
            let refused = proves_nobody(&server, Some(&badge), Reason::CertificateOther).await;
            assert!(refused.expected.contains(told), "{refused:?}");
            assert!(
                refused.came.starts_with("subjectDn CN=client,O=Example Corp,C=US, sanDns client.example.com"),
                "{refused:?}"
            );
        }
    })
    .await;
}

/// CJ-35: nobody vouches, or not for this; and nothing of a foreign certificate is compared.
#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_proves_nobody() {
    each_store(|server| async move {
        let (authority, foreign) = (Authority::new("Authority"), Authority::new("Authority"));
        change(&server, known_by(&json!({ "subjectDn": "CN=client,O=Example Corp,C=US" }))).await;
        let badge = authority.sign(&wanted("client"));
        let refused = proves_nobody(&server, Some(&badge), Reason::CertificateInvalid).await;
        assert!(refused.expected.contains("clientCertificateAuthorities"), "{refused:?}");
        trust(&server, &[authority.pem()]).await;
        is_taken("token", &present(&server, "token", Some(&badge)).await);
        proves_nobody(&server, None, Reason::CertificateMissing).await;
        for other in [
            foreign.sign(&wanted("client")),
            foreign.sign_and_send(&wanted("client")),
            Badge::self_signed(&wanted("client")),
        ] {
            proves_nobody(&server, Some(&other), Reason::CertificateInvalid).await;
        }
        let with = |change: fn(&mut CertificateParams)| {
            let mut params = wanted("client");
            change(&mut params);
            authority.sign(&params)
        };
        let for_servers = with(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]);
        let refused = proves_nobody(&server, Some(&for_servers), Reason::CertificateInvalid).await;
        assert!(refused.came.contains("not for client authentication"), "{refused:?}");
        let expired = with(|params| params.not_after = date_time_ymd(2020, 1, 1));
        proves_nobody(&server, Some(&expired), Reason::CertificateInvalid).await;
        // Whom the one that is trusted lets sign is trusted where the chain is sent.
        let between = authority.below("Between");
        proves_nobody(&server, Some(&between.sign(&wanted("client"))), Reason::CertificateInvalid).await;
        for endpoint in ENDPOINTS {
            is_taken(endpoint, &present(&server, endpoint, Some(&between.sign_and_send(&wanted("client")))).await);
        }
        // Trust that is taken back counts no more.
        trust(&server, &[]).await;
        proves_nobody(&server, Some(&badge), Reason::CertificateInvalid).await;
    })
    .await;
}

/// RFC 8705 §2.1.2: exactly one name, and one that a certificate can have.
#[tokio::test]
async fn what_is_registered_is_judged() {
    let server = TestApp::inside().await;
    for (subject, code, target) in [
        (json!({ "subjectDn": "CN=a", "sanDns": "a.example" }), "INVALID_VALUE", "tlsClientAuth"),
        (json!({}), "INVALID_VALUE", "tlsClientAuth"),
        (json!({ "subjectDn": "client" }), "INVALID_VALUE", "tlsClientAuth.subjectDn"),
        (json!({ "sanDns": "a b" }), "INVALID_VALUE", "tlsClientAuth.sanDns"),
        (json!({ "sanUri": "client" }), "INVALID_VALUE", "tlsClientAuth.sanUri"),
        (json!({ "sanIp": "1.2.3" }), "INVALID_VALUE", "tlsClientAuth.sanIp"),
        (json!({ "sanEmail": "client" }), "INVALID_VALUE", "tlsClientAuth.sanEmail"),
    ] {
        let fault = fault(&server, known_by(&subject)).await;
        assert_eq!((&fault["code"], &fault["target"]), (&json!(code), &json!(target)), "{subject}");
    }
    let fault = fault(&server, json!({ "tokenEndpointAuthMethod": "TLS_CLIENT_AUTH" })).await;
    assert_eq!((&fault["code"], &fault["target"]), (&json!("REQUIRED_VALUE"), &json!("tlsClientAuth")));
}

/// Who is no authority is not trusted as one.
#[tokio::test]
async fn only_authorities_are_trusted() {
    let server = TestApp::inside().await;
    let path = format!("/environments/{}", testkit::SANDBOX);
    let mut body = server.manage(reqwest::Method::GET, &path, None).await.expect(200);
    assert_eq!(body.get("clientCertificateAuthorities"), None);
    let authority = Authority::new("Authority");
    for pem in [Badge::self_signed(&wanted("client")).pem, authority.sign(&wanted("client")).pem, "junk".to_owned()] {
        body["clientCertificateAuthorities"] = json!([authority.pem(), pem]);
        let told = server.manage(reqwest::Method::PUT, &path, Some(&body)).await.expect(400);
        assert_eq!(told["details"][0]["target"], "clientCertificateAuthorities[1]", "{told}");
    }
    trust(&server, &[authority.pem()]).await;
    // Who does not know the property leaves it as it is.
    body.as_object_mut().unwrap().remove("clientCertificateAuthorities");
    let kept = server.manage(reqwest::Method::PUT, &path, Some(&body)).await.expect(200);
    assert_eq!(kept["clientCertificateAuthorities"], json!([authority.pem()]));
}
