//! What a token says (RFC 7662): the secret is compared, then a JWT's signature is verified, or another token's claims are looked up: in memory,
//! or where rows are kept, one row of the database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::Ideal;
use crate::token::{CLIENT, Digest, Refusal, SERVER_ERROR, answered, digest_of, locked, now};

#[derive(Default)]
pub(crate) struct Tokens {
    claims: Mutex<HashMap<Digest, String>>,
}

#[derive(Deserialize)]
pub(crate) struct Request {
    client_id: String,
    client_secret: String,
    token: String,
}

#[derive(Deserialize)]
struct Lifetime {
    exp: u64,
}

pub(crate) async fn introspect(State(ideal): State<Arc<Ideal>>, Form(request): Form<Request>) -> Response {
    answered(StatusCode::OK, ideal.introspect(&request))
}

/// A token that nobody can read, kept with a thousand others.
pub(crate) async fn opaque(State(ideal): State<Arc<Ideal>>) -> Response {
    let mut last = String::new();
    for _ in 0..1000 {
        let Ok(text) = ideal.endpoint.random_text() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
        let (now, issuer) = (now(), &ideal.endpoint.issuer);
        let claims = format!(
            r#"{{"iss":"{issuer}","sub":"{CLIENT}","aud":"https://api.example.com","client_id":"{CLIENT}","scope":"read","iat":{now},"exp":{},"jti":"{}"}}"#,
            now + 3600,
            &text[..22]
        );
        if let Some(journal) = &ideal.endpoint.journal
            && journal.record(digest_of(&text), &claims).await.is_err()
        {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        locked(&ideal.tokens.claims).insert(digest_of(&text), claims);
        last = text;
    }
    last.into_response()
}

impl Ideal {
    fn introspect(&self, request: &Request) -> Result<Vec<u8>, Refusal> {
        self.endpoint.authenticate(&request.client_id, &request.client_secret)?;
        let claims = if request.token.contains('.') {
            self.endpoint.signer.claims(&request.token)
        } else {
            self.looked_up(&digest_of(&request.token))?.map(String::into_bytes)
        };
        let claims = claims
            .filter(|claims| serde_json::from_slice::<Lifetime>(claims).is_ok_and(|Lifetime { exp }| now() < exp));
        let Some(claims) = claims else { return Ok(br#"{"active":false}"#.to_vec()) };
        let mut answer = br#"{"active":true,"token_type":"Bearer","#.to_vec();
        answer.extend_from_slice(&claims[1..]);
        Ok(answer)
    }

    fn looked_up(&self, digest: &Digest) -> Result<Option<String>, Refusal> {
        match &self.endpoint.journal {
            Some(journal) => journal.find(digest).map_err(|_| SERVER_ERROR),
            None => Ok(locked(&self.tokens.claims).get(digest).cloned()),
        }
    }
}
