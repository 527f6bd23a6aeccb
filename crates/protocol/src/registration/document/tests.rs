use proptest::prelude::*;

use super::*;
use crate::model::EnvironmentSettings;
use crate::policy::SecurityProfile;

const ADDRESS: &str = "https://tool.example/client.json";

fn environment(domains: &[&str]) -> Environment {
    let client_documents = domains.iter().map(|domain| (*domain).to_owned()).collect();
    let settings = EnvironmentSettings { client_documents, ..EnvironmentSettings::default() };
    Environment { settings, ..Environment::default() }
}

#[test]
fn a_domain_reaches_what_is_below_it_and_nothing_beside() {
    for (domain, host, trusted) in [
        ("example.com", "example.com", true),
        ("example.com", "a.example.com", true),
        ("example.com", "notexample.com", false),
        ("example.com", "example.com.evil.example", false),
        ("*", "anything.example", true),
    ] {
        assert_eq!(trusts(domain, host), trusted, "{domain} {host}");
        let address = format!("https://{host}/c");
        assert_eq!(super::address(&address, &environment(&[domain]), &Policy::default()).is_ok(), trusted);
    }
}

/// MD-03: a profile that takes no client without a key publishes none by its document, and takes none.
#[test]
fn a_profile_without_public_clients_takes_no_document() {
    for (profile, taken) in
        [(SecurityProfile::Rfc9700, true), (SecurityProfile::Fapi, false), (SecurityProfile::FapiMessageSigning, false)]
    {
        let mut environment = environment(&["*"]);
        environment.settings.security_profile = profile;
        let reason = address(ADDRESS, &environment, &Policy::default()).map_err(|refused| refused.reason);
        assert_eq!(reason, if taken { Ok(ADDRESS) } else { Err(Reason::ClientUnknown) }, "{profile:?}");
    }
}

#[test]
fn each_environment_knows_a_client_under_another_number() {
    let other = EnvironmentId::new(uuid::Uuid::from_u128(7));
    let own = id_of(EnvironmentId::default(), ADDRESS);
    assert_eq!(own, id_of(EnvironmentId::default(), ADDRESS));
    assert_ne!(own, id_of(other, ADDRESS));
    assert_ne!(own, id_of(EnvironmentId::default(), "https://tool.example/client.jsom"));
    assert_eq!(own.uuid().get_version_num(), 8);
}

/// OpenID Connect Relying Party Metadata Choices §3.
#[test]
fn of_alternatives_the_first_that_is_here_is_taken() {
    let read = |members: Value| {
        let mut document = json!({ "client_id": ADDRESS, "redirect_uris": ["https://tool.example/cb"] });
        document.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        client(ADDRESS, document.to_string().as_bytes(), &environment(&["*"]))
            .map(|client| client.application.auth_methods)
    };
    assert_eq!(read(json!({})), Ok(vec![Method::None]));
    assert_eq!(
        read(json!({ "token_endpoint_auth_methods_supported": ["private_key_jwt", "none"] })),
        Ok(vec![Method::None])
    );
    let keys = json!({ "jwks_uri": "https://tool.example/keys" });
    assert_eq!(read(keys.clone()), Ok(vec![Method::PrivateKeyJwt]));
    for (methods, taken) in [
        (json!(["none"]), Method::None),
        (json!(["none", "private_key_jwt"]), Method::PrivateKeyJwt),
        (json!(["client_secret_basic", "private_key_jwt"]), Method::PrivateKeyJwt),
    ] {
        let mut members = keys.clone();
        members["token_endpoint_auth_methods_supported"] = methods;
        assert_eq!(read(members), Ok(vec![taken]));
    }
    for wrong in [json!(["client_secret_basic"]), json!([]), json!("none"), json!({})] {
        let refused = read(json!({ "token_endpoint_auth_methods_supported": wrong })).unwrap_err();
        assert_eq!(refused.reason, Reason::ClientDocumentInvalid);
    }
    assert!(read(json!({ "id_token_signing_alg_values_supported": ["ES512", "RS256"] })).is_ok());
    assert!(read(json!({ "id_token_signing_alg_values_supported": ["ES512"] })).is_err());
}

proptest! {
    /// Whatever is published makes a public client or one with a key, that acts for people alone and redirects to what it registers.
    #[test]
    fn no_document_gets_more_than_a_stranger(
        method in prop_oneof![Just("none"), Just("private_key_jwt"), Just("client_secret_basic"), Just("tls_client_auth")],
        grants in proptest::collection::vec(
            prop_oneof![Just("authorization_code"), Just("client_credentials"), Just("refresh_token"), Just("password")], 0..4),
        extra in "[a-z_]{1,12}",
    ) {
        let document = json!({ "client_id": ADDRESS, "redirect_uris": ["https://tool.example/cb"], "grant_types": grants,
            "token_endpoint_auth_method": method, extra: true, "jwks_uri": "https://tool.example/keys" });
        if let Ok(client) = client(ADDRESS, document.to_string().as_bytes(), &environment(&["*"])) {
            prop_assert!(client.is_foreign() && client.grants.is_empty() && client.secrets == SecretPair::default());
            prop_assert!(client.application.auth_methods.iter().all(|method| METHODS.contains(method)));
            let for_people = |grant: &crate::grant::GrantType| *grant != crate::grant::GrantType::ClientCredentials;
            prop_assert!(client.application.grant_types.iter().all(for_people));
            prop_assert_eq!(client.application.client_id.as_str(), ADDRESS);
        }
    }
}
