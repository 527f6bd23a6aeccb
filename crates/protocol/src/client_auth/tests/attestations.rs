//! What an attestation and the proof of its key must say (draft-ietf-oauth-attestation-based-client-auth §5, §6.1, §8).

use std::sync::Arc;

use jose::digest::HmacKey;
use jose::{Alg, Jwks, SigningKey, Typ};
use serde_json::{Value, json};

use super::{NOW, Presented, client, params, pepper};
use crate::change::Change;
use crate::client_auth::{Credentials, Expected, Keys, Method, Proven, SentAttestation, authenticate};
use crate::confirmation::Thumbprint;
use crate::dpop::Nonces;
use crate::grant::tests::ISSUER;
use crate::id::EnvironmentId;
use crate::model::{TrustedIssuer, TrustedIssuerType, Workload};
use crate::refusal::{Reason, Refused};

struct Scene {
    attester: SigningKey,
    instance: SigningKey,
    nonces: HmacKey,
}

impl Scene {
    fn new() -> Self {
        let key = || SigningKey::generate(Alg::Es256).unwrap();
        Self { attester: key(), instance: key(), nonces: HmacKey::new(&[7; 32]) }
    }

    fn challenges(&self) -> Nonces<'_> {
        Nonces { key: &self.nonces, environment: EnvironmentId::new(uuid::Uuid::from_u128(1)), now: NOW }
    }

    fn attestation(&self) -> Value {
        json!({ "sub": "c1", "exp": NOW.secs() + 60, "cnf": { "jwk": self.instance.public().to_json() } })
    }

    fn proof(&self) -> Value {
        json!({ "aud": ISSUER, "jti": "1", "iat": NOW.secs(), "challenge": self.challenges().challenge() })
    }

    fn signed(&self, attestation: &Value, proof: &Value) -> (String, String) {
        let sign = |key: &SigningKey, typ, claims: &Value| key.sign(Some(typ), claims.to_string().as_bytes()).unwrap();
        let attestation = sign(&self.attester, Typ::OauthClientAttestationJwt, attestation);
        (attestation, sign(&self.instance, Typ::OauthClientAttestationPopJwt, proof))
    }

    fn judged(&self, attestation: &Value, proof: &Value) -> Result<Proven, Refused> {
        let (attestation, proof) = self.signed(attestation, proof);
        self.sent(&[&attestation], &[&proof], "", false)
    }

    fn sent(&self, attestation: &[&str], proof: &[&str], form: &str, used: bool) -> Result<Proven, Refused> {
        let lines = |texts: &[&'static str]| texts.iter().map(|text| text.as_bytes()).collect();
        // Tests leak a few texts.
        let leak = |texts: &[&str]| texts.iter().map(|text| &*String::leak((*text).to_owned())).collect::<Vec<_>>();
        let sent =
            SentAttestation { attestation: lines(&leak(attestation)), proof: lines(&leak(proof)), dpop: Vec::new() };
        let presented = Presented::read_attested(&[], &sent, &params(form), None)?;
        let client = Arc::new(client(&[Method::AttestJwtClientAuth]));
        let trusted = [TrustedIssuer {
            kind: TrustedIssuerType::ClientAttester,
            issuer: "https://attester.example".to_owned(),
            workloads: vec![Workload { subject: "c1".to_owned(), application: client.application.id }],
            ..TrustedIssuer::default()
        }];
        let keys = Jwks::new(vec![self.attester.public().clone()]);
        let named = presented.trusted(&trusted);
        let credentials = Credentials {
            expected: Some(Expected { issuer: ISSUER, endpoints: &[], keys: Keys::Public(Ok(&keys)), used }),
            trusted: named.first().copied(),
            challenges: Some(self.challenges()),
            ..Credentials::of(&presented, Some(&client))
        };
        authenticate(&credentials, &pepper(), NOW)
    }
}

fn with(mut claims: Value, members: &Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        match value {
            Value::Null => _ = claims.as_object_mut().unwrap().remove(name),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

#[test]
fn an_attested_instance_is_its_client_once() {
    let scene = Scene::new();
    let proven = scene.judged(&scene.attestation(), &scene.proof()).unwrap();
    assert_eq!(proven.client.method(), Method::AttestJwtClientAuth);
    assert_eq!(proven.client.instance(), Some(&Thumbprint::of(scene.instance.public())));
    assert!(matches!(proven.changes[..], [Change::UseAssertion(_)]));
    let (attestation, proof) = scene.signed(&scene.attestation(), &scene.proof());
    let again = scene.sent(&[&attestation], &[&proof], "client_id=c1", true);
    assert_eq!(again.unwrap_err().reason, Reason::AssertionUsed);
}

/// CJ-34
#[test]
fn what_does_not_hold_is_told() {
    let scene = Scene::new();
    let (now, private) = (NOW.secs(), json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "AA" }));
    let attestations = [
        (json!({ "sub": "c2" }), Reason::AttesterUnknown, ""),
        (json!({ "iss": "https://other.example" }), Reason::AttesterUnknown, ""),
        (json!({ "exp": now - 61 }), Reason::AttestationStale, "exp"),
        // What has no time would be no fresher the next time.
        (json!({ "exp": null }), Reason::AttestationInvalid, "exp"),
        (json!({ "exp": "soon" }), Reason::AttestationInvalid, "exp"),
        (json!({ "cnf": null }), Reason::AttestationInvalid, "cnf"),
        (json!({ "cnf": {} }), Reason::AttestationInvalid, "cnf.jwk"),
        (json!({ "cnf": { "jwk": private } }), Reason::AttestationInvalid, "cnf.jwk"),
        (json!({ "cnf": { "jwk": scene.attester.public().to_json() } }), Reason::AttestationInvalid, "proof signed"),
        (json!({ "iat": now + 90 }), Reason::AttestationInvalid, "iat"),
    ];
    for (members, reason, expected) in attestations {
        let refused = scene.judged(&with(scene.attestation(), &members), &scene.proof()).unwrap_err();
        assert!(refused.reason == reason && refused.expected.contains(expected), "{members}: {refused:?}");
    }
    let proofs = [
        (json!({ "aud": "https://other.example" }), Reason::AttestationInvalid, "aud"),
        (json!({ "aud": [ISSUER, "https://other.example"] }), Reason::AttestationInvalid, "aud"),
        (json!({ "aud": null }), Reason::AttestationInvalid, "aud"),
        (json!({ "iat": now - 361 }), Reason::AttestationInvalid, "iat"),
        (json!({ "iat": now + 90 }), Reason::AttestationInvalid, "iat"),
        (json!({ "iat": null }), Reason::AttestationInvalid, "iat"),
        (json!({ "jti": null }), Reason::AttestationInvalid, "jti"),
        (json!({ "jti": "" }), Reason::AttestationInvalid, "jti"),
        (json!({ "challenge": null }), Reason::AttestationChallengeRequired, "challenge"),
        (json!({ "challenge": "made up" }), Reason::AttestationChallengeRequired, "challenge"),
        // A nonce of DPoP is none.
        (json!({ "challenge": scene.challenges().current() }), Reason::AttestationChallengeRequired, "challenge"),
    ];
    for (members, reason, expected) in proofs {
        let refused = scene.judged(&scene.attestation(), &with(scene.proof(), &members)).unwrap_err();
        assert!(refused.reason == reason && refused.expected.contains(expected), "{members}: {refused:?}");
    }
}

/// CJ-34, CJ-14, CJ-23: one of each field, each of its own type, and by the right keys.
#[test]
fn there_is_one_of_each_and_of_its_type() {
    let scene = Scene::new();
    let (attestation, proof) = scene.signed(&scene.attestation(), &scene.proof());
    let refused = |attestation: &[&str], proof: &[&str]| scene.sent(attestation, proof, "", false).unwrap_err().reason;
    for (attestation, proof) in [
        (vec![&*attestation], vec![]),
        (vec![], vec![&*proof]),
        (vec![&*attestation, &*attestation], vec![&*proof]),
        (vec![&*attestation], vec![&*proof, &*proof]),
        (vec![&*attestation], vec!["not a token"]),
        (vec![&*attestation], vec!["a.b.c"]),
        (vec![&*attestation], vec![&*attestation]),
    ] {
        assert_eq!(refused(&attestation, &proof), Reason::AttestationInvalid);
    }
    assert_eq!(refused(&["x"], &[&proof]), Reason::CredentialsMalformed);
    // Another who attests, and an instance that attests itself.
    let other = Scene { instance: scene.instance.clone(), ..Scene::new() };
    let (forged, _) = other.signed(&scene.attestation(), &scene.proof());
    assert_eq!(refused(&[&forged], &[&proof]), Reason::AttesterUnknown);
    // Beside another mechanism it is ambiguous.
    let both = scene.sent(&[&attestation], &[&proof], "client_id=c1&client_secret=x", false);
    assert_eq!(both.unwrap_err().reason, Reason::ClientAuthAmbiguous);
}
