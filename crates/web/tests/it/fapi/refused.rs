//! What the profile does not take, demanded by the environment and by the application's own settings alike.

use jose::{Alg, SigningKey, Typ};
use protocol::refusal::Reason;
use reqwest::Method;
use serde_json::json;
use testkit::people::{CALLBACK, SECRET};
use testkit::{Holder, parameters};

use super::{ASSERTION, BOTH, By, Scene};
use crate::token::assertions::set;

type Fields<'a> = &'a [(&'a str, &'a str)];

/// CJ-02, CJ-03, CJ-04, CJ-10, PA-11: FAPI 2.0 §5.3.2.1 item 8. The application's `assertionAudience` is COMPATIBLE.
#[tokio::test]
async fn an_assertion_is_for_the_issuer_as_one_text() {
    for by in BOTH {
        let scene = Scene::by(by).await;
        let (issuer, server) = (scene.issuer(), &scene.people.server);
        let (par, token) = (server.url(&scene.people.path("/as/par")), server.url(&scene.people.path("/as/token")));
        for aud in [json!([issuer]), json!([issuer, "https://other.example"]), json!(par), json!(token), json!([])] {
            let mut claims = scene.claims();
            claims["aud"] = aud.clone();
            let refused = scene.push(&[("client_assertion", &scene.sign(&claims))]).await;
            let told = scene.refuses(&refused, "invalid_client", Reason::AssertionInvalid).await;
            assert!(told.expected.starts_with("aud: ") && told.came.starts_with("aud: "), "{aud}: {told:?}");
        }
        for (ahead, status) in [(9, 201), (59, 201), (70, 401)] {
            let mut claims = scene.claims();
            let at = json!(server.now().secs() + ahead);
            (claims["iat"], claims["nbf"], claims["exp"]) = (at.clone(), at, json!(server.now().secs() + 200));
            let answer = scene.push(&[("client_assertion", &scene.sign(&claims))]).await;
            assert_eq!(answer.status, status, "{by:?} {ahead}: {answer:?}");
        }
        let mut claims = scene.claims();
        claims.as_object_mut().unwrap().remove("jti");
        let refused = scene.push(&[("client_assertion", &scene.sign(&claims))]).await;
        scene.refuses(&refused, "invalid_client", Reason::AssertionInvalid).await;
    }
}

/// MD-03, DP-02, DP-12: FAPI 2.0 §5.4.1, of assertions and of proofs, wherever they are shown.
#[tokio::test]
async fn nothing_is_taken_that_is_signed_otherwise() {
    for by in BOTH {
        let mut scene = Scene::by(by).await;
        for alg in [Alg::Rs256, Alg::Es384, Alg::MlDsa44] {
            scene.key = SigningKey::generate(alg).unwrap();
            scene.people.change(json!({ "jwks": set(&[&scene.key]) })).await;
            let told = scene.refuses(&scene.push(&[]).await, "invalid_client", Reason::AssertionInvalid).await;
            assert_eq!(told.came, format!("alg: {}", alg.name()));
            assert!(told.expected.starts_with("alg: ES256, PS256, EdDSA, Ed25519: "), "{told:?}");
        }
        for alg in [Alg::Ps256, Alg::Ed25519, Alg::EdDsa, Alg::Es256] {
            scene.key = SigningKey::generate(alg).unwrap();
            scene.people.change(json!({ "jwks": set(&[&scene.key]) })).await;
            assert_eq!(scene.push(&[]).await.status, 201, "{by:?} {alg:?}");
        }
        let other = Holder::new(Alg::Rs256);
        let code = scene.response(&[]).await.remove("code").unwrap();
        let refused = scene.exchange(Some(&other), &code).await;
        scene.refuses(&refused, "invalid_dpop_proof", Reason::DpopProofInvalid).await;
        let tokens = scene.exchange(Some(&scene.holder), &code).await;
        assert_eq!(tokens.status, 200, "the code is as good as it was: {tokens:?}");
        // A key may sign otherwise than it did: no key of RSA changes its kind.
        let holder = Holder::new(Alg::Ps256);
        let code = scene.response(&[]).await.remove("code").unwrap();
        let access = scene.exchange(Some(&holder), &code).await.text_of("access_token");
        let path = scene.people.path("/as/userinfo");
        let url = scene.people.server.url(&path);
        assert_eq!(holder.get(&scene.people.server, (&path, &url), &access).await.status, 200);
    }
}

/// AZ-02, PK-05, PA-05, PA-10: §5.3.2.2 items 1, 2, 5, 6; of an application whose own settings say nothing of them.
#[tokio::test]
async fn a_request_is_pushed_whole_with_its_proof_key() {
    for by in BOTH {
        let scene = Scene::by(by).await;
        let plain = [("code_challenge", testkit::VERIFIER), ("code_challenge_method", "plain")];
        let form: [(Fields<'_>, &str, Reason); 7] = [
            (&[("code_challenge", "-"), ("code_challenge_method", "-")], "invalid_request", Reason::ChallengeMissing),
            (&plain, "invalid_request", Reason::ChallengeInvalid),
            (&[("code_challenge_method", "-")], "invalid_request", Reason::ChallengeInvalid),
            (&[("redirect_uri", "-")], "invalid_request", Reason::RedirectUriInvalid),
            (&[("response_type", "none")], "unauthorized_client", Reason::ResponseTypeNotAllowed),
            (&[("response_mode", "pi.flow")], "invalid_request", Reason::ResponseModeInvalid),
            (&[("response_mode", "pi.flow"), ("redirect_uri", "-")], "invalid_request", Reason::ResponseModeInvalid),
        ];
        for (more, error, reason) in form {
            scene.refuses(&scene.push(more).await, error, reason).await;
        }
        for response_type in ["code id_token", "token", "id_token"] {
            let refused = scene.push(&[("response_type", response_type)]).await;
            assert_eq!(refused.status, 400, "{response_type}");
        }
        let pkce = format!("code_challenge={}&code_challenge_method=S256&state=s1", testkit::CHALLENGE);
        let plain = scene.people.browser().get(&scene.people.authorize(&pkce)).await;
        assert_eq!(parameters(&plain.leads(302))["error"], "invalid_request");
        assert_eq!(scene.refusal(&plain).await.reason, Reason::PushRequired);
        // §5.3.2.2 item 12.
        scene.people.change(json!({ "parTimeout": 600 })).await;
        assert_eq!(scene.push(&[]).await.expect(201)["expires_in"], 599);
    }
}

/// RU-11, RU-14, RU-25: §5.3.2.2 items 8 and 9, specs D4.
#[tokio::test]
async fn a_response_goes_to_a_whole_address_of_the_web() {
    for by in BOTH {
        let scene = Scene::by(by).await;
        let uris = [CALLBACK, "com.example.app:/cb", "http://127.0.0.1/cb", "https://app.example/at/*"];
        scene.people.change(json!({ "allowWildcardInRedirectUris": true, "redirectUris": uris })).await;
        for (uri, reason) in [
            ("com.example.app:/cb", Reason::RedirectUriUnsafe),
            ("http://127.0.0.1/cb", Reason::RedirectUriUnsafe),
            ("http://127.0.0.1:9000/cb", Reason::RedirectUriUnsafe),
            ("https://app.example/at/once", Reason::RedirectUriInvalid),
        ] {
            let told = scene.refuses(&scene.push(&[("redirect_uri", uri)]).await, "invalid_request", reason).await;
            assert!(told.expected.contains("FAPI"), "{told:?}");
        }
        assert_eq!(scene.push(&[]).await.status, 201);
    }
}

/// DP-12, DP-13: §5.3.2.1 items 4 and 5, and whatever grant gives the token.
#[tokio::test]
async fn no_token_is_given_that_is_not_bound() {
    for by in BOTH {
        let scene = Scene::by(by).await;
        let code = scene.response(&[]).await.remove("code").unwrap();
        scene.refuses(&scene.exchange(None, &code).await, "invalid_dpop_proof", Reason::DpopProofMissing).await;
        let own = [("grant_type", "client_credentials")];
        scene.refuses(&scene.token(None, &own).await, "invalid_dpop_proof", Reason::DpopProofMissing).await;
        assert_eq!(scene.exchange(Some(&scene.holder), &code).await.status, 200);
    }
}

/// CA-44, MD-03: §5.3.2.1 items 1 and 6: at every endpoint where a client authenticates. One with a secret becomes FAPI's by its environment
/// alone.
#[tokio::test]
async fn a_client_proves_itself_by_its_keys() {
    let scene = Scene::by(By::Environment).await;
    for (method, fields) in [
        ("CLIENT_SECRET_POST", vec![("client_id", scene.people.client.as_str()), ("client_secret", SECRET)]),
        ("NONE", vec![("client_id", scene.people.client.as_str())]),
    ] {
        let grants = json!(["AUTHORIZATION_CODE", "REFRESH_TOKEN"]);
        scene.people.change(json!({ "tokenEndpointAuthMethod": method, "grantTypes": grants })).await;
        for endpoint in ["token", "par", "revoke", "introspect"] {
            let more =
                [&fields[..], &[("token", "x"), ("grant_type", "refresh_token"), ("refresh_token", "x")]].concat();
            let refused = scene.people.server.form(&scene.people.path(&format!("/as/{endpoint}")), &more).await;
            let told = scene.refuses(&refused, "invalid_client", Reason::MethodUnfit).await;
            assert_eq!(
                told.expected,
                "private_key_jwt or a client certificate: securityProfile of the environment is FAPI"
            );
        }
    }
    let secret = jose::sign_with_secret(Alg::Hs256, SECRET.as_bytes(), None, scene.claims().to_string().as_bytes());
    scene.people.change(json!({ "tokenEndpointAuthMethod": "CLIENT_SECRET_JWT" })).await;
    let refused = scene.push(&[("client_assertion_type", ASSERTION), ("client_assertion", &secret.unwrap())]).await;
    scene.refuses(&refused, "invalid_client", Reason::MethodUnfit).await;
}

/// JA-01, JA-06: FAPI 2.0 Message Signing §5.3.1: signed, from when and until when, no older and no longer than an hour.
#[tokio::test]
async fn a_message_is_signed_where_that_is_demanded() {
    for by in BOTH {
        let scene = Scene::by(by).await;
        match by {
            By::Application => scene.people.change(json!({ "requireSignedRequestObject": true })).await,
            By::Environment => drop(scene.profile("FAPI_MESSAGE_SIGNING").await.expect(200)),
        }
        let plain = scene.push(&[("response_mode", "jwt")]).await;
        scene.refuses(&plain, "invalid_request", Reason::RequestObjectRequired).await;
        let now = scene.people.server.now().secs();
        let object = |key: &SigningKey, change: serde_json::Value| {
            let mut claims = json!({
                "iss": scene.people.client, "aud": scene.issuer(), "client_id": scene.people.client, "response_type": "code",
                "redirect_uri": CALLBACK, "scope": "openid", "code_challenge": testkit::CHALLENGE,
                "code_challenge_method": "S256", "nbf": now, "exp": now + 300, "response_mode": "jwt",
            });
            claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            key.sign(Some(Typ::OauthAuthzReqJwt), claims.to_string().as_bytes()).unwrap()
        };
        for (change, fine) in [
            (json!({}), true),
            (json!({ "nbf": now + 8 }), true),
            (json!({ "aud": ["https://other.example", scene.issuer()] }), true),
            (json!({ "exp": null }), false),
            (json!({ "nbf": null }), false),
            (json!({ "nbf": now - 70 * 60 }), false),
            (json!({ "exp": now + 70 * 60 }), false),
            (json!({ "nbf": now + 70 }), false),
            (json!({ "aud": "https://other.example" }), false),
            (json!({ "redirect_uri": null }), false),
            // §5.4.1: signed by the environment's demand; an application of its own says it in responseModes.
            (json!({ "response_mode": "query" }), by == By::Application),
        ] {
            let answer = scene.push(&[("request", &object(&scene.key, change.clone()))]).await;
            assert_eq!(answer.status, if fine { 201 } else { 400 }, "{by:?} {change}: {answer:?}");
        }
        let rsa = SigningKey::generate(Alg::Rs256).unwrap();
        scene.people.change(json!({ "jwks": set(&[&scene.key, &rsa]) })).await;
        let refused = scene.push(&[("request", &object(&rsa, json!({})))]).await;
        let told = scene.refuses(&refused, "invalid_request_object", Reason::RequestObjectInvalid).await;
        assert_eq!(told.came, "alg: RS256");
    }
}

/// §5.4.1: what an environment signs is of its profile before it has it, and stays so.
#[tokio::test]
async fn an_environment_takes_the_profile_with_a_key_of_it() {
    let scene = Scene::by(By::Application).await;
    let refused = scene.profile("FAPI").await;
    let told = refused.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "securityProfile");
    assert!(told["details"][0]["message"].as_str().unwrap().contains("keys rotate --alg ES256"), "{told}");
    let path = format!("/environments/{}", scene.people.env);
    let own = scene.people.server.manage(Method::GET, &path, None).await.expect(200);
    assert_eq!(own.get("securityProfile"), None, "PingOne's have no such property");
    let rotated = |alg| {
        engine::rotation::rotate(
            &scene.people.server.app,
            scene.people.env,
            engine::rotation::Line::Own(Some(alg)),
            true,
        )
    };
    rotated(Alg::Es256).await.unwrap();
    assert_eq!(scene.profile("FAPI").await.expect(200)["securityProfile"], "FAPI");
    rotated(Alg::Rs256).await.unwrap_err();
    rotated(Alg::Ps256).await.unwrap();
}
