//! Attested instances of clients over HTTP, at every endpoint (draft-ietf-oauth-attestation-based-client-auth).

use engine::bootstrap::dev;
use jose::{Alg, SigningKey, Typ};
use protocol::refusal::Reason;
use protocol::scope::Scope;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Request, SANDBOX, TestApp, VERIFIER, each_store};

use super::assertions::set;
use super::{is_proven, reason};

pub(super) const ENDPOINTS: [&str; 4] = ["token", "introspect", "revoke", "par"];

struct Instance {
    attester: SigningKey,
    key: SigningKey,
}

impl Instance {
    fn of(attester: &SigningKey) -> Self {
        Self { attester: attester.clone(), key: SigningKey::generate(Alg::Es256).unwrap() }
    }

    fn attestation(&self, server: &TestApp, members: &Value) -> String {
        let (sub, exp) = (dev::SHARED_WEB_APPLICATION.to_string(), server.now().secs() + 600);
        let mut claims = json!({ "sub": sub, "exp": exp, "cnf": { "jwk": self.key.public().to_json() } });
        claims.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        self.attester.sign(Some(Typ::OauthClientAttestationJwt), claims.to_string().as_bytes()).unwrap()
    }

    fn proof(&self, server: &TestApp, jti: &str, challenge: &str) -> String {
        let (aud, iat) = (server.app.site(SANDBOX).issuer, server.now().secs());
        let claims = json!({ "aud": aud, "jti": jti, "iat": iat, "challenge": challenge });
        self.key.sign(Some(Typ::OauthClientAttestationPopJwt), claims.to_string().as_bytes()).unwrap()
    }

    async fn ask(&self, server: &TestApp, endpoint: &str, jti: &str, form: &str) -> Answer {
        let challenge = challenge(server).await;
        let proof = self.proof(server, jti, &challenge);
        sent(server, endpoint, &[&self.attestation(server, &json!({}))], &[&proof], form).await
    }
}

async fn sent(server: &TestApp, endpoint: &str, attestation: &[&str], proof: &[&str], form: &str) -> Answer {
    let mut request = Request::form(server.at(endpoint));
    for line in attestation {
        request = request.header("OAuth-Client-Attestation", *line);
    }
    for line in proof {
        request = request.header("OAuth-Client-Attestation-PoP", *line);
    }
    server.send(request.body(form)).await
}

pub(super) async fn challenge(server: &TestApp) -> String {
    let answer = server.encoded(&server.at("challenge"), "").await;
    assert!(answer.status == 200 && answer.header("cache-control").contains("no-store"), "{answer:?}");
    answer.text_of("attestation_challenge")
}

/// Lets this attester's instances be the shared web application.
async fn trust(server: &TestApp) -> SigningKey {
    trust_by(server, "ATTEST_JWT_CLIENT_AUTH").await
}

/// The same for one of the methods.
pub(super) async fn trust_by(server: &TestApp, method: &str) -> SigningKey {
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let id = dev::SHARED_WEB_APPLICATION.to_string();
    let body = json!({
        "name": "Attester", "type": "CLIENT_ATTESTER", "issuer": "https://attester.example", "jwks": set(&[&key]),
        "workloads": [{ "subject": id, "application": { "id": id } }],
    });
    let all = format!("/environments/{SANDBOX}/trustedIssuers");
    server.manage(Method::POST, &all, Some(&body)).await.expect(201);
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "tokenEndpointAuthMethod": method })).await;
    key
}

pub(super) const GRANT: &str = "grant_type=client_credentials&token=none";

/// CJ-34, CJ-12: at every endpoint, and each proof once wherever it is shown.
#[tokio::test]
async fn an_attested_instance_is_its_client_at_every_endpoint() {
    each_store(|server| async move {
        let instance = Instance::of(&trust(&server).await);
        for endpoint in ENDPOINTS {
            is_proven(endpoint, &instance.ask(&server, endpoint, endpoint, GRANT).await);
            for again in ENDPOINTS {
                let answer = instance.ask(&server, again, endpoint, GRANT).await;
                answer.is_refused(401, "invalid_client");
                assert_eq!(reason(&server, &answer).await, Reason::AssertionUsed);
            }
        }
    })
    .await;
}

/// CJ-34: without the challenge it is asked for, with the challenge to use; one is good for some minutes.
#[tokio::test]
async fn a_proof_needs_the_challenge_of_this_server() {
    let server = TestApp::inside().await;
    let instance = Instance::of(&trust(&server).await);
    let attestation = instance.attestation(&server, &json!({}));
    for (n, endpoint) in ENDPOINTS.into_iter().enumerate() {
        let proof = instance.proof(&server, &format!("without-{n}"), "made up");
        let answer = sent(&server, endpoint, &[&attestation], &[&proof], GRANT).await;
        answer.is_refused(400, "use_attestation_challenge");
        let given = answer.header("oauth-client-attestation-challenge").to_owned();
        assert_eq!(reason(&server, &answer).await, Reason::AttestationChallengeRequired);
        // What lacked it was not used up by that.
        let proof = instance.proof(&server, &format!("without-{n}"), &given);
        is_proven(endpoint, &sent(&server, endpoint, &[&attestation], &[&proof], GRANT).await);
    }
    let old = challenge(&server).await;
    server.wait(3_600);
    let (attestation, proof) = (instance.attestation(&server, &json!({})), instance.proof(&server, "old", &old));
    sent(&server, "token", &[&attestation], &[&proof], GRANT).await.is_refused(400, "use_attestation_challenge");
}

/// CJ-34: the proof missing, by another key, two fields, an attestation that ended, for somebody else, of another client.
#[tokio::test]
async fn what_does_not_hold_is_refused() {
    let server = TestApp::inside().await;
    let instance = Instance::of(&trust(&server).await);
    let stranger = Instance::of(&SigningKey::generate(Alg::Es256).unwrap());
    let challenge = challenge(&server).await;
    let good = instance.attestation(&server, &json!({}));
    let proof = |of: &Instance| of.proof(&server, "once", &challenge);
    let (own, other) = (proof(&instance), proof(&stranger));
    let forged = stranger.attestation(&server, &json!({}));
    let foreign = instance.attestation(&server, &json!({ "sub": dev::BASIC_WEB_APPLICATION.to_string() }));
    for (attestation, proof, expected) in [
        (vec![&good], vec![], Reason::AttestationInvalid),
        (vec![], vec![&own], Reason::AttestationInvalid),
        (vec![&good], vec![&other], Reason::AttestationInvalid),
        (vec![&good, &good], vec![&own], Reason::AttestationInvalid),
        (vec![&good], vec![&own, &own], Reason::AttestationInvalid),
        (vec![&forged], vec![&other], Reason::AttesterUnknown),
        (vec![&foreign], vec![&own], Reason::MethodOther),
    ] {
        let attestation: Vec<&str> = attestation.into_iter().map(String::as_str).collect();
        let proof: Vec<&str> = proof.into_iter().map(String::as_str).collect();
        let answer = sent(&server, "token", &attestation, &proof, GRANT).await;
        answer.is_refused(401, "invalid_client");
        assert_eq!(reason(&server, &answer).await, expected);
    }
    let ended = instance.attestation(&server, &json!({ "exp": server.now().secs() - 61 }));
    let answer = sent(&server, "token", &[&ended], &[&own], GRANT).await;
    answer.is_refused(400, "use_fresh_attestation");
    let secret = format!("{GRANT}&client_id={}&client_secret=x", dev::SHARED_WEB_APPLICATION);
    sent(&server, "token", &[&good], &[&own], &secret).await.is_refused(400, "invalid_request");
    let named = format!("{GRANT}&client_id={}", dev::BASIC_WEB_APPLICATION);
    sent(&server, "token", &[&good], &[&own], &named).await.is_refused(401, "invalid_client");
    // None of it used up the good one.
    is_proven("token", &sent(&server, "token", &[&good], &[&own], GRANT).await);
}

/// What an instance was given only that instance refreshes, and whoever else tries ends nothing for it.
#[tokio::test]
async fn refresh_tokens_are_the_instances() {
    each_store(|server| async move {
        let attester = trust(&server).await;
        let (one, other) = (Instance::of(&attester), Instance::of(&attester));
        server
            .change(dev::SHARED_WEB_APPLICATION, json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] }))
            .await;
        let scope = Scope::parse("openid offline_access").unwrap();
        let code = server.code(|code| code.authorization.scope = scope).await;
        let redirect = dev::REDIRECT_URI;
        let form =
            format!("grant_type=authorization_code&code={code}&redirect_uri={redirect}&code_verifier={VERIFIER}");
        let first = one.ask(&server, "token", "code", &form).await;
        assert_eq!(first.status, 200, "{}", first.text);
        let Some(refresh) = first.body["refresh_token"].as_str() else { panic!("no refresh token: {}", first.text) };
        let form = format!("grant_type=refresh_token&refresh_token={refresh}");
        let stolen = other.ask(&server, "token", "stolen", &form).await;
        stolen.is_refused(400, "invalid_grant");
        assert_eq!(reason(&server, &stolen).await, Reason::AttestedKeyOther);
        assert_eq!(one.ask(&server, "token", "own", &form).await.status, 200);
    })
    .await;
}

/// It is advertised where somebody is trusted to attest, and nowhere else.
#[tokio::test]
async fn it_is_advertised_where_it_is_taken() {
    let server = TestApp::inside().await;
    let metadata = async || server.get(&format!("/{SANDBOX}/as/.well-known/openid-configuration")).await.expect(200);
    let before = metadata().await;
    assert!(!before["token_endpoint_auth_methods_supported"].to_string().contains("attest"));
    assert!(
        before["challenge_endpoint"].is_null() && before["client_attestation_signing_alg_values_supported"].is_null()
    );
    assert_eq!(server.encoded(&server.at("challenge"), "").await.status, 404);
    trust(&server).await;
    let after = metadata().await;
    for member in ["token", "revocation", "introspection"] {
        let listed = &after[format!("{member}_endpoint_auth_methods_supported")];
        assert!(listed.as_array().unwrap().contains(&json!("attest_jwt_client_auth")), "{member}: {listed}");
    }
    assert_eq!(after["challenge_endpoint"], json!(server.url(&server.at("challenge"))));
    for member in
        ["client_attestation_signing_alg_values_supported", "client_attestation_pop_signing_alg_values_supported"]
    {
        assert!(after[member].as_array().unwrap().contains(&json!("ES256")), "{after}");
    }
}
