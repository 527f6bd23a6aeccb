//! Whoever holds a key, and proves it (RFC 9449 §4).

use std::sync::atomic::{AtomicU64, Ordering};

use jose::digest::sha256;
use jose::{Alg, SigningKey, b64};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::app::TestApp;
use crate::request::Request;

/// A key pair, and proofs by it.
#[derive(Debug)]
pub struct Holder {
    key: SigningKey,
    made: AtomicU64,
}

impl Holder {
    pub fn new(alg: Alg) -> Self {
        Self { key: SigningKey::generate(alg).unwrap(), made: AtomicU64::new(0) }
    }

    /// The thumbprint of the key (RFC 7638).
    pub fn jkt(&self) -> String {
        self.key.public().thumbprint()
    }

    /// The header of a good proof.
    pub fn header(&self) -> Value {
        let jwk = self.key.public().to_json();
        let jwk: serde_json::Map<String, Value> = jwk
            .as_object()
            .unwrap()
            .clone()
            .into_iter()
            .filter(|(name, _)| !["alg", "use", "kid"].contains(&&**name))
            .collect();
        json!({ "typ": "dpop+jwt", "alg": self.key.alg().name(), "jwk": jwk })
    }

    /// The claims of a good proof of a request, with the token that it shows.
    pub fn claims(&self, server: &TestApp, method: &str, url: &str, token: Option<&str>) -> Value {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let mut claims =
            json!({ "jti": format!("{}-{number}", self.jkt()), "htm": method, "htu": url, "iat": server.now().secs() });
        if let Some(token) = token {
            claims["ath"] = json!(b64::encode(&sha256(token.as_bytes())));
        }
        claims
    }

    /// Signs whatever is claimed.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        self.key.sign_under(header.to_string().as_bytes(), claims.to_string().as_bytes()).unwrap()
    }

    /// A good proof of a request.
    pub fn proof(&self, server: &TestApp, method: &str, url: &str, token: Option<&str>) -> String {
        self.sign(&self.header(), &self.claims(server, method, url, token))
    }

    /// Posts a form to the token endpoint at `path` with a good proof.
    pub async fn ask(&self, server: &TestApp, path: &str, form: &str) -> Answer {
        let proof = self.proof(server, "POST", &server.url(path), None);
        server.send(Request::form(path).header("dpop", proof).body(form)).await
    }

    /// Reads `path` with a token of its own. `url` is the address that is known of it.
    pub async fn get(&self, server: &TestApp, (path, url): (&str, &str), token: &str) -> Answer {
        let proof = self.proof(server, "GET", url, Some(token));
        server.send(Request::get(path).header("authorization", format!("DPoP {token}")).header("dpop", proof)).await
    }
}
