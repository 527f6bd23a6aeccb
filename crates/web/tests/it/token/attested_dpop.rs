//! Attested instances whose DPoP proof proves the attested key as well (draft-ietf-oauth-attestation-based-client-auth §5.2, §8.3).

use engine::bootstrap::dev;
use engine::rotation::{self, Line};
use jose::{Alg, SigningKey, Typ};
use protocol::refusal::Reason;
use protocol::scope::Scope;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, CHALLENGE, Holder, Request, SANDBOX, TestApp, VERIFIER, claims, each_store};

use super::attestations::{ENDPOINTS, GRANT, challenge, trust_by};
use super::{is_proven, reason};

/// An instance whose attested key makes its DPoP proofs.
struct Instance {
    attester: SigningKey,
    key: Holder,
}

impl Instance {
    async fn trusted(server: &TestApp) -> Self {
        Self::of(&trust_by(server, "ATTEST_JWT_CLIENT_AUTH_DPOP").await)
    }

    fn of(attester: &SigningKey) -> Self {
        Self { attester: attester.clone(), key: Holder::new(Alg::Es256) }
    }

    fn attestation(&self, server: &TestApp, members: &Value) -> String {
        let (sub, exp) = (dev::SHARED_WEB_APPLICATION.to_string(), server.now().secs() + 600);
        let mut claims = json!({ "sub": sub, "exp": exp, "cnf": { "jwk": self.key.header()["jwk"] } });
        claims.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        self.attester.sign(Some(Typ::OauthClientAttestationJwt), claims.to_string().as_bytes()).unwrap()
    }

    /// A proof for an endpoint with some members of its own.
    fn proof(&self, server: &TestApp, endpoint: &str, members: &Value) -> String {
        let mut claims = self.key.claims(server, "POST", &server.url(&server.at(endpoint)), None);
        for (name, value) in members.as_object().unwrap() {
            claims[name] = value.clone();
        }
        self.key.sign(&self.key.header(), &claims)
    }

    async fn ask(&self, server: &TestApp, endpoint: &str, form: &str) -> Answer {
        let proof = self.proof(server, endpoint, &json!({ "nonce": challenge(server).await }));
        sent(server, endpoint, &[&self.attestation(server, &json!({}))], &[&proof], form).await
    }
}

async fn sent(server: &TestApp, endpoint: &str, attestation: &[&str], proof: &[&str], form: &str) -> Answer {
    let mut request = Request::form(server.at(endpoint));
    for line in attestation {
        request = request.header("OAuth-Client-Attestation", *line);
    }
    for line in proof {
        request = request.header("DPoP", *line);
    }
    server.send(request.body(form)).await
}

async fn code(server: &TestApp, scope: &str) -> String {
    let scope = Scope::parse(scope).unwrap();
    let code = server.code(|code| code.authorization.scope = scope).await;
    let redirect = dev::REDIRECT_URI;
    format!("grant_type=authorization_code&code={code}&redirect_uri={redirect}&code_verifier={VERIFIER}")
}

/// CJ-34, DP-07: at every endpoint, and each proof once, also where what it asked for was refused.
#[tokio::test]
async fn one_proof_is_both_at_every_endpoint() {
    each_store(|server| async move {
        let instance = Instance::trusted(&server).await;
        let attestation = instance.attestation(&server, &json!({}));
        for endpoint in ENDPOINTS {
            let proof = instance.proof(&server, endpoint, &json!({ "nonce": challenge(&server).await }));
            is_proven(endpoint, &sent(&server, endpoint, &[&attestation], &[&proof], GRANT).await);
            let again = sent(&server, endpoint, &[&attestation], &[&proof], GRANT).await;
            again.is_refused(401, "invalid_client");
            assert_eq!(reason(&server, &again).await, Reason::AssertionUsed);
        }
    })
    .await;
}

/// Tokens are bound to the attested key, and what was pushed with it as well; refresh tokens are the instance's.
#[tokio::test]
async fn tokens_are_bound_to_the_attested_key() {
    each_store(|server| async move {
        let one = Instance::trusted(&server).await;
        let other = Instance::of(&one.attester);
        server
            .change(dev::SHARED_WEB_APPLICATION, json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] }))
            .await;
        let first = one.ask(&server, "token", &code(&server, "openid offline_access").await).await;
        assert_eq!((first.status, first.body["token_type"].as_str()), (200, Some("DPoP")), "{}", first.text);
        assert_eq!(claims(first.member("access_token"))["cnf"]["jkt"], one.key.jkt());
        let form = format!("grant_type=refresh_token&refresh_token={}", first.member("refresh_token"));
        let stolen = other.ask(&server, "token", &form).await;
        stolen.is_refused(400, "invalid_grant");
        assert_eq!(one.ask(&server, "token", &form).await.status, 200);
        // What one pushed the other does not redeem.
        let redirect = dev::REDIRECT_URI;
        let pushed = format!(
            "response_type=code&redirect_uri={redirect}&code_challenge={CHALLENGE}&code_challenge_method=S256&client_id={}",
            dev::SHARED_WEB_APPLICATION
        );
        assert_eq!(one.ask(&server, "par", &pushed).await.status, 201);
        let named = format!("{pushed}&dpop_jkt={}", other.key.jkt());
        assert_eq!(one.ask(&server, "par", &named).await.status, 400);
    })
    .await;
}

/// CJ-34: a proof that is missing, another key's, two, both kinds, for another address or method, too old, of another client's method.
#[tokio::test]
async fn what_does_not_hold_is_refused() {
    let server = TestApp::inside().await;
    let instance = Instance::trusted(&server).await;
    let stranger = Instance::of(&instance.attester);
    let given = challenge(&server).await;
    let good = instance.attestation(&server, &json!({}));
    let of = |who: &Instance, members: Value| {
        let mut all = json!({ "nonce": given });
        all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        who.proof(&server, "token", &all)
    };
    let (own, another) = (of(&instance, json!({})), of(&stranger, json!({})));
    let elsewhere = instance.proof(&server, "introspect", &json!({ "nonce": given }));
    let (client, proof, url) = ("invalid_client", "invalid_dpop_proof", server.url(&server.at("token")));
    for (attestation, shown, status, error, expected) in [
        (vec![&good], vec![], 401, client, Reason::AttestationInvalid),
        (vec![&good], vec![&another], 401, client, Reason::AttestationInvalid),
        (vec![&good, &good], vec![&own], 401, client, Reason::AttestationInvalid),
        (vec![&good], vec![&own, &own], 401, client, Reason::AttestationInvalid),
        (vec![&good], vec![&elsewhere], 400, proof, Reason::DpopProofInvalid),
        (vec![&good], vec![&of(&instance, json!({ "htm": "GET" }))], 400, proof, Reason::DpopProofInvalid),
        (vec![&good], vec![&of(&instance, json!({ "htu": format!("{url}/x") }))], 400, proof, Reason::DpopProofInvalid),
        (
            vec![&good],
            vec![&of(&instance, json!({ "iat": server.now().secs() - 120 }))],
            400,
            proof,
            Reason::DpopProofInvalid,
        ),
        (vec![&good], vec![&of(&instance, json!({ "jti": "" }))], 400, proof, Reason::DpopProofInvalid),
        (
            vec![&good],
            vec![&of(&instance, json!({ "nonce": "made up" }))],
            400,
            "use_attestation_challenge",
            Reason::AttestationChallengeRequired,
        ),
        (
            vec![&good],
            vec![&of(&instance, json!({ "nonce": 1 }))],
            400,
            "use_attestation_challenge",
            Reason::AttestationChallengeRequired,
        ),
        // No attestation: a proof alone proves no client.
        (vec![], vec![&own], 401, client, Reason::CredentialsMissing),
    ] {
        let attestation: Vec<&str> = attestation.into_iter().map(String::as_str).collect();
        let shown: Vec<&str> = shown.into_iter().map(String::as_str).collect();
        let named = format!("{GRANT}&client_id={}", dev::SHARED_WEB_APPLICATION);
        let answer = sent(&server, "token", &attestation, &shown, &named).await;
        answer.is_refused(status, error);
        assert_eq!(reason(&server, &answer).await, expected, "{shown:?}");
    }
    // None of it used up the good one, and `ath` says nothing where no token is shown (RFC 9449 §4.2).
    is_proven("token", &sent(&server, "token", &[&good], &[&own], GRANT).await);
    is_proven("token", &sent(&server, "token", &[&good], &[&of(&instance, json!({ "ath": "x" }))], GRANT).await);
}

/// CJ-34: beside a proof of its own the DPoP proof is none of the client (§8), and each application is held to its kind.
#[tokio::test]
async fn the_two_kinds_are_told_apart() {
    let server = TestApp::inside().await;
    let instance = Instance::trusted(&server).await;
    let good = instance.attestation(&server, &json!({}));
    let own = instance.proof(&server, "token", &json!({ "nonce": challenge(&server).await }));
    let both = Request::form(server.at("token"))
        .header("OAuth-Client-Attestation", good.as_str())
        .header("OAuth-Client-Attestation-PoP", own.as_str())
        .header("DPoP", own.as_str());
    let both = server.send(both.body(GRANT)).await;
    both.is_refused(401, "invalid_client");
    assert_eq!(reason(&server, &both).await, Reason::MethodOther);
    // An application that is registered for the other kind does not take this one.
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "tokenEndpointAuthMethod": "ATTEST_JWT_CLIENT_AUTH" })).await;
    let other = instance.ask(&server, "token", GRANT).await;
    other.is_refused(401, "invalid_client");
    assert_eq!(reason(&server, &other).await, Reason::MethodOther);
}

/// Whoever lacks the challenge is given it, and is let in with it; where DPoP proofs need nonces, those do as well.
#[tokio::test]
async fn challenges_and_nonces_do_both() {
    let server = TestApp::inside().await;
    let instance = Instance::trusted(&server).await;
    let attestation = instance.attestation(&server, &json!({}));
    for endpoint in ENDPOINTS {
        let without = instance.proof(&server, endpoint, &json!({}));
        let answer = sent(&server, endpoint, &[&attestation], &[&without], GRANT).await;
        answer.is_refused(400, "use_attestation_challenge");
        let given = answer.header("oauth-client-attestation-challenge").to_owned();
        let with = instance.proof(&server, endpoint, &json!({ "nonce": given }));
        is_proven(endpoint, &sent(&server, endpoint, &[&attestation], &[&with], GRANT).await);
    }
    let path = format!("/environments/{SANDBOX}");
    let mut environment = server.manage(Method::GET, &path, None).await.expect(200);
    environment["dpopNonceRequired"] = json!(true);
    server.manage(Method::PUT, &path, Some(&environment)).await.expect(200);
    let granted = instance.ask(&server, "token", &code(&server, "openid").await).await;
    assert_eq!(granted.status, 200, "a challenge is a nonce: {}", granted.text);
    let nonce = granted.header("dpop-nonce").to_owned();
    assert!(!nonce.is_empty());
    let proof = instance.proof(&server, "token", &json!({ "nonce": nonce }));
    let granted = sent(&server, "token", &[&attestation], &[&proof], &code(&server, "openid").await).await;
    assert_eq!(granted.status, 200, "and the other way round: {}", granted.text);
    let old = challenge(&server).await;
    server.wait(3_600);
    let (attestation, proof) =
        (instance.attestation(&server, &json!({})), instance.proof(&server, "token", &json!({ "nonce": old })));
    sent(&server, "token", &[&attestation], &[&proof], GRANT).await.is_refused(400, "use_attestation_challenge");
}

/// MD-03: advertised where somebody is trusted to attest, beside the other kind, and not where the profile takes keys of clients alone.
#[tokio::test]
async fn it_is_advertised_where_it_is_taken() {
    let server = TestApp::inside().await;
    let listed = async || {
        let metadata = server.get(&format!("/{SANDBOX}/as/.well-known/openid-configuration")).await.expect(200);
        ["token", "revocation", "introspection"].map(|of| {
            let listed = metadata[format!("{of}_endpoint_auth_methods_supported")].as_array().unwrap();
            listed.contains(&json!("attest_jwt_client_auth_dpop"))
        })
    };
    assert_eq!(listed().await, [false; 3]);
    let instance = Instance::trusted(&server).await;
    assert_eq!(listed().await, [true; 3]);
    is_proven("token", &instance.ask(&server, "token", GRANT).await);
    let path = format!("/environments/{SANDBOX}");
    let mut environment = server.manage(Method::GET, &path, None).await.expect(200);
    let attestation = instance.attestation(&server, &json!({}));
    let proof = instance.proof(&server, "token", &json!({ "nonce": challenge(&server).await }));
    rotation::rotate(&server.app, SANDBOX, Line::Own(Some(Alg::Es256)), true).await.unwrap();
    server.app.forget(SANDBOX);
    environment["securityProfile"] = json!("FAPI");
    server.manage(Method::PUT, &path, Some(&environment)).await.expect(200);
    assert_eq!(listed().await, [false; 3]);
    let refused = sent(&server, "token", &[&attestation], &[&proof], GRANT).await;
    refused.is_refused(401, "invalid_client");
    assert_eq!(reason(&server, &refused).await, Reason::MethodUnfit);
}
