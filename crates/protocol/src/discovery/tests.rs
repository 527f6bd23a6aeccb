//! Nothing is published that is refused, and what this server can do is published.

use std::sync::Arc;

use jose::{Alg, Authority, ClientCertificate, Jwks, SigningKey, Typ};
use serde_json::json;

use super::{Offered, auth_methods, confidential_auth_methods, grant_types};
use crate::client_auth::{Credentials, Expected, Keys, Method, Presented, SentAttestation, authenticate};
use crate::grant::Grant;
use crate::grant::GrantType;
use crate::grant::tests::{ISSUER, NOW, SECRET, base64, client, params, pepper, proven};
use crate::model::{FrontChannelTokens, RegisteredKeys, TrustedIssuer, TrustedIssuerType, Workload};
use crate::mutual_tls::{self, Against, Sent};
use crate::policy::{FAPI, RFC9700};
use crate::refusal::{Reason, Refused};
use crate::secret::Secret;

fn claims() -> String {
    json!({ "iss": "c1", "sub": "c1", "aud": ISSUER, "exp": NOW.secs() + 60, "jti": "1" }).to_string()
}

fn asserted(assertion: &str) -> Result<Presented, Refused> {
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    Presented::read(&[], &params(&format!("client_assertion_type={kind}&client_assertion={assertion}")), None)
}

/// An attestation of `c1` and its proof, both by the same key; or the DPoP proof for it.
fn attested(key: &SigningKey, dpop: bool) -> Result<Presented, Refused> {
    let now = NOW.secs();
    let says = json!({ "sub": "c1", "exp": now + 60, "cnf": { "jwk": key.public().to_json() } }).to_string();
    let attestation = key.sign(Some(Typ::OauthClientAttestationJwt), says.as_bytes()).unwrap();
    let says = json!({ "aud": ISSUER, "jti": "1", "iat": now }).to_string();
    let proof = key.sign(Some(Typ::OauthClientAttestationPopJwt), says.as_bytes()).unwrap();
    let says = json!({ "htm": "POST", "htu": CALLED, "jti": "1", "iat": now }).to_string();
    let header = json!({ "typ": "dpop+jwt", "alg": key.alg().name(), "jwk": key.public().to_json() }).to_string();
    let bound = key.sign_under(header.as_bytes(), says.as_bytes()).unwrap();
    let attestation = vec![attestation.as_bytes()];
    let sent = if dpop {
        SentAttestation { attestation, proof: Vec::new(), dpop: vec![bound.as_bytes()] }
    } else {
        SentAttestation { attestation, proof: vec![proof.as_bytes()], dpop: Vec::new() }
    };
    Presented::read_attested(&[], &sent, &params(""), None)
}

/// The credentials of the client `c1` by this method.
fn present(method: Method, key: &SigningKey) -> Presented {
    let basic = format!("Basic {}", base64(&format!("c1:{SECRET}")));
    let posted = format!("client_id=c1&client_secret={SECRET}");
    let presented = match method {
        Method::AttestJwtClientAuth => attested(key, false),
        Method::AttestJwtClientAuthDpop => attested(key, true),
        Method::ClientSecretBasic => Presented::read(&[basic.as_bytes()], &params(""), None),
        Method::ClientSecretPost => Presented::read(&[], &params(&posted), None),
        Method::None | Method::SelfSignedTlsClientAuth | Method::TlsClientAuth => {
            Presented::read(&[], &params("client_id=c1"), None)
        }
        Method::ClientSecretJwt => {
            asserted(&jose::sign_with_secret(Alg::Hs256, LONG.as_bytes(), None, claims().as_bytes()).unwrap())
        }
        Method::PrivateKeyJwt => asserted(&key.sign(None, claims().as_bytes()).unwrap()),
        Method::WorkloadIdentity => {
            let claims = json!({ "sub": SVID, "aud": ISSUER, "exp": NOW.secs() + 60 }).to_string();
            let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-spiffe";
            let svid = key.sign(None, claims.as_bytes()).unwrap();
            Presented::read(&[], &params(&format!("client_assertion_type={kind}&client_assertion={svid}")), None)
        }
    };
    presented.unwrap()
}

/// A certificate as a request shows it, the set that it is registered in, and the authority that vouches for it.
fn certificates() -> (Sent, Jwks, [Authority; 1]) {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
    let mut params = CertificateParams::new(vec!["authority.example".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let params = CertificateParams::new(vec!["client.example".to_owned()]).unwrap();
    let made = params.signed_by(&KeyPair::generate().unwrap(), &authority).unwrap();
    let read = jose::Certificate::from_der(made.der()).unwrap();
    let shown = ClientCertificate::new(std::iter::once(made.der().to_vec())).unwrap();
    let trusted = Authority::from_pem(&authority.pem()).unwrap();
    (Sent::One(Arc::new(shown)), Jwks::new(vec![read.jwk]), [trusted])
}

#[test]
fn every_method_is_published_if_it_proves_and_only_then() {
    let key = SigningKey::generate(Alg::EdDsa).unwrap();
    let keys = Jwks::new(vec![key.public().clone()]);
    let secrets = [Secret::new(LONG.to_owned())];
    let (shown, registered, authority) = certificates();
    for method in Method::REGISTRABLE {
        let mut client = client(&[method]);
        client.application.tls_client_auth.san_dns = Some("client.example".into());
        let (presented, client) = (present(method, &key), Arc::new(client));
        let keys = if method == Method::ClientSecretJwt { Keys::Shared(&secrets) } else { Keys::Public(Ok(&keys)) };
        let expected = Some(Expected { issuer: ISSUER, endpoints: &[CALLED.to_owned()], keys, used: false });
        let against = match method {
            Method::TlsClientAuth => Against::Authorities(&authority),
            _ => Against::Keys(Ok(&registered)),
        };
        let certificate = Some(mutual_tls::Expected { sent: &shown, against });
        let workload = Workload { subject: SVID.to_owned(), application: client.application.id };
        let trusted = TrustedIssuer {
            issuer: "spiffe://example.org".to_owned(),
            keys: RegisteredKeys::default(),
            workloads: vec![workload],
            ..TrustedIssuer::default()
        };
        let attester = TrustedIssuer {
            kind: TrustedIssuerType::ClientAttester,
            issuer: "https://attester.example".to_owned(),
            workloads: vec![Workload { subject: "c1".to_owned(), application: client.application.id }],
            ..TrustedIssuer::default()
        };
        let trusted = [trusted, attester];
        let named = presented.trusted(&trusted);
        let credentials = Credentials {
            expected,
            trusted: named.first().copied(),
            certificate,
            ..Credentials::of(&presented, Some(&client))
        };
        let proven = authenticate(&credentials, &pepper(), NOW).map(|proven| proven.client.method());
        let offered = Offered::of(&trusted, true, &RFC9700);
        let published = auth_methods(offered, &RFC9700).any(|name| name == method.name());
        assert!(published && proven == Ok(method), "{method:?}");
        let confidential = confidential_auth_methods(offered, &RFC9700).any(|name| name == method.name());
        assert_eq!(confidential, published && method.is_confidential());
        assert!(!Offered::of(&trusted, true, &FAPI).attestations, "no challenge for what is not taken");
        // Where no certificate can arrive, what needs one proves nobody.
        let credentials = Credentials { certificate: None, ..credentials };
        let proven = authenticate(&credentials, &pepper(), NOW).is_ok();
        assert_eq!(
            auth_methods(Offered { certificates: false, ..offered }, &RFC9700).any(|name| name == method.name()),
            proven,
            "{method:?}"
        );
    }
}

#[test]
fn every_grant_is_published_if_it_is_taken_and_only_then() {
    let client = proven(client(&[Method::ClientSecretPost]));
    for kind in GrantType::REGISTRABLE {
        let read = Grant::read(&params(&format!("grant_type={}&code=c&refresh_token=r", kind.name())), &client);
        let taken = read.map(|grant| grant.kind()).map_err(|refused| refused.reason);
        let published = grant_types(FrontChannelTokens::None, &RFC9700).any(|name| name == kind.name());
        assert_eq!(taken, if published { Ok(kind) } else { Err(Reason::GrantTypeUnsupported) });
    }
}

/// What needs something set up is not published without it.
#[test]
fn what_nothing_is_set_up_for_is_not_published() {
    for names in [
        auth_methods(Offered::default(), &RFC9700).collect::<Vec<_>>(),
        confidential_auth_methods(Offered::default(), &RFC9700).collect(),
    ] {
        assert!(
            !names.contains(&"spiffe_jwt")
                && !names.contains(&"attest_jwt_client_auth")
                && names.contains(&"private_key_jwt"),
            "{names:?}"
        );
    }
}

const CALLED: &str = "https://op.example/e/as/token";
const SVID: &str = "spiffe://example.org/ns/shop/sa/orders";
/// RFC 7518 §3.2: as long as the hash.
const LONG: &str = "a secret of thirty-two characters";
