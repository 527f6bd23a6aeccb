//! What the token of a workload must say, and whose it is (RFC 7523 §3, draft-ietf-oauth-spiffe-client-auth §3.1).

use std::sync::Arc;

use jose::{Alg, Jwks, SigningKey, Typ};
use serde_json::{Value, json};

use super::{NOW, Presented, client, params, pepper};
use crate::change::Change;
use crate::client::Client;
use crate::client_auth::{Credentials, Expected, Keys, Method, Proven, authenticate};
use crate::grant::tests::ISSUER;
use crate::model::{TrustedIssuer, Workload};
use crate::refusal::{Reason, Refused};

const CI: &str = "https://ci.example";
const BRANCH: &str = "repo:org/shop:ref:refs/heads/main";
const SVID: &str = "spiffe://example.org/ns/shop/sa/orders";

fn of_workload() -> Client {
    client(&[Method::WorkloadIdentity])
}

fn trusted(issuer: &str, subject: &str) -> TrustedIssuer {
    let application = of_workload().application.id;
    let workloads = vec![Workload { subject: subject.to_owned(), application }];
    TrustedIssuer { issuer: issuer.to_owned(), workloads, ..TrustedIssuer::default() }
}

fn good() -> Value {
    json!({ "iss": CI, "sub": BRANCH, "aud": ISSUER, "exp": NOW.secs() + 600, "iat": NOW.secs(), "jti": "1" })
}

fn with(members: &Value) -> Value {
    let mut claims = good();
    for (name, value) in members.as_object().unwrap() {
        match value {
            Value::Null => _ = claims.as_object_mut().unwrap().remove(name),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

/// What is trusted, by which key the token is signed, and what it says.
struct Sent<'a> {
    kind: &'a str,
    trusted: Option<&'a TrustedIssuer>,
    claims: &'a Value,
    typ: Option<Typ>,
    used: bool,
}

impl Sent<'_> {
    fn judged(&self, client: Option<Client>) -> Result<Proven, Refused> {
        let key = SigningKey::generate(Alg::Es256).unwrap();
        let keys = Jwks::new(vec![key.public().clone()]);
        let token = key.sign(self.typ, self.claims.to_string().as_bytes()).unwrap();
        let form = format!("client_assertion_type={KIND}{}&client_assertion={token}", self.kind);
        let presented = Presented::read(&[], &params(&form), None)?;
        let client = client.map(Arc::new);
        let endpoints = [format!("{ISSUER}/token")];
        let expected =
            Expected { issuer: ISSUER, endpoints: &endpoints, keys: Keys::Public(Ok(&keys)), used: self.used };
        let claimed = presented.claimed().unwrap();
        let trusted = self.trusted.filter(|trusted| trusted.issuer == claimed.issuer);
        let credentials = Credentials {
            expected: trusted.map(|_| expected),
            trusted,
            ..Credentials::of(&presented, client.as_ref())
        };
        authenticate(&credentials, &pepper(), NOW)
    }
}

fn bearer<'a>(trusted: &'a TrustedIssuer, claims: &'a Value) -> Sent<'a> {
    Sent { kind: "jwt-bearer", trusted: Some(trusted), claims, typ: None, used: false }
}

fn svid<'a>(trusted: &'a TrustedIssuer, claims: &'a Value) -> Sent<'a> {
    Sent { kind: "jwt-spiffe", ..bearer(trusted, claims) }
}

#[track_caller]
fn refused(judged: Result<Proven, Refused>, reason: Reason, expected: &str, came: &str) {
    let refused = judged.unwrap_err();
    assert_eq!((refused.reason, reason.status(), reason.row().oauth), (reason, 401, "invalid_client"), "{refused:?}");
    assert!(refused.expected.contains(expected) && refused.came.contains(came), "{refused:?}");
    assert!(format!("{}{}", refused.expected, refused.came).contains("(iss: "), "{refused:?}");
}

/// CJ-01, CJ-12, CJ-24
#[test]
fn the_token_of_a_workload_proves_its_application() {
    let (issuer, claims) = (trusted(CI, "repo:org/*:ref:refs/heads/main"), good());
    for typ in [None, Some(Typ::Jwt)] {
        let proven = Sent { typ, ..bearer(&issuer, &claims) }.judged(Some(of_workload())).unwrap();
        assert_eq!(proven.client.method(), Method::WorkloadIdentity);
        assert_eq!(
            proven.workload.as_deref(),
            Some("workload repo:org/shop:ref:refs/heads/main of https://ci.example")
        );
        assert!(proven.changes.is_empty(), "it is shown until it ends");
    }
    let once = TrustedIssuer { single_use: true, ..issuer };
    let proven = bearer(&once, &claims).judged(Some(of_workload())).unwrap();
    assert!(matches!(proven.changes[..], [Change::UseAssertion(_)]));
    let again = Sent { used: true, ..bearer(&once, &claims) }.judged(Some(of_workload()));
    refused(again, Reason::AssertionUsed, "not used before", "jti");
    let nameless = with(&json!({ "jti": null }));
    refused(bearer(&once, &nameless).judged(Some(of_workload())), Reason::WorkloadTokenInvalid, "jti", "none");
}

/// A JWT-SVID has no issuer of its own: its trust domain is.
#[test]
fn a_svid_is_of_its_trust_domain() {
    let domain = trusted("spiffe://example.org", "spiffe://example.org/ns/*/sa/orders");
    let claims = json!({ "sub": SVID, "aud": [ISSUER], "exp": NOW.secs() + 60 });
    let proven = svid(&domain, &claims).judged(Some(of_workload())).unwrap();
    assert_eq!(proven.workload.as_deref(), Some(&*format!("workload {SVID} of spiffe://example.org")));
    // Whatever `iss` says.
    let said = with(&json!({ "sub": SVID, "iss": "https://spire.example" }));
    assert!(svid(&domain, &said).judged(Some(of_workload())).is_ok());
    let other = json!({ "sub": "spiffe://example.org/ns/shop/sa/other", "aud": ISSUER, "exp": NOW.secs() + 60 });
    refused(svid(&domain, &other).judged(Some(of_workload())), Reason::WorkloadUnknown, "sub: spiffe", "sa/other");
    let foreign = json!({ "sub": "spiffe://example.com/ns/shop/sa/orders", "aud": ISSUER, "exp": NOW.secs() + 60 });
    refused(
        svid(&domain, &foreign).judged(Some(of_workload())),
        Reason::WorkloadUnknown,
        "trusted issuer",
        "example.com",
    );
}

/// CJ-02 to CJ-10, CJ-23
#[test]
fn what_does_not_hold_is_told_by_issuer_and_claim() {
    let (issuer, now) = (trusted(CI, BRANCH), NOW.secs());
    let table = [
        (json!({ "aud": "https://other.example" }), "aud: https", "other.example"),
        (json!({ "aud": [ISSUER, "https://other.example"] }), "aud: https", "other.example"),
        (json!({ "aud": format!("{ISSUER}/token") }), "alone", "/token"),
        (json!({ "aud": null }), "aud", "none"),
        (json!({ "exp": now - 61 }), "exp", ""),
        (json!({ "exp": now + 90_000 }), "exp: at most a day ahead", ""),
        (json!({ "exp": null }), "exp", "none"),
        (json!({ "nbf": now + 90 }), "nbf", ""),
        (json!({ "iat": now + 90 }), "iat", ""),
    ];
    for (members, expected, came) in table {
        let claims = with(&members);
        let judged = bearer(&issuer, &claims).judged(Some(of_workload()));
        refused(judged, Reason::WorkloadTokenInvalid, expected, came);
    }
    let claims = good();
    let typed = Sent { typ: Some(Typ::AtJwt), ..bearer(&issuer, &claims) }.judged(Some(of_workload()));
    refused(typed, Reason::WorkloadTokenInvalid, "typ", "at+jwt");
    // For an audience of its own it is not for the issuer.
    let named = TrustedIssuer { audience: Some("grantor".to_owned()), ..issuer };
    let own = with(&json!({ "aud": "grantor" }));
    assert!(bearer(&named, &own).judged(Some(of_workload())).is_ok());
    refused(bearer(&named, &claims).judged(Some(of_workload())), Reason::WorkloadTokenInvalid, "aud: grantor", ISSUER);
}

/// CJ-07
#[test]
fn a_workload_is_nobody_else() {
    let issuer = trusted(CI, BRANCH);
    let other = with(&json!({ "sub": "repo:org/shop:ref:refs/heads/feature" }));
    refused(bearer(&issuer, &other).judged(Some(of_workload())), Reason::WorkloadUnknown, BRANCH, "feature");
    refused(bearer(&issuer, &other).judged(None), Reason::WorkloadUnknown, BRANCH, "feature");
    let unknown = with(&json!({ "iss": "https://other.example" }));
    refused(bearer(&issuer, &unknown).judged(None), Reason::WorkloadUnknown, "trusted issuer", "other.example");
    // An application that the names do not mean, and one that has another method.
    let mut beside = of_workload();
    beside.application.id = crate::id::ApplicationId::new(uuid::Uuid::from_u128(99));
    let claims = good();
    refused(bearer(&issuer, &claims).judged(Some(beside)), Reason::WorkloadUnknown, "none is registered", BRANCH);
    let secret = bearer(&issuer, &claims).judged(Some(client(&[Method::ClientSecretPost])));
    assert_eq!(secret.unwrap_err().reason, Reason::MethodOther);
}

const KIND: &str = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3A";
