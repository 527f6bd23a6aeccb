//! Clients that prove more than a secret: one signature is verified, its claims are compared, its `jti` is remembered, a token is signed.

use std::sync::Arc;

use anyhow::Result;
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Form};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::Ideal;
use crate::tls::Shown;
use crate::token::{Bound, CLIENT, INVALID_CLIENT, Refusal, SECRET, answered, digest_of, now};

/// The client's keys, one of each kind.
pub(crate) struct Registered {
    rsa: Option<ParsedPublicKey>,
    ec: Option<ParsedPublicKey>,
    shared: hmac::Key,
}

impl Registered {
    /// From JWKs in files.
    pub(crate) fn read(jwks: &[String]) -> Result<Self> {
        let mut keys = Self { rsa: None, ec: None, shared: hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()) };
        for file in jwks {
            match serde_json::from_slice(&std::fs::read(file)?)? {
                Jwk::Ec { x, y } => {
                    keys.ec = Some(ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point(&x, &y)?)?);
                }
                Jwk::Rsa { n, e } => {
                    let (n, e) = (URL_SAFE_NO_PAD.decode(n)?, URL_SAFE_NO_PAD.decode(e)?);
                    let key = RsaPublicKeyComponents { n, e };
                    keys.rsa = Some(key.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)?);
                }
            }
        }
        Ok(keys)
    }

    fn verifies(&self, alg: &str, message: &str, signature: &[u8]) -> bool {
        let public = |key: &Option<ParsedPublicKey>| {
            key.as_ref().is_some_and(|key| key.verify_sig(message.as_bytes(), signature).is_ok())
        };
        match alg {
            "RS256" => public(&self.rsa),
            "ES256" => public(&self.ec),
            "HS256" => hmac::verify(&self.shared, message.as_bytes(), signature).is_ok(),
            _ => false,
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "kty")]
enum Jwk {
    #[serde(rename = "EC")]
    Ec { x: String, y: String },
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
}

fn point(x: &str, y: &str) -> Result<Vec<u8>> {
    Ok([vec![4], URL_SAFE_NO_PAD.decode(x)?, URL_SAFE_NO_PAD.decode(y)?].concat())
}

#[derive(Deserialize)]
pub(crate) struct Asserted {
    grant_type: String,
    client_assertion_type: String,
    client_assertion: String,
}

#[derive(Deserialize)]
struct Header<'a> {
    alg: &'a str,
}

#[derive(Deserialize)]
struct Assertion<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: u64,
    jti: &'a str,
}

/// `private_key_jwt`, `client_secret_jwt` (OpenID Connect Core §9).
pub(crate) async fn assertion(State(ideal): State<Arc<Ideal>>, Form(request): Form<Asserted>) -> Response {
    answered(StatusCode::OK, ideal.assertion(&request).await)
}

#[derive(Deserialize)]
pub(crate) struct WithSecret {
    grant_type: String,
    client_id: String,
    client_secret: String,
}

/// A secret and a DPoP proof (RFC 9449 §5).
pub(crate) async fn dpop(
    State(ideal): State<Arc<Ideal>>,
    headers: HeaderMap,
    Form(request): Form<WithSecret>,
) -> Response {
    answered(StatusCode::OK, ideal.dpop(&headers, &request).await)
}

#[derive(Deserialize)]
struct ProofHeader<'a> {
    typ: &'a str,
    alg: &'a str,
    #[serde(borrow)]
    jwk: ProofKey<'a>,
}

/// In the order of RFC 7638 §3.
#[derive(Deserialize, Serialize)]
struct ProofKey<'a> {
    crv: &'a str,
    kty: &'a str,
    x: &'a str,
    y: &'a str,
}

#[derive(Deserialize)]
struct Proof<'a> {
    htm: &'a str,
    htu: &'a str,
    iat: u64,
    jti: &'a str,
}

#[derive(Deserialize)]
pub(crate) struct Named {
    grant_type: String,
    client_id: String,
}

/// `self_signed_tls_client_auth` with a bound token (RFC 8705 §2.2, §3).
pub(crate) async fn certificate(
    State(ideal): State<Arc<Ideal>>,
    Extension(shown): Extension<Shown>,
    Form(request): Form<Named>,
) -> Response {
    answered(StatusCode::OK, ideal.certificate(&shown, &request))
}

impl Ideal {
    async fn assertion(&self, request: &Asserted) -> Result<Vec<u8>, Refusal> {
        if request.grant_type != "client_credentials" || request.client_assertion_type != JWT_BEARER {
            return Err(INVALID_CLIENT);
        }
        let (message, header, claims, signature) = parts(&request.client_assertion).ok_or(INVALID_CLIENT)?;
        let header: Header<'_> = serde_json::from_slice(&header).map_err(|_| INVALID_CLIENT)?;
        let claims: Assertion<'_> = serde_json::from_slice(&claims).map_err(|_| INVALID_CLIENT)?;
        let now = now();
        let of_client = claims.iss == CLIENT && claims.sub == CLIENT && claims.aud == self.endpoint.issuer;
        if !of_client || !(now..=now + 3600).contains(&claims.exp) {
            return Err(INVALID_CLIENT);
        }
        if !self.registered.verifies(header.alg, message, &signature) {
            return Err(INVALID_CLIENT);
        }
        let journal = self.endpoint.journal.as_ref();
        self.once.only(journal, digest_of(claims.jti), claims.exp, INVALID_CLIENT).await?;
        self.endpoint.bound(CLIENT, None)
    }

    async fn dpop(&self, headers: &HeaderMap, request: &WithSecret) -> Result<Vec<u8>, Refusal> {
        self.endpoint.authenticate(&request.client_id, &request.client_secret)?;
        let proof = headers.get("dpop").and_then(|value| value.to_str().ok()).ok_or(INVALID_PROOF)?;
        let (message, header, claims, signature) = parts(proof).ok_or(INVALID_PROOF)?;
        let header: ProofHeader<'_> = serde_json::from_slice(&header).map_err(|_| INVALID_PROOF)?;
        let claims: Proof<'_> = serde_json::from_slice(&claims).map_err(|_| INVALID_PROOF)?;
        let now = now();
        let right = header.typ == "dpop+jwt" && header.alg == "ES256" && claims.htm == "POST" && claims.htu == self.htu;
        if !right || claims.iat.abs_diff(now) > 60 || request.grant_type != "client_credentials" {
            return Err(INVALID_PROOF);
        }
        let point = point(header.jwk.x, header.jwk.y).map_err(|_| INVALID_PROOF)?;
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        key.verify(message.as_bytes(), &signature).map_err(|_| INVALID_PROOF)?;
        self.once.only(self.endpoint.journal.as_ref(), digest_of(claims.jti), now + 120, INVALID_PROOF).await?;
        let canonical = serde_json::to_string(&header.jwk).map_err(|_| INVALID_PROOF)?;
        let jkt = URL_SAFE_NO_PAD.encode(digest_of(&canonical));
        self.endpoint.bound(&request.client_id, Some(Bound::Jkt(&jkt)))
    }

    fn certificate(&self, shown: &Shown, request: &Named) -> Result<Vec<u8>, Refusal> {
        let expected = self.certificate.as_ref().ok_or(INVALID_CLIENT)?;
        let Some(shown) = &shown.0 else { return Err(INVALID_CLIENT) };
        if request.client_id != CLIENT || request.grant_type != "client_credentials" || shown != expected {
            return Err(INVALID_CLIENT);
        }
        self.endpoint.bound(CLIENT, Some(Bound::Certificate(shown)))
    }
}

/// What is signed, the header, the claims, the signature.
fn parts(jwt: &str) -> Option<(&str, Vec<u8>, Vec<u8>, Vec<u8>)> {
    let (message, signature) = jwt.rsplit_once('.')?;
    let (header, claims) = message.split_once('.')?;
    let decoded = |part| URL_SAFE_NO_PAD.decode(part).ok();
    Some((message, decoded(header)?, decoded(claims)?, decoded(signature)?))
}

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const INVALID_PROOF: Refusal = Refusal(StatusCode::BAD_REQUEST, "invalid_dpop_proof");
