//! Answers the token request: the client and its secret, the grant, the signatures, the JSON (RFC 6749 §3.2, §5.1).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use aws_lc_rs::{constant_time, digest, hmac};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::durable::Journal;
use crate::sign::Signer;

pub(crate) struct Endpoint {
    pub(crate) signer: Signer,
    pub(crate) journal: Option<Journal>,
    pub(crate) issuer: String,
    random: SystemRandom,
    pepper: hmac::Key,
    secrets: HashMap<String, hmac::Tag>,
    pub(crate) codes: Mutex<HashMap<Digest, Grant>>,
    refresh_tokens: Mutex<HashMap<Digest, Grant>>,
}

#[derive(Deserialize)]
pub(crate) struct TokenRequest {
    grant_type: String,
    client_id: String,
    client_secret: String,
    scope: Option<String>,
    code: Option<String>,
    redirect_uri: Option<String>,
    refresh_token: Option<String>,
    code_verifier: Option<String>,
}

pub(crate) async fn exchange(State(endpoint): State<Arc<Endpoint>>, Form(request): Form<TokenRequest>) -> Response {
    answered(StatusCode::OK, endpoint.exchange(request).await)
}

/// What an endpoint decided, as JSON.
pub(crate) fn answered(status: StatusCode, outcome: Result<Vec<u8>, Refusal>) -> Response {
    match outcome {
        Ok(answer) => json(status, answer),
        Err(refusal) => json(refusal.0, format!(r#"{{"error":"{}"}}"#, refusal.1).into_bytes()),
    }
}

/// Makes codes, one a line: a sign-on is not what is measured.
pub(crate) async fn issue_codes(State(endpoint): State<Arc<Endpoint>>, Path(count): Path<usize>) -> Response {
    let codes: Result<Vec<String>> = (0..count.min(MOST_CODES)).map(|_| endpoint.issue_code()).collect();
    codes.map_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response(), |codes| codes.join("\n").into_response())
}

impl Endpoint {
    pub(crate) fn new(signer: Signer, journal: Option<Journal>, issuer: String) -> Result<Self> {
        let random = SystemRandom::new();
        let mut pepper = [0; 32];
        random.fill(&mut pepper)?;
        let pepper = hmac::Key::new(hmac::HMAC_SHA256, &pepper);
        // A thousand clients, so that the look-up is one of a map that has something in it.
        let mut secrets: HashMap<_, _> =
            (0..999).map(|n| (format!("client-{n}"), hmac::sign(&pepper, format!("secret-{n}").as_bytes()))).collect();
        secrets.insert(CLIENT.to_owned(), hmac::sign(&pepper, SECRET.as_bytes()));
        let (codes, refresh_tokens) = Default::default();
        Ok(Self { signer, journal, issuer, random, pepper, secrets, codes, refresh_tokens })
    }

    async fn exchange(&self, request: TokenRequest) -> Result<Vec<u8>, Refusal> {
        self.authenticate(&request.client_id, &request.client_secret)?;
        match request.grant_type.as_str() {
            "client_credentials" => self.client_credentials(&request),
            "authorization_code" => {
                let presented = digest_of(request.code.as_deref().unwrap_or_default());
                let grant = take(&self.codes, &presented)?;
                // RFC 7636 §4.6.
                let shown =
                    request.code_verifier.as_deref().map(|verifier| URL_SAFE_NO_PAD.encode(digest_of(verifier)));
                if request.redirect_uri.as_deref() != Some(REDIRECT_URI) || grant.challenge != shown {
                    return Err(INVALID_GRANT);
                }
                self.two_tokens(presented, grant, &request.client_id).await
            }
            "refresh_token" => {
                let presented = digest_of(request.refresh_token.as_deref().unwrap_or_default());
                let grant = take(&self.refresh_tokens, &presented)?;
                self.two_tokens(presented, grant, &request.client_id).await
            }
            _ => Err(Refusal(StatusCode::BAD_REQUEST, "unsupported_grant_type")),
        }
    }

    pub(crate) fn authenticate(&self, client_id: &str, secret: &str) -> Result<(), Refusal> {
        let expected = self.secrets.get(client_id).ok_or(INVALID_CLIENT)?;
        let presented = hmac::sign(&self.pepper, secret.as_bytes());
        constant_time::verify_slices_are_equal(expected.as_ref(), presented.as_ref()).map_err(|_| INVALID_CLIENT)
    }

    fn client_credentials(&self, request: &TokenRequest) -> Result<Vec<u8>, Refusal> {
        let scope = request.scope.as_deref().unwrap_or_default();
        if !scope.split(' ').all(|one| SCOPES.contains(&one)) {
            return Err(Refusal(StatusCode::BAD_REQUEST, "invalid_scope"));
        }
        let access_token = self.access_token(&request.client_id, &request.client_id, scope)?;
        answer(&TokenResponse::bearer(&access_token, scope))
    }

    /// A token of the client's own, bound to what it showed (RFC 9449 §6.1, RFC 8705 §3.1).
    pub(crate) fn bound(&self, client_id: &str, bound: Option<Bound<'_>>) -> Result<Vec<u8>, Refusal> {
        let (now, jti) = (now(), self.random_text().map_err(|_| SERVER_ERROR)?);
        let token_type = if matches!(bound, Some(Bound::Jkt(_))) { "DPoP" } else { "Bearer" };
        let claims = AccessClaims { cnf: bound, ..self.claims(client_id, client_id, "read", now, &jti) };
        let access_token = self.signer.access_token(&claims).map_err(|_| SERVER_ERROR)?;
        answer(&TokenResponse { token_type, ..TokenResponse::bearer(&access_token, "read") })
    }

    async fn two_tokens(&self, presented: Digest, grant: Grant, client_id: &str) -> Result<Vec<u8>, Refusal> {
        if let Some(journal) = &self.journal {
            journal.record(presented, &grant.subject).await.map_err(|_| SERVER_ERROR)?;
        }
        let access_token = self.access_token(&grant.subject, client_id, GRANTED)?;
        let id_token = self.id_token(&grant.subject, client_id, &access_token)?;
        let refresh_token = self.random_text().map_err(|_| SERVER_ERROR)?;
        locked(&self.refresh_tokens).insert(digest_of(&refresh_token), grant);
        answer(&TokenResponse {
            id_token: Some(&id_token),
            refresh_token: Some(&refresh_token),
            ..TokenResponse::bearer(&access_token, GRANTED)
        })
    }

    fn access_token(&self, subject: &str, client_id: &str, scope: &str) -> Result<String, Refusal> {
        let (now, jti) = (now(), self.random_text().map_err(|_| SERVER_ERROR)?);
        self.signer.access_token(&self.claims(subject, client_id, scope, now, &jti)).map_err(|_| SERVER_ERROR)
    }

    /// RFC 9068 §2.2: the claims that an access token must carry.
    fn claims<'a>(
        &'a self,
        sub: &'a str,
        client_id: &'a str,
        scope: &'a str,
        iat: u64,
        jti: &'a str,
    ) -> AccessClaims<'a> {
        let (aud, exp) = ("https://api.example.com", iat + LIFETIME);
        AccessClaims { iss: &self.issuer, sub, aud, client_id, scope, iat, exp, jti, cnf: None }
    }

    fn id_token(&self, subject: &str, client_id: &str, access_token: &str) -> Result<String, Refusal> {
        let now = now();
        // OpenID Connect Core §3.1.3.6: the left half of the digest.
        let at_hash = URL_SAFE_NO_PAD.encode(&digest_of(access_token)[..16]);
        let claims = IdClaims {
            iss: &self.issuer,
            sub: subject,
            aud: client_id,
            iat: now,
            exp: now + LIFETIME,
            auth_time: now,
            at_hash: &at_hash,
        };
        self.signer.id_token(&claims).map_err(|_| SERVER_ERROR)
    }

    fn issue_code(&self) -> Result<String> {
        let code = self.random_text()?;
        locked(&self.codes).insert(digest_of(&code), Grant { subject: "a-person".to_owned(), challenge: None });
        Ok(code)
    }

    pub(crate) fn random_text(&self) -> Result<String> {
        let mut bytes = [0; 32];
        self.random.fill(&mut bytes)?;
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }
}

pub(crate) type Digest = [u8; 32];

pub(crate) struct Grant {
    pub(crate) subject: String,
    /// Of its code (RFC 7636 §4.4).
    pub(crate) challenge: Option<String>,
}

pub(crate) struct Refusal(pub(crate) StatusCode, pub(crate) &'static str);

/// What a token is bound to.
#[derive(Serialize)]
pub(crate) enum Bound<'a> {
    #[serde(rename = "jkt")]
    Jkt(&'a str),
    #[serde(rename = "x5t#S256")]
    Certificate(&'a str),
}

#[derive(Serialize)]
struct AccessClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    client_id: &'a str,
    scope: &'a str,
    iat: u64,
    exp: u64,
    jti: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Bound<'a>>,
}

#[derive(Serialize)]
struct IdClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: u64,
    exp: u64,
    auth_time: u64,
    at_hash: &'a str,
}

#[derive(Serialize)]
struct TokenResponse<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    scope: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

impl<'a> TokenResponse<'a> {
    fn bearer(access_token: &'a str, scope: &'a str) -> Self {
        Self { access_token, token_type: "Bearer", expires_in: LIFETIME, scope, id_token: None, refresh_token: None }
    }
}

/// RFC 6749 §4.1.2, §10.4: one use each, so taking it is removing it.
fn take(grants: &Mutex<HashMap<Digest, Grant>>, presented: &Digest) -> Result<Grant, Refusal> {
    locked(grants).remove(presented).ok_or(INVALID_GRANT)
}

pub(crate) fn locked<T>(guarded: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    guarded.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(response: &TokenResponse<'_>) -> Result<Vec<u8>, Refusal> {
    serde_json::to_vec(response).map_err(|_| SERVER_ERROR)
}

fn json(status: StatusCode, body: Vec<u8>) -> Response {
    // RFC 6749 §5.1: tokens are not stored on the way.
    (status, [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], body).into_response()
}

pub(crate) fn digest_of(text: &str) -> Digest {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    bytes
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

pub(crate) const CLIENT: &str = "bench";
pub(crate) const SECRET: &str = "the-secret-of-the-bench-client-0000000000";
pub(crate) const REDIRECT_URI: &str = "http://localhost:3000/callback";
const SCOPES: [&str; 2] = ["read", "write"];
const GRANTED: &str = "openid";
const LIFETIME: u64 = 3600;
const MOST_CODES: usize = 100_000;
pub(crate) const INVALID_CLIENT: Refusal = Refusal(StatusCode::UNAUTHORIZED, "invalid_client");
pub(crate) const INVALID_GRANT: Refusal = Refusal(StatusCode::BAD_REQUEST, "invalid_grant");
pub(crate) const SERVER_ERROR: Refusal = Refusal(StatusCode::INTERNAL_SERVER_ERROR, "server_error");
