//! Metadata of every issuer (attacks A14).

use std::collections::BTreeSet;

use engine::bootstrap::dev;
use jose::{Alg, SigningKey, sign_with_secret};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, SANDBOX, TestApp, claims, each_store};

use super::{authorize, exchange, parameters};

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

/// MD-03: a client that reads the metadata and does what it says is served, and one that does something else is not.
#[tokio::test]
async fn whatever_is_advertised_works_and_nothing_beside_it() {
    each_store(|app| async move {
        let metadata = app.get(&app.at(".well-known/openid-configuration")).await.expect(200);
        let advertised =
            |list: &str, name: &str| metadata[list].as_array().unwrap().iter().any(|one| one.as_str() == Some(name));
        for (name, registered) in METHODS {
            let proven = proven(&app, name, registered).await;
            for (endpoint, proves) in ["token", "revocation", "introspection"].into_iter().zip(proven) {
                let list = format!("{endpoint}_endpoint_auth_methods_supported");
                assert_eq!(proves, advertised(&list, name), "{list} {name}");
            }
        }
        // RFC 6749 §4.2: the implicit grant has no request of this endpoint; its response types follow.
        for grant in GRANTS.into_iter().filter(|grant| *grant != "implicit") {
            let fields = [("grant_type", grant), ("client_id", &*shared()), ("client_secret", dev::SHARED_WEB_SECRET)];
            let answer = app.form(&app.at("token"), &fields).await;
            let taken = answer.member("error") != "unsupported_grant_type";
            assert_eq!(taken, advertised("grant_types_supported", grant), "{grant} {}", answer.text);
        }
        for kind in ["code", "token", "id_token", "none", "code token", "code id_token", "code id_token token"] {
            let asked = authorize(&shared(), &[("prompt", "none")])
                .replace("response_type=code", &format!("response_type={}", kind.replace(' ', "%20")));
            let told = parameters(&app.get(&asked).await);
            let taken = told["error"] != "unsupported_response_type";
            assert_eq!(taken, advertised("response_types_supported", kind), "{kind} {told:?}");
        }
        for mode in
            ["query", "fragment", "form_post", "pi.flow", "jwt", "query.jwt", "form_post.jwt", "web_message", "x"]
        {
            let answer = app.get(&authorize(&shared(), &[("prompt", "none"), ("response_mode", mode)])).await;
            let told = answer.text.clone() + answer.header("location");
            // As the flow API words it, and as everybody else.
            let signed = told.split(['=', '"', '&']).find(|part| part.starts_with("eyJ")).map(claims);
            let refused = signed.is_some_and(|response| response["error"] == "login_required");
            let taken = refused || told.contains("User authentication is required") || told.contains("login_required");
            assert_eq!(taken, advertised("response_modes_supported", mode), "{mode} {told}");
        }
        for scope in metadata["scopes_supported"].as_array().unwrap() {
            let asked = [("prompt", "none"), ("scope", &*format!("openid {}", scope.as_str().unwrap()))];
            let told = parameters(&app.get(&authorize(&shared(), &asked)).await);
            assert_eq!(told["error"], "login_required", "{scope}");
        }
        // Of an application that registered an address (`par/fetched.rs`), and of no other.
        assert_eq!(metadata["request_uri_parameter_supported"], true);
        assert_eq!(metadata["require_request_uri_registration"], true);
        let told = parameters(&app.get(&authorize(&shared(), &[("request_uri", "https://canary.example/")])).await);
        assert_eq!(told["error"], "request_uri_not_supported");
        let tokens = exchange(&app, &app.sign_on().await, &[("redirect_uri", dev::REDIRECT_URI)]).await;
        let header = jose::b64::decode(tokens.member("id_token").split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        // The environment's own first; that each of the others can be chosen is tried in `token/signing.rs`.
        assert_eq!(metadata["id_token_signing_alg_values_supported"][0], header["alg"]);
    })
    .await;
}

/// Whether a client that is registered with this method proves itself by it: at the token endpoint, at revocation, at
/// introspection.
async fn proven(app: &TestApp, name: &str, registered: &str) -> [bool; 3] {
    let applications = format!("/environments/{}/applications", dev::ENVIRONMENT);
    let mut body = json!({
        "name": name, "enabled": true, "type": "WEB_APP", "protocol": "OPENID_CONNECT", "responseTypes": ["CODE"],
        "grantTypes": ["AUTHORIZATION_CODE"], "redirectUris": ["https://app.example/cb"],
        "tokenEndpointAuthMethod": registered,
    });
    let key = SigningKey::generate(Alg::Es256).unwrap();
    if name == "private_key_jwt" {
        body["jwks"] = json!(json!({ "keys": [key.public().to_json()] }).to_string());
    }
    let made = app.manage(Method::POST, &applications, Some(&body)).await;
    if made.status != 201 {
        return [false; 3];
    }
    let id = made.member("id").to_owned();
    let secret = app.manage(Method::GET, &format!("{applications}/{id}/secret"), None).await;
    let secret = secret.body["secret"].as_str().unwrap_or_default();
    let ask = async |endpoint: &str| -> Answer {
        let claims = json!({
            "iss": id, "sub": id, "aud": app.app.site(SANDBOX).issuer, "exp": app.now().secs() + 60, "jti": endpoint,
        });
        let claims = claims.to_string();
        let assertion = match name {
            "client_secret_jwt" => sign_with_secret(Alg::Hs256, secret.as_bytes(), None, claims.as_bytes()).unwrap(),
            _ => key.sign(None, claims.as_bytes()).unwrap(),
        };
        let mut fields = vec![("grant_type", "authorization_code"), ("code", "x"), ("token", "x")];
        match name {
            "client_secret_basic" => return app.form_basic(&app.at(endpoint), (&id, secret), &fields).await,
            "client_secret_post" => fields.extend([("client_id", &*id), ("client_secret", secret)]),
            "none" => fields.push(("client_id", &id)),
            _ => {
                let bearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                fields.extend([
                    ("client_id", &*id),
                    ("client_assertion_type", bearer),
                    ("client_assertion", &*assertion),
                ]);
            }
        }
        app.form(&app.at(endpoint), &fields).await
    };
    let (token, revoke, introspect) = (ask("token").await, ask("revoke").await, ask("introspect").await);
    [token.body["error"] == "invalid_grant", revoke.status == 200, introspect.status == 200]
}

fn shared() -> String {
    dev::SHARED_WEB_APPLICATION.to_string()
}

/// As metadata and as registrations write them.
const METHODS: [(&str, &str); 5] = [
    ("client_secret_basic", "CLIENT_SECRET_BASIC"),
    ("client_secret_jwt", "CLIENT_SECRET_JWT"),
    ("client_secret_post", "CLIENT_SECRET_POST"),
    ("none", "NONE"),
    ("private_key_jwt", "PRIVATE_KEY_JWT"),
];
const GRANTS: [&str; 11] = [
    "authorization_code",
    "client_credentials",
    "refresh_token",
    "implicit",
    "password",
    "urn:openid:params:grant-type:ciba",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:saml2-bearer",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "x",
];
